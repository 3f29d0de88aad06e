#include "crypto/hash.h"

#include <sodium.h>

_Static_assert(HASH_SHA256 == crypto_hash_sha256_BYTES, "length of SHA-256");

void hash_sha256(uint8_t out[HASH_SHA256], const struct span *part, size_t n)
{
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	for (size_t i = 0; i < n; i++)
		crypto_hash_sha256_update(&s, part[i].p, part[i].n);
	crypto_hash_sha256_final(&s, out);
}

char *hash_sha256_base64(char out[HASH_SHA256_BASE64], const struct span *part, size_t n)
{
	uint8_t hash[HASH_SHA256];

	hash_sha256(hash, part, n);
	return sodium_bin2base64(out, HASH_SHA256_BASE64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
}
