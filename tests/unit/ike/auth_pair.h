/*
 * auth_pair.h - for tests of IKE_AUTH: what two ends prove themselves by, a man between them who has their keys, and
 * what is expected in the end.
 */
#ifndef TESTS_IKE_AUTH_PAIR_H
#define TESTS_IKE_AUTH_PAIR_H

#include "ike/protect.h"
#include "unit/ike/pair.h"
#include "unit/pki.h"

static struct pair p;

static inline void ap_id(struct identity *id, const char *text)
{
	struct err e;

	cr_assert_eq(identity_parse(id, text, &e), 0, "%s: %s", text, e.text);
}

static inline void ap_psk(struct pair_end *x, const char *remote, const char *key)
{
	struct identity id;
	struct err e;

	ap_id(&id, remote);
	cr_assert_eq(creds_add_psk(&x->creds, &id, key, strlen(key), &e), 0, "%s", e.text);
	x->creds.how = CREDS_PSK;
	x->creds.remote = 1u << CREDS_PSK;
}

/* No key at all. */
static inline void ap_clear(struct pair_end *x)
{
	creds_clear(&x->creds);
}

static inline void ap_ca(struct cert_set *ca, const char *cn)
{
	pki_add(ca, &(struct pki_plan){ .cn = cn, .ca = true }, NULL);
}

static inline void ap_cert(struct pair_end *x, const struct pki_plan *plan, const struct cert_set *ca)
{
	pki_add(&x->creds.own, plan, ca);
	x->creds.how = CREDS_CERT;
}

static inline void ap_trust(struct pair_end *x, const struct cert_set *ca)
{
	pki_copy(&x->creds.anchors, ca->cert[0]);
	x->creds.remote = 1u << CREDS_CERT;
}

/* Both by certificates of one authority. */
static inline void ap_certs(struct cert_set *ca)
{
	ap_clear(&p.end[PAIR_I]);
	ap_clear(&p.end[PAIR_R]);
	if (ca->ncert == 0)
		ap_ca(ca, "root");
	ap_cert(&p.end[PAIR_I], &(struct pki_plan){ .cn = "me", .san = "me@example" }, ca);
	ap_cert(&p.end[PAIR_R], &(struct pki_plan){ .cn = "gw", .san = "gw.example" }, ca);
	ap_trust(&p.end[PAIR_I], ca);
	ap_trust(&p.end[PAIR_R], ca);
}

static inline void ap_run(void)
{
	pair_start(&p);
	pair_settle(&p);
	pair_quiet(&p);
}

static inline void ap_expect_up(const char *what)
{
	cr_expect(pair_is_up(&p), "%s:\n%s--\n%s", what, p.end[PAIR_I].log, p.end[PAIR_R].log);
	for (int i = 0; i < 2; i++)
		cr_expect_eq(p.end[i].count[SESSION_AUTHENTICATED], 1, "%s", what);
	pair_expect_equal(&p);
}

/* Nothing came up, both know, and this is why (NULL: whatever). */
static inline void ap_expect_failed(const char *what, const char *i, const char *r)
{
	const char *const ids[] = { i, r };

	pair_run(&p, 30);
	cr_expect(pair_is_over(&p), "%s", what);
	for (int k = 0; k < 2; k++) {
		const struct pair_end *x = &p.end[k];

		cr_expect_eq(x->count[SESSION_FAILED] + x->count[SESSION_DELETED], 1, "%s: %d:\n%s", what, k, x->log);
		cr_expect(ids[k] == NULL || (x->why.n > 0 && strcmp(x->why.row[0].id, ids[k]) == 0), "%s: %d: %s, wanted %s\n%s", what,
		    k, x->why.n > 0 ? x->why.row[0].id : "nothing", ids[k], x->log);
	}
}

static inline bool ap_says(int who, const char *text)
{
	return strstr(p.end[who].log, text) != NULL;
}

/* --- a man between them --- */

/* Changes the payloads of what an IKE SA carries; the list is his.  Not of fragments. */
typedef void ap_edit(struct ike_payloads *ps, const struct ike_hdr *h);

static inline void ap_wire(struct pair_datagram *d, struct ike_message *m)
{
	static uint8_t wire[65536];
	struct wr w = wr_of(wire, sizeof wire);
	struct err e;

	cr_assert_eq(ike_message_encode(m, &w, &e), 0, "%s", e.text);
	free(d->p);
	d->p = malloc(w.n + 1);
	memcpy(d->p, wire, w.n);
	d->n = w.n;
}

/* With the initiator's keys, which are those of both. */
static inline void ap_sealed(struct pair_datagram *d, struct ike_message *m, ap_edit *edit)
{
	static uint8_t plain[65536], wire[65536];
	bool forth = d->to == PAIR_R;
	const struct ike_payload *sk = ike_message_sk(m);
	uint8_t iv[16] = { 0xee, (uint8_t)m->hdr.message_id, forth };
	struct ike_protect *x;
	struct span got;
	struct wr w = wr_of(plain, sizeof plain);
	struct err e;
	size_t n;

	cr_assert_not_null(sk);
	cr_assert_eq(sk->type, IKE_P_SK);
	x = ike_protect_new(session_ike(p.end[PAIR_I].s)->keys, forth, 0, &e);
	cr_assert_not_null(x, "%s", e.text);
	cr_assert_eq(ike_protect_open(x, m->wire, sk->offset, IKE_SK_HEADER, false, wire, &got), IKE_OPEN_OK);
	cr_assert_eq(ike_message_open(m, sk->sk.first, got, &e), 0);
	edit(&m->inner, &m->hdr);
	n = sk->offset;
	memmove(wire + 4096, got.p, got.n);		/* what payloads borrow */
	memcpy(plain, "", 1);
	{
		uint8_t first = ike_payloads_encode(&m->inner, &w);

		memcpy(wire, d->p, n + IKE_SK_HEADER);
		wire[n] = first;
	}
	n = ike_protect_seal(x, wire, 4096, n + IKE_SK_HEADER, IKE_SK_HEADER, (struct span){ plain, w.n }, iv);
	cr_assert_gt(n, 0);
	free(d->p);
	d->p = malloc(n + 1);
	memcpy(d->p, wire, n);
	d->n = n;
	ike_protect_free(x);
}

static inline void ap_man(struct pair_datagram *d, ap_edit *edit)
{
	static struct ike_message m;
	struct err e;

	ike_message_init(&m);
	cr_assert_eq(ike_message_decode(&m, (struct span){ d->p, d->n }, &e), 0);
	if (ike_message_sk(&m) != NULL) {
		ap_sealed(d, &m, edit);
	} else {
		edit(&m.payloads, &m.hdr);
		ap_wire(d, &m);
	}
	ike_message_clear(&m);
}

static ap_edit *ap_now;
static int ap_to;
static unsigned ap_id_of_message;

static inline bool ap_edits(struct pair *x, struct pair_datagram *d)
{
	(void)x;
	if (d->n > 28 && d->p[18] == IKE_X_AUTH && d->to == ap_to &&
	    (ap_id_of_message == 0 || load_be32(d->p + 20) == ap_id_of_message))
		ap_man(d, ap_now);
	return true;
}

/* What IKE_AUTH says to this end is changed; id: of the message, 0: of each. */
static inline void ap_change(int to, unsigned id, ap_edit *edit)
{
	ap_to = to;
	ap_id_of_message = id;
	ap_now = edit;
	p.man = ap_edits;
}

static inline void ap_drop(struct ike_payloads *ps, unsigned i)
{
	ps->n--;
	memmove(&ps->payload[i], &ps->payload[i + 1], (ps->n - i) * sizeof ps->payload[0]);
}

static inline void ap_drop_type(struct ike_payloads *ps, uint8_t type)
{
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == type)
			ap_drop(ps, i--);
}

static inline void ap_no_hashes(struct ike_payloads *ps, const struct ike_hdr *h)
{
	(void)h;
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == IKE_P_NOTIFY && ps->payload[i].notify.type == IKE_N_SIGNATURE_HASH_ALGORITHMS)
			ap_drop(ps, i--);
}

/* The responder's answer to IKE_SA_INIT loses its hashes of RFC 7427. */
static inline bool ap_no_7427(struct pair *x, struct pair_datagram *d)
{
	(void)x;
	if (d->n > 28 && d->p[18] == IKE_X_SA_INIT && d->to == PAIR_I)
		ap_man(d, ap_no_hashes);
	return true;
}

/* A notify more, in front. */
static inline void ap_notify(struct ike_payloads *ps, uint16_t type, struct span data)
{
	static struct ike_payload more[32];

	cr_assert_lt(ps->n, 32);
	more[0] = (struct ike_payload){ .version = IKE_V2, .type = IKE_P_NOTIFY, .decoded = true,
		.notify = { .type = type, .data = data } };
	memcpy(more + 1, ps->payload, ps->n * sizeof *more);
	ps->payload = more;
	ps->n++;
}

#endif
