#include "unit/pki.h"

#include <criterion/criterion.h>

#include "base/secret.h"

/* "openssl crl" and "openssl verify -crl_check" judge lists in tests/cli/list; here is what a check makes of them. */
Test(crl_make, fields_and_checks)
{
	struct cert_set ca = { 0 }, peers = { 0 }, anchors = { 0 };
	struct cert_policy policy = { .when = PKI_NOW, .need_crl = true };
	struct cert_verdict v;
	struct crl_plan plan;
	const struct crl_fields *f;
	struct crl *crl;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	pki_add(&ca, &(struct pki_plan){ .cn = "root", .ca = true, .type = "ecdsa" }, NULL);
	pki_add(&peers, &(struct pki_plan){ .cn = "good" }, &ca);
	pki_add(&peers, &(struct pki_plan){ .cn = "bad" }, &ca);
	pki_copy(&anchors, ca.cert[0]);
	plan = (struct crl_plan){ .issuer = ca.cert[0], .issuer_key = ca.key[0],
		.revoked = (const struct cert *const *)&peers.cert[1], .n_revoked = 1, .this_update = PKI_FROM,
		.next_update = PKI_TO, .number = 300 };
	cr_assert((crl = crl_make(&plan, &e)) != NULL, "%s", e.text);
	f = crl_fields(crl);
	cr_expect(f->this_update == PKI_FROM && f->next_update == PKI_TO && f->n_revoked == 1);
	cr_expect(f->number.n == 2 && f->number.p[0] == 1 && f->number.p[1] == 44);
	cr_assert_eq(cert_set_add_crl(&anchors, crl, &e), 0);
	cr_assert_eq(cert_check(&v, peers.cert[0], NULL, &anchors, &policy, &e), 0);
	cr_expect_eq(v.trust, CERT_TRUSTED, "%s", v.why);
	cr_assert_eq(cert_check(&v, peers.cert[1], NULL, &anchors, &policy, &e), 0);
	cr_expect_eq(v.trust, CERT_REVOKED, "%s", v.why);
	policy.when = PKI_TO + 1;		/* the certificates are over, too */
	cr_assert_eq(cert_check(&v, peers.cert[0], NULL, &anchors, &policy, &e), 0);
	cr_expect_neq(v.trust, CERT_TRUSTED);
	cert_set_clear(&ca);
	cert_set_clear(&peers);
	cert_set_clear(&anchors);
}

Test(crl_make, what_is_none)
{
	struct cert_set ca = { 0 }, other = { 0 };
	struct crl_plan plan;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	pki_add(&ca, &(struct pki_plan){ .cn = "root", .ca = true }, NULL);
	pki_add(&other, &(struct pki_plan){ .cn = "other" }, NULL);
	plan = (struct crl_plan){ .issuer = ca.cert[0], .issuer_key = other.key[0], .next_update = 1 };
	cr_expect(crl_make(&plan, &e) == NULL);
	cr_expect_str_eq(e.text, "the issuer's key is not that of its certificate");
	plan.issuer_key = ca.key[0];
	plan.next_update = -1;
	cr_expect(crl_make(&plan, &e) == NULL);
	cr_expect_str_eq(e.text, "a revocation list cannot end before it begins");
	plan.next_update = 1;
	plan.revoked = (const struct cert *const *)other.cert;
	plan.n_revoked = 1;
	cr_expect(crl_make(&plan, &e) == NULL);
	cr_expect_str_eq(e.text, "the certificate of \"CN=other\" is of another issuer");
	plan = (struct crl_plan){ .issuer = other.cert[0], .issuer_key = other.key[0] };
	cr_expect(crl_make(&plan, &e) == NULL);
	cr_expect_str_eq(e.text, "the issuer's certificate is none that may sign revocation lists");
	cert_set_clear(&ca);
	cert_set_clear(&other);
}
