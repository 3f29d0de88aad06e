/*
 * EAP-TLS (RFC 5216, 9190): TLS records in fragments behind an octet of flags.  Each fragment but the last is answered
 * by a packet without data, and so is what needs no other answer.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/tls.h"
#include "ike/eap_method.h"

enum { LENGTH = 0x80, MORE = 0x40, START = 0x20 };
enum { FRAGMENT = 1024, KEYS = 128 };

struct eap_tls {
	struct tls *tls;
	uint8_t *in;			/* fragments so far */
	size_t n_in, want;		/* want: what L said; 0: nothing */
	struct span out;		/* the TLS object's; from at on it is yet to be sent */
	size_t at;
	bool over;			/* TLS is content */
	bool doomed;			/* server: the alert is out */
};

static struct eap_tls *tls_begin(struct eap *x, struct err *e)
{
	const struct eap_conf *c = x->conf;
	struct tls_conf conf = {
		.server = x->server, .max = c->tls_max, .own = c->certs, .anchors = c->anchors, .policy = c->policy,
		.peer_name = !x->server ? c->server_name : c->any_peer || x->n_identity == 0 ? NULL : x->identity,
	};

	if ((x->tls = calloc(1, sizeof *x->tls)) == NULL)
		err_nomem(e);
	else
		x->tls->tls = tls_new(&conf, e);
	return x->tls != NULL && x->tls->tls != NULL ? x->tls : NULL;
}

static void end(struct eap *x)
{
	if (x->tls == NULL)
		return;
	tls_free(x->tls->tls);
	free(x->tls->in);
	free(x->tls);
	x->tls = NULL;
}

static void acknowledge(struct wr *w)
{
	wr_u8(w, 0);
}

/* The next fragment of what TLS wants to send (RFC 5216 2.1.5). */
static void send_some(struct eap_tls *t, struct wr *w)
{
	size_t left = t->out.n - t->at, n = left < FRAGMENT ? left : FRAGMENT;
	bool first = t->at == 0 && n < left;

	wr_u8(w, (uint8_t)((first ? LENGTH : 0) | (n < left ? MORE : 0)));
	if (first)
		wr_u32(w, (uint32_t)t->out.n);
	wr_span(w, (struct span){ t->out.p + t->at, n });
	t->at += n;
}

/* A fragment of the peer: 1 it was the last one, 0 more follow, -1; x->why is set if it is bad. */
static int take(struct eap *x, uint8_t flags, struct rd r, struct err *e)
{
	struct eap_tls *t = x->tls;
	size_t total = flags & LENGTH ? rd_u32(&r) : t->want;
	struct span s = rd_rest(&r);
	uint8_t *more;

	if (!rd_ok(&r))
		return eap_because(x, "an EAP-TLS packet is cut short");
	if (total > TLS_MESSAGE_MAX || s.n > TLS_MESSAGE_MAX - t->n_in)
		return eap_because(x, "an EAP-TLS message has more than %d octets", TLS_MESSAGE_MAX);
	if (t->want != 0 && total != t->want)
		return eap_because(x, "the fragments of an EAP-TLS message are of different ones");
	if (total != 0 && (t->n_in + s.n > total || (!(flags & MORE) && t->n_in + s.n < total)))
		return eap_because(x, "an EAP-TLS message has %zu octets, wanted %zu", t->n_in + s.n, total);
	if ((flags & MORE) && s.n == 0)
		return eap_because(x, "an EAP-TLS fragment is empty");
	if (s.n > 0) {
		if ((more = realloc(t->in, t->n_in + s.n)) == NULL)
			return err_nomem(e);
		memcpy(more + t->n_in, s.p, s.n);
		t->in = more;
		t->n_in += s.n;
	}
	t->want = total;
	return (flags & MORE) == 0;
}

/* RFC 5216 2.3, RFC 9190 2.3 */
static int make_key(struct eap *x, struct err *e)
{
	static const uint8_t type = EAP_TLS;
	const struct span context = { &type, 1 };
	bool new = tls_is_13(x->tls->tls);
	uint8_t keys[KEYS];
	int rc = tls_export(x->tls->tls, new ? "EXPORTER_EAP_TLS_Key_Material" : "client EAP encryption",
	    new ? &context : NULL, keys, sizeof keys, e);

	if (rc == 0)
		rc = secret_copy(x->arena, &x->msk, keys, EAP_MSK, e);
	wipe(keys, sizeof keys);
	return rc;
}

/* Server: who the peer is, where its certificate need not name who it said to be: a name of the certificate's. */
static int take_name(struct eap *x)
{
	const struct cert_fields *f = cert_fields(tls_peer(x->tls->tls));

	if (!x->server || (x->n_identity > 0 && !x->conf->any_peer))
		return EAP_TURN_ON;
	for (size_t i = 0; i < f->n_name && i < CERT_NAMES; i++)
		if ((f->name[i].kind == CERT_DNS || f->name[i].kind == CERT_EMAIL) && f->name[i].value.n > 0)
			return eap_take_name(x, f->name[i].value);
	return eap_take_name(x, f->subject);
}

/* A whole message to TLS; enum tls_state. */
static int feed(struct eap *x, struct err *e)
{
	struct eap_tls *t = x->tls;
	int rc = tls_step(t->tls, (struct span){ t->in, t->n_in }, e);

	t->n_in = t->want = 0;
	t->out = tls_out(t->tls);
	t->at = 0;
	if (rc == TLS_FAILED)
		eap_because(x, "%s", tls_why(t->tls));
	if (rc == TLS_DONE && !t->over) {
		t->over = true;
		if (make_key(x, e) < 0)
			return -1;
		if (take_name(x) == EAP_TURN_FAILED)
			return TLS_FAILED;
	}
	return rc;
}

static int client(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	uint8_t flags = rd_u8(&r);
	struct eap_tls *t = x->tls;
	int rc;

	if (!rd_ok(&r))
		return eap_because(x, "an EAP-TLS packet is cut short");
	if (((flags & START) != 0) != (t == NULL))
		return eap_because(x, t == NULL ? "EAP-TLS does not begin with a start" : "EAP-TLS starts again");
	if (t == NULL) {
		if ((t = tls_begin(x, e)) == NULL)
			return -1;
	} else if (t->at < t->out.n) {
		if (r.n > 0)
			return eap_because(x, "the server did not wait for the rest of an EAP-TLS message");
		send_some(t, w);
		return EAP_TURN_ON;
	} else if ((rc = take(x, flags, r, e)) < 0 || x->why[0] != '\0') {
		return rc < 0 ? -1 : EAP_TURN_FAILED;
	} else if (rc == 0) {
		acknowledge(w);
		return EAP_TURN_ON;
	}
	if ((rc = feed(x, e)) < 0)
		return -1;
	if (t->out.n > 0)
		send_some(t, w);
	else
		acknowledge(w);		/* an alert, too: EAP-Failure follows it */
	return rc == TLS_FAILED ? EAP_TURN_FAILED : rc == TLS_DONE ? EAP_TURN_READY : EAP_TURN_ON;
}

static int begin(struct eap *x, struct wr *w, struct err *e)
{
	if (tls_begin(x, e) == NULL)
		return -1;
	wr_u8(w, START);
	return EAP_TURN_ON;
}

static int server(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	uint8_t flags = rd_u8(&r);
	struct eap_tls *t = x->tls;
	int rc;

	if (!rd_ok(&r))
		return eap_because(x, "an EAP-TLS packet is cut short");
	if (t->doomed)
		return EAP_TURN_FAILED;
	if (t->at < t->out.n) {
		if (r.n > 0)
			return eap_because(x, "the client did not wait for the rest of an EAP-TLS message");
		send_some(t, w);
		return EAP_TURN_ON;
	}
	if (r.n == 0 && t->n_in == 0)
		return t->over ? EAP_TURN_DONE : eap_because(x, "the client's EAP-TLS packet is empty");
	if ((rc = take(x, flags, r, e)) < 0 || x->why[0] != '\0')
		return rc < 0 ? -1 : EAP_TURN_FAILED;
	if (rc == 0) {
		acknowledge(w);
		return EAP_TURN_ON;
	}
	if ((rc = feed(x, e)) < 0)
		return -1;
	if (rc == TLS_FAILED && t->out.n == 0)
		return EAP_TURN_FAILED;
	if (t->out.n == 0)			/* TLS waits for more than the client sent */
		acknowledge(w);
	else
		send_some(t, w);
	t->doomed = rc == TLS_FAILED;
	return EAP_TURN_ON;
}

const struct cert *eap_tls_cert(const struct eap *x)
{
	return x->tls != NULL ? tls_peer(x->tls->tls) : NULL;
}

static bool can(const struct eap_conf *conf, bool is_server)
{
	(void)is_server;
	return conf->policy != NULL && conf->anchors != NULL && conf->anchors->ncert > 0 && tls_can(conf->certs);
}

const struct eap_method eap_tls_method = {
	.name = { EAP_TLS, "tls" }, .label = "EAP-TLS", .mutual = true, .can = can, .client = client, .begin = begin,
	.server = server, .end = end,
};
