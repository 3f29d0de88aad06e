/* Which notify means what: the table, and those that have more to tell. */
#include <stdio.h>
#include <string.h>

#include "ike/refusal_priv.h"

static void explain_ke(struct refusing *x)
{
	struct offer_alg want = { x->n->laid_out ? (uint16_t)x->n->number : 0, 0 },
			 had = { x->q != NULL ? x->q->ke : 0, 0 };
	char a[OFFER_WORD], b[OFFER_WORD];
	bool offered = x->q == NULL || x->q->offers.n == 0;
	struct reason *r;

	offer_alg_format(a, IKE_T_KE, want);
	offer_alg_format(b, IKE_T_KE, had);
	for (unsigned i = 0; !offered && i < x->q->offers.n; i++)
		for (unsigned j = 0; j < x->q->offers.offer[i].of[IKE_T_KE].n; j++)
			offered |= x->q->offers.offer[i].of[IKE_T_KE].alg[j].id == want.id;
	if (!offered) {
		r = reason_add(x->out, "invalid-ke", REASON_ERROR,
		    "%s wants a key exchange by %s, which %s did not offer", x->from, a, x->to);
		reason_advise(r, "add %s to the proposal of %s", a, x->to);
		return;
	}
	r = reason_add(x->out, "invalid-ke", REASON_INFO,
	    "%s wants a key exchange by %s, the KE payload was for %s: the initiator has to "
	    "try again with it",
	    x->from, a, b);
	reason_advise(r, "put %s first in the proposal of %s to save the round", a, x->to);
}

static void explain_ts(struct refusing *x)
{
	struct reason *r =
	    reason_add(x->out, "ts-unacceptable", REASON_ERROR, "%s refuses the selectors %s%s", x->from,
		x->q != NULL && x->q->ts[0] != '\0' ? x->q->ts : "(not seen)",
		x->seen->up ? "; the IKE SA itself stands" : "");

	if (x->peer != NULL && x->peer->ts[0] != '\0')
		reason_advise(r,
		    "%s it accepted %s: ask for what its configuration has (local there is remote here)",
		    refusing_live(x) ? "before" : "elsewhere in this capture", x->peer->ts);
	else
		reason_advise(r,
		    "let the subnets of both ends mirror each other: what is local here has to be remote "
		    "there; ipsec-ike match "
		    "compares configurations");
}

static void explain_address(struct refusing *x)
{
	bool asked = x->q == NULL || x->q->wants_address;
	struct reason *r = reason_add(x->out, "address", REASON_ERROR,
	    asked ? "%s has no address to give to %s"
		  : "%s wants %s to ask for an address (CP), which it did not",
	    x->from, x->to);

	reason_advise(r,
	    asked ? "configure a pool of addresses at %s that is large enough, or do not ask for one"
		  : "let the client of %s request a virtual address",
	    x->from);
}

/* What the notify says is all there is to tell; the text follows who sends it. */
static const struct row {
	int version;
	uint16_t type;
	const char *id;
	enum reason_level level;
	const char *text, *advice;
	void (*more)(struct refusing *x);
} rows[] = {
	{ 2, IKE_N_NO_PROPOSAL_CHOSEN, NULL, REASON_ERROR, NULL, NULL, refusal_proposal },
	{ 1, IKE_N_NO_PROPOSAL_CHOSEN, NULL, REASON_ERROR, NULL, NULL, refusal_proposal },
	{ 2, IKE_N_INVALID_KE_PAYLOAD, NULL, REASON_INFO, NULL, NULL, explain_ke },
	{ 2, IKE_N_TS_UNACCEPTABLE, NULL, REASON_ERROR, NULL, NULL, explain_ts },
	{ 1, 18, NULL, REASON_ERROR, NULL, NULL, explain_ts }, /* INVALID_ID_INFORMATION */
	{ 2, IKE_N_INTERNAL_ADDRESS_FAILURE, NULL, REASON_ERROR, NULL, NULL, explain_address },
	{ 2, IKE_N_FAILED_CP_REQUIRED, NULL, REASON_ERROR, NULL, NULL, explain_address },
	{ 2, IKE_N_SINGLE_PAIR_REQUIRED, "single-pair", REASON_ERROR,
	    " wants one pair of addresses for each child SA",
	    "ask for a child SA of one source and one destination each (RFC 7296 2.9)", NULL },
	{ 2, IKE_N_CHILD_SA_NOT_FOUND, "child-not-found", REASON_WARNING,
	    " does not know the child SA that was to be rekeyed",
	    "it deleted it before, often in a collision of rekeyings; if it goes on, compare the lifetimes "
	    "of both ends",
	    NULL },
	{ 2, IKE_N_TEMPORARY_FAILURE, "temporary-failure", REASON_INFO,
	    " is busy with the same SA, as in a collision of rekeyings",
	    "the initiator has to wait and try again (RFC 7296 2.25); if it recurs, set different lifetimes "
	    "at the ends",
	    NULL },
	{ 2, IKE_N_NO_ADDITIONAL_SAS, "no-additional-sas", REASON_ERROR,
	    " takes no further child SA in this IKE SA",
	    "raise its limit, or negotiate an IKE SA of its own for it", NULL },
	{ 2, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, "critical-payload", REASON_ERROR,
	    " does not know a payload that was marked critical", "turn off the extension that sends it",
	    NULL },
	{ 2, IKE_N_INVALID_MAJOR_VERSION, "version", REASON_ERROR, " does not speak this version of IKE",
	    "set both ends to IKEv2", NULL },
	{ 1, 5, "version", REASON_ERROR, " does not speak this version of IKE", "set both ends to IKEv2",
	    NULL },
	{ 2, IKE_N_INVALID_SYNTAX, "invalid-syntax", REASON_ERROR, " finds the message malformed",
	    "a fault of one implementation, or a wrong key: its log has the details", NULL },
	{ 2, IKE_N_INVALID_IKE_SPI, "invalid-spi", REASON_WARNING, " does not know this IKE SA",
	    "it restarted or timed out: negotiate again (DPD tells sooner)", NULL },
	{ 2, IKE_N_INVALID_SELECTORS, "invalid-selectors", REASON_WARNING,
	    " received ESP outside the selectors of its SA",
	    "compare the policies of both ends: traffic is sent into the wrong SA", NULL },
	{ 2, IKE_N_UNACCEPTABLE_ADDRESSES, "mobike", REASON_WARNING, " refuses the new addresses (MOBIKE)",
	    "let its policy accept addresses that change, or negotiate again", NULL },
	{ 2, IKE_N_AUTHORIZATION_FAILED, "authorization", REASON_ERROR,
	    " knows who asks and does not let it in", "look at the rights of this identity there", NULL },
	{ 1, IKE_V1_N_PAYLOAD_MALFORMED, "wrong-psk", REASON_ERROR,
	    " cannot read the first encrypted message",
	    "the pre-shared keys differ: IKEv1 makes the cipher's key of them; copy one end's to the other",
	    NULL },
	{ 1, 23, "wrong-psk", REASON_ERROR, " finds the hash wrong that proves the pre-shared key",
	    "the pre-shared keys differ: copy one end's to the other", NULL },
};

static const struct row *find(int version, uint16_t type)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].version == version && rows[i].type == type)
			return &rows[i];
	return NULL;
}

static bool is_auth(const struct refusing *x)
{
	return x->n->type == IKE_N_AUTHENTICATION_FAILED ||
	    (x->seen->version == 1 && x->n->type >= 19 && x->n->type <= 25 && x->n->type != 23);
}

void refusal_explain(struct refusing *x)
{
	const struct row *row = find(x->seen->version, x->n->type);

	if (is_auth(x)) {
		refusal_auth(x, ike_notify_name(x->seen->version == 1 ? IKE_V1 : IKE_V2, x->n->type));
		return;
	}
	if (row == NULL)
		return;
	if (row->more != NULL) {
		row->more(x);
		return;
	}
	reason_advise(reason_add(x->out, row->id, row->level, "%s%s", x->from, row->text), "%s", row->advice);
}
