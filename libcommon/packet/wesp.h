/*
 * wesp.h - Wrapped ESP (RFC 5840): the header in front of ESP that tells whether
 * the payload is encrypted and where it is.
 *
 * Nothing here is proof: the header says what a middlebox should believe, and the
 * receiver checks it against the SA (RFC 5840 2).  Lengths are bytes.
 */
#ifndef PACKET_WESP_H
#define PACKET_WESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/verdict.h"

enum {
	IPPROTO_WESP = 141,
	WESP_HEAD = 4,
	WESP_UDP = 4,		/* the protocol identifier of the UDP form, in the SPI's place */
	WESP_IN_UDP = 2,	/* which that is */
};

struct wesp_view {
	size_t esp;		/* where ESP's SPI is, from the first byte given */
	bool encrypted;
	bool padded;		/* four octets before ESP, for IPv6's alignment */
	uint8_t next;		/* not encrypted: what ESP's trailer must say too */
	size_t payload;		/* not encrypted: where it is, from the WESP header on */
	size_t icv;		/* not encrypted: the ICV's length */
};

/* UDP's payload on an ESP port begins with identifier 2, a reserved SPI (RFC 5840 2.1). */
bool wesp_in_udp(const uint8_t *p, size_t n);

/*
 * The n bytes behind the IP headers, or with udp behind the UDP header.  V_OK; V_TRUNCATED: no room
 * for header, padding and ESP's SPI and sequence number; V_UNSUPPORTED: another version;
 * V_BAD_HEADER: the fields contradict the flags or each other.  ip_version: of the packet.
 */
enum verdict wesp_parse(struct wesp_view *w, const uint8_t *p, size_t n, uint8_t ip_version,
    bool udp);

/* The claims against the SA, and against the next header that ESP's trailer had: V_OK, or
 * V_BAD_HEADER (the receiver must drop the packet, RFC 5840 2). */
enum verdict wesp_check(const struct wesp_view *w, bool encrypts, size_t iv, size_t icv,
    uint8_t next);

/* What goes in front of ESP, identifier and padding included. */
size_t wesp_len(uint8_t ip_version, bool udp);
/* Writes those bytes.  encrypts, iv, icv: the SA's; next: ESP's. */
void wesp_encode(uint8_t *p, uint8_t ip_version, bool udp, bool encrypts, size_t iv, size_t icv,
    uint8_t next);

#endif
