/*
 * esp.h - one ESP packet opened (RFC 4303 2, 3.4).
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

#endif
