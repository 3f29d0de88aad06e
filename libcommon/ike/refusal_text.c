/* Identities, selectors and certificates in a few words. */
#include <stdio.h>
#include <string.h>

#include "crypto/cert.h"
#include "ike/refusal_priv.h"
#include "ike/ts.h"

void refusal_id_format(char out[REFUSAL_WORDS], const struct pl_id *id)
{
	char dn[DN_TEXT], text[ADDR_TEXT];
	struct addr a = { 0 };
	struct err e;
	int n;

	if ((id->type == IKE_ID_IPV4_ADDR && id->data.n == 4) ||
	    (id->type == IKE_ID_IPV6_ADDR && id->data.n == 16)) {
		a.family = id->data.n == 4 ? 4 : 6;
		memcpy(a.b, id->data.p, id->data.n);
		snprintf(out, REFUSAL_WORDS, "%s", addr_format(text, &a));
	} else if (id->type == IKE_ID_DER_ASN1_DN && (n = dn_format(id->data, dn, &e)) >= 0) {
		snprintf(out, REFUSAL_WORDS, "%.*s", n < 250 ? n : 250, dn);
	} else if ((id->type == IKE_ID_FQDN || id->type == IKE_ID_RFC822_ADDR || id->type == IKE_ID_KEY_ID) &&
	    id->data.n > 0) {
		snprintf(out, REFUSAL_WORDS, "%.*s", id->data.n < 250 ? (int)id->data.n : 250,
		    (const char *)id->data.p);
	} else {
		snprintf(out, REFUSAL_WORDS, "of type %u", id->type);
	}
}

void refusal_ts_append(char out[REFUSAL_WORDS], const struct pl_ts *ts)
{
	ts_append(out, REFUSAL_WORDS, ts);
}

void refusal_take_cert(
    struct refusal_who *w, const struct pl_cert *payload, const struct pl_id *id, int64_t ns)
{
	struct err e;
	struct cert *c;
	const struct cert_fields *f;

	if (w->has_cert || payload->encoding != IKE_CERT_X509 || (c = cert_decode(payload->data, &e)) == NULL)
		return;
	f = cert_fields(c);
	w->has_cert = true; /* the first is the end's own, RFC 7296 3.6 */
	w->cert_late = ns / 1000000000 > f->not_after;
	w->cert_early = ns / 1000000000 < f->not_before;
	w->cert_names = id == NULL || cert_names(c, id->type, id->data);
	snprintf(w->cert, sizeof w->cert, "\"%.*s\" of \"%.*s\"",
	    f->subject.n < 120 ? (int)f->subject.n : 120, (const char *)f->subject.p,
	    f->issuer.n < 120 ? (int)f->issuer.n : 120, (const char *)f->issuer.p);
	cert_free(c);
}

void refusal_v1_id_append(char out[REFUSAL_WORDS], const struct pl_id *id)
{
	struct ike_ts t = { .first_port = id->port,
		.last_port = id->port != 0 ? id->port : UINT16_MAX,
		.protocol = id->protocol };
	struct pl_ts ts = { .ts = &t, .nts = 1 };
	size_t n = id->data.n, len = n == 8 ? 4 : n == 32 ? 16 : n;
	bool subnet = id->type == IKE_ID_IPV4_ADDR_SUBNET || id->type == IKE_ID_IPV6_ADDR_SUBNET;

	if (len == 4 || len == 16) {
		t.first.family = t.last.family = len == 4 ? 4 : 6;
		memcpy(t.first.b, id->data.p, len);
		memcpy(t.last.b, n > len && !subnet ? id->data.p + len : id->data.p, len);
		for (size_t i = 0; subnet && n > len && i < len; i++) {
			t.first.b[i] &= id->data.p[len + i];
			t.last.b[i] = (uint8_t)(t.first.b[i] | (uint8_t)~id->data.p[len + i]);
		}
	}
	refusal_ts_append(out, &ts);
}
