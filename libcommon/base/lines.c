#include "base/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

static int grow(struct lines *l, size_t room, struct err *e)
{
	size_t cap = l->cap > 0 ? l->cap : 4096;
	char *p;

	while (cap < room)
		cap *= 2;
	/* Not realloc, which would leave a copy of the keys behind. */
	if ((p = malloc(cap)) == NULL)
		return err_nomem(e);
	if (l->n > 0)
		memcpy(p, l->p, l->n);
	wipe(l->p, l->cap);
	free(l->p);
	l->p = p;
	l->cap = cap;
	return 0;
}

int lines_push(struct lines *l, const void *p, size_t n, struct err *e)
{
	if (l->from > 0) {
		size_t rest = l->n - l->from;

		memmove(l->p, l->p + l->from, rest);
		wipe(l->p + rest, l->from);
		l->searched -= l->from;
		l->n = rest;
		l->from = 0;
	}
	if (n > SIZE_MAX / 4 - l->n)
		return err_nomem(e);
	if (l->n + n > l->cap && grow(l, l->n + n, e) < 0)
		return -1;
	if (n > 0)
		memcpy(l->p + l->n, p, n);
	l->n += n;
	return 0;
}

static int give(struct lines *l, struct line *out, size_t end, size_t next, struct err *e)
{
	const char *p = l->p + l->from;
	size_t n = end - l->from;

	l->line++;
	l->from = l->searched = next;
	if (n > LINES_LONGEST)
		return err_set(e, "line is longer than %d bytes", LINES_LONGEST);
	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (l->line == 1 && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	*out = (struct line){ p, n, l->line };
	return 1;
}

int lines_next(struct lines *l, struct line *out, struct err *e)
{
	const char *lf = NULL;

	if (l->searched < l->n)
		lf = memchr(l->p + l->searched, '\n', l->n - l->searched);
	if (lf != NULL)
		return give(l, out, (size_t)(lf - l->p), (size_t)(lf - l->p) + 1, e);
	l->searched = l->n;
	if (l->n - l->from > LINES_LONGEST)
		return give(l, out, l->n, l->n, e);
	return 0;
}

int lines_last(struct lines *l, struct line *out, struct err *e)
{
	int got = lines_next(l, out, e);

	if (got != 0 || l->from == l->n)
		return got;
	return give(l, out, l->n, l->n, e);
}

void lines_clear(struct lines *l)
{
	if (l == NULL)
		return;
	wipe(l->p, l->cap);
	free(l->p);
	*l = (struct lines){ 0 };
}
