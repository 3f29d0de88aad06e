#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ike_live_priv.h"

enum { FDS = 1 + IKE_TRAFFIC_FDS, ICMP_SESSIONS = 256 };

static const int64_t second = 1000000000;
/* How long a delete waits for its answer. */
static const int64_t grace_s = 3;
/* An answer that takes so long makes people wonder. */
static const int64_t patience = 500000000;

/* A session's number and what became of it, in its user pointer: so 10,000 of them cost nothing. */
enum { USER_COMPLETE = 1, USER_COUNTED = 2, USER_BITS = 2 };

static uint64_t number_of(struct live *l, struct session *s)
{
	uintptr_t user = (uintptr_t)session_user(s);

	if (user == 0) {
		user = (uintptr_t)++l->begun << USER_BITS;
		session_set_user(s, (void *)user);
	}
	return user >> USER_BITS;
}

static bool mark(struct session *s, uintptr_t bit)
{
	uintptr_t user = (uintptr_t)session_user(s);

	session_set_user(s, (void *)(user | bit));
	return (user & bit) == 0;
}

static bool is_marked(const struct session *s, uintptr_t bit)
{
	return ((uintptr_t)session_user(s) & bit) != 0;
}

/* Initiator: nothing that was asked for in the beginning is open any more. */
static bool all_answered(const struct live *l)
{
	return l->authenticated && l->up + l->refused >= l->conf.conf.nchild;
}

static void count(struct live *l, const struct session_event *ev)
{
	struct session *s = ev->session;

	if (ev->kind == SESSION_AUTHENTICATED)
		l->authenticated = true;
	if (ev->kind == SESSION_CHILD_UP)
		l->up++;
	if (ev->kind == SESSION_CHILD_REFUSED && (!l->initiator || !l->settled))
		l->refused++;
	if (ev->kind == SESSION_FAILED && l->phase == LIVE_RUNS && mark(s, USER_COUNTED)) {
		if (is_marked(s, USER_COMPLETE))
			l->lost++;
		else if (l->initiator || !l->settled)	/* of a responder: those past --sessions do not count */
			l->failed++;
	}
	if (ev->kind != SESSION_FAILED && session_is_complete(s) && mark(s, USER_COMPLETE))
		l->complete++;
	if (l->initiator ? l->complete > 0 || all_answered(l) : l->o.sessions > 0 && l->complete + l->failed >= l->o.sessions)
		if (!l->settled) {
			l->settled = true;
			ike_traffic_start(l->traffic);
			l->until = l->o.hold_ns < 0 || l->o.hold_ns == INT64_MAX ? INT64_MAX : ev->when + l->o.hold_ns;
		}
	if (l->complete > 0 || (l->initiator && l->settled))		/* what was refused never completes */
		ike_live_do_start(&l->script, ev->when);
}

static void take_event(void *arg, const struct session_event *ev)
{
	struct live *l = arg;
	uint64_t number = number_of(l, ev->session);

	ike_live_out_event(&l->out, ev, number);
	ike_live_do_event(&l->script, ev);
	count(l, ev);
	ike_traffic_event(l->traffic, ev);
}

static void take_message(void *arg, const struct session_message *m)
{
	struct live *l = arg;

	ike_live_out_message(&l->out, m, l->initiator ? 1 : m->ike->spi_i);
}

/* What the network would not take is lost; the session is told why. */
static int send_packet(void *arg, const struct session_packet *p, struct err *e)
{
	struct live *l = arg;

	if (transport_send(l->transport, p, e) < 0)
		return -1;
	if (transport_why(l->transport)[0] != '\0') {
		err_set(e, "%s", transport_why(l->transport));
		e->kind = ERR_SYSTEM;
		return -1;
	}
	return 0;
}

static void child_used(void *arg, const struct session_child *c, uint64_t *bytes, uint64_t *packets)
{
	ike_traffic_used(((struct live *)arg)->traffic, c, bytes, packets);
}

static void take_dropped(void *arg, const struct session_path *path, const char *why)
{
	const struct live *l = arg;
	char from[ADDR_TEXT];

	cli_message(l->cli, 1, NULL, "a first message of %s[%u] is dropped: %s", addr_format(from, &path->remote),
	    path->remote_port, why);
}

void ike_live_calls(struct live *l, struct session_calls *calls)
{
	*calls = (struct session_calls){ .arg = l, .secrets = &l->secrets, .send = send_packet, .event = take_event,
		.message = take_message, .dropped = take_dropped, .child_used = ike_traffic_wanted(&l->o.traffic) ? child_used : NULL };
}

/* ICMP may be forged: sessions note it, and tell of it if no answer comes. */
static void take_icmp(struct live *l, const struct transport_in *in)
{
	const struct session_path *p;
	struct hub_stats stats;
	struct session *s;

	hub_stats(l->hub, &stats);
	if (stats.sessions > ICMP_SESSIONS)		/* each would cost a look at all of them */
		return;
	for (size_t i = 0; (s = hub_at(l->hub, i)) != NULL; i++) {
		p = &session_ike(s)->path;
		if (p->remote_port == in->path.remote_port && addr_eq(&p->remote, &in->path.remote))
			session_unreachable(s, in->text);
	}
}

static int take_datagram(void *arg, const struct transport_in *in, struct err *e)
{
	struct live *l = arg;
	int64_t now = transport_now();

	switch (in->kind) {
	case TRANSPORT_IKE:		return hub_push(l->hub, &in->path, in->bytes, now, e);
	case TRANSPORT_ESP:		ike_traffic_esp(l->traffic, in, now); return 0;
	case TRANSPORT_ICMP:		take_icmp(l, in); return 0;
	case TRANSPORT_KEEPALIVE:	return 0;
	}
	return 0;
}

/* Bytes that signal handlers wrote. */
static int take_signals(struct live *l, int64_t now, struct err *e)
{
	char c[16];
	ssize_t n = read(l->wake[0], c, sizeof c);

	for (ssize_t i = 0; i < n; i++) {
		if (c[i] == 'q') {
			l->hurried = l->stopped;
			l->stopped = true;
		} else if (ike_live_do_now(c[i] == 'c' ? "rekey-child" : "rekey-ike", l->hub, now, e) < 0) {
			return -1;
		}
	}
	return 0;
}

/* All sessions are deleted, and their answers waited for a little. */
static int begin_end(struct live *l, int64_t now, struct err *e)
{
	size_t n;
	struct session **list = ike_live_sessions(l->hub, &n, e);
	int rc = list == NULL ? -1 : 0;

	l->phase = LIVE_ENDS;
	l->until = now + grace_s * second;
	l->say_at = now + patience;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = session_delete(list[i], now, e);
	free(list);
	if (hub_at(l->hub, 0) == NULL)
		l->phase = LIVE_OVER;	/* nobody to wait for */
	return rc;
}

/* Nobody answered: they end all the same, and are told. */
static int give_up(struct live *l, int64_t now, struct err *e)
{
	size_t n;
	struct session **list = ike_live_sessions(l->hub, &n, e);

	for (size_t i = 0; list != NULL && i < n; i++)
		session_drop(list[i], l->hurried ? "by this end, which was not to wait for an answer" :
		    "by this end; the peer did not answer", now);
	free(list);
	l->phase = LIVE_OVER;
	return list != NULL ? 0 : -1;
}

static int decide_end(struct live *l, bool none, int64_t now, struct err *e)
{
	if (none)
		l->phase = LIVE_OVER;
	else if (l->hurried || now >= l->until)
		return give_up(l, now, e);
	if (now >= l->say_at && l->phase == LIVE_ENDS) {
		cli_message(l->cli, 0, NULL, "ends once the peer has answered, or in %d s; at once with another INT or TERM",
		    (int)grace_s);
		l->say_at = INT64_MAX;
	}
	return 0;
}

/* What keeps an initiator that has all it asked for. */
static bool is_held(const struct live *l, int64_t now)
{
	if (l->o.hold_ns >= 0)
		return now < l->until;
	return !ike_live_do_done(&l->script) || !ike_traffic_done(l->traffic);
}

/* Strangers who began and are not yet known keep nobody. */
static bool is_alone(const struct live *l)
{
	struct hub_stats stats;

	hub_stats(l->hub, &stats);
	return stats.sessions == (l->initiator ? 0 : stats.half_open);
}

/* What comes next, now that everything that came was taken. */
static int decide(struct live *l, int64_t now, struct err *e)
{
	bool none = is_alone(l), enough = l->settled && (l->initiator ? !is_held(l, now) : now >= l->until);

	if (l->phase == LIVE_RUNS && (l->stopped || l->out.bad || ike_traffic_broken(l->traffic))) {
		if (begin_end(l, now, e) < 0)
			return -1;
		none = is_alone(l);
	}
	if (l->phase != LIVE_RUNS)
		return decide_end(l, none, now, e);
	if (l->initiator ? none : l->settled && none) {
		if (l->initiator && l->settled && !enough && !ike_live_do_deletes(&l->script))
			l->lost++;		/* the peer ended what was to be held */
		l->phase = LIVE_OVER;
		return 0;
	}
	return enough ? begin_end(l, now, e) : 0;
}

static int64_t earliest(const struct live *l)
{
	int64_t t = hub_due(l->hub), other[3] = { ike_live_do_due(&l->script), ike_traffic_due(l->traffic), INT64_MAX };

	if (l->settled || l->phase == LIVE_ENDS)
		other[2] = l->until;
	if (l->phase == LIVE_ENDS)
		other[0] = l->say_at;
	for (int i = 0; i < 3; i++)
		t = other[i] < t ? other[i] : t;
	return t;
}

/* What cannot be done is told, and everything deleted in order. */
static void run_script(struct live *l, int64_t now)
{
	struct err e;

	if (l->phase != LIVE_RUNS || ike_live_do_run(&l->script, l->hub, &l->conf.conf, now, &e) == 0)
		return;
	cli_message(l->cli, -1, "--do", "%s", e.text);
	l->stopped = true;
	l->refused++;
}

/* One wait, and what came of it. */
static int turn(struct live *l, struct err *e)
{
	int fd[FDS] = { l->wake[0] };
	struct transport_wait w = { .fd = fd, .nfd = 1 };
	int64_t now;

	w.nfd += ike_traffic_fds(l->traffic, fd + 1);
	if (transport_wait(l->transport, earliest(l), &w, take_datagram, l, e) < 0)
		return -1;
	now = transport_now();
	if ((w.ready & 1) != 0 && take_signals(l, now, e) < 0)
		return -1;
	if (hub_tick(l->hub, now, e) < 0)
		return -1;
	run_script(l, now);
	ike_traffic_ready(l->traffic, w.ready >> 1, now);
	return 0;
}

static int status_of(const struct live *l)
{
	if (l->failed > 0 || l->lost > 0 || l->refused > 0 || l->script.refused)
		return 1;
	return l->initiator ? l->complete == 0 : l->complete < l->o.sessions;
}

int ike_live_loop(struct live *l, struct err *e)
{
	struct session *s;

	l->until = INT64_MAX;
	if (l->initiator && hub_initiate(l->hub, &l->conf.conf, &l->path, transport_now(), &s, e) < 0)
		return -1;
	/* the first message may have failed already: nothing to wait for then */
	while (decide(l, transport_now(), e) == 0 && l->phase != LIVE_OVER) {
		ike_live_out_flush(&l->out);
		if (turn(l, e) < 0)
			return -1;
	}
	if (l->phase != LIVE_OVER)
		return -1;
	ike_traffic_sum(l->traffic, l->o.events || l->cli->json ? ike_live_out_place(&l->out) : NULL);
	return status_of(l);
}
