#include "esp/encap_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/encap_lane.h"
#include "esp/esp.h"
#include "esp/impair.h"
#include "esp/like.h"
#include "esp/place.h"
#include "packet/split.h"

enum { HEAD4 = 20, DONT_FRAGMENT = 0x4000, ROOM_STEP = 1024 * 1024 };

static struct encap_item *add_item(struct encap_side *side, struct err *e)
{
	if (side->n == side->cap) {
		uint32_t cap = side->cap > 0 ? 2 * side->cap : 256;
		struct encap_item *item = realloc(side->item, cap * sizeof *item);

		if (item == NULL) {
			err_nomem(e);
			return NULL;
		}
		side->item = item;
		side->cap = cap;
	}
	return &side->item[side->n++];
}

static void refuse(struct encap_item *it, enum encap_result r, const char *why)
{
	it->result = (uint8_t)r;
	it->why = why;
	it->nlayers = 0;
}

/* Finds the IP packet in the frame; false: the result says what became of it. */
static bool find_ip(struct encap_plan *c)
{
	struct encap_item *it = c->it;
	const struct packet *p = it->packet;

	switch (link_parse(p->dlt, p->data, p->caplen, &it->link)) {
	case LINK_IP:
		break;
	case LINK_CUT:
		refuse(it, p->caplen < p->len ? ENCAP_TRUNCATED : ENCAP_NOT_IP, NULL);
		return false;
	case LINK_OTHER:
		refuse(it, ENCAP_NOT_IP, NULL);
		return false;
	case LINK_UNKNOWN:
		refuse(it, ENCAP_UNSUPPORTED, "the link type");
		return false;
	}
	it->ip = p->data + it->link.ip;
	it->n = p->caplen - it->link.ip;
	switch (ip_parse(&c->v, it->ip, it->n)) {
	case IP_OK:
		break;
	case IP_CUT:
		refuse(it, p->caplen < p->len ? ENCAP_TRUNCATED : ENCAP_BAD_HEADER, NULL);
		return false;
	case IP_BAD:
		refuse(it, ENCAP_BAD_HEADER, NULL);
		return false;
	}
	if (c->v.len > it->n) {
		refuse(it, p->caplen < p->len ? ENCAP_TRUNCATED : ENCAP_BAD_HEADER,
		    "the IP header says more bytes than there are");
		return false;
	}
	it->n = c->v.len;
	return true;
}

static void unmatched(const struct encap *d, struct encap_item *it)
{
	switch (d->opt.unmatched) {
	case UNMATCHED_PASS:
		refuse(it, ENCAP_PASSED, NULL);
		break;
	case UNMATCHED_DROP:
		refuse(it, ENCAP_DROPPED, NULL);
		break;
	case UNMATCHED_REPORT:
	case UNMATCHED_ERROR:
		if (it->result != ENCAP_NOT_IP)
			refuse(it, ENCAP_NO_SA, NULL);
		break;
	}
}

static void look(struct encap_plan *c)
{
	struct encap_item *it = c->it;
	bool v4 = c->v.version == 4;
	struct mode_place place = mode_place(&c->v, it->ip);

	c->plain = (struct mtu_packet){ .len = it->n, .version = c->v.version, .outside = place.at,
		.inside = v4 ? c->v.payload : 40, .options = v4 ? (uint16_t)(c->v.payload - HEAD4) : 0 };
	c->df = v4 && (load_be16(it->ip + 6) & DONT_FRAGMENT) != 0;
}

static uint8_t next_of(const struct encap_plan *c)
{
	return c->it->ip[mode_place(&c->v, c->it->ip).next];
}

/* What the first SA cannot do with this packet. */
static const char *unfit(const struct encap_plan *c)
{
	const struct encap_item *it = c->it;
	const struct sa *sa = &c->d->sa[it->layer[0].sa].entry->sa;
	struct addr src, dst;

	if (sa->mode == SA_TUNNEL)
		return NULL;
	if (c->v.frag)
		return "a fragment, and only tunnel mode takes those (RFC 4303 3.3.4)";
	if (sa->proto == SA_ESP && next_of(c) == IPPROTO_NONE_)
		return "no next header, which means a dummy packet (RFC 4303 2.6)";
	if (sa->mode == SA_TRANSPORT)
		return NULL;
	ip_addrs(&c->v, it->ip, &src, &dst);
	if (!addr_eq(&src, &sa->ts[0].src[0].first) || !addr_eq(&dst, &sa->ts[0].dst[0].first))
		return "its addresses are not the inner ones of the SA's BEET mode";
	return NULL;
}

/* A stream is no place for what has more headers in front. */
static const char *unfit_layers(const struct encap_plan *c)
{
	const struct encap_item *it = c->it;

	for (unsigned k = 0; k < it->nlayers; k++) {
		const struct encap_sa *s = &c->d->sa[it->layer[k].sa];

		if (k + 1u < it->nlayers && s->size.encap == SA_ENCAP_TCP)
			return "TCP encapsulation inside another SA";
		if (k > 0 && s->entry->sa.mode == SA_BEET)
			return "BEET mode around another SA";
	}
	return NULL;
}

static int set_path(struct encap_plan *c, struct err *e)
{
	struct encap_item *it = c->it;
	struct selector_view view;
	struct encap_path path;
	const char *why;
	int got;

	place_view(&view, it->ip, it->n);
	if ((got = encap_path_find(c->d, &view, &path, e)) < 0)
		return -1;
	if (got == 0) {
		unmatched(c->d, it);
		return 0;
	}
	for (unsigned k = 0; k < path.n; k++)
		it->layer[k] = (struct encap_layer){ .sa = path.sa[k] };
	it->nlayers = path.n;
	if ((why = unfit(c)) != NULL || (why = unfit_layers(c)) != NULL) {
		refuse(it, ENCAP_UNSUPPORTED, why);
		return 0;
	}
	return 1;
}

/* Numbers the item and gives it its room. */
static int finish_item(struct encap_plan *c, size_t *used, struct err *e)
{
	struct impair *impair = c->d->opt.impair;
	struct encap_item *it = c->it;

	it->version = c->out_version;
	if (c->d->opt.like != NULL) {
		if (like_take(c->d->opt.like, c->d, it, e) < 0)
			return -1;
		encap_plan_like(c);
	}
	if (impair != NULL) {
		impair_choose(impair, c->d, it);
		impair_before(impair, c->d, it);
	}
	if (!encap_number(c->d, it, c->plain.version, c->df))
		return 0;
	if (impair != NULL)
		impair_after(impair, c->d, it);
	it->result = it->dummy ? ENCAP_DUMMY : ENCAP_OK;
	if (c->d->opt.mtu != 0 && it->len > c->d->opt.mtu && it->frag_id == 0)
		it->frag_id = ++c->d->frag_id;
	it->room = (uint32_t)*used;
	*used += encap_plan_room(c) + impair_room(it);
	return 0;
}

/* Divides the packet before sealing: an item for each part (RFC 4301 8, RFC 791). */
static int claim_parts(struct encap_plan *c, size_t *used, struct err *e)
{
	struct encap_item first = *c->it;
	struct split s;
	uint32_t n, at;

	if (c->df || c->v.version != 4 || c->d->sa[first.layer[0].sa].entry->sa.mode != SA_TUNNEL ||
	    !split_init(&s, first.ip, first.n, 0) || s.n == 0) {
		refuse(c->it, ENCAP_TOO_BIG, NULL);
		return 0;
	}
	for (at = 0; at < s.n; at += n) {
		if (at > 0 && (c->it = add_item(c->side, e)) == NULL)
			return -1;
		if (at > 0)
			*c->it = first;
		if ((n = encap_plan_part(c, &s, at)) == 0) {
			refuse(c->it, ENCAP_TOO_BIG, "the MTU leaves no room for any part of it");
			return 0;
		}
		c->it->at = at;
		c->it->part = n;
		c->it->last = at + n == s.n;
		if (finish_item(c, used, e) < 0)
			return -1;
	}
	return 0;
}

/* A packet that says nothing, as long as the one before it (RFC 4303 2.6). */
static int add_dummy(struct encap_plan *c, size_t *used, struct err *e)
{
	const struct encap_sa *s = &c->d->sa[c->it->layer[0].sa];
	struct encap_item like = *c->it;

	if (like.part > 0 || s->entry->sa.proto != SA_ESP || s->packets % c->d->opt.dummy != 0)
		return 0;
	c->it->last = false;
	if ((c->it = add_item(c->side, e)) == NULL)
		return -1;
	*c->it = like;
	c->it->dummy = true;
	return finish_item(c, used, e);
}

static int claim_ip(struct encap_plan *c, size_t *used, struct err *e)
{
	struct encap_item *it = c->it;
	int got;

	if ((got = set_path(c, e)) <= 0)
		return got;
	if (c->d->opt.forward && it->ip[c->v.version == 4 ? 8 : 7] <= 1) {
		refuse(it, ENCAP_EXPIRED, NULL);
		return 0;
	}
	look(c);
	encap_plan_outside(c);
	encap_plan_pad(c);
	encap_measure(c->d, it, c->plain);
	if (it->len > c->most && c->d->opt.before && !(encap_may_shrink(c) && c->df))
		return claim_parts(c, used, e);
	if (it->len > c->ip_most) {
		refuse(it, ENCAP_TOO_BIG, "longer than IP allows");
		return 0;
	}
	if (it->len > c->most && c->out_df && !encap_may_shrink(c)) {
		refuse(it, ENCAP_TOO_BIG, NULL);
		return 0;
	}
	if (finish_item(c, used, e) < 0)
		return -1;
	return c->d->opt.dummy > 0 && it->result == ENCAP_OK ? add_dummy(c, used, e) : 0;
}

/* 1: the packet ends the run. */
static int claim_packet(struct encap *d, struct encap_side *side, const struct packet *p, size_t *used,
    struct err *e)
{
	struct encap_plan c = { .d = d, .side = side };
	uint32_t before = side->n;

	if ((c.it = add_item(side, e)) == NULL)
		return -1;
	memset(c.it, 0, offsetof(struct encap_item, layer));
	c.it->packet = p;
	c.it->before = side->nquick;
	c.it->last = true;
	if (!find_ip(&c)) {
		if (c.it->result == ENCAP_NOT_IP)
			unmatched(d, c.it);
	} else if (claim_ip(&c, used, e) < 0) {
		side->n = before;
		return -1;
	}
	return 0;
}

static int place_error(const struct encap *d, const struct packet *p, struct err *e)
{
	const char *name = d->flow->in != NULL ? pcap_in_name(d->flow->in, p->file) : "stdin";

	return err_in(e, "%s: packet %llu", name, (unsigned long long)p->number);
}

/* Packets of another link type cannot go into the same pcap. */
static int other_link(const struct encap *d, uint16_t dlt, struct err *e)
{
	const char *name = link_name(dlt), *wanted = link_name(d->out->form.dlt);

	return err_data(e, "found link type %u (%s) after %u (%s), wanted one", dlt,
	    name != NULL ? name : "unknown", d->out->form.dlt, wanted != NULL ? wanted : "unknown");
}

static bool find_next(const struct batch *b, struct encap_next *next)
{
	struct encap_frame *f = &next->frame;
	int64_t caplen;

	if (b->raw == NULL) {
		if (f->number == b->n)
			return false;
		f->data = b->pkt[f->number].data;
		f->caplen = b->pkt[f->number].caplen;
		f->dlt = b->pkt[f->number].dlt;
		return true;
	}
	if ((caplen = batch_record(next->rec, next->left)) < 0 || f->number == BATCH_PACKETS)
		return false;
	f->data = next->rec + BATCH_RECORD;
	f->caplen = (uint32_t)caplen;
	return true;
}

static void skip(const struct batch *b, struct encap_next *next)
{
	next->frame.number++;
	if (b->raw == NULL)
		return;
	next->rec += BATCH_RECORD + next->frame.caplen;
	next->left -= BATCH_RECORD + next->frame.caplen;
}

/* 1: the batch ends before it, or behind it. */
static int claim_next(struct encap *d, struct unit *u, struct encap_next *next, size_t *used, struct err *e)
{
	struct encap_side *side = u->side;
	struct batch *b = &u->batch;
	uint32_t before = side->n;
	const struct packet *p;

	if (next->frame.dlt == d->out->form.dlt && side->quick != NULL &&
	    encap_lane_claim(d, side, &next->frame, used)) {
		skip(b, next);
		return 0;
	}
	p = b->raw != NULL ? batch_packet(b, next->frame.number, next->rec) : &b->pkt[next->frame.number];
	if (p->dlt != d->out->form.dlt ? other_link(d, p->dlt, e) < 0 : claim_packet(d, side, p, used, e) < 0) {
		place_error(d, p, e);
		return 1;
	}
	skip(b, next);
	if (d->opt.unmatched != UNMATCHED_ERROR || side->item[before].result != ENCAP_NO_SA)
		return 0;
	err_data(e, "no SA matches it");
	place_error(d, p, e);
	return 1;
}

int encap_claim(void *arg, struct unit *u, struct err *e)
{
	struct batch *b = &u->batch;
	struct encap_next next = { .frame.dlt = b->dlt, .rec = b->raw, .left = b->raw_n };
	struct encap *d = arg;
	struct encap_side *side = u->side;
	size_t used = 0;
	int last = 0;

	side->n = side->nquick = 0;
	if (d->lane != NULL && side->quick == NULL &&
	    (side->quick = malloc(BATCH_PACKETS * sizeof *side->quick)) == NULL)
		return err_nomem(e);
	while (last == 0) {
		if (b->raw != NULL && b->dlt == d->out->form.dlt && side->quick != NULL)
			encap_lane_claim_raw(d, side, &next, &used);
		if (!find_next(b, &next))
			break;
		last = claim_next(d, u, &next, &used, e);
	}
	b->n = next.frame.number;
	if (b->raw != NULL)
		b->raw_n = (size_t)(next.rec - b->raw);
	/* in whole steps, so that batches of about one size take no memory anew */
	used = used > ROOM_STEP / 2 ? (used + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP : used;
	return unit_room(u, used, e) < 0 ? -1 : last;
}
