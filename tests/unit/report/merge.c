#include "report/merge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void line(struct merge *g, const char *text)
{
	size_t column;
	struct err e;

	cr_assert_eq(merge_line(g, text, strlen(text), &column, &e), 0, "%s: %s", text, e.text);
}

/* Shares hold more together than a report does: the rest is counted, and no reason to fail. */
Test(merge, more_than_a_report_holds)
{
	enum { MOST = 1 << 16, MORE = 10 };
	char text[400], *out = NULL;
	struct err e;
	struct merge *g = merge_new(&e);
	size_t n;
	FILE *to;

	cr_assert_not_null(g);
	line(g, "{\"type\":\"event\",\"event\":\"capture\",\"file\":\"x\",\"shard\":\"1/1\",\"packets\":1,\"bytes\":1,\"ike\":0,\"esp\":1,\"ah\":0,"
	    "\"keepalives\":0,\"other\":0}");
	for (unsigned i = 0; i < MOST + MORE; i++) {
		snprintf(text, sizeof text, "{\"type\":\"event\",\"event\":\"peer\",\"addr\":\"10.%u.%u.%u\",\"packets\":1,\"bytes\":1,\"ike_packets\":0,"
		    "\"ike_bytes\":0}", i >> 16, i >> 8 & 255, i & 255);
		line(g, text);
		snprintf(text, sizeof text, "{\"type\":\"event\",\"event\":\"sa\",\"proto\":\"esp\",\"spi\":\"0x%08x\",\"src\":\"10.0.0.1\","
		    "\"dst\":\"10.0.0.2\",\"packets\":3,\"bytes\":1}", i + 256);
		line(g, text);
	}
	cr_assert_eq(merge_end(g, &e), 0, "%s", e.text);
	to = open_memstream(&out, &n);
	merge_json(to, g);
	fclose(to);
	cr_expect_not_null(strstr(out, "\"dropped_sas\":30,\"dropped_peers\":10}"), "%.300s", out);
	free(out);
	merge_free(g);
}
