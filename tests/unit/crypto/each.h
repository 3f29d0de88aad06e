/*
 * each.h - every pair of rows that makes a suite, on each engine, and packets under it.
 */
#ifndef TESTS_CRYPTO_EACH_H
#define TESTS_CRYPTO_EACH_H

#include "crypto/suite.h"

/* Starts with all zero; false at the end.  Keys are the bytes 1, 2, 3...  OpenSSL comes first; then what
 * libipsec-mb serves, unless this machine cannot have it, which is said. */
struct each {
	struct engine *engine;
	size_t encr, size, integ;
	bool begun;
	struct suite_keys keys;
	uint8_t key[64], integ_key[64];
	char name[80];
};

/* The engine that must be there on such a machine; NULL, and said, where it need not be. */
struct engine *engine_mb(void);

bool each_next(struct each *c);

/* One packet: head, IV, body, ICV; one spare byte before and behind that must stay. */
struct packet { uint8_t *room, *p; size_t n, head, body, n_body; };

/* Random bytes, at an odd address. */
struct packet packet_new(const struct suite *s, size_t n_body);
void packet_free(struct packet *k);
struct suite_job packet_job(const struct packet *k, uint8_t *out, bool esn);
/* The plain text in its place becomes the sealed packet; asserts SUITE_OK. */
void packet_seal(struct suite *s, const struct packet *k, bool esn);

#endif
