/* pair_say.h - a live pair whose ends are made to say what they never meant to, and whose datagrams are kept. */
#ifndef TESTS_IKE_PAIR_SAY_H
#define TESTS_IKE_PAIR_SAY_H

#include "base/wr.h"
#include "ike/session_priv.h"
#include "unit/ike/pair.h"

static struct pair p;

static inline void up(const char *seed)
{
	pair_init(&p, seed);
}

static inline void settle(void)
{
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s--\n%s", p.end[0].log, p.end[1].log);
	pair_quiet(&p);
}

static inline struct sess_ike *ike_of(int who)
{
	return p.end[who].s->ike[0];
}

/* A message from this end that it never meant to send: these payloads (first: the first one's type), SK, or SKF. */
static inline void say(int from, uint8_t exchange, bool response, uint32_t id, uint8_t first, struct span inner, unsigned number,
    unsigned total)
{
	struct sess_ike *ike = ike_of(from);
	struct ike_hdr h = { .spi_i = ike->pub.spi_i, .spi_r = ike->pub.spi_r, .next = total > 0 ? IKE_P_SKF : IKE_P_SK,
		.version = IKE_V2, .exchange = exchange, .message_id = id,
		.flags = (uint8_t)((ike->pub.initiator ? IKE_FLAG_INITIATOR : 0) | (response ? IKE_FLAG_RESPONSE : 0)) };
	struct session_path path = pair_seen(&p, from, &ike->pub.path);
	uint8_t bytes[4096], iv[16];
	struct wr w = wr_of(bytes, sizeof bytes);
	size_t n;

	ike_hdr_encode(&h, &w);
	wr_u8(&w, first);
	wr_zero(&w, 3);
	if (total > 0) {
		wr_u16(&w, (uint16_t)number);
		wr_u16(&w, (uint16_t)total);
	}
	rng_bytes(&p.way, iv, sizeof iv);
	n = ike_protect_seal(ike->out, bytes, sizeof bytes, w.n, total > 0 ? IKE_SKF_HEADER : IKE_SK_HEADER, inner, iv);
	cr_assert_gt(n, 0);
	pair_put(&p, !from, &path, (struct span){ bytes, n }, p.now + 1);
}

#define TEXT(s) (struct span){ (const uint8_t *)(s), sizeof (s) - 1 }

enum { KEEP = 64 };
static struct { uint8_t *p; size_t n; int to; } seen[KEEP];
static unsigned nseen;

static inline bool keep(struct pair *q, struct pair_datagram *d)
{
	(void)q;
	cr_assert_lt(nseen, KEEP);
	seen[nseen].p = malloc(d->n);
	memcpy(seen[nseen].p, d->p, d->n);
	seen[nseen].n = d->n;
	seen[nseen++].to = d->to;
	return true;
}

static inline void forget(void)
{
	while (nseen > 0)
		free(seen[--nseen].p);
}

static inline void again(unsigned i)
{
	struct session_path path = pair_seen(&p, !seen[i].to, &ike_of(!seen[i].to)->pub.path);

	pair_put(&p, seen[i].to, &path, (struct span){ seen[i].p, seen[i].n }, p.now + 1);
}

#endif
