#include "esp/decap_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/beet.h"
#include "esp/esp.h"
#include "esp/mode.h"
#include "esp/place.h"

/* The packet as far as it was opened, inside the record's room. */
struct opening {
	struct decap *d;
	struct decap_item *it;
	unsigned worker;
	const struct decap_how *how;
	const uint8_t *src;		/* the datagram that holds the next layer */
	struct place place;
	uint8_t *pkt;			/* what came out so far; layer 0: where it will be */
	uint32_t len;
};

size_t decap_room(const struct decap_item *it)
{
	return PCAP_RECORD + it->link.ip + (size_t)it->n + 64;
}

static const struct sad_entry *find_group(const struct opening *o, const struct decap_layer *l)
{
	struct addr src, dst;

	ip_addrs(&o->place.ip, o->src, &src, &dst);
	return sad_find(o->d->sad, place_proto(&o->place), l->spi, &src, &dst);
}

/* The inner packet of tunnel mode; o->pkt is plain. */
static enum verdict inner_packet(struct opening *o, struct esp_opened *got, uint8_t tos)
{
	enum verdict v = mode_inner(o->pkt, got->n, got->next, &o->len);

	if (v != V_OK) {
		o->it->why = "the inner IP header does not fit what was sealed";
		return v;
	}
	if (o->d->opt.ecn && !mode_ecn(o->pkt, tos)) {
		o->it->why = "congestion experienced outside, but the inner packet takes no part in ECN";
		return V_BAD_HEADER;
	}
	return V_OK;
}

/* Puts the outer headers in front of plain and says what follows them. */
static enum verdict outer_headers(struct opening *o, const struct sa *sa, uint8_t *plain,
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
	struct decap_worker *w = &o->d->worker[o->worker];
	struct wr out = wr_of(o->pkt, got->n + BEET_ROOM);
	enum verdict v;

	if (sa->nts == 0 || sa->ts[0].nsrc == 0 || sa->ts[0].ndst == 0) {
		o->it->why = "BEET mode without the inner addresses in the SA's selectors";
		return V_UNSUPPORTED;
	}
	if (o->src == o->pkt || got->n > DECAP_ONE_MAX) {
		o->it->why = "BEET mode inside another layer";
		return V_UNSUPPORTED;
	}
	if (w->beet == NULL && (w->beet = malloc(DECAP_ONE_MAX)) == NULL)
		return V_UNSUPPORTED;
	memcpy(w->beet, plain, got->n);
	v = beet_restore(&out, &o->place.ip, o->src, (struct span){ w->beet, got->n }, got->next,
	    &sa->ts[0].src[0].first, &sa->ts[0].dst[0].first);
	o->len = (uint32_t)out.n;
	return v;
}

static bool outside_ts(const struct sa *sa, const uint8_t *p, size_t n)
{
	struct selector_view view;

	if (sa->nts == 0)
		return false;
	place_view(&view, p, n);
	for (size_t i = 0; i < sa->nts; i++)
		if (selector_match(&sa->ts[i], &view))
			return false;
	return true;
}

/* What was decrypted at plain becomes the packet. */
static enum verdict restore(struct opening *o, const struct sa *sa, uint8_t *plain,
    struct esp_opened *got)
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
	return inner_packet(o, got, o->place.ip.tos);
}

static enum verdict open_esp(struct opening *o, struct decap_layer *l, const struct sa *sa,
    struct suite *suite)
{
	struct esp_opened got;
	uint8_t *plain;
	enum verdict v;

	if (o->src == o->pkt)		/* a further layer: in place */
		plain = o->pkt + o->place.at + ESP_HEAD + suite_iv_len(suite);
	else
		plain = o->pkt + (sa->mode == SA_TRANSPORT ? o->place.ip.payload : 0);
	v = esp_open(suite, o->src + o->place.at, o->place.n, (struct esp_seq){ l->esn, l->high },
	    o->d->opt.no_verify, plain, &got);
	l->verified = got.verified;
	if (got.misfit) {
		o->it->why = "its length does not fit the SA's cipher and ICV";
		return V_BAD_ICV;
	}
	if (v != V_OK && !(v == V_BAD_ICV && o->d->opt.no_verify))
		return v;
	v = restore(o, sa, plain, &got);
	return l->verified ? v : V_BAD_ICV;
}

/* AH is taken off where the packet will be written from (RFC 4302 3.4). */
static enum verdict open_ah(struct opening *o, struct decap_layer *l, const struct sa *sa,
    struct ah_mac *mac)
{
	uint32_t n = o->place.ip.len;
	struct ah_view a;
	struct span inner;
	enum sa_mode mode;
	enum verdict v;

	if (o->src != o->pkt)
		memcpy(o->pkt, o->src, n);
	v = ah_open(mac, o->pkt, n, o->place.at, (struct esp_seq){ l->esn, l->high }, &a);
	l->verified = v == V_OK;
	if (v != V_OK && !(v == V_BAD_ICV && o->d->opt.no_verify))
		return v;
	if (!mode_of(sa->mode, a.next, &mode) || mode == SA_BEET) {
		o->it->why = "the SA's mode does not fit the next header";
		return V_BAD_HEADER;
	}
	if (ah_strip(o->pkt, n, &o->place.ip, &a, mode, &inner) != V_OK) {
		o->it->why = "the inner IP header does not fit what was protected";
		return V_BAD_HEADER;
	}
	o->pkt += inner.p - o->pkt;
	o->len = (uint32_t)inner.n;
	if (mode == SA_TUNNEL && o->d->opt.ecn && !mode_ecn(o->pkt, o->place.ip.tos)) {
		o->it->why = "congestion experienced outside, but the inner packet takes no part in ECN";
		return V_BAD_HEADER;
	}
	return l->verified ? V_OK : V_BAD_ICV;
}

static enum verdict open_layer(struct opening *o, int k, struct decap_layer *l,
    const struct sad_entry *group)
{
	struct decap_plan plan = k == o->how->layer ? o->how->plan :
	    decap_plan(o->d, group, l->seq);
	const struct sa *sa = &plan.entry->sa;
	const struct context *c;
	enum verdict v;

	l->sa = plan.entry->index;
	l->esn = plan.esn;
	l->high = plan.high;
	if (!sa_has_keys(sa) && !(o->d->opt.no_verify && sa->encr_key_known && sa->encr != NULL))
		return V_NO_KEY;
	if ((c = decap_context(o->d, o->worker, plan.entry)) == NULL) {
		o->it->why = "its algorithms cannot be used here";
		return V_UNSUPPORTED;
	}
	o->len = 0;
	v = c->ah != NULL ? open_ah(o, l, sa, c->ah) : open_esp(o, l, sa, c->suite);
	if (v != V_OK && !(v == V_BAD_ICV && o->d->opt.no_verify && o->len > 0))
		return v;
	l->outside = outside_ts(sa, o->pkt, o->len);
	return v;
}

/* True if another layer follows that an SA is there for. */
static bool next_layer(struct opening *o, int k, struct decap_layer *l, const struct sad_entry **group)
{
	*l = (struct decap_layer){ .sa = DECAP_NO_SA, .proto = (uint8_t)place_proto(&o->place) };
	l->no_seq = !place_name(&o->place, o->src, o->place.n, &l->spi, &l->seq);
	*group = find_group(o, l);
	return *group != NULL || k == 0;
}

static void finish_record(struct opening *o, uint8_t *base)
{
	struct decap_item *it = o->it;
	size_t link = o->d->opt.raw ? 0 : it->link.ip;
	uint8_t *rec = o->pkt - link - PCAP_RECORD;

	if (link > 0) {
		memcpy(o->pkt - link, it->packet->data, link);
		if (!link_set_family(&it->link, o->pkt - link, o->pkt[0] >> 4) ||
		    !link_set_len(&it->link, o->pkt - link, o->len)) {
			it->other_family = true;
			return;
		}
	} else if (!o->d->opt.raw && it->link.form >= LINK_FORM_ONLY_4 && it->link.family != o->pkt[0] >> 4) {
		it->other_family = true;
		return;
	}
	pcap_out_record(o->d->out, rec, it->packet->ns, (uint32_t)(link + o->len), (uint32_t)(link + o->len));
	it->rec = (uint32_t)(rec - base);
	it->rec_len = (uint32_t)(PCAP_RECORD + link + o->len);
}

void decap_open(struct decap *d, struct decap_item *it, unsigned worker, const struct decap_how *how,
    uint8_t *base, size_t at)
{
	struct opening o = { .d = d, .it = it, .worker = worker, .how = how, .src = it->ip,
		.place = it->place };
	const struct sad_entry *group = NULL;
	enum verdict v = V_OK;
	int k = 0;

	it->rec_len = 0;
	it->nlayers = 0;
	it->why = NULL;
	it->other_family = false;
	o.pkt = base + at + PCAP_RECORD + (d->opt.raw ? 0 : it->link.ip);
	while (v == V_OK || (v == V_BAD_ICV && d->opt.no_verify)) {
		struct decap_layer *l = &it->layer[k];

		if (k == how->layer && how->stop != NULL) {
			*how->stop = (struct decap_source){ o.src, o.place };
			return;
		}
		if (!next_layer(&o, k, l, &group))
			break;
		it->nlayers = (uint8_t)(k + 1);
		v = group != NULL ? open_layer(&o, k, l, group) : V_NO_SA;
		l->verdict = (uint8_t)v;
		k++;
		if (v != V_OK && !(v == V_BAD_ICV && d->opt.no_verify && o.len > 0))
			return;
		o.src = o.pkt;
		if (k == DECAP_LAYERS || !place_is_ipsec(place_find(&o.place, o.pkt, o.len, d->sad)))
			break;
	}
	finish_record(&o, base);
}
