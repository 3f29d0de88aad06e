#include <string.h>

#include "sa/format/setkey.h"

extern const struct format format_setkey_dump;

enum { KEY_BYTES = 2048, WINDOW_UNIT = 8, LINUX_WINDOW = 32 };

/* A key's groups, over all its lines. */
struct dump_key { char text[KEY_BYTES]; size_t n, column; uint64_t line; };

/* One record of `setkey -D`; the next head or the end ends it. */
struct dump {
	struct sa sa;
	struct dump_key key[2];		/* E and A */
	int last;			/* of key, the one that the next line may continue; -1 */
	uint64_t line;
	bool open, proto, noted, skip;
	bool seen[2];			/* E and A */
};

/* Two addresses, with ports or without, at the start of the line and nothing behind. */
static bool head(const struct format_line *l, struct sa *sa, uint16_t port[2])
{
	struct word rest = { l->p, l->n, l->column }, a, b, more;

	if (l->n < 3 || l->p[0] == ' ' || l->p[0] == '\t')
		return false;
	a = word_next(&rest, "");
	b = word_next(&rest, "");
	more = word_next(&rest, "");
	return b.n > 0 && more.n == 0 && setkey_addr(&a, &sa->src, &port[0]) &&
	    setkey_addr(&b, &sa->dst, &port[1]);
}

static bool sniff(const struct format_line *l)
{
	struct sa sa;
	uint16_t port[2];

	return head(l, &sa, port);
}

static void take_id(struct format_source *s, struct dump *d, const struct words *ws,
    const struct format_line *l)
{
	struct word mode = words_value(ws, "mode"), spi = words_value(ws, "spi"), reqid = words_value(ws, "reqid");
	struct sa *sa = &d->sa;
	uint64_t v;
	bool udp;

	if (!setkey_proto(words_at(ws, 0), sa, &udp)) {
		format_note(s, l->number, words_at(ws, 0)->column, "passed over an SA of protocol %.*s",
		    (int)(ws->w[0].n > 40 ? 40 : ws->w[0].n), ws->w[0].p);
		d->skip = true;
		return;
	}
	d->proto = true;
	if (udp)
		sa->encap.type = SA_ENCAP_UDP;
	sa->mode = setkey_mode(&mode);
	if (spi.n > 0 && !word_number(&spi, UINT32_MAX, &v)) {
		format_note(s, l->number, spi.column, "passed over: wanted a number, the same one in both bases");
		d->skip = true;
		return;
	}
	sa->spi = spi.n > 0 ? (uint32_t)v : 0;
	if (word_number(&reqid, UINT32_MAX, &v) && v != 0) {
		sa->reqid = (uint32_t)v;
		sa->reqid_known = true;
	}
}

static int add_key(struct format_source *s, struct dump_key *k, const char *p, size_t n,
    const struct format_line *l, struct err *e)
{
	if (n + 1 > KEY_BYTES - k->n) {
		err_set(e, "found a key of more than %d characters", KEY_BYTES);
		return format_blame(s, l->number, l->column, e);
	}
	if (k->n > 0)
		k->text[k->n++] = ' ';
	memcpy(k->text + k->n, p, n);
	k->n += n;
	return 0;
}

/* "E: aes-cbc  00010203 04050607": the name, then the groups to the end of the line. */
static int take_key(struct format_source *s, struct dump *d, const struct words *ws,
    const struct format_line *l, struct err *e)
{
	const struct word *name = words_at(ws, 1), *first = words_at(ws, 2);
	int which = word_is(&ws->w[0], "E:") ? 0 : 1;
	struct dump_key *k = &d->key[which];

	if (d->seen[which] && !d->skip)	/* its own first lines are missing */
		format_note(s, l->number, ws->w[0].column, "passed over: a second key in one SA");
	d->skip |= d->seen[which];
	d->seen[which] = true;
	if (which == 0)
		setkey_cipher(s, &d->sa, name, l->number);
	else
		setkey_mac(s, &d->sa, name, l->number, &d->noted);
	d->last = which;
	k->n = 0;
	k->line = l->number;
	k->column = first->column;
	if (first->n == 0)
		return 0;
	return add_key(s, k, first->p, (size_t)(l->p + l->n - first->p), l, e);
}

static bool is_groups(const struct words *ws)
{
	for (size_t i = 0; i < ws->n; i++)
		if (ws->w[i].n > 8 || hex_span(ws->w[i].p, ws->w[i].n) < ws->w[i].n)
			return false;
	return ws->n > 0;
}

static void take_seq(struct dump *d, const struct words *ws)
{
	struct word seq = words_value(ws, "seq"), replay = words_value(ws, "replay");
	struct err e;
	uint64_t v;

	if (word_number(&seq, UINT32_MAX, &v) && v != 0) {
		d->sa.seq = v;
		d->sa.seq_known = true;
		sa_add_hint(&d->sa, v);
	}
	if (!word_number(&replay, SA_REPLAY_MAX, &v))
		return;
	/* The BSDs' kernels have octets of a bitmap, and libipsec prints them; Linux has packets, 32 at most
	 * behind PF_KEY, and that is what it has by default. */
	if (v > 0 && v != LINUX_WINDOW) {
		v = v < SA_REPLAY_MAX / WINDOW_UNIT ? v * WINDOW_UNIT : SA_REPLAY_MAX;
		(void)format_guess(&d->sa, "replay_window", &e);
	}
	d->sa.replay_window = (int64_t)v;
}

/* "diff: 60(s) hard: 0(s) soft: 0(s)", "current: 84(bytes) hard: ... soft: ..." */
static void take_life(struct dump *d, const struct words *ws)
{
	bool bytes = word_has(words_at(ws, 1), "(bytes)");
	struct sa *sa = &d->sa;
	uint64_t v;

	if (word_number(words_after(ws, "hard:"), UINT64_MAX, &v) && v > 0)
		*(bytes ? &sa->hard.bytes : &sa->hard.s) = v;
	if (word_number(words_after(ws, "soft:"), UINT64_MAX, &v) && v > 0)
		*(bytes ? &sa->soft.bytes : &sa->soft.s) = v;
	if (bytes && word_number(words_at(ws, 1), UINT64_MAX, &v))
		sa->used.bytes = v;
	sa->life_known |= sa->hard.s > 0 || sa->soft.s > 0 || sa->hard.bytes > 0 || sa->soft.bytes > 0 ||
	    sa->used.bytes > 0;
}

static int give(struct format_source *s, struct dump *d, struct err *e)
{
	struct word key[2];
	int rc = 0;

	for (size_t i = 0; i < 2; i++)
		key[i] = (struct word){ d->key[i].text, d->key[i].n, d->key[i].column };
	if (d->key[0].n > 0)
		rc = format_encr_key(s, &d->sa, &key[0], d->key[0].line, e);
	/* an AEAD's second key is the same one */
	if (rc == 0 && d->key[1].n > 0 && (d->sa.encr == NULL || !alg_encr_is_aead(d->sa.encr)))
		rc = format_integ_key(s, &d->sa, &key[1], d->key[1].line, e);
	if (rc == 0)
		rc = setkey_settle(s, &d->sa, d->line, 1, e);
	return rc > 0 ? format_give(s, &d->sa, &format_setkey_dump, d->line, false, e) : rc;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct dump *d = state;
	int rc = 0;

	if (!done || !d->open)
		return 0;
	if (d->proto && !d->skip)
		rc = give(s, d, e);
	sa_clear(&d->sa);
	for (size_t i = 0; i < 2; i++) {
		wipe(d->key[i].text, d->key[i].n);
		d->key[i].n = 0;
	}
	d->open = false;
	return rc;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct dump *d = state;
	struct words ws;
	struct sa sa;
	uint16_t port[2];

	sa_init(&sa);
	if (head(l, &sa, port)) {
		if (flush(s, d, true, e) < 0)
			return -1;
		d->sa = sa;
		if (port[0] != 0 || port[1] != 0)
			d->sa.encap = (struct sa_encap){ SA_ENCAP_UDP, port[0], port[1], { 0 }, { 0 } };
		d->open = true;
		d->proto = d->skip = d->seen[0] = d->seen[1] = false;
		d->last = -1;
		d->line = l->number;
		return 0;
	}
	if (!d->open || d->skip)
		return 0;
	words_cut(&ws, l->p, l->n, l->column);
	if (d->last >= 0 && is_groups(&ws))
		return add_key(s, &d->key[d->last], ws.w[0].p, (size_t)(l->p + l->n - ws.w[0].p), l, e);
	d->last = -1;
	if (word_is(words_at(&ws, 0), "E:") || word_is(words_at(&ws, 0), "A:"))
		return take_key(s, d, &ws, l, e);
	if (word_has(words_at(&ws, 1), "mode="))
		take_id(s, d, &ws, l);
	else if (word_starts(words_at(&ws, 0), "seq="))
		take_seq(d, &ws);
	else if (word_is(words_at(&ws, 0), "diff:") || word_is(words_at(&ws, 0), "current:"))
		take_life(d, &ws);
	return 0;
}

static void clear(void *state)
{
	struct dump *d = state;

	if (d->open)
		sa_clear(&d->sa);
}

const struct format format_setkey_dump = {
	.name = "setkey-dump", .what = "setkey -D (FreeBSD, NetBSD, macOS, ipsec-tools)",
	.state = sizeof(struct dump), .sniff = sniff, .line = take, .flush = flush, .clear = clear,
};
