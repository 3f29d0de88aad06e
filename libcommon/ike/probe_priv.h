/*
 * probe_priv.h - inside ike/probe*.c.
 */
#ifndef IKE_PROBE_PRIV_H
#define IKE_PROBE_PRIV_H

#include "ike/build.h"
#include "ike/message.h"
#include "ike/probe.h"

enum probe_step { PROBE_GROUP, PROBE_ALL, PROBE_ONE, PROBE_V1, PROBE_DONE };

enum { PROBE_COOKIE = 64, PROBE_NONCE = 32 };

struct probe {
	const struct session_path *path;
	struct rng *rng;
	unsigned flags;
	struct probe_result r;
	enum probe_step step;
	unsigned at;			/* PROBE_ONE: which of r.alg */
	uint16_t group;			/* what the gateway prefers */
	unsigned rounds;		/* of PROBE_ALL: other groups */
	unsigned silent;		/* in a row */
	struct mem mem;			/* of all */
	struct offers all;
	/* what was asked */
	bool made;
	uint64_t spi;
	uint8_t nonce[PROBE_NONCE], cookie[PROBE_COOKIE];
	size_t ncookie;
	uint8_t out[PROBE_MESSAGE];
	size_t nout;
	uint16_t ke_group;		/* of its KE payload */
	struct build build;
	struct ike_message in;
};

/* probe_ask.c: the request of the step, into out. */
int probe_make(struct probe *p, struct err *e);
/* All that can be asked for, as offers with AEADs and without, and one by one into r.alg. */
int probe_list(struct probe *p, struct err *e);
void probe_take_vendor(struct probe_result *r, struct span data);
/* probe_v1.c */
int probe_make_v1(struct probe *p, struct err *e);
void probe_take_v1(struct probe *p, const struct ike_message *m);

#endif
