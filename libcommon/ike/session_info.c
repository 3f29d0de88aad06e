/* INFORMATIONAL: what is deleted, and whether the peer lives (RFC 7296 1.4). */
#include <stdlib.h>

#include "ike/session_child.h"

enum { SPIS = 256 };

static uint8_t protocol_of(const struct sess_child *c)
{
	return c->pub.in.proto == SA_AH ? IKE_PROTO_AH : IKE_PROTO_ESP;
}

/* --- children --- */

/* Others that replace the same one, or any that is in its place. */
static bool has_heir(const struct session *s, uint64_t number)
{
	for (unsigned i = 0; i < s->nchild; i++)
		if (s->child[i]->pub.replaces == number)
			return true;
	return false;
}

/* What replaced it goes on alone; what it replaced comes back if nothing else is in its place. */
static void child_gone(struct session *s, struct sess_child *c)
{
	uint64_t number = c->pub.number, replaces = c->pub.replaces;
	struct sess_child *old;

	sess_child_end(s, c);
	for (unsigned i = 0; i < s->nchild; i++)
		if (s->child[i]->pub.replaces == number && s->child[i]->state < CHILD_REPLACED)
			s->child[i]->pub.sends = true;
	if (replaces == 0 || has_heir(s, replaces) || (old = sess_child_by_number(s, replaces)) == NULL ||
	    old->state != CHILD_REPLACED)
		return;
	old->pub.sends = true;
	child_start(old);
}

/* A child that this end never had. */
struct stray { uint8_t protocol; uint32_t spi; };

int sess_delete_spi(struct sess_ike *ike, uint8_t protocol, uint32_t spi, struct err *e)
{
	struct stray *x = malloc(sizeof *x);

	if (x == NULL)
		return err_nomem(e);
	if (ike->njobs == SESS_QUEUE) {
		free(x);
		return 0;
	}
	*x = (struct stray){ protocol, spi };
	ike->queue[ike->njobs++] = (struct job){ .row = &sess_job_delete_child, .data = x };
	return 0;
}

static int delete_child_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	struct sess_child *c = sess_child_by_number(ike->s, job->child);
	const struct stray *x = job->data;
	uint8_t spi[4];

	(void)e;
	if (c == NULL && x == NULL)
		return 0;
	if (c != NULL) {
		c->state = CHILD_DELETING;
		c->rekey_at = INT64_MAX;
	}
	store_be32(spi, c != NULL ? c->pub.in.spi : x->spi);
	build_delete(b, c != NULL ? protocol_of(c) : x->protocol, 4, 1, (struct span){ spi, 4 });
	return 1;
}

static int delete_child_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	struct sess_child *c = sess_child_by_number(ike->s, job->child);

	(void)in;
	(void)e;
	if (c != NULL)
		child_gone(ike->s, c);
	return 0;
}

static void delete_child_drop(struct sess_ike *ike, struct job *job)
{
	struct sess_child *c = sess_child_by_number(ike->s, job->child);

	/* the IKE SA ended before the answer came, and another one has the child */
	if (c != NULL && c->state == CHILD_DELETING && c->ike != ike)
		sess_job_add(c->ike, &sess_job_delete_child, job->child, NULL, &(struct err){ 0 });
	free(job->data);
	job->data = NULL;
}

const struct job_row sess_job_delete_child = { .name = "delete of a child SA", .exchange = IKE_X_INFORMATIONAL,
	.build = delete_child_build, .answer = delete_child_taken, .drop = delete_child_drop };

/* Both ends ask for it at once: it goes with the answer, which this end does not give (RFC 7296 1.4.1). */
static bool is_asked(const struct sess_ike *ike, const struct sess_child *c)
{
	const struct job *job = &ike->queue[0];

	return ike->waiting && job->row == &sess_job_delete_child && job->child == c->pub.number;
}

/* The peer names what it receives; the answer what it sends. */
static void delete_children(struct sess_ike *ike, const struct pl_delete *d, struct build *b)
{
	uint8_t spis[4 * SPIS];
	unsigned n = 0;

	if (d->spi_size != 4 || (d->protocol != IKE_PROTO_ESP && d->protocol != IKE_PROTO_AH))
		return;
	for (size_t at = 0; at + 4 <= d->spis.n && n < SPIS; at += 4) {
		struct sess_child *c = sess_child_by_spi(ike->s, load_be32(d->spis.p + at), false);

		if (c == NULL)
			create_deleted(ike, load_be32(d->spis.p + at));
		if (c == NULL || protocol_of(c) != d->protocol || is_asked(ike, c))
			continue;
		store_be32(spis + 4 * (size_t)n++, c->pub.in.spi);
		child_gone(ike->s, c);
	}
	if (n > 0)
		build_delete(b, d->protocol, 4, n, (struct span){ spis, 4 * (size_t)n });
}

/* --- the IKE SA --- */

static int delete_ike_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	(void)job;
	(void)e;
	ike->deleting = true;
	build_delete(b, IKE_PROTO_IKE, 0, 0, (struct span){ 0 });
	return 1;
}

static int delete_ike_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	(void)job;
	(void)in;
	(void)e;
	sess_ike_gone(ike, "by this end");
	return 0;
}

const struct job_row sess_job_delete_ike = { .name = "delete of the IKE SA", .exchange = IKE_X_INFORMATIONAL,
	.build = delete_ike_build, .answer = delete_ike_taken };

/* --- does it live? --- */

static int dpd_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	(void)job;
	(void)b;
	(void)e;
	sess_event(ike, SESSION_DPD, NULL, "%s", "asked");
	return 1;
}

static int dpd_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	(void)job;
	(void)in;
	(void)e;
	sess_event(ike, SESSION_DPD, NULL, "%s", "alive");
	return 0;
}

const struct job_row sess_job_dpd = { .name = "does the peer live", .exchange = IKE_X_INFORMATIONAL,
	.build = dpd_build, .answer = dpd_taken };

/* --- requests of the peer --- */

static bool deletes_ike(const struct ike_payloads *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->payload[i].type == IKE_P_DELETE && p->payload[i].decoded && p->payload[i].del.protocol == IKE_PROTO_IKE)
			return true;
	return false;
}

int sess_info_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	bool ends = deletes_ike(in->p);

	if (!ends)
		create_used(ike);
	if (mobike_request(ike, in, b, e) < 0)
		return -1;
	life_auth_lifetime(ike, in->p);
	if (ike_notify_find(in->p, IKE_N_AUTHENTICATION_FAILED) != NULL) {	/* RFC 7296 2.21.2 */
		sess_fail(ike, "auth-failed", "its log tells why", "%s", "the peer refuses this end's proof of who it is");
		return 0;
	}
	for (unsigned i = 0; i < in->p->n; i++) {
		const struct ike_payload *p = &in->p->payload[i];

		if (p->type == IKE_P_DELETE && p->decoded)
			delete_children(ike, &p->del, b);
	}
	if (ends) {
		create_heir(ike);
		sess_ike_gone(ike, "by the peer");
	}
	return 0;
}
