/*
 * ike_live_priv.h - inside cli/ike_live*.c: one run of initiate or respond.
 */
#ifndef CLI_IKE_LIVE_PRIV_H
#define CLI_IKE_LIVE_PRIV_H

#include "cli/ike_live.h"
#include "cli/ike_live_conf.h"
#include "cli/ike_live_creds.h"
#include "cli/ike_live_do.h"
#include "cli/ike_live_out.h"

enum live_phase { LIVE_RUNS, LIVE_ENDS, LIVE_OVER };

struct live {
	struct cli *cli;
	bool initiator;
	struct ike_live_opts o;
	struct ike_live_creds creds;
	struct ike_live_conf conf;
	struct ike_live_out out;
	struct ike_live_do script;
	struct session_path path;	/* initiator */
	struct transport *transport;
	bool raw_esp;
	struct hub *hub;
	struct ike_traffic *traffic;
	struct secret_pool secrets;
	int wake[2];			/* signals write here */

	enum live_phase phase;
	bool stopped, hurried;		/* by a signal, by another one */
	int64_t say_at;			/* of the end: when to tell that it waits; INT64_MAX: told */
	int64_t until;			/* of --hold, then of the end; INT64_MAX: for ever */
	bool settled;			/* initiator: all children came up or were refused; respond: --sessions of them */
	uint64_t begun, complete, failed, lost, refused;	/* sessions; lost: failed later; refused: children */
	unsigned up;			/* initiator: children so far */
	bool authenticated;
};

/* ike_live_open.c: what is needed before the first message; ike_live_close() in any case.  1: there is no way to the peer,
 * which was told. */
int ike_live_open(struct live *l, struct err *e);
void ike_live_close(struct live *l);
/* The sessions go, and tell of it as long as there is somebody to tell. */
void ike_live_end(struct live *l);
/* ike_live_loop.c: until all is over.  The exit status, or -1. */
int ike_live_loop(struct live *l, struct err *e);
/* The calls of its sessions. */
void ike_live_calls(struct live *l, struct session_calls *calls);

#endif
