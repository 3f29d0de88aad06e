#include <stdlib.h>
#include <string.h>

#include "crypto/ke.h"
#include "ike/choose.h"
#include "ike/session_child.h"
#include "ike/session_why.h"

enum { NONCE_MIN = 16, NONCE_MAX = 256 };

void child_try_clear(struct child_try *t)
{
	if (t->s != NULL)
		sess_spi_child_free(t->s, t->spi);
	arena_clear(&t->arena);
	free(t->old_in);
	free(t->old_out);
	*t = (struct child_try){ 0 };
}

unsigned child_flags(const struct child_try *t)
{
	return t->with_ke ? 0 : CHOOSE_WITHOUT_KE;
}

unsigned child_skip(const struct child_try *t)
{
	unsigned skip = 0;

	for (unsigned type = IKE_T_KE; !t->with_ke && type < OFFER_TYPES; type++)
		if (type != IKE_T_SN)
			skip |= 1u << type;
	return skip;
}

struct span child_spi(const struct child_try *t, uint8_t room[4])
{
	store_be32(room, t->spi);
	return (struct span){ room, 4 };
}

int child_nonce(struct session *s, struct arena *arena, struct secret *nonce, struct err *e)
{
	if (secret_new(arena, nonce, SESS_NONCE, e) < 0)
		return -1;
	rng_bytes(s->conf->rng, nonce->p, nonce->n);
	return 0;
}

/* --- initiator --- */

static uint16_t first_group(const struct offers *os)
{
	for (unsigned i = 0; i < os->n; i++)
		if (os->offer[i].of[IKE_T_KE].n > 0)
			return os->offer[i].of[IKE_T_KE].alg[0].id;
	return 0;
}

int child_ke_add(struct session *s, struct arena *arena, uint16_t group, struct secret *private_key, struct build *b,
    struct err *e)
{
	const struct alg_ke *ke = alg_ke_by_id(group);
	uint8_t value[KE_PUBLIC_MAX];

	if (ke == NULL)
		return err_set(e, "key exchange %u is none that this program knows", group);
	if (ke_generate(ke, s->conf->rng, arena, private_key, e) < 0 ||
	    ke_public(ke, (struct span){ private_key->p, private_key->n }, value, e) < 0)
		return -1;
	build_ke(b, group, (struct span){ value, ke->pub_i });
	return 0;
}

static enum sa_mode wanted_mode(const struct child_try *t)
{
	enum sa_mode mode = t->rekeys != NULL ? t->rekeys->pub.in.mode : t->conf->mode;

	return mode == SA_TRANSPORT ? SA_TRANSPORT : SA_TUNNEL;
}

int child_propose(struct sess_ike *ike, struct child_try *t, struct build *b, struct err *e)
{
	const struct session_child_conf *conf = t->conf;
	struct session *s = ike->s;
	uint8_t spi[4];

	t->s = s;
	t->arena.pool = s->call.secrets;
	t->protocol = conf->offers.n > 0 ? conf->offers.offer[0].protocol : IKE_PROTO_ESP;
	if (t->spi == 0 && (t->spi = sess_spi_child(s)) == 0)
		return err_set(e, "no SPI is left");
	if (t->with_ke && t->group == 0)	/* that both had before, or hope */
		t->group = t->rekeys != NULL && t->rekeys->group != 0 ? t->rekeys->group : first_group(&conf->offers);
	t->mode = wanted_mode(t);
	if (t->mode == SA_TRANSPORT)
		build_notify(b, IKE_N_USE_TRANSPORT_MODE, (struct span){ 0 });
	build_sa(b, &conf->offers, child_spi(t, spi), child_skip(t));
	if (t->with_ke) {
		if (child_nonce(s, &t->arena, &t->ni, e) < 0)
			return -1;
		build_nonce(b, secret_span(&t->ni));
		if (t->group != 0 && child_ke_add(s, &t->arena, t->group, &t->private_key, b, e) < 0)
			return -1;
	}
	child_propose_ts(&t->mine, ike, t, true);
	child_propose_ts(&t->theirs, ike, t, false);
	return child_ts_add(b, IKE_P_TSI, &t->mine, e) < 0 || child_ts_add(b, IKE_P_TSR, &t->theirs, e) < 0 ? -1 : 0;
}

static bool offered(const struct offers *os, uint16_t group)
{
	for (unsigned i = 0; i < os->n; i++)
		for (unsigned j = 0; j < os->offer[i].of[IKE_T_KE].n; j++)
			if (os->offer[i].of[IKE_T_KE].alg[j].id == group)
				return true;
	return false;
}

bool child_other_group(const struct ike_payloads *p, const struct offers *os, uint16_t *group)
{
	const struct pl_notify *n = ike_notify_find(p, IKE_N_INVALID_KE_PAYLOAD);

	if (n == NULL || n->data.n != 2)
		return false;
	if (load_be16(n->data.p) == *group || !offered(os, load_be16(n->data.p)) ||
	    alg_ke_by_id(load_be16(n->data.p)) == NULL)
		return false;
	*group = load_be16(n->data.p);
	return true;
}

const struct pl_notify *child_error(const struct ike_payloads *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->payload[i].type == IKE_P_NOTIFY && p->payload[i].decoded && p->payload[i].notify.type < IKE_N_STATUS)
			return &p->payload[i].notify;
	return NULL;
}

static void refused(struct sess_ike *ike, struct child_try *t, const struct ike_payloads *p)
{
	const struct pl_notify *n = child_error(p);

	if (n == NULL) {
		why_answer(&t->why, ike, "no-answer", "neither a child SA nor a refusal is in it");
		return;
	}
	t->notify = n->type;
	why_notify(&t->why, ike, n, &(struct why_asked){ .offers = &t->conf->offers, .group = t->group, .mine = &t->mine,
	    .theirs = &t->theirs, .rekeys = t->rekeys != NULL, .wants_address = ike->s->conf->want4 || ike->s->conf->want6 });
}

/* The one proposal of the answer; false: t->why. */
static bool take_choice(struct sess_ike *ike, struct child_try *t, const struct ike_payload *sa, struct child_deal *d)
{
	const struct ike_proposal *p = sa->sa.proposal;
	struct choice c;
	const char *wrong = offers_answered(&c, &t->conf->offers, sa, child_flags(t));

	if (wrong == NULL && (p->spi.n != 4 || load_be32(p->spi.p) == 0))
		wrong = "its SPI is none";
	if (wrong != NULL) {
		why_answer(&t->why, ike, "no-proposal", "%s", wrong);
		return false;
	}
	if (t->with_ke && (c.suite.of[IKE_T_KE].n > 0 ? c.suite.of[IKE_T_KE].alg[0].id : 0) != t->group) {
		why_answer(&t->why, ike, "invalid-ke", "it chooses another key exchange than that of the KE payload");
		return false;
	}
	d->suite = c.suite;
	d->peer_spi = load_be32(p->spi.p);
	return true;
}

bool child_nonce_ok(const struct ike_payload *p)
{
	return p != NULL && p->decoded && p->opaque.data.n >= NONCE_MIN && p->opaque.data.n <= NONCE_MAX;
}

/* Nonce and g^ir.  1, 0: t->why, -1. */
static int take_ke(struct sess_ike *ike, struct child_try *t, const struct ike_payloads *p, struct err *e)
{
	const struct ike_payload *nonce = ike_payload_find(p, IKE_P_NONCE), *ke = ike_payload_find(p, IKE_P_KE);
	struct err why;

	if (!t->with_ke)
		return 1;
	if (!child_nonce_ok(nonce) || (t->group != 0 && (ke == NULL || !ke->decoded || ke->ke.group != t->group))) {
		why_answer(&t->why, ike, "invalid-ke", child_nonce_ok(nonce) ? "no KE payload of the group that was asked for" :
		    "no nonce, or one of a wrong length");
		return 0;
	}
	if (secret_copy(&t->arena, &t->nr, nonce->opaque.data.p, nonce->opaque.data.n, e) < 0)
		return -1;
	if (t->group == 0)
		return 1;
	if (ke_agree(alg_ke_by_id(t->group), secret_span(&t->private_key), ke->ke.value, &t->arena, &t->shared, &why) < 0) {
		if (why.kind == ERR_SYSTEM)
			return *e = why, -1;
		why_answer(&t->why, ike, "invalid-ke", "%s", why.text);
		return 0;
	}
	return 1;
}

static bool take_ts(struct sess_ike *ike, struct child_try *t, const struct ike_payloads *p, struct child_deal *d)
{
	bool hosts;

	d->mode = ike_notify_find(p, IKE_N_USE_TRANSPORT_MODE) != NULL ? SA_TRANSPORT : SA_TUNNEL;
	if (d->mode != t->mode) {
		why_answer(&t->why, ike, "mode", "%s", d->mode == SA_TRANSPORT ? "it is for transport mode, which was not asked for" :
		    "it is for tunnel mode, and transport mode was asked for");
		return false;
	}
	if (!child_ts_copy(&d->mine, ike_payload_find(p, IKE_P_TSI)) ||
	    !child_ts_copy(&d->theirs, ike_payload_find(p, IKE_P_TSR))) {
		why_answer(&t->why, ike, "ts-unacceptable", "no selectors are in it");
		return false;
	}
	hosts = child_see_hosts(ike, d);
	struct pl_ts got[2] = { ts_payload(&d->mine), ts_payload(&d->theirs) };
	struct pl_ts asked[2] = { ts_payload(&t->mine), ts_payload(&t->theirs) };

	if (d->mode == SA_TRANSPORT && !(hosts && ts_is_host(&got[0], &ike->pub.path.local) &&
	    ts_is_host(&got[1], &ike->pub.path.remote))) {
		why_answer(&t->why, ike, "mode", "it is for transport mode, and its selectors are not the two hosts");
		return false;
	}
	if (ts_within(&got[0], &asked[0]) && ts_within(&got[1], &asked[1]))
		return true;
	why_answer(&t->why, ike, "ts-unacceptable", "its selectors go beyond what was asked for");
	return false;
}

/* What the peer has set up and this end does not want goes again (RFC 7296 1.3.1, 2.21.3). */
static int reject(struct sess_ike *ike, struct child_try *t, struct err *e)
{
	uint32_t spi = t->spi;

	t->spi = 0;
	return sess_delete_spi(ike, t->protocol, spi, e);
}

int child_accept(struct sess_ike *ike, struct child_try *t, const struct ike_payloads *p, struct sess_child **out,
    struct err *e)
{
	const struct ike_payload *sa = ike_payload_find(p, IKE_P_SA);
	struct child_deal *d;
	int rc;

	*out = NULL;
	if (sa == NULL || !sa->decoded) {
		if (t->with_ke && t->groups++ < SESS_GROUPS && child_other_group(p, &t->conf->offers, &t->group)) {
			secret_clear(&t->private_key);
			return 2;
		}
		refused(ike, t, p);
		return 0;
	}
	if (ike->s->nchild >= SESS_CHILDREN) {
		reason_add(&t->why, "too-many", REASON_ERROR, "%u child SAs with one peer, and no more", ike->s->nchild);
		return reject(ike, t, e);
	}
	if ((d = calloc(1, sizeof *d)) == NULL)
		return err_nomem(e);
	d->initiator = true;
	rc = take_choice(ike, t, sa, d) && take_ts(ike, t, p, d) ? take_ke(ike, t, p, e) : 0;
	if (rc > 0)
		rc = child_make(ike, t, d, out, e) < 0 ? -1 : 1;
	else if (rc == 0 && reject(ike, t, e) < 0)
		rc = -1;
	free(d);
	return rc;
}

void child_tell_refused(struct sess_ike *ike, const struct child_try *t)
{
	char word[OFFER_WORD], name[IKE_ID_TEXT];
	struct reasons why = t->why;

	if (!t->mine.n && t->notify == IKE_N_INVALID_KE_PAYLOAD) {
		sess_event(ike, SESSION_OTHER_GROUP, NULL, "%s",
		    offer_alg_format(word, IKE_T_KE, (struct offer_alg){ t->group, 0 }));
		return;
	}
	if (why.n == 0)
		reason_add(&why, "refused", REASON_ERROR, "this end refuses with %s",
		    ike_id_text(name, &ike_notifies, t->notify));
	sess_event_why(ike, SESSION_CHILD_REFUSED, t->conf, &why);
}
