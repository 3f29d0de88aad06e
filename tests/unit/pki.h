/*
 * pki.h - certificates made as a test runs: from a seed, so the same each time, valid from 2020 to 2049.
 */
#ifndef TESTS_UNIT_PKI_H
#define TESTS_UNIT_PKI_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/cert_make.h"
#include "crypto/rng.h"

enum { PKI_FROM = 1577836800, PKI_TO = 2493072000, PKI_NOW = 1800000000 };

struct pki_plan {
	const char *cn, *san, *purpose, *type;	/* san, purpose NULL: none; type NULL: ed25519 */
	const char *curve;			/* of ecdsa; NULL: secp256r1 */
	bool ca;
	int64_t from, to;			/* 0: PKI_FROM, PKI_TO */
};

static inline void pki_want(bool ok, const struct err *e)
{
	if (!ok) {
		fprintf(stderr, "pki: %s\n", e->text);
		abort();
	}
}

/* A new key and its certificate into set; issuer NULL: self-signed, else its first certificate and key sign. */
static inline void pki_add(struct cert_set *set, const struct pki_plan *want, const struct cert_set *issuer)
{
	struct err e = { .text = "" };
	struct cert_plan p = {
		.ca = want->ca, .path_len = -1, .not_before = want->from != 0 ? want->from : PKI_FROM, .not_after = want->to != 0 ? want->to : PKI_TO,
	};
	uint8_t dn[256], room[256];
	const char *type = want->type != NULL ? want->type : "ed25519";
	struct pkey *key;
	struct cert *c;
	struct rng rng;
	char text[128];
	int n;

	snprintf(text, sizeof text, "CN=%s", want->cn);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)text, strlen(text) }, "pki");
	pki_want((n = dn_parse(text, dn, sizeof dn, &e)) > 0, &e);
	p.subject = (struct span){ dn, (size_t)n };
	if (want->san != NULL) {
		pki_want(cert_name_parse(&p.name[0], want->san, room, sizeof room, &e) == 0, &e);
		p.n_name = 1;
	}
	if (want->purpose != NULL) {
		p.purpose[0] = cert_purpose_by_name(want->purpose);
		p.n_purpose = 1;
		pki_want(p.purpose[0] != NULL, &e);
	}
	key = pkey_make(type, 2048, strcmp(type, "ecdsa") != 0 ? NULL : want->curve != NULL ? want->curve : "secp256r1", &rng, &e);
	pki_want(key != NULL, &e);
	p.key = key;
	p.rng = &rng;
	if (issuer != NULL) {
		p.issuer = issuer->cert[0];
		p.issuer_key = issuer->key[0];
	}
	pki_want((c = cert_make(&p, &e)) != NULL, &e);
	pki_want(cert_set_add(set, c, &e) == 0 && cert_set_add_key(set, key, &e) == 0, &e);
}

/* A certificate alone, of another set. */
static inline void pki_copy(struct cert_set *set, const struct cert *from)
{
	struct err e = { .text = "" };
	struct cert *c = cert_decode(cert_fields(from)->der, &e);

	pki_want(c != NULL && cert_set_add(set, c, &e) == 0, &e);
}

#endif
