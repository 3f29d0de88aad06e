/*
 * Any octets as an encrypted IKE message of either version, under each algorithm.  What opening gives is
 * inside of out; what is sealed opens to itself.  The first octets choose: cipher, integrity algorithm,
 * whether what does not verify is wanted, SKF, where the payload begins.
 */
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "ike/keymat.h"
#include "ike/protect.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { CHOICES = 5, HDR = 28 };

static uint8_t key[128];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool inside(const uint8_t *out, size_t n, struct span s)
{
	return s.p >= out && s.n <= n && (size_t)(s.p - out) <= n - s.n;
}

static void open_and_seal(struct ike_protect *c, struct span m, size_t at, size_t header, bool anyway)
{
	static const uint8_t iv[16];
	uint8_t *out = malloc(m.n > 0 ? m.n : 1), *again = malloc(70000), *back = malloc(70000);
	struct span plain = { 0 }, same;
	enum ike_open result;
	size_t len;

	must(out != NULL && again != NULL && back != NULL);
	result = ike_protect_open(c, m, at, header, anyway, out, &plain);
	must(inside(out, m.n, plain));
	must(anyway || result == IKE_OPEN_OK || result == IKE_OPEN_BAD_PAD || plain.n == 0);
	memset(again, 0, HDR + 8);
	len = ike_protect_seal(c, again, 70000, HDR + header, header, plain, iv);
	must(len > 0 && load_be32(again + 24) == len);
	must(ike_protect_open(c, (struct span){ again, len }, HDR, header, false, back, &same) == IKE_OPEN_OK);
	must(same.n == plain.n && (same.n == 0 || memcmp(same.p, plain.p, same.n) == 0));
	free(out);
	free(again);
	free(back);
}

static void version_1(const struct alg_encr *encr, struct span m)
{
	struct secret ka = { key, encr->size[0].bits / 8u };
	uint8_t iv[IKE_V1_IV] = { 0 }, *out = malloc(m.n + IKE_V1_IV);
	struct ike_v1_cipher *c;
	struct span plain = { 0 };
	struct err e;

	must(out != NULL);
	if (encr->kind == ENCR_KIND_CBC && (c = ike_v1_cipher_new(encr, &ka, &e)) != NULL) {
		ike_v1_open(c, m, iv, out, &plain);
		must(inside(out, m.n + IKE_V1_IV, plain));
		if (m.n > HDR)
			ike_v1_plausible(m.p[16], plain);
		ike_v1_cipher_free(c);
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t rows = 0, macs = 0;
	struct suite_keys k = { .encr = NULL };
	struct ike_protect *c;
	uint8_t auth[64];
	struct span m;
	struct err e;

	if (n < CHOICES || n > 60000 || secret_init(&e) < 0)
		return 0;
	while (alg_encr_row(rows) != NULL)
		rows++;
	while (alg_integ_row(macs) != NULL)
		macs++;
	m = (struct span){ p + CHOICES, n - CHOICES };
	k.encr = alg_encr_row(p[0] % rows);
	k.encr_key = (struct secret){ key, k.encr->size[0].bits / 8u + k.encr->salt };
	if (!alg_encr_is_aead(k.encr))
		k.integ = alg_integ_row(p[1] % macs);
	if (k.integ != NULL)
		k.integ_key = (struct secret){ key, k.integ->key };
	if ((c = ike_protect_of(&k, &e)) != NULL)
		open_and_seal(c, m, p[4] % 64, p[3] & 1 ? IKE_SKF_HEADER : IKE_SK_HEADER, p[2] & 1);
	ike_protect_free(c);
	version_1(k.encr, m);
	/* what goes into AUTH of the same message */
	keymat_int_auth(alg_prf_by_id(5), m, m, (struct span){ m.p, m.n < p[3] ? m.n : p[3] }, m, auth, &e);
	return 0;
}
