/* AUTHENTICATION_FAILED and its like: who wanted to be whom, by what, and what of it can be checked. */
#include <stdio.h>
#include <string.h>

#include "ike/refusal_priv.h"

/* Of the authorities that a asks for, those that b does not. */
static unsigned cas_missing(const struct refusal_who *a, const struct refusal_who *b)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < a->ncas; i++) {
		bool found = false;

		for (unsigned j = 0; j < b->ncas; j++)
			found |= memcmp(a->ca[i], b->ca[j], 20) == 0;
		missing += !found;
	}
	return missing;
}

static void explain_cert(
    struct refusing *x, struct reason *r, const struct refusal_who *w, const struct refusal_who *other)
{
	if (w->cert_late || w->cert_early) {
		r->id = "certificate-expired";
		reason_advise(r, "the certificate %s %s %s: %s", w->cert,
		    w->cert_late ? "had expired" : "was not valid yet",
		    refusing_live(x) ? "when it was sent" : "at the time of the capture",
		    w->cert_late ? "renew it" : "check both clocks");
	} else if (!w->cert_names) {
		r->id = "certificate-identity";
		reason_advise(r,
		    "the certificate %s does not name \"%s\": put it into the subjectAltName, or use an "
		    "identity that is there",
		    w->cert, w->id);
	} else if (other->ncas > 0 && cas_missing(w, other) > 0) {
		r->id = "certificate-untrusted";
		reason_advise(r,
		    "%s does not ask (CERTREQ) for %u of the %u authorities that %s has: install there the "
		    "one that issued the "
		    "certificate %s",
		    x->from, cas_missing(w, other), w->ncas, x->to, w->cert);
	} else {
		reason_advise(r,
		    "certificate %s: %s has to trust its authority, reach its revocation list and expect "
		    "this identity; its log "
		    "tells which",
		    w->cert, x->from);
	}
}

void refusal_auth(struct refusing *x, const char *notify)
{
	const struct refusal_who *w = &x->seen->who[!x->side], *other = &x->seen->who[x->side];
	bool psk = strstr(w->method, "SHARED_KEY") != NULL || strstr(w->method, "PSK") != NULL;
	struct reason *r;

	if (x->seen->eap_type != 0 && !w->method[0]) {
		char type[IKE_ID_TEXT];

		r = reason_add(x->out, "eap-failed", REASON_ERROR, "%s: EAP by %s of \"%s\" failed", notify,
		    ike_id_text(type, &ike_eap_types, x->seen->eap_type), x->seen->who[0].id);
		reason_advise(r, "check the user and password at both ends (or the RADIUS server's log)");
		return;
	}
	if (w->id[0] == '\0') {
		r = reason_add(x->out, "auth-failed", REASON_ERROR, "%s: %s does not accept who %s is",
		    notify, x->from, x->to);
		reason_advise(r, "compare identities and keys at both ends%s",
		    refusing_live(x) ? "; its log tells why" : "; with --keys the identity is shown here");
		return;
	}
	r = reason_add(x->out, "auth-failed", REASON_ERROR, "%s: %s does not accept \"%s\"%s%s%s", notify,
	    x->from, w->id, w->method[0] != '\0' ? " by " : "", w->method,
	    w->check == FOLLOW_VERIFIED	    ? "; its AUTH is right with the key that is known here"
		: w->check == FOLLOW_FORGED ? "; its AUTH is wrong with the key that is known here"
					    : "");
	if (x->q != NULL && x->q->ppk)
		reason_advise(r,
		    "a post-quantum pre-shared key (RFC 8784) is in use: compare the PPKs and their "
		    "identities at both ends, then "
		    "the keys beside them");
	else if (w->has_cert)
		explain_cert(x, r, w, other);
	else if (w->check == FOLLOW_VERIFIED)
		reason_advise(r,
		    "%s lacks a connection for this identity, or has another key: expect \"%s\" there%s",
		    x->from, w->id, psk ? ", and compare the pre-shared keys" : "");
	else if (w->check == FOLLOW_FORGED)
		reason_advise(r, "the pre-shared keys differ: copy one end's to the other");
	else
		reason_advise(r,
		    "compare the %s at both ends, and whether %s expects the identity \"%s\" (--psk-file "
		    "checks AUTH here)",
		    psk ? "pre-shared keys" : "keys", x->from, w->id);
}
