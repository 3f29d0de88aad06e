#include <stdlib.h>
#include <string.h>

#include "sa/format/platform.h"
#include "sa/ts.h"

/* IOS and ASA: show crypto ipsec sa.  Keys are never shown.  From published output: awaits a real dump. */

struct cisco {				/* all zero: no peer */
	struct addr local, remote;
	uint16_t lport, rport;		/* 0: not said */
	struct selector ts;		/* ours first */
	bool src_known, dst_known;
	bool section;			/* of SAs: what follows is for one direction and protocol */
	enum sa_dir dir;
	enum sa_proto proto;
	struct sa sa;
	bool open, begun, udp;
	uint64_t line;
};

extern const struct format format_cisco;

enum heading { H_NONE, H_MAP, H_LOCAL, H_REMOTE, H_PEER, H_ENDPOINTS, H_IN_ESP, H_OUT_ESP, H_IN_AH, H_OUT_AH,
	H_OTHER, H_SPI, H_TRANSFORM, H_SETTINGS, H_REPLAY };

/* In order: the longer of two that begin alike first. */
static const struct { const char *text; enum heading what; } headings[] = {
	{ "interface:", H_MAP }, { "Crypto map tag:", H_MAP },
	{ "local  ident (addr/mask/prot/port):", H_LOCAL }, { "local ident (addr/mask/prot/port):", H_LOCAL },
	{ "remote ident (addr/mask/prot/port):", H_REMOTE }, { "current_peer", H_PEER },
	{ "local crypto endpt.:", H_ENDPOINTS }, { "inbound esp sas:", H_IN_ESP },
	{ "outbound esp sas:", H_OUT_ESP }, { "inbound ah sas:", H_IN_AH }, { "outbound ah sas:", H_OUT_AH },
	{ "inbound pcp sas:", H_OTHER }, { "outbound pcp sas:", H_OTHER }, { "spi:", H_SPI },
	{ "transform:", H_TRANSFORM }, { "in use settings", H_SETTINGS }, { "replay detection support:", H_REPLAY },
};

static enum heading heading(const struct format_line *l, struct word *rest)
{
	struct word w = { l->p, l->n, l->column };

	while (w.n > 0 && (*w.p == ' ' || *w.p == '\t')) {
		w.p++;
		w.n--;
		w.column++;
	}
	for (size_t i = 0; w.n > 0 && i < sizeof headings / sizeof headings[0]; i++) {
		size_t n = strlen(headings[i].text);

		if (w.p[0] == headings[i].text[0] && word_starts(&w, headings[i].text)) {
			*rest = (struct word){ w.p + n, w.n - n, w.column + n };
			return headings[i].what;
		}
	}
	return H_NONE;
}

/* What no other program prints. */
static bool sniff(const struct format_line *l)
{
	struct word rest;
	enum heading h = heading(l, &rest);

	return h == H_LOCAL || h == H_ENDPOINTS || (h >= H_IN_ESP && h <= H_OTHER) ||
	    (h == H_MAP && word_has(&rest, "local addr"));
}

static int give(struct format_source *s, struct cisco *c, struct err *e)
{
	struct sa *sa = &c->sa;

	if (!c->open)
		return 0;
	c->open = false;
	sa->src = c->dir == SA_IN ? c->remote : c->local;
	sa->dst = c->dir == SA_IN ? c->local : c->remote;
	sa->dir = c->dir;
	if (c->udp)
		sa->encap = (struct sa_encap){ .type = SA_ENCAP_UDP,
		    .sport = c->dir == SA_IN ? c->rport : c->lport,
		    .dport = c->dir == SA_IN ? c->lport : c->rport };
	if (c->src_known && c->dst_known) {
		if ((sa->ts = malloc(sizeof *sa->ts)) == NULL)
			return err_nomem(e);
		*sa->ts = c->ts;
		sa->nts = 1;
		if (c->dir == SA_IN)
			ts_reverse(sa->ts);
	}
	return platform_give(s, &format_cisco, sa, c->line, false, e);
}

/* " (10.0.1.0/255.255.255.0/6/443)": address, mask, protocol, port. */
static bool ident(struct cisco *c, struct word rest, bool local)
{
	struct word w = word_next(&rest, ""), part, range;
	size_t cut[4] = { 0 }, n = 0;
	uint64_t proto, port;

	if (w.n < 2 || w.p[0] != '(' || w.p[w.n - 1] != ')')
		return false;
	for (size_t i = 0; i < w.n && n < 4; i++)
		if (w.p[i] == '/')
			cut[n++] = i;
	if (n != 3)
		return false;
	range = (struct word){ w.p + 1, cut[1] - 1, 1 };
	if (!platform_range(local ? c->ts.src : c->ts.dst, range))
		return false;
	part = (struct word){ w.p + cut[1] + 1, cut[2] - cut[1] - 1, 1 };
	if (!word_number(&part, 255, &proto))
		return false;
	part = (struct word){ w.p + cut[2] + 1, w.n - cut[2] - 2, 1 };
	if (!word_number(&part, UINT16_MAX, &port))
		return false;
	if (proto != 0)
		c->ts.proto = (int16_t)proto;
	*(local ? &c->ts.nsrc : &c->ts.ndst) = 1;
	*(local ? &c->ts.sport_set : &c->ts.dport_set) = port != 0;
	*(local ? &c->ts.sport : &c->ts.dport) = (struct port_range){ (uint16_t)port, (uint16_t)port };
	return true;
}

/* "192.0.2.1/4500" or "192.0.2.1", perhaps with a comma behind it. */
static void endpoint(struct word w, struct addr *a, uint16_t *port)
{
	const char *slash;
	struct word part;
	uint64_t v;

	while (w.n > 0 && w.p[w.n - 1] == ',')
		w.n--;
	slash = memchr(w.p, '/', w.n);
	if (slash != NULL) {
		part = (struct word){ slash + 1, w.n - (size_t)(slash - w.p) - 1, 1 };
		if (word_number(&part, UINT16_MAX, &v))
			*port = (uint16_t)v;
		w.n = (size_t)(slash - w.p);
	}
	word_addr(&w, a);
}

/* "192.0.2.1, remote crypto endpt.: 192.0.2.2" */
static void endpoints(struct cisco *c, struct word rest)
{
	struct words ws;

	words_cut(&ws, rest.p, rest.n, 1);
	endpoint(*words_at(&ws, 0), &c->local, &c->lport);
	endpoint(*words_after(&ws, "endpt.:"), &c->remote, &c->rport);
}

/* ": 192.0.2.2" or " 192.0.2.2 port 4500" */
static void peer(struct cisco *c, struct word rest)
{
	struct words ws;
	uint64_t v;

	if (rest.n > 0 && *rest.p == ':') {
		rest.p++;
		rest.n--;
	}
	words_cut(&ws, rest.p, rest.n, 1);
	endpoint(*words_at(&ws, 0), &c->remote, &c->rport);
	if (word_number(words_after(&ws, "port"), UINT16_MAX, &v))
		c->rport = (uint16_t)v;
}

/* " 0xC0A80001(3232235521)" or " 0xC0A80001 (3232235521)": both numbers must be the same. */
static int new_sa(struct format_source *s, struct cisco *c, struct word rest, uint64_t line, struct err *e)
{
	struct word w = word_next(&rest, "("), second;
	uint64_t spi, dec;

	if (give(s, c, e) < 0)
		return -1;
	if (!c->section)
		return 0;
	while (rest.n > 0 && (*rest.p == ' ' || *rest.p == '(')) {
		rest.p++;
		rest.n--;
	}
	second = word_next(&rest, ")");
	if (!word_hex(&w, UINT32_MAX, &spi) || (second.n > 0 &&
	    (!word_number(&second, UINT32_MAX, &dec) || dec != spi))) {
		err_set(e, "wanted spi, a number in hex and the same in decimal");
		return format_blame(s, line, w.column, e);
	}
	if (spi == 0)
		return 0;
	sa_clear(&c->sa);
	sa_init(&c->sa);
	c->begun = c->open = true;
	c->udp = false;
	c->line = line;
	c->sa.spi = (uint32_t)spi;
	c->sa.proto = c->proto;
	return 0;
}

/* " esp-aes 256 esp-sha256-hmac ," */
static void transform(struct format_source *s, struct cisco *c, struct word rest, uint64_t line)
{
	struct word w;
	unsigned bits;

	while ((w = word_next(&rest, ",")).n > 0 && !word_is(&w, "no")) {
		if (platform_integ(&w) != NULL && !word_is(&w, "esp-null"))
			platform_set_integ(s, &c->sa, &w, line);
		else if (platform_encr(&w, &bits) != NULL)
			platform_set_encr(s, &c->sa, &w, line);
		else if (word_starts(&w, "esp-") || word_starts(&w, "ah-"))
			format_note(s, line, w.column, "unknown transform \"%.*s\"",
			    (int)(w.n > 60 ? 60 : w.n), w.p);
	}
}

static void settings(struct cisco *c, const struct word *rest)
{
	if (word_has(rest, "Tunnel"))
		c->sa.mode = SA_TUNNEL;
	else if (word_has(rest, "Transport"))
		c->sa.mode = SA_TRANSPORT;
	c->udp |= word_has(rest, "UDP-Encaps") || word_has(rest, "NAT-T-Encaps");
	if (word_has(rest, "TCP-Encaps"))
		c->sa.encap.type = SA_ENCAP_TCP;
}

/* " Y  replay window size: 128" */
static void replay(struct cisco *c, const struct word *rest)
{
	struct words ws;
	uint64_t v;

	words_cut(&ws, rest->p, rest->n, 1);
	if (word_is(words_at(&ws, 0), "N"))
		c->sa.replay_window = 0;
	else if (word_number(words_after(&ws, "size:"), UINT32_MAX, &v))
		c->sa.replay_window = v > SA_REPLAY_MAX ? SA_REPLAY_MAX : (int64_t)v;
}

static int section(struct format_source *s, struct cisco *c, enum heading h, struct err *e)
{
	if (give(s, c, e) < 0)
		return -1;
	c->section = h != H_OTHER;
	c->dir = h == H_IN_ESP || h == H_IN_AH ? SA_IN : SA_OUT;
	c->proto = h == H_IN_AH || h == H_OUT_AH ? SA_AH : SA_ESP;
	return 0;
}

/* Another tunnel: nothing of the one before holds. */
static int forget(struct format_source *s, struct cisco *c, struct err *e)
{
	if (give(s, c, e) < 0)
		return -1;
	c->section = c->src_known = c->dst_known = false;
	c->local = c->remote = (struct addr){ 0 };
	c->lport = c->rport = 0;
	c->ts = (struct selector){ .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	return 0;
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct cisco *c = state;
	struct word rest;
	enum heading h = heading(l, &rest);

	switch (h) {
	case H_MAP:
		return forget(s, c, e);
	case H_LOCAL:
		if (c->src_known && forget(s, c, e) < 0)
			return -1;
		if (!c->dst_known)
			c->ts = (struct selector){ .proto = -1, .icmp_type = -1, .icmp_code = -1 };
		c->src_known = ident(c, rest, true);
		return 0;
	case H_REMOTE:
		c->dst_known = ident(c, rest, false);
		return 0;
	case H_PEER:
		peer(c, rest);
		return 0;
	case H_ENDPOINTS:
		endpoints(c, rest);
		return 0;
	case H_IN_ESP: case H_OUT_ESP: case H_IN_AH: case H_OUT_AH: case H_OTHER:
		return section(s, c, h, e);
	case H_SPI:
		return new_sa(s, c, rest, l->number, e);
	case H_TRANSFORM:
		if (c->open)
			transform(s, c, rest, l->number);
		return 0;
	case H_SETTINGS:
		if (c->open)
			settings(c, &rest);
		return 0;
	case H_REPLAY:
		if (c->open)
			replay(c, &rest);
		return 0;
	case H_NONE:
		break;
	}
	return 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	return done ? give(s, state, e) : 0;
}

static void clear(void *state)
{
	struct cisco *c = state;

	if (c->begun)
		sa_clear(&c->sa);
}

const struct format format_cisco = {
	.name = "cisco", .what = "Cisco IOS and ASA: show crypto ipsec sa (without keys)",
	.state = sizeof(struct cisco), .log = true, .sniff = sniff, .line = line, .flush = flush,
	.clear = clear,
};
