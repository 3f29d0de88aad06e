#include "esp/decap_opening.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/beet.h"
#include "esp/ipcomp.h"
#include "esp/mode.h"

enum { FIXED_HEAD = 40 };	/* of an IP header, without options and extension headers */

/* Room for a payload that has to step aside; made once. */
static uint8_t *aside(struct opening *o)
{
	struct decap_worker *w = &o->d->worker[o->worker];

	if (w->aside == NULL)
		w->aside = malloc(DECAP_ONE_MAX);
	return w->aside;
}

/* True if n bytes fit into the room; else the packet is opened again where there is more. */
static bool fits(struct opening *o, size_t n)
{
	o->it->cramped = n > (size_t)(o->end - o->start);
	return !o->it->cramped;
}

/* The inner packet of tunnel mode; o->pkt is plain. */
static enum verdict inner_packet(struct opening *o, const struct esp_opened *got)
{
	enum verdict v = mode_inner(o->pkt, got->n, got->next, &o->len);

	if (v != V_OK) {
		o->it->why = "the inner IP header does not fit what was sealed";
		return v;
	}
	if (o->d->opt.ecn && !mode_ecn(o->pkt, o->place.ip.tos)) {
		o->it->why = "congestion experienced outside, but the inner packet takes no part in ECN";
		return V_BAD_HEADER;
	}
	return V_OK;
}

/* Puts the outer headers in front of plain and says what follows them. */
static enum verdict outer_headers(struct opening *o, const struct sa *sa, const uint8_t *plain,
    const struct esp_opened *got)
{
	size_t hlen = o->place.ip.payload;
	uint8_t *to = o->pkt + hlen;

	if (got->n + hlen > 65535 + (o->place.ip.version == 6 ? 40u : 0u)) {
		o->it->why = "the restored packet is longer than IP allows";
		return V_BAD_HEADER;
	}
	if (plain != to)
		memmove(to, plain, got->n);
	if (o->src != o->pkt)
		memcpy(o->pkt, o->src, hlen);
	o->len = (uint32_t)(hlen + got->n);
	ip_fix(&o->place.ip, o->pkt, got->next, o->len);
	if (sa->encap.oa_src.family != 0 || sa->encap.oa_dst.family != 0)
		mode_nat_checksum(o->pkt, o->len, &sa->encap.oa_src, &sa->encap.oa_dst);
	return V_OK;
}

/* BEET mode: the SA's selectors hold the inner addresses.  The new header may be longer than what was
 * in front of the payload, so the payload steps aside. */
static enum verdict beet_packet(struct opening *o, const struct sa *sa, const uint8_t *plain,
    const struct esp_opened *got)
{
	size_t hlen = o->place.ip.payload < FIXED_HEAD ? o->place.ip.payload : FIXED_HEAD;
	uint8_t *away = aside(o), head[FIXED_HEAD];
	struct wr out = wr_of(o->start, got->n + BEET_ROOM);
	enum verdict v;

	if (sa->nts == 0 || sa->ts[0].nsrc == 0 || sa->ts[0].ndst == 0) {
		o->it->why = "BEET mode without the inner addresses in the SA's selectors";
		return V_UNSUPPORTED;
	}
	if (away == NULL || got->n > DECAP_ONE_MAX || !fits(o, got->n + BEET_ROOM))
		return V_UNSUPPORTED;
	memcpy(head, o->src, hlen);
	memcpy(away, plain, got->n);
	v = beet_restore(&out, &o->place.ip, head, (struct span){ away, got->n }, got->next,
	    &sa->ts[0].src[0].first, &sa->ts[0].dst[0].first);
	o->pkt = o->start;
	o->len = (uint32_t)out.n;
	return v;
}

enum verdict opening_restore(struct opening *o, const struct sa *sa, uint8_t *plain,
    const struct esp_opened *got)
{
	enum sa_mode mode;

	if (got->next == IPPROTO_NONE_)
		return V_DUMMY;
	if (!mode_of(sa->mode, got->next, &mode)) {
		o->it->why = "the SA says tunnel mode, the next header is no IP";
		return V_BAD_HEADER;
	}
	if (mode == SA_BEET)
		return beet_packet(o, sa, plain, got);
	if (mode == SA_TRANSPORT)
		return outer_headers(o, sa, plain, got);
	o->pkt = plain;
	return inner_packet(o, got);
}

/* The packet as IPComp left it: IP in IP. */
static enum verdict left_plain(struct opening *o)
{
	struct esp_opened got = { .n = o->place.n, .next = o->place.ip.proto };

	if (o->src != o->pkt)
		memcpy(o->pkt, o->src + o->place.at, got.n);
	else
		o->pkt += o->place.at;
	return inner_packet(o, &got);
}

static enum verdict inflated(struct opening *o, uint8_t *away, struct esp_opened *got)
{
	struct decap_worker *w = &o->d->worker[o->worker];
	struct ipcomp_view view;
	enum verdict v;
	struct err e;

	if (away == NULL || (w->ipcomp == NULL && (w->ipcomp = ipcomp_new(&e)) == NULL))
		return V_UNSUPPORTED;
	v = ipcomp_open(w->ipcomp, o->src + o->place.at, o->place.n, away, IPCOMP_MAX, &got->n, &view);
	got->next = view.next;
	if (v == V_OK)
		return V_OK;
	o->it->why = v == V_UNSUPPORTED ? "the CPI of another compression than DEFLATE" :
	    "what is compressed is no DEFLATE, or does not end where it should";
	return v == V_UNSUPPORTED ? v : V_BAD_HEADER;
}

enum verdict opening_ipcomp(struct opening *o, const struct sa *sa)
{
	size_t hlen = o->place.ip.payload;
	struct esp_opened got = { 0 };
	uint8_t *away = aside(o);
	enum verdict v;

	o->len = 0;
	if (o->place.kind == PLACE_PLAIN)
		return left_plain(o);
	if ((v = inflated(o, away, &got)) != V_OK)
		return v;
	if (!fits(o, hlen + got.n))
		return V_UNSUPPORTED;
	if (o->src == o->pkt) {			/* a further layer: its headers go where there is most room */
		memmove(o->start, o->src, hlen);
		o->src = o->start;
	}
	o->pkt = o->start;
	memcpy(o->start + hlen, away, got.n);
	return opening_restore(o, sa, o->start + hlen, &got);
}
