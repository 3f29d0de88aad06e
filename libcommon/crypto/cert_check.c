/* Chains of certificates. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "crypto/cert_priv.h"
#include "crypto/cert_set.h"
#include "crypto/evp.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static const char *const names[] = {
	[CERT_TRUSTED] = "trusted", [CERT_NO_ANCHOR] = "no-anchor", [CERT_EXPIRED] = "expired",
	[CERT_NOT_YET_VALID] = "not-yet-valid", [CERT_REVOKED] = "revoked", [CERT_BAD_SIGNATURE] = "bad-signature",
	[CERT_NOT_CA] = "not-ca", [CERT_BAD_USAGE] = "bad-usage", [CERT_NO_CRL] = "no-crl", [CERT_BAD_CRL] = "bad-crl",
	[CERT_WEAK] = "weak", [CERT_BAD_CHAIN] = "bad-chain",
};

static const struct { int error; enum cert_trust trust; } errors[] = {
	{ X509_V_OK, CERT_TRUSTED },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CERT_NO_ANCHOR },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CERT_NO_ANCHOR },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CERT_NO_ANCHOR },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, CERT_NO_ANCHOR },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_NO_ANCHOR },
	{ X509_V_ERR_CERT_UNTRUSTED, CERT_NO_ANCHOR },
	{ X509_V_ERR_CERT_HAS_EXPIRED, CERT_EXPIRED },
	{ X509_V_ERR_CERT_NOT_YET_VALID, CERT_NOT_YET_VALID },
	{ X509_V_ERR_CERT_REVOKED, CERT_REVOKED },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, CERT_BAD_SIGNATURE },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, CERT_BAD_SIGNATURE },
	{ X509_V_ERR_INVALID_CA, CERT_NOT_CA },
	{ X509_V_ERR_INVALID_NON_CA, CERT_NOT_CA },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, CERT_NOT_CA },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, CERT_NOT_CA },
	{ X509_V_ERR_INVALID_PURPOSE, CERT_BAD_USAGE },
	{ X509_V_ERR_UNABLE_TO_GET_CRL, CERT_NO_CRL },
	{ X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, CERT_NO_CRL },
	{ X509_V_ERR_CRL_HAS_EXPIRED, CERT_BAD_CRL },
	{ X509_V_ERR_CRL_NOT_YET_VALID, CERT_BAD_CRL },
	{ X509_V_ERR_CRL_SIGNATURE_FAILURE, CERT_BAD_CRL },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, CERT_BAD_CRL },
	{ X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, CERT_BAD_CRL },
	{ X509_V_ERR_DIFFERENT_CRL_SCOPE, CERT_BAD_CRL },
	{ X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, CERT_BAD_CRL },
	{ X509_V_ERR_CA_MD_TOO_WEAK, CERT_WEAK },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, CERT_WEAK },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, CERT_WEAK },
};

const char *cert_trust_name(enum cert_trust t)
{
	return names[t];
}

/* All that a check needs of OpenSSL; any part NULL: not there. */
struct check {
	X509_STORE *store;
	X509_STORE_CTX *ctx;
	STACK_OF(X509) *others;
	bool need_crl;
};

static void set_subject(struct cert_verdict *v, const X509 *x)
{
	if (x != NULL)
		v->n_subject = dn_text(X509_get_subject_name(x), v->subject);
}

static void fail(struct cert_verdict *v, enum cert_trust trust, const char *why, unsigned depth, const X509 *x)
{
	v->trust = trust;
	v->why = why;
	v->depth = depth;
	set_subject(v, x);
}

/* An issuer without a CRL is no failure unless CRLs are wanted. */
static int allow(int ok, X509_STORE_CTX *ctx)
{
	const struct check *c = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx);

	if (ok == 1 || (error == X509_V_ERR_UNABLE_TO_GET_CRL && !c->need_crl)) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	return 0;
}

static int add_all(struct check *c, const struct cert_set *others, const struct cert_set *anchors)
{
	const struct cert_set *both[] = { others, anchors };

	for (size_t i = 0; i < anchors->ncert; i++)
		if (X509_STORE_add_cert(c->store, anchors->cert[i]->x) != 1)
			return -1;
	for (size_t i = 0; others != NULL && i < others->ncert; i++)
		if (X509_add_cert(c->others, others->cert[i]->x, X509_ADD_FLAG_UP_REF) != 1)
			return -1;
	for (size_t k = 0; k < COUNT(both); k++)
		for (size_t i = 0; both[k] != NULL && i < both[k]->ncrl; i++)
			if (X509_STORE_add_crl(c->store, both[k]->crl[i]->x) != 1)
				return -1;
	return 0;
}

static const int purposes[] = {
	[CERT_USE_TLS_SERVER] = X509_PURPOSE_SSL_SERVER, [CERT_USE_TLS_CLIENT] = X509_PURPOSE_SSL_CLIENT,
};

static int begin(struct check *c, const struct cert *leaf, const struct cert_set *others,
    const struct cert_set *anchors, const struct cert_policy *policy, struct err *e)
{
	OSSL_LIB_CTX *ctx = evp_context(e);
	bool crls = policy->need_crl || anchors->ncrl > 0 || (others != NULL && others->ncrl > 0);
	X509_VERIFY_PARAM *p;

	if (ctx == NULL)
		return -1;
	c->need_crl = policy->need_crl;
	if ((c->store = X509_STORE_new()) == NULL || (c->others = sk_X509_new_null()) == NULL ||
	    (c->ctx = X509_STORE_CTX_new_ex(ctx, NULL)) == NULL || add_all(c, others, anchors) < 0 ||
	    X509_STORE_CTX_init(c->ctx, c->store, leaf->x, c->others) != 1 ||
	    X509_STORE_CTX_set_app_data(c->ctx, c) != 1)
		return evp_error(e, "chain of certificates");
	p = X509_STORE_CTX_get0_param(c->ctx);
	/* RFC 5280 6.1.1 d: an anchor is a name and a key, self-signed or not */
	X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST |
	    (crls ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : 0) |
	    (policy->any_time ? X509_V_FLAG_NO_CHECK_TIME : 0));
	if (!policy->any_time)			/* a time to check at would undo NO_CHECK_TIME */
		X509_VERIFY_PARAM_set_time(p, policy->when);
	if (policy->use != CERT_USE_ANY)
		X509_VERIFY_PARAM_set_purpose(p, purposes[policy->use]);
	X509_VERIFY_PARAM_set_depth(p, CERT_CHAIN_MAX - 2);
	X509_VERIFY_PARAM_set_auth_level(p, 0);
	X509_STORE_CTX_set_verify_cb(c->ctx, allow);
	return 0;
}

/* The anchor's own signature is nobody's business. */
static void check_hashes(struct cert_verdict *v, const struct check *c)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(c->ctx);

	for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
		X509 *x = sk_X509_value(chain, i);
		int md = NID_undef;

		X509_get_signature_info(x, &md, NULL, NULL, NULL);
		if (md == NID_md5 || md == NID_md4 || md == NID_md2) {
			fail(v, CERT_WEAK, "certificate is signed with MD5 or older", (unsigned)i, x);
			return;
		}
	}
}

static void judge(struct cert_verdict *v, const struct check *c, const struct cert *leaf)
{
	const struct cert_fields *f = &leaf->f;
	int ok = X509_verify_cert(c->ctx), error = X509_STORE_CTX_get_error(c->ctx);

	v->chain = (unsigned)sk_X509_num(X509_STORE_CTX_get0_chain(c->ctx));
	if (ok != 1) {
		enum cert_trust trust = CERT_BAD_CHAIN;

		for (size_t i = 0; i < COUNT(errors); i++)
			if (errors[i].error == error && error != X509_V_OK)
				trust = errors[i].trust;
		fail(v, trust, X509_verify_cert_error_string(error),
		    (unsigned)X509_STORE_CTX_get_error_depth(c->ctx), X509_STORE_CTX_get_current_cert(c->ctx));
		return;
	}
	/* RFC 4945 5.1.3.2 */
	if (f->has_usage && (f->usage & (CERT_DIGITAL_SIGNATURE | CERT_NON_REPUDIATION)) == 0) {
		fail(v, CERT_BAD_USAGE, "key usage does not allow signatures", 0, leaf->x);
		return;
	}
	check_hashes(v, c);
}

int cert_check(struct cert_verdict *v, const struct cert *leaf, const struct cert_set *others,
    const struct cert_set *anchors, const struct cert_policy *policy, struct err *e)
{
	struct check c = { 0 };
	int rc;

	*v = (struct cert_verdict){ .trust = CERT_TRUSTED, .why = "trusted" };
	rc = begin(&c, leaf, others, anchors, policy, e);
	if (rc == 0)
		judge(v, &c, leaf);
	ERR_clear_error();
	X509_STORE_CTX_free(c.ctx);
	X509_STORE_free(c.store);
	sk_X509_pop_free(c.others, X509_free);
	return rc;
}
