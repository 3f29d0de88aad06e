/*
 * payload.h - the payloads of IKE: what each holds, and chains of them (RFC 7296 3.2 to 3.16, RFC
 * 2408 3.2 to 3.16, RFC 2407 4.6, RFC 7383, RFC 3947, mode config and XAuth drafts).
 *
 * A decoded payload borrows its bytes from what was decoded, which has to outlive it; arrays are in
 * the memory of the decoder.  Numbers are in host order.  Both versions share a structure where
 * what they say is the same; `version` tells the numbers apart (IKE_V1, IKE_V2).
 *
 * To send: fill in version, type, critical, decoded = true and the member of the type
 * (ike_payload_row); with decoded false the body is sent as it is.
 */
#ifndef IKE_PAYLOAD_H
#define IKE_PAYLOAD_H

#include "base/mem.h"
#include "base/out.h"
#include "base/text.h"
#include "base/wr.h"
#include "ike/fault.h"
#include "ike/ids.h"
#include "ike/vendor.h"

enum {					/* bounds; what exceeds one is a fault */
	IKE_PAYLOADS_MAX = 512,		/* of a chain */
	IKE_PROPOSALS_MAX = 256,	/* of an SA payload */
	IKE_TRANSFORMS_MAX = 256,	/* of a proposal */
	IKE_ATTRS_MAX = 128,		/* of a transform, a configuration */
};

/* RFC 7296 3.3.5, RFC 2408 3.3.  tv: value holds it, else data.  In a CP payload tv is the
 * reserved bit. */
struct ike_attr { uint16_t type; bool tv; uint16_t value; struct span data; };

struct ike_transform {
	uint8_t number;			/* IKEv1 */
	uint8_t type;			/* IKEv2: enum ike_transform_type */
	uint16_t id;			/* IKEv2: of its type; IKEv1: of the protocol */
	uint16_t key_bits;		/* IKEv2: of the key length attribute; 0: none */
	uint16_t reserved;		/* as received; head_reserved: after its next field */
	uint8_t head_reserved;
	struct ike_attr *attr;
	unsigned nattr;
};

struct ike_proposal {
	uint8_t number, protocol, reserved;
	struct span spi;
	struct ike_transform *transform;
	unsigned ntransform;
};

struct pl_sa {
	uint32_t doi, situation;	/* IKEv1 */
	struct ike_proposal *proposal;
	unsigned nproposal;
};

struct pl_ke { uint16_t group, reserved; struct span value; };	/* IKEv1: value alone */

/* protocol and port: IKEv1 (RFC 2407 4.6.2); in IKEv2 reserved octets as received. */
struct pl_id { uint8_t type, protocol; uint16_t port; struct span data; };

struct pl_cert { uint8_t encoding; struct span data; };		/* CERT and CERTREQ */

/* algorithm: with method 14 the DER of RFC 7427 3; signature: what follows it, else all.  To send: these, or data alone. */
struct pl_auth {
	uint8_t method;
	uint8_t reserved[3];		/* as received */
	struct span data, algorithm, signature;
};

struct pl_data { struct span data; };	/* Nonce, HASH, SIG, NAT-D and whatever is opaque */

struct pl_vendor { struct span data; const struct ike_vendor *row; };	/* row NULL: not known */

/* What data says, where its layout is known; which members count depends on the type
 * (notify_data.c). */
struct pl_notify {
	uint32_t doi;			/* IKEv1 */
	uint8_t protocol;
	uint16_t type;
	struct span spi, data;
	bool laid_out;			/* the rest was filled in */
	uint64_t number;		/* group, window, lifetime, CPI, payload type... */
	uint8_t kind;			/* gateway or PPK type, IPComp transform, difficulty */
	struct addr addr;		/* additional address, gateway */
	struct span value;		/* cookie, ticket, token, identity, FQDN */
	struct span nonce;		/* of a redirect, of a synchronisation */
};

struct pl_delete {
	uint32_t doi;			/* IKEv1 */
	uint8_t protocol, spi_size;
	uint16_t nspi;			/* as said; spis has no more than fit */
	struct span spis;		/* nspi of spi_size octets */
};

struct ike_ts {
	uint8_t type, protocol;
	uint16_t first_port, last_port;
	struct addr first, last;	/* IPv4 and IPv6 */
	struct span data;		/* of others: what follows their length */
};

/* Ports 65535-0 (RFC 7296 3.13.1). */
static inline bool ike_ts_is_opaque(const struct ike_ts *ts)
{
	return ts->first_port == UINT16_MAX && ts->last_port == 0;
}

/* What keeps a range of addresses from being a selector, or NULL: it ends before it begins and is not opaque, or has ports
 * of no protocol. */
const char *ike_ts_wrong(const struct ike_ts *ts);

struct pl_ts { struct ike_ts *ts; unsigned nts; uint8_t reserved[3]; };

struct pl_cp {				/* IKEv1: mode config, with attributes in both forms */
	uint8_t type;
	uint16_t identifier;		/* IKEv1 */
	uint8_t reserved[3];
	struct ike_attr *attr;
	unsigned nattr;
};

struct pl_eap {				/* RFC 3748 4 */
	uint8_t code, identifier;
	bool has_type;
	uint8_t type;
	uint32_t vendor, vendor_type;	/* of an expanded type */
	struct span data;		/* after the type */
};

/* SK and SKF; number and total are 0 in SK (RFC 7383 2.5).  body: IV, ciphertext, ICV. */
struct pl_sk { uint8_t first; uint16_t number, total; struct span body; };

/* Cisco's and Microsoft's fragments of IKEv1: the message cut, numbered from 1. */
struct pl_fragment { uint16_t id; uint8_t number; uint8_t flags; struct span data; };
enum { IKE_FRAGMENT_LAST = 1 };

struct ike_payload {
	uint8_t version, type;
	bool critical;			/* IKEv2 */
	uint8_t reserved;		/* the rest of that octet, as received */
	bool decoded;			/* the member below is filled in */
	bool bad;			/* not all of the body was understood */
	size_t offset;			/* of its header */
	uint32_t length;		/* of header and body, as received */
	struct span body;		/* without the header */
	union {
		struct pl_sa sa;
		struct pl_ke ke;
		struct pl_id id;	/* IDi, IDr, IDg; IKEv1 also NAT-OA */
		struct pl_cert cert;
		struct pl_auth auth;
		struct pl_data opaque;
		struct pl_vendor vendor;
		struct pl_notify notify;
		struct pl_delete del;
		struct pl_ts ts;
		struct pl_cp cp;
		struct pl_eap eap;
		struct pl_sk sk;
		struct pl_fragment fragment;
	};
};

struct ike_payloads {
	struct ike_payload *payload;
	unsigned n;
	struct span rest;		/* after the last one: IKEv1 padding */
};

/* Where payloads are decoded to. */
struct ike_decoder {
	struct mem *mem;
	struct ike_faults *faults;
	uint8_t version;		/* IKE_V1, IKE_V2 */
	bool inner;			/* it was encrypted */
	const uint8_t *start;		/* what offsets count from */
};

/* A type of payload: one row each in payload/NAME.c. */
struct ike_payload_row {
	uint8_t version, type;
	const char *name;		/* RFC 7296 1.2, cli.md */
	size_t min;			/* octets of the body */
	bool (*decode)(struct ike_payload *p, struct rd r, struct ike_decoder *d);
	void (*encode)(const struct ike_payload *p, struct wr *w);
	void (*show)(const struct ike_payload *p, struct out *o);
};

const struct ike_payload_row *ike_payload_row(uint8_t version, uint8_t type);
const struct ike_payload_row *ike_payload_row_at(size_t i);	/* NULL past the last */
/* "SA", "unknown (57)"; gives out. */
char *ike_payload_text(char out[IKE_ID_TEXT], uint8_t version, uint8_t type);

/*
 * Decodes a chain that begins with a payload of type first.  Ends where the chain does, after SK or
 * SKF, or at the first length that is impossible.  Faults go into the decoder's list; -1 is out of
 * memory.
 */
int ike_payloads_decode(struct ike_payloads *ps, struct ike_decoder *d, uint8_t first,
    struct span chain);
/* Chained by their types; lengths are made.  Gives the type of the first (0: none). */
uint8_t ike_payloads_encode(const struct ike_payloads *ps, struct wr *w);
/* A list under key of what all hold. */
void ike_payloads_show(struct out *o, const char *key, const struct ike_payloads *ps);
void ike_payload_show(struct out *o, const struct ike_payload *p);
/* "IDi, CERT, N(MOBIKE_SUPPORTED)", for one line about a message; cut to fit room.  Gives out. */
char *ike_payloads_text(char *out, size_t room, const struct ike_payloads *ps);

/* The octets of a decoded chain as they were, from the header of payload number `from` to the end of the last
 * one; empty if there are no more than `from`. */
struct span ike_payloads_span(const struct ike_payloads *ps, unsigned from);
/* The first of this type, or NULL. */
const struct ike_payload *ike_payload_find(const struct ike_payloads *ps, uint8_t type);
/* The first Notify of this type, or NULL; of either version. */
const struct pl_notify *ike_notify_find(const struct ike_payloads *ps, uint16_t type);
/* The first attribute of this type, or NULL, and what its value or data (up to 8 octets) says. */
const struct ike_attr *ike_attr_find(const struct ike_attr *attr, unsigned n, uint16_t type);
uint64_t ike_attr_number(const struct ike_attr *a);

#endif
