/*
 * hub_map.h - numbers to sessions, for hub.c: open addressing, several entries may have the same number.
 *
 * Numbers that a stranger may choose are to be hashed with hub_hash() and a key of ours first.
 */
#ifndef IKE_HUB_MAP_H
#define IKE_HUB_MAP_H

#include "base/rd.h"
#include "ike/session.h"

struct hub_cell { uint64_t key; struct session *s; };
struct hub_map { struct hub_cell *cell; size_t n, cap; };	/* all zero: empty */

int hub_map_add(struct hub_map *m, uint64_t key, struct session *s);	/* -1: out of memory */
void hub_map_remove(struct hub_map *m, uint64_t key, const struct session *s);
/* The first, and the one behind *at; *at begins with 0. NULL: no (more). */
struct session *hub_map_find(const struct hub_map *m, uint64_t key, size_t *at);
void hub_map_clear(struct hub_map *m);

uint64_t hub_hash(const uint64_t key[2], struct span s, uint64_t more);

#endif
