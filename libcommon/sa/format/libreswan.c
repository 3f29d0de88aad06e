#include "sa/format/libreswan.h"

#include <string.h>

/* Labels of keys, and what they are. */
enum label { L_OUR, L_PEER, L_ENCR, L_INTEG };

static const struct { const char *text; enum label what; } labels[] = {
	{ "our  keymat", L_OUR }, { "our keymat", L_OUR }, { "KEYMAT computed:", L_OUR },
	{ "inbound:", L_OUR }, { "outbound:", L_PEER },		/* IKEv1 in version 4 */
	{ "peer keymat", L_PEER }, { "Peer KEYMAT computed:", L_PEER },
	{ "ESP encrypt key:", L_ENCR }, { "ESP enckey:", L_ENCR },
	{ "ESP integrity key:", L_INTEG }, { "ESP authkey:", L_INTEG }, { "AH authkey:", L_INTEG },
};
enum { NLABELS = sizeof labels / sizeof labels[0] };

static bool has(const char *p, size_t n, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= n; i++)
		if (p[i] == text[0] && memcmp(p + i, text, len) == 0)
			return true;
	return false;
}

static size_t label_of(const struct libreswan_record *r)
{
	struct word w = { r->text, r->n, 1 };
	size_t i = 0;

	while (w.n > 0 && w.p[w.n - 1] == ' ')
		w.n--;
	while (w.n > 0 && *w.p == ' ') {
		w.p++;
		w.n--;
	}
	while (i < NLABELS && !word_is(&w, labels[i].text))
		i++;
	return i;
}

/* What pluto says in front of keys. */
static const char *const before[] = { "kernel: setup_half_", "ESP KEYMAT", "AH KEYMAT" };

static bool starts_dump(const struct word *w)
{
	for (size_t i = 0; i < NLABELS; i++)
		if (word_starts(w, labels[i].text))
			return true;
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
		if (word_starts(w, before[i]))
			return true;
	return false;
}

/* Cheap: every line of every file comes here. */
static bool sniff(const struct format_line *l)
{
	struct pluto_sa sa;
	const char *at = l->p, *end = l->p + l->n;

	if (memchr(l->p, '{', l->n) != NULL && pluto_established(&sa, l->p, l->n))
		return true;
	while ((at = memchr(at, '|', (size_t)(end - at))) != NULL) {
		struct word w = { at + 2, (size_t)(end - at) - (end - at > 2 ? 2 : 0), 1 };

		if (end - at > 2 && starts_dump(&w))
			return true;
		at++;
	}
	return has(l->p, l->n, "#") && has(l->p, l->n, "\" esp.") && has(l->p, l->n, "@");
}

static void start(struct pluto_bytes *b, const struct libreswan_record *r)
{
	*b = (struct pluto_bytes){ .have = true, .line = r->line, .column = r->column };
}

static void fill(struct pluto_bytes *b, const struct libreswan_record *r)
{
	b->damage = r->damage;
	b->n = r->nbytes;
	if (r->bytes != NULL && r->nbytes <= sizeof b->b)
		memcpy(b->b, r->bytes, r->nbytes);
	else if (b->damage == NULL)
		b->damage = "it is longer than any key";
}

/* A cipher's key begins the keys of an SA, or in AH the key itself. */
static struct pluto_pair *new_pair(struct pluto_child *c)
{
	struct pluto_pair *pair;

	if (c->npairs >= PLUTO_PAIRS) {
		c->npairs = PLUTO_PAIRS + 1;
		return NULL;
	}
	pair = &c->pairs[c->npairs++];
	*pair = (struct pluto_pair){ .dir = c->dir, .src = c->src, .dst = c->dst, .sport = c->sport,
	    .dport = c->dport };
	c->dir = SA_DIR_UNKNOWN;
	c->sport = c->dport = 0;
	return pair;
}

/* The label alone: an empty key has no more. */
static void take_label(struct pluto_in *in, size_t i)
{
	struct pluto_child *c = in->child;
	struct pluto_pair *pair = c->npairs > 0 && c->npairs <= PLUTO_PAIRS ? &c->pairs[c->npairs - 1] : NULL;

	if (labels[i].what == L_OUR || labels[i].what == L_PEER) {
		/* The next child's: what was not used is nobody's. */
		if (c->keymat[labels[i].what].have)
			wipe(c, sizeof *c);
		start(&c->keymat[labels[i].what], in->r);
		return;
	}
	if (labels[i].what == L_ENCR || pair == NULL || pair->integ.have)
		pair = new_pair(c);
	if (pair != NULL)
		start(labels[i].what == L_ENCR ? &pair->encr : &pair->integ, in->r);
}

static void take_dump(struct pluto_in *in)
{
	struct pluto_child *c = in->child;
	struct pluto_pair *pair = c->npairs > 0 && c->npairs <= PLUTO_PAIRS ? &c->pairs[c->npairs - 1] : NULL;
	size_t i = label_of(in->r);

	if (i == NLABELS)
		return;
	if (labels[i].what == L_OUR || labels[i].what == L_PEER)
		fill(&c->keymat[labels[i].what], in->r);
	else if (pair != NULL)
		fill(labels[i].what == L_ENCR ? &pair->encr : &pair->integ, in->r);
}

/* "kernel: setup_half_kernel_state() outbound 10.1.0.0/24->[192.0.2.1=tunnel=>192.0.2.2]->10.2.0.0/24" */
static void take_kernel(struct pluto_child *c, const char *p, size_t n)
{
	const char *open = memchr(p, '[', n), *end = p + n, *eq, *to, *close;
	struct addr src, dst;
	struct err e;

	c->dir = has(p, n, "() inbound ") ? SA_IN : SA_OUT;
	c->src = c->dst = (struct addr){ 0 };
	if (open == NULL || (eq = memchr(open, '=', (size_t)(end - open))) == NULL ||
	    (to = memchr(eq, '>', (size_t)(end - eq))) == NULL ||
	    (close = memchr(to, ']', (size_t)(end - to))) == NULL)
		return;
	if (addr_parse(&src, open + 1, (size_t)(eq - open) - 1, &e) < 0 ||
	    addr_parse(&dst, to + 1, (size_t)(close - to) - 1, &e) < 0)
		return;
	c->src = src;
	c->dst = dst;
}

/* "kernel: natt/tcp sa encap_type=2(espinudp) sport=4500 dport=4500" */
static void take_ports(struct pluto_child *c, const struct libreswan_record *r)
{
	struct words ws;
	struct word w;
	uint64_t v;

	words_cut(&ws, r->text, r->n, 1);
	w = words_value(&ws, "sport");
	c->sport = word_number(&w, UINT16_MAX, &v) ? (uint16_t)v : 0;
	w = words_value(&ws, "dport");
	c->dport = word_number(&w, UINT16_MAX, &v) ? (uint16_t)v : 0;
}

/* "esp.c0a80001@192.0.2.2" at p: the SPI and where it is sent to. */
static bool said(const char *p, size_t n, enum sa_proto *proto, uint32_t *spi, struct addr *dst)
{
	struct word w, hex;
	size_t skip = n > 4 && memcmp(p, "esp.", 4) == 0 ? 4 : n > 3 && memcmp(p, "ah.", 3) == 0 ? 3 : 0;
	uint64_t v;
	const char *at;

	if (skip == 0)
		return false;
	w = (struct word){ p + skip, n - skip, 1 };
	w = word_next(&w, ",;");
	at = memchr(w.p, '@', w.n);
	if (at == NULL)
		return false;
	hex = (struct word){ w.p, (size_t)(at - w.p), 1 };
	if (!word_hex(&hex, UINT32_MAX, &v) || v == 0)
		return false;
	w = (struct word){ at + 1, w.n - hex.n - 1, 1 };
	*proto = skip == 4 ? SA_ESP : SA_AH;
	*spi = (uint32_t)v;
	return word_addr(&w, dst);
}

/* The kernel's answer names the SA whose keys were just shown. */
static void take_added(struct pluto_child *c, const char *p, size_t n)
{
	enum sa_proto proto;
	struct addr dst;
	uint32_t spi;

	if (c->npairs == 0 || c->npairs > PLUTO_PAIRS || !has(p, n, "Add SA "))
		return;
	for (size_t i = 0; i + 8 < n; i++)
		if (said(p + i, n - i, &proto, &spi, &dst)) {
			c->pairs[c->npairs - 1].spi = spi;
			return;
		}
}

/* "#2: "t" esp.c0a80001@192.0.2.2 esp.c0a80002@192.0.2.1 tun.0@192.0.2.2 ...": the peer's first. */
static int take_status(struct pluto_in *in, struct err *e)
{
	const char *p = in->r->text;
	struct pluto_sa sa = { .esn = SA_UNKNOWN, .line = in->r->line };
	struct addr dst[2] = { { 0 }, { 0 } };
	size_t n = in->r->n, found = 0;
	enum sa_proto proto = SA_ESP;

	for (size_t i = 1; i < n && found < 2; i++) {
		uint32_t spi;
		struct addr a;

		if (p[i - 1] != ' ' || !said(p + i, n - i, &proto, &spi, &a))
			continue;
		/* The pair of one protocol; ESP over AH shows four. */
		if (found == 1 && proto != sa.proto)
			break;
		sa.proto = proto;
		sa.spi[found == 0 ? 1 : 0] = spi;
		dst[found == 0 ? 1 : 0] = a;
		found++;
	}
	if (found < 2)
		return 0;
	for (int dir = 0; dir < 2; dir++)
		if (pluto_give_bare(in, &sa, dir, &dst[1 - dir], &dst[dir], e) < 0)
			return -1;
	return 0;
}

/* A debug line that is no dump. */
static void take_debug(struct pluto_in *in)
{
	const struct libreswan_record *r = in->r;
	size_t label = label_of(r);

	if (label < NLABELS)
		take_label(in, label);
	else if (has(r->text, r->n, "() inbound ") || has(r->text, r->n, "() outbound "))
		take_kernel(in->child, r->text, r->n);
	else if (has(r->text, r->n, "sa encap_type="))
		take_ports(in->child, r);
	else if (has(r->text, r->n, "ikev2 I 0x"))
		format_skip(in->s, true);
	else
		take_added(in->child, r->text, r->n);
}

static int take(void *arg, const struct libreswan_record *r, struct err *e)
{
	struct pluto_in *in = arg;
	struct pluto_sa sa;
	int rc;

	in->r = r;
	in->child = &in->p->children[r->slot];
	if (r->fresh)
		wipe(in->child, sizeof *in->child);
	if (r->dump || r->debug) {
		if (r->dump)
			take_dump(in);
		else
			take_debug(in);
		return 0;
	}
	if (pluto_established(&sa, r->text, r->n)) {
		sa.line = r->line;
		rc = pluto_give(in, &sa, e);
		wipe(in->child, sizeof *in->child);
		return rc;
	}
	return has(r->text, r->n, "\" esp.") || has(r->text, r->n, "\" ah.") ? take_status(in, e) : 0;
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct pluto *p = state;
	struct pluto_in in = { .s = s, .p = p };

	return libreswan_log_push(&p->log, l->p, l->n, l->number, take, &in, e);
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct pluto *p = state;
	struct pluto_in in = { .s = s, .p = p };

	return done ? libreswan_log_end(&p->log, take, &in, e) : 0;
}

static void clear(void *state)
{
	struct pluto *p = state;

	libreswan_log_clear(&p->log);
}

const struct format format_libreswan = {
	.name = "libreswan", .what = "libreswan's log with plutodebug=private or crypt, ipsec status",
	.state = sizeof(struct pluto), .raw = true, .log = true, .sniff = sniff, .line = line,
	.flush = flush, .clear = clear,
};
