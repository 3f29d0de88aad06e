#include "report/cipher.h"

#include <stdio.h>
#include <string.h>

#include "base/rd.h"

enum {
	HEAD = 8,			/* SPI, sequence number */
	STEP = 1 << 16,			/* an IV that counts goes on by less */
	SURE = 97,			/* no guess is surer than that, percent */
	TRAILERS_LEAST = 3,		/* each by chance once in 4,096 */
};

static void see_length(struct cipher *c, size_t n)
{
	c->mod16 |= (uint16_t)(1u << n % 16);
	for (unsigned i = 0; i < c->nlengths; i++)
		if (c->length[i] == n)
			return;
	if (c->nlengths < CIPHER_LENGTHS && n <= UINT16_MAX)
		c->length[c->nlengths++] = (uint16_t)n;
}

static void see_iv(struct cipher *c, const uint8_t *p)
{
	uint64_t iv = load_be64(p);

	if (c->looked > 0) {
		c->pairs++;
		c->counted += iv > c->last_iv && iv - c->last_iv < STEP;
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

/* Chance that lengths of a finer grain all had so coarse a remainder: one in grains for each further length. */
static unsigned sure(unsigned lengths, unsigned grains)
{
	double chance = 1;

	for (unsigned i = 1; i < lengths; i++)
		chance /= grains;
	return chance >= 1 ? 0 : (unsigned)(SURE * (1 - chance));
}

static enum cipher_kind block16(const struct cipher *c, char *out, unsigned *percent, unsigned *icv)
{
	unsigned rest = 0;

	while (c->mod16 >> rest != 1)
		rest++;
	*percent = sure(c->nlengths, 4);
	*icv = rest == 12 ? 12 : rest == 8 ? 24 : 0;
	snprintf(out, CIPHER_TEXT, "16-octet blocks (AES-CBC), ICV %s", rest == 12 ? "12" : rest == 8 ? "24" : rest == 0 ? "16 or 32" :
	    "unusual");
	return CIPHER_BLOCK16;
}

static bool counts(const struct cipher *c)
{
	return c->pairs >= 3 && c->counted * 10 >= c->pairs * 9;
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

enum cipher_kind cipher_guess(const struct cipher *c, char out[CIPHER_TEXT], unsigned *percent, unsigned *icv)
{
	unsigned none = 0, low = c->mod16 & 0xff, high = c->mod16 >> 8;

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
		*percent = 95;
		*icv = 16;
		snprintf(out, CIPHER_TEXT, "counted 8-octet IV (AES-GCM)");
		return CIPHER_STREAM;
	}
	if (c->nlengths >= 2 && c->mod16 != 0 && (c->mod16 & (c->mod16 - 1)) == 0)
		return block16(c, out, percent, icv);
	if (c->nlengths >= 2 && (((low | high) & ((low | high) - 1)) == 0)) {
		*percent = sure(c->nlengths, 2);
		*icv = (low | high) == 1u << 4 ? 12 : 0;
		snprintf(out, CIPHER_TEXT, "8-octet blocks (3DES)");
		return CIPHER_BLOCK8;
	}
	if (c->nlengths >= 2) {
		*percent = 90;
		snprintf(out, CIPHER_TEXT, "no blocks (AES-GCM, ChaCha20-Poly1305)");
		return CIPHER_STREAM;
	}
	return CIPHER_UNKNOWN;
}
