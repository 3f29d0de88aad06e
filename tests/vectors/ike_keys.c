/* Cases of the key schedules: published ones, and those that captures.py makes of captures with keys. */
#include <string.h>

#include "base/wr.h"
#include "crypto/prf.h"
#include "ike/auth_v1.h"
#include "ike/keymat.h"
#include "ike/keymat_v1.h"
#include "one.h"

static uint64_t spi(struct one *c, json_t *o, const char *name)
{
	struct span s = one_bytes(c, o, name);

	if (s.n != 8) {
		one_wrong(c, "\"%s\" is %zu bytes, wanted 8", name, s.n);
		return 0;
	}
	return load_be64(s.p);
}

/* What every case has; both names of the shared secret are in use. */
static struct ike_keys keys_of(struct one *c, json_t *o, int version)
{
	struct ike_keys k = { .version = version, .spi_i_known = true, .spi_r_known = true, .nshared = 1 };
	const char *shared = json_object_get(o, "gir") != NULL ? "gir" :
	    json_object_get(o, "gxy") != NULL ? "gxy" : "shared";

	k.prf = one_prf(c, o);
	k.spi_i = spi(c, o, version == 1 ? "cky_i" : "spi_i");
	k.spi_r = spi(c, o, version == 1 ? "cky_r" : "spi_r");
	k.ni = one_secret(c, o, "ni");
	k.nr = one_secret(c, o, "nr");
	k.shared[0] = one_secret(c, o, shared);
	return k;
}

static void algorithms(struct one *c, json_t *o, const struct alg_encr **encr, unsigned *bits,
    const struct alg_integ **integ)
{
	*encr = alg_encr_by_name(one_word(c, o, "enc"), bits);
	*integ = alg_integ_by_name(one_word(c, o, "integ"));
	if (json_object_get(o, "key_bits") != NULL)
		*bits = (unsigned)one_number(c, o, "key_bits", 448);
	if (*encr == NULL || *integ == NULL)
		one_wrong(c, "no such algorithm");
}

static void same(struct one *c, json_t *o, const char *name, const struct secret *found)
{
	one_expect(c, name, secret_span(found), one_bytes(c, o, name));
}

static bool fine(struct one *c, int rc, const struct err *e)
{
	if (rc < 0)
		one_wrong(c, "%s", e->text);
	return rc == 0 && c->why[0] == '\0';
}

/* prf+ of a key as far as the case has it. */
static void stretched(struct one *c, json_t *o, const char *name, const struct alg_prf *prf,
    struct span key, const struct span *parts, size_t n)
{
	struct span want = one_bytes(c, o, name);
	uint8_t *out = one_hold(c, want.n);
	struct err e;

	if (fine(c, prf_plus(prf, key, parts, n, out, want.n, &e), &e))
		one_expect(c, name, (struct span){ out, want.n }, want);
}

/* The SK_ keys are the beginning of dkm; AES-256 and the longest MAC that leave room. */
static void check_split(struct one *c, json_t *o, struct ike_keys *k, struct arena *a)
{
	struct span dkm = one_bytes(c, o, "dkm");
	uint8_t *joined = one_hold(c, 1024);
	struct wr w = wr_of(joined, 1024);
	const struct secret *const order[] = { &k->sk_d, &k->sk_ai, &k->sk_ar, &k->sk_ei, &k->sk_er, &k->sk_pi,
		&k->sk_pr };
	struct err e;

	k->encr = alg_encr_by_name("aes-cbc", NULL);
	k->encr_bits = 128;
	k->integ = alg_integ_by_name("hmac-md5-96");
	if (!fine(c, keymat_fill(k, a, &e), &e))
		return;
	for (size_t i = 0; i < COUNT(order); i++)
		wr_span(&w, secret_span(order[i]));
	if (w.n < dkm.n)
		dkm.n = w.n;
	one_expect(c, "SK_ keys", (struct span){ joined, dkm.n }, dkm);
}

void case_kdf(struct one *c, json_t *o)
{
	struct ike_keys k = keys_of(c, o, 2);
	struct span gir_new = one_bytes(c, o, "gir_new"), d;
	struct span parts[3] = { gir_new, secret_span(&k.ni), secret_span(&k.nr) };
	struct secret next;
	struct arena a = { 0 };
	struct err e;

	if (k.prf == NULL || c->why[0] != '\0')
		return;
	if (fine(c, keymat_skeyseed(k.prf, parts[1], parts[2], secret_span(&k.shared[0]), &a, &k.skeyseed, &e), &e)) {
		same(c, o, "skeyseed", &k.skeyseed);
		check_split(c, o, &k, &a);
	}
	d = secret_span(&k.sk_d);
	if (c->why[0] == '\0' &&
	    fine(c, keymat_skeyseed_next(k.prf, d, &gir_new, 1, parts[1], parts[2], &a, &next, &e), &e)) {
		same(c, o, "skeyseed_rekey", &next);
		stretched(c, o, "dkm_child", k.prf, d, parts + 1, 2);
		stretched(c, o, "dkm_child_dh", k.prf, d, parts, 3);
	}
	arena_clear(&a);
}

static enum keymat_v1_auth auth_of(struct one *c, json_t *o)
{
	const char *auth = one_word(c, o, "auth");

	return strcmp(auth, "psk") == 0 ? KEYMAT_V1_PSK : strcmp(auth, "sig") == 0 ? KEYMAT_V1_SIG :
	    strcmp(auth, "pke") == 0 ? KEYMAT_V1_PKE : KEYMAT_V1_NONE;
}

void case_kdf_v1(struct one *c, json_t *o)
{
	struct ike_keys k = keys_of(c, o, 1);
	struct arena a = { 0 };
	struct err e;

	if (k.prf == NULL || c->why[0] != '\0')
		return;
	if (auth_of(c, o) == KEYMAT_V1_PSK)
		k.psk = one_secret(c, o, "psk");
	if (fine(c, keymat_v1_skeyid(&k, auth_of(c, o), &a, &e), &e) && fine(c, keymat_fill(&k, &a, &e), &e)) {
		same(c, o, "skeyid", &k.skeyid);
		same(c, o, "skeyid_d", &k.skeyid_d);
		same(c, o, "skeyid_a", &k.skeyid_a);
		same(c, o, "skeyid_e", &k.skeyid_e);
	}
	arena_clear(&a);
}

/* "old" and "sk_d_old": a rekeyed IKE SA; "ppk": the sk_d, sk_pi and sk_pr before it are "..._before". */
static bool seed(struct one *c, json_t *o, struct ike_keys *k, struct arena *a, struct err *e)
{
	struct span shared = secret_span(&k->shared[0]);
	const struct alg_prf *old;

	if (json_object_get(o, "sk_d_old") == NULL)
		return true;
	if ((old = alg_prf_by_name(one_word(c, o, "prf_old"))) == NULL)
		one_wrong(c, "no such prf_old");
	return c->why[0] == '\0' && fine(c, keymat_skeyseed_next(old, one_bytes(c, o, "sk_d_old"), &shared, 1,
	    secret_span(&k->ni), secret_span(&k->nr), a, &k->skeyseed, e), e);
}

static void check_sk(struct one *c, json_t *o, const struct ike_keys *k)
{
	same(c, o, "skeyseed", &k->skeyseed);
	same(c, o, "sk_d", &k->sk_d);
	same(c, o, "sk_ai", &k->sk_ai);
	same(c, o, "sk_ar", &k->sk_ar);
	same(c, o, "sk_ei", &k->sk_ei);
	same(c, o, "sk_er", &k->sk_er);
	same(c, o, "sk_pi", &k->sk_pi);
	same(c, o, "sk_pr", &k->sk_pr);
}

/* What one side sent and what its private value was go with some. */
static void check_exchange(struct one *c, json_t *o, const struct ike_keys *k, struct arena *a)
{
	struct keymat_child child = { .prf = k->prf, .sk_d = secret_span(&k->sk_d), .ni = secret_span(&k->ni),
		.nr = secret_span(&k->nr) };
	struct keymat_want want = { .encr_bits = 0 };
	struct keymat_pair pair;
	struct span idi = one_bytes(c, o, "idi_body");
	uint8_t *mac = one_hold(c, PRF_MAX);
	struct err e;

	want.encr = alg_encr_by_name(one_word(c, o, "child_enc"), NULL);
	want.integ = alg_integ_by_name(one_word(c, o, "child_integ"));
	want.encr_bits = (unsigned)one_bytes(c, o, "child_ei").n * 8;
	if (c->why[0] != '\0' || !fine(c, keymat_child(&child, &want, 1, &pair, a, &e), &e))
		return;
	same(c, o, "child_ei", &pair.encr_i);
	same(c, o, "child_ai", &pair.integ_i);
	same(c, o, "child_er", &pair.encr_r);
	same(c, o, "child_ar", &pair.integ_r);
	if (fine(c, prf_make(k->prf, secret_span(&k->sk_pi), &idi, 1, mac, &e), &e))
		one_expect(c, "maced_id", (struct span){ mac, k->prf->out }, one_bytes(c, o, "maced_id"));
}

void case_keys(struct one *c, json_t *o)
{
	struct ike_keys k = keys_of(c, o, 2);
	struct arena a = { 0 };
	struct err e;

	algorithms(c, o, &k.encr, &k.encr_bits, &k.integ);
	if (k.encr_bits == 0)
		k.encr_bits = (unsigned)(one_bytes(c, o, "sk_ei").n - (k.encr != NULL ? k.encr->salt : 0)) * 8;
	if (k.prf == NULL || c->why[0] != '\0')
		return;
	if (seed(c, o, &k, &a, &e) && fine(c, keymat_fill(&k, &a, &e), &e))
		check_sk(c, o, &k);
	if (c->why[0] == '\0' && json_object_get(o, "ppk") != NULL) {
		k.ppk = one_secret(c, o, "ppk");
		if (fine(c, keymat_ppk(&k, &a, &e), &e)) {
			same(c, o, "ppk_sk_d", &k.sk_d);
			same(c, o, "ppk_sk_pi", &k.sk_pi);
			same(c, o, "ppk_sk_pr", &k.sk_pr);
		}
	}
	if (c->why[0] == '\0' && json_object_get(o, "child_enc") != NULL)
		check_exchange(c, o, &k, &a);
	arena_clear(&a);
}

void case_child(struct one *c, json_t *o)
{
	struct keymat_child child = { .prf = one_prf(c, o), .sk_d = one_bytes(c, o, "sk_d"),
		.ni = one_bytes(c, o, "ni"), .nr = one_bytes(c, o, "nr") };
	struct keymat_want want;
	struct keymat_pair pair;
	struct arena a = { 0 };
	struct err e;

	algorithms(c, o, &want.encr, &want.encr_bits, &want.integ);
	if (json_object_get(o, "gir") != NULL)
		child.shared[child.nshared++] = one_bytes(c, o, "gir");
	if (c->why[0] != '\0' || child.prf == NULL)
		return;
	if (fine(c, keymat_child(&child, &want, 1, &pair, &a, &e), &e)) {
		same(c, o, "encr_i", &pair.encr_i);
		same(c, o, "integ_i", &pair.integ_i);
		same(c, o, "encr_r", &pair.encr_r);
		same(c, o, "integ_r", &pair.integ_r);
	}
	arena_clear(&a);
}

void case_keys_v1(struct one *c, json_t *o)
{
	struct ike_keys k = keys_of(c, o, 1);
	uint8_t *iv = one_hold(c, KEYMAT_V1_IV_MAX);
	struct arena a = { 0 };
	struct span want;
	struct err e;

	k.encr = alg_encr_by_name(one_word(c, o, "enc"), NULL);
	k.encr_bits = (unsigned)one_number(c, o, "key_bits", 448);
	k.skeyid = one_secret(c, o, "skeyid");
	if (auth_of(c, o) == KEYMAT_V1_SIG && k.prf != NULL)
		fine(c, keymat_v1_skeyid(&k, KEYMAT_V1_SIG, &a, &e), &e);
	if (k.prf == NULL || k.encr == NULL || c->why[0] != '\0')
		return;
	if (fine(c, keymat_fill(&k, &a, &e), &e)) {
		same(c, o, "skeyid", &k.skeyid);
		same(c, o, "skeyid_d", &k.skeyid_d);
		same(c, o, "skeyid_a", &k.skeyid_a);
		same(c, o, "skeyid_e", &k.skeyid_e);
		same(c, o, "ka", &k.ka);
	}
	want = one_bytes(c, o, "iv");
	if (c->why[0] == '\0' && fine(c, keymat_v1_iv(k.prf, one_bytes(c, o, "ke_i"), one_bytes(c, o, "ke_r"),
	    k.encr->block, iv, &e), &e))
		one_expect(c, "iv", (struct span){ iv, k.encr->block }, want);
	arena_clear(&a);
}

void case_quick(struct one *c, json_t *o)
{
	struct keymat_v1_quick q = { .prf = one_prf(c, o), .skeyid_d = one_bytes(c, o, "skeyid_d"),
		.ni = one_bytes(c, o, "ni"), .nr = one_bytes(c, o, "nr"), .protocol = 3 };
	struct secret encr, integ;
	struct span s = one_bytes(c, o, "spi");
	struct arena a = { 0 };
	struct err e;

	algorithms(c, o, &q.encr, &q.encr_bits, &q.integ);
	if (json_object_get(o, "gxy") != NULL)
		q.shared = one_bytes(c, o, "gxy");
	if (c->why[0] != '\0' || q.prf == NULL || s.n != 4)
		return one_wrong(c, "no spi of 4 bytes");
	q.spi = load_be32(s.p);
	if (fine(c, keymat_v1_quick(&q, &a, &encr, &integ, &e), &e)) {
		same(c, o, "encr", &encr);
		same(c, o, "integ_key", &integ);
	}
	arena_clear(&a);
}

/* HASH_R of aggressive mode (RFC 2409 5), which shows that SKEYID is right. */
void case_hash_r(struct one *c, json_t *o)
{
	struct span cky_i = one_bytes(c, o, "cky_i"), cky_r = one_bytes(c, o, "cky_r");
	struct auth_v1 v1 = { .g_xi = one_bytes(c, o, "g_xi"), .g_xr = one_bytes(c, o, "g_xr"),
		.sa = one_bytes(c, o, "sai_b"), .id_r = one_bytes(c, o, "idir_b") };
	struct ike_keys k = { .version = 1, .prf = one_prf(c, o), .ni = one_secret(c, o, "ni_b"),
		.nr = one_secret(c, o, "nr_b") };
	const char *psk = one_word(c, o, "psk");
	uint8_t *out = one_hold(c, PRF_MAX);
	struct arena a = { 0 };
	struct err e;

	k.psk = (struct secret){ (uint8_t *)(uintptr_t)psk, strlen(psk) };
	if (k.prf == NULL || c->why[0] != '\0' || cky_i.n != 8 || cky_r.n != 8)
		return;
	v1.prf = k.prf;
	v1.cky_i = load_be64(cky_i.p);
	v1.cky_r = load_be64(cky_r.p);
	if (fine(c, keymat_v1_skeyid(&k, KEYMAT_V1_PSK, &a, &e), &e)) {
		v1.skeyid = secret_span(&k.skeyid);
		if (fine(c, auth_v1_hash(&v1, false, out, &e), &e))
			one_expect(c, "HASH_R", (struct span){ out, k.prf->out }, one_bytes(c, o, "hash_r"));
	}
	arena_clear(&a);
}
