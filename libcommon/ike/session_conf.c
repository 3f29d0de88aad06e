#include "ike/session_conf.h"

#include "base/secret.h"

enum { MEMORY = 4 << 20 };

void session_conf_init(struct session_conf *c)
{
	*c = (struct session_conf){ .narrow = true, .mobike = true, .fragmentation = true, .initial_contact = true };
	mem_init(&c->mem, MEMORY);
}

void session_conf_clear(struct session_conf *c)
{
	if (c == NULL)
		return;
	mem_clear(&c->mem);
	session_conf_init(c);
}

static bool has(const struct offer *o, unsigned type, uint16_t id)
{
	for (unsigned i = 0; i < o->of[type].n; i++)
		if (o->of[type].alg[i].id == id)
			return true;
	return false;
}

static bool has_null(const struct offer *o)
{
	for (unsigned i = 0; i < o->of[IKE_T_ENCR].n; i++) {
		const struct alg_encr *a = alg_encr_by_id(o->of[IKE_T_ENCR].alg[i].id);

		if (a != NULL && (a->kind == ENCR_KIND_NULL || a->kind == ENCR_KIND_GMAC))
			return true;
	}
	return false;
}

/* An IKE SA without encryption, integrity or key exchange protects nobody: RFC 7296 5 forbids the first two, and 3.3.3 wants
 * the third. */
static int check_ike(const struct offers *os, struct err *e)
{
	char text[OFFER_TEXT];

	for (unsigned i = 0; i < os->n; i++) {
		const struct offer *o = &os->offer[i];
		const char *why = has_null(o) ? "encrypts nothing" :
		    has(o, IKE_T_INTEG, 0) ? "leaves out integrity" : has(o, IKE_T_KE, 0) ? "leaves out the key exchange" :
		    o->of[IKE_T_SN].n > 0 ? "speaks of sequence numbers, which child SAs have" : NULL;

		if (why != NULL)
			return err_set(e, "found \"%s\" for the IKE SA, which %s: wanted such as \"aes256gcm16-prfsha384-ecp384\"",
			    offer_format(text, o), why);
	}
	return 0;
}

static int check_offers(const struct offers *os, const char *what, struct err *e)
{
	if (os->n == 0)
		return err_set(e, "no proposal for %s", what);
	for (unsigned i = 0; i < os->n; i++)
		for (unsigned t = IKE_T_ADDKE1; t < OFFER_TYPES; t++)
			if (os->offer[i].of[t].n > 0)
				return err_set(e, "%s: further key exchanges (RFC 9370) are not negotiated here", what);
	return 0;
}

static int check_me(const struct creds *c, struct err *e)
{
	if (c->how == CREDS_PSK && c->npsk == 0)
		return err_set(e, "no key to prove who this is: --psk-file, or --cert and --key");
	if ((c->how == CREDS_CERT || c->how == CREDS_RAW_KEY) && c->own.nkey == 0)
		return err_set(e, "no private key to prove who this is: wanted --key");
	if (c->how == CREDS_CERT && c->own.ncert == 0)
		return err_set(e, "no certificate to prove who this is: wanted --cert");
	if (c->how == CREDS_EAP && c->eap.methods == 0)
		return err_set(e, "no EAP method to prove who this is: wanted --eap");
	return 0;
}

/* Nobody is believed without a reason (creds.h). */
static int check_peer(const struct creds *c, struct err *e)
{
	unsigned r = c->remote;

	if (r == 0)
		return err_set(e, "no way is allowed by which the peer could prove who it is: wanted --psk-file, --ca, --remote-cert "
		    "or --remote-key");
	if (r == 1u << CREDS_PSK && c->npsk == 0)
		return err_set(e, "no pre-shared key to check the peer with: wanted --psk-file");
	if (r == 1u << CREDS_CERT && c->anchors.ncert == 0 && c->remote_keys.ncert == 0)
		return err_set(e, "no CA to check the peer's certificate with: wanted --ca or --remote-cert");
	if (r == 1u << CREDS_RAW_KEY && c->remote_keys.nkey == 0 && c->remote_keys.ncert == 0)
		return err_set(e, "no public key of the peer to check it with: wanted --remote-key");
	return 0;
}

/* Each method that is named is offered, or refused here: not found missing when a peer comes. */
static int check_methods(const struct creds *c, bool initiator, struct err *e)
{
	struct eap_conf eap = c->eap;
	const struct name *row;

	if (eap.policy == NULL)			/* as session_auth_eap.c has it */
		eap.policy = &c->policy;
	row = eap_method_lacking(&eap, !initiator);
	if (row == NULL || (initiator ? c->how != CREDS_EAP : !(c->remote & 1u << CREDS_EAP)))
		return 0;
	if (row->id == EAP_TLS)
		return err_set(e, "EAP by %s wants a certificate with its key, and a CA: --cert, --key, --ca", row->name);
	return err_set(e, "EAP by %s wants %s", row->name, initiator ? "a password: --eap-password-file" :
	    "the passwords of its users: --eap-users");
}

/* RFC 7296 2.16: EAP proves the client; the responder by a signature, or by a method that proves both (RFC 5998). */
static int check_eap(const struct creds *c, bool initiator, struct err *e)
{
	if (c->how != CREDS_EAP)
		return 0;
	if (!initiator)
		return err_set(e, "EAP proves a client, not a responder");
	if (c->remote & (1u << CREDS_CERT | 1u << CREDS_RAW_KEY))
		return 0;
	if (!c->eap_only)
		return err_set(e, "with EAP the responder has to prove itself by a certificate or a raw public key, and none is "
		    "believed here");
	return eap_methods_mutual(c->eap.methods) ? 0 :
	    err_set(e, "EAP alone is for methods that prove the responder, too: EAP-TLS");
}

int session_conf_check(const struct session_conf *c, bool initiator, struct err *e)
{
	if (c->rng == NULL || c->creds == NULL)
		return err_set(e, "no %s", c->rng == NULL ? "random numbers" : "credentials");
	if (check_offers(&c->ike, "the IKE SA", e) < 0 || check_ike(&c->ike, e) < 0 || check_me(c->creds, e) < 0 ||
	    check_peer(c->creds, e) < 0 || check_eap(c->creds, initiator, e) < 0 || check_methods(c->creds, initiator, e) < 0)
		return -1;
	if (!initiator && c->childless && c->no_childless)
		return err_set(e, "childless is both wanted and refused");
	for (unsigned i = 0; i < c->nchild; i++) {
		if (check_offers(&c->child[i].offers, "a child SA", e) < 0)
			return -1;
		if (initiator && c->child[i].mode == SA_MODE_UNKNOWN)
			return err_set(e, "neither tunnel nor transport mode");
	}
	if (!initiator && c->nchild == 0 && !c->childless)
		return err_set(e, "no child SA that a peer may ask for");
	return 0;
}
