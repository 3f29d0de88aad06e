#include "crypto/prf.h"

#include <string.h>

#include "base/secret.h"
#include "crypto/evp.h"
#include "crypto/mac.h"

enum { CBC_KEY = 16, PLUS_MAX = 255 };

static struct mac *keyed(const struct alg_prf *alg, struct span key, struct err *e)
{
	static const enum integ_kind kinds[] = {
		[PRF_KIND_HMAC] = INTEG_KIND_HMAC,
		[PRF_KIND_XCBC] = INTEG_KIND_XCBC,
		[PRF_KIND_CMAC] = INTEG_KIND_CMAC,
	};
	struct alg_integ row = {
		.kind = kinds[alg->kind], .name = alg->name, .evp = alg->evp,
		.key = alg->key, .full = alg->out,
	};

	return mac_new(&row, key, e);
}

/* The CBC-MACs' key as long as AES wants it, in place of *key. */
static int fixed_key(const struct alg_prf *alg, struct span *key, uint8_t buf[MAC_MAX],
    struct err *e)
{
	static const uint8_t zero[CBC_KEY];
	struct mac *m;

	if (alg->kind == PRF_KIND_HMAC || key->n == CBC_KEY)
		return 0;
	if (alg->kind == PRF_KIND_XCBC && key->n < CBC_KEY) {
		memset(buf, 0, CBC_KEY);
		if (key->n > 0)
			memcpy(buf, key->p, key->n);
	} else {
		if ((m = keyed(alg, (struct span){ zero, CBC_KEY }, e)) == NULL)
			return -1;
		mac_make(m, *key, (struct span){ 0 }, buf);
		mac_free(m);
	}
	*key = (struct span){ buf, CBC_KEY };
	return 0;
}

static struct mac *prf_key(const struct alg_prf *alg, struct span key, struct err *e)
{
	uint8_t buf[MAC_MAX];
	struct mac *m = NULL;

	if (fixed_key(alg, &key, buf, e) == 0)
		m = keyed(alg, key, e);
	wipe(buf, sizeof buf);
	return m;
}

static void add_all(struct mac *m, const struct span parts[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		mac_add(m, parts[i]);
}

int prf_make(const struct alg_prf *alg, struct span key, const struct span parts[], size_t n,
    uint8_t out[PRF_MAX], struct err *e)
{
	uint8_t full[MAC_MAX];
	struct mac *m = prf_key(alg, key, e);

	if (m == NULL)
		return -1;
	mac_start(m);
	add_all(m, parts, n);
	mac_end(m, full);
	memcpy(out, full, alg->out);
	wipe(full, sizeof full);
	mac_free(m);
	return 0;
}

int prf_plus(const struct alg_prf *alg, struct span key, const struct span parts[], size_t n,
    uint8_t *out, size_t len, struct err *e)
{
	uint8_t block[MAC_MAX], count = 0;
	struct mac *m;

	if (len > (size_t)PLUS_MAX * alg->out)
		return err_set(e, "%zu bytes wanted of prf+, which gives %u with %s", len,
		    PLUS_MAX * alg->out, alg->name);
	if ((m = prf_key(alg, key, e)) == NULL)
		return -1;
	for (size_t take; len > 0; out += take, len -= take) {
		mac_start(m);
		if (count++ > 0)
			mac_add(m, (struct span){ block, alg->out });
		add_all(m, parts, n);
		mac_add(m, (struct span){ &count, 1 });
		mac_end(m, block);
		take = len < alg->out ? len : alg->out;
		memcpy(out, block, take);
	}
	wipe(block, sizeof block);
	mac_free(m);
	return 0;
}

int prf_hash(const struct alg_prf *alg, const struct span parts[], size_t n, uint8_t out[PRF_MAX],
    struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);
	EVP_MD_CTX *ctx = NULL;
	EVP_MD *md = NULL;
	int rc = -1;

	if (lib == NULL)
		return -1;
	if (alg->kind != PRF_KIND_HMAC)
		return err_set(e, "%s has no hash", alg->name);
	if ((ctx = EVP_MD_CTX_new()) == NULL || (md = EVP_MD_fetch(lib, alg->evp, "")) == NULL ||
	    EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		goto out;
	for (size_t i = 0; i < n; i++)
		if (EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) != 1)
			goto out;
	rc = EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? 0 : -1;
out:
	EVP_MD_free(md);
	EVP_MD_CTX_free(ctx);
	return rc == 0 ? 0 : evp_error(e, alg->evp);
}
