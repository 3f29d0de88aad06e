/* Wycheproof's cases of signatures. */
#include "one.h"

#include <string.h>

#include "crypto/sign.h"

static const struct { const char *name; enum sign_kind kind; } kinds[] = {
	{ "RSASSA-PKCS1-v1_5", SIGN_RSA_PKCS1 }, { "RSASSA-PSS", SIGN_RSA_PSS }, { "ECDSA", SIGN_ECDSA },
	{ "EDDSA", SIGN_EDDSA },
};

static const struct { const char *name; uint16_t id; } hashes[] = {
	{ "SHA-1", HASH_SHA1 }, { "SHA-256", HASH_SHA2_256 }, { "SHA-384", HASH_SHA2_384 },
	{ "SHA-512", HASH_SHA2_512 },
};

static uint16_t hash_id(struct one *c, const char *member)
{
	const char *name = one_word(c, c->group, member);

	for (size_t i = 0; i < COUNT(hashes); i++)
		if (strcmp(hashes[i].name, name) == 0)
			return hashes[i].id;
	return 0;
}

static void check(struct one *c, json_t *o, enum sign_kind kind, const struct pkey *k)
{
	const struct alg_sign *alg = kind == SIGN_EDDSA ? alg_sign_by_name(pkey_info(k).type) :
	    alg_sign_by_kind(kind, hash_id(c, "sha"));
	struct sign_scheme s;
	struct err e;
	int got;

	if (alg == NULL) {
		one_wrong(c, "no such scheme");
		return;
	}
	s = sign_scheme(alg);
	s.raw = strstr(one_word(c, c->group, "type"), "P1363") != NULL;
	if (kind == SIGN_RSA_PSS) {
		s.mgf = alg_hash_by_id(hash_id(c, "mgfSha"));
		s.salt = (uint16_t)one_number(c, c->group, "sLen", UINT16_MAX);
	}
	if (c->why[0] != '\0')
		return;
	got = sign_verify(&s, k, one_bytes(c, o, "msg"), one_bytes(c, o, "sig"), &e);
	if (got < 0)
		one_wrong(c, "%s", e.text);
	else if (!c->may && c->valid != (got == 1))
		one_wrong(c, "%s", got == 1 ? "not refused" : "refused");
}

bool sign_wycheproof(struct one *c, json_t *o, const char *algorithm)
{
	struct pkey *k;
	struct err e;
	size_t i = 0;

	while (i < COUNT(kinds) && strcmp(kinds[i].name, algorithm) != 0)
		i++;
	if (i == COUNT(kinds))
		return false;
	if ((k = pkey_from_spki(one_bytes(c, c->group, "publicKeyDer"), &e)) == NULL)
		one_wrong(c, "%s", e.text);
	else
		check(c, o, kinds[i].kind, k);
	pkey_free(k);
	return true;
}
