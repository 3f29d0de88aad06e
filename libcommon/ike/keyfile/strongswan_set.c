#include <string.h>

#include "crypto/prf.h"
#include "ike/keyfile/strongswan.h"

#define AT(field) offsetof(struct ike_keys, field)

enum {
	SHARED = 1, SHARED_MORE, NONCES, SEED,
	V2_D, V2_AI, V2_AR, V2_EI, V2_ER, V2_PI, V2_PR,
	V1_D = V2_D, V1_A, V1_E, V1_KA, V1_IV,
};

/* In the order in which charon dumps them; versions 1 and 2 have orders of their own. */
static const struct { const char *label; int order, version; size_t at; } keys[] = {
	{ "shared Diffie Hellman secret", SHARED, 0, AT(shared) },
	{ "key exchange secret", SHARED, 0, AT(shared) },
	{ "additional key exchange secret", SHARED_MORE, 2, 0 }, { "nonces", NONCES, 2, 0 },
	{ "SKEYSEED", SEED, 2, AT(skeyseed) }, { "Sk_d secret", V2_D, 2, AT(sk_d) },
	{ "Sk_ai secret", V2_AI, 2, AT(sk_ai) }, { "Sk_ar secret", V2_AR, 2, AT(sk_ar) },
	{ "Sk_ei secret", V2_EI, 2, AT(sk_ei) }, { "Sk_er secret", V2_ER, 2, AT(sk_er) },
	{ "Sk_pi secret", V2_PI, 2, AT(sk_pi) }, { "Sk_pr secret", V2_PR, 2, AT(sk_pr) },
	{ "SKEYID", SEED, 1, AT(skeyid) }, { "SKEYID_d", V1_D, 1, AT(skeyid_d) },
	{ "SKEYID_a", V1_A, 1, AT(skeyid_a) }, { "SKEYID_e", V1_E, 1, AT(skeyid_e) },
	{ "encryption key Ka", V1_KA, 1, AT(ka) }, { "initial IV", V1_IV, 1, AT(iv) },
};
enum { NKEYS = sizeof keys / sizeof keys[0] };

static size_t key_of(const struct word *label)
{
	size_t i = 0;

	while (i < NKEYS && !word_is(label, keys[i].label))
		i++;
	return i;
}

bool swan_is_key(const struct word *label)
{
	return key_of(label) < NKEYS;
}

/* Keys that do not fit what was negotiated: one of the two is not of this IKE SA. */
static void check(struct swan_in *in, struct keyset *set)
{
	const char *field;
	struct err e;

	if (keyset_check(set, &field, &e) == 0) {
		keyfile_check_log(in->s, set);
		return;
	}
	format_note(in->s, set->k.line, 1, "%s: %s; left the algorithms out", field, e.text);
	set->k.encr = NULL;
	set->k.encr_bits = 0;
	set->k.integ = NULL;
	set->k.prf = NULL;
	set->k.nke = 0;
}

/* SK_d' = prf+(PPK, SK_d) (RFC 8784 3), whichever prf it is. */
static bool mixes_to(const struct ike_keys *old, const struct ike_keys *mixed)
{
	const struct span ppk = { mixed->ppk.p, mixed->ppk.n }, sk_d = { old->sk_d.p, old->sk_d.n };
	const struct alg_prf *prf;
	uint8_t out[PRF_MAX];
	struct err e;
	bool same = false;

	if (old->sk_d.n == 0 || old->sk_d.n != mixed->sk_d.n || old->sk_d.n > sizeof out)
		return false;
	for (size_t i = 0; !same && (prf = alg_prf_row(i)) != NULL; i++)
		same = prf->key == sk_d.n && prf_plus(prf, ppk, &sk_d, 1, out, sk_d.n, &e) == 0 &&
		    bytes_eq(out, mixed->sk_d.p, sk_d.n);
	wipe(out, sizeof out);
	return same;
}

/* Keys into which a PPK was mixed, of an IKE SA that the log did not name: the one whose SK_d it
 * was. */
static void join_ppk(struct swan_in *in, struct keyset *mixed)
{
	const struct swan *w = in->w;

	for (unsigned i = 0; i < SWAN_RECENT && i < w->nrecent; i++) {
		struct keyset *set = w->recent[(w->nrecent - 1 - i) % SWAN_RECENT];
		struct secret *const to[] = { &set->k.sk_d, &set->k.sk_pi, &set->k.sk_pr,
		    &set->k.ppk };
		struct secret *const from[] = { &mixed->k.sk_d, &mixed->k.sk_pi, &mixed->k.sk_pr,
		    &mixed->k.ppk };

		if (set == mixed || !mixes_to(&set->k, &mixed->k))
			continue;
		for (size_t k = 0; k < sizeof to / sizeof to[0]; k++) {
			secret_clear(to[k]);
			*to[k] = *from[k];
			*from[k] = (struct secret){ 0 };
		}
		keyfile_drop(in->s, mixed);
		in->t->set = set;
		return;
	}
}

void swan_close(struct swan_in *in)
{
	struct swan_thread *t = in->t;
	bool ppk = t->ppk;

	if (!t->open)
		return;
	t->open = t->ppk = false;
	if (ppk && t->set->k.skeyseed.n == 0 && t->set->k.sk_ei.n == 0)
		join_ppk(in, t->set);
	keyset_settle(t->set);
	if (t->set->k.version == 0)
		return;			/* a shared secret alone: of a child SA */
	if (t->last != (t->set->k.version == 1 ? V1_IV : V2_PR))
		format_note(in->s, t->set->k.line, 1,
		    "keys of an IKE SA are not complete: lines are missing");
	check(in, t->set);
}

/* The number in "lab|1", or 0. */
static uint64_t named_by(const struct strongswan_record *r)
{
	const char *bar = r->ike != NULL ? memchr(r->ike, '|', r->nike) : NULL;
	const char *digits = bar != NULL ? bar + 1 : r->ike;
	uint64_t id;
	struct err e;

	if (digits == NULL || uint_parse(&id, digits, r->nike - (size_t)(digits - r->ike), 1,
	    UINT32_MAX, &e) < 0)
		return 0;
	return id;
}

/* The IKE SA that keys are of which are derived now; 0: not said yet.  The name in front of a line
 * may still be that of the IKE SA which is rekeyed. */
static uint64_t owner(struct swan_in *in, bool *rekeyed)
{
	const struct swan_thread *t = in->t;
	uint64_t id = swan_job_sa(in), named = named_by(in->r);

	*rekeyed = t->exchange == SWAN_CREATE_CHILD ||
	    (id != 0 && (t->created != 0 || (named != 0 && named != id)));
	if (*rekeyed)
		return named != 0 && named != id ? named : t->created;
	return !t->known && id != 0 && swan_sa(in, id)->set != NULL ? 0 : id;
}

uint64_t swan_job_sa(struct swan_in *in)
{
	if (in->t->sa == 0)
		in->t->sa = named_by(in->r);
	return in->t->sa;
}

/* Before the message is read that says so, the responder of IKE_AUTH derives keys. */
static void name_set(struct swan_in *in, struct keyset *set)
{
	struct swan_thread *t = in->t;
	struct swan_sa *sa;

	if (!swan_is_sure(in))
		return;
	sa = swan_sa(in, owner(in, &set->rekeyed));
	if (t->known)
		t->role = t->request ? KEYSET_RESPONDER : KEYSET_INITIATOR;
	set->role = t->known ? t->role : KEYSET_ROLE_UNKNOWN;
	if (!set->rekeyed && (t->known || sa != NULL))
		swan_set_spis(in, set, t->spis);
	if (!set->rekeyed)
		swan_set_spis(in, set, t->natd);
	t->natd = (struct swan_spis){ 0 };
	if (sa != NULL) {
		sa->set = set;
		if (!set->rekeyed && sa->spis.r == 0)
			sa->spis = t->spis;
	}
	swan_fill(in, sa, set);
}

int swan_open(struct swan_in *in, struct err *e)
{
	struct swan_thread *t = in->t;
	struct keyset *set = keyfile_add(in->s, &keyfile_strongswan, in->r->line, e);

	if (set == NULL)
		return -1;
	t->set = set;
	t->open = true;
	t->last = 0;
	in->w->recent[in->w->nrecent++ % SWAN_RECENT] = set;
	name_set(in, set);
	return 0;
}

/* Labels that AEADs leave out, and those that newer versions added. */
static bool may_skip(int from, int to)
{
	for (int i = from + 1; i < to; i++)
		if (i != SHARED && i != SHARED_MORE && i != NONCES && i != V2_AI && i != V2_AR)
			return false;
	return true;
}

static int open_for(struct swan_in *in, size_t i, struct err *e)
{
	struct swan_thread *t = in->t;
	int version = t->open ? t->set->k.version : 0;

	if (t->open && (keys[i].order <= t->last || (version != 0 && keys[i].version != version)))
		swan_close(in);
	if (t->open)
		return 0;
	/* Keys into which a PPK was mixed: of the set that there is, which take_ppk() has seen
	 * to. */
	if (t->ppk) {
		t->open = true;
		t->last = SEED;
		return 0;
	}
	return swan_open(in, e);
}

static bool skips_ok(const struct swan_thread *t, int order)
{
	if (t->ppk)
		return true;
	return t->set->k.version == 1 && order > SEED ? order == t->last + 1
	    : may_skip(t->last, order);
}

/* RFC 9370 2.2.4: the further secrets of a rekeying, one behind the other. */
static int put_more(struct swan_in *in, struct ike_keys *k, const struct strongswan_record *r,
    struct err *e)
{
	size_t at = 0;

	if (k->nshared != 1 || (k->nke < 2 && r->nbytes == 0))
		return 0;
	for (unsigned i = 1; i < IKE_KE_MAX && at < r->nbytes; i++) {
		size_t n = i < k->nke && k->ke[i] != NULL ? k->ke[i]->shared : r->nbytes - at;

		if (n > r->nbytes - at)
			n = r->nbytes - at;
		if (secret_copy(keyfile_arena(in->s), &k->shared[i], r->bytes + at, n, e) < 0)
			return -1;
		at += n;
		k->nshared = i + 1;
	}
	return 0;
}

static int put_key(struct swan_in *in, size_t i, struct err *e)
{
	const struct strongswan_record *r = in->r;
	struct keyset *set = in->t->set;
	struct secret *s = (struct secret *)((char *)&set->k + keys[i].at);
	int order = keys[i].order;

	if (r->bytes == NULL) {
		format_note(in->s, r->line, r->column, "%s: left out, %s", keys[i].label,
		    r->damage != NULL ? r->damage : "it is longer than any key");
		return 0;
	}
	if (order == NONCES)
		return swan_nonces(in, set, e);
	/* SK(n) of an IKE_INTERMEDIATE exchange is not the first key exchange's (RFC 9370
	 * 2.2.2). */
	if (order < NONCES && in->t->exchange == SWAN_INTERMEDIATE)
		return 0;
	if (order == SHARED_MORE)
		return put_more(in, &set->k, r, e);
	secret_clear(s);
	if (order == SHARED)
		set->k.nshared = 1;
	return secret_copy(keyfile_arena(in->s), s, r->bytes, r->nbytes, e);
}

int swan_key(struct swan_in *in, const struct word *label, struct err *e)
{
	struct swan_thread *t = in->t;
	size_t i = key_of(label);

	if (open_for(in, i, e) < 0)
		return -1;
	if (keys[i].version != 0 && t->set->k.version == 0) {
		t->set->k.version = keys[i].version;
		swan_fill(in, NULL, t->set);
	}
	if (!skips_ok(t, keys[i].order))
		format_note(in->s, in->r->line, in->r->column,
		    "%s: a key that should stand before it is missing", keys[i].label);
	t->last = keys[i].order;
	return put_key(in, i, e);
}
