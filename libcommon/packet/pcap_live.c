#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "packet/pcap_lib.h"
#include "packet/pcap_priv.h"

struct live {
	pcap_t *pcap;
	const char *name;
	uint16_t dlt;
	int fd;
	int unit;			/* nanoseconds in one tv_usec */
};

static int fail(struct live *l, struct err *e, const char *what)
{
	err_data(e, "%s: %s%s", l->name, what, pcap_lib.pcap_geterr(l->pcap));
	e->kind = ERR_SYSTEM;
	return -1;
}

/* Names those that exist, as far as they fit. */
static int no_such_interface(const char *name, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;
	size_t n, left = 12;

	err_data(e, "%s: no such interface", name);
	e->kind = ERR_SYSTEM;
	if (pcap_lib.pcap_findalldevs(&all, why) < 0)
		return -1;
	for (const pcap_if_t *i = all; i != NULL && left > 0; i = i->next, left--) {
		n = strlen(e->text);
		snprintf(e->text + n, sizeof e->text - n, "%s%s", i == all ? ", there are " : ", ",
		    i->name);
	}
	pcap_lib.pcap_freealldevs(all);
	return -1;
}

static int activate(struct live *l, struct err *e)
{
	int rc;

	pcap_lib.pcap_set_snaplen(l->pcap, BATCH_SNAP);
	pcap_lib.pcap_set_promisc(l->pcap, 1);
	pcap_lib.pcap_set_immediate_mode(l->pcap, 1);
	pcap_lib.pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);	/* or else micro */
	rc = pcap_lib.pcap_activate(l->pcap);
	if (rc == PCAP_ERROR_NO_SUCH_DEVICE)
		return no_such_interface(l->name, e);
	if (rc < 0) {
		const char *why = pcap_lib.pcap_geterr(l->pcap);

		err_data(e, "%s: %s%s%s", l->name, pcap_lib.pcap_statustostr(rc), *why ? ": " : "", why);
		e->kind = ERR_SYSTEM;
		return -1;
	}
	return 0;
}

static int set_filter(struct live *l, const char *expr, struct err *e)
{
	struct bpf_program code;
	int rc;

	if (pcap_lib.pcap_compile(l->pcap, &code, expr, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return err_set(e, "filter: %s", pcap_lib.pcap_geterr(l->pcap));
	rc = pcap_lib.pcap_setfilter(l->pcap, &code);
	pcap_lib.pcap_freecode(&code);
	return rc < 0 ? fail(l, e, "filter: ") : 0;
}

struct live *live_open(const struct pcap_in_options *o, struct pcap_form *form, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE];
	struct live *l;

	if (pcap_lib_load(e) < 0)
		return NULL;
	if ((l = calloc(1, sizeof *l)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	l->name = o->iface;
	l->pcap = pcap_lib.pcap_create(o->iface, why);
	if (l->pcap == NULL) {
		err_data(e, "%s: %s", o->iface, why);
		e->kind = ERR_SYSTEM;
		goto bad;
	}
	if (activate(l, e) < 0)
		goto bad;
	if (o->filter != NULL && set_filter(l, o->filter, e) < 0)
		goto bad;
	if (pcap_lib.pcap_setnonblock(l->pcap, 1, why) < 0 ||
	    (l->fd = pcap_lib.pcap_get_selectable_fd(l->pcap)) < 0) {
		fail(l, e, "cannot be polled: ");
		goto bad;
	}
	l->dlt = linktype_of_dlt(pcap_lib.pcap_datalink(l->pcap));
	l->unit = pcap_lib.pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	*form = (struct pcap_form){ .nano = l->unit == 1, .snaplen = BATCH_SNAP, .dlt = l->dlt };
	return l;
bad:
	live_close(l);
	return NULL;
}

void live_close(struct live *l)
{
	if (l == NULL)
		return;
	if (l->pcap != NULL)
		pcap_lib.pcap_close(l->pcap);
	free(l);
}

int live_fd(const struct live *l)
{
	return l->fd;
}

uint64_t live_dropped(struct live *l)
{
	struct pcap_stat st;

	return pcap_lib.pcap_stats(l->pcap, &st) == 0 ? (uint64_t)st.ps_drop + st.ps_ifdrop : 0;
}

/* libpcap's buffer is the kernel's ring and is given back packet by packet: copied. */
static int take(struct pcap_in *in, struct batch *b, struct err *e)
{
	struct live *l = in->live;
	struct pcap_pkthdr *h;
	const u_char *p;
	size_t used = 0;
	int rc;

	while (b->n < BATCH_PACKETS && !in->ended && BATCH_CAP - used >= BATCH_SNAP) {
		struct packet *k = &b->pkt[b->n];

		rc = pcap_lib.pcap_next_ex(l->pcap, &h, &p);
		if (rc == 0)
			break;
		if (rc < 0)
			return fail(l, e, "");
		k->caplen = h->caplen < BATCH_SNAP ? h->caplen : BATCH_SNAP;
		k->len = h->len > k->caplen ? h->len : k->caplen;
		k->ns = (int64_t)h->ts.tv_sec * 1000000000 + (int64_t)h->ts.tv_usec * l->unit;
		k->dlt = l->dlt;
		k->options = 0;
		k->data = b->buf + used;
		memcpy(b->buf + used, p, k->caplen);
		used += k->caplen;
		if (pcap_in_give(in, b, e) < 0)
			return -1;
	}
	return 0;
}

int live_fill(struct pcap_in *in, struct batch *b, bool wait, struct err *e)
{
	int rc;

	for (;;) {
		rc = source_poll(in->live->fd, in->src.stop, wait, e);
		if (rc == 0)
			rc = take(in, b, e);
		if (rc < 0 || b->n > 0)
			return rc;
	}
}
