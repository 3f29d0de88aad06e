/*
 * offer.h - what an end proposes or accepts: proposals with alternatives, as SA payloads and
 * configurations have them (RFC 7296 3.3, RFC 2408 3.5, RFC 2409 appendix A).
 *
 * An offer is one proposal: for each transform type (enum ike_transform_type) the algorithms in order
 * of preference.  A transform of IKEv1 phase 1 is an offer of its own; its hash stands for PRF and
 * integrity alike.  Numbers are those of IKEv2, so that both versions compare.  Key lengths are said
 * only where a cipher has several; NONE (0) is never in the lists of INTEG and KE beside others unless
 * it was offered.
 *
 * Offers live in the caller's struct mem; text is read in the words of strongSwan, libreswan, OpenIKED
 * and Cisco IOS, and written as strongSwan's.
 */
#ifndef IKE_OFFER_H
#define IKE_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/alg.h"
#include "ike/payload.h"

enum { OFFER_TYPES = IKE_T_ADDKE7 + 1, OFFER_ALGS = 40, OFFERS_MAX = 256, OFFER_TEXT = 512, OFFER_WORD = 48 };

struct offer_alg { uint16_t id, bits; };		/* bits: of the cipher's key, 0: none is said */
struct offer_list { uint8_t n; struct offer_alg alg[OFFER_ALGS]; };

struct offer {
	uint8_t protocol;		/* enum ike_protocol */
	uint16_t v1_auth;		/* IKEv1 phase 1: authentication method; 0: not said */
	bool cut;			/* more algorithms than OFFER_ALGS */
	struct offer_list of[OFFER_TYPES];	/* by transform type */
};

struct offers { struct offer *offer; unsigned n, room; };	/* all zero: empty */

/* A further, empty one; NULL: out of memory, or OFFERS_MAX. */
struct offer *offers_add(struct offers *os, uint8_t protocol, struct mem *mem);
/* Appends an algorithm that is not there yet. */
void offer_add(struct offer *o, unsigned type, uint16_t id, unsigned bits);

/* Which program's words, where the text does not tell; it decides what stands for what is not said. */
enum offer_words { OFFER_ANY, OFFER_STRONGSWAN, OFFER_LIBRESWAN, OFFER_OPENIKED, OFFER_CISCO };

/*
 * Text to offers, appended: "aes256gcm16-prfsha384-ecp384,aes128-sha256-modp2048", "ike=aes256-sha2_512;
 * modp4096+dh19", "ikesa enc aes-256 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048", "encryption
 * aes-cbc-256 integrity sha256 group 14 19", "esp-aes 256 esp-sha256-hmac", "default".  protocol
 * IKE_PROTO_NONE: as the text says, else IKE if a key exchange or PRF is in it.
 */
int offers_parse(struct offers *os, const char *text, uint8_t protocol, enum offer_words words, struct mem *mem,
    struct err *e);
/* strongSwan's when nothing is configured (5.9 with all its algorithms). */
int offers_default(struct offers *os, uint8_t protocol, struct mem *mem, struct err *e);
/* The PRF from the integrity algorithm and so on, once all is said; an error if something is missing. */
int offer_complete(struct offer *o, struct err *e);

/* All of an SA payload, either version.  Of IKEv1 phase 2 the protocols ESP and AH. */
int offers_of_payload(struct offers *os, const struct ike_payload *sa, struct mem *mem, struct err *e);

/* The PRF of an integrity algorithm's hash, and back; 0: none. */
uint16_t offer_prf_of_integ(uint16_t integ);
uint16_t offer_integ_of_prf(uint16_t prf);

/* strongSwan's word, "aes256gcm16"; of what has none "encr 77".  Gives out. */
char *offer_alg_format(char out[OFFER_WORD], unsigned type, struct offer_alg a);
/* "aes128-sha256-modp2048"; a long one is cut, with "...".  Gives out. */
char *offer_format(char out[OFFER_TEXT], const struct offer *o);
/* RFC 8247 of IKE, RFC 8221 of ESP and AH. */
enum alg_status offer_alg_status(uint8_t protocol, unsigned type, struct offer_alg a);
bool offer_alg_is_aead(struct offer_alg encr);
/* "encryption", "key exchange"; for messages. */
const char *offer_type_name(unsigned type);

#endif
