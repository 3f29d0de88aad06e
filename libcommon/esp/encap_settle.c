#include "esp/encap_state.h"

#include "esp/encap_lane.h"
#include "esp/impair_order.h"

/* Counts the item and tells of it; n bytes of its records go out. */
static int give(struct encap *d, struct encap_item *it, const uint8_t *p, size_t n, struct pcap_run *r,
    struct err *e)
{
	if (n > 0 && pcap_run_add(r, p, n, e) < 0)
		return -1;
	it->frame = d->tally.frames + 1;
	d->tally.frames += it->frames;
	d->tally.items++;
	d->tally.count[it->result]++;
	for (unsigned k = 0; it->faults >> k != 0; k++)
		d->tally.faults[k] += it->faults >> k & 1;
	if (d->opt.report != NULL)
		d->opt.report(d->opt.arg, it);
	return 0;
}

/* A stream's segments get their numbers here, in order; its first packet is behind a SYN. */
static int settle_tcp(struct encap *d, struct encap_item *it, uint8_t *out, struct pcap_run *r,
    struct err *e)
{
	bool first = it->layer[it->nlayers - 1].tcp_first;
	size_t n = first ? encap_tcp_syn(d, it, out) : 0;

	encap_tcp_place(d, it, out, it->frames);
	if (n == 0)
		return 0;
	if (pcap_run_end(r, e) < 0 || pcap_run_add(r, d->worker[0].scratch, n, e) < 0)
		return -1;
	d->tally.frames++;
	return pcap_run_end(r, e);
}

static int settle_item(struct encap *d, struct encap_item *it, uint8_t *out, struct pcap_run *r,
    struct err *e)
{
	if (it->result == ENCAP_PASSED) {
		it->frames = 1;
		return pcap_run_packet(r, d->out, it->packet, 0, e) < 0 ? -1 : give(d, it, NULL, 0, r, e);
	}
	if (it->rec_len == 0)
		return give(d, it, NULL, 0, r, e);
	if (it->tcp > 0 && settle_tcp(d, it, out, r, e) < 0)
		return -1;
	if (d->opt.impair != NULL)
		return impair_settle(d->opt.impair, d, it, out + it->rec, give, r, e);
	return give(d, it, out + it->rec, it->rec_len, r, e);
}

int encap_settle(void *arg, struct unit *u, struct err *e)
{
	struct encap_side *side = u->side;
	struct encap *d = arg;
	struct pcap_run run = { .emit = d->opt.emit, .arg = d->opt.arg };

	d->tally.packets += u->batch.n;
	side->settled = 0;
	for (uint32_t i = 0; i < side->n; i++)
		if (encap_lane_settle(d, u, side->item[i].before, &run, e) < 0 ||
		    settle_item(d, &side->item[i], u->out, &run, e) < 0)
			return -1;
	if (encap_lane_settle(d, u, side->nquick, &run, e) < 0)
		return -1;
	return pcap_run_end(&run, e);
}

int encap_finish(void *arg, struct err *e)
{
	struct encap *d = arg;
	struct pcap_run run = { .emit = d->opt.emit, .arg = d->opt.arg };

	if (d->opt.impair != NULL && impair_finish(d->opt.impair, d, give, &run, e) < 0)
		return -1;
	return pcap_run_end(&run, e);
}
