#include "esp/explain_priv.h"

#include "base/secret.h"

static bool makes_sense(struct attempt *a, const struct suite_keys *k, unsigned *bits)
{
	struct plausible w = explain_decrypt(a, k);

	*bits = plausible_bits(&w);
	return plausible_whole(&w);
}

/* A MAC with AES in counter mode: the salt may stand elsewhere in the key (RFC 3686 4). */
static bool salt_moved(struct attempt *a)
{
	struct suite_keys k = explain_keys(a);
	size_t n = k.encr_key.n, salt = a->sa->encr->salt;
	uint8_t key[EXPLAIN_KEY];
	unsigned bits;
	bool found = false;

	if (salt == 0 || n > sizeof key)
		return false;
	for (int way = 0; way < EXPLAIN_SALTS && !found; way++) {
		explain_salt(k.encr_key.p, n, salt, way, key);
		k.encr_key.p = key;
		if ((found = makes_sense(a, &k, &bits)))
			explain_say(a, WHY_SALT, "the inner packet makes sense with %s (chance: 1 in 2^%u)",
			    explain_salt_text(way), bits);
		k = explain_keys(a);
	}
	wipe(key, sizeof key);
	return found;
}

static bool other_cipher(struct attempt *a)
{
	const struct alg_encr *row;
	unsigned bits;

	for (size_t i = 0; (row = alg_encr_row(i)) != NULL; i++) {
		struct suite_keys k = explain_keys(a);

		if (row == a->sa->encr || alg_encr_is_aead(row) || row->kind == ENCR_KIND_GMAC)
			continue;
		if (row->kind == ENCR_KIND_NULL)
			k.encr_key = (struct secret){ 0 };
		else if (k.encr_key.n < row->salt || alg_encr_size(row, k.encr_key.n - row->salt) == NULL)
			continue;
		k.encr = row;
		if (makes_sense(a, &k, &bits))
			return explain_say(a, WHY_WRONG_ENCR,
			    "the inner packet makes sense with %s, the SA says %s (chance: 1 in 2^%u)", row->name,
			    a->sa->encr->name, bits);
	}
	return false;
}

static bool cipher_fits(struct attempt *a, const struct sa *sa)
{
	struct suite_keys k = explain_keys(a);
	unsigned bits;

	if (sa->encr == NULL || sa->encr->icv > 0 || sa->encr->kind == ENCR_KIND_NULL)
		return false;
	k.encr = sa->encr;
	k.encr_key = sa->encr_key;
	return makes_sense(a, &k, &bits);
}

static bool other_key(struct attempt *a)
{
	const struct sa *sa = explain_other_sa(a, cipher_fits);

	if (sa == NULL)
		return false;
	return explain_say(a, explain_is_reverse(a, sa) ? WHY_SWAPPED : WHY_WRONG_ENCR_KEY,
	    "the cipher key of SA 0x%08x fits%s", (unsigned)sa->spi,
	    explain_is_reverse(a, sa) ? ": the keys of the two directions are exchanged" : "");
}

/* Whatever the padding is, the packet in front of it stands on its own. */
static bool only_padding(struct attempt *a, const struct plausible *w)
{
	unsigned bits = w->head + w->body;

	if (bits < PLAUSIBLE_SURE && !alg_encr_is_aead(a->sa->encr) && a->sa->encr->kind != ENCR_KIND_GMAC)
		return false;
	if (w->padded)
		return explain_say(a, WHY_UNKNOWN, "ICV and padding are right: the sender sealed it so");
	return explain_say(a, WHY_PADDING,
	    "the ICV is right, but the sender does not pad with 1, 2, 3, ... (RFC 4303 2.4)");
}

bool explain_inside(struct attempt *a)
{
	struct suite_keys k = explain_keys(a);
	struct plausible w;

	if (a->sa->proto == SA_AH)
		return explain_say(a, WHY_UNKNOWN, "the ICV is right: the sender made it so");
	w = explain_decrypt(a, &k);
	if (only_padding(a, &w))
		return true;
	if (a->known->opened > a->known->unfit)
		return explain_say(a, WHY_UNKNOWN, "the same keys opened %llu packets: the sender sealed it so",
		    (unsigned long long)a->known->opened);
	if (a->sa->encr->kind == ENCR_KIND_NULL)
		return other_cipher(a) || explain_say(a, WHY_UNKNOWN,
		    "the ICV is right, but without encryption there is no packet inside");
	if (salt_moved(a) || other_cipher(a) || other_key(a))
		return true;
	return explain_say(a, WHY_WRONG_ENCR_KEY,
	    "the ICV is right, but what %s decrypts to has neither trailer nor packet", a->sa->encr->name);
}
