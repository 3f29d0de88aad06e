#include "ike/build.h"

#include <string.h>

#include "base/wr.h"

enum { PROPOSAL_TRANSFORMS = 255, PROPOSALS = 255 };	/* counted in one octet each */

void build_init(struct build *b)
{
	b->n = 0;
	b->bad = false;
	mem_init(&b->mem, BUILD_MEMORY);
}

void build_clear(struct build *b)
{
	mem_wipe(&b->mem);
	build_init(b);
}

bool build_ok(const struct build *b)
{
	return !b->bad;
}

struct ike_payloads build_payloads(struct build *b)
{
	return (struct ike_payloads){ .payload = b->payload, .n = b->n };
}

struct ike_payload *build_add(struct build *b, uint8_t type)
{
	struct ike_payload *p;

	if (b->n == BUILD_PAYLOADS) {
		b->bad = true;
		return NULL;
	}
	p = &b->payload[b->n++];
	*p = (struct ike_payload){ .version = IKE_V2, .type = type, .decoded = true };
	return p;
}

struct span build_copy(struct build *b, struct span s)
{
	uint8_t *p = mem_new(&b->mem, s.n);

	if (p == NULL) {
		b->bad = true;
		return (struct span){ 0 };
	}
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

void build_notify_spi(struct build *b, uint8_t protocol, struct span spi, uint16_t type, struct span data)
{
	struct ike_payload *p = build_add(b, IKE_P_NOTIFY);

	if (p != NULL)
		p->notify = (struct pl_notify){ .protocol = protocol, .type = type, .spi = build_copy(b, spi),
			.data = build_copy(b, data) };
}

void build_notify(struct build *b, uint16_t type, struct span data)
{
	build_notify_spi(b, IKE_PROTO_NONE, (struct span){ 0 }, type, data);
}

void build_notify_number(struct build *b, uint16_t type, uint64_t number, unsigned octets)
{
	uint8_t all[8];

	store_be64(all, number);
	if (octets > sizeof all)
		octets = sizeof all;
	build_notify(b, type, (struct span){ all + sizeof all - octets, octets });
}

void build_nonce(struct build *b, struct span nonce)
{
	struct ike_payload *p = build_add(b, IKE_P_NONCE);

	if (p != NULL)
		p->opaque.data = build_copy(b, nonce);
}

void build_ke(struct build *b, uint16_t group, struct span value)
{
	struct ike_payload *p = build_add(b, IKE_P_KE);

	if (p != NULL)
		p->ke = (struct pl_ke){ .group = group, .value = build_copy(b, value) };
}

void build_id(struct build *b, uint8_t type, uint8_t id_type, struct span data)
{
	struct ike_payload *p = build_add(b, type);

	if (p != NULL)
		p->id = (struct pl_id){ .type = id_type, .data = build_copy(b, data) };
}

void build_delete(struct build *b, uint8_t protocol, unsigned size, unsigned n, struct span spis)
{
	struct ike_payload *p = build_add(b, IKE_P_DELETE);

	if (p != NULL)
		p->del = (struct pl_delete){ .protocol = protocol, .spi_size = (uint8_t)size, .nspi = (uint16_t)n,
			.spis = build_copy(b, spis) };
}

/* Which ciphers of an offer a proposal has. */
enum ciphers { CIPHERS_ALL, CIPHERS_AEAD, CIPHERS_OTHER };

static bool has(const struct offer *o, bool aead)
{
	const struct offer_list *l = &o->of[IKE_T_ENCR];

	for (unsigned i = 0; i < l->n; i++)
		if (offer_alg_is_aead(l->alg[i]) == aead)
			return true;
	return false;
}

/* RFC 5282 8: an AEAD has no integrity algorithm beside it, and NONE would be all it may say. */
static bool goes(unsigned type, struct offer_alg a, enum ciphers which)
{
	if (type == IKE_T_ENCR)
		return which == CIPHERS_ALL || offer_alg_is_aead(a) == (which == CIPHERS_AEAD);
	return type != IKE_T_INTEG || which == CIPHERS_ALL || (which == CIPHERS_OTHER && a.id != 0);
}

static bool transform_add(struct build *b, struct ike_proposal *p, unsigned type, struct offer_alg a)
{
	struct ike_transform *t;

	if (p->ntransform == PROPOSAL_TRANSFORMS)
		return false;
	t = &p->transform[p->ntransform++];
	*t = (struct ike_transform){ .type = (uint8_t)type, .id = a.id, .key_bits = a.bits };
	if (a.bits == 0)
		return true;
	if ((t->attr = mem_array(&b->mem, 1, sizeof *t->attr)) == NULL)
		return false;
	t->attr[t->nattr++] = (struct ike_attr){ .type = IKE_ATTR_KEY_LENGTH, .tv = true, .value = a.bits };
	return true;
}

static void proposal_add(struct build *b, struct pl_sa *sa, const struct offer *o, enum ciphers which, struct span spi,
    unsigned number, unsigned skip)
{
	struct ike_proposal *p = &sa->proposal[sa->nproposal];
	unsigned n = 0;
	bool ok;

	for (unsigned type = IKE_T_ENCR; type < OFFER_TYPES; type++)
		n += o->of[type].n;
	ok = sa->nproposal < PROPOSALS && (p->transform = mem_array(&b->mem, n, sizeof *p->transform)) != NULL;
	if (ok) {
		p->number = (uint8_t)number;
		p->protocol = o->protocol;
		p->spi = spi;
		sa->nproposal++;
	}
	for (unsigned type = IKE_T_ENCR; ok && type < OFFER_TYPES; type++)
		for (unsigned i = 0; ok && !(skip & 1u << type) && i < o->of[type].n; i++)
			if (goes(type, o->of[type].alg[i], which))
				ok = transform_add(b, p, type, o->of[type].alg[i]);
	if (!ok)
		b->bad = true;
}

/* Room for n proposals. */
static struct pl_sa *sa_add(struct build *b, unsigned n)
{
	struct ike_payload *p = build_add(b, IKE_P_SA);

	if (p == NULL)
		return NULL;
	if ((p->sa.proposal = mem_array(&b->mem, n, sizeof *p->sa.proposal)) == NULL) {
		b->bad = true;
		return NULL;
	}
	return &p->sa;
}

void build_sa(struct build *b, const struct offers *os, struct span spi, unsigned skip)
{
	struct pl_sa *sa = sa_add(b, 2 * os->n);

	if (sa == NULL)
		return;
	spi = build_copy(b, spi);
	for (unsigned i = 0; i < os->n; i++) {
		struct offer said = os->offer[i], *o = &said;
		bool aead = has(o, true), other = has(o, false);
		enum ciphers first = !aead && !other ? CIPHERS_ALL : offer_alg_is_aead(o->of[IKE_T_ENCR].alg[0]) ?
		    CIPHERS_AEAD : CIPHERS_OTHER;

		if (o->protocol != IKE_PROTO_IKE && o->of[IKE_T_SN].n == 0)	/* mandatory, RFC 7296 3.3.3 */
			offer_add(o, IKE_T_SN, 0, 0);
		proposal_add(b, sa, o, first, spi, sa->nproposal + 1, skip);
		if (aead && other)
			proposal_add(b, sa, o, first == CIPHERS_AEAD ? CIPHERS_OTHER : CIPHERS_AEAD, spi, sa->nproposal + 1,
			    skip);
	}
}

void build_sa_choice(struct build *b, unsigned number, const struct offer *suite, struct span spi, unsigned skip)
{
	struct pl_sa *sa = sa_add(b, 1);

	if (sa != NULL)
		proposal_add(b, sa, suite, CIPHERS_ALL, build_copy(b, spi), number, skip);
}
