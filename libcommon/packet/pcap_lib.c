#include <dlfcn.h>
#include <pcap.h>
#include <string.h>

#include "packet/pcap_lib.h"

struct pcap_lib pcap_lib;

/* Debian counts on its own, others as libpcap does; without a number it is there with the header. */
static const char *const names[] = { "libpcap.so.0.8", "libpcap.so.1", "libpcap.so", "libpcap.dylib" };

static int find(void *from, const char *name, void *to, struct err *e)
{
	void *p = dlsym(from, name);

	if (p == NULL) {
		err_set(e, "libpcap lacks %s", name);
		e->kind = ERR_SYSTEM;
		return -1;
	}
	memcpy(to, &p, sizeof p);	/* a function's address, as POSIX has dlsym() */
	return 0;
}

int pcap_lib_load(struct err *e)
{
	static void *from;
	struct pcap_lib found;

	if (pcap_lib.pcap_close != NULL)
		return 0;
	for (size_t i = 0; from == NULL && i < sizeof names / sizeof names[0]; i++)
		from = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (from == NULL) {
		err_set(e, "filters and live capture need libpcap: %s", dlerror());
		e->kind = ERR_SYSTEM;
		return -1;
	}
#define FIND(f) if (find(from, #f, &found.f, e) < 0) return -1;
	PCAP_CALLS(FIND)
	pcap_lib = found;
	return 0;
}
