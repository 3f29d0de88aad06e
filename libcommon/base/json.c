#include "base/json.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

/* The size stands in front of each block, so that free can wipe all of it. */
union head { size_t n; max_align_t align; };

static void *wiping_malloc(size_t n)
{
	union head *h;

	if (n > SIZE_MAX - sizeof *h || (h = malloc(sizeof *h + n)) == NULL)
		return NULL;
	h->n = n;
	return h + 1;
}

static void wiping_free(void *p)
{
	union head *h = p;

	if (p == NULL)
		return;
	h--;
	wipe(h, sizeof *h + h->n);
	free(h);
}

/* Characters, not bytes: what an editor shows. */
static size_t column_at(const struct jdoc *d, size_t byte)
{
	size_t column = 1;

	for (size_t i = 0; i < byte && i < d->n; i++)
		if (((unsigned char)d->text[i] & 0xc0) != 0x80)
			column++;
	return column;
}

/* The end of the string whose opening quote is at i. */
static size_t skip_string(const struct jdoc *d, size_t i)
{
	for (i++; i < d->n && d->text[i] != '"'; i++)
		if (d->text[i] == '\\')
			i++;
	return i < d->n ? i + 1 : d->n;
}

static size_t skip_blank(const struct jdoc *d, size_t i)
{
	while (i < d->n && strchr(" \t\r\n", d->text[i]) != NULL)
		i++;
	return i;
}

/* The end of the value at i; the text is known to be JSON. */
static size_t skip_value(const struct jdoc *d, size_t i)
{
	unsigned depth = 0;

	while (i < d->n) {
		char c = d->text[i];

		if (depth == 0 && strchr(",]} \t\r\n", c) != NULL)
			break;
		if (c == '"') {
			i = skip_string(d, i);
		} else {
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
			i++;
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			break;
	}
	return i;
}

/* Where v's key and value start.  jansson keeps members in order, so counting finds them. */
static size_t find(const struct jval *v, size_t *key)
{
	const struct jdoc *d = v->doc;
	size_t i;

	if (v->up == NULL)
		return *key = skip_blank(d, 0);
	i = skip_blank(d, find(v->up, key) + 1);
	for (size_t k = 0; ; k++) {
		*key = i;
		if (v->key != NULL)
			i = skip_blank(d, skip_blank(d, skip_string(d, i)) + 1);
		if (k == v->index || i >= d->n)
			return i;
		i = skip_blank(d, skip_blank(d, skip_value(d, i)) + 1);
	}
}

/* jansson counts the depth to 2048 of its own frames; ours stops long before. */
static int check_depth(struct jdoc *d, struct err *e)
{
	int depth = 0;

	for (size_t i = 0; i < d->n; i++) {
		char c = d->text[i];

		if (c == '"')
			i = skip_string(d, i) - 1;
		else if ((c == '{' || c == '[') && ++depth > JSON_DEPTH) {
			d->column = column_at(d, i);
			return err_set(e, "JSON is nested more than %d levels deep", JSON_DEPTH);
		} else if (c == '}' || c == ']')
			depth--;
	}
	return 0;
}

/* jansson's reason without "near '...'", which may quote a key. */
static int parse_error(struct jdoc *d, json_error_t *je, struct err *e)
{
	char *near = strstr(je->text, " near ");
	size_t at = je->position > 0 ? (size_t)je->position - 1 : 0;

	if (near != NULL)
		*near = '\0';
	d->column = column_at(d, at < d->n ? at : d->n);
	switch (json_error_code(je)) {
	case json_error_premature_end_of_input:
		err_set(e, "JSON breaks off, wanted one whole object in a line");
		break;
	case json_error_numeric_overflow:
		err_set(e, "number is too big, write it as a string \"0x...\"");
		break;
	default:
		err_set(e, "not JSON: %s", je->text);
	}
	wipe(je, sizeof *je);
	return -1;
}

int jdoc_parse(struct jdoc *d, const char *text, size_t n, struct err *e)
{
	json_error_t je;

	*d = (struct jdoc){ .text = text, .n = n };
	if (check_depth(d, e) < 0)
		return -1;
	json_set_alloc_funcs(wiping_malloc, wiping_free);
	d->root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
	return d->root == NULL ? parse_error(d, &je, e) : 0;
}

void jdoc_clear(struct jdoc *d)
{
	if (d == NULL)
		return;
	json_decref(d->root);
	*d = (struct jdoc){ 0 };
}

struct jval jdoc_root(struct jdoc *d)
{
	return (struct jval){ .doc = d, .value = d->root };
}

enum jkind jval_kind(const struct jval *v)
{
	if (v->value == NULL)
		return J_ABSENT;
	switch (json_typeof((json_t *)v->value)) {
	case JSON_OBJECT:
		return J_OBJECT;
	case JSON_ARRAY:
		return J_ARRAY;
	case JSON_STRING:
		return J_STRING;
	case JSON_INTEGER:
		return J_INTEGER;
	case JSON_REAL:
		return J_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return J_BOOL;
	default:
		return J_NULL;
	}
}

struct jval jval_get(const struct jval *object, const char *key)
{
	struct jval m = { 0 };

	if (json_object_get(object->value, key) != NULL)
		while (jval_next(object, &m))
			if (strcmp(m.key, key) == 0)
				return m;
	return (struct jval){ .doc = object->doc, .up = object, .key = key };
}

bool jval_next(const struct jval *object, struct jval *member)
{
	bool first = member->iter == NULL;
	void *iter = first ? json_object_iter(object->value)
			   : json_object_iter_next(object->value, member->iter);

	if (iter == NULL)
		return false;
	*member = (struct jval){
		.doc = object->doc, .up = object, .value = json_object_iter_value(iter),
		.key = json_object_iter_key(iter), .index = first ? 0 : member->index + 1,
		.iter = iter,
	};
	return true;
}

struct jval jval_at(const struct jval *array, size_t i)
{
	return (struct jval){ .doc = array->doc, .up = array, .index = i,
		.value = json_array_get(array->value, i) };
}

size_t jval_count(const struct jval *array)
{
	return json_array_size(array->value);
}

const char *jval_text(const struct jval *v, size_t *n)
{
	if (n != NULL)
		*n = json_string_length(v->value);
	return json_string_value(v->value);
}

int jval_uint(const struct jval *v, uint64_t *out, uint64_t min, uint64_t max, struct err *e)
{
	json_int_t i = json_integer_value(v->value);
	size_t n;
	const char *text = jval_text(v, &n);

	if (text != NULL)
		return uint_parse(out, text, n, min, max, e) < 0 ? jval_blame(v, e) : 0;
	if (jval_kind(v) != J_INTEGER) {
		err_set(e, "wanted a number, or a string with one");
		return jval_blame(v, e);
	}
	if (i < 0 || (uint64_t)i < min || (uint64_t)i > max) {
		err_set(e, "found %lld, wanted %llu to %llu", (long long)i,
		    (unsigned long long)min, (unsigned long long)max);
		return jval_blame(v, e);
	}
	*out = (uint64_t)i;
	return 0;
}

int jval_bool(const struct jval *v, bool *out, struct err *e)
{
	if (jval_kind(v) != J_BOOL) {
		err_set(e, "wanted true or false");
		return jval_blame(v, e);
	}
	*out = json_is_true((json_t *)v->value);
	return 0;
}

/* Well-formed UTF-8 (jansson has checked) to \u escapes, with surrogates above U+FFFF. */
static size_t put_escaped(FILE *to, const unsigned char *p)
{
	size_t len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	unsigned u = p[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		u = u << 6 | (p[i] & 0x3fu);
	if (len == 4) {
		fprintf(to, "\\u%04x", 0xd800 + ((u - 0x10000) >> 10));
		u = 0xdc00 + ((u - 0x10000) & 0x3ff);
	}
	fprintf(to, "\\u%04x", u);
	return len;
}

int jval_raw(const struct jval *v, bool with_key, char **out, size_t *len, struct err *e)
{
	size_t key, i = find(v, &key), end = skip_value(v->doc, i), size = 0;
	char *buf = NULL;
	FILE *to = open_memstream(&buf, &size);

	if (to == NULL)
		return err_nomem(e);
	if (*out != NULL)
		fwrite(*out, 1, *len, to);
	if (with_key)
		i = key;
	while (i < end) {
		unsigned char c = (unsigned char)v->doc->text[i];

		if (c >= 0x80) {
			i += put_escaped(to, (const unsigned char *)v->doc->text + i);
			continue;
		}
		if (c == 0x7f)
			fputs("\\u007f", to);
		else
			fputc(c, to);
		i++;
	}
	if (fclose(to) != 0) {
		free(buf);
		return err_nomem(e);
	}
	free(*out);
	*out = buf;
	*len = size;
	return 0;
}

int jval_err(const struct jval *v, struct err *e, const char *fmt, ...)
{
	va_list ap;
	size_t key;

	e->kind = ERR_INPUT;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	v->doc->column = column_at(v->doc, find(v, &key));
	return -1;
}

int jval_blame(const struct jval *v, struct err *e)
{
	const struct jval *named = v;
	size_t key;

	while (named != NULL && named->key == NULL)
		named = named->up;
	if (named != NULL)
		err_in(e, "%s", named->key);
	v->doc->column = column_at(v->doc, find(v, &key));
	return -1;
}

int jval_blame_key(const struct jval *v)
{
	size_t key;

	find(v, &key);
	v->doc->column = column_at(v->doc, key);
	return -1;
}
