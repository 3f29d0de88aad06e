#include "base/text.h"

#include <arpa/inet.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool is_hex(char c)
{
	c = ascii_lower(c);
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

size_t hex_span(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_hex(p[i]))
		i++;
	return i;
}

int hex_parse(uint8_t *out, size_t room, size_t *got, const char *p, size_t n, struct err *e)
{
	size_t good = hex_span(p, n);

	*got = 0;
	if (good < n)
		return err_set(e, "found \"%.1s\" at digit %zu of a hex string", p + good, good + 1);
	if (n % 2 != 0)
		return err_set(e, "found %zu hex digits, wanted an even number", n);
	if (n / 2 > room)
		return err_set(e, "found %zu bytes, wanted %zu at most", n / 2, room);
	if (n > 0 && sodium_hex2bin(out, room, p, n, NULL, got, NULL) != 0)
		return err_set(e, "not a hex string");
	return 0;
}

char *hex_format(char *out, struct span s)
{
	sodium_bin2hex(out, 2 * s.n + 1, s.p, s.n);
	return out;
}

void hex_write(FILE *to, struct span s)
{
	char text[2 * 256 + 1];

	for (size_t at = 0, n; at < s.n; at += n) {
		n = s.n - at < 256 ? s.n - at : 256;
		fputs(hex_format(text, (struct span){ s.p + at, n }), to);
	}
}

char *base64_format(char *out, struct span s)
{
	return sodium_bin2base64(out, BASE64_TEXT(s.n), s.p, s.n, sodium_base64_VARIANT_ORIGINAL);
}

int uint_parse(uint64_t *v, const char *p, size_t n, uint64_t min, uint64_t max, struct err *e)
{
	int cut = n > 40 ? 40 : (int)n;
	unsigned base = 10;
	uint64_t sum = 0;
	size_t i = 0;

	if (n > 2 && p[0] == '0' && ascii_lower(p[1]) == 'x') {
		base = 16;
		i = 2;
	}
	if (n == 0)
		return err_set(e, "found nothing, wanted a number");
	for (; i < n; i++) {
		char c = ascii_lower(p[i]);
		unsigned d = c >= 'a' ? (unsigned)(c - 'a' + 10) : (unsigned)(c - '0');

		if (!is_hex(c) || d >= base)
			return err_set(e, "found \"%.*s\", wanted a number", cut, p);
		if (sum > (UINT64_MAX - d) / base)
			return err_set(e, "found %.*s, wanted at most %llu", cut, p,
			    (unsigned long long)max);
		sum = sum * base + d;
	}
	if (sum < min || sum > max)
		return err_set(e, "found %.*s, wanted %llu to %llu", cut, p,
		    (unsigned long long)min, (unsigned long long)max);
	*v = sum;
	return 0;
}

int seconds_parse(int64_t *ns, const char *p, struct err *e)
{
	char *end;
	double d = strtod(p, &end);

	if (end == p || *end != '\0' || !isfinite(d) || d < 0 || d > 366.0 * 86400)
		return err_set(e, "found \"%s\", wanted seconds", p);
	*ns = (int64_t)(d * 1e9);
	return 0;
}

int addr_parse(struct addr *a, const char *p, size_t n, struct err *e)
{
	char text[ADDR_TEXT];

	*a = (struct addr){ 0 };
	if (n < sizeof text) {
		memcpy(text, p, n);
		text[n] = '\0';
		if (strlen(text) == n && inet_pton(AF_INET, text, a->b) == 1) {
			a->family = 4;
			return 0;
		}
		if (strlen(text) == n && inet_pton(AF_INET6, text, a->b) == 1) {
			a->family = 6;
			return 0;
		}
	}
	return err_set(e, "found \"%.*s\", wanted an IPv4 or IPv6 address", n > 60 ? 60 : (int)n, p);
}

char *addr_format(char out[ADDR_TEXT], const struct addr *a)
{
	if (a->family == 0 ||
	    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->b, out, ADDR_TEXT) == NULL)
		snprintf(out, ADDR_TEXT, "any");
	return out;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, addr_len(a));
}

char *time_format(char out[TIME_TEXT], int64_t ns)
{
	int64_t sub = ns % 1000000000, s = ns / 1000000000;
	time_t t;
	struct tm tm;
	size_t n;

	if (sub < 0) {
		sub += 1000000000;
		s--;
	}
	t = (time_t)s;
	if (gmtime_r(&t, &tm) == NULL) {
		snprintf(out, TIME_TEXT, "1970-01-01T00:00:00Z");
		return out;
	}
	n = strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	if (sub != 0) {
		n += (size_t)snprintf(out + n, TIME_TEXT - n, ".%09lld", (long long)sub);
		while (out[n - 1] == '0')
			n--;
	}
	snprintf(out + n, TIME_TEXT - n, "Z");
	return out;
}

/* Exactly n digits at p, or -1. */
static int digits(const char *p, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		sum = sum * 10 + (p[i] - '0');
	}
	return sum;
}

/* The offset at p, "Z" or "+hh:mm", in seconds; false if it is none. */
static bool offset_parse(int *s, const char *p, size_t n)
{
	int h, m;

	*s = 0;
	if (n == 1 && ascii_lower(p[0]) == 'z')
		return true;
	if (n != 6 || (p[0] != '+' && p[0] != '-') || p[3] != ':')
		return false;
	h = digits(p + 1, 2);
	m = digits(p + 4, 2);
	*s = (h * 60 + m) * (p[0] == '-' ? -60 : 60);
	return h >= 0 && h < 24 && m >= 0 && m < 60;
}

int time_parse(int64_t *ns, const char *p, size_t n, struct err *e)
{
	struct tm tm = { 0 };
	size_t i = 19;
	int64_t sub = 0;
	int off;

	if (n < 20 || p[4] != '-' || p[7] != '-' || strchr("Tt ", p[10]) == NULL ||
	    p[13] != ':' || p[16] != ':')
		goto bad;
	tm.tm_year = digits(p, 4) - 1900;
	tm.tm_mon = digits(p + 5, 2) - 1;
	tm.tm_mday = digits(p + 8, 2);
	tm.tm_hour = digits(p + 11, 2);
	tm.tm_min = digits(p + 14, 2);
	tm.tm_sec = digits(p + 17, 2);
	if (tm.tm_year < 1678 - 1900 || tm.tm_year > 2261 - 1900 || tm.tm_mon < 0 || tm.tm_mon > 11 ||
	    tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 ||
	    tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		goto bad;
	if (p[i] == '.')
		for (int64_t unit = 100000000; ++i < n && p[i] >= '0' && p[i] <= '9'; unit /= 10)
			sub += (p[i] - '0') * unit;
	if (!offset_parse(&off, p + i, n - i))
		goto bad;
	*ns = ((int64_t)timegm(&tm) - off) * 1000000000 + sub;
	return 0;
bad:
	return err_set(e, "found \"%.*s\", wanted a time as 2026-01-31T23:59:59Z",
	    n > 60 ? 60 : (int)n, p);
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629), or 0. */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	static const struct { unsigned char lo, hi, lo2, hi2; size_t len; } rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (p[0] < rows[i].lo || p[0] > rows[i].hi)
			continue;
		if (n < rows[i].len || p[1] < rows[i].lo2 || p[1] > rows[i].hi2)
			return 0;
		for (size_t k = 2; k < rows[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return rows[i].len;
	}
	return 0;
}

/* C1 controls (U+0080..U+009F) and the bidirectional overrides and isolates can
 * rewrite what a terminal shows around them. */
static bool is_tricky(const unsigned char *p, size_t len)
{
	if (len == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (len == 3 && p[0] == 0xe2)
		return (p[1] == 0x80 && ((p[2] >= 0xa8 && p[2] <= 0xae) || p[2] == 0x8e || p[2] == 0x8f)) ||
		    (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
	return false;
}

bool text_is_clean(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0, len; i < n; i += len) {
		len = utf8_len(p + i, n - i);
		if (len == 0 || p[i] < ' ' || p[i] == 0x7f || is_tricky(p + i, len))
			return false;
	}
	return true;
}

/* The first character of the n bytes at p, escaped if need be: *got bytes of it were taken. */
static size_t esc_one(char out[17], const unsigned char *p, size_t n, size_t *got)
{
	size_t len = utf8_len(p, n), at = 0;

	*got = len > 0 ? len : 1;
	if (len > 1 ? !is_tricky(p, len) : len == 1 && p[0] >= ' ' && p[0] < 0x7f && p[0] != '\\') {
		memcpy(out, p, len);
		return len;
	}
	for (size_t k = 0; k < *got; k++)
		at += (size_t)snprintf(out + at, 5, "\\x%02x", p[k]);
	return at;
}

void esc_text(FILE *to, const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	char one[17] = "";

	for (size_t i = 0, got; i < n; i += got)
		fwrite(one, 1, esc_one(one, p + i, n - i, &got), to);
}

size_t esc_text_into(char *out, const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t at = 0;
	char one[17];

	for (size_t i = 0, got; i < n; i += got) {
		size_t len = esc_one(one, p + i, n - i, &got);

		memcpy(out + at, one, len);
		at += len;
	}
	out[at] = '\0';
	return at;
}

/* Octets that stand for themselves, ASCII alone. */
static size_t plain_run(const unsigned char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

void esc_json(FILE *to, const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0, len; i < n; i += len) {
		if ((len = plain_run(p + i, n - i)) > 0) {
			fwrite(p + i, 1, len, to);
			continue;
		}
		len = utf8_len(p + i, n - i);
		if (len == 0) {
			fprintf(to, "\\\\x%02x", p[i]);
			len = 1;
		} else if (p[i] == '"' || p[i] == '\\') {
			fprintf(to, "\\%c", p[i]);
		} else if (p[i] < ' ' || p[i] == 0x7f) {
			fprintf(to, "\\u%04x", p[i]);
		} else if (is_tricky(p + i, len)) {
			fprintf(to, "\\u%04x",
			    len == 2 ? (unsigned)((p[i] & 0x1f) << 6 | (p[i + 1] & 0x3f))
				     : (unsigned)((p[i] & 0x0f) << 12 | (p[i + 1] & 0x3f) << 6 |
					   (p[i + 2] & 0x3f)));
		} else {
			fwrite(p + i, 1, len, to);
		}
	}
}
