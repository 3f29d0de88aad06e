#include "esp/like.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "crypto/gmac.h"
#include "esp/encap_state.h"
#include "esp/esp.h"
#include "esp/mode.h"
#include "esp/place.h"
#include "packet/frag.h"

/* A protected datagram, put together if it came in fragments. */
struct like_packet {
	uint64_t number;
	uint8_t *p;
	uint32_t n;
	struct place place;
	uint32_t spi, frag_id;
	bool used;
	struct like_layer layer[ENCAP_LAYERS];
};

struct like {
	struct pcap_in *in;
	struct sad *none;		/* for place_find(): ESP in UDP is known by port 4500 alone */
	struct frags *frags;
	struct like_packet *packet;
	size_t n, cap;
	size_t *from;			/* by SA: no packet of it before this one is left */
	struct contexts contexts;
	uint8_t *buf[2];
};

static int keep(struct like *l, const struct place *place, uint64_t number, uint32_t frag_id,
    struct span ip, struct err *e)
{
	struct like_packet *p;
	uint32_t spi, seq;

	if (!place_name(place, ip.p, ip.n - place->at, &spi, &seq))
		return 0;
	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? 2 * l->cap : 64;

		if ((p = realloc(l->packet, cap * sizeof *p)) == NULL)
			return err_nomem(e);
		l->packet = p;
		l->cap = cap;
	}
	p = &l->packet[l->n];
	*p = (struct like_packet){ .number = number, .n = (uint32_t)ip.n, .place = *place, .spi = spi,
		.frag_id = frag_id };
	if ((p->p = malloc(ip.n)) == NULL)
		return err_nomem(e);
	memcpy(p->p, ip.p, ip.n);
	l->n++;
	return 0;
}

static int take(void *arg, const struct packet *p, struct err *e)
{
	struct like *l = arg;
	struct frag_lost here = { .number = p->number, .ns = p->ns };
	struct link_view link;
	struct place place;
	struct span ip;
	uint32_t frag_id = 0;
	uint64_t id;

	if (link_parse(p->dlt, p->data, p->caplen, &link) != LINK_IP)
		return 0;
	ip = (struct span){ p->data + link.ip, p->caplen - link.ip };
	if (place_find(&place, ip.p, ip.n, l->none) == PLACE_FRAGMENT) {
		frag_id = place.ip.id;
		if (frags_add(l->frags, &place.ip, ip.p, ip.n, &here, &ip, &id) != FRAG_WHOLE)
			return 0;
		place_find(&place, ip.p, ip.n, l->none);
	}
	if (!place_is_ipsec(place.kind) || place.ip.len > ip.n)
		return 0;
	ip.n = place.ip.len;
	return keep(l, &place, p->number, frag_id, ip, e);
}

static int read_all(struct like *l, struct err *e)
{
	return pcap_in_each(l->in, take, l, e);
}

struct like *like_open(const struct pcap_in_options *from, struct err *e)
{
	struct like *l = calloc(1, sizeof *l);

	if (l == NULL) {
		err_nomem(e);
		return NULL;
	}
	contexts_init(&l->contexts, SUITE_FOR_OPEN, ENGINE_OPENSSL, true);
	l->buf[0] = malloc(ENCAP_LONGEST);
	l->buf[1] = malloc(ENCAP_LONGEST);
	if (l->buf[0] == NULL || l->buf[1] == NULL)
		err_nomem(e);
	else if ((l->in = pcap_in_open(from, e)) != NULL && (l->none = sad_new(e)) != NULL &&
	    (l->frags = frags_new(e)) != NULL && read_all(l, e) == 0)
		return l;
	like_free(l);
	return NULL;
}

void like_free(struct like *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++)
		free(l->packet[i].p);
	free(l->packet);
	free(l->from);
	contexts_clear(&l->contexts);
	frags_free(l->frags);
	sad_free(l->none);
	pcap_in_close(l->in);
	free(l->buf[0]);
	free(l->buf[1]);
	free(l);
}

static uint64_t nearest(uint32_t low, uint64_t last, bool esn)
{
	uint64_t at = (last & ~(uint64_t)UINT32_MAX) | low, half = (uint64_t)1 << 31;

	if (!esn)
		return low;
	if (at + half < last)
		return at + ((uint64_t)1 << 32);
	return at > last + half && at >> 32 != 0 ? at - ((uint64_t)1 << 32) : at;
}

void like_number(const struct like_layer *from, struct encap_layer *to, uint64_t *last)
{
	to->seq = nearest(from->seq, *last, to->esn);
	memcpy(to->iv, from->iv, sizeof to->iv);
	if (to->seq > *last)
		*last = to->seq;
}

/* A layer of the captured packet, and the packet in it. */
struct peel {
	struct like *l;
	const struct encap_sa *s;
	const struct context *context;
	struct like_layer *to;
	struct place place;
	uint8_t *p;			/* the packet */
	uint32_t n;
	uint8_t *other;			/* the buffer that p is not in */
};

/* What came out, behind the headers that stayed outside. */
static void restore(struct peel *x, uint32_t n, uint8_t next)
{
	uint32_t head = x->place.ip.payload;
	uint8_t *was = x->p;

	if (x->s->entry->sa.mode == SA_TRANSPORT) {
		memmove(x->other + head, x->other, n);
		memcpy(x->other, was, head);
		n += head;
		ip_fix(&x->place.ip, x->other, next, n);
	}
	x->p = x->other;
	x->other = was;
	x->n = n;
}

static bool peel_esp(struct peel *x)
{
	struct suite *suite = x->context->suite;
	size_t iv = suite_iv_len(suite), whole = x->place.n;
	const uint8_t *esp = x->p + x->place.at;
	bool esn = x->s->entry->sa.esn == SA_YES;
	struct esp_opened got;
	uint32_t inner;

	x->to->seq = load_be32(esp + 4);
	if (whole < ESP_HEAD + iv + suite_icv_len(suite) + ESP_TRAILER || x->n > ENCAP_LONGEST)
		return false;
	memcpy(x->to->iv, esp + ESP_HEAD, iv);
	if (esp_open(suite, esp, whole, (struct esp_seq){ esn, (uint32_t)(nearest(x->to->seq, x->s->seq,
	    esn) >> 32) }, false, x->other, &got) != V_OK)
		return false;
	x->to->pad = (uint8_t)(whole - ESP_HEAD - iv - suite_icv_len(suite) - ESP_TRAILER - got.n);
	if (x->s->entry->sa.mode == SA_TUNNEL && mode_inner(x->other, got.n, got.next, &inner) == V_OK) {
		x->to->tfc = (uint32_t)got.n - inner;
		got.n = inner;
	}
	restore(x, (uint32_t)got.n, got.next);
	return true;
}

static bool peel_ah(struct peel *x)
{
	enum sa_mode mode = x->s->entry->sa.mode;
	struct ah_view a;
	struct span inner;
	bool esn = x->s->entry->sa.esn == SA_YES;

	if (ah_parse(&a, x->p, x->n, x->place.at) != V_OK || a.icv.n > LIKE_FIELD)
		return false;
	x->to->seq = a.seq;
	if (ah_open(x->context->ah, x->p, x->n, x->place.at, (struct esp_seq){ esn,
	    (uint32_t)(nearest(a.seq, x->s->seq, esn) >> 32) }, &a) != V_OK)
		return false;
	x->to->head = (uint8_t)a.head;
	x->to->iv_covered = a.iv_covered;
	memcpy(x->to->iv, a.icv.p, a.icv.n < GMAC_IV ? a.icv.n : GMAC_IV);
	memcpy(x->to->field, a.icv.p, a.icv.n);
	if (ah_strip(x->p, x->n, &x->place.ip, &a, mode, &inner) != V_OK)
		return false;
	memmove(x->other, inner.p, inner.n);
	x->n = (uint32_t)inner.n;
	inner.p = x->p;
	x->p = x->other;
	x->other = (uint8_t *)(uintptr_t)inner.p;
	return true;
}

static bool peel(struct peel *x)
{
	if (!place_is_ipsec(x->place.kind) || x->context == NULL)
		return false;
	x->to->outer = mode_fields_of(&x->place.ip, x->p);
	return x->context->ah != NULL ? x->place.kind == PLACE_AH && peel_ah(x) :
	    x->place.kind == PLACE_ESP && peel_esp(x);
}

static struct like_packet *next_packet(struct like *l, struct encap *d, uint32_t sa, struct err *e)
{
	const struct sa *of = &d->sa[sa].entry->sa;

	if (l->from == NULL && ((l->from = calloc(d->nsa, sizeof *l->from)) == NULL ||
	    contexts_grow(&l->contexts, d->nsa, e) < 0)) {
		err_nomem(e);
		return NULL;
	}
	for (size_t *at = &l->from[sa]; *at < l->n; (*at)++) {
		struct like_packet *p = &l->packet[*at];

		if (!p->used && p->spi == of->spi && place_proto(&p->place) == of->proto) {
			p->used = true;
			return p;
		}
	}
	err_data(e, "%s: no further packet of %s 0x%08" PRIx32, pcap_in_name(l->in, 0),
	    sa_proto_name(of->proto), of->spi);
	return NULL;
}

int like_take(struct like *l, struct encap *d, struct encap_item *it, struct err *e)
{
	struct like_packet *p = next_packet(l, d, it->layer[it->nlayers - 1].sa, e);
	struct peel x = { .l = l, .p = l->buf[0], .other = l->buf[1] };

	if (p == NULL)
		return -1;
	it->frag_id = p->frag_id;
	memcpy(x.p, p->p, p->n);
	x.n = p->n;
	for (unsigned k = it->nlayers; k-- > 0; ) {
		x.s = &d->sa[it->layer[k].sa];
		x.context = x.s->entry->sa.proto == SA_IPCOMP ? NULL : contexts_get(&l->contexts, x.s->entry);
		x.to = &p->layer[k];
		place_find(&x.place, x.p, x.n, l->none);
		if (!peel(&x))
			return err_data(e, "%s: packet %" PRIu64 " does not open with %s 0x%08" PRIx32,
			    pcap_in_name(l->in, 0), p->number, sa_proto_name(x.s->entry->sa.proto),
			    x.s->entry->sa.spi);
		it->layer[k].like = x.to;
		it->layer[k].tfc = x.to->tfc;
	}
	return 0;
}
