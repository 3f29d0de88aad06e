/* What payloads hold.  A payload that its builder left raw (decoded false) is left alone. */
#include <string.h>

#include "ike/impair_priv.h"

enum { NOBODYS_TRANSFORM = 65000 };		/* RFC 7296 3.3.2: private use */

/* The next decoded payload of this type from *i on, or NULL. */
static struct ike_payload *next(struct build *b, unsigned *i, uint8_t type)
{
	while (*i < b->n) {
		struct ike_payload *p = &b->payload[(*i)++];

		if (p->type == type && p->decoded)
			return p;
	}
	return NULL;
}

/* n octets, as many as there are of s, then zeros. */
static void resize(struct build *b, struct span *s, size_t n)
{
	uint8_t *p = impair_octets(b, n);

	if (p == NULL)
		return;
	if (s->n > 0)
		memcpy(p, s->p, n < s->n ? n : s->n);
	*s = (struct span){ p, n };
}

/* One bit of octet i, or all of all (i == SIZE_MAX). */
static void invert(struct build *b, struct span *s, size_t i)
{
	uint8_t *p = impair_octets(b, s->n);

	if (p == NULL || s->n == 0)
		return;
	for (size_t k = 0; k < s->n; k++)
		p[k] = (uint8_t)(s->p[k] ^ (i == SIZE_MAX ? 0xff : i == k ? 1 : 0));
	s->p = p;
}

void impair_proposal(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)f;
	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_SA)) != NULL;)
		for (unsigned k = 0; k < p->sa.nproposal; k++)
			for (unsigned t = 0; t < p->sa.proposal[k].ntransform; t++)
				p->sa.proposal[k].transform[t].id = NOBODYS_TRANSFORM;
}

void impair_spi_size(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_SA)) != NULL;)
		for (unsigned k = 0; k < p->sa.nproposal; k++)
			resize(b, &p->sa.proposal[k].spi, f->number);
}

void impair_zero_spi(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)f;
	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_SA)) != NULL;)
		for (unsigned k = 0; k < p->sa.nproposal; k++) {
			struct span zero = { NULL, 0 };

			resize(b, &zero, p->sa.proposal[k].spi.n);
			p->sa.proposal[k].spi = zero;
		}
}

void impair_nonce_length(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_NONCE)) != NULL;)
		resize(b, &p->opaque.data, f->number);
}

void impair_ke_length(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_KE)) != NULL;)
		p->ke.value.n -= p->ke.value.n < f->number ? p->ke.value.n : f->number;
}

void impair_zero_ke(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)f;
	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_KE)) != NULL;) {
		struct span zero = { NULL, 0 };

		resize(b, &zero, p->ke.value.n);
		p->ke.value = zero;
	}
}

void impair_ke_group(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_KE)) != NULL;)
		p->ke.group = (uint16_t)f->number;
}

void impair_natd(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)f;
	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_NOTIFY)) != NULL;)
		if (p->notify.type == IKE_N_NAT_DETECTION_SOURCE_IP ||
		    p->notify.type == IKE_N_NAT_DETECTION_DESTINATION_IP)
			invert(b, &p->notify.data, SIZE_MAX);
}

/* Of this end: IDi of who began the IKE SA, else IDr. */
void impair_id(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	const char *text = f->text[0] != '\0' ? f->text : "impaired.example";
	struct ike_payload *p;

	for (unsigned i = 0; (p = next(b, &i, h->flags & IKE_FLAG_INITIATOR ? IKE_P_IDI : IKE_P_IDR)) != NULL;) {
		struct span id = { (const uint8_t *)text, strlen(text) };

		resize(b, &id, id.n);
		p->id.type = IKE_ID_FQDN;
		p->id.data = id;
	}
}

static struct span *signed_part(struct pl_auth *a)
{
	return a->signature.n > 0 ? &a->signature : &a->data;
}

/* The last octet: of signatures in DER, too, that is the number. */
void impair_auth(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)f;
	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_AUTH)) != NULL;)
		invert(b, signed_part(&p->auth), signed_part(&p->auth)->n - 1);
}

void impair_auth_method(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p;

	(void)h;
	for (unsigned i = 0; (p = next(b, &i, IKE_P_AUTH)) != NULL;)
		p->auth.method = (uint8_t)f->number;
}

static void backwards(struct ike_ts *t)
{
	struct addr first = t->first;

	t->first = t->last;
	t->last = first;
	t->first_port = 2;		/* not 65535 to 0, which is OPAQUE (RFC 7296 3.13.1) */
	t->last_port = 1;
}

void impair_ts(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	static const uint8_t types[] = { IKE_P_TSI, IKE_P_TSR };
	struct ike_payload *p;

	(void)f;
	(void)h;
	for (unsigned t = 0; t < 2; t++)
		for (unsigned i = 0; (p = next(b, &i, types[t])) != NULL;)
			for (unsigned k = 0; k < p->ts.nts; k++)
				backwards(&p->ts.ts[k]);
}
