/*
 * duo.h - two ends of hand-made children, for tests of traffic.
 */
#ifndef TESTS_DUO_H
#define TESTS_DUO_H

#include "ike/traffic.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "packet/checksum.h"
#include "packet/ip.h"
#include "packet/udp_make.h"
#include "sa/make.h"
#include "sa/ts.h"

enum { PACKET = 256 };

/* Sessions are only names here. */
static struct session *const here = (struct session *)0x1000, *const there = (struct session *)0x2000;
static const struct session_path path = { { 4, { 192, 0, 2, 1 } }, { 4, { 192, 0, 2, 2 } }, 4500, 4501, 0 };
static const struct session_path back = { { 4, { 192, 0, 2, 2 } }, { 4, { 192, 0, 2, 1 } }, 4501, 4500, 0 };

struct duo {
	struct arena arena;
	struct rng rng;
	struct traffic *a, *b;
	struct session_child ca, cb;	/* of the last one made */
	uint8_t p[PACKET];
};

static inline void start(struct duo *d)
{
	struct err e = { 0 };

	memset(d, 0, sizeof *d);
	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&d->rng, (struct span){ (const uint8_t *)"traffic", 7 }, "test");
	d->a = traffic_new(&d->rng, &e);
	d->b = traffic_new(&d->rng, &e);
	cr_assert(d->a != NULL && d->b != NULL);
}

static inline void forget(struct duo *d)
{
	sa_clear(&d->ca.in);
	sa_clear(&d->ca.out);
	sa_clear(&d->cb.in);
	sa_clear(&d->cb.out);
}

static inline void stop(struct duo *d)
{
	forget(d);
	traffic_free(d->a);
	traffic_free(d->b);
	arena_clear(&d->arena);
	rng_clear(&d->rng);
}

/* A pair of SAs for child number, as both ends have it. */
static inline void make(struct duo *d, uint64_t number, const char *proposal, enum sa_mode mode, const char *ts)
{
	struct proposal p;
	struct rng rng;
	struct make m = { .proposal = &p, .rng = &rng, .arena = &d->arena };
	struct err e = { 0 };

	rng_fork(&rng, &d->rng, "child", number);
	forget(d);
	cr_assert_eq(proposal_parse(&p, proposal, &e), 0, "%s", e.text);
	sa_init(&d->ca.out);
	d->ca.out.proto = SA_ESP;
	d->ca.out.mode = mode;
	d->ca.out.src = path.local;
	d->ca.out.dst = path.remote;
	if (ts != NULL) {
		d->ca.out.ts = calloc(1, sizeof *d->ca.out.ts);
		d->ca.out.nts = 1;
		cr_assert_eq(ts_parse(d->ca.out.ts, ts, &e), 0, "%s", e.text);
	}
	sa_init(&d->ca.in);
	cr_assert_eq(make_pair(&d->ca.out, &d->ca.in, &m, &e), 0, "%s", e.text);
	cr_assert_eq(sa_copy(&d->cb.in, &d->ca.out, &e), 0);
	cr_assert_eq(sa_copy(&d->cb.out, &d->ca.in, &e), 0);
	d->ca.number = d->cb.number = number;
	d->ca.initiator = true;
	d->cb.initiator = false;
	d->ca.replaces = d->cb.replaces = 0;
}

static inline void up(struct duo *d)
{
	struct err e = { 0 };

	cr_assert_eq(traffic_up(d->a, here, &d->ca, &path, true, &e), 0, "%s", e.text);
	cr_assert_eq(traffic_up(d->b, there, &d->cb, &back, true, &e), 0, "%s", e.text);
}

static inline struct addr addr(const char *text)
{
	struct addr a;
	struct err e;

	cr_assert_eq(addr_parse(&a, text, strlen(text), &e), 0, "%s", text);
	return a;
}

/* A UDP packet between these. */
static inline struct span packet(struct duo *d, const char *src, const char *dst, uint16_t dport, size_t n)
{
	static const uint8_t body[PACKET] = "what is inside";
	struct udp_ends ends = { addr(src), addr(dst), 1024, dport };
	struct wr w = wr_of(d->p, sizeof d->p);

	cr_assert(udp_make(&w, &ends, (struct span){ body, n }));
	return (struct span){ d->p, w.n };
}

/* From one to the other: what comes out is what went in. */
static inline void carries(struct duo *d, bool forth, struct span in, const char *what)
{
	struct traffic_sealed s;
	struct traffic_opened o;
	enum verdict v = traffic_out(forth ? d->a : d->b, in, &s);

	cr_assert_eq(v, V_OK, "%s: %s", what, s.why != NULL ? s.why : verdict_name(v));
	cr_expect_eq(memcmp(&s.path, forth ? &path : &back, sizeof path), 0);
	cr_expect(s.udp);
	v = traffic_in(forth ? d->b : d->a, s.esp, &o);
	cr_assert_eq(v, V_OK, "%s: %s", what, verdict_name(v));
	cr_expect(o.verified && o.owner == (forth ? there : here));
	cr_assert_eq(o.packet.n, in.n, "%s", what);
	cr_expect_arr_eq(o.packet.p, in.p, in.n, "%s", what);
}

#endif
