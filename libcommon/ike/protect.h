/*
 * protect.h - the encrypted part of IKE messages: SK and SKF payloads of IKEv2 (RFC 7296 3.14,
 * 5282, 5930, 7383), and IKEv1 messages in CBC with their chain of IVs (RFC 2409 appendix B).
 *
 * A context is keyed once for one direction, and works for one thread without allocation.  A
 * message is the whole of what its header's Length says, without a non-ESP marker.  Of IKEv2
 * everything before the ICV is authenticated: AEADs take what stands before the IV as additional
 * data, for SKF with fragment number and total (RFC 7383 2.5), and MACs the cipher text besides.
 *
 * Keys are borrowed while a context is made.
 */
#ifndef IKE_PROTECT_H
#define IKE_PROTECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/secret.h"
#include "crypto/suite.h"
#include "ike/keys.h"

enum ike_open {
	IKE_OPEN_OK,
	IKE_OPEN_BAD_ICV,	/* other keys, or the message is not what was sent */
	IKE_OPEN_BAD_LENGTH,	/* no room for IV, ICV and pad length, or no whole blocks */
	/* the ICV is right, and the padding longer than what was encrypted */
	IKE_OPEN_BAD_PAD,
};

struct ike_protect;

/* What k has for messages of the initiator, or of the responder, of the exchange that made the IKE
 * SA.  use: SUITE_FOR_..., 0: both.  Errors name what is missing, or a key of the wrong length. */
struct ike_protect *ike_protect_new(const struct ike_keys *k, bool initiator, unsigned use,
    struct err *e);
/* The same of keys that stand elsewhere; with icv_bits and no integ nothing ever verifies. */
struct ike_protect *ike_protect_of(const struct suite_keys *keys, struct err *e);
void ike_protect_free(struct ike_protect *p);

size_t ike_protect_iv_len(const struct ike_protect *p);
/* How many octets of payloads fit into a message of so many, head octets of it before the IV. */
size_t ike_protect_fits(const struct ike_protect *p, size_t head, size_t message);

/* Octets of the payload before its IV: the generic header, and of SKF two numbers. */
enum { IKE_SK_HEADER = 4, IKE_SKF_HEADER = 8 };

/*
 * Opens the SK payload (header: IKE_SK_HEADER) or SKF (IKE_SKF_HEADER) whose generic header begins
 * at offset at, the last one of the message.  out has room for message.n octets; plain is then a
 * part of it: the payloads within, padding cut off.  On BAD_ICV plain is empty and out zero, unless
 * anyway: then it is what decryption gave, padding cut off if it could be.
 */
enum ike_open ike_protect_open(struct ike_protect *p, struct span message, size_t at, size_t header,
    bool anyway, uint8_t *out, struct span *plain);

/*
 * Seals in place: msg holds head octets, up to the end of the payload's header, and has room for
 * room.  IV, plain (which may be anywhere outside of it), padding and ICV are put behind, and the
 * Length fields of the IKE header and of the payload (header octets long) set.  iv: as long as
 * ike_protect_iv_len(), unpredictable for CBC, never twice under one key for all others.  Gives the
 * message's length, 0 if it does not fit.
 */
size_t ike_protect_seal(struct ike_protect *p, uint8_t *msg, size_t room, size_t head,
    size_t header, struct span plain, const uint8_t *iv);

/* IKEv1: everything behind the header is encrypted. */
enum { IKE_V1_HEADER = 28, IKE_V1_IV = 16 };

struct ike_v1_cipher;

/* ka: the key as the cipher takes it (keymat_v1_stretch()). */
struct ike_v1_cipher *ike_v1_cipher_new(const struct alg_encr *encr, const struct secret *ka,
    struct err *e);
void ike_v1_cipher_free(struct ike_v1_cipher *c);
size_t ike_v1_cipher_block(const struct ike_v1_cipher *c);
/* iv is that of this message, and afterwards that of the next one of the exchange, also if the keys
 * were wrong: there is no ICV.  out as above; plain has the padding, whose length nothing says.
 * IKE_OPEN_OK or IKE_OPEN_BAD_LENGTH. */
enum ike_open ike_v1_open(struct ike_v1_cipher *c, struct span message, uint8_t iv[IKE_V1_IV],
    uint8_t *out, struct span *plain);
/* Encrypts what stands behind the header of the n octets at msg, padded with zeros to whole blocks,
 * and sets the header's Length.  Gives that, 0 if room is too little. */
size_t ike_v1_seal(struct ike_v1_cipher *c, uint8_t *msg, size_t n, size_t room,
    uint8_t iv[IKE_V1_IV]);
/* Does this look like payloads, the first of this type, and some padding?  What wrong keys give
 * does so once in some ten thousand times. */
bool ike_v1_plausible(uint8_t first, struct span plain);

#endif
