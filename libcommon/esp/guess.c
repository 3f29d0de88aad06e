#include "esp/guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp/ah.h"
#include "esp/esp.h"
#include "esp/plausible.h"

/* ICVs that are cut where nobody can verify them. */
static const uint16_t blind_icv[] = { 96, 128, 192, 256, 64, 0 };

struct guessing {
	const struct sa *sa;
	const struct span *packet;
	unsigned n;
	struct guess_fit *out;
	unsigned fits;
	uint8_t *room;			/* for the plain text of one packet */
};

static void add(struct guessing *g, struct guess_fit f)
{
	unsigned at = g->fits;

	if (f.bits < GUESS_BITS)
		return;
	while (at > 0 && g->out[at - 1].bits < f.bits)
		at--;
	if (at == GUESS_FITS)
		return;
	if (g->fits < GUESS_FITS)
		g->fits++;
	memmove(&g->out[at + 1], &g->out[at], (g->fits - 1 - at) * sizeof g->out[0]);
	g->out[at] = f;
}

/* Bits of evidence; 0: it does not fit.  A MAC that verifies tells nothing of the cipher, so what is inside counts, too. */
static unsigned one(struct guessing *g, struct suite *s, const struct guess_fit *f, const struct span *p)
{
	struct esp_opened o;
	struct plausible w;
	unsigned bits = 0;
	enum verdict v = esp_open(s, p->p, p->n, (struct esp_seq){ f->esn, 0 }, !f->verified, g->room, &o);

	if (f->verified && v != V_OK && v != V_BAD_PADDING)
		return 0;
	if (f->verified)
		bits = 8 * (unsigned)suite_icv_len(s);
	else if (o.misfit)
		return 0;
	if (f->encr->icv > 0)
		return bits;
	w = plausible_esp(g->room, p->n > suite_over(s) ? p->n - suite_over(s) : 0, g->sa->mode, &g->sa->src, &g->sa->dst);
	return w.padded ? bits + plausible_bits(&w) : 0;
}

/* All packets with one suite; one that does not fit ends it. */
static void try(struct guessing *g, struct guess_fit f)
{
	struct suite_keys keys = { .encr = f.encr, .integ = f.integ, .encr_key = g->sa->encr_key, .icv_bits = f.icv_bits,
		.use = SUITE_FOR_OPEN, .alone = true };
	struct suite *s;
	struct err e;

	if (f.integ != NULL)
		keys.integ_key = g->sa->integ_key;
	if ((s = suite_new(&keys, &e)) == NULL)
		return;
	f.verified = f.integ != NULL || f.encr->icv > 0;
	for (unsigned i = 0; i < g->n; i++) {
		unsigned bits = one(g, s, &f, &g->packet[i]);

		if (bits == 0) {
			f.bits = 0;
			break;
		}
		f.bits += bits;
	}
	suite_free(s);
	add(g, f);
}

static void try_esn(struct guessing *g, struct guess_fit f)
{
	for (int esn = 0; esn < 2; esn++) {
		f.esn = esn == 1;
		if (g->sa->esn == SA_UNKNOWN || (g->sa->esn == SA_YES) == f.esn)
			try(g, f);
	}
}

/* A cipher without an ICV of its own. */
static void with_integ(struct guessing *g, struct guess_fit f)
{
	const struct alg_integ *r;

	if (!g->sa->integ_key_known || g->sa->integ_key.n == 0) {
		for (size_t i = 0; i < sizeof blind_icv / sizeof blind_icv[0]; i++) {
			f.icv_bits = blind_icv[i];
			try(g, f);
		}
		return;
	}
	for (size_t i = 0; (r = alg_integ_row(i)) != NULL; i++) {
		if (r->key != g->sa->integ_key.n || r->kind == INTEG_KIND_NONE || (g->sa->integ != NULL && g->sa->integ != r))
			continue;
		f.integ = r;
		try_esn(g, f);
	}
}

static bool fits(const struct alg_encr *r, size_t key)
{
	size_t bits;

	if (key < r->salt)
		return false;
	bits = (key - r->salt) * 8;
	if (r->min_bits != 0)
		return bits >= r->min_bits && bits <= r->max_bits;
	for (size_t i = 0; i < sizeof r->size / sizeof r->size[0] && r->size[i].bits != 0; i++)
		if (r->size[i].bits == bits)
			return true;
	return r->size[0].bits == 0 && bits == 0;
}

/* NULL encryption has none. */
static bool has_key(const struct sa *sa)
{
	if (sa->encr != NULL && sa->encr->kind == ENCR_KIND_NULL)
		return sa->integ_key_known && sa->integ_key.n > 0;
	return sa->encr_key_known && sa->encr_key.n > 0;
}

unsigned guess_algorithms(const struct sa *sa, const struct span *packet, unsigned n, struct guess_fit out[GUESS_FITS])
{
	struct guessing g = { .sa = sa, .packet = packet, .n = n, .out = out };
	const struct alg_encr *r;
	size_t longest = 0;

	for (unsigned i = 0; i < n; i++)
		longest = packet[i].n > longest ? packet[i].n : longest;
	if (longest == 0 || !has_key(sa) || (g.room = malloc(longest)) == NULL)
		return 0;
	for (size_t i = 0; (r = alg_encr_row(i)) != NULL; i++) {
		struct guess_fit f = { .encr = r };

		if (!fits(r, sa->encr_key.n) || (sa->encr != NULL && sa->encr != r))
			continue;
		if (r->icv > 0)
			try_esn(&g, f);
		else
			with_integ(&g, f);
	}
	free(g.room);
	return g.fits;
}

/* One algorithm, with ESN or without; bits 0: it does not fit. */
static unsigned ah_bits(struct ah_mac *m, const struct guess_fit *f, const struct span *packet, const size_t *at, unsigned n)
{
	struct ah_view v;

	for (unsigned i = 0; i < n; i++)
		if (ah_open(m, packet[i].p, packet[i].n, at[i], (struct esp_seq){ f->esn, 0 }, &v) != V_OK)
			return 0;
	return n * f->integ->icv * 8u;
}

unsigned guess_ah(const struct sa *sa, const struct span *packet, const size_t *at, unsigned n, struct guess_fit out[GUESS_FITS])
{
	struct guessing g = { .sa = sa, .out = out };
	const struct alg_integ *r;

	for (size_t i = 0; sa->integ_key_known && n > 0 && (r = alg_integ_row(i)) != NULL; i++) {
		struct guess_fit f = { .integ = r, .verified = true };
		struct ah_mac *m;
		struct err e;

		if (r->kind == INTEG_KIND_NONE || r->key != sa->integ_key.n ||
		    (m = ah_mac_new(r, (struct span){ sa->integ_key.p, sa->integ_key.n }, 0, &e)) == NULL)
			continue;
		for (int esn = 0; esn < 2; esn++) {
			f.esn = esn == 1;
			f.bits = sa->esn == SA_UNKNOWN || (sa->esn == SA_YES) == f.esn ? ah_bits(m, &f, packet, at, n) : 0;
			add(&g, f);
		}
		ah_mac_free(m);
	}
	return g.fits;
}

char *guess_format(char out[GUESS_TEXT], const struct guess_fit *f, unsigned packets)
{
	snprintf(out, GUESS_TEXT, "%s%s%s%s: %u packets %s, by chance once in 2^%u", f->encr != NULL ? f->encr->name : "",
	    f->encr != NULL && f->integ != NULL ? " " : "",
	    f->integ != NULL ? f->integ->name : "", f->esn ? " with ESN" : "", packets, f->verified ? "verify" : "make sense inside", f->bits);
	return out;
}
