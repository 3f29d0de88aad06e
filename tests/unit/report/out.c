/* out_json.c and out_text.c: the same calls, seen by programs and by people. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "report/out_json.h"
#include "report/out_text.h"

static void proposal(struct out *o)
{
	static const uint8_t bytes[] = { 0xc1, 0xd2, 0xe3, 0xf4, 0x05 };

	out_object(o, NULL);
	out_head(o, "payload", "SA");
	out_number(o, "length", 48);
	out_flag(o, "critical", false);
	out_list(o, "proposals");
	out_object(o, NULL);
	out_number(o, "proposal", 1);
	out_code_head(o, "protocol", 3, "ESP");
	out_bytes(o, "spi", (struct span){ bytes, sizeof bytes });
	out_list(o, "transforms");
	out_object(o, NULL);
	out_code(o, "id", 77, NULL);
	out_end(o);
	out_end(o);
	out_end(o);
	out_end(o);
	out_list(o, "methods");
	out_code(o, NULL, 1, "A");
	out_code(o, NULL, 2, NULL);
	out_end(o);
	out_text(o, "name", "a \"b\"\033[2J");
	out_flag(o, "last", true);
	out_number(o, "big", UINT64_MAX);
	out_end(o);
}

static char *shown(bool json, size_t cut)
{
	struct out_json j;
	struct out_text t;
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	out_json_init(&j, to);
	out_text_init(&t, to, 2, cut);
	proposal(json ? &j.out : &t.out);
	fclose(to);
	return text;
}

Test(out, json)
{
	char *text = shown(true, 0);

	cr_expect_str_eq(text, "{\"payload\":\"SA\",\"length\":48,\"critical\":false,\"proposals\":[{\"proposal\":1,"
	    "\"protocol\":\"ESP\",\"protocol_id\":3,\"spi\":\"c1d2e3f405\",\"transforms\":[{\"id\":\"unknown (77)\","
	    "\"id_id\":77}]}],\"methods\":[\"A\",\"unknown (2)\"],\"name\":\"a \\\"b\\\"\\u001b[2J\","
	    "\"last\":true,\"big\":\"0xffffffffffffffff\"}");
	free(text);
}

Test(out, text)
{
	char *text = shown(false, 4);

	cr_expect_str_eq(text,
	    "  SA length 48\n"
	    "      proposal 1 ESP spi c1d2e3f4... (5 octets)\n"
	    "          id unknown (77)\n"
	    "      methods A, unknown (2) name \"a \"b\"\\x1b[2J\" last big 18446744073709551615\n");
	free(text);
}
