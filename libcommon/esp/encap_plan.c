#include "esp/encap_state.h"

#include "esp/esp.h"
#include "esp/like.h"
#include "packet/split.h"

bool encap_df(const struct encap_sa *s, uint8_t version, bool df)
{
	if (s->outer.df != SA_DF_COPY)
		return s->outer.df == SA_DF_SET;
	return df || version == 6;
}

static bool has_seq(const struct encap_sa *s)
{
	return s->entry->sa.proto != SA_IPCOMP;
}

/* With an implicit IV (RFC 8750) a number that wraps is an IV that comes again. */
static bool may_wrap(const struct encap *d, const struct encap_sa *s)
{
	const struct sa *sa = &s->entry->sa;

	return d->opt.seq_wrap && !(sa->proto == SA_ESP && alg_encr_is_iiv(sa->encr));
}

static bool seq_left(const struct encap *d, const struct encap_sa *s)
{
	return s->seq < UINT32_MAX ||
	    (s->seq < UINT64_MAX && (s->entry->sa.esn == SA_YES || may_wrap(d, s)));
}

/* 0 for a datagram that is never divided, RFC 6864 4.1. */
uint16_t encap_ident(struct encap *d, bool df)
{
	switch (d->opt.ident) {
	case IDENT_AUTO:
		return df ? 0 : ++d->ident;
	case IDENT_COUNTER:
		return ++d->ident;
	case IDENT_RANDOM:
		return (uint16_t)rng_u32(&d->rng);
	case IDENT_COPY:		/* from what work finds there */
	case IDENT_ZERO:
		break;
	}
	return 0;
}

static bool number_layer(struct encap *d, struct encap_item *it, struct encap_layer *l)
{
	struct encap_sa *s = &d->sa[l->sa];

	l->spi = s->entry->sa.spi;
	l->esn = s->entry->sa.esn == SA_YES;
	l->tcp_first = s->size.encap == SA_ENCAP_TCP && !s->tcp_started;
	s->tcp_started = s->tcp_started || l->tcp_first;
	if (l->like != NULL) {
		like_number(l->like, l, &s->seq);
	} else {
		if (!ivgen_take(&s->iv, &d->rng, l->iv)) {
			it->result = ENCAP_IV_END;
			return false;
		}
		l->seq = has_seq(s) ? ++s->seq : 0;
	}
	if (!it->dummy)
		s->packets++;
	return true;
}

bool encap_number(struct encap *d, struct encap_item *it, uint8_t version, bool df)
{
	for (unsigned k = 0; k < it->nlayers; k++) {
		const struct encap_sa *s = &d->sa[it->layer[k].sa];

		if (has_seq(s) && !seq_left(d, s)) {
			it->result = ENCAP_SEQ_END;
			if (d->stopped == ENCAP_NONE)
				d->stopped = it->layer[k].sa;
			return false;
		}
	}
	for (unsigned k = 0; k < it->nlayers; k++) {
		struct encap_layer *l = &it->layer[k];
		const struct encap_sa *s = &d->sa[l->sa];

		if (s->entry->sa.mode != SA_TRANSPORT) {
			df = encap_df(s, version, df);
			version = s->size.version;
			l->ident = version == 4 && s->entry->sa.mode == SA_TUNNEL ? encap_ident(d, df) : 0;
		}
		if (!number_layer(d, it, l))
			return false;
	}
	it->df = df;
	return true;
}

/* The most that may stand in front at any time; BEET mode may make a packet shorter. */
void encap_measure(const struct encap *d, struct encap_item *it, struct mtu_packet p)
{
	it->lead = 0;
	p.front = 0;
	for (unsigned k = 0; k < it->nlayers; k++) {
		mtu_wrap(&d->sa[it->layer[k].sa].size, &p, it->layer[k].tfc);
		if (p.front > (int32_t)it->lead)
			it->lead = (uint32_t)p.front;
		if (d->sa[it->layer[k].sa].size.encap == SA_ENCAP_TCP) {
			p.len += TCP_PREFIX;	/* if it is the stream's first */
			it->lead += TCP_PREFIX;
		}
	}
	it->len = p.len;
}

/* What the sealed packet's own header will be, and how long it may be: by IP, and by the path. */
void encap_plan_outside(struct encap_plan *c)
{
	uint32_t mtu = c->d->opt.mtu;

	c->out_version = c->plain.version;
	c->out_df = c->df;
	for (unsigned k = 0; k < c->it->nlayers; k++) {
		const struct encap_sa *s = &c->d->sa[c->it->layer[k].sa];

		if (s->entry->sa.mode == SA_TRANSPORT)
			continue;
		c->out_df = encap_df(s, c->out_version, c->out_df);
		c->out_version = s->size.version;
	}
	c->ip_most = c->out_version == 4 ? 65535 : ENCAP_LONGEST;
	c->most = mtu != 0 && mtu < c->ip_most ? mtu : c->ip_most;
}

/* TFC padding fills packets up as far as the path takes them (RFC 4303 2.7), tunnel mode alone: a
 * receiver takes it off by the inner packet's length. */
void encap_plan_pad(struct encap_plan *c)
{
	struct mtu_packet p = c->plain;
	struct encap_item *it = c->it;
	uint32_t most = c->most;

	for (unsigned k = 0; k < it->nlayers; k++) {
		const struct encap_sa *s = &c->d->sa[it->layer[k].sa];
		int64_t to = c->d->opt.tfc >= 0 ? c->d->opt.tfc : s->entry->sa.tfc;
		uint32_t *tfc = &it->layer[k].tfc;

		if (to > (int64_t)most)
			to = most;
		if (s->entry->sa.proto == SA_ESP && s->entry->sa.mode == SA_TUNNEL && to > (int64_t)p.len) {
			*tfc = (uint32_t)to - p.len;
			encap_measure(c->d, it, c->plain);
			while (it->len > most && *tfc > 0) {
				*tfc -= it->len - most < *tfc ? it->len - most : *tfc;
				encap_measure(c->d, it, c->plain);
			}
		}
		mtu_wrap(&s->size, &p, *tfc);
	}
}

/* Its length is known only once it is compressed. */
bool encap_may_shrink(const struct encap_plan *c)
{
	for (unsigned k = 0; k < c->it->nlayers; k++)
		if (c->d->sa[c->it->layer[k].sa].entry->sa.proto == SA_IPCOMP)
			return true;
	return false;
}

/* The longest part of a packet divided before sealing. */
uint32_t encap_plan_part(const struct encap_plan *c, const struct split *s, uint32_t at)
{
	struct encap_item *it = c->it;
	struct mtu_packet p = c->plain;
	uint32_t most = c->most, mtu = most, n;

	for (;;) {
		if ((n = split_room(s, at, mtu)) == 0)
			return 0;
		p.len = (uint32_t)split_head(s, at) + n;
		encap_measure(c->d, it, p);
		if (it->len <= most)
			return n;
		mtu = p.len - (it->len - most < p.len ? it->len - most : p.len);
	}
}

/* Room in the unit's output: at most so many records, each with all that stands in front. */
size_t encap_plan_room(const struct encap_plan *c)
{
	const struct encap_item *it = c->it;
	size_t mtu = c->d->opt.mtu, frames = 1, data;
	size_t head = (c->plain.outside > 60 ? c->plain.outside : 60) + 8 + (size_t)TCP_HEADER;

	if (mtu != 0 && it->len > mtu) {
		data = mtu > head + 8 ? (mtu - head) / 8 * 8 : 8;
		frames = it->len / data + 2;
	}
	return frames * (PCAP_RECORD + (size_t)it->link.ip + head) + it->len + it->lead;
}

/* What a capture's packet may be longer than ours: padding, and AH's. */
void encap_plan_like(struct encap_plan *c)
{
	encap_measure(c->d, c->it, c->plain);
	c->it->len += c->it->nlayers * (UINT8_MAX + (uint32_t)LIKE_FIELD);
	c->it->lead += c->it->nlayers * (uint32_t)LIKE_FIELD;
}
