/* Rekeying of the IKE SA (RFC 7296 1.3.2, 2.8, 2.18). */
#include <stdlib.h>
#include <string.h>

#include "crypto/ke.h"
#include "ike/choose.h"
#include "ike/session_child.h"
#include "ike/session_init.h"
#include "ike/session_why.h"

enum { SPI = 8, SECOND = 1000000000, RETRY_S = 10, RETRY_PART = 10 };

/* Of an IKE SA that is about to be replaced.  Numbers, as the IKE SAs may end meanwhile. */
struct create_run {
	uint64_t fresh;			/* that of this end's own request; 0: none under way */
	uint64_t rival;			/* that of the peer's */
	unsigned groups;
	uint16_t group;
};

static struct create_run *run_of(struct sess_ike *ike, struct err *e)
{
	if (ike->create == NULL && (ike->create = calloc(1, sizeof *ike->create)) == NULL)
		err_nomem(e);
	return ike->create;
}

void sess_create_free(struct create_run *c)
{
	free(c);
}

static struct sess_ike *by_number(struct session *s, uint64_t number)
{
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] != NULL && s->ike[i]->pub.number == number && s->ike[i]->state != SESS_GONE)
			return s->ike[i];
	return NULL;
}

static struct span own_spi(const struct sess_ike *ike, uint8_t room[SPI])
{
	store_be64(room, ike->pub.initiator ? ike->pub.spi_i : ike->pub.spi_r);
	return (struct span){ room, SPI };
}

/* SK_d of the old one makes the new one's keys. */
static int make_keys(struct sess_ike *old, struct sess_ike *ike, struct secret shared, struct err *e)
{
	struct span g = secret_span(&shared), ni = secret_span(&ike->k.ni), nr = secret_span(&ike->k.nr);

	if (keymat_skeyseed_next(old->k.prf, secret_span(&old->k.sk_d), &g, 1, ni, nr, &ike->arena, &ike->k.skeyseed, e) < 0)
		return -1;
	return init_keys(ike, shared, e);
}

/* The new one in place of old, whose maker deletes old; if nobody does, this end will. */
static void take_over(struct sess_ike *old, struct sess_ike *ike)
{
	struct session *s = old->s;
	struct err e;

	sess_ike_replace(old, ike);
	old->rekey_at = INT64_MAX;
	old->heard = s->now;
	for (unsigned i = 0; i < s->nchild; i++)
		if (s->child[i]->ike == ike)
			child_ends(s->child[i], &e);
	life_start(ike);
	sess_event(ike, SESSION_IKE_REKEYED, NULL, "%s", "");
}

static void retire(struct sess_ike *ike)
{
	ike->state = SESS_REKEYED;
	ike->rekey_at = INT64_MAX;
	ike->heard = ike->s->now;
}

static int ask_delete(struct sess_ike *ike, struct err *e)
{
	ike->deleting = true;
	return sess_job_add(ike, &sess_job_delete_ike, 0, NULL, e);
}

/* --- initiator --- */

static void end_fresh(struct sess_ike *ike)
{
	struct sess_ike *fresh = ike->create != NULL ? by_number(ike->s, ike->create->fresh) : NULL;

	if (ike->create != NULL)
		ike->create->fresh = 0;
	if (fresh != NULL)
		sess_ike_end(fresh);
}

static int rekey_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	struct session *s = ike->s;
	struct create_run *c = run_of(ike, e);
	struct sess_ike *fresh;
	uint8_t spi[SPI];

	if (c == NULL)
		return -1;
	end_fresh(ike);
	if (ike->state != SESS_UP || ike->deleting || create_heir(ike) != NULL)
		return 0;
	if ((fresh = sess_ike_new(s, true, &ike->pub.path, e)) == NULL) {	/* old ones are still there */
		if (!create_later(ike, job))
			ike->rekey_at = s->now + RETRY_S * (int64_t)SECOND;
		return 0;
	}
	c->fresh = fresh->pub.number;
	fresh->replaces = ike->pub.number;
	fresh->group = c->group != 0 ? c->group : ike->group;	/* that both had before */
	build_sa(b, &s->conf->ike, own_spi(fresh, spi), 0);
	if (init_nonce(fresh, &fresh->k.ni, e) < 0)
		return -1;
	build_nonce(b, secret_span(&fresh->k.ni));
	return child_ke_add(s, &fresh->ke_arena, fresh->group, &fresh->private_key, b, e) < 0 ? -1 : 1;
}

static void tell_refused(struct sess_ike *ike, struct reasons *why)
{
	uint64_t ns = ike->s->conf->rekey_ns / RETRY_PART;

	if (ns < RETRY_S * (uint64_t)SECOND)
		ns = RETRY_S * (uint64_t)SECOND;
	ike->rekey_at = ike->s->now + (int64_t)ns;
	sess_event_why(ike, SESSION_CHILD_REFUSED, NULL, why);
}

/* 1: again with another group. */
static int refused(struct sess_ike *ike, const struct job *job, const struct ike_payloads *p)
{
	const struct session_conf *conf = ike->s->conf;
	struct create_run *c = ike->create;
	const struct pl_notify *n = child_error(p);
	struct sess_ike *fresh = by_number(ike->s, c->fresh);
	struct reasons why = { .n = 0 };
	char word[OFFER_WORD];

	c->group = fresh != NULL ? fresh->group : 0;
	if (c->groups < SESS_GROUPS && child_other_group(p, &conf->ike, &c->group)) {
		c->groups++;
		sess_event(ike, SESSION_OTHER_GROUP, NULL, "%s", offer_alg_format(word, IKE_T_KE, (struct offer_alg){ c->group, 0 }));
		return 1;
	}
	c->group = 0;
	end_fresh(ike);
	if (ike->state == SESS_REKEYED)
		return 0;
	/* the peer knows nothing of a collision: its own is what goes on (RFC 7296 2.8.2) */
	if (create_heir(ike) != NULL || (n != NULL && n->type == IKE_N_TEMPORARY_FAILURE && create_later(ike, job)))
		return 0;
	if (n != NULL)
		why_notify(&why, ike, n, &(struct why_asked){ .offers = &conf->ike, .group = fresh != NULL ? fresh->group : 0,
		    .rekeys = true });
	else
		why_answer(&why, ike, "no-answer", "neither an IKE SA nor a refusal is in it");
	tell_refused(ike, &why);
	return 0;
}

/* Suite and SPI; NULL or what is wrong. */
static const char *take_choice(struct sess_ike *ike, struct sess_ike *fresh, const struct ike_payload *sa)
{
	struct choice c;
	const char *wrong = offers_answered(&c, &ike->s->conf->ike, sa, 0);

	if (wrong != NULL)
		return wrong;
	if (!init_can_do(&c.suite) || c.suite.of[IKE_T_KE].alg[0].id != fresh->group)
		return "it chooses another key exchange than that of the KE payload";
	if (sa->sa.proposal[0].spi.n != SPI || load_be64(sa->sa.proposal[0].spi.p) == 0)
		return "its SPI is none";
	fresh->suite = c.suite;
	fresh->pub.spi_r = load_be64(sa->sa.proposal[0].spi.p);
	return NULL;
}

/* 1, 0: *wrong, -1. */
static int take(struct sess_ike *ike, struct sess_ike *fresh, const struct ike_payloads *p, const char **wrong,
    struct err *e)
{
	const struct ike_payload *nonce = ike_payload_find(p, IKE_P_NONCE), *ke = ike_payload_find(p, IKE_P_KE);
	struct secret shared;
	struct err why;

	if ((*wrong = take_choice(ike, fresh, ike_payload_find(p, IKE_P_SA))) != NULL)
		return 0;
	if (!child_nonce_ok(nonce) || ke == NULL || !ke->decoded || ke->ke.group != fresh->group)
		return *wrong = "KE or nonce is missing", 0;
	if (ke_agree(alg_ke_by_id(fresh->group), secret_span(&fresh->private_key), ke->ke.value, &fresh->ke_arena, &shared,
	    &why) < 0) {
		if (why.kind == ERR_SYSTEM)
			return *e = why, -1;
		return *wrong = "its KE payload is none", 0;
	}
	if (secret_copy(&fresh->arena, &fresh->k.nr, nonce->opaque.data.p, nonce->opaque.data.n, e) < 0)
		return -1;
	return make_keys(ike, fresh, shared, e) < 0 ? -1 : 1;
}

static const struct secret *low_nonce(const struct sess_ike *ike)
{
	return child_nonce_cmp(&ike->k.ni, &ike->k.nr) < 0 ? &ike->k.ni : &ike->k.nr;
}

/* If both ends rekeyed, the IKE SA with the lowest of four nonces goes, by who made it (RFC 7296 2.8.2). */
static int settle(struct sess_ike *ike, struct sess_ike *fresh, struct err *e)
{
	struct sess_ike *rival = by_number(ike->s, ike->create->rival);

	ike->create->fresh = ike->create->rival = 0;
	if (ike->state == SESS_REKEYED) {	/* create_used() */
		retire(fresh);
		return ask_delete(fresh, e);
	}
	if (rival != NULL && child_nonce_cmp(low_nonce(fresh), low_nonce(rival)) < 0) {
		take_over(ike, rival);
		retire(fresh);
		return ask_delete(fresh, e);
	}
	take_over(ike, fresh);
	if (rival != NULL)
		retire(rival);
	return ask_delete(ike, e);
}

static int rekey_taken(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	const struct ike_payload *sa = ike_payload_find(in->p, IKE_P_SA);
	struct sess_ike *fresh = by_number(ike->s, ike->create->fresh);
	struct reasons why = { .n = 0 };
	const char *wrong;
	int rc;

	if (sa == NULL || !sa->decoded)
		return refused(ike, job, in->p);
	if (fresh == NULL)
		return 0;
	if ((rc = take(ike, fresh, in->p, &wrong, e)) < 0)
		return -1;
	if (rc > 0)
		return settle(ike, fresh, e);
	/* the peer has an IKE SA that this end has not: nothing can be said in it, and it goes with its own time */
	end_fresh(ike);
	why_answer(&why, ike, "no-proposal", "%s", wrong);
	tell_refused(ike, &why);
	return 0;
}

static void rekey_drop(struct sess_ike *ike, struct job *job)
{
	(void)job;
	end_fresh(ike);
}

const struct job_row sess_job_rekey_ike = { .name = "rekeying of the IKE SA", .exchange = IKE_X_CREATE_CHILD_SA,
	.build = rekey_build, .answer = rekey_taken, .drop = rekey_drop };

/* --- responder --- */

static int refuse(struct build *b, uint16_t notify)
{
	build_notify(b, notify, (struct span){ 0 });
	return 0;
}

/* A request of this end about a child is under way (RFC 7296 2.25.2). */
static bool is_busy(const struct sess_ike *ike)
{
	const struct job_row *row = ike->waiting ? ike->queue[0].row : NULL;

	return row != NULL && (row == &sess_job_child || row == &sess_job_rekey_child || row == &sess_job_delete_child);
}

/* Of the request: 1: *c, 0: refused. */
static int choose(struct sess_ike *ike, const struct ike_payloads *p, struct choice *c, struct build *b, struct err *e)
{
	const struct ike_payload *sa = ike_payload_find(p, IKE_P_SA), *ke = ike_payload_find(p, IKE_P_KE);
	struct offers theirs = { 0 };
	struct reasons why = { .n = 0 };
	char word[OFFER_WORD];
	uint16_t group;

	for (unsigned i = 0; i < sa->sa.nproposal; i++)
		if (sa->sa.proposal[i].spi.n != SPI || load_be64(sa->sa.proposal[i].spi.p) == 0)
			return refuse(b, IKE_N_INVALID_SYNTAX);
	if (!child_nonce_ok(ike_payload_find(p, IKE_P_NONCE)) || offers_of_payload(&theirs, sa, &b->mem, e) < 0)
		return refuse(b, IKE_N_INVALID_SYNTAX);
	if (!offers_choose(c, &ike->s->conf->ike, &theirs, 0) || !init_can_do(&c->suite)) {
		why_proposal(&why, ike, &ike->s->conf->ike, &theirs, 0);
		sess_event_why(ike, SESSION_CHILD_REFUSED, NULL, &why);
		return refuse(b, IKE_N_NO_PROPOSAL_CHOSEN);
	}
	group = c->suite.of[IKE_T_KE].alg[0].id;
	if (ke != NULL && ke->decoded && ke->ke.group == group)
		return 1;
	sess_event(ike, SESSION_OTHER_GROUP, NULL, "%s", offer_alg_format(word, IKE_T_KE, (struct offer_alg){ group, 0 }));
	build_notify_number(b, IKE_N_INVALID_KE_PAYLOAD, group, 2);
	return 0;
}

/* Answers with the new IKE SA.  1, 0: refused, -1. */
static int agree(struct sess_ike *ike, struct sess_ike *fresh, const struct ike_payloads *p, const struct choice *c,
    struct build *b, struct err *e)
{
	const struct ike_payload *ke = ike_payload_find(p, IKE_P_KE), *nonce = ike_payload_find(p, IKE_P_NONCE);
	const struct ike_proposal *theirs = &ike_payload_find(p, IKE_P_SA)->sa.proposal[c->theirs];
	const struct alg_ke *alg = alg_ke_by_id(ke->ke.group);
	uint8_t value[KE_PUBLIC_MAX], spi[SPI];
	struct secret shared;
	struct err why;

	fresh->suite = c->suite;
	fresh->group = ke->ke.group;
	fresh->pub.spi_i = load_be64(theirs->spi.p);
	if (ke_respond(alg, ike->s->conf->rng, ke->ke.value, &fresh->ke_arena, &fresh->private_key, value, &shared, &why) < 0)
		return why.kind == ERR_SYSTEM ? (*e = why, -1) : refuse(b, IKE_N_INVALID_SYNTAX);
	if (secret_copy(&fresh->arena, &fresh->k.ni, nonce->opaque.data.p, nonce->opaque.data.n, e) < 0 ||
	    init_nonce(fresh, &fresh->k.nr, e) < 0)
		return -1;
	build_sa_choice(b, theirs->number, &c->suite, own_spi(fresh, spi), 0);
	build_nonce(b, secret_span(&fresh->k.nr));
	build_ke(b, fresh->group, (struct span){ value, alg->pub_r });
	return make_keys(ike, fresh, shared, e) < 0 ? -1 : 1;
}

int create_ike_request(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	struct create_run *run = run_of(ike, e);
	struct sess_ike *fresh;
	struct choice c;
	struct err why;
	int rc;

	if (run == NULL)
		return -1;
	if (is_busy(ike) || by_number(ike->s, run->rival) != NULL)
		return refuse(b, IKE_N_TEMPORARY_FAILURE);
	if ((rc = choose(ike, in->p, &c, b, e)) <= 0)
		return rc;
	if ((fresh = sess_ike_new(ike->s, false, &ike->pub.path, &why)) == NULL)
		return refuse(b, IKE_N_TEMPORARY_FAILURE);
	fresh->replaces = ike->pub.number;
	rc = agree(ike, fresh, in->p, &c, b, e);
	if (rc <= 0) {
		sess_ike_end(fresh);
		return rc;
	}
	if (by_number(ike->s, run->fresh) != NULL && ike->waiting) {
		fresh->state = SESS_UP;		/* who wins shows when the answer comes */
		run->rival = fresh->pub.number;
	} else {
		take_over(ike, fresh);
	}
	return 0;
}

struct sess_ike *create_heir(struct sess_ike *ike)
{
	struct sess_ike *rival = ike->create != NULL ? by_number(ike->s, ike->create->rival) : NULL;

	if (rival == NULL)
		return NULL;
	ike->create->rival = 0;
	take_over(ike, rival);
	return rival;
}

void create_used(struct sess_ike *ike)
{
	struct session *s = ike->s;

	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] != NULL && s->ike[i] != ike && s->ike[i]->create != NULL &&
		    s->ike[i]->create->rival == ike->pub.number) {
			create_heir(s->ike[i]);
			return;
		}
}
