#include "report/speed_table.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/speed.h"
#include "report/alg_table.h"
#include "report/table.h"

enum { SIZES = 3 };
static const unsigned sizes[SIZES] = { 64, 576, 1400 };

/* A cipher with one key size and what authenticates it. */
struct result {
	const struct alg_encr *encr;
	const struct alg_integ *integ;	/* NULL: none is needed */
	unsigned bits;
	struct speed speed[SIZES];
	char why[96];			/* this build cannot: the reason */
};

struct results { struct result *list; size_t n, room; };

static bool is_wanted(const struct speed_plan *plan, const void *row, unsigned bits)
{
	for (size_t i = 0; i < plan->n; i++) {
		unsigned said = 0;

		if (alg_encr_by_name(plan->names[i], &said) == row && (said == 0 || said == bits))
			return true;
		if (alg_integ_by_name(plan->names[i]) == row)
			return true;
	}
	return plan->n == 0;
}

static int check_names(const struct speed_plan *plan, struct err *e)
{
	for (size_t i = 0; i < plan->n; i++)
		if (alg_table_check(plan->names[i], e) < 0)
			return -1;
	return 0;
}

static int add(struct results *r, const struct alg_encr *encr, unsigned bits, const struct alg_integ *integ,
    struct err *e)
{
	if (r->n == r->room) {
		size_t room = r->room > 0 ? 2 * r->room : 64;
		struct result *p = realloc(r->list, room * sizeof *p);

		if (p == NULL)
			return err_nomem(e);
		r->list = p;
		r->room = room;
	}
	r->list[r->n++] = (struct result){ .encr = encr, .bits = bits, .integ = integ };
	return 0;
}

/* Ciphers without their own integrity check get the one that RFC 8221 6 has at MUST. */
static int add_encr(struct results *r, const struct speed_plan *plan, struct err *e)
{
	const struct alg_integ *integ = alg_integ_by_name("hmac-sha2-256-128");
	const struct alg_encr *a;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		for (const struct alg_size *s = a->size; s->bits != 0; s++)
			if (is_wanted(plan, a, s->bits) &&
			    add(r, a, s->bits, alg_encr_is_aead(a) ? NULL : integ, e) < 0)
				return -1;
	return 0;
}

/* Integrity algorithms alone, with null; those of GMAC are AH's. */
static int add_integ(struct results *r, const struct speed_plan *plan, struct err *e)
{
	const struct alg_encr *null = alg_encr_by_name("null", NULL);
	const struct alg_integ *a;

	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++)
		if (a->kind != INTEG_KIND_NONE && a->kind != INTEG_KIND_GMAC && is_wanted(plan, a, 0) &&
		    add(r, null, 0, a, e) < 0)
			return -1;
	return 0;
}

static void measure(struct result *r, int64_t ns)
{
	struct err why;

	for (size_t i = 0; i < SIZES; i++)
		if (speed_measure(&r->speed[i], r->encr, r->bits, r->integ, sizes[i], ns, &why) < 0) {
			snprintf(r->why, sizeof r->why, "%.90s", why.text);
			return;
		}
}

/* Encrypts, and both parts are at SHOULD or MUST. */
static bool is_recommended(const struct result *r)
{
	return r->why[0] == '\0' && r->encr->kind != ENCR_KIND_NULL &&
	    alg_encr_status(r->encr, r->bits) >= ALG_SHOULD &&
	    (r->integ == NULL || r->integ->status >= ALG_SHOULD);
}

static const struct result *fastest(const struct results *r)
{
	const struct result *best = NULL;

	for (size_t i = 0; i < r->n; i++)
		if (is_recommended(&r->list[i]) && (best == NULL ||
		    r->list[i].speed[SIZES - 1].seal > best->speed[SIZES - 1].seal))
			best = &r->list[i];
	return best;
}

static void name_of(const struct result *r, char *out, size_t room)
{
	if (r->bits == 0)
		snprintf(out, room, "%s-%s", r->encr->name, r->integ->name);
	else
		snprintf(out, room, "%s-%u%s%s", r->encr->name, r->bits, r->integ != NULL ? "-" : "",
		    r->integ != NULL ? r->integ->name : "");
}

/* The standing of the weaker part. */
static enum alg_status status_of(const struct result *r)
{
	enum alg_status s = alg_encr_status(r->encr, r->bits);

	return r->integ != NULL && r->integ->status < s ? r->integ->status : s;
}

static int print(FILE *to, const struct results *r, size_t width, struct err *e)
{
	static const struct table_column columns[] = {
		{ "SUITE", TABLE_WRAP }, { "SEAL 64", TABLE_RIGHT }, { "576", TABLE_RIGHT },
		{ "1400", TABLE_RIGHT }, { "OPEN 64", TABLE_RIGHT }, { "576", TABLE_RIGHT },
		{ "1400 MBIT/S", TABLE_RIGHT }, { "RFC 8221", 0 }, { "", TABLE_WRAP | TABLE_SPARE },
	};
	struct table *t = table_new(columns, sizeof columns / sizeof columns[0], e);
	const struct result *best = fastest(r);
	char name[128];
	int rc;

	if (t == NULL)
		return -1;
	for (size_t i = 0; i < r->n; i++) {
		const struct result *it = &r->list[i];

		name_of(it, name, sizeof name);
		table_cell(t, "%s", name);
		for (size_t k = 0; k < (size_t)2 * SIZES; k++)
			if (it->why[0] != '\0')
				table_cell(t, "%s", "-");
			else
				table_cell(t, "%.0f", (k < SIZES ? it->speed[k].seal : it->speed[k - SIZES].open) / 1e6);
		table_cell(t, "%s", alg_status_name(status_of(it)));
		table_cell(t, "%s", it == best ? "* fastest that is recommended" : it->why);
	}
	rc = table_print(&(struct table_place){ to, width, false }, t, e);
	table_free(t);
	return rc;
}

static void print_json(FILE *to, const struct results *r)
{
	const struct result *best = fastest(r);

	for (size_t i = 0; i < r->n; i++) {
		const struct result *it = &r->list[i];

		fprintf(to, "{\"type\":\"event\",\"event\":\"speed\",\"encr\":\"%s\"", it->encr->name);
		if (it->bits != 0)
			fprintf(to, ",\"encr_bits\":%u", it->bits);
		if (it->integ != NULL)
			fprintf(to, ",\"integ\":\"%s\"", it->integ->name);
		fprintf(to, ",\"status\":\"%s\"", alg_status_name(status_of(it)));
		for (size_t k = 0; it->why[0] == '\0' && k < SIZES; k++)
			fprintf(to, "%s{\"bytes\":%u,\"seal_mbit_s\":%.1f,\"open_mbit_s\":%.1f}%s",
			    k == 0 ? ",\"speed\":[" : ",", sizes[k], it->speed[k].seal / 1e6,
			    it->speed[k].open / 1e6, k + 1 == SIZES ? "]" : "");
		fprintf(to, "%s}\n", it == best ? ",\"fastest\":true" : "");
	}
}

int speed_table(FILE *to, const struct speed_plan *plan, struct err *e)
{
	struct results r = { 0 };
	char name[128];
	int rc = -1;

	if (check_names(plan, e) == 0 && add_encr(&r, plan, e) == 0 && add_integ(&r, plan, e) == 0) {
		for (size_t i = 0; i < r.n; i++) {
			name_of(&r.list[i], name, sizeof name);
			plan->progress(plan->arg, i, r.n, name);
			measure(&r.list[i], plan->ns);
		}
		rc = 0;
		if (plan->json)
			print_json(to, &r);
		else
			rc = print(to, &r, plan->width, e);
	}
	free(r.list);
	return rc;
}
