#include <stdlib.h>
#include <string.h>

#include "sa/format/platform.h"
#include "sa/ts.h"

/*
 * `diagnose vpn tunnel list`.  dec is what comes in.  The list's form is known from published output,
 * the names of AEADs from memory: awaits a real dump.
 */

struct half { struct sa sa; bool open, integ_said; uint64_t line; };

struct fortigate {			/* all zero: no tunnel */
	struct addr local, remote;
	uint16_t lport, rport;
	char name[64];
	struct selector ts;		/* ours first */
	bool ts_bad, in_sa, ready;
	struct sa common;		/* what the SA: and life: lines say of both halves */
	uint64_t seq[2];		/* highest received, last sent */
	bool seq_known[2];
	struct half half[2];		/* dec, enc */
	int at;				/* the half whose ah= may follow; -1: none */
};

extern const struct format format_fortigate;

/* "name=to-b ver=2 serial=1 192.0.2.1:0->192.0.2.2:0" */
static bool is_head(const struct words *ws)
{
	if (!word_starts(words_at(ws, 0), "name="))
		return false;
	for (size_t i = 1; i < ws->n && i < 6; i++)
		if (word_has(&ws->w[i], "->"))
			return true;
	return false;
}

/* "dec: spi=c0a80011 ..." and not "dec:pkts/bytes=..." */
static bool is_key(const struct words *ws)
{
	return (word_is(words_at(ws, 0), "dec:") || word_is(words_at(ws, 0), "enc:")) &&
	    word_starts(words_at(ws, 1), "spi=");
}

static bool sniff(const struct format_line *l)
{
	struct words ws;
	size_t i = 0;

	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	if (l->n - i < 8 || (memcmp(l->p + i, "name=", 5) != 0 && memcmp(l->p + i, "dec: spi", 8) != 0))
		return false;
	words_cut(&ws, l->p, l->n, l->column);
	return is_head(&ws) || is_key(&ws);
}

static void head(struct fortigate *f, const struct words *ws)
{
	struct word name = words_value(ws, "name");

	word_text(f->name, sizeof f->name, &name);
	for (size_t i = 1; i < ws->n; i++) {
		const struct word *w = &ws->w[i];

		for (size_t k = 0; k + 1 < w->n; k++)
			if (w->p[k] == '-' && w->p[k + 1] == '>' &&
			    (!platform_endpoint((struct word){ w->p, k, 1 }, &f->local, &f->lport) ||
			    !platform_endpoint((struct word){ w->p + k + 2, w->n - k - 2, 1 }, &f->remote,
			    &f->rport)))
				f->local = f->remote = (struct addr){ 0 };
	}
}

/* The two ends and what both halves have in common. */
static int dress(struct fortigate *f, int i, struct sa *sa, struct err *e)
{
	const struct addr *ends[2] = { &f->remote, &f->local };

	sa->src = *ends[i];
	sa->dst = *ends[1 - i];
	sa->dir = i == 0 ? SA_IN : SA_OUT;
	sa->esn = f->common.esn;
	if (i == 0)
		sa->replay_window = f->common.replay_window;
	sa->soft = f->common.soft;
	sa->hard = f->common.hard;
	sa->life_known = f->common.life_known || sa->life_known;
	/* Port 0: no NAT-T. */
	if (f->lport != 0 && f->rport != 0 && f->lport != 500 && f->rport != 500)
		sa->encap = (struct sa_encap){ .type = SA_ENCAP_UDP,
		    .sport = i == 0 ? f->rport : f->lport, .dport = i == 0 ? f->lport : f->rport };
	sa->seq = f->seq[i];
	if ((sa->seq_known = f->seq_known[i]))
		sa_add_hint(sa, sa->seq);
	if (!f->ts_bad && f->ts.nsrc > 0 && f->ts.ndst > 0) {
		if ((sa->ts = malloc(sizeof *sa->ts)) == NULL)
			return err_nomem(e);
		*sa->ts = f->ts;
		sa->nts = 1;
		if (i == 0)
			ts_reverse(sa->ts);
	}
	return platform_text(&sa->label, &(struct word){ f->name, strlen(f->name), 1 }, e);
}

/* Gives the halves that are there. */
static int give(struct format_source *s, struct fortigate *f, struct err *e)
{
	bool alone = f->half[0].open != f->half[1].open;

	for (int i = 0; i < 2; i++) {
		struct half *h = &f->half[i];

		if (!h->open)
			continue;
		h->open = false;
		/* Lines are lost: the ah= line may be the other half's. */
		if (alone && h->sa.integ_key_known) {
			format_note(s, h->line, 1, "the other direction is missing: "
			    "the integrity key is left out");
			h->sa.integ_key_known = false;
			h->sa.integ = NULL;
		}
		if (dress(f, i, &h->sa, e) < 0 ||
		    platform_give(s, &format_fortigate, &h->sa, h->line, false, e) < 0)
			return -1;
	}
	f->at = -1;
	return 0;
}

/* "key=16 HEX": the number must be the key's length. */
static int take_key(struct format_source *s, struct sa *sa, const struct word *size,
    const struct word *key, bool integ, uint64_t line, struct err *e)
{
	uint64_t n;
	size_t got;

	if (!word_number(size, 1024, &n) || n == 0)
		return 0;
	if (key->n == 0 || memchr(key->p, '=', key->n) != NULL) {
		err_set(e, "wanted a key of %llu bytes", (unsigned long long)n);
		return format_blame(s, line, size->column, e);
	}
	if ((integ ? format_integ_key(s, sa, key, line, e) : format_encr_key(s, sa, key, line, e)) < 0)
		return -1;
	got = integ ? sa->integ_key.n : sa->encr_key.n;
	if ((integ ? sa->integ_key_known : sa->encr_key_known) && got != n) {
		err_set(e, "found a key of %zu bytes, wanted %llu", got, (unsigned long long)n);
		return format_blame(s, line, key->column, e);
	}
	return 0;
}

static bool value(const struct word *w, const char *key, struct word *v)
{
	size_t n = strlen(key);

	if (!word_starts(w, key))
		return false;
	*v = (struct word){ w->p + n, w->n - n, w->column + n };
	return true;
}

/* The words of a dec: or enc: line, and those of the ah= line behind it. */
static int keys(struct format_source *s, struct fortigate *f, const struct words *ws, size_t from,
    uint64_t line, struct err *e)
{
	struct half *h = f->at >= 0 ? &f->half[f->at] : NULL;
	bool integ = false;
	struct word v;
	uint64_t n;

	for (size_t i = from; h != NULL && i < ws->n; i++) {
		const struct word *w = &ws->w[i];

		if (value(w, "spi=", &v)) {
			if (v.n != 8 || !word_hex(&v, UINT32_MAX, &n)) {
				err_set(e, "wanted spi and 8 hex digits");
				return format_blame(s, line, v.column, e);
			}
			h->sa.spi = (uint32_t)n;
		} else if (value(w, "esp=", &v)) {
			integ = false;
			platform_set_encr(s, &h->sa, &v, line);
		} else if (value(w, "ah=", &v)) {
			if (h->integ_said) {
				format_note(s, line, w->column, "passed over a second ah= of one SA");
				return 0;
			}
			integ = h->integ_said = true;
			platform_set_integ(s, &h->sa, &v, line);
		} else if (value(w, "key=", &v) &&
		    take_key(s, &h->sa, &v, words_at(ws, i + 1), integ, line, e) < 0) {
			return -1;
		}
	}
	return 0;
}

static int half(struct format_source *s, struct fortigate *f, const struct words *ws,
    const struct format_line *l, struct err *e)
{
	int i = word_is(&ws->w[0], "enc:");
	struct half *h = &f->half[i];

	if (h->open && give(s, f, e) < 0)
		return -1;
	sa_clear(&h->sa);
	sa_init(&h->sa);
	h->open = true;
	h->integ_said = false;
	h->line = l->number;
	f->at = i;
	return keys(s, f, ws, 1, l->number, e);
}

/* "0:10.0.1.0/255.255.255.0:0": protocol, addresses, port. */
static void selector(struct fortigate *f, const struct words *ws, bool src)
{
	const struct word *w = words_at(ws, 1);
	struct selector *ts = &f->ts;
	uint8_t *n = src ? &ts->nsrc : &ts->ndst;
	size_t from = 0, to = w->n;
	struct word part;
	uint64_t proto, port;

	while (from < w->n && w->p[from] != ':')
		from++;
	while (to > from && w->p[to - 1] != ':')
		to--;
	f->ts_bad = true;
	if (to <= from + 1 || *n == SELECTOR_RANGES)
		return;
	part = (struct word){ w->p, from, 1 };
	if (!word_number(&part, 255, &proto))
		return;
	part = (struct word){ w->p + to, w->n - to, 1 };
	if (!word_number(&part, UINT16_MAX, &port))
		return;
	part = (struct word){ w->p + from + 1, to - from - 2, 1 };
	if (!platform_range(&(src ? ts->src : ts->dst)[*n], part))
		return;
	++*n;
	if (proto != 0)
		ts->proto = (int16_t)proto;
	if (port != 0) {
		*(src ? &ts->sport : &ts->dport) = (struct port_range){ (uint16_t)port, (uint16_t)port };
		*(src ? &ts->sport_set : &ts->dport_set) = true;
	}
	f->ts_bad = false;
}

/* "42900/43200" */
static bool two(const struct word *w, uint64_t most, uint64_t *a, uint64_t *b)
{
	const char *slash = memchr(w->p, '/', w->n);
	size_t n = slash != NULL ? (size_t)(slash - w->p) : 0;

	return slash != NULL && word_number(&(struct word){ w->p, n, 1 }, most, a) &&
	    word_number(&(struct word){ slash + 1, w->n - n - 1, 1 }, most, b);
}

/* The numbers of the SA: line and of those that it is wrapped to. */
static void numbers(struct fortigate *f, const struct words *ws)
{
	struct word w;
	uint64_t v;

	w = words_value(ws, "replaywin");
	if (word_number(&w, UINT32_MAX, &v))
		f->common.replay_window = v > SA_REPLAY_MAX ? SA_REPLAY_MAX : (int64_t)v;
	w = words_value(ws, "esn");
	if (word_number(&w, 1, &v))
		f->common.esn = v == 1 ? SA_YES : SA_NO;
	for (int i = 0; i < 2; i++) {
		w = words_value(ws, i == 0 ? "replaywin_lastseq" : "seqno");
		if (word_hex(&w, UINT64_MAX, &v)) {
			f->seq[i] = v - (i == 1 && v > 0);	/* seqno is the next */
			f->seq_known[i] = true;
		}
	}
	w = words_value(ws, "timeout");
	if (two(&w, UINT32_MAX, &f->common.soft.s, &f->common.hard.s))
		f->common.life_known = true;
}

/* "dec:pkts/bytes=10/1234, enc:pkts/bytes=12/2345" */
static void counters(struct fortigate *f, const struct words *ws)
{
	static const char *const names[2] = { "dec:pkts/bytes", "enc:pkts/bytes" };

	for (int k = 0; k < 2; k++) {
		struct word w = words_value(ws, names[k]);
		struct sa *sa = &f->half[k].sa;

		if (f->half[k].open && two(&w, UINT64_MAX, &sa->used.packets, &sa->used.bytes))
			sa->life_known = true;
	}
}

static void new_sa(struct fortigate *f)
{
	sa_init(&f->common);
	memset(f->seq, 0, sizeof f->seq);
	f->seq_known[0] = f->seq_known[1] = false;
	f->in_sa = true;
}

static void ready(struct fortigate *f)
{
	if (!f->ready) {
		sa_init(&f->half[0].sa);
		sa_init(&f->half[1].sa);
		new_sa(f);
		f->in_sa = false;
		f->at = -1;
		f->ready = true;
	}
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct fortigate *f = state;
	const struct word *first;
	struct words ws;
	bool head_line;

	ready(f);
	words_cut(&ws, l->p, l->n, l->column);
	first = words_at(&ws, 0);
	if (is_key(&ws))
		return half(s, f, &ws, l, e);
	if (word_starts(first, "ah="))
		return keys(s, f, &ws, 0, l->number, e);
	if (word_starts(first, "dec:pkts") || word_starts(first, "enc:pkts")) {
		counters(f, &ws);
		f->at = -1;
		return 0;
	}
	head_line = is_head(&ws);
	if (head_line || word_starts(first, "proxyid=") || word_is(first, "SA:")) {
		if (give(s, f, e) < 0)
			return -1;
		new_sa(f);
	}
	if (head_line || word_starts(first, "proxyid=")) {
		f->ts = (struct selector){ .proto = -1, .icmp_type = -1, .icmp_code = -1 };
		f->ts_bad = f->in_sa = false;
	}
	if (head_line)
		head(f, &ws);
	else if ((word_is(first, "src:") || word_is(first, "dst:")) && !f->ts_bad)
		selector(f, &ws, word_is(first, "src:"));
	else if (f->in_sa)
		numbers(f, &ws);
	return 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct fortigate *f = state;

	return done && f->ready ? give(s, f, e) : 0;
}

static void clear(void *state)
{
	struct fortigate *f = state;

	if (!f->ready)
		return;
	sa_clear(&f->half[0].sa);
	sa_clear(&f->half[1].sa);
}

const struct format format_fortigate = {
	.name = "fortigate", .what = "FortiOS: diagnose vpn tunnel list",
	.state = sizeof(struct fortigate), .log = true, .sniff = sniff, .line = line, .flush = flush,
	.clear = clear,
};
