/*
 * AES-GCM and GMAC.  GHASH takes the block X_1 of m blocks to X_1 * H^m and adds the rest, so a
 * half that sits in octets 4 to 7 of X_1 changes the tag by (half * x^32) * H^m: 32 columns, each x
 * times the one before.  The tag for the half 0 comes from OpenSSL, cipher text and all as AAD:
 * that is the same blocks but for the last, which holds the lengths.
 */
#include <string.h>

#include "crypto/esn_priv.h"

static struct esn_elem load(const uint8_t p[ESN_BLOCK])
{
	return (struct esn_elem){ load_be64(p), load_be64(p + 8) };
}

static struct esn_elem add(struct esn_elem a, struct esn_elem b)
{
	return (struct esn_elem){ a.hi ^ b.hi, a.lo ^ b.lo };
}

/* Times x; bits are reflected (NIST SP 800-38D 6.3). */
static struct esn_elem times_x(struct esn_elem a)
{
	uint64_t carry = -(a.lo & 1) & 0xe100000000000000u;

	return (struct esn_elem){ a.hi >> 1 ^ carry, a.lo >> 1 | a.hi << 63 };
}

static struct esn_elem times(struct esn_elem a, struct esn_elem b)
{
	struct esn_elem z = { 0, 0 };
	uint64_t word, mask;

	for (int i = 0; i < 128; i++, b = times_x(b)) {
		word = i < 64 ? a.hi : a.lo;
		mask = -(word >> (63 - i % 64) & 1);
		z.hi ^= b.hi & mask;
		z.lo ^= b.lo & mask;
	}
	return z;
}

static struct esn_elem power(struct esn_elem a, uint64_t n)
{
	struct esn_elem z = { 1ull << 63, 0 };

	for (; n > 0; n >>= 1, a = times(a, a))
		if (n & 1)
			z = times(z, a);
	return z;
}

/* The first bits alone, as many as the ICV has, which is not none. */
static struct esn_elem cut(struct esn_elem a, size_t icv)
{
	if (icv < 8)
		return (struct esn_elem){ a.hi >> (64 - 8 * icv) << (64 - 8 * icv), 0 };
	if (icv < 16)
		a.lo = icv > 8 ? a.lo >> (128 - 8 * icv) << (128 - 8 * icv) : 0;
	return a;
}

static struct esn_elem icv_of(const struct esn_solver *s)
{
	uint8_t whole[ESN_BLOCK] = { 0 };

	memcpy(whole, esn_icv(s), s->icv);
	return load(whole);
}

/* GCM's tag over aad, the octets behind it up to the ICV, and no cipher text. */
static bool gmac(struct esn_solver *s, struct span aad, struct span rest, uint8_t tag[ESN_BLOCK])
{
	uint8_t nonce[NONCE_MAX] = { 0 };
	int end;

	esn_nonce(s, 0, nonce);
	return EVP_CipherInit_ex2(s->main, NULL, NULL, nonce, -1, NULL) == 1 &&
	    EVP_Cipher(s->main, NULL, aad.p, (unsigned)aad.n) >= 0 &&
	    (rest.n == 0 || EVP_Cipher(s->main, NULL, rest.p, (unsigned)rest.n) >= 0) &&
	    EVP_CipherFinal_ex(s->main, tag, &end) == 1 &&
	    EVP_CIPHER_CTX_ctrl(s->main, EVP_CTRL_AEAD_GET_TAG, ESN_BLOCK, tag) == 1;
}

/* The tag for the half 0, and the 32 columns: column[b] is what the half 1 << b adds. */
static int columns(struct esn_solver *s, struct esn_elem *tag, struct esn_elem column[32],
    struct err *e)
{
	uint8_t aad[ESN_BLOCK] = { 0 }, h[ESN_BLOCK] = { 0 }, zero_tag[ESN_BLOCK];
	size_t n = esn_cipher_len(s), skip = 0;
	struct esn_elem hash, lengths, v;
	uint64_t blocks;

	if (EVP_Cipher(s->ecb, h, h, ESN_BLOCK) < 0)
		goto bad;
	hash = load(h);
	esn_aad(s, 0, aad);
	if (s->encr->kind == ENCR_KIND_GMAC) {
		skip = s->iv; /* which RFC 4543 3.3 authenticates, too */
		if (!gmac(s, (struct span){ aad, 12 }, (struct span){ s->p + ESN_HEAD, n + skip },
		    zero_tag))
			goto bad;
		*tag = load(zero_tag);
		blocks = esn_blocks(12 + skip + n) + 1;
	} else {
		if (!gmac(s, (struct span){ aad, 16 }, (struct span){ esn_cipher(s), n }, zero_tag))
			goto bad;
		lengths = (struct esn_elem){ (16 + (uint64_t)n) * 8 ^ 12 * 8, (uint64_t)n * 8 };
		*tag = add(load(zero_tag), times(lengths, hash));
		blocks = 1 + esn_blocks(n) + 1;
	}
	v = power(hash, blocks);
	for (int i = 0; i < 32; i++)
		v = times_x(v);
	for (int b = 31; b >= 0; b--, v = times_x(v))
		column[b] = v;
	wipe(h, sizeof h);
	return 0;
bad:
	evp_error(e, "AES-GCM");
	return -1;			/* as the analyser must see */
}

struct row { struct esn_elem v; uint32_t half; };

static bool is_zero(struct esn_elem a)
{
	return (a.hi | a.lo) == 0;
}

/* The place of the first bit, 128 if none. */
static int lead(struct esn_elem a)
{
	return a.hi != 0 ? __builtin_clzll(a.hi) : a.lo != 0 ? 64 + __builtin_clzll(a.lo) : 128;
}

/* Takes off r each bit that some row begins with; what is left has none of them. */
static struct row reduce(struct row r, const struct row by_lead[128])
{
	struct row left = { { 0, 0 }, 0 };
	struct esn_elem bit;

	for (int at = lead(r.v); at < 128; at = lead(r.v)) {
		if (!is_zero(by_lead[at].v)) {
			r.v = add(r.v, by_lead[at].v);
			r.half ^= by_lead[at].half;
			continue;
		}
		bit = at < 64 ? (struct esn_elem){ 1ull << (63 - at), 0 } :
		    (struct esn_elem){ 0, 1ull << (127 - at) };
		left.v = add(left.v, bit);
		r.v = add(r.v, bit);
	}
	left.half = r.half;
	return left;
}

/*
 * Halves whose columns sum to goal.  Columns that depend on others (with an honest H a chance of
 * 2^-32 and less, with H = 0 all of them) make more than one.
 */
static unsigned eliminate(const struct esn_elem column[32], struct esn_elem goal, size_t icv,
    uint32_t *high, unsigned max)
{
	struct row by_lead[128] = { 0 }, r;
	uint32_t none[32]; /* sets of columns that sum to nothing */
	unsigned n_none = 0, found = 0;

	for (int b = 0; b < 32; b++) {
		r = reduce((struct row){ cut(column[b], icv), 1u << b }, by_lead);
		if (is_zero(r.v))
			none[n_none++] = r.half;
		else
			by_lead[lead(r.v)] = r;
	}
	r = reduce((struct row){ cut(goal, icv), 0 }, by_lead);
	if (!is_zero(r.v))
		return 0;
	for (uint64_t set = 0; found < max && set < 1ull << n_none; set++) {
		high[found] = r.half;
		for (unsigned i = 0; i < n_none; i++)
			if (set >> i & 1)
				high[found] ^= none[i];
		found++;
	}
	return found;
}

static int direct(struct esn_solver *s, uint32_t *high, unsigned max, struct err *e)
{
	struct esn_elem column[32], tag;

	if (columns(s, &tag, column, e) < 0)
		return -1;
	return (int)eliminate(column, add(tag, icv_of(s)), s->icv, high, max);
}

/* RFC 8750: the half is in the nonce too, which masks the tag with one block of the cipher. */
static int mask(struct esn_solver *s, const uint32_t *high, size_t n, uint8_t *out, struct err *e)
{
	uint8_t in[ESN_LANES * ESN_BLOCK] = { 0 };

	for (size_t i = 0; i < n; i++) {
		esn_nonce(s, high[i], in + i * ESN_BLOCK);
		in[i * ESN_BLOCK + ESN_BLOCK - 1] = 1;
	}
	if (EVP_Cipher(s->ecb, out, in, (unsigned)(n * ESN_BLOCK)) < 0)
		return evp_error(e, "AES");
	return 0;
}

static int implicit_begin(struct esn_solver *s, struct err *e)
{
	struct esn_elem column[32], tag;
	uint8_t m[ESN_BLOCK];
	uint32_t zero = 0;

	if (columns(s, &tag, column, e) < 0 || mask(s, &zero, 1, m, e) < 0)
		return -1;
	s->base = add(add(tag, load(m)), icv_of(s));
	memset(s->step, 0, sizeof s->step);
	for (int b = 0; b < 32; b++)
		for (int v = 0; v < 16; v++)
			if (v >> b % 4 & 1)
				s->step[b / 4][v] = add(s->step[b / 4][v], column[b]);
	return 0;
}

static int implicit_many(struct esn_solver *s, const uint32_t *high, size_t n, bool *hit,
    struct err *e)
{
	uint8_t m[ESN_LANES * ESN_BLOCK];
	struct esn_elem v;

	if (mask(s, high, n, m, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		v = add(s->base, load(m + i * ESN_BLOCK));
		for (int k = 0; k < 8; k++)
			v = add(v, s->step[k][high[i] >> 4 * k & 15]);
		hit[i] = is_zero(cut(v, s->icv));
	}
	return 0;
}

int esn_gcm_init(struct esn_solver *s, const struct suite_keys *k, struct err *e)
{
	static const struct esn_way solved = { .direct = direct };
	static const struct esn_way searched = {
		.begin = implicit_begin,
		.many = implicit_many,
		.fixed = 1,
	};
	const struct alg_size *size = alg_encr_size(k->encr, k->encr_key.n - k->encr->salt);

	s->way = s->iv != 0 ? &solved : &searched;
	if ((s->ecb = esn_ecb(k, true, e)) == NULL)
		return -1;
	s->main = suite_key(size->evp, k->encr_key.p, true, NULL, e);
	return s->main != NULL ? 0 : -1;
}
