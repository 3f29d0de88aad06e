/* Addresses that change (RFC 4555), with MOBIKE or behind a NAT. */
#include <stdlib.h>
#include <string.h>

#include "ike/session_child.h"

enum { COOKIE2 = 16, COOKIE2_MAX = 64 };

void sess_moved(struct sess_ike *ike, const struct session_path *path, const char *text)
{
	struct session *s = ike->s;
	struct err e;

	ike->pub.path = *path;
	for (unsigned i = 0; i < s->nchild; i++)
		if (s->child[i]->ike == ike)
			child_ends(s->child[i], &e);
	sess_event(ike, SESSION_MOVED, NULL, "%s", text);
}

/* --- the initiator says where it is --- */

static int move_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	(void)job;
	build_notify(b, IKE_N_UPDATE_SA_ADDRESSES, (struct span){ 0 });
	sess_natd_add(ike, &ike->pub.path, b, e);
	return 1;
}

static int move_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	const struct pl_notify *n = child_error(in->p);
	struct session_path *before = job->data;
	char name[IKE_ID_TEXT], text[IKE_ID_TEXT + 60];

	(void)e;
	if (ike->state == SESS_REKEYED)
		return 0;			/* said again in the one that took over: move_drop() */
	job->tries++;
	if (n == NULL) {
		sess_natd_look(ike, in->path, in->p);
		sess_moved(ike, &ike->pub.path, "the peer knows this end's new address");
		return 0;
	}
	snprintf(text, sizeof text, "the peer refuses this end's new address: %s", ike_id_text(name, &ike_notifies, n->type));
	sess_moved(ike, before != NULL ? before : &ike->pub.path, text);
	return 0;
}

static void move_drop(struct sess_ike *ike, struct job *job)
{
	struct sess_ike *current = ike->s->ike[0];

	if (job->tries == 0 && ike != current && current != NULL && current->state == SESS_UP && !ike->s->ending)
		sess_job_add(current, &sess_job_move, 0, NULL, &(struct err){ 0 });
	free(job->data);
	job->data = NULL;
}

const struct job_row sess_job_move = { .name = "a new address", .exchange = IKE_X_INFORMATIONAL,
	.build = move_build, .answer = move_taken, .drop = move_drop };

static int move(struct sess_ike *ike, const struct session_path *path, struct err *e)
{
	struct session_path *before = malloc(sizeof *before);

	if (before == NULL)
		return err_nomem(e);
	*before = ike->pub.path;
	ike->pub.path = *path;
	if (ike->njobs == SESS_QUEUE) {
		free(before);
		return err_set(e, "%d requests wait for the peer already", SESS_QUEUE);
	}
	ike->queue[ike->njobs++] = (struct job){ .row = &sess_job_move, .data = before };
	return 0;
}

int session_move(struct session *s, const struct session_path *path, int64_t now, struct err *e)
{
	bool entered = sess_enter(s, now);
	struct sess_ike *ike = s->ike[0];
	int rc;

	if (s->over || s->ending || ike->state != SESS_UP) {
		rc = err_set(e, "the IKE SA is not established");
	} else if (!ike->pub.mobike) {
		rc = err_set(e, "the peer does not take new addresses (MOBIKE)");
	} else if (s->initiator) {
		rc = move(ike, path, e);
	} else {			/* RFC 4555 3.6: it tells, and the initiator moves */
		ike->pub.path = *path;
		rc = sess_job_add(ike, &sess_job_addresses, 0, NULL, e);
	}
	return sess_done(s, entered, rc, e);
}

/* --- the responder says which it has: the one that it sends from --- */

static int addresses_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	(void)ike;
	(void)job;
	(void)e;
	build_notify(b, IKE_N_NO_ADDITIONAL_ADDRESSES, (struct span){ 0 });
	return 1;
}

static int addresses_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	(void)ike;
	(void)job;
	(void)in;
	(void)e;
	return 0;
}

const struct job_row sess_job_addresses = { .name = "its addresses", .exchange = IKE_X_INFORMATIONAL,
	.build = addresses_build, .answer = addresses_taken };

/* --- is the initiator where it says it is? (RFC 4555 3.7) --- */

static int reach_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	if (job->data == NULL && (job->data = malloc(COOKIE2)) == NULL)
		return err_nomem(e);
	rng_bytes(ike->s->conf->rng, job->data, COOKIE2);
	build_notify(b, IKE_N_COOKIE2, (struct span){ job->data, COOKIE2 });
	return 1;
}

static int reach_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	const struct pl_notify *n = ike_notify_find(in->p, IKE_N_COOKIE2);

	(void)e;
	if (n == NULL || n->data.n != COOKIE2 || memcmp(n->data.p, job->data, COOKIE2) != 0)
		sess_fail(ike, "mobike", "a fault of the peer, or somebody answers in its place",
		    "the peer does not give back what was sent to its new address (COOKIE2)");
	return 0;
}

static void reach_drop(struct sess_ike *ike, struct job *job)
{
	(void)ike;
	free(job->data);
	job->data = NULL;
}

static const struct job_row job_reach = { .name = "is the peer at its new address", .exchange = IKE_X_INFORMATIONAL,
	.build = reach_build, .answer = reach_taken, .drop = reach_drop };

/* --- requests of the peer --- */

/* RFC 4555 3.9: source, destination, their ports as the sender has them; without the notify anything goes. */
static bool nat_allowed(const struct ike_payloads *p, const struct session_path *path)
{
	const struct pl_notify *n = ike_notify_find(p, IKE_N_NO_NATS_ALLOWED);
	struct rd r;
	struct span src, dst;
	uint16_t sport, dport;

	if (n == NULL)
		return true;
	r = rd_of(n->data.p, n->data.n);
	src = rd_take(&r, addr_len(&path->remote));
	dst = rd_take(&r, addr_len(&path->local));
	sport = rd_u16(&r);
	dport = rd_u16(&r);
	return rd_done(&r) && memcmp(src.p, path->remote.b, src.n) == 0 && memcmp(dst.p, path->local.b, dst.n) == 0 &&
	    sport == path->remote_port && dport == path->local_port;
}

static int update(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	if (!nat_allowed(in->p, in->path)) {
		build_notify(b, IKE_N_UNEXPECTED_NAT_DETECTED, (struct span){ 0 });
		return 0;
	}
	sess_natd_look(ike, in->path, in->p);
	sess_natd_add(ike, in->path, b, e);
	sess_moved(ike, in->path, "the peer has a new address");
	return sess_job_add(ike, &job_reach, 0, NULL, e);
}

static bool says_addresses(const struct ike_payloads *p)
{
	return ike_notify_find(p, IKE_N_ADDITIONAL_IP4_ADDRESS) != NULL ||
	    ike_notify_find(p, IKE_N_ADDITIONAL_IP6_ADDRESS) != NULL ||
	    ike_notify_find(p, IKE_N_NO_ADDITIONAL_ADDRESSES) != NULL;
}

int mobike_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	const struct pl_notify *cookie = ike_notify_find(in->p, IKE_N_COOKIE2);

	if (cookie != NULL && cookie->data.n <= COOKIE2_MAX)
		build_notify(b, IKE_N_COOKIE2, cookie->data);
	if (!ike->pub.mobike || ike->state != SESS_UP)
		return 0;
	if (!ike->s->initiator && ike_notify_find(in->p, IKE_N_UPDATE_SA_ADDRESSES) != NULL)
		return update(ike, in, b, e);
	/* the responder sends from another address, and the initiator has to say that it follows (3.6) */
	if (ike->s->initiator && says_addresses(in->p) && !addr_eq(&in->path->remote, &ike->pub.path.remote))
		return move(ike, in->path, e);
	return 0;
}
