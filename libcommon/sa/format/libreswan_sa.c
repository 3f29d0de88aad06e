#include <stdlib.h>
#include <string.h>

#include "sa/format/libreswan.h"
#include "sa/ts.h"

/* One direction's keys: where they stand, each with its length. */
struct keys { const uint8_t *encr, *integ; size_t nencr, ninteg; uint64_t line; size_t column; };

static int text(char **to, const char *from, struct err *e)
{
	if (from[0] != '\0' && (*to = strdup(from)) == NULL)
		return err_nomem(e);
	return 0;
}

static void algs(struct sa *sa, const struct pluto_sa *p)
{
	sa->encr = p->proto == SA_ESP ? p->encr : NULL;
	sa->encr_unknown = p->proto == SA_ESP && p->encr == NULL;
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr))
		return;
	sa->integ = p->integ_none && p->proto == SA_ESP && sa->encr != NULL ? alg_integ_by_name("none")
		  : p->integ;
	sa->integ_unknown = sa->integ == NULL;
}

static int fill(struct sa *sa, const struct pluto_sa *p, int dir, struct err *e)
{
	sa->proto = p->proto;
	sa->spi = p->spi[dir];
	sa->dir = dir == 0 ? SA_IN : SA_OUT;
	sa->mode = p->mode;
	sa->esn = p->esn;
	sa->encap.type = p->encap;
	algs(sa, p);
	if (p->ts_known) {
		if ((sa->ts = malloc(sizeof *sa->ts)) == NULL)
			return err_nomem(e);
		*sa->ts = p->ts;
		sa->nts = 1;
		if (dir == 0)
			ts_reverse(sa->ts);
	}
	return text(&sa->label, p->label, e);
}

static int give(struct pluto_in *in, const struct pluto_sa *p, int dir, const struct keys *keys,
    const struct pluto_pair *pair, bool candidate, struct err *e)
{
	struct arena *a = sad_arena(format_sad(in->s));
	struct sa sa;
	int rc = -1;

	sa_init(&sa);
	if (fill(&sa, p, dir, e) < 0)
		goto out;
	if (pair != NULL) {
		sa.src = pair->src;
		sa.dst = pair->dst;
		if (sa.encap.type != SA_ENCAP_NONE) {
			sa.encap.sport = pair->sport;
			sa.encap.dport = pair->dport;
		}
	}
	if (keys != NULL) {
		if (secret_copy(a, &sa.encr_key, keys->encr, keys->nencr, e) < 0 ||
		    secret_copy(a, &sa.integ_key, keys->integ, keys->ninteg, e) < 0)
			goto out;
		sa.encr_key_known = p->proto == SA_ESP;
		sa.integ_key_known = sa.integ != NULL;
	}
	if (candidate) {
		char group[32];

		snprintf(group, sizeof group, "%08x-%llu", sa.spi, (unsigned long long)p->line);
		if (text(&sa.candidate, group, e) < 0)
			goto out;
	}
	sa_settle_keys(&sa);
	if (sa_check(&sa, e) < 0) {
		format_note(in->s, p->line, 1, "passed over: %s", e->text);
		rc = 0;
		goto out;
	}
	rc = format_give(in->s, &sa, &format_libreswan, p->line, false, e);
out:
	sa_clear(&sa);
	return rc;
}

int pluto_give_bare(struct pluto_in *in, const struct pluto_sa *sa, int dir, const struct addr *src,
    const struct addr *dst, struct err *e)
{
	struct pluto_pair pair = { .src = *src, .dst = *dst };

	return give(in, sa, dir, NULL, &pair, false, e);
}

/* The length of the cipher's key in n octets of keying material; false: they do not suit the
 * algorithms, which are known. */
static bool split(const struct pluto_sa *p, size_t n, size_t *nencr)
{
	size_t ninteg = p->integ != NULL ? p->integ->key : 0;

	*nencr = 0;
	if (p->proto == SA_AH)
		return n == ninteg;
	if (p->encr == NULL || (p->integ == NULL && !p->integ_none) || n < ninteg)
		return false;
	*nencr = n - ninteg;
	if (p->encr_bits != 0)
		return *nencr == p->encr_bits / 8 + p->encr->salt;
	if (p->encr->kind == ENCR_KIND_NULL)
		return *nencr == 0;
	return *nencr > p->encr->salt && alg_encr_size(p->encr, *nencr - p->encr->salt) != NULL;
}

/* False: this key is left out; said once. */
static bool usable(struct pluto_in *in, const struct pluto_bytes *b, const char *what)
{
	if (b->damage != NULL)
		format_note(in->s, b->line, b->column, "%s left out: %s", what, b->damage);
	return b->damage == NULL;
}

static bool keys_of_keymat(struct pluto_in *in, const struct pluto_sa *p, const struct pluto_bytes *b,
    struct keys *k)
{
	size_t nencr;

	if (!usable(in, b, "keying material"))
		return false;
	if (!split(p, b->n, &nencr)) {
		format_note(in->s, b->line, b->column, "keying material left out: its %zu bytes do not "
		    "suit the algorithms", b->n);
		return false;
	}
	*k = (struct keys){ b->b, b->b + nencr, nencr, b->n - nencr, b->line, b->column };
	return true;
}

static bool keys_of_pair(struct pluto_in *in, const struct pluto_sa *p, const struct pluto_pair *pair,
    struct keys *k)
{
	size_t nencr;

	if (!usable(in, &pair->encr, "key") || !usable(in, &pair->integ, "key"))
		return false;
	if (!split(p, pair->encr.n + pair->integ.n, &nencr) || nencr != pair->encr.n) {
		format_note(in->s, pair->encr.have ? pair->encr.line : pair->integ.line,
		    pair->encr.have ? pair->encr.column : pair->integ.column,
		    "keys left out: their %zu and %zu bytes do not suit the algorithms", pair->encr.n,
		    pair->integ.n);
		return false;
	}
	*k = (struct keys){ pair->encr.b, pair->integ.b, pair->encr.n, pair->integ.n, pair->encr.line,
	    pair->encr.column };
	return true;
}

/* The pair must be the keying material of one direction: that tells which. */
static bool is_of(const struct pluto_pair *pair, const struct pluto_bytes *keymat)
{
	return pair->encr.n + pair->integ.n == keymat->n &&
	    bytes_eq(pair->encr.b, keymat->b, pair->encr.n) &&
	    bytes_eq(pair->integ.b, keymat->b + pair->encr.n, pair->integ.n);
}

/* Which direction each pair is for. */
static void place(struct pluto_child *c, const struct pluto_sa *p)
{
	for (unsigned i = 0; i < c->npairs; i++) {
		struct pluto_pair *pair = &c->pairs[i];
		enum sa_dir dir = SA_DIR_UNKNOWN;

		if (pair->spi != 0)
			dir = pair->spi == p->spi[0] ? SA_IN : pair->spi == p->spi[1] ? SA_OUT
			    : SA_DIR_UNKNOWN;
		if (pair->spi != 0 && dir == SA_DIR_UNKNOWN)
			c->mixed = true;	/* it belongs to another child */
		if (c->keymat[0].have && c->keymat[1].have && c->keymat[0].damage == NULL &&
		    c->keymat[1].damage == NULL) {
			bool our = is_of(pair, &c->keymat[0]), peer = is_of(pair, &c->keymat[1]);

			c->mixed |= !our && !peer;
			dir = our && !peer ? SA_IN : peer && !our ? SA_OUT : dir;
		}
		c->mixed |= pair->dir != SA_DIR_UNKNOWN && dir != SA_DIR_UNKNOWN && pair->dir != dir;
		pair->dir = dir != SA_DIR_UNKNOWN ? dir : pair->dir;
	}
	if (c->npairs == 2 && c->pairs[0].dir != SA_DIR_UNKNOWN && c->pairs[1].dir == SA_DIR_UNKNOWN)
		c->pairs[1].dir = c->pairs[0].dir == SA_IN ? SA_OUT : SA_IN;
	if (c->npairs == 2 && c->pairs[1].dir != SA_DIR_UNKNOWN && c->pairs[0].dir == SA_DIR_UNKNOWN)
		c->pairs[0].dir = c->pairs[1].dir == SA_IN ? SA_OUT : SA_IN;
	c->mixed |= c->npairs == 2 && c->pairs[0].dir == c->pairs[1].dir &&
	    c->pairs[0].dir != SA_DIR_UNKNOWN;
	for (unsigned i = 0; i < c->npairs; i++)
		c->mixed |= p->proto == SA_ESP ? !c->pairs[i].encr.have || !c->pairs[i].integ.have
			  : c->pairs[i].encr.have || !c->pairs[i].integ.have;
}

static const struct pluto_pair *pair_of(const struct pluto_child *c, int dir)
{
	for (unsigned i = 0; i < c->npairs; i++)
		if (c->pairs[i].dir == (dir == 0 ? SA_IN : SA_OUT))
			return &c->pairs[i];
	return NULL;
}

static int give_dir(struct pluto_in *in, const struct pluto_sa *p, int dir, struct err *e)
{
	const struct pluto_child *c = in->child;
	const struct pluto_pair *pair = c->mixed ? NULL : pair_of(c, dir);
	bool keymats = c->keymat[0].have && c->keymat[1].have;
	struct keys k;

	if (c->mixed)
		return give(in, p, dir, NULL, NULL, false, e);
	if (keymats)
		return give(in, p, dir, keys_of_keymat(in, p, &c->keymat[dir], &k) ? &k : NULL, pair, false,
		    e);
	if (pair != NULL)
		return give(in, p, dir, keys_of_pair(in, p, pair, &k) ? &k : NULL, pair, false, e);
	if (c->npairs != 2)
		return give(in, p, dir, NULL, NULL, false, e);
	/* Two pairs, and no word which is which: what goes into the kernel first differs by version
	 * and role. */
	for (unsigned i = 0; i < 2; i++)
		if (keys_of_pair(in, p, &c->pairs[dir == 0 ? 1 - i : i], &k) &&
		    give(in, p, dir, &k, NULL, true, e) < 0)
			return -1;
	return 0;
}

int pluto_give(struct pluto_in *in, const struct pluto_sa *p, struct err *e)
{
	struct pluto_child *c = in->child;

	c->mixed |= c->npairs > PLUTO_PAIRS || c->keymat[0].have != c->keymat[1].have;
	if (!c->mixed)
		place(c, p);
	if (c->mixed)
		format_note(in->s, p->line, 1, "keys left out: lines are missing before this one, or those "
		    "of several SAs are mixed");
	else if (c->npairs == 2 && !c->keymat[0].have && c->pairs[0].dir == SA_DIR_UNKNOWN)
		format_note(in->s, p->line, 1, "the log does not tell which keys are for which direction: "
		    "both ways to assign them are tried");
	for (int dir = 0; dir < 2; dir++)
		if (give_dir(in, p, dir, e) < 0)
			return -1;
	return 0;
}
