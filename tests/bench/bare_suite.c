#include "bare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct bare_suite suites[] = {
	{ "gcm128", "aes-gcm-16", NULL, BARE_GCM, 16, 4, 8, 16, 4, 0 },
	{ "gcm256", "aes-gcm-16", NULL, BARE_GCM, 32, 4, 8, 16, 4, 0 },
	{ "chacha", "chacha20-poly1305", NULL, BARE_CHACHA, 32, 4, 8, 16, 4, 0 },
	{ "cbc128-sha256", "aes-cbc", "hmac-sha2-256-128", BARE_CBC, 16, 0, 16, 16, 16, 32 },
	{ "cbc256-sha1", "aes-cbc", "hmac-sha1-96", BARE_CBC, 32, 0, 16, 12, 16, 20 },
};

const struct bare_suite *bare_suite(const char *name)
{
	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
		if (strcmp(suites[i].name, name) == 0)
			return &suites[i];
	return NULL;
}

/* Any keys will do; OpenSSL's digests would cost the start of a process more than a thousand packets. */
static void fill(uint8_t *p, size_t n, uint64_t *state)
{
	for (size_t i = 0; i < n; i++) {
		*state = *state * 6364136223846793005 + 1442695040888963407;
		p[i] = (uint8_t)(*state >> 56);
	}
}

void bare_sa_make(struct bare_sa *sa, const struct bare_suite *s, uint32_t i)
{
	uint64_t state = (uint64_t)(s - suites) << 32 | i;

	*sa = (struct bare_sa){ .suite = s, .spi = BARE_SPI + i };
	fill(sa->key, s->key + s->salt, &state);
	fill(sa->mac, s->mac, &state);
}

const struct bare_engine *bare_engine(const char *name, const struct bare_suite *s)
{
	if (strcmp(name, "openssl") == 0)
		return bare_openssl(s);
	return strcmp(name, "ipsec-mb") == 0 ? bare_ipsec_mb(s) : NULL;
}

void bare_die(const char *what)
{
	fprintf(stderr, "bench: %s%s%s\n", what, errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	exit(3);
}

double bare_clock(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void bare_pads(const struct bare_sa *sa, uint8_t inner[64], uint8_t outer[64])
{
	for (size_t i = 0; i < 64; i++) {
		uint8_t k = i < sa->suite->mac ? sa->mac[i] : 0;

		inner[i] = k ^ 0x36;
		outer[i] = k ^ 0x5c;
	}
}
