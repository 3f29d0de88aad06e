/* What time and traffic bring. */
#include "ike/impair.h"
#include "ike/session_child.h"

enum { JITTER = 10, KEEPALIVE_S = 20, USED_S = 1, RETRY_S = 30, GRACE_S = 240 };
static const int64_t second = 1000000000;

static int64_t soonest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* After ns at most; somewhat earlier by chance, so that both ends seldom begin at once (RFC 7296 2.8).  0: never. */
static int64_t within(struct session *s, uint64_t ns)
{
	return ns == 0 ? INT64_MAX : s->now + (int64_t)(ns - ns / JITTER * rng_below(s->conf->rng, 1000) / 1000);
}

static int64_t keepalive_ns(const struct session *s)
{
	return s->conf->keepalive_ns != 0 ? (int64_t)s->conf->keepalive_ns : KEEPALIVE_S * second;
}

void life_start(struct sess_ike *ike)
{
	struct session *s = ike->s;

	ike->since = ike->heard = s->now;
	ike->rekey_at = within(s, s->conf->rekey_ns);
	/* rekeying renews the keys alone: who the ends are was shown when it began */
	if (ike->replaces == 0)
		s->auth_until = s->initiator ? within(s, s->conf->reauth_ns) : INT64_MAX;
	ike->keepalive_at = s->now + keepalive_ns(s);
	s->ending |= ike_impair_has(s->conf->impair, "early-delete");
}

/* RFC 4478: the responder wants to know again, so much later, who the initiator is. */
void life_auth_lifetime(struct sess_ike *ike, const struct ike_payloads *p)
{
	const struct pl_notify *n = ike_notify_find(p, IKE_N_AUTH_LIFETIME);
	struct session *s = ike->s;

	if (n != NULL && n->data.n == 4 && load_be32(n->data.p) > 0 && s->initiator)
		s->auth_until = soonest(s->auth_until, within(s, load_be32(n->data.p) * (uint64_t)second));
}

static bool has_limits(const struct sess_child *c)
{
	return c->pub.conf->rekey_bytes != 0 || c->pub.conf->rekey_packets != 0;
}

/* --- another IKE SA with another proof --- */

/* RFC 7296 2.8.3: made before the old one is broken. */
static int reauth(struct session *s, struct err *e)
{
	struct session *new;

	s->auth_until = INT64_MAX;
	if (s->reauth != NULL)
		return 0;
	if ((new = session_initiate(s->conf, &s->call, &s->ike[0]->pub.path, s->now, e)) == NULL)
		return -1;
	s->reauth = new;
	new->reauths = s;
	new->follows = true;
	s->call.adopt(s->call.arg, new);
	return 0;
}

int session_reauth(struct session *s, int64_t now, struct err *e)
{
	bool entered = sess_enter(s, now);
	int rc;

	if (s->over || s->ending || s->ike[0]->state != SESS_UP)
		rc = err_set(e, "the IKE SA is not established");
	else if (!s->initiator || s->call.adopt == NULL)
		rc = err_set(e, "the initiator of an IKE SA authenticates anew, and this is not it");
	else
		rc = reauth(s, e);
	return sess_done(s, entered, rc, e);
}

void life_forget(struct session *s)
{
	if (s->reauth != NULL)
		s->reauth->reauths = NULL;
	if (s->reauths != NULL) {
		s->reauths->reauth = NULL;
		s->reauths->auth_until = s->reauths->now + RETRY_S * second;
	}
	s->reauth = s->reauths = NULL;
}

/* It is there, with what children it could get. */
static bool is_settled(const struct session *s)
{
	return !s->over && s->ike[0]->state == SESS_UP && s->ike[0]->njobs == 0;
}

static int succeed(struct session *s, struct err *e)
{
	struct session *old = s->reauths;

	s->reauths = NULL;
	old->reauth = NULL;
	return old->over ? 0 : session_delete(old, s->now, e);
}

/* --- time --- */

static bool is_asking(const struct sess_ike *ike)
{
	return ike->waiting || ike->deleting || ike->s->conf->dpd_ns == 0;
}

/* When an IKE SA that another replaced is deleted by this end, as who made the other one has not: not while that may
 * still ask for an answer that was lost. */
static int64_t old_due(const struct sess_ike *ike)
{
	return ike == NULL || ike->state != SESS_REKEYED || ike->deleting ? INT64_MAX : ike->heard + GRACE_S * second;
}

static int64_t child_due(const struct session *s, const struct sess_child *c)
{
	if (c->state != CHILD_UP || c->ike->state != SESS_UP || c->asked)
		return INT64_MAX;
	return has_limits(c) && s->call.child_used != NULL ? soonest(c->rekey_at, s->used_at) : c->rekey_at;
}

int64_t life_due(const struct session *s)
{
	const struct sess_ike *ike = s->ike[0];
	int64_t due = INT64_MAX;

	for (unsigned i = 1; i < SESS_IKES; i++)
		due = soonest(due, old_due(s->ike[i]));
	if (ike == NULL || ike->state != SESS_UP || s->ending)
		return due;
	if (s->reauths != NULL && is_settled(s))
		return s->now;
	due = soonest(due, soonest(ike->rekey_at, s->auth_until));
	if (!is_asking(ike))
		due = soonest(due, ike->heard + (int64_t)s->conf->dpd_ns);
	if (ike->pub.nat_here)
		due = soonest(due, ike->keepalive_at);
	for (unsigned i = 0; i < s->nchild; i++)
		due = soonest(due, child_due(s, s->child[i]));
	return due;
}

static bool is_used_up(struct session *s, const struct sess_child *c)
{
	const struct session_child_conf *conf = c->pub.conf;
	uint64_t bytes = 0, packets = 0;

	if (!has_limits(c) || s->call.child_used == NULL)
		return false;
	s->call.child_used(s->call.arg, &c->pub, &bytes, &packets);
	return (conf->rekey_bytes != 0 && bytes >= conf->rekey_bytes) ||
	    (conf->rekey_packets != 0 && packets >= conf->rekey_packets);
}

static int children_tick(struct session *s, struct err *e)
{
	bool look = s->used_at <= s->now;

	for (unsigned i = 0; i < s->nchild; i++) {
		struct sess_child *c = s->child[i];

		if (c->state != CHILD_UP || c->ike->state != SESS_UP || c->asked ||
		    (c->rekey_at > s->now && !(look && is_used_up(s, c))))
			continue;
		c->rekey_at = INT64_MAX;
		c->asked = true;
		if (sess_job_add(c->ike, &sess_job_rekey_child, c->pub.number, NULL, e) < 0)
			return -1;
	}
	if (look)
		s->used_at = s->now + USED_S * second;
	return 0;
}

/* One octet that keeps the NAT's mapping (RFC 3948 4). */
static int keep_alive(struct sess_ike *ike, struct err *e)
{
	static const uint8_t keepalive = 0xff;

	ike->keepalive_at = ike->s->now + keepalive_ns(ike->s);
	return sess_send(ike, &ike->pub.path, (struct span){ &keepalive, 1 }, e);
}

static int current_tick(struct session *s, struct sess_ike *ike, struct err *e)
{
	if (ike->rekey_at <= s->now) {
		ike->rekey_at = INT64_MAX;
		if (sess_job_add(ike, &sess_job_rekey_ike, 0, NULL, e) < 0)
			return -1;
	}
	if (s->auth_until <= s->now && (s->call.adopt == NULL || reauth(s, e) < 0))
		s->auth_until = s->call.adopt != NULL ? s->now + RETRY_S * second : INT64_MAX;
	if (!is_asking(ike) && ike->heard + (int64_t)s->conf->dpd_ns <= s->now &&
	    sess_job_add(ike, &sess_job_dpd, 0, NULL, e) < 0)
		return -1;
	if (ike->pub.nat_here && ike->keepalive_at <= s->now && keep_alive(ike, e) < 0)
		return -1;
	return children_tick(s, e);
}

int life_tick(struct session *s, struct err *e)
{
	struct sess_ike *ike = s->ike[0];

	for (unsigned i = 1; i < SESS_IKES; i++)
		if (old_due(s->ike[i]) <= s->now) {
			s->ike[i]->deleting = true;
			if (sess_job_add(s->ike[i], &sess_job_delete_ike, 0, NULL, e) < 0)
				return -1;
		}
	if (ike == NULL || ike->state != SESS_UP || s->ending)
		return 0;
	if (s->reauths != NULL && is_settled(s) && succeed(s, e) < 0)
		return -1;
	return current_tick(s, ike, e);
}
