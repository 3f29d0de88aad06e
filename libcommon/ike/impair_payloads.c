#include <string.h>

#include "ike/impair_priv.h"

enum { RESERVED_FLAGS = 0xff & ~(IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE), RESERVED = 0x7f };

void ike_impair_payloads(struct ike_impair *im, struct ike_hdr *h, struct build *b)
{
	const struct ike_hdr was = *h;		/* that which faults are asked for by */

	for (unsigned i = 0; im != NULL && i < im->n; i++)
		if (impair_hits(&im->fault[i], IKE_IMPAIR_PAYLOADS, &was))
			im->fault[i].kind->payloads(&im->fault[i], h, b);
}

bool impair_names(const struct impair_fault *f, const struct ike_payload *p)
{
	if (p->type != f->payload)
		return false;
	for (unsigned i = 0; p->decoded && i < f->nnotify; i++)
		if (p->notify.type == f->notify[i])
			return true;
	return f->nnotify == 0;
}

uint8_t *impair_octets(struct build *b, size_t n)
{
	uint8_t *p = mem_new(&b->mem, n);

	if (p == NULL)
		b->bad = true;
	return p;
}

void impair_message_id(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)b;
	h->message_id += (uint32_t)f->number;
}

void impair_spi(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)b;
	*((h->flags & IKE_FLAG_INITIATOR) ? &h->spi_r : &h->spi_i) += f->number;
}

void impair_version(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)b;
	h->version = (uint8_t)(f->number << 4 | (h->version & 0x0f));
}

void impair_minor(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)b;
	h->version = (uint8_t)((h->version & 0xf0) | f->number);
}

void impair_exchange(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)b;
	h->exchange = (uint8_t)f->number;
}

void impair_flag_initiator(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)f;
	(void)b;
	h->flags ^= IKE_FLAG_INITIATOR;
}

void impair_flag_response(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)f;
	(void)b;
	h->flags ^= IKE_FLAG_RESPONSE;
}

static void reserved_sa(struct pl_sa *sa)
{
	for (unsigned i = 0; i < sa->nproposal; i++) {
		sa->proposal[i].reserved = 0xff;
		for (unsigned k = 0; k < sa->proposal[i].ntransform; k++)
			sa->proposal[i].transform[k].reserved = sa->proposal[i].transform[k].head_reserved = 0xff;
	}
}

/* All but those of identities, which are signed (RFC 7296 2.15). */
void impair_reserved(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)f;
	h->flags |= RESERVED_FLAGS;
	for (unsigned i = 0; i < b->n; i++) {
		struct ike_payload *p = &b->payload[i];

		p->reserved = RESERVED;
		switch (p->decoded ? p->type : IKE_P_NONE) {
		case IKE_P_SA:
			reserved_sa(&p->sa);
			break;
		case IKE_P_KE:
			p->ke.reserved = UINT16_MAX;
			break;
		case IKE_P_AUTH:
			memset(p->auth.reserved, 0xff, sizeof p->auth.reserved);
			break;
		case IKE_P_TSI: case IKE_P_TSR:
			memset(p->ts.reserved, 0xff, sizeof p->ts.reserved);
			break;
		case IKE_P_CP:
			memset(p->cp.reserved, 0xff, sizeof p->cp.reserved);
			break;
		}
	}
}

static struct ike_payload *add(struct build *b, uint8_t type)
{
	struct ike_payload *p;

	if (b->n == BUILD_PAYLOADS) {
		b->bad = true;
		return NULL;
	}
	p = &b->payload[b->n++];
	*p = (struct ike_payload){ .version = IKE_V2, .type = type };
	return p;
}

static void add_body(struct build *b, uint8_t type, bool critical, const char *text)
{
	struct ike_payload *p = add(b, type);
	size_t n = strlen(text);
	uint8_t *body = p != NULL ? impair_octets(b, n) : NULL;

	if (body == NULL)
		return;
	memcpy(body, text, n);
	p->critical = critical;
	p->body = (struct span){ body, n };
}

void impair_critical(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)h;
	add_body(b, (uint8_t)f->number, true, "impaired");
}

void impair_unknown(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)h;
	add_body(b, (uint8_t)f->number, false, "impaired");
}

void impair_add_vendor(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)h;
	add_body(b, IKE_P_VENDOR, false, f->text[0] != '\0' ? f->text : "impaired by ipsec-ike");
}

void impair_add_notify(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	struct ike_payload *p = add(b, IKE_P_NOTIFY);

	(void)h;
	if (p == NULL)
		return;
	p->decoded = true;
	p->notify.type = f->notify[0];
}

void impair_omit(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	unsigned n = 0;

	(void)h;
	for (unsigned i = 0; i < b->n; i++)
		if (!impair_names(f, &b->payload[i]))
			b->payload[n++] = b->payload[i];
	b->n = n;
}

/* The first one of that name; its copy stands behind it. */
void impair_twice(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)h;
	for (unsigned i = 0; i < b->n; i++) {
		if (!impair_names(f, &b->payload[i]))
			continue;
		if (b->n == BUILD_PAYLOADS) {
			b->bad = true;
			return;
		}
		memmove(&b->payload[i + 1], &b->payload[i], (b->n - i) * sizeof b->payload[0]);
		b->n++;
		return;
	}
}

void impair_reverse(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)f;
	(void)h;
	for (unsigned i = 0, k = b->n; i + 1 < k; i++) {
		struct ike_payload p = b->payload[i];

		b->payload[i] = b->payload[--k];
		b->payload[k] = p;
	}
}

void impair_critical_known(const struct impair_fault *f, struct ike_hdr *h, struct build *b)
{
	(void)f;
	(void)h;
	for (unsigned i = 0; i < b->n; i++)
		b->payload[i].critical = true;
}
