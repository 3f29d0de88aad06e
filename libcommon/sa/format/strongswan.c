#include "sa/format/strongswan.h"

#include <string.h>

static bool sniff(const struct format_line *l)
{
	return strongswan_log_is(l->p, l->n);
}

uint64_t charon_name(const struct charon_in *in, const struct word *name)
{
	uint64_t h = in->r->daemon ^ 0xcbf29ce484222325;

	for (size_t i = 0; i < name->n; i++)
		h = (h ^ (uint8_t)name->p[i]) * 0x100000001b3;
	return h | 1;
}

static void forget(struct charon_child *child)
{
	wipe(child, sizeof *child);
	child->esn = SA_UNKNOWN;
}

int charon_close(struct charon_in *in, struct err *e)
{
	int rc = charon_give(in, e);

	forget(&in->t->child);
	return rc;
}

/* A new child: what was not used of the one before belongs to nobody. */
static int begin(struct charon_in *in, struct word name, struct err *e)
{
	struct charon_job *job = &in->t->job;
	struct charon *c = in->c;
	uint64_t id = charon_name(in, &name);
	bool mixed = false;

	if (charon_close(in, e) < 0)
		return -1;
	if (!in->r->threaded)
		mixed = ++job->installing > 1;
	in->t->child.mixed = mixed;
	word_text(job->name, sizeof job->name, &name);
	for (unsigned i = 0; i < CHARON_RING; i++)
		if (c->begun[i].name == id) {
			job->task = CHARON_INITIATOR;
			c->begun[i].name = 0;
		}
	return 0;
}

/* "net{1} state change: CREATED => INSTALLING" */
static int state_change(struct charon_in *in, struct word name, struct word rest, struct err *e)
{
	struct charon_job *job = &in->t->job;
	struct word from = word_next(&rest, ""), to;

	(void)word_next(&rest, "");
	to = word_next(&rest, "");
	if (word_is(&from, "CREATED") && word_is(&to, "INSTALLING"))
		return begin(in, name, e);
	if (word_is(&to, "UPDATING"))
		return charon_move(in, charon_name(in, &name), e);
	if (word_is(&from, "INSTALLING") && job->installing > 0 && --job->installing == 0)
		return charon_close(in, e);
	return 0;
}

/* "net{1} state change: A => B", "net{1} established with SPIs c0a80001_i c0a80011_o and TS ..." */
static int child_sa(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_child *child = &in->t->child;
	struct word name = word_next(&rest, ""), w = word_next(&rest, ""), spi;
	uint64_t v;

	if (word_is(&w, "state")) {
		w = word_next(&rest, "");
		return word_is(&w, "change:") ? state_change(in, name, rest, e) : 0;
	}
	if (!word_is(&w, "established"))
		return 0;
	while (!word_is(&w, "SPIs"))
		if ((w = word_next(&rest, "")).n == 0)
			return 0;
	spi = word_next(&rest, "");
	if (spi.n != 10 || memcmp(spi.p + 8, "_i", 2) != 0)
		return 0;
	spi.n = 8;
	if (!word_hex(&spi, UINT32_MAX, &v) || !child->have[0] || v != child->spi[0])
		return 0;
	while (!word_is(&w, "TS"))
		if ((w = word_next(&rest, "")).n == 0)
			return 0;
	child->ts_known = charon_ts(&child->ts, rest);
	return 0;
}

/* "AES_CBC for encryption", "HMAC_SHA2_256_128 for integrity" */
static int using(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_child *child = &in->t->child;
	struct word alg = word_next(&rest, ""), w = word_next(&rest, "");
	char name[CHARON_NAME];

	(void)e;
	if (!word_is(&w, "for") || !word_text(name, sizeof name, &alg))
		return 0;
	w = word_next(&rest, "");
	if (rest.n > 0)
		return 0;
	if (word_is(&w, "encryption")) {
		child->mixed |= child->encr_said;
		child->encr = alg_encr_by_name(name, NULL);
		child->encr_said = true;
	} else if (word_is(&w, "integrity")) {
		child->mixed |= child->integ_said;
		child->integ = alg_integ_by_name(name);
		child->integ_said = true;
	}
	if ((word_is(&w, "encryption") && child->encr == NULL) ||
	    (word_is(&w, "integrity") && child->integ == NULL))
		format_note(in->s, in->r->line, in->r->column, "unknown algorithm \"%s\"", name);
	return 0;
}

static int await(struct charon_in *in, struct word rest, int dir)
{
	if (word_is(&rest, "ESP SA") || word_is(&rest, "AH SA")) {
		in->t->job.awaits = 1 + dir;
		in->t->job.proto = word_is(&rest, "AH SA") ? SA_AH : SA_ESP;
	}
	return 0;
}

static int inbound(struct charon_in *in, struct word rest, struct err *e)
{
	(void)e;
	return await(in, rest, 0);
}

static int outbound(struct charon_in *in, struct word rest, struct err *e)
{
	(void)e;
	return await(in, rest, 1);
}

static bool has_keys(const struct charon_child *child)
{
	return child->encr_said || child->integ_said || child->encr_key[0].have ||
	    child->encr_key[1].have || child->integ_key[0].have || child->integ_key[1].have;
}

/* "0xc0a80001, src 192.0.2.1 dst 192.0.2.2", of the direction that the line before names.  A child
 * whose keys were told before is only installed now. */
static int spi(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_child *child = &in->t->child;
	struct charon_job *job = &in->t->job;
	int dir = job->awaits - 1;
	struct word w = word_next(&rest, ","), src, dst;
	struct addr a, b;
	uint64_t v;

	(void)e;
	job->awaits = 0;
	if (dir < 0 || !has_keys(child) || w.n != 10 || !word_hex(&w, UINT32_MAX, &v) || v == 0)
		return 0;
	(void)word_next(&rest, "");
	w = word_next(&rest, "");
	src = word_next(&rest, "");
	if (!word_is(&w, "src"))
		return 0;
	w = word_next(&rest, "");
	dst = word_next(&rest, "");
	if (!word_is(&w, "dst") || rest.n > 0 || !word_addr(&src, &a) || !word_addr(&dst, &b))
		return 0;
	/* A rekeyed child's outbound SA is told when it is registered and when it is used. */
	if (child->have[0] && child->have[1])
		return 0;
	child->mixed |= child->have[dir];
	if (!child->have[0] && !child->have[1])
		child->line = in->r->line;
	child->have[dir] = true;
	child->spi[dir] = (uint32_t)v;
	child->src[dir] = a;
	child->dst[dir] = b;
	child->proto = job->proto;
	if (!child->have[0] || !child->have[1])
		return 0;
	charon_settle(in);
	job->task = job->hash = CHARON_UNSETTLED;
	if (in->r->threaded)
		job->role = CHARON_UNSETTLED;
	return 0;
}

/* The messages that matter, by how they begin. */
static const struct {
	const char *text;
	int (*take)(struct charon_in *in, struct word rest, struct err *e);
} messages[] = {
	{ "received packet: from ", charon_received }, { "sending packet: from ", charon_sending },
	{ "parsed ", charon_parsed }, { "generating ", charon_generating },
	{ "checkout IKE", charon_checkout },
	{ "selected proposal: ESP:", charon_proposal }, { "selected proposal: AH:", charon_proposal },
	{ "remote host is behind NAT", charon_natted }, { "local host is behind NAT", charon_natted },
	{ "faking NAT situation", charon_natted }, { "establishing CHILD_SA ", charon_establishing },
	{ "CHILD_SA ", child_sa }, { "inbound CHILD_SA ", child_sa }, { "  using ", using },
	{ "adding inbound ", inbound }, { "adding outbound ", outbound },
	{ "registering outbound ", outbound }, { "  SPI ", spi },
};

static const struct { const char *label; bool integ; int role; } dumps[] = {
	{ "encryption initiator key", false, 0 }, { "encryption responder key", false, 1 },
	{ "integrity initiator key", true, 0 }, { "integrity responder key", true, 1 },
};

static int take_dump(struct charon_in *in)
{
	const struct strongswan_record *r = in->r;
	struct charon_child *child = &in->t->child;
	struct word label = { r->text, r->n, r->column };
	struct charon_key *key;

	/* Quick mode's hashes: the initiator goes on after the second, the responder after the third. */
	if (word_is(&label, "Hash(2)"))
		in->t->job.hash = CHARON_INITIATOR;
	if (word_is(&label, "Hash(3)"))
		in->t->job.hash = CHARON_RESPONDER;
	if (word_starts(&label, "Sk_") || word_starts(&label, "SKEYID"))
		format_skip(in->s, true);
	for (size_t i = 0; i < sizeof dumps / sizeof dumps[0]; i++) {
		if (!word_is(&label, dumps[i].label))
			continue;
		key = dumps[i].integ ? &child->integ_key[dumps[i].role] : &child->encr_key[dumps[i].role];
		/* A key that follows SPIs, or comes twice: the text between is missing. */
		child->mixed |= key->have || child->have[0] || child->have[1];
		key->have = true;
		key->line = r->line;
		key->column = r->column;
		key->damage = r->damage;
		key->n = r->nbytes;
		if (r->bytes != NULL && r->nbytes <= CHARON_KEY)
			memcpy(key->b, r->bytes, r->nbytes);
		else if (r->damage == NULL)
			key->damage = "it is longer than any key";
	}
	return 0;
}

static int take(void *arg, const struct strongswan_record *r, struct err *e)
{
	struct charon_in *in = arg;
	size_t i = 0;

	in->r = r;
	in->t = &in->c->threads[r->slot];
	if (r->fresh) {
		if (charon_close(in, e) < 0)
			return -1;
		in->t->job = (struct charon_job){ .esn = SA_UNKNOWN };
	}
	if (r->dump)
		return take_dump(in);
	while (i < sizeof messages / sizeof messages[0]) {
		size_t n = strlen(messages[i].text);

		if (r->n >= n && r->text[0] == messages[i].text[0] &&
		    memcmp(r->text, messages[i].text, n) == 0)
			return messages[i].take(in,
			    (struct word){ r->text + n, r->n - n, r->column + n }, e);
		i++;
	}
	return 0;
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct charon *c = state;
	struct charon_in in = { .s = s, .c = c };

	return strongswan_log_push(&c->log, l->p, l->n, l->number, take, &in, e);
}

/* The children that have their SPIs count now. */
static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct charon *c = state;
	struct charon_in in = { .s = s, .c = c };

	if (done && strongswan_log_end(&c->log, take, &in, e) < 0)
		return -1;
	for (size_t i = 0; i < STRONGSWAN_SLOTS; i++) {
		in.t = &c->threads[i];
		if ((done ? charon_close(&in, e) : charon_give(&in, e)) < 0)
			return -1;
	}
	return 0;
}

static void clear(void *state)
{
	struct charon *c = state;

	strongswan_log_clear(&c->log);
}

const struct format format_strongswan = {
	.name = "strongswan", .what = "strongSwan's charon log with ike and chd at level 4",
	.state = sizeof(struct charon), .raw = true, .log = true, .sniff = sniff, .line = line,
	.flush = flush, .clear = clear,
};
