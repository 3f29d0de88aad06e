#include "ike/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/refusal_priv.h"

enum { XAUTH_STATUS = 16527, MSCHAPV2_FAILURE = 4, COOKIES = 3 };

struct refusals *refusals_new(bool live, struct err *e)
{
	struct refusals *r = calloc(1, sizeof *r);

	if (r != NULL && (r->seen = calloc(REFUSAL_SAS, sizeof *r->seen)) == NULL) {
		free(r);
		r = NULL;
	}
	if (r == NULL)
		err_nomem(e);
	else
		r->live = live;
	return r;
}

static void seen_clear(struct refusal_seen *s)
{
	mem_clear(&s->request[0].mem);
	mem_clear(&s->request[1].mem);
	*s = (struct refusal_seen){ 0 };
}

void refusals_free(struct refusals *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < REFUSAL_SAS; i++)
		seen_clear(&r->seen[i]);
	for (unsigned i = 0; i < r->npeer; i++)
		mem_clear(&r->peer[i].mem);
	free(r->seen);
	free(r);
}

static struct refusal_seen *seen_of(struct refusals *r, const struct follow_sa *sa)
{
	struct refusal_seen *s = &r->seen[sa->number % REFUSAL_SAS];

	if (s->number != sa->number) {
		if (s->number > sa->number)
			return NULL; /* older than what is remembered */
		seen_clear(s);
		s->number = sa->number;
		s->version = sa->version;
	}
	s->i = sa->i;
	s->r = sa->r;
	if (sa->number > r->most)
		r->most = sa->number;
	return s;
}

static struct refusal_peer *peer_of(struct refusals *r, const struct addr *a, bool add)
{
	struct refusal_peer *p;

	for (unsigned i = 0; i < r->npeer; i++)
		if (addr_eq(&r->peer[i].addr, a))
			return &r->peer[i];
	if (!add || r->npeer == REFUSAL_PEERS)
		return NULL;
	p = &r->peer[r->npeer++];
	p->addr = *a;
	mem_init(&p->mem, REFUSAL_MEMORY);
	return p;
}

/* CERTREQ: SHA-1 hashes of the keys of authorities (RFC 7296 3.7). */
static void take_certreq(struct refusal_who *w, const struct pl_cert *c)
{
	if (c->encoding != IKE_CERT_X509)
		return;
	for (size_t at = 0; at + 20 <= c->data.n && w->ncas < REFUSAL_CAS; at += 20)
		memcpy(w->ca[w->ncas++], c->data.p + at, 20);
}

/* Who an end says it is, and by what. */
static void take_who(
    struct refusal_seen *s, int side, const struct follow_message *m, const struct ike_payloads *ps)
{
	struct refusal_who *w = &s->who[side];
	const struct ike_payload *id = ike_payload_find(ps,
	    s->version == 1 ? IKE_V1_P_ID
		: side == 0 ? IKE_P_IDI
			    : IKE_P_IDR);
	bool phase1 =
	    s->version == 2 || m->m->hdr.exchange == IKE_X_MAIN || m->m->hdr.exchange == IKE_X_AGGRESSIVE;

	if (id != NULL && id->decoded && phase1)
		refusal_id_format(w->id, &id->id);
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];

		if (!p->decoded)
			continue;
		if (p->version == IKE_V2 && p->type == IKE_P_AUTH)
			ike_id_text(w->method, &ike_auth_methods, p->auth.method);
		if (p->type == (p->version == IKE_V2 ? IKE_P_CERT : IKE_V1_P_CERT))
			refusal_take_cert(w, &p->cert, id != NULL && id->decoded ? &id->id : NULL, m->d->ns);
		if (p->version == IKE_V2 && p->type == IKE_P_CERTREQ)
			take_certreq(w, &p->cert);
	}
	if (m->auth != FOLLOW_UNCHECKED && phase1)
		w->check = m->auth;
}

static int take_offers(struct offers *os, const struct ike_payloads *ps, struct mem *mem, struct err *e)
{
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == (ps->payload[i].version == IKE_V1 ? IKE_V1_P_SA : IKE_P_SA) &&
		    offers_of_payload(os, &ps->payload[i], mem, e) < 0)
			return -1;
	return 0;
}

static void take_ts(char out[REFUSAL_WORDS], const struct ike_payloads *ps, uint8_t exchange)
{
	unsigned n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];
		bool ts = p->version == IKE_V2 && (p->type == IKE_P_TSI || p->type == IKE_P_TSR);
		bool id = p->version == IKE_V1 && p->type == IKE_V1_P_ID && exchange == IKE_X_QUICK;

		if (!p->decoded || !(ts || id))
			continue;
		if (n++ > 0)
			snprintf(out + strlen(out), REFUSAL_WORDS - strlen(out), " = ");
		if (ts)
			refusal_ts_append(out, &p->ts);
		else
			refusal_v1_id_append(out, &p->id);
	}
}

/* What it asks for. */
static int take_request(struct refusal_seen *s, int side, const struct follow_message *m,
    const struct ike_payloads *ps, struct err *e)
{
	struct refusal_request *q = &s->request[side];
	const struct ike_payload *ke = ike_payload_find(ps, IKE_P_KE), *cp = ike_payload_find(ps, IKE_P_CP);

	mem_clear(&q->mem);
	*q = (struct refusal_request){ .waits = true,
		.message_id = m->m->hdr.message_id,
		.exchange = m->m->hdr.exchange,
		.sends = m->sends > 0 ? m->sends : 1,
		.frame = m->frame[0],
		.size = m->m->wire.n,
		.dport = m->d->dport };
	mem_init(&q->mem, REFUSAL_MEMORY);
	q->opened = m->m->opened;
	q->sealed = ike_hdr_is_encrypted(&m->m->hdr) || ike_message_sk(m->m) != NULL;
	if (s->version == 2) {
		q->ke = ke != NULL && ke->decoded ? ke->ke.group : 0;
		q->rekeys = ike_notify_find(ps, IKE_N_REKEY_SA) != NULL;
		q->wants_address = cp != NULL;
		q->ppk = ike_notify_find(ps, IKE_N_PPK_IDENTITY) != NULL;
		if (q->ke != 0 && q->ke == s->ke_wanted)
			s->ke_wanted = 0;
	}
	take_ts(q->ts, ps, q->exchange);
	if (take_offers(&q->offers, ps, &q->mem, e) < 0)
		return -1;
	/* IKEv1: both ends prove themselves by the method that the responder chose */
	if (s->version == 1 && q->offers.n > 0 && q->offers.offer[0].v1_auth != 0)
		for (int i = 0; i < 2; i++)
			ike_id_text(s->who[i].method, &ike_v1_auths, q->offers.offer[0].v1_auth);
	return 0;
}

/* What the answer agreed to, for those that it refuses later. */
static int take_agreed(
    struct refusals *r, const struct follow_message *m, const struct ike_payloads *ps, struct err *e)
{
	bool v1 = ike_hdr_is_v1(&m->m->hdr);
	struct refusal_peer *p;

	if (ike_payload_find(ps, v1 ? IKE_V1_P_SA : IKE_P_SA) == NULL ||
	    (p = peer_of(r, &m->d->src, true)) == NULL)
		return 0;
	if (ike_payload_find(ps, IKE_P_TSI) != NULL || m->m->hdr.exchange == IKE_X_QUICK)
		take_ts(p->ts, ps, m->m->hdr.exchange);
	return p->chosen.n >= REFUSAL_OFFERS ? 0 : take_offers(&p->chosen, ps, &p->mem, e);
}

static void explain_eap(struct refusal_seen *s, const struct pl_eap *eap, struct reasons *out)
{
	char type[IKE_ID_TEXT];
	struct reason *r = NULL;

	if (eap->code == EAP_RESPONSE && eap->has_type && eap->type != EAP_IDENTITY && eap->type != EAP_NAK)
		s->eap_type = eap->type;
	ike_id_text(type, &ike_eap_types, s->eap_type);
	if (eap->code == EAP_REQUEST && eap->has_type && eap->type == EAP_MSCHAPV2 && eap->data.n > 4 &&
	    eap->data.p[0] == MSCHAPV2_FAILURE)
		r = reason_add(out, "eap-failed", REASON_ERROR,
		    "EAP-MSCHAPv2 refuses the user \"%s\" or the password: %.*s", s->who[0].id,
		    eap->data.n < 100 ? (int)eap->data.n - 4 : 96, (const char *)eap->data.p + 4);
	else if (eap->code == EAP_FAILURE && !s->broken)
		r = reason_add(out, "eap-failed", REASON_ERROR, "EAP of \"%s\"%s%s failed", s->who[0].id,
		    s->eap_type != 0 ? " by " : "", s->eap_type != 0 ? type : "");
	if (r != NULL)
		reason_advise(
		    r, "check user and password at both ends, or the log of the RADIUS server that decides");
}

/* XAuth and EAP fail without a notify. */
static void explain_login(struct refusal_seen *s, const struct ike_payloads *ps, struct reasons *out)
{
	const struct ike_payload *eap = ike_payload_find(ps, IKE_P_EAP),
				 *cp = ike_payload_find(ps, IKE_V1_P_ATTR);
	const struct ike_attr *status;

	if (s->version == 2 && eap != NULL && eap->decoded)
		explain_eap(s, &eap->eap, out);
	if (s->version != 1 || cp == NULL || !cp->decoded || cp->cp.type != IKE_CFG_SET)
		return;
	status = ike_attr_find(cp->cp.attr, cp->cp.nattr, XAUTH_STATUS);
	if (status != NULL && ike_attr_number(status) == 0)
		reason_advise(
		    reason_add(out, "xauth-failed", REASON_ERROR, "XAuth refuses the user or the password"),
		    "check user and password at both ends, or the log of the server that decides");
}

static void count_cookies(struct refusal_seen *s, const struct ike_payloads *ps, struct reasons *out)
{
	if (ike_notify_find(ps, IKE_N_COOKIE) != NULL && ++s->cookies == COOKIES)
		reason_advise(reason_add(out, "cookie-loop", REASON_WARNING,
				  "%u times a cookie was asked for", s->cookies),
		    "the cookie that comes back is not the one that was sent, or the address changes on the "
		    "way (NAT, several uplinks); the "
		    "responder is under load as well");
}

/* The error notify of this message, explained once. */
static void explain(struct refusals *all, struct refusal_seen *s, const struct follow_message *m,
    const struct ike_payloads *ps, int side, struct reasons *out)
{
	const struct refusal_request *q = &s->request[!side];
	struct refusing x = { .all = all,
		.seen = s,
		.m = m,
		.ps = ps,
		.q = q->frame != 0 ? q : NULL,
		.side = side,
		.out = out };

	x.peer = peer_of(all, &m->d->src, false);
	addr_format(x.from, &m->d->src);
	addr_format(x.to, &m->d->dst);
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];

		if (!p->decoded || p->type != (p->version == IKE_V1 ? IKE_V1_P_NOTIFY : IKE_P_NOTIFY) ||
		    p->notify.type >= IKE_N_STATUS ||
		    (s->told == p->notify.type && s->told_frame == q->frame))
			continue;
		/* what was told already, and the end only repeats */
		if (s->broken && p->notify.type == IKE_N_AUTHENTICATION_FAILED && s->version == 2)
			continue;
		s->told = p->notify.type;
		s->told_frame = q->frame;
		x.n = &p->notify;
		refusal_explain(&x);
		if (s->version == 2 && p->notify.type == IKE_N_INVALID_KE_PAYLOAD && p->notify.laid_out &&
		    x.q != NULL && out->n > 0 && out->row[out->n - 1].level == REASON_INFO)
			s->ke_wanted = (uint16_t)p->notify.number;
	}
}

/* IKEv1: an end that finds the other's HASH wrong says so with a key that the other has not. */
static void explain_aggressive(
    struct refusal_seen *s, const struct follow_message *m, int side, struct reasons *out)
{
	if (m->m->hdr.exchange == IKE_X_AGGRESSIVE && side == 1)
		s->aggressive_proved = true;
	else if (m->m->hdr.exchange == IKE_X_AGGRESSIVE)
		s->aggressive_proved = false;
	else if (m->m->hdr.exchange == IKE_X_V1_INFORMATIONAL && side == 0 && s->aggressive_proved &&
	    !m->m->opened) {
		s->aggressive_proved = false;
		reason_advise(reason_add(out, "wrong-psk", REASON_ERROR,
				  "the initiator ends aggressive mode at the responder's HASH instead of "
				  "sending its own"),
		    "the pre-shared keys differ, or the identities they are looked up by: copy one end's key "
		    "to the other");
	}
}

static int whole_message(struct refusals *r, struct refusal_seen *s, const struct follow_message *m,
    struct reasons *out, struct err *e)
{
	const struct ike_payloads *ps = ike_message_payloads(m->m);
	int side = !m->from_initiator;
	bool v1 = s->version == 1, info = v1 && m->m->hdr.exchange == IKE_X_V1_INFORMATIONAL;
	bool answers = v1 ? !info && m->response : ike_hdr_is_response(&m->m->hdr);

	if (ike_notify_find(ps, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED) != NULL)
		s->fragments[side] = true;
	take_who(s, side, m, ps);
	if (side == 1)
		s->answered = true;
	s->up |=
	    v1 ? m->m->hdr.exchange == IKE_X_QUICK : side == 1 && ike_payload_find(ps, IKE_P_AUTH) != NULL;
	if (v1)
		explain_aggressive(s, m, side, out);
	explain_login(s, ps, out);
	if (answers || info)
		count_cookies(s, ps, out);
	explain(r, s, m, ps, side, out);
	if (answers || (info && m->m->opened))
		s->request[!side].waits = false;
	if (answers && take_agreed(r, m, ps, e) < 0)
		return -1;
	return (v1 ? !info : !answers) ? take_request(s, side, m, ps, e) : 0;
}

int refusals_message(struct refusals *r, const struct follow_message *m, struct reasons *out, struct err *e)
{
	struct refusal_seen *s;
	struct refusal_request *q;
	int rc;

	out->n = 0;
	if (m->m == NULL || m->sa == NULL || (s = seen_of(r, m->sa)) == NULL)
		return 0;
	q = &s->request[!m->from_initiator];
	refusal_parts(s, m);
	if (m->repeats != 0) {
		if (q->waits && q->message_id == m->m->hdr.message_id && !ike_hdr_is_response(&m->m->hdr) &&
		    (m->fragments == 0 || m->sends > q->sends))
			q->sends++;
		return 0;
	}
	if (m->fragments > 0 && !m->whole) { /* its end, if it comes, is the message */
		if (!m->from_initiator)
			s->answered = true;
		s->fragments[!m->from_initiator] = true;
		return 0;
	}
	rc = whole_message(r, s, m, out, e);
	for (unsigned i = 0; i < out->n; i++)
		s->broken |= out->row[i].level == REASON_ERROR;
	return rc;
}

int refusals_end(struct refusals *r,
    int (*give)(void *arg, const struct refusal_end *of, const struct reasons *rows, struct err *e),
    void *arg, struct err *e)
{
	struct reasons *out = calloc(1, sizeof *out);
	int rc = 0;

	if (out == NULL)
		return err_nomem(e);
	for (uint64_t n = r->most > REFUSAL_SAS ? r->most - REFUSAL_SAS : 1; rc == 0 && n <= r->most; n++) {
		const struct refusal_seen *s = &r->seen[n % REFUSAL_SAS];
		const char *whose;
		const struct refusal_parts *lost = refusal_lost(s, &whose);
		struct refusal_end of = { n, lost != NULL ? lost->frame : s->request[0].frame, s->i, s->r };

		out->n = 0;
		if (s->number == n)
			refusal_silence(s, out);
		if (out->n > 0)
			rc = give(arg, &of, out, e);
	}
	free(out);
	return rc;
}
