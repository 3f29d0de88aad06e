/*
 * counters.h - sequence numbers and IVs from one run of ipsec-encap to the next, so
 * that no IV comes twice under one key.
 *
 * The file holds ipsec-sa(5) descriptors, with their keys, whose "seq" is the last
 * number sent; "x-encap" tells what a descriptor has no word for.  While a run
 * lasts its SAs are marked in the file: one that ended without a word (a crash, a
 * power cut) leaves the mark, and the next run refuses to go on with counters that
 * may be behind.  SAs that a run does not use stay as they are.
 */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include "base/err.h"
#include "cli/sas.h"
#include "esp/encap.h"

struct counters {
	const char *path;
	struct sas sas;			/* what the file held */
};

/* Reads the file if there is one, takes over its counters, and marks it. */
int counters_open(struct counters *c, const char *path, struct encap *d, format_note_fn *note, void *arg,
    struct err *e);
/* Writes where the counters are now, without the mark. */
int counters_save(const struct counters *c, const struct encap *d, struct err *e);
void counters_close(struct counters *c);

#endif
