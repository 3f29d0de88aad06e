#include <criterion/criterion.h>
#include <stdlib.h>

#include "load.h"

/* What the row wrote, and what it said of each set. */
static char *written(const struct keylog *k, const char *version, const struct loaded *l)
{
	struct format_out o = { 0 };
	char *out = NULL;
	struct err e;
	size_t n;

	o.to = open_memstream(&out, &n);
	if (version != NULL)
		cr_assert_eq(format_out_version(&o, k->format, version, &e), 0);
	for (size_t i = 0; i < l->ring.n; i++) {
		int rc = keylog_write(&o, k, l->ring.sets[i], &e);

		if (rc != 0)
			fprintf(o.to, "%s: %s\n", rc < 0 ? "left out" : "remark", e.text);
	}
	fclose(o.to);
	return out;
}

/* tests/ike/write.json in every form is tests/ike/write-NAME.want (UPDATE=1 writes it). */
Test(keylog, files)
{
	const struct keylog *k;
	struct loaded l;
	char *text;
	size_t n;

	text = load_file("tests/ike/write.json", &n);
	load(&l, text, n, n);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	for (size_t i = 0; (k = keylog_row(i)) != NULL; i++) {
		char path[128], *got = written(k, NULL, &l), *want;

		snprintf(path, sizeof path, "tests/ike/write-%s.want", k->format->name);
		want = load_file(path, &n);
		if (getenv("UPDATE") != NULL) {
			FILE *f = fopen(path, "w");

			fputs(got, f);
			fclose(f);
		} else {
			cr_assert_not_null(want, "%s", path);
			cr_expect_str_eq(got, want, "%s", k->format->name);
		}
		free(want);
		free(got);
	}
	unload(&l);
	free(text);
}

/* What a form says of a set reads back as the same keys, and writes as the same text. */
Test(keylog, round_trip)
{
	const struct keylog *k;
	struct loaded l;
	char *text;
	size_t n;

	text = load_file("tests/ike/write.json", &n);
	load(&l, text, n, n);
	for (size_t i = 0; (k = keylog_row(i)) != NULL; i++) {
		struct loaded back;
		char *once = written(k, NULL, &l), *twice;

		/* without what was said of others */
		load(&back, once, strlen(once), 13);
		cr_assert_eq(back.rc, 0, "%s: %s", k->format->name, back.e.text);
		twice = written(k, NULL, &back);
		for (char *p = once, *q = twice; *p != '\0'; p += strcspn(p, "\n") + 1) {
			size_t line = strcspn(p, "\n");

			if (strncmp(p, "left out", 8) == 0 || strncmp(p, "remark", 6) == 0)
				continue;
			while (strncmp(q, "left out", 8) == 0 || strncmp(q, "remark", 6) == 0)
				q += strcspn(q, "\n") + 1;
			/* a row that only cuts an ICV says no more what algorithm it was */
			if (strstr(p, "[No Checking]") == NULL || strstr(p, "[No Checking]") > p + line)
				cr_expect(strncmp(p, q, line + 1) == 0, "%s: %.*s", k->format->name, (int)line, p);
			if (strncmp(p, q, line + 1) == 0)
				q += strcspn(q, "\n") + 1;
		}
		unload(&back);
		free(once);
		free(twice);
	}
	unload(&l);
	free(text);
}

Test(keylog, names)
{
	const struct keylog *k;
	struct format_out o = { 0 };
	struct err e;

	cr_assert_eq(keylog_by_name(&k, "Wireshark", &e), 0);
	cr_expect_str_eq(k->file, "ikev2_decryption_table");
	cr_expect_eq(format_out_version(&o, k->format, "4.6", &e), 0);
	cr_expect_lt(format_out_version(&o, k->format, "3.0", &e), 0);
	cr_expect_str_eq(e.text, "found version \"3.0\" of wireshark, wanted one of 4.4 4.0 4.6");
	cr_expect_lt(keylog_by_name(&k, "wirehsark", &e), 0);
	cr_expect_str_eq(e.text, "unknown key log format \"wirehsark\", nearest is \"wireshark\"");
	cr_expect_lt(keylog_by_name(&k, "fortigate", &e), 0);
}

/* A set whose SPIs are not known belongs to nothing that a table could name. */
Test(keylog, unnamed)
{
	struct format_out o = { .to = stdout };
	struct keyset s = { .k.version = 2 };
	struct err e;

	for (size_t i = 0; keylog_row(i) != NULL; i++) {
		cr_expect_lt(keylog_write(&o, keylog_row(i), &s, &e), 0);
		cr_expect_str_eq(e.text, "its SPIs are not known");
	}
	cr_expect_eq(o.count, 0);
}
