#include "sa/format/setkey.h"

#include <string.h>

#include "sa/key_text.h"

/* Names in setkey.conf, in dumps, and in FreeBSD's and NetBSD's spelling. */
const struct dialect setkey_ciphers[] = {
	{ "null", "null", 0 }, { "des-cbc", "des", 0 }, { "3des-cbc", "3des", 0 },
	{ "blowfish-cbc", "blowfish", 0 }, { "cast128-cbc", "cast", 0 }, { "aes-cbc", "aes-cbc", 0 },
	{ "rijndael-cbc", "aes-cbc", 0 }, { "aes", "aes-cbc", 0 }, { "aes-ctr", "aes-ctr", 0 },
	{ "aes-gcm-16", "aes-gcm-16", 0 }, { "twofish-cbc", "twofish", 0 },
	{ "camellia-cbc", "camellia-cbc", 0 }, { "chacha20-poly1305", "chacha20-poly1305", 0 },
	{ NULL, NULL, 0 },
};

const struct dialect setkey_macs[] = {
	{ "null", "none", 0 }, { "hmac-md5", "hmac-md5-96", 0 }, { "hmac-sha1", "hmac-sha1-96", 0 },
	{ "hmac-sha2-256", "hmac-sha2-256-128", 0 }, { "hmac-sha256", "hmac-sha2-256-128", 0 },
	{ "hmac-sha2-384", "hmac-sha2-384-192", 0 }, { "hmac-sha384", "hmac-sha2-384-192", 0 },
	{ "hmac-sha2-512", "hmac-sha2-512-256", 0 }, { "hmac-sha512", "hmac-sha2-512-256", 0 },
	{ "hmac-ripemd160", "hmac-ripemd160-96", 0 }, { "aes-xcbc-mac", "aes-xcbc-96", 0 },
	{ NULL, NULL, 0 },
};

bool setkey_addr(const struct word *w, struct addr *a, uint16_t *port)
{
	const char *bracket = memchr(w->p, '[', w->n);
	struct word addr = { w->p, bracket != NULL ? (size_t)(bracket - w->p) : w->n, w->column };
	uint64_t v;
	struct err e;

	*port = 0;
	if (bracket != NULL) {
		size_t n = w->n - addr.n;

		if (n < 3 || w->p[w->n - 1] != ']' || uint_parse(&v, bracket + 1, n - 2, 0, UINT16_MAX, &e) < 0)
			return false;
		*port = (uint16_t)v;
	}
	return word_addr(&addr, a);
}

bool setkey_proto(const struct word *w, struct sa *sa, bool *udp)
{
	*udp = word_is(w, "esp-udp");
	sa->proto = word_starts(w, "ah") ? SA_AH : word_is(w, "ipcomp") ? SA_IPCOMP : SA_ESP;
	return *udp || word_is(w, "esp") || word_is(w, "ah") || word_is(w, "ipcomp") ||
	    word_is(w, "esp-old") || word_is(w, "ah-old");
}

enum sa_mode setkey_mode(const struct word *w)
{
	return word_is(w, "tunnel") ? SA_TUNNEL : word_is(w, "transport") ? SA_TRANSPORT : SA_MODE_UNKNOWN;
}

static void note_unknown(struct format_source *s, const struct word *w, uint64_t line)
{
	format_note(s, line, w->column, "unknown algorithm \"%.*s\"", (int)(w->n > 60 ? 60 : w->n), w->p);
}

void setkey_cipher(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line)
{
	if (!dialect_encr(setkey_ciphers, sa, w))
		note_unknown(s, w, line);
}

void setkey_mac(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line, bool *noted)
{
	struct err e;

	/* Older FreeBSD names GHASH's key beside the cipher's: it is the same key. */
	if (word_starts(w, "aes-gmac"))
		return;
	if (!dialect_integ(setkey_macs, sa, w)) {
		note_unknown(s, w, line);
		return;
	}
	/* KAME and Linux behind PF_KEY cut to 96 bits, FreeBSD to 128; nothing here says it. */
	if (strcmp(sa->integ->name, "hmac-sha2-256-128") != 0)
		return;
	(void)format_guess(sa, "integ", &e);
	if (!*noted)
		format_note(s, line, w->column, "%.*s: taken with an ICV of 128 bits; old KAME, and Linux, cut "
		    "it to 96", (int)w->n, w->p);
	*noted = true;
}

int setkey_settle(struct format_source *s, struct sa *sa, uint64_t line, size_t column, struct err *e)
{
	if (sa->proto == SA_ESP && sa->encr == NULL)
		sa->encr_unknown = true;
	if (sa->proto == SA_AH && sa->integ == NULL)
		sa->integ_unknown = true;
	/* Both forms name every algorithm there is: none is none. */
	if (sa->proto == SA_ESP && sa->integ == NULL && !sa->integ_unknown &&
	    (sa->encr == NULL || !alg_encr_is_aead(sa->encr)))
		sa->integ = alg_integ_by_name("none");
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr)) {
		sa->integ = NULL;
		sa->integ_unknown = false;
	}
	sa_settle_keys(sa);
	if (sa->spi != 0 && sa_check(sa, e) == 0)
		return 1;
	format_note(s, line, column, "passed over: %s", sa->spi == 0 ? "an SA that has no SPI yet" : e->text);
	return 0;
}
