/* IKEv1, main mode: one SA payload, and what comes back (RFC 2408 4.5, RFC 2409 5, appendix A). */
#include "ike/probe_priv.h"

enum { ATTR_ENCR = 1, ATTR_HASH = 2, ATTR_AUTH = 3, ATTR_GROUP = 4, ATTR_LIFE_TYPE = 11, ATTR_LIFE = 12, ATTR_BITS = 14 };
enum { LIFE_SECONDS = 1, LIFE = 28800, TRANSFORM_KEY_IKE = 1, ATTRS = 7, DOI_IPSEC = 1, IDENTITY_ONLY = 1 };
enum { PSK = 1, RSA_SIG = 3 };

/* Ciphers (AES with its bits), hashes and groups, each with each: 24 with the two ways to authenticate. */
static const struct { uint16_t encr, bits; } ciphers[] = { { 7, 256 }, { 7, 128 }, { 5, 0 } };
static const uint16_t hashes[] = { 4, 2 }, groups[] = { 14, 2 }, auths[] = { PSK, RSA_SIG };

enum { COUNT = 3 * 2 * 2 * 2 };

static void put(struct ike_transform *t, uint16_t type, uint16_t value)
{
	t->attr[t->nattr++] = (struct ike_attr){ .type = type, .tv = true, .value = value };
}

static void make_transform(struct ike_transform *t, struct ike_attr *attr, unsigned i)
{
	unsigned cipher = i / 8;

	*t = (struct ike_transform){ .number = (uint8_t)(i + 1), .id = TRANSFORM_KEY_IKE, .attr = attr };
	put(t, ATTR_ENCR, ciphers[cipher].encr);
	if (ciphers[cipher].bits != 0)
		put(t, ATTR_BITS, ciphers[cipher].bits);
	put(t, ATTR_HASH, hashes[i / 4 % 2]);
	put(t, ATTR_GROUP, groups[i / 2 % 2]);
	put(t, ATTR_AUTH, auths[i % 2]);
	put(t, ATTR_LIFE_TYPE, LIFE_SECONDS);
	put(t, ATTR_LIFE, LIFE);
}

int probe_make_v1(struct probe *p, struct err *e)
{
	struct ike_message m = { .hdr = { .spi_i = p->spi, .version = IKE_V1, .exchange = IKE_X_MAIN } };
	struct wr w = wr_of(p->out, sizeof p->out);
	struct ike_transform transform[COUNT];
	struct ike_attr attr[COUNT][ATTRS];
	struct ike_proposal proposal = { .number = 1, .protocol = IKE_PROTO_IKE, .transform = transform, .ntransform = COUNT };
	struct ike_payload sa = { .version = IKE_V1, .type = IKE_V1_P_SA, .decoded = true,
		.sa = { .doi = DOI_IPSEC, .situation = IDENTITY_ONLY, .proposal = &proposal, .nproposal = 1 } };

	for (unsigned i = 0; i < COUNT; i++)
		make_transform(&transform[i], attr[i], i);
	m.payloads = (struct ike_payloads){ .payload = &sa, .n = 1 };
	if (ike_message_encode(&m, &w, e) < 0)
		return -1;
	p->nout = w.n;
	return 0;
}

void probe_take_v1(struct probe *p, const struct ike_message *m)
{
	const struct ike_payload *sa = ike_payload_find(&m->payloads, IKE_V1_P_SA);
	const struct ike_payload *n = ike_payload_find(&m->payloads, IKE_V1_P_NOTIFY);
	struct probe_result *r = &p->r;
	struct offers os = { 0 };
	struct mem mem;
	struct err e;

	r->v1 = PROBE_YES;
	for (unsigned i = 0; i < m->payloads.n; i++) {
		const struct ike_payload *x = &m->payloads.payload[i];

		if (x->type == IKE_V1_P_VENDOR && x->decoded)
			probe_take_vendor(r, x->vendor.data);
	}
	if (sa == NULL || !sa->decoded) {
		r->v1_notify = n != NULL && n->decoded ? n->notify.type : 0;
		return;
	}
	mem_init(&mem, 1 << 16);
	if (offers_of_payload(&os, sa, &mem, &e) == 0 && os.n > 0) {
		r->v1_suite = os.offer[0];
		r->v1_auth = os.offer[0].v1_auth;
	}
	mem_clear(&mem);
}
