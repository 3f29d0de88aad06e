/*
 * io.h - output places: "-" and files, private and replaced by rename.
 *
 * Files that hold keys or decrypted traffic are made 0600 beside their final
 * name and renamed over it, never through a symlink.  What is no regular file
 * (a FIFO, /dev/null) is opened as it is; /dev/stdout, /dev/stderr and
 * /dev/fd/N are that descriptor, at its position.
 */
#ifndef CLI_IO_H
#define CLI_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct out_file {
	int fd;			/* -1: not open */
	const char *path;	/* borrowed; "stdout" for "-" */
	char *temp;		/* renamed at out_file_close(), or NULL */
	bool close;		/* fd is ours */
};

#define OUT_FILE_INIT { .fd = -1 }

/* The descriptor that path stands for ("-", "/dev/stdin", "/dev/fd/3"), or -1.  "-" is dash. */
int io_fd_of(const char *path, int dash);

/* Whether something comes from them as it happens: not regular files alone. */
bool io_is_live(const char *const *paths, size_t n);

/* Columns that text for people may fill on fd: those of a terminal, or of COLUMNS; 0: any number. */
size_t io_width(int fd);

/* All of a file, at most `most` bytes, to heap memory; "-" is stdin. */
int io_read_all(const char *path, size_t most, char **text, size_t *n, struct err *e);

/* path NULL or "-": stdout; a terminal is an error with a hint when binary. */
int out_file_open(struct out_file *f, const char *path, bool binary, struct err *e);
/* Renames now instead of at the close, for output that others want to watch grow. */
int out_file_show(struct out_file *f, struct err *e);
/* Checked close (a full disk shows here) and rename.  On failure the old file stays as it was. */
int out_file_close(struct out_file *f, struct err *e);
/* A file that others than its owner may read: a shell made it, with the umask of the day. */
bool out_file_is_shared(const struct out_file *f);
/* A stream to write f by, whose buffer is the caller's until out_file_end(), or stdio's (NULL). */
FILE *out_file_stream(struct out_file *f, void *buffer, size_t n, struct err *e);
/* Closes the stream (NULL: there is none), then f as out_file_close() does. */
int out_file_end(struct out_file *f, FILE *to, struct err *e);
/* Gives up: removes what was not renamed yet. */
void out_file_abandon(struct out_file *f);

#endif
