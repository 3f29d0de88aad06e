#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/impair.h"
#include "ike/rules.h"
#include "ike/session_priv.h"

enum { HINT = 200 };

void sess_message_tell(struct sess_ike *ike, const struct session_path *path, const struct ike_message *m, bool sent,
    bool again, enum verdict v)
{
	struct session *s = ike->s;
	struct session_message told = { .when = s->now, .ike = &ike->pub, .path = path, .m = m, .sent = sent, .again = again,
		.verdict = v };

	if (s->call.message != NULL)
		s->call.message(s->call.arg, &told);
}

/* A message that is not taken. */
static int drop(struct sess_ike *ike, const struct session_path *path, enum verdict v, bool again)
{
	sess_message_tell(ike, path, &ike->s->desk->inbox, false, again, v);
	return 0;
}

/* Our IKE SA that a header means: by our SPI, and by the other end's as soon as it is known. */
static struct sess_ike *ike_of(struct session *s, const struct ike_hdr *h)
{
	bool from_initiator = ike_hdr_is_initiator(h);

	for (unsigned i = 0; i < SESS_IKES; i++) {
		struct sess_ike *ike = s->ike[i];

		if (ike == NULL || ike->state == SESS_GONE || ike->pub.initiator == from_initiator || ike->pub.spi_i != h->spi_i)
			continue;
		if (ike->pub.spi_r == h->spi_r || (h->exchange == IKE_X_SA_INIT && (h->spi_r == 0 || ike->pub.spi_r == 0)))
			return ike;
	}
	return NULL;
}

/* What makes a request one that cannot be answered: lengths and counts, and payloads that its exchange needs.  What merely
 * does not belong there is passed over. */
bool sess_is_broken(const struct ike_message *m, bool request)
{
	for (unsigned i = 0; i < m->faults.n; i++)
		switch (m->faults.fault[i].kind) {
		case IKE_FAULT_MISSING:
		case IKE_FAULT_REPEATED:
			if (request)
				return true;
			break;
		case IKE_FAULT_TRUNCATED: case IKE_FAULT_PAYLOAD_LENGTH: case IKE_FAULT_SHORT: case IKE_FAULT_LENGTH:
		case IKE_FAULT_COUNT: case IKE_FAULT_NEXT: case IKE_FAULT_LIMIT:
			return true;
		default:
			break;
		}
	return m->faults.more > 0;
}

const struct ike_payload *sess_unknown_critical(const struct ike_payloads *ps)
{
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].critical && ike_payload_row(IKE_V2, ps->payload[i].type) == NULL)
			return &ps->payload[i];
	return NULL;
}

/* --- requests of the peer --- */

/* RFC 7296 2.21.3: the IKE SA ends with it. */
static int invalid_syntax(struct sess_ike *ike, const struct ike_message *m, struct build *b)
{
	char text[IKE_FAULT_TEXT] = "an exchange that does not belong here";

	if (m->faults.n > 0)
		ike_fault_text(text, &m->faults.fault[0]);
	build_notify(b, IKE_N_INVALID_SYNTAX, (struct span){ 0 });
	sess_fail(ike, "invalid-syntax", "", "the peer's request cannot be read: %s", text);
	return 0;
}

static int dispatch(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	bool up = ike->state == SESS_UP || ike->state == SESS_REKEYED;
	const struct ike_payload *unknown = sess_unknown_critical(in->p);

	if (unknown != NULL) {
		build_notify(b, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, (struct span){ &unknown->type, 1 });
		return 0;
	}
	if (sess_is_broken(in->m, true))
		return invalid_syntax(ike, in->m, b);
	switch (in->m->hdr.exchange) {
	case IKE_X_AUTH:
		return up ? invalid_syntax(ike, in->m, b) : sess_auth_request(ike, in, b, e);
	case IKE_X_CREATE_CHILD_SA:
		return up ? sess_create_request(ike, in, b, e) : invalid_syntax(ike, in->m, b);
	case IKE_X_INFORMATIONAL:
		return up ? sess_info_request(ike, in, b, e) : sess_auth_info(ike, in, b, e);
	default:
		return invalid_syntax(ike, in->m, b);
	}
}

bool sess_path_eq(const struct session_path *a, const struct session_path *b)
{
	return addr_eq(&a->remote, &b->remote) && a->remote_port == b->remote_port && addr_eq(&a->local, &b->local) &&
	    a->local_port == b->local_port && a->scope == b->scope;
}

/* RFC 7296 2.23: whoever is behind a NAT is where its last message came from.  With MOBIKE it says so itself (RFC 4555 3.8). */
void sess_follow_peer(struct sess_ike *ike, const struct session_path *path)
{
	struct session_path *p = &ike->pub.path;
	bool before = ike->state == SESS_AUTH && !ike->pub.initiator;

	if (sess_path_eq(p, path))
		return;
	if (!before && (!ike->pub.nat_there || ike->pub.mobike))
		return;
	if (before)
		*p = *path;
	else
		sess_moved(ike, path, "the NAT of the peer has another address or port for it");
}

/* RFC 7296 1.3.2, 1.3.3. */
static bool is_rekeying(const struct sess_in *in)
{
	const struct ike_payload *sa = ike_payload_find(in->p, IKE_P_SA);

	return in->m->hdr.exchange == IKE_X_CREATE_CHILD_SA && (ike_notify_find(in->p, IKE_N_REKEY_SA) != NULL ||
	    (sa != NULL && sa->decoded && sa->sa.nproposal > 0 && sa->sa.proposal[0].protocol == IKE_PROTO_IKE));
}

/* RFC 7296 2.21.3: whichever handler found the request malformed, the IKE SA ends at both ends. */
static void heed_own_syntax(struct sess_ike *ike, struct build *b)
{
	struct ike_payloads ps = build_payloads(b);

	if (ike->state != SESS_GONE && ike_notify_find(&ps, IKE_N_INVALID_SYNTAX) != NULL)
		sess_fail(ike, "invalid-syntax", "", "a request of the peer is malformed, which ends the IKE SA");
}

/* Of several fragments the last one that came stands for the request: it comes again with the others. */
static void part(struct sess_ike *ike, const struct sess_in *in)
{
	struct session *s = ike->s;
	struct span answer = { ike->answer.bytes, ike->answer.n };

	if (ike->state == SESS_GONE && s->call.parting != NULL && ike->answer.count == 1)
		s->call.parting(s->call.arg, s, ike->pub.initiator ? ike->pub.spi_i : ike->pub.spi_r, in->m->wire, answer);
}

/* Our own trouble: the IKE SA ends.  0: b tells the peer, who waits for IKE_AUTH; 1: nothing is to be sent; -1. */
static int trouble(struct sess_ike *ike, struct build *b, const struct err *e)
{
	bool waits = ike->state == SESS_AUTH;

	if (ike->state == SESS_GONE)
		return 1;
	sess_fail(ike, "local", "", "a request of the peer could not be answered: %s", e->text);
	if (e->kind == ERR_SYSTEM)
		return -1;
	build_clear(b);
	build_init(b);
	build_notify(b, IKE_N_AUTHENTICATION_FAILED, (struct span){ 0 });
	return waits ? 0 : 1;
}

static int seal_answer(struct sess_ike *ike, const struct sess_in *in, struct build *b, struct err *e)
{
	int rc = sess_seal(ike, in->m->hdr.exchange, true, in->m->hdr.message_id, in->path, b, &ike->answer, e);

	ike->recv_id++;
	ike->answered = rc == 0;
	ike->answer_path = *in->path;
	return rc;
}

static int take_request(struct sess_ike *ike, const struct session_path *path, struct err *e)
{
	struct session_desk *d = ike->s->desk;
	struct sess_in in = { .m = &d->inbox, .p = &d->inbox.inner, .path = path };
	struct build *b = &d->build;
	int rc;

	ike->heard = ike->s->now;
	sess_follow_peer(ike, path);
	if (is_rekeying(&in) && ike_impair_has(ike->s->conf->impair, "no-rekey-answer"))
		return 0;
	build_init(b);
	rc = dispatch(ike, &in, b, e);
	if (rc == 0)
		heed_own_syntax(ike, b);
	else
		rc = trouble(ike, b, e);
	if (rc == 0 && seal_answer(ike, &in, b, e) < 0)
		rc = trouble(ike, b, e) < 0 ? -1 : 1;
	build_clear(b);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	part(ike, &in);
	return sess_sent_send(ike, path, &ike->answer, e);
}

/* The last request again: our answer was lost (RFC 7296 2.1).  Of its fragments the first one counts (RFC 7383 2.6.1). */
static int answer_again(struct sess_ike *ike, const struct session_path *path, const struct ike_payload *sk, struct err *e)
{
	drop(ike, path, V_REPLAYED, true);
	if (sk != NULL)
		ike->heard = ike->s->now;
	if (!ike->answered || (sk != NULL && sk->type == IKE_P_SKF && sk->sk.number != 1))
		return 0;
	return sess_sent_send(ike, path, &ike->answer, e);
}

/* --- what came --- */

/* Nobody knows who says that. */
static void note_clear(struct sess_ike *ike, const struct ike_message *m)
{
	char fault[IKE_FAULT_TEXT];
	size_t n = 0;

	if (ike->refused != 0 || (ike->hint == NULL && (ike->hint = malloc(HINT)) == NULL))
		return;
	if (m->hdr.exchange == IKE_X_SA_INIT && m->faults.n > 0) {
		snprintf(ike->hint, HINT, "%.120s: ", ike_fault_text(fault, &m->faults.fault[0]));
		n = strlen(ike->hint);
	}
	ike_payloads_text(ike->hint + n, HINT - n, &m->payloads);
}

/* RFC 7296 3.10.1: an error that nobody knows means that the request has failed entirely; nothing else of the answer counts. */
static void heed_unknown_error(struct ike_payloads *ps)
{
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];

		if (p->type == IKE_P_NOTIFY && p->decoded && p->notify.type < IKE_N_STATUS &&
		    ike_notify_name(IKE_V2, p->notify.type) == NULL) {
			ps->payload[0] = *p;
			ps->n = 1;
			return;
		}
	}
}

static int take_init(struct sess_ike *ike, const struct session_path *path, struct err *e)
{
	struct ike_message *m = &ike->s->desk->inbox;
	struct sess_in in = { .m = m, .p = &m->payloads, .path = path };

	if (!ike->pub.initiator) {
		if (!ike_hdr_is_response(&m->hdr) && ike->init_i.n == m->wire.n && ike->answered && ike->recv_id == 1 &&
		    memcmp(ike->init_i.p, m->wire.p, m->wire.n) == 0)
			return answer_again(ike, path, NULL, e);
		return drop(ike, path, V_REPLAYED, false);
	}
	if (!ike_hdr_is_response(&m->hdr) || m->hdr.message_id != 0 || ike->state != SESS_INIT || !ike->waiting)
		return drop(ike, path, V_REPLAYED, false);
	if (sess_is_broken(m, false) || m->hdr.version >> 4 != 2 || sess_unknown_critical(in.p) != NULL) {
		note_clear(ike, m);
		return drop(ike, path, V_BAD_HEADER, false);
	}
	sess_message_tell(ike, path, m, false, false, V_OK);
	heed_unknown_error(&m->payloads);
	return sess_job_answer(ike, &in, e);
}

static int take_answer(struct sess_ike *ike, const struct session_path *path, struct err *e)
{
	struct ike_message *m = &ike->s->desk->inbox;
	struct sess_in in = { .m = m, .p = &m->inner, .path = path };
	const struct ike_payload *unknown = sess_unknown_critical(in.p);
	char text[IKE_FAULT_TEXT];

	ike->heard = ike->s->now;
	ike->s->unreachable[0] = '\0';
	heed_unknown_error(&m->inner);
	if (sess_is_broken(m, false))
		sess_fail(ike, "invalid-syntax", "", "the peer's answer cannot be read: %s",
		    ike_fault_text(text, &m->faults.fault[0]));
	else if (unknown != NULL)
		sess_fail(ike, "invalid-syntax", "", "payload %u of the peer's answer is critical and not known", unknown->type);
	else if (ike_notify_find(in.p, IKE_N_INVALID_SYNTAX) != NULL)
		sess_fail(ike, "invalid-syntax", "", "the peer finds the request malformed (INVALID_SYNTAX), which ends the IKE SA: %s",
		    ike->queue[0].row->name);
	else
		return sess_job_answer(ike, &in, e);
	return 0;
}

/* Sealed, of an exchange after IKE_SA_INIT. */
static int take_sealed(struct sess_ike *ike, const struct session_path *path, struct err *e)
{
	struct ike_message *m = &ike->s->desk->inbox;
	const struct ike_hdr *h = &m->hdr;
	const struct ike_payload *sk = ike_message_sk(m);
	bool answer = ike_hdr_is_response(h), again = !answer && ike->recv_id > 0 && h->message_id == ike->recv_id - 1;
	enum verdict v;

	if (answer ? !ike->waiting || h->message_id != ike->send_id || h->exchange != ike->queue[0].row->exchange :
	    h->message_id != ike->recv_id && !again)
		return drop(ike, path, V_REPLAYED, false);
	/* what was not authenticated yet may not ask for anything (RFC 7296 1.2) */
	if (!answer && ike->pub.initiator && ike->state == SESS_AUTH)
		return drop(ike, path, V_NO_SA, false);
	v = sess_open(ike, m, again, e);
	if (again && v == V_OK)
		return answer_again(ike, path, sk, e);
	if (v == V_COUNT)
		return -1;
	if (v == V_OK)
		ike_rules_check(m);
	sess_message_tell(ike, path, m, false, false, v);
	if (v != V_OK)
		return 0;
	return answer ? take_answer(ike, path, e) : take_request(ike, path, e);
}

int sess_push(struct session *s, const struct session_path *path, struct span message, struct err *e)
{
	struct ike_message *m = &s->desk->inbox;
	struct sess_ike *ike;
	int rc;

	if (ike_message_decode(m, message, e) < 0)
		return 0;			/* not even a header */
	if (m->hdr.length != message.n || message.n > SESS_MESSAGE_MAX || (ike = ike_of(s, &m->hdr)) == NULL)
		rc = 0;
	else if (m->hdr.exchange == IKE_X_SA_INIT)
		rc = take_init(ike, path, e);
	else if (m->hdr.version >> 4 != 2)
		rc = drop(ike, path, V_BAD_HEADER, false);
	else if (ike_message_sk(m) != NULL)
		rc = take_sealed(ike, path, e);
	else {
		note_clear(ike, m);
		rc = drop(ike, path, V_NOT_IPSEC, false);
	}
	ike_message_clear(m);
	wipe(s->desk->room, s->desk->n_room);	/* EAP brings passwords */
	s->desk->n_room = 0;
	return rc;
}
