/*
 * libreswan_log.h - pluto's log cut into records: lines, and hex dumps put together.
 *
 * Who wants keys (sa/format/libreswan.c those of child SAs, ike/keyfile those of
 * IKE SAs) takes records from here.  A dump is a debug line, its label, followed by
 * lines of octets; older versions put the first octets behind the label.  Its
 * length is nowhere said, so that who knows the algorithm must check it.
 *
 * Several daemons may write to one file; what the log's prefix tells apart is kept
 * apart, LIBRESWAN_SLOTS of them.  Memory holds keys and is wiped.
 */
#ifndef SA_FORMAT_LIBRESWAN_LOG_H
#define SA_FORMAT_LIBRESWAN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { LIBRESWAN_SLOTS = 8, LIBRESWAN_DUMP = 1040, LIBRESWAN_LABEL = 64 };

/* Valid only while it is handed over.  A label is first handed over as a line. */
struct libreswan_record {
	unsigned slot;
	bool fresh;			/* what was known of the slot belongs to another daemon */
	bool debug;			/* behind "| " */
	const char *text;		/* without prefix and "| "; of a dump: the label */
	size_t n;
	bool dump;
	const uint8_t *bytes;		/* of a dump; NULL: damaged */
	size_t nbytes;
	const char *damage;		/* what is wrong with a dump, or NULL */
	uint64_t line;			/* a dump's label */
	size_t column;			/* from 1 */
};

struct libreswan_dump {
	bool labelled, open, last;	/* last: a row that was not full */
	const char *damage;
	uint64_t line;
	size_t column, nlabel, n;
	char label[LIBRESWAN_LABEL];
	uint8_t bytes[LIBRESWAN_DUMP];
};

struct libreswan_log {			/* all zero: empty */
	struct { uint64_t daemon, used; bool taken; } slots[LIBRESWAN_SLOTS];
	struct libreswan_dump dumps[LIBRESWAN_SLOTS];
	uint64_t clock;
};

typedef int libreswan_take_fn(void *arg, const struct libreswan_record *r, struct err *e);

/* One line of the file, prefix and all.  -1: what take returned. */
int libreswan_log_push(struct libreswan_log *log, const char *p, size_t n, uint64_t number,
    libreswan_take_fn *take, void *arg, struct err *e);
/* The dumps that are open are complete. */
int libreswan_log_end(struct libreswan_log *log, libreswan_take_fn *take, void *arg, struct err *e);
void libreswan_log_clear(struct libreswan_log *log);

#endif
