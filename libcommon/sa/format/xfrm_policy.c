#include <string.h>

#include "sa/format.h"

/* One policy of `ip xfrm policy`; it has no end of its own, the next head or another record is it. */
struct xfrm_policy { struct policy p; bool open, block, tmpl; };

extern const struct format format_xfrm_policy;

static bool is_prefix(const struct word *w)
{
	struct addr_range r;
	struct err e;

	return memchr(w->p, '/', w->n) != NULL && addr_range_parse(&r, w->p, w->n, &e) == 0;
}

/* "src PREFIX dst PREFIX ..."; monitor has "Updated " in front.  -1: none; else the word src. */
static int head_at(const struct words *ws)
{
	size_t i = word_is(words_at(ws, 0), "Updated") ? 1 : 0;

	if (!word_is(words_at(ws, i), "src") || !word_is(words_at(ws, i + 2), "dst") ||
	    !is_prefix(words_at(ws, i + 1)) || !is_prefix(words_at(ws, i + 3)))
		return -1;
	return (int)i;
}

static bool sniff(const struct format_line *l)
{
	struct words ws;
	const char *end;

	if (l->n < 12 || (l->p[0] != 's' && l->p[0] != 'U'))
		return false;
	end = memchr(l->p, '\\', l->n);
	words_cut(&ws, l->p, end != NULL ? (size_t)(end - l->p) : l->n, l->column);
	return head_at(&ws) >= 0;
}

static void take_range(const struct word *w, struct addr_range *r, uint8_t *n)
{
	struct err e;

	*n = w->n > 2 && memcmp(w->p + w->n - 2, "/0", 2) == 0 ? 0 : 1;
	if (*n > 0 && addr_range_parse(r, w->p, w->n, &e) < 0)
		*n = 0;
}

static bool take_port(const struct word *w, struct port_range *r)
{
	uint64_t v;

	if (!word_number(w, UINT16_MAX, &v))
		return false;
	*r = (struct port_range){ (uint16_t)v, (uint16_t)v };
	return true;
}

static void take_head(struct xfrm_policy *x, const struct words *ws, size_t at, uint64_t line)
{
	struct selector *s = &x->p.ts;
	char name[32];
	uint64_t v;

	*x = (struct xfrm_policy){ .open = true, .p.line = line };
	*s = (struct selector){ .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	take_range(words_at(ws, at + 1), s->src, &s->nsrc);
	take_range(words_at(ws, at + 3), s->dst, &s->ndst);
	if (word_text(name, sizeof name, words_after(ws, "proto")))
		s->proto = (int16_t)selector_proto_parse(name);
	s->sport_set = take_port(words_after(ws, "sport"), &s->sport);
	s->dport_set = take_port(words_after(ws, "dport"), &s->dport);
	if (word_number(words_after(ws, "type"), 255, &v))
		s->icmp_type = (int16_t)v;
	if (word_number(words_after(ws, "code"), 255, &v))
		s->icmp_code = (int16_t)v;
}

static void take_tmpl(struct xfrm_policy *x, const struct words *ws)
{
	struct policy_tmpl *t = &x->p.tmpl[x->p.ntmpls];

	x->tmpl = x->p.ntmpls < POLICY_TMPLS;
	if (!x->tmpl)
		return;
	x->p.ntmpls++;
	*t = (struct policy_tmpl){ 0 };
	if (!word_addr(words_after(ws, "src"), &t->src) || !word_addr(words_after(ws, "dst"), &t->dst))
		x->block = true;
}

static void take_proto(struct xfrm_policy *x, const struct words *ws)
{
	struct policy_tmpl *t = &x->p.tmpl[x->p.ntmpls - 1];
	const struct word *w = words_at(ws, 1), *mode = words_after(ws, "mode");
	uint64_t v;

	if (word_is(w, "esp"))
		t->proto = SA_ESP;
	else if (word_is(w, "ah"))
		t->proto = SA_AH;
	else if (word_is(w, "comp"))
		t->proto = SA_IPCOMP;
	else
		x->block = true;
	t->mode = word_is(mode, "tunnel") ? SA_TUNNEL : word_is(mode, "transport") ? SA_TRANSPORT
		: word_is(mode, "beet") ? SA_BEET : SA_MODE_UNKNOWN;
	if (word_number(words_after(ws, "reqid"), UINT32_MAX, &v))
		t->reqid = (uint32_t)v;
	if (word_number(words_after(ws, "spi"), UINT32_MAX, &v))
		t->spi = (uint32_t)v;
}

static void take_words(struct xfrm_policy *x, const struct words *ws)
{
	const struct word *first = words_at(ws, 0), *dir = words_after(ws, "dir");
	uint64_t v;

	if (word_is(first, "tmpl"))
		take_tmpl(x, ws);
	else if (word_is(first, "proto") && x->tmpl)
		take_proto(x, ws);
	else if (word_is(first, "level") && x->tmpl)
		x->p.tmpl[x->p.ntmpls - 1].optional = word_is(words_at(ws, 1), "use");
	else if (word_is(first, "if_id") && word_number(words_at(ws, 1), UINT32_MAX, &v))
		x->p.if_id = (uint32_t)v;
	if (word_is(first, "dir")) {
		x->p.dir = word_is(dir, "in") ? POLICY_IN : word_is(dir, "out") ? POLICY_OUT
			 : word_is(dir, "fwd") ? POLICY_FWD : POLICY_UNKNOWN;
		x->block |= word_is(words_after(ws, "action"), "block");
	}
	x->block |= word_is(first, "socket");
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct xfrm_policy *x = state;

	if (!done || !x->open)
		return 0;
	x->open = false;
	if (x->block)			/* it lets nothing through, or is a socket's own */
		x->p.ntmpls = 0;
	return format_give_policy(s, &x->p, e);
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct xfrm_policy *x = state;

	for (size_t from = 0; from < l->n; ) {
		const char *cut = memchr(l->p + from, '\\', l->n - from);
		size_t n = cut == NULL ? l->n - from : (size_t)(cut - l->p) - from;
		struct words ws;
		int at;

		words_cut(&ws, l->p + from, n, l->column + from);
		at = head_at(&ws);
		if (at >= 0) {
			if (flush(s, x, true, e) < 0)
				return -1;
			take_head(x, &ws, (size_t)at, l->number);
		} else if (x->open) {
			take_words(x, &ws);
		}
		from += n + 1;
	}
	return 0;
}

const struct format format_xfrm_policy = {
	.name = "xfrm-policy", .what = "ip xfrm policy (iproute2): traffic selectors for its SAs",
	.state = sizeof(struct xfrm_policy), .sniff = sniff, .line = take, .flush = flush,
};
