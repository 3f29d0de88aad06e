#include "report/out_json.h"

#include <assert.h>
#include <inttypes.h>

#include "base/text.h"

static struct out_json *json(struct out *o)
{
	return (struct out_json *)o;
}

/* "KEYSUFFIX": as it comes thirty times a message, not by fprintf(). */
static void put_key(FILE *to, const char *key, const char *suffix)
{
	putc('"', to);
	fputs(key, to);
	if (suffix[0] != '\0')
		fputs(suffix, to);
	fputs("\":", to);
}

static void put_decimal(FILE *to, uint64_t v)
{
	char text[20];			/* digits of 2^64 - 1 */
	size_t at = sizeof text;

	do
		text[--at] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	fwrite(text + at, 1, sizeof text - at, to);
}

/* Comma and key of an entry of what is open. */
static void begin(struct out_json *j, const char *key, const char *suffix)
{
	uint32_t bit = (uint32_t)1 << j->depth;

	if (j->some & bit)
		putc(',', j->to);
	j->some |= bit;
	if (key != NULL && !(j->list & bit))
		put_key(j->to, key, suffix);
}

static void put_open(struct out *o, const char *key, bool list)
{
	struct out_json *j = json(o);
	uint32_t bit;

	assert(j->depth + 1 < OUT_DEPTH);
	if (j->depth > 0)
		begin(j, key, "");
	j->depth++;
	bit = (uint32_t)1 << j->depth;
	j->some &= ~bit;
	j->list = list ? j->list | bit : j->list & ~bit;
	putc(list ? '[' : '{', j->to);
}

static void put_close(struct out *o)
{
	struct out_json *j = json(o);

	assert(j->depth > 0);
	putc(j->list & (uint32_t)1 << j->depth ? ']' : '}', j->to);
	j->depth--;
}

static void put_text(struct out *o, const char *key, struct span text)
{
	struct out_json *j = json(o);

	begin(j, key, "");
	putc('"', j->to);
	esc_json(j->to, (const char *)text.p, text.n);
	putc('"', j->to);
}

static void put_name(struct out *o, const char *key, const char *name, bool head)
{
	(void)head;
	put_text(o, key, (struct span){ (const uint8_t *)name, strlen(name) });
}

static void put_number(struct out *o, const char *key, uint64_t v)
{
	struct out_json *j = json(o);

	begin(j, key, "");
	if (v > (uint64_t)1 << 53)
		fprintf(j->to, "\"0x%" PRIx64 "\"", v);
	else
		put_decimal(j->to, v);
}

static void put_code(struct out *o, const char *key, uint64_t id, const char *name, bool head)
{
	struct out_json *j = json(o);
	bool list = j->list & (uint32_t)1 << j->depth;

	if (name != NULL) {
		put_name(o, key, name, head);
	} else {
		begin(j, key, "");
		fprintf(j->to, "\"unknown (%" PRIu64 ")\"", id);
	}
	if (!list) {				/* a list keeps one entry a value */
		begin(j, key, "_id");
		put_decimal(j->to, id);
	}
}

static void put_bytes(struct out *o, const char *key, struct span s)
{
	struct out_json *j = json(o);

	begin(j, key, "");
	putc('"', j->to);
	hex_write(j->to, s);
	putc('"', j->to);
}

static void put_flag(struct out *o, const char *key, bool v)
{
	struct out_json *j = json(o);

	begin(j, key, "");
	fputs(v ? "true" : "false", j->to);
}

static const struct out_ops ops = {
	.open = put_open, .close = put_close, .text = put_text, .name = put_name,
	.code = put_code, .number = put_number, .bytes = put_bytes, .flag = put_flag,
};

void out_json_init(struct out_json *j, FILE *to)
{
	*j = (struct out_json){ .out = { &ops }, .to = to };
}
