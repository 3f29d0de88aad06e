#include "report/out_text.h"

#include <assert.h>
#include <inttypes.h>

#include "base/text.h"

enum { STEP = 4 };

static struct out_text *text_of(struct out *o)
{
	return (struct out_text *)o;
}

static uint32_t level(const struct out_text *t)
{
	return (uint32_t)1 << t->depth;
}

static void line(struct out_text *t)
{
	if (t->begun)
		putc('\n', t->to);
	fprintf(t->to, "%*s", (int)(t->indent + STEP * t->objects), "");
	t->begun = t->below = false;
}

/* What stands before a value: a new line, a blank or a comma, and the key; a list's key comes
 * with its first value. */
static void begin(struct out_text *t, const char *key)
{
	bool list = t->list & level(t);

	if (t->below)
		line(t);
	if (list && (t->some & level(t)))
		putc(',', t->to);
	if (t->begun)
		putc(' ', t->to);
	if (list)
		key = (t->some & level(t)) ? NULL : t->key[t->depth];
	if (key != NULL)
		fprintf(t->to, "%s ", key);
	t->begun = true;
	t->some |= level(t);
}

static void put_open(struct out *o, const char *key, bool list)
{
	struct out_text *t = text_of(o);

	assert(t->depth + 1 < OUT_DEPTH);
	if (!list) {
		line(t);
		if (key != NULL && !(t->list & level(t))) {
			fputs(key, t->to);
			t->begun = true;
		}
		t->objects++;
	}
	t->depth++;
	t->some &= ~level(t);
	t->list = list ? t->list | level(t) : t->list & ~level(t);
	t->key[t->depth] = list ? key : NULL;
}

static void put_close(struct out *o)
{
	struct out_text *t = text_of(o);

	assert(t->depth > 0);
	if (!(t->list & level(t))) {
		t->objects--;
		t->begun = t->below = true;
	}
	t->depth--;
	if (t->depth == 0) {
		putc('\n', t->to);
		t->begun = t->below = false;
	}
}

/* A word stands as it is. */
static bool is_word(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == ',')
			return false;
	return s.n > 0;
}

static void put_text(struct out *o, const char *key, struct span text)
{
	struct out_text *t = text_of(o);
	const char *quote = is_word(text) ? "" : "\"";

	begin(t, key);
	fputs(quote, t->to);
	esc_text(t->to, (const char *)text.p, text.n);
	fputs(quote, t->to);
}

static void put_name(struct out *o, const char *key, const char *name, bool head)
{
	struct out_text *t = text_of(o);

	begin(t, head ? NULL : key);
	fputs(name, t->to);
}

static void put_code(struct out *o, const char *key, uint64_t id, const char *name, bool head)
{
	struct out_text *t = text_of(o);

	if (name != NULL) {
		put_name(o, key, name, head);
		return;
	}
	begin(t, key);				/* a bare number needs to be told what it is */
	fprintf(t->to, "unknown (%" PRIu64 ")", id);
}

static void put_number(struct out *o, const char *key, uint64_t v)
{
	struct out_text *t = text_of(o);

	begin(t, key);
	fprintf(t->to, "%" PRIu64, v);
}

static void put_bytes(struct out *o, const char *key, struct span s)
{
	struct out_text *t = text_of(o);
	size_t n = t->cut != 0 && s.n > t->cut ? t->cut : s.n;

	begin(t, key);
	hex_write(t->to, (struct span){ s.p, n });
	if (n < s.n)
		fprintf(t->to, "... (%zu octets)", s.n);
	else if (n == 0)
		fputs("(empty)", t->to);
}

static void put_flag(struct out *o, const char *key, bool v)
{
	struct out_text *t = text_of(o);

	if (!v)
		return;
	begin(t, NULL);
	fputs(key != NULL ? key : "yes", t->to);
}

static const struct out_ops ops = {
	.open = put_open, .close = put_close, .text = put_text, .name = put_name,
	.code = put_code, .number = put_number, .bytes = put_bytes, .flag = put_flag,
};

void out_text_init(struct out_text *t, FILE *to, unsigned indent, size_t cut)
{
	*t = (struct out_text){ .out = { &ops }, .to = to, .indent = indent, .cut = cut };
}
