#include "sa/format/wireshark.h"

#include <string.h>

#include "sa/extra.h"
#include "sa/key_text.h"

enum { COLUMNS = 10, FIELD = 1024 };
enum { PROTOCOL, SRC, DST, SPI, ENCR, ENCR_KEY, AUTH, AUTH_KEY, SN, ESN_HIGH };

/* One row: its fields without quotes, one after another; wiped with the state. */
struct wireshark {
	char text[COLUMNS][FIELD];
	struct word f[COLUMNS];
	size_t n;
	size_t odd;			/* where Wireshark itself would have written otherwise; 0: nowhere */
};

/* Where the row starts: at the line's start, or behind the "uat:esp_sa:" of a command line. */
static const char *row_start(const struct format_line *l)
{
	static const char uat[] = "uat:esp_sa:";
	size_t i = 0;

	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	if (i < l->n && l->p[i] == '"')
		return l->p + i;
	if (i < l->n && l->p[i] == '#')
		return NULL;
	for (; i + sizeof uat <= l->n; i++)
		if (memcmp(l->p + i, uat, sizeof uat - 1) == 0)
			return l->p + i + sizeof uat - 1;
	return NULL;
}

static bool sniff(const struct format_line *l)
{
	const char *p = row_start(l);
	size_t n = p != NULL ? l->n - (size_t)(p - l->p) : 0;

	if (n > 0 && *p == '\\') {	/* \" in a shell's double quotes */
		p++;
		n--;
	}
	return n > 7 && (memcmp(p, "\"IPv4", 5) == 0 || memcmp(p, "\"IPv6", 5) == 0);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f'
	    ? ascii_lower(c) - 'a' + 10 : -1;
}

/* One character of a quoted text: \xNN is an octet.  odd: set at a backslash that is none of such. */
static char take_char(const char **p, const char *end, bool *odd)
{
	char c = *(*p)++;
	int high, low;

	*odd |= c == '\\' && (end - *p < 3 || **p != 'x');
	if (c != '\\' || *odd)
		return c;
	high = hex_digit((*p)[1]);
	low = hex_digit((*p)[2]);
	if (high < 0 || low < 0)
		return c;
	*p += 3;
	return (char)(high << 4 | low);
}

/* Cuts the row at its commas.  -1: it is no row. */
static int cut(struct wireshark *x, const struct format_line *l, struct err *e)
{
	const char *p = row_start(l), *end = l->p + l->n;
	bool escaped = p < end && *p == '\\';		/* every quote is \" */

	x->odd = 0;
	for (x->n = 0; x->n < COLUMNS; x->n++) {
		struct word *w = &x->f[x->n];
		bool quoted, odd;

		while (p < end && *p == ' ')
			p++;
		*w = (struct word){ x->text[x->n], 0, l->column + (size_t)(p - l->p) };
		p += p < end && escaped && *p == '\\' ? 1 : 0;
		quoted = p < end && *p == '"';
		p += quoted;
		odd = !quoted;
		while (p < end && (quoted ? *p != '"' : *p != ',')) {
			if (escaped && *p == '\\' && end - p > 1 && p[1] == '"')
				p++;
			else if (w->n == FIELD)
				return err_set(e, "found a field of more than %d bytes", FIELD);
			else
				x->text[x->n][w->n++] = take_char(&p, end, &odd);
		}
		x->odd = odd && x->odd == 0 ? w->column : x->odd;
		if (quoted && p == end)
			return err_set(e, "found a quote without its end");
		p += quoted;
		while (p < end && *p != ',')
			p++;
		if (p == end) {
			x->n++;
			return 0;
		}
		p++;
	}
	if (p < end && (*p == '"' || *p == '\\'))
		return err_set(e, "found more than %d columns: a line break is missing", COLUMNS);
	return 0;
}

/* A wildcard for single octets or digits stays in x-wireshark: an SA's address is whole or any. */
static bool take_addr(const struct word *w, struct addr *a, char keep[64], const char **kept)
{
	if (word_is(w, "*") || word_addr(w, a))
		return true;
	*a = (struct addr){ 0 };
	if (memchr(w->p, '*', w->n) == NULL || !word_text(keep, 64, w))
		return false;
	*kept = keep;
	return true;
}

/* 1, 0: passed over with a note, -1 */
static int take_names(struct format_source *s, const struct wireshark *x, struct sa *sa,
    const struct format_line *l, struct err *e)
{
	char src[64] = "", dst[64] = "";
	const char *members[2][2] = { { "src", NULL }, { "dst", NULL } };
	uint64_t spi;

	for (size_t i = SRC; i <= DST; i++)
		if (!take_addr(&x->f[i], i == SRC ? &sa->src : &sa->dst, i == SRC ? src : dst,
		    &members[i - SRC][1])) {
			err_set(e, "wanted an address or *");
			return format_blame_word(s, l, &x->f[i], e);
		}
	if (sa_extra_set(sa, "x-wireshark", (const char *const (*)[2])members, 2, e) < 0)
		return -1;
	if (memchr(x->f[SPI].p, '*', x->f[SPI].n) != NULL) {
		format_note(s, l->number, x->f[SPI].column, "passed over a row for several SPIs: an SA has one");
		return 0;
	}
	if (!word_number(&x->f[SPI], UINT32_MAX, &spi) || spi == 0) {
		err_set(e, "SPI: wanted a number from 1 to 0xffffffff");
		return format_blame_word(s, l, &x->f[SPI], e);
	}
	sa->spi = (uint32_t)spi;
	return 1;
}

static unsigned any_bits(const struct word *w)
{
	static const unsigned bits[] = { 64, 96, 128, 160, 192, 256, 384, 512 };
	char text[64];

	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		snprintf(text, sizeof text, WIRESHARK_ANY, bits[i]);
		if (word_is(w, text))
			return bits[i];
	}
	return 0;
}

/* "AES-GCM [RFC4106]": the ICV's length is in the authentication column, or nowhere. */
static int old_gcm(struct format_source *s, const struct wireshark *x, struct sa *sa, unsigned any,
    const struct format_line *l, struct err *e)
{
	sa->encr = alg_encr_by_name(any == 64 ? "aes-gcm-8" : any == 96 ? "aes-gcm-12" : "aes-gcm-16", NULL);
	if (any == 64 || any == 96 || any == 128) {
		format_note(s, l->number, x->f[ENCR].column, "the obsolete name \"%s\": taken as %s, by its "
		    "authentication", WIRESHARK_GCM, sa->encr->name);
		return 0;
	}
	format_note(s, l->number, x->f[ENCR].column, "the obsolete name \"%s\" says no ICV length: taken as %s",
	    WIRESHARK_GCM, sa->encr->name);
	return format_guess(sa, "encr", e);
}

static int take_algs(struct format_source *s, const struct wireshark *x, struct sa *sa,
    const struct format_line *l, struct err *e)
{
	unsigned any = any_bits(&x->f[AUTH]);
	const struct alg_encr *encr;
	const struct alg_integ *integ;

	for (size_t i = 0; (encr = alg_encr_row(i)) != NULL && sa->encr == NULL; i++)
		if (encr->wireshark != NULL && word_is(&x->f[ENCR], encr->wireshark))
			sa->encr = encr;
	if (word_is(&x->f[ENCR], WIRESHARK_GCM) && old_gcm(s, x, sa, any, l, e) < 0)
		return -1;
	for (size_t i = 0; (integ = alg_integ_row(i)) != NULL && sa->integ == NULL; i++)
		if (integ->wireshark != NULL && word_is(&x->f[AUTH], integ->wireshark))
			sa->integ = integ;
	sa->encr_unknown = sa->encr == NULL;
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr)) {
		sa->integ = NULL;		/* what stands there is not used */
		return 0;
	}
	sa->integ_unknown = sa->integ == NULL;
	sa->icv_bits = any;
	for (size_t i = ENCR; i <= AUTH; i += 2)
		if ((i == ENCR ? sa->encr_unknown : sa->integ_unknown && any == 0))
			format_note(s, l->number, x->f[i].column, "unknown algorithm \"%.*s\"",
			    (int)(x->f[i].n > 60 ? 60 : x->f[i].n), x->f[i].p);
	return 0;
}

/* True if the SA's algorithm takes a key of n bytes. */
static bool fits(const struct sa *sa, bool encr, size_t n)
{
	struct sa with = *sa;
	struct err e;

	with.encr_key = with.integ_key = (struct secret){ NULL, n };
	with.encr_key_known = with.integ_key_known = true;
	return (encr ? sa_check_encr_key(&with, &e) : sa_check_integ_key(&with, &e)) == 0;
}

/*
 * For Wireshark a key without 0x is a text whose octets are the key; whoever wrote bare hex meant hex.
 * *both: either would do, and this is the hex one unless as_text.
 */
static int take_key(struct format_source *s, struct sa *sa, const struct word *w, bool encr, bool as_text,
    bool *both, const struct format_line *l, struct err *e)
{
	int (*const take)(struct format_source *, struct sa *, const struct word *, uint64_t, struct err *) =
	    encr ? format_encr_key : format_integ_key;
	bool hex = w->n % 2 == 0 && hex_span(w->p, w->n) == w->n && fits(sa, encr, w->n / 2);
	bool text = fits(sa, encr, w->n);
	char quoted[FIELD + 2];
	struct word octets = { quoted, w->n + 2, w->column };
	int rc;

	if (w->n == 0)
		return 0;
	if (word_starts(w, "0x") || word_starts(w, "0X") || (!text && key_text_is_redacted(w->p, w->n)))
		return take(s, sa, w, l->number, e);
	*both |= hex && text;
	if (hex_span(w->p, w->n) == w->n) {
		if (!as_text)
			format_note(s, l->number, w->column, "a key without 0x is a text for Wireshark: taken as %s",
			    hex && text ? "hex, and as text" : hex ? "hex" : "text");
		if (format_guess(sa, encr ? "encr_key" : "integ_key", e) < 0)
			return -1;
	} else {
		format_note(s, l->number, w->column, "a key without 0x is a text for Wireshark");
	}
	if (hex && !as_text)
		return take(s, sa, w, l->number, e);
	quoted[0] = quoted[w->n + 1] = '"';
	memcpy(quoted + 1, w->p, w->n);
	rc = take(s, sa, &octets, l->number, e);
	wipe(quoted, sizeof quoted);
	return rc;
}

static void take_sn(const struct wireshark *x, struct sa *sa)
{
	uint64_t high;

	if (x->n <= SN)
		return;
	sa->esn = word_is(&x->f[SN], "64-bit") ? SA_YES : word_is(&x->f[SN], "32-bit") ? SA_NO : SA_UNKNOWN;
	if (x->n <= ESN_HIGH || sa->esn != SA_YES || !word_hex(&x->f[ESN_HIGH], UINT32_MAX, &high) || high == 0)
		return;
	sa->seq = high << 32;
	sa->seq_known = true;
	sa_add_hint(sa, sa->seq);
}

static int take_row(struct format_source *s, const struct wireshark *x, struct sa *sa, bool as_text,
    bool *both, const struct format_line *l, struct err *e)
{
	int rc = take_names(s, x, sa, l, e);

	if (rc <= 0)
		return rc;
	if (take_algs(s, x, sa, l, e) < 0 ||
	    take_key(s, sa, &x->f[ENCR_KEY], true, as_text, both, l, e) < 0)
		return -1;
	if ((sa->encr == NULL || !alg_encr_is_aead(sa->encr)) &&
	    take_key(s, sa, &x->f[AUTH_KEY], false, as_text, both, l, e) < 0)
		return -1;
	take_sn(x, sa);
	sa_settle_keys(sa);
	if (sa_check(sa, e) < 0)
		return format_blame(s, l->number, l->column, e);
	return 1;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct wireshark *x = state;
	bool both = false;
	struct sa sa;
	int rc = 0;

	if (!sniff(l))
		return 0;
	if (cut(x, l, e) < 0 || x->n < SN) {
		if (x->n < SN)
			err_set(e, "found %zu columns, wanted %d or %d", x->n, SN, COLUMNS);
		return format_blame(s, l->number, l->column, e);
	}
	if (x->odd > 0)
		format_note(s, l->number, x->odd, "a column as Wireshark does not write it: quotes or a backslash");
	for (int pass = 0; rc >= 0 && pass < 1 + both; pass++) {
		sa_init(&sa);
		rc = take_row(s, x, &sa, pass == 1, &both, l, e);
		if (rc > 0)
			rc = format_give(s, &sa, &format_wireshark, l->number, pass == 1, e);
		sa_clear(&sa);
	}
	wipe(x, sizeof *x);
	return rc;
}

const struct format format_wireshark = {
	.name = "wireshark", .what = "Wireshark's esp_sa table", .state = sizeof(struct wireshark),
	.sniff = sniff, .line = take, .versions = "4.4 4.0 4.6", .write = wireshark_write,
};
