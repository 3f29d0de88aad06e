#include <stdlib.h>
#include <string.h>

#include "sa/format/platform.h"
#include "sa/ts.h"

/* Junos: show security ipsec security-associations, the table and its detail form.  Keys are never shown.
 * From memory: awaits a real dump. */

struct juniper {
	struct addr local, remote;
	char name[64];
	struct selector ts;		/* ours first */
	bool src_known, dst_known;
	struct sa sa;
	bool open, begun, nat;
	uint16_t port;			/* the peer's */
	uint64_t line;
};

extern const struct format format_juniper;

static struct word trimmed(const struct format_line *l)
{
	struct word w = { l->p, l->n, l->column };

	while (w.n > 0 && (*w.p == ' ' || *w.p == '\t')) {
		w.p++;
		w.n--;
		w.column++;
	}
	return w;
}

/* "<131073 ESP:aes-cbc-128/sha256 c0a80011 3500/ unlim - root 500 192.0.2.2" */
static bool is_row(const struct words *ws)
{
	const struct word *w = words_at(ws, 0);

	return w->n > 1 && (w->p[0] == '<' || w->p[0] == '>') && w->p[1] >= '0' && w->p[1] <= '9' &&
	    (word_starts(words_at(ws, 1), "ESP:") || word_starts(words_at(ws, 1), "AH:"));
}

static bool sniff(const struct format_line *l)
{
	struct word w = trimmed(l);
	struct words ws;

	if (word_starts(&w, "Local Gateway:") || word_starts(&w, "Local Identity:"))
		return true;
	if (word_starts(&w, "Direction:"))
		return word_has(&w, "bound, SPI:");
	if (w.n < 2 || (w.p[0] != '<' && w.p[0] != '>'))
		return false;
	words_cut(&ws, w.p, w.n, w.column);
	return is_row(&ws);
}

static void cut_comma(struct word *w)
{
	while (w->n > 0 && w->p[w->n - 1] == ',')
		w->n--;
}

static int give(struct format_source *s, struct juniper *j, struct err *e)
{
	struct sa *sa = &j->sa;
	bool in = sa->dir == SA_IN;

	if (!j->open)
		return 0;
	j->open = false;
	sa->src = in ? j->remote : j->local;
	sa->dst = in ? j->local : j->remote;
	if (j->port != 0 && j->port != 500)
		sa->encap = (struct sa_encap){ .type = SA_ENCAP_UDP, .sport = in ? j->port : 0,
		    .dport = in ? 0 : j->port };
	if (j->src_known && j->dst_known) {
		if ((sa->ts = malloc(sizeof *sa->ts)) == NULL)
			return err_nomem(e);
		*sa->ts = j->ts;
		sa->nts = 1;
		if (in)
			ts_reverse(sa->ts);
	}
	if (platform_text(&sa->label, &(struct word){ j->name, strlen(j->name), 1 }, e) < 0)
		return -1;
	return platform_give(s, &format_juniper, sa, j->line, false, e);
}

static int begin(struct format_source *s, struct juniper *j, bool in, const struct word *spi, uint64_t line,
    struct err *e)
{
	uint64_t v;

	if (give(s, j, e) < 0)
		return -1;
	if (!word_hex(spi, UINT32_MAX, &v)) {
		err_set(e, "wanted an SPI in hex");
		return format_blame(s, line, spi->column, e);
	}
	sa_clear(&j->sa);
	sa_init(&j->sa);
	j->begun = j->open = true;
	j->line = line;
	j->sa.spi = (uint32_t)v;
	j->sa.dir = in ? SA_IN : SA_OUT;
	return 0;
}

/* "aes-cbc-128/sha256" */
static void algs(struct format_source *s, struct juniper *j, struct word w, uint64_t line)
{
	const char *slash = memchr(w.p, '/', w.n);
	struct word encr = { w.p, slash != NULL ? (size_t)(slash - w.p) : w.n, w.column };
	struct word integ = { slash != NULL ? slash + 1 : w.p, slash != NULL ? w.n - encr.n - 1 : 0,
		w.column + encr.n + 1 };
	struct word stem = encr;
	unsigned bits;

	if (j->sa.proto == SA_AH) {
		platform_set_integ(s, &j->sa, &encr, line);
		return;
	}
	/* aes-cbc-128: the size stands last */
	while (platform_encr(&stem, &bits) == NULL && stem.n > 0) {
		while (stem.n > 0 && stem.p[stem.n - 1] != '-')
			stem.n--;
		stem.n -= stem.n > 0;
	}
	platform_set_encr(s, &j->sa, stem.n > 0 ? &stem : &encr, line);
	if (integ.n > 0)
		platform_set_integ(s, &j->sa, &integ, line);
}

static int row(struct format_source *s, struct juniper *j, const struct words *ws, uint64_t line, struct err *e)
{
	const struct word *alg = words_at(ws, 1);
	size_t skip = word_starts(alg, "ESP:") ? 4 : 3;
	uint64_t port;

	if (begin(s, j, ws->w[0].p[0] == '<', words_at(ws, 2), line, e) < 0)
		return -1;
	j->sa.proto = skip == 4 ? SA_ESP : SA_AH;
	algs(s, j, (struct word){ alg->p + skip, alg->n - skip, alg->column + skip }, line);
	j->local = j->remote = (struct addr){ 0 };
	j->src_known = j->dst_known = false;
	j->port = 0;
	j->name[0] = '\0';
	word_addr(words_at(ws, ws->n - 1), &j->remote);
	if (ws->n >= 2 && word_number(words_at(ws, ws->n - 2), UINT16_MAX, &port))
		j->port = (uint16_t)port;
	return give(s, j, e);
}

/* "ipv4_subnet(any:0,[0..7]=10.0.1.0/24)" */
static bool identity(struct addr_range *r, const struct word *w)
{
	const char *eq = memchr(w->p, '=', w->n);

	if (!word_starts(w, "ipv4") && !word_starts(w, "ipv6"))
		return false;
	if (!word_has(w, "(any:0,") || eq == NULL || w->p[w->n - 1] != ')')
		return false;
	return platform_range(r, (struct word){ eq + 1, w->n - (size_t)(eq - w->p) - 2, 1 });
}

/* "Protocol: ESP, Authentication: hmac-sha256-128, Encryption: aes-cbc (256 bits)" */
static void protocol(struct format_source *s, struct juniper *j, const struct words *ws, uint64_t line)
{
	struct word proto = *words_after(ws, "Protocol:"), integ = *words_after(ws, "Authentication:");
	struct word encr = *words_after(ws, "Encryption:");

	cut_comma(&proto);
	cut_comma(&integ);
	cut_comma(&encr);
	j->sa.proto = word_is(&proto, "AH") ? SA_AH : SA_ESP;
	if (encr.n > 0 && j->sa.proto == SA_ESP)
		platform_set_encr(s, &j->sa, &encr, line);
	if (integ.n > 0 && platform_integ(&integ) != NULL)
		platform_set_integ(s, &j->sa, &integ, line);
}

/* "Mode: Tunnel(0 0), Type: dynamic" */
static void mode(struct juniper *j, const struct words *ws)
{
	const struct word *w = words_after(ws, "Mode:");

	j->sa.mode = word_starts(w, "Tunnel") || word_starts(w, "tunnel") ? SA_TUNNEL
		   : word_starts(w, "Transport") || word_starts(w, "transport") ? SA_TRANSPORT : SA_MODE_UNKNOWN;
}

/* The lines of one SA. */
static void inside(struct format_source *s, struct juniper *j, const struct words *ws, uint64_t line)
{
	const struct word *first = words_at(ws, 0);
	uint64_t v;

	if (word_is(first, "Protocol:"))
		protocol(s, j, ws, line);
	else if (word_is(first, "Mode:"))
		mode(j, ws);
	else if (word_is(first, "Anti-replay") && word_number(words_after(ws, "size:"), SA_REPLAY_MAX, &v))
		j->sa.replay_window = (int64_t)v;
}

static int tunnel(struct format_source *s, struct juniper *j, const struct words *ws, struct err *e)
{
	if (give(s, j, e) < 0)
		return -1;
	j->local = j->remote = (struct addr){ 0 };
	j->src_known = j->dst_known = false;
	j->port = 0;
	j->name[0] = '\0';
	word_text(j->name, sizeof j->name, words_after(ws, "Name:"));
	return 0;
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct juniper *j = state;
	struct word w, spi;
	struct words ws;
	uint64_t v;

	words_cut(&ws, l->p, l->n, l->column);
	if (is_row(&ws))
		return row(s, j, &ws, l->number, e);
	if (word_is(words_at(&ws, 0), "ID:"))
		return tunnel(s, j, &ws, e);
	if (word_is(words_at(&ws, 0), "Direction:")) {
		spi = *words_after(&ws, "SPI:");
		cut_comma(&spi);
		return begin(s, j, word_starts(words_at(&ws, 1), "inbound"), &spi, l->number, e);
	}
	if (word_is(words_at(&ws, 0), "Local") && word_is(words_at(&ws, 1), "Gateway:")) {
		w = *words_at(&ws, 2);
		cut_comma(&w);
		word_addr(&w, &j->local);
		word_addr(words_at(&ws, 5), &j->remote);
		return 0;
	}
	if (word_is(words_at(&ws, 1), "Identity:")) {
		if (!j->src_known && !j->dst_known)
			j->ts = (struct selector){ .proto = -1, .icmp_type = -1, .icmp_code = -1 };
		if (word_is(words_at(&ws, 0), "Local"))
			j->src_known = (j->ts.nsrc = identity(j->ts.src, words_at(&ws, 2))) > 0;
		else
			j->dst_known = (j->ts.ndst = identity(j->ts.dst, words_at(&ws, 2))) > 0;
		return 0;
	}
	if (word_is(words_at(&ws, 0), "Port:")) {
		if (word_number(words_at(&ws, 1), UINT16_MAX, &v))
			j->port = (uint16_t)v;
	} else if (j->open) {
		inside(s, j, &ws, l->number);
	}
	return 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	return done ? give(s, state, e) : 0;
}

static void clear(void *state)
{
	struct juniper *j = state;

	if (j->begun)
		sa_clear(&j->sa);
}

const struct format format_juniper = {
	.name = "juniper", .what = "Junos: show security ipsec security-associations (without keys)",
	.state = sizeof(struct juniper), .log = true, .sniff = sniff, .line = line, .flush = flush,
	.clear = clear,
};
