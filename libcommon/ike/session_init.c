#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ke.h"
#include "ike/choose.h"
#include "ike/keymat.h"
#include "ike/session_init.h"

void sess_init_forget(struct sess_ike *ike)
{
	free((void *)(uintptr_t)ike->init_i.p);
	free((void *)(uintptr_t)ike->init_r.p);
	ike->init_i = ike->init_r = (struct span){ 0 };
	arena_clear(&ike->ke_arena);
	ike->private_key = (struct secret){ 0 };
}

int init_keep(struct span *to, struct span from, struct err *e)
{
	uint8_t *p = malloc(from.n > 0 ? from.n : 1);

	if (p == NULL)
		return err_nomem(e);
	if (from.n > 0)
		memcpy(p, from.p, from.n);
	free((void *)(uintptr_t)to->p);
	to->p = p;
	to->n = from.n;
	// cppcheck-suppress memleak ; the span has it
	return 0;
}

/* RFC 7427 4: SHA-2, and those that sign the text itself (RFC 8420). */
void init_extensions(struct sess_ike *ike, struct build *b)
{
	static const uint8_t hashes[] = { 0, 2, 0, 3, 0, 4, 0, 5 };

	if (ike->s->conf->fragmentation)
		build_notify(b, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, (struct span){ 0 });
	build_notify(b, IKE_N_SIGNATURE_HASH_ALGORITHMS, (struct span){ hashes, sizeof hashes });
}

void init_look(struct sess_ike *ike, const struct ike_payloads *p)
{
	const struct pl_notify *n = ike_notify_find(p, IKE_N_SIGNATURE_HASH_ALGORITHMS);
	struct rd r = n != NULL ? rd_of(n->data.p, n->data.n) : (struct rd){ 0 };

	while (r.n >= 2) {
		uint16_t id = rd_u16(&r);

		if (id < 32)
			ike->peer_hashes |= 1u << id;
	}
	ike->peer_fragments = ike_notify_find(p, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED) != NULL;
	ike->pub.fragmentation = ike->peer_fragments && ike->s->conf->fragmentation;
	ike->peer_childless = ike_notify_find(p, IKE_N_CHILDLESS_IKEV2_SUPPORTED) != NULL;
}

int init_nonce(struct sess_ike *ike, struct secret *to, struct err *e)
{
	if (secret_new(&ike->arena, to, SESS_NONCE, e) < 0)
		return -1;
	rng_bytes(ike->s->conf->rng, to->p, to->n);
	return 0;
}

/* Keys of what was chosen, both nonces and g^ir, which is not needed any more then. */
int init_keys(struct sess_ike *ike, struct secret shared, struct err *e)
{
	const struct offer *o = &ike->suite;
	struct ike_keys *k = &ike->k;
	int rc;

	k->spi_i = ike->pub.spi_i;
	k->spi_r = ike->pub.spi_r;
	k->spi_i_known = k->spi_r_known = true;
	k->initiator = ike->pub.initiator ? ike->pub.path.local : ike->pub.path.remote;
	k->responder = ike->pub.initiator ? ike->pub.path.remote : ike->pub.path.local;
	k->encr = alg_encr_by_id(o->of[IKE_T_ENCR].alg[0].id);
	k->encr_bits = o->of[IKE_T_ENCR].alg[0].bits;
	k->integ = o->of[IKE_T_INTEG].n > 0 ? alg_integ_by_id(o->of[IKE_T_INTEG].alg[0].id) : NULL;
	k->prf = alg_prf_by_id(o->of[IKE_T_PRF].alg[0].id);
	k->ke[0] = alg_ke_by_id(ike->group);
	k->nke = 1;
	k->shared[0] = shared;
	k->nshared = 1;
	rc = keymat_fill(k, &ike->arena, e);
	k->nshared = 0;
	k->shared[0] = ike->private_key = (struct secret){ 0 };
	arena_clear(&ike->ke_arena);
	secret_clear(&k->skeyseed);
	if (rc == 0 && k->sk_d.n == 0)
		rc = err_set(e, "the algorithms that were agreed on make no keys");
	if (rc < 0 || sess_protect(ike, e) < 0)
		return -1;
	sess_event(ike, SESSION_KEYS, NULL, "%s", "");
	return 0;
}

bool init_can_do(const struct offer *o)
{
	return o->of[IKE_T_ENCR].n == 1 && o->of[IKE_T_PRF].n == 1 && o->of[IKE_T_KE].n == 1 &&
	    alg_encr_by_id(o->of[IKE_T_ENCR].alg[0].id) != NULL && alg_prf_by_id(o->of[IKE_T_PRF].alg[0].id) != NULL &&
	    alg_ke_by_id(o->of[IKE_T_KE].alg[0].id) != NULL;
}

/* --- responder --- */

/* advice: or "". */
__attribute__((format(printf, 6, 7)))
static int refuse(struct sess_ike *ike, struct build *b, uint16_t type, struct span data, const char *advice, const char *fmt, ...)
{
	char text[REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	build_notify(b, type, data);
	sess_fail(ike, type == IKE_N_NO_PROPOSAL_CHOSEN ? "no-proposal" : "refused", advice, "%s", text);
	return 0;
}

static int no_proposal(struct sess_ike *ike, struct build *b, const struct offers *theirs)
{
	static const char *const names[2] = { "this end", "the initiator" };
	char text[CHOOSE_TEXT] = "nothing in common", advice[CHOOSE_TEXT] = "let both ends offer one proposal that is the same";
	struct choice_gap g;

	if (offers_nearest(&g, &ike->s->conf->ike, theirs, 0)) {
		choice_gap_format(text, &g, &ike->s->conf->ike, theirs, names);
		choice_gap_advice(advice, &g, &ike->s->conf->ike, theirs, names);
	}
	return refuse(ike, b, IKE_N_NO_PROPOSAL_CHOSEN, (struct span){ 0 }, advice, "no proposal fits: %s", text);
}

/* 1: suite and *number are chosen, and the KE payload is of that group; 0: refused. */
static int choose(struct sess_ike *ike, const struct sess_in *in, unsigned *number, struct build *b)
{
	const struct ike_payload *sa = ike_payload_find(in->p, IKE_P_SA), *ke = ike_payload_find(in->p, IKE_P_KE);
	struct offers theirs = { 0 };
	struct choice c;
	uint8_t group[2];
	char word[OFFER_WORD];
	struct err e;

	if (offers_of_payload(&theirs, sa, &b->mem, &e) < 0 || !offers_choose(&c, &ike->s->conf->ike, &theirs, 0) ||
	    !init_can_do(&c.suite))
		return no_proposal(ike, b, &theirs);
	ike->suite = c.suite;
	ike->group = c.suite.of[IKE_T_KE].alg[0].id;
	*number = sa->sa.proposal[c.theirs].number;
	if (ke->ke.group == ike->group)
		return 1;
	/* it will begin again, with nothing kept of it here: no failure */
	store_be16(group, ike->group);
	build_notify(b, IKE_N_INVALID_KE_PAYLOAD, (struct span){ group, 2 });
	sess_event(ike, SESSION_OTHER_GROUP, NULL, "the initiator is asked for %s",
	    offer_alg_format(word, IKE_T_KE, c.suite.of[IKE_T_KE].alg[0]));
	sess_ike_end(ike);
	return 0;
}

static int answer_build(struct sess_ike *ike, unsigned number, struct span ke_value, const struct sess_in *in,
    struct build *b, struct err *e)
{
	const struct session_conf *conf = ike->s->conf;

	build_sa_choice(b, number, &ike->suite, (struct span){ 0 }, 0);
	build_ke(b, ike->group, ke_value);
	build_nonce(b, (struct span){ ike->k.nr.p, ike->k.nr.n });
	sess_natd_add(ike, in->path, b, e);
	init_extensions(ike, b);
	if (conf->childless && !conf->no_childless)
		build_notify(b, IKE_N_CHILDLESS_IKEV2_SUPPORTED, (struct span){ 0 });
	sess_certreq_add(ike, b);
	return 0;
}

int sess_init_request(struct sess_ike *ike, const struct sess_in *in, struct span wire, struct build *b, struct err *e)
{
	const struct ike_hdr *h = &in->m->hdr;
	const struct ike_payload *unknown = sess_unknown_critical(in->p), *ke = ike_payload_find(in->p, IKE_P_KE),
	    *nonce = ike_payload_find(in->p, IKE_P_NONCE);
	const struct alg_ke *alg;
	uint8_t value[KE_PUBLIC_MAX];
	struct secret shared;
	unsigned number = 0;
	struct err why;

	if (h->version >> 4 != 2 || h->exchange != IKE_X_SA_INIT || h->message_id != 0 || h->spi_r != 0 || h->spi_i == 0 ||
	    !ike_hdr_is_initiator(h) || ike_hdr_is_response(h))
		return err_set(e, "not a first message of IKEv2");
	if (unknown != NULL)
		return refuse(ike, b, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, (struct span){ &unknown->type, 1 },
		    "turn off the extension that sends it", "payload %u is critical and not known", unknown->type);
	if (sess_is_broken(in->m, true) || ike_payload_find(in->p, IKE_P_SA) == NULL || ke == NULL || nonce == NULL)
		return refuse(ike, b, IKE_N_INVALID_SYNTAX, (struct span){ 0 },
		    "a fault of the initiator's, or somebody on the way changed its first message", "IKE_SA_INIT cannot be read");
	if (choose(ike, in, &number, b) == 0)
		return 0;
	alg = alg_ke_by_id(ike->group);
	if (ke_respond(alg, ike->s->conf->rng, ke->ke.value, &ike->ke_arena, &ike->private_key, value, &shared, &why) < 0)
		return refuse(ike, b, IKE_N_INVALID_SYNTAX, (struct span){ 0 },
		    "a fault of the initiator's, or somebody on the way changed its first message", "the initiator's key exchange: %s", why.text);
	if (init_keep(&ike->init_i, wire, e) < 0 || init_nonce(ike, &ike->k.nr, e) < 0 ||
	    secret_copy(&ike->arena, &ike->k.ni, nonce->opaque.data.p, nonce->opaque.data.n, e) < 0)
		return -1;
	init_look(ike, in->p);
	sess_natd_first(ike, in);
	if (answer_build(ike, number, (struct span){ value, alg->pub_r }, in, b, e) < 0 || init_keys(ike, shared, e) < 0)
		return -1;
	ike->state = SESS_AUTH;
	return 0;
}

/* A refusal keeps nothing, and has no SPI. */
int sess_init_answer(struct sess_ike *ike, const struct session_path *path, struct build *b, struct err *e)
{
	uint64_t spi = ike->pub.spi_r;
	int rc;

	if (ike->state == SESS_GONE)
		ike->pub.spi_r = 0;
	rc = sess_seal(ike, IKE_X_SA_INIT, true, 0, path, b, &ike->answer, e);
	ike->pub.spi_r = spi;
	if (rc < 0 || ike->state == SESS_GONE)
		return rc;
	return init_keep(&ike->init_r, (struct span){ ike->answer.bytes, ike->answer.n }, e);
}
