#include "crypto/alg_auth.h"

#include <string.h>

#include <criterion/criterion.h>

#include <openssl/evp.h>
#include <openssl/objects.h>

/* Names and numbers lead back to their row; OpenSSL knows each OID by what the row says it is. */
Test(alg_auth, hashes)
{
	const struct alg_hash *h;

	for (size_t i = 0; (h = alg_hash_row(i)) != NULL; i++) {
		cr_expect_eq(alg_hash_by_id(h->id), h);
		if (h->evp == NULL)
			continue;
		cr_expect_eq(alg_hash_by_oid(h->oid), h);
		cr_expect_eq(EVP_MD_get_size(EVP_get_digestbyname(h->evp)), h->size);
		cr_expect_eq(OBJ_length(OBJ_nid2obj(OBJ_txt2nid(h->evp))), h->oid.n);
		cr_expect_arr_eq(OBJ_get0_data(OBJ_nid2obj(OBJ_txt2nid(h->evp))), h->oid.p, h->oid.n);
	}
	cr_expect(alg_hash_by_id(0) == NULL && alg_hash_by_oid((struct span){ 0 }) == NULL);
}

Test(alg_auth, schemes)
{
	static const int keys[] = { [SIGN_RSA_PKCS1] = EVP_PKEY_RSA, [SIGN_RSA_PSS] = EVP_PKEY_RSA_PSS,
		[SIGN_ECDSA] = EVP_PKEY_EC, [SIGN_DSA] = EVP_PKEY_DSA };
	const struct alg_sign *a;

	for (size_t i = 0; (a = alg_sign_row(i)) != NULL; i++) {
		ASN1_OBJECT *o = OBJ_nid2obj(NID_undef);
		uint8_t der[32] = { 6, (uint8_t)a->oid.n };
		const uint8_t *p = der;
		int md, key;

		cr_expect_eq(alg_sign_by_name(a->name), a);
		cr_expect(alg_hash_by_id(a->hash) != NULL);
		cr_expect_eq(alg_sign_by_oid(a->oid, a->hash), a);
		memcpy(der + 2, a->oid.p, a->oid.n);
		o = d2i_ASN1_OBJECT(NULL, &p, (long)a->oid.n + 2);
		cr_assert(o != NULL && OBJ_find_sigid_algs(OBJ_obj2nid(o), &md, &key) == 1, "%s", a->name);
		if (a->kind == SIGN_EDDSA) {
			cr_expect(key == (strcmp(a->name, "ed448") == 0 ? EVP_PKEY_ED448 : EVP_PKEY_ED25519));
		} else {
			cr_expect(EVP_PKEY_type(key) == keys[a->kind] || key == keys[a->kind], "%s", a->name);
			cr_expect(a->kind == SIGN_RSA_PSS || md == OBJ_txt2nid(alg_hash_by_id(a->hash)->evp), "%s", a->name);
			cr_expect_eq(alg_sign_by_kind(a->kind, a->hash), a);
		}
		/* RFC 8247 3.2: SHA-1 goes with nothing */
		cr_expect(a->hash != HASH_SHA1 || a->status == ALG_MUST_NOT);
		ASN1_OBJECT_free(o);
	}
	cr_expect(alg_sign_by_name("rsa") == NULL && alg_sign_by_oid((struct span){ 0 }, 0) == NULL);
}

Test(alg_auth, methods)
{
	const struct alg_auth *a;

	for (size_t i = 0; (a = alg_auth_row(i)) != NULL; i++) {
		cr_expect_eq(alg_auth_by_method(a->method), a);
		cr_expect(a->sign == NULL || alg_sign_by_name(a->sign) != NULL, "%s", a->name);
	}
	cr_expect(alg_auth_by_method(4) == NULL);
	cr_expect_eq(alg_auth_by_method(AUTH_DSS)->status, ALG_SHOULD_NOT);
}
