#include "ike/message.h"

enum { PRIVATE_USE = 240 };		/* exchange types from here on */

void ike_message_init(struct ike_message *m)
{
	*m = (struct ike_message){ 0 };
	mem_init(&m->mem, IKE_MESSAGE_MEMORY);
}

void ike_message_clear(struct ike_message *m)
{
	mem_clear(&m->mem);
	ike_message_init(m);
}

static void fault(struct ike_message *m, enum ike_fault_kind kind, size_t offset, const char *what,
    uint64_t found, uint64_t wanted)
{
	struct ike_fault f = { .kind = kind, .version = m->hdr.version, .offset = offset,
		.found = found, .wanted = wanted, .what = what };

	ike_fault_add(&m->faults, &f);
}

/* What is wrong with the header itself. */
static void hdr_check(struct ike_message *m, size_t n)
{
	const struct ike_hdr *h = &m->hdr;
	unsigned major = h->version >> 4;

	if (major != 1 && major != 2)
		fault(m, IKE_FAULT_VERSION, 17, "version", major, 2);
	else if (ike_exchange_name(h->version, h->exchange) == NULL && h->exchange < PRIVATE_USE)
		fault(m, IKE_FAULT_EXCHANGE, 18, "exchange type", h->exchange, 0);
	if (h->length < IKE_HDR_LEN || h->length > n)
		fault(m, IKE_FAULT_TRUNCATED, 24, "message", n, h->length);
	else if (h->length < n)
		fault(m, IKE_FAULT_TRAILING, h->length, "message", n - h->length, 0);
	if (h->spi_i == 0)			/* RFC 7296 3.1, RFC 2408 3.1 */
		fault(m, IKE_FAULT_VALUE, 0, "initiator's SPI", 0, 1);
}

static int chain_decode(struct ike_message *m, struct ike_payloads *ps, uint8_t first,
    struct span chain, bool inner, struct err *e)
{
	struct ike_decoder d = { .mem = &m->mem, .faults = &m->faults, .inner = inner,
		.version = ike_hdr_is_v1(&m->hdr) ? IKE_V1 : IKE_V2,
		.start = inner ? chain.p : m->wire.p };

	if (ike_payloads_decode(ps, &d, first, chain) < 0)
		return err_nomem(e);
	if (ps->rest.n > 0 && !(inner && d.version == IKE_V1)) {
		struct ike_fault f = { .kind = IKE_FAULT_TRAILING, .version = d.version,
			.inner = inner, .offset = (size_t)(ps->rest.p - d.start),
			.found = ps->rest.n, .what = "last payload" };

		if (ike_message_sk(m) != NULL && !inner)
			f.kind = IKE_FAULT_AFTER_SK;
		ike_fault_add(&m->faults, &f);
	}
	return 0;
}

int ike_message_decode(struct ike_message *m, struct span wire, struct err *e)
{
	struct rd r = rd_of(wire.p, wire.n);

	ike_message_clear(m);
	if (ike_hdr_decode(&m->hdr, &r, e) < 0)
		return -1;
	hdr_check(m, wire.n);
	m->wire = wire;
	if (m->hdr.length >= IKE_HDR_LEN && m->hdr.length < wire.n) {
		m->wire.n = m->hdr.length;
		r.n = m->hdr.length - IKE_HDR_LEN;
	}
	if (ike_hdr_is_encrypted(&m->hdr)) {
		m->sealed = rd_rest(&r);
		return 0;
	}
	return chain_decode(m, &m->payloads, m->hdr.next, rd_rest(&r), false, e);
}

int ike_message_open(struct ike_message *m, uint8_t first, struct span plain, struct err *e)
{
	m->opened = true;
	return chain_decode(m, &m->inner, first, plain, true, e);
}

const struct ike_payload *ike_message_sk(const struct ike_message *m)
{
	const struct ike_payload *last;

	if (ike_hdr_is_v1(&m->hdr) || m->payloads.n == 0)
		return NULL;
	last = &m->payloads.payload[m->payloads.n - 1];
	return last->type == IKE_P_SK || last->type == IKE_P_SKF ? last : NULL;
}

const struct ike_payloads *ike_message_payloads(const struct ike_message *m)
{
	return m->opened ? &m->inner : &m->payloads;
}

int ike_message_encode(const struct ike_message *m, struct wr *w, struct err *e)
{
	struct ike_hdr h = m->hdr;
	size_t start = w->n;
	uint8_t first;

	ike_hdr_encode(&h, w);
	if (ike_hdr_is_encrypted(&h)) {
		wr_span(w, m->sealed);
	} else {
		first = ike_payloads_encode(&m->payloads, w);
		if (wr_ok(w))
			w->p[start + 16] = first;
	}
	if (!wr_ok(w))
		return err_set(e, "IKE message does not fit into %zu octets", w->cap);
	store_be32(w->p + start + 24, (uint32_t)(w->n - start));
	return 0;
}

/* SK holds what was in it. */
static void payloads_show(struct out *o, const struct ike_message *m)
{
	const struct ike_payload *sk = ike_message_sk(m);

	out_list(o, "payloads");
	for (unsigned i = 0; i < m->payloads.n; i++) {
		const struct ike_payload *p = &m->payloads.payload[i];

		out_object(o, NULL);
		ike_payload_show(o, p);
		if (p == sk && m->opened)
			ike_payloads_show(o, "payloads", &m->inner);
		out_end(o);
	}
	out_end(o);
}

void ike_message_show(struct out *o, const struct ike_message *m)
{
	ike_hdr_show(o, &m->hdr);
	if (ike_hdr_is_encrypted(&m->hdr)) {
		out_number(o, "encrypted_octets", m->sealed.n);
		if (m->opened)
			ike_payloads_show(o, "payloads", &m->inner);
	} else {
		payloads_show(o, m);
	}
	ike_faults_show(o, &m->faults);
}
