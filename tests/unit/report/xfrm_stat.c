#include <criterion/criterion.h>
#include <string.h>

#include "report/xfrm_stat.h"

/* net/xfrm/xfrm_proc.c of Linux 6.1, in its order. */
static const char *const linux_6_1[] = {
	"XfrmInError", "XfrmInBufferError", "XfrmInHdrError", "XfrmInNoStates", "XfrmInStateProtoError",
	"XfrmInStateModeError", "XfrmInStateSeqError", "XfrmInStateExpired", "XfrmInStateMismatch", "XfrmInStateInvalid",
	"XfrmInTmplMismatch", "XfrmInNoPols", "XfrmInPolBlock", "XfrmInPolError", "XfrmOutError", "XfrmOutBundleGenError",
	"XfrmOutBundleCheckError", "XfrmOutNoStates", "XfrmOutStateProtoError", "XfrmOutStateModeError",
	"XfrmOutStateSeqError", "XfrmOutStateExpired", "XfrmOutPolBlock", "XfrmOutPolDead", "XfrmOutPolError",
	"XfrmFwdHdrError", "XfrmOutStateInvalid", "XfrmAcquireError",
};

Test(xfrm_stat, has_every_counter)
{
	for (size_t i = 0; i < sizeof linux_6_1 / sizeof linux_6_1[0]; i++)
		cr_expect_str_eq(xfrm_stat_name(i), linux_6_1[i]);
}

/* Each row speaks of itself, with the number. */
Test(xfrm_stat, rows_are_worded)
{
	const char *name;
	char text[128];
	struct err e;

	for (size_t i = 0; (name = xfrm_stat_name(i)) != NULL; i++) {
		struct findings f = { 0 };

		snprintf(text, sizeof text, "%-24s\t%d\n", name, 4711);
		cr_assert_eq(xfrm_stat_read(&f, text, strlen(text), "t", &e), 0);
		cr_assert_eq(f.n, 1, "%s", name);
		cr_expect_eq(strncmp(f.list[0].text, name, strlen(name)), 0, "%s", f.list[0].text);
		cr_expect_not_null(strstr(f.list[0].text, "4711"), "%s", f.list[0].text);
		cr_expect_not_null(f.list[0].advice);
		cr_expect_str_neq(f.list[0].id, "xfrm-unknown");
		findings_clear(&f);
	}
}

static const struct { const char *text; int n; const char *what; } rows[] = {
	{ "XfrmInError 0\nXfrmInNoStates\t\t3\n", 1, "XfrmInNoStates 3: " },
	{ "$ cat /proc/net/xfrm_stat\r\nXfrmInError 1\r\n", 1, "XfrmInError 1: " },
	{ "XfrmNew 18446744073709551615", 1, "XfrmNew 18446744073709551615: " },
	{ "XfrmInError 0\nXfrmInError x\nXfrmInError\nXfrmInError -1\n", 0, "" },
	{ "XfrmInError 0\nXfrmInError 18446744073709551616", 0, "" },
	{ "", -1, "t: found no counter" }, { "hello 3\n", -1, "t: found no counter" },
};

Test(xfrm_stat, reads)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct findings f = { 0 };
		struct err e;
		int rc = xfrm_stat_read(&f, rows[i].text, strlen(rows[i].text), "t", &e);

		cr_expect_eq(rc < 0 ? -1 : (int)f.n, rows[i].n, "row %zu", i);
		if (rows[i].n != 0)
			cr_expect_eq(strncmp(rc < 0 ? e.text : f.list[0].text, rows[i].what, strlen(rows[i].what)), 0);
		findings_clear(&f);
	}
}
