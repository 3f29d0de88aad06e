#include <stdlib.h>
#include <string.h>

#include "sa/dialect.h"
#include "sa/format.h"
#include "sa/key_text.h"

extern const struct format format_openbsd;

enum { TEXT = 8 * 1024, NWORDS = 48 };

/*
 * One statement "esp tunnel from A to B spi N auth X enc Y ...", of ipsec.conf (over
 * several lines, keys with it, both directions joined by colons) or of `ipsecctl -s
 * sa -k` (keys in indented lines behind it).
 */
struct openbsd {
	char text[TEXT];		/* its words; wiped with the state */
	size_t n;
	struct word w[NWORDS];
	size_t nwords;
	struct sa dump;			/* what indented lines say */
	struct { char text[512]; size_t n, column; uint64_t line, bits; } key[2];	/* of them: auth, encrypt */
	uint64_t line;
	size_t column;
	bool open, more, full;
};

/* ipsecctl's names, then those of ipsec.conf. */
static const struct dialect ciphers[] = {
	{ "none", "null", 0 }, { "null", "null", 0 }, { "des-cbc", "des", 0 }, { "des", "des", 0 },
	{ "3des", "3des", 0 }, { "3des-cbc", "3des", 0 }, { "aes-128", "aes-cbc", 128 },
	{ "aes-192", "aes-cbc", 192 }, { "aes-256", "aes-cbc", 256 }, { "aes", "aes-cbc", 0 },
	{ "aes-128-ctr", "aes-ctr", 128 }, { "aes-192-ctr", "aes-ctr", 192 },
	{ "aes-256-ctr", "aes-ctr", 256 }, { "aesctr", "aes-ctr", 0 }, { "aes-128-gcm", "aes-gcm-16", 128 },
	{ "aes-192-gcm", "aes-gcm-16", 192 }, { "aes-256-gcm", "aes-gcm-16", 256 },
	{ "aes-128-gmac", "null-auth-aes-gmac", 128 }, { "aes-192-gmac", "null-auth-aes-gmac", 192 },
	{ "aes-256-gmac", "null-auth-aes-gmac", 256 }, { "blowfish", "blowfish", 0 },
	{ "cast128", "cast", 0 }, { "chacha20-poly1305", "chacha20-poly1305", 0 }, { NULL, NULL, 0 },
};
static const struct dialect macs[] = {
	{ "hmac-md5", "hmac-md5-96", 0 }, { "hmac-sha1", "hmac-sha1-96", 0 },
	{ "hmac-ripemd160", "hmac-ripemd160-96", 0 }, { "hmac-sha2-256", "hmac-sha2-256-128", 0 },
	{ "hmac-sha2-384", "hmac-sha2-384-192", 0 }, { "hmac-sha2-512", "hmac-sha2-512-256", 0 },
	{ NULL, NULL, 0 },
};

static bool sniff(const struct format_line *l)
{
	struct words ws;

	if (l->n < 20 || (l->p[0] != 'e' && l->p[0] != 'a') || (!text_has(l->p, l->n, " from ")))
		return false;
	words_cut(&ws, l->p, l->n, l->column);
	return (word_is(&ws.w[0], "esp") || word_is(&ws.w[0], "ah")) && words_after(&ws, "from")->n > 0 &&
	    words_after(&ws, "to")->n > 0;
}

static void add_words(struct openbsd *x, const struct format_line *l)
{
	struct word rest = { l->p, l->n, l->column };

	x->more = false;
	for (;;) {
		struct word w = word_next(&rest, "\\");

		x->more = w.n == 0 && rest.n > 0;	/* the backslash at the end */
		if (w.n == 0 || w.p[0] == '#')
			return;
		if (x->nwords == NWORDS || w.n > TEXT - x->n) {
			x->full = true;
			return;
		}
		memcpy(x->text + x->n, w.p, w.n);
		x->w[x->nwords++] = (struct word){ x->text + x->n, w.n, w.column };
		x->n += w.n;
	}
}

/* The part of "FIRST:SECOND" for a direction; *pair is set if there are two. */
static struct word side(const struct word *w, bool back, bool *pair)
{
	const char *colon = memchr(w->p, ':', w->n);
	size_t n = colon != NULL ? (size_t)(colon - w->p) : w->n;

	*pair |= colon != NULL;
	if (!back || colon == NULL)
		return (struct word){ w->p, back ? 0 : n, w->column };
	return (struct word){ colon + 1, w->n - n - 1, w->column + n + 1 };
}

static void unknown(struct format_source *s, const struct openbsd *x, const struct word *w)
{
	format_note(s, x->line, w->column, "unknown algorithm \"%.*s\"", (int)(w->n > 60 ? 60 : w->n), w->p);
}

/* Words in any order: older releases print the algorithms' names alone. */
static void take_words(struct format_source *s, const struct openbsd *x, struct sa *sa, bool back)
{
	for (size_t i = 0; i < x->nwords; i++) {
		const struct word *w = &x->w[i], *next = i + 1 < x->nwords ? &x->w[i + 1] : w;
		bool enc = word_is(w, "enc"), auth = word_is(w, "auth");

		if (word_is(w, "tunnel") || word_is(w, "transport"))
			sa->mode = word_is(w, "tunnel") ? SA_TUNNEL : SA_TRANSPORT;
		else if (word_is(w, "from") || word_is(w, "to"))
			(void)word_addr(next, word_is(w, "from") != back ? &sa->src : &sa->dst);
		else if (enc && !dialect_encr(ciphers, sa, next) && !back)
			unknown(s, x, next);
		else if (auth && !dialect_integ(macs, sa, next) && !back)
			unknown(s, x, next);
		else if (!enc && !auth && sa->encr == NULL && dialect_find(ciphers, w) != NULL)
			(void)dialect_encr(ciphers, sa, w);
		else if (!enc && !auth && sa->integ == NULL && dialect_find(macs, w) != NULL)
			(void)dialect_integ(macs, sa, w);
		i += enc || auth || word_is(w, "from") || word_is(w, "to") || word_is(w, "spi") ||
		    word_is(w, "authkey") || word_is(w, "enckey");
	}
}

static const struct word *after(const struct openbsd *x, const char *key)
{
	static const struct word none = { "", 0, 1 };

	for (size_t i = 0; i + 1 < x->nwords; i++)
		if (word_is(&x->w[i], key))
			return &x->w[i + 1];
	return &none;
}

/* Keys of ipsec.conf. */
static int take_keys(struct format_source *s, const struct openbsd *x, struct sa *sa, bool back, bool *pair,
    struct err *e)
{
	const struct word *auth = after(x, "authkey"), *enc = after(x, "enckey");
	struct word key;

	if (word_is(auth, "file") || word_is(enc, "file")) {
		if (!back)
			format_note(s, x->line, auth->column, "its keys are in files of their own, which are not read");
		return 0;
	}
	key = side(auth, back, pair);
	if (key.n > 0 && format_wants_0x(s, &key, false, x->line, e) < 0)
		return -1;
	if (key.n > 0 && format_integ_key(s, sa, &key, x->line, e) < 0)
		return -1;
	key = side(enc, back, pair);
	if (key.n == 0)
		return 0;
	if (format_wants_0x(s, &key, false, x->line, e) < 0 || format_encr_key(s, sa, &key, x->line, e) < 0)
		return -1;
	for (size_t i = 0; i + 1 < x->nwords; i++)
		if (word_is(&x->w[i], "enc") && dialect_check(ciphers, sa, &x->w[i + 1], e) < 0)
			return format_blame(s, x->line, key.column, e);
	return 0;
}

/* Keys of ipsecctl, whose length is said twice. */
static int dump_keys(struct format_source *s, const struct openbsd *x, struct sa *sa, struct err *e)
{
	for (size_t i = 0; i < 2; i++) {
		struct word w = { x->key[i].text, x->key[i].n, x->key[i].column };

		if (w.n == 0)
			continue;
		if ((i == 0 ? format_integ_key(s, sa, &w, x->key[i].line, e)
		    : format_encr_key(s, sa, &w, x->key[i].line, e)) < 0)
			return -1;
		if ((i == 0 ? sa->integ_key_known : sa->encr_key_known) &&
		    x->key[i].bits != 8 * (i == 0 ? sa->integ_key.n : sa->encr_key.n)) {
			err_set(e, "found a key of %zu bits, wanted the %llu that are said",
			    8 * (i == 0 ? sa->integ_key.n : sa->encr_key.n), (unsigned long long)x->key[i].bits);
			return format_blame(s, x->key[i].line, w.column, e);
		}
	}
	return 0;
}

/* The kernel has an algorithm of each kind that it was given; a statement without is incomplete. */
static void settle(const struct openbsd *x, struct sa *sa)
{
	bool aead = sa->encr != NULL && alg_encr_is_aead(sa->encr);

	if (sa->proto == SA_ESP && sa->encr == NULL)
		sa->encr_unknown = true;
	if (aead) {
		sa->integ = NULL;
		sa->integ_unknown = false;
	} else if (sa->integ == NULL && !sa->integ_unknown) {
		sa->integ_unknown = sa->proto == SA_AH || sa->encr == NULL;
		sa->integ = sa->integ_unknown ? NULL : alg_integ_by_name("none");
	}
	if (x->dump.replay_window >= 0)
		sa->replay_window = x->dump.replay_window;
	sa->encap = x->dump.encap;
	sa_settle_keys(sa);
}

static int give(struct format_source *s, struct openbsd *x, bool back, bool *pair, struct err *e)
{
	struct word spi = side(after(x, "spi"), back, pair);
	struct sa sa;
	uint64_t v;
	int rc;

	sa_init(&sa);
	sa.proto = word_is(&x->w[0], "ah") ? SA_AH : SA_ESP;
	if (!word_number(&spi, UINT32_MAX, &v) || v == 0) {
		format_note(s, x->line, spi.column, "passed over an SA without an SPI");
		return 0;
	}
	sa.spi = (uint32_t)v;
	take_words(s, x, &sa, back);
	rc = take_keys(s, x, &sa, back, pair, e);
	if (rc == 0 && !back)
		rc = dump_keys(s, x, &sa, e);
	if (rc == 0) {
		settle(x, &sa);
		if (sa_check(&sa, e) < 0)
			format_note(s, x->line, x->column, "passed over: %s", e->text);
		else
			rc = format_give(s, &sa, &format_openbsd, x->line, false, e);
	}
	sa_clear(&sa);
	return rc;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct openbsd *x = state;
	bool pair = false;
	int rc = 0;

	if (!done || !x->open)
		return 0;
	x->open = false;
	if (x->full) {
		err_set(e, "found a statement of more than %d words or %d bytes", NWORDS, TEXT);
		return format_blame(s, x->line, x->column, e);
	}
	rc = give(s, x, false, &pair, e);
	if (rc == 0 && pair)
		rc = give(s, x, true, &pair, e);
	wipe(x->text, x->n);
	wipe(x->key, sizeof x->key);
	return rc;
}

/* "key_auth: bits 256: HEX" and the few others that matter */
static int take_indented(struct format_source *s, struct openbsd *x, const struct format_line *l,
    struct err *e)
{
	struct words ws;
	const struct word *w, *hex;
	size_t i;
	uint64_t v;

	words_cut(&ws, l->p, l->n, l->column);
	w = words_at(&ws, 0);
	hex = words_at(&ws, 3);
	i = word_is(w, "key_auth:") ? 0 : 1;
	if (i == 0 || word_is(w, "key_encrypt:")) {
		struct word bits = *words_at(&ws, 2);

		bits.n -= bits.n > 0 && bits.p[bits.n - 1] == ':';
		if (!word_number(&bits, 8 * 256, &v) || hex->n >= sizeof x->key[i].text) {
			err_set(e, "wanted \"bits\", a number and a key");
			return format_blame_word(s, l, w, e);
		}
		if (x->key[i].n > 0) {	/* of an SA whose first line is missing */
			err_set(e, "found a second key in one SA");
			return format_blame_word(s, l, w, e);
		}
		memcpy(x->key[i].text, hex->p, hex->n);
		x->key[i].n = hex->n;
		x->key[i].column = hex->column;
		x->key[i].line = l->number;
		x->key[i].bits = v;
		return 0;
	}
	if (word_number(words_after(&ws, "replay"), SA_REPLAY_MAX, &v))
		x->dump.replay_window = (int64_t)v;
	if (text_has(l->p, l->n, "udpencap") && word_number(words_after(&ws, "port"), UINT16_MAX, &v))
		x->dump.encap = (struct sa_encap){ SA_ENCAP_UDP, 0, (uint16_t)v, { 0 }, { 0 } };
	return 0;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct openbsd *x = state;

	if (!sniff(l)) {
		if (x->open && x->more)
			add_words(x, l);
		else if (x->open && (l->p[0] == '\t' || l->p[0] == ' '))
			return take_indented(s, x, l, e);
		else
			return flush(s, x, true, e);
		return 0;
	}
	if (flush(s, x, true, e) < 0)
		return -1;
	x->n = x->nwords = x->key[0].n = x->key[1].n = 0;
	sa_init(&x->dump);
	x->open = true;
	x->full = false;
	x->line = l->number;
	x->column = l->column;
	add_words(x, l);
	return 0;
}

static int check(const struct sa *sa, struct err *e)
{
	if (sa->proto == SA_IPCOMP)
		return err_set(e, "ipsec.conf(5) manual SAs have no keys for ipcomp");
	if (sa->src.family == 0 || sa->dst.family == 0)
		return err_set(e, "its addresses are not known, and OpenBSD wants both");
	if (sa->mode == SA_BEET || sa->esn == SA_YES || sa->encap.type != SA_ENCAP_NONE)
		return err_set(e, "a manual SA of OpenBSD has no %s", sa->mode == SA_BEET ? "BEET mode"
		    : sa->esn == SA_YES ? "extended sequence numbers" : "encapsulation");
	return 0;
}

static int write_sa(struct format_out *o, const struct sa *sa, struct err *e)
{
	const char *encr = NULL, *integ = NULL;
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	if (check(sa, e) < 0 || (sa->encr != NULL && (encr = dialect_say_encr(ciphers + 1, sa, e)) == NULL))
		return -1;
	if (sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE &&
	    (integ = dialect_say_integ(macs, sa, e)) == NULL)
		return -1;
	fprintf(o->to, "%s %s from %s to %s spi 0x%08x", sa_proto_name(sa->proto),
	    sa->mode == SA_TRANSPORT ? "transport" : "tunnel", addr_format(src, &sa->src),
	    addr_format(dst, &sa->dst), sa->spi);
	if (integ != NULL)
		fprintf(o->to, " auth %s", integ);
	if (encr != NULL)
		fprintf(o->to, " enc %s", encr);
	if (sa->integ_key.n > 0 && integ != NULL) {
		fputs(" authkey 0x", o->to);
		key_text_write(o->to, sa->integ_key);
	}
	if (sa->encr_key.n > 0) {
		fputs(" enckey 0x", o->to);
		key_text_write(o->to, sa->encr_key);
	}
	putc('\n', o->to);
	if (sa->mode == SA_MODE_UNKNOWN)
		return err_set(e, "its mode is not known: tunnel is written"), 1;
	return 0;
}

const struct format format_openbsd = {
	.name = "openbsd", .what = "ipsecctl -s sa -k; ipsec.conf manual SAs (OpenBSD)",
	.state = sizeof(struct openbsd), .sniff = sniff, .line = take, .flush = flush, .write = write_sa,
};
