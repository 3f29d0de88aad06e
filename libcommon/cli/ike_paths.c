#include "cli/ike_paths.h"

#include <string.h>

#include "ike/transport.h"

enum { ADDRS = 16, NAME = 256 };

/* "[2001:db8::1]" is the address in it; a port has an option of its own. */
static int take_off_port(char *name, struct err *e)
{
	size_t n = strlen(name);
	const char *colon = *name == '[' ? strrchr(name, ']') : name;

	colon = colon != NULL ? strchr(colon, ':') : NULL;
	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		return err_set(e, "found \"%s\", wanted a host and its port as --port %s", name, colon + 1);
	if (n > 2 && *name == '[' && name[n - 1] == ']') {
		memmove(name, name + 1, n - 2);
		name[n - 2] = '\0';
	}
	return 0;
}

static int find_one(const char *host, const struct ike_paths_from *from, struct session_path *out, unsigned max,
    struct err *e)
{
	int family = from->family != 0 ? from->family : from->local.family, n = 0, found;
	struct session_path list[ADDRS];

	if ((found = transport_resolve(host, family, list, ADDRS, e)) < 0)
		return -1;
	for (int i = 0; i < found && (unsigned)n < max; i++) {
		if (from->local.family != 0) {
			list[i].local = from->local;
			if (list[i].scope == 0)
				list[i].scope = from->scope;
		} else if (transport_local(&list[i], e) < 0) {
			continue;
		}
		out[n++] = list[i];
	}
	return n > 0 ? n : -1;
}

int ike_paths_find(struct cli *cli, const char *hosts, const struct ike_paths_from *from, struct session_path *out, unsigned max,
    struct err *e)
{
	struct err why = { .text = "" };
	unsigned n = 0;

	for (const char *p = hosts; p != NULL && n < max; p = *p == ',' ? p + 1 : NULL) {
		size_t len = strcspn(p, ",");
		char name[NAME];
		int found;

		if (len == 0 || len >= sizeof name)
			return err_set(e, "found \"%s\", wanted hosts with one comma between", hosts);
		memcpy(name, p, len);
		name[len] = '\0';
		p += len;
		if (take_off_port(name, e) < 0)
			return -1;
		if (why.text[0] != '\0')
			cli_message(cli, 0, NULL, "%s", why.text);
		why.text[0] = '\0';
		if ((found = find_one(name, from, out + n, max - n, &why)) > 0) {
			why.text[0] = '\0';
			n += (unsigned)found;
		}
	}
	if (n > 0 && why.text[0] != '\0')
		cli_message(cli, 0, NULL, "%s", why.text);
	if (n == 0)
		*e = why;
	return n > 0 ? (int)n : -1;
}
