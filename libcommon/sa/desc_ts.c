#include <stdlib.h>
#include <string.h>

#include "sa/desc_row.h"

enum { SELECTORS = 256 };

static int read_range(const struct jval *v, struct addr_range *r, struct err *e)
{
	size_t n;
	const char *text = jval_text(v, &n);

	if (text == NULL)
		return jval_err(v, e, "ts: wanted an address, prefix or range as a string");
	return addr_range_parse(r, text, n, e) < 0 ? jval_blame(v, e) : 0;
}

static int read_ranges(const struct jval *v, struct addr_range *r, uint8_t *n, struct err *e)
{
	size_t count = jval_count(v);

	if (v->value == NULL)
		return 0;
	if (jval_kind(v) != J_ARRAY) {
		*n = 1;
		return read_range(v, r, e);
	}
	if (count > SELECTOR_RANGES)
		return jval_err(v, e, "%s: found %zu ranges, wanted at most %d", v->key, count,
		    SELECTOR_RANGES);
	for (size_t i = 0; i < count; i++) {
		struct jval item = jval_at(v, i);

		if (read_range(&item, &r[i], e) < 0)
			return -1;
	}
	*n = (uint8_t)count;
	return 0;
}

/* 443, "443", "1-1023", "opaque" or "any". */
static int read_port(const struct jval *v, bool *set, bool *opaque, struct port_range *r,
    struct err *e)
{
	size_t n;
	const char *text = jval_text(v, &n), *dash = text != NULL ? memchr(text, '-', n) : NULL;
	uint64_t first, last;

	if (v->value == NULL || name_eq(text, "any"))
		return 0;
	*set = true;
	*opaque = name_eq(text, "opaque");
	if (*opaque)
		return 0;
	if (dash == NULL) {
		if (jval_uint(v, &first, 0, UINT16_MAX, e) < 0)
			return -1;
		last = first;
	} else if (uint_parse(&first, text, (size_t)(dash - text), 0, UINT16_MAX, e) < 0 ||
	    uint_parse(&last, dash + 1, n - (size_t)(dash - text) - 1, first, UINT16_MAX, e) < 0) {
		return jval_blame(v, e);
	}
	*r = (struct port_range){ (uint16_t)first, (uint16_t)last };
	return 0;
}

static int read_small(const struct jval *v, int16_t *out, struct err *e)
{
	uint64_t n;

	*out = -1;
	if (v->value == NULL)
		return 0;
	if (jval_uint(v, &n, 0, 255, e) < 0)
		return -1;
	*out = (int16_t)n;
	return 0;
}

static int read_proto(const struct jval *v, int16_t *out, struct err *e)
{
	const char *name = jval_text(v, NULL);
	int proto;

	if (name == NULL || name_eq(name, "any")) {
		*out = -1;
		return name != NULL ? 0 : read_small(v, out, e);
	}
	if ((proto = selector_proto_parse(name)) < 0)
		return jval_err(v, e, "proto: found \"%.60s\", wanted a protocol's name or number",
		    name);
	*out = (int16_t)proto;
	return 0;
}

static int read_selector(const struct jval *v, struct selector *s, struct err *e)
{
	static const char *const keys[] = {
		"src", "dst", "proto", "sport", "dport", "type", "code", NULL
	};
	struct jval src, dst, proto, sport, dport, type, code;

	if (desc_object(v, e) < 0 || desc_only(v, keys, e) < 0)
		return -1;
	src = jval_get(v, "src");
	dst = jval_get(v, "dst");
	proto = jval_get(v, "proto");
	sport = jval_get(v, "sport");
	dport = jval_get(v, "dport");
	type = jval_get(v, "type");
	code = jval_get(v, "code");
	if (read_ranges(&src, s->src, &s->nsrc, e) < 0 ||
	    read_ranges(&dst, s->dst, &s->ndst, e) < 0 ||
	    read_proto(&proto, &s->proto, e) < 0 ||
	    read_port(&sport, &s->sport_set, &s->sport_opaque, &s->sport, e) < 0 ||
	    read_port(&dport, &s->dport_set, &s->dport_opaque, &s->dport, e) < 0 ||
	    read_small(&type, &s->icmp_type, e) < 0 || read_small(&code, &s->icmp_code, e) < 0)
		return -1;
	return 0;
}

int desc_read_ts(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	size_t n = jval_kind(v) == J_ARRAY ? jval_count(v) : 1;

	if (n > SELECTORS)
		return jval_err(v, e, "%s: found %zu selectors, wanted at most %d", row->key, n,
		    SELECTORS);
	if (n == 0)
		return 0;
	if ((in->sa->ts = calloc(n, sizeof *in->sa->ts)) == NULL)
		return err_nomem(e);
	in->sa->nts = n;
	if (jval_kind(v) != J_ARRAY)
		return read_selector(v, in->sa->ts, e);
	for (size_t i = 0; i < n; i++) {
		struct jval item = jval_at(v, i);

		if (read_selector(&item, &in->sa->ts[i], e) < 0)
			return -1;
	}
	return 0;
}

static void write_ranges(struct desc_out *o, const char *key, const struct addr_range *r, size_t n)
{
	char text[ADDR_RANGE_TEXT];

	if (n == 0)
		return;
	desc_key(o, key);
	for (size_t i = 0; i < n; i++)
		fprintf(o->to, "%s\"%s\"", i == 0 ? "[" : ",", addr_range_format(text, &r[i]));
	fputc(']', o->to);
}

static void write_port(struct desc_out *o, const char *key, bool set, bool opaque,
    struct port_range r)
{
	if (!set)
		return;
	desc_key(o, key);
	if (opaque)
		fputs("\"opaque\"", o->to);
	else if (r.first == r.last)
		fprintf(o->to, "%u", r.first);
	else
		fprintf(o->to, "\"%u-%u\"", r.first, r.last);
}

static void write_small(struct desc_out *o, const char *key, int16_t v)
{
	if (v < 0)
		return;
	desc_key(o, key);
	fprintf(o->to, "%d", v);
}

void desc_write_ts(struct desc_out *o, const struct desc_row *row)
{
	struct desc_out inner = *o;

	if (o->sa->nts == 0)
		return;
	desc_key(o, row->key);
	for (size_t i = 0; i < o->sa->nts; i++) {
		const struct selector *s = &o->sa->ts[i];
		const char *proto = selector_proto_name(s->proto);

		fputs(i == 0 ? "[{" : ",{", o->to);
		inner.first = true;
		write_ranges(&inner, "src", s->src, s->nsrc);
		write_ranges(&inner, "dst", s->dst, s->ndst);
		if (proto != NULL) {
			desc_key(&inner, "proto");
			desc_text(o->to, proto);
		} else {
			write_small(&inner, "proto", s->proto);
		}
		write_port(&inner, "sport", s->sport_set, s->sport_opaque, s->sport);
		write_port(&inner, "dport", s->dport_set, s->dport_opaque, s->dport);
		write_small(&inner, "type", s->icmp_type);
		write_small(&inner, "code", s->icmp_code);
		fputc('}', o->to);
	}
	fputc(']', o->to);
}
