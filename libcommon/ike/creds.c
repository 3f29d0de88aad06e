#include "ike/creds.h"

#include <stdlib.h>

const char *creds_how_name(enum creds_how h)
{
	static const char *const names[CREDS_HOWS] = {
		[CREDS_PSK] = "psk", [CREDS_CERT] = "certificate", [CREDS_RAW_KEY] = "raw-key", [CREDS_EAP] = "eap",
		[CREDS_NULL] = "null",
	};

	return h < CREDS_HOWS ? names[h] : "unknown";
}

const struct secret *creds_psk_for(const struct creds *c, uint8_t type, struct span id)
{
	const struct secret *any = NULL;

	for (unsigned i = 0; i < c->npsk; i++) {
		const struct creds_psk *p = &c->psk[i];

		if (p->remote.type == 0)
			any = any != NULL ? any : &p->key;
		else if (type != 0 && identity_eq(&p->remote, type, id))
			return &p->key;
	}
	return any;
}

int creds_add_psk(struct creds *c, const struct identity *remote, const void *key, size_t n, struct err *e)
{
	struct creds_psk *more = c->psk;

	if (n == 0)
		return err_set(e, "found an empty pre-shared key");
	if (c->npsk == CREDS_PSKS)
		return err_set(e, "more than %d pre-shared keys", CREDS_PSKS);
	for (size_t i = 0; i < c->npsk; i++)
		if (c->psk[i].remote.type == remote->type && (remote->type == 0 || identity_eq(remote, c->psk[i].remote.type, identity_span(&c->psk[i].remote))))
			return err_set(e, "found a second pre-shared key for %s", remote->type == 0 ? "everybody" : "the same identity");
	if ((c->npsk & (c->npsk - 1)) == 0 &&
	    (more = realloc(c->psk, (c->npsk == 0 ? 1 : 2 * c->npsk) * sizeof *c->psk)) == NULL)
		return err_nomem(e);
	c->psk = more;
	if (secret_copy(&c->arena, &c->psk[c->npsk].key, key, n, e) < 0)
		return -1;
	c->psk[c->npsk++].remote = *remote;
	return 0;
}

void creds_init(struct creds *c)
{
	*c = (struct creds){ .send_cert = true };
}

void creds_clear(struct creds *c)
{
	cert_set_clear(&c->own);
	cert_set_clear(&c->anchors);
	cert_set_clear(&c->remote_keys);
	free(c->psk);
	arena_clear(&c->arena);
	creds_init(c);
}
