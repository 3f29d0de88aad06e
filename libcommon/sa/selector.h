/*
 * selector.h - traffic selectors: what an SA may carry (RFC 4301 4.4.1.1, RFC 7296 3.13).
 *
 * A plain value with bounded lists; addresses are ranges, first to last, in
 * network order.  Absent parts match everything.
 */
#ifndef SA_SELECTOR_H
#define SA_SELECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { SELECTOR_RANGES = 16 };

struct addr_range { struct addr first, last; };	/* of one family */
struct port_range { uint16_t first, last; };

struct selector {
	struct addr_range src[SELECTOR_RANGES], dst[SELECTOR_RANGES];
	uint8_t nsrc, ndst;		/* 0: any address */
	int16_t proto;			/* -1: any */
	bool sport_set, dport_set;	/* false: any, also opaque */
	bool sport_opaque, dport_opaque;	/* matches only packets without visible ports */
	struct port_range sport, dport;
	int16_t icmp_type, icmp_code;	/* -1: any */
};

/* What a packet shows to selectors. */
struct selector_view {
	struct addr src, dst;
	uint8_t proto;
	bool has_ports;			/* ports, or ICMP type and code in the same place */
	uint16_t sport, dport;
	uint8_t icmp_type, icmp_code;
};

/* A protocol's name as people and dumps call it, or its number; -1 if it is neither. */
int selector_proto_parse(const char *name);
/* The name that is written, or NULL. */
const char *selector_proto_name(int proto);
bool selector_match(const struct selector *s, const struct selector_view *v);
/* "10.1.0.0/16", "10.1.0.5-10.1.0.9" or one address. */
int addr_range_parse(struct addr_range *r, const char *p, size_t n, struct err *e);
/* As a prefix if it is one. */
enum { ADDR_RANGE_TEXT = 2 * ADDR_TEXT };
char *addr_range_format(char out[ADDR_RANGE_TEXT], const struct addr_range *r);

#endif
