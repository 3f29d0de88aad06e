#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"

static const struct opt rows[] = {
	{ 1, "A heading", NULL, NULL },
	{ 'q', NULL, NULL, "flag" },
	{ 'r', "read", "FILE", "takes a value" },
	{ 300, "json", "[=FILE]", "may take one" },
	{ 'k', "keep", "[=all]", "may take one" },
	{ 301, "hidden", NULL, "" },
	{ 0, NULL, NULL, NULL },
};

static const struct opt *const tables[] = { rows, NULL };

/* What a command line gives: "r=x q" and the words, or the error. */
static const char *parse(const char *line)
{
	static char out[4096];
	char copy[256], *argv[16];
	const char *words[16];
	struct opt_state o;
	struct err e;
	int argc = 1, key;

	argv[0] = (char *)"tool";
	snprintf(copy, sizeof copy, "%s", line);
	for (char *p = strtok(copy, " "); p != NULL; p = strtok(NULL, " "))
		argv[argc++] = p;
	opt_init(&o, tables, argc, argv, words);
	out[0] = '\0';
	while ((key = opt_next(&o, &e)) != 0) {
		size_t n = strlen(out);

		if (key < 0)
			snprintf(out + n, sizeof out - n, "{%s} ", e.text);
		else if (o.value != NULL)
			snprintf(out + n, sizeof out - n, "%d=%s ", key, o.value);
		else
			snprintf(out + n, sizeof out - n, "%d ", key);
	}
	for (int i = 0; i < o.nwords; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "<%s>", words[i]);
	return out;
}

Test(opt, forms)
{
	static const struct { const char *line, *wanted; } cases[] = {
		{ "", "" },
		{ "-q", "113 " },
		{ "-qqrx", "113 113 114=x " },
		{ "-r x", "114=x " },
		{ "-r -", "114=- " },
		{ "--read x", "114=x " },
		{ "--read=x=y", "114=x=y " },
		{ "--read -q", "114=-q " },
		{ "--json x", "300 <x>" },
		{ "--json=x", "300=x " },
		{ "-k all", "107 <all>" },
		{ "-k=all", "107=all " },
		{ "-kq", "107 113 " },
		{ "a -q b", "113 <a><b>" },
		{ "a -- -q -- b", "<a><-q><--><b>" },
		{ "-", "<->" },
		{ "--hidden", "301 " },
		{ "-r", "{option -r needs a value: FILE} " },
		{ "--read", "{option --read needs a value: FILE} " },
		{ "--hidden=1", "{option --hidden takes no value} " },
		{ "--read=", "{option --read has an empty value, wanted FILE} " },
		{ "--raed x", "{unknown option \"--raed\", nearest is \"--read\"} <x>" },
		{ "--rea", "{unknown option \"--rea\", nearest is \"--read\"} " },
		{ "--read-all", "{unknown option \"--read-all\"} " },
		{ "-qz -q", "113 {unknown option \"-z\"} 113 " },
		{ "--A heading", "{unknown option \"--A\"} <heading>" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_str_eq(parse(cases[i].line), cases[i].wanted, "%s", cases[i].line);
}

Test(opt, a_name_longer_than_any_is_an_error)
{
	char line[200] = "--";

	memset(line + 2, 'x', 150);
	cr_expect(strncmp(parse(line), "{unknown option", 15) == 0);
}
