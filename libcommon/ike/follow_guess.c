#include "ike/follow_state.h"

#include <string.h>

#include "esp/plausible.h"
#include "ike/child_sa.h"
#include "ike/keymat.h"

enum { SURE = 16 };		/* bits of evidence */

/*
 * SK_d and the nonces of IKE_SA_INIT give the keys of the first child SA (RFC 7296 2.17), but its algorithms and
 * SPIs were said inside IKE_AUTH.  The SPIs are those of the ESP between the two hosts; the algorithms those
 * whose keys verify a packet's ICV.
 */
/* IANA transform type 3: SHA-256, SHA-1, SHA-512, SHA-384, XCBC, CMAC, MD5. */
static const uint16_t macs[] = { 12, 2, 14, 13, 5, 8, 1 };

/* Whether these keys verify the packet; esn: with a high half of 0. */
static bool verifies(struct follow *f, const struct suite_keys *keys, struct span esp, bool esn)
{
	struct suite_job job = { .p = esp.p, .n = esp.n, .out = f->trial, .head = 8, .esn = esn,
		.result = SUITE_BAD_LENGTH };
	struct err why;
	const struct addr any = { 0 };
	struct plausible inside;
	size_t body;
	struct suite *suite = suite_new(keys, &why);

	if (suite == NULL)
		return false;
	suite_open_many(suite, &job, 1);
	body = esp.n > job.head + suite_iv_len(suite) + suite_icv_len(suite) ?
	    esp.n - job.head - suite_iv_len(suite) - suite_icv_len(suite) : 0;
	suite_free(suite);
	if (job.result != SUITE_OK)
		return false;
	/* a MAC's key does not tell which cipher stands beside it: what that gives does */
	inside = plausible_esp(f->trial, body, SA_MODE_UNKNOWN, &any, &any);
	return plausible_bits(&inside) >= SURE;
}

/* 1: given, 0: these are not the algorithms, -1 */
static int try_one(struct follow *f, struct followed *s, struct sa *sa, const struct keymat_want *want,
    bool by_initiator, struct span esp, struct err *e)
{
	struct keymat_child k = { .prf = s->sa.k.prf, .sk_d = secret_span(&s->sa.k.sk_d), .ni = blob_span(&s->ni),
		.nr = blob_span(&s->nr) };
	struct keymat_pair pair = { 0 };
	struct suite_keys keys = { .encr = want->encr, .integ = want->integ, .use = SUITE_FOR_OPEN, .alone = true };
	struct arena arena = { 0 };
	bool right = false;
	struct err why;

	sa->esn = SA_NO;
	if (keymat_child(&k, want, 1, &pair, &arena, &why) == 0) {
		keys.encr_key = by_initiator ? pair.encr_i : pair.encr_r;
		keys.integ_key = by_initiator ? pair.integ_i : pair.integ_r;
		right = verifies(f, &keys, esp, false);
		if (!right && verifies(f, &keys, esp, true)) {
			right = true;
			sa->esn = SA_YES;
		}
	}
	arena_clear(&arena);
	if (!right)
		return 0;
	if (keymat_child(&k, want, 1, &pair, &f->arena, e) < 0)
		return -1;
	sa->encr = want->encr;
	sa->integ = want->integ;
	sa->encr_key = by_initiator ? pair.encr_i : pair.encr_r;
	sa->integ_key = by_initiator ? pair.integ_i : pair.integ_r;
	sa->encr_key_known = true;
	sa->integ_key_known = want->integ != NULL;
	sa_settle_keys(sa);
	return f->o.child(f->o.arg, sa, &s->sa, FOLLOW_UP, e) < 0 ? -1 : 1;
}

static int try_all(struct follow *f, struct followed *s, struct sa *sa, bool by_initiator, struct span esp,
    struct err *e)
{
	struct keymat_want want = { 0 };

	if (follow_room(&f->trial, &f->trial_cap, esp.n, e) < 0)
		return -1;
	for (size_t i = 0; (want.encr = alg_encr_row(i)) != NULL; i++) {
		bool aead = alg_encr_is_aead(want.encr) || want.encr->icv > 0;
		const struct alg_size *size = want.encr->size;

		do {
			want.encr_bits = size->bits;
			for (size_t k = 0; k < (aead ? 1 : sizeof macs / sizeof macs[0]); k++) {
				int got;

				want.integ = aead ? NULL : alg_integ_by_id(macs[k]);
				if ((got = try_one(f, s, sa, &want, by_initiator, esp, e)) != 0)
					return got < 0 ? -1 : 0;
			}
		} while ((++size)->bits != 0);
	}
	return 0;
}

/* The IKE SA between these hosts of which no more than SK_d is known. */
static struct followed *followed_of(struct follow *f, const struct datagram *d, bool *by_initiator)
{
	for (unsigned i = 0; i < f->nguess; i++) {
		struct followed *s = f->guess[i];

		*by_initiator = addr_eq(&s->sa.i.addr, &d->src) && addr_eq(&s->sa.r.addr, &d->dst);
		if (*by_initiator || (addr_eq(&s->sa.i.addr, &d->dst) && addr_eq(&s->sa.r.addr, &d->src)))
			return s;
	}
	return NULL;
}

void follow_guess_add(struct follow *f, struct followed *s)
{
	if (s->guess || f->nguess == FOLLOW_GUESSES || s->sa.k.prf == NULL || s->ni.n == 0 || s->nr.n == 0)
		return;
	s->guess = true;
	f->guess[f->nguess++] = s;
}

void follow_guess_drop(struct follow *f, struct followed *s)
{
	for (unsigned i = 0; s->guess && i < f->nguess; i++)
		if (f->guess[i] == s) {
			f->guess[i] = f->guess[--f->nguess];
			s->guess = false;
		}
}

int follow_esp(struct follow *f, const struct datagram *d, struct err *e)
{
	struct followed *s;
	struct sa like;
	bool by_initiator;
	uint32_t spi;
	int rc;

	if (f->nguess == 0 || f->o.child == NULL || d->body.n < 8 || d->body.n < d->whole ||
	    (s = followed_of(f, d, &by_initiator)) == NULL)
		return 0;
	spi = load_be32(d->body.p);
	for (unsigned i = 0; i < s->nguessed; i++)
		if (s->guessed[i] == spi)
			return 0;
	if (s->nguessed == FOLLOW_GUESSED)
		return 0;
	s->guessed[s->nguessed++] = spi;
	sa_init(&like);
	like.proto = SA_ESP;
	like.spi = spi;
	like.created_known = true;
	like.created = d->ns;
	rc = follow_child_ends(s, &like, by_initiator ? 0 : 1, d, e);
	if (rc == 0)
		rc = child_sa_text(&like.guessed, "encr,integ", e);
	if (rc == 0)
		rc = try_all(f, s, &like, by_initiator, d->body, e);
	sa_clear(&like);
	return rc;
}
