/*
 * Ciphers that OpenSSL lacks, out of libgcrypt.  It is loaded when the first SA asks for one of them, so
 * that nobody else depends on it.
 */
#include <string.h>

#include "crypto/suite_priv.h"

#if __has_include(<gcrypt.h>)

#include <dlfcn.h>

#include <gcrypt.h>
#include <openssl/crypto.h>

#ifndef GCRYPT_FILE		/* a test names one that is not there */
#define GCRYPT_FILE "libgcrypt.so.20"
#endif

#define CALLS(X) \
	X(check_version) X(control) X(strerror) X(cipher_map_name) X(cipher_get_algo_keylen) \
	X(cipher_open) X(cipher_close) X(cipher_setkey) X(cipher_setiv) X(cipher_ctl) \
	X(cipher_authenticate) X(cipher_encrypt) X(cipher_decrypt) X(cipher_gettag) X(cipher_checktag)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member takes none */
#define MEMBER(f) __typeof__(gcry_##f) *f;
static struct { CALLS(MEMBER) } g;

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static char trouble[300];		/* empty: loaded */

static void *symbol(void *lib, const char *name)
{
	void *p = dlsym(lib, name);

	if (p == NULL && trouble[0] == '\0')
		snprintf(trouble, sizeof trouble, "%s lacks %s", GCRYPT_FILE, name);
	return p;
}

static void load(void)
{
	void *lib = dlopen(GCRYPT_FILE, RTLD_NOW | RTLD_LOCAL), *p;

	if (lib == NULL) {
		snprintf(trouble, sizeof trouble, "%s", dlerror());
		return;
	}
#define FIND(f) p = symbol(lib, "gcry_" #f); memcpy(&g.f, &p, sizeof p);
	CALLS(FIND)
	if (trouble[0] != '\0')
		return;
	/* another library of this process may have set it up before us */
	if (g.check_version("1.6.0") == NULL) {
		snprintf(trouble, sizeof trouble, "found version %s, wanted 1.6.0", g.check_version(NULL));
	} else if (g.control(GCRYCTL_INITIALIZATION_FINISHED_P) == 0) {
		g.control(GCRYCTL_DISABLE_SECMEM_WARN, 0);
		g.control(GCRYCTL_DISABLE_SECMEM, 0);
		g.control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
}

int suite_gcrypt_check(const struct alg_encr *a, struct err *e)
{
	if (CRYPTO_THREAD_run_once(&once, load) != 1)
		return err_nomem(e);
	if (trouble[0] != '\0')
		return err_set(e, "%s needs libgcrypt (package libgcrypt20, elsewhere libgcrypt): %s", a->name,
		    trouble);
	return 0;
}

/* libgcrypt calls Twofish of 256 bits just that. */
static int algo_of(const struct alg_encr *a, size_t key)
{
	char name[32];
	int algo;

	snprintf(name, sizeof name, "%s%zu", a->gcry, key * 8);
	if ((algo = g.cipher_map_name(name)) == 0)
		algo = g.cipher_map_name(a->gcry);
	return g.cipher_get_algo_keylen(algo) == key ? algo : 0;
}

/* RFC 5529 4: Camellia-CCM as RFC 4309 has it for AES. */
static bool ccm_start(struct suite *s, const struct suite_job *j)
{
	uint8_t nonce[NONCE_MAX], buf[12];
	struct span aad = suite_aad(j, buf);
	uint64_t lengths[3] = { suite_body(s, j), aad.n, s->icv };

	suite_nonce(s, j, nonce);
	return g.cipher_setiv(s->gcrypt, nonce, s->salt_n + s->iv) == 0 &&
	    g.cipher_ctl(s->gcrypt, GCRYCTL_SET_CCM_LENGTHS, lengths, sizeof lengths) == 0 &&
	    (aad.n == 0 || g.cipher_authenticate(s->gcrypt, aad.p, aad.n) == 0);
}

static bool crypt(struct suite *s, const struct suite_job *j, uint8_t *out, bool seal)
{
	const uint8_t *in = j->p + j->head + s->iv;
	size_t n = suite_body(s, j), from = n;

	if (n == 0)
		return true;
	if (in == out) {		/* its way to say so */
		in = NULL;
		from = 0;
	}
	return (seal ? g.cipher_encrypt : g.cipher_decrypt)(s->gcrypt, out, n, in, from) == 0;
}

static void open_ccm(struct suite *s, struct suite_job *j)
{
	if (ccm_start(s, j) && crypt(s, j, j->out, false) &&
	    g.cipher_checktag(s->gcrypt, suite_tag(s, j), s->icv) == 0)
		j->result = SUITE_OK;
	else
		suite_refuse(s, j);
}

static void seal_ccm(struct suite *s, struct suite_job *j)
{
	uint8_t *body = (uint8_t *)(uintptr_t)j->p + j->head + s->iv;

	j->result = ccm_start(s, j) && crypt(s, j, body, true) &&
	    g.cipher_gettag(s->gcrypt, suite_tag(s, j), s->icv) == 0 ? SUITE_OK : SUITE_BAD_LENGTH;
}

bool suite_gcrypt_cbc(struct suite *s, const struct suite_job *j, uint8_t *out, bool seal)
{
	return g.cipher_setiv(s->gcrypt, j->p + j->head, s->iv) == 0 && crypt(s, j, out, seal);
}

int suite_gcrypt_init(struct suite *s, const struct suite_keys *k, struct err *e)
{
	bool ccm = k->encr->kind == ENCR_KIND_AEAD;
	size_t key = k->encr_key.n - k->encr->salt;
	gcry_error_t code;

	code = g.cipher_open(&s->gcrypt, algo_of(k->encr, key),
	    ccm ? GCRY_CIPHER_MODE_CCM : GCRY_CIPHER_MODE_CBC, 0);
	if (code == 0)
		code = g.cipher_setkey(s->gcrypt, k->encr_key.p, key);
	if (code != 0)
		return err_set(e, "libgcrypt: %s: %s", k->encr->name, g.strerror(code));
	if (ccm) {
		s->open = open_ccm;
		s->seal = seal_ccm;
	}
	return 0;
}

void suite_gcrypt_clear(struct suite *s)
{
	if (s->gcrypt != NULL)
		g.cipher_close(s->gcrypt);
	s->gcrypt = NULL;
}

#else

int suite_gcrypt_check(const struct alg_encr *a, struct err *e)
{
	return err_set(e, "%s needs libgcrypt, and this program was built without its header "
	    "(package libgcrypt20-dev, elsewhere libgcrypt-devel)", a->name);
}

int suite_gcrypt_init(struct suite *s, const struct suite_keys *k, struct err *e)
{
	(void)s;
	return suite_gcrypt_check(k->encr, e);
}

bool suite_gcrypt_cbc(struct suite *s, const struct suite_job *j, uint8_t *out, bool seal)
{
	(void)s, (void)j, (void)out, (void)seal;
	return false;
}

void suite_gcrypt_clear(struct suite *s)
{
	(void)s;
}

#endif
