#include "ike/session_why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike/choose.h"
#include "ike/refusal_priv.h"

void why_notify(struct reasons *out, const struct sess_ike *ike, const struct pl_notify *n, const struct why_asked *q)
{
	struct refusal_seen seen = { .version = 2, .up = ike->state >= SESS_UP };
	struct refusal_request asked = { .ke = q->group, .offers = *q->offers, .rekeys = q->rekeys,
		.wants_address = q->wants_address };
	struct refusing x = { .seen = &seen, .n = n, .q = &asked, .side = !ike->pub.initiator, .out = out };
	unsigned before = out->n;
	char name[IKE_ID_TEXT];

	addr_format(x.from, &ike->pub.path.remote);
	snprintf(x.to, sizeof x.to, "this end");
	if (q->mine != NULL && q->theirs != NULL) {
		struct pl_ts mine = ts_payload(q->mine), theirs = ts_payload(q->theirs);
		size_t at;

		ts_append(asked.ts, sizeof asked.ts / 2, &mine);
		at = strlen(asked.ts);
		snprintf(asked.ts + at, sizeof asked.ts - at, " = ");
		ts_append(asked.ts, sizeof asked.ts, &theirs);
	}
	refusal_explain(&x);
	if (out->n == before)
		reason_advise(reason_add(out, "refused", REASON_ERROR, "%s refuses with %s", x.from,
		    ike_id_text(name, &ike_notifies, n->type)), "look at the log of %s", x.from);
	/* of an exchange that comes to nothing by it, an error whatever it is elsewhere */
	for (unsigned i = before; i < out->n; i++)
		out->row[i].level = REASON_ERROR;
}

void why_proposal(struct reasons *out, const struct sess_ike *ike, const struct offers *mine,
    const struct offers *theirs, unsigned flags)
{
	static const char *const names[2] = { "this end", "the peer" };
	bool of_ike = theirs->n > 0 && theirs->offer[0].protocol == IKE_PROTO_IKE;
	char from[ADDR_TEXT], text[CHOOSE_TEXT], advice[CHOOSE_TEXT];
	struct choice_gap g;
	struct reason *r;

	addr_format(from, &ike->pub.path.remote);
	if (!offers_nearest(&g, mine, theirs, flags)) {
		reason_advise(reason_add(out, "no-proposal", REASON_ERROR, "%s offers %s, and this end has none of it", from,
		    theirs->n > 0 ? ike_id_name(&ike_protocols, theirs->offer[0].protocol) : "no proposal"),
		    "use ESP at both ends, or AH");
		return;
	}
	r = reason_add(out, "no-proposal", REASON_ERROR, "this end accepts none of the %s proposals of %s: %s",
	    of_ike ? "IKE" : "child SA", from, choice_gap_format(text, &g, mine, theirs, names));
	reason_advise(r, "%s", choice_gap_advice(advice, &g, mine, theirs, names));
}

/* The first of theirs that is none. */
static const char *wrong_of(const struct pl_ts *ts)
{
	for (unsigned i = 0; i < ts->nts; i++)
		if (ts->ts[i].first.family != 0 && ike_ts_wrong(&ts->ts[i]) != NULL)
			return ike_ts_wrong(&ts->ts[i]);
	return NULL;
}

void why_selectors(struct reasons *out, const struct sess_ike *ike, const struct pl_ts *tsi, const struct pl_ts *tsr)
{
	char from[ADDR_TEXT], text[2][REFUSAL_WORDS] = { "", "" };
	const char *wrong = wrong_of(tsi) != NULL ? wrong_of(tsi) : wrong_of(tsr);
	struct reason *r;

	ts_append(text[0], sizeof text[0], tsi);
	ts_append(text[1], sizeof text[1], tsr);
	r = reason_add(out, "ts-unacceptable", REASON_ERROR, "this end refuses the selectors %s = %s of %s%s%s", text[0], text[1],
	    addr_format(from, &ike->pub.path.remote), wrong != NULL ? ": one is a " : "", wrong != NULL ? wrong : "");
	reason_advise(r, wrong != NULL ? "a fault of the peer's (RFC 7296 3.13.1): its log and its configuration may have more" :
	    "let the subnets of both ends mirror each other: what is local here has to be remote there");
}

/* What can be done where no more is known than what kind of thing it is. */
static const struct { const char *id, *advice; } usual[] = {
	{ "local", "nothing is wrong with the peer: mend this end's options, keys and files" },
	{ "half-open", "its own log tells why: it may have lost the answers, or not like them" },
	{ "refused", "its log tells why" },
	{ "bad-answer", "a fault of the responder's, or somebody answers in its place: its log has what it sent" },
	{ "invalid-syntax", "a fault of one implementation, or somebody on the way changed the message: the logs of both ends have the "
	    "details, and --save keeps what was sent for ipsec-ike decode" },
	{ "invalid-ke", "a fault of the peer's, or somebody on the way changed its message" },
	{ "multiple-auth", "let the peer prove itself once (strongSwan: one remote section)" },
	{ "identity", "give the peer an identity that is an address, a name, a distinguished name or a key id" },
	{ "too-many", "delete child SAs that are not needed, or put several selectors into one" },
	{ "weak-key", "give the peer a larger key, or one of an elliptic curve" },
	{ "weak-signature", "let the peer sign with SHA-2 (RFC 7427)" },
	{ "certificate-key", "give the peer a key of another kind" },
	{ "wrong-signature", "somebody on the way changed the first messages, or the peer computes its AUTH in another way" },
	{ "auth-failed", "compare identities, keys and authorities at both ends" },
	{ "mode", "let both ends want tunnel mode, or both transport mode" },
};

void why_advise(struct reasons *rs)
{
	const char *advice;

	for (unsigned i = 0; i < rs->n; i++) {
		struct reason *r = &rs->row[i];

		advice = "the logs of both ends may have more";
		for (size_t k = 0; k < sizeof usual / sizeof usual[0]; k++)
			if (strcmp(usual[k].id, r->id) == 0)
				advice = usual[k].advice;
		if (r->advice[0] == '\0')
			reason_advise(r, "%s", advice);
	}
}

void why_answer(struct reasons *out, const struct sess_ike *ike, const char *id, const char *fmt, ...)
{
	char from[ADDR_TEXT], text[REASON_TEXT / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	reason_advise(reason_add(out, id, REASON_ERROR, "the answer of %s cannot be taken: %s",
	    addr_format(from, &ike->pub.path.remote), text), "a fault of one implementation: its log may have more");
}
