/*
 * session_priv.h - inside ike/session*.c: the IKE SAs of a session, their exchanges, and who does what.
 *
 * session.c		life of a session, time; session_cmd.c: commands (session_move() is in session_mobike.c, session_reauth() in session_life.c)
 * session_ike.c	life of its IKE SAs and children
 * session_wire.c	message ids, what came, the answer that is kept
 * session_jobs.c	requests of this end: queue, retransmission
 * session_seal.c	sealing, fragments, sending
 * session_open.c	opening, fragments put together
 * session_init*.c	IKE_SA_INIT (_i: initiator); session_natd.c NAT detection
 * session_auth*.c	IKE_AUTH, both roles; certificates, EAP, configuration payload
 * session_child.c	SA, KE, TS of a child: proposed, chosen, keyed
 * session_create*.c	CREATE_CHILD_SA: new children, rekeying, collisions
 * session_info.c	INFORMATIONAL: DPD, delete, MOBIKE
 * session_life.c	what time brings: rekeying, DPD, keepalives
 *
 * A request of this end is a job: queued on an IKE SA, built when the window is free, answered or timed out.
 * A request of the peer is dispatched by its exchange; what the handler builds is sealed, sent and kept.
 */
#ifndef IKE_SESSION_PRIV_H
#define IKE_SESSION_PRIV_H

#include "ike/build.h"
#include "ike/protect.h"
#include "ike/session.h"
#include "ike/ts.h"

enum {
	SESS_IKES = 4,			/* at a time: current, new, collided, old */
	SESS_QUEUE = 32,		/* jobs of an IKE SA */
	SESS_MESSAGE_MAX = 65535 - 4,	/* without marker */
	SESS_FRAGMENTS = 64,
	SESS_NONCE = 32,
	SESS_CHILDREN = SESSION_CHILDREN + 8,	/* with those that are being replaced */
};

/* What a call needs and no session keeps.  busy: one is being pushed or ticked, and commands wait for their turn. */
struct session_desk {
	bool busy;
	struct ike_message inbox, outbox;	/* received and opened; sent, for calls.message */
	struct build build;
	uint8_t room[65536];		/* what was opened: n_room octets */
	size_t n_room;
	uint8_t plain[65536];		/* what is to be sealed */
	uint8_t wire[65536];		/* what was sealed */
};

/* A message as it went out: its datagrams one behind the other. */
struct sess_sent { uint8_t *bytes; size_t n; unsigned count; uint16_t len[SESS_FRAGMENTS]; };

/* A message put together of fragments (RFC 7383 2.6). */
struct sess_whole {
	uint32_t message_id;
	uint16_t total, got;
	uint8_t exchange, first;	/* first: type of the first payload, of fragment 1 */
	struct { uint8_t *p; size_t n; } part[SESS_FRAGMENTS];
	size_t n;
};

struct sess_ike;
struct job;

/* A received message, opened. */
struct sess_in {
	const struct ike_message *m;
	const struct ike_payloads *p;	/* inner ones, IKE_SA_INIT: in clear */
	const struct session_path *path;
};

/* What is asked of the peer. */
struct job_row {
	const char *name;		/* "rekey of a child SA" for messages */
	uint8_t exchange;
	/* Builds the request: 1 send it, 0 there is nothing to ask any more, -1. */
	int (*build)(struct sess_ike *ike, struct job *job, struct build *b, struct err *e);
	/* Takes the answer.  1: build again and go on (IKE_AUTH with EAP, another group), 0 done, 2: it may be forged, and a
	 * better one is waited for (IKE_SA_INIT), -1. */
	int (*answer)(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e);
	/* The job goes, done or not: what it holds is freed. */
	void (*drop)(struct sess_ike *ike, struct job *job);
	bool last;			/* the IKE SA ends with it, answered or not, and its end was told before */
};
extern const struct job_row sess_job_init, sess_job_auth;				/* session_init.c, session_auth_i.c */
extern const struct job_row sess_job_child, sess_job_rekey_child, sess_job_rekey_ike;	/* session_create.c */
/* Initiator: the children of the configuration that are not asked for yet, a few at a time. */
int create_children(struct sess_ike *ike, struct err *e);
extern const struct job_row sess_job_delete_child, sess_job_delete_ike, sess_job_dpd;	/* session_info.c */
extern const struct job_row sess_job_move, sess_job_addresses;				/* session_mobike.c */

struct job {
	const struct job_row *row;
	uint64_t child;			/* number, of those about a child; 0 */
	const struct session_child_conf *conf;	/* of sess_job_child */
	int64_t not_before;		/* TEMPORARY_FAILURE: try again then */
	unsigned tries;
	void *data;			/* of the row's own */
};

enum sess_state {
	SESS_INIT,			/* IKE_SA_INIT under way */
	SESS_AUTH,			/* IKE_AUTH under way */
	SESS_UP,
	SESS_REKEYED,			/* another IKE SA has its children: waits to be deleted */
	SESS_GONE,			/* deleted or failed: to be removed at the end of the call */
};

/* One IKE SA. */
struct sess_ike {
	struct session *s;
	struct session_ike pub;		/* what events show; keys: &k */
	enum sess_state state;
	struct ike_keys k;
	struct arena arena;		/* its keys */
	struct offer suite;		/* what was chosen */
	struct ike_protect *in, *out;	/* NULL: no keys yet */
	uint64_t iv;			/* counted, for ciphers that want no IV twice */
	bool ended;			/* its children and keys are gone, the rest goes at the end of the call */

	/* requests of this end */
	uint32_t send_id;
	struct job queue[SESS_QUEUE];
	unsigned njobs;			/* queue[0] is under way if waiting */
	bool waiting;
	struct sess_sent request;
	unsigned sent_again;
	int64_t due;			/* of the next retransmission */

	/* requests of the peer */
	uint32_t recv_id;		/* the next one expected */
	bool answered;			/* answer is that to recv_id - 1 */
	struct sess_sent answer;
	struct session_path answer_path;
	struct sess_whole *whole[2];	/* of requests, of answers; NULL: none under way */

	/* IKE_SA_INIT, for AUTH: the messages that count, heap */
	struct span init_i, init_r;
	struct arena ke_arena;		/* private_key, g^ir: cleared as soon as the keys are made */
	struct secret private_key;
	uint16_t refused;		/* notify that came in clear instead of an answer; 0: none */
	char *hint;			/* what else came in clear, for whoever reads why it failed; heap */
	uint8_t cookie[64];
	uint16_t group;			/* the KE that is offered */
	uint8_t cookie_n;
	unsigned init_rounds;		/* cookies and groups: bounded */
	unsigned peer_hashes;		/* SIGNATURE_HASH_ALGORITHMS: 1 << id; 0: no method 14 */
	bool peer_fragments, peer_mobike, peer_childless, peer_eap_only;
	struct auth_run *auth;		/* session_auth*.c: while IKE_AUTH goes on */

	int64_t begun, since, heard;	/* IKE_SA_INIT; established; last sign of life */
	int64_t rekey_at, keepalive_at;	/* INT64_MAX: never */
	uint64_t replaces;		/* number of the IKE SA this one rekeyed */
	struct create_run *create;	/* session_create.c: collisions of IKE rekeys */
	bool deleting;			/* a delete is queued or sent */
};

enum child_state { CHILD_UP, CHILD_REKEYING, CHILD_REPLACED, CHILD_DELETING };

struct sess_child {
	struct session_child pub;
	enum child_state state;
	struct arena arena;		/* its keys */
	struct sess_ike *ike;		/* that it belongs to now */
	struct secret nonce_low;	/* the lower nonce of the exchange that made it: collisions (RFC 7296 2.8.1) */
	uint16_t group;			/* of its PFS, 0: none */
	int64_t rekey_at;		/* INT64_MAX: by time never */
	bool asked;			/* rekeying is queued */
	bool told;			/* child_tell() was called: SESSION_CHILD_DOWN is to follow */
};

/* What a hub notes of a session. */
struct sess_listed {
	size_t at;			/* in its heap, from 1; 0: not there */
	int64_t due;
	uint64_t init, id;		/* keys of its tables */
	bool has_init, has_id, half_open;
};

struct session {
	const struct session_conf *conf;
	struct session_calls call;
	bool initiator;			/* of the first IKE SA */
	int64_t now;
	struct sess_ike *ike[SESS_IKES];	/* ike[0] is the current one */
	struct sess_child *child[SESS_CHILDREN];
	unsigned nchild;
	uint64_t last_ike, last_child;	/* numbers given */
	unsigned wanted, refused;	/* children asked for in the beginning, and those that did not come */
	unsigned others;		/* initiator: so many of conf->other were tried */
	unsigned asked;			/* initiator: so many of conf->child were queued */
	bool over, ending;		/* ending: delete was asked for */
	struct session_desk *desk;	/* the caller's, or own */
	struct session_desk *own_desk;
	bool kick;			/* something was queued while the desk was busy: due at once */
	struct addr lease[2];		/* responder: taken from conf->pool, IPv4 and IPv6; given back when the session is over */
	bool follows;			/* it takes the place of another one (reauthentication): no INITIAL_CONTACT */
	struct sess_listed hub;
	char unreachable[200];
	int64_t auth_until, used_at;	/* when this end authenticates anew, looks what passed its children */
	struct session *reauth, *reauths;	/* the new one on the way, and back; or NULL */
	void *user;
};

/* session.c */
/* Around a command: whether this call has the desk; what was queued runs at its end, or when the desk is free again. */
bool sess_enter(struct session *s, int64_t now);
int sess_done(struct session *s, bool entered, int rc, struct err *e);
/* session_ike.c */
struct sess_ike *sess_ike_new(struct session *s, bool initiator, const struct session_path *path, struct err *e);
/* It takes over from old: what is known of the peer, its children, its queued jobs (not that under way); it is the current
 * one, and old SESS_REKEYED.  No event. */
void sess_ike_replace(struct sess_ike *old, struct sess_ike *ike);
/* Ends one; its children go too, except those that belong to another by now.  Safe during a call. */
void sess_ike_end(struct sess_ike *ike);
struct sess_ike *sess_ike_current(struct session *s);
struct sess_child *sess_child_new(struct sess_ike *ike, const struct session_child_conf *conf, struct err *e);
/* Down: the event is given, its keys are wiped. */
void sess_child_end(struct session *s, struct sess_child *c);
struct sess_child *sess_child_by_number(struct session *s, uint64_t number);
/* spi: of the packets this end receives (in), or sends. */
struct sess_child *sess_child_by_spi(struct session *s, uint32_t spi, bool in);
uint64_t sess_spi_ike(struct session *s);	/* new ones of this end, announced to the owner */
uint32_t sess_spi_child(struct session *s);
void sess_spi_child_free(struct session *s, uint32_t spi);	/* of a child that did not come up */
void sess_event(struct sess_ike *ike, enum session_event_kind kind, struct sess_child *c, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* why: rows without advice get one. */
void sess_event_why(struct sess_ike *ike, enum session_event_kind kind, const struct session_child_conf *conf,
    struct reasons *why);
/* SESSION_FAILED with one row, and the IKE SA is gone (of one that is not the current: SESSION_DELETED).  advice: or "". */
void sess_fail(struct sess_ike *ike, const char *id, const char *advice, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Its delete is done: of the current one SESSION_DELETED, and all that stood beside it end; of another nothing is told. */
void sess_ike_gone(struct sess_ike *ike, const char *text);
void sess_ike_finish(struct sess_ike *ike);	/* what sess_ike_end() leaves to the end of a call */
void sess_ikes_reap(struct session *s);

/* session_jobs.c */
/* Queued, and run at the end of the call; the same about the same child is queued once. */
int sess_job_add(struct sess_ike *ike, const struct job_row *row, uint64_t child, const struct session_child_conf *conf,
    struct err *e);
/* Begins the next job if the window is free. */
int sess_jobs_run(struct sess_ike *ike, struct err *e);
void sess_jobs_drop(struct sess_ike *ike);	/* all */
void sess_jobs_cancel(struct sess_ike *ike);	/* all but that under way */
void sess_jobs_move(struct sess_ike *from, struct sess_ike *to);	/* all but that under way */
bool sess_job_queued(const struct sess_ike *ike, const struct job_row *row);
/* The answer to queue[0] came. */
int sess_job_answer(struct sess_ike *ike, const struct sess_in *in, struct err *e);
/* ike->due is reached: sent again, or given up. */
int sess_retransmit(struct sess_ike *ike, struct err *e);

/* session_wire.c */
int sess_push(struct session *s, const struct session_path *path, struct span message, struct err *e);
bool sess_is_broken(const struct ike_message *m, bool request);
const struct ike_payload *sess_unknown_critical(const struct ike_payloads *ps);
void sess_message_tell(struct sess_ike *ike, const struct session_path *path, const struct ike_message *m, bool sent,
    bool again, enum verdict v);

/* session_seal.c */
/* Keys are complete: protect contexts of both directions. */
int sess_protect(struct sess_ike *ike, struct err *e);
/* The message of what was built, in as many datagrams as it takes; out is emptied first. */
int sess_seal(struct sess_ike *ike, uint8_t exchange, bool response, uint32_t message_id, const struct session_path *path,
    struct build *b, struct sess_sent *out, struct err *e);
int sess_sent_send(struct sess_ike *ike, const struct session_path *path, const struct sess_sent *x, struct err *e);
void sess_sent_tell(struct sess_ike *ike, const struct sess_sent *x);	/* sent again: calls.message */
/* One datagram, through what impairs it; a keepalive is one octet.  What the network would not take counts as lost: 0, and
 * the session notes why. */
int sess_send(struct sess_ike *ike, const struct session_path *path, struct span bytes, struct err *e);
void sess_sent_clear(struct sess_sent *x);

/* session_open.c */
/* The encrypted payload of the inbox: V_OK, and what was in it is m->inner (of fragments: all is there), V_INCOMPLETE: others
 * are to come; V_COUNT: e says why.  again: it was taken before, and is only verified. */
enum verdict sess_open(struct sess_ike *ike, struct ike_message *m, bool again, struct err *e);
void sess_whole_free(struct sess_whole *w);

/* session_init.c: IKE_SA_INIT of a responder, in clear; builds the answer.  Of a refusal: 0 and ike->state SESS_GONE. */
int sess_init_request(struct sess_ike *ike, const struct sess_in *in, struct span wire, struct build *b, struct err *e);
/* What sess_init_request() built, sealed into ike->answer. */
int sess_init_answer(struct sess_ike *ike, const struct session_path *path, struct build *b, struct err *e);
/* Initiator: nobody has answered yet, and the peer has further addresses. */
bool sess_init_has_next(const struct sess_ike *ike);
/* The next one: another IKE SA takes the place of this one. */
int sess_init_next(struct sess_ike *ike, struct err *e);
/* What IKE_SA_INIT left is not needed any more: messages, private value. */
void sess_init_forget(struct sess_ike *ike);
/* What came in clear in answer to IKE_SA_INIT was an error, and nothing better came. */
void sess_init_refused(struct sess_ike *ike);

/* session_natd.c */
void sess_natd_first(struct sess_ike *ike, const struct sess_in *in);	/* of the request, which has no SPI of the responder */
/* NAT detection of a message (IKE_SA_INIT, MOBIKE): notifies added, looked at (sets pub.nat_..., natt, ports). */
void sess_natd_add(struct sess_ike *ike, const struct session_path *path, struct build *b, struct err *e);
void sess_natd_look(struct sess_ike *ike, const struct session_path *path, const struct ike_payloads *p);

/* Requests of the peer; b is the answer, sent unless -1.  The IKE SA ends after the answer where state is SESS_GONE. */
int sess_auth_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e);
int sess_create_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e);
int sess_info_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e);

/* session_auth.c */
/* CERTREQ: of a responder in its answer to IKE_SA_INIT, of an initiator in IKE_AUTH; what came is kept. */
void sess_certreq_add(const struct sess_ike *ike, struct build *b);
int sess_certreq_look(struct sess_ike *ike, const struct ike_payloads *p, struct err *e);
/* INFORMATIONAL before IKE_AUTH was over: the initiator does not believe this end. */
int sess_auth_info(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e);
void sess_lease_end(struct session *s);
void sess_auth_free(struct auth_run *a);
/* session_create.c */
void sess_create_free(struct create_run *c);

/*
 * session_child.c: one negotiation of a child, in IKE_AUTH or CREATE_CHILD_SA.
 */
struct child_try {
	const struct session_child_conf *conf;	/* responder: NULL, any that fits */
	const struct sess_child *rekeys;	/* or NULL: none, or the peer deleted it meanwhile */
	uint64_t replaces;		/* its number, and the names of its descriptors, which last longer; or 0 */
	char *old_in, *old_out;
	struct session *s;		/* set by the functions below, as all that follows but with_ke */
	uint32_t spi;			/* of this end; 0 once a child has it */
	uint8_t protocol;		/* IKE_PROTO_ESP, IKE_PROTO_AH */
	bool with_ke;			/* CREATE_CHILD_SA: key exchanges are offered, with a KE payload */
	uint16_t group;			/* of the KE payload; 0: none */
	unsigned groups;		/* how many others were asked for */
	struct ts_list mine, theirs;	/* initiator: what was proposed */
	struct secret private_key, shared;	/* in arena */
	struct secret ni, nr;		/* CREATE_CHILD_SA: this exchange's; IKE_AUTH: empty, IKE_SA_INIT's count */
	struct arena arena;
	enum sa_mode mode;		/* initiator: what was proposed */
	uint16_t notify;		/* that refused, or 0 */
	struct reasons why;
};
/* Also gives back an SPI that no child has. */
void child_try_clear(struct child_try *t);
/* Initiator: SA, (Ni, KE,) TSi, TSr and notifies. */
int child_propose(struct sess_ike *ike, struct child_try *t, struct build *b, struct err *e);
/* Initiator: the answer.  1: *out is up (no event given yet), 0: refused, t->why says why; 2: another group is wanted,
 * t->group is set; -1. */
int child_accept(struct sess_ike *ike, struct child_try *t, const struct ike_payloads *p, struct sess_child **out,
    struct err *e);
/* Responder: the same from a request; builds SA, (Nr, KE,) TSi, TSr, or the refusing notify (0). */
int child_answer(struct sess_ike *ike, struct child_try *t, const struct ike_payloads *p, struct build *b,
    struct sess_child **out, struct err *e);
/* SESSION_CHILD_REFUSED with t->why, SESSION_OTHER_GROUP of a responder that wants another. */
void child_tell_refused(struct sess_ike *ike, const struct child_try *t);
/* SESSION_CHILD_UP, or _REKEYED where pub.replaces is set. */
void child_tell(struct sess_child *c);
/* Lifetimes begin. */
void child_start(struct sess_child *c);

/* session_mobike.c: the IKE SA and its children go by another path; event with text. */
bool sess_path_eq(const struct session_path *a, const struct session_path *b);
/* What verified came from there. */
void sess_follow_peer(struct sess_ike *ike, const struct session_path *path);
void sess_moved(struct sess_ike *ike, const struct session_path *path, const char *text);
/* What MOBIKE asks for in a request; answers to it. */
int mobike_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e);

/* session_life.c */
void life_start(struct sess_ike *ike);		/* established */
int64_t life_due(const struct session *s);
int life_tick(struct session *s, struct err *e);
void life_auth_lifetime(struct sess_ike *ike, const struct ike_payloads *p);	/* of an answer or request of the responder */
void life_forget(struct session *s);		/* of those that hold on to it: it is freed */

#endif
