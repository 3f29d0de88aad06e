#include "sa/ends.h"

#include <stdlib.h>
#include <string.h>

enum { KEY = 1 + 4 + 2 * sizeof(struct addr) };

/* A group of candidates of one end. */
struct group { const struct sad_entry *first; struct group *like; uint8_t key[KEY]; };
/* One end: its groups in the order of reading, and those without a like sorted by their keys. */
struct side { struct group *all, **open; size_t n, nopen; };

static int side_init(struct side *s, const struct sad *sad, struct err *e)
{
	s->all = calloc(sad_count(sad) + 1, sizeof *s->all);
	s->open = calloc(sad_count(sad) + 1, sizeof(struct group *));
	if (s->all == NULL || s->open == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < sad_count(sad); i++)
		if (sad_at(sad, i)->group == sad_at(sad, i))
			s->all[s->n++].first = sad_at(sad, i);
	return 0;
}

static int by_key(const void *va, const void *vb)
{
	const struct group *a = *(struct group *const *)va, *b = *(struct group *const *)vb;
	int order = memcmp(a->key, b->key, KEY);

	/* in the order of reading where all is the same */
	return order != 0 ? order : (a > b) - (a < b);
}

static void put_addr(uint8_t *to, const struct addr *a)
{
	*to = a->family;
	memcpy(to + 1, a->b, addr_len(a));
}

static void side_sort(struct side *s, bool dst, bool src)
{
	s->nopen = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct group *g = &s->all[i];
		const struct sa *sa = &g->first->sa;

		if (g->like != NULL)
			continue;
		memset(g->key, 0, KEY);
		g->key[0] = (uint8_t)sa->proto;
		memcpy(g->key + 1, &sa->spi, 4);
		if (dst)
			put_addr(g->key + 5, &sa->dst);
		if (src)
			put_addr(g->key + 5 + sizeof sa->dst, &sa->src);
		s->open[s->nopen++] = g;
	}
	qsort(s->open, s->nopen, sizeof(struct group *), by_key);
}

/* Joins those that have the same key, the first with the first. */
static void join(struct side *a, struct side *b)
{
	for (size_t i = 0, k = 0; i < a->nopen && k < b->nopen;) {
		int order = memcmp(a->open[i]->key, b->open[k]->key, KEY);

		if (order == 0) {
			a->open[i]->like = b->open[k];
			b->open[k]->like = a->open[i];
		}
		i += order <= 0;
		k += order >= 0;
	}
}

static unsigned keys_in_common(const struct sa *a, const struct sa *b)
{
	return (a->encr == b->encr && a->encr_key_known && b->encr_key_known &&
	    secret_eq(&a->encr_key, &b->encr_key) ? 2u : 0) +
	    (a->integ_key_known && b->integ_key_known && secret_eq(&a->integ_key, &b->integ_key));
}

static struct ends_pair speakers(const struct sad_entry *first_a, const struct sad_entry *first_b)
{
	struct ends_pair best = { &first_a->sa, &first_b->sa };
	unsigned most = keys_in_common(best.a, best.b);

	for (const struct sad_entry *a = first_a; a != NULL; a = a->candidate)
		for (const struct sad_entry *b = first_b; b != NULL; b = b->candidate) {
			unsigned common = keys_in_common(&a->sa, &b->sa);

			if (common > most) {
				best = (struct ends_pair){ &a->sa, &b->sa };
				most = common;
			}
		}
	return best;
}

static int tell(struct ends *ends, const struct side *a, const struct side *b, struct err *e)
{
	if ((ends->pair = calloc(a->n + b->n + 1, sizeof *ends->pair)) == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < a->n; i++)
		ends->pair[ends->n++] = a->all[i].like != NULL
		    ? speakers(a->all[i].first, a->all[i].like->first)
		    : (struct ends_pair){ &a->all[i].first->sa, NULL };
	for (size_t i = 0; i < b->n; i++)
		if (b->all[i].like == NULL)
			ends->pair[ends->n++] = (struct ends_pair){ NULL, &b->all[i].first->sa };
	return 0;
}

int ends_match(struct ends *ends, const struct sad *a, const struct sad *b, struct err *e)
{
	struct side side_a = { 0 }, side_b = { 0 };
	int rc = -1;

	*ends = (struct ends){ 0 };
	if (side_init(&side_a, a, e) == 0 && side_init(&side_b, b, e) == 0) {
		for (unsigned pass = 4; pass-- > 0;) {
			side_sort(&side_a, pass & 2, pass & 1);
			side_sort(&side_b, pass & 2, pass & 1);
			join(&side_a, &side_b);
		}
		rc = tell(ends, &side_a, &side_b, e);
	}
	free(side_a.all);
	free(side_a.open);
	free(side_b.all);
	free(side_b.open);
	return rc;
}

void ends_clear(struct ends *ends)
{
	free(ends->pair);
	*ends = (struct ends){ 0 };
}
