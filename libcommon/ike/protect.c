#include "ike/protect.h"

#include <stdlib.h>

#include "base/wr.h"

enum { LENGTH_AT = 24, PAYLOAD_LENGTH = 2, LENGTH_MAX = 65535 };

struct ike_protect { struct suite *suite; };

struct ike_v1_cipher { struct suite *suite; };

struct ike_protect *ike_protect_of(const struct suite_keys *keys, struct err *e)
{
	struct ike_protect *p;

	if (keys->encr != NULL && alg_encr_is_iiv(keys->encr)) {
		err_set(e, "%s needs the sequence number of ESP, and IKE has none",
		    keys->encr->name);
		return NULL;
	}
	if (keys->encr != NULL && keys->icv_bits == 0 && !alg_encr_is_aead(keys->encr) &&
	    (keys->integ == NULL || keys->integ->kind == INTEG_KIND_NONE)) {
		err_set(e, "%s needs an integrity algorithm", keys->encr->name);
		return NULL;
	}
	if ((p = calloc(1, sizeof *p)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	if ((p->suite = suite_new(keys, e)) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

struct ike_protect *ike_protect_new(const struct ike_keys *k, bool initiator, unsigned use,
    struct err *e)
{
	struct suite_keys keys = {
		.encr = k->encr, .integ = k->integ, .use = use,
		.encr_key = initiator ? k->sk_ei : k->sk_er,
		.integ_key = initiator ? k->sk_ai : k->sk_ar,
	};

	if (k->encr == NULL) {
		err_set(e, "no encryption algorithm");
		return NULL;
	}
	if (alg_encr_is_aead(k->encr))
		keys.integ = NULL;		/* some sources say "none", some nothing */
	return ike_protect_of(&keys, e);
}

void ike_protect_free(struct ike_protect *p)
{
	if (p != NULL)
		suite_free(p->suite);
	free(p);
}

size_t ike_protect_iv_len(const struct ike_protect *p)
{
	return suite_iv_len(p->suite);
}

size_t ike_protect_fits(const struct ike_protect *p, size_t head, size_t message)
{
	size_t over = head + suite_iv_len(p->suite) + suite_icv_len(p->suite), block = suite_block(p->suite);

	if (message <= over || (message - over) / block == 0)
		return 0;
	return (message - over) / block * block - 1;
}

/* RFC 7296 3.14: the last octet is the length of the padding before it, which may hold anything. */
static bool cut_padding(struct span *plain)
{
	size_t pad = plain->p[plain->n - 1];

	if (pad + 1 > plain->n)
		return false;
	plain->n -= pad + 1;
	return true;
}

enum ike_open ike_protect_open(struct ike_protect *p, struct span message, size_t at, size_t header,
    bool anyway, uint8_t *out, struct span *plain)
{
	size_t over = at + header + suite_iv_len(p->suite) + suite_icv_len(p->suite);
	struct suite_job job = {
		.p = message.p, .n = message.n, .out = out, .head = (uint16_t)(at + header),
		    .no_verify = anyway,
	};

	*plain = (struct span){ out, 0 };
	if (at > LENGTH_MAX || message.n > LENGTH_MAX || message.n <= over)
		return IKE_OPEN_BAD_LENGTH;
	suite_open_many(p->suite, &job, 1);
	if (job.result == SUITE_BAD_LENGTH)
		return IKE_OPEN_BAD_LENGTH;
	if (job.result != SUITE_OK && !anyway)
		return IKE_OPEN_BAD_ICV;
	plain->n = message.n - over;
	if (!cut_padding(plain) && job.result == SUITE_OK)
		return IKE_OPEN_BAD_PAD;
	return job.result == SUITE_OK ? IKE_OPEN_OK : IKE_OPEN_BAD_ICV;
}

size_t ike_protect_seal(struct ike_protect *p, uint8_t *msg, size_t room, size_t head,
    size_t header, struct span plain, const uint8_t *iv)
{
	size_t block = suite_block(p->suite), body = (plain.n + 1 + block - 1) / block * block;
	struct wr w = wr_of(msg, room < LENGTH_MAX ? room : LENGTH_MAX);
	struct suite_job job = { .p = msg, .head = (uint16_t)head };

	wr_hold(&w, head);
	wr_span(&w, (struct span){ iv, suite_iv_len(p->suite) });
	wr_span(&w, plain);
	wr_zero(&w, body - plain.n - 1);
	wr_u8(&w, (uint8_t)(body - plain.n - 1));
	wr_zero(&w, suite_icv_len(p->suite));
	if (!wr_ok(&w) || head < LENGTH_AT + 4 + header)
		return 0;
	store_be32(msg + LENGTH_AT, (uint32_t)w.n);
	store_be16(msg + head - header + PAYLOAD_LENGTH, (uint16_t)(w.n - (head - header)));
	job.n = w.n;
	suite_seal_many(p->suite, &job, 1);
	return job.result == SUITE_OK ? w.n : 0;
}

struct ike_v1_cipher *ike_v1_cipher_new(const struct alg_encr *encr, const struct secret *ka,
    struct err *e)
{
	struct suite_keys keys = { .encr = encr, .encr_key = *ka };
	struct ike_v1_cipher *c;

	if (encr->kind != ENCR_KIND_CBC) {
		err_set(e, "%s is not for IKEv1, which knows CBC alone", encr->name);
		return NULL;
	}
	if ((c = calloc(1, sizeof *c)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	if ((c->suite = suite_new(&keys, e)) == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void ike_v1_cipher_free(struct ike_v1_cipher *c)
{
	if (c != NULL)
		suite_free(c->suite);
	free(c);
}

size_t ike_v1_cipher_block(const struct ike_v1_cipher *c)
{
	return suite_block(c->suite);
}

/* The IV stands before the text for the suite, where no IKEv1 message has it. */
enum ike_open ike_v1_open(struct ike_v1_cipher *c, struct span message, uint8_t iv[IKE_V1_IV],
    uint8_t *out, struct span *plain)
{
	size_t block = suite_block(c->suite), n = message.n > IKE_V1_HEADER ?
	    message.n - IKE_V1_HEADER : 0;
	struct suite_job job = { .p = out, .n = block + n, .out = out + block };

	*plain = (struct span){ out, 0 };
	if (n == 0 || n % block != 0 || n > LENGTH_MAX - block)
		return IKE_OPEN_BAD_LENGTH;
	memcpy(out, iv, block);
	memcpy(out + block, message.p + IKE_V1_HEADER, n);
	memcpy(iv, message.p + message.n - block, block);
	suite_open_many(c->suite, &job, 1);
	if (job.result != SUITE_OK)
		return IKE_OPEN_BAD_LENGTH;
	*plain = (struct span){ out + block, n };
	return IKE_OPEN_OK;
}

size_t ike_v1_seal(struct ike_v1_cipher *c, uint8_t *msg, size_t n, size_t room,
    uint8_t iv[IKE_V1_IV])
{
	size_t block = suite_block(c->suite), body = n > IKE_V1_HEADER ? n - IKE_V1_HEADER : 0,
	    whole;
	struct suite_job job = { .head = 0 };
	uint8_t header[IKE_V1_HEADER];

	whole = (body + block - 1) / block * block;
	if (body == 0 || whole > LENGTH_MAX - IKE_V1_HEADER || IKE_V1_HEADER + whole > room)
		return 0;
	memset(msg + n, 0, whole - body);
	store_be32(msg + LENGTH_AT, (uint32_t)(IKE_V1_HEADER + whole));
	/* the end of the header lends its place to the IV */
	memcpy(header, msg, sizeof header);
	memcpy(msg + IKE_V1_HEADER - block, iv, block);
	job.p = msg + IKE_V1_HEADER - block;
	job.n = block + whole;
	suite_seal_many(c->suite, &job, 1);
	memcpy(msg, header, sizeof header);
	memcpy(iv, msg + IKE_V1_HEADER + whole - block, block);
	return job.result == SUITE_OK ? IKE_V1_HEADER + whole : 0;
}

bool ike_v1_plausible(uint8_t first, struct span plain)
{
	struct rd r = rd_of(plain.p, plain.n);
	uint8_t next = first;

	while (next != 0 && rd_ok(&r)) {
		size_t n;

		next = rd_u8(&r);
		if (rd_u8(&r) != 0)		/* RESERVED */
			return false;
		n = rd_u16(&r);
		if (n < 4)
			return false;
		rd_take(&r, n - 4);
	}
	/* some pad by several blocks where none is needed, and end in the padding's length (RFC
	 * 2409 5) */
	return rd_ok(&r) && first != 0 && r.n <= UINT8_MAX + 1;
}
