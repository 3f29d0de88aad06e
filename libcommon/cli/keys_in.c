#include "cli/keys_in.h"

#include <stdlib.h>
#include <string.h>

#include "ike/keyfile.h"
#include "sa/format.h"

static void note(void *arg, const char *where, const char *text)
{
	cli_message(arg, 0, where, "%s", text);
}

static void no_note(void *arg, const char *where, const char *text)
{
	(void)arg;
	(void)where;
	(void)text;
}

/* SAs beside the IKE keys, as a log has both.  That there are none, or damaged ones, is no trouble here. */
static int read_sas(struct keys_in *k, const char *name, const char *text, size_t n, struct err *e)
{
	struct format_source *s = format_source_new(name, k->sad, no_note, NULL, e);
	struct err why;

	if (s == NULL)
		return -1;
	if (format_source_push(s, text, n, &why) == 0)
		format_source_end(s, &why);
	format_source_free(s);
	return 0;
}

/* The log of a negotiation that failed early holds no keys: a word is enough. */
static int read_keys(struct keys_in *k, struct cli *cli, const char *name, const char *text, size_t n,
    struct err *e)
{
	struct keyfile *f = keyfile_new(name, &k->ring, note, cli, e);
	int rc = f != NULL ? keyfile_push(f, text, n, e) : -1;

	if (rc == 0 && keyfile_end(f, e) < 0) {
		if (keyfile_count(f) > 0 || n == 0 || e->kind == ERR_SYSTEM)
			rc = -1;
		else
			cli_message(cli, 0, NULL, "%s", e->text);
	}
	keyfile_free(f);
	return rc;
}

static int read_one(struct keys_in *k, struct cli *cli, const char *path, struct err *e)
{
	const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (io_read_all(path, KEYS_IN_MAX, &text, &n, e) < 0)
		return -1;
	rc = read_keys(k, cli, name, text, n, e);
	if (rc == 0)
		rc = read_sas(k, name, text, n, e);
	if (text != NULL)
		wipe(text, n);
	free(text);
	return rc;
}

int keys_in_read(struct keys_in *k, struct cli *cli, struct err *e)
{
	*k = (struct keys_in){ 0 };
	if ((k->sad = sad_new(e)) == NULL)
		return -1;
	for (size_t i = 0; i < cli->nkeys; i++)
		if (read_one(k, cli, cli->keys[i], e) < 0)
			return -1;
	return 0;
}

void keys_in_clear(struct keys_in *k)
{
	sad_free(k->sad);
	keyring_clear(&k->ring);
}
