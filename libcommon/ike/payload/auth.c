/* Authentication (RFC 7296 3.8, RFC 7427 3). */
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
	if (a->method == IKE_AUTH_DIGITAL_SIGNATURE) {
		wr_u8(w, (uint8_t)a->algorithm.n);
		wr_span(w, a->algorithm);
	}
	wr_span(w, a->signature);
}

/* What AlgorithmIdentifiers are in use: RFC 7427 appendix A, RFC 8420.  PSS says more than
 * its name. */
#define PKCS1 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1
static const struct { const char *name; uint8_t n, oid[11]; } algorithms[] = {
	{ "sha1WithRSAEncryption", 11, { PKCS1, 5 } },
	{ "sha256WithRSAEncryption", 11, { PKCS1, 11 } },
	{ "sha384WithRSAEncryption", 11, { PKCS1, 12 } },
	{ "sha512WithRSAEncryption", 11, { PKCS1, 13 } },
	{ "RSASSA-PSS", 11, { PKCS1, 10 } },
	{ "dsa-with-sha1", 9, { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3 } },
	{ "dsa-with-sha256", 11, { 0x06, 0x09, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2 } },
	{ "ecdsa-with-SHA1", 9, { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1 } },
	{ "ecdsa-with-SHA256", 10, { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2 } },
	{ "ecdsa-with-SHA384", 10, { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3 } },
	{ "ecdsa-with-SHA512", 10, { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4 } },
	{ "Ed25519", 5, { 0x06, 0x03, 0x2b, 0x65, 0x70 } },
	{ "Ed448", 5, { 0x06, 0x03, 0x2b, 0x65, 0x71 } },
};

/* A SEQUENCE with a short or one-octet length, then the OID. */
static const char *algorithm_name(struct span der)
{
	size_t skip = der.n > 2 && der.p[1] == 0x81 ? 3 : 2;

	if (der.n <= skip || der.p[0] != 0x30)
		return NULL;
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (der.n - skip >= algorithms[i].n &&
		    memcmp(der.p + skip, algorithms[i].oid, algorithms[i].n) == 0)
			return algorithms[i].name;
	return NULL;
}

static void auth_show(const struct ike_payload *p, struct out *o)
{
	const char *name = algorithm_name(p->auth.algorithm);

	ike_id_show(o, "method", &ike_auth_methods, p->auth.method);
	if (name != NULL)
		out_name(o, "signature_algorithm", name);
	if (p->auth.algorithm.n > 0)
		out_bytes(o, "algorithm", p->auth.algorithm);
	out_bytes(o, "auth", p->auth.signature);
}

const struct ike_payload_row ike_rows_auth[] = {
	{ IKE_V2, IKE_P_AUTH, "AUTH", 4, auth_decode, auth_encode, auth_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
