/*
 * identity.h - who an end says it is: the body of ID payloads from text and back (RFC 7296 3.5, RFC 4945 3.1).
 *
 * Text is that of swanctl: an address, "gw.example" (FQDN), "me@example" (RFC822_ADDR), "C=XX, CN=gw" or "/C=XX/CN=gw"
 * (DER_ASN1_DN), "%any" or nothing (any), "%null" (ID_NULL, RFC 7619), and with "fqdn:", "rfc822:", "dn:" or "keyid:"
 * (KEY_ID) in front to say which; behind these (not dn:) 0x and hex are octets.  "@gw" is an FQDN, too.  A plain value.
 */
#ifndef IKE_IDENTITY_H
#define IKE_IDENTITY_H

#include "base/err.h"
#include "base/rd.h"
#include "ike/ids.h"

enum { IDENTITY_MAX = 1024, IDENTITY_TEXT = 2200 };

struct identity { uint8_t type; uint16_t n; uint8_t data[IDENTITY_MAX]; };	/* type 0: any, none */

int identity_parse(struct identity *id, const char *text, struct err *e);
/* What identity_parse() reads as the same; of types it does not know "type 7: 0x...".  Raw where it is text: to be escaped
 * where it is shown.  What is longer than IDENTITY_MAX is cut.  Gives out. */
char *identity_format(char out[IDENTITY_TEXT], uint8_t type, struct span data);
/* Equal: domains in any case (RFC 4945 3.1.2), names as X.509 compares them; want of type 0 equals all. */
bool identity_eq(const struct identity *want, uint8_t type, struct span data);
/* Taken from an ID payload; false: longer than IDENTITY_MAX. */
bool identity_set(struct identity *id, uint8_t type, struct span data);
static inline struct span identity_span(const struct identity *id)
{
	return (struct span){ id->data, id->n };
}

#endif
