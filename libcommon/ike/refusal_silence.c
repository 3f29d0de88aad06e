/* Requests that nobody answers, and key exchanges that were not tried again. */
#include <stdio.h>

#include "ike/refusal_priv.h"

enum { LARGE = 1200 }; /* octets of IKE that may not fit into one packet on the way */

static void ke_not_retried(const struct refusal_seen *s, struct reasons *out)
{
	struct offer_alg want = { s->ke_wanted, 0 };
	char word[OFFER_WORD];

	reason_advise(reason_add(out, "ke-not-retried", REASON_WARNING,
			  "the initiator was asked for a key exchange by %s and did not try "
			  "again",
			  offer_alg_format(word, IKE_T_KE, want)),
	    "add %s to the initiator's proposal, or configure the responder "
	    "for one of the initiator's",
	    word);
}

/* The answer to IKE_SA_INIT came, that to IKE_AUTH did not. */
static void auth_unanswered(
    const struct refusal_seen *s, const struct refusal_request *q, struct reasons *out)
{
	bool fragments = s->fragments[0] && s->fragments[1];
	const struct refusal_parts *p = &s->request_parts[0];
	char in[32] = "";

	if (p->sends > 0 && p->message_id == q->message_id && p->exchange == q->exchange)
		snprintf(in, sizeof in, " in %u fragments", p->total);

	if (q->size > LARGE && !fragments)
		reason_advise(reason_add(out, "no-answer-large", REASON_ERROR,
				  "%u times IKE_AUTH of %zu octets without an answer, and the "
				  "ends did not agree on IKE fragmentation",
				  q->sends, q->size),
		    "enable IKE fragmentation (RFC 7383) at both ends, or "
		    "send less (a smaller chain of certificates): IP fragments are dropped on many ways");
	else if (q->dport == 4500)
		reason_advise(reason_add(out, "no-answer-4500", REASON_ERROR,
				  "port 500 was answered, %u times IKE_AUTH%s to port 4500 was not", q->sends, in),
		    "let UDP port 4500 through, both ways, at every firewall and NAT between them");
	else
		reason_advise(reason_add(out, "no-answer", REASON_ERROR,
				  "IKE_SA_INIT was answered, %u times IKE_AUTH%s was not", q->sends, in),
		    "look into the responder's log: it may drop what it cannot decrypt or authenticate");
}

/* The receiver has nothing to put together, and cannot say so. */
static void fragments_lost(
    const struct refusal_seen *s, const struct refusal_parts *p, const char *whose, struct reasons *out)
{
	uint8_t version = s->version == 1 ? IKE_V1 : IKE_V2;
	char which[64], others[32] = "";

	if (p->missing > p->total)
		snprintf(which, sizeof which, "fragments behind number %u", p->missing - 1);
	else
		snprintf(which, sizeof which, "fragment %u of %u", p->missing, p->total);
	if (p->missing <= p->total && p->total - p->came > 1)
		snprintf(others, sizeof others, ", nor did %u others", p->total - p->came - 1);
	reason_advise(reason_add(out, "ike-fragments-lost", REASON_ERROR,
			  "%s of the %s's %s never came%s, though the message was sent %u times: the other end cannot put it "
			  "together (%s is in use)",
			  which, whose, ike_exchange_name(version, p->exchange), others, p->sends,
			  s->version == 1 ? "IKEv1 fragmentation" : "IKE fragmentation, RFC 7383,"),
	    "see with a capture at the sender whether it leaves, and what drops it: a firewall or NAT that limits UDP by "
	    "rate or length; try smaller fragments (strongSwan: charon.fragment_size) or a smaller chain of certificates");
}

void refusal_silence(const struct refusal_seen *s, struct reasons *out)
{
	const struct refusal_request *q = &s->request[0];
	const struct refusal_parts *lost = NULL;
	const char *whose;

	if (s->ke_wanted != 0)
		ke_not_retried(s, out);
	if (!s->broken && (lost = refusal_lost(s, &whose)) != NULL)
		fragments_lost(s, lost, whose, out);
	if (!q->waits || s->broken || q->sends < 2 || lost != NULL)
		return;
	if (!s->answered)
		reason_advise(reason_add(out, "no-answer", REASON_ERROR,
				  "%u times the first message to port %u, and no answer", q->sends, q->dport),
		    "check the address, that an IKE daemon listens there and has a connection for this "
		    "address, and that UDP "
		    "ports 500 and 4500 get through");
	else if (s->version == 2 && q->exchange == IKE_X_AUTH && q->message_id == 1)
		auth_unanswered(s, q, out);
	else if (s->version == 1 && !s->up && q->sealed && q->exchange == IKE_X_MAIN)
		reason_advise(reason_add(out, "wrong-psk", REASON_ERROR,
				  "%u times the first encrypted message of main mode, which the responder "
				  "does not accept",
				  q->sends),
		    "with pre-shared keys: they differ, as IKEv1 makes the cipher's key of them; copy one "
		    "end's to the other. Else: let UDP port 4500 through, and compare certificates");
	else if (s->version == 1 && !s->up)
		reason_advise(
		    reason_add(out, "no-answer", REASON_ERROR,
			"the negotiation stops: %u times the same message without an answer", q->sends),
		    "if the message is the first encrypted one, the pre-shared keys or identities differ; if "
		    "it went to port 4500, "
		    "that port may be closed");
	else
		reason_advise(reason_add(out, "peer-gone", REASON_WARNING,
				  "%u times a request without an answer: the peer is gone", q->sends),
		    "look whether it restarted, its address changed, or a NAT forgot the way (keepalives, "
		    "DPD)");
}
