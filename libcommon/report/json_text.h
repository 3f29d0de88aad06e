/*
 * json_text.h - one member of an object being written: ,"key":"text", escaped.
 */
#ifndef REPORT_JSON_TEXT_H
#define REPORT_JSON_TEXT_H

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Nothing for NULL. */
static inline void json_text(FILE *to, const char *key, const char *text)
{
	if (text == NULL)
		return;
	fprintf(to, ",\"%s\":\"", key);
	esc_json(to, text, strlen(text));
	putc('"', to);
}

#endif
