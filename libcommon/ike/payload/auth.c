/* Authentication (RFC 7296 3.8, RFC 7427 3). */
#include "crypto/sign.h"
#include "ike/payload/row.h"

static bool auth_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	struct pl_auth *a = &p->auth;
	struct rd sub;
	uint8_t n;

	a->method = rd_u8(&r);
	ike_reserved_take(a->reserved, sizeof a->reserved, &r);
	a->data = a->signature = (struct span){ r.p, r.n };
	if (a->method != IKE_AUTH_DIGITAL_SIGNATURE)
		return true;
	n = rd_u8(&r);
	if (!rd_ok(&r) || n > r.n) {
		ike_decoder_fault(d, p, IKE_FAULT_SHORT, a->data.p, "AlgorithmIdentifier", r.n, n);
		return true;
	}
	sub = rd_sub(&r, n);
	a->algorithm = (struct span){ sub.p, sub.n };
	a->signature = rd_rest(&r);
	return true;
}

static void auth_encode(const struct ike_payload *p, struct wr *w)
{
	const struct pl_auth *a = &p->auth;

	wr_u8(w, a->method);
	wr_span(w, (struct span){ a->reserved, sizeof a->reserved });
	if (a->signature.n == 0) {
		wr_span(w, a->data);
		return;
	}
	if (a->method == IKE_AUTH_DIGITAL_SIGNATURE) {
		wr_u8(w, (uint8_t)a->algorithm.n);
		wr_span(w, a->algorithm);
	}
	wr_span(w, a->signature);
}

static void auth_show(const struct ike_payload *p, struct out *o)
{
	struct sign_scheme scheme;
	struct err e;

	ike_id_show(o, "method", &ike_auth_methods, p->auth.method);
	if (p->auth.algorithm.n > 0) {
		if (sign_scheme_decode(&scheme, p->auth.algorithm, &e) == 0)
			out_name(o, "scheme", scheme.alg->name);
		out_bytes(o, "algorithm", p->auth.algorithm);
	}
	out_bytes(o, "auth", p->auth.signature);
}

const struct ike_payload_row ike_rows_auth[] = {
	{ IKE_V2, IKE_P_AUTH, "AUTH", 4, auth_decode, auth_encode, auth_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
