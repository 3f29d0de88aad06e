#include "cli/keyout.h"

#include <assert.h>

#include "base/text.h"

int keyout_open(struct keyout *k, const struct cli *cli, const char *path, struct err *e)
{
	struct secret buffer;

	if (path != NULL && cli->json_file != NULL)
		return err_set(e, "\"-o %s\" and \"--json=%s\" both say where results go", path,
		    cli->json_file);
	if (secret_new(&k->arena, &buffer, KEYOUT_TEXT, e) < 0 ||
	    secret_new(&k->arena, &k->text, KEYOUT_TEXT, e) < 0 ||
	    out_file_open(&k->file, path != NULL ? path : cli->json_file, false, e) < 0)
		return -1;
	k->to = out_file_stream(&k->file, buffer.p, buffer.n, e);
	return k->to == NULL ? -1 : 0;
}

int keyout_close(struct keyout *k, struct cli *cli, bool keep, struct err *e)
{
	FILE *to = k->to;

	if (keep && out_file_is_shared(&k->file))
		cli_message(cli, 0, NULL, "others can read this file: -o FILE makes one for its owner alone");
	k->to = NULL;
	return out_file_end(&k->file, to, e);
}

void keyout_end(struct keyout *k)
{
	if (k->to != NULL)
		fclose(k->to);
	out_file_abandon(&k->file);
	arena_clear(&k->arena);
	*k = (struct keyout)KEYOUT_INIT;
}

const char *keyout_hex(struct keyout *k, const struct secret *s)
{
	assert(s->n < KEYOUT_TEXT / 2);
	return hex_format((char *)k->text.p, (struct span){ s->p, s->n });
}

const char *keyout_base64(struct keyout *k, const struct secret *s)
{
	assert(s->n < KEYOUT_TEXT / 2);
	return base64_format((char *)k->text.p, (struct span){ s->p, s->n });
}
