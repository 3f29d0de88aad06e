#include "base/names.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { LONGEST = 64 };

const char *name_by_id(const struct name *rows, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].id == id)
			return rows[i].name;
	return NULL;
}

bool name_eq(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

const struct name *name_by_name(const struct name *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (name_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits from a to b where two neighbours swapped count once. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][LONGEST + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > LONGEST || nb > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = ascii_lower(a[i - 1]) == ascii_lower(b[j - 1]);

			now[j] = min3(up[j] + 1, now[j - 1] + 1, up[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && ascii_lower(a[i - 1]) == ascii_lower(b[j - 2]) &&
			    ascii_lower(a[i - 2]) == ascii_lower(b[j - 1]) && up2[j - 2] + 1 < now[j])
				now[j] = up2[j - 2] + 1;
		}
	}
	return row[na % 3][nb];
}

void nearest_offer(struct nearest *near, const char *word, const char *candidate)
{
	unsigned d;

	if (candidate == NULL)
		return;
	d = distance(word, candidate);
	if (near->best == NULL || d < near->distance) {
		near->best = candidate;
		near->distance = d;
	}
}

const char *nearest_name(const struct nearest *near, const char *word)
{
	size_t n = strlen(word);

	if (near->best == NULL || near->distance > 1 + n / 3 || near->distance >= strlen(near->best))
		return NULL;
	return near->best;
}
