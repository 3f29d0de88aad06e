/* IKE_AUTH, what both roles share: identities, AUTH, the end of it. */
#include "ike/session_auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 1 << 20 };

struct auth_run *auth_run(struct sess_ike *ike, struct err *e)
{
	struct auth_run *a = ike->auth;

	if (a != NULL)
		return a;
	if ((a = calloc(1, sizeof *a)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	mem_init(&a->mem, MEMORY);
	a->arena.pool = ike->s->call.secrets;
	a->child.arena.pool = ike->s->call.secrets;
	return ike->auth = a;
}

void sess_auth_free(struct auth_run *a)
{
	if (a == NULL)
		return;
	eap_free(a->eap);
	if (a->packet != NULL)
		wipe(a->packet, EAP_OUT_MAX);
	free(a->packet);
	cert_set_clear(&a->certs);
	child_try_clear(&a->child);
	arena_clear(&a->arena);
	mem_clear(&a->mem);
	free(a);
}

char *auth_name(char out[AUTH_NAME], const struct identity *id)
{
	char text[IDENTITY_TEXT];

	snprintf(out, AUTH_NAME, "%.*s", AUTH_NAME - 1, identity_format(text, id->type, identity_span(id)));
	return out;
}

const char *auth_how_text(const struct sess_ike *ike, enum creds_how how)
{
	static const char *const names[CREDS_HOWS] = {
		[CREDS_PSK] = "pre-shared key", [CREDS_CERT] = "certificate", [CREDS_RAW_KEY] = "raw public key",
		[CREDS_EAP] = "EAP", [CREDS_NULL] = "NULL authentication",
	};
	const char *method = how == CREDS_EAP && ike->auth != NULL && ike->auth->eap != NULL ?
	    eap_method(ike->auth->eap) : NULL;

	return method != NULL ? method : names[how];
}

/* --- who is who --- */

static int keep(struct auth_run *a, struct span *out, struct span s, struct err *e)
{
	uint8_t *p = mem_new(&a->mem, s.n);

	if (p == NULL)
		return err_nomem(e);
	memcpy(p, s.p, s.n);
	*out = (struct span){ p, s.n };
	return 0;
}

/* The certificate's subject, else its first name that an ID payload can hold. */
static bool id_of_cert(struct identity *id, const struct cert *c)
{
	static const struct { enum cert_name_kind kind; uint8_t type; } kinds[] = {
		{ CERT_DNS, IKE_ID_FQDN }, { CERT_EMAIL, IKE_ID_RFC822_ADDR },
	};
	const struct cert_fields *f = cert_fields(c);

	if (f->subject.n > 0 && identity_set(id, IKE_ID_DER_ASN1_DN, f->subject_der))
		return true;
	for (size_t i = 0; i < f->n_name && i < CERT_NAMES; i++) {
		const struct cert_name *n = &f->name[i];

		if (n->kind == CERT_IP)
			return identity_set(id, n->value.n == 4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR, n->value);
		for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
			if (n->kind == kinds[k].kind)
				return identity_set(id, kinds[k].type, n->value);
	}
	return false;
}

/* As configured; else nobody, what the certificate says, or the address. */
static void choose_id(const struct sess_ike *ike, struct identity *id, const struct pl_id *asked)
{
	const struct session_conf *conf = ike->s->conf;
	const struct addr *here = &ike->pub.path.local;
	const struct cert *cert = NULL;
	struct err e;

	*id = conf->id;
	if (conf->creds->how == CREDS_NULL)		/* RFC 7619 2.2 */
		*id = (struct identity){ .type = IKE_ID_NULL };
	if (id->type != 0)
		return;
	if (conf->creds->how == CREDS_CERT && auth_key_mine(ike, &cert, &e) != NULL && cert != NULL) {
		if (asked != NULL && cert_names(cert, asked->type, asked->data) && identity_set(id, asked->type, asked->data))
			return;
		if (id_of_cert(id, cert))
			return;
	}
	identity_set(id, here->family == 6 ? IKE_ID_IPV6_ADDR : IKE_ID_IPV4_ADDR, (struct span){ here->b, addr_len(here) });
}

int auth_id_mine(struct sess_ike *ike, const struct pl_id *asked, struct err *e)
{
	struct auth_run *a = auth_run(ike, e);
	struct identity *id = &ike->pub.id;
	uint8_t body[4 + IDENTITY_MAX];

	if (a == NULL)
		return -1;
	choose_id(ike, id, asked);
	memset(body, 0, 4);
	body[0] = id->type;
	memcpy(body + 4, id->data, id->n);
	ike->pub.how = ike->s->conf->creds->how;
	return keep(a, &a->id_mine, (struct span){ body, 4u + id->n }, e);
}

int auth_id_expected(struct sess_ike *ike, const struct identity *is)
{
	const struct identity *want = &ike->s->conf->remote_id;
	char found[AUTH_NAME], wanted[AUTH_NAME];

	if (identity_eq(want, is->type, identity_span(is)))
		return 1;
	reason_advise(reason_add(&ike->auth->child.why, "identity", REASON_ERROR, "the peer is \"%s\", expected was \"%s\"",
	    auth_name(found, is), auth_name(wanted, want)),
	    "if this is the right peer, expect the identity that it has; else look whom the address leads to");
	return 0;
}

int auth_id_peer(struct sess_ike *ike, const struct ike_payload *id, bool later, struct err *e)
{
	struct auth_run *a = ike->auth;

	if (!identity_set(&ike->pub.remote_id, id->id.type, id->id.data) || id->id.type == 0) {
		reason_add(&a->child.why, "identity", REASON_ERROR, "the peer's identity is of type %u and %zu octets, which is none",
		    id->id.type, id->id.data.n);
		return 0;
	}
	if (keep(a, &a->id_peer, id->body, e) < 0)
		return -1;
	return later ? 1 : auth_id_expected(ike, &ike->pub.remote_id);
}

/* --- AUTH --- */

static struct auth_side side_of(const struct sess_ike *ike, bool mine)
{
	bool i = ike->pub.initiator == mine;

	return (struct auth_side){ .prf = ike->k.prf, .message = i ? ike->init_i : ike->init_r,
		.nonce = auth_bytes(i ? &ike->k.nr : &ike->k.ni), .id = mine ? ike->auth->id_mine : ike->auth->id_peer,
		.sk_p = auth_bytes(i ? &ike->k.sk_pi : &ike->k.sk_pr) };
}

static void auth_add(struct build *b, uint8_t method, const void *data, size_t n)
{
	struct ike_payload *p = build_add(b, IKE_P_AUTH);
	struct auth_signature sig = { { 0 }, { 0 } };
	struct err e;

	if (p == NULL)
		return;
	p->auth = (struct pl_auth){ .method = method, .data = build_copy(b, (struct span){ data, n }) };
	p->auth.signature = p->auth.data;
	if (method == IKE_AUTH_DIGITAL_SIGNATURE && auth_signature_decode(&sig, p->auth.data, &e) == 0) {
		p->auth.algorithm = sig.algorithm;
		p->auth.signature = sig.value;
	}
}

static int prove_mac(struct sess_ike *ike, uint8_t method, struct span secret, struct build *b, struct err *e)
{
	struct auth_side side = side_of(ike, true);
	uint8_t mac[PRF_MAX];

	if (auth_mac(&side, secret, mac, e) < 0)
		return -1;
	auth_add(b, method, mac, side.prf->out);
	return 0;
}

/* The key for this peer: an initiator that expects nobody in particular has the address and, if there is but one, that. */
static const struct secret *psk_mine(const struct sess_ike *ike)
{
	const struct session_conf *conf = ike->s->conf;
	const struct identity *id = ike->pub.remote_id.type != 0 ? &ike->pub.remote_id : &conf->remote_id;
	const struct addr *there = &ike->pub.path.remote;
	const struct secret *key = creds_psk_for(conf->creds, id->type, identity_span(id));

	if (key == NULL && id->type == 0)
		key = creds_psk_for(conf->creds, there->family == 6 ? IKE_ID_IPV6_ADDR : IKE_ID_IPV4_ADDR,
		    (struct span){ there->b, addr_len(there) });
	if (key == NULL && id->type == 0 && conf->creds->npsk == 1)
		key = &conf->creds->psk[0].key;
	return key;
}

/* The method of RFC 7427 if the peer takes it, else one of its own. */
static int choose_method(const struct sess_ike *ike, const struct pkey *key, struct sign_scheme *scheme,
    struct err *e)
{
	static const struct { const char *name; uint8_t method; } old[] = {
		{ "rsa", IKE_AUTH_RSA }, { "secp256r1", IKE_AUTH_ECDSA_256 }, { "secp384r1", IKE_AUTH_ECDSA_384 },
		{ "secp521r1", IKE_AUTH_ECDSA_521 },
	};
	const struct creds *c = ike->s->conf->creds;
	struct pkey_info info = pkey_info(key);
	const char *name = info.curve != NULL ? info.curve : info.type;
	const struct alg_sign *alg = sign_choose(key, ike->peer_hashes & AUTH_HASHES, c->pss);

	if (alg != NULL && !c->old_methods) {
		*scheme = sign_scheme(alg);
		return IKE_AUTH_DIGITAL_SIGNATURE;
	}
	for (size_t i = 0; !info.pss_only && i < sizeof old / sizeof old[0]; i++)
		if (strcmp(name, old[i].name) == 0)
			return old[i].method;
	return err_set(e, "a key of type %s signs by method 14 (RFC 7427) only, %s", name,
	    c->old_methods ? "and the methods before it are asked for" :
	    "for which the peer announced no hash that fits");
}

static int prove_signature(struct sess_ike *ike, struct build *b, struct err *e)
{
	struct auth_side side = side_of(ike, true);
	const struct cert *cert;
	const struct pkey *key = auth_key_mine(ike, &cert, e);
	uint8_t data[SIGN_MAX + UINT8_MAX + 1];
	struct sign_scheme scheme = { 0 };
	struct wr w = wr_of(data, sizeof data);
	int method;

	if (key == NULL || (method = choose_method(ike, key, &scheme, e)) < 0)
		return -1;
	if (auth_sign(&side, (unsigned)method, &scheme, key, NULL, &w, e) < 0)
		return -1;
	auth_add(b, (uint8_t)method, data, w.n);
	return 0;
}

int auth_prove(struct sess_ike *ike, const struct secret *msk, struct build *b, struct err *e)
{
	const struct secret *key;
	char name[AUTH_NAME];

	if (msk != NULL)				/* RFC 7296 2.16 */
		return prove_mac(ike, IKE_AUTH_PSK, msk->n > 0 ? auth_bytes(msk) : side_of(ike, true).sk_p, b, e);
	switch (ike->s->conf->creds->how) {
	case CREDS_PSK:
		if ((key = psk_mine(ike)) == NULL)
			return err_set(e, "no pre-shared key for \"%s\"", auth_name(name,
			    ike->pub.remote_id.type != 0 ? &ike->pub.remote_id : &ike->s->conf->remote_id));
		return prove_mac(ike, IKE_AUTH_PSK, auth_bytes(key), b, e);
	case CREDS_NULL:				/* RFC 7619 2.1 */
		return prove_mac(ike, IKE_AUTH_NULL, side_of(ike, true).sk_p, b, e);
	case CREDS_CERT:
	case CREDS_RAW_KEY:
		return prove_signature(ike, b, e);
	default:
		return err_set(e, "EAP proves a client, not a responder");
	}
}

static void refuse_method(struct sess_ike *ike, const char *by, unsigned allowed)
{
	char name[AUTH_NAME], list[200] = "";
	size_t n = 0;

	for (int h = 0; h < CREDS_HOWS; h++)
		if (allowed & 1u << h)
			n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n > 0 ? ", " : "",
			    auth_how_text(ike, (enum creds_how)h));
	reason_advise(reason_add(&ike->auth->child.why, "auth-method", REASON_ERROR, "\"%s\" wants to prove itself by %s, here it may by %s",
	    auth_name(name, &ike->pub.remote_id), by, list[0] != '\0' ? list : "nothing"),
	    "let both ends use the same kind of authentication, or give this end what it needs for the other one");
}

static int believe_psk(struct sess_ike *ike, const struct auth_side *side, const struct pl_auth *auth, struct err *e)
{
	const struct identity *id = &ike->pub.remote_id;
	const struct secret *key = creds_psk_for(ike->s->conf->creds, id->type, identity_span(id));
	char name[AUTH_NAME];
	int rc;

	if (key == NULL) {
		reason_advise(reason_add(&ike->auth->child.why, "no-psk", REASON_ERROR, "no pre-shared key for \"%s\"", auth_name(name, id)),
		    "add the key for this identity, or expect another identity");
		return 0;
	}
	if ((rc = auth_check_mac(side, auth_bytes(key), auth->data, e)) == 0)
		reason_advise(reason_add(&ike->auth->child.why, "wrong-psk", REASON_ERROR,
		    "the AUTH of \"%s\" is wrong with the pre-shared key that is here for it", auth_name(name, id)),
		    "the pre-shared keys differ: copy one end's to the other; if they are the same, somebody on the way "
		    "changed the first messages");
	return rc;
}

/* RFC 7619: whatever the identity says, it is nobody. */
static int believe_null(struct sess_ike *ike, const struct auth_side *side, const struct pl_auth *auth, struct err *e)
{
	int rc = auth_check_mac(side, side->sk_p, auth->data, e);

	if (rc == 0)
		reason_add(&ike->auth->child.why, "wrong-signature", REASON_ERROR, "the AUTH of a peer without a name is wrong: somebody "
		    "on the way changed the first messages");
	ike->pub.remote_id = (struct identity){ .type = IKE_ID_NULL };
	return rc > 0 ? auth_id_expected(ike, &ike->pub.remote_id) : rc;
}

int auth_believe(struct sess_ike *ike, const struct pl_auth *auth, unsigned allowed, struct err *e)
{
	struct auth_side side = side_of(ike, false);
	bool nobody = ike->pub.remote_id.type == IKE_ID_NULL;
	char by[IKE_ID_TEXT];

	ike_id_text(by, &ike_auth_methods, auth->method);
	switch (auth->method) {
	case IKE_AUTH_PSK:
		if (!(allowed & 1u << CREDS_PSK) || nobody)
			break;
		ike->pub.remote_how = CREDS_PSK;
		return believe_psk(ike, &side, auth, e);
	case IKE_AUTH_NULL:
		if (!(allowed & 1u << CREDS_NULL))
			break;
		ike->pub.remote_how = CREDS_NULL;
		return believe_null(ike, &side, auth, e);
	case IKE_AUTH_RSA: case IKE_AUTH_DSS: case IKE_AUTH_ECDSA_256: case IKE_AUTH_ECDSA_384: case IKE_AUTH_ECDSA_521:
	case IKE_AUTH_DIGITAL_SIGNATURE:
		if (!(allowed & (1u << CREDS_CERT | 1u << CREDS_RAW_KEY)) || nobody)
			break;
		return auth_believe_signature(ike, &side, auth, allowed, e);
	}
	refuse_method(ike, by, allowed);
	return 0;
}

int auth_believe_eap(struct sess_ike *ike, const struct pl_auth *auth, struct err *e)
{
	struct auth_side side = side_of(ike, false);
	const struct secret *msk = auth_eap_key(ike);
	int rc = 0;

	if (auth->method == IKE_AUTH_PSK)
		rc = auth_check_mac(&side, msk->n > 0 ? auth_bytes(msk) : side.sk_p, auth->data, e);
	if (rc == 0)
		reason_advise(reason_add(&ike->auth->child.why, "wrong-signature", REASON_ERROR,
		    "the peer's AUTH is not made of the key of %s", auth_how_text(ike, CREDS_EAP)),
		    "somebody between the ends took part in EAP, or the gateway did not get the key from its RADIUS server");
	return rc;
}

/* --- the end of it --- */

void auth_done(struct sess_ike *ike)
{
	struct session *s = ike->s;

	ike->state = SESS_UP;
	ike->since = ike->heard = s->now;
	sess_event(ike, SESSION_AUTHENTICATED, NULL, "%s, peer by %s", auth_how_text(ike, ike->pub.how),
	    auth_how_text(ike, ike->pub.remote_how));
	life_start(ike);
}

void auth_failed(struct sess_ike *ike)
{
	struct reasons *why = &ike->auth->child.why;

	if (why->n == 0)
		reason_add(why, "auth-failed", REASON_ERROR, "the peer is not believed");
	sess_event_why(ike, SESSION_FAILED, NULL, why);
}
