/*
 * session.h - one IKEv2 peer spoken to: its IKE SA, those that rekey it, and their children (RFC 7296, 7383,
 * 4555, 6023, 7427, 5998).
 *
 * A pure state machine: messages, commands and time in, messages and events out; no sockets, no clock, so that
 * two can be run against each other in memory, replayed and fuzzed.  Time is nanoseconds since 1970 and is given
 * with each call; it may not go back.  Calls out (struct session_calls) come during calls in; what they are
 * given is borrowed for the call.  They may ask and command (session_...()), but not free the session.
 *
 * Whoever owns a session calls session_push() with each IKE message for it (hub.h finds which), session_tick()
 * no later than session_due(), and frees it once session_over().  Several children per session, at most
 * SESSION_CHILDREN; one request at a time (RFC 7296 2.3).
 */
#ifndef IKE_SESSION_H
#define IKE_SESSION_H

#include "ike/keys.h"
#include "ike/message.h"
#include "ike/reason.h"
#include "ike/session_conf.h"
#include "packet/verdict.h"
#include "sa/sa.h"

struct session;
struct session_desk;			/* buffers that are only needed during a call: one for many sessions of a thread */

/* One UDP datagram to be sent; marker: the transport puts the non-ESP marker in front (not of keepalives). */
struct session_packet { struct session_path path; struct span bytes; bool marker; };

/* An IKE SA, as events show it. */
struct session_ike {
	uint64_t number;		/* of the session; rekeyed ones have the next */
	bool initiator;			/* this end began the exchange that made it */
	uint64_t spi_i, spi_r;
	struct session_path path;
	bool nat_here, nat_there, natt;	/* who is behind a NAT; natt: ESP goes in UDP */
	bool fragmentation, mobike;
	const struct ike_keys *keys;	/* complete from SESSION_KEYS on */
	struct identity id, remote_id;	/* of type 0: not known yet */
	enum creds_how how, remote_how;
	struct addr virtual4, virtual6;	/* initiator: got; responder: given */
	struct addr dns[SESSION_DNS];
	unsigned ndns;
};

struct session_child {
	uint64_t number;		/* of the session, from 1 */
	const struct session_child_conf *conf;
	bool initiator;			/* this end began the exchange that made it */
	struct sa in, out;		/* complete descriptors, in.ts and out.ts as negotiated */
	uint64_t replaces;		/* number of the child it rekeyed; 0 */
	bool sends;			/* packets go out by it; false: it only receives, as another one replaced it, or as its peer
					 * may not know it yet, and the one that it replaces sends still */
	int64_t since;
};

enum session_event_kind {
	SESSION_INIT_SENT,		/* IKE_SA_INIT request went out (again with a cookie: SESSION_COOKIE before) */
	SESSION_COOKIE,			/* the responder wants a cookie, or this one asked for it */
	SESSION_OTHER_GROUP,		/* INVALID_KE_PAYLOAD: text says which group */
	SESSION_OTHER_ADDRESS,		/* nobody answers where the peer was asked (text): another one of its addresses is */
	SESSION_KEYS,			/* of an IKE SA: keylog */
	SESSION_NAT,			/* a NAT was found; text */
	SESSION_AUTHENTICATED,		/* both ends; ike->remote_id, remote_how */
	SESSION_ADDRESS,		/* virtual addresses and DNS came, or were given */
	SESSION_CHILD_UP,
	SESSION_CHILD_REKEYED,		/* child is the new one, in place of child->replaces; CHILD_DOWN of that follows */
	SESSION_CHILD_DOWN,
	SESSION_CHILD_REFUSED,		/* the peer, or this end, would not: why; conf NULL: the rekeying of the IKE SA */
	SESSION_IKE_REKEYED,
	SESSION_MOVED,			/* MOBIKE, or a NAT's new port: path */
	SESSION_RETRANSMIT,		/* text: which exchange, how often */
	SESSION_DPD,			/* the peer was asked whether it lives; text: "asked", "alive" */
	SESSION_DELETED,		/* by this end or the other (text): in order */
	SESSION_FAILED,			/* the session ends: why */
	SESSION_KINDS,
};

struct session_event {
	enum session_event_kind kind;
	int64_t when;
	struct session *session;
	const struct session_ike *ike;
	const struct session_child *child;	/* of CHILD_...; REFUSED: may be NULL */
	const struct session_child_conf *conf;	/* REFUSED: which was asked for, or NULL */
	const struct reasons *why;	/* FAILED, REFUSED: at least one row, what this end knows of it */
	const char *text;		/* raw, or "" */
};
const char *session_event_name(enum session_event_kind k);	/* "init-sent": closed words */

/* A message that was sent or received, whole and in clear: for logs and for ike/refusal.h.  What is sent again, and
 * what could not be opened, has its encrypted payload as it is. */
struct session_message {
	int64_t when;
	const struct session_ike *ike;
	const struct session_path *path;
	const struct ike_message *m;
	bool sent, again;		/* again: a retransmission */
	enum verdict verdict;		/* received: V_OK, or why it was not taken */
};

struct session_calls {
	void *arg;
	struct secret_pool *secrets;	/* of the keys; NULL: arenas of 64 KiB (for a few sessions) */
	struct session_desk *desk;	/* shared; NULL: the session has its own (300 KiB) */
	int (*send)(void *arg, const struct session_packet *p, struct err *e);
	void (*event)(void *arg, const struct session_event *ev);
	void (*message)(void *arg, const struct session_message *m);	/* or NULL */
	/* An SPI of this end is the session's (used) or no more: for tables.  May be NULL.  -1: it is taken, choose another. */
	int (*ike_spi)(void *arg, struct session *s, uint64_t spi, bool used);
	int (*child_spi)(void *arg, struct session *s, uint32_t spi, bool used);
	/* session_due() is earlier than before, out of turn (a command).  May be NULL. */
	void (*wake)(void *arg, struct session *s);
	/* A session that took the place of another (reauthentication), or is to: ticked, pushed and freed as others from now on.
	 * NULL: sessions do not reauthenticate. */
	void (*adopt)(void *arg, struct session *s);
	/* The peer says that it has no other IKE SA (INITIAL_CONTACT, RFC 7296 2.4), and is authenticated: its other sessions
	 * with this end are remains, to be ended without a word.  May be NULL. */
	void (*initial_contact)(void *arg, struct session *s);
	/* A request of the peer ended the IKE SA in which this end has that SPI: what it is answered, should it come again octet
	 * by octet (RFC 7296 2.1), when the IKE SA is no more.  May be NULL. */
	void (*parting)(void *arg, struct session *s, uint64_t spi, struct span request, struct span answer);
	/* Of a hub: the session is over, and about to be freed.  May be NULL. */
	void (*over)(void *arg, struct session *s);
	/* Of a hub: a first message of a stranger was dropped; why, some a second.  May be NULL. */
	void (*dropped)(void *arg, const struct session_path *path, const char *why);
	/* Octets and packets that passed a child, for rekeying by amount: may be NULL. */
	void (*child_used)(void *arg, const struct session_child *c, uint64_t *bytes, uint64_t *packets);
};

struct session_desk *session_desk_new(struct err *e);
void session_desk_free(struct session_desk *d);

/* Sends the first message; in the midst of another session's call (same desk) at the next tick. */
struct session *session_initiate(const struct session_conf *conf, const struct session_calls *calls,
    const struct session_path *path, int64_t now, struct err *e);
/* A responder's, of a first IKE_SA_INIT (already past cookies: hub.h), which it answers. NULL with e->text "" : it
 * was answered with a refusal, and there is no session. */
struct session *session_respond(const struct session_conf *conf, const struct session_calls *calls,
    const struct session_path *path, struct span init, int64_t now, struct err *e);
void session_free(struct session *s);

/* One IKE message; what is wrong with it is dropped or answered, never an error.  What cannot be sent is as good as lost.
 * -1: memory. */
int session_push(struct session *s, const struct session_path *path, struct span message, int64_t now, struct err *e);
int session_tick(struct session *s, int64_t now, struct err *e);
int64_t session_due(const struct session *s);	/* INT64_MAX: never */
bool session_over(const struct session *s);
/* Authenticated, with all children that were asked for up. */
bool session_is_complete(const struct session *s);

/* Over without a word to the peer; SESSION_DELETED with why. */
void session_drop(struct session *s, const char *why, int64_t now);

/* Commands; each is queued, its outcome an event. */
int session_delete(struct session *s, int64_t now, struct err *e);		/* the IKE SA and all */
int session_rekey_ike(struct session *s, int64_t now, struct err *e);
int session_reauth(struct session *s, int64_t now, struct err *e);
int session_rekey_child(struct session *s, uint64_t child, int64_t now, struct err *e);
int session_delete_child(struct session *s, uint64_t child, int64_t now, struct err *e);
int session_new_child(struct session *s, const struct session_child_conf *conf, int64_t now, struct err *e);
int session_check_peer(struct session *s, int64_t now, struct err *e);		/* DPD now */
/* This end's address is another one now (MOBIKE). */
int session_move(struct session *s, const struct session_path *path, int64_t now, struct err *e);
/* A transport error on the way to the peer (ICMP): noted, told when the exchange fails; where the peer may be elsewhere
 * (conf->other) the first message goes there. */
void session_unreachable(struct session *s, const char *text);
/* ESP of the peer came, and verified: it lives.  from: where that came from in UDP, if no newer came before, else NULL. */
int session_heard(struct session *s, const struct session_path *from, int64_t now, struct err *e);

const struct session_ike *session_ike(const struct session *s);
const struct session_child *session_child_at(const struct session *s, unsigned i);	/* NULL past the last */
void session_set_user(struct session *s, void *user);
void *session_user(const struct session *s);

#endif
