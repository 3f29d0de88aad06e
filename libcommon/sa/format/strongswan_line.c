#include <string.h>

#include "base/text.h"
#include "sa/format/strongswan_log.h"

struct piece { const char *p; size_t n; };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* FNV-1a: tells daemons apart, nothing hostile depends on it. */
static uint64_t hash(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 0x100000001b3;
	return h;
}

static const uint64_t hash_start = 0xcbf29ce484222325;

/* The group that ends at "]": three capitals, and a level's digit or none. */
static bool is_group(const char *p, size_t n)
{
	return (n == 3 || (n == 4 && is_digit(p[3]))) && is_upper(p[0]) && is_upper(p[1]) &&
	    is_upper(p[2]);
}

/* "HOST PROGRAM[PID]:" in front of the message, if the last word of the n bytes is such; else 0. */
static uint64_t tag_of(const char *p, size_t n)
{
	size_t from, blanks = 0;

	while (n > 0 && p[n - 1] == ' ')
		n--;
	if (n == 0 || p[n - 1] != ':')
		return 0;
	for (from = n; from > 0 && blanks < 2; from--)
		if (p[from - 1] == ' ' && ++blanks == 2)
			break;
	return hash(hash_start, p + from, n - from);
}

/* "<name|id> " in front of the message. */
static void cut_name(struct strongswan_line *l)
{
	const char *end;

	if (l->n < 3 || l->msg[0] != '<' || (end = memchr(l->msg, '>', l->n)) == NULL)
		return;
	if ((size_t)(end - l->msg) + 1 >= l->n || end[1] != ' ')
		return;
	l->ike = l->msg + 1;
	l->nike = (size_t)(end - l->ike);
	l->n -= l->nike + 3;
	l->msg = end + 2;
}

/* "12[IKE] " somewhere near the start of the line. */
static bool parse_thread(struct strongswan_line *l, const char *p, size_t n)
{
	size_t room = n < 256 ? n : 256, at = 0;
	const char *open;

	while (at < room && (open = memchr(p + at, '[', room - at)) != NULL) {
		size_t i = (size_t)(open - p), from = i, end = i + 4;

		while (from > 0 && is_digit(p[from - 1]) && i - from < 5)
			from--;
		if (end < n && p[end] != ']')
			end++;
		if (i - from >= 2 && (from == 0 || p[from - 1] == ' ') && end + 1 < n &&
		    p[end] == ']' && p[end + 1] == ' ' && is_group(open + 1, end - i - 1)) {
			l->threaded = true;
			memcpy(l->group, open + 1, 3);
			l->daemon = tag_of(p, from);
			l->source = hash(l->daemon ^ hash_start, p + from, i - from);
			l->msg = p + end + 2;
			l->n = n - end - 2;
			return true;
		}
		at = i + 1;
	}
	return false;
}

/* "charon-systemd[123]: text", as the journal and old syslog set-ups show it. */
static bool parse_program(struct strongswan_line *l, const char *p, size_t n)
{
	static const char name[] = "charon";
	size_t room = n < 200 ? n : 200;

	for (size_t i = 0; i + sizeof name < room; i++) {
		size_t end = i + sizeof name - 1;

		if (p[i] != 'c' || memcmp(p + i, name, sizeof name - 1) != 0 || (i > 0 && p[i - 1] != ' '))
			continue;
		while (end < room && p[end] != ':' && p[end] != ' ')
			end++;
		if (end + 1 >= n || p[end] != ':' || p[end + 1] != ' ')
			return false;
		l->daemon = l->source = tag_of(p, end + 1);
		l->msg = p + end + 2;
		l->n = n - end - 2;
		return true;
	}
	return false;
}

/* The quote that ends the string at p: an even number of backslashes stands before it. */
static const char *string_end(const char *p, const char *end)
{
	const char *quote = p, *back;

	while ((quote = memchr(quote, '"', (size_t)(end - quote))) != NULL) {
		for (back = quote; back > p && back[-1] == '\\'; back--)
			continue;
		if ((quote - back) % 2 == 0)
			break;
		quote++;
	}
	return quote;
}

/* The string or number at *at of the text; a string without its quotes, still escaped. */
static bool json_value(struct piece t, size_t *at, struct piece *v)
{
	const char *end;
	size_t i = *at;

	if (i < t.n && t.p[i] == '"') {
		if ((end = string_end(t.p + i + 1, t.p + t.n)) == NULL)
			return false;
		*v = (struct piece){ t.p + i + 1, (size_t)(end - (t.p + i + 1)) };
		*at = (size_t)(end - t.p) + 1;
		return true;
	}
	*v = (struct piece){ t.p + i, 0 };
	while (i < t.n && t.p[i] != ',' && t.p[i] != '}' && t.p[i] != ' ')
		i++;
	v->n = (size_t)(t.p + i - v->p);
	*at = i;
	return v->n > 0 && v->p[0] != '{' && v->p[0] != '[';
}

static void skip_blanks(struct piece t, size_t *at)
{
	while (*at < t.n && (t.p[*at] == ' ' || t.p[*at] == '\t'))
		++*at;
}

enum { J_THREAD, J_GROUP, J_MSG, J_NAME, J_ID, J_HOST, J_PID, J_PARTS };

/* The members that matter, as the log file's JSON and the journal's call them. */
static const char *const json_keys[J_PARTS][2] = {
	[J_THREAD] = { "thread", "THREAD" }, [J_GROUP] = { "group", "GROUP" },
	[J_MSG] = { "msg", "MESSAGE" }, [J_NAME] = { "ikesa-name", "IKE_SA_NAME" },
	[J_ID] = { "ikesa-uniqueid", "IKE_SA_UNIQUE_ID" }, [J_HOST] = { "host", "_HOSTNAME" },
	[J_PID] = { "pid", "_PID" },
};

/* charon writes these first; the journal's keys are capitals.  Nothing else is worth a look. */
static bool json_may_be(struct piece key)
{
	static const char *const first[] = { "time", "thread", "group", "level", "msg" };

	if (key.n > 0 && (is_upper(key.p[0]) || key.p[0] == '_'))
		return true;
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
		if (key.n == strlen(first[i]) && memcmp(key.p, first[i], key.n) == 0)
			return true;
	return false;
}

static void json_keep(struct piece got[J_PARTS], struct piece key, struct piece v)
{
	for (size_t i = 0; i < J_PARTS; i++)
		for (size_t k = 0; k < 2; k++)
			if (key.n > 0 && key.p[0] == json_keys[i][k][0] && key.n == strlen(json_keys[i][k]) &&
			    memcmp(key.p, json_keys[i][k], key.n) == 0)
				got[i] = v;
}

/* Flat objects only.  charon escapes no more than quotes, backslashes and line ends, so that a
 * strict reader may refuse what it writes. */
static bool json_members(struct piece t, size_t at, struct piece got[J_PARTS])
{
	bool first = true;

	for (;;) {
		struct piece key, v;

		skip_blanks(t, &at);
		if (at >= t.n || t.p[at] != '"' || !json_value(t, &at, &key) ||
		    (first && !json_may_be(key)))
			return false;
		skip_blanks(t, &at);
		if (at >= t.n || t.p[at++] != ':')
			return false;
		skip_blanks(t, &at);
		if (!json_value(t, &at, &v))
			return false;
		json_keep(got, key, v);
		skip_blanks(t, &at);
		if (at >= t.n || (t.p[at] != ',' && t.p[at] != '}'))
			return false;
		if (t.p[at++] == '}')
			return true;
		first = false;
	}
}

static bool parse_json(struct strongswan_line *l, const char *p, size_t n)
{
	struct piece t = { p, n }, got[J_PARTS] = { { NULL, 0 } };
	size_t at = 0;

	skip_blanks(t, &at);
	if (at >= n || p[at] != '{' || !json_members(t, at + 1, got) || got[J_MSG].p == NULL ||
	    got[J_THREAD].p == NULL || !is_group(got[J_GROUP].p != NULL ? got[J_GROUP].p : "", got[J_GROUP].n))
		return false;
	l->json = l->threaded = true;
	memcpy(l->group, got[J_GROUP].p, 3);
	for (size_t i = J_HOST; i <= J_PID; i++)
		if (got[i].p != NULL)
			l->daemon = hash(l->daemon ^ hash_start ^ i, got[i].p, got[i].n);
	l->source = hash(l->daemon ^ hash_start, got[J_THREAD].p, got[J_THREAD].n);
	l->ike = got[J_ID].p;
	l->nike = got[J_ID].n;
	l->msg = got[J_MSG].p;
	l->n = got[J_MSG].n;
	return true;
}

bool strongswan_line_parse(struct strongswan_line *l, const char *p, size_t n)
{
	*l = (struct strongswan_line){ 0 };
	if (!parse_thread(l, p, n) && !parse_program(l, p, n) && !parse_json(l, p, n))
		return false;
	if (!l->json)
		cut_name(l);
	l->column = (size_t)(l->msg - p) + 1;
	return true;
}

bool strongswan_log_is(const char *p, size_t n)
{
	struct strongswan_line l;

	return strongswan_line_parse(&l, p, n);
}
