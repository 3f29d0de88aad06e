/*
 * pool.h - addresses that a responder gives to its clients (RFC 7296 2.19): ranges, leases by identity.
 *
 * A client that comes again gets the address it had, if it is free.  Plain memory, one thread; at most
 * POOL_LEASES at a time.
 */
#ifndef IKE_POOL_H
#define IKE_POOL_H

#include "base/err.h"
#include "base/rd.h"
#include "base/text.h"
#include "sa/selector.h"

enum { POOL_RANGES = 8, POOL_DNS = 4, POOL_LEASES = 1 << 20 };

struct pool;

/* "10.9.0.0/24,fd00:9::/112": of a prefix of IPv4 neither the first nor the last address is given. */
struct pool *pool_new(const char *text, struct err *e);
void pool_free(struct pool *p);
/* An address of this family (4, 6) for the holder (opaque bytes; its hash is kept), want if it is free (family 0:
 * any).  1, 0: none is left, -1. */
int pool_take(struct pool *p, int family, struct span holder, const struct addr *want, struct addr *out, struct err *e);
void pool_give_back(struct pool *p, const struct addr *a);
uint64_t pool_leases(const struct pool *p);
bool pool_has(const struct pool *p, int family);

#endif
