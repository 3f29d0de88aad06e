#include "sa/diff.h"

#include <stdlib.h>
#include <string.h>

#include "sa/ends.h"
#include "sa/lint.h"

/* One SA as both ends have it. */
struct both { struct diff *d; const struct sa *a, *b; enum diff_end sender; int64_t now; };

static int add(const struct both *p, enum diff_id id, uint64_t found, struct err *e)
{
	struct diff *d = p->d;

	if (d->n == d->room) {
		size_t room = d->room > 0 ? 2 * d->room : 16;
		struct diff_hit *hit = realloc(d->hit, room * sizeof *hit);

		if (hit == NULL)
			return err_nomem(e);
		d->hit = hit;
		d->room = room;
	}
	d->hit[d->n++] = (struct diff_hit){ id, p->a, p->b, p->sender, found };
	return 0;
}

void diff_clear(struct diff *d)
{
	free(d->hit);
	*d = (struct diff){ 0 };
}

/* Who sends, as one end's own dump tells it. */
static enum diff_end sender_of(const struct sa *a, const struct sa *b)
{
	if ((a != NULL && a->dir == SA_OUT) || (b != NULL && b->dir == SA_IN))
		return DIFF_A;
	if ((a != NULL && a->dir == SA_IN) || (b != NULL && b->dir == SA_OUT))
		return DIFF_B;
	/* the window is the receiver's: the sender's dump says 0 */
	if (a != NULL && b != NULL && a->replay_window == 0 && b->replay_window > 0)
		return DIFF_A;
	if (a != NULL && b != NULL && b->replay_window == 0 && a->replay_window > 0)
		return DIFF_B;
	return DIFF_NOBODY_KNOWS;
}

static bool same_bytes(const struct secret *a, const struct secret *b, size_t n)
{
	return bytes_eq(a->p, b->p, n);
}

static bool has_mac(const struct sa *sa)
{
	return !alg_encr_is_aead(sa->encr) && sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE;
}

static int compare_encr_key(const struct both *p, struct err *e)
{
	const struct secret *a = &p->a->encr_key, *b = &p->b->encr_key;
	size_t salt = p->a->encr->salt;

	if (a->n != b->n)
		return add(p, DIFF_ENCR_BITS, 0, e);
	if (secret_eq(a, b))
		return 0;
	if (salt > 0 && a->n > salt && same_bytes(a, b, a->n - salt))
		return add(p, DIFF_SALT, 0, e);
	return add(p, has_mac(p->a) ? DIFF_ENCR_KEY_MAC : DIFF_ENCR_KEY, 0, e);
}

static unsigned icv_of(const struct sa *sa)
{
	return sa->icv_bits != 0 ? sa->icv_bits : sa->integ->icv * 8u;
}

/* Two rows of one MAC, cut to different lengths, differ in their ICV alone. */
static bool same_mac(const struct alg_integ *a, const struct alg_integ *b)
{
	return a == b || (a->kind == b->kind && a->key == b->key && a->evp != NULL && b->evp != NULL &&
	    strcmp(a->evp, b->evp) == 0);
}

static int compare_icv(const struct both *p, struct err *e)
{
	unsigned a = icv_of(p->a), b = icv_of(p->b);
	const char *evp = p->a->integ->evp;

	if (a == b)
		return 0;
	if (evp != NULL && strcmp(evp, "SHA256") == 0 && (a == 96 || b == 96) && (a == 128 || b == 128))
		return add(p, DIFF_SHA256_96, 0, e);
	return add(p, DIFF_ICV, 0, e);
}

static int compare_integ(const struct both *p, struct err *e)
{
	const struct sa *a = p->a, *b = p->b;
	bool none_a = a->integ == NULL || a->integ->kind == INTEG_KIND_NONE;
	bool none_b = b->integ == NULL || b->integ->kind == INTEG_KIND_NONE;

	if (a->integ_unknown || b->integ_unknown || (none_a && none_b))
		return 0;
	if (none_a != none_b || !same_mac(a->integ, b->integ))
		return add(p, DIFF_INTEG, 0, e);
	if (compare_icv(p, e) < 0)
		return -1;
	if (a->integ_key_known && b->integ_key_known && !secret_eq(&a->integ_key, &b->integ_key))
		return add(p, DIFF_INTEG_KEY, 0, e);
	return 0;
}

static int compare_algs(const struct both *p, struct err *e)
{
	const struct sa *a = p->a, *b = p->b;

	if (sa_has_keys(a) != sa_has_keys(b) && add(p, DIFF_UNKNOWN_KEY, 0, e) < 0)
		return -1;
	if (a->encr != NULL && b->encr != NULL) {
		/* with another cipher nothing else of it can be compared */
		if (a->encr != b->encr)
			return add(p, DIFF_ENCR, 0, e);
		if (a->encr_key_known && b->encr_key_known && compare_encr_key(p, e) < 0)
			return -1;
	}
	return compare_integ(p, e);
}

static bool same_range(const struct addr_range *a, const struct addr_range *b)
{
	return addr_eq(&a->first, &b->first) && addr_eq(&a->last, &b->last);
}

static bool same_ranges(const struct addr_range *a, unsigned na, const struct addr_range *b, unsigned nb)
{
	for (unsigned i = 0; na == nb && i < na; i++)
		if (!same_range(&a[i], &b[i]))
			return false;
	return na == nb;
}

static bool same_port(bool set_a, bool opaque_a, struct port_range a, bool set_b, bool opaque_b,
    struct port_range b)
{
	return set_a == set_b && (!set_a || (opaque_a == opaque_b && (opaque_a ||
	    (a.first == b.first && a.last == b.last))));
}

static bool same_selector(const struct selector *a, const struct selector *b)
{
	return same_ranges(a->src, a->nsrc, b->src, b->nsrc) && same_ranges(a->dst, a->ndst, b->dst, b->ndst) &&
	    a->proto == b->proto && a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code &&
	    same_port(a->sport_set, a->sport_opaque, a->sport, b->sport_set, b->sport_opaque, b->sport) &&
	    same_port(a->dport_set, a->dport_opaque, a->dport, b->dport_set, b->dport_opaque, b->dport);
}

/* In any order. */
static bool same_ts(const struct sa *a, const struct sa *b)
{
	if (a->nts != b->nts)
		return false;
	for (size_t i = 0; i < a->nts; i++) {
		size_t k = 0;

		while (k < b->nts && !same_selector(&a->ts[i], &b->ts[k]))
			k++;
		if (k == b->nts)
			return false;
	}
	return true;
}

/* Formats that would say if packets are encapsulated; the others leave it out. */
static bool says_encap(const struct sa *sa)
{
	const char *f = sa->origin_format;

	return f == NULL || strcmp(f, "native") == 0 || strncmp(f, "xfrm", 4) == 0;
}

static int compare_packets(const struct both *p, struct err *e)
{
	const struct sa *a = p->a, *b = p->b;

	if (a->esn != SA_UNKNOWN && b->esn != SA_UNKNOWN && a->esn != b->esn && add(p, DIFF_ESN, 0, e) < 0)
		return -1;
	if (a->mode != SA_MODE_UNKNOWN && b->mode != SA_MODE_UNKNOWN && a->mode != b->mode &&
	    add(p, DIFF_MODE, 0, e) < 0)
		return -1;
	if (a->encap.type != b->encap.type && says_encap(a->encap.type == SA_ENCAP_NONE ? a : b) &&
	    add(p, DIFF_ENCAP, 0, e) < 0)
		return -1;
	if (a->nts > 0 && b->nts > 0 && !same_ts(a, b))
		return add(p, DIFF_TS, 0, e);
	return 0;
}

static int is_expired(const struct sa *sa, int64_t now, struct err *e)
{
	struct lint l = { 0 };
	int rc = lint_life(&l, sa, now, e);

	if (rc == 0)
		rc = lint_has(&l, LINT_EXPIRED) != NULL;
	lint_clear(&l);
	return rc;
}

static bool differ(uint64_t a, uint64_t b)
{
	return a != 0 && b != 0 && a != b;
}

static int compare_life(const struct both *p, struct err *e)
{
	const struct sa *a = p->a, *b = p->b;
	uint64_t na = a->used.packets, nb = b->used.packets;
	int dead_a = is_expired(a, p->now, e), dead_b = is_expired(b, p->now, e);

	if (dead_a < 0 || dead_b < 0)
		return -1;
	if (dead_a != dead_b && add(p, DIFF_EXPIRED, (uint64_t)dead_b, e) < 0)
		return -1;
	if ((differ(a->hard.s, b->hard.s) || differ(a->hard.bytes, b->hard.bytes) ||
	    differ(a->hard.packets, b->hard.packets)) && add(p, DIFF_LIFE, 0, e) < 0)
		return -1;
	if (p->sender == DIFF_A && a->life_known && b->life_known && na > nb)
		return add(p, DIFF_LOST, na - nb, e);
	if (p->sender == DIFF_B && a->life_known && b->life_known && nb > na)
		return add(p, DIFF_LOST, nb - na, e);
	return 0;
}

/* A dump that does not tell an address contradicts none. */
static bool other_addr(const struct addr *a, const struct addr *b)
{
	return a->family != 0 && b->family != 0 && !addr_eq(a, b);
}

static int compare(const struct both *p, struct err *e)
{
	if ((other_addr(&p->a->src, &p->b->src) || other_addr(&p->a->dst, &p->b->dst)) &&
	    add(p, DIFF_NAT, 0, e) < 0)
		return -1;
	return compare_algs(p, e) < 0 || compare_packets(p, e) < 0 || compare_life(p, e) < 0 ? -1 : 0;
}

static int add_missing(struct both p, struct err *e)
{
	enum diff_id id = DIFF_MISSING;
	bool only_a = p.b == NULL;

	p.sender = sender_of(p.a, p.b);
	if (p.sender != DIFF_NOBODY_KNOWS)
		id = only_a == (p.sender == DIFF_A) ? DIFF_MISSING_RECEIVER : DIFF_MISSING_SENDER;
	return add(&p, id, 0, e);
}

static int compare_pair(struct diff *d, const struct ends_pair *pair, int64_t now, struct err *e)
{
	struct both p = { d, pair->a, pair->b, DIFF_NOBODY_KNOWS, now };

	if (p.a == NULL || p.b == NULL)
		return add_missing(p, e);
	d->pairs++;
	p.sender = sender_of(p.a, p.b);
	return compare(&p, e);
}

int diff_all(struct diff *d, const struct sad *a, const struct sad *b, int64_t now, struct err *e)
{
	struct ends ends;
	int rc = ends_match(&ends, a, b, e);

	for (size_t i = 0; rc == 0 && i < ends.n; i++)
		rc = compare_pair(d, &ends.pair[i], now, e);
	ends_clear(&ends);
	return rc;
}
