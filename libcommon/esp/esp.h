/*
 * esp.h - one ESP packet opened or made (RFC 4303 2, 3.3, 3.4).
 *
 * Pure: no window, no counter, no look-up.  The packet starts at its SPI and ends
 * with its ICV.
 */
#ifndef ESP_ESP_H
#define ESP_ESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/suite.h"
#include "packet/verdict.h"

enum { ESP_HEAD = 8 };		/* SPI, sequence number */

struct esp_opened {
	size_t n;		/* payload without padding and trailer, at out */
	uint8_t next;		/* next header */
	bool verified;		/* false: the ICV was bad and the caller wanted it anyway */
	bool misfit;		/* no packet of this SA has such a length */
};

struct esp_seq { bool esn; uint32_t high; };

/*
 * Decrypts into out, which has n bytes or is p + ESP_HEAD + IV (in place).  V_OK, V_BAD_ICV (o is filled
 * only with no_verify, and misfit set when there is no room for header, IV and ICV or the rest is no
 * whole cipher blocks), V_BAD_PADDING.
 */
enum verdict esp_open(struct suite *s, const uint8_t *p, size_t n, struct esp_seq seq, bool no_verify,
    uint8_t *out, struct esp_opened *o);

/* The same in two halves, for many packets at once: the job for suite_open_each(), and what came of it. */
struct suite_job esp_job(const uint8_t *p, size_t n, struct esp_seq seq, bool no_verify, uint8_t *out);
enum verdict esp_result(const struct suite *s, const struct suite_job *j, struct esp_opened *o);

/* What a packet is made of besides its payload. */
struct esp_parts {
	uint32_t spi, seq;		/* seq: the low half */
	const uint8_t *iv;		/* suite_iv_len() bytes */
	size_t tfc, pad;		/* zero bytes behind the payload (2.7), then padding */
	uint8_t next;
};

enum { ESP_TRAILER = 2, ESP_ALIGN = 4 };	/* ESP_ALIGN: at least, 2.4 */

/* The least padding behind n bytes of payload and TFC padding; align: ESP_ALIGN or the block. */
static inline size_t esp_pad(size_t n, size_t align)
{
	return (align - (n + ESP_TRAILER) % align) % align;
}

/*
 * Sealing in two steps, so that a harness may spoil what is in between.  The n bytes of payload are
 * at p + ESP_HEAD + IV: esp_encode() writes everything around them but the ICV, which there must be
 * room for, and gives the packet's whole length, ICV included.  esp_seal() encrypts in place and
 * writes the ICV; false if the SA's cipher cannot (a length that fits no block, an unknown MAC).
 */
size_t esp_encode(const struct suite *s, uint8_t *p, size_t n, const struct esp_parts *parts);
bool esp_seal(struct suite *s, uint8_t *p, size_t n, struct esp_seq seq);

#endif
