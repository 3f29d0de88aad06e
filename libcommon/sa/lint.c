#include "sa/lint.h"

#include <stdlib.h>
#include <string.h>

#include "sa/pair.h"

enum {
	SPI_FREE = 256,		/* RFC 4303 2.1: 1 to 255 are IANA's */
	ICV_LEAST = 96,		/* RFC 2403 to 4494 cut no further */
	SEQ_NEAR = 1 << 26,	/* packets: minutes at 1 million a second */
};

int lint_add(struct lint *l, struct lint_hit hit, struct err *e)
{
	if (l->n == l->room) {
		size_t room = l->room > 0 ? 2 * l->room : 32;
		struct lint_hit *p = realloc(l->hit, room * sizeof *p);

		if (p == NULL)
			return err_nomem(e);
		l->hit = p;
		l->room = room;
	}
	l->hit[l->n++] = hit;
	return 0;
}

void lint_clear(struct lint *l)
{
	free(l->hit);
	*l = (struct lint){ 0 };
}

const struct lint_hit *lint_has(const struct lint *l, enum lint_id id)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->hit[i].id == id)
			return &l->hit[i];
	return NULL;
}

static bool is_none(const struct alg_integ *a)
{
	return a == NULL || a->kind == INTEG_KIND_NONE;
}

/* RFC 8221 5 and 6: the standing of what is used. */
static int check_encr(struct lint *l, const struct sa *sa, struct err *e)
{
	const struct alg_encr *a = sa->encr;
	unsigned bits = a != NULL && sa->encr_key.n > a->salt ? (unsigned)(sa->encr_key.n - a->salt) * 8 : 0;
	struct lint_hit hit = { .sa = sa, .name = a != NULL ? a->name : NULL };

	if (a == NULL)
		return 0;
	switch (alg_encr_status(a, bits)) {
	case ALG_MUST_NOT:	hit.id = LINT_ENCR_MUST_NOT; break;
	case ALG_SHOULD_NOT:	hit.id = LINT_ENCR_SHOULD_NOT; break;
	case ALG_UNSPECIFIED:	hit.id = LINT_ENCR_NOT_MENTIONED; break;
	default:		return 0;
	}
	return lint_add(l, hit, e);
}

static unsigned icv_of(const struct sa *sa)
{
	return sa->icv_bits != 0 ? sa->icv_bits : sa->integ->icv * 8u;
}

/* The old truncation of HMAC-SHA-256 has a name, or a length beside the name of the other. */
static bool is_sha256_96(const struct sa *sa)
{
	return sa->integ->evp != NULL && strcmp(sa->integ->evp, "SHA256") == 0 && icv_of(sa) == ICV_LEAST;
}

static int check_integ(struct lint *l, const struct sa *sa, struct err *e)
{
	struct lint_hit hit = { .sa = sa };

	if (is_none(sa->integ))
		return 0;
	hit.name = sa->integ->name;
	hit.found = icv_of(sa);
	hit.id = LINT_ICV_SHORT;
	if (hit.found < ICV_LEAST && lint_add(l, hit, e) < 0)
		return -1;
	if (is_sha256_96(sa))
		hit.id = LINT_SHA256_96;
	else if (sa->integ->status == ALG_MUST_NOT)
		hit.id = LINT_INTEG_MUST_NOT;
	else if (sa->integ->status == ALG_MUST_MINUS)
		hit.id = LINT_INTEG_MUST_MINUS;
	else if (sa->integ->status == ALG_UNSPECIFIED)
		hit.id = LINT_INTEG_NOT_MENTIONED;
	else
		return 0;
	return lint_add(l, hit, e);
}

static int check_none(struct lint *l, const struct sa *sa, struct err *e)
{
	struct lint_hit hit = { .sa = sa, .id = LINT_NO_INTEG };

	if (sa->proto != SA_ESP || sa->encr == NULL || alg_encr_is_aead(sa->encr) || sa->integ_unknown ||
	    !is_none(sa->integ))
		return 0;
	hit.name = sa->encr->name;
	if (sa->encr->kind == ENCR_KIND_NULL)
		hit.id = LINT_NOTHING;
	return lint_add(l, hit, e);
}

static int check_numbers(struct lint *l, const struct sa *sa, struct err *e)
{
	const uint64_t most = sa->esn == SA_YES ? UINT64_MAX : UINT32_MAX;
	struct lint_hit hit = { .sa = sa };

	if (sa->proto != SA_IPCOMP && sa->spi < SPI_FREE) {
		hit.id = LINT_SPI_RESERVED;
		if (lint_add(l, hit, e) < 0)
			return -1;
	}
	/* senders' dumps have no window: it is the receiver's */
	if (sa->replay_window == 0 && sa->dir != SA_OUT && (sa->esn == SA_YES || sa->dir == SA_IN)) {
		hit.id = sa->esn == SA_YES ? LINT_ESN_NO_WINDOW : LINT_NO_REPLAY_CHECK;
		if (lint_add(l, hit, e) < 0)
			return -1;
	}
	if (sa->proto == SA_AH && sa->encap.type != SA_ENCAP_NONE) {
		hit.id = LINT_AH_NAT;
		if (lint_add(l, hit, e) < 0)
			return -1;
	}
	/* without ESN known, a number above 2^32 says that it is there */
	if (!sa->seq_known || (sa->esn == SA_UNKNOWN && sa->seq > UINT32_MAX) || most - sa->seq >= SEQ_NEAR ||
	    sa->seq > most)
		return 0;
	hit.id = sa->seq == most ? LINT_SEQ_OVER : LINT_SEQ_NEAR;
	hit.found = most - sa->seq;
	return lint_add(l, hit, e);
}

static int check_source(struct lint *l, const struct sa *sa, struct err *e)
{
	struct lint_hit hit = { .sa = sa };

	if (sa->insecure != NULL) {
		hit.id = LINT_INSECURE;
		hit.name = sa->insecure;
		if (lint_add(l, hit, e) < 0)
			return -1;
	}
	hit.name = sa->guessed;
	hit.id = LINT_GUESSED;
	if (sa->guessed != NULL && lint_add(l, hit, e) < 0)
		return -1;
	hit.id = LINT_NO_KEY;
	return sa_has_keys(sa) ? 0 : lint_add(l, hit, e);
}

int lint_sa(struct lint *l, const struct sa *sa, int64_t now, struct err *e)
{
	return lint_keys(l, sa, e) < 0 || check_none(l, sa, e) < 0 || check_encr(l, sa, e) < 0 ||
	    check_integ(l, sa, e) < 0 || check_numbers(l, sa, e) < 0 || lint_life(l, sa, now, e) < 0 ||
	    check_source(l, sa, e) < 0 ? -1 : 0;
}

/* The AH SAs by bundle, those without one by their ends. */
struct ah { const struct sa **sa; size_t n; };

static int cmp_ah(const void *va, const void *vb)
{
	const struct sa *a = *(const struct sa *const *)va, *b = *(const struct sa *const *)vb;
	int c = strcmp(a->bundle != NULL ? a->bundle : "", b->bundle != NULL ? b->bundle : "");

	if (c != 0 || a->bundle != NULL)
		return c;
	c = addr_cmp(&a->src, &b->src);
	return c != 0 ? c : addr_cmp(&a->dst, &b->dst);
}

static int find_ah(struct ah *ah, const struct sad *sad, struct err *e)
{
	uint32_t count = (uint32_t)sad_count(sad);

	if ((ah->sa = calloc(count + 1ULL, sizeof(void *))) == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < count; i++)
		if (sad_at(sad, i)->sa.proto == SA_AH)
			ah->sa[ah->n++] = &sad_at(sad, i)->sa;
	qsort(ah->sa, ah->n, sizeof(void *), cmp_ah);
	return 0;
}

/* An AH SA may be what authenticates (RFC 8221 4, the last of the three ways). */
static void soften(struct lint *l, size_t from, const struct ah *ah)
{
	for (size_t i = from; i < l->n; i++)
		if (l->hit[i].id == LINT_NO_INTEG &&
		    bsearch(&l->hit[i].sa, ah->sa, ah->n, sizeof(void *), cmp_ah) != NULL)
			l->hit[i].id = LINT_NO_INTEG_AH;
}

static int check_group(struct lint *l, const struct sad_entry *it, struct err *e)
{
	struct lint_hit hit = { .id = LINT_CANDIDATES, .sa = &it->sa };

	if (it->group != it)
		return 0;
	for (const struct sad_entry *i = it; i != NULL; i = i->candidate)
		hit.found++;
	return hit.found > 1 ? lint_add(l, hit, e) : 0;
}

static int check_entry(struct lint *l, const struct sad_entry *it, bool one_way, int64_t now, struct err *e)
{
	struct lint_hit hit = { .id = LINT_ONE_WAY, .sa = &it->sa };

	if (lint_sa(l, &it->sa, now, e) < 0 || check_group(l, it, e) < 0)
		return -1;
	return one_way && it->group == it ? lint_add(l, hit, e) : 0;
}

int lint_all(struct lint *l, const struct sad *sad, int64_t now, struct err *e)
{
	uint32_t count = (uint32_t)sad_count(sad);
	uint32_t *other = calloc(count + 1ULL, sizeof *other);
	struct ah ah = { 0 };
	size_t from = l->n;
	int rc = -1;

	if (other == NULL)
		return err_nomem(e);
	if (pair_all(sad, other, e) < 0 || find_ah(&ah, sad, e) < 0)
		goto out;
	for (uint32_t i = 0; i < count; i++)
		if (check_entry(l, sad_at(sad, i), other[i] == PAIR_NONE, now, e) < 0)
			goto out;
	soften(l, from, &ah);
	rc = lint_shared_keys(l, sad, other, e);
out:
	free(ah.sa);
	free(other);
	return rc;
}
