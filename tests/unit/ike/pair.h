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
 *
 * Every message is looked at: that no two datagrams of one key have the same IV, for one.
 */
#ifndef TESTS_IKE_PAIR_H
#define TESTS_IKE_PAIR_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "unit/ike/pair_conf.h"
#include "ike/session.h"

enum { PAIR_QUEUE = 4096, PAIR_KEYS = 16, PAIR_CHILDREN = 64, PAIR_LOG = 1 << 16 };
enum { PAIR_MS = 1000000, PAIR_WAY = 10 * PAIR_MS };

struct pair;

struct pair_datagram {
	int64_t at;			/* arrives */
	uint64_t order;
	int to;
	struct session_path path;	/* as the receiver sees it */
	uint8_t *p;
	size_t n;
};

/* What an end says of a child, kept beyond its life: keys are copied. */
struct pair_child {
	uint64_t number, replaces;
	uint32_t spi_in, spi_out;
	uint8_t key_in[128], key_out[128];
	size_t n_in, n_out;
	bool up, ts_equal;
	enum sa_mode mode;
	struct sa in, out;		/* keys are gone once it is down */
};

struct pair_end {
	struct pair *pair;
	int who;
	struct session_conf conf;
	struct creds creds;
	struct session_calls calls;
	struct secret_pool pool;
	struct session *s;
	struct session *more[8];	/* adopted, or further ones that a responder was asked for */
	unsigned nmore;
	struct addr addr;
	uint16_t port;
	unsigned count[SESSION_KINDS];
	char log[PAIR_LOG];		/* a line for each event: its name, and text or reasons */
	struct reasons why;		/* of the last FAILED or REFUSED */
	struct pair_child child[PAIR_CHILDREN];
	unsigned nchild;
	uint8_t sk_d[PAIR_KEYS][64];	/* of each IKE SA, in their order */
	size_t n_sk_d[PAIR_KEYS];
	unsigned nkeys;
	unsigned sent, received, dropped;	/* messages; dropped: not taken */
};

struct pair {
	struct pair_end end[2];
	struct pair_datagram q[PAIR_QUEUE];
	unsigned n;
	uint64_t order;
	int64_t now;
	struct rng rng;			/* of both ends */
	struct rng way;			/* of what happens between them */
	unsigned loss, doubled, late;	/* percent */
	/* Each datagram before it goes on its way: false: it is lost.  May change it (d->p is heap), or send others with
	 * pair_put(). */
	bool (*man)(struct pair *p, struct pair_datagram *d);
	/* NAT in front of the initiator: its packets seem to come from here; family 0: none. */
	struct addr nat;
	uint16_t nat_port;		/* + its own port */
	void *arg;
};

static inline struct pair_end *pair_other(struct pair_end *x)
{
	return &x->pair->end[!x->who];
}

static inline void pair_log(struct pair_end *x, const char *fmt, ...)
{
	size_t n = strlen(x->log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(x->log + n, sizeof x->log - n, fmt, ap);
	va_end(ap);
}

/* --- the way --- */

/* On its way: bytes are copied. */
static inline void pair_put(struct pair *p, int to, const struct session_path *path, struct span bytes, int64_t at)
{
	struct pair_datagram *d;

	if (p->n == PAIR_QUEUE)
		return;
	d = &p->q[p->n++];
	*d = (struct pair_datagram){ .at = at, .order = p->order++, .to = to, .path = *path, .n = bytes.n };
	d->p = malloc(bytes.n + 1);
	cr_assert_not_null(d->p);
	memcpy(d->p, bytes.p, bytes.n);
}

/* What the sender's path is for the receiver. */
static inline struct session_path pair_seen(const struct pair *p, int from, const struct session_path *path)
{
	struct session_path seen = { .local = path->remote, .remote = path->local, .local_port = path->remote_port,
		.remote_port = path->local_port };

	if (p->nat.family == 0)
		return seen;
	if (from == PAIR_I) {
		seen.remote = p->nat;
		seen.remote_port = (uint16_t)(seen.remote_port + p->nat_port);
	} else {
		seen.local = p->end[PAIR_I].addr;
		seen.local_port = (uint16_t)(seen.local_port - p->nat_port);
	}
	return seen;
}

static inline int pair_send(void *arg, const struct session_packet *packet, struct err *e)
{
	struct pair_end *x = arg;
	struct pair *p = x->pair;
	struct session_path seen = pair_seen(p, x->who, &packet->path);
	struct pair_datagram *d;

	(void)e;
	x->sent++;
	if (packet->bytes.n == 1)
		return 0;			/* keepalive */
	for (unsigned times = 1 + (rng_below(&p->way, 100) < p->doubled); times > 0; times--) {
		unsigned before = p->n;

		pair_put(p, !x->who, &seen, packet->bytes, p->now + PAIR_WAY);
		if (p->n == before)
			continue;
		d = &p->q[before];
		if (rng_below(&p->way, 100) < p->late)
			d->at += (int64_t)rng_below(&p->way, 900) * PAIR_MS;
		if (rng_below(&p->way, 100) < p->loss || (p->man != NULL && !p->man(p, d))) {
			free(d->p);
			p->q[before] = p->q[--p->n];
		}
	}
	return 0;
}

/* --- what the ends say --- */

static inline void pair_key_copy(uint8_t to[128], size_t *n, const struct sa *sa)
{
	*n = sa->encr_key.n + sa->integ_key.n;
	cr_assert_leq(*n, 128);
	if (sa->encr_key.n > 0)
		memcpy(to, sa->encr_key.p, sa->encr_key.n);
	if (sa->integ_key.n > 0)
		memcpy(to + sa->encr_key.n, sa->integ_key.p, sa->integ_key.n);
}

static inline void pair_child_up(struct pair_end *x, const struct session_child *c)
{
	struct pair_child *k;
	struct err e;

	cr_assert_lt(x->nchild, PAIR_CHILDREN);
	k = &x->child[x->nchild++];
	*k = (struct pair_child){ .number = c->number, .replaces = c->replaces, .spi_in = c->in.spi, .spi_out = c->out.spi,
		.up = true, .mode = c->in.mode };
	pair_key_copy(k->key_in, &k->n_in, &c->in);
	pair_key_copy(k->key_out, &k->n_out, &c->out);
	sa_init(&k->in);
	sa_init(&k->out);
	cr_assert(sa_copy(&k->in, &c->in, &e) == 0 && sa_copy(&k->out, &c->out, &e) == 0);
	cr_expect_eq(sa_check(&c->in, &e), 0, "%s", e.text);
	cr_expect_eq(sa_check(&c->out, &e), 0, "%s", e.text);
}

static inline void pair_event(void *arg, const struct session_event *ev)
{
	struct pair_end *x = arg;

	x->count[ev->kind]++;
	pair_log(x, "%s: %s", session_event_name(ev->kind), ev->text != NULL ? ev->text : "");
	for (unsigned i = 0; ev->why != NULL && i < ev->why->n; i++)
		pair_log(x, "%s%s: %s", i > 0 ? "; " : "", ev->why->row[i].id, ev->why->row[i].text);
	pair_log(x, "\n");
	if (ev->why != NULL)
		x->why = *ev->why;
	if (ev->kind == SESSION_KEYS && x->nkeys < PAIR_KEYS) {
		x->n_sk_d[x->nkeys] = ev->ike->keys->sk_d.n;
		memcpy(x->sk_d[x->nkeys++], ev->ike->keys->sk_d.p, ev->ike->keys->sk_d.n);
	}
	if (ev->kind == SESSION_CHILD_UP || ev->kind == SESSION_CHILD_REKEYED)
		pair_child_up(x, ev->child);
	for (unsigned i = 0; ev->kind == SESSION_CHILD_DOWN && i < x->nchild; i++)
		if (x->child[i].number == ev->child->number)
			x->child[i].up = false;
}

static inline void pair_message(void *arg, const struct session_message *m)
{
	struct pair_end *x = arg;

	if (m->sent)
		return;
	x->received++;
	x->dropped += m->verdict != V_OK && m->verdict != V_INCOMPLETE && !m->again;
}

static inline void pair_adopt(void *arg, struct session *s)
{
	struct pair_end *x = arg;

	cr_assert_lt(x->nmore, 8);
	x->more[x->nmore++] = s;
}

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
