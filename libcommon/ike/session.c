#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/impair.h"
#include "ike/rules.h"
#include "ike/session_priv.h"

enum { HALF_OPEN_NS = 30 };		/* s */

struct session_desk *session_desk_new(struct err *e)
{
	struct session_desk *d = malloc(sizeof *d);

	if (d == NULL) {
		err_nomem(e);
		return NULL;
	}
	d->busy = false;
	ike_message_init(&d->inbox);
	ike_message_init(&d->outbox);
	build_init(&d->build);
	memset(d->room, 0, sizeof d->room);
	d->n_room = 0;
	return d;
}

void session_desk_free(struct session_desk *d)
{
	if (d == NULL)
		return;
	ike_message_clear(&d->inbox);
	ike_message_clear(&d->outbox);
	build_clear(&d->build);
	wipe(d->room, sizeof d->room);
	wipe(d->plain, sizeof d->plain);
	free(d);
}

bool sess_enter(struct session *s, int64_t now)
{
	if (now > s->now)
		s->now = now;
	if (s->desk->busy)
		return false;
	return s->desk->busy = true;
}

/* What has no keys yet cannot say farewell; what is being authenticated can as soon as it is. */
static void end_ike(struct sess_ike *ike)
{
	bool quiet = ike_impair_has(ike->s->conf->impair, "no-delete");

	if (ike->state == SESS_GONE)
		return;
	if (ike->state == SESS_INIT && ike->replaces != 0) {	/* a rekeying that was begun */
		sess_ike_end(ike);
		return;
	}
	if (quiet || ike->state == SESS_INIT || (ike->state == SESS_AUTH && !ike->pub.initiator)) {
		sess_event(ike, SESSION_DELETED, NULL, "by this end, %s", quiet ? "without telling the peer" :
		    "before it was established");
		sess_ike_end(ike);
		return;
	}
	if (ike->deleting)
		return;
	sess_jobs_cancel(ike);
	if (ike->state != SESS_AUTH) {
		ike->deleting = true;
		sess_job_add(ike, &sess_job_delete_ike, 0, NULL, &(struct err){ 0 });
	}
}

static int leave(struct session *s, struct err *e)
{
	int rc = 0;

	s->kick = false;
	for (unsigned i = 0; s->ending && i < SESS_IKES; i++)
		if (s->ike[i] != NULL)
			end_ike(s->ike[i]);
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] != NULL && sess_jobs_run(s->ike[i], e) < 0)
			rc = -1;
	sess_ikes_reap(s);
	s->desk->busy = false;
	return rc;
}

int sess_done(struct session *s, bool entered, int rc, struct err *e)
{
	if (entered) {
		if (leave(s, e) < 0)
			rc = -1;
	} else {
		s->kick = true;
	}
	if (s->call.wake != NULL)
		s->call.wake(s->call.arg, s);
	return rc;
}

static struct session *session_new(const struct session_conf *conf, const struct session_calls *calls, int64_t now,
    struct err *e)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->conf = conf;
	s->call = *calls;
	s->now = now;
	s->auth_until = INT64_MAX;
	if ((s->desk = calls->desk) == NULL && (s->desk = s->own_desk = session_desk_new(e)) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	s->over = true;
	life_forget(s);
	sess_lease_end(s);
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] != NULL)
			sess_ike_finish(s->ike[i]);
	for (unsigned i = 0; i < SESS_IKES; i++)	/* one that ends may look for another */
		free(s->ike[i]);
	session_desk_free(s->own_desk);
	free(s);
}

struct session *session_initiate(const struct session_conf *conf, const struct session_calls *calls,
    const struct session_path *path, int64_t now, struct err *e)
{
	struct session *s = session_new(conf, calls, now, e);
	struct sess_ike *ike;
	bool entered;

	if (s == NULL)
		return NULL;
	s->initiator = true;
	s->wanted = conf->nchild;
	entered = sess_enter(s, now);
	if ((ike = sess_ike_new(s, true, path, e)) == NULL || sess_job_add(ike, &sess_job_init, 0, NULL, e) < 0 ||
	    (entered && sess_jobs_run(ike, e) < 0))
		goto bad;
	if (entered && ike->state != SESS_GONE && s->unreachable[0] != '\0' && !sess_init_has_next(ike)) {
		char text[ADDR_TEXT];

		sess_fail(ike, reason_unreachable, reason_unreachable_advice, "no way to %s: %s", addr_format(text, &path->remote),
		    s->unreachable);
	}
	if (entered)
		s->desk->busy = false;
	s->kick = !entered || ike->state == SESS_GONE;	/* what failed at once is cleared away at the next tick */
	return s;
bad:
	if (entered)
		s->desk->busy = false;
	session_free(s);
	return NULL;
}

/* IKE_SA_INIT's answer is made by session_init.c and kept as all answers are. */
static int respond(struct sess_ike *ike, const struct session_path *path, struct span init, struct err *e)
{
	struct session_desk *d = ike->s->desk;
	struct sess_in in = { .m = &d->inbox, .p = &d->inbox.payloads, .path = path };
	int rc = -1;

	build_init(&d->build);
	if (ike_message_decode(&d->inbox, init, e) < 0)
		goto out;
	ike->pub.spi_i = d->inbox.hdr.spi_i;
	ike_rules_check(&d->inbox);
	sess_message_tell(ike, path, &d->inbox, false, false, V_OK);
	rc = sess_init_request(ike, &in, init, &d->build, e);
	if (rc == 0)
		rc = sess_init_answer(ike, path, &d->build, e);
	ike->recv_id = 1;
	ike->answered = true;
	if (rc == 0)
		rc = sess_sent_send(ike, path, &ike->answer, e);
out:
	build_clear(&d->build);
	ike_message_clear(&d->inbox);
	return rc;
}

struct session *session_respond(const struct session_conf *conf, const struct session_calls *calls,
    const struct session_path *path, struct span init, int64_t now, struct err *e)
{
	struct session *s = session_new(conf, calls, now, e);
	struct sess_ike *ike = NULL;
	bool entered;
	int rc = -1;

	if (s == NULL)
		return NULL;
	if (!(entered = sess_enter(s, now)))
		err_set(e, "a session cannot begin in the midst of another one's call");
	else if ((ike = sess_ike_new(s, false, path, e)) != NULL)
		rc = respond(ike, path, init, e);
	if (entered)
		s->desk->busy = false;
	if (rc == 0 && ike->state != SESS_GONE)
		return s;
	if (rc == 0)
		e->text[0] = '\0';
	session_free(s);
	return NULL;
}

int session_push(struct session *s, const struct session_path *path, struct span message, int64_t now, struct err *e)
{
	int rc;

	if (!sess_enter(s, now))
		return err_set(e, "a message cannot be taken in the midst of a call");
	rc = sess_push(s, path, message, e);
	if (rc == 0)
		return leave(s, e);
	leave(s, &(struct err){ 0 });
	return rc;
}

static int64_t half_open_end(const struct sess_ike *ike)
{
	uint64_t ns = ike->s->conf->half_open_ns;

	if (ike->pub.initiator || ike->state > SESS_AUTH)
		return INT64_MAX;
	return ike->begun + (int64_t)(ns != 0 ? ns : HALF_OPEN_NS * UINT64_C(1000000000));
}

/* The network says that there is no way, and there is another address. */
static bool is_elsewhere(const struct sess_ike *ike)
{
	return ike->s->unreachable[0] != '\0' && sess_init_has_next(ike);
}

static int ike_tick(struct sess_ike *ike, struct err *e)
{
	if (ike->state == SESS_GONE)
		return 0;
	if (half_open_end(ike) <= ike->s->now) {
		sess_fail(ike, "half-open", "", "the peer began and did not go on to authenticate");
		return 0;
	}
	if (is_elsewhere(ike))
		return sess_init_next(ike, e);
	return ike->waiting && ike->due <= ike->s->now ? sess_retransmit(ike, e) : 0;
}

int session_tick(struct session *s, int64_t now, struct err *e)
{
	int rc = 0;

	if (s->over || !sess_enter(s, now))
		return 0;
	for (unsigned i = 0; i < SESS_IKES && rc == 0; i++)
		if (s->ike[i] != NULL)
			rc = ike_tick(s->ike[i], e);
	if (rc == 0)
		rc = life_tick(s, e);
	if (rc == 0)
		return leave(s, e);
	leave(s, &(struct err){ 0 });
	return rc;
}

static int64_t ike_due(const struct sess_ike *ike)
{
	int64_t due = half_open_end(ike);

	if (ike->state == SESS_GONE)
		return INT64_MAX;
	if (is_elsewhere(ike))
		return ike->s->now;
	if (ike->waiting)
		return due < ike->due ? due : ike->due;
	for (unsigned i = 0; i < ike->njobs; i++)
		if (ike->queue[i].not_before < due)
			due = ike->queue[i].not_before;
	return due;
}

int64_t session_due(const struct session *s)
{
	int64_t due;

	if (s->over)
		return INT64_MAX;
	if (s->kick)
		return s->now;
	due = life_due(s);
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] != NULL && ike_due(s->ike[i]) < due)
			due = ike_due(s->ike[i]);
	return due;
}

bool session_over(const struct session *s)
{
	return s->over;
}

bool session_is_complete(const struct session *s)
{
	unsigned up = 0;

	for (unsigned i = 0; i < s->nchild; i++)
		up += s->child[i]->told;
	return !s->over && s->ike[0]->state == SESS_UP && s->refused == 0 && up >= s->wanted;
}

const struct session_ike *session_ike(const struct session *s)
{
	return s->ike[0] != NULL ? &s->ike[0]->pub : NULL;
}

const struct session_child *session_child_at(const struct session *s, unsigned i)
{
	return i < s->nchild ? &s->child[i]->pub : NULL;
}

void session_set_user(struct session *s, void *user)
{
	s->user = user;
}

void *session_user(const struct session *s)
{
	return s->user;
}

void session_unreachable(struct session *s, const char *text)
{
	snprintf(s->unreachable, sizeof s->unreachable, "%s", text);
	if (s->call.wake != NULL && s->ike[0] != NULL && is_elsewhere(s->ike[0]))
		s->call.wake(s->call.arg, s);
}

int session_heard(struct session *s, const struct session_path *from, int64_t now, struct err *e)
{
	bool entered;

	if (now > s->now)
		s->now = now;
	if (s->ike[0] == NULL || s->over)
		return 0;
	s->ike[0]->heard = s->now;
	if (from == NULL || s->ike[0]->state != SESS_UP || sess_path_eq(&s->ike[0]->pub.path, from))
		return 0;
	entered = sess_enter(s, now);
	sess_follow_peer(s->ike[0], from);
	return sess_done(s, entered, 0, e);
}
