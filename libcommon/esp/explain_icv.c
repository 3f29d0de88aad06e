#include "esp/explain_priv.h"

#include <string.h>

#include "base/secret.h"
#include "esp/esn.h"
#include "esp/esp.h"

enum {
	USE = 40, SOLVER = 2000,	/* work, in blocks of 16 octets */
	BITS_OF = 8,
	MISSES = 8,			/* in a row: more is no damage on the way */
	HALVES_LOG = 8,			/* high halves that are tried one by one: 2^8 */
	VISIBLE = 16,			/* bits: a payload in clear text need not be told from what a wrong key gives */
};

static bool is_ah(const struct attempt *a)
{
	return a->sa->proto == SA_AH;
}

/* The algorithm that makes the ICV by itself: AEADs and GMAC. */
static bool is_combined(const struct attempt *a)
{
	return !is_ah(a) && a->sa->encr->icv > 0;
}

static unsigned icv_bits(const struct attempt *a)
{
	return is_combined(a) ? a->sa->encr->icv * 8u : a->sa->icv_bits != 0 ? a->sa->icv_bits :
	    a->sa->integ->icv * 8u;
}

static bool verifies_as(struct attempt *a, const struct alg_integ *integ, unsigned bits, struct esp_seq *seq)
{
	struct suite_keys k;

	if (is_ah(a))
		return explain_ah_verifies(a, integ, &a->sa->integ_key, bits, seq);
	k = explain_keys(a);
	k.integ = integ;
	k.icv_bits = bits;
	return explain_verifies(a, &k, seq);
}

static bool same_word(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_but_icv(const struct alg_encr *a, const struct alg_encr *b)
{
	return a->kind == b->kind && a->salt == b->salt && a->iv == b->iv && same_word(a->gcry, b->gcry) &&
	    same_word(a->size[0].evp, b->size[0].evp);
}

/* The same algorithm, another length of its ICV. */
static bool try_icv_length(struct attempt *a)
{
	static const unsigned lengths[] = { 96, 128, 160, 192, 224, 256, 320, 384, 512 };
	const struct alg_encr *row;

	if (is_combined(a)) {
		for (size_t i = 0; (row = alg_encr_row(i)) != NULL; i++) {
			struct suite_keys k = explain_keys(a);

			if (row == a->sa->encr || !same_but_icv(row, a->sa->encr))
				continue;
			k.encr = row;
			if (explain_verifies(a, &k, NULL))
				return explain_say(a, WHY_WRONG_ICV_LENGTH, "right with %s, the SA says %s "
				    "(chance: 1 in 2^%u)", row->name, a->sa->encr->name, row->icv * 8u);
		}
		return false;
	}
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
		if (lengths[i] != icv_bits(a) && lengths[i] <= a->sa->integ->full * 8u &&
		    a->sa->integ->kind != INTEG_KIND_GMAC && verifies_as(a, a->sa->integ, lengths[i], NULL))
			return explain_say(a, WHY_WRONG_ICV_LENGTH,
			    "right with an ICV of %u bits, the SA says %u (chance: 1 in 2^%u)", lengths[i],
			    icv_bits(a), lengths[i]);
	return false;
}

static bool with_seq(struct attempt *a, const struct esp_seq *seq)
{
	struct suite_job job = { .p = attempt_p(a), .n = a->place.n, .out = a->x->room, .head = ESP_HEAD,
		.esn = seq->esn, .esn_high = seq->high };
	const struct context *c = decap_context(a->d, a->d->opt.threads, sad_at(a->d->sad, a->layer->sa));
	struct ah_view view;

	if (c == NULL || !explain_pay(a, USE + a->place.ip.len / 16))
		return false;
	if (c->ah != NULL)
		return ah_open(c->ah, a->x->packet, a->place.ip.len, a->place.at, *seq, &view) == V_OK;
	suite_open_many(c->suite, &job, 1);
	return job.result == SUITE_OK;
}

static bool say_esn(struct attempt *a, const struct esp_seq *seq)
{
	if (!seq->esn)
		return explain_say(a, WHY_ESN, "right without extended sequence numbers (chance: 1 in 2^%u)",
		    icv_bits(a));
	if (!a->layer->esn)
		return explain_say(a, WHY_ESN,
		    "right with extended sequence numbers, high half 0x%x (chance: 1 in 2^%u)",
		    (unsigned)seq->high, icv_bits(a));
	return explain_say(a, WHY_ESN, "right with the high half 0x%x instead of 0x%x (chance: 1 in 2^%u)",
	    (unsigned)seq->high, (unsigned)a->layer->high, icv_bits(a));
}

/* All halves, where the packet gives them away, else small ones; its ICV may be too short to believe in. */
static bool solve_esn(struct attempt *a)
{
	uint32_t hints[2 * SA_HINTS];	/* where the descriptor says the number was, and the next half */
	struct esn_find f = { .budget = UINT32_MAX, .max = 1, .last = (1u << HALVES_LOG) - 1, .hints = hints,
		.n_hints = 2 * a->sa->nhints };
	struct esn *x;
	struct err e;
	unsigned bits = icv_bits(a), tried;

	for (unsigned i = 0; i < f.n_hints; i++)
		hints[i] = (uint32_t)(a->sa->seq_hint[i / 2] >> 32) + i % 2;
	if (!explain_pay(a, SOLVER) || (x = esn_new(a->sa, &e)) == NULL)
		return false;
	tried = esn_direct(x) ? 32 : HALVES_LOG;
	if (esn_direct(x) || explain_pay(a, (esn_try_cost(x, a->place.n) << HALVES_LOG) + a->place.n / 16))
		(void)esn_find(x, a->x->packet, &a->place, &f, &e);
	esn_free(x);
	if (f.found == 0 || bits < 64)
		return false;
	if (bits == 64)
		return explain_say(a, WHY_ESN, "right with the high half 0x%x, which one packet with so short an "
		    "ICV cannot prove (chance: 1 in 2^%u)", (unsigned)f.high[0], bits - tried);
	return explain_say(a, WHY_ESN, "right with the high half 0x%x (chance: 1 in 2^%u)",
	    (unsigned)f.high[0], bits - tried);
}

static bool try_esn(struct attempt *a)
{
	uint32_t high = a->layer->esn ? a->layer->high : 0;
	struct esp_seq seq[] = { { false, 0 }, { true, high }, { true, high + 1 }, { true, high - 1 },
		{ true, 0 } };

	for (size_t i = 0; i < sizeof seq / sizeof seq[0]; i++) {
		if (seq[i].esn == a->layer->esn && (!seq[i].esn || seq[i].high == a->layer->high))
			continue;
		if (with_seq(a, &seq[i]))
			return say_esn(a, &seq[i]);
	}
	return solve_esn(a);
}

static bool try_other_sa(struct attempt *a)
{
	const struct sa *sa = explain_other_sa(a, explain_sa_verifies);

	if (sa == NULL)
		return false;
	if (explain_is_reverse(a, sa))
		return explain_say(a, WHY_SWAPPED, "right with the keys of SA 0x%08x: the keys of the two "
		    "directions are exchanged (chance: 1 in 2^%u)", (unsigned)sa->spi, icv_bits(a));
	return explain_say(a, is_combined(a) ? WHY_WRONG_ENCR_KEY : WHY_WRONG_INTEG_KEY,
	    "right with the keys of SA 0x%08x (chance: 1 in 2^%u)", (unsigned)sa->spi, icv_bits(a));
}

static bool try_salt(struct attempt *a)
{
	size_t salt = is_ah(a) ? 0 : a->sa->encr->salt, n = a->sa->encr_key.n;
	uint8_t key[EXPLAIN_KEY];
	bool found = false;

	if (!is_combined(a) || salt == 0 || n > sizeof key)
		return false;
	for (int way = 0; way < EXPLAIN_SALTS && !found; way++) {
		struct suite_keys k = explain_keys(a);

		explain_salt(a->sa->encr_key.p, n, salt, way, key);
		k.encr_key.p = key;
		found = explain_verifies(a, &k, NULL) && explain_say(a, WHY_SALT,
		    "right with %s (chance: 1 in 2^%u)", explain_salt_text(way), icv_bits(a));
	}
	wipe(key, sizeof key);
	return found;
}

/* Another algorithm that takes a key of the same length. */
static bool try_algorithm(struct attempt *a)
{
	const struct alg_encr *encr;
	const struct alg_integ *integ;

	for (size_t i = 0; is_combined(a) && (encr = alg_encr_row(i)) != NULL; i++) {
		struct suite_keys k = explain_keys(a);

		if (encr == a->sa->encr || encr->icv == 0 || k.encr_key.n < encr->salt ||
		    alg_encr_size(encr, k.encr_key.n - encr->salt) == NULL)
			continue;
		k.encr = encr;
		if (explain_verifies(a, &k, NULL))
			return explain_say(a, WHY_WRONG_ENCR, "right with %s, the SA says %s (chance: 1 in 2^%u)",
			    encr->name, a->sa->encr->name, encr->icv * 8u);
	}
	for (size_t i = 0; !is_combined(a) && (integ = alg_integ_row(i)) != NULL; i++) {
		if (integ == a->sa->integ || integ->kind == INTEG_KIND_NONE || integ->key != a->sa->integ_key.n ||
		    (integ->evp == a->sa->integ->evp && integ->kind == a->sa->integ->kind) ||
		    (integ->kind == INTEG_KIND_GMAC && !is_ah(a)))
			continue;
		if (verifies_as(a, integ, 0, NULL))
			return explain_say(a, WHY_WRONG_INTEG, "right with %s, the SA says %s (chance: 1 in 2^%u)",
			    integ->name, a->sa->integ->name, integ->icv * 8u);
	}
	return false;
}

static unsigned log2_up(size_t n)
{
	unsigned bits = 0;

	while ((size_t)1 << bits < n)
		bits++;
	return bits;
}

static bool opens_turned(struct attempt *a, size_t i, unsigned bit, const struct esn_list *l)
{
	bool ok = false;

	a->x->packet[i] ^= (uint8_t)(1u << bit);
	for (unsigned s = 0; s < l->n && !ok; s++)
		ok = with_seq(a, &l->seq[s]);
	a->x->packet[i] ^= (uint8_t)(1u << bit);
	return ok;
}

/* Each bit turned: a single one that was flipped on the way is found. */
static bool try_bit(struct attempt *a)
{
	size_t from = is_ah(a) ? 0 : a->place.at, to = is_ah(a) ? a->place.ip.len : from + a->place.n;
	struct esn_list l = explain_esn(a);
	uint64_t all = (uint64_t)(to - from) * BITS_OF * (USE + (to - from) / 16);

	if (a->memory->credit < all * l.n && l.n > 2)
		l.n = 2;
	if (a->memory->credit < all * l.n)
		return false;
	for (size_t bit = from * BITS_OF; bit < to * BITS_OF; bit++)
		if (opens_turned(a, bit / BITS_OF, bit % BITS_OF, &l))
			return explain_say(a, WHY_ALTERED, "right with bit %zu of octet %zu of the %s turned: it was "
			    "altered on the way (chance: 1 in 2^%u)", bit % BITS_OF, bit / BITS_OF - from,
			    is_ah(a) ? "IP packet" : "ESP packet", icv_bits(a) - log2_up((to - from) * BITS_OF));
	return false;
}

static void set_addr(struct attempt *a, size_t at, const struct addr *to)
{
	memcpy(a->x->packet + at, to->b, addr_len(to));
}

/* With the addresses i and j of those seen in place of the packet's; -1: its own. */
static bool nat_fits(struct attempt *a, int i, int j)
{
	struct explainer *x = a->x;
	struct esn_list l = explain_esn(a);
	bool ok = false;

	if ((i >= 0 && x->addr[i].family != a->src.family) || (j >= 0 && x->addr[j].family != a->dst.family))
		return false;
	set_addr(a, a->place.ip.src_at, i >= 0 ? &x->addr[i] : &a->src);
	set_addr(a, a->place.ip.dst_at, j >= 0 ? &x->addr[j] : &a->dst);
	for (unsigned s = 0; s < l.n && !ok; s++)
		ok = with_seq(a, &l.seq[s]);
	set_addr(a, a->place.ip.src_at, &a->src);
	set_addr(a, a->place.ip.dst_at, &a->dst);
	return ok;
}

/* AH covers the outer addresses (RFC 4302 3.3.3.1.1), so it cannot pass a NAT. */
static bool try_nat(struct attempt *a)
{
	int n = (int)a->x->naddr;
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	for (int i = -1; is_ah(a) && i < n; i++)
		for (int j = -1; j < n; j++)
			if ((i >= 0 || j >= 0) && nat_fits(a, i, j))
				return explain_say(a, WHY_NAT,
				    "right with the addresses %s to %s: a NAT changed them, which AH does not survive "
				    "(chance: 1 in 2^%u)",
				    addr_format(src, i >= 0 ? &a->x->addr[i] : &a->src),
				    addr_format(dst, j >= 0 ? &a->x->addr[j] : &a->dst),
				    icv_bits(a) - 2 * log2_up(EXPLAIN_ADDRS));
	return false;
}

/* In the order of how often they are the reason. */
static bool (*const tries[])(struct attempt *a) = {
	try_icv_length, try_esn, try_other_sa, try_salt, try_algorithm, try_bit, try_nat,
};
enum { TRIES = sizeof tries / sizeof tries[0] };

/* Nothing makes the ICV right: what does the key make of the packet, and what did it open before? */
static bool judge_combined(struct attempt *a, const struct plausible *w)
{
	bool null = a->sa->encr->kind == ENCR_KIND_GMAC, whole = plausible_whole(w);

	if (null && plausible_bits(w) >= VISIBLE)
		return explain_say(a, WHY_WRONG_ENCR_KEY, "the payload, in clear text, is whole (chance: 1 in "
		    "2^%u), and the ICV is not of this key", plausible_bits(w));
	if (null)
		return explain_say(a, WHY_UNKNOWN, "neither ICV nor payload is right");
	if (whole || w->head >= 21)
		return explain_say(a, WHY_ALTERED, "key and salt decrypt it to a packet (chance: 1 in 2^%u): ICV, "
		    "header or a part of the payload was changed", whole ? plausible_bits(w) : w->head);
	return explain_say(a, WHY_WRONG_ENCR_KEY, "neither this key and salt nor a variant of them decrypts it to "
	    "anything, and nothing opened with them yet");
}

/* What would look the same: addresses that a NAT changed, of which the SA says nothing, and numbers that
 * nobody told. */
static const char *excuse(const struct attempt *a)
{
	if (is_ah(a) && (a->sa->src.family == 0 || a->sa->dst.family == 0))
		return "or a NAT changed an address that is nowhere in the capture";
	if (!a->known->settled && a->sa->esn != SA_NO)
		return "or it has a high half beyond those that were tried (--esn-search)";
	return NULL;
}

static bool judge_separate(struct attempt *a, const struct plausible *w)
{
	const char *or = excuse(a), *makes = is_ah(a) ? "the payload amounts" : "it decrypts";

	if (is_ah(a) ? plausible_bits(w) < VISIBLE : !plausible_whole(w))
		return explain_say(a, WHY_UNKNOWN, is_ah(a) ?
		    "no variant makes the ICV right, and the payload tells nothing" :
		    "neither the ICV nor what it decrypts to is right: both keys are wrong, or it is of another SA");
	if (or != NULL)
		return explain_say(a, WHY_UNKNOWN, "%s to a whole packet (chance: 1 in 2^%u): the integrity key is "
		    "wrong, %s", makes, plausible_bits(w), or);
	return explain_say(a, WHY_WRONG_INTEG_KEY, "%s to a whole packet (chance: 1 in 2^%u), and the ICV is not "
	    "of this key%s", makes, plausible_bits(w), a->known->settled ? "" : ", nor with ESN and a high half below 256");
}

static bool judge(struct attempt *a)
{
	struct ah_view v;
	struct suite_keys k;
	struct plausible w;

	if (a->known->opened > 0 && a->missed <= MISSES)
		return explain_say(a, WHY_ALTERED, "the same keys opened %llu packets, and no variant of them opens "
		    "this one", (unsigned long long)a->known->opened);
	if (a->known->opened > 0)
		return explain_say(a, WHY_UNKNOWN, "the keys opened %llu packets, but not the last %u: the SA may "
		    "have been replaced by one with the same SPI", (unsigned long long)a->known->opened,
		    (unsigned)a->missed);
	if (is_ah(a)) {
		if (ah_parse(&v, a->x->packet, a->place.ip.len, a->place.at) != V_OK)
			return explain_say(a, WHY_UNKNOWN, "its AH makes no sense");
		w = plausible_payload(a->x->packet + v.at + v.head, a->place.ip.len - v.at - v.head, v.next, &a->src,
		    &a->dst);
		return judge_separate(a, &w);
	}
	k = explain_keys(a);
	w = explain_decrypt(a, &k);
	return is_combined(a) ? judge_combined(a, &w) : judge_separate(a, &w);
}

bool explain_icv(struct attempt *a)
{
	unsigned last = a->memory->row;

	if (last > 0 && tries[last - 1](a))
		return true;
	for (unsigned i = 0; i < TRIES; i++)
		if (i + 1 != last && tries[i](a)) {
			a->memory->row = (uint8_t)(i + 1);
			return true;
		}
	return judge(a);
}
