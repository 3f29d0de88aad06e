/*
 * map.h - a stretch of a file that is looked at where the system keeps it, instead of being copied.
 *
 * For who looks at little of what a file holds.  A file may become shorter meanwhile, or its disk fail: then what was
 * there reads as zeros (instead of a SIGBUS), and map_is_whole() is false from then on.  A file that is written anew
 * shows what is written: nothing read twice needs to be the same.
 *
 * Owned by who set it: an address must stay as it is while it is mapped.  Several threads may have maps of their own.
 */
#ifndef PACKET_MAP_H
#define PACKET_MAP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
	const uint8_t *p;		/* n octets from at on in the file; NULL: nothing */
	size_t n;
	uint64_t at;			/* on a page */
	volatile sig_atomic_t broken;
};

/* Instead of what was mapped: n octets of the file from at on or a little before.  False: that cannot be had, and
 * nothing is mapped. */
bool map_set(struct map *m, int fd, uint64_t at, size_t n);
void map_clear(struct map *m);

static inline bool map_is_whole(const struct map *m)
{
	return m->broken == 0;
}

#endif
