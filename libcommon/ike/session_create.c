#include <stdlib.h>

#include "ike/session_child.h"

enum { AT_ONCE = SESS_QUEUE / 2, TRIES = 8, GONE = 8, SECOND = 1000000000, RETRY_S = 10, RETRY_PART = 10 };

/* A child that this end asks for. */
struct child_job {
	struct child_try t;
	uint64_t rival;			/* number of the child by which the peer rekeys the same one meanwhile; 0 */
	unsigned ngone;
	uint32_t gone[GONE];		/* SPIs that the peer deleted meanwhile, and nobody knew */
};

static struct child_job *job_data(struct job *job, struct err *e)
{
	if (job->data == NULL && (job->data = calloc(1, sizeof(struct child_job))) == NULL)
		err_nomem(e);
	return job->data;
}

static void drop(struct sess_ike *ike, struct job *job)
{
	struct child_job *j = job->data;
	struct sess_child *c = job->child != 0 ? sess_child_by_number(ike->s, job->child) : NULL;

	if (c != NULL && job->row == &sess_job_rekey_child)
		c->asked = false;
	if (c != NULL && c->state == CHILD_REKEYING && j != NULL)
		c->state = j->rival != 0 ? CHILD_REPLACED : CHILD_UP;
	if (j != NULL)
		child_try_clear(&j->t);
	free(j);
	job->data = NULL;
}

/* RFC 7296 2.25: not at once, and not for ever; by chance, so that the ends do not meet again. */
bool create_later(struct sess_ike *ike, const struct job *job)
{
	uint32_t ms = rng_below(ike->s->conf->rng, 1000) + 500;

	if (job->tries >= TRIES || ike->njobs == SESS_QUEUE)
		return false;
	ike->queue[ike->njobs++] = (struct job){ .row = job->row, .child = job->child, .conf = job->conf,
		.tries = job->tries + 1, .not_before = ike->s->now + (int64_t)ms * (SECOND / 1000) * (job->tries + 1) };
	return true;
}

/* A request for a child whose answer has not come. */
static struct child_job *under_way(struct sess_ike *ike)
{
	const struct job *job = &ike->queue[0];
	bool child = ike->waiting && (job->row == &sess_job_child || job->row == &sess_job_rekey_child);

	return child ? job->data : NULL;
}

void create_deleted(struct sess_ike *ike, uint32_t spi)
{
	struct child_job *j = under_way(ike);

	if (j != NULL && j->ngone < GONE)
		j->gone[j->ngone++] = spi;
}

/* The peer has deleted it before its answer was here. */
static bool is_gone(const struct child_job *j, const struct sess_child *c)
{
	for (unsigned i = 0; i < j->ngone; i++)
		if (j->gone[i] == c->pub.out.spi)
			return true;
	return false;
}

/* The answer, but for the child itself.  1: *c is up; 2: another group, to be built again; 3: it came and went;
 * 0, -1. */
static int take(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct sess_child **c, struct err *e)
{
	struct child_job *j = job->data;
	char word[OFFER_WORD];
	int rc = child_accept(ike, &j->t, in->p, c, e);

	if (rc == 2)
		sess_event(ike, SESSION_OTHER_GROUP, NULL, "%s",
		    offer_alg_format(word, IKE_T_KE, (struct offer_alg){ j->t.group, 0 }));
	if (rc == 1 && is_gone(j, *c)) {
		child_tell(*c);
		sess_child_end(ike->s, *c);
		return 3;
	}
	return rc;
}

/* --- new children --- */

static int child_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	struct child_job *j = job_data(job, e);

	if (j == NULL)
		return -1;
	j->t.conf = job->conf;
	j->t.with_ke = true;
	if (ike->s->nchild >= SESSION_CHILDREN) {
		reason_add(&j->t.why, "too-many", REASON_ERROR, "%d child SAs with one peer, and no more", SESSION_CHILDREN);
		child_tell_refused(ike, &j->t);
		ike->s->refused++;
		return 0;
	}
	return child_propose(ike, &j->t, b, e) < 0 ? -1 : 1;
}

static int child_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	struct child_job *j = job->data;
	struct sess_child *c;
	int rc = take(ike, job, in, &c, e);

	if (rc == 1) {
		child_start(c);
		child_tell(c);
	} else if (rc == 0 && !(j->t.notify == IKE_N_TEMPORARY_FAILURE && create_later(ike, job))) {
		ike->s->refused++;
		child_tell_refused(ike, &j->t);
	}
	return rc == 2 ? 1 : rc < 0 ? -1 : create_children(ike->s->ike[0], e);
}

const struct job_row sess_job_child = { .name = "a further child SA", .exchange = IKE_X_CREATE_CHILD_SA,
	.build = child_build, .answer = child_taken, .drop = drop };

int create_children(struct sess_ike *ike, struct err *e)
{
	struct session *s = ike->s;
	int rc = 0;

	while (rc == 0 && s->initiator && !s->ending && s->asked < s->conf->nchild && ike->njobs < AT_ONCE)
		rc = sess_job_add(ike, &sess_job_child, 0, &s->conf->child[s->asked++], e);
	return rc;
}

/* --- rekeying --- */

/* The peer made it in place of another one, and has not deleted that: it may not have our answer, and know nothing of it. */
static bool is_unconfirmed(struct session *s, const struct sess_child *c)
{
	return !c->pub.initiator && c->pub.replaces != 0 && sess_child_by_number(s, c->pub.replaces) != NULL;
}

static int rekey_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	struct sess_child *c = sess_child_by_number(ike->s, job->child);
	struct child_job *j;
	uint8_t spi[4];

	if (c == NULL || c->ike != ike || (c->state != CHILD_UP && !(c->state == CHILD_REKEYING && job->data != NULL)))
		return 0;
	if (c->state == CHILD_UP && is_unconfirmed(ike->s, c) && create_later(ike, job))
		return 0;
	if ((j = job_data(job, e)) == NULL)
		return -1;
	if (j->rival != 0)
		return 0;
	if (ike->s->nchild >= SESS_CHILDREN) {	/* old ones are still there */
		if (!create_later(ike, job))
			c->rekey_at = ike->s->now + RETRY_S * (int64_t)SECOND;
		return 0;
	}
	c->state = CHILD_REKEYING;
	if (child_rekeys(&j->t, c, e) < 0)
		return -1;
	j->t.with_ke = true;
	store_be32(spi, c->pub.in.spi);
	build_notify_spi(b, c->pub.in.proto == SA_AH ? IKE_PROTO_AH : IKE_PROTO_ESP, (struct span){ spi, 4 }, IKE_N_REKEY_SA,
	    (struct span){ 0 });
	return child_propose(ike, &j->t, b, e) < 0 ? -1 : 1;
}

static void replace(struct sess_child *old)
{
	old->state = CHILD_REPLACED;
	old->rekey_at = INT64_MAX;
	old->pub.sends = false;
}

/* Both ends rekeyed old: the SA with the lowest of four nonces goes, by who made it (RFC 7296 2.8.1); the other one
 * deletes old. */
static int settle(struct sess_ike *ike, struct sess_child *c, struct sess_child *old, struct sess_child *rival,
    struct err *e)
{
	if (old != NULL)
		replace(old);
	if (rival != NULL && child_nonce_cmp(&c->nonce_low, &rival->nonce_low) < 0) {
		replace(c);
		return sess_job_add(ike, &sess_job_delete_child, c->pub.number, NULL, e);
	}
	if (rival != NULL)
		replace(rival);
	return old != NULL ? sess_job_add(ike, &sess_job_delete_child, old->pub.number, NULL, e) : 0;
}

/* No: later, anew, or not at all. */
static int rekey_refused(struct sess_ike *ike, const struct job *job, struct sess_child *old, struct err *e)
{
	struct child_job *j = job->data;
	const struct session_child_conf *conf = j->t.conf;
	uint64_t ns = conf->rekey_ns / RETRY_PART;

	if (old == NULL || j->rival != 0)
		return 0;			/* the peer was faster */
	if (j->t.notify == IKE_N_TEMPORARY_FAILURE && create_later(ike, job))
		return 0;
	if (j->t.notify == IKE_N_CHILD_SA_NOT_FOUND) {	/* RFC 7296 2.25 */
		sess_child_end(ike->s, old);
		return sess_job_add(ike, &sess_job_child, 0, conf, e);
	}
	if (ns < RETRY_S * (uint64_t)SECOND)
		ns = RETRY_S * (uint64_t)SECOND;
	old->rekey_at = ike->s->now + (int64_t)ns;
	child_tell_refused(ike, &j->t);
	return 0;
}

static int rekey_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	struct child_job *j = job->data;
	struct sess_child *old = sess_child_by_number(ike->s, job->child), *c, *rival;
	int rc;

	j->t.rekeys = old;
	rc = take(ike, job, in, &c, e);
	if (rc == 0)
		return rekey_refused(ike, job, old, e);
	if (rc != 1)
		return rc == 2 ? 1 : rc < 0 ? -1 : 0;
	rival = j->rival != 0 ? sess_child_by_number(ike->s, j->rival) : NULL;
	child_start(c);
	child_tell(c);
	return settle(ike, c, old, rival, e);
}

const struct job_row sess_job_rekey_child = { .name = "rekeying of a child SA", .exchange = IKE_X_CREATE_CHILD_SA,
	.build = rekey_build, .answer = rekey_taken, .drop = drop };

/* --- requests of the peer --- */

static int refuse(struct build *b, uint16_t notify)
{
	build_notify(b, notify, (struct span){ 0 });
	return 0;
}

/* It rekeyed c by the new one; if this end is about to do that too, who wins shows when the answer comes. */
static void replaced(struct sess_ike *ike, struct sess_child *c, const struct sess_child *by)
{
	struct job *job = &ike->queue[0];

	if (c->state == CHILD_REKEYING && ike->waiting && job->row == &sess_job_rekey_child && job->child == c->pub.number) {
		((struct child_job *)job->data)->rival = by->pub.number;
		return;
	}
	c->state = CHILD_REPLACED;
	c->rekey_at = INT64_MAX;
}

static int answer(struct sess_ike *ike, struct sess_child *old, const struct sess_in *in, struct build *b,
    struct err *e)
{
	struct child_try *t = calloc(1, sizeof *t);
	struct sess_child *c;
	int rc;

	if (t == NULL)
		return err_nomem(e);
	t->with_ke = true;
	rc = old != NULL && child_rekeys(t, old, e) < 0 ? -1 : 0;
	if (rc == 0)
		rc = child_answer(ike, t, in->p, b, &c, e);
	if (rc > 0) {
		if (old != NULL)
			replaced(ike, old, c);
		child_start(c);
		child_tell(c);
	} else if (rc == 0) {
		child_tell_refused(ike, t);
	}
	child_try_clear(t);
	free(t);
	return rc < 0 ? -1 : 0;
}

static int rekey_request(struct sess_ike *ike, const struct pl_notify *n, const struct sess_in *in, struct build *b,
    struct err *e)
{
	struct sess_child *c = n->spi.n == 4 ? sess_child_by_spi(ike->s, load_be32(n->spi.p), false) : NULL;

	if (c == NULL && under_way(ike) != NULL)	/* may be the one that the answer makes known */
		return refuse(b, IKE_N_TEMPORARY_FAILURE);
	if (c == NULL || n->protocol != (c->pub.in.proto == SA_AH ? IKE_PROTO_AH : IKE_PROTO_ESP)) {
		build_notify_spi(b, n->protocol, n->spi, IKE_N_CHILD_SA_NOT_FOUND, (struct span){ 0 });
		return 0;
	}
	if (c->state == CHILD_DELETING || c->state == CHILD_REPLACED)
		return refuse(b, IKE_N_TEMPORARY_FAILURE);
	return answer(ike, c, in, b, e);
}

int sess_create_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	const struct ike_payload *sa = ike_payload_find(in->p, IKE_P_SA);
	const struct pl_notify *rekey = ike_notify_find(in->p, IKE_N_REKEY_SA);

	if (sa == NULL || !sa->decoded || sa->sa.nproposal == 0)
		return refuse(b, IKE_N_INVALID_SYNTAX);
	create_used(ike);
	/* RFC 7296 2.25.2 */
	if (ike->state != SESS_UP || ike->deleting)
		return refuse(b, IKE_N_TEMPORARY_FAILURE);
	if (sa->sa.proposal[0].protocol == IKE_PROTO_IKE)
		return create_ike_request(ike, in, b, e);
	if (ike->waiting && ike->queue[0].row == &sess_job_rekey_ike)
		return refuse(b, IKE_N_TEMPORARY_FAILURE);
	return rekey != NULL ? rekey_request(ike, rekey, in, b, e) : answer(ike, NULL, in, b, e);
}
