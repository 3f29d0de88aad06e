#include <string.h>

#include "sa/format/xfrm.h"

enum { ADD_BYTES = 16 * 1024 };

/* A command's words, quotes taken off, its backslash-newlines joined. */
struct add {				/* all zero: no command */
	char text[ADD_BYTES];		/* wiped with the state */
	size_t n;
	struct word w[WORDS_MAX];
	size_t nwords;
	uint64_t line;			/* of its start */
	bool open, full;
};

/* iproute2 takes any abbreviation of a keyword. */
static bool is_short(const struct word *w, const char *full, size_t least)
{
	return w->n >= least && w->n <= strlen(full) && memcmp(w->p, full, w->n) == 0;
}

/* Where the arguments of "ip ... xfrm state add" start in the line; "xfrm state add" alone is a line of
 * ip -batch.  *quote: the command stands in quotes, as ssh and ip netns get it. */
static bool find_command(const struct format_line *l, size_t *at, char *quote)
{
	struct word rest = { l->p, l->n, l->column }, w[4] = { 0 };
	bool ip = false;

	if (!text_has(l->p, l->n, "add") && !text_has(l->p, l->n, "upd"))
		return false;
	*quote = '\0';
	for (bool first = true; ; first = false) {
		w[0] = w[1];
		w[1] = w[2];
		w[2] = word_next(&rest, "");
		if (w[2].n == 0)
			return false;
		if (w[2].p[0] == '\'' || w[2].p[0] == '"') {
			*quote = w[2].p[0];
			w[2].p++;
			w[2].n--;
		}
		ip |= word_is(&w[2], "ip") || (w[2].n > 3 && memcmp(w[2].p + w[2].n - 3, "/ip", 3) == 0);
		if (!first && is_short(&w[0], "xfrm", ip ? 1 : 4) && is_short(&w[1], "state", ip ? 1 : 5) &&
		    (is_short(&w[2], "add", 3) || is_short(&w[2], "update", 3))) {
			*at = (size_t)(rest.p - l->p);
			return ip || w[0].p == l->p;
		}
	}
}

static bool sniff(const struct format_line *l)
{
	size_t at;
	char quote;

	return l->p[0] != '#' && find_command(l, &at, &quote);
}

/* One shell word of the line from *i on into the text; false at the end of the command. */
static bool add_word(struct add *a, const struct format_line *l, size_t *i, char outer)
{
	struct word *w = &a->w[a->nwords];
	char quote = '\0';

	while (*i < l->n && (l->p[*i] == ' ' || l->p[*i] == '\t'))
		++*i;
	if (*i == l->n || l->p[*i] == ';' || l->p[*i] == '&' || l->p[*i] == '|' || l->p[*i] == '#' ||
	    l->p[*i] == outer)
		return false;
	if (a->nwords == WORDS_MAX) {
		a->full = true;
		return false;
	}
	*w = (struct word){ a->text + a->n, 0, l->column + *i };
	for (; *i < l->n; ++*i) {
		char c = l->p[*i];

		if (quote == '\0' && (c == ' ' || c == '\t' || c == ';' || c == outer))
			break;
		if (c == quote) {
			quote = '\0';
			continue;
		}
		if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
			continue;
		}
		if (c == '\\' && quote != '\'' && *i + 1 < l->n)
			c = l->p[++*i];
		if (a->n == ADD_BYTES) {
			a->full = true;
			return false;
		}
		a->text[a->n++] = c;
		w->n++;
	}
	a->nwords++;
	return true;
}

static int finish(struct format_source *s, struct add *a, struct err *e);

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct add *a = state;
	struct format_line cut = *l;
	size_t at = 0;
	char quote = '\0';
	bool more;

	if (sniff(l)) {
		find_command(l, &at, &quote);
		a->n = a->nwords = 0;
		a->open = true;
		a->full = false;
		a->line = l->number;
	} else if (!a->open) {
		return 0;
	}
	while (cut.n > at && (cut.p[cut.n - 1] == ' ' || cut.p[cut.n - 1] == '\t'))
		cut.n--;
	more = cut.n > at && cut.p[cut.n - 1] == '\\';
	cut.n -= more;
	while (add_word(a, &cut, &at, quote))
		continue;
	return more ? 0 : finish(s, a, e);
}

typedef int do_fn(struct xfrm_state *x, const struct words *ws, struct err *e);

static int do_mark(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	const struct word *mask = words_after(ws, "mask");
	uint64_t v, m = UINT32_MAX;
	char text[64];

	(void)e;
	if (!word_number(words_at(ws, 1), UINT32_MAX, &v) ||
	    (mask->n > 0 && !word_number(mask, UINT32_MAX, &m)))
		return 0;
	if (word_is(&ws->w[0], "mark")) {
		x->sa->mark = (uint32_t)v;
		x->sa->mark_mask = (uint32_t)m;
		x->sa->mark_known = true;
		return 0;
	}
	/* as ip xfrm state prints it */
	snprintf(text, sizeof text, m != UINT32_MAX ? "0x%x/0x%x" : "0x%x", (unsigned)v, (unsigned)m);
	xfrm_extra(x, "output_mark", text, strlen(text));
	return 0;
}

static int do_encap(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	struct words as = { .n = 9 };
	static const char *const names[] = { "encap", "type", "sport", "dport", "addr" };

	if (ws->n < 5)
		return 0;
	as.w[0] = (struct word){ names[0], strlen(names[0]), 1 };
	for (size_t i = 1; i < 5; i++) {
		as.w[2 * i - 1] = (struct word){ names[i], strlen(names[i]), 1 };
		as.w[2 * i] = ws->w[i];
	}
	return xfrm_do_encap(x, &as, e);
}

static int do_flag(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	(void)e;
	xfrm_flags(x, word_is(&ws->w[0], "flag") ? "flags" : "extra_flags", &ws->w[1], ws->n - 1);
	return 0;
}

static int do_number(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	const struct word *w = &ws->w[0], *value = words_at(ws, 1);
	uint64_t v;

	(void)e;
	if (!word_number(value, UINT32_MAX, &v))
		return 0;
	if (word_is(w, "replay-window") && v <= SA_REPLAY_MAX)
		x->sa->replay_window = (int64_t)v;
	x->numbers |= word_starts(w, "replay-") && !word_is(w, "replay-window");
	x->seq = word_is(w, "replay-seq") ? v : x->seq;
	x->oseq = word_is(w, "replay-oseq") ? v : x->oseq;
	x->seq_hi = word_is(w, "replay-seq-hi") ? v : x->seq_hi;
	x->oseq_hi = word_is(w, "replay-oseq-hi") ? v : x->oseq_hi;
	return 0;
}

static int do_limit(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	struct sa *sa = x->sa;
	const struct { const char *key; uint64_t *at; } rows[] = {
		{ "time-soft", &sa->soft.s }, { "time-hard", &sa->hard.s },
		{ "byte-soft", &sa->soft.bytes }, { "byte-hard", &sa->hard.bytes },
		{ "packet-soft", &sa->soft.packets }, { "packet-hard", &sa->hard.packets },
	};
	uint64_t v;

	(void)e;
	for (size_t i = 0; i < 6; i++)
		if (word_number(words_after(ws, rows[i].key), UINT64_MAX, &v) && v != UINT64_MAX && v > 0) {
			*rows[i].at = v;
			sa->life_known = true;
		}
	return 0;
}

/* Kept as it stands, for the writer. */
static int do_keep(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	char key[16], text[256] = "";

	(void)e;
	word_text(key, sizeof key, &ws->w[0]);
	for (char *p = key; *p != '\0'; p++)
		*p = *p == '-' ? '_' : *p;
	for (size_t i = 1; i < ws->n; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof text - n, "%s%.*s", i > 1 ? " " : "", (int)ws->w[i].n, ws->w[i].p);
	}
	xfrm_extra(x, key, text, strlen(text));
	return 0;
}

/* words: with its arguments; 0: up to the next keyword */
static const struct { const char *word; size_t words; do_fn *take; } args[] = {
	{ "src", 2, NULL }, { "dst", 2, NULL }, { "proto", 2, NULL }, { "spi", 2, NULL },
	{ "reqid", 2, NULL }, { "mode", 2, NULL }, { "seq", 2, do_number },
	{ "replay-window", 2, do_number }, { "replay-seq", 2, do_number }, { "replay-oseq", 2, do_number },
	{ "replay-seq-hi", 2, do_number }, { "replay-oseq-hi", 2, do_number },
	{ "mark", 0, do_mark }, { "output-mark", 0, do_mark }, { "flag", 0, do_flag },
	{ "extra-flag", 0, do_flag }, { "if_id", 2, xfrm_do_small }, { "tfcpad", 2, xfrm_do_small },
	{ "dir", 2, xfrm_do_small }, { "encap", 5, do_encap }, { "sel", 0, xfrm_do_sel },
	{ "limit", 3, do_limit }, { "coa", 2, do_keep }, { "ctx", 2, do_keep }, { "offload", 0, do_keep },
	{ "pcpu-num", 2, do_keep }, { "auth", 3, xfrm_do_auth }, { "auth-trunc", 4, xfrm_do_auth },
	{ "aead", 4, xfrm_do_enc }, { "enc", 3, xfrm_do_enc }, { "comp", 2, xfrm_do_comp },
};
enum { NARGS = sizeof args / sizeof args[0] };

static size_t arg_of(const struct word *w)
{
	size_t i = 0;

	while (i < NARGS && !word_is(w, args[i].word))
		i++;
	return i;
}

/* How far an argument goes: a selector and an offload take words that are keywords elsewhere. */
static size_t span_of(const struct add *a, size_t from, size_t arg)
{
	bool sel = word_is(&a->w[from], "sel"), offload = word_is(&a->w[from], "offload");
	size_t i = from + 1, n = args[arg].words;

	if (n > 0)
		return from + n < a->nwords ? from + n : a->nwords;
	for (; i < a->nwords; i++) {
		size_t k = arg_of(&a->w[i]);
		bool own = sel ? k < 3 : offload && word_is(&a->w[i], "dir");

		if (k < NARGS && !own && !(word_is(&a->w[i], "mask")))
			break;
	}
	return i;
}

/* A word that is no number would be passed over, and the SA made without what it was to say. */
static int check_numbers(const struct xfrm_state *x, const struct words *ws, struct err *e)
{
	static const struct { const char *arg; size_t first, last; } rows[] = {
		{ "reqid", 1, 1 }, { "seq", 1, 1 }, { "replay-window", 1, 1 }, { "replay-seq", 1, 1 },
		{ "replay-oseq", 1, 1 }, { "replay-seq-hi", 1, 1 }, { "replay-oseq-hi", 1, 1 }, { "mark", 1, 1 },
		{ "output-mark", 1, 1 }, { "if_id", 1, 1 }, { "tfcpad", 1, 1 }, { "limit", 2, 2 }, { "encap", 2, 3 },
	};
	size_t i = 0;
	uint64_t v;

	while (i < sizeof rows / sizeof rows[0] && !word_is(&ws->w[0], rows[i].arg))
		i++;
	if (i == sizeof rows / sizeof rows[0])
		return 0;
	for (size_t at = rows[i].first; at < ws->n; at++) {
		if ((at > rows[i].last && !word_is(&ws->w[at - 1], "mask")) || word_is(&ws->w[at], "mask") ||
		    word_number(&ws->w[at], UINT64_MAX, &v))
			continue;
		err_set(e, "%s: found \"%.*s\", wanted a number", rows[i].arg,
		    (int)(ws->w[at].n > 40 ? 40 : ws->w[at].n), ws->w[at].p);
		return format_blame(x->s, x->line->number, ws->w[at].column, e);
	}
	return 0;
}

/* The identity first: what follows is judged by the protocol. */
static int take_words(struct xfrm_state *x, const struct add *a, struct err *e)
{
	static const char mode[] = "mode", transport[] = "transport", reqid[] = "reqid", zero[] = "0";
	struct words id = { .n = 0 }, ws;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < a->nwords; ) {
			size_t k = arg_of(&a->w[i]), end;

			if (k == NARGS) {
				err_set(e, "unknown argument \"%.*s\"", (int)(a->w[i].n > 40 ? 40 : a->w[i].n),
				    a->w[i].p);
				return format_blame(x->s, a->line, a->w[i].column, e);
			}
			end = span_of(a, i, k);
			ws.n = end - i;
			memcpy(ws.w, &a->w[i], ws.n * sizeof ws.w[0]);
			if (pass == 0 && check_numbers(x, &ws, e) < 0)
				return -1;
			if (pass == 0 && args[k].take == NULL && id.n + ws.n + 4 <= WORDS_MAX) {
				memcpy(&id.w[id.n], ws.w, ws.n * sizeof ws.w[0]);
				id.n += ws.n;
			}
			if (pass == 1 && args[k].take != NULL && args[k].take(x, &ws, e) < 0)
				return -1;
			i = end;
		}
		if (pass == 1)
			break;
		/* what the kernel takes where nothing is said */
		id.w[id.n++] = (struct word){ mode, 4, 1 };
		id.w[id.n++] = (struct word){ transport, 9, 1 };
		id.w[id.n++] = (struct word){ reqid, 5, 1 };
		id.w[id.n++] = (struct word){ zero, 1, 1 };
		if (xfrm_do_head(x, &id, e) < 0)
			return format_blame(x->s, a->line, a->nwords > 0 ? a->w[0].column : 1, e);
		if (xfrm_do_proto(x, &id, e) < 0)
			return -1;
		if (x->skip)
			break;
	}
	return 0;
}

static int finish(struct format_source *s, struct add *a, struct err *e)
{
	struct xfrm_line line = { .number = a->line };
	struct xfrm_state x = { .s = s, .line = &line, .command = true };
	struct sa sa;
	int rc;

	sa_init(&sa);
	x.sa = &sa;
	a->open = false;
	if (a->full) {
		err_set(e, "found a command of more than %d words or %d bytes", WORDS_MAX, ADD_BYTES);
		return format_blame(s, a->line, 1, e);
	}
	sa.esn = SA_NO;
	sa.replay_window = 0;
	if (xfrm_open(&x, e) < 0)
		return -1;
	rc = take_words(&x, a, e);
	/* Only a receiver has a number that it received; the writer says the other of all others. */
	if (sa.dir == SA_DIR_UNKNOWN && (x.seq > 0 || x.seq_hi > 0) && x.oseq == 0 && x.oseq_hi == 0)
		sa.dir = SA_IN;
	rc = xfrm_close(&x, rc, a->line, 1, e);
	if (rc > 0)
		rc = format_give(s, &sa, &format_xfrm_add, a->line, false, e);
	sa_clear(&sa);
	wipe(a->text, a->n);
	return rc;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct add *a = state;

	return done && a->open ? finish(s, a, e) : 0;
}

const struct format format_xfrm_add = {
	.name = "xfrm-add", .what = "ip xfrm state add commands (iproute2)", .state = sizeof(struct add),
	.sniff = sniff, .line = take, .flush = flush, .write = xfrm_write,
};
