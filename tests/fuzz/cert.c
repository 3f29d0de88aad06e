/*
 * The content of a CERT payload: its encoding, then its data.  Whatever is read must show, be checked and
 * come out of its own bytes again.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/cert_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void walk(const struct span s, volatile unsigned *sum)
{
	for (size_t i = 0; i < s.n; i++)
		*sum += s.p[i];
}

static void look(const struct cert *c, volatile unsigned *sum)
{
	const struct cert_fields *f = cert_fields(c);
	struct err e;

	walk(f->der, sum);
	walk(f->subject, sum);
	walk(f->issuer, sum);
	walk(f->serial, sum);
	walk(f->signature, sum);
	walk(f->subject_key_id, sum);
	walk(f->authority_key_id, sum);
	for (size_t i = 0; i < f->n_name && i < CERT_NAMES; i++) {
		walk(f->name[i].value, sum);
		cert_names(c, CERT_ID_FQDN, f->name[i].value);
		cert_names(c, CERT_ID_RFC822, f->name[i].value);
	}
	for (size_t i = 0; i < f->n_purpose && i < CERT_PURPOSES; i++)
		walk(f->purpose[i], sum);
	for (size_t i = 0; i < f->n_crl_url && i < CERT_URLS; i++)
		walk(f->crl_url[i], sum);
	cert_names(c, CERT_ID_DN, f->subject_der);
	if ((cert_key(c, &e) != NULL) != f->key_usable)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cert_policy policy = { .when = 1800000000 };
	struct cert_set s = { 0 }, none = { 0 };
	struct cert_verdict v;
	struct cert_url url;
	volatile unsigned sum = 0;
	struct err e;
	uint8_t *copy;

	if (n == 0 || (copy = malloc(n)) == NULL)
		return 0;
	memcpy(copy, p, n);
	if (cert_set_add_payload(&s, copy[0], (struct span){ copy + 1, n - 1 }, &url, &e) < 0) {
		char dn[DN_TEXT];

		dn_format((struct span){ copy + 1, n - 1 }, dn, &e);
	} else {
		walk(url.url, &sum);
	}
	for (size_t i = 0; i < s.ncert; i++) {
		struct cert *again = cert_decode(cert_fields(s.cert[i])->der, &e);

		if (again == NULL)
			abort();
		cert_free(again);
		look(s.cert[i], &sum);
		for (unsigned k = 0; k < 2; k++)
			if (cert_check(&v, s.cert[i], &s, k == 0 ? &s : &none, &policy, &e) == 0 &&
			    v.trust == CERT_TRUSTED && k == 1)
				abort();
	}
	for (size_t i = 0; i < s.ncrl; i++)
		walk(crl_fields(s.crl[i])->issuer, &sum);
	cert_set_clear(&s);
	free(copy);
	return 0;
}
