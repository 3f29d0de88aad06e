#include "crypto/tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/evp.h"
#include "crypto/pkey_priv.h"
#include "crypto/tls_priv.h"

/* RFC 5216 4.1 wants suites that nobody should use any more; these have forward secrecy, and no RC4, 3DES, MD5. */
#define SUITES_12 "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!PSK:!SRP"

enum { TOLD = 0 };			/* the octet of RFC 9190 2.5 */

/* What the peer says is wrong. */
static void on_info(const SSL *ssl, int where, int value)
{
	struct tls *t = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && t->why[0] == '\0')
		snprintf(t->why, sizeof t->why, "the %s sent the TLS alert \"%s\"", t->conf.server ? "client" : "server",
		    SSL_alert_desc_string_long(value));
}

static int context(struct tls *t, struct err *e)
{
	OSSL_LIB_CTX *lib = evp_context(e);	/* first: it turns the configuration file off */

	if (lib == NULL)
		return -1;
	t->ctx = SSL_CTX_new_ex(lib, NULL, t->conf.server ? TLS_server_method() : TLS_client_method());
	if (t->ctx == NULL || SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(t->ctx, t->conf.max == 12 ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(t->ctx, SUITES_12) != 1 || SSL_CTX_set_num_tickets(t->ctx, 0) != 1 ||
	    SSL_CTX_set_dh_auto(t->ctx, 1) != 1)
		return evp_error(e, "TLS");
	/* servers without RFC 5746, as charon's: nothing is renegotiated here */
	SSL_CTX_set_options(t->ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(t->ctx, TLS_MESSAGE_MAX);
	SSL_CTX_set_info_callback(t->ctx, on_info);
	return tls_credentials(t, e);
}

static int connection(struct tls *t, struct err *e)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	t->ssl = SSL_new(t->ctx);
	if (in == NULL || out == NULL || t->ssl == NULL || SSL_set_app_data(t->ssl, t) != 1) {
		BIO_free(in);
		BIO_free(out);
		return evp_error(e, "TLS");
	}
	SSL_set_bio(t->ssl, in, out);
	if (t->conf.server)
		SSL_set_accept_state(t->ssl);
	else
		SSL_set_connect_state(t->ssl);
	return 0;
}

struct tls *tls_new(const struct tls_conf *conf, struct err *e)
{
	struct tls *t = calloc(1, sizeof *t);

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->conf = *conf;
	if (context(t, e) < 0 || connection(t, e) < 0) {
		tls_free(t);
		return NULL;
	}
	return t;
}

void tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	cert_free(t->peer);
	free(t);
}

/* An operation of OpenSSL gave rc: whether it only waits for more. */
static int outcome(struct tls *t, int rc, struct err *e)
{
	int error = SSL_get_error(t->ssl, rc);
	unsigned long code = ERR_peek_error();

	if (error == SSL_ERROR_WANT_READ)
		return TLS_GOES_ON;
	t->failed = true;
	if (t->no_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		return err_nomem(e);
	if (t->why[0] == '\0')
		snprintf(t->why, sizeof t->why, "TLS: %s", error == SSL_ERROR_ZERO_RETURN ? "the peer closed" :
		    code != 0 && ERR_reason_error_string(code) != NULL ? ERR_reason_error_string(code) : "failed");
	ERR_clear_error();
	return TLS_FAILED;
}

static int refuse(struct tls *t, const char *why)
{
	t->failed = true;
	snprintf(t->why, sizeof t->why, "%s", why);
	return TLS_FAILED;
}

/* After the handshake nothing may come but alerts, and under TLS 1.3 the server's octet, once. */
static int read_on(struct tls *t, struct err *e)
{
	uint8_t data[16];
	int n;

	while ((n = SSL_read(t->ssl, data, sizeof data)) > 0) {
		if (t->conf.server || t->told || n != 1 || data[0] != TOLD)
			return refuse(t, "application data came in EAP-TLS");
		t->told = true;
	}
	n = outcome(t, n, e);
	return n == TLS_GOES_ON && t->told ? TLS_DONE : n;
}

static int begin_end(struct tls *t, struct err *e)
{
	static const uint8_t told[1] = { TOLD };
	int rc;

	t->established = true;
	if (t->peer == NULL)			/* verify() ran, or there would be no handshake */
		return refuse(t, "the peer showed no certificate");
	if (!tls_is_13(t))
		t->told = true;
	if (tls_is_13(t) && t->conf.server) {
		if ((rc = SSL_write(t->ssl, told, sizeof told)) != sizeof told)
			return outcome(t, rc, e);
		t->told = true;
	}
	return read_on(t, e);
}

int tls_step(struct tls *t, struct span in, struct err *e)
{
	int rc;

	if (t->failed)
		return TLS_FAILED;
	ERR_clear_error();
	(void)BIO_reset(SSL_get_wbio(t->ssl));
	if (in.n > TLS_MESSAGE_MAX)
		return refuse(t, "a TLS message is too long");
	if (in.n > 0 && BIO_write(SSL_get_rbio(t->ssl), in.p, (int)in.n) != (int)in.n)
		return err_nomem(e);
	if (t->established)
		return read_on(t, e);
	if ((rc = SSL_do_handshake(t->ssl)) == 1)
		return begin_end(t, e);
	return outcome(t, rc, e);
}

struct span tls_out(const struct tls *t)
{
	return bio_span(SSL_get_wbio(t->ssl));
}

int tls_export(const struct tls *t, const char *label, const struct span *ctx, uint8_t *out, size_t n, struct err *e)
{
	if (SSL_export_keying_material(t->ssl, out, n, label, strlen(label), ctx != NULL ? ctx->p : NULL,
	    ctx != NULL ? ctx->n : 0, ctx != NULL) != 1)
		return evp_error(e, "TLS key");
	return 0;
}

bool tls_is_13(const struct tls *t)
{
	return SSL_version(t->ssl) == TLS1_3_VERSION;
}

const struct cert *tls_peer(const struct tls *t)
{
	return t->peer;
}

const char *tls_why(const struct tls *t)
{
	return t->why;
}
