/* Certificates and requests for them (RFC 7296 3.6, 3.7, RFC 2408 3.9, 3.10). */
#include "ike/payload/row.h"

enum { SHA1_LEN = 20 };

static bool cert_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	(void)d;
	p->cert.encoding = rd_u8(&r);
	p->cert.data = rd_rest(&r);
	return true;
}

static void cert_encode(const struct ike_payload *p, struct wr *w)
{
	wr_u8(w, p->cert.encoding);
	wr_span(w, p->cert.data);
}

static void cert_show(const struct ike_payload *p, struct out *o)
{
	struct rd r = rd_of(p->cert.data.p, p->cert.data.n);
	bool by_url = p->cert.encoding == IKE_CERT_HASH_URL ||
	    p->cert.encoding == IKE_CERT_HASH_URL_BUNDLE;

	ike_id_show(o, "encoding", &ike_certs, p->cert.encoding);
	if (by_url && r.n >= SHA1_LEN) {	/* RFC 7296 3.6: the SHA-1, then where it is */
		out_bytes(o, "hash", rd_take(&r, SHA1_LEN));
		out_span(o, "url", rd_rest(&r));
	} else {
		out_bytes(o, "certificate", p->cert.data);
		ike_cert_show(o, p->cert.encoding, p->cert.data);
	}
}

/* RFC 7296 3.7: SHA-1 hashes of the public keys of the authorities, one after the other. */
static void certreq_show(const struct ike_payload *p, struct out *o)
{
	struct rd r = rd_of(p->cert.data.p, p->cert.data.n);

	ike_id_show(o, "encoding", &ike_certs, p->cert.encoding);
	if (r.n == 0 || r.n % SHA1_LEN != 0) {
		if (r.n > 0)
			out_bytes(o, "authority", p->cert.data);
		return;
	}
	out_list(o, "authorities");
	while (r.n > 0)
		out_bytes(o, NULL, rd_take(&r, SHA1_LEN));
	out_end(o);
}

/* RFC 2408 3.10: a distinguished name. */
static void v1_certreq_show(const struct ike_payload *p, struct out *o)
{
	ike_id_show(o, "encoding", &ike_certs, p->cert.encoding);
	if (p->cert.data.n > 0)
		ike_show_dn(o, "authority", "authority_hex", p->cert.data);
}

const struct ike_payload_row ike_rows_cert[] = {
	{ IKE_V2, IKE_P_CERT, "CERT", 1, cert_decode, cert_encode, cert_show },
	{ IKE_V2, IKE_P_CERTREQ, "CERTREQ", 1, cert_decode, cert_encode, certreq_show },
	{ IKE_V1, IKE_V1_P_CERT, "CERT", 1, cert_decode, cert_encode, cert_show },
	{ IKE_V1, IKE_V1_P_CERTREQ, "CERTREQ", 1, cert_decode, cert_encode, v1_certreq_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
