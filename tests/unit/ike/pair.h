/*
 * pair.h - two live ends in memory, for tests: an initiator and a responder with a way between them that takes time, and
 * loses, doubles and reorders what a seed says.  Time is virtual.
 *
 *	pair_init(&p, "seed");			PSK, x25519, AES-GCM, one child 10.1.0.0/16=10.2.0.0/16
 *	p.end[PAIR_I].conf.... = ...;		what this test is about
 *	pair_start(&p);
 *	pair_settle(&p);			until both are complete, or over
 *	cr_assert(pair_is_up(&p));
 *	pair_clear(&p);
 */
#ifndef TESTS_IKE_PAIR_H
#define TESTS_IKE_PAIR_H

#include "unit/ike/pair_ends.h"

/* --- begin and end --- */

static inline void pair_init(struct pair *p, const char *seed)
{
	static const uint8_t psk[] = "correct horse";
	struct err e;

	memset(p, 0, sizeof *p);
	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&p->rng, (struct span){ (const uint8_t *)seed, strlen(seed) }, "pair");
	rng_fork(&p->way, &p->rng, "way", 0);
	p->now = INT64_C(1790000000) * 1000 * PAIR_MS;
	for (int i = 0; i < 2; i++) {
		struct pair_end *x = &p->end[i];

		x->pair = p;
		x->who = i;
		x->port = 500;
		x->addr = pair_addr(i == PAIR_I ? "192.0.2.1" : "198.51.100.2");
		x->calls = (struct session_calls){ .arg = x, .secrets = &x->pool, .send = pair_send, .event = pair_event,
			.message = pair_message, .adopt = pair_adopt };
		pair_conf(&x->conf, &x->creds, i, (struct span){ psk, sizeof psk - 1 }, &p->rng);
	}
}

static inline struct session_path pair_path(const struct pair *p, int who)
{
	const struct pair_end *x = &p->end[who], *y = &p->end[!who];

	return (struct session_path){ .local = x->addr, .remote = y->addr, .local_port = x->port, .remote_port = y->port };
}

static inline void pair_start(struct pair *p)
{
	struct session_path path = pair_path(p, PAIR_I);
	struct err e = { .text = "" };

	for (int i = 0; i < 2; i++)
		cr_assert_eq(session_conf_check(&p->end[i].conf, i == PAIR_I, &e), 0, "%d: %s", i, e.text);
	p->end[PAIR_I].s = session_initiate(&p->end[PAIR_I].conf, &p->end[PAIR_I].calls, &path, p->now, &e);
	cr_assert_not_null(p->end[PAIR_I].s, "%s", e.text);
}

static inline void pair_clear(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct pair_end *x = &p->end[i];

		session_free(x->s);
		for (unsigned k = 0; k < x->nmore; k++)
			session_free(x->more[k]);
		for (unsigned k = 0; k < x->nchild; k++) {
			sa_clear(&x->child[k].in);
			sa_clear(&x->child[k].out);
		}
		session_conf_clear(&x->conf);
		creds_clear(&x->creds);
		secret_pool_clear(&x->pool);
	}
	for (unsigned i = 0; i < p->n; i++)
		free(p->q[i].p);
	p->n = 0;
}

/* --- time --- */

/* A message that starts with this header is of that session. */
static inline bool pair_is_for(struct session *s, struct span m)
{
	const struct session_ike *ike = session_ike(s);

	return ike != NULL && m.n >= 8 && load_be64(m.p) == ike->spi_i;
}

static inline void pair_deliver(struct pair *p, const struct pair_datagram *d)
{
	struct pair_end *x = &p->end[d->to];
	struct span m = { d->p, d->n };
	struct err e = { .text = "" };
	bool first = d->n >= 28 && load_be64(d->p + 8) == 0 && d->p[18] == IKE_X_SA_INIT && !(d->p[19] & IKE_FLAG_RESPONSE);
	struct session *s;

	if (first && (x->s == NULL || !pair_is_for(x->s, m))) {
		for (unsigned i = 0; i < x->nmore; i++)
			if (pair_is_for(x->more[i], m)) {
				session_push(x->more[i], &d->path, m, p->now, &e);
				return;
			}
		s = session_respond(&x->conf, &x->calls, &d->path, m, p->now, &e);
		if (s == NULL)
			pair_log(x, "no session: %s\n", e.text);
		else if (x->s == NULL)
			x->s = s;
		else
			pair_adopt(x, s);
		return;
	}
	if (x->s != NULL)
		cr_assert_eq(session_push(x->s, &d->path, m, p->now, &e), 0, "%s", e.text);
	for (unsigned i = 0; i < x->nmore; i++)
		cr_assert_eq(session_push(x->more[i], &d->path, m, p->now, &e), 0, "%s", e.text);
}

static inline void pair_earlier(int64_t *a, int64_t b)
{
	if (b < *a)
		*a = b;
}

/* Until this time, or nothing is left to happen before it. */
static inline void pair_run_to(struct pair *p, int64_t until)
{
	for (;;) {
		int64_t next = INT64_MAX;
		unsigned at = p->n;
		struct err e = { .text = "" };

		for (unsigned i = 0; i < p->n; i++)
			if (p->q[i].at < next || (p->q[i].at == next && p->q[i].order < p->q[at].order)) {
				next = p->q[i].at;
				at = i;
			}
		for (int i = 0; i < 2; i++) {
			struct pair_end *x = &p->end[i];
			int64_t due = x->s != NULL ? session_due(x->s) : INT64_MAX;

			for (unsigned k = 0; k < x->nmore; k++)
				pair_earlier(&due, session_due(x->more[k]));
			if (due < next) {
				next = due;
				at = p->n + (unsigned)i;
			}
		}
		if (next > until)
			break;
		p->now = next > p->now ? next : p->now;
		if (at < p->n) {
			struct pair_datagram d = p->q[at];

			p->q[at] = p->q[--p->n];
			pair_deliver(p, &d);
			free(d.p);
			continue;
		}
		for (int i = 0; i < 2; i++) {
			struct pair_end *x = &p->end[i];

			if (x->s != NULL)
				cr_assert_eq(session_tick(x->s, p->now, &e), 0, "%s", e.text);
			for (unsigned k = 0; k < x->nmore; k++)
				cr_assert_eq(session_tick(x->more[k], p->now, &e), 0, "%s", e.text);
		}
	}
	if (p->now < until && until != INT64_MAX)
		p->now = until;
}

static inline void pair_run(struct pair *p, int seconds)
{
	pair_run_to(p, p->now + seconds * INT64_C(1000) * PAIR_MS);
}

static inline bool pair_is_up(const struct pair *p)
{
	for (int i = 0; i < 2; i++)
		if (p->end[i].s == NULL || !session_is_complete(p->end[i].s))
			return false;
	return true;
}

static inline bool pair_is_over(const struct pair *p)
{
	for (int i = 0; i < 2; i++)
		if (p->end[i].s != NULL && !session_over(p->end[i].s))
			return false;
	return true;
}

/* Until both are complete or over, at most ten minutes. */
static inline void pair_settle(struct pair *p)
{
	for (int i = 0; i < 6000 && !pair_is_up(p) && !pair_is_over(p); i++)
		pair_run_to(p, p->now + 100 * PAIR_MS);
}

/* Nothing is under way for a second. */
static inline void pair_quiet(struct pair *p)
{
	pair_run(p, 1);
}

/* Both ends have the same children up, with the same keys. */
static inline void pair_expect_equal(const struct pair *p)
{
	const struct pair_end *x = &p->end[PAIR_I], *y = &p->end[PAIR_R];
	unsigned up[2] = { 0 };

	for (unsigned i = 0; i < y->nchild; i++)
		up[1] += y->child[i].up;
	for (unsigned i = 0; i < x->nchild; i++) {
		const struct pair_child *a = &x->child[i], *b = NULL;

		if (!a->up)
			continue;
		up[0]++;
		for (unsigned k = 0; k < y->nchild; k++)
			if (y->child[k].up && y->child[k].spi_in == a->spi_out)
				b = &y->child[k];
		cr_assert_not_null(b, "child %u has no other half", i);
		cr_expect_eq(b->spi_out, a->spi_in);
		cr_expect(a->n_in == b->n_out && memcmp(a->key_in, b->key_out, a->n_in) == 0);
		cr_expect(a->n_out == b->n_in && memcmp(a->key_out, b->key_in, a->n_out) == 0);
	}
	cr_expect_eq(up[0], up[1], "%u and %u children", up[0], up[1]);
}

#endif
