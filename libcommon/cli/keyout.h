/*
 * keyout.h - the output of what is secret: to a private file or stdout, by a
 * buffer that is locked and wiped.
 */
#ifndef CLI_KEYOUT_H
#define CLI_KEYOUT_H

#include <stdio.h>

#include "base/secret.h"
#include "cli/cli.h"

struct keyout {
	struct arena arena;	/* for secrets until keyout_end() */
	struct out_file file;
	FILE *to;
	struct secret text;	/* room for one secret's text, see keyout_hex() */
};

enum { KEYOUT_TEXT = 16 * 1024 };

#define KEYOUT_INIT { .file = OUT_FILE_INIT }

/* path (-o) or else --json's FILE or else stdout; both given is an error. */
int keyout_open(struct keyout *k, const struct cli *cli, const char *path, struct err *e);
/* Checked close.  keep: says so if a shell made the file for others to read, too. */
int keyout_close(struct keyout *k, struct cli *cli, bool keep, struct err *e);
/* Gives up what was not closed, and wipes the arena.  Any state. */
void keyout_end(struct keyout *k);

/* At most KEYOUT_TEXT / 2 - 1 bytes as text, until the next call. */
const char *keyout_hex(struct keyout *k, const struct secret *s);
const char *keyout_base64(struct keyout *k, const struct secret *s);

#endif
