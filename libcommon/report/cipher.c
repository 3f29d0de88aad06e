#include "report/cipher.h"

#include <stdio.h>
#include <string.h>

#include "base/rd.h"

enum {
	HEAD = 8,			/* SPI, sequence number */
	LOW_BITS = 20,			/* an IV that counts differs from the one before in these */
	SURE = 97,			/* no guess is surer than that, percent */
	STRAY = 80,			/* nor where some packets do not fit */
	STRAY_LENGTHS = 3,		/* lengths that are needed to call others strays */
	TRAILERS_LEAST = 3,		/* each by chance once in 4,096 */
};

static void see_length(struct cipher *c, size_t n)
{
	c->mod16[n % 16]++;
	for (unsigned i = 0; i < c->nlengths; i++)
		if (c->length[i] == n)
			return;
	if (c->nlengths < CIPHER_LENGTHS && n <= UINT16_MAX)
		c->length[c->nlengths++] = (uint16_t)n;
}

static void see_iv(struct cipher *c, const uint8_t *p)
{
	uint64_t iv = load_be64(p);

	if (c->looked > 0 && iv != c->last_iv) {
		c->pairs++;
		c->counted += (iv ^ c->last_iv) >> LOW_BITS == 0 || iv - c->last_iv < 1 << LOW_BITS;
	}
	c->last_iv = iv;
}

void cipher_see(struct cipher *c, const uint8_t *p, size_t n, const struct addr *src, const struct addr *dst)
{
	struct null_esp null;

	if (n < HEAD + 8 || c->looked >= CIPHER_LOOKS)
		return;
	see_length(c, n - HEAD);
	see_iv(c, p + HEAD);
	c->null_tried++;
	if (null_read(&null, p, n, src, dst)) {
		c->null_seen++;
		c->null_icv = (unsigned)null.icv;
		if (null.bits > c->null_bits)
			c->null_bits = null.bits;
	}
	for (unsigned i = 0, seen = null_trailers(p, n); i < NULL_FORMS; i++)
		c->trailers[i] += seen >> i & 1;
	c->looked++;
}

static bool counts(const struct cipher *c)
{
	return c->pairs > 0 && c->counted * 10 >= c->pairs * 9;
}

/* Trailers in clear in (nearly) all packets, although what is in front of them is no whole packet: BEET, a NAT inside. */
static bool has_trailers(const struct cipher *c, unsigned *icv)
{
	for (unsigned i = 0; i < NULL_FORMS; i++)
		if (c->trailers[i] >= TRAILERS_LEAST && c->trailers[i] * 10 >= c->null_tried * 9) {
			*icv = null_form_icv(i);
			return true;
		}
	return false;
}

/* Remainders that lengths have, as bits, and how many lengths; *stray: some packets were left out. */
static unsigned remainders(const struct cipher *c, unsigned *lengths, bool *stray)
{
	unsigned most = 0, all = 0, set = 0;

	for (unsigned i = 0; i < 16; i++) {
		all += c->mod16[i];
		most = c->mod16[i] > c->mod16[most] ? i : most;
		set |= c->mod16[i] > 0 ? 1u << i : 0;
	}
	*lengths = 0;
	for (unsigned i = 0; i < c->nlengths; i++)
		*lengths += c->length[i] % 16u == most;
	*stray = set != 1u << most && *lengths >= STRAY_LENGTHS && c->mod16[most] * 10 >= all * 9;
	if (*stray)
		return 1u << most;
	*lengths = c->nlengths;
	return set;
}

/* All usual ICVs behind blocks of that length: "12", "16, 32 or none", "" where none fits; the only one, 0: several or none. */
static unsigned icvs(const struct cipher *c, unsigned block, unsigned rest, char out[CIPHER_TEXT])
{
	static const unsigned usual[] = { 12, 16, 24, 32, 0 };
	unsigned least = UINT16_MAX, fit[sizeof usual / sizeof usual[0]] = { 0 }, n = 0;
	size_t at = 0;

	for (unsigned i = 0; i < c->nlengths; i++)
		if (c->length[i] < least && c->length[i] % block == rest)
			least = c->length[i];
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (usual[i] % block == rest && usual[i] + 2 * block <= least)	/* an IV, and one block at least */
			fit[n++] = usual[i];
	*out = '\0';
	for (unsigned i = 0; i < n; i++) {
		const char *before = i == 0 ? "" : i + 1 == n ? " or " : ", ";

		at += fit[i] > 0 ? (size_t)snprintf(out + at, CIPHER_TEXT - at, "%s%u", before, fit[i]) :
		    (size_t)snprintf(out + at, CIPHER_TEXT - at, "%snone", before);
	}
	return n == 1 ? fit[0] : 0;
}

/*
 * How sure, after Bayes.  Before any length is seen, an IV that does not count is one of CBC in 128-bit blocks 7 times in
 * 10, in 64-bit blocks once, of a counter mode twice.  That lengths of a finer grain all had the coarser remainder is
 * chance, one in grains for each further length, or else the grain of what is inside, 15 times in 100.
 */
static double chance(unsigned lengths, unsigned grains)
{
	double p = 1;

	for (unsigned i = 1; i < lengths; i++)
		p /= grains;
	return p > 0.15 ? p : 0.15;
}

static enum cipher_kind by_blocks(const struct cipher *c, char out[CIPHER_TEXT], unsigned *percent, unsigned *icv)
{
	unsigned lengths, set, half, rest = 0;
	bool stray, large;
	char fit[CIPHER_TEXT];

	set = remainders(c, &lengths, &stray);
	half = (set | set >> 8) & 0xff;
	if (lengths < 2)
		return CIPHER_UNKNOWN;
	while (half != 1u << rest)
		if (++rest == 8) {
			*percent = 90;
			snprintf(out, CIPHER_TEXT, "no blocks (AES-GCM, ChaCha20, AES-CTR, AES-CCM)");
			return CIPHER_STREAM;
		}
	large = (set & (set - 1)) == 0;
	*icv = large ? icvs(c, 16, set >> 8 != 0 ? rest + 8 : rest, fit) : 0;
	if (large && *fit != '\0') {
		*percent = (unsigned)(100 * 0.7 / (0.7 + 0.1 * chance(lengths, 2) + 0.2 * chance(lengths, 4)));
		snprintf(out, CIPHER_TEXT, "16-octet blocks (AES-CBC), ICV %.40s", fit);
	} else {
		large = false;
		*percent = (unsigned)(100 * 0.1 / (0.1 + 0.2 * chance(lengths, 2)));
		*icv = icvs(c, 8, rest, fit);
		snprintf(out, CIPHER_TEXT, "8-octet blocks (3DES), ICV %.40s, else AES-GCM or the like", *fit != '\0' ? fit : "unusual");
	}
	if (stray && *percent > STRAY)
		*percent = STRAY;
	return large ? CIPHER_BLOCK16 : CIPHER_BLOCK8;
}

enum cipher_kind cipher_guess(const struct cipher *c, char out[CIPHER_TEXT], unsigned *percent, unsigned *icv)
{
	unsigned none = 0;

	icv = icv != NULL ? icv : &none;
	*icv = *percent = 0;
	*out = '\0';
	if (c->null_seen > 0 && c->null_seen * 10 >= c->null_tried * 9) {
		*percent = SURE;
		*icv = c->null_icv;
		snprintf(out, CIPHER_TEXT, "NULL, ICV %u", c->null_icv);
		return CIPHER_NULL;
	}
	if (has_trailers(c, icv)) {
		*percent = SURE;
		snprintf(out, CIPHER_TEXT, "NULL, ICV %u", *icv);
		return CIPHER_NULL;
	}
	if (counts(c)) {
		*percent = SURE;
		snprintf(out, CIPHER_TEXT, "counter IV (AES-GCM, ChaCha20, AES-CTR, AES-CCM)");
		return CIPHER_STREAM;
	}
	return by_blocks(c, out, percent, icv);
}
