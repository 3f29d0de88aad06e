/* Messages in fragments (RFC 7383; IKEv1: Cisco's and Microsoft's) of which some never came. */
#include "ike/refusal_priv.h"

enum { SENDS = 2 }; /* sent once alone, the capture may just have ended */

static bool is_of(const struct refusal_parts *p, const struct ike_hdr *h)
{
	return p->sends > 0 && p->message_id == h->message_id && p->exchange == h->exchange;
}

/* What shows that a message came where it was sent to: the answer to it, or the request after it. */
static void forget(struct refusal_seen *s, int side, const struct follow_message *m, bool answers)
{
	const struct ike_hdr *h = &m->m->hdr;

	if (s->version == 1 && m->repeats == 0)
		s->request_parts[!side].sends = 0;
	else if (s->version == 2 && answers && is_of(&s->request_parts[!side], h))
		s->request_parts[!side].sends = 0;
	else if (s->version == 2 && !answers && !is_of(&s->answer_parts[side], h))
		s->answer_parts[side].sends = 0;
}

/* A message in fragments that came whole and that no key opens. */
static void unread_message(struct refusal_seen *s, const struct follow_message *m)
{
	int side = !m->from_initiator;
	struct refusal_request *q = &s->request[side];

	if (ike_hdr_is_response(&m->m->hdr)) {
		s->request[!side].waits = false;
		return;
	}
	mem_clear(&q->mem);
	*q = (struct refusal_request){ .waits = true,
		.sealed = true,
		.message_id = m->m->hdr.message_id,
		.exchange = m->m->hdr.exchange,
		.sends = m->sends,
		.frame = s->request_parts[side].frame,
		.size = m->m->wire.n,
		.dport = m->d->dport };
	mem_init(&q->mem, REFUSAL_MEMORY);
}

void refusal_parts(struct refusal_seen *s, const struct follow_message *m)
{
	int side = !m->from_initiator;
	bool answers = s->version == 2 && ike_hdr_is_response(&m->m->hdr);
	struct refusal_parts *p = answers ? &s->answer_parts[!side] : &s->request_parts[side];
	struct refusal_request *q = &s->request[!side];
	uint64_t frame = m->d->frame[0];

	forget(s, side, m, answers);
	/* again: the answer came before its request, of which the capture has but the second sending */
	if (answers && m->repeats != 0 && m->missing == 0 && q->message_id == m->m->hdr.message_id &&
	    q->exchange == m->m->hdr.exchange)
		q->waits = false;
	if (m->sends == 0) {
		p->sends = 0;
		return;
	}
	if (is_of(p, &m->m->hdr))
		frame = p->frame;
	*p = (struct refusal_parts){ .message_id = m->m->hdr.message_id,
		.exchange = m->m->hdr.exchange,
		.total = m->fragments,
		.came = m->came,
		.missing = m->missing,
		.sends = m->sends,
		.frame = frame };
	if (p->missing == 0 && m->repeats == 0 && !m->whole && s->version == 2)
		unread_message(s, m);
}

const struct refusal_parts *refusal_lost(const struct refusal_seen *s, const char **whose)
{
	for (int side = 0; side < 2; side++) {
		const struct refusal_parts *asked = &s->request_parts[side], *told = &s->answer_parts[side];

		*whose = side == 0 ? "initiator" : "responder";
		if (asked->sends >= SENDS && asked->missing != 0)
			return asked;
		*whose = side == 0 ? "responder" : "initiator";
		if (told->sends >= SENDS && told->missing != 0)
			return told;
	}
	return NULL;
}
