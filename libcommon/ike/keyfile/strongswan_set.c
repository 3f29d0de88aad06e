#include <string.h>

#include "ike/keyfile/strongswan.h"

#define AT(field) offsetof(struct ike_keys, field)

/* In the order in which charon dumps them; version 1 and 2 have orders of their own. */
static const struct { const char *label; int order, version; size_t at; } keys[] = {
	{ "shared Diffie Hellman secret", 1, 0, AT(shared) }, { "key exchange secret", 1, 0, AT(shared) },
	{ "additional key exchange secret", 2, 2, AT(shared) + sizeof(struct secret) },
	{ "SKEYSEED", 3, 2, AT(skeyseed) }, { "Sk_d secret", 4, 2, AT(sk_d) }, { "Sk_ai secret", 5, 2, AT(sk_ai) },
	{ "Sk_ar secret", 6, 2, AT(sk_ar) }, { "Sk_ei secret", 7, 2, AT(sk_ei) }, { "Sk_er secret", 8, 2, AT(sk_er) },
	{ "Sk_pi secret", 9, 2, AT(sk_pi) }, { "Sk_pr secret", 10, 2, AT(sk_pr) }, { "SKEYID", 3, 1, AT(skeyid) },
	{ "SKEYID_d", 4, 1, AT(skeyid_d) }, { "SKEYID_a", 5, 1, AT(skeyid_a) }, { "SKEYID_e", 6, 1, AT(skeyid_e) },
	{ "encryption key Ka", 7, 1, AT(ka) }, { "initial IV", 8, 1, AT(iv) },
};
enum { NKEYS = sizeof keys / sizeof keys[0], LAST_V2 = 10, LAST_V1 = 8, SEED = 3, SK_D = 4, SK_AI = 5, SK_AR = 6 };

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

	if (keyset_check(set, &field, &e) == 0)
		return;
	format_note(in->s, set->k.line, 1, "%s: %s; left the algorithms out", field, e.text);
	set->k.encr = NULL;
	set->k.encr_bits = 0;
	set->k.integ = NULL;
	set->k.prf = NULL;
	set->k.nke = 0;
}

void swan_close(struct swan_in *in)
{
	struct swan_thread *t = in->t;

	if (!t->open)
		return;
	t->open = t->ppk = false;
	keyset_settle(t->set);
	if (t->set->k.version == 0)
		return;			/* a shared secret alone: of a child SA */
	if (t->last != (t->set->k.version == 1 ? LAST_V1 : LAST_V2))
		format_note(in->s, t->set->k.line, 1, "keys of an IKE SA are not complete: lines are missing");
	check(in, t->set);
}

/* The number in "lab|1", or 0. */
static uint64_t named_by(const struct strongswan_record *r)
{
	const char *bar = r->ike != NULL ? memchr(r->ike, '|', r->nike) : NULL;
	const char *digits = bar != NULL ? bar + 1 : r->ike;
	uint64_t id;
	struct err e;

	if (digits == NULL || uint_parse(&id, digits, r->nike - (size_t)(digits - r->ike), 1, UINT32_MAX, &e) < 0)
		return 0;
	return id;
}

/* The IKE SA that keys are of which are derived now; 0: not said yet.  The name in front of a line may still
 * be that of the IKE SA which is rekeyed. */
static uint64_t owner(struct swan_in *in, bool *rekeyed)
{
	const struct swan_thread *t = in->t;
	uint64_t id = swan_job_sa(in), named = named_by(in->r);

	*rekeyed = t->exchange == SWAN_CREATE_CHILD || (id != 0 && (t->created != 0 || (named != 0 && named != id)));
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
	struct swan_sa *sa = swan_sa(in, owner(in, &set->rekeyed));

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

/* Labels that AEADs leave out, and that are there only for several key exchanges. */
static bool may_skip(int from, int to)
{
	for (int i = from + 1; i < to; i++)
		if (i != 2 && i != SK_AI && i != SK_AR && !(i == 1 && to == SEED))
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
	/* Keys into which a PPK was mixed: of the set that there is. */
	if (t->ppk && t->set != NULL) {
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
	if (t->set->k.version == 1)
		return t->last == 0 ? order <= SEED : order == t->last + 1 || (order == SEED && t->last == 1);
	return may_skip(t->last, order);
}

static int put_key(struct swan_in *in, size_t i, struct err *e)
{
	const struct strongswan_record *r = in->r;
	struct keyset *set = in->t->set;
	struct secret *s = (struct secret *)((char *)&set->k + keys[i].at);
	unsigned shared = keys[i].order <= 2 ? (unsigned)keys[i].order : 0;

	if (r->bytes == NULL) {
		format_note(in->s, r->line, r->column, "%s: left out, %s", keys[i].label,
		    r->damage != NULL ? r->damage : "it is longer than any key");
		return 0;
	}
	/* SK(n) of an IKE_INTERMEDIATE exchange is not the first key exchange's (RFC 9370 2.2.2). */
	if (shared > 0 && (in->t->exchange == SWAN_INTERMEDIATE || shared > set->k.nshared + 1))
		return 0;
	secret_clear(s);
	if (secret_copy(keyfile_arena(in->s), s, r->bytes, r->nbytes, e) < 0)
		return -1;
	if (shared > set->k.nshared)
		set->k.nshared = shared;
	return 0;
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
		format_note(in->s, in->r->line, in->r->column, "%s: a key that should stand before it is missing",
		    keys[i].label);
	t->last = keys[i].order;
	return put_key(in, i, e);
}
