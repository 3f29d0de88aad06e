#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sa/desc_row.h"

static const struct name encaps[] = {
	{ SA_ENCAP_UDP, "udp" }, { SA_ENCAP_TCP, "tcp" }, { 0, NULL },
};

static int read_port(const struct jval *v, uint16_t *port, struct err *e)
{
	uint64_t n = 0;

	if (v->value != NULL && jval_uint(v, &n, 0, UINT16_MAX, e) < 0)
		return -1;
	*port = (uint16_t)n;
	return 0;
}

static int read_addr(const struct jval *v, struct addr *a, struct err *e)
{
	size_t n;
	const char *text = jval_text(v, &n);

	if (v->value == NULL)
		return 0;
	if (text == NULL)
		return jval_err(v, e, "%s: wanted an address as a string", v->key);
	return addr_parse(a, text, n, e) < 0 ? jval_blame(v, e) : 0;
}

int desc_read_encap(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	static const char *const keys[] = { "type", "sport", "dport", "oa_src", "oa_dst", NULL };
	struct sa_encap *encap = &in->sa->encap;
	struct jval type, sport, dport, oa_src, oa_dst;
	uint32_t id;

	(void)row;
	if (desc_object(v, e) < 0 || desc_only(v, keys, e) < 0)
		return -1;
	type = jval_get(v, "type");
	sport = jval_get(v, "sport");
	dport = jval_get(v, "dport");
	oa_src = jval_get(v, "oa_src");
	oa_dst = jval_get(v, "oa_dst");
	if (type.value == NULL)
		return jval_err(v, e, "encap: wanted a type, \"udp\" or \"tcp\"");
	if (desc_word(&type, encaps, &id, e) < 0)
		return -1;
	encap->type = (enum sa_encap_type)id;
	if (read_port(&sport, &encap->sport, e) < 0 || read_port(&dport, &encap->dport, e) < 0 ||
	    read_addr(&oa_src, &encap->oa_src, e) < 0 || read_addr(&oa_dst, &encap->oa_dst, e) < 0)
		return -1;
	return 0;
}

void desc_write_encap(struct desc_out *o, const struct desc_row *row)
{
	const struct sa_encap *encap = &o->sa->encap;
	char text[ADDR_TEXT];

	if (encap->type == SA_ENCAP_NONE)
		return;
	desc_key(o, row->key);
	fprintf(o->to, "{\"type\":\"%s\"", encap->type == SA_ENCAP_UDP ? "udp" : "tcp");
	if (encap->sport != 0)
		fprintf(o->to, ",\"sport\":%u", encap->sport);
	if (encap->dport != 0)
		fprintf(o->to, ",\"dport\":%u", encap->dport);
	if (encap->oa_src.family != 0)
		fprintf(o->to, ",\"oa_src\":\"%s\"", addr_format(text, &encap->oa_src));
	if (encap->oa_dst.family != 0)
		fprintf(o->to, ",\"oa_dst\":\"%s\"", addr_format(text, &encap->oa_dst));
	fputc('}', o->to);
}

static int read_limits(const struct jval *life, const char *key, struct sa_limits *l,
    struct err *e)
{
	static const char *const keys[] = { "s", "bytes", "packets", NULL };
	struct jval v = jval_get(life, key);
	uint64_t *const at[] = { &l->s, &l->bytes, &l->packets };

	if (v.value == NULL)
		return 0;
	if (desc_object(&v, e) < 0 || desc_only(&v, keys, e) < 0)
		return -1;
	for (size_t i = 0; keys[i] != NULL; i++) {
		struct jval m = jval_get(&v, keys[i]);

		if (m.value != NULL && jval_uint(&m, at[i], 0, UINT64_MAX, e) < 0)
			return -1;
	}
	return 0;
}

int desc_read_life(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	static const char *const keys[] = { "soft", "hard", "used", NULL };

	(void)row;
	if (desc_object(v, e) < 0 || desc_only(v, keys, e) < 0 ||
	    read_limits(v, "soft", &in->sa->soft, e) < 0 ||
	    read_limits(v, "hard", &in->sa->hard, e) < 0 ||
	    read_limits(v, "used", &in->sa->used, e) < 0)
		return -1;
	in->sa->life_known = true;
	return 0;
}

static void write_limits(struct desc_out *o, const char *key, const struct sa_limits *l)
{
	const struct { const char *key; uint64_t v; } parts[] = {
		{ "s", l->s }, { "bytes", l->bytes }, { "packets", l->packets },
	};
	struct desc_out inner = *o;

	if (l->s == 0 && l->bytes == 0 && l->packets == 0)
		return;
	desc_key(o, key);
	fputc('{', o->to);
	inner.first = true;
	for (size_t i = 0; i < 3; i++)
		if (parts[i].v != 0) {
			desc_key(&inner, parts[i].key);
			desc_uint(o->to, parts[i].v);
		}
	fputc('}', o->to);
}

void desc_write_life(struct desc_out *o, const struct desc_row *row)
{
	struct desc_out inner = *o;

	if (!o->sa->life_known)
		return;
	desc_key(o, row->key);
	fputc('{', o->to);
	inner.first = true;
	write_limits(&inner, "soft", &o->sa->soft);
	write_limits(&inner, "hard", &o->sa->hard);
	write_limits(&inner, "used", &o->sa->used);
	fputc('}', o->to);
}

static int read_text(const struct jval *v, char **out, struct err *e)
{
	const char *text = jval_text(v, NULL);

	if (v->value == NULL)
		return 0;
	if (text == NULL)
		return jval_err(v, e, "%s: wanted a string", v->key);
	if ((*out = strdup(text)) == NULL)
		return err_nomem(e);
	return 0;
}

int desc_read_origin(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	static const char *const keys[] = { "format", "file", "line", NULL };
	struct jval format, file, line;

	(void)row;
	if (desc_object(v, e) < 0 || desc_only(v, keys, e) < 0)
		return -1;
	format = jval_get(v, "format");
	file = jval_get(v, "file");
	line = jval_get(v, "line");
	if (read_text(&format, &in->sa->origin_format, e) < 0 ||
	    read_text(&file, &in->sa->origin_file, e) < 0)
		return -1;
	if (line.value != NULL)
		return jval_uint(&line, &in->sa->origin_line, 0, UINT64_MAX, e);
	return 0;
}

void desc_write_origin(struct desc_out *o, const struct desc_row *row)
{
	const struct sa *sa = o->sa;
	struct desc_out inner = *o;

	if (sa->origin_format == NULL && sa->origin_file == NULL && sa->origin_line == 0)
		return;
	desc_key(o, row->key);
	fputc('{', o->to);
	inner.first = true;
	if (sa->origin_format != NULL) {
		desc_key(&inner, "format");
		desc_text(o->to, sa->origin_format);
	}
	if (sa->origin_file != NULL) {
		desc_key(&inner, "file");
		desc_text(o->to, sa->origin_file);
	}
	if (sa->origin_line != 0) {
		desc_key(&inner, "line");
		desc_uint(o->to, sa->origin_line);
	}
	fputc('}', o->to);
}

/* A list of keys; one string with commas says the same. */
int desc_read_guessed(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	FILE *to;
	size_t n = 0;

	if (jval_kind(v) == J_STRING)
		return read_text(v, &in->sa->guessed, e);
	if (jval_kind(v) != J_ARRAY)
		return jval_err(v, e, "%s: wanted a list of keys", row->key);
	for (size_t i = 0; i < jval_count(v); i++) {
		struct jval item = jval_at(v, i);

		if (jval_kind(&item) != J_STRING)
			return jval_err(&item, e, "%s: wanted a key's name as a string", row->key);
	}
	if ((to = open_memstream(&in->sa->guessed, &n)) == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < jval_count(v); i++) {
		struct jval item = jval_at(v, i);

		fprintf(to, "%s%s", i > 0 ? "," : "", jval_text(&item, NULL));
	}
	return fclose(to) != 0 ? err_nomem(e) : 0;
}

void desc_write_guessed(struct desc_out *o, const struct desc_row *row)
{
	const char *p = o->sa->guessed;

	if (p == NULL)
		return;
	desc_key(o, row->key);
	for (char lead = '['; *p != '\0'; lead = ',') {
		size_t n = strcspn(p, ",");

		fprintf(o->to, "%c\"", lead);
		esc_json(o->to, p, n);
		fputc('"', o->to);
		p += n + (p[n] == ',');
	}
	fputs(*o->sa->guessed == '\0' ? "[]" : "]", o->to);
}

/* "0xV/0xM", as ip xfrm has it, or a value under the whole mask. */
int desc_read_mark(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	size_t n;
	const char *text = jval_text(v, &n), *slash = text != NULL ? memchr(text, '/', n) : NULL;
	uint64_t mark, mask = UINT32_MAX;

	(void)row;
	if (slash == NULL) {
		if (jval_uint(v, &mark, 0, UINT32_MAX, e) < 0)
			return -1;
	} else if (uint_parse(&mark, text, (size_t)(slash - text), 0, UINT32_MAX, e) < 0 ||
	    uint_parse(&mask, slash + 1, n - (size_t)(slash - text) - 1, 0, UINT32_MAX, e) < 0) {
		return jval_blame(v, e);
	}
	in->sa->mark = (uint32_t)mark;
	in->sa->mark_mask = (uint32_t)mask;
	in->sa->mark_known = true;
	return 0;
}

void desc_write_mark(struct desc_out *o, const struct desc_row *row)
{
	if (!o->sa->mark_known)
		return;
	desc_key(o, row->key);
	fprintf(o->to, "\"0x%x/0x%x\"", o->sa->mark, o->sa->mark_mask);
}
