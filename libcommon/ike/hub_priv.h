/*
 * hub_priv.h - inside ike/hub*.c: its tables, and what strangers get.
 */
#ifndef IKE_HUB_PRIV_H
#define IKE_HUB_PRIV_H

#include "ike/cookie.h"
#include "ike/hub.h"
#include "ike/hub_map.h"
#include "ike/parting.h"
#include "ike/session_priv.h"

/* Things of one second. */
struct hub_rate { int64_t since; unsigned n; };

struct hub {
	const struct session_conf *conf;
	struct session_calls user, calls;	/* the owner's; the sessions' */
	struct session_desk *desk;
	struct secret_pool pool;
	struct session **heap;		/* all, the one that is due first in front */
	size_t n, room;
	struct hub_map by_ike, by_child;	/* SPIs of this end */
	struct hub_map by_init, by_id;	/* hashes: of SPI and address of a first message; of an authenticated identity */
	uint64_t hash_key[2];
	struct cookies cookies;
	bool has_cookies;
	struct partings partings;
	struct hub_rate versions, drops;	/* INVALID_MAJOR_VERSION; first messages that are told as dropped */
	struct hub_stats stats;
};

/* hub.c: a responder's session that has just begun. */
int hub_take(struct hub *h, struct session *s, uint64_t init, struct err *e);

/* hub_strange.c */
/* Whose first message that is, repeated; or NULL. */
struct session *hub_of_init(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path);
/* A message of no session. */
int hub_stranger(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path, struct span message, int64_t now,
    struct err *e);

#endif
