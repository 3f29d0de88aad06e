/*
 * null.h - ESP with NULL encryption, read without its SA (RFC 5879): whether one of the usual lengths of
 * IV and ICV leaves a whole packet between them.
 *
 * Pure.  Nothing is verified.  Lengths are bytes.
 */
#ifndef ESP_NULL_H
#define ESP_NULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct null_esp {
	size_t at, n;		/* payload without padding, in the packet */
	size_t icv;
	uint8_t next;
	unsigned bits;		/* evidence: chance gives it once in 2^bits packets */
};

enum { NULL_FORMS = 7 };		/* usual lengths of IV and ICV */

/* Bit i: the trailer, of 1, 2, 3, ... and a usual next header, is where it is with form i.  The n bytes at p begin with an SPI. */
unsigned null_trailers(const uint8_t *p, size_t n);
unsigned null_form_icv(unsigned i);

/* The n bytes at p begin with an SPI; src, dst: the outer addresses. */
bool null_read(struct null_esp *o, const uint8_t *p, size_t n, const struct addr *src, const struct addr *dst);

#endif
