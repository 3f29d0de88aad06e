/* text.h - what tests of text readers share: whole files, numbers that are drawn the same in every run, and lines. */
#ifndef TESTS_UNIT_TEXT_H
#define TESTS_UNIT_TEXT_H

#include <stdint.h>
#include <stdio.h>

/* Heap; NULL if there is no such file or nothing in it. */
static inline char *load_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t cap = 0;
	ssize_t got = f != NULL ? getdelim(&text, &cap, EOF, f) : -1;

	*n = got > 0 ? (size_t)got : 0;
	if (f != NULL)
		fclose(f);
	return text;
}

static inline size_t draw_from(uint64_t *state, size_t below)	/* xorshift */
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return below == 0 ? 0 : (size_t)(*state % below);
}

static inline size_t line_start(const char *p, size_t at)
{
	while (at > 0 && p[at - 1] != '\n')
		at--;
	return at;
}

static inline size_t line_end(const char *p, size_t n, size_t at)
{
	while (at < n && p[at] != '\n')
		at++;
	return at < n ? at + 1 : n;
}

#endif
