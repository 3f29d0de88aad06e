/*
 * tcpdump.h - "ikev2 I 0xSPIi 0xSPIr AUTH:0xKEY ENCR:0xKEY": lines of tcpdump's secrets, which
 * pluto prints, too.
 */
#ifndef IKE_KEYFILE_TCPDUMP_H
#define IKE_KEYFILE_TCPDUMP_H

#include "ike/keyfile.h"

/* I and R are two lines; the set that the first began. */
struct ikev2_lines { struct keyset *set; };

/* Where the line's "ikev2" stands, or an empty word. */
struct word ikev2_line_find(const char *p, size_t n, size_t column);
/* One such line, from "ikev2" on. */
int ikev2_line_take(struct format_source *s, struct ikev2_lines *state, const struct format *row,
    struct word rest, uint64_t line, struct err *e);

#endif
