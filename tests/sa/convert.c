/*
 * sa-convert FORMAT[=VERSION] [FILE...]: SAs of all files (none: stdin) in another format; what could not
 * be said, and what was repaired, on stderr.  For tests: the formats without a command around them.
 */
#include <stdlib.h>
#include <string.h>

#include "sa/format.h"
#include "sa/policy.h"

static void note(void *arg, const char *where, const char *text)
{
	(void)arg;
	fprintf(stderr, "note: %s: %s\n", where, text);
}

static int read_one(struct sad *sad, FILE *f, const char *name, struct err *e)
{
	struct format_source *s = format_source_new(name, sad, note, NULL, e);
	static char buf[65536];
	size_t n;
	int rc = s != NULL ? 0 : -1;

	while (rc == 0 && (n = fread(buf, 1, sizeof buf, f)) > 0)
		rc = format_source_push(s, buf, n, e);
	if (rc == 0)
		rc = format_source_end(s, e);
	format_source_free(s);
	return rc;
}

int main(int argc, char **argv)
{
	char *version = argc > 1 ? strchr(argv[1], '=') : NULL;
	struct format_out o = { .to = stdout };
	const struct format *f;
	struct err e;
	struct sad *sad = sad_new(&e);
	int rc = sad != NULL && argc > 1 ? 0 : -1;

	if (version != NULL)
		*version++ = '\0';
	if (rc < 0 || format_by_name(&f, argv[1], &e) < 0 ||
	    (version != NULL && format_out_version(&o, f, version, &e) < 0))
		rc = -1;
	for (int i = 2; rc == 0 && i < argc; i++) {
		FILE *in = fopen(argv[i], "r");

		if (in == NULL) {
			rc = err_sys(&e, "%s", argv[i]);
			break;
		}
		rc = read_one(sad, in, argv[i], &e);
		fclose(in);
	}
	if (rc == 0 && argc == 2)
		rc = read_one(sad, stdin, "stdin", &e);
	for (uint32_t i = 0; rc == 0 && i < sad_count(sad); i++) {
		const struct sa *sa = &sad_at(sad, i)->sa;
		int said = format_write(&o, f, sa, &e);

		if (said != 0)
			fprintf(stderr, "%s: SA 0x%08x: %s\n", said < 0 ? "left out" : "remark", sa->spi, e.text);
	}
	if (rc == 0)
		format_write_end(&o, f);
	else
		fprintf(stderr, "sa-convert: %s\n", e.text);
	sad_free(sad);
	return rc < 0 || fflush(stdout) != 0;
}
