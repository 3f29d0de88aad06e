/*
 * json_member.h - members of an object being written, each with the comma before it: ,"key":value.
 */
#ifndef REPORT_JSON_MEMBER_H
#define REPORT_JSON_MEMBER_H

#include "report/evidence.h"
#include "report/json_text.h"

static inline void json_begin(FILE *to, const char *event)
{
	fprintf(to, "{\"type\":\"event\",\"event\":\"%s\"", event);
}

/* Nothing for one of no family. */
static inline void json_addr(FILE *to, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	if (a->family != 0)
		json_text(to, key, addr_format(text, a));
}

static inline void json_time(FILE *to, const char *key, int64_t ns)
{
	char text[TIME_TEXT];

	json_text(to, key, time_format(text, ns));
}

static inline void json_number(FILE *to, const char *key, uint64_t v)
{
	fprintf(to, ",\"%s\":%llu", key, (unsigned long long)v);
}

/* Nothing for 0; so do the others that say "some". */
static inline void json_some(FILE *to, const char *key, uint64_t v)
{
	if (v > 0)
		json_number(to, key, v);
}

static inline void json_some_text(FILE *to, const char *key, const char *text)
{
	if (text != NULL && *text != '\0')
		json_text(to, key, text);
}

static inline void json_flag(FILE *to, const char *key, bool v)
{
	if (v)
		fprintf(to, ",\"%s\":true", key);
}

/* 17; of several files "2:17". */
static inline void json_frame(FILE *to, const struct seen_at *at, bool files)
{
	if (files)
		fprintf(to, "\"%u:%llu\"", at->file + 1u, (unsigned long long)at->frame);
	else
		fprintf(to, "%llu", (unsigned long long)at->frame);
}

static inline void json_frame_of(FILE *to, const char *key, const struct seen_at *at, bool files)
{
	fprintf(to, ",\"%s\":", key);
	json_frame(to, at, files);
}

static inline void json_frames(FILE *to, const char *key, const struct seen_at *at, unsigned n, bool files)
{
	fprintf(to, ",\"%s\":[", key);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			putc(',', to);
		json_frame(to, &at[i], files);
	}
	putc(']', to);
}

#endif
