#include "crypto/keymake.h"

/* RFC 2409 appendix A: 4 keys that undo themselves, 6 pairs that undo each other. */
static const uint8_t weak[][DES_KEY] = {
	{ 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01 },
	{ 0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e, 0x0e, 0x0e },
	{ 0xe0, 0xe0, 0xe0, 0xe0, 0xf1, 0xf1, 0xf1, 0xf1 },
	{ 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe },
	{ 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe },
	{ 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01 },
	{ 0x1f, 0xe0, 0x1f, 0xe0, 0x0e, 0xf1, 0x0e, 0xf1 },
	{ 0xe0, 0x1f, 0xe0, 0x1f, 0xf1, 0x0e, 0xf1, 0x0e },
	{ 0x01, 0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1 },
	{ 0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1, 0x01 },
	{ 0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e, 0xfe },
	{ 0xfe, 0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e },
	{ 0x01, 0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e },
	{ 0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e, 0x01 },
	{ 0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1, 0xfe },
	{ 0xfe, 0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1 },
};

bool des_key_same(const uint8_t a[DES_KEY], const uint8_t b[DES_KEY])
{
	uint8_t differ = 0;

	for (size_t i = 0; i < DES_KEY; i++)
		differ |= (uint8_t)((a[i] ^ b[i]) & 0xfe);
	return differ == 0;
}

bool des_key_is_weak(const uint8_t key[DES_KEY])
{
	bool found = false;

	for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
		found |= des_key_same(weak[i], key);
	return found;
}

void des_key_set_parity(uint8_t key[DES_KEY])
{
	for (size_t i = 0; i < DES_KEY; i++) {
		uint8_t odd = key[i] & 0xfe;

		odd ^= (uint8_t)(odd >> 4);
		odd ^= (uint8_t)(odd >> 2);
		odd ^= (uint8_t)(odd >> 1);
		key[i] = (uint8_t)((key[i] & 0xfe) | (~odd & 1));
	}
}

/* The key at number of keys differs from those before it and is not weak. */
static bool des_key_ok(const uint8_t *keys, unsigned number)
{
	const uint8_t *key = keys + number * DES_KEY;

	for (unsigned i = 0; i < number; i++)
		if (des_key_same(keys + i * DES_KEY, key))
			return false;
	return !des_key_is_weak(key);
}

int keymake_encr(struct arena *arena, struct secret *key, const struct alg_encr *alg, unsigned bits,
    struct rng *rng, struct err *e)
{
	if (secret_new(arena, key, bits == 0 ? 0 : bits / 8u + alg->salt, e) < 0)
		return -1;
	rng_bytes(rng, key->p, key->n);
	for (unsigned i = 0; i < alg->des_keys; i++) {
		uint8_t *des = key->p + (size_t)i * DES_KEY;

		des_key_set_parity(des);
		while (!des_key_ok(key->p, i)) {
			rng_bytes(rng, des, DES_KEY);
			des_key_set_parity(des);
		}
	}
	return 0;
}

int keymake_integ(struct arena *arena, struct secret *key, const struct alg_integ *alg,
    struct rng *rng, struct err *e)
{
	if (secret_new(arena, key, alg->key, e) < 0)
		return -1;
	rng_bytes(rng, key->p, key->n);
	return 0;
}
