/*
 * sas.h - the SA descriptors of a command line: files, pipes and growing files
 * into one SAD.
 *
 * A file is read to its end.  A stream (a pipe, a FIFO, with follow any file) may
 * bring more while packets flow: sas_pending() tells, sas_read() takes it.
 */
#ifndef CLI_SAS_H
#define CLI_SAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sa/format.h"
#include "sa/sad.h"

struct sas_source {
	int fd;
	const char *name;
	struct format_source *format;
	bool stream, follow, ended;
};

struct sas {
	struct sad *sad;
	struct sas_source *source;
	size_t n;
};

/* note(arg, where, text) gets what was repaired or skipped. */
int sas_open(struct sas *s, const char *const *paths, size_t n, bool follow, format_note_fn *note,
    void *arg, struct err *e);
/* The same with files alone, in one format (NULL: any). */
int sas_open_as(struct sas *s, const char *const *paths, size_t n, const struct format *only,
    format_note_fn *note, void *arg, struct err *e);
void sas_close(struct sas *s);
/* Reads streams until each ended (all), or until there is an SA or they ended. */
int sas_load(struct sas *s, bool all, struct err *e);
/* Waits up to ns for more: 1 there is some, 0 not, -1 there will never be any. */
int sas_pending(struct sas *s, int64_t ns);
/* Takes what is there without waiting.  A source that fails is not read on; the SAs before that are there. */
int sas_read(struct sas *s, struct err *e);

#endif
