/*
 * pcap_source.h - the bytes of one input: from a descriptor or from memory, as
 * they are or inflated.  Internal to packet/pcap*.c, its tests and fuzzers.
 *
 * Regular files and memory never wait.  Everything else is polled first, so
 * that a wait ends when a stop flag is set, whether or not the signal that set
 * it interrupted a system call.
 */
#ifndef PACKET_PCAP_SOURCE_H
#define PACKET_PCAP_SOURCE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/rd.h"

struct gunzip;

struct source {
	int fd;				/* -1: memory, or closed */
	bool ours;			/* fd is closed with the source */
	bool regular;			/* never waits */
	uint64_t size;			/* if regular: octets it had when it was opened */
	struct span mem;
	size_t step;			/* at most so much of mem at a time; 0: all */
	struct gunzip *gz;
	const volatile sig_atomic_t *stop[2];	/* either may be NULL */
};

enum { SOURCE_FAILED = -1, SOURCE_WAIT = -2, SOURCE_STOPPED = -3 };
enum { SOURCE_FIRST = 64 * 1024 };	/* source_gunzip() takes no more back than this */

/* "-" is stdin; the stop flags are set already.  May be SOURCE_STOPPED. */
int source_open(struct source *s, const char *name, struct err *e);
/* The same of a descriptor that stays its owner's. */
int source_borrow(struct source *s, int fd, const char *name, struct err *e);
void source_close(struct source *s);
bool source_is_stopped(const struct source *s);
/* 1..n bytes, 0 at the end, or one of the above; waits only if told so. */
ssize_t source_read(struct source *s, void *p, size_t n, bool wait, struct err *e);
/* The same without the inflater. */
ssize_t source_read_raw(struct source *s, void *p, size_t n, bool wait, struct err *e);
/* From here on inflate, first the n bytes at p that were read as they are. */
int source_gunzip(struct source *s, const void *p, size_t n, struct err *e);

/* Until fd can be read: 0, SOURCE_FAILED, SOURCE_WAIT or SOURCE_STOPPED. */
int source_poll(int fd, const volatile sig_atomic_t *const stop[2], bool wait, struct err *e);

ssize_t gunzip_read(struct gunzip *g, struct source *s, void *p, size_t n, bool wait,
    struct err *e);
void gunzip_free(struct gunzip *g);

#endif
