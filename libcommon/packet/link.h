/*
 * link.h - link types: one row each, where IP starts and where the header says
 * which IP it is.
 *
 * Numbers are LINKTYPE_ numbers as in files.  VLAN and QinQ tags count as part
 * of the Ethernet header.
 */
#ifndef PACKET_LINK_H
#define PACKET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINKTYPE_NULL = 0, LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101, LINKTYPE_LOOP = 108,
	LINKTYPE_SLL = 113, LINKTYPE_IPV4 = 228, LINKTYPE_IPV6 = 229, LINKTYPE_SLL2 = 276 };

enum link_result { LINK_IP, LINK_OTHER, LINK_CUT, LINK_UNKNOWN };

/* How the header names what follows it. */
enum link_form {
	LINK_FORM_NONE,		/* it does not: raw IP */
	LINK_FORM_ETHERTYPE,	/* 16 bits, big-endian */
	LINK_FORM_AF,		/* 32 bits, the capturing host's AF_ number in its byte order */
	LINK_FORM_AF_BIG,	/* the same, big-endian */
	LINK_FORM_ONLY_4,	/* raw IP of one version alone */
	LINK_FORM_ONLY_6,
};

struct link_view {
	uint16_t ip;		/* offset of the IP header */
	uint16_t type;		/* offset of the field of that form */
	enum link_form form;
	uint8_t family;		/* 4 or 6, as the header (or, without one, the packet) says */
};

/* LINK_OTHER: no IP inside; LINK_CUT: too short to tell; LINK_UNKNOWN: no such row. */
enum link_result link_parse(uint16_t dlt, const uint8_t *p, size_t n, struct link_view *v);
/* Corrects a copy of the header for the other family; false if the link type cannot carry it. */
bool link_set_family(const struct link_view *v, uint8_t *header, uint8_t family);
/* "EN10MB", or NULL. */
const char *link_name(uint16_t dlt);

#endif
