/*
 * eap_talk.h - a client and a server of EAP against each other in memory.
 */
#ifndef TESTS_UNIT_IKE_EAP_TALK_H
#define TESTS_UNIT_IKE_EAP_TALK_H

#include <stdlib.h>
#include <string.h>

#include "ike/eap.h"

enum { TALK_MAX = 64 };

struct talk {
	struct eap_conf client, server;
	/* Changes the packet with this number (0: the server's first) in place, p has n of EAP_OUT_MAX octets; may be NULL. */
	size_t (*change)(void *arg, unsigned number, uint8_t *p, size_t n);
	void *arg;
	struct arena arena;
	struct eap *c, *s;
	int c_state, s_state;		/* enum eap_state */
	unsigned packets;
	size_t largest;
};

static inline struct span talk_text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

/* Users of the tests. */
static inline int talk_user(void *arg, struct span name, struct span *password)
{
	static const struct { const char *name, *password; } rows[] = { { "alice", "secret" }, { "bob", "b0b" } };

	(void)arg;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (name.n == strlen(rows[i].name) && memcmp(name.p, rows[i].name, name.n) == 0) {
			*password = talk_text(rows[i].password);
			return 1;
		}
	return 0;
}

static inline void talk_init(struct talk *t, unsigned methods)
{
	*t = (struct talk){
		.client = { .methods = methods, .identity = "alice", .password = talk_text("secret") },
		.server = { .methods = methods, .user = talk_user, .ask_identity = true },
	};
}

static inline void talk_clear(struct talk *t)
{
	eap_free(t->c);
	eap_free(t->s);
	arena_clear(&t->arena);
}

static inline void talk_want(bool ok)
{
	if (!ok)
		abort();
}

/* A packet from one to the other; what is left out is empty.  Copies have their exact size, for sanitizers. */
static inline int talk_step(struct talk *t, struct eap *to, int state, uint8_t *packet, size_t *n)
{
	struct wr w;
	struct err e;
	uint8_t *in = malloc(*n > 0 ? *n : 1);

	talk_want(in != NULL);
	if (t->change != NULL && *n > 0)
		*n = t->change(t->arg, t->packets, packet, *n);
	t->packets += *n > 0;
	t->largest = *n > t->largest ? *n : t->largest;
	talk_want((in = realloc(in, *n > 0 ? *n : 1)) != NULL);
	memcpy(in, packet, *n);
	w = wr_of(packet, EAP_OUT_MAX);
	if (state == EAP_GOES_ON && (state = eap_step(to, (struct span){ in, *n }, &w, &e)) < 0)
		abort();
	*n = w.n;
	free(in);
	return state;
}

/* Until nobody says anything more. */
static inline void talk_run(struct talk *t, struct rng *rng)
{
	uint8_t packet[EAP_OUT_MAX];
	struct err e;
	size_t n = 0;

	talk_want((t->c = eap_client_new(&t->client, rng, &t->arena, &e)) != NULL);
	talk_want((t->s = eap_server_new(&t->server, rng, &t->arena, &e)) != NULL);
	do {
		t->s_state = talk_step(t, t->s, t->s_state, packet, &n);
		if (n > 0)
			t->c_state = talk_step(t, t->c, t->c_state, packet, &n);
	} while (n > 0 && t->packets < TALK_MAX);
}

#endif
