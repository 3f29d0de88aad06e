#include <string.h>

#include "sa/format/setkey.h"
#include "sa/key_text.h"

extern const struct format format_setkey;

enum { CONF_BYTES = 8 * 1024, CONF_WORDS = 64, WINDOW_UNIT = 8 };

/* One "add ... ;" statement, over as many lines as it has. */
struct conf {
	char text[CONF_BYTES];		/* words, each with its quotes; wiped with the state */
	size_t n;
	struct word w[CONF_WORDS];
	uint64_t lines[CONF_WORDS];
	size_t nwords;
	uint64_t line;
	size_t column;
	bool open, full, noted;
};

static bool sniff(const struct format_line *l)
{
	struct word rest = { l->p, l->n, l->column }, w = word_next(&rest, ";");
	struct addr a;
	uint16_t port;

	if (!word_is(&w, "add"))
		return false;
	do
		w = word_next(&rest, ";");
	while (w.n > 1 && w.p[0] == '-');
	return w.n > 0 && setkey_addr(&w, &a, &port);
}

/* One word, a quoted one with its blanks; false at the end of the line or of the statement. */
static bool add_word(struct conf *c, const struct format_line *l, size_t *i)
{
	struct word *w = &c->w[c->nwords];
	bool quoted = false;

	while (*i < l->n && (l->p[*i] == ' ' || l->p[*i] == '\t'))
		++*i;
	if (*i == l->n || l->p[*i] == '#' || l->p[*i] == ';')
		return false;
	if (c->nwords == CONF_WORDS) {
		c->full = true;
		return false;
	}
	*w = (struct word){ c->text + c->n, 0, l->column + *i };
	c->lines[c->nwords] = l->number;
	for (; *i < l->n && (quoted || strchr(" \t;", l->p[*i]) == NULL); ++*i) {
		quoted ^= l->p[*i] == '"';
		if (c->n == CONF_BYTES) {
			c->full = true;
			return false;
		}
		c->text[c->n++] = l->p[*i];
		w->n++;
	}
	c->nwords++;
	return true;
}

static const struct word *word_at(const struct conf *c, size_t i)
{
	static const struct word none = { "", 0, 1 };

	return i < c->nwords ? &c->w[i] : &none;
}

static bool is_option(const struct word *w)
{
	return w->n > 1 && w->p[0] == '-';
}

static int take_alg(struct format_source *s, struct conf *c, struct sa *sa, size_t *i, struct err *e)
{
	bool cipher = word_is(word_at(c, *i), "-E");
	const struct word *name = word_at(c, *i + 1), *key = word_at(c, *i + 2);
	uint64_t line = c->lines[*i];

	if (cipher)
		setkey_cipher(s, sa, name, line);
	else
		setkey_mac(s, sa, name, line, &c->noted);
	*i += 2;
	if (key->n == 0 || is_option(key)) {		/* null needs none */
		*i -= 1;
		return 0;
	}
	if (!cipher && word_starts(name, "aes-gmac"))
		return 0;
	if (format_wants_0x(s, key, true, line, e) < 0)
		return -1;
	return cipher ? format_encr_key(s, sa, key, line, e) : format_integ_key(s, sa, key, line, e);
}

/* Numbers of options; what has no place in an SA is passed over. */
static void take_number(struct sa *sa, const struct word *option, const struct word *value)
{
	const struct { const char *key; uint64_t *at; } lives[] = {
		{ "-lh", &sa->hard.s }, { "-ls", &sa->soft.s }, { "-bh", &sa->hard.bytes },
		{ "-bs", &sa->soft.bytes },
	};
	uint64_t v;

	if (!word_number(value, UINT32_MAX, &v))
		return;
	if (word_is(option, "-u")) {
		sa->reqid = (uint32_t)v;
		sa->reqid_known = true;
	}
	/* octets of the window's bitmap, as the kernels of KAME, FreeBSD and NetBSD take it */
	if (word_is(option, "-r") && v <= SA_REPLAY_MAX / WINDOW_UNIT)
		sa->replay_window = (int64_t)v * WINDOW_UNIT;
	for (size_t k = 0; k < 4; k++)
		if (word_is(option, lives[k].key) && v > 0) {
			*lives[k].at = v;
			sa->life_known = true;
		}
}

/* The next statement's words may not count as this one's. */
static int second(struct format_source *s, const struct conf *c, size_t i, struct err *e)
{
	const struct word *w = word_at(c, i);

	err_set(e, "found \"%.*s\" in one statement with what is before it: a ; may be missing",
	    (int)(w->n > 40 ? 40 : w->n), w->p);
	return format_blame(s, c->lines[i], w->column, e);
}

static int take_options(struct format_source *s, struct conf *c, struct sa *sa, size_t from, struct err *e)
{
	unsigned seen = 0;

	for (size_t i = from; i < c->nwords; i++) {
		const struct word *w = word_at(c, i), *value = word_at(c, i + 1);

		if (word_is(w, "-E") || word_is(w, "-A")) {
			unsigned bit = word_is(w, "-E") ? 1 : 2;

			if ((seen & bit) != 0)
				return second(s, c, i, e);
			seen |= bit;
			if (take_alg(s, c, sa, &i, e) < 0)
				return -1;
			continue;
		}
		if (word_is(w, "-m"))
			sa->mode = setkey_mode(value);
		if (!is_option(w) && seen != 0)
			return second(s, c, i, e);
		if (is_option(w))
			take_number(sa, w, value);
		i += is_option(w) && !is_option(value) && value->n > 0;
	}
	return 0;
}

/* 1: sa is ready; 0: no SA of ours; -1 */
static int take_add(struct format_source *s, struct conf *c, struct sa *sa, struct err *e)
{
	size_t i = 1;
	uint16_t sport, dport;
	uint64_t spi;
	bool udp;

	while (is_option(word_at(c, i)))
		i++;
	if (!setkey_addr(word_at(c, i), &sa->src, &sport) || !setkey_addr(word_at(c, i + 1), &sa->dst, &dport)) {
		err_set(e, "wanted two addresses");
		return format_blame(s, c->line, word_at(c, i)->column, e);
	}
	if (!setkey_proto(word_at(c, i + 2), sa, &udp)) {
		format_note(s, c->line, word_at(c, i + 2)->column, "passed over an SA of protocol %.*s",
		    (int)(word_at(c, i + 2)->n > 40 ? 40 : word_at(c, i + 2)->n), word_at(c, i + 2)->p);
		return 0;
	}
	if (!word_number(word_at(c, i + 3), UINT32_MAX, &spi)) {
		err_set(e, "SPI: wanted a number");
		return format_blame(s, c->line, word_at(c, i + 3)->column, e);
	}
	sa->spi = (uint32_t)spi;
	if (udp || sport != 0 || dport != 0)
		sa->encap = (struct sa_encap){ SA_ENCAP_UDP, sport, dport, { 0 }, { 0 } };
	if (take_options(s, c, sa, i + 4, e) < 0)
		return -1;
	return setkey_settle(s, sa, c->line, c->column, e);
}

static int finish(struct format_source *s, struct conf *c, struct err *e)
{
	struct sa sa;
	int rc;

	c->open = false;
	if (c->full) {
		err_set(e, "found a statement of more than %d words or %d bytes", CONF_WORDS, CONF_BYTES);
		return format_blame(s, c->line, c->column, e);
	}
	sa_init(&sa);
	rc = take_add(s, c, &sa, e);
	if (rc > 0)
		rc = format_give(s, &sa, &format_setkey, c->line, false, e);
	sa_clear(&sa);
	wipe(c->text, c->n);
	return rc;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct conf *c = state;
	size_t i = 0;

	if (sniff(l)) {
		if (c->open && finish(s, c, e) < 0)
			return -1;
		c->n = c->nwords = 0;
		c->open = true;
		c->full = false;
		c->line = l->number;
		c->column = l->column;
	}
	while (c->open && add_word(c, l, &i))
		continue;
	return c->open && i < l->n && l->p[i] == ';' ? finish(s, c, e) : 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct conf *c = state;

	if (!done || !c->open)
		return 0;
	format_note(s, c->line, c->column, "a statement without its semicolon");
	return finish(s, c, e);
}

static int check(const struct sa *sa, const char **encr, const char **integ, struct err *e)
{
	if (sa->src.family == 0 || sa->dst.family == 0)
		return err_set(e, "its addresses are not known, and setkey wants both");
	if (sa->esn == SA_YES)
		return err_set(e, "setkey cannot say extended sequence numbers");
	if (sa->mode == SA_BEET || sa->encap.type == SA_ENCAP_TCP)
		return err_set(e, "setkey has no %s", sa->mode == SA_BEET ? "BEET mode" : "TCP encapsulation");
	if (sa->encr != NULL && (*encr = dialect_say_encr(setkey_ciphers, sa, e)) == NULL)
		return -1;
	if (sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE &&
	    (*integ = dialect_say_integ(setkey_macs, sa, e)) == NULL)
		return -1;
	return 0;
}

static void put_addr(FILE *to, const struct addr *a, uint16_t port)
{
	char text[ADDR_TEXT];

	fprintf(to, " %s", addr_format(text, a));
	if (port != 0)
		fprintf(to, "[%u]", port);
}

static void put_key(FILE *to, const char *option, const char *name, struct secret key)
{
	fprintf(to, " %s %s", option, name);
	if (key.n == 0)
		return;
	fputs(" 0x", to);
	key_text_write(to, key);
}

static int write_sa(struct format_out *o, const struct sa *sa, struct err *e)
{
	const char *encr = NULL, *integ = NULL;
	bool udp = sa->encap.type == SA_ENCAP_UDP;

	if (check(sa, &encr, &integ, e) < 0)
		return -1;
	fputs("add", o->to);
	put_addr(o->to, &sa->src, udp ? sa->encap.sport : 0);
	put_addr(o->to, &sa->dst, udp ? sa->encap.dport : 0);
	fprintf(o->to, " %s 0x%08x", udp ? "esp-udp" : sa_proto_name(sa->proto), sa->spi);
	fprintf(o->to, " -m %s", sa->mode != SA_MODE_UNKNOWN ? sa_mode_name(sa->mode) : "any");
	if (sa->reqid_known && sa->reqid != 0)
		fprintf(o->to, " -u %u", sa->reqid);
	if (sa->replay_window >= 0 && sa->proto != SA_IPCOMP)
		fprintf(o->to, " -r %lld", (long long)(sa->replay_window + WINDOW_UNIT - 1) / WINDOW_UNIT);
	if (sa->hard.s > 0)
		fprintf(o->to, " -lh %llu", (unsigned long long)sa->hard.s);
	if (sa->soft.s > 0)
		fprintf(o->to, " -ls %llu", (unsigned long long)sa->soft.s);
	if (encr != NULL)
		put_key(o->to, "-E", encr, sa->encr_key);
	if (integ != NULL)
		put_key(o->to, "-A", integ, sa->integ_key);
	if (sa->proto == SA_IPCOMP)
		fputs(" -C deflate", o->to);
	fputs(" ;\n", o->to);
	return 0;
}

const struct format format_setkey = {
	.name = "setkey", .what = "setkey.conf: add statements (FreeBSD, NetBSD, ipsec-tools)",
	.state = sizeof(struct conf), .sniff = sniff, .line = take, .flush = flush, .write = write_sa,
};
