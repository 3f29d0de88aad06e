#include "ike/offer.h"

#include <stdio.h>
#include <string.h>

static const char *const type_names[OFFER_TYPES] = {
	[IKE_T_ENCR] = "encryption", [IKE_T_PRF] = "PRF", [IKE_T_INTEG] = "integrity", [IKE_T_KE] = "key exchange",
	[IKE_T_SN] = "sequence numbers", [IKE_T_ADDKE1] = "additional key exchange 1",
	[IKE_T_ADDKE1 + 1] = "additional key exchange 2", [IKE_T_ADDKE1 + 2] = "additional key exchange 3",
	[IKE_T_ADDKE1 + 3] = "additional key exchange 4", [IKE_T_ADDKE1 + 4] = "additional key exchange 5",
	[IKE_T_ADDKE1 + 5] = "additional key exchange 6", [IKE_T_ADDKE7] = "additional key exchange 7",
};

const char *offer_type_name(unsigned type)
{
	return type < OFFER_TYPES && type_names[type] != NULL ? type_names[type] : "transform";
}

struct offer *offers_add(struct offers *os, uint8_t protocol, struct mem *mem)
{
	struct offer *more;
	unsigned room = os->room == 0 ? 4 : os->room * 2;

	if (os->n == OFFERS_MAX)
		return NULL;
	if (os->n == os->room) {
		if ((more = mem_array(mem, room, sizeof *more)) == NULL)
			return NULL;
		if (os->n > 0)
			memcpy(more, os->offer, os->n * sizeof *more);
		os->offer = more;
		os->room = room;
	}
	os->offer[os->n] = (struct offer){ .protocol = protocol };
	return &os->offer[os->n++];
}

/* A size is a difference only where there are several (RFC 7296 3.3.5). */
static unsigned said_bits(uint16_t id, unsigned bits)
{
	const struct alg_encr *a = alg_encr_by_id(id);

	return a != NULL && a->size[1].bits == 0 && a->max_bits == 0 ? 0 : bits;
}

void offer_add(struct offer *o, unsigned type, uint16_t id, unsigned bits)
{
	struct offer_list *l = &o->of[type];

	bits = type == IKE_T_ENCR ? said_bits(id, bits) : 0;
	for (unsigned i = 0; i < l->n; i++)
		if (l->alg[i].id == id && l->alg[i].bits == bits)
			return;
	if (l->n == OFFER_ALGS)
		o->cut = true;
	else
		l->alg[l->n++] = (struct offer_alg){ id, (uint16_t)bits };
}

bool offer_alg_is_aead(struct offer_alg encr)
{
	const struct alg_encr *a = alg_encr_by_id(encr.id);

	return a != NULL && alg_encr_is_aead(a);
}

enum alg_status offer_alg_status(uint8_t protocol, unsigned type, struct offer_alg a)
{
	const struct alg_encr *encr = alg_encr_by_id(a.id);
	const struct alg_integ *integ = alg_integ_by_id(a.id);
	const struct alg_prf *prf = alg_prf_by_id(a.id);
	const struct alg_ke *ke = alg_ke_by_id(a.id);
	bool ike = protocol == IKE_PROTO_IKE;

	switch (type) {
	case IKE_T_ENCR:
		return encr == NULL ? ALG_UNSPECIFIED : ike ? alg_encr_ike_status(encr, a.bits) :
		    alg_encr_status(encr, a.bits);
	case IKE_T_INTEG:
		return integ == NULL ? ALG_UNSPECIFIED : ike ? integ->ike : integ->status;
	case IKE_T_PRF:
		return prf == NULL ? ALG_UNSPECIFIED : prf->ike;
	case IKE_T_SN:
		return ALG_MUST;
	}
	return ke == NULL ? ALG_UNSPECIFIED : ke->ike;
}

/* The first of blank-separated words. */
static bool first_word(char out[OFFER_WORD], const char *list)
{
	if (list == NULL)
		return false;
	snprintf(out, OFFER_WORD, "%.*s", (int)strcspn(list, " "), list);
	return true;
}

static bool encr_word(char out[OFFER_WORD], struct offer_alg a)
{
	const struct alg_encr *row = alg_encr_by_id(a.id);

	if (row == NULL)
		return false;
	for (const struct alg_size *s = row->size; s->strongswan != NULL; s++)
		if (s->bits == a.bits || (a.bits == 0 && row->size[1].bits == 0 && row->max_bits == 0))
			return first_word(out, s->strongswan);
	if (a.bits == 0)
		snprintf(out, OFFER_WORD, "%s without a key length", row->name);
	else
		snprintf(out, OFFER_WORD, "%s-%u", row->name, a.bits);
	return true;
}

/* strongSwan's word for an algorithm that its rows know. */
static bool known_word(char out[OFFER_WORD], unsigned type, struct offer_alg a)
{
	const struct alg_integ *integ = alg_integ_by_id(a.id);
	const struct alg_prf *prf = alg_prf_by_id(a.id);
	const struct alg_ke *ke = alg_ke_by_id(a.id);

	switch (type) {
	case IKE_T_ENCR:
		return encr_word(out, a);
	case IKE_T_INTEG:
		return integ != NULL && first_word(out, integ->strongswan != NULL ? integ->strongswan : integ->name);
	case IKE_T_PRF:
		return prf != NULL && first_word(out, prf->strongswan);
	case IKE_T_SN:
		return a.id <= 1 && first_word(out, a.id == 1 ? "esn" : "noesn");
	}
	return a.id == 0 ? first_word(out, "none") : ke != NULL && first_word(out, ke->strongswan);
}

char *offer_alg_format(char out[OFFER_WORD], unsigned type, struct offer_alg a)
{
	char word[OFFER_WORD];

	if (type >= IKE_T_ADDKE1 && known_word(word, IKE_T_KE, a))
		snprintf(out, OFFER_WORD, "ke%u_%.20s", type - IKE_T_ADDKE1 + 1, word);
	else if (!known_word(out, type, a))
		snprintf(out, OFFER_WORD, "%s %u", offer_type_name(type), a.id);
	return out;
}

/* What strongSwan and IKEv1 take one for the other: { PRF, integrity }. */
static const uint8_t same_hash[][2] = { { 1, 1 }, { 2, 2 }, { 5, 12 }, { 6, 13 }, { 7, 14 }, { 4, 5 }, { 8, 8 } };
enum { HASHES = sizeof same_hash / sizeof same_hash[0] };

uint16_t offer_prf_of_integ(uint16_t integ)
{
	for (size_t i = 0; i < HASHES; i++)
		if (same_hash[i][1] == integ)
			return same_hash[i][0];
	return 0;
}

uint16_t offer_integ_of_prf(uint16_t prf)
{
	for (size_t i = 0; i < HASHES; i++)
		if (same_hash[i][0] == prf)
			return same_hash[i][1];
	return 0;
}

/* The PRF is the integrity algorithm's: nobody writes it. */
static bool prf_follows(const struct offer *o)
{
	const struct offer_list *prf = &o->of[IKE_T_PRF], *integ = &o->of[IKE_T_INTEG];

	for (unsigned i = 0; i < prf->n; i++)
		if (i >= integ->n || prf->alg[i].id != offer_prf_of_integ(integ->alg[i].id))
			return false;
	return prf->n == integ->n;
}

static bool worth_writing(const struct offer *o, unsigned type)
{
	const struct offer_list *l = &o->of[type];

	if (type == IKE_T_PRF)
		return !prf_follows(o);
	if (l->n == 1 && l->alg[0].id == 0)	/* NONE, and no extended sequence numbers, are the rule */
		return type != IKE_T_SN && type != IKE_T_KE && (type != IKE_T_INTEG || (o->of[IKE_T_ENCR].n > 0 &&
		    !offer_alg_is_aead(o->of[IKE_T_ENCR].alg[0])));
	return true;
}

char *offer_format(char out[OFFER_TEXT], const struct offer *o)
{
	static const uint8_t order[] = { IKE_T_ENCR, IKE_T_INTEG, IKE_T_PRF, IKE_T_KE, 6, 7, 8, 9, 10, 11, 12,
		IKE_T_SN };
	char word[OFFER_WORD];
	size_t at = 0;

	out[0] = '\0';
	for (size_t t = 0; t < sizeof order; t++)
		for (unsigned i = 0; worth_writing(o, order[t]) && i < o->of[order[t]].n; i++) {
			offer_alg_format(word, order[t], o->of[order[t]].alg[i]);
			if (at + strlen(word) + 6 > OFFER_TEXT) {
				snprintf(out + at, OFFER_TEXT - at, "-...");
				return out;
			}
			at += (size_t)snprintf(out + at, OFFER_TEXT - at, "%s%s", at > 0 ? "-" : "", word);
		}
	return out;
}
