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

	if (q->size > LARGE && !fragments)
		reason_advise(reason_add(out, "no-answer-large", REASON_ERROR,
				  "%u times IKE_AUTH of %zu octets without an answer, and the "
				  "ends did not agree on IKE fragmentation",
				  q->sends, q->size),
		    "enable IKE fragmentation (RFC 7383) at both ends, or "
		    "send less (a smaller chain of certificates): IP fragments are dropped on many ways");
	else if (q->dport == 4500)
		reason_advise(reason_add(out, "no-answer-4500", REASON_ERROR,
				  "port 500 was answered, %u times IKE_AUTH to port 4500 was not", q->sends),
		    "let UDP port 4500 through, both ways, at every firewall and NAT between them");
	else
		reason_advise(reason_add(out, "no-answer", REASON_ERROR,
				  "IKE_SA_INIT was answered, %u times IKE_AUTH was not", q->sends),
		    "look into the responder's log: it may drop what it cannot decrypt or authenticate");
}

void refusal_silence(const struct refusal_seen *s, struct reasons *out)
{
	const struct refusal_request *q = &s->request[0];

	if (s->ke_wanted != 0)
		ke_not_retried(s, out);
	if (!q->waits || s->broken || q->sends < 2)
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
