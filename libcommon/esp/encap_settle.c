#include "esp/encap_state.h"

#include "packet/pcap_run.h"

/* A stream's segments get their numbers here, where it is known which came out. */
static int settle_tcp(struct encap *d, struct encap_item *it, uint8_t *out, struct pcap_run *r,
    struct err *e)
{
	size_t n;

	if (it->layer[it->nlayers - 1].tcp_first && (n = encap_tcp_syn(d, it, out)) > 0) {
		if (pcap_run_end(r, e) < 0 ||
		    pcap_run_add(r, d->worker[0].scratch, n, e) < 0 || pcap_run_end(r, e) < 0)
			return -1;
		it->frames++;
		d->tally.frames++;
		encap_tcp_place(d, it, out, it->frames - 1);
		return 0;
	}
	encap_tcp_place(d, it, out, it->frames);
	return 0;
}

static int settle_item(struct encap *d, struct encap_item *it, struct unit *u, struct pcap_run *r,
    struct err *e)
{
	if (it->result == ENCAP_PASSED) {
		it->frames = 1;
		d->tally.frames++;
		if (pcap_run_packet(r, d->out, it->packet, 0, e) < 0)
			return -1;
	} else if (it->rec_len > 0) {
		d->tally.frames += it->frames;
		if (it->tcp > 0 && settle_tcp(d, it, u->out, r, e) < 0)
			return -1;
		if (pcap_run_add(r, u->out + it->rec, it->rec_len, e) < 0)
			return -1;
	}
	d->tally.items++;
	d->tally.count[it->result]++;
	if (d->opt.report != NULL)
		d->opt.report(d->opt.arg, it);
	return 0;
}

int encap_settle(void *arg, struct unit *u, struct err *e)
{
	struct encap_side *side = u->side;
	struct encap *d = arg;
	struct pcap_run run = { .emit = d->opt.emit, .arg = d->opt.arg };

	d->tally.packets += u->batch.n;
	for (uint32_t i = 0; i < side->n; i++)
		if (settle_item(d, &side->item[i], u, &run, e) < 0)
			return -1;
	return pcap_run_end(&run, e);
}
