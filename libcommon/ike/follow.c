#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/rules.h"

void follow_say(struct follow *f, const char *text)
{
	if (f->o.note != NULL)
		f->o.note(f->o.arg, text);
}

int follow_give(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	if (s != NULL) {
		out->sa = &s->sa;
		s->sa.id_i = blob_span(&s->id_i);
		s->sa.id_r = blob_span(&s->id_r);
	}
	if (s != NULL && out->verdict == V_NO_KEY && !s->no_key_said)
		out->first_no_key = s->no_key_said = true;
	if (out->m != NULL && (out->fragments == 0 || out->whole) && out->verdict != V_TRUNCATED)
		ike_rules_check(&f->m);
	return f->o.message != NULL ? f->o.message(f->o.arg, out, e) : 0;
}

/* FNV-1a: it only says whether a message came before; its octets are not kept. */
static uint64_t hash_of(struct span s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * UINT64_C(0x100000001b3);
	return h | 1;
}

/* The frame in which these octets came before, or 0. */
static uint64_t repeats(struct followed *s, struct span wire, uint64_t frame)
{
	uint64_t hash = hash_of(wire);

	for (unsigned i = 0; i < FOLLOW_RECENT; i++)
		if (s->recent[i].hash == hash) {
			s->recent_hit = i;
			return s->recent[i].frame;
		}
	s->recent_hit = s->recent_at;
	s->recent[s->recent_at] = (struct recent){ .hash = hash, .frame = frame };
	s->recent_at = (s->recent_at + 1) % FOLLOW_RECENT;
	return 0;
}

static bool end_is(const struct follow_end *end, const struct addr *a, uint16_t port)
{
	return end->port == port && addr_eq(&end->addr, a);
}

/* Which end sent it, and where the ends are now. */
static void take_ends(struct followed *s, struct follow_message *out)
{
	const struct datagram *d = out->d;
	const struct ike_hdr *h = &out->m->hdr;
	struct follow_end src = { d->src, d->sport }, dst = { d->dst, d->dport };
	bool first = s->sa.i.addr.family == 0;

	if (s->sa.version == 2)
		out->from_initiator = ike_hdr_is_initiator(h);
	else
		out->from_initiator = first || end_is(&s->sa.i, &d->src, d->sport) ||
		    (!end_is(&s->sa.r, &d->src, d->sport) && addr_eq(&s->sa.i.addr, &d->src));
	if (out->repeats == 0 || first) {
		s->sa.i = out->from_initiator ? src : dst;
		s->sa.r = out->from_initiator ? dst : src;
	}
	s->sa.floated = s->sa.floated || d->marker;
}

/* The IKE SA of f->m; a new one if nobody knows it. */
static struct followed *followed_of(struct follow *f, struct err *e)
{
	const struct ike_hdr *h = &f->m.hdr;
	int version = ike_hdr_is_v1(h) ? 1 : 2;
	struct followed *s = follow_find(f, version, h->spi_i, h->spi_r);

	if (s == NULL)
		return follow_add(f, version, h->spi_i, h->spi_r, e);
	/* IKEv1's first answer says the cookie; that of IKEv2 may refuse, see follow_v2.c */
	if (version == 1 && s->sa.spi_r == 0)
		s->sa.spi_r = h->spi_r;
	follow_touch(f, s);
	return s;
}

int follow_push(struct follow *f, const struct datagram *d, struct err *e)
{
	struct follow_message out = { .d = d, .frame = d->frame, .nframes = d->nframes };
	struct followed *s;
	struct err why;

	f->why[0] = f->auth_why[0] = '\0';
	if (ike_message_decode(&f->m, d->body, &why) < 0) {
		out.verdict = d->body.n < d->whole ? V_TRUNCATED : V_BAD_HEADER;
		snprintf(f->why, sizeof f->why, "%.*s", FOLLOW_WHY - 1, why.text);
		out.why = f->why;
		return follow_give(f, NULL, &out, e);
	}
	out.m = &f->m;
	out.response = ike_hdr_is_response(&f->m.hdr);
	if (f->m.hdr.version >> 4 != 1 && f->m.hdr.version >> 4 != 2) {
		out.verdict = V_UNSUPPORTED;
		return follow_give(f, NULL, &out, e);
	}
	if ((s = followed_of(f, e)) == NULL)
		return -1;
	if (d->body.n >= f->m.hdr.length)
		out.repeats = repeats(s, f->m.wire, d->frame[d->nframes - 1]);
	take_ends(s, &out);
	if (f->m.hdr.length > d->body.n) {
		out.verdict = d->body.n < d->whole ? V_TRUNCATED : V_BAD_HEADER;
		return follow_give(f, s, &out, e);
	}
	return s->sa.version == 2 ? follow_v2(f, s, &out, e) : follow_v1(f, s, &out, e);
}

struct follow *follow_new(const struct follow_options *o, struct err *e)
{
	struct follow *f = calloc(1, sizeof *f);

	if (f == NULL || (f->table = calloc(64, sizeof *f->table)) == NULL) {
		free(f);
		err_nomem(e);
		return NULL;
	}
	f->slots = 64;
	f->o = *o;
	if (f->o.limit == 0)
		f->o.limit = FOLLOW_SAS;
	ike_message_init(&f->m);
	ike_message_init(&f->request);
	return f;
}

void follow_free(struct follow *f)
{
	if (f == NULL)
		return;
	while (f->oldest != NULL)
		follow_drop(f, f->oldest);
	ike_message_clear(&f->m);
	ike_message_clear(&f->request);
	if (f->plain != NULL)
		wipe(f->plain, f->plain_cap);
	if (f->trial != NULL)
		wipe(f->trial, f->trial_cap);
	free(f->plain);
	free(f->trial);
	free(f->table);
	arena_clear(&f->arena);
	free(f);
}

uint64_t follow_count(const struct follow *f)
{
	return f->count;
}

uint64_t follow_dropped(const struct follow *f)
{
	return f->dropped;
}
