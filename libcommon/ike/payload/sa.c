/* Security Association: proposals, transforms, attributes (RFC 7296 3.3, RFC 2408 3.4 to 3.6). */
#include "ike/payload/row.h"

enum {
	PROPOSAL_LEN = 8, TRANSFORM_LEN = 8,
	NEXT_PROPOSAL = 2, NEXT_TRANSFORM = 3,	/* "more", in the first octet of a substructure */
	DOI_IPSEC = 1, SITUATION_IDENTITY = 1,	/* RFC 2407 4.2 */
};

/* How many substructures the lengths in r make. */
static unsigned count(struct rd r, unsigned max)
{
	unsigned n = 0;

	while (r.n >= 4 && n < max) {
		uint16_t length = load_be16(r.p + 2);

		n++;
		if (length < 4 || length > r.n)
			break;
		rd_take(&r, length);
	}
	return n;
}

/* The two kinds of substructure: octets of its header, what its next field says if another
 * follows. */
struct kind { const char *what; size_t head; uint8_t more; };

static const struct kind a_proposal = { "proposal", PROPOSAL_LEN, NEXT_PROPOSAL };
static const struct kind a_transform = { "transform", TRANSFORM_LEN, NEXT_TRANSFORM };

/* The substructure at the start of r: its bytes after next, reserved and length. */
static bool take(struct rd *sub, struct rd *r, uint8_t *reserved, const struct kind *k,
    struct ike_payload *p, struct ike_decoder *d)
{
	const uint8_t *start = r->p;
	size_t left = r->n;
	uint8_t next;
	uint16_t length;

	if (left < k->head)
		return ike_decoder_fault(d, p, IKE_FAULT_SHORT, start, k->what, left, k->head);
	next = rd_u8(r);
	*reserved = rd_u8(r);		/* ignored on receipt, RFC 7296 2.5 */
	length = rd_u16(r);
	if (length < k->head || length > left)
		return ike_decoder_fault(d, p, IKE_FAULT_PAYLOAD_LENGTH, start, k->what, length,
		    left);
	*sub = rd_sub(r, length - 4u);
	if (next != (r->n > 0 ? k->more : 0))
		ike_decoder_fault(d, p, IKE_FAULT_NEXT, start, k->what, next,
		    r->n > 0 ? k->more : 0);
	return true;
}

static bool transform_decode(struct ike_transform *t, struct rd r, struct ike_payload *p,
    struct ike_decoder *d)
{
	const struct ike_attr *bits;

	if (ike_is_v1(p->version)) {
		t->number = rd_u8(&r);
		t->id = rd_u8(&r);
		t->reserved = rd_u16(&r);
	} else {
		t->type = rd_u8(&r);
		t->reserved = rd_u8(&r);
		t->id = rd_u16(&r);
	}
	if (!ike_attrs_decode(&t->attr, &t->nattr, r, true, p, d))
		return false;
	bits = ike_attr_find(t->attr, t->nattr, IKE_ATTR_KEY_LENGTH);
	if (!ike_is_v1(p->version) && bits != NULL)
		t->key_bits = bits->value;
	return true;
}

static bool proposal_decode(struct ike_proposal *it, struct rd r, struct ike_payload *p,
    struct ike_decoder *d)
{
	const uint8_t *start = r.p;
	uint8_t spi_size, announced;
	unsigned max;

	it->number = rd_u8(&r);
	it->protocol = rd_u8(&r);
	spi_size = rd_u8(&r);
	announced = rd_u8(&r);
	if (spi_size > r.n)
		return ike_decoder_fault(d, p, IKE_FAULT_SHORT, r.p, "SPI", r.n, spi_size);
	it->spi = rd_take(&r, spi_size);
	max = count(r, IKE_TRANSFORMS_MAX);
	if ((it->transform = ike_decoder_array(d, p, max, sizeof *it->transform)) == NULL)
		return false;
	while (it->ntransform < max) {
		struct ike_transform *t = &it->transform[it->ntransform];
		struct rd sub;

		if (!take(&sub, &r, &t->head_reserved, &a_transform, p, d) ||
		    !transform_decode(t, sub, p, d))
			return false;
		it->ntransform++;
	}
	if (r.n > 0)
		return ike_decoder_fault(d, p, IKE_FAULT_TRAILING, r.p, "proposal", r.n, 0);
	if (it->ntransform != announced)
		ike_decoder_fault(d, p, IKE_FAULT_COUNT, start, "transforms", it->ntransform,
		    announced);
	return true;
}

static bool proposals_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	struct pl_sa *sa = &p->sa;
	unsigned max = count(r, IKE_PROPOSALS_MAX);

	if ((sa->proposal = ike_decoder_array(d, p, max, sizeof *sa->proposal)) == NULL)
		return false;
	while (sa->nproposal < max) {
		struct ike_proposal *it = &sa->proposal[sa->nproposal];
		struct rd sub;

		if (!take(&sub, &r, &it->reserved, &a_proposal, p, d))
			break;
		sa->nproposal++;		/* what could be read of it stays */
		if (!proposal_decode(it, sub, p, d))
			break;
	}
	if (!p->bad && r.n > 0)
		ike_decoder_fault(d, p, IKE_FAULT_TRAILING, r.p, "proposals", r.n, 0);
	if (!p->bad && sa->nproposal == 0)
		ike_decoder_fault(d, p, IKE_FAULT_COUNT, NULL, "proposals", 0, 1);
	return true;
}

static bool sa_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	return proposals_decode(p, r, d);
}

/* Labels of RFC 2407 4.6.1 are between situation and proposals of other situations: they stay as
 * they are. */
static bool v1_sa_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	p->sa.doi = rd_u32(&r);
	p->sa.situation = rd_u32(&r);
	if (p->sa.doi > DOI_IPSEC || p->sa.situation != SITUATION_IDENTITY)
		return ike_decoder_fault(d, p, IKE_FAULT_VALUE, NULL,
		    p->sa.doi > DOI_IPSEC ? "DOI" : "situation",
		    p->sa.doi > DOI_IPSEC ? p->sa.doi : p->sa.situation, 1);
	return proposals_decode(p, r, d);
}

/* The header of a substructure; its length is filled in by head_close(). */
static uint8_t *head_open(struct wr *w, bool last, const struct kind *k, uint8_t reserved)
{
	uint8_t *head = wr_hold(w, 4);

	if (head != NULL) {
		head[0] = last ? 0 : k->more;
		head[1] = reserved;
	}
	return head;
}

static void head_close(struct wr *w, uint8_t *head, size_t start)
{
	if (head != NULL && wr_ok(w))
		store_be16(head + 2, (uint16_t)(w->n - start));
}

static void transform_encode(const struct ike_transform *t, bool v1, struct wr *w)
{
	if (v1) {
		wr_u8(w, t->number);
		wr_u8(w, (uint8_t)t->id);
		wr_u16(w, t->reserved);
	} else {
		wr_u8(w, t->type);
		wr_u8(w, (uint8_t)t->reserved);
		wr_u16(w, t->id);
	}
	ike_attrs_encode(t->attr, t->nattr, true, w);
}

static void proposal_encode(const struct ike_proposal *it, bool v1, struct wr *w)
{
	wr_u8(w, it->number);
	wr_u8(w, it->protocol);
	wr_u8(w, (uint8_t)it->spi.n);
	wr_u8(w, (uint8_t)it->ntransform);
	wr_span(w, it->spi);
	for (unsigned i = 0; i < it->ntransform; i++) {
		size_t start = w->n;
		const struct ike_transform *t = &it->transform[i];
		uint8_t *head = head_open(w, i + 1 == it->ntransform, &a_transform, t->head_reserved);

		transform_encode(t, v1, w);
		head_close(w, head, start);
	}
}

static void sa_encode(const struct ike_payload *p, struct wr *w)
{
	bool v1 = ike_is_v1(p->version);

	if (v1) {
		wr_u32(w, p->sa.doi);
		wr_u32(w, p->sa.situation);
	}
	for (unsigned i = 0; i < p->sa.nproposal; i++) {
		size_t start = w->n;
		const struct ike_proposal *it = &p->sa.proposal[i];
		uint8_t *head = head_open(w, i + 1 == p->sa.nproposal, &a_proposal, it->reserved);

		proposal_encode(it, v1, w);
		head_close(w, head, start);
	}
}

static void transform_show(struct out *o, const struct ike_transform *t, uint8_t protocol, bool v1)
{
	out_object(o, NULL);
	if (v1) {
		out_number(o, "transform", t->number);
		out_code(o, "id", t->id, ike_v1_transform_name(protocol, t->id));
		ike_attrs_show(o, t->attr, t->nattr,
		    protocol == IKE_PROTO_IKE ? IKE_ATTRS_PHASE1 : IKE_ATTRS_PHASE2);
	} else {
		out_code_head(o, "type", t->type, ike_id_name(&ike_transform_types, t->type));
		out_code_head(o, "transform", t->id, ike_transform_name(t->type, t->id));
		ike_attrs_show(o, t->attr, t->nattr, IKE_ATTRS_V2);
	}
	out_end(o);
}

static void sa_show(const struct ike_payload *p, struct out *o)
{
	bool v1 = ike_is_v1(p->version);

	if (v1)
		out_number(o, "doi", p->sa.doi);
	out_list(o, "proposals");
	for (unsigned i = 0; i < p->sa.nproposal; i++) {
		const struct ike_proposal *it = &p->sa.proposal[i];

		out_object(o, NULL);
		out_number(o, "proposal", it->number);
		out_code_head(o, "protocol", it->protocol,
		    ike_id_name(v1 ? &ike_v1_protocols : &ike_protocols, it->protocol));
		if (it->spi.n > 0)
			out_bytes(o, "spi", it->spi);
		out_list(o, "transforms");
		for (unsigned k = 0; k < it->ntransform; k++)
			transform_show(o, &it->transform[k], it->protocol, v1);
		out_end(o);
		out_end(o);
	}
	out_end(o);
}

const struct ike_payload_row ike_rows_sa[] = {
	{ IKE_V2, IKE_P_SA, "SA", 0, sa_decode, sa_encode, sa_show },
	{ IKE_V1, IKE_V1_P_SA, "SA", 8, v1_sa_decode, sa_encode, sa_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
