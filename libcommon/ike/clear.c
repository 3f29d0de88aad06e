#include "ike/clear.h"

enum { NEXT_AT = 16, FLAGS_AT = 19, LENGTH_AT = 24 };

bool ike_clear(const struct ike_message *m, struct wr *w)
{
	const struct ike_payload *sk = ike_message_sk(m);
	struct span inner = ike_payloads_span(&m->inner, 0), wire = m->wire;
	size_t from = w->n, keep = sk != NULL ? sk->offset : IKE_HDR_LEN, next = NEXT_AT;

	if (!m->opened) {
		wr_span(w, wire);
		return wr_ok(w);
	}
	wr_span(w, (struct span){ wire.p, keep });
	wr_span(w, inner);
	if (!wr_ok(w))
		return false;
	if (sk != NULL) {
		if (m->payloads.n > 1)		/* the payload before SK names what follows */
			next = m->payloads.payload[m->payloads.n - 2].offset;
		w->p[from + next] = m->inner.n > 0 ? m->inner.payload[0].type : IKE_P_NONE;
	} else {
		w->p[from + FLAGS_AT] &= (uint8_t)~IKE_V1_FLAG_ENCRYPTION;
	}
	store_be32(w->p + from + LENGTH_AT, (uint32_t)(w->n - from));
	return true;
}
