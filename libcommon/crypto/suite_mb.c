/*
 * libipsec-mb itself: loaded when it is first asked for, so that nobody depends on it, and what it has.
 */
#include "crypto/suite_mb.h"

#if __has_include(<intel-ipsec-mb.h>)

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "crypto/suite_mb_priv.h"

#ifndef MB_FILE			/* a test names one that is not there */
#define MB_FILE "libIPSec_MB.so.1"
#endif

#define CALLS(X) X(alloc_mb_mgr) X(free_mb_mgr) X(init_mb_mgr_auto) X(imb_get_version) \
	X(imb_get_version_str) X(imb_get_errno) X(imb_get_strerror)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member takes none */
#define MEMBER(f) __typeof__(f) *f;
static struct { CALLS(MEMBER) } lib;

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static char trouble[300];		/* empty: loaded */
static char version[64];
static IMB_ARCH arch;
static CRYPTO_RWLOCK *lock;
static _Atomic(IMB_MGR *) tried;	/* a manager nobody has yet: making one takes time */

static const struct mb_cipher ciphers[] = {
	{ "AES-128-GCM", IMB_CIPHER_GCM, IMB_AUTH_AES_GMAC, 12, false },
	{ "AES-192-GCM", IMB_CIPHER_GCM, IMB_AUTH_AES_GMAC, 12, false },
	{ "AES-256-GCM", IMB_CIPHER_GCM, IMB_AUTH_AES_GMAC, 12, false },
	{ "AES-128-CBC", IMB_CIPHER_CBC, 0, 16, false },
	{ "AES-192-CBC", IMB_CIPHER_CBC, 0, 16, false },
	{ "AES-256-CBC", IMB_CIPHER_CBC, 0, 16, false },
	{ "AES-128-CTR", IMB_CIPHER_CNTR, 0, 16, false },
	{ "AES-192-CTR", IMB_CIPHER_CNTR, 0, 16, false },
	{ "AES-256-CTR", IMB_CIPHER_CNTR, 0, 16, false },
	{ "AES-128-CCM", IMB_CIPHER_CCM, IMB_AUTH_AES_CCM, 11, false },
	{ "AES-256-CCM", IMB_CIPHER_CCM, IMB_AUTH_AES_CCM, 11, false },
	{ "ChaCha20-Poly1305", IMB_CIPHER_CHACHA20_POLY1305, IMB_AUTH_CHACHA20_POLY1305, 12, false },
	{ "DES-CBC", IMB_CIPHER_DES, 0, 8, true },
	{ "DES-EDE3-CBC", IMB_CIPHER_DES3, 0, 8, true },
	{ "", IMB_CIPHER_NULL, 0, 0, false },
};

static const struct mb_hash hashes[] = {
	{ "MD5", INTEG_KIND_HMAC, IMB_AUTH_MD5, 64, offsetof(IMB_MGR, md5_one_block) },
	{ "SHA1", INTEG_KIND_HMAC, IMB_AUTH_HMAC_SHA_1, 64, offsetof(IMB_MGR, sha1_one_block) },
	{ "SHA256", INTEG_KIND_HMAC, IMB_AUTH_HMAC_SHA_256, 64, offsetof(IMB_MGR, sha256_one_block) },
	{ "SHA384", INTEG_KIND_HMAC, IMB_AUTH_HMAC_SHA_384, 128, offsetof(IMB_MGR, sha384_one_block) },
	{ "SHA512", INTEG_KIND_HMAC, IMB_AUTH_HMAC_SHA_512, 128, offsetof(IMB_MGR, sha512_one_block) },
	{ "", INTEG_KIND_XCBC, IMB_AUTH_AES_XCBC, 0, 0 },
	{ "", INTEG_KIND_CMAC, IMB_AUTH_AES_CMAC, 0, 0 },
};

const struct mb_cipher *mb_cipher_of(const struct alg_encr *a, size_t key)
{
	const struct alg_size *size = alg_encr_size(a, key);
	const char *evp = a->kind == ENCR_KIND_NULL ? "" : size != NULL ? size->evp : NULL;

	for (size_t i = 0; evp != NULL && i < sizeof ciphers / sizeof ciphers[0]; i++)
		if (strcmp(ciphers[i].evp, evp) == 0)
			return &ciphers[i];
	return NULL;
}

const struct mb_hash *mb_hash_of(const struct alg_integ *a)
{
	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
		if (hashes[i].kind == a->kind &&
		    (a->kind != INTEG_KIND_HMAC || strcmp(hashes[i].evp, a->evp) == 0))
			return &hashes[i];
	return NULL;
}

bool mb_serves(const struct suite_keys *k, bool fast)
{
	const struct mb_cipher *c = mb_cipher_of(k->encr, k->encr_key.n - k->encr->salt);
	bool none = k->integ == NULL || k->integ->kind == INTEG_KIND_NONE;

	if (c == NULL || (!none && mb_hash_of(k->integ) == NULL) || (none && k->encr->kind == ENCR_KIND_NULL))
		return false;
	if (!none && k->icv_bits != 0 && k->icv_bits < 32)	/* no room for the high half: mb_seal_job() */
		return false;
	if (k->alone && c->mode != IMB_CIPHER_GCM)
		return false;
	return !fast || !c->wide || arch >= IMB_ARCH_AVX512;
}

static void *symbol(void *from, const char *name)
{
	void *p = dlsym(from, name);

	if (p == NULL && trouble[0] == '\0')
		snprintf(trouble, sizeof trouble, "%s lacks %s", MB_FILE, name);
	return p;
}

/* The library tests itself when a manager is made. */
static void try_manager(void)
{
	static const char *const names[] = { "none", "no AES-NI", "SSE", "AVX", "AVX2", "AVX-512" };
	IMB_MGR *m = lib.alloc_mb_mgr(0);

	if (m == NULL) {
		snprintf(trouble, sizeof trouble, "no memory for a job manager");
		return;
	}
	lib.init_mb_mgr_auto(m, &arch);
	if (lib.imb_get_errno(m) != 0)
		snprintf(trouble, sizeof trouble, "%s", lib.imb_get_strerror(lib.imb_get_errno(m)));
	else if (arch < IMB_ARCH_SSE || arch >= IMB_ARCH_NUM)
		snprintf(trouble, sizeof trouble, "this processor has no AES instructions");
	else
		snprintf(version, sizeof version, "%s (%s)", lib.imb_get_version_str(), names[arch]);
	if (trouble[0] == '\0')
		atomic_store(&tried, m);
	else
		lib.free_mb_mgr(m);
}

/* Later versions of the same major number keep what jobs look like to their callers. */
static void load(void)
{
	void *from = dlopen(MB_FILE, RTLD_NOW | RTLD_LOCAL), *p;
	unsigned found;

	if ((lock = CRYPTO_THREAD_lock_new()) == NULL) {
		snprintf(trouble, sizeof trouble, "no memory for a lock");
		return;
	}
	if (from == NULL) {
		snprintf(trouble, sizeof trouble, "%s", dlerror());
		return;
	}
#define FIND(f) p = symbol(from, #f); memcpy(&lib.f, &p, sizeof p);
	CALLS(FIND)
	if (trouble[0] != '\0')
		return;
	found = lib.imb_get_version();
	if (found < IMB_VERSION_NUM || found >> 16 != IMB_VERSION_NUM >> 16)
		snprintf(trouble, sizeof trouble, "found version %s, wanted %s or a later 1.x",
		    lib.imb_get_version_str(), IMB_VERSION_STR);
	else
		try_manager();
}

void mb_lock(void)
{
	(void)CRYPTO_THREAD_write_lock(lock);
}

void mb_unlock(void)
{
	(void)CRYPTO_THREAD_unlock(lock);
}

int mb_check(struct err *e)
{
	if (CRYPTO_THREAD_run_once(&once, load) != 1)
		return err_nomem(e);
	if (trouble[0] != '\0')
		return err_set(e, "ipsec-mb cannot be used (package libipsec-mb1): %s", trouble);
	return 0;
}

const char *mb_version(void)
{
	return version;
}

int mb_start(struct engine *g, struct err *e)
{
	g->mgr = atomic_exchange(&tried, NULL);
	if (g->mgr == NULL && (g->mgr = lib.alloc_mb_mgr(0)) != NULL)
		lib.init_mb_mgr_auto(g->mgr, NULL);
	g->flight = calloc(MB_JOBS, sizeof *g->flight);
	g->copies = malloc(MB_COPIES + 16);	/* touched by who needs it; CMAC reads on behind the last */
	if (g->mgr == NULL || g->flight == NULL || g->copies == NULL)
		return err_nomem(e);
	return 0;
}

void mb_stop(struct engine *g)
{
	if (g->mgr != NULL)
		lib.free_mb_mgr(g->mgr);
	free(g->flight);
	free(g->copies);
}

#else

int mb_check(struct err *e)
{
	return err_set(e, "this program was built without ipsec-mb: its header was not there "
	    "(package libipsec-mb-dev)");
}

const char *mb_version(void)
{
	return "";
}

bool mb_serves(const struct suite_keys *k, bool fast)
{
	(void)k, (void)fast;
	return false;
}

int mb_start(struct engine *g, struct err *e)
{
	(void)g;
	return mb_check(e);
}

void mb_stop(struct engine *g)
{
	(void)g;
}

int mb_init(struct suite *s, const struct suite_keys *k, struct err *e)
{
	(void)s, (void)k;
	return mb_check(e);
}

void mb_clear(struct suite *s)
{
	(void)s;
}

void mb_flush(struct engine *g)
{
	(void)g;
}

#endif
