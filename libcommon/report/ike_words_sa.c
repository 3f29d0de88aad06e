#include "report/ike_words_sa.h"

#include <stdio.h>
#include <string.h>

#include "crypto/alg.h"

enum { WORD = 48 };
enum { P1_ENCR = 1, P1_HASH = 2, P1_AUTH = 3, P1_GROUP = 4, P1_KEY_BITS = 14 };	/* RFC 2409 appendix A */
enum { P2_GROUP = 3, P2_MODE = 4, P2_AUTH = 5, P2_KEY_BITS = 6 };		/* RFC 2407 4.5 */

/* The first of blank-separated words, else name. */
static char *first_word(char out[WORD], const char *words, const char *name)
{
	const char *from = words != NULL && words[0] != '\0' ? words : name;

	snprintf(out, WORD, "%.*s", (int)strcspn(from, " "), from);
	return out;
}

static char *encr_word(char out[WORD], const struct alg_encr *a, unsigned bits)
{
	const struct alg_size *s = a->size;

	while (bits != 0 && s->bits != bits && s->bits != 0)
		s++;
	if (s->strongswan != NULL)
		return first_word(out, s->strongswan, a->name);
	snprintf(out, WORD, bits != 0 ? "%s-%u" : "%s", a->name, bits);
	return out;
}

/* What an integrity transform implies is not said: prfsha256 beside sha256. */
static bool is_implied(const struct ike_proposal *p, const char *prf)
{
	char word[WORD];

	for (unsigned i = 0; i < p->ntransform; i++) {
		const struct ike_transform *t = &p->transform[i];
		const struct alg_integ *a = t->type == IKE_T_INTEG ? alg_integ_by_id(t->id) : NULL;

		if (a != NULL && strncmp(prf, "prf", 3) == 0 &&
		    strcmp(prf + 3, first_word(word, a->strongswan, a->name)) == 0)
			return true;
	}
	return false;
}

/* The transform's word, or "": it says nothing. */
static char *transform_word(char out[WORD], const struct ike_proposal *p, const struct ike_transform *t)
{
	const struct alg_encr *encr = t->type == IKE_T_ENCR ? alg_encr_by_id(t->id) : NULL;
	const struct alg_integ *integ = t->type == IKE_T_INTEG ? alg_integ_by_id(t->id) : NULL;
	const struct alg_prf *prf = t->type == IKE_T_PRF ? alg_prf_by_id(t->id) : NULL;
	bool is_ke = t->type == IKE_T_KE || (t->type >= IKE_T_ADDKE1 && t->type <= IKE_T_ADDKE7);
	const struct alg_ke *ke = is_ke ? alg_ke_by_id(t->id) : NULL;
	char text[WORD];

	out[0] = '\0';
	if (encr != NULL)
		return encr_word(out, encr, t->key_bits);
	if (t->type == IKE_T_SN) {
		snprintf(out, WORD, "%s", t->id == 1 ? "esn" : "");
	} else if ((t->type == IKE_T_INTEG || is_ke) && t->id == 0) {
		return out;			/* NONE */
	} else if (integ != NULL) {
		first_word(out, integ->strongswan, integ->name);
	} else if (prf != NULL) {
		if (is_implied(p, first_word(out, prf->strongswan, prf->name)))
			out[0] = '\0';
	} else if (ke != NULL) {
		first_word(text, ke->strongswan, ke->name);
		if (t->type == IKE_T_KE)
			snprintf(out, WORD, "%s", text);
		else
			snprintf(out, WORD, "ke%d_%.40s", t->type - IKE_T_ADDKE1 + 1, text);
	} else {
		const char *name = ike_transform_name(t->type, t->id);

		if (name != NULL)
			snprintf(out, WORD, "%.*s", WORD - 1, name);
		else
			snprintf(out, WORD, "%u/%u", t->type, t->id);
	}
	return out;
}

static void put_proposal(struct words *w, const struct ike_proposal *p)
{
	char word[WORD];
	bool any = false;

	if (p->protocol != IKE_PROTO_IKE)
		words_put(w, "%s ", p->protocol == IKE_PROTO_ESP ? "esp" : p->protocol == IKE_PROTO_AH ? "ah" : "?");
	for (unsigned i = 0; i < p->ntransform; i++) {
		if (transform_word(word, p, &p->transform[i])[0] == '\0')
			continue;
		words_put(w, "%s%s", any ? "-" : "", word);
		any = true;
	}
}

/* --- IKEv1: everything is in attributes --- */

static void put_v1_phase1(struct words *w, const struct ike_transform *t)
{
	const struct ike_attr *encr = ike_attr_find(t->attr, t->nattr, P1_ENCR);
	const struct ike_attr *bits = ike_attr_find(t->attr, t->nattr, P1_KEY_BITS);
	const struct ike_attr *hash = ike_attr_find(t->attr, t->nattr, P1_HASH);
	const struct ike_attr *group = ike_attr_find(t->attr, t->nattr, P1_GROUP);
	const struct ike_attr *auth = ike_attr_find(t->attr, t->nattr, P1_AUTH);
	const struct alg_encr *e = encr != NULL ? alg_encr_by_v1((uint16_t)ike_attr_number(encr)) : NULL;
	const struct alg_prf *h = hash != NULL ? alg_prf_by_v1((uint16_t)ike_attr_number(hash)) : NULL;
	const struct alg_ke *k = group != NULL ? alg_ke_by_id((uint16_t)ike_attr_number(group)) : NULL;
	char word[WORD], text[IKE_ID_TEXT];

	words_put(w, "%s", e != NULL ? encr_word(word, e, bits != NULL ? (unsigned)ike_attr_number(bits) : 0) : "?");
	first_word(word, h != NULL ? h->strongswan : NULL, h != NULL ? h->name : "?");
	words_put(w, "-%s", strncmp(word, "prf", 3) == 0 ? word + 3 : word);
	words_put(w, "-%s", k != NULL ? first_word(word, k->strongswan, k->name) : "?");
	if (auth != NULL)
		words_put(w, ", %s", ike_id_text(text, &ike_v1_auths, (uint32_t)ike_attr_number(auth)));
}

static void put_v1_phase2(struct words *w, const struct ike_proposal *p, const struct ike_transform *t)
{
	const struct ike_attr *bits = ike_attr_find(t->attr, t->nattr, P2_KEY_BITS);
	const struct ike_attr *auth = ike_attr_find(t->attr, t->nattr, P2_AUTH);
	const struct ike_attr *group = ike_attr_find(t->attr, t->nattr, P2_GROUP);
	const struct alg_encr *e = p->protocol == IKE_PROTO_ESP ? alg_encr_by_v1_esp((uint8_t)t->id) : NULL;
	const struct alg_integ *a = auth != NULL ? alg_integ_by_v1((uint16_t)ike_attr_number(auth)) : NULL;
	const struct alg_ke *k = group != NULL ? alg_ke_by_id((uint16_t)ike_attr_number(group)) : NULL;
	const char *name = ike_v1_transform_name(p->protocol, t->id);
	char word[WORD];

	words_put(w, "%s ", p->protocol == IKE_PROTO_ESP ? "esp" : p->protocol == IKE_PROTO_AH ? "ah" : "ipcomp");
	if (e != NULL)
		words_put(w, "%s", encr_word(word, e, bits != NULL ? (unsigned)ike_attr_number(bits) : 0));
	else
		words_put(w, "%s", name != NULL ? name : "?");
	if (a != NULL)
		words_put(w, "-%s", first_word(word, a->strongswan, a->name));
	if (k != NULL)
		words_put(w, "-%s", first_word(word, k->strongswan, k->name));
}

void ike_words_sa(struct words *w, uint8_t version, const struct pl_sa *sa)
{
	const struct ike_proposal *p = sa->nproposal > 0 ? &sa->proposal[0] : NULL;
	unsigned more = sa->nproposal > 0 ? sa->nproposal - 1 : 0;

	if (p == NULL)
		return;
	if (version == IKE_V1 && p->ntransform > 0) {
		if (p->protocol == IKE_PROTO_IKE)
			put_v1_phase1(w, &p->transform[0]);
		else
			put_v1_phase2(w, p, &p->transform[0]);
		more += p->ntransform - 1;
	} else {
		put_proposal(w, p);
	}
	if (more > 0)
		words_put(w, " and %u more", more);
}
