#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike/session_priv.h"
#include "ike/session_why.h"

enum { TRIES = 64 };			/* for an SPI that nobody has */

uint64_t sess_spi_ike(struct session *s)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t spi;

		do
			spi = (uint64_t)rng_u32(s->conf->rng) << 32 | rng_u32(s->conf->rng);
		while (spi == 0);
		if (s->call.ike_spi == NULL || s->call.ike_spi(s->call.arg, s, spi, true) == 0)
			return spi;
	}
	return 0;
}

/* RFC 4303 2.1: 1 to 255 are reserved. */
uint32_t sess_spi_child(struct session *s)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t spi;

		do
			spi = rng_u32(s->conf->rng);
		while (spi < 256 || sess_child_by_spi(s, spi, true) != NULL);
		if (s->call.child_spi == NULL || s->call.child_spi(s->call.arg, s, spi, true) == 0)
			return spi;
	}
	return 0;
}

void sess_spi_child_free(struct session *s, uint32_t spi)
{
	if (spi != 0 && s->call.child_spi != NULL)
		s->call.child_spi(s->call.arg, s, spi, false);
}

static uint64_t own_spi(const struct sess_ike *ike)
{
	return ike->pub.initiator ? ike->pub.spi_i : ike->pub.spi_r;
}

struct sess_ike *sess_ike_new(struct session *s, bool initiator, const struct session_path *path, struct err *e)
{
	struct sess_ike *ike;
	unsigned at = 0;

	while (at < SESS_IKES && s->ike[at] != NULL)
		at++;
	if (at == SESS_IKES) {
		err_set(e, "%d IKE SAs with one peer, and no more", SESS_IKES);
		return NULL;
	}
	if ((ike = calloc(1, sizeof *ike)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	ike->s = s;
	ike->arena.pool = ike->ke_arena.pool = s->call.secrets;
	ike->pub = (struct session_ike){ .number = ++s->last_ike, .initiator = initiator, .path = *path, .keys = &ike->k };
	ike->k.version = 2;
	ike->due = ike->rekey_at = ike->keepalive_at = INT64_MAX;
	ike->begun = ike->since = ike->heard = s->now;
	*(initiator ? &ike->pub.spi_i : &ike->pub.spi_r) = sess_spi_ike(s);
	if (own_spi(ike) == 0) {
		err_set(e, "no SPI is left");
		free(ike);
		return NULL;
	}
	s->ike[at] = ike;
	return ike;
}

static void secrets_forget(struct sess_ike *ike)
{
	struct ike_keys *k = &ike->k;

	ike_protect_free(ike->in);
	ike_protect_free(ike->out);
	ike->in = ike->out = NULL;
	arena_clear(&ike->arena);
	arena_clear(&ike->ke_arena);
	ike->private_key = (struct secret){ 0 };
	*k = (struct ike_keys){ .version = k->version, .spi_i_known = k->spi_i_known, .spi_r_known = k->spi_r_known,
		.spi_i = k->spi_i, .spi_r = k->spi_r, .encr = k->encr, .encr_bits = k->encr_bits, .integ = k->integ,
		.prf = k->prf };
}

void sess_ike_finish(struct sess_ike *ike)
{
	struct session *s = ike->s;

	if (ike->ended)
		return;
	ike->ended = true;
	ike->state = SESS_GONE;
	for (unsigned i = s->nchild; i-- > 0;)
		if (s->child[i]->ike == ike)
			sess_child_end(s, s->child[i]);
	sess_jobs_drop(ike);
	sess_auth_free(ike->auth);
	sess_create_free(ike->create);
	ike->auth = NULL;
	ike->create = NULL;
	secrets_forget(ike);
	sess_sent_clear(&ike->request);
	sess_sent_clear(&ike->answer);
	for (int i = 0; i < 2; i++) {
		sess_whole_free(ike->whole[i]);
		ike->whole[i] = NULL;
	}
	sess_init_forget(ike);
	free(ike->hint);
	ike->hint = NULL;
	if (s->call.ike_spi != NULL)
		s->call.ike_spi(s->call.arg, s, own_spi(ike), false);
}

/* What it has is still needed to seal an answer. */
void sess_ike_end(struct sess_ike *ike)
{
	ike->state = SESS_GONE;
	if (!ike->s->desk->busy)
		sess_ike_finish(ike);
}

struct sess_ike *sess_ike_current(struct session *s)
{
	return s->ike[0];
}

/* Where the current one is gone another one takes its place, if one stands.  The last one stays, without secrets, for whoever
 * asks who it was. */
void sess_ikes_reap(struct session *s)
{
	unsigned n = 0, up = 0;

	while (up < SESS_IKES && (s->ike[up] == NULL || s->ike[up]->state != SESS_UP))
		up++;
	if (s->ike[0] != NULL && s->ike[0]->state == SESS_GONE) {
		if (up < SESS_IKES) {
			struct sess_ike *gone = s->ike[0];

			s->ike[0] = s->ike[up];
			s->ike[up] = gone;
		} else {
			s->over = true;
			sess_lease_end(s);
		}
	}
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] != NULL && (s->over || s->ike[i]->state == SESS_GONE))
			sess_ike_finish(s->ike[i]);
	for (unsigned i = 0; i < SESS_IKES; i++) {
		struct sess_ike *ike = s->ike[i];

		s->ike[i] = NULL;
		if (ike != NULL && ike->ended && i > 0)
			free(ike);
		else if (ike != NULL)
			s->ike[n++] = ike;
	}
}

void sess_ike_replace(struct sess_ike *old, struct sess_ike *ike)
{
	struct session *s = old->s;
	struct session_ike was = ike->pub;

	ike->pub = old->pub;
	ike->pub.number = was.number;
	ike->pub.initiator = was.initiator;
	ike->pub.spi_i = was.spi_i;
	ike->pub.spi_r = was.spi_r;
	ike->pub.keys = &ike->k;
	ike->peer_hashes = old->peer_hashes;
	ike->peer_fragments = old->peer_fragments;
	ike->peer_mobike = old->peer_mobike;
	ike->peer_childless = old->peer_childless;
	ike->peer_eap_only = old->peer_eap_only;
	ike->heard = s->now;
	ike->replaces = old->pub.number;
	ike->state = SESS_UP;
	old->state = SESS_REKEYED;
	for (unsigned i = 0; i < s->nchild; i++)
		if (s->child[i]->ike == old)
			s->child[i]->ike = ike;
	sess_jobs_move(old, ike);
	for (unsigned i = 0; i < SESS_IKES; i++)
		if (s->ike[i] == ike) {
			s->ike[i] = s->ike[0];
			s->ike[0] = ike;
		}
}

struct sess_child *sess_child_new(struct sess_ike *ike, const struct session_child_conf *conf, struct err *e)
{
	struct session *s = ike->s;
	struct sess_child *c;

	if (s->nchild == SESS_CHILDREN) {
		err_set(e, "%d child SAs with one peer, and no more", SESS_CHILDREN);
		return NULL;
	}
	if ((c = calloc(1, sizeof *c)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	c->ike = ike;
	c->arena.pool = s->call.secrets;
	c->rekey_at = INT64_MAX;
	c->pub = (struct session_child){ .number = ++s->last_child, .conf = conf, .since = s->now };
	sa_init(&c->pub.in);
	sa_init(&c->pub.out);
	s->child[s->nchild++] = c;
	return c;
}

void sess_child_end(struct session *s, struct sess_child *c)
{
	unsigned at = 0;

	while (at < s->nchild && s->child[at] != c)
		at++;
	if (at == s->nchild)
		return;
	if (c->told)
		sess_event(c->ike, SESSION_CHILD_DOWN, c, "%s", "");
	s->nchild--;
	for (; at < s->nchild; at++)
		s->child[at] = s->child[at + 1];
	sess_spi_child_free(s, c->pub.in.spi);
	sa_clear(&c->pub.in);
	sa_clear(&c->pub.out);
	arena_clear(&c->arena);
	free(c);
}

struct sess_child *sess_child_by_number(struct session *s, uint64_t number)
{
	for (unsigned i = 0; i < s->nchild; i++)
		if (s->child[i]->pub.number == number)
			return s->child[i];
	return NULL;
}

struct sess_child *sess_child_by_spi(struct session *s, uint32_t spi, bool in)
{
	for (unsigned i = 0; i < s->nchild; i++)
		if ((in ? s->child[i]->pub.in.spi : s->child[i]->pub.out.spi) == spi)
			return s->child[i];
	return NULL;
}

const char *session_event_name(enum session_event_kind k)
{
	static const char *const names[SESSION_KINDS] = {
		[SESSION_INIT_SENT] = "init-sent", [SESSION_COOKIE] = "cookie", [SESSION_OTHER_GROUP] = "other-group",
		[SESSION_OTHER_ADDRESS] = "other-address", [SESSION_KEYS] = "keys", [SESSION_NAT] = "nat", [SESSION_AUTHENTICATED] = "authenticated",
		[SESSION_ADDRESS] = "address", [SESSION_CHILD_UP] = "child-up", [SESSION_CHILD_REKEYED] = "child-rekeyed",
		[SESSION_CHILD_DOWN] = "child-down", [SESSION_CHILD_REFUSED] = "child-refused",
		[SESSION_IKE_REKEYED] = "rekeyed", [SESSION_MOVED] = "moved", [SESSION_RETRANSMIT] = "retransmit",
		[SESSION_DPD] = "dpd", [SESSION_DELETED] = "deleted", [SESSION_FAILED] = "failed",
	};

	return names[k];
}

static void event_give(struct session *s, struct session_event *ev)
{
	ev->when = s->now;
	ev->session = s;
	if (s->call.event != NULL)
		s->call.event(s->call.arg, ev);
}

void sess_event(struct sess_ike *ike, enum session_event_kind kind, struct sess_child *c, const char *fmt, ...)
{
	struct session_event ev = { .kind = kind, .ike = &ike->pub, .child = c != NULL ? &c->pub : NULL };
	char text[REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	ev.text = text;
	event_give(ike->s, &ev);
}

void sess_event_why(struct sess_ike *ike, enum session_event_kind kind, const struct session_child_conf *conf,
    struct reasons *why)
{
	struct session_event ev = { .kind = kind, .ike = &ike->pub, .conf = conf, .why = why, .text = "" };

	why_advise(why);
	event_give(ike->s, &ev);
}

/* It, and with the current one all others. */
static void end_with(struct sess_ike *ike, bool all)
{
	struct session *s = ike->s;

	sess_ike_end(ike);
	for (unsigned i = 0; all && i < SESS_IKES; i++)
		if (s->ike[i] != NULL && s->ike[i] != ike && s->ike[i]->state != SESS_GONE)
			sess_ike_end(s->ike[i]);
}

void sess_ike_gone(struct sess_ike *ike, const char *text)
{
	bool all = ike == ike->s->ike[0];

	if (all)
		sess_event(ike, SESSION_DELETED, NULL, "%s", text);
	end_with(ike, all);
}

void sess_fail(struct sess_ike *ike, const char *id, const char *advice, const char *fmt, ...)
{
	struct reasons why = { .n = 0 };
	struct reason *r;
	char text[REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (ike != ike->s->ike[0]) {
		sess_event(ike, SESSION_DELETED, NULL, "%s", text);
	} else {
		r = reason_add(&why, id, REASON_ERROR, "%s", text);
		if (advice[0] != '\0')
			reason_advise(r, "%s", advice);
		sess_event_why(ike, SESSION_FAILED, NULL, &why);
	}
	end_with(ike, ike == ike->s->ike[0]);
}
