/*
 * out_text.h - base/out.h for people: a line an object, those inside it below, further to the
 * right.
 *
 *     SA length 48
 *         proposal 1 ESP spi c1d2e3f4
 *             ENCR_AES_CBC key_length 256
 *
 * Fields are "key value"; heads stand without their key, flags are their key or nothing.  Text of
 * peers is escaped, and quoted where it holds more than a word.  Long bytes are cut after `cut` of
 * them (0: never) and say how many there are.
 */
#ifndef REPORT_OUT_TEXT_H
#define REPORT_OUT_TEXT_H

#include <stdio.h>

#include "base/out.h"

struct out_text {
	struct out out;			/* to be passed on */
	FILE *to;
	unsigned indent;		/* columns before the first object */
	size_t cut;
	unsigned depth, objects;	/* open now */
	uint32_t list, some;		/* a bit a level: it is a list; it has a value */
	const char *key[OUT_DEPTH];	/* of the lists */
	bool begun;			/* something stands on the line */
	bool below;			/* a nested object stood on it: a field wants a new one */
};

void out_text_init(struct out_text *t, FILE *to, unsigned indent, size_t cut);

#endif
