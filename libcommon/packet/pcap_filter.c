#include <pcap.h>
#include <stdlib.h>

#include "packet/pcap_lib.h"
#include "packet/pcap_priv.h"

enum { FILTER_LINKS = 16 };	/* kept compiled; more in turn */

struct filter {
	const char *expr;
	struct link { uint16_t dlt; struct bpf_program code; } link[FILTER_LINKS];
	size_t n, next, last;	/* in use, to be replaced next, used last */
};

/* Where libpcap's number on this system is not the one in files, as far as they are in use. */
static const struct { int dlt; uint16_t linktype; } links[] = {
	{ DLT_RAW, 101 }, { DLT_ATM_RFC1483, 100 }, { DLT_SLIP_BSDOS, 102 },
	{ DLT_PPP_BSDOS, 103 }, { DLT_ATM_CLIP, 106 },
};

int dlt_of_linktype(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (links[i].linktype == linktype)
			return links[i].dlt;
	return linktype;
}

uint16_t linktype_of_dlt(int dlt)
{
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (links[i].dlt == dlt)
			return links[i].linktype;
	return (uint16_t)dlt;
}

struct filter *filter_new(const char *expr, struct err *e)
{
	struct filter *f;

	if (pcap_lib_load(e) < 0)
		return NULL;
	if ((f = calloc(1, sizeof *f)) == NULL)
		err_nomem(e);
	else
		f->expr = expr;
	return f;
}

void filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n; i++)
		pcap_lib.pcap_freecode(&f->link[i].code);
	free(f);
}

static int compile(struct bpf_program *code, int dlt, const char *expr, struct err *e)
{
	pcap_t *p = pcap_lib.pcap_open_dead(dlt, BATCH_SNAP);
	int rc;

	if (p == NULL)
		return err_nomem(e);
	rc = pcap_lib.pcap_compile(p, code, expr, 1, PCAP_NETMASK_UNKNOWN);
	/* the optimiser refuses what lets nothing through, such as ip6 on a link of IPv4: with
	 * several link types that is no error */
	if (rc < 0)
		rc = pcap_lib.pcap_compile(p, code, expr, 0, PCAP_NETMASK_UNKNOWN);
	if (rc < 0)
		err_set(e, "filter: %s", pcap_lib.pcap_geterr(p));
	pcap_lib.pcap_close(p);
	return rc < 0 ? -1 : 0;
}

/* A wrong expression fails on Ethernet, too; any other one is not for this link type. */
static int explain(const char *expr, uint16_t dlt, struct err *e)
{
	const char *name = pcap_lib.pcap_datalink_val_to_name(dlt_of_linktype(dlt));
	struct bpf_program code;
	struct err same;

	if (compile(&code, DLT_EN10MB, expr, &same) < 0)
		return -1;
	pcap_lib.pcap_freecode(&code);
	return err_in(e, "link type %u (%s)", dlt, name != NULL ? name : "unknown");
}

int filter_prepare(struct filter *f, uint16_t dlt, struct err *e)
{
	struct bpf_program code;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->link[i].dlt == dlt) {
			f->last = i;
			return 0;
		}
	if (compile(&code, dlt_of_linktype(dlt), f->expr, e) < 0)
		return e->kind == ERR_INPUT ? explain(f->expr, dlt, e) : -1;
	if (f->n < FILTER_LINKS) {
		i = f->n++;
	} else {
		i = f->next++ % FILTER_LINKS;
		pcap_lib.pcap_freecode(&f->link[i].code);
	}
	f->link[i] = (struct link){ dlt, code };
	f->last = i;
	return 0;
}

int filter_pass(struct filter *f, const struct packet *k, struct err *e)
{
	struct pcap_pkthdr h = { .caplen = k->caplen, .len = k->len };

	if ((f->n == 0 || f->link[f->last].dlt != k->dlt) && filter_prepare(f, k->dlt, e) < 0)
		return -1;
	return pcap_lib.pcap_offline_filter(&f->link[f->last].code, &h, k->data) != 0;
}
