#include <string.h>

#include "sa/format/vpp.h"

extern const struct format format_vpp_show;

/* One record of `show ipsec sa N`. */
struct show {
	struct vpp_sa v;
	uint64_t line, seq, seq_hi, last, last_hi;
	bool open, odd_spi, crypto, integ, salt, twice;	/* lines there were */
};

/* "[0] sa 10 (0xa) spi 3232235522 (0xc0a80002) protocol:esp flags:[...]" */
static bool sniff(const struct format_line *l)
{
	struct words ws;

	if (!text_has(l->p, l->n, " protocol:") || !text_has(l->p, l->n, " spi "))
		return false;
	words_cut(&ws, l->p, l->n, l->column);
	for (size_t i = 0; i < ws.n; i++)
		if (word_is(&ws.w[i], "sa") && word_starts(words_at(&ws, i + 3), "spi"))
			return true;
	return false;
}

static void take_flags(struct sa *sa, const struct format_line *l)
{
	struct word rest = { l->p, l->n, l->column }, w;
	bool tunnel = false;

	while (rest.n > 0 && *rest.p != '[') {	/* the index */
		rest.p++;
		rest.n--;
	}
	while ((w = word_next(&rest, "[]")).n > 0 || rest.n > 0) {
		if (w.n == 0) {
			rest.p++;
			rest.n--;
			continue;
		}
		if (word_is(&w, "esn"))
			sa->esn = SA_YES;
		else if (word_is(&w, "anti-replay"))
			sa->replay_window = SA_REPLAY_DEFAULT;
		else if (word_is(&w, "inbound"))
			sa->dir = SA_IN;
		else if (word_is(&w, "udp-encap"))
			sa->encap = (struct sa_encap){ SA_ENCAP_UDP, 4500, 4500, { 0 }, { 0 } };
		tunnel |= word_is(&w, "tunnel") || word_is(&w, "tunnel-v6");
	}
	sa->mode = tunnel ? SA_TUNNEL : SA_TRANSPORT;
}

/* "spi 4096 (0x00001000)": both are the same number. */
static bool read_spi(const struct words *ws, uint32_t *spi)
{
	const struct word *w = words_after(ws, "spi"), *hex;
	uint64_t v, again;

	if (!word_number(w, UINT32_MAX, &v))
		return false;
	*spi = (uint32_t)v;
	hex = words_at(ws, (size_t)(w - ws->w) + 1);
	if (hex->n < 3 || hex->p[0] != '(')
		return true;
	return word_number(&(struct word){ hex->p + 1, hex->n - 2, hex->column }, UINT32_MAX, &again) && again == v;
}

static void take_head(struct show *x, const struct format_line *l)
{
	struct words ws;

	words_cut(&ws, l->p, l->n, l->column);
	vpp_init(&x->v);
	x->open = true;
	x->crypto = x->integ = x->salt = x->twice = false;
	x->line = l->number;
	x->seq = x->seq_hi = x->last = x->last_hi = 0;
	x->v.sa.replay_window = 0;
	x->v.sa.proto = text_has(l->p, l->n, "protocol:ah") ? SA_AH : SA_ESP;
	x->odd_spi = !read_spi(&ws, &x->v.sa.spi);
	take_flags(&x->v.sa, l);
}

/* "UDP:[src:4500 dst:4500]" */
static void take_ports(struct sa_encap *encap, const struct words *ws)
{
	for (size_t i = 0; i < ws->n; i++) {
		const char *src = word_has(&ws->w[i], "src:") ? "src:" : word_has(&ws->w[i], "dst:") ? "dst:" : NULL;
		uint16_t *port = src != NULL && src[0] == 's' ? &encap->sport : &encap->dport;
		size_t at = 0;
		uint32_t v = 0;

		if (src == NULL)
			continue;
		while (memcmp(ws->w[i].p + at, src, 4) != 0)
			at++;
		for (at += 4; at < ws->w[i].n && ws->w[i].p[at] >= '0' && ws->w[i].p[at] <= '9' && v < 65536; at++)
			v = v * 10 + (uint32_t)(ws->w[i].p[at] - '0');
		if (v < 65536)
			*port = (uint16_t)v;
	}
}

/* A second one belongs to another SA, whose first line is missing. */
static bool is_first(struct show *x, bool *seen)
{
	x->twice |= *seen;
	if (*seen)
		return false;
	*seen = true;
	return true;
}

static int take_alg(struct format_source *s, struct show *x, const struct words *ws,
    const struct format_line *l, struct err *e)
{
	bool cipher = word_is(&ws->w[0], "crypto");

	if (!is_first(x, cipher ? &x->crypto : &x->integ))
		return 0;
	vpp_alg(s, &x->v, words_after(ws, "alg"), cipher, l->number);
	if (words_after(ws, "key")->n == 0)
		return 0;
	return vpp_keep(s, &x->v, cipher ? &x->v.encr_key : &x->v.integ_key, words_after(ws, "key"), l->number, e);
}

static void take_numbers(struct show *x, const struct words *ws)
{
	const struct { const char *key; uint64_t *at; } rows[] = {
		{ "seq", &x->seq }, { "seq-hi", &x->seq_hi }, { "last-seq", &x->last }, { "last-seq-hi", &x->last_hi },
	};
	const struct word *window = words_after(ws, "window");
	struct sa *sa = &x->v.sa;
	uint64_t v;

	for (size_t i = 0; i < 4; i++)
		if (word_number(words_after(ws, rows[i].key), UINT32_MAX, &v))
			*rows[i].at = v;
	/* a digit for each packet */
	if (sa->replay_window > 0 && window->n >= 32 && window->n <= SA_REPLAY_MAX)
		sa->replay_window = (int64_t)window->n;
	if (word_number(words_after(ws, "packets"), UINT64_MAX, &v) && v > 0)
		sa->used.packets = v;
	if (word_number(words_after(ws, "bytes"), UINT64_MAX, &v) && v > 0)
		sa->used.bytes = v;
	sa->life_known |= sa->used.packets > 0 || sa->used.bytes > 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct show *x = state;
	uint64_t out = x->seq_hi << 32 | x->seq, in = x->last_hi << 32 | x->last, seq = in > out ? in : out;

	if (!done || !x->open)
		return 0;
	x->open = false;
	if (x->twice || x->odd_spi) {
		format_note(s, x->line, 1, x->odd_spi ? "passed over: wanted spi and a number, the same one in both bases"
		    : "passed over: the lines of two SAs, without the first line of the second");
		vpp_clear(&x->v);
		return 0;
	}
	if (seq > 0) {
		x->v.sa.seq = seq;
		x->v.sa.seq_known = true;
		sa_add_hint(&x->v.sa, seq);
	}
	return vpp_give(s, &x->v, &format_vpp_show, x->line, e);
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct show *x = state;
	struct words ws;

	if (sniff(l)) {
		if (flush(s, x, true, e) < 0)
			return -1;
		take_head(x, l);
		return 0;
	}
	if (!x->open)
		return 0;
	words_cut(&ws, l->p, l->n, l->column);
	if (word_is(words_at(&ws, 0), "crypto") || word_starts(words_at(&ws, 0), "integ"))
		return take_alg(s, x, &ws, l, e);
	if (word_is(words_at(&ws, 0), "salt"))
		return !is_first(x, &x->salt) ? 0 : vpp_keep_salt(s, &x->v, words_at(&ws, 1), l->number, e);
	if (word_starts(words_at(&ws, 0), "UDP:"))
		take_ports(&x->v.sa.encap, &ws);
	if (words_after(&ws, "tunnel")->n > 0 || word_starts(words_at(&ws, 0), "tunnel")) {
		(void)word_addr(words_after(&ws, "src"), &x->v.sa.src);
		(void)word_addr(words_after(&ws, "dst"), &x->v.sa.dst);
	}
	take_numbers(x, &ws);
	return 0;
}

static void clear(void *state)
{
	struct show *x = state;

	if (x->open)
		vpp_clear(&x->v);
}

const struct format format_vpp_show = {
	.name = "vpp-show", .what = "show ipsec sa (VPP)", .state = sizeof(struct show),
	.sniff = sniff, .line = take, .flush = flush, .clear = clear,
};
