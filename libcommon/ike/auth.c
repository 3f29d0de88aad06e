#include "ike/auth.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { HEADER = 28, GENERIC = 4, SK = 46, SKF = 53 };

static struct span bytes(const void *p, size_t n)
{
	return (struct span){ p, n };
}

/* prf(SK_p, IDx') */
static int maced_id(const struct auth_side *a, uint8_t out[PRF_MAX], struct err *e)
{
	return prf_make(a->prf, a->sk_p, &a->id, 1, out, e);
}

size_t auth_octets_size(const struct auth_side *a)
{
	return a->message.n + a->nonce.n + a->prf->out + a->int_auth.n;
}

int auth_octets(const struct auth_side *a, struct wr *w, struct err *e)
{
	uint8_t id[PRF_MAX];

	if (maced_id(a, id, e) < 0)
		return -1;
	wr_span(w, a->message);
	wr_span(w, a->nonce);
	wr_span(w, bytes(id, a->prf->out));
	wr_span(w, a->int_auth);
	return wr_ok(w) ? 0 : err_set(e, "the signed octets do not fit");
}

int auth_mac(const struct auth_side *a, struct span secret, uint8_t out[PRF_MAX], struct err *e)
{
	static const char pad[] = "Key Pad for IKEv2";
	struct span padding = bytes(pad, sizeof pad - 1), parts[4];
	uint8_t id[PRF_MAX], key[PRF_MAX];
	int rc;

	if (maced_id(a, id, e) < 0 || prf_make(a->prf, secret, &padding, 1, key, e) < 0)
		return -1;
	parts[0] = a->message;
	parts[1] = a->nonce;
	parts[2] = bytes(id, a->prf->out);
	parts[3] = a->int_auth;
	rc = prf_make(a->prf, bytes(key, a->prf->out), parts, 4, out, e);
	wipe(key, sizeof key);
	return rc;
}

int auth_check_mac(const struct auth_side *a, struct span secret, struct span data, struct err *e)
{
	uint8_t want[PRF_MAX];

	if (auth_mac(a, secret, want, e) < 0)
		return -1;
	return data.n == a->prf->out && bytes_eq(data.p, want, data.n);
}

int auth_signature_decode(struct auth_signature *s, struct span data, struct err *e)
{
	struct rd r = rd_of(data.p, data.n);

	s->algorithm = rd_take(&r, rd_u8(&r));
	s->value = rd_rest(&r);
	if (rd_ok(&r) && s->algorithm.n > 0 && s->value.n > 0)
		return 0;
	*s = (struct auth_signature){ { 0 }, { 0 } };
	return err_set(e, "the AUTH data holds no AlgorithmIdentifier with a signature behind it");
}

int auth_scheme(struct sign_scheme *s, unsigned method, const struct pkey *k, struct err *e)
{
	const struct alg_auth *row = alg_auth_by_method((uint8_t)method);
	struct pkey_info info = pkey_info(k);
	const struct alg_sign *alg;

	if (method > UINT8_MAX || row == NULL || (row->sign == NULL && method != AUTH_RSA))
		return err_set(e, "authentication method %u means no signature of its own", method);
	if (row->curve != NULL && (info.curve == NULL || strcmp(info.curve, row->curve) != 0))
		return err_set(e, "found a key of type %s, wanted one for \"%s\"",
		    info.curve != NULL ? info.curve : info.type, row->name);
	alg = method == AUTH_RSA ? alg_sign_by_kind(SIGN_RSA_PKCS1, HASH_SHA1) : alg_sign_by_name(row->sign);
	*s = sign_scheme(alg);
	s->raw = alg->kind == SIGN_ECDSA || alg->kind == SIGN_DSA;
	return sign_fits(s, k) ? 0 : err_set(e, "found a key of type %s, wanted one for \"%s\"", info.type, row->name);
}

/* Method 1 says no hash; the signature does (RFC 7296 3.8). */
static int check_rsa(struct sign_scheme *s, struct span octets, struct span sig, const struct pkey *k,
    struct err *e)
{
	struct sign_scheme first = *s;
	int rc = 0;

	for (uint16_t h = HASH_SHA1; rc == 0 && h <= HASH_SHA2_512; h++) {
		*s = sign_scheme(alg_sign_by_kind(SIGN_RSA_PKCS1, h));
		rc = sign_verify(s, k, octets, sig, e);
	}
	if (rc == 0)
		*s = first;
	return rc;
}

static int check_octets(struct sign_scheme *s, unsigned method, struct span octets, struct span data,
    const struct pkey *k, struct err *e)
{
	struct auth_signature sig;

	if (method != AUTH_SIGNATURE) {
		if (auth_scheme(s, method, k, e) < 0)
			return -1;
		return method == AUTH_RSA ? check_rsa(s, octets, data, k, e) : sign_verify(s, k, octets, data, e);
	}
	if (auth_signature_decode(&sig, data, e) < 0 || sign_scheme_decode(s, sig.algorithm, e) < 0)
		return -1;
	return sign_verify(s, k, octets, sig.value, e);
}

/* The octets in memory of their own. */
static uint8_t *octets_of(const struct auth_side *a, struct span *out, struct err *e)
{
	size_t n = auth_octets_size(a);
	uint8_t *p = malloc(n);
	struct wr w = wr_of(p, n);

	if (p == NULL) {
		err_nomem(e);
	} else if (auth_octets(a, &w, e) < 0) {
		free(p);
		p = NULL;
	}
	*out = bytes(p, n);
	return p;
}

int auth_check_signature(const struct auth_side *a, unsigned method, struct span data, const struct pkey *k,
    struct sign_scheme *seen, struct err *e)
{
	struct sign_scheme s = { 0 };
	struct span octets;
	uint8_t *p = octets_of(a, &octets, e);
	int rc = p != NULL ? check_octets(&s, method, octets, data, k, e) : -1;

	free(p);
	if (seen != NULL)
		*seen = s;
	return rc;
}

int auth_sign(const struct auth_side *a, unsigned method, const struct sign_scheme *scheme, const struct pkey *k,
    struct rng *rng, struct wr *w, struct err *e)
{
	struct sign_scheme s;
	struct span octets;
	uint8_t sig[SIGN_MAX], id[UINT8_MAX], *p;
	struct wr name = wr_of(id, sizeof id);
	size_t n;
	int rc;

	if (method == AUTH_SIGNATURE)
		s = *scheme;
	else if (auth_scheme(&s, method, k, e) < 0)
		return -1;
	if ((p = octets_of(a, &octets, e)) == NULL)
		return -1;
	rc = sign_make(&s, k, octets, rng, sig, &n, e);
	free(p);
	if (rc < 0)
		return -1;
	if (method == AUTH_SIGNATURE) {
		sign_scheme_encode(&s, &name);
		wr_u8(w, (uint8_t)name.n);
		wr_span(w, bytes(id, name.n));
	}
	wr_span(w, bytes(sig, n));
	return wr_ok(&name) && wr_ok(w) ? 0 : err_set(e, "the AUTH data does not fit");
}

/* The message as if it had not been encrypted, nor cut in fragments. */
static int put_right(uint8_t *head, size_t n, size_t plain, struct err *e)
{
	size_t sk = n - GENERIC, next = 16;		/* where the type of the next payload stands */

	for (size_t at = HEADER; at < sk; ) {		/* payloads may stand before SK */
		size_t len = load_be16(head + at + 2);

		next = at;
		if (len < GENERIC || len > sk - at)
			return err_set(e, "the payloads before the encrypted one cannot be read");
		at += len;
	}
	if (head[next] != SK && head[next] != SKF)
		return err_set(e, "found payload type %u, wanted an encrypted payload", head[next]);
	if (plain > UINT16_MAX - GENERIC)
		return err_set(e, "found %zu bytes of payloads, wanted what one message holds", plain);
	head[next] = SK;
	store_be32(head + 24, (uint32_t)(n + plain));
	store_be16(head + sk + 2, (uint16_t)(GENERIC + plain));
	return 0;
}

int auth_int_add(struct auth_int *t, const struct alg_prf *prf, bool by_initiator, struct span sk_p,
    struct span head, struct span plain, struct err *e)
{
	uint8_t *so_far = by_initiator ? t->i : t->r, *copy, out[PRF_MAX];
	struct span parts[3];
	int rc;

	if (head.n < HEADER + GENERIC || head.n > UINT16_MAX)
		return err_set(e, "found %zu bytes before the encrypted payload's content, wanted %d or more", head.n,
		    HEADER + GENERIC);
	if ((copy = malloc(head.n)) == NULL)
		return err_nomem(e);
	memcpy(copy, head.p, head.n);
	/* the first of each end begins with nothing */
	parts[0] = bytes(so_far, (by_initiator ? t->any_i : t->any_r) ? prf->out : 0);
	parts[1] = bytes(copy, head.n);
	parts[2] = plain;
	rc = put_right(copy, head.n, plain.n, e);
	if (rc == 0)
		rc = prf_make(prf, sk_p, parts, 3, out, e);
	free(copy);
	if (rc < 0)
		return -1;
	memcpy(so_far, out, prf->out);
	*(by_initiator ? &t->any_i : &t->any_r) = true;
	return 0;
}

size_t auth_int_end(const struct auth_int *t, const struct alg_prf *prf, uint32_t message_id,
    uint8_t out[AUTH_INT_MAX])
{
	struct wr w = wr_of(out, AUTH_INT_MAX);

	if (!t->any_i && !t->any_r)
		return 0;
	wr_span(&w, bytes(t->i, prf->out));
	wr_span(&w, bytes(t->r, prf->out));
	wr_u32(&w, message_id);
	return w.n;
}
