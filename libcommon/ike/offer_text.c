/* Offers out of what people write: the words of strongSwan, libreswan, OpenIKED and Cisco IOS. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/names.h"
#include "ike/offer_priv.h"
#include "sa/proposal_guess.h"

enum { PARTS_IN_NAME = 5 };

/* Names without a row's spelling: OpenIKED's, libreswan's and Cisco's for modes of AES. */
static const struct { const char *name, *ours; } modes[] = {
	{ "aes_gcm", "aes-gcm-16" }, { "aes_gcm_16", "aes-gcm-16" }, { "aes_gcm_c", "aes-gcm-16" },
	{ "aes_gcm_12", "aes-gcm-12" }, { "aes_gcm_b", "aes-gcm-12" }, { "aes_gcm_8", "aes-gcm-8" },
	{ "aes_gcm_a", "aes-gcm-8" }, { "aes-gcm", "aes-gcm-16" }, { "gcm", "aes-gcm-16" },
	{ "aes_ccm", "aes-ccm-16" }, { "aes_ccm_16", "aes-ccm-16" }, { "aes_ccm_c", "aes-ccm-16" },
	{ "aes_ccm_12", "aes-ccm-12" }, { "aes_ccm_b", "aes-ccm-12" }, { "aes_ccm_8", "aes-ccm-8" },
	{ "aes_ccm_a", "aes-ccm-8" }, { "aes_ctr", "aes-ctr" }, { "aes_cbc", "aes-cbc" }, { "aesctr", "aes-ctr" },
	{ "gmac", "null-auth-aes-gmac" }, { "aes_gmac", "null-auth-aes-gmac" }, { "chacha20_poly1305",
	"chacha20-poly1305" }, { "camellia_cbc", "camellia-cbc" }, { "camellia", "camellia-cbc" }, { "aes", "aes-cbc" },
};

/* The number that ends a name, and where the name ends before it. */
static unsigned ending_bits(const char *word, size_t *stem)
{
	size_t n = strlen(word), at = n;
	unsigned long v;

	while (at > 0 && isdigit((unsigned char)word[at - 1]))
		at--;
	v = n - at == 3 ? strtoul(word + at, NULL, 10) : 0;
	*stem = v != 128 && v != 192 && v != 256 ? n : at;
	return *stem == n ? 0 : (unsigned)v;
}

/* "aes_gcm256", "aes_gcm_256", "aes-256-gcm", "aes-256-gcm-12". */
static const struct alg_encr *by_mode(const char *word, unsigned *bits)
{
	char name[OFFER_WORD];
	size_t n;

	for (unsigned v = 128; v <= 256; v += 64) {
		char gcm[OFFER_WORD];

		snprintf(gcm, sizeof gcm, "aes-%u-gcm", v);
		if (strncasecmp(word, gcm, strlen(gcm)) == 0) {
			*bits = v;
			n = strlen(gcm);
			return word[n] == '\0' ? alg_encr_by_name("aes-gcm-16", NULL) :
			    strcmp(word + n, "-12") == 0 ? alg_encr_by_name("aes-gcm-12", NULL) : NULL;
		}
	}
	*bits = ending_bits(word, &n);
	if (*bits != 0 && n > 0 && (word[n - 1] == '_' || word[n - 1] == '-'))
		n--;
	snprintf(name, sizeof name, "%.*s", (int)n, word);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (name_eq(modes[i].name, name))
			return alg_encr_by_name(modes[i].ours, NULL);
	return NULL;
}

static bool take_encr(struct offer *o, const char *word)
{
	unsigned bits, again;
	const struct alg_encr *a = alg_encr_by_name(word, &bits);

	if (a == NULL && (a = by_mode(word, &again)) != NULL)
		bits = again;
	if (a == NULL || a->id == 0)
		return false;
	offer_add(o, IKE_T_ENCR, a->id, bits);
	return true;
}

static bool take_integ(struct offer *o, const char *word)
{
	const struct alg_integ *a = alg_integ_by_name(word);
	const struct alg_prf *hash = a == NULL ? alg_prf_by_name(word) : NULL;
	uint16_t id = a != NULL ? a->id : hash != NULL ? offer_integ_of_prf(hash->id) : 0;

	if (name_eq(word, "null"))
		id = 0;
	else if (id == 0 && (a == NULL || a->kind != INTEG_KIND_NONE))
		return false;
	offer_add(o, IKE_T_INTEG, id, 0);
	return true;
}

static bool take_ke(struct offer *o, unsigned type, const char *word)
{
	const struct alg_ke *a = alg_ke_by_name(word);

	if (a == NULL && !name_eq(word, "none") && !name_eq(word, "modpnone") && !name_eq(word, "0"))
		return false;
	offer_add(o, type, a != NULL ? a->id : 0, 0);
	return true;
}

bool offer_take(struct offer *o, unsigned type, const char *word)
{
	const struct alg_prf *prf;

	switch (type) {
	case IKE_T_ENCR:
		return take_encr(o, word);
	case IKE_T_INTEG:
		return take_integ(o, word);
	case IKE_T_PRF:
		if ((prf = alg_prf_by_name(word)) != NULL)
			offer_add(o, IKE_T_PRF, prf->id, 0);
		return prf != NULL;
	case IKE_T_SN:
		if (!name_eq(word, "esn") && !name_eq(word, "noesn"))
			return false;
		offer_add(o, IKE_T_SN, name_eq(word, "esn"), 0);
		return true;
	}
	return take_ke(o, type, word);
}

bool offer_take_bits(struct offer *o, const char *word)
{
	struct offer_list *l = &o->of[IKE_T_ENCR];
	const struct alg_encr *a = l->n > 0 ? alg_encr_by_id(l->alg[l->n - 1].id) : NULL;
	unsigned long bits = strtoul(word, NULL, 10);

	if (a == NULL || l->alg[l->n - 1].bits != 0 || strlen(word) > 3 || word[strspn(word, "0123456789")] != '\0' ||
	    bits % 8 != 0 || bits == 0 || alg_encr_size(a, bits / 8) == NULL)
		return false;
	l->n--;
	offer_add(o, IKE_T_ENCR, a->id, (unsigned)bits);
	return true;
}

/* A word whose kind only its name tells; group numbers alone are none. */
static bool take_any(struct offer *o, const char *word)
{
	bool digits = word[strspn(word, "0123456789")] == '\0';
	unsigned n;

	if (digits)
		return offer_take_bits(o, word);
	if (strncasecmp(word, "ke", 2) == 0 && word[2] >= '1' && word[2] <= '7' && word[3] == '_') {
		n = (unsigned)(word[2] - '1');
		return take_ke(o, IKE_T_ADDKE1 + n, word + 4);
	}
	if (name_eq(word, "null") && o->of[IKE_T_ENCR].n > 0)
		return take_integ(o, word);
	if (name_eq(word, "none") && (o->of[IKE_T_INTEG].n > 0 || o->of[IKE_T_PRF].n > 0 || o->of[IKE_T_KE].n > 0))
		return take_ke(o, IKE_T_KE, word);
	if (strncasecmp(word, "prf", 3) == 0)
		return offer_take(o, IKE_T_PRF, word);
	return take_encr(o, word) || offer_take(o, IKE_T_SN, word) || take_integ(o, word) ||
	    take_ke(o, IKE_T_KE, word);
}

/* One proposal of names joined by dashes and the like: the longest name from each place on. */
int offer_parse_joined(struct offer *o, char *text, struct err *e)
{
	static const char joins[] = "-;+/ \t";
	char *at = text + strspn(text, joins);

	while (*at != '\0') {
		char *end[PARTS_IN_NAME] = { at }, kept = '\0';
		unsigned n = 0;

		/* names have dashes in them, not the other marks */
		for (char *p = at; n < PARTS_IN_NAME && *p != '\0'; p++) {
			end[n++] = p += strcspn(p, joins);
			if (*p != '-')
				break;
		}
		for (; n > 0; n--) {
			kept = *end[n - 1];
			*end[n - 1] = '\0';
			if (take_any(o, at))
				break;
			if (n == 1)
				return proposal_unknown(at, e);
			*end[n - 1] = kept;
		}
		if (n == 0)
			return proposal_unknown(at, e);
		at = end[n - 1] + (kept != '\0');
		at += strspn(at, joins);
	}
	return 0;
}

/* Lists that stand where nothing was said. */
static void add_list(struct offer *o, unsigned type, const uint16_t *id)
{
	for (; *id != 0; id++)
		offer_add(o, type, *id, 0);
}

void offer_fill(struct offer *o, enum offer_words words)
{
	static const uint16_t libreswan_ke[] = { 19, 20, 21, 31, 14, 15, 16, 18, 0 }, sha2[] = { 7, 5, 0 },
	    sha2_integ[] = { 14, 12, 0 };
	struct offer_list *encr = &o->of[IKE_T_ENCR];
	bool aead = encr->n > 0 && offer_alg_is_aead(encr->alg[0]), ike = o->protocol == IKE_PROTO_IKE;

	for (unsigned i = 0; i < encr->n; i++) {	/* a size that was not said */
		const struct alg_encr *a = alg_encr_by_id(encr->alg[i].id);

		if (encr->alg[i].bits != 0 || a == NULL || (a->size[1].bits == 0 && a->max_bits == 0))
			continue;
		encr->alg[i].bits = words == OFFER_LIBRESWAN && a->size[2].bits == 256 ? 256 : a->size[0].bits;
		if (words == OFFER_LIBRESWAN && a->size[2].bits == 256)
			offer_add(o, IKE_T_ENCR, a->id, 128);
	}
	if (words != OFFER_LIBRESWAN)
		return;
	if (!aead && o->of[IKE_T_INTEG].n == 0)
		add_list(o, IKE_T_INTEG, sha2_integ);
	if (ike && aead && o->of[IKE_T_PRF].n == 0 && o->of[IKE_T_INTEG].n == 0)
		add_list(o, IKE_T_PRF, sha2);
	if (ike && o->of[IKE_T_KE].n == 0)
		add_list(o, IKE_T_KE, libreswan_ke);
}

/* Integrity that stands beside an AEAD is about the PRF at most (RFC 7296 3.3, RFC 5282 8). */
static void drop_integ(struct offer *o)
{
	const struct offer_list *encr = &o->of[IKE_T_ENCR];
	bool all = encr->n > 0;

	for (unsigned i = 0; i < encr->n; i++)
		all = all && offer_alg_is_aead(encr->alg[i]);
	if (all)
		o->of[IKE_T_INTEG].n = 0;
}

int offer_complete(struct offer *o, struct err *e)
{
	struct offer_list *prf = &o->of[IKE_T_PRF], *integ = &o->of[IKE_T_INTEG];

	if (o->protocol == IKE_PROTO_IKE && prf->n == 0)
		for (unsigned i = 0; i < integ->n; i++)
			if (offer_prf_of_integ(integ->alg[i].id) != 0)
				offer_add(o, IKE_T_PRF, offer_prf_of_integ(integ->alg[i].id), 0);
	if (o->protocol != IKE_PROTO_IKE) {
		prf->n = 0;
		if (o->of[IKE_T_SN].n == 0)
			offer_add(o, IKE_T_SN, 0, 0);
	}
	drop_integ(o);
	if (o->protocol == IKE_PROTO_AH ? integ->n == 0 : o->of[IKE_T_ENCR].n == 0)
		return err_set(e, "wanted %s", o->protocol == IKE_PROTO_AH ?
		    "an integrity algorithm for AH, such as \"sha256\"" : "a cipher, such as \"aes256gcm16\"");
	if (o->protocol != IKE_PROTO_AH && integ->n == 0 && !offer_alg_is_aead(o->of[IKE_T_ENCR].alg[0]))
		return err_set(e, "wanted an integrity algorithm beside the cipher, such as \"sha256\"");
	if (o->protocol != IKE_PROTO_IKE)
		return 0;
	if (prf->n == 0)
		return err_set(e, "wanted a PRF for IKE, such as \"prfsha256\"");
	if (o->of[IKE_T_KE].n == 0)
		return err_set(e, "wanted a key exchange for IKE, such as \"ecp256\"");
	return 0;
}
