/* What an owner asks of a session. */
#include "ike/session_priv.h"

/* Its end was told, and only the peer is yet to hear of it. */
static bool is_told(const struct sess_ike *ike)
{
	return ike->waiting && ike->queue[0].row->last;
}

void session_drop(struct session *s, const char *why, int64_t now)
{
	bool entered = sess_enter(s, now);

	if (s->ike[0] != NULL && s->ike[0]->state != SESS_GONE && !is_told(s->ike[0]))
		sess_event(s->ike[0], SESSION_DELETED, NULL, "%s", why);
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] != NULL)
			sess_ike_end(s->ike[i]);
	sess_lease_end(s);		/* at once: who comes in its place may want the same address */
	sess_done(s, entered, 0, &(struct err){ 0 });
}

static int job_of_current(struct session *s, const struct job_row *row, uint64_t child,
    const struct session_child_conf *conf, int64_t now, struct err *e)
{
	bool entered = sess_enter(s, now);
	int rc;

	if (s->over || s->ending || s->ike[0]->state != SESS_UP)
		rc = err_set(e, "the IKE SA is not established");
	else
		rc = sess_job_add(s->ike[0], row, child, conf, e);
	return sess_done(s, entered, rc, e);
}

int session_delete(struct session *s, int64_t now, struct err *e)
{
	bool entered = sess_enter(s, now);

	s->ending = true;
	if (s->reauth != NULL)
		session_delete(s->reauth, now, e);
	return sess_done(s, entered, 0, e);
}

int session_rekey_ike(struct session *s, int64_t now, struct err *e)
{
	return job_of_current(s, &sess_job_rekey_ike, 0, NULL, now, e);
}

static int about_child(struct session *s, const struct job_row *row, uint64_t child, int64_t now, struct err *e)
{
	if (sess_child_by_number(s, child) == NULL)
		return err_set(e, "there is no child SA %llu", (unsigned long long)child);
	return job_of_current(s, row, child, NULL, now, e);
}

int session_rekey_child(struct session *s, uint64_t child, int64_t now, struct err *e)
{
	return about_child(s, &sess_job_rekey_child, child, now, e);
}

int session_delete_child(struct session *s, uint64_t child, int64_t now, struct err *e)
{
	return about_child(s, &sess_job_delete_child, child, now, e);
}

int session_new_child(struct session *s, const struct session_child_conf *conf, int64_t now, struct err *e)
{
	return job_of_current(s, &sess_job_child, 0, conf, now, e);
}

int session_check_peer(struct session *s, int64_t now, struct err *e)
{
	return job_of_current(s, &sess_job_dpd, 0, NULL, now, e);
}
