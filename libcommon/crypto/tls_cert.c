/* Certificates in a TLS handshake: our own, and what the peer's are worth. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/cert_make.h"
#include "crypto/cert_priv.h"
#include "crypto/evp.h"
#include "crypto/pkey_priv.h"
#include "crypto/tls_priv.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* What alert the peer gets: OpenSSL makes it of the error. */
static const struct { enum cert_trust trust; int error; } errors[] = {
	{ CERT_NO_ANCHOR, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
	{ CERT_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED }, { CERT_NOT_YET_VALID, X509_V_ERR_CERT_NOT_YET_VALID },
	{ CERT_REVOKED, X509_V_ERR_CERT_REVOKED }, { CERT_BAD_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE },
	{ CERT_NOT_CA, X509_V_ERR_INVALID_CA }, { CERT_BAD_USAGE, X509_V_ERR_INVALID_PURPOSE },
	{ CERT_NO_CRL, X509_V_ERR_UNABLE_TO_GET_CRL }, { CERT_BAD_CRL, X509_V_ERR_CRL_HAS_EXPIRED },
	{ CERT_WEAK, X509_V_ERR_CA_MD_TOO_WEAK }, { CERT_BAD_CHAIN, X509_V_ERR_CERT_UNTRUSTED },
};

static const struct { enum cert_name_kind kind; enum cert_id id; } ids[] = {
	{ CERT_DNS, CERT_ID_FQDN }, { CERT_EMAIL, CERT_ID_RFC822 }, { CERT_DN, CERT_ID_DN },
};

static bool names(const struct cert *c, const char *text)
{
	uint8_t room[DN_TEXT];
	struct cert_name name;
	struct err e;

	if (cert_name_parse(&name, text, room, sizeof room, &e) < 0)
		return false;
	if (name.kind == CERT_IP)
		return cert_names(c, name.value.n == 4 ? CERT_ID_IPV4 : CERT_ID_IPV6, name.value);
	for (size_t i = 0; i < COUNT(ids); i++)
		if (ids[i].kind == name.kind)
			return cert_names(c, ids[i].id, name.value);
	return false;
}

/* A copy of ours: it lives as long as it is wanted. */
static struct cert *copy_of(X509 *x, struct err *e)
{
	uint8_t *der = NULL;
	int n = i2d_X509(x, &der);
	struct cert *c = n > 0 ? cert_decode((struct span){ der, (size_t)n }, e) : (evp_error(e, "certificate"), NULL);

	OPENSSL_free(der);
	return c;
}

static const char *other_end(const struct tls *t)
{
	return t->conf.server ? "client" : "server";
}

static int fail(X509_STORE_CTX *ctx, enum cert_trust trust)
{
	int error = X509_V_ERR_APPLICATION_VERIFICATION;

	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].trust == trust)
			error = errors[i].error;
	X509_STORE_CTX_set_error(ctx, error);
	return 0;
}

/* The verdict of our own, with the certificates the peer sent and those we hold on the way. */
static int judge(struct tls *t, X509_STORE_CTX *ctx, const struct cert *leaf, struct cert_set *others, struct err *e)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(ctx);
	struct cert_policy policy = *t->conf.policy;
	struct cert_verdict v;

	policy.use = t->conf.server ? CERT_USE_TLS_CLIENT : CERT_USE_TLS_SERVER;
	for (int i = 0; i < sk_X509_num(sent) && i < CERT_CHAIN_MAX; i++) {
		struct cert *c = copy_of(sk_X509_value(sent, i), e);

		if (c != NULL && cert_set_add(others, c, e) < 0)
			return -1;
	}
	if (cert_check(&v, leaf, others, t->conf.anchors, &policy, e) < 0)
		return -1;
	if (v.trust != CERT_TRUSTED) {
		snprintf(t->why, sizeof t->why, "the %s's certificate is not trusted: %s (\"%.*s\")", other_end(t),
		    v.why, (int)v.n_subject, v.subject);
		return fail(ctx, v.trust);
	}
	if (t->conf.peer_name != NULL && !names(leaf, t->conf.peer_name)) {
		const struct cert_fields *f = cert_fields(leaf);

		snprintf(t->why, sizeof t->why, "the %s's certificate (\"%.*s\") does not name \"%s\"", other_end(t),
		    (int)f->subject.n, f->subject.p, t->conf.peer_name);
		return fail(ctx, CERT_TRUSTED);
	}
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

/* In place of OpenSSL's own verification; 1: believed. */
static int verify(X509_STORE_CTX *ctx, void *arg)
{
	struct tls *t = arg;
	struct cert_set others = { 0 };
	struct err e = { .text = "" };
	X509 *x = X509_STORE_CTX_get0_cert(ctx);
	struct cert *leaf = x != NULL ? copy_of(x, &e) : NULL;
	int rc = leaf != NULL ? judge(t, ctx, leaf, &others, &e) : fail(ctx, CERT_BAD_CHAIN);

	if (rc <= 0 && t->why[0] == '\0')
		snprintf(t->why, sizeof t->why, "the %s's certificate: %.150s", other_end(t), e.text);
	if (rc < 0)
		t->no_memory = true;
	if (rc == 1) {
		cert_free(t->peer);
		t->peer = leaf;
		leaf = NULL;
	}
	cert_free(leaf);
	cert_set_clear(&others);
	ERR_clear_error();
	return rc == 1;
}

static const struct pkey *own_key(const struct cert_set *own, struct cert **c)
{
	for (size_t i = 0; own != NULL && i < own->nkey; i++)
		if (own->key[i]->info.has_private && (*c = cert_set_of_key(own, own->key[i])) != NULL)
			return own->key[i];
	return NULL;
}

bool tls_can(const struct cert_set *own)
{
	struct cert *c;

	return own_key(own, &c) != NULL;
}

/* Who issued c, of own; a self-signed one needs not be sent. */
static struct cert *issuer_of(const struct cert_set *own, const struct cert *c)
{
	for (size_t i = 0; i < own->ncert; i++)
		if (own->cert[i] != c && cert_may_issue(own->cert[i], c) && !cert_may_issue(own->cert[i], own->cert[i]))
			return own->cert[i];
	return NULL;
}

int tls_credentials(struct tls *t, struct err *e)
{
	const struct tls_conf *conf = &t->conf;
	struct cert *c, *up;
	const struct pkey *key = own_key(conf->own, &c);
	unsigned depth = 0;

	if (key == NULL)
		return err_set(e, "no private key with its certificate");
	if (SSL_CTX_use_certificate(t->ctx, c->x) != 1 || SSL_CTX_use_PrivateKey(t->ctx, key->evp) != 1)
		return evp_error(e, "TLS certificate");
	for (up = issuer_of(conf->own, c); up != NULL && depth < CERT_CHAIN_MAX; up = issuer_of(conf->own, up), depth++)
		if (SSL_CTX_add1_chain_cert(t->ctx, up->x) != 1)
			return evp_error(e, "TLS chain");
	for (size_t i = 0; i < conf->anchors->ncert; i++)
		if (SSL_CTX_add1_to_CA_list(t->ctx, conf->anchors->cert[i]->x) != 1)
			return evp_error(e, "TLS authorities");
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(t->ctx, verify, t);
	return 0;
}
