/* Offers out of SA payloads (RFC 7296 3.3, RFC 2408 3.5, RFC 2407 4.4 and 4.5, RFC 2409 appendix A). */
#include "ike/offer.h"

static int full(struct err *e)
{
	return err_set(e, "found more than %d proposals, or memory is out", OFFERS_MAX);
}

static int proposal_v2(struct offers *os, const struct ike_proposal *p, struct mem *mem, struct err *e)
{
	struct offer *o = offers_add(os, p->protocol, mem);

	if (o == NULL)
		return full(e);
	for (unsigned i = 0; i < p->ntransform; i++) {
		const struct ike_transform *t = &p->transform[i];

		if (t->type > 0 && t->type < OFFER_TYPES)
			offer_add(o, t->type, t->id, t->key_bits);
	}
	return 0;
}

static uint16_t attr(const struct ike_transform *t, uint16_t type)
{
	const struct ike_attr *a = ike_attr_find(t->attr, t->nattr, type);

	return a != NULL ? (uint16_t)ike_attr_number(a) : 0;
}

/* RFC 2409 appendix A: attributes 1 encryption, 2 hash, 3 authentication, 4 group, 14 key length. */
static void phase1(struct offer *o, const struct ike_transform *t)
{
	const struct alg_encr *encr = alg_encr_by_v1(attr(t, 1));
	const struct alg_prf *prf = alg_prf_by_v1(attr(t, 2));

	offer_add(o, IKE_T_ENCR, encr != NULL ? encr->id : attr(t, 1), attr(t, IKE_ATTR_KEY_LENGTH));
	if (prf != NULL) {
		offer_add(o, IKE_T_PRF, prf->id, 0);
		offer_add(o, IKE_T_INTEG, offer_integ_of_prf(prf->id), 0);
	}
	offer_add(o, IKE_T_KE, attr(t, 4), 0);
	o->v1_auth = attr(t, 3);
}

/* RFC 2407 4.5: attributes 3 group, 5 authentication, 6 key length, 11 ESN (RFC 4304 5). */
static void phase2(struct offer *o, const struct ike_transform *t)
{
	const struct alg_encr *encr = alg_encr_by_v1_esp((uint8_t)t->id);
	const struct alg_integ *integ = alg_integ_by_v1(attr(t, 5));

	if (o->protocol == IKE_PROTO_ESP)
		offer_add(o, IKE_T_ENCR, encr != NULL ? encr->id : t->id, attr(t, 6));
	if (integ != NULL)
		offer_add(o, IKE_T_INTEG, integ->id, 0);
	if (attr(t, 3) != 0)
		offer_add(o, IKE_T_KE, attr(t, 3), 0);
	offer_add(o, IKE_T_SN, attr(t, 11) == 1, 0);
}

/* IKEv1 numbers AH 2 and ESP 3 as IKEv2 does, and says IKE with 1; IPComp is no SA of its own. */
static int proposal_v1(struct offers *os, const struct ike_proposal *p, struct mem *mem, struct err *e)
{
	if (p->protocol < IKE_PROTO_IKE || p->protocol > IKE_PROTO_ESP)
		return 0;
	for (unsigned i = 0; i < p->ntransform; i++) {
		struct offer *o = offers_add(os, p->protocol, mem);

		if (o == NULL)
			return full(e);
		if (p->protocol == IKE_PROTO_IKE)
			phase1(o, &p->transform[i]);
		else
			phase2(o, &p->transform[i]);
	}
	return 0;
}

int offers_of_payload(struct offers *os, const struct ike_payload *sa, struct mem *mem, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; sa->decoded && rc == 0 && i < sa->sa.nproposal; i++)
		rc = sa->version == IKE_V1 ? proposal_v1(os, &sa->sa.proposal[i], mem, e) :
		    proposal_v2(os, &sa->sa.proposal[i], mem, e);
	return rc;
}
