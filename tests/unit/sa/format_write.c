#include <criterion/criterion.h>
#include <stdlib.h>

#include "load.h"
#include "unit/want.h"

/* Formats that write, each version. */
static const struct { const char *name, *version; } rows[] = {
	{ "xfrm-add", NULL }, { "wireshark", "4.0" }, { "wireshark", NULL }, { "wireshark", "4.6" },
	{ "tcpdump", NULL }, { "setkey", NULL }, { "openbsd", NULL }, { "vpp", NULL }, { "scapy", NULL },
	{ "ipdecap", NULL },
};

/* The text, then what was left out or remarked. */
static char *write_all(const struct loaded *l, const char *name, const char *version, char **remarks)
{
	struct format_out o = { 0 };
	char *text = NULL;
	size_t n, nremarks;
	const struct format *f;
	struct err e;
	FILE *notes = open_memstream(remarks, &nremarks);

	o.to = open_memstream(&text, &n);
	cr_assert_eq(format_by_name(&f, name, &e), 0, "%s", e.text);
	if (version != NULL)
		cr_assert_eq(format_out_version(&o, f, version, &e), 0, "%s", e.text);
	for (uint32_t i = 0; i < sad_count(l->sad); i++) {
		const struct sa *sa = &sad_at(l->sad, i)->sa;
		int rc = format_write(&o, f, sa, &e);

		if (rc != 0)
			fprintf(notes, "%s 0x%08x: %s\n", rc < 0 ? "left out" : "remark", sa->spi, e.text);
	}
	format_write_end(&o, f);
	fclose(o.to);
	fclose(notes);
	return text;
}

static void load_path(struct loaded *l, const char *path)
{
	size_t n;
	char *text = load_file(path, &n);

	cr_assert_not_null(text, "%s", path);
	load(l, text, n, n);
	cr_assert_eq(l->rc, 0, "%s: %s", path, l->e.text);
	free(text);
}

/* tests/sa/write.json in every format is tests/sa/write-NAME.want (UPDATE=1 writes it). */
Test(format_write, goldens)
{
	struct loaded l;

	load_path(&l, "tests/sa/write.json");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char path[128], *remarks, *text, *got = NULL;
		size_t n;
		FILE *to = open_memstream(&got, &n);

		text = write_all(&l, rows[i].name, rows[i].version, &remarks);
		fprintf(to, "%s---\n%s", text, remarks);
		fclose(to);
		snprintf(path, sizeof path, "tests/sa/write-%s%s%s.want", rows[i].name,
		    rows[i].version != NULL ? "-" : "", rows[i].version != NULL ? rows[i].version : "");
		expect_want(path, got);
		free(got);
		free(text);
		free(remarks);
	}
	sad_free(l.sad);
}

static const struct sa *by_spi(const struct loaded *l, const struct sa *sa)
{
	for (uint32_t i = 0; i < sad_count(l->sad); i++)
		if (sad_at(l->sad, i)->sa.spi == sa->spi && sad_at(l->sad, i)->sa.proto == sa->proto)
			return &sad_at(l->sad, i)->sa;
	return NULL;
}

/* What is read back has the same keys and contradicts nothing; written again, it is the same text. */
Test(format_write, read_back)
{
	struct loaded l;

	load_path(&l, "tests/sa/write.json");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *remarks, *one, *two;
		uint32_t left = 0;
		struct loaded back;

		one = write_all(&l, rows[i].name, rows[i].version, &remarks);
		for (const char *p = remarks; (p = strstr(p, "left out 0x")) != NULL; p++)
			left++;
		free(remarks);
		load(&back, one, strlen(one), 1000);
		cr_assert_eq(back.rc, 0, "%s: %s", rows[i].name, back.e.text);
		cr_expect_eq(sad_count(back.sad), sad_count(l.sad) - left, "%s: %zu of %zu", rows[i].name,
		    sad_count(back.sad), sad_count(l.sad) - left);
		for (uint32_t k = 0; k < sad_count(back.sad); k++) {
			const struct sa *sa = &sad_at(back.sad, k)->sa, *from = by_spi(&l, sa);

			cr_assert_not_null(from, "%s: 0x%08x", rows[i].name, sa->spi);
			cr_expect(sa_same_keys(sa, from), "%s: 0x%08x", rows[i].name, sa->spi);
			cr_expect_eq(sa->encr, from->encr, "%s: 0x%08x", rows[i].name, sa->spi);
			cr_expect(sa->encr == NULL || sa->encr_key_known, "%s: 0x%08x", rows[i].name, sa->spi);
			cr_expect_eq(sa_icv_bits(sa), sa_icv_bits(from), "%s: 0x%08x", rows[i].name, sa->spi);
		}
		/* What has no keys in it, or an integrity algorithm only by its length, cannot be written again. */
		if (strcmp(rows[i].name, "tcpdump") != 0 && strcmp(rows[i].name, "ipdecap") != 0 &&
		    strcmp(rows[i].name, "wireshark") != 0) {
			two = write_all(&back, rows[i].name, rows[i].version, &remarks);
			cr_expect_str_eq(one, two, "%s", rows[i].name);
			free(two);
			free(remarks);
		}
		free(one);
		sad_free(back.sad);
	}
	sad_free(l.sad);
}

Test(format_write, versions)
{
	struct format_out o = { 0 };
	const struct format *f;
	struct err e;

	cr_assert_eq(format_by_name(&f, "Wireshark", &e), 0);
	cr_expect_eq(format_out_version(&o, f, "3.6", &e), -1);
	cr_expect_str_eq(e.text, "found version \"3.6\" of wireshark, wanted one of 4.4 4.0 4.6");
	cr_expect(format_out_is(&o, f, "4.4"));
	cr_expect_not(format_out_is(&o, f, "4.6"));
	cr_expect_eq(format_out_version(&o, f, "4.6", &e), 0);
	cr_expect(format_out_is(&o, f, "4.6"));
	cr_assert_eq(format_by_name(&f, "tcpdump", &e), 0);
	cr_expect_eq(format_out_version(&o, f, "4.6", &e), -1);
	cr_expect_str_eq(e.text, "found version \"4.6\", but tcpdump has none");
	cr_expect_eq(format_by_name(&f, "wireshrk", &e), -1);
	cr_expect_str_eq(e.text, "unknown format \"wireshrk\", nearest is \"wireshark\"");
	cr_expect_eq(format_by_name(&f, "json", &e), -1);
	cr_expect_str_eq(e.text, "unknown format \"json\"");
}

/* Only the asked-for format is looked for. */
Test(format_write, only)
{
	static const char text[] = "0x1001@192.0.2.2 aes128:0x000102030405060708090a0b0c0d0e0f\n";
	struct err e;

	for (int i = 0; i < 2; i++) {
		struct sad *sad = sad_new(&e);
		struct format_source *s = format_source_new("f", sad, NULL, NULL, &e);
		const struct format *f;

		cr_assert_eq(format_by_name(&f, i == 0 ? "tcpdump" : "setkey", &e), 0);
		format_source_only(s, f);
		cr_assert_eq(format_source_push(s, text, strlen(text), &e), 0);
		cr_expect_eq(format_source_end(s, &e), i == 0 ? 0 : -1);
		cr_expect_eq(sad_count(sad), i == 0 ? 1 : 0);
		format_source_free(s);
		sad_free(sad);
	}
}

/* A receiver's number comes back as one that was received. */
Test(format_write, received)
{
	static const char text[] = "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000100 reqid 0 mode tunnel\n"
	    "\treplay-window 0 flag esn\n\tenc ecb(cipher_null) \n\tanti-replay esn context:\n"
	    "\t seq-hi 0x1, seq 0x20, oseq-hi 0x0, oseq 0x0\n\t replay_window 64, bitmap-length 2\n";
	char *remarks, *got;
	struct loaded l;

	load(&l, text, strlen(text), 9);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	got = write_all(&l, "xfrm-add", NULL, &remarks);
	cr_expect_not_null(strstr(got, " replay-window 64 replay-seq 0x20 replay-seq-hi 0x1 "), "%s", got);
	free(got);
	free(remarks);
	sad_free(l.sad);
}
