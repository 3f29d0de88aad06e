#include <stdlib.h>
#include <string.h>

#include "ike/keyring.h"

#define AT(field) offsetof(struct ike_keys, field)

const struct keys_field keys_fields[] = {
	{ "ni", AT(ni), 0 }, { "nr", AT(nr), 0 }, { "private", AT(private_key), 0 },
	{ "skeyseed", AT(skeyseed), 2 }, { "sk_d", AT(sk_d), 2 }, { "sk_ai", AT(sk_ai), 2 },
	{ "sk_ar", AT(sk_ar), 2 }, { "sk_ei", AT(sk_ei), 2 }, { "sk_er", AT(sk_er), 2 },
	{ "sk_pi", AT(sk_pi), 2 }, { "sk_pr", AT(sk_pr), 2 }, { "ppk", AT(ppk), 2 },
	{ "psk", AT(psk), 0 }, { "skeyid", AT(skeyid), 1 }, { "skeyid_d", AT(skeyid_d), 1 },
	{ "skeyid_a", AT(skeyid_a), 1 }, { "skeyid_e", AT(skeyid_e), 1 }, { "ka", AT(ka), 1 },
	{ "iv", AT(iv), 1 },
};
const size_t keys_nfields = sizeof keys_fields / sizeof keys_fields[0];

static bool secrets_agree(const struct secret *a, const struct secret *b)
{
	return a->n == 0 || b->n == 0 || secret_eq(a, b);
}

static bool addrs_agree(const struct addr *a, const struct addr *b)
{
	return a->family == 0 || b->family == 0 || addr_eq(a, b);
}

/* Nothing that both say is said differently. */
static bool agree(const struct ike_keys *a, const struct ike_keys *b)
{
	if ((a->version != 0 && b->version != 0 && a->version != b->version) ||
	    (a->spi_r_known && b->spi_r_known && a->spi_r != b->spi_r) ||
	    (a->encr != NULL && b->encr != NULL && a->encr != b->encr) ||
	    (a->encr_bits != 0 && b->encr_bits != 0 && a->encr_bits != b->encr_bits) ||
	    (a->integ != NULL && b->integ != NULL && a->integ != b->integ) ||
	    (a->prf != NULL && b->prf != NULL && a->prf != b->prf) ||
	    !addrs_agree(&a->initiator, &b->initiator) ||
	    !addrs_agree(&a->responder, &b->responder))
		return false;
	for (unsigned i = 0; i < a->nke && i < b->nke; i++)
		if (a->ke[i] != b->ke[i])
			return false;
	for (unsigned i = 0; i < a->nshared && i < b->nshared; i++)
		if (!secrets_agree(&a->shared[i], &b->shared[i]))
			return false;
	for (size_t i = 0; i < keys_nfields; i++)
		if (!secrets_agree(keys_secret(a, &keys_fields[i]),
		    keys_secret(b, &keys_fields[i])))
			return false;
	return true;
}

/* What only b knows goes into a. */
static void take_algs(struct ike_keys *a, const struct ike_keys *b)
{
	a->version = a->version != 0 ? a->version : b->version;
	if (!a->spi_r_known) {
		a->spi_r_known = b->spi_r_known;
		a->spi_r = b->spi_r;
	}
	a->initiator = a->initiator.family != 0 ? a->initiator : b->initiator;
	a->responder = a->responder.family != 0 ? a->responder : b->responder;
	a->encr = a->encr != NULL ? a->encr : b->encr;
	a->encr_bits = a->encr_bits != 0 ? a->encr_bits : b->encr_bits;
	a->integ = a->integ != NULL ? a->integ : b->integ;
	a->prf = a->prf != NULL ? a->prf : b->prf;
	for (; a->nke < b->nke; a->nke++)
		a->ke[a->nke] = b->ke[a->nke];
}

static void take(struct keyset *to, struct keyset *from)
{
	struct ike_keys *a = &to->k, *b = &from->k;

	take_algs(a, b);
	for (; a->nshared < b->nshared; a->nshared++)
		a->shared[a->nshared] = b->shared[a->nshared];
	for (size_t i = 0; i < keys_nfields; i++) {
		struct secret *s = keys_secret(a, &keys_fields[i]),
		    *other = keys_secret(b, &keys_fields[i]);

		if (s->n == 0)
			*s = *other;
		else
			secret_clear(other);
	}
	if (to->extra == NULL) {
		to->extra = from->extra;
		from->extra = NULL;
	}
	if (to->label[0] == '\0')
		memcpy(to->label, from->label, sizeof to->label);
	if (to->role == KEYSET_ROLE_UNKNOWN && to->file == from->file)
		to->role = from->role;
	to->rekeyed |= from->rekeyed;
}

static bool same_spis(const struct ike_keys *a, const struct ike_keys *b)
{
	return b->spi_i_known && a->spi_i == b->spi_i &&
	    (!a->spi_r_known || !b->spi_r_known || a->spi_r == b->spi_r);
}

/* An earlier set that s says nothing new against, or NULL; *other: one with the same SPIs that it
 * contradicts. */
static struct keyset *earlier(struct keyring *r, const struct keyset *s, struct keyset **other)
{
	uint64_t spi_r = s->k.spi_r_known ? s->k.spi_r : 0;
	struct keyset *t = NULL;
	unsigned same = 0;

	*other = NULL;
	if (!s->k.spi_i_known || s->k.version == KEYSET_GONE)
		return NULL;
	while ((t = keyring_next(r, s->k.version, s->k.spi_i, spi_r, t)) != NULL && t != s &&
	    t->k.spi_i_known) {
		if (!same_spis(&t->k, &s->k))
			continue;
		if (++same > KEYRING_SAME)
			return NULL;
		if (agree(&t->k, &s->k))
			return t;
		*other = t;
	}
	return NULL;
}

static bool is_of(const struct keyset *s, const char *file)
{
	return file == NULL || s->file == file;
}

size_t keyring_merge(struct keyring *r, size_t from, const char *file,
    void (*note)(void *arg, const struct keyset *one, const struct keyset *other), void *arg)
{
	size_t stay = 0, kept = from;

	keyring_touch(r);
	for (size_t i = from; i < r->n; i++) {
		struct keyset *other, *s = r->sets[i], *t;

		if (!is_of(s, file))
			continue;
		t = earlier(r, s, &other);
		if (t != NULL) {
			take(t, s);
			s->k.version = KEYSET_GONE;	/* and is taken out below */
		} else if (other != NULL) {
			stay++;
			if (note != NULL)
				note(arg, other, s);
		}
	}
	for (size_t i = from; i < r->n; i++) {
		if (r->sets[i]->k.version != KEYSET_GONE || !is_of(r->sets[i], file)) {
			r->sets[kept++] = r->sets[i];
			continue;
		}
		free(r->sets[i]->extra);
		free(r->sets[i]);
	}
	r->n = kept;
	keyring_touch(r);
	return stay;
}
