/* NO_PROPOSAL_CHOSEN: what was offered, and the nearest to what its refuser agreed to elsewhere. */
#include <stdio.h>
#include <string.h>

#include "ike/refusal_priv.h"

static void offers_format(char out[OFFER_TEXT], const struct offers *os)
{
	char one[OFFER_TEXT];

	if (os->n == 0) {
		snprintf(out, OFFER_TEXT, "(not seen)");
		return;
	}
	offer_format(one, &os->offer[0]);
	if (os->n == 1)
		snprintf(out, OFFER_TEXT, "%.250s", one);
	else
		snprintf(out, OFFER_TEXT, "%.250s and %u more", one, os->n - 1);
}

/* Those of one protocol. */
static bool has_protocol(const struct offers *os, uint8_t protocol)
{
	for (unsigned i = 0; i < os->n; i++)
		if (os->offer[i].protocol == protocol)
			return true;
	return false;
}

/* What the refuser took from others tells what it wants. */
static bool by_peer(struct refusing *x, struct reason *r, unsigned flags)
{
	static const char *const names[2] = { "this offer", "the responder" };
	const struct offers *os = &x->q->offers;
	char text[CHOOSE_TEXT], advice[CHOOSE_TEXT];
	struct choice_gap g;
	struct choice c;

	if (x->peer == NULL || !has_protocol(&x->peer->chosen, os->offer[0].protocol))
		return false;
	if (offers_choose(&c, &x->peer->chosen, os, flags)) {
		reason_advise(r,
		    "it agreed to the same algorithms %s: look at which connection it picks for these ends, and whether its "
		    "kernel takes the SA (its log)", refusing_live(x) ? "before" : "elsewhere in this capture");
		return true;
	}
	if (!offers_nearest(&g, os, &x->peer->chosen, flags))
		return false;
	choice_gap_format(text, &g, os, &x->peer->chosen, names);
	choice_gap_advice(advice, &g, os, &x->peer->chosen, names);
	reason_advise(r, "what %s chose elsewhere differs in %s; %s", x->from, text, advice);
	return true;
}

/* In quick mode the initiator may refuse the answer; then the proposals are not what is wrong. */
static bool is_its_own_offer(const struct refusing *x)
{
	const struct refusal_request *own = &x->seen->request[x->side];
	struct choice found;

	return x->seen->version == 1 && own != x->q && own->exchange == IKE_X_QUICK &&
	    own->message_id == x->q->message_id && offers_choose(&found, &own->offers, &x->q->offers, 0);
}

void refusal_proposal(struct refusing *x)
{
	bool ike = x->q != NULL && x->q->offers.n > 0 && x->q->offers.offer[0].protocol == IKE_PROTO_IKE;
	char text[OFFER_TEXT], word[OFFER_WORD];
	struct offer_alg weak;
	struct reason *r;
	unsigned type;

	if (x->q == NULL || x->q->offers.n == 0) {
		r = reason_add(x->out, "no-proposal", REASON_ERROR, "%s accepts none of the proposals of %s",
		    x->from, x->to);
		reason_advise(r, "%scompare the configurations (ipsec-ike match)",
		    refusing_live(x) ? "" : "the offer is encrypted or before the capture: give --keys, or ");
		return;
	}
	offers_format(text, &x->q->offers);
	if (!ike && is_its_own_offer(x)) {
		r = reason_add(x->out, "no-proposal", REASON_ERROR, "%s refuses what it offered and %s chose: %s",
		    x->from, x->to, text);
		reason_advise(r,
		    "the proposals agree: see the log of %s for why it could not set the child SA up (mode, NAT, "
		    "kernel)",
		    x->from);
		return;
	}
	r = reason_add(x->out, "no-proposal", REASON_ERROR, "%s accepts none of the %s proposals of %s%s: %s",
	    x->from, ike ? "IKE" : "child SA", x->to,
	    ike		       ? ""
		: x->q->rekeys ? " in a rekeying"
		: x->seen->up  ? "; the IKE SA itself stands"
			       : "",
	    text);
	if (by_peer(x, r, !ike && x->q->ke == 0 && x->seen->version == 2 ? CHOOSE_WITHOUT_KE : 0))
		return;
	if (offers_all_weak(&x->q->offers, &type, &weak))
		reason_advise(r, "offer something newer: %s %s be used (%s), and many refuse it",
		    offer_alg_format(word, type, weak),
		    alg_status_name(offer_alg_status(x->q->offers.offer[0].protocol, type, weak)),
		    ike ? "RFC 8247" : "RFC 8221");
	else
		reason_advise(r,
		    "add to the offer what %s has configured (ipsec-ike match compares two configurations); "
		    "most accept %s",
		    x->from,
		    ike		       ? "aes256-sha256-modp2048 or aes256gcm16-prfsha384-ecp384"
			: x->q->rekeys ? "aes256gcm16, and both ends need PFS or neither"
				       : "aes256gcm16 or aes256-sha256");
}
