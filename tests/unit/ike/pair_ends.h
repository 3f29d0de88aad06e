/* pair_ends.h - inside pair.h: the two ends, the way between them, and what they say. */
#ifndef TESTS_IKE_PAIR_ENDS_H
#define TESTS_IKE_PAIR_ENDS_H

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

#endif
