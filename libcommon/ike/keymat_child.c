#include <assert.h>

#include "base/wr.h"
#include "crypto/mac.h"
#include "crypto/prf.h"
#include "ike/keymat.h"

enum { PROTOCOLS_MAX = 2, KEYMAT_MAX = 2 * PROTOCOLS_MAX * (64 + MAC_MAX) };
enum { HEAD_MAX = 512, SK = 46, SKF = 53, HDR = 28, GENERIC = 4 };

struct lengths { size_t encr, integ; };

static int measure(const struct keymat_want *want, struct lengths *len, struct err *e)
{
	int n = want->encr != NULL ? keymat_encr_len(want->encr, want->encr_bits, e) : 0;

	if (n < 0)
		return -1;
	len->encr = (size_t)n;
	len->integ = keymat_integ_len(want->encr, want->integ);
	return 0;
}

/* First what the initiator sends, of each protocol in turn the cipher's key first (RFC 4301
 * 4.5.2). */
static int share_out(const uint8_t *at, const struct lengths len[], size_t n,
    struct keymat_pair out[], struct arena *arena, struct err *e)
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < n; i++) {
			struct secret *encr = side == 0 ? &out[i].encr_i : &out[i].encr_r;
			struct secret *integ = side == 0 ? &out[i].integ_i : &out[i].integ_r;

			if (secret_copy(arena, encr, at, len[i].encr, e) < 0)
				return -1;
			at += len[i].encr;
			if (secret_copy(arena, integ, at, len[i].integ, e) < 0)
				return -1;
			at += len[i].integ;
		}
	return 0;
}

/* prf+(SK_d, g^ir | Ni | Nr | further secrets), the secrets only with PFS (RFC 7296 2.17, RFC 9370
 * 2.2.4). */
static int expand(const struct keymat_child *c, uint8_t *out, size_t len, struct err *e)
{
	struct span parts[IKE_KE_MAX + 2];
	size_t n = 0;

	if (c->nshared > 0)
		parts[n++] = c->shared[0];
	parts[n++] = c->ni;
	parts[n++] = c->nr;
	for (size_t i = 1; i < c->nshared; i++)
		parts[n++] = c->shared[i];
	return prf_plus(c->prf, c->sk_d, parts, n, out, len, e);
}

int keymat_child(const struct keymat_child *c, const struct keymat_want want[], size_t n,
    struct keymat_pair out[], struct arena *arena, struct err *e)
{
	struct lengths len[PROTOCOLS_MAX];
	uint8_t all[KEYMAT_MAX];
	size_t sum = 0;
	int rc;

	if (n == 0 || n > PROTOCOLS_MAX || c->nshared > IKE_KE_MAX)
		return err_set(e,
		    "%zu protocols and %zu shared secrets, wanted 1 to %d and up to %d", n,
		    c->nshared, PROTOCOLS_MAX, IKE_KE_MAX);
	if (c->prf == NULL || c->sk_d.n == 0 || c->ni.n == 0 || c->nr.n == 0)
		return err_set(e, "no %s", c->prf == NULL ? "prf" : c->sk_d.n == 0 ? "sk_d" :
		    c->ni.n == 0 ? "ni" : "nr");
	for (size_t i = 0; i < n; i++) {
		if (measure(&want[i], &len[i], e) < 0)
			return -1;
		sum += 2 * (len[i].encr + len[i].integ);
		out[i] = (struct keymat_pair){ 0 };
	}
	if (sum == 0)
		return 0;			/* NULL without integrity */
	assert(sum <= sizeof all);
	if ((rc = expand(c, all, sum, e)) == 0)
		rc = share_out(all, len, n, out, arena, e);
	wipe(all, sizeof all);
	return rc;
}

/* The type that leads to the SK payload, which ends head; SKF becomes SK (RFC 9242 3.3.2). */
static bool unfragment(uint8_t *head, size_t n)
{
	uint8_t *type = head + 16;
	size_t at = HDR;

	while (*type != SK && *type != SKF) {
		size_t len = at + GENERIC <= n ? load_be16(head + at + 2) : 0;

		if (len < GENERIC || len > n - at)
			return false;
		type = head + at;
		at += len;
	}
	*type = SK;
	return at + GENERIC == n;
}

int keymat_int_auth(const struct alg_prf *prf, struct span sk_p, struct span before,
    struct span head, struct span plain, uint8_t *out, struct err *e)
{
	uint8_t a[HEAD_MAX];
	struct span parts[3] = { before, { a, head.n }, plain };

	if (head.n < HDR + GENERIC || head.n > sizeof a || plain.n > UINT16_MAX - GENERIC)
		return err_set(e,
		    "a message head of %zu bytes and payloads of %zu, wanted %d to %d and 65531",
		    head.n, plain.n, HDR + GENERIC, HEAD_MAX);
	memcpy(a, head.p, head.n);
	if (!unfragment(a, head.n))
		return err_set(e, "the message head does not end in the header of an SK payload");
	store_be32(a + 24, (uint32_t)(head.n + plain.n));
	store_be16(a + head.n - 2, (uint16_t)(GENERIC + plain.n));
	return prf_make(prf, sk_p, parts, 3, out, e);
}
