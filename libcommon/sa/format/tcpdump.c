#include <string.h>

#include "sa/dialect.h"
#include "sa/format.h"
#include "sa/key_text.h"

extern const struct format format_tcpdump;

/* Entries of `tcpdump -E` in one argument or in a secrets file: SPI@ADDR ALGO:SECRET. */
struct tcpdump { bool noted; };

/* OpenSSL's names, as tcpdump looks them up once "-hmac96" and "-cbc" are cut off. */
static const struct dialect ciphers[] = {
	{ "des", "des", 0 }, { "3des", "3des", 0 }, { "des3", "3des", 0 }, { "des-ede3", "3des", 0 },
	{ "blowfish", "blowfish", 0 }, { "bf", "blowfish", 0 }, { "cast", "cast", 0 }, { "cast5", "cast", 0 },
	{ "cast128", "cast", 0 }, { "aes128", "aes-cbc", 128 }, { "aes192", "aes-cbc", 192 },
	{ "aes256", "aes-cbc", 256 }, { "aes-128", "aes-cbc", 128 }, { "aes-192", "aes-cbc", 192 },
	{ "aes-256", "aes-cbc", 256 }, { "camellia128", "camellia-cbc", 128 },
	{ "camellia192", "camellia-cbc", 192 }, { "camellia256", "camellia-cbc", 256 },
	{ "null", "null", 0 }, { "none", "null", 0 }, { NULL, NULL, 0 },
};

/* "0xc0a80003@192.0.2.2" */
static bool take_name(const struct word *w, struct sa *sa)
{
	const char *at = memchr(w->p, '@', w->n);
	struct word spi = { w->p, at != NULL ? (size_t)(at - w->p) : 0, w->column };
	struct word addr;
	uint64_t v;
	struct err e;

	if (spi.n == 0)
		return false;
	addr = (struct word){ at + 1, w->n - spi.n - 1, w->column + spi.n + 1 };
	/* strtoul's base 0: a leading zero is octal */
	if (spi.n > 1 && spi.p[0] == '0' && spi.p[1] >= '0' && spi.p[1] <= '7') {
		for (v = 0; spi.n > 0 && *spi.p >= '0' && *spi.p <= '7' && v <= UINT32_MAX; spi.p++, spi.n--)
			v = v * 8 + (uint64_t)(*spi.p - '0');
		if (spi.n > 0)
			return false;
	} else if (uint_parse(&v, spi.p, spi.n, 0, UINT32_MAX, &e) < 0) {
		return false;
	}
	sa->spi = (uint32_t)v;
	return v > 0 && v <= UINT32_MAX && word_addr(&addr, &sa->dst);
}

/* Finds the next entry's name from rest on. */
static bool find_name(struct word *rest, struct word *name, struct sa *sa)
{
	for (;;) {
		*name = word_next(rest, ",\"'");
		if (name->n == 0 && rest->n == 0)
			return false;
		if (name->n > 2 && memchr(name->p, '@', name->n) != NULL && take_name(name, sa))
			return true;
		if (rest->n > 0 && strchr(",\"'", *rest->p) != NULL) {
			rest->p++;
			rest->n--;
			rest->column++;
		}
	}
}

/* "aes128-cbc-hmac96:0x...": splits it.  hmac96 only says what to cut. */
static bool split(const struct word *w, struct word *alg, struct word *key, bool *hmac96)
{
	const char *colon = memchr(w->p, ':', w->n);
	static const char *const tails[] = { "-hmac96", "-cbc" };

	if (colon == NULL || colon == w->p)
		return false;
	*alg = (struct word){ w->p, (size_t)(colon - w->p), w->column };
	*key = (struct word){ colon + 1, w->n - alg->n - 1, w->column + alg->n + 1 };
	*hmac96 = false;
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(tails[i]);

		if (alg->n > n && memcmp(alg->p + alg->n - n, tails[i], n) == 0) {
			alg->n -= n;
			*hmac96 |= i == 0;
		}
	}
	return true;
}

static bool sniff(const struct format_line *l)
{
	struct word rest = { l->p, l->n, l->column }, name, alg, key;
	struct sa sa;
	bool hmac96;

	if (memchr(l->p, '@', l->n) == NULL || memchr(l->p, ':', l->n) == NULL || l->p[0] == '#')
		return false;
	sa_init(&sa);
	if (!find_name(&rest, &name, &sa))
		return false;
	name = word_next(&rest, ",\"'");
	return split(&name, &alg, &key, &hmac96);
}

static int take_secret(struct format_source *s, struct sa *sa, const struct word *w,
    const struct format_line *l, struct err *e)
{
	struct word alg, key;
	char text[256];
	bool hmac96;

	if (!split(w, &alg, &key, &hmac96)) {
		err_set(e, "wanted ALGORITHM:SECRET");
		return format_blame_word(s, l, w, e);
	}
	if (!dialect_encr(ciphers, sa, &alg))
		format_note(s, l->number, alg.column, "unknown algorithm \"%.*s\"",
		    (int)(alg.n > 60 ? 60 : alg.n), alg.p);
	if (hmac96) {
		sa->integ_unknown = true;
		sa->icv_bits = 96;
	} else {
		sa->integ = alg_integ_by_name("none");
	}
	if (key.n > 0 && !word_starts(&key, "0x") && !key_text_is_redacted(key.p, key.n)) {
		int n = snprintf(text, sizeof text, "\"%.*s\"", (int)(key.n > 200 ? 200 : key.n), key.p);

		key = (struct word){ text, (size_t)n, key.column };
	}
	if (sa->encr == NULL || sa->encr->kind != ENCR_KIND_NULL)
		if (format_encr_key(s, sa, &key, l->number, e) < 0)
			return -1;
	wipe(text, sizeof text);
	if (dialect_check(ciphers, sa, &alg, e) < 0)
		return format_blame_word(s, l, &key, e);
	sa_settle_keys(sa);
	if (sa_check(sa, e) < 0)
		return format_blame_word(s, l, w, e);
	return 0;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct word rest = { l->p, l->n, l->column }, name, w;
	struct tcpdump *x = state;
	struct sa sa;
	int rc = 0;

	if (!sniff(l)) {
		w = word_next(&rest, "");
		if (word_is(&w, "ikev2"))
			format_skip(s, true);
		else if (word_is(&w, "file"))
			format_note(s, l->number, w.column, "passed over \"file\": give that file itself");
		else if (!x->noted && word_has(&w, ":0x")) {
			format_note(s, l->number, w.column, "passed over a secret for any SPI: an SA has one");
			x->noted = true;
		}
		return 0;
	}
	while (rc == 0) {
		sa_init(&sa);
		if (!find_name(&rest, &name, &sa))
			break;
		w = word_next(&rest, ",\"'");
		rc = take_secret(s, &sa, &w, l, e);
		if (rc == 0)
			rc = format_give(s, &sa, &format_tcpdump, l->number, false, e);
		sa_clear(&sa);
	}
	sa_clear(&sa);
	return rc;
}

static int write_sa(struct format_out *o, const struct sa *sa, struct err *e)
{
	const struct alg_size *size;
	unsigned icv = sa_icv_bits(sa);
	char dst[ADDR_TEXT];

	if (sa->proto != SA_ESP)
		return err_set(e, "tcpdump decrypts esp only, this is %s", sa_proto_name(sa->proto));
	if (sa->dst.family == 0)
		return err_set(e, "its destination is not known, and tcpdump wants it");
	size = alg_encr_size(sa->encr, sa->encr_key.n);
	if (size == NULL || size->tcpdump == NULL || size->bits != 8 * sa->encr_key.n)
		return err_set(e, "tcpdump cannot decrypt %s with a key of %zu bits", sa->encr->name,
		    8 * sa->encr_key.n);
	if (icv != 0 && icv != 96)
		return err_set(e, "tcpdump cannot cut an ICV of %u bits, only 96", icv);
	fprintf(o->to, "0x%08x@%s %s%s:0x", sa->spi, addr_format(dst, &sa->dst), size->tcpdump,
	    icv == 96 ? "-hmac96" : "");
	key_text_write(o->to, sa->encr_key);
	putc('\n', o->to);
	if (sa->encr->block == 8 && sa->encr->des_keys != 3)
		return err_set(e, "tcpdump stops at the first packet with %s where OpenSSL's legacy algorithms are "
		    "not loaded", sa->encr->name), 1;
	return 0;
}

const struct format format_tcpdump = {
	.name = "tcpdump", .what = "tcpdump -E and its secrets file", .state = sizeof(struct tcpdump),
	.sniff = sniff, .line = take, .write = write_sa,
};
