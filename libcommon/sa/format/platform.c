#include "sa/format/platform.h"

#include <stdlib.h>
#include <string.h>

struct alias { const char *platform, *name; unsigned bits; };

static const struct alias encr[] = {
	{ "aes-gcm", "aes-gcm-16", 0 }, { "aes128gcm", "aes-gcm-16", 128 },	/* ICV by RFC 4106 */
	{ "aes192gcm", "aes-gcm-16", 192 }, { "aes256gcm", "aes-gcm-16", 256 },
	{ "aes-128-gcm", "aes-gcm-16", 128 }, { "aes-192-gcm", "aes-gcm-16", 192 },
	{ "aes-256-gcm", "aes-gcm-16", 256 }, { "aes-128-ccm", "aes-ccm-16", 128 },
	{ "aes-128-cbc", "aes-cbc", 128 }, { "aes-192-cbc", "aes-cbc", 192 },
	{ "aes-256-cbc", "aes-cbc", 256 }, { "aes-128", "aes-cbc", 128 }, { "aes-192", "aes-cbc", 192 },
	{ "aes-256", "aes-cbc", 256 }, { "aes128", "aes-cbc", 128 }, { "aes192", "aes-cbc", 192 },
	{ "aes256", "aes-cbc", 256 }, { "3des-cbc", "3des", 0 }, { "des-cbc", "des", 0 },
	{ "esp-des", "des", 0 }, { "esp-3des", "3des", 0 }, { "esp-null", "null", 0 },
	{ "esp-aes", "aes-cbc", 128 }, { "esp-aes-192", "aes-cbc", 192 }, { "esp-192-aes", "aes-cbc", 192 },
	{ "esp-aes-256", "aes-cbc", 256 }, { "esp-256-aes", "aes-cbc", 256 },
	{ "esp-gcm", "aes-gcm-16", 128 }, { "esp-192-gcm", "aes-gcm-16", 192 },
	{ "esp-256-gcm", "aes-gcm-16", 256 }, { "esp-aes-gcm", "aes-gcm-16", 128 },
	{ "esp-aes-gcm-192", "aes-gcm-16", 192 }, { "esp-aes-gcm-256", "aes-gcm-16", 256 },
	{ "esp-gmac", "null-auth-aes-gmac", 128 }, { "esp-192-gmac", "null-auth-aes-gmac", 192 },
	{ "esp-256-gmac", "null-auth-aes-gmac", 256 },
};

static const struct alias integ[] = {
	{ "md5", "hmac-md5-96", 0 }, { "sha", "hmac-sha1-96", 0 }, { "sha1", "hmac-sha1-96", 0 },
	{ "sha256", "hmac-sha2-256-128", 0 }, { "sha384", "hmac-sha2-384-192", 0 },
	{ "sha512", "hmac-sha2-512-256", 0 }, { "null", "none", 0 }, { "none", "none", 0 },
	{ "esp-md5-hmac", "hmac-md5-96", 0 }, { "esp-sha-hmac", "hmac-sha1-96", 0 },
	{ "esp-sha256-hmac", "hmac-sha2-256-128", 0 }, { "esp-sha384-hmac", "hmac-sha2-384-192", 0 },
	{ "esp-sha512-hmac", "hmac-sha2-512-256", 0 }, { "esp-none", "none", 0 },
	{ "esp-sha-256-hmac", "hmac-sha2-256-128", 0 }, { "esp-sha-384-hmac", "hmac-sha2-384-192", 0 },
	{ "esp-sha-512-hmac", "hmac-sha2-512-256", 0 },
	{ "ah-md5-hmac", "hmac-md5-96", 0 }, { "ah-sha-hmac", "hmac-sha1-96", 0 },
	{ "ah-sha256-hmac", "hmac-sha2-256-128", 0 }, { "ah-sha384-hmac", "hmac-sha2-384-192", 0 },
	{ "ah-sha512-hmac", "hmac-sha2-512-256", 0 },
	{ "hmac-md5-96", "hmac-md5-96", 0 }, { "hmac-sha1-96", "hmac-sha1-96", 0 },
	{ "hmac-sha256-128", "hmac-sha2-256-128", 0 }, { "hmac-sha-256-128", "hmac-sha2-256-128", 0 },
	{ "hmac-sha-384-192", "hmac-sha2-384-192", 0 }, { "hmac-sha-512-256", "hmac-sha2-512-256", 0 },
	{ "hmac-sha384-192", "hmac-sha2-384-192", 0 }, { "hmac-sha512-256", "hmac-sha2-512-256", 0 },
	{ "hmac-sha-384", "hmac-sha2-384-192", 0 }, { "hmac-sha-512", "hmac-sha2-512-256", 0 },
};

enum { NAME = 48 };

static const struct alias *alias(const struct alias *rows, size_t n, const struct word *name)
{
	for (size_t i = 0; i < n; i++)
		if (word_like(name, rows[i].platform))
			return &rows[i];
	return NULL;
}

static bool lower(char out[NAME], const struct word *name)
{
	if (!word_text(out, NAME, name))
		return false;
	for (char *p = out; *p != '\0'; p++)
		*p = ascii_lower(*p);
	return true;
}

const struct alg_encr *platform_encr(const struct word *name, unsigned *bits)
{
	const struct alias *row = alias(encr, sizeof encr / sizeof encr[0], name);
	char text[NAME];

	*bits = 0;
	if (row != NULL) {
		*bits = row->bits;
		return alg_encr_by_name(row->name, NULL);
	}
	return lower(text, name) ? alg_encr_by_name(text, bits) : NULL;
}

const struct alg_integ *platform_integ(const struct word *name)
{
	const struct alias *row = alias(integ, sizeof integ / sizeof integ[0], name);
	char text[NAME];

	if (row != NULL)
		return alg_integ_by_name(row->name);
	return lower(text, name) ? alg_integ_by_name(text) : NULL;
}

static int shown(const struct word *w)
{
	return (int)(w->n > 60 ? 60 : w->n);
}

void platform_set_encr(struct format_source *s, struct sa *sa, const struct word *name, uint64_t line)
{
	unsigned bits;

	sa->encr = platform_encr(name, &bits);
	sa->encr_unknown = sa->encr == NULL;
	if (sa->encr == NULL)
		format_note(s, line, name->column, "unknown algorithm \"%.*s\"", shown(name), name->p);
}

void platform_set_integ(struct format_source *s, struct sa *sa, const struct word *name, uint64_t line)
{
	sa->integ = platform_integ(name);
	sa->integ_unknown = sa->integ == NULL;
	if (sa->integ == NULL)
		format_note(s, line, name->column, "unknown algorithm \"%.*s\"", shown(name), name->p);
}

void platform_settle(struct sa *sa)
{
	bool aead = sa->encr != NULL && alg_encr_is_aead(sa->encr);

	if (sa->proto == SA_ESP && sa->encr == NULL)
		sa->encr_unknown = true;
	if (sa->proto == SA_AH) {
		sa->encr = NULL;
		sa->encr_unknown = false;
	}
	/* "null" or "none" beside an AEAD means what an AEAD has. */
	if (aead && sa->integ != NULL && sa->integ->kind == INTEG_KIND_NONE) {
		sa->integ = NULL;
		sa->integ_key_known = false;
	}
	sa->integ_unknown = sa->integ == NULL && !aead;
	sa_settle_keys(sa);
}

/* 255.255.255.0: how many ones stand in front; -1: there are others. */
static int mask_bits(const struct addr *mask)
{
	int bits = 0;

	while (bits < 32 && (mask->b[bits / 8] & 0x80 >> bits % 8) != 0)
		bits++;
	for (int i = bits; i < 32; i++)
		if ((mask->b[i / 8] & 0x80 >> i % 8) != 0)
			return -1;
	return bits;
}

bool platform_range(struct addr_range *r, struct word w)
{
	const char *slash = memchr(w.p, '/', w.n);
	char text[2 * ADDR_TEXT + 8];
	struct addr mask;
	struct err e;
	int n, bits;

	if (slash != NULL && memchr(slash, '.', w.n - (size_t)(slash - w.p)) != NULL) {
		if (addr_parse(&mask, slash + 1, w.n - (size_t)(slash - w.p) - 1, &e) < 0 ||
		    mask.family != 4 || (bits = mask_bits(&mask)) < 0)
			return false;
		n = snprintf(text, sizeof text, "%.*s/%d", (int)(slash - w.p), w.p, bits);
		return n > 0 && (size_t)n < sizeof text && addr_range_parse(r, text, (size_t)n, &e) == 0;
	}
	return addr_range_parse(r, w.p, w.n, &e) == 0;
}

bool platform_endpoint(struct word w, struct addr *a, uint16_t *port)
{
	size_t colon = w.n;
	struct word host, number;
	uint64_t v;

	while (colon > 0 && w.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	number = (struct word){ w.p + colon, w.n - colon, 1 };
	host = (struct word){ w.p, colon - 1, 1 };
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct word){ w.p + 1, host.n - 2, 1 };
	if (!word_number(&number, UINT16_MAX, &v) || !word_addr(&host, a))
		return false;
	*port = (uint16_t)v;
	return true;
}

int platform_text(char **to, const struct word *w, struct err *e)
{
	if (w->n == 0 || memchr(w->p, '\0', w->n) != NULL)
		return 0;
	free(*to);
	if ((*to = strndup(w->p, w->n)) == NULL)
		return err_nomem(e);
	return 0;
}

int platform_give(struct format_source *s, const struct format *f, struct sa *sa, uint64_t line,
    bool again, struct err *e)
{
	int rc = 0;

	platform_settle(sa);
	if (sa_check(sa, e) < 0)
		format_note(s, line, 1, "passed over: %s", e->text);
	else
		rc = format_give(s, sa, f, line, again, e);
	sa_clear(sa);
	sa_init(sa);
	return rc;
}
