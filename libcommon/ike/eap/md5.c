/* MD5-Challenge (RFC 3748 5.4, as RFC 1994): proves the client alone, and makes no key. */
#include "crypto/prf.h"
#include "ike/eap_method.h"

enum { PRF_HMAC_MD5 = 1, MD5 = 16 };

static int digest(const struct eap *x, struct span password, struct span challenge, uint8_t out[PRF_MAX],
    struct err *e)
{
	const struct span parts[] = { { &x->id, 1 }, password, challenge };

	return prf_hash(alg_prf_by_id(PRF_HMAC_MD5), parts, 3, out, e);
}

static int client(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	struct span challenge = rd_take(&r, rd_u8(&r));
	uint8_t out[PRF_MAX];

	if (!rd_ok(&r) || challenge.n == 0)
		return eap_because(x, "the server's MD5 challenge is cut short");
	if (digest(x, x->conf->password, challenge, out, e) < 0)
		return -1;
	wr_u8(w, MD5);
	wr_span(w, (struct span){ out, MD5 });
	wr_span(w, eap_own_name(x->conf));
	wipe(out, sizeof out);
	return EAP_TURN_READY;
}

static int begin(struct eap *x, struct wr *w, struct err *e)
{
	(void)e;
	rng_bytes(x->rng, x->challenge, sizeof x->challenge);
	wr_u8(w, EAP_CHALLENGE);
	wr_span(w, (struct span){ x->challenge, EAP_CHALLENGE });
	return EAP_TURN_ON;
}

/* The name in the answer counts only where none is known. */
static int server(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	struct span value = rd_take(&r, rd_u8(&r)), name = rd_rest(&r), password = { 0 };
	uint8_t want[PRF_MAX];
	bool known, right;

	(void)w;
	if (!rd_ok(&r) || value.n != MD5)
		return eap_because(x, "the client's MD5 response is cut short");
	if (x->n_identity > 0)
		name = eap_name(x);
	known = eap_password(x, &name, &password);
	if (digest(x, password, (struct span){ x->challenge, EAP_CHALLENGE }, want, e) < 0)
		return -1;
	right = bytes_eq(want, value.p, MD5);
	wipe(want, sizeof want);
	if (!known || !right)
		return eap_because_password(x, known, name);
	return eap_take_name(x, name) == EAP_TURN_FAILED ? EAP_TURN_FAILED : EAP_TURN_DONE;
}

const struct eap_method eap_md5 = {
	.name = { EAP_MD5, "md5" }, .label = "EAP-MD5", .can = eap_can_password, .client = client, .begin = begin,
	.server = server,
};
