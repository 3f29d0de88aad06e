#include "sa/dialect.h"

#include <string.h>

const struct dialect *dialect_find(const struct dialect *rows, const struct word *w)
{
	for (; rows->name != NULL; rows++)
		if (word_like(w, rows->name))
			return rows;
	return NULL;
}

/* Ours, and nobody else's name for it. */
static const struct alg_encr *encr_named(const char *name)
{
	const struct alg_encr *a;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static const struct alg_integ *integ_named(const char *name)
{
	const struct alg_integ *a;

	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

bool dialect_encr(const struct dialect *rows, struct sa *sa, const struct word *w)
{
	const struct dialect *row = dialect_find(rows, w);

	sa->encr = row != NULL ? encr_named(row->ours) : NULL;
	sa->encr_unknown = sa->encr == NULL;
	return sa->encr != NULL;
}

bool dialect_integ(const struct dialect *rows, struct sa *sa, const struct word *w)
{
	const struct dialect *row = dialect_find(rows, w);

	sa->integ = row != NULL ? integ_named(row->ours) : NULL;
	sa->integ_unknown = sa->integ == NULL;
	return sa->integ != NULL;
}

int dialect_check(const struct dialect *rows, const struct sa *sa, const struct word *w, struct err *e)
{
	const struct dialect *row = dialect_find(rows, w);

	return row != NULL ? dialect_check_row(row, sa, e) : 0;
}

int dialect_check_row(const struct dialect *row, const struct sa *sa, struct err *e)
{
	size_t n = sa->encr_key.n, salt = sa->encr != NULL ? sa->encr->salt : 0;

	if (row->bits == 0 || !sa->encr_key_known || n == row->bits / 8 + salt)
		return 0;
	return err_set(e, "found a key of %zu bytes, wanted %zu for %s", n, row->bits / 8 + salt, row->name);
}

const char *dialect_say_encr(const struct dialect *rows, const struct sa *sa, struct err *e)
{
	size_t n = sa->encr_key.n - (sa->encr_key.n > sa->encr->salt ? sa->encr->salt : 0);

	for (; rows->name != NULL; rows++)
		if (strcmp(rows->ours, sa->encr->name) == 0 && (rows->bits == 0 || rows->bits == 8 * n))
			return rows->name;
	err_set(e, "this format has no name for %s with a key of %zu bits", sa->encr->name, 8 * n);
	return NULL;
}

/* The row of this construction whose ICV it is, or NULL. */
static const struct alg_integ *by_icv(const struct alg_integ *a, unsigned bits)
{
	const struct alg_integ *row;

	for (size_t i = 0; (row = alg_integ_row(i)) != NULL; i++)
		if (row->kind == a->kind && row->key == a->key && row->icv * 8u == bits &&
		    (row->evp == a->evp || strcmp(row->evp, a->evp) == 0))
			return row;
	return NULL;
}

const char *dialect_say_integ(const struct dialect *rows, const struct sa *sa, struct err *e)
{
	const struct alg_integ *a = sa->integ != NULL ? sa->integ : alg_integ_by_name("none");
	unsigned bits = sa_icv_bits(sa);

	if (a->kind != INTEG_KIND_NONE && a->icv * 8u != bits)
		a = by_icv(a, bits);
	for (; a != NULL && rows->name != NULL; rows++)
		if (strcmp(rows->ours, a->name) == 0)
			return rows->name;
	err_set(e, "this format has no name for %s with an ICV of %u bits", sa->integ != NULL ? sa->integ->name :
	    "none", bits);
	return NULL;
}
