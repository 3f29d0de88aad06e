/* The nearest pair of proposals in words. */
#include <stdio.h>
#include <string.h>

#include "ike/choose.h"

static const struct offer *side_of(
    const struct choice_gap *g, const struct offers *a, const struct offers *b, int side)
{
	return side == 0 ? &a->offer[g->a] : &b->offer[g->b];
}

/* "modp2048, ecp256 or none": a list that is long is cut. */
static void list_format(char out[160], const struct offer *o, unsigned type)
{
	const struct offer_list *l = &o->of[type];
	char word[IKE_ID_TEXT];
	size_t at = 0;

	if (type == 0) {
		snprintf(out, 160, "%s", ike_id_text(word, &ike_v1_auths, o->v1_auth));
		return;
	}
	if (l->n == 0)
		snprintf(out, 160, "%s", type == IKE_T_SN ? "noesn" : "none");
	for (unsigned i = 0; i < l->n && at < 100; i++) {
		offer_alg_format(word, type, l->alg[i]);
		if (type == IKE_T_KE && l->alg[i].id == 0)
			snprintf(word, sizeof word, "none");
		at += (size_t)snprintf(out + at, 160 - at, "%s%s%s", i > 0 ? ", " : "", word,
		    at + strlen(word) >= 100 && i + 1 < l->n ? ", ..." : "");
	}
}

char *choice_gap_format(char out[CHOOSE_TEXT], const struct choice_gap *g, const struct offers *a,
    const struct offers *b, const char *const names[2])
{
	char left[160], right[160];
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < g->n && at < CHOOSE_TEXT; i++) {
		list_format(left, side_of(g, a, b, 0), g->type[i]);
		list_format(right, side_of(g, a, b, 1), g->type[i]);
		at += (size_t)snprintf(out + at, CHOOSE_TEXT - at, "%s%s: %s has %s, %s has %s",
		    i > 0 ? "; " : "", g->type[i] == 0 ? "authentication" : offer_type_name(g->type[i]),
		    names[0], left, names[1], right);
	}
	return out;
}

/* What the other end lacks to agree with this one, and the worst standing of what would be used then. */
static enum alg_status wanted(
    char out[OFFER_TEXT], const struct choice_gap *g, const struct offer *of, const struct offer *other)
{
	struct offer suite = g->suite;
	enum alg_status worst = ALG_MUST;
	bool whole = g->n > 1;

	for (unsigned i = 0; i < g->n; i++) {
		unsigned t = g->type[i];
		struct offer_alg best =
		    t != 0 ? offer_list_best(of->protocol, &of->of[t], t) : (struct offer_alg){ 0 };
		enum alg_status s = t != 0 && (t == IKE_T_ENCR || best.id != 0)
		    ? offer_alg_status(of->protocol, t, best)
		    : ALG_MUST;

		if (t == IKE_T_ENCR && other->of[t].n > 0 &&
		    offer_alg_is_aead(best) != offer_alg_is_aead(other->of[t].alg[0]))
			whole = true;
		worst = s < worst ? s : worst;
		if (t == 0)
			continue;
		suite.of[t].n = 0;
		offer_add(&suite, t, best.id, best.bits);
		if (t == IKE_T_ENCR && !offer_alg_is_aead(best) && suite.of[IKE_T_INTEG].n == 0 &&
		    of->of[IKE_T_INTEG].n > 0)
			offer_add(&suite, IKE_T_INTEG,
			    offer_list_best(of->protocol, &of->of[IKE_T_INTEG], IKE_T_INTEG).id, 0);
		if (t == IKE_T_ENCR && offer_alg_is_aead(best))
			suite.of[IKE_T_INTEG].n = 0;
	}
	if (whole)
		offer_format(out, &suite);
	else
		list_format(out, &suite, g->type[0]);
	return worst;
}

/* "add esn to B", "take PFS (ecp256) away from A" where the other end has none of it. */
static int say(char *out, size_t room, const char *lead, const char *what, const char *to,
    const struct choice_gap *g, bool none)
{
	if (none && g->n == 1)
		return snprintf(out, room, "%sdrop %s from %s", lead, offer_type_name(g->type[0]), to);
	return snprintf(out, room, "%sadd %s to %s", lead, what, to);
}

char *choice_gap_advice(char out[CHOOSE_TEXT], const struct choice_gap *g, const struct offers *a,
    const struct offers *b, const char *const names[2])
{
	const struct offer *side[2] = { side_of(g, a, b, 0), side_of(g, a, b, 1) };
	char text[2][OFFER_TEXT];
	enum alg_status standing[2];
	bool none[2];
	int first, at;

	out[0] = '\0';
	if (g->n == 1 && g->type[0] == 0) {
		snprintf(out, CHOOSE_TEXT, "configure the same authentication method at both ends");
		return out;
	}
	for (int i = 0; g->n > 0 && i < 2; i++) {
		unsigned t = g->type[0];

		standing[i] = wanted(text[i], g, side[i], side[!i]);
		none[i] = t != IKE_T_ENCR && t != IKE_T_SN &&
		    (side[i]->of[t].n == 0 || (side[i]->of[t].n == 1 && side[i]->of[t].alg[0].id == 0));
	}
	if (g->n == 0)
		return out;
	/* what A has is what B is to add; no key exchange is worse than any */
	first = none[0] ? 1 : none[1] ? 0 : standing[0] >= standing[1] ? 0 : 1;
	at = say(out, CHOOSE_TEXT, "", text[first], names[!first], g, none[first]);
	if (at > 0 && at < CHOOSE_TEXT && (standing[!first] > ALG_SHOULD_NOT || none[!first]))
		at += say(
		    out + at, CHOOSE_TEXT - (size_t)at, ", or ", text[!first], names[first], g, none[!first]);
	else if (at > 0 && at < CHOOSE_TEXT && standing[first] > ALG_SHOULD_NOT)
		at += snprintf(out + at, CHOOSE_TEXT - (size_t)at, " (%s %s be used, %s)", text[!first],
		    alg_status_name(standing[!first]),
		    side[0]->protocol == IKE_PROTO_IKE ? "RFC 8247" : "RFC 8221");
	if (at > 0 && at < CHOOSE_TEXT && standing[first] <= ALG_SHOULD_NOT)
		snprintf(out + at, CHOOSE_TEXT - (size_t)at,
		    "; better: something newer at both ends, as this %s be used",
		    alg_status_name(standing[first]));
	return out;
}
