#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ike/impair.h"
#include "ike/session_priv.h"

enum { RETRANSMIT_NS = 1000000000, RETRANSMIT_TRIES = 5, LAST_TRIES = 2, DELETE_TRIES = 3, ELSEWHERE_TRIES = 2 };

int sess_job_add(struct sess_ike *ike, const struct job_row *row, uint64_t child, const struct session_child_conf *conf,
    struct err *e)
{
	if (ike->state == SESS_GONE)
		return 0;
	for (unsigned i = ike->waiting; i < ike->njobs; i++)
		if (ike->queue[i].row == row && ike->queue[i].child == child && ike->queue[i].conf == conf && conf == NULL)
			return 0;
	if (ike->njobs == SESS_QUEUE)
		return err_set(e, "%d requests wait for the peer already", SESS_QUEUE);
	ike->queue[ike->njobs++] = (struct job){ .row = row, .child = child, .conf = conf };
	return 0;
}

bool sess_job_queued(const struct sess_ike *ike, const struct job_row *row)
{
	for (unsigned i = 0; i < ike->njobs; i++)
		if (ike->queue[i].row == row)
			return true;
	return false;
}

static void job_drop(struct sess_ike *ike, unsigned i)
{
	struct job job = ike->queue[i];

	ike->njobs--;
	memmove(&ike->queue[i], &ike->queue[i + 1], (ike->njobs - i) * sizeof job);
	if (job.row->drop != NULL)
		job.row->drop(ike, &job);
}

void sess_jobs_drop(struct sess_ike *ike)
{
	ike->waiting = false;
	while (ike->njobs > 0)
		job_drop(ike, ike->njobs - 1);
}

void sess_jobs_cancel(struct sess_ike *ike)
{
	while (ike->njobs > ike->waiting)
		job_drop(ike, ike->njobs - 1);
}

void sess_jobs_move(struct sess_ike *from, struct sess_ike *to)
{
	unsigned keep = from->waiting;

	for (unsigned i = keep; i < from->njobs; i++)
		if (to->njobs < SESS_QUEUE)
			to->queue[to->njobs++] = from->queue[i];
		else if (from->queue[i].row->drop != NULL)
			from->queue[i].row->drop(from, &from->queue[i]);
	from->njobs = keep;
}

static int64_t wait_of(const struct session_conf *conf, unsigned again)
{
	uint64_t ns = conf->retransmit_ns != 0 ? conf->retransmit_ns : RETRANSMIT_NS;

	while (again-- > 0 && ns < INT64_MAX / 32)
		ns = ns / 5 * 9;
	return (int64_t)ns;
}

/* The last word is said often enough to get through, not to wait for an answer: whoever has heard that an IKE SA is deleted
 * has none to answer with any more. */
static unsigned tries_of(const struct sess_ike *ike)
{
	const struct session_conf *conf = ike->s->conf;
	const struct job_row *row = ike->queue[0].row;
	unsigned n = conf->retransmit_tries != 0 ? conf->retransmit_tries : RETRANSMIT_TRIES;
	unsigned most = row->last ? LAST_TRIES : row == &sess_job_delete_ike ? DELETE_TRIES :
	    sess_init_has_next(ike) ? ELSEWHERE_TRIES : n;

	return n < most ? n : most;
}

/* Our own trouble: the IKE SA cannot go on. */
static int trouble(struct sess_ike *ike, const struct job_row *row, struct err *e)
{
	bool system = e->kind == ERR_SYSTEM;

	sess_fail(ike, "local", "", "%s: %s", row->name, e->text);
	return system ? -1 : 0;
}

/* The request of queue[0], built and sent.  1, 0: nothing is to be asked. */
static int ask(struct sess_ike *ike, struct err *e)
{
	struct session *s = ike->s;
	struct build *b = &s->desk->build;
	struct job *job = &ike->queue[0];
	int rc;

	build_init(b);
	rc = job->row->build(ike, job, b, e);
	if (rc > 0 && ike->state != SESS_GONE) {
		ike->waiting = true;
		ike->sent_again = 0;
		ike->due = s->now + wait_of(s->conf, 0);
		rc = sess_seal(ike, job->row->exchange, false, ike->send_id, &ike->pub.path, b, &ike->request, e);
		if (rc == 0 && (rc = sess_sent_send(ike, &ike->pub.path, &ike->request, e)) == 0)
			rc = 1;
	}
	build_clear(b);
	return rc;
}

/* A job that may go now to the front. */
static bool choose(struct sess_ike *ike)
{
	for (unsigned i = 0; i < ike->njobs; i++) {
		struct job job = ike->queue[i];

		if (job.not_before > ike->s->now)
			continue;
		memmove(&ike->queue[1], &ike->queue[0], i * sizeof job);
		ike->queue[0] = job;
		return true;
	}
	return false;
}

int sess_jobs_run(struct sess_ike *ike, struct err *e)
{
	while (!ike->waiting && ike->state != SESS_GONE && choose(ike)) {
		const struct job_row *row = ike->queue[0].row;
		int rc = ask(ike, e);

		if (ike->state == SESS_GONE)
			return 0;
		if (rc < 0)
			return trouble(ike, row, e);
		if (rc == 0)
			job_drop(ike, 0);
	}
	return 0;
}

int sess_job_answer(struct sess_ike *ike, const struct sess_in *in, struct err *e)
{
	const struct job_row *row = ike->queue[0].row;
	int rc = row->answer(ike, &ike->queue[0], in, e);

	if (ike->state == SESS_GONE || rc == 2)
		return 0;
	ike->waiting = false;
	ike->due = INT64_MAX;
	sess_sent_clear(&ike->request);
	if (row->exchange != IKE_X_SA_INIT || rc == 0)
		ike->send_id++;
	if (rc < 0)
		return trouble(ike, row, e);
	if (rc == 0)
		job_drop(ike, 0);
	else if (ask(ike, e) < 0)
		return ike->state == SESS_GONE ? 0 : trouble(ike, row, e);
	return 0;
}

/* What the network said: a port unreachable comes from the host itself. */
static const char *advice_icmp(const struct session *s)
{
	return strstr(s->unreachable, "port unreachable") != NULL ?
	    "the host is there, and nothing listens on that port: start the responder, or give its ports (--port, --natt-port)" :
	    strstr(s->unreachable, "prohibited") != NULL ? "a firewall on the way refuses it: let UDP 500 and 4500 pass" :
	    "check the address, and the route to it (ip route get)";
}

/* How far it came tells where to look. */
static const char *advice_silence(const struct sess_ike *ike)
{
	if (ike->s->unreachable[0] != '\0')
		return advice_icmp(ike->s);
	if (ike->hint != NULL)
		return "whoever said that did not prove to be the peer: its log tells whether it was";
	if (ike->state == SESS_INIT)
		return "check address and port, that a responder runs there, and that no firewall drops UDP 500 and 4500";
	if (ike->state == SESS_AUTH)
		return "it answered IKE_SA_INIT, so it is there: UDP 4500 may be blocked on the way, large datagrams may be lost as IP "
		    "fragments (--fragment-size), or it drops what it cannot check, which its log tells";
	return "it was there before: it may have ended or restarted (its log tells), or the way to it, or a NAT on it, has changed";
}

static void give_up(struct sess_ike *ike)
{
	struct session *s = ike->s;
	const struct job_row *row = ike->queue[0].row;
	const char *exchange = ike_exchange_name(IKE_V2, row->exchange);
	char about[80];
	bool icmp = s->unreachable[0] != '\0', up = ike->state == SESS_UP || ike->state == SESS_REKEYED;

	if (ike->refused != 0) {
		sess_init_refused(ike);
		return;
	}
	if (row->last) {
		sess_ike_end(ike);
		return;
	}
	if (row == &sess_job_delete_ike) {
		sess_ike_gone(ike, "by this end; the peer did not answer");
		return;
	}
	snprintf(about, sizeof about, " (%s)", row->name);
	sess_fail(ike, up ? "peer-gone" : "no-answer", advice_silence(ike), "no answer to %s%s, sent %u time%s%s%s%s%s%s", exchange != NULL ? exchange : "a request",
	    exchange != NULL && strcmp(exchange, row->name) == 0 ? "" : about, ike->sent_again + 1, ike->sent_again > 0 ? "s" : "", icmp ? "; the network said: " : "", s->unreachable,
	    ike->hint != NULL ? "; in clear and unproven came: " : "", ike->hint != NULL ? ike->hint : "",
	    up ? "; the peer is taken for dead" : "");
}

int sess_retransmit(struct sess_ike *ike, struct err *e)
{
	struct session *s = ike->s;
	const char *exchange;

	if (ike->sent_again >= tries_of(ike) || ike->refused != 0 || ike_impair_has(s->conf->impair, "no-retransmit")) {
		if (sess_init_has_next(ike))
			return sess_init_next(ike, e);
		give_up(ike);
		return 0;
	}
	ike->sent_again++;
	ike->due = s->now + wait_of(s->conf, ike->sent_again);
	exchange = ike_exchange_name(IKE_V2, ike->queue[0].row->exchange);
	sess_event(ike, SESSION_RETRANSMIT, NULL, "%s, %u", exchange != NULL ? exchange : "", ike->sent_again);
	sess_sent_tell(ike, &ike->request);
	return sess_sent_send(ike, &ike->pub.path, &ike->request, e);
}
