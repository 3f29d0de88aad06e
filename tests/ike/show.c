/*
 * ike-show [text]: IKE messages, a line of hex each on stdin, as JSON lines (or text), with what decoding
 * and encoding again gave: "same".  A line may go on with the type of the first inner payload and the hex
 * of what was encrypted.  For tests: the codec without keys and captures around it.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/message.h"
#include "ike/rules.h"
#include "report/out_json.h"
#include "report/out_text.h"

enum { ROOM = 70000 };

static bool same_chain(const struct ike_payloads *ps, uint8_t first, struct span plain)
{
	static uint8_t buf[ROOM];
	struct wr w = wr_of(buf, sizeof buf);
	uint8_t made = ike_payloads_encode(ps, &w);

	wr_span(&w, ps->rest);
	return made == first && wr_ok(&w) && w.n == plain.n && memcmp(buf, plain.p, plain.n) == 0;
}

static bool same(const struct ike_message *m, uint8_t first, struct span plain)
{
	static uint8_t buf[ROOM];
	struct wr w = wr_of(buf, sizeof buf);
	struct err e;

	if (m->opened && !same_chain(&m->inner, first, plain))
		return false;
	return ike_message_encode(m, &w, &e) == 0 && w.n == m->wire.n &&
	    memcmp(buf, m->wire.p, w.n) == 0;
}

static void show(struct out *o, const struct ike_message *m, uint8_t first, struct span plain)
{
	out_object(o, NULL);
	ike_message_show(o, m);
	out_flag(o, "same", same(m, first, plain));
	out_end(o);
}

static int one(char *line, bool as_text)
{
	static uint8_t wire[ROOM], inner[ROOM];
	char *second = strchr(line, ' '), *third = second != NULL ? strchr(second + 1, ' ') : NULL;
	size_t n, k = 0;
	struct ike_message m;
	struct out_json json;
	struct out_text text;
	struct err e;
	int rc = 0;

	ike_message_init(&m);
	if (second != NULL)
		*second++ = '\0';
	if (hex_parse(wire, sizeof wire, &n, line, strlen(line), &e) < 0 ||
	    (third != NULL && hex_parse(inner, sizeof inner, &k, third + 1, strlen(third + 1), &e) < 0)) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	if (ike_message_decode(&m, (struct span){ wire, n }, &e) < 0) {
		printf("{\"error\":\"%s\"}\n", e.text);
		goto out;
	}
	if (third != NULL &&
	    ike_message_open(&m, (uint8_t)atoi(second), (struct span){ inner, k }, &e) < 0)
		rc = -1;
	ike_rules_check(&m);
	out_json_init(&json, stdout);
	out_text_init(&text, stdout, 0, 32);
	show(as_text ? &text.out : &json.out, &m, third != NULL ? (uint8_t)atoi(second) : 0,
	    (struct span){ inner, k });
	putchar('\n');
out:
	ike_message_clear(&m);
	return rc;
}

int main(int argc, char **argv)
{
	bool as_text = argc > 1 && strcmp(argv[1], "text") == 0;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		rc = one(line, as_text);
	}
	free(line);
	return rc < 0 ? 1 : 0;
}
