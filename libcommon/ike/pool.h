/*
 * pool.h - addresses that a responder gives to its clients (RFC 7296 2.19): ranges, leases by identity.
 *
 * A client that comes again gets the address it had, if it is free; else addresses are given in their order, then
 * those that have been free for the longest time.  Of a range no more than the first POOL_LEASES are given.  Plain
 * memory that grows with use, one thread.
 */
#ifndef IKE_POOL_H
#define IKE_POOL_H

#include "base/err.h"
#include "base/rd.h"
#include "base/text.h"
#include "sa/selector.h"

enum { POOL_RANGES = 8, POOL_LEASES = 1 << 20 };

struct pool;

/* "10.9.0.0/24,fd00:9::10-fd00:9::ff": of a prefix the first address is not given (nobody's, or all routers'), nor of
 * IPv4 the last one. */
struct pool *pool_new(const char *text, struct err *e);
void pool_free(struct pool *p);
/* An address of this family (4, 6) for the holder (opaque bytes; its hash is kept), want if it is free (family 0:
 * any).  1, 0: none is left, -1. */
int pool_take(struct pool *p, int family, struct span holder, const struct addr *want, struct addr *out, struct err *e);
void pool_give_back(struct pool *p, const struct addr *a);	/* of another pool, or free: nothing */
uint64_t pool_leases(const struct pool *p);
bool pool_has(const struct pool *p, int family);

#endif
