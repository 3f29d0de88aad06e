#include "sa/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keymake.h"
#include "sa/ts.h"

static uint32_t draw_spi(struct rng *rng)
{
	uint32_t spi;

	do
		spi = rng_u32(rng);
	while (spi < MAKE_SPI_MIN);
	return spi;
}

int make_spis(uint32_t *spi, size_t n, struct rng *rng, struct err *e)
{
	size_t slots = 4, at;
	uint32_t *seen;

	if (n > MAKE_SPIS)
		return err_set(e, "found %zu SPIs, wanted at most %d", n, MAKE_SPIS);
	while (slots < 2 * n)
		slots *= 2;
	if ((seen = calloc(slots, sizeof *seen)) == NULL)	/* 0 is no SPI: a free slot */
		return err_nomem(e);
	for (size_t i = 0; i < n;) {
		uint32_t v = draw_spi(rng);

		for (at = v & (slots - 1); seen[at] != 0 && seen[at] != v; at = (at + 1) & (slots - 1))
			;
		if (seen[at] == v)
			continue;
		spi[i++] = seen[at] = v;
	}
	free(seen);
	return 0;
}

int make_keys(struct sa *sa, const struct make *m, uint64_t number, struct err *e)
{
	const struct proposal *p = m->proposal;
	struct secret kept;
	struct rng *own;
	int rc = -1;

	if (secret_new(m->arena, &kept, sizeof *own, e) < 0)
		return -1;
	own = (struct rng *)(void *)kept.p;	/* it holds what keys are made of */
	if (p->encr != NULL) {
		rng_fork(own, m->rng, "encr", number);
		if (keymake_encr(m->arena, &sa->encr_key, p->encr, p->encr_bits, own, e) < 0)
			goto out;
		sa->encr_key_known = true;
	}
	if (p->integ != NULL) {
		rng_fork(own, m->rng, "integ", number);
		if (keymake_integ(m->arena, &sa->integ_key, p->integ, own, e) < 0)
			goto out;
		sa->integ_key_known = true;
	}
	rc = 0;
out:
	rng_clear(own);
	return rc;
}

/* strdup() that takes NULL for nothing. */
static int copy_text(char **to, const char *from, struct err *e)
{
	if (from != NULL && (*to = strdup(from)) == NULL)
		return err_nomem(e);
	return 0;
}

static int copy_selectors(struct sa *to, const struct sa *from, struct err *e)
{
	if (from->nts == 0)
		return 0;
	if ((to->ts = calloc(from->nts, sizeof *to->ts)) == NULL)
		return err_nomem(e);
	memcpy(to->ts, from->ts, from->nts * sizeof *to->ts);
	to->nts = from->nts;
	for (size_t i = 0; i < to->nts; i++)
		ts_reverse(&to->ts[i]);
	return 0;
}

/* The other direction, but for SPI, keys, dir and names. */
static int reverse(struct sa *back, const struct sa *sa, struct err *e)
{
	back->proto = sa->proto;
	back->src = sa->dst;
	back->dst = sa->src;
	back->mode = sa->mode;
	back->replay_window = sa->replay_window;
	back->encap = (struct sa_encap){
		.type = sa->encap.type, .sport = sa->encap.dport, .dport = sa->encap.sport,
		.oa_src = sa->encap.oa_dst, .oa_dst = sa->encap.oa_src,
	};
	back->layer = sa->layer;
	if (copy_selectors(back, sa, e) < 0 || copy_text(&back->bundle, sa->bundle, e) < 0 ||
	    copy_text(&back->label, sa->label, e) < 0 ||
	    copy_text(&back->insecure, sa->insecure, e) < 0)
		return -1;
	return 0;
}

static void take_proposal(struct sa *sa, const struct proposal *p)
{
	sa->encr = p->encr;
	sa->integ = p->integ;
	sa->esn = p->esn == SA_YES ? SA_YES : SA_NO;
}

/* "ID-out", or "esp-c1d2e3f4" after its SPI. */
static int name_sa(char **to, const struct sa *sa, const char *id, struct err *e)
{
	size_t room = (id != NULL ? strlen(id) : 0) + sizeof "ipcomp-01234567";

	if ((*to = malloc(room)) == NULL)
		return err_nomem(e);
	if (id == NULL)
		snprintf(*to, room, "%s-%08x", sa_proto_name(sa->proto), sa->spi);
	else
		snprintf(*to, room, "%s-%s", id, sa->dir == SA_OUT ? "out" : "in");
	return 0;
}

int make_sa(struct sa *sa, const struct make *m, struct err *e)
{
	struct rng rng;

	take_proposal(sa, m->proposal);
	rng_fork(&rng, m->rng, "spi", 0);
	sa->spi = draw_spi(&rng);
	if (copy_text(&sa->id, m->id, e) < 0 || make_keys(sa, m, 0, e) < 0)
		return -1;
	return sa_check(sa, e);
}

int make_pair(struct sa *sa, struct sa *back, const struct make *m, struct err *e)
{
	struct rng rng;
	uint32_t spi[2] = { 0 };

	take_proposal(sa, m->proposal);
	take_proposal(back, m->proposal);
	rng_fork(&rng, m->rng, "spi", 0);
	if (reverse(back, sa, e) < 0 || make_spis(spi, 2, &rng, e) < 0 ||
	    make_keys(sa, m, 0, e) < 0 || make_keys(back, m, 1, e) < 0)
		return -1;
	sa->spi = spi[0];
	back->spi = spi[1];
	sa->dir = SA_OUT;
	back->dir = SA_IN;
	if (name_sa(&sa->id, sa, m->id, e) < 0 || name_sa(&back->id, back, m->id, e) < 0 ||
	    copy_text(&sa->peer, back->id, e) < 0 || copy_text(&back->peer, sa->id, e) < 0)
		return -1;
	return sa_check(sa, e) < 0 ? -1 : sa_check(back, e);
}
