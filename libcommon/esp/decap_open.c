#include "esp/decap_state.h"

#include <string.h>

#include "base/wr.h"
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
	return sad_find(o->d->sad, SA_ESP, l->spi, &src, &dst);
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
	if (mode == SA_BEET) {
		o->it->why = "BEET mode";
		return V_UNSUPPORTED;
	}
	if (mode == SA_TRANSPORT)
		return outer_headers(o, sa, plain, got);
	o->pkt = plain;
	return inner_packet(o, got, o->place.ip.tos);
}

static enum verdict open_layer(struct opening *o, int k, struct decap_layer *l,
    const struct sad_entry *group)
{
	struct decap_plan plan = k == o->how->layer ? o->how->plan :
	    o->how->settled ? decap_plan(o->d, group, l->seq) : decap_guess(o->d, group, l->seq);
	const struct sa *sa = &plan.entry->sa;
	const uint8_t *p = o->src + o->place.at;
	struct suite *suite;
	struct esp_opened got;
	uint8_t *plain;
	enum verdict v;

	l->sa = plan.entry->index;
	l->esn = plan.esn;
	l->high = plan.high;
	if (!sa_has_keys(sa) && !(o->d->opt.no_verify && sa->encr_key_known && sa->encr != NULL))
		return V_NO_KEY;
	if ((suite = decap_context(o->d, o->worker, plan.entry)) == NULL) {
		o->it->why = "its algorithms cannot be used here";
		return V_UNSUPPORTED;
	}
	if (o->src == o->pkt)		/* a further layer: in place */
		plain = o->pkt + o->place.at + ESP_HEAD + suite_iv_len(suite);
	else
		plain = o->pkt + (sa->mode == SA_TRANSPORT ? o->place.ip.payload : 0);
	v = esp_open(suite, p, o->place.n, (struct esp_seq){ l->esn, l->high }, o->d->opt.no_verify,
	    plain, &got);
	l->verified = got.verified;
	if (v != V_OK && !(v == V_BAD_ICV && o->d->opt.no_verify))
		return v;
	if ((v = restore(o, sa, plain, &got)) != V_OK)
		return l->verified ? v : V_BAD_ICV;
	l->outside = outside_ts(sa, o->pkt, o->len);
	return l->verified ? V_OK : V_BAD_ICV;
}

/* True if another layer follows that an SA is there for. */
static bool next_layer(struct opening *o, int k, struct decap_layer *l, const struct sad_entry **group)
{
	const uint8_t *p = o->src + o->place.at;

	*l = (struct decap_layer){ .sa = DECAP_NO_SA, .spi = o->place.n >= 4 ? load_be32(p) : 0,
		.seq = o->place.n >= ESP_HEAD ? load_be32(p + 4) : 0, .no_seq = o->place.n < ESP_HEAD };
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

		if (!next_layer(&o, k, l, &group))
			break;
		it->nlayers = (uint8_t)(k + 1);
		v = group != NULL ? open_layer(&o, k, l, group) : V_NO_SA;
		l->verdict = (uint8_t)v;
		k++;
		if (v != V_OK && !(v == V_BAD_ICV && d->opt.no_verify && o.len > 0))
			return;
		o.src = o.pkt;
		if (k == DECAP_LAYERS || place_find(&o.place, o.pkt, o.len, d->sad) != PLACE_ESP)
			break;
	}
	finish_record(&o, base);
}
