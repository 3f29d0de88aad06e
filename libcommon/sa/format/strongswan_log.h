/*
 * strongswan_log.h - charon's log cut into records: messages, and hex dumps put together.
 *
 * Who wants keys (sa/format/strongswan.c those of child SAs, ike/keyfile those of
 * IKE SAs) takes records from here and knows nothing of prefixes and rows.
 *
 * Taken: the log file's lines ("TIME 12[IKE] <name|id> text", log_level's digit
 * behind the group or not), the same behind a syslog prefix, one JSON object a
 * line (json = yes, and journalctl -o json), and the journal's text form, which
 * has no thread and indents the rows of a dump.
 *
 * Threads write at the same time: a record says which of STRONGSWAN_SLOTS it
 * belongs to, a slot being one thread of one daemon.  Memory is bounded: the slot
 * that was silent longest is given away, which fresh tells.  Dumps hold keys, so
 * all memory is wiped.
 */
#ifndef SA_FORMAT_STRONGSWAN_LOG_H
#define SA_FORMAT_STRONGSWAN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	STRONGSWAN_SLOTS = 64,
	STRONGSWAN_DUMP = 1040,		/* octets of a dump that are kept: MODP-8192 and more */
	STRONGSWAN_LABEL = 48,
};

/* One record; all of it is valid only while it is handed over. */
struct strongswan_record {
	unsigned slot;
	bool fresh;			/* what was known of the slot belongs to another thread */
	bool threaded;			/* false: the text does not say which thread; all of a daemon in one slot */
	uint64_t daemon;		/* tells daemons apart where the text does; else 0 */
	const char *group;		/* "IKE"; "" if the text does not say */
	const char *ike;		/* "name|id" of the IKE_SA, nike bytes; 0: not said */
	size_t nike;
	const char *text;		/* the message, or the label of a dump */
	size_t n;
	bool dump;
	const uint8_t *bytes;		/* of a dump; NULL: longer than STRONGSWAN_DUMP, or damaged */
	size_t nbytes;
	const char *damage;		/* of a dump: what is wrong with it, or NULL */
	uint64_t line;			/* a dump's first */
	size_t column;			/* of text, from 1 */
};

/* A dump that is not complete, by slot. */
struct strongswan_dump {
	uint64_t line;
	size_t column, nlabel, want, have;
	uint64_t daemon;
	bool open, threaded;
	const char *damage;
	char group[4], label[STRONGSWAN_LABEL];
	uint8_t bytes[STRONGSWAN_DUMP];
};

struct strongswan_log {			/* all zero: empty */
	struct { uint64_t source, used; bool taken; } slots[STRONGSWAN_SLOTS];
	struct strongswan_dump dumps[STRONGSWAN_SLOTS];
	uint64_t clock;
	unsigned indented;		/* 1 + the slot whose dump goes on without a prefix; 0: none */
	char *text;			/* a JSON message, unescaped */
	size_t cap;
};

typedef int strongswan_take_fn(void *arg, const struct strongswan_record *r, struct err *e);

/* True if the line is one of charon's. */
bool strongswan_log_is(const char *p, size_t n);
/* One line of the file; those that are not charon's are passed over.  -1: what take returned. */
int strongswan_log_push(struct strongswan_log *log, const char *p, size_t n, uint64_t number,
    strongswan_take_fn *take, void *arg, struct err *e);
/* The end: dumps that are not complete are handed over as damaged. */
int strongswan_log_end(struct strongswan_log *log, strongswan_take_fn *take, void *arg,
    struct err *e);
void strongswan_log_clear(struct strongswan_log *log);

/* strongswan_line.c: what stands in front of the message. */
struct strongswan_line {
	uint64_t source, daemon;	/* thread, host and daemon in one number; without the thread */
	bool threaded, json;
	char group[4];
	const char *ike, *msg;
	size_t nike, n, column;		/* json: msg still escaped; column from 1 */
};

bool strongswan_line_parse(struct strongswan_line *l, const char *p, size_t n);

#endif
