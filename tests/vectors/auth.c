/* AUTH values of IKEv2; HASH and SIG of IKEv1. */
#include "one.h"

#include <string.h>

#include "crypto/cert.h"
#include "ike/auth.h"
#include "ike/auth_v1.h"

static const struct alg_prf *find_prf(struct one *c, json_t *o)
{
	const struct alg_prf *a = alg_prf_by_name(one_word(c, o, "prf"));

	if (a == NULL)
		one_wrong(c, "unknown prf");
	return a;
}

static bool has(json_t *o, const char *member)
{
	return json_object_get(o, member) != NULL;
}

/* Hex of one element of an array. */
static struct span element(struct one *c, json_t *list, size_t i)
{
	json_t *o = json_object();
	struct span s;

	json_object_set(o, "cert", json_array_get(list, i));
	s = one_bytes(c, o, "cert");
	json_decref(o);
	return s;
}

/* The key of the case: a raw one (*raw, to be freed) or that of the first certificate (*cert). */
static const struct pkey *key_of(struct one *c, json_t *o, struct pkey **raw, struct cert **cert, struct err *e)
{
	*raw = NULL;
	*cert = NULL;
	if (has(o, "spki"))
		return *raw = pkey_from_spki(one_bytes(c, o, "spki"), e);
	*cert = cert_decode(element(c, json_object_get(o, "cert"), 0), e);
	return *cert != NULL ? cert_key(*cert, e) : NULL;
}

static void judge(struct one *c, int got, const struct err *e)
{
	if (got < 0)
		one_wrong(c, "%s", e->text);
	else if ((got == 1) != c->valid)
		one_wrong(c, "%s", got == 1 ? "not refused" : "refused");
}

/* A value that was right is wrong once a bit of what it vouches for is another. */
static void flip(struct one *c, struct span *s, size_t at)
{
	uint8_t *copy = one_hold(c, s->n);

	memcpy(copy, s->p, s->n);
	copy[at % s->n] ^= 0x10;
	s->p = copy;
}

static int check_v2(const struct auth_side *a, unsigned method, struct span secret, struct span data,
    const struct pkey *k, struct err *e)
{
	return k == NULL ? auth_check_mac(a, secret, data, e) : auth_check_signature(a, method, data, k, NULL, e);
}

static void case_v2(struct one *c, json_t *o)
{
	struct auth_side a = { .prf = find_prf(c, o), .message = one_bytes(c, o, "message"),
		.nonce = one_bytes(c, o, "nonce"), .id = one_bytes(c, o, "id_body"), .sk_p = one_bytes(c, o, "sk_p") };
	unsigned method = (unsigned)one_number(c, o, "method", 255);
	struct span data = one_bytes(c, o, "auth"), secret = { 0 };
	const struct pkey *k = NULL;
	struct cert *cert = NULL;
	struct pkey *raw = NULL;
	struct err e;

	if (method == AUTH_PSK)
		secret = one_bytes(c, o, "secret");
	else if ((k = key_of(c, o, &raw, &cert, &e)) == NULL)
		one_wrong(c, "%s", e.text);
	if (c->why[0] == '\0') {
		judge(c, check_v2(&a, method, secret, data, k, &e), &e);
		flip(c, &a.id, a.id.n - 1);
		if (check_v2(&a, method, secret, data, k, &e) == 1)
			one_wrong(c, "right for another identity, too");
	}
	pkey_free(raw);
	cert_free(cert);
}

static uint64_t cookie(struct one *c, json_t *o, const char *member)
{
	struct span s = one_bytes(c, o, member);

	return s.n == 8 ? load_be64(s.p) : (one_wrong(c, "%s is no cookie", member), 0);
}

static void case_v1(struct one *c, json_t *o)
{
	bool initiator = json_is_true(json_object_get(o, "initiator"));
	struct auth_v1 a = { .prf = find_prf(c, o), .skeyid = one_bytes(c, o, "skeyid"), .g_xi = one_bytes(c, o, "g_xi"),
		.g_xr = one_bytes(c, o, "g_xr"), .cky_i = cookie(c, o, "cky_i"), .cky_r = cookie(c, o, "cky_r"),
		.sa = one_bytes(c, o, "sa_body"), .id_i = one_bytes(c, o, "id_body") };
	const struct pkey *k;
	struct cert *cert = NULL;
	struct pkey *raw = NULL;
	struct err e;

	a.id_r = a.id_i;
	if (c->why[0] != '\0')
		return;
	if (has(o, "hash")) {
		judge(c, auth_v1_check_hash(&a, initiator, one_bytes(c, o, "hash"), &e), &e);
		return;
	}
	if ((k = key_of(c, o, &raw, &cert, &e)) == NULL) {
		one_wrong(c, "%s", e.text);
	} else {
		judge(c, auth_v1_check_signature(&a, initiator, one_bytes(c, o, "sig"), k, NULL, &e), &e);
		flip(c, &a.sa, 9);
		if (auth_v1_check_signature(&a, initiator, one_bytes(c, o, "sig"), k, NULL, &e) == 1)
			one_wrong(c, "right for another SA payload, too");
	}
	pkey_free(raw);
	cert_free(cert);
}

static void case_quick_hash(struct one *c, json_t *o)
{
	struct auth_v1_quick q = { .prf = find_prf(c, o), .skeyid_a = one_bytes(c, o, "skeyid_a"),
		.message_id = (uint32_t)one_number(c, o, "message_id", UINT32_MAX), .rest = one_bytes(c, o, "rest") };
	long which = one_number(c, o, "which", 3);
	uint8_t *out = one_hold(c, PRF_MAX);
	struct err e;
	int rc;

	if (c->why[0] != '\0')
		return;
	if (which == 1)
		rc = auth_v1_hash1(&q, out, &e);
	else if (which == 2)
		rc = auth_v1_hash2(&q, one_bytes(c, o, "ni"), out, &e);
	else
		rc = auth_v1_hash3(&q, one_bytes(c, o, "ni"), one_bytes(c, o, "nr"), out, &e);
	if (rc < 0)
		one_wrong(c, "%s", e.text);
	else
		one_expect(c, "HASH", (struct span){ out, q.prf->out }, one_bytes(c, o, "hash"));
}

static const struct { const char *type; void (*run)(struct one *c, json_t *o); } types[] = {
	{ "ikev2-auth", case_v2 }, { "ikev1-auth", case_v1 }, { "ikev1-quick-hash", case_quick_hash },
};

bool auth_case(struct one *c, json_t *o, const char *type)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].type, type) == 0) {
			types[i].run(c, o);
			return true;
		}
	return false;
}
