/*
 * ike_live_conf.h - what a live session negotiates: its configuration made of the options.
 *
 * Defaults hold nothing that RFC 8247 or 8221 calls SHOULD NOT or worse.
 */
#ifndef CLI_IKE_LIVE_CONF_H
#define CLI_IKE_LIVE_CONF_H

#include "cli/ike_live_creds.h"
#include "ike/impair.h"
#include "ike/session_conf.h"

/* Offered where nothing is said; proposals with commas between them. */
extern const char ike_live_default_ike[], ike_live_default_esp[], ike_live_default_ah[];

struct ike_live_conf {
	struct session_conf conf;
	struct mem mem;			/* offers */
	struct pool *pool;
	struct ike_impair *impair;
	struct arena arena;		/* rng */
	char names[SESSION_CHILDREN][16];
};

/* Ports behind a NAT are the caller's to fill in (conf.natt_port, remote_natt_port).  creds: as read, stays where it is.
 * ike_live_conf_clear() in any case; *c stays where it is. */
int ike_live_conf_make(struct ike_live_conf *c, const struct ike_live_opts *o, struct ike_live_creds *creds,
    bool initiator, struct err *e);
void ike_live_conf_clear(struct ike_live_conf *c);

#endif
