#include <stdlib.h>
#include <string.h>

#include "sa/format/platform.h"
#include "sa/ts.h"

/* PAN-OS: show vpn ipsec-sa, show vpn flow tunnel-id N.  Keys are never shown.  From memory: awaits a
 * real dump. */

struct paloalto {
	bool open, proxy;		/* a flow; its proxy-id: part */
	char name[64];
	struct addr local, remote;
	uint32_t spi[2];		/* in, out */
	struct word_copy { char p[32]; size_t column; uint64_t line; } encr, integ, proto;
	struct selector ts;		/* ours first */
	bool src_known, dst_known;
	uint64_t line;
};

extern const struct format format_paloalto;

/* "1 1 192.0.2.2 to-b:p2(gw-b) ESP/A256/SHA256 C0A80011 C0A80001 3600/Unlimited 3123": where the
 * algorithms stand, or 0. */
static size_t row_at(const struct words *ws)
{
	struct addr a;

	for (size_t i = 3; i + 2 < ws->n; i++)
		if ((word_starts(&ws->w[i], "ESP/") || word_starts(&ws->w[i], "AH/")) &&
		    ws->w[i + 1].n == 8 && ws->w[i + 2].n == 8 && word_addr(&ws->w[2], &a))
			return i;
	return 0;
}

/* "tunnel  to-b:p2" at the start of a line, the head of a flow. */
static bool is_flow(const struct format_line *l, const struct words *ws)
{
	return ws->n == 2 && l->n > 0 && l->p[0] == 't' && word_is(&ws->w[0], "tunnel");
}

static bool sniff(const struct format_line *l)
{
	struct words ws;

	if (l->n < 8 || (memchr(l->p, '/', l->n) == NULL && memcmp(l->p, "tunnel ", 7) != 0))
		return false;
	words_cut(&ws, l->p, l->n, l->column);
	return row_at(&ws) > 0 || is_flow(l, &ws);
}

static struct word word_of(const struct word_copy *c)
{
	return (struct word){ c->p, strlen(c->p), c->column };
}

static void keep(struct word_copy *c, const struct word *w, uint64_t line)
{
	if (word_text(c->p, sizeof c->p, w)) {
		c->column = w->column;
		c->line = line;
	}
}

/* "A256", "G128", "3DES": the table's short names. */
static void short_encr(struct word_copy *c)
{
	char digits[8];
	bool gcm = c->p[0] == 'G';

	if ((c->p[0] != 'A' && !gcm) || strlen(c->p) > 5 || c->p[1] < '1' || c->p[1] > '2')
		return;
	memcpy(digits, c->p + 1, 4);
	digits[4] = '\0';
	snprintf(c->p, sizeof c->p, gcm ? "aes-%.3s-gcm" : "aes%.3s", digits);
}

static int give_one(struct format_source *s, const struct paloalto *p, bool in, struct err *e)
{
	struct word encr = word_of(&p->encr), integ = word_of(&p->integ), proto = word_of(&p->proto);
	struct sa sa;
	int rc = -1;

	sa_init(&sa);
	sa.proto = word_like(&proto, "AH") ? SA_AH : SA_ESP;
	sa.spi = p->spi[in ? 0 : 1];
	sa.dir = in ? SA_IN : SA_OUT;
	sa.mode = SA_TUNNEL;			/* there is no other here */
	sa.src = in ? p->remote : p->local;
	sa.dst = in ? p->local : p->remote;
	if (encr.n > 0 && sa.proto == SA_ESP)
		platform_set_encr(s, &sa, &encr, p->encr.line);
	if (integ.n > 0)
		platform_set_integ(s, &sa, &integ, p->integ.line);
	if (p->src_known && p->dst_known) {
		if ((sa.ts = malloc(sizeof *sa.ts)) == NULL) {
			err_nomem(e);
			goto out;
		}
		*sa.ts = p->ts;
		sa.nts = 1;
		if (in)
			ts_reverse(sa.ts);
	}
	if (platform_text(&sa.label, &(struct word){ p->name, strlen(p->name), 1 }, e) < 0)
		goto out;
	rc = platform_give(s, &format_paloalto, &sa, p->line, false, e);
out:
	sa_clear(&sa);
	return rc;
}

static int give(struct format_source *s, struct paloalto *p, struct err *e)
{
	int rc = 0;

	for (int i = 0; i < 2 && p->open && rc == 0; i++)
		if (p->spi[i] != 0)
			rc = give_one(s, p, i == 0, e);
	*p = (struct paloalto){ .ts = { .proto = -1, .icmp_type = -1, .icmp_code = -1 } };
	return rc;
}

static int spi(struct format_source *s, uint32_t *to, const struct word *w, uint64_t line, struct err *e)
{
	uint64_t v;

	if (w->n != 8 || !word_hex(w, UINT32_MAX, &v)) {
		err_set(e, "wanted an SPI of 8 hex digits");
		return format_blame(s, line, w->column, e);
	}
	*to = (uint32_t)v;
	return 0;
}

static int row(struct format_source *s, struct paloalto *p, const struct words *ws, size_t at, uint64_t line,
    struct err *e)
{
	const struct word *alg = &ws->w[at];
	struct word_copy *parts[] = { &p->proto, &p->encr, &p->integ };
	size_t from = 0, n = 0;

	if (give(s, p, e) < 0)
		return -1;
	p->open = true;
	p->line = line;
	word_addr(&ws->w[2], &p->remote);
	word_text(p->name, sizeof p->name, &ws->w[3]);
	for (size_t i = 0; i <= alg->n && n < 3; i++) {
		struct word part = { alg->p + from, i - from, alg->column + from };

		if (i < alg->n && alg->p[i] != '/')
			continue;
		keep(parts[n++], &part, line);
		from = i + 1;
	}
	short_encr(&p->encr);
	if (spi(s, &p->spi[0], &ws->w[at + 1], line, e) < 0 ||
	    spi(s, &p->spi[1], &ws->w[at + 2], line, e) < 0)
		return -1;
	return give(s, p, e);
}

/* "local ip:  10.0.1.0/24" of the proxy-id. */
static void selector(struct paloalto *p, const struct words *ws, const struct word *v)
{
	uint64_t n;

	if (word_is(&ws->w[0], "local") && word_is(&ws->w[1], "ip:"))
		p->src_known = (p->ts.nsrc = platform_range(p->ts.src, *v)) > 0;
	else if (word_is(&ws->w[0], "remote") && word_is(&ws->w[1], "ip:"))
		p->dst_known = (p->ts.ndst = platform_range(p->ts.dst, *v)) > 0;
	else if (word_is(&ws->w[0], "protocol:") && word_number(&ws->w[1], 255, &n))
		p->ts.proto = n == 0 ? -1 : (int16_t)n;
	else if (ws->n == 3 && word_is(&ws->w[1], "port:") && word_number(v, UINT16_MAX, &n) && n != 0) {
		bool local = word_is(&ws->w[0], "local");

		*(local ? &p->ts.sport_set : &p->ts.dport_set) = true;
		*(local ? &p->ts.sport : &p->ts.dport) = (struct port_range){ (uint16_t)n, (uint16_t)n };
	}
}

static int flow(struct format_source *s, struct paloalto *p, const struct words *ws, uint64_t line,
    struct err *e)
{
	const struct word *a = words_at(ws, 0), *b = words_at(ws, 1), *v = words_at(ws, ws->n - 1);

	if (word_is(a, "proxy-id:"))
		p->proxy = true;
	else if (word_is(a, "anti") || word_is(b, "packets:"))
		p->proxy = false;
	else if (p->proxy)
		selector(p, ws, v);
	else if (word_is(a, "protocol:"))
		keep(&p->proto, v, line);
	else if (ws->n == 3 && word_is(b, "ip:"))
		word_addr(v, word_is(a, "local") ? &p->local : &p->remote);
	else if (ws->n == 3 && word_is(b, "spi:"))
		return spi(s, &p->spi[word_is(a, "local") ? 0 : 1], v, line, e);
	else if (ws->n == 3 && word_is(b, "algorithm:"))
		keep(word_is(a, "auth") ? &p->integ : &p->encr, v, line);
	return 0;
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct paloalto *p = state;
	struct words ws;
	size_t at;

	words_cut(&ws, l->p, l->n, l->column);
	if ((at = row_at(&ws)) > 0)
		return row(s, p, &ws, at, l->number, e);
	if (is_flow(l, &ws)) {
		if (give(s, p, e) < 0)
			return -1;
		p->open = true;
		p->line = l->number;
		word_text(p->name, sizeof p->name, &ws.w[1]);
		return 0;
	}
	return p->open && ws.n > 0 ? flow(s, p, &ws, l->number, e) : 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	return done ? give(s, state, e) : 0;
}

const struct format format_paloalto = {
	.name = "paloalto", .what = "PAN-OS: show vpn ipsec-sa, show vpn flow (without keys)",
	.state = sizeof(struct paloalto), .log = true, .sniff = sniff, .line = line, .flush = flush,
};
