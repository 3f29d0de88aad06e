/* Identity, Notification and NAK (RFC 3748 5.1, 5.2, 5.3). */
#include <stdio.h>
#include <string.h>

#include "ike/eap_method.h"

enum { TYPES = 32 };			/* of a mask */

struct span eap_own_name(const struct eap_conf *conf)
{
	const char *name = conf->identity != NULL ? conf->identity : "";

	return (struct span){ (const uint8_t *)name, strlen(name) };
}

struct span eap_name(const struct eap *x)
{
	return (struct span){ (const uint8_t *)x->identity, x->n_identity };
}

int eap_take_name(struct eap *x, struct span name)
{
	if (name.n > EAP_NAME_MAX)
		return eap_because(x, "the peer's name has %zu octets, wanted up to %d", name.n, EAP_NAME_MAX);
	if (name.n > 0 && memchr(name.p, '\0', name.n) != NULL)
		return eap_because(x, "the peer's name has a NUL in it");
	if (name.n > 0)
		memmove(x->identity, name.p, name.n);
	x->n_identity = name.n;
	x->identity[name.n] = '\0';
	return EAP_TURN_ON;
}

int eap_answer_identity(struct eap *x, struct wr *w)
{
	wr_span(w, eap_own_name(x->conf));
	return EAP_TURN_ON;
}

/* Nothing to answer; what was said explains a failure that follows. */
int eap_answer_notification(struct eap *x, struct rd r)
{
	snprintf(x->notice, sizeof x->notice, "%.*s", (int)r.n, r.p);
	return EAP_TURN_ON;
}

/* RFC 3748 5.3.1: the types that would do, or 0: none; also in answer to expanded types. */
void eap_answer_nak(const struct eap *x, struct wr *w)
{
	const struct name *row;
	bool any = false;

	for (size_t i = 0; (row = eap_method_name(i)) != NULL; i++)
		if (x->usable & 1u << row->id) {
			wr_u8(w, (uint8_t)row->id);
			any = true;
		}
	if (!any)
		wr_u8(w, 0);
}

unsigned eap_read_nak(struct rd r)
{
	unsigned wanted = 0;

	while (r.n > 0) {
		uint8_t type = rd_u8(&r);

		if (type < TYPES)
			wanted |= 1u << type;
	}
	return wanted & ~1u;
}
