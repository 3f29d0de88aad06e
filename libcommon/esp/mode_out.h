/*
 * mode_out.h - the headers around what is protected: an outer one by policy
 * (RFC 4301 5.1.2, RFC 6040), or the packet's own with ESP, AH or IPComp behind it.
 */
#ifndef ESP_MODE_OUT_H
#define ESP_MODE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/ip.h"
#include "sa/sa.h"

enum { MODE_TTL = 64 };

/* How the outer fields come about; -1 is the RFC's way.  SA_COPY: the inner header's. */
struct mode_policy {
	int dscp, ttl;
	int ecn, df;		/* enum sa_ecn, enum sa_df */
	int64_t flow;
};

/* The fields themselves.  df: a router must not divide the packet (over IPv6 it never may: then the
 * sender must not). */
struct mode_fields {
	uint8_t tos, ttl;
	bool df;
	uint16_t id;		/* IPv4 */
	uint32_t flow;		/* IPv6 */
};

/* What the SA says, where options (-1: not given) do not. */
struct mode_policy mode_policy_of(const struct sa *sa, const struct mode_policy *options);
/* By policy from the inner packet, which v describes; id is left zero. */
struct mode_fields mode_fields(const struct mode_policy *m, const struct ip_view *v,
    const uint8_t *inner);
/* The fields of a packet's own header. */
struct mode_fields mode_fields_of(const struct ip_view *v, const uint8_t *p);
/* Writes an outer header for a packet of len bytes, itself included; src and dst are of one family.
 * Gives its length. */
size_t mode_outer(uint8_t *p, const struct mode_fields *f, const struct addr *src,
    const struct addr *dst, uint8_t proto, uint32_t len);

/*
 * Transport mode: how many bytes stay outside, and the byte there that names what follows (RFC 4303
 * 3.1.1).  Over IPv6 those are hop-by-hop options, destination options and a routing header;
 * destination options behind one are for the end alone and go inside, as does everything else.
 */
struct mode_place { uint16_t at, next; };
struct mode_place mode_place(const struct ip_view *v, const uint8_t *p);

/* A router's work on the packet: one from TTL or hop limit.  false: there is none left. */
bool mode_forward(uint8_t *p);

#endif
