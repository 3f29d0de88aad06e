/* Cases of whole IKE messages: opened, sealed again, and refused when a bit differs. */
#include <string.h>

#include "base/wr.h"
#include "ike/keymat.h"
#include "ike/keymat_v1.h"
#include "ike/protect.h"
#include "one.h"

enum { HDR = 28, SK = 46, SKF = 53 };

/* The offset of the SK or SKF payload, and its type; 0: there is none. */
static size_t find_sk(struct span m, uint8_t *type)
{
	size_t at = HDR;

	if (m.n < HDR)
		return 0;
	for (*type = m.p[16]; *type != SK && *type != SKF; at += load_be16(m.p + at + 2)) {
		if (*type == 0 || at + 4 > m.n || load_be16(m.p + at + 2) < 4)
			return 0;
		*type = m.p[at];
	}
	return at + 4 <= m.n ? at : 0;
}

/* The types of a chain, each once more a reader of its own: "types" of the case. */
static void check_types(struct one *c, json_t *o, uint8_t first, struct span plain)
{
	json_t *types = json_object_get(o, "types"), *t;
	size_t i, at = 0;

	json_array_foreach(types, i, t) {
		if (json_integer_value(t) != first || at + 4 > plain.n || load_be16(plain.p + at + 2) < 4) {
			one_wrong(c, "payload %zu is of type %u, wanted %d", i, first, (int)json_integer_value(t));
			return;
		}
		first = plain.p[at];
		at += load_be16(plain.p + at + 2);
	}
	if (types != NULL && (first != 0 || at > plain.n))
		one_wrong(c, "type %u behind the last payload", first);
}

struct message { struct span whole; size_t at, header; struct ike_protect *open; };

static void open_message(struct one *c, json_t *o, const struct message *m)
{
	uint8_t *out = one_hold(c, m->whole.n);
	struct span plain;
	enum ike_open result = ike_protect_open(m->open, m->whole, m->at, m->header, false, out, &plain);

	if (strcmp(one_word(c, o, "icv"), "mismatch") == 0) {
		if (result != IKE_OPEN_BAD_ICV || plain.n != 0)
			one_wrong(c, "not refused: %d", result);
		return;
	}
	if (result != IKE_OPEN_OK)
		return one_wrong(c, "refused: %d", result);
	if (json_object_get(o, "plaintext") != NULL)
		one_expect(c, "plain text", plain, one_bytes(c, o, "plaintext"));
	if (m->header == IKE_SK_HEADER)
		check_types(c, o, m->whole.p[m->at], plain);
}

/* One bit at the other end of each part: flags of the header, the payload's header, the ICV. */
static void refuse_message(struct one *c, const struct message *m)
{
	size_t places[] = { 19, m->at + m->header - 1, m->whole.n - 1 };
	uint8_t *out = one_hold(c, m->whole.n);
	struct span plain;

	for (size_t i = 0; i < COUNT(places); i++) {
		struct span copy = JOIN(c, m->whole);
		enum ike_open result;

		((uint8_t *)(uintptr_t)copy.p)[places[i]] ^= 4;
		memset(out, 0, m->whole.n);
		result = ike_protect_open(m->open, copy, m->at, m->header, false, out, &plain);
		if (result != IKE_OPEN_BAD_ICV || plain.n != 0)
			one_wrong(c, "not refused with another bit in byte %zu", places[i]);
		for (size_t k = 0; k < m->whole.n; k++)
			if (out[k] != 0)
				one_wrong(c, "plain text left behind a refusal");
	}
	if (ike_protect_open(m->open, (struct span){ m->whole.p, m->at + m->header + 2 }, m->at, m->header, false,
	    out, &plain) != IKE_OPEN_BAD_LENGTH)
		one_wrong(c, "not refused when cut");
}

/* The same message again, where its sender padded as we do and wrote its IV. */
static void seal_message(struct one *c, const struct message *m)
{
	size_t head = m->at + m->header, iv = ike_protect_iv_len(m->open);
	uint8_t *out = one_hold(c, m->whole.n), *made = one_hold(c, m->whole.n + 16);
	struct span plain;
	size_t n;

	if (ike_protect_open(m->open, m->whole, m->at, m->header, false, out, &plain) != IKE_OPEN_OK)
		return;
	memcpy(made, m->whole.p, head);
	memset(made + 24, 0, 4);
	n = ike_protect_seal(m->open, made, m->whole.n + 16, head, m->header, plain, m->whole.p + head);
	if (n == 0)
		return one_wrong(c, "cannot be sealed");
	if (n == m->whole.n && out[plain.n] == 0)	/* its padding was zeros, too */
		one_expect(c, "sealed message", (struct span){ made, head + iv }, (struct span){ m->whole.p, head + iv });
	if (ike_protect_open(m->open, (struct span){ made, n }, m->at, m->header, false, out, &plain) != IKE_OPEN_OK)
		one_wrong(c, "what was sealed does not open");
	if (n > 1 && ike_protect_seal(m->open, made, n - 1, head, m->header, plain, m->whole.p + head) != 0)
		one_wrong(c, "sealed into too little room");
}

void case_message(struct one *c, json_t *o)
{
	json_t *keys = json_object_get(o, "keys");
	bool initiator = json_is_true(json_object_get(o, "initiator_sent"));
	struct message m = { .whole = one_bytes(c, o, "message") };
	struct suite_keys k = { .encr = alg_encr_by_name(one_word(c, keys, "enc"), NULL),
		.integ = alg_integ_by_name(one_word(c, keys, "integ")) };
	uint8_t type = 0;
	struct err e;

	k.encr_key = one_secret(c, keys, initiator ? "sk_ei" : "sk_er");
	k.integ_key = one_secret(c, keys, initiator ? "sk_ai" : "sk_ar");
	m.at = find_sk(m.whole, &type);
	m.header = type == SKF ? IKE_SKF_HEADER : IKE_SK_HEADER;
	if (k.encr == NULL || k.integ == NULL || m.at == 0)
		one_wrong(c, "no such algorithm, or no SK payload");
	if (c->why[0] != '\0')
		return;
	if ((m.open = ike_protect_of(&k, &e)) == NULL)
		return one_wrong(c, "%s", e.text);
	open_message(c, o, &m);
	if (c->why[0] == '\0' && strcmp(one_word(c, o, "icv"), "mismatch") != 0) {
		refuse_message(c, &m);
		seal_message(c, &m);
	}
	ike_protect_free(m.open);
}

/* The IV of the message: hash of the KE values, of the last block and message id, or it is given. */
static void iv_of(struct one *c, json_t *o, struct span m, size_t block, uint8_t iv[IKE_V1_IV])
{
	const struct alg_prf *hash = alg_prf_by_name(one_word(c, o, "hash"));
	const char *from = one_word(c, o, "iv_from");
	struct span want = one_bytes(c, o, "iv");
	struct err e = { 0 };
	int rc = 0;

	if (hash == NULL || want.n != block)
		return one_wrong(c, "no such hash, or no iv of %zu bytes", block);
	memcpy(iv, want.p, block);
	if (strcmp(from, "phase1") == 0)
		rc = keymat_v1_iv(hash, one_bytes(c, o, "g_xi"), one_bytes(c, o, "g_xr"), block, iv, &e);
	else if (strcmp(from, "phase2") == 0)
		rc = keymat_v1_iv2(hash, one_bytes(c, o, "last_block"), load_be32(m.p + 20), block, iv, &e);
	if (rc < 0)
		one_wrong(c, "%s", e.text);
	one_expect(c, "iv", (struct span){ iv, block }, want);
}

void case_message_v1(struct one *c, json_t *o)
{
	struct span m = one_bytes(c, o, "message"), plain;
	struct secret key = one_secret(c, o, "key");
	const struct alg_encr *encr = alg_encr_by_name(one_word(c, o, "enc"), NULL);
	uint8_t iv[IKE_V1_IV], before[IKE_V1_IV], *out = one_hold(c, m.n + IKE_V1_IV), *again;
	struct ike_v1_cipher *cipher;
	size_t block;
	struct err e;

	if (encr == NULL || m.n < HDR)
		one_wrong(c, "no such algorithm, or no message");
	if (c->why[0] != '\0')
		return;
	if ((cipher = ike_v1_cipher_new(encr, &key, &e)) == NULL)
		return one_wrong(c, "%s", e.text);
	block = ike_v1_cipher_block(cipher);
	iv_of(c, o, m, block, iv);
	memcpy(before, iv, sizeof before);
	if (c->why[0] == '\0' && ike_v1_open(cipher, m, iv, out, &plain) != IKE_OPEN_OK)
		one_wrong(c, "refused");
	if (c->why[0] == '\0') {
		if (json_object_get(o, "plaintext") != NULL)
			one_expect(c, "plain text", plain, one_bytes(c, o, "plaintext"));
		one_expect(c, "next iv", (struct span){ iv, block }, (struct span){ m.p + m.n - block, block });
		check_types(c, o, m.p[16], plain);
		if (!ike_v1_plausible(m.p[16], plain))
			one_wrong(c, "not plausible");
		again = (uint8_t *)(uintptr_t)JOIN(c, (struct span){ m.p, HDR }, plain).p;
		if (ike_v1_seal(cipher, again, m.n, m.n, before) != m.n)
			one_wrong(c, "cannot be sealed");
		one_expect(c, "sealed message", (struct span){ again, m.n }, m);
		iv[0] ^= 1;
	}
	ike_v1_cipher_free(cipher);
}
