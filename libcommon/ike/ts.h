/*
 * ts.h - traffic selectors on the wire and as SAs have them: turned into each other, cut down to what two ends
 * agree on, compared (RFC 7296 2.9, 3.13).
 *
 * Lists are plain values; selectors of other kinds than IPv4 and IPv6 ranges, and
 * those that ike_ts_wrong(), belong to no intersection.  Ports:
 * 0-65535 is any, 65535-0 opaque; of ICMP and ICMPv6 they are type << 8 | code.
 */
#ifndef IKE_TS_H
#define IKE_TS_H

#include "ike/payload.h"
#include "sa/selector.h"

enum { TS_MAX = 64 };

/* One side's: TSi or TSr. */
struct ts_list { unsigned n; struct ike_ts ts[TS_MAX]; };

static inline struct pl_ts ts_payload(const struct ts_list *l)
{
	return (struct pl_ts){ .ts = (struct ike_ts *)l->ts, .nts = l->n };
}

/* One side of a selector; any address becomes one selector of each family that the other side has. */
void ts_of_selector(struct ts_list *out, const struct selector *s, bool source);
/* The same of these addresses instead of the selector's own, with its protocol and ports. */
void ts_of_addrs(struct ts_list *out, const struct selector *s, bool source, const struct addr addr[], unsigned n);
/* Behind what is there: every address of a family, with the selector's protocol and ports. */
void ts_add_any(struct ts_list *out, const struct selector *s, bool source, uint8_t family);
/* What both have in common; false: nothing. */
bool ts_meet(struct ike_ts *out, const struct ike_ts *a, const struct ike_ts *b);
/* Of what was asked for what is allowed, in its order, nothing twice. */
void ts_narrow(struct ts_list *out, const struct pl_ts *asked, const struct ts_list *allowed);
/* All of a is in b; one of a may be in several of b together. */
bool ts_within(const struct pl_ts *a, const struct pl_ts *b);
/* All have this address and no other. */
bool ts_is_host(const struct pl_ts *l, const struct addr *a);
/* All get it. */
void ts_set_host(struct ts_list *l, const struct addr *a);

/* Every pair of source and destination as selectors of an SA (heap); those alike but for addresses become one. */
int ts_selectors(struct selector **out, size_t *n, const struct pl_ts *src, const struct pl_ts *dst, struct err *e);
/* Behind what is in out: "10.1.0.0/24[tcp/80],..."; cut to room. */
void ts_append(char *out, size_t room, const struct pl_ts *ts);

#endif
