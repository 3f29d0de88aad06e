#include "ike/eap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/eap_method.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* In the order of preference. */
static const struct eap_method *const methods[] = { &eap_tls_method, &eap_mschapv2, &eap_md5, &eap_gtc };

const struct name *eap_method_name(size_t i)
{
	return i < COUNT(methods) ? &methods[i]->name : NULL;
}

const struct name *eap_method_lacking(const struct eap_conf *conf, bool server)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if ((conf->methods & 1u << methods[i]->name.id) && !methods[i]->can(conf, server))
			return &methods[i]->name;
	return NULL;
}

bool eap_methods_mutual(unsigned set)
{
	unsigned mutual = 0;

	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i]->mutual)
			mutual |= 1u << methods[i]->name.id;
	return set != 0 && (set & ~mutual) == 0;
}

int eap_because(struct eap *x, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (x->why[0] != '\0')
		return EAP_TURN_FAILED;
	va_start(ap, fmt);
	vsnprintf(x->why, sizeof x->why, fmt, ap);
	va_end(ap);
	n = strlen(x->why);
	if (x->notice[0] != '\0')
		snprintf(x->why + n, sizeof x->why - n, "; it said \"%s\"", x->notice);
	return EAP_TURN_FAILED;
}

bool eap_can_password(const struct eap_conf *conf, bool server)
{
	return server ? conf->user != NULL : conf->password.p != NULL;
}

bool eap_password(const struct eap *x, struct span *name, struct span *password)
{
	struct span bare = mschap_name(*name);

	*password = (struct span){ 0 };
	if (x->conf->user(x->conf->arg, *name, password) == 1)
		return true;
	*password = (struct span){ 0 };
	if (bare.n == name->n || x->conf->user(x->conf->arg, bare, password) != 1) {
		*password = (struct span){ 0 };
		return false;
	}
	*name = bare;
	return true;
}

int eap_because_password(struct eap *x, bool known, struct span name)
{
	int n = (int)(name.n < EAP_NAME_MAX ? name.n : EAP_NAME_MAX);

	return known ? eap_because(x, "the password of \"%.*s\" is wrong", n, name.p) :
	    eap_because(x, "no user \"%.*s\" is known", n, name.p);
}

static struct eap *eap_new(const struct eap_conf *conf, bool server, struct rng *rng, struct arena *arena, struct err *e)
{
	struct eap *x;
	unsigned usable = 0;

	for (size_t i = 0; i < COUNT(methods); i++)
		if ((conf->methods & 1u << methods[i]->name.id) && methods[i]->can(conf, server))
			usable |= 1u << methods[i]->name.id;
	if (usable == 0)
		err_set(e, "no EAP method has what it needs: passwords, or a certificate with its key and anchors");
	else if (eap_own_name(conf).n > EAP_NAME_MAX)
		err_set(e, "found an EAP identity of %zu octets, wanted up to %d", eap_own_name(conf).n, EAP_NAME_MAX);
	else if (conf->password.n > EAP_PASSWORD_MAX)
		err_set(e, "found a password of %zu octets, wanted up to %d", conf->password.n, EAP_PASSWORD_MAX);
	else if ((x = calloc(1, sizeof *x)) == NULL)
		err_nomem(e);
	else {
		x->conf = conf;
		x->rng = rng;
		x->arena = arena;
		x->server = server;
		x->usable = usable;
		return x;
	}
	return NULL;
}

struct eap *eap_client_new(const struct eap_conf *conf, struct rng *rng, struct arena *arena, struct err *e)
{
	return eap_new(conf, false, rng, arena, e);
}

struct eap *eap_server_new(const struct eap_conf *conf, struct rng *rng, struct arena *arena, struct err *e)
{
	return eap_new(conf, true, rng, arena, e);
}

void eap_free(struct eap *x)
{
	if (x == NULL)
		return;
	if (x->method != NULL && x->method->end != NULL)
		x->method->end(x);
	secret_clear(&x->msk);
	wipe(x, sizeof *x);
	free(x);
}

static const struct eap_method *by_type(const struct eap *x, uint8_t type)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i]->name.id == type && (x->usable & 1u << type))
			return methods[i];
	return NULL;
}

/* A packet with type-data is begun at *w, and ended. */
static struct wr begin_packet(struct wr *w)
{
	struct wr body = *w;

	wr_zero(&body, EAP_HEAD);
	return body;
}

static void end_packet(const struct eap *x, struct wr *w, struct wr *body, uint8_t type)
{
	uint8_t *p = w->p + w->n;
	size_t n = body->n - w->n;

	w->bad = body->bad || n > EAP_OUT_MAX;
	if (w->bad)
		return;
	p[0] = x->server ? EAP_REQUEST : EAP_RESPONSE;
	p[1] = x->id;
	store_be16(p + 2, (uint16_t)n);
	p[4] = type;
	w->n = body->n;
}

static int ended(struct eap *x, enum eap_state state)
{
	if (state == EAP_FAILED)
		secret_clear(&x->msk);
	return x->state = state;
}

/* A method, or what is answered without one; NULL: NAK, or the packet is not as it should be (x->why). */
static int client_turn(struct eap *x, uint8_t *type, struct rd r, struct wr *body, struct err *e)
{
	const struct eap_method *m = by_type(x, *type);
	int turn;

	switch (*type) {
	case EAP_IDENTITY: return eap_answer_identity(x, body);
	case EAP_NOTIFICATION: return eap_answer_notification(x, r);
	case EAP_NAK: return eap_because(x, "the server asks by a NAK");
	}
	if (x->agreed && m != x->method)	/* RFC 3748 2.1: one method in a conversation */
		return eap_because(x, "the server turned from %s to EAP type %u", x->method->label, *type);
	if (m == NULL) {
		*type = EAP_NAK;
		eap_answer_nak(x, body);
		return EAP_TURN_ON;
	}
	x->method = m;
	x->agreed = true;
	turn = m->client(x, r, body, e);
	x->ready = turn == EAP_TURN_READY;
	return turn;
}

static int client_request(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	struct wr body = begin_packet(w);
	uint8_t type = rd_u8(&r);
	int turn;

	if (!rd_ok(&r)) {
		eap_because(x, "an EAP request without a type");
		return ended(x, EAP_FAILED);
	}
	if ((turn = client_turn(x, &type, r, &body, e)) < 0)
		return -1;
	x->doomed = turn == EAP_TURN_FAILED;
	if (x->doomed && body.n == w->n + EAP_HEAD)
		return ended(x, EAP_FAILED);
	end_packet(x, w, &body, type);
	return wr_ok(w) ? EAP_GOES_ON : err_set(e, "an EAP packet does not fit %zu octets", w->cap);
}

static int client_step(struct eap *x, uint8_t code, struct rd r, struct wr *w, struct err *e)
{
	if (code == EAP_REQUEST && !x->doomed)
		return client_request(x, r, w, e);
	if (code == EAP_SUCCESS && x->ready && !x->doomed)
		return ended(x, EAP_DONE);
	if (code == EAP_SUCCESS)
		eap_because(x, "EAP-Success came before %s was at its end", x->agreed ? x->method->label : "any method");
	else if (code == EAP_FAILURE)
		eap_because(x, "the server refused %s", x->agreed ? x->method->label : "before any method was agreed on");
	else
		eap_because(x, "EAP code %u is out of place", code);
	return ended(x, EAP_FAILED);
}

/* EAP-Success or -Failure: no type. */
static int server_end(struct eap *x, bool well, struct wr *w, struct err *e)
{
	wr_u8(w, well ? EAP_SUCCESS : EAP_FAILURE);
	wr_u8(w, x->id);
	wr_u16(w, EAP_HEAD - 1);
	if (!wr_ok(w))
		return err_set(e, "an EAP packet does not fit %zu octets", w->cap);
	return ended(x, well ? EAP_DONE : EAP_FAILED);
}

static int server_request(struct eap *x, uint8_t type, struct wr *w, struct wr *body, struct err *e)
{
	end_packet(x, w, body, type);
	return wr_ok(w) ? EAP_GOES_ON : err_set(e, "an EAP packet does not fit %zu octets", w->cap);
}

/* The first method that is left of those wanted. */
static int server_offer(struct eap *x, unsigned wanted, struct wr *w, struct err *e)
{
	struct wr body = begin_packet(w);
	const struct eap_method *before = x->method;

	if (before != NULL && before->end != NULL)
		before->end(x);
	x->method = NULL;
	for (size_t i = 0; i < COUNT(methods) && x->method == NULL; i++)
		if (wanted & x->usable & 1u << methods[i]->name.id)
			x->method = methods[i];
	if (x->method == NULL) {
		eap_because(x, "the client refuses %s, and wants no other method that is allowed", before->label);
		return server_end(x, false, w, e);
	}
	x->usable &= ~(1u << x->method->name.id);
	if (x->method->begin(x, &body, e) < 0)
		return -1;
	return server_request(x, (uint8_t)x->method->name.id, w, &body, e);
}

static int server_begin(struct eap *x, struct wr *w, struct err *e)
{
	struct wr body = begin_packet(w);

	x->begun = true;
	rng_bytes(x->rng, &x->id, 1);
	if (x->conf->ask_identity) {
		x->asked = true;
		return server_request(x, EAP_IDENTITY, w, &body, e);
	}
	if (eap_take_name(x, eap_own_name(x->conf)) == EAP_TURN_FAILED)
		return server_end(x, false, w, e);
	return server_offer(x, ~0u, w, e);
}

static int server_response(struct eap *x, uint8_t type, struct rd r, struct wr *w, struct err *e)
{
	struct wr body = begin_packet(w);
	int turn = EAP_TURN_FAILED;

	if (x->method == NULL) {
		if (type != EAP_IDENTITY)
			eap_because(x, "EAP type %u came where the identity was asked for", type);
		else if (eap_take_name(x, rd_rest(&r)) == EAP_TURN_ON)
			return x->id++, server_offer(x, ~0u, w, e);
	} else if (type == EAP_NAK && !x->agreed) {
		return x->id++, server_offer(x, eap_read_nak(r), w, e);
	} else if (type != x->method->name.id) {
		eap_because(x, "EAP type %u came in answer to %s", type, x->method->label);
	} else {
		x->agreed = true;
		if ((turn = x->method->server(x, r, &body, e)) < 0)
			return -1;
	}
	if (turn != EAP_TURN_ON)
		return server_end(x, turn == EAP_TURN_DONE, w, e);
	x->id++;
	return server_request(x, type, w, &body, e);
}

static int server_step(struct eap *x, uint8_t code, uint8_t id, struct rd r, struct wr *w, struct err *e)
{
	uint8_t type = rd_u8(&r);

	if (code != EAP_RESPONSE)
		eap_because(x, "EAP code %u is out of place", code);
	else if (id != x->id)
		eap_because(x, "found an EAP response to %u, wanted one to %u", id, x->id);
	else if (!rd_ok(&r))
		eap_because(x, "an EAP response without a type");
	else
		return server_response(x, type, r, w, e);
	return server_end(x, false, w, e);
}

int eap_step(struct eap *x, struct span in, struct wr *w, struct err *e)
{
	struct rd r = rd_of(in.p, in.n);
	uint8_t code, id;
	uint16_t length;

	if (x->state != EAP_GOES_ON)
		return x->state;
	if (x->server && !x->begun)
		return server_begin(x, w, e);
	code = rd_u8(&r);
	id = rd_u8(&r);
	length = rd_u16(&r);
	if (!rd_ok(&r) || length < EAP_HEAD - 1 || length != in.n) {
		eap_because(x, "an EAP packet of %zu octets says that it has %u", in.n, length);
	} else if (++x->rounds > EAP_ROUNDS_MAX) {
		eap_because(x, "the EAP conversation has no end");
	} else if (x->server) {
		return server_step(x, code, id, r, w, e);
	} else {
		x->id = id;
		return client_step(x, code, r, w, e);
	}
	return x->server ? server_end(x, false, w, e) : ended(x, EAP_FAILED);
}

const struct secret *eap_msk(const struct eap *x)
{
	static const struct secret none;

	return x->state == EAP_DONE ? &x->msk : &none;
}

const char *eap_method(const struct eap *x)
{
	return x->agreed ? x->method->label : NULL;
}

bool eap_is_mutual(const struct eap *x)
{
	return x->agreed && x->method->mutual;
}

struct span eap_peer_identity(const struct eap *x)
{
	return eap_name(x);
}

const char *eap_why(const struct eap *x)
{
	return x->state == EAP_DONE ? "" : x->why;
}

const struct cert *eap_peer_cert(const struct eap *x)
{
	return x->state == EAP_DONE ? eap_tls_cert(x) : NULL;
}
