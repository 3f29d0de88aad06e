#include "esp/esn.h"

#include <stdlib.h>

#include "base/secret.h"
#include "esp/ah.h"

enum { BLOCK = 16, AH_FIXED_WORK = 16 };

struct esn {
	const struct sa *sa;
	struct esn_solver *solver;
	struct ah_mac *ah;
};

/* AH's MAC is made as ESP's with NULL encryption is, over another message. */
static int ah_init(struct esn *x, struct err *e)
{
	struct suite_keys k = { .encr = alg_encr_by_name("null", NULL), .integ = x->sa->integ,
		.integ_key = x->sa->integ_key, .icv_bits = x->sa->icv_bits, .use = SUITE_FOR_OPEN };

	x->ah = ah_mac_new(x->sa->integ, (struct span){ x->sa->integ_key.p, x->sa->integ_key.n },
	    x->sa->icv_bits, e);
	if (x->ah == NULL)
		return -1;
	if (x->sa->integ->kind == INTEG_KIND_GMAC)	/* verified with each half, below */
		return 0;
	return (x->solver = esn_solver_new(&k, e)) != NULL ? 0 : -1;
}

static int esp_init(struct esn *x, struct err *e)
{
	struct suite_keys k;

	sa_suite_keys(x->sa, &k);
	return (x->solver = esn_solver_new(&k, e)) != NULL ? 0 : -1;
}

struct esn *esn_new(const struct sa *sa, struct err *e)
{
	struct esn *x = calloc(1, sizeof *x);

	if (x == NULL) {
		err_nomem(e);
		return NULL;
	}
	x->sa = sa;
	if ((sa->proto == SA_AH ? ah_init(x, e) : esp_init(x, e)) < 0) {
		esn_free(x);
		return NULL;
	}
	return x;
}

void esn_free(struct esn *x)
{
	if (x == NULL)
		return;
	esn_solver_free(x->solver);
	ah_mac_free(x->ah);
	free(x);
}

bool esn_direct(const struct esn *x)
{
	return x->solver != NULL && esn_solver_direct(x->solver);
}

uint64_t esn_try_cost(const struct esn *x, size_t n)
{
	return x->solver != NULL ? esn_solver_try_cost(x->solver, n) : AH_FIXED_WORK + n / BLOCK;
}

size_t esn_icv_len(const struct esn *x)
{
	const struct sa *sa = x->sa;

	if (sa->icv_bits != 0)
		return sa->icv_bits / 8;
	return sa->proto == SA_ESP && sa->encr->icv > 0 ? sa->encr->icv : sa->integ->icv;
}

/* GMAC in AH: the whole packet for each half. */
static int ah_each(struct esn *x, const uint8_t *p, const struct place *pl, struct esn_find *f)
{
	uint64_t each = esn_try_cost(x, pl->ip.len), high;
	struct ah_view a;

	for (high = (uint64_t)f->first + f->at; high <= f->last && f->budget >= each; high++) {
		f->budget -= each;
		f->at++;
		if (ah_open(x->ah, p, pl->ip.len, pl->at, (struct esp_seq){ true, (uint32_t)high },
		    &a) != V_OK)
			continue;
		f->high[f->found++] = (uint32_t)high;
		f->done = true;
		return (int)f->found;
	}
	f->done = high > f->last;
	return (int)f->found;
}

/* The message that AH's MAC is made over, with the ICV behind it. */
static int ah_find(struct esn *x, const uint8_t *p, const struct place *pl, struct esn_find *f,
    struct err *e)
{
	uint8_t *msg = malloc(pl->ip.len + (size_t)MAC_MAX);
	size_t n;
	int got = 0;

	if (msg == NULL)
		return err_nomem(e);
	if (ah_message(x->ah, p, pl->ip.len, pl->at, msg, &n) == V_OK)
		got = esn_solve(x->solver, msg, n, f, e);
	else
		f->done = true;
	free(msg);
	return got;
}

int esn_find(struct esn *x, const uint8_t *p, const struct place *pl, struct esn_find *f, struct err *e)
{
	if (pl->kind != PLACE_AH)
		return esn_solve(x->solver, p + pl->at, pl->n, f, e);
	return x->solver != NULL ? ah_find(x, p, pl, f, e) : ah_each(x, p, pl, f);
}
