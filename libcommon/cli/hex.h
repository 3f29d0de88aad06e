/*
 * hex.h - one packet as hex digits, for --hex.
 */
#ifndef CLI_HEX_H
#define CLI_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* All of from: hex digits with blanks and line ends between them; 1..cap bytes. */
int hex_read(FILE *from, const char *name, uint8_t *out, size_t cap, size_t *n, struct err *e);

#endif
