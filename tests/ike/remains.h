/*
 * remains.h - whether a secret is still somewhere in this process: every mapping that can be written is looked through, the
 * heap, libsodium's pages, anonymous memory, static data and stacks.
 *
 * What is looked for is kept as pieces of eight octets, each octet turned over, so that it is not found here.
 */
#ifndef TESTS_IKE_REMAINS_H
#define TESTS_IKE_REMAINS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/secret.h"

enum { REMAINS_MAX = 512, REMAINS_PIECE = 8, REMAINS_NAME = 32, REMAINS_HUGE = 1 << 30 };

struct remains {
	struct { char name[REMAINS_NAME]; uint8_t piece[REMAINS_PIECE]; } mark[REMAINS_MAX];
	unsigned n, skip;		/* the first ones are not looked for now */
	char found[4096];		/* a line for each: what, where */
	unsigned count;
};

/* An octet at a time: no register ever holds a piece as it is. */
static inline void remains_piece(struct remains *r, const char *name, const volatile uint8_t *p)
{
	if (r->n == REMAINS_MAX)
		abort();
	snprintf(r->mark[r->n].name, REMAINS_NAME, "%s", name);
	for (int i = 0; i < REMAINS_PIECE; i++)
		r->mark[r->n].piece[i] = (uint8_t)~p[i];
	r->n++;
}

/* Its beginning, middle and end. */
static inline void remains_mark(struct remains *r, const char *name, const void *secret, size_t n)
{
	const uint8_t *p = secret;

	if (n < REMAINS_PIECE)
		return;
	remains_piece(r, name, p);
	if (n >= 3 * REMAINS_PIECE)
		remains_piece(r, name, p + n / 2);
	if (n > REMAINS_PIECE)
		remains_piece(r, name, p + n - REMAINS_PIECE);
}

__attribute__((no_sanitize_address, no_sanitize_thread))	/* it goes where no program should */
static inline void remains_look(struct remains *r, const uint8_t *p, size_t n, const char *where)
{
	/* first octets of all marks: most places are none of them */
	bool first[256] = { false };

	for (unsigned i = r->skip; i < r->n; i++)
		first[(uint8_t)~r->mark[i].piece[0]] = true;
	for (size_t at = 0; at + REMAINS_PIECE <= n; at++) {
		if (!first[p[at]])
			continue;
		for (unsigned i = r->skip; i < r->n; i++) {
			int k = 0;

			while (k < REMAINS_PIECE && (p[at + k] ^ r->mark[i].piece[k]) == 0xff)
				k++;
			if (k < REMAINS_PIECE)
				continue;
			r->count++;
			if (strlen(r->found) + 160 < sizeof r->found)
				snprintf(r->found + strlen(r->found), 160, "%s at %p in %.80s", r->mark[i].name,
				    (const void *)(p + at), where);
		}
	}
}

/* A number, which may also stand the other way round, as OpenSSL keeps large ones. */
static inline void remains_mark_number(struct remains *r, const char *name, const void *secret, size_t n)
{
	unsigned from = r->n, to;

	remains_mark(r, name, secret, n);
	to = r->n;
	for (unsigned i = from; i < to; i++) {
		if (r->n == REMAINS_MAX)
			abort();
		r->mark[r->n] = r->mark[i];
		for (int k = 0; k < REMAINS_PIECE; k++)
			r->mark[r->n].piece[k] = r->mark[i].piece[REMAINS_PIECE - 1 - k];
		r->n++;
	}
}

/* Runs of pages that are there: what was never touched holds nothing, and sanitizers map much of that. */
static inline void remains_pages(struct remains *r, const uint8_t *p, size_t n, const char *where)
{
	enum { PAGE = 4096, MANY = 1 << 15 };
	static unsigned char there[MANY];

	for (size_t at = 0, part; at < n; at += part) {
		size_t pages;

		part = n - at < (size_t)PAGE * MANY ? n - at : (size_t)PAGE * MANY;
		pages = part / PAGE;
		if (mincore((void *)(p + at), part, there) < 0)
			continue;		/* it went away */
		for (size_t i = 0, k; i < pages; i = k + 1) {
			for (k = i; k < pages && (there[k] & 1); k++)
				;
			if (k > i)
				remains_look(r, p + at + i * PAGE, (k - i) * PAGE, where);
		}
	}
}

/* ThreadSanitizer's code leaves copies on the stack that ours does not: there the stack is not looked at. */
static inline int remains_is_ours(const char *where)
{
#ifdef __SANITIZE_THREAD__
	return strstr(where, "[stack]") == NULL;
#else
	(void)where;
	return 1;
#endif
}

/* How many pieces are there; r->found says where.  The shadows of sanitizers, which hold no data of ours, are left out. */
static inline unsigned remains_scan(struct remains *r)
{
	FILE *f = fopen("/proc/self/maps", "r");
	static char lines[1 << 20];	/* all at once: what is mapped may change as it is read */
	size_t n;

	if (f == NULL)
		abort();
	setvbuf(f, NULL, _IONBF, 0);
	n = fread(lines, 1, sizeof lines - 1, f);
	fclose(f);
	lines[n] = '\0';
	r->count = 0;
	r->found[0] = '\0';
	for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		unsigned long from, to;
		char mode[5], where[128];

		snprintf(where, sizeof where, "%.*s", (int)(end + 1 - line), line);
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && mode[0] == 'r' && mode[1] == 'w' &&
		    to - from < REMAINS_HUGE && remains_is_ours(where))
			remains_pages(r, (const uint8_t *)from, to - from, where);
	}
	return r->count;
}

#endif
