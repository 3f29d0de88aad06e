/* What a CERT payload holds, where it is one certificate or key (RFC 7296 3.6, RFC 7670). */
#include "crypto/cert.h"
#include "crypto/pkey.h"
#include "ike/payload/row.h"

enum { BILLION = 1000000000 };

static void time_show(struct out *o, const char *key, int64_t seconds)
{
	char text[TIME_TEXT];

	if (seconds > INT64_MIN / BILLION && seconds < INT64_MAX / BILLION)
		out_name(o, key, time_format(text, seconds * BILLION));
}

static void key_show(struct out *o, const struct pkey_info *k)
{
	out_name(o, "key", k->type);
	if (k->curve != NULL)
		out_name(o, "curve", k->curve);
	out_number(o, "key_bits", k->bits);
}

static void name_show(struct out *o, const struct cert_name *name)
{
	struct addr a = { .family = name->value.n == 4 ? 4 : 6 };

	switch (name->kind) {
	case CERT_DNS:
	case CERT_EMAIL:
	case CERT_URI:
		out_span(o, NULL, name->value);
		break;
	case CERT_DN:
		ike_show_dn(o, NULL, NULL, name->value);
		break;
	case CERT_IP:
		if (name->value.n != addr_len(&a)) {
			out_bytes(o, NULL, name->value);
			break;
		}
		memcpy(a.b, name->value.p, name->value.n);
		ike_show_addr(o, NULL, &a);
		break;
	default:
		out_bytes(o, NULL, name->value);
	}
}

static void fields_show(struct out *o, const struct cert_fields *f)
{
	out_object(o, "x509");
	out_span(o, "subject", f->subject);
	out_span(o, "issuer", f->issuer);
	out_bytes(o, "serial", f->serial);
	time_show(o, "not_before", f->not_before);
	time_show(o, "not_after", f->not_after);
	if (f->key_usable)
		key_show(o, &f->key);
	out_span(o, "signed_with", f->signature);
	if (f->has_constraints)
		out_flag(o, "ca", f->ca);
	if (f->n_name > 0) {
		out_list(o, "names");
		for (size_t i = 0; i < f->n_name && i < CERT_NAMES; i++)
			name_show(o, &f->name[i]);
		out_end(o);
	}
	out_end(o);
}

void ike_cert_show(struct out *o, uint8_t encoding, struct span der)
{
	struct cert *c = NULL;
	struct pkey *k = NULL;
	struct pkey_info info;
	struct err e;

	if (encoding == IKE_CERT_X509)
		c = cert_decode(der, &e);
	else if (encoding == IKE_CERT_RAW_KEY)
		k = pkey_from_spki(der, &e);
	else if (encoding == IKE_CERT_RAW_RSA)
		k = pkey_from_rsa(der, &e);
	else
		return;
	if (c != NULL) {
		fields_show(o, cert_fields(c));
	} else if (k != NULL) {
		info = pkey_info(k);
		key_show(o, &info);
	} else {
		out_text(o, "unreadable", e.text);
	}
	cert_free(c);
	pkey_free(k);
}
