/*
 * negotiate - what IKE SAs cost: negotiations a second beside their asymmetric operations alone, and memory.
 *
 * usage: negotiate ROUNDS HELD
 *
 * Two ends in memory, PSK, X25519, AES-GCM, a child each; one thread.  ROUNDS times, and in turns, EACH negotiations, and
 * as often what OpenSSL needs for two X25519 key pairs and two agreements.  Prints both in ns of the processor's time, the
 * middle of the rounds, and the middle of their ratios; then bytes of resident memory for each of HELD IKE SAs at one
 * responder.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"
#include "unit/ike/crowd.h"

enum { EACH = 100, ROUNDS_MAX = 1000, X25519 = 32 };

static struct crowd crowd;
static unsigned number;

static void negotiate(void)
{
	for (int i = 0; i < EACH; i++)
		if (!crowd_one(&crowd, number++ & 0xffffff))
			bare_die(crowd.failed);
}

static EVP_PKEY *pair_of(EVP_PKEY_CTX *make, uint8_t public[X25519])
{
	EVP_PKEY *key = NULL;
	size_t n = X25519;

	if (EVP_PKEY_keygen(make, &key) != 1 || EVP_PKEY_get_raw_public_key(key, public, &n) != 1)
		bare_die("X25519");
	return key;
}

static void agree(EVP_PKEY *own, const uint8_t public[X25519], uint8_t shared[X25519])
{
	EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public, X25519);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t n = X25519;

	if (EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, other) != 1 ||
	    EVP_PKEY_derive(ctx, shared, &n) != 1)
		bare_die("X25519");
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
}

/* Both ends. */
static void bare(void)
{
	static EVP_PKEY_CTX *make;

	if (make == NULL && ((make = EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, NULL)) == NULL || EVP_PKEY_keygen_init(make) != 1))
		bare_die("X25519");
	for (int i = 0; i < EACH; i++) {
		uint8_t public[2][X25519], shared[2][X25519];
		EVP_PKEY *a = pair_of(make, public[0]), *b = pair_of(make, public[1]);

		agree(a, public[1], shared[0]);
		agree(b, public[0], shared[1]);
		if (memcmp(shared[0], shared[1], X25519) != 0)
			bare_die("X25519 does not agree");
		EVP_PKEY_free(a);
		EVP_PKEY_free(b);
	}
}

static double took(void (*what)(void))
{
	double start = bare_clock(CLOCK_PROCESS_CPUTIME_ID);

	what();
	return (bare_clock(CLOCK_PROCESS_CPUTIME_ID) - start) / EACH * 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *of, size_t n)
{
	qsort(of, n, sizeof of[0], by_value);
	return of[n / 2];
}

static size_t resident(void)
{
	unsigned long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%lu %lu", &size, &pages) != 2)
		bare_die("/proc/self/statm");
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

int main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], ratio[ROUNDS_MAX];
	size_t rounds = argc == 3 ? strtoul(argv[1], NULL, 10) : 0, held = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	size_t before, n = 0;

	if (rounds == 0 || rounds > ROUNDS_MAX || held == 0)
		bare_die("usage: negotiate ROUNDS HELD");
	crowd_init(&crowd, "negotiate");
	negotiate();
	bare();
	for (size_t i = 0; i < rounds; i++) {
		ours[i] = took(negotiate);
		theirs[i] = took(bare);
		ratio[i] = theirs[i] / ours[i];
	}
	for (before = resident(); n < held; n += EACH)
		negotiate();
	printf("%.0f %.0f %.3f %zu %.0f\n", middle(ours, rounds), middle(theirs, rounds), middle(ratio, rounds), n,
	    (double)(resident() - before) / (double)n);
	crowd_clear(&crowd);
	return 0;
}
