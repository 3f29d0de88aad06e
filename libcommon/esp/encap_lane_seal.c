#include "esp/encap_lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/esp.h"
#include "packet/checksum.h"

enum { HEAD4 = 20, DONT_FRAGMENT = 0x4000, FLOW_MASK = 0xfffff, PAD_MOST = 16 };

/* RFC 4303 2.4 */
static const uint8_t padding[PAD_MOST] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* The frame's own header, for an IP packet of the lane's version; lanes take no link type that cannot. */
static void put_link(const struct encap_quick *q, uint8_t *to, uint16_t dlt, uint8_t version)
{
	struct link_view v;

	if (q->ip == LINK_ETHERNET)
		memcpy(to, q->data, LINK_ETHERNET);
	else
		memcpy(to, q->data, q->ip);
	if (q->data[q->ip] >> 4 != version && link_parse(dlt, q->data, q->ip + (size_t)q->n, &v) == LINK_IP)
		link_set_family(&v, to, version);
}

static void put_head4(const struct encap_lane *l, const struct encap_quick *q, uint8_t *to, uint8_t tos, uint8_t ttl)
{
	uint16_t df = q->df ? DONT_FRAGMENT : 0;
	uint32_t sum = l->sum + tos + (uint16_t)q->len + q->ident + df;

	memcpy(to, l->head, HEAD4);
	to[1] = tos;
	store_be16(to + 2, (uint16_t)q->len);
	store_be16(to + 4, q->ident);
	store_be16(to + 6, df);
	if (l->ttl_copy) {
		to[8] = ttl;
		sum += (uint32_t)ttl << 8;
	}
	store_be16(to + 10, checksum_fold(sum));
	if (l->udp) {
		memcpy(to + HEAD4, l->head + HEAD4, 8);
		store_be16(to + HEAD4 + 4, (uint16_t)(q->len - HEAD4));
	}
}

static void put_head6(const struct encap_lane *l, const struct encap_quick *q, uint8_t *to, uint8_t tos, uint8_t ttl)
{
	const uint8_t *ip = q->data + q->ip;
	uint32_t first = load_be32(l->head) | (uint32_t)tos << 20;

	if (l->flow_copy && ip[0] >> 4 == 6)
		first |= load_be32(ip) & FLOW_MASK;
	memcpy(to, l->head, LANE_HEAD);
	store_be32(to, first);
	store_be16(to + 4, (uint16_t)(q->len - LANE_HEAD));
	if (l->ttl_copy)
		to[7] = ttl;
}

static const struct packet *packet_of(struct unit *u, const struct encap_quick *q)
{
	return u->batch.raw != NULL ? batch_packet(&u->batch, q->number, q->data - BATCH_RECORD) :
	    &u->batch.pkt[q->number];
}

/* Record headers may go over as they are up to this fraction of a second; 0: they may not. */
static uint32_t fraction_limit(const struct encap *d, const struct unit *u)
{
	const struct pcap_form *form = &d->out->form;

	if (form->swapped || u->batch.stamp != (form->nano ? BATCH_NANO : BATCH_MICRO))
		return 0;
	return form->nano ? 1000000000u : 1000000u;
}

static void put_stamp(const struct encap *d, struct unit *u, const struct encap_quick *q, uint32_t limit, uint8_t *to)
{
	uint32_t len = q->ip + q->len, fraction = UINT32_MAX;

	if (limit > 0)
		memcpy(&fraction, q->data - BATCH_RECORD + 4, sizeof fraction);
	if (fraction >= limit) {
		pcap_out_record(d->out, to, packet_of(u, q)->ns, len, len);
		return;
	}
	memcpy(to, q->data - BATCH_RECORD, 8);
	memcpy(to + 8, &len, sizeof len);
	memcpy(to + 12, &len, sizeof len);
}

/* The whole packet but for what the suite does; where ESP starts. */
static uint8_t *put_packet(const struct encap *d, const struct encap_lane *l, const struct encap_quick *q,
    uint8_t *to)
{
	const uint8_t *ip = q->data + q->ip;
	bool v4 = ip[0] >> 4 == 4;
	uint8_t tos = v4 ? ip[1] : (uint8_t)(load_be16(ip) >> 4), ttl = ip[v4 ? 8 : 7], *esp, *end;

	put_link(q, to, d->out->form.dlt, l->version);
	to += q->ip;
	tos = (uint8_t)((tos & l->tos_keep) | l->tos_set);
	if (l->version == 4)
		put_head4(l, q, to, tos, ttl);
	else
		put_head6(l, q, to, tos, ttl);
	esp = to + l->head_len;
	store_be64(esp, (uint64_t)l->spi << 32 | (uint32_t)q->seq);
	memcpy(esp + ESP_HEAD, q->iv, IVGEN_MAX);	/* the payload is written over what is too much */
	end = esp + ESP_HEAD + l->iv;
	memcpy(end, ip, q->n);
	end += q->n;
	memcpy(end, padding, PAD_MOST);		/* too many: what is behind is written later */
	end[q->pad] = q->pad;
	end[q->pad + 1] = v4 ? IPPROTO_IP4 : IPPROTO_IP6;
	return esp;
}

static void lose(struct encap_quick *q)
{
	q->result = ENCAP_UNSUPPORTED;
}

void encap_lane_flush(struct encap *d, unsigned worker)
{
	struct encap_lot *lot = d->worker[worker].lot;

	if (lot == NULL || lot->n == 0)
		return;
	suite_seal_each(lot->suite, lot->job, lot->n);
	for (uint32_t i = 0; i < lot->n; i++)
		if (lot->job[i].result != SUITE_OK)
			lose(lot->quick[i]);
	d->worker[worker].contexts.nbusy = lot->n = 0;
}

/* Puts it among those that are sealed together.  Field by field: a job copied at once would wait for its
 * parts to be stored. */
static void add_job(const struct encap_lane *l, struct encap_lot *lot, struct encap_quick *q, struct suite *suite,
    const uint8_t *esp)
{
	struct suite_job *j = &lot->job[lot->n];

	j->p = esp;
	j->n = q->len - l->head_len;
	j->head = ESP_HEAD;
	j->esn = l->esn;
	j->esn_high = (uint32_t)(q->seq >> 32);
	lot->quick[lot->n] = q;
	lot->suite[lot->n++] = suite;
}

size_t encap_lane_seal(struct encap *d, struct unit *u, unsigned worker, uint32_t n, size_t at)
{
	struct encap_worker *w = &d->worker[worker];
	struct encap_side *side = u->side;
	struct encap_lot *lot = w->lot;
	struct suite *suite = NULL;
	uint32_t last = ENCAP_NONE, limit = fraction_limit(d, u);

	for (; side->sealed < n; side->sealed++) {
		struct encap_quick *q = &side->quick[side->sealed];
		const struct encap_lane *l = &d->lane[q->sa];
		const struct context *c;

		if (q->sa != last) {
			w->contexts.alone = false;
			c = contexts_get(&w->contexts, d->sa[q->sa].entry);
			suite = c != NULL ? c->suite : NULL;
			last = q->sa;
		}
		q->rec = (uint32_t)at;
		if (suite == NULL) {
			lose(q);
			continue;
		}
		put_stamp(d, u, q, limit, u->out + at);
		add_job(l, lot, q, suite, put_packet(d, l, q, u->out + at + PCAP_RECORD));
		w->contexts.busy = lot->suite;
		w->contexts.nbusy = lot->n;
		if (lot->n == LANE_LOT || (lot->n >= LANE_FEW && !suite_seal_batches(suite)))
			encap_lane_flush(d, worker);
		at += PCAP_RECORD + (size_t)q->ip + q->len;
	}
	return at;
}

/* Counts it, and tells of it as the general way would have. */
static void tell(struct encap *d, struct unit *u, const struct encap_quick *q)
{
	bool ok = q->result == ENCAP_OK;
	struct encap_item it = { .packet = packet_of(u, q), .ip = q->data + q->ip, .n = q->n,
		.result = q->result, .nlayers = 1, .last = true, .df = q->df, .len = q->len, .rec = q->rec,
		.rec_len = ok ? PCAP_RECORD + (uint32_t)q->ip + q->len : 0, .frames = ok,
		.frame = d->tally.frames + 1, .version = d->lane[q->sa].version };

	it.layer[0] = (struct encap_layer){ .sa = q->sa, .spi = d->lane[q->sa].spi, .esn = d->lane[q->sa].esn,
		.ident = q->ident, .seq = q->seq };
	memcpy(it.layer[0].iv, q->iv, sizeof q->iv);
	if (!ok)
		it.why = "its algorithms cannot be used here";
	d->tally.items++;
	d->tally.frames += ok;
	d->tally.count[q->result]++;
	if (d->opt.report != NULL)
		d->opt.report(d->opt.arg, &it);
}

/* Those from q on that were sealed and lie one behind the other, before end. */
static const struct encap_quick *run_of(const struct encap_quick *q, const struct encap_quick *end, size_t *n)
{
	size_t from = q->rec, to = from;

	for (; q < end && q->result == ENCAP_OK && q->rec == to; q++)
		to += PCAP_RECORD + (size_t)q->ip + q->len;
	*n = to - from;
	return q;
}

int encap_lane_settle(struct encap *d, struct unit *u, uint32_t n, struct pcap_run *r, struct err *e)
{
	struct encap_side *side = u->side;
	const struct encap_quick *q = side->quick, *end = q, *next;
	size_t bytes;

	if (q != NULL) {			/* NULL + 0 is not C */
		q += side->settled;
		end += n;
	}
	for (; q < end; q = next) {
		next = run_of(q, end, &bytes);
		if (bytes > 0 && pcap_run_add(r, u->out + q->rec, bytes, e) < 0)
			return -1;
		if (d->opt.report != NULL || next == q) {	/* one by one, or one that was not sealed */
			next = next > q ? next : q + 1;
			for (; q < next; q++)
				tell(d, u, q);
			continue;
		}
		d->tally.items += (uint64_t)(next - q);
		d->tally.frames += (uint64_t)(next - q);
		d->tally.count[ENCAP_OK] += (uint64_t)(next - q);
	}
	side->settled = n;
	return 0;
}
