/*
 * build.h - the payloads of a message that is being made.
 *
 * A list of bounded length and the memory of what its payloads hold.  A payload that does not fit, or
 * memory that is out, spoils the builder for good; ask build_ok() once at the end.  Bytes that are given
 * are copied, so that nothing has to outlive the call.  For ike_payloads_encode() and
 * ike_message_encode().  No keys: payloads that hold some (none does) have no place here.
 */
#ifndef IKE_BUILD_H
#define IKE_BUILD_H

#include "ike/offer.h"
#include "ike/payload.h"

enum { BUILD_PAYLOADS = 96, BUILD_MEMORY = 1 << 20 };

struct build {
	struct ike_payload payload[BUILD_PAYLOADS];
	unsigned n;
	struct mem mem;
	bool bad;
};

void build_init(struct build *b);
void build_clear(struct build *b);
bool build_ok(const struct build *b);
struct ike_payloads build_payloads(struct build *b);

/* A further payload of this type, decoded, to be filled in; NULL: no more room. */
struct ike_payload *build_add(struct build *b, uint8_t type);
/* A copy that lives as long as the builder; empty: no memory. */
struct span build_copy(struct build *b, struct span s);
void build_notify(struct build *b, uint16_t type, struct span data);
/* With protocol and SPI: REKEY_SA, INVALID_SPI... */
void build_notify_spi(struct build *b, uint8_t protocol, struct span spi, uint16_t type, struct span data);
void build_notify_number(struct build *b, uint16_t type, uint64_t number, unsigned octets);
void build_nonce(struct build *b, struct span nonce);
void build_ke(struct build *b, uint16_t group, struct span value);
void build_id(struct build *b, uint8_t type, uint8_t id_type, struct span data);
/* spi: of this end, in all proposals; empty in IKE_SA_INIT.  Proposals with AEADs and others are told apart
 * (RFC 5282 8): an offer that mixes them becomes two.  skip: types that are left out, 1 << enum
 * ike_transform_type (KE in IKE_AUTH). */
void build_sa(struct build *b, const struct offers *os, struct span spi, unsigned skip);
/* The one proposal that is answered: the number it had, what was chosen. */
void build_sa_choice(struct build *b, unsigned number, const struct offer *suite, struct span spi, unsigned skip);
/* n SPIs of size octets each; size 0 and n 0: the IKE SA. */
void build_delete(struct build *b, uint8_t protocol, unsigned size, unsigned n, struct span spis);

#endif
