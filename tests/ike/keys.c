/*
 * ike-keys FORMAT[=VERSION] [FILE...]: IKE keys of all files (none: stdin) in another form; what could not be
 * said, and what was repaired, on stderr.  For tests: the readers and writers without a command around them.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/keylog.h"

static void note(void *arg, const char *where, const char *text)
{
	(void)arg;
	fprintf(stderr, "note: %s: %s\n", where, text);
}

static int read_one(struct keyring *ring, FILE *f, const char *name, struct err *e)
{
	struct keyfile *k = keyfile_new(name, ring, note, NULL, e);
	static char buf[65536];
	size_t n;
	int rc = k != NULL ? 0 : -1;

	while (rc == 0 && (n = fread(buf, 1, sizeof buf, f)) > 0)
		rc = keyfile_push(k, buf, n, e);
	if (rc == 0)
		rc = keyfile_end(k, e);
	keyfile_free(k);
	return rc;
}

static int read_all(struct keyring *ring, int n, char **paths, struct err *e)
{
	int rc = n == 0 ? read_one(ring, stdin, "stdin", e) : 0;

	for (int i = 0; rc == 0 && i < n; i++) {
		FILE *in = fopen(paths[i], "r");

		if (in == NULL)
			return err_sys(e, "%s", paths[i]);
		rc = read_one(ring, in, paths[i], e);
		fclose(in);
	}
	return rc;
}

int main(int argc, char **argv)
{
	char *version = argc > 1 ? strchr(argv[1], '=') : NULL;
	bool all = argc > 1 && strcmp(argv[1], "all") == 0;	/* native, and sets without SPIs, too */
	struct format_out o = { .to = stdout };
	struct keyring ring = { 0 };
	const struct keylog *k = keylog_row(0);
	struct err e;
	int rc = argc > 1 && secret_init(&e) == 0 ? 0 : -1;

	if (version != NULL)
		*version++ = '\0';
	if (rc < 0 || (!all && keylog_by_name(&k, argv[1], &e) < 0) ||
	    (version != NULL && format_out_version(&o, k->format, version, &e) < 0))
		rc = -1;
	if (rc == 0)
		rc = read_all(&ring, argc - 2, argv + 2, &e);
	for (size_t i = 0; rc == 0 && i < ring.n; i++) {
		int said = all ? k->write(&o, ring.sets[i], &e) : keylog_write(&o, k, ring.sets[i], &e);

		if (said != 0)
			fprintf(stderr, "%s: %s:%llu: %s\n", said < 0 ? "left out" : "remark", ring.sets[i]->file,
			    (unsigned long long)ring.sets[i]->k.line, e.text);
	}
	if (rc < 0)
		fprintf(stderr, "ike-keys: %s\n", e.text);
	keyring_clear(&ring);
	return rc < 0 || fflush(stdout) != 0;
}
