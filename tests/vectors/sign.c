#include "vectors/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/sign.h"

static const struct { const char *name; enum sign_kind kind; } kinds[] = {
	{ "RSASSA-PKCS1-v1_5", SIGN_RSA_PKCS1 }, { "RSASSA-PSS", SIGN_RSA_PSS }, { "ECDSA", SIGN_ECDSA },
	{ "EDDSA", SIGN_EDDSA },
};

static const struct { const char *name; uint16_t id; } hashes[] = {
	{ "SHA-1", HASH_SHA1 }, { "SHA-256", HASH_SHA2_256 }, { "SHA-384", HASH_SHA2_384 },
	{ "SHA-512", HASH_SHA2_512 },
};

static uint16_t hash_id(json_t *name)
{
	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
		if (json_is_string(name) && strcmp(hashes[i].name, json_string_value(name)) == 0)
			return hashes[i].id;
	return 0;
}

/* Exactly as long as it is, so that a sanitizer sees what reads past it. */
static struct span hex(json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	size_t n = text != NULL ? strlen(text) : 0, got = 0;
	uint8_t *p = malloc(n / 2 + (n == 0));
	struct err e;

	if (text == NULL || p == NULL || hex_parse(p, n / 2, &got, text, n, &e) < 0) {
		fprintf(stderr, "vectors: member %s is no hex\n", key);
		exit(1);
	}
	return (struct span){ p, got };
}

static const struct alg_sign *find(enum sign_kind kind, json_t *group, const struct pkey *k)
{
	return kind == SIGN_EDDSA ? alg_sign_by_name(pkey_info(k).type) :
	    alg_sign_by_kind(kind, hash_id(json_object_get(group, "sha")));
}

static void check(enum sign_kind kind, json_t *group, json_t *test, const struct pkey *k, char *why, size_t room)
{
	const char *result = json_string_value(json_object_get(test, "result"));
	const struct alg_sign *alg = find(kind, group, k);
	json_t *type = json_object_get(group, "type");
	struct span msg = hex(test, "msg"), sig = hex(test, "sig");
	struct sign_scheme s;
	struct err e;
	int got;

	if (alg == NULL) {
		snprintf(why, room, "no such scheme");
	} else {
		s = sign_scheme(alg);
		s.raw = json_is_string(type) && strstr(json_string_value(type), "P1363") != NULL;
		if (kind == SIGN_RSA_PSS) {
			s.mgf = alg_hash_by_id(hash_id(json_object_get(group, "mgfSha")));
			s.salt = (uint16_t)json_integer_value(json_object_get(group, "sLen"));
		}
		got = sign_verify(&s, k, msg, sig, &e);
		if (got < 0)
			snprintf(why, room, "%s", e.text);
		else if (result == NULL || (strcmp(result, "acceptable") != 0 && got != (strcmp(result, "valid") == 0)))
			snprintf(why, room, "%s, wanted %s", got ? "verifies" : "refused", result != NULL ? result : "?");
	}
	free((void *)msg.p);
	free((void *)sig.p);
}

bool vectors_sign(const char *algorithm, json_t *group, json_t *test, char *why, size_t room)
{
	struct span der;
	struct pkey *k;
	struct err e;
	size_t i = 0;

	while (i < sizeof kinds / sizeof kinds[0] && strcmp(kinds[i].name, algorithm) != 0)
		i++;
	if (i == sizeof kinds / sizeof kinds[0])
		return false;
	der = hex(group, "publicKeyDer");
	if ((k = pkey_from_spki(der, &e)) == NULL)
		snprintf(why, room, "%s", e.text);
	else
		check(kinds[i].kind, group, test, k, why, room);
	pkey_free(k);
	free((void *)der.p);
	return true;
}
