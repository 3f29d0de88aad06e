/*
 * ike_live_do.h - what is done to live sessions, and when: "2s:rekey-child,4s:rekey-ike,dpd,delete" of --do.
 *
 * Times count from when the first session is complete.  A step without a time is done as soon as the one before it has
 * had its effect (the new SA is there, the peer answered), so that scripts need not guess.  A step is done to all
 * sessions there are.
 */
#ifndef CLI_IKE_LIVE_DO_H
#define CLI_IKE_LIVE_DO_H

#include "ike/hub.h"

enum { IKE_LIVE_STEPS = 64 };

struct ike_live_step;

struct ike_live_do {
	struct { const struct ike_live_step *row; int64_t at; uint64_t number; struct addr to; } step[IKE_LIVE_STEPS];	/* at -1: next */
	unsigned n, next;
	int64_t start;			/* 0: not yet */
	enum session_event_kind wait;	/* for so many of these */
	unsigned waits;
	bool refused;			/* one of them was not done: the peer, or this end, would not */
};

int ike_live_do_parse(struct ike_live_do *d, const char *text, struct err *e);
/* What can be said before anything is sent. */
int ike_live_do_check(const struct ike_live_do *d, const struct session_conf *conf, struct err *e);
/* The clock begins; again: nothing. */
void ike_live_do_start(struct ike_live_do *d, int64_t now);
int64_t ike_live_do_due(const struct ike_live_do *d);
/* All steps that are due. */
int ike_live_do_run(struct ike_live_do *d, struct hub *hub, const struct session_conf *conf, int64_t now, struct err *e);
void ike_live_do_event(struct ike_live_do *d, const struct session_event *ev);
/* A step that deletes all sessions was done. */
bool ike_live_do_deletes(const struct ike_live_do *d);
/* Nothing is left, or waited for. */
bool ike_live_do_done(const struct ike_live_do *d);
/* The sessions there are now, to be freed; what is done to one may begin others, or change their order. */
struct session **ike_live_sessions(const struct hub *hub, size_t *n, struct err *e);
/* One step at once, by its name: for signals. */
int ike_live_do_now(const char *name, struct hub *hub, int64_t now, struct err *e);

#endif
