#include "cli/ike_live_creds.h"

#include <stdlib.h>
#include <string.h>

#include "base/names.h"

static int ask(void *arg, char *out, size_t room, struct err *e)
{
	const struct secret *pass = arg;

	if (pass->n == 0)
		return err_set(e, "encrypted, wanted --key-passphrase-file");
	if (pass->n > room)
		return err_set(e, "the passphrase is too long");
	memcpy(out, pass->p, pass->n);
	return (int)pass->n;
}

/* What a file has to hold: one of others was given in its place, and would count for nothing. */
enum holds { HOLDS_CERT = 1, HOLDS_CRL = 2, HOLDS_KEY = 4 };

static int check_holds(const struct cert_set *s, const struct cert_set *before, unsigned want, struct err *e)
{
	unsigned has = (s->ncert > before->ncert ? HOLDS_CERT : 0) | (s->ncrl > before->ncrl ? HOLDS_CRL : 0) |
	    (s->nkey > before->nkey ? HOLDS_KEY : 0);

	if ((has & want) != 0)
		return 0;
	return err_set(e, "found %s, wanted a %s", has & HOLDS_CERT ? "a certificate" : has & HOLDS_CRL ? "a revocation list" : "a key",
	    want == HOLDS_CRL ? "revocation list" : want & HOLDS_CERT ? "certificate" : "key");
}

static int read_file(struct cert_set *to, const char *path, unsigned want, struct secret *pass, struct err *e)
{
	struct passphrase from = { ask, pass };
	struct cert_set before = *to;
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (io_read_all(path, CERT_FILE_MAX, &text, &n, e) < 0)
		return -1;
	rc = cert_set_read(to, (struct span){ (const uint8_t *)text, n }, &from, e);
	wipe(text, n);
	free(text);
	return rc < 0 || check_holds(to, &before, want, e) < 0 ? err_in(e, "%s", path) : 0;
}

static int read_all(struct cert_set *to, const struct ike_live_texts *paths, unsigned want, struct secret *pass, struct err *e)
{
	for (unsigned i = 0; i < paths->n; i++)
		if (read_file(to, paths->v[i], want, pass, e) < 0)
			return -1;
	return 0;
}

static int read_files(struct ike_live_creds *c, const struct ike_live_opts *o, struct cli *cli, struct err *e)
{
	struct creds *k = &c->creds;
	struct secret pass = { 0 };

	if (o->key_pass != NULL && psk_in_line(&k->arena, &pass, cli, o->key_pass, "passphrase", e) < 0)
		return -1;
	for (unsigned i = 0; i < o->psk.n; i++)
		if (psk_in_read(k, cli, o->psk.v[i], e) < 0)
			return -1;
	if (read_all(&k->own, &o->cert, HOLDS_CERT, &pass, e) < 0)
		return -1;
	if (o->key != NULL) {
		if (read_file(&k->own, o->key, HOLDS_KEY, &pass, e) < 0)
			return -1;
		if (pass.n == 0)
			psk_in_warn(cli, o->key);
	}
	secret_clear(&pass);
	return read_all(&k->anchors, &o->ca, HOLDS_CERT, &pass, e) < 0 ||
	    read_all(&k->anchors, &o->crl, HOLDS_CRL, &pass, e) < 0 ||
	    read_all(&k->remote_keys, &o->remote_cert, HOLDS_CERT, &pass, e) < 0 ||
	    read_all(&k->remote_keys, &o->remote_key, HOLDS_KEY | HOLDS_CERT, &pass, e) < 0 ? -1 : 0;
}

static int take_method(const char *word, size_t n, unsigned *methods, struct err *e)
{
	struct nearest near = { 0 };
	char text[32];
	const struct name *row;

	snprintf(text, sizeof text, "%.*s", (int)(n < sizeof text ? n : sizeof text - 1), word);
	for (size_t i = 0; (row = eap_method_name(i)) != NULL; i++) {
		if (name_eq(row->name, text)) {
			*methods |= 1u << row->id;
			return 0;
		}
		nearest_offer(&near, text, row->name);
	}
	if (nearest_name(&near, text) != NULL)
		return err_set(e, "option --eap: unknown method \"%s\", nearest is \"%s\"", text, nearest_name(&near, text));
	return err_set(e, "option --eap: unknown method \"%s\", wanted mschapv2, tls, md5 or gtc", text);
}

static int read_eap(struct ike_live_creds *c, const struct ike_live_opts *o, struct cli *cli, bool initiator, struct err *e)
{
	struct eap_conf *x = &c->creds.eap;
	struct secret password = { 0 };

	if (o->eap == NULL && (o->eap_users != NULL || o->eap_password != NULL || o->eap_id != NULL))
		return err_set(e, "found --eap-%s without --eap, which says by which methods", o->eap_users != NULL ? "users" :
		    o->eap_password != NULL ? "password-file" : "id");
	for (const char *p = o->eap; p != NULL; p = *p == ',' ? p + 1 : NULL) {
		size_t n = strcspn(p, ",");

		if (take_method(p, n, &x->methods, e) < 0)
			return -1;
		p += n;
	}
	if (o->eap_password != NULL) {
		if (psk_in_line(&c->creds.arena, &password, cli, o->eap_password, "password", e) < 0)
			return -1;
		x->password = (struct span){ password.p, password.n };
	}
	if (o->eap_users != NULL) {
		if (psk_in_users(&c->users, &c->creds.arena, cli, o->eap_users, e) < 0)
			return -1;
		x->user = psk_users_find;
		x->arg = &c->users;
	}
	snprintf(c->eap_id, sizeof c->eap_id, "%s", o->eap_id != NULL ? o->eap_id : o->id != NULL ? o->id : "");
	x->identity = initiator ? c->eap_id : NULL;
	x->ask_identity = !initiator;
	x->certs = &c->creds.own;
	x->anchors = &c->creds.anchors;
	x->policy = &c->creds.policy;
	c->creds.eap_only = o->eap_only;
	/* RFC 5998 4: else nothing would prove the responder */
	if (o->eap_only && !eap_methods_mutual(x->methods))
		return err_set(e, "found --eap-only with methods that do not prove the responder, wanted --eap tls alone");
	return 0;
}

static int settle_own(struct creds *k, const struct ike_live_opts *o, bool initiator, struct err *e)
{
	bool eap = initiator && o->eap != NULL, psk = k->npsk > 0, key = k->own.nkey > 0, cert = key && k->own.ncert > 0;

	if (o->auth >= 0)
		k->how = (enum creds_how)o->auth;
	else if (eap)
		k->how = CREDS_EAP;
	else if (psk && key)
		return err_set(e, "found --psk-file and --key: --auth says by which this end authenticates");
	else
		k->how = key ? cert ? CREDS_CERT : CREDS_RAW_KEY : CREDS_PSK;
	if (k->own.ncert > 0 && !key)
		return err_set(e, "found --cert without the private key that belongs to it: --key");
	if (k->how == CREDS_EAP && !initiator)
		return err_set(e, "found --auth eap, but a responder authenticates by EAP only with its client: --eap, --eap-only");
	if (k->how == CREDS_CERT && key && cert && cert_set_of_key(&k->own, k->own.key[0]) == NULL)
		return err_set(e, "found no certificate in --cert that belongs to --key");
	return 0;
}

static void settle_remote(struct creds *k, const struct ike_live_opts *o, bool initiator)
{
	unsigned all = 0;

	if (k->npsk > 0)
		all |= 1u << CREDS_PSK;
	if (k->anchors.ncert > 0 || k->remote_keys.ncert > 0)
		all |= 1u << CREDS_CERT;
	if (k->remote_keys.nkey > 0)
		all |= 1u << CREDS_RAW_KEY;
	if (!initiator && o->eap != NULL)
		all = 1u << CREDS_EAP;
	if (initiator && o->eap_only)		/* a responder that does not do so may prove itself as others do */
		all = (all & 1u << CREDS_CERT) | 1u << CREDS_EAP;
	k->remote = o->remote_auth != 0 ? o->remote_auth : all;
}

int ike_live_creds_read(struct ike_live_creds *c, const struct ike_live_opts *o, struct cli *cli, bool initiator,
    struct err *e)
{
	struct creds *k = &c->creds;

	creds_init(k);
	if (o->id != NULL && identity_parse(&c->id, o->id, e) < 0)
		return err_in(e, "option --id: \"%s\"", o->id);
	if (o->remote_id != NULL && identity_parse(&c->remote_id, o->remote_id, e) < 0)
		return err_in(e, "option --remote-id: \"%s\"", o->remote_id);
	if (read_files(c, o, cli, e) < 0 || read_eap(c, o, cli, initiator, e) < 0 || settle_own(k, o, initiator, e) < 0)
		return -1;
	settle_remote(k, o, initiator);
	k->policy.need_crl = o->need_crl;
	k->pss = o->sign <= 1;
	k->old_methods = o->sign == 3;
	k->send_cert = !o->cert_if_asked;
	return 0;
}

void ike_live_creds_clear(struct ike_live_creds *c)
{
	psk_users_clear(&c->users);
	creds_clear(&c->creds);
}
