#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/rules.h"

int blob_set(struct blob *b, struct span s, struct err *e)
{
	uint8_t *p = malloc(s.n > 0 ? s.n : 1);

	if (p == NULL)
		return err_nomem(e);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	free(b->p);
	*b = (struct blob){ p, s.n };
	return 0;
}

void blob_clear(struct blob *b)
{
	free(b->p);
	*b = (struct blob){ 0 };
}

int follow_room(uint8_t **p, size_t *cap, size_t n, struct err *e)
{
	uint8_t *more;

	if (n <= *cap)
		return 0;
	n = n < 65536 ? 65536 : n;
	if ((more = malloc(n)) == NULL)
		return err_nomem(e);
	if (*p != NULL)
		wipe(*p, *cap);
	free(*p);
	*p = more;
	*cap = n;
	return 0;
}

void pending_free(struct pending *p)
{
	if (p != NULL)
		blob_clear(&p->plain);
	free(p);
}

struct pending *pending_new(const struct follow_message *out, uint8_t first, struct span plain, struct err *e)
{
	const struct ike_hdr *h = &out->m->hdr;
	struct pending *p = calloc(1, sizeof *p);

	if (p == NULL || blob_set(&p->plain, plain, e) < 0) {
		free(p);
		err_nomem(e);
		return NULL;
	}
	p->by_initiator = out->from_initiator;
	p->exchange = h->exchange;
	p->id = h->message_id;
	p->first = first;
	p->frame = out->frame[out->nframes - 1];
	return p;
}

/* --- ciphers that stay keyed --- */

void follow_drop_context(struct follow *f, struct session *s)
{
	for (int i = 0; i < 2; i++) {
		ike_protect_free(s->protect[i]);
		s->protect[i] = NULL;
	}
	if (s->v1 != NULL) {
		ike_v1_cipher_free(s->v1->cipher);
		s->v1->cipher = NULL;
	}
	if (s->context > 0)
		f->context[s->context - 1] = NULL;
	s->context = 0;
}

void follow_take_context(struct follow *f, struct session *s)
{
	if (s->context > 0)
		return;
	if (f->context[f->context_at] != NULL)
		follow_drop_context(f, f->context[f->context_at]);
	f->context[f->context_at] = s;
	s->context = f->context_at + 1;
	f->context_at = (f->context_at + 1) % FOLLOW_CONTEXTS;
}

/* --- the table --- */

static size_t slot_of(const struct follow *f, uint64_t spi_i)
{
	return (size_t)((spi_i * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (f->slots - 1);
}

static void by_use_remove(struct follow *f, struct session *s)
{
	if (s->newer != NULL)
		s->newer->older = s->older;
	else if (f->newest == s)
		f->newest = s->older;
	if (s->older != NULL)
		s->older->newer = s->newer;
	else if (f->oldest == s)
		f->oldest = s->newer;
	s->newer = s->older = NULL;
}

static void by_use_touch(struct follow *f, struct session *s)
{
	by_use_remove(f, s);
	s->older = f->newest;
	if (f->newest != NULL)
		f->newest->newer = s;
	f->newest = s;
	if (f->oldest == NULL)
		f->oldest = s;
}

static void session_free(struct follow *f, struct session *s)
{
	struct blob *blobs[] = { &s->init_i, &s->init_r, &s->ni, &s->nr, &s->ke_i, &s->ke_r, &s->id_i, &s->id_r };

	follow_drop_context(f, s);
	follow_guess_drop(f, s);
	for (struct pending *p = s->pending; p != NULL;) {
		struct pending *next = p->next;

		pending_free(p);
		p = next;
	}
	pending_free(s->auth);
	for (struct child *c = s->children; c != NULL;) {
		struct child *next = c->next;

		child_free(c);
		c = next;
	}
	for (int i = 0; i < FOLLOW_FRAG_SETS; i++)
		follow_frag_free(s, s->frags[i]);
	v1_free(s->v1);
	for (size_t i = 0; i < sizeof blobs / sizeof blobs[0]; i++)
		blob_clear(blobs[i]);
	free(s);
}

static void session_drop(struct follow *f, struct session *s)
{
	struct session **at = &f->table[slot_of(f, s->sa.spi_i)];

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	by_use_remove(f, s);
	f->live--;
	session_free(f, s);
}

struct session *follow_find(struct follow *f, int version, uint64_t spi_i, uint64_t spi_r)
{
	struct session *open = NULL;

	for (struct session *s = f->table[slot_of(f, spi_i)]; s != NULL; s = s->next) {
		if (s->sa.version != version || s->sa.spi_i != spi_i)
			continue;
		if (s->sa.spi_r == spi_r || spi_r == 0)
			return s;
		if (s->sa.spi_r == 0)
			open = s;
	}
	return open;
}

/* Doubles the table. */
static int grow(struct follow *f, struct err *e)
{
	size_t old = f->slots;
	struct session **table = calloc(2 * old, sizeof *table), **was = f->table;

	if (table == NULL)
		return err_nomem(e);
	f->table = table;
	f->slots = 2 * old;
	for (size_t i = 0; i < old; i++)
		for (struct session *s = was[i], *next; s != NULL; s = next) {
			struct session **at = &table[slot_of(f, s->sa.spi_i)];

			next = s->next;
			s->next = *at;
			*at = s;
		}
	free(was);
	return 0;
}

struct session *follow_add(struct follow *f, int version, uint64_t spi_i, uint64_t spi_r,
    const struct datagram *d, struct err *e)
{
	struct session *s, **at;

	if (f->live >= f->slots && grow(f, e) < 0)
		return NULL;
	if ((s = calloc(1, sizeof *s)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->sa = (struct follow_sa){ .number = ++f->count, .version = version, .spi_i = spi_i, .spi_r = spi_r,
		.since = d->ns, .last = d->ns, .frame = d->frame[0], .k = { .version = version } };
	if (f->live >= f->o.limit) {
		if (f->dropped++ == 0)
			follow_say(f, "more IKE SAs at a time than are followed: the ones unused longest are dropped");
		session_drop(f, f->oldest);
	}
	at = &f->table[slot_of(f, spi_i)];
	s->next = *at;
	*at = s;
	f->live++;
	by_use_touch(f, s);
	return s;
}

void follow_say(struct follow *f, const char *text)
{
	if (f->o.note != NULL)
		f->o.note(f->o.arg, text);
}

/* --- messages --- */

int follow_give(struct follow *f, struct session *s, struct follow_message *out, struct err *e)
{
	if (s != NULL) {
		out->sa = &s->sa;
		s->sa.id_i = blob_span(&s->id_i);
		s->sa.id_r = blob_span(&s->id_r);
	}
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
static uint64_t repeats(struct session *s, struct span wire, uint64_t frame)
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
static void take_ends(struct session *s, struct follow_message *out)
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
static struct session *session_of(struct follow *f, const struct datagram *d, struct err *e)
{
	const struct ike_hdr *h = &f->m.hdr;
	int version = ike_hdr_is_v1(h) ? 1 : 2;
	struct session *s = follow_find(f, version, h->spi_i, h->spi_r);

	if (s == NULL)
		return follow_add(f, version, h->spi_i, h->spi_r, d, e);
	/* IKEv1's first answer says the cookie; that of IKEv2 may refuse, see follow_v2.c */
	if (version == 1 && s->sa.spi_r == 0)
		s->sa.spi_r = h->spi_r;
	by_use_touch(f, s);
	s->sa.last = d->ns;
	return s;
}

int follow_push(struct follow *f, const struct datagram *d, struct err *e)
{
	struct follow_message out = { .d = d, .frame = d->frame, .nframes = d->nframes };
	struct session *s;
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
	if ((s = session_of(f, d, e)) == NULL)
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
		session_drop(f, f->oldest);
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

int follow_end(struct follow *f, struct err *e)
{
	(void)f;
	(void)e;
	return 0;
}

uint64_t follow_count(const struct follow *f)
{
	return f->count;
}

uint64_t follow_dropped(const struct follow *f)
{
	return f->dropped;
}
