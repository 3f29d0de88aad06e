#include "esp/decap_opening.h"

#include <string.h>

#include "esp/ipcomp.h"
#include "packet/wesp.h"
#include "packet/carrier.h"
#include "esp/mode.h"
#include "esp/null.h"
#include "esp/place.h"

enum { INFLATES = 8 };		/* what is compressed mostly grows less; else it is opened again elsewhere */

size_t decap_room(const struct decap *d, const struct decap_item *it)
{
	size_t n = it->n;

	if (sad_has_ipcomp(d->sad))
		n = n * INFLATES < n + IPCOMP_MAX ? n * INFLATES : n + IPCOMP_MAX;
	return PCAP_RECORD + it->link.ip + n + DECAP_SPARE;
}

size_t decap_room_most(const struct decap_item *it)
{
	return PCAP_RECORD + it->link.ip + (size_t)it->n + IPCOMP_MAX + DECAP_SPARE;
}

/* The CPI that says DEFLATE by itself needs no SA inside of what verified (RFC 3173 3.3). */
static const struct sad_entry deflate = { .sa = { .proto = SA_IPCOMP, .spi = IPCOMP_DEFLATE } };

static bool is_last(const struct decap_last *last, const struct decap_layer *l, const struct ip_view *ip,
    const uint8_t *p)
{
	if (last->group == NULL || last->spi != l->spi || last->proto != l->proto ||
	    last->version != ip->version)
		return false;
	return ip->version == 4 ? memcmp(last->ends, p + 12, 8) == 0 : memcmp(last->ends, p + 8, 32) == 0;
}

static const struct sad_entry *find_group(const struct opening *o, const struct decap_layer *l)
{
	struct decap_last *last = &o->d->worker[o->worker].last;
	const struct ip_view *ip = &o->place.ip;
	const struct sad_entry *group;
	struct addr src, dst;

	if (o->place.kind == PLACE_PLAIN)
		return o->place.tunnel;
	if (is_last(last, l, ip, o->src))
		return last->group;
	ip_addrs(ip, o->src, &src, &dst);
	group = sad_find(o->d->sad, place_proto(&o->place), l->spi, &src, &dst);
	if (group != NULL && o->worker < o->d->opt.threads) {	/* settle's worker sees SAs come */
		*last = (struct decap_last){ group, l->spi, l->proto, ip->version, { 0 } };
		memcpy(last->ends, o->src + ip->src_at, 2 * ip_addr_len(ip));
	}
	return group;
}

bool decap_outside_ts(const struct sa *sa, const uint8_t *p, size_t n)
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

/* What WESP claimed, against the SA and what ESP's trailer said. */
static enum verdict check_wesp(struct opening *o, const struct sa *sa, const struct suite *suite,
    uint8_t next)
{
	const struct place *pl = &o->place;
	bool encrypts = sa->encr->kind != ENCR_KIND_NULL && sa->encr->kind != ENCR_KIND_GMAC;
	struct wesp_view w;

	if (pl->wesp == 0)
		return V_OK;
	if (wesp_parse(&w, o->src + pl->wesp, pl->at + pl->n - pl->wesp, pl->ip.version,
	    pl->ip.proto == IP_UDP) == V_OK &&
	    wesp_check(&w, encrypts, suite_iv_len(suite), suite_icv_len(suite), next) == V_OK)
		return V_OK;
	o->it->why = "what the WESP header says is not so";
	return V_BAD_HEADER;
}

static enum verdict end_esp(struct opening *o)
{
	struct decap_layer *l = &o->it->layer[o->k];
	struct esp_opened got;
	enum verdict v = esp_result(o->suite, o->job, &got);

	l->verified = got.verified;
	if (got.misfit) {
		o->it->why = "its length does not fit the SA's cipher and ICV";
		return V_BAD_ICV;
	}
	if (v != V_OK && !(v == V_BAD_ICV && o->d->opt.no_verify))
		return v;
	if (check_wesp(o, o->sa, o->suite, got.next) != V_OK)
		return V_BAD_HEADER;
	v = opening_restore(o, o->sa, o->job->out, &got);
	return l->verified ? v : V_BAD_ICV;
}

/* The verdict means nothing if o->waits then. */
static enum verdict open_esp(struct opening *o, const struct decap_layer *l)
{
	uint8_t *plain;

	if (o->src == o->pkt)		/* a further layer: in place */
		plain = o->pkt + o->place.at + ESP_HEAD + suite_iv_len(o->suite);
	else
		plain = o->pkt + (o->sa->mode == SA_TRANSPORT ? o->place.ip.payload : 0);
	*o->job = esp_job(o->src + o->place.at, o->place.n, (struct esp_seq){ l->esn, l->high },
	    o->d->opt.no_verify, plain);
	o->waits = o->many && suite_batches(o->suite);
	if (o->waits)
		return V_OK;
	suite_open_many(o->suite, o->job, 1);
	return end_esp(o);
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

/* There is nothing to verify, and no number to check. */
static enum verdict open_ipcomp(struct opening *o, struct decap_layer *l,
    const struct sad_entry *entry)
{
	enum verdict v = opening_ipcomp(o, &entry->sa);

	if (entry != &deflate)
		l->sa = entry->index;
	l->verified = true;
	if (v == V_OK)
		l->outside = decap_outside_ts(&entry->sa, o->pkt, o->len);
	return v;
}

/* What was sealed is open, or not. */
static enum verdict end_sealed(struct opening *o, enum verdict v)
{
	struct decap_layer *l = &o->it->layer[o->k];

	if (v == V_OK || (v == V_BAD_ICV && o->d->opt.no_verify && o->len > 0))
		l->outside = decap_outside_ts(o->sa, o->pkt, o->len);
	return v;
}

static enum verdict open_sealed(struct opening *o, struct decap_layer *l)
{
	struct decap_plan plan = o->k == o->how->layer ? o->how->plan :
	    decap_plan(o->d, o->group, l->seq);
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
	o->sa = sa;
	o->suite = c->suite;
	v = c->ah != NULL ? open_ah(o, l, sa, c->ah) : open_esp(o, l);
	return o->waits ? v : end_sealed(o, v);
}

/* ESP of an SA that nobody gave, in clear text as it seems: taken off, and nobody vouches for it. */
static enum verdict open_null(struct opening *o, struct decap_layer *l)
{
	static const struct sa nobody = { .proto = SA_ESP };
	const uint8_t *esp = o->src + o->place.at;
	struct esp_opened got = { 0 };
	struct null_esp found;
	struct addr src, dst;
	uint8_t *plain;

	ip_addrs(&o->place.ip, o->src, &src, &dst);
	if (!null_read(&found, esp, o->place.n, &src, &dst))
		return V_NO_SA;
	got.n = found.n;
	got.next = found.next;
	plain = o->src == o->pkt ? o->pkt + o->place.at + found.at : o->pkt;
	if (plain != esp + found.at)
		memcpy(plain, esp + found.at, found.n);
	l->null = opening_restore(o, &nobody, plain, &got) == V_OK;
	return V_NO_SA;
}

static enum verdict open_layer(struct opening *o)
{
	struct decap_layer *l = &o->it->layer[o->k];

	if (o->group == NULL)
		return o->d->opt.null && l->proto == SA_ESP ? open_null(o, l) : V_NO_SA;
	return l->proto == SA_IPCOMP ? open_ipcomp(o, l, o->group) : open_sealed(o, l);
}

/* Where the next layer is, if there is one and all of it is there; with dig, inside of what carries
 * IP in IP, too. */
static bool find_next(struct opening *o)
{
	struct carrier inner;

	for (int i = 0; i <= CARRIER_DEPTH; i++) {
		o->src = o->pkt;
		if (!place_is_plain(o->pkt, o->len, o->d->sad) && place_is_ipsec(place_find(&o->place, o->pkt, o->len, o->d->sad)))
			return o->place.at + o->place.n <= o->len;
		if (!o->d->opt.dig || !carrier_next(o->pkt, o->len, &inner))
			break;
		o->pkt += inner.at;
		o->len = (uint32_t)inner.n;
	}
	return false;
}

/* Names the next layer, at o->place, and finds its SA. */
static void name_layer(struct opening *o)
{
	struct decap_layer *l = &o->it->layer[o->k];

	*l = (struct decap_layer){ .sa = DECAP_NO_SA, .proto = (uint8_t)place_proto(&o->place) };
	l->no_seq = !place_name(&o->place, o->src, o->place.n, &l->spi, &l->seq) ||
	    l->proto == SA_IPCOMP;
	o->group = find_group(o, l);
	if (o->group == NULL && l[-1].verified && l->proto == SA_IPCOMP && l->spi == IPCOMP_DEFLATE)
		o->group = &deflate;
}

/* True if another layer follows that an SA is there for; else the packet stays what it is. */
static bool follows(struct opening *o)
{
	uint8_t *pkt = o->pkt;
	uint32_t len = o->len;

	if (o->k < DECAP_LAYERS && find_next(o)) {
		name_layer(o);
		if (o->group != NULL)
			return true;
	}
	o->pkt = pkt;
	o->len = len;
	return false;
}

/* The layer's verdict stands; true if the next one is there to be taken off. */
static bool goes_on(struct opening *o, enum verdict v)
{
	struct decap_layer *l = &o->it->layer[o->k];

	l->verdict = (uint8_t)v;
	o->it->nlayers = (uint8_t)++o->k;
	if (!decap_passes(o->d, l) || o->len == 0)
		return false;
	if (follows(o))
		return true;
	o->whole = true;
	return false;
}

void opening_start(struct opening *o, struct decap *d, struct decap_item *it, unsigned worker,
    const struct decap_how *how, uint8_t *base, size_t at, size_t end)
{
	struct decap_layer *l = &it->layer[0];

	o->d = d;
	o->it = it;
	o->worker = worker;
	o->how = how;
	o->src = it->ip;
	o->place = it->place;
	o->len = 0;
	o->k = 0;
	o->waits = o->whole = false;
	*l = (struct decap_layer){ .sa = DECAP_NO_SA, .spi = l->spi, .seq = l->seq, .proto = l->proto,
		.no_seq = l->no_seq };		/* named when it was claimed */
	it->rec_len = 0;
	it->why = NULL;
	it->other_family = it->cramped = false;
	o->end = base + end;
	o->start = o->pkt = base + at + PCAP_RECORD + (d->opt.raw ? 0 : it->link.ip);
	o->group = find_group(o, l);
}

bool opening_run(struct opening *o)
{
	enum verdict v;

	do {
		if (o->waits) {
			o->waits = false;
			v = end_sealed(o, end_esp(o));
		} else if (o->k == o->how->layer && o->how->stop != NULL) {
			*o->how->stop = (struct decap_source){ o->src, o->place };
			return false;
		} else {
			v = open_layer(o);
			if (o->waits)
				return true;
		}
	} while (goes_on(o, v));
	return false;
}

void opening_finish(struct opening *o, uint8_t *base, size_t at)
{
	struct decap_item *it = o->it;
	size_t link = o->d->opt.raw ? 0 : it->link.ip;
	uint8_t *rec;

	if (!o->whole)
		return;
	if (at != SIZE_MAX && base + at + PCAP_RECORD + link != o->pkt) {
		memmove(base + at + PCAP_RECORD + link, o->pkt, o->len);
		o->pkt = base + at + PCAP_RECORD + link;
	}
	rec = o->pkt - link - PCAP_RECORD;
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
    uint8_t *base, size_t at, size_t end)
{
	struct suite_job job;
	struct opening o = { .job = &job };

	opening_start(&o, d, it, worker, how, base, at, end);
	(void)opening_run(&o);
	opening_finish(&o, base, SIZE_MAX);
}
