#include "crypto/cert_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/secret.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* Files of tests/certs: OpenSSL's (make.sh) and strongSwan's. */
static int read_with(struct cert_set *s, const char *name, const struct passphrase *ask, struct err *e)
{
	char path[128];
	uint8_t *p = malloc(1 << 16);
	FILE *f;
	size_t n;
	int rc;

	snprintf(path, sizeof path, "tests/certs/%s", name);
	cr_assert((f = fopen(path, "rb")) != NULL, "%s", path);
	n = fread(p, 1, 1 << 16, f);
	fclose(f);
	rc = cert_set_read(s, (struct span){ p, n }, ask, e);
	free(p);
	return rc;
}

static void read_file(struct cert_set *s, const char *name)
{
	struct err e;

	cr_assert_geq(read_with(s, name, NULL, &e), 1, "%s: %s", name, e.text);
}

static bool says(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* As "openssl x509 -text" shows it. */
Test(cert, fields)
{
	struct cert_set s = { 0 };
	const struct cert_fields *f;
	static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	struct err e;

	read_file(&s, "gw.pem");
	f = cert_fields(s.cert[0]);
	cr_expect(says(f->subject, "C=CH, O=Test, OU=\"a+b\", CN=gw, emailAddress=me@example.org"), "%.*s",
	    (int)f->subject.n, f->subject.p);
	cr_expect(says(f->issuer, "C=CH, O=Test, CN=Sub"));
	cr_expect(says(f->signature, "ecdsa-sha2-256"));
	cr_expect_str_eq(f->key.type, "ecdsa");
	cr_expect_str_eq(f->key.curve, "secp256r1");
	cr_expect_eq(f->key.bits, 256);
	cr_expect(f->key_usable && !f->key.has_private && cert_key(s.cert[0], &e) != NULL);
	cr_expect(f->has_constraints && !f->ca && f->path_len == -1);
	cr_expect(f->has_usage && f->usage == CERT_DIGITAL_SIGNATURE);
	cr_expect_eq(f->version, 3);
	cr_expect_eq(f->n_purpose, 4);
	cr_expect(says(f->purpose[0], "serverAuth") && says(f->purpose[1], "ipsecIKE") &&
	    says(f->purpose[2], "ikeIntermediate") && says(f->purpose[3], "1.2.3.4"));
	cr_assert_eq(f->n_name, 8);
	cr_expect(f->name[0].kind == CERT_DNS && says(f->name[0].value, "gw.example.org"));
	cr_expect(f->name[2].kind == CERT_EMAIL && says(f->name[2].value, "Me@Example.org"));
	cr_expect(f->name[3].kind == CERT_IP && f->name[3].value.n == 4);
	cr_expect(f->name[4].kind == CERT_IP && f->name[4].value.n == 16 && memcmp(f->name[4].value.p, v6, 16) == 0);
	cr_expect(f->name[5].kind == CERT_URI && says(f->name[5].value, "ike://gw"));
	cr_expect(f->name[6].kind == CERT_DN && f->name[7].kind == CERT_OTHER);
	cr_expect_eq(f->n_crl_url, 2);
	cr_expect(says(f->crl_url[0], "http://crl.example/one"));
	cr_expect(f->subject_key_id.n == 20 && f->authority_key_id.n == 20 && f->has_id);
	cr_expect_eq(f->not_after - f->not_before, 20000LL * 86400);
	cert_set_clear(&s);
}

Test(cert, a_key_that_is_not_used)
{
	struct cert_set s = { 0 };
	struct err e = { 0 };

	read_file(&s, "explicit.pem");
	cr_expect(!cert_fields(s.cert[0])->key_usable && cert_fields(s.cert[0])->has_id);
	cr_expect(cert_key(s.cert[0], &e) == NULL);
	cr_expect_str_eq(e.text, "the curve of an EC key is given by its parameters, wanted a name");
	cert_set_clear(&s);
}

static const struct { unsigned type; const char *id; size_t n; bool named; } ids[] = {
	{ CERT_ID_FQDN, "gw.example.org", 14, true }, { CERT_ID_FQDN, "GW.example.ORG", 14, true },
	{ CERT_ID_FQDN, "gw.example.or", 13, false }, { CERT_ID_FQDN, "x.wild.example", 14, false },
	{ CERT_ID_FQDN, "gw.example.org\0", 15, false }, { CERT_ID_FQDN, "gw", 2, false }, { CERT_ID_FQDN, "", 0, false },
	{ CERT_ID_RFC822, "Me@example.ORG", 14, true }, { CERT_ID_RFC822, "me@Example.org", 14, false },
	{ CERT_ID_RFC822, "me@example.org", 14, false }, { CERT_ID_FQDN, "Me@Example.org", 14, false },
	{ CERT_ID_IPV4, "\xc0\x00\x02\x01", 4, true }, { CERT_ID_IPV4, "\xc0\x00\x02\x02", 4, false },
	{ CERT_ID_IPV6, "\xc0\x00\x02\x01", 4, false },
	{ CERT_ID_IPV6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, true },
	{ CERT_ID_GN, "\x87\x04\xc0\x00\x02\x01", 6, true }, { CERT_ID_GN, "\x87\x04\xc0\x00\x02\x02", 6, false },
	{ CERT_ID_KEY_ID, "x", 1, false }, { 13, "", 0, false }, { 200, "gw.example.org", 14, false },
};

Test(cert, whom_it_names)
{
	struct cert_set s = { 0 };
	const struct cert_fields *f;
	uint8_t der[256];
	struct err e;
	int n;

	read_file(&s, "gw.pem");
	f = cert_fields(s.cert[0]);
	for (size_t i = 0; i < COUNT(ids); i++)
		cr_expect_eq(cert_names(s.cert[0], ids[i].type, (struct span){ (const uint8_t *)ids[i].id, ids[i].n }),
		    ids[i].named, "row %zu", i);
	cr_expect(cert_names(s.cert[0], CERT_ID_DN, f->subject_der) && !cert_names(s.cert[0], CERT_ID_DN, f->issuer_der));
	cr_expect(cert_names(s.cert[0], CERT_ID_KEY_ID, f->subject_key_id));
	cr_expect(cert_names(s.cert[0], CERT_ID_KEY_ID, (struct span){ f->id, sizeof f->id }));
	/* RFC 5280 7.1: other string types, other case */
	n = dn_parse("C=CH,O=test,OU=\"a+b\",CN=GW,E=me@example.org", der, sizeof der, &e);
	cr_assert_gt(n, 0, "%s", e.text);
	cr_expect(cert_names(s.cert[0], CERT_ID_DN, (struct span){ der, (size_t)n }));
	n = dn_parse("/C=CH/O=test/OU=a\\+b/CN=other", der, sizeof der, &e);
	cr_expect(n > 0 && !cert_names(s.cert[0], CERT_ID_DN, (struct span){ der, (size_t)n }));
	cert_set_clear(&s);
}

static const struct { const char *text, *back; } dns[] = {
	{ "C=CH, O=Example, CN=gw", "C=CH, O=Example, CN=gw" },
	{ "/C=CH/O=A, B/CN=gw", "C=CH, O=\"A, B\", CN=gw" },
	{ "O=\"A, \\\"B\\\"\" , CN=x\\,y", "O=\"A, \\\"B\\\"\", CN=\"x,y\"" },
	{ "CN = spaced out ", "CN=spaced out" },
	{ "E=a@b,DC=org,1.2.3.4=z", "emailAddress=a@b, DC=org, 1.2.3.4=z" },
	{ "CN=\xc3\xa9", "CN=\xc3\xa9" },
	{ "CN", NULL }, { "", NULL }, { "=x", NULL }, { "CN=", NULL }, { "XX=y", NULL }, { "C=Switzerland", NULL },
	{ "CN=\"open", "CN=open" }, { "CN=\"a\"b", NULL },
};

Test(cert, distinguished_names)
{
	for (size_t i = 0; i < COUNT(dns); i++) {
		uint8_t der[512];
		char out[DN_TEXT];
		struct err e;
		int n = dn_parse(dns[i].text, der, sizeof der, &e);

		cr_assert_eq(n > 0, dns[i].back != NULL, "%s", dns[i].text);
		if (n <= 0)
			continue;
		n = dn_format((struct span){ der, (size_t)n }, out, &e);
		cr_expect(n == (int)strlen(dns[i].back) && memcmp(out, dns[i].back, (size_t)n) == 0, "%.*s", n, out);
	}
}

enum { NOW = 1 };			/* a day after they were made */

/* leaf, others and anchors by file, with what openssl verify says of them. */
static const struct { const char *leaf, *others[3], *anchors[3]; int64_t days; bool need_crl; enum cert_trust trust;
    unsigned depth; } chains[] = {
	{ "gw.pem", { "sub.pem" }, { "ca.pem" }, NOW, false, CERT_TRUSTED, 0 },
	{ "gw.pem", { NULL }, { "sub.pem" }, NOW, false, CERT_TRUSTED, 0 },	/* an anchor that is not self-signed */
	{ "gw.pem", { NULL }, { "gw.pem" }, NOW, false, CERT_TRUSTED, 0 },	/* itself */
	{ "gw.pem", { NULL }, { "ca.pem" }, NOW, false, CERT_NO_ANCHOR, 0 },
	{ "gw.pem", { "sub.pem", "ca.pem" }, { "rsaca.pem" }, NOW, false, CERT_NO_ANCHOR, 2 },
	{ "gw.pem", { "sub.pem", "ca.pem" }, { NULL }, NOW, false, CERT_NO_ANCHOR, 2 },
	{ "gw.pem", { "sub.pem" }, { "ca.pem" }, 20001, false, CERT_EXPIRED, 2 },
	{ "gw.pem", { "sub.pem" }, { "ca.pem" }, -1, false, CERT_NOT_YET_VALID, 2 },
	{ "leaf.pem", { "plain.pem" }, { "ca.pem" }, NOW, false, CERT_NOT_CA, 1 },
	{ "agree.pem", { NULL }, { "ca.pem" }, NOW, false, CERT_BAD_USAGE, 0 },
	{ "md5.pem", { NULL }, { "rsaca.pem" }, NOW, false, CERT_WEAK, 0 },
	{ "revoked.pem", { "sub.pem" }, { "ca.pem" }, NOW, false, CERT_TRUSTED, 0 },
	{ "revoked.pem", { "sub.pem" }, { "ca.pem", "sub.crl" }, NOW, false, CERT_REVOKED, 0 },
	{ "revoked.pem", { "sub.pem", "sub.crl" }, { "ca.pem" }, NOW, false, CERT_REVOKED, 0 },
	{ "gw.pem", { "sub.pem" }, { "ca.pem", "sub.crl" }, NOW, false, CERT_TRUSTED, 0 },
	{ "gw.pem", { "sub.pem" }, { "ca.pem", "sub.crl" }, NOW, true, CERT_NO_CRL, 1 },
	{ "gw.pem", { "sub.pem" }, { "ca.pem", "old.crl" }, NOW, false, CERT_BAD_CRL, 0 },
	{ "chain-i.pem", { "chain-sub-ca.pem" }, { "chain-rsa-ca.pem" }, NOW, false, CERT_TRUSTED, 0 },
	{ "ed-i.pem", { "ed-i.pem" }, { "chain-rsa-ca.pem" }, NOW, false, CERT_NO_ANCHOR, 0 },
};

Test(cert, chains)
{
	struct cert_set made = { 0 };
	int64_t begin;

	read_file(&made, "gw.pem");
	begin = cert_fields(made.cert[0])->not_before;
	for (size_t i = 0; i < COUNT(chains); i++) {
		struct cert_set leaf = { 0 }, others = { 0 }, anchors = { 0 };
		struct cert_policy policy = { .when = begin + chains[i].days * 86400, .need_crl = chains[i].need_crl };
		struct cert_verdict v;
		struct err e;

		read_file(&leaf, chains[i].leaf);
		for (size_t k = 0; k < 3; k++) {
			if (chains[i].others[k] != NULL)
				read_file(&others, chains[i].others[k]);
			if (chains[i].anchors[k] != NULL)
				read_file(&anchors, chains[i].anchors[k]);
		}
		cr_assert_eq(cert_check(&v, leaf.cert[0], &others, &anchors, &policy, &e), 0, "%s", e.text);
		cr_expect_eq(v.trust, chains[i].trust, "row %zu: %s", i, v.why);
		cr_expect_eq(v.depth, chains[i].depth, "row %zu: %u", i, v.depth);
		cr_expect(v.trust == CERT_TRUSTED || v.n_subject > 0, "row %zu", i);
		policy.any_time = true;
		cr_assert_eq(cert_check(&v, leaf.cert[0], &others, &anchors, &policy, &e), 0);
		cr_expect_eq(v.trust, chains[i].trust == CERT_EXPIRED || chains[i].trust == CERT_NOT_YET_VALID ||
		    chains[i].trust == CERT_BAD_CRL ? CERT_TRUSTED : chains[i].trust, "row %zu: %s", i, v.why);
		cert_set_clear(&leaf);
		cert_set_clear(&others);
		cert_set_clear(&anchors);
	}
	cert_set_clear(&made);
}

/* A certificate whose signature is another's, one bit changed. */
Test(cert, a_bit_of_the_signature)
{
	struct cert_set s = { 0 }, anchors = { 0 };
	struct cert_policy policy = { .any_time = true };
	struct cert_verdict v;
	struct span der;
	uint8_t copy[2048];
	struct err e;

	read_file(&s, "gw.pem");
	read_file(&anchors, "sub.pem");
	der = cert_fields(s.cert[0])->der;
	memcpy(copy, der.p, der.n);
	copy[der.n - 1] ^= 1;
	cr_assert_eq(cert_set_add(&s, cert_decode((struct span){ copy, der.n }, &e), &e), 0);
	cr_assert_eq(cert_check(&v, s.cert[1], NULL, &anchors, &policy, &e), 0);
	cr_expect_eq(v.trust, CERT_BAD_SIGNATURE, "%s", v.why);
	cr_expect_str_eq(cert_trust_name(v.trust), "bad-signature");
	cert_set_clear(&s);
	cert_set_clear(&anchors);
}

static int ask(void *arg, char *out, size_t room, struct err *e)
{
	const char *pass = arg;

	(void)e;
	cr_assert_lt(strlen(pass), room);
	memcpy(out, pass, strlen(pass));
	return (int)strlen(pass);
}

static const struct { const char *file, *pass; size_t ncert, nkey, ncrl; const char *why; } archives[] = {
	{ "aes.p12", "secret", 2, 1, 0, NULL }, { "rc2.p12", "secret", 2, 1, 0, NULL },
	{ "empty.p12", "", 1, 1, 0, NULL }, { "clear.p12", "", 1, 1, 0, NULL },
	{ "many.p12", "secret", 1, 1, 0, NULL }, { "bundle.p7", NULL, 2, 0, 1, NULL },
	{ "aes.p12", "Secret", 0, 0, 0, "a PKCS#12 archive that does not open: the passphrase is another one" },
	{ "aes.p12", NULL, 0, 0, 0, "encrypted, and there is no passphrase" },
	{ "rounds.p12", "secret", 0, 0, 0, "encrypted with 3000000 rounds of key derivation, wanted up to 2000000" },
	{ "ed-i.pub", NULL, 0, 1, 0, NULL }, { "ed-i.key", NULL, 0, 1, 0, NULL }, { "sub.crl", NULL, 0, 0, 1, NULL },
	{ "explicit.key", NULL, 0, 0, 0, "the curve of an EC key is given by its parameters, wanted a name" },
	{ "make.sh", NULL, 0, 0, 0, "neither PEM nor DER of a certificate, CRL, key or archive" },
};

Test(cert_set, files)
{
	struct err e;

	for (size_t i = 0; i < COUNT(archives); i++) {
		struct cert_set s = { 0 };
		struct passphrase from = { ask, (void *)archives[i].pass };
		int rc = read_with(&s, archives[i].file, archives[i].pass != NULL ? &from : NULL, &e);

		cr_expect_eq(rc < 0, archives[i].why != NULL, "%s: %s", archives[i].file, e.text);
		if (rc < 0)
			cr_expect_str_eq(e.text, archives[i].why != NULL ? archives[i].why : "");
		cr_expect(s.ncert == archives[i].ncert && s.nkey == archives[i].nkey && s.ncrl == archives[i].ncrl,
		    "%s: %zu, %zu, %zu", archives[i].file, s.ncert, s.nkey, s.ncrl);
		if (s.ncert > 0 && s.nkey > 0)
			cr_expect(cert_set_of_key(&s, s.key[0]) != NULL, "%s", archives[i].file);
		cert_set_clear(&s);
	}
}

Test(cert_set, payloads)
{
	static const uint8_t url[] = "01234567890123456789http://certs.example/1";
	struct cert_set s = { 0 }, got = { 0 };
	struct cert_url u;
	struct span der;
	uint8_t spki[512];
	struct err e;
	int n;

	read_file(&s, "gw.pem");
	read_file(&s, "sub.crl");
	der = cert_fields(s.cert[0])->der;
	cr_expect_eq(cert_set_add_payload(&got, CERT_X509, der, &u, &e), 1);
	cr_expect(memcmp(cert_fields(got.cert[0])->sha1, cert_fields(s.cert[0])->sha1, 20) == 0);
	cr_expect_eq(cert_set_add_payload(&got, CERT_CRL, crl_fields(s.crl[0])->der, &u, &e), 1);
	cr_expect_eq(crl_fields(got.crl[0])->n_revoked, 1);
	cr_expect(says(crl_fields(got.crl[0])->issuer, "C=CH, O=Test, CN=Sub"));
	n = pkey_spki(cert_key(s.cert[0], &e), spki, sizeof spki, &e);
	cr_assert_gt(n, 0);
	cr_expect_eq(cert_set_add_payload(&got, CERT_RAW_KEY, (struct span){ spki, (size_t)n }, &u, &e), 1);
	cr_expect(pkey_eq(got.key[0], cert_key(s.cert[0], &e)));
	cr_expect_eq(cert_set_add_payload(&got, CERT_HASH_URL, (struct span){ url, sizeof url - 1 }, &u, &e), 0);
	cr_expect(says(u.url, "http://certs.example/1") && u.sha1.n == 20);
	cr_expect_eq(cert_set_add_payload(&got, CERT_HASH_URL, (struct span){ url, 20 }, &u, &e), -1);
	cr_expect_eq(cert_set_add_payload(&got, CERT_X509, (struct span){ der.p, der.n - 1 }, &u, &e), -1);
	cr_expect_eq(cert_set_add_payload(&got, 6, der, &u, &e), -1);
	cr_expect_eq(got.ncert, 1);
	cert_set_clear(&s);
	cert_set_clear(&got);
}
