/* Generic Token Card (RFC 3748 5.6): a password in clear inside IKE's encryption; proves the client alone. */
#include "ike/eap_method.h"

static int client(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	(void)r;				/* a prompt for people */
	(void)e;
	wr_span(w, x->conf->password);
	return EAP_TURN_READY;
}

static int begin(struct eap *x, struct wr *w, struct err *e)
{
	static const char prompt[] = "Password";

	(void)x;
	(void)e;
	wr_span(w, (struct span){ (const uint8_t *)prompt, sizeof prompt - 1 });
	return EAP_TURN_ON;
}

static int server(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	struct span given = rd_rest(&r), password = { 0 }, name = eap_name(x);
	bool known = eap_password(x, &name, &password);

	(void)w;
	(void)e;
	if (!known || given.n != password.n || !bytes_eq(given.p, password.p, given.n))
		return eap_because_password(x, known, name);
	return eap_take_name(x, name) == EAP_TURN_FAILED ? EAP_TURN_FAILED : EAP_TURN_DONE;
}

const struct eap_method eap_gtc = {
	.name = { EAP_GTC, "gtc" }, .label = "EAP-GTC", .can = eap_can_password, .client = client, .begin = begin,
	.server = server,
};
