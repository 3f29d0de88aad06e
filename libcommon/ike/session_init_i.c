/* IKE_SA_INIT as initiator. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ke.h"
#include "ike/choose.h"
#include "ike/session_init.h"

enum { ROUNDS = 8, COOKIE_MAX = 64, HINT = 300, UNFIT = 0xffff };

static bool is_offered(const struct sess_ike *ike, uint16_t group)
{
	const struct offers *os = &ike->s->conf->ike;

	for (unsigned i = 0; i < os->n; i++)
		for (unsigned j = 0; j < os->offer[i].of[IKE_T_KE].n; j++)
			if (os->offer[i].of[IKE_T_KE].alg[j].id == group)
				return alg_ke_by_id(group) != NULL;
	return false;
}

static int init_build(struct sess_ike *ike, struct job *job, struct build *b, struct err *e)
{
	const struct session_conf *conf = ike->s->conf;
	uint8_t value[KE_PUBLIC_MAX];
	const struct alg_ke *alg;

	(void)job;
	if (ike->group == 0 && conf->ike.n > 0 && conf->ike.offer[0].of[IKE_T_KE].n > 0)
		ike->group = conf->ike.offer[0].of[IKE_T_KE].alg[0].id;
	if ((alg = alg_ke_by_id(ike->group)) == NULL)
		return err_set(e, "key exchange %u is not known", ike->group);
	if (ike->k.ni.n == 0 && init_nonce(ike, &ike->k.ni, e) < 0)
		return -1;
	if (ike->private_key.n == 0 && ke_generate(alg, conf->rng, &ike->ke_arena, &ike->private_key, e) < 0)
		return -1;
	if (ke_public(alg, (struct span){ ike->private_key.p, ike->private_key.n }, value, e) < 0)
		return -1;
	if (ike->cookie_n > 0)			/* first: RFC 7296 2.6 */
		build_notify(b, IKE_N_COOKIE, (struct span){ ike->cookie, ike->cookie_n });
	build_sa(b, &conf->ike, (struct span){ 0 }, 0);
	build_ke(b, ike->group, (struct span){ value, alg->pub_i });
	build_nonce(b, (struct span){ ike->k.ni.p, ike->k.ni.n });
	sess_natd_add(ike, &ike->pub.path, b, e);
	init_extensions(ike, b);
	sess_event(ike, SESSION_INIT_SENT, NULL, "%s", "");
	return 1;
}

/* The answer is no good, and may be somebody else's. */
__attribute__((format(printf, 3, 4)))
static int unfit(struct sess_ike *ike, uint16_t type, const char *fmt, ...)
{
	va_list ap;

	if (ike->hint == NULL)
		ike->hint = malloc(HINT);
	if (ike->hint != NULL) {
		va_start(ap, fmt);
		vsnprintf(ike->hint, HINT, fmt, ap);
		va_end(ap);
	}
	ike->refused = type;
	if (!ike->s->conf->trust_refusals)
		return 2;
	sess_init_refused(ike);
	return 0;
}

static const char *refused_advice(uint16_t notify)
{
	switch (notify) {
	case IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD: return "turn off the extension that sends it";
	case IKE_N_INVALID_MAJOR_VERSION: return "let the responder speak IKEv2";
	case IKE_N_INVALID_SYNTAX: return "a fault of one implementation: its log has the details";
	}
	return "";
}

void sess_init_refused(struct sess_ike *ike)
{
	const char *hint = ike->hint != NULL ? ike->hint : "";
	char offer[OFFER_TEXT] = "";

	switch (ike->refused) {
	case IKE_N_NO_PROPOSAL_CHOSEN:
		if (ike->s->conf->ike.n > 0)
			offer_format(offer, &ike->s->conf->ike.offer[0]);
		sess_fail(ike, "no-proposal", "offer what the responder is configured for, or the other way round: "
		    "ipsec-ike match compares both", "the responder takes none of the proposals for the IKE SA "
		    "(NO_PROPOSAL_CHOSEN); the first was %s", offer);
		break;
	case IKE_N_INVALID_KE_PAYLOAD:
		sess_fail(ike, "ke", "add that group to the proposal, or another one that both have", "%s", hint);
		break;
	case UNFIT:
		sess_fail(ike, "bad-answer", "", "the answer to IKE_SA_INIT does not fit: %s", hint);
		break;
	default:
		sess_fail(ike, "refused", refused_advice(ike->refused), "the responder refused IKE_SA_INIT: %s", hint);
	}
}

static int take_cookie(struct sess_ike *ike, struct span cookie)
{
	if (cookie.n == 0 || cookie.n > COOKIE_MAX || ike->init_rounds++ >= ROUNDS)
		return unfit(ike, UNFIT, "a cookie of %zu octets, after %u others", cookie.n, ike->init_rounds);
	memcpy(ike->cookie, cookie.p, cookie.n);
	ike->cookie_n = (uint8_t)cookie.n;
	sess_event(ike, SESSION_COOKIE, NULL, "%s", "the responder wants its cookie back first");
	return 1;
}

/* Only a group that was offered: a forged answer cannot choose a worse one (RFC 7296 1.2, 1.3). */
static int take_group(struct sess_ike *ike, struct span data)
{
	uint16_t group = data.n == 2 ? load_be16(data.p) : 0;
	char word[OFFER_WORD];

	offer_alg_format(word, IKE_T_KE, (struct offer_alg){ .id = group });
	if (group == ike->group || !is_offered(ike, group) || ike->init_rounds++ >= ROUNDS)
		return unfit(ike, IKE_N_INVALID_KE_PAYLOAD, "the responder wants a key exchange by %s (INVALID_KE_PAYLOAD), "
		    "which was %soffered", word, is_offered(ike, group) ? "" : "not ");
	ike->group = group;
	ike->private_key = (struct secret){ 0 };
	arena_clear(&ike->ke_arena);
	sess_event(ike, SESSION_OTHER_GROUP, NULL, "the responder wants %s", word);
	return 1;
}

/* IKE_SA_INIT without SA: a request for more, or an error. */
static int take_notify(struct sess_ike *ike, const struct ike_payloads *p)
{
	const struct pl_notify *n;
	char text[HINT];

	if ((n = ike_notify_find(p, IKE_N_COOKIE)) != NULL)
		return take_cookie(ike, n->data);
	if ((n = ike_notify_find(p, IKE_N_INVALID_KE_PAYLOAD)) != NULL)
		return take_group(ike, n->data);
	for (unsigned i = 0; i < p->n; i++)
		if (p->payload[i].type == IKE_P_NOTIFY && p->payload[i].decoded && p->payload[i].notify.type < IKE_N_STATUS)
			return unfit(ike, p->payload[i].notify.type, "%s", ike_payloads_text(text, sizeof text, p));
	return unfit(ike, UNFIT, "it has neither SA nor an error: %s", ike_payloads_text(text, sizeof text, p));
}

/* One proposal of ours, with one algorithm of each type, and of the group that was begun with. */
static bool choice_ok(struct sess_ike *ike, const struct ike_payload *sa)
{
	struct choice c;

	if (offers_answered(&c, &ike->s->conf->ike, sa, 0) != NULL || !init_can_do(&c.suite) ||
	    c.suite.of[IKE_T_KE].alg[0].id != ike->group)
		return false;
	ike->suite = c.suite;
	return true;
}

/* RFC 7296 2.23: where NAT traversal goes on; with MOBIKE always (RFC 4555 3.3). */
static void port_float(struct sess_ike *ike, const struct ike_payloads *p)
{
	const struct session_conf *conf = ike->s->conf;
	struct session_path *path = &ike->pub.path;
	uint16_t natt = conf->natt_port != 0 ? conf->natt_port : 4500;

	if (ike_notify_find(p, IKE_N_NAT_DETECTION_DESTINATION_IP) == NULL || (!ike->pub.natt && !conf->mobike) ||
	    path->local_port == natt)
		return;
	path->local_port = natt;
	path->remote_port = conf->remote_natt_port != 0 ? conf->remote_natt_port : 4500;
}

static int init_answer(struct sess_ike *ike, struct job *job, const struct sess_in *in, struct err *e)
{
	const struct ike_payload *sa = ike_payload_find(in->p, IKE_P_SA), *ke = ike_payload_find(in->p, IKE_P_KE),
	    *nonce = ike_payload_find(in->p, IKE_P_NONCE);
	struct span request = { ike->request.bytes, ike->request.n };
	struct secret shared;
	struct err why;

	(void)job;
	if (sa == NULL)
		return take_notify(ike, in->p);
	if (ke == NULL || nonce == NULL || in->m->hdr.spi_r == 0)
		return unfit(ike, UNFIT, "KE, nonce or the responder's SPI is missing");
	if (!choice_ok(ike, sa) || ke->ke.group != ike->group)
		return unfit(ike, UNFIT, "it chooses what was not offered, or another group than it was sent a value of");
	if (ke_agree(alg_ke_by_id(ike->group), (struct span){ ike->private_key.p, ike->private_key.n }, ke->ke.value,
	    &ike->ke_arena, &shared, &why) < 0)
		return unfit(ike, UNFIT, "%s", why.text);
	if (init_keep(&ike->init_i, request, e) < 0 || init_keep(&ike->init_r, in->m->wire, e) < 0 ||
	    secret_copy(&ike->arena, &ike->k.nr, nonce->opaque.data.p, nonce->opaque.data.n, e) < 0)
		return -1;
	ike->refused = 0;
	ike->pub.spi_r = in->m->hdr.spi_r;
	init_look(ike, in->p);
	sess_natd_look(ike, in->path, in->p);
	port_float(ike, in->p);
	if (init_keys(ike, shared, e) < 0 || sess_certreq_look(ike, in->p, e) < 0)
		return -1;
	ike->state = SESS_AUTH;
	return sess_job_add(ike, &sess_job_auth, 0, NULL, e);
}

bool sess_init_has_next(const struct sess_ike *ike)
{
	const struct session *s = ike->s;

	return s->initiator && !s->ending && !s->follows && ike == s->ike[0] && ike->state == SESS_INIT && ike->init_rounds == 0 &&
	    ike->refused == 0 && s->others < s->conf->nother;
}

/* With an SPI of its own: the host may be the same, and know this end's first message by that. */
int sess_init_next(struct sess_ike *ike, struct err *e)
{
	struct session *s = ike->s;
	struct sess_ike *next = sess_ike_new(s, true, &s->conf->other[s->others], e);
	char from[ADDR_TEXT];

	if (next == NULL)
		return -1;
	s->others++;
	s->last_ike--;
	next->pub.number = ike->pub.number;
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] == next)
			s->ike[i] = ike;
	s->ike[0] = next;
	sess_event(next, SESSION_OTHER_ADDRESS, NULL, "no answer from %s%s%s", addr_format(from, &ike->pub.path.remote),
	    s->unreachable[0] != '\0' ? "; the network said: " : "", s->unreachable);
	s->unreachable[0] = '\0';
	sess_ike_end(ike);
	return sess_job_add(next, &sess_job_init, 0, NULL, e);
}

const struct job_row sess_job_init = { .name = "the first message", .exchange = IKE_X_SA_INIT, .build = init_build,
	.answer = init_answer };
