#include "esp/encap_state.h"

#include "esp/esp.h"
#include "esp/like.h"

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
static uint16_t ident(struct encap *d, bool df)
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
		if (!ivgen_next(&s->iv, &d->rng, l->iv)) {
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
			l->ident = version == 4 && s->entry->sa.mode == SA_TUNNEL ? ident(d, df) : 0;
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
