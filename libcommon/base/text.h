/*
 * text.h - text to values and back: hex, integers, addresses; and the escape of
 * text that somebody else controls.
 *
 * Parsers take a counted string, want all of it, and return 0 or -1 with a
 * reason.  Formatters write into the caller's memory, always end it with NUL,
 * and return that memory so that they can stand inside a printf.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/rd.h"

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* How many leading bytes of the n at p are hex digits. */
size_t hex_span(const char *p, size_t n);
/* n must be 2 * room or less; *got is the number of bytes. */
int hex_parse(uint8_t *out, size_t room, size_t *got, const char *p, size_t n, struct err *e);
/* Lower case; out has 2 * s.n + 1 bytes. */
char *hex_format(char *out, struct span s);
void hex_write(FILE *to, struct span s);

/* RFC 4648 4, padded; out has BASE64_TEXT(s.n) bytes. */
#define BASE64_TEXT(n) (((n) + 2) / 3 * 4 + 1)
char *base64_format(char *out, struct span s);

/* Decimal, or hex after 0x; min..max. */
int uint_parse(uint64_t *v, const char *p, size_t n, uint64_t min, uint64_t max, struct err *e);
/* Seconds, "1.5", into nanoseconds, up to a year. */
int seconds_parse(int64_t *ns, const char *p, struct err *e);

/* An IPv4 (family 4) or IPv6 (family 6) address in network order; family 0 is "any". */
struct addr { uint8_t family; uint8_t b[16]; };
enum { ADDR_TEXT = 48 };

int addr_parse(struct addr *a, const char *p, size_t n, struct err *e);
char *addr_format(char out[ADDR_TEXT], const struct addr *a);
/* -1, 0, 1 by family, then bytes. */
int addr_cmp(const struct addr *a, const struct addr *b);
static inline size_t addr_len(const struct addr *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

/* Of each packet: lengths that are constants need no call. */
static inline bool addr_eq(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return false;
	return a->family == 4 ? memcmp(a->b, b->b, 4) == 0 : a->family != 6 || memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Of IPv6, that mean nothing without an interface. */
static inline bool addr_is_link_local(const struct addr *a)
{
	return a->family == 6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* IPv4's broadcasts, too. */
static inline bool addr_is_multicast(const struct addr *a)
{
	return a->family == 4 ? a->b[0] >= 224 : a->b[0] == 0xff;
}

/* RFC 3339 in UTC with the nanoseconds that are not zero; out has TIME_TEXT bytes. */
enum { TIME_TEXT = 40 };
char *time_format(char out[TIME_TEXT], int64_t ns);
/* RFC 3339 with any offset, years 1678 to 2261, into ns since 1970. */
int time_parse(int64_t *ns, const char *p, size_t n, struct err *e);

/*
 * Escapes for text that a packet, file, certificate or peer controls.  One
 * function for each output form.  esc_text: controls, bad UTF-8 and
 * backslashes as \xNN.  esc_json: the inside of a JSON string (no quotes);
 * always valid UTF-8: a byte that is no UTF-8 becomes \\xNN (the four
 * characters, JSON-escaped).
 */
void esc_text(FILE *to, const char *p, size_t n);
/* esc_text() into memory, with a NUL; out has ESC_TEXT(n) bytes.  Gives the length. */
#define ESC_TEXT(n) (4 * (n) + 1)
size_t esc_text_into(char *out, const char *p, size_t n);
void esc_json(FILE *to, const char *p, size_t n);
/* Whether it reads as text: UTF-8 without what escapes take out (backslashes are fine). */
bool text_is_clean(const char *p, size_t n);

#endif
