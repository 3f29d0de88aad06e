/*
 * crowd.h - a hub that answers initiators who come one after the other, in memory: PSK, X25519, a child each.
 *
 * An initiator is freed as soon as it is complete, without a word; the hub keeps its side.
 */
#ifndef TESTS_UNIT_IKE_CROWD_H
#define TESTS_UNIT_IKE_CROWD_H

#include "ike/hub.h"
#include "unit/ike/pair_conf.h"

enum { CROWD_QUEUE = 8, CROWD_DATAGRAM = 4096 };

struct crowd_datagram { struct session_path path; size_t n; bool to_hub; uint8_t bytes[CROWD_DATAGRAM]; };

struct crowd {
	struct hub *hub;
	struct session *s;		/* the initiator of the moment */
	struct session_conf conf[2];
	struct creds creds[2];
	struct session_calls calls[2];
	struct secret_pool pool;	/* initiators' */
	struct session_desk *desk;	/* theirs */
	void (*seen)(struct crowd *c, const struct session_event *ev);	/* each event of both ends; may be NULL */
	bool (*lost)(struct crowd *c, const struct crowd_datagram *d);	/* on the way; may be NULL */
	struct rng rng;
	struct crowd_datagram q[CROWD_QUEUE];
	unsigned first, n;
	int64_t now;
	unsigned up, down;		/* children of the hub that came up, and ended */
	char failed[256];		/* why the last one did */
};

static inline int crowd_put(struct crowd *c, const struct session_packet *p, bool to_hub)
{
	struct crowd_datagram *d = &c->q[(c->first + c->n++) % CROWD_QUEUE];

	pair_must(c->n <= CROWD_QUEUE && p->bytes.n <= CROWD_DATAGRAM);
	d->path = (struct session_path){ .local = p->path.remote, .remote = p->path.local,
		.local_port = p->path.remote_port, .remote_port = p->path.local_port };
	d->n = p->bytes.n;
	d->to_hub = to_hub;
	memcpy(d->bytes, p->bytes.p, p->bytes.n);
	return 0;
}

static inline int crowd_from_hub(void *arg, const struct session_packet *p, struct err *e)
{
	(void)e;
	return crowd_put(arg, p, false);
}

static inline int crowd_to_hub(void *arg, const struct session_packet *p, struct err *e)
{
	(void)e;
	return crowd_put(arg, p, true);
}

static inline void crowd_event(void *arg, const struct session_event *ev)
{
	struct crowd *c = arg;

	if (c->seen != NULL)
		c->seen(c, ev);
	if ((ev->kind == SESSION_FAILED || ev->kind == SESSION_CHILD_REFUSED) && ev->why != NULL && ev->why->n > 0)
		snprintf(c->failed, sizeof c->failed, "%.200s", ev->why->row[0].text);
	if (session_user(ev->session) == c)	/* an initiator's */
		return;
	c->up += ev->kind == SESSION_CHILD_UP;
	c->down += ev->kind == SESSION_CHILD_DOWN;
}

static inline void crowd_init(struct crowd *c, const char *seed)
{
	static const uint8_t psk[] = "correct horse battery staple";
	struct err e;

	*c = (struct crowd){ .now = INT64_C(1800000000000000000) };
	pair_must(secret_init(&e) == 0);
	rng_init_seed(&c->rng, (struct span){ (const uint8_t *)seed, strlen(seed) }, "crowd");
	for (int i = 0; i < 2; i++) {
		pair_conf(&c->conf[i], &c->creds[i], i, (struct span){ psk, sizeof psk - 1 }, &c->rng);
		c->calls[i] = (struct session_calls){ .arg = c, .send = i == PAIR_I ? crowd_to_hub : crowd_from_hub,
			.event = crowd_event };
	}
	c->conf[PAIR_I].initial_contact = false;	/* all say that they are the same */
	c->calls[PAIR_I].secrets = &c->pool;
	pair_must((c->calls[PAIR_I].desk = c->desk = session_desk_new(&e)) != NULL);
	pair_must((c->hub = hub_new(&c->conf[PAIR_R], &c->calls[PAIR_R], &e)) != NULL);
}

static inline void crowd_deliver(struct crowd *c)
{
	while (c->n > 0) {
		struct crowd_datagram *d = &c->q[c->first];
		struct span message = { d->bytes, d->n };
		struct err e = { .text = "" };

		if (c->lost != NULL && c->lost(c, d))
			;
		else if (d->to_hub)
			pair_must(hub_push(c->hub, &d->path, message, c->now, &e) == 0);
		else if (c->s != NULL)
			pair_must(session_push(c->s, &d->path, message, c->now, &e) == 0);
		c->first = (c->first + 1) % CROWD_QUEUE;
		c->n--;
	}
}

/* The initiator with this number until nothing more is said; it stays in c->s. */
static inline bool crowd_begin(struct crowd *c, unsigned number)
{
	struct session_path path = { .local = pair_addr("10.0.0.0"), .remote = pair_addr("192.0.2.1"), .local_port = 500,
		.remote_port = 500 };
	struct err e = { .text = "" };

	store_be32(path.local.b, 10u << 24 | number);
	c->now += 1000000;
	c->s = session_initiate(&c->conf[PAIR_I], &c->calls[PAIR_I], &path, c->now, &e);
	pair_must(c->s != NULL);
	session_set_user(c->s, c);
	crowd_deliver(c);
	return session_is_complete(c->s);
}

static inline bool crowd_one(struct crowd *c, unsigned number)
{
	bool complete = crowd_begin(c, number);

	session_free(c->s);
	c->s = NULL;
	return complete;
}

static inline void crowd_clear(struct crowd *c)
{
	session_free(c->s);
	hub_free(c->hub);
	session_desk_free(c->desk);
	for (int i = 0; i < 2; i++) {
		session_conf_clear(&c->conf[i]);
		creds_clear(&c->creds[i]);
	}
	secret_pool_clear(&c->pool);
	rng_clear(&c->rng);
}

#endif
