#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "sa/format/xfrm.h"

/* Cuts at blanks; "(256 bits)", "(0x00100000)" and the like of -s fall away. */
static void cut(struct words *ws, const char *p, const struct xfrm_line *l)
{
	size_t i = 0;

	ws->n = 0;
	while (i < l->n && ws->n < WORDS_MAX) {
		size_t from;

		while (i < l->n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r'))
			i++;
		from = i;
		if (i < l->n && p[i] == '(') {
			while (i < l->n && p[i] != ')')
				i++;
			i += i < l->n;
			/* "(INF)(bytes)," is a value */
			if (i == l->n || p[i] == ' ' || p[i] == '\t')
				continue;
		}
		while (i < l->n && p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			i++;
		if (i > from)
			ws->w[ws->n++] = (struct word){ p + from, i - from, l->column + from + 1 };
	}
}

void xfrm_extra(struct xfrm_state *x, const char *key, const char *p, size_t n)
{
	if (n == 0)
		return;
	fprintf(x->extra, "%s\"%s\":\"", x->extra_any ? "," : "", key);
	esc_json(x->extra, p, n);
	fputc('"', x->extra);
	x->extra_any = true;
}

int xfrm_do_head(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	static const struct addr zero;
	const struct word *src = words_after(ws, "src"), *dst = words_after(ws, "dst");
	struct addr *const at[] = { &x->sa->src, &x->sa->dst };

	if (addr_parse(at[0], src->p, src->n, e) < 0 || addr_parse(at[1], dst->p, dst->n, e) < 0)
		return -1;
	/* 0.0.0.0 and :: stand for any address. */
	for (size_t i = 0; i < 2; i++)
		if (memcmp(at[i]->b, zero.b, addr_len(at[i])) == 0)
			*at[i] = zero;
	return 0;
}

/* The kernel's own helper states of IPComp in tunnel mode: nobody misses them. */
static bool is_ipip(const struct word *w)
{
	return word_is(w, "4") || word_is(w, "ipencap") || word_is(w, "ipip") || word_is(w, "41") ||
	    word_is(w, "ipv6");
}

int xfrm_do_proto(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	static const struct name protos[] = {
		{ SA_ESP, "esp" }, { SA_AH, "ah" }, { SA_IPCOMP, "comp" },
	};
	const struct word *mode = words_after(ws, "mode"), *w = words_after(ws, "proto");
	const struct word *spi = words_after(ws, "spi");
	size_t i = 0;
	uint64_t v;

	while (i < 3 && !word_is(w, protos[i].name))
		i++;
	x->id = true;
	if (i == 3) {
		if (!x->quiet && w->n > 0 && !is_ipip(w))
			format_note(x->s, x->line->number, w->column,
			    "passed over a state of protocol %.*s", (int)(w->n > 40 ? 40 : w->n), w->p);
		x->skip = true;
		return 0;
	}
	x->sa->proto = (enum sa_proto)protos[i].id;
	if (!word_number(spi, UINT32_MAX, &v)) {
		err_set(e, "wanted spi and a number, the same one in both bases");
		return format_blame(x->s, x->line->number, spi->column, e);
	}
	x->sa->spi = (uint32_t)v;
	if (v == 0 || (x->sa->proto == SA_IPCOMP && v > UINT16_MAX)) {
		if (!x->quiet)
			format_note(x->s, x->line->number, spi->column, v == 0
			    ? "passed over an SA that has no SPI yet" : "passed over a CPI above 65535");
		x->skip = true;
	}
	if (word_number(words_after(ws, "reqid"), UINT32_MAX, &v)) {
		x->sa->reqid = (uint32_t)v;
		x->sa->reqid_known = true;
	}
	x->sa->mode = word_is(mode, "tunnel") ? SA_TUNNEL : word_is(mode, "transport") ? SA_TRANSPORT
		    : word_is(mode, "beet") ? SA_BEET : SA_MODE_UNKNOWN;
	if (x->sa->mode == SA_MODE_UNKNOWN)
		xfrm_extra(x, "mode", mode->p, mode->n);
	return 0;
}

void xfrm_flags(struct xfrm_state *x, const char *key, const struct word *w, size_t n)
{
	char text[256];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (word_is(&w[i], "esn")) {
			x->sa->esn = SA_YES;
			continue;
		}
		if (w[i].n + 1 > sizeof text - len)
			return;
		if (len > 0)
			text[len++] = ' ';
		memcpy(text + len, w[i].p, w[i].n);
		len += w[i].n;
	}
	xfrm_extra(x, key, text, len);
}

static size_t find_word(const struct words *ws, const char *text)
{
	size_t i = 0;

	while (i < ws->n && !word_is(&ws->w[i], text))
		i++;
	return i;
}

static int do_flags(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	size_t flag = find_word(ws, "flag"), extra = find_word(ws, "extra_flag");
	uint64_t v;

	(void)e;
	if (x->stats)
		return 0;
	if (word_number(words_after(ws, "replay-window"), SA_REPLAY_MAX, &v))
		x->sa->replay_window = (int64_t)v;
	x->sa->esn = SA_NO;
	if (flag + 1 < extra)
		xfrm_flags(x, "flags", &ws->w[flag + 1], extra - flag - 1);
	if (extra + 1 < ws->n)
		xfrm_flags(x, "extra_flags", &ws->w[extra + 1], ws->n - extra - 1);
	return 0;
}

static int do_mark(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	const struct word *out = words_after(ws, "output-mark"), *w = words_after(ws, "mark");
	const char *slash = memchr(w->p, '/', w->n);
	uint64_t mark, mask = UINT32_MAX;

	xfrm_extra(x, "output_mark", out->p, out->n);
	if (w->n == 0)
		return 0;
	if (uint_parse(&mark, w->p, slash != NULL ? (size_t)(slash - w->p) : w->n, 0, UINT32_MAX, e) < 0)
		return 0;
	if (slash != NULL &&
	    uint_parse(&mask, slash + 1, w->n - (size_t)(slash - w->p) - 1, 0, UINT32_MAX, e) < 0)
		return 0;
	x->sa->mark = (uint32_t)mark;
	x->sa->mark_mask = (uint32_t)mask;
	x->sa->mark_known = true;
	return 0;
}

int xfrm_do_comp(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	(void)e;
	x->protection = true;
	if (ws->n > 1)
		xfrm_extra(x, "comp", ws->w[1].p, ws->w[1].n);
	return 0;
}

static const struct {
	const char *word;
	int (*take)(struct xfrm_state *x, const struct words *ws, struct err *e);
} keywords[] = {
	{ "src", xfrm_do_head }, { "proto", xfrm_do_proto }, { "replay-window", do_flags }, { "mark", do_mark },
	{ "output-mark", xfrm_do_small }, { "auth", xfrm_do_auth }, { "auth-trunc", xfrm_do_auth },
	{ "aead", xfrm_do_enc }, { "enc", xfrm_do_enc }, { "encap", xfrm_do_encap },
	{ "anti-replay", xfrm_do_seq }, { "seq-hi", xfrm_do_seq }, { "replay_window", xfrm_do_seq }, { "if_id", xfrm_do_small },
	{ "tfcpad", xfrm_do_small }, { "dir", xfrm_do_small }, { "sel", xfrm_do_sel },
	{ "lifetime", xfrm_do_section },
	{ "stats:", xfrm_do_section }, { "limit:", xfrm_do_limit }, { "expire", xfrm_do_limit },
	{ "add", xfrm_do_current }, { "comp", xfrm_do_comp },
};
enum { NKEYWORDS = sizeof keywords / sizeof keywords[0] };

/* "E:cbc(aes)", "A:hmac(sha1)": so print those who are like ip, but not it. */
static const char *vendor_keyword(const char *p, size_t n)
{
	return n < 3 || p[1] != ':' ? NULL : p[0] == 'E' ? "enc" : p[0] == 'A' ? "auth" : NULL;
}

static size_t keyword(const char *p, size_t n)
{
	const char *other = vendor_keyword(p, n);
	size_t i = 0;

	if (other != NULL) {
		p = other;
		n = strlen(other);
	}
	while (i < NKEYWORDS && (strlen(keywords[i].word) != n || memcmp(keywords[i].word, p, n) != 0))
		i++;
	return i;
}

/* The counters' line begins with a number. */
static bool is_counter(const char *p, size_t n)
{
	return n > 8 && p[0] >= '0' && p[0] <= '9' && memcmp(p + n - 8, "(bytes),", 8) == 0;
}

bool xfrm_is_keyword(const char *p, size_t n)
{
	return keyword(p, n) < NKEYWORDS || is_counter(p, n);
}

static bool is_single(size_t i)
{
	static const char *const single[] = { "proto", "aead", "enc", "auth", "auth-trunc", "comp" };

	for (size_t k = 0; k < sizeof single / sizeof single[0]; k++)
		if (strcmp(keywords[i].word, single[k]) == 0)
			return true;
	return false;
}

static int take(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	size_t i;

	if (ws->n == 0 || x->skip)
		return 0;
	i = keyword(ws->w[0].p, ws->w[0].n);
	if (i < NKEYWORDS && is_single(i)) {
		/* A second one belongs to another SA, whose first line is missing. */
		if ((x->seen >> i & 1) != 0 && !x->quiet)
			format_note(x->s, x->line->number, ws->w[0].column,
			    "passed over: the lines of two SAs, without the first line of the second");
		x->skip |= (x->seen >> i & 1) != 0;
		x->seen |= 1u << i;
	}
	if (i < NKEYWORDS)
		return x->skip ? 0 : keywords[i].take(x, ws, e);
	return xfrm_do_current(x, ws, e);
}

/* What only the whole record tells. */
static void settle(struct xfrm_state *x, struct sa *sa)
{
	uint64_t in = x->seq_hi << 32 | x->seq, out = x->oseq_hi << 32 | x->oseq;
	uint64_t seq = in > out ? in : out;

	if (seq != 0 || (x->numbers && sa->esn == SA_YES)) {
		sa->seq = seq;
		sa->seq_known = true;
		sa_add_hint(sa, seq);
	}
	if (sa->proto == SA_IPCOMP) {		/* it numbers nothing */
		sa->esn = SA_UNKNOWN;
		sa->replay_window = -1;
	}
	if (sa->proto == SA_ESP && sa->encr == NULL)
		sa->encr_unknown = true;
	if (sa->proto == SA_ESP && !x->protection)
		sa->integ_unknown = true;	/* the record breaks off */
	if (sa->proto == SA_AH && sa->integ == NULL)
		sa->integ_unknown = true;
	/* The kernel prints every algorithm an SA has: no auth line is none. */
	if (sa->proto == SA_ESP && sa->integ == NULL && !sa->integ_unknown &&
	    (sa->encr == NULL || !alg_encr_is_aead(sa->encr)))
		sa->integ = alg_integ_by_name("none");
	sa_settle_keys(sa);
}

/* Makes two words of "E:cbc(aes)". */
static bool split_keyword(struct words *ws)
{
	const char *key = ws->n > 0 && ws->n < WORDS_MAX ? vendor_keyword(ws->w[0].p, ws->w[0].n) : NULL;

	if (key == NULL)
		return false;
	memmove(&ws->w[1], &ws->w[0], ws->n * sizeof ws->w[0]);
	ws->n++;
	ws->w[0] = (struct word){ key, strlen(key), ws->w[1].column };
	ws->w[1] = (struct word){ ws->w[1].p + 2, ws->w[1].n - 2, ws->w[1].column + 2 };
	return true;
}

static int take_lines(struct xfrm_state *x, const struct xfrm *r, struct err *e)
{
	struct words ws;

	for (size_t i = 0; i < r->nlines; i++) {
		x->line = &r->lines[i];
		cut(&ws, r->text + x->line->at, x->line);
		x->vendor = split_keyword(&ws);
		if (take(x, &ws, e) < 0)
			return -1;
	}
	return 0;
}

int xfrm_open(struct xfrm_state *x, struct err *e)
{
	x->members = NULL;
	x->nmembers = 0;
	if ((x->extra = open_memstream(&x->members, &x->nmembers)) == NULL)
		return err_nomem(e);
	fputs("{\"x-xfrm\":{", x->extra);
	return 0;
}

/* A number that was received alone is a receiver's: the command that makes the SA again must say so. */
static void keep_received(struct xfrm_state *x)
{
	if (x->sa->dir == SA_DIR_UNKNOWN && (x->seq | x->seq_hi) != 0 && (x->oseq | x->oseq_hi) == 0)
		xfrm_extra(x, "seq", "received", strlen("received"));
}

int xfrm_close(struct xfrm_state *x, int rc, uint64_t line, size_t column, struct err *e)
{
	keep_received(x);
	fputs("}}", x->extra);
	if (fclose(x->extra) != 0 && rc == 0)
		rc = err_nomem(e);
	if (rc < 0 || !x->id || x->skip)
		goto out;
	settle(x, x->sa);
	if (x->extra_any) {
		x->sa->extra = x->members;
		x->members = NULL;
	}
	rc = sa_check(x->sa, e) == 0;
	if (rc == 0 && !x->quiet)
		format_note(x->s, line, column, "passed over: %s", e->text);
out:
	free(x->members);
	return rc;
}

int xfrm_sa(struct format_source *s, const struct xfrm *r, bool done, struct sa *sa, struct err *e)
{
	struct xfrm_state x = { .s = s, .sa = sa, .quiet = r->given > 0 };
	int rc;

	if (xfrm_open(&x, e) < 0)
		return -1;
	rc = take_lines(&x, r, e);
	x.skip |= !done && !x.protection;
	return xfrm_close(&x, rc, r->lines[0].number, r->lines[0].column + 1, e);
}
