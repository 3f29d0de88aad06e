#include "sa/ts.h"

#include <string.h>

#include "base/names.h"

enum { WORD = 128 };

/* One side of a selector while it is read; the parts are the selector's. */
struct side {
	struct addr_range *range;
	uint8_t *nrange;
	bool *port_set;
	struct port_range *port;
};

static int parse_ranges(const struct side *s, const char *p, size_t n, struct err *e)
{
	const char *end = p + n;

	if (n == 3 && strncmp(p, "any", 3) == 0)
		return 0;
	for (;; p++) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t one = (size_t)((comma != NULL ? comma : end) - p);

		if (*s->nrange == SELECTOR_RANGES)
			return err_set(e, "found more than %d ranges", SELECTOR_RANGES);
		if (addr_range_parse(&s->range[*s->nrange], p, one, e) < 0)
			return -1;
		(*s->nrange)++;
		if (comma == NULL)
			return 0;
		p = comma;
	}
}

static int parse_ports(const struct side *s, const char *p, size_t n, struct err *e)
{
	const char *dash = memchr(p, '-', n);
	size_t one = dash != NULL ? (size_t)(dash - p) : n;
	uint64_t first, last;

	if (uint_parse(&first, p, one, 0, UINT16_MAX, e) < 0)
		return err_in(e, "port");
	last = first;
	if (dash != NULL && uint_parse(&last, dash + 1, n - one - 1, first, UINT16_MAX, e) < 0)
		return err_in(e, "port");
	*s->port = (struct port_range){ (uint16_t)first, (uint16_t)last };
	*s->port_set = true;
	return 0;
}

/* What stands in brackets: "tcp", "tcp/443", "any". */
static int parse_proto(struct selector *ts, const struct side *s, const char *p, size_t n,
    struct err *e)
{
	const char *slash = memchr(p, '/', n);
	size_t one = slash != NULL ? (size_t)(slash - p) : n;
	char word[WORD];
	int proto;

	if (one >= sizeof word)
		return err_set(e, "found a protocol's name of %zu characters", one);
	memcpy(word, p, one);
	word[one] = '\0';
	if (name_eq(word, "any") && slash == NULL)
		return 0;
	if ((proto = selector_proto_parse(word)) < 0)
		return err_set(e, "found \"%s\", wanted a protocol's name or number", word);
	if (ts->proto >= 0 && ts->proto != proto)
		return err_set(e, "found protocols %d and %d, wanted one for both sides", ts->proto,
		    proto);
	ts->proto = (int16_t)proto;
	if (slash != NULL && (proto == 1 || proto == 58))
		return err_set(e, "found \"%.*s\", but %s has no ports", (int)(n > 60 ? 60 : n), p, word);
	return slash == NULL ? 0 : parse_ports(s, slash + 1, n - one - 1, e);
}

static int parse_side(struct selector *ts, const struct side *s, const char *p, size_t n,
    struct err *e)
{
	const char *open = memchr(p, '[', n);
	size_t ranges = open != NULL ? (size_t)(open - p) : n;

	if (ranges == 0)
		return err_set(e, "wanted addresses, or \"any\"");
	if (parse_ranges(s, p, ranges, e) < 0)
		return -1;
	if (open == NULL)
		return 0;
	if (p[n - 1] != ']')
		return err_set(e, "wanted \"]\" after \"%.*s\"", (int)(n - ranges > 60 ? 60 : n - ranges),
		    open);
	return parse_proto(ts, s, open + 1, n - ranges - 2, e);
}

int ts_parse(struct selector *ts, const char *text, struct err *e)
{
	const char *equals = strchr(text, '=');

	*ts = (struct selector){ .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	if (equals == NULL)
		return err_set(e, "wanted MINE=THEIRS");
	if (parse_side(ts, &(struct side){ ts->src, &ts->nsrc, &ts->sport_set, &ts->sport }, text,
	    (size_t)(equals - text), e) < 0 ||
	    parse_side(ts, &(struct side){ ts->dst, &ts->ndst, &ts->dport_set, &ts->dport }, equals + 1,
	    strlen(equals + 1), e) < 0)
		return -1;
	for (size_t i = 0; i < ts->nsrc; i++)
		for (size_t j = 0; j < ts->ndst; j++)
			if (ts->src[i].first.family == ts->dst[j].first.family)
				return 0;
	if (ts->nsrc > 0 && ts->ndst > 0)
		return err_set(e, "found IPv4 on one side and IPv6 on the other");
	return 0;
}

void ts_reverse(struct selector *ts)
{
	struct selector was = *ts;

	memcpy(ts->src, was.dst, sizeof ts->src);
	memcpy(ts->dst, was.src, sizeof ts->dst);
	ts->nsrc = was.ndst;
	ts->ndst = was.nsrc;
	ts->sport = was.dport;
	ts->dport = was.sport;
	ts->sport_set = was.dport_set;
	ts->dport_set = was.sport_set;
	ts->sport_opaque = was.dport_opaque;
	ts->dport_opaque = was.sport_opaque;
}
