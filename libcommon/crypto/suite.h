/*
 * suite.h - one SA's protection: opening and sealing batches of packets.
 *
 * A protected packet is contiguous:
 *
 *	head | IV | body | ICV
 *
 * head is authenticated and not encrypted.  For ESP (RFC 4303 2) it is the SPI and
 * the low 32 bits of the sequence number.  With esn the high half is authenticated
 * too: AEADs and GMAC put it between the first and second four octets of an
 * 8-octet head (RFC 4106 5, RFC 4543 3.3), MACs append it behind the body
 * (RFC 4303 2.2.1).  body is cipher text, or plain text for NULL and GMAC.  With an
 * implicit IV (RFC 8750) none is in the packet; the 64-bit sequence number is it.
 *
 * A suite belongs to one thread.  It keeps keyed contexts; keys are borrowed
 * during suite_new() only.  Nothing is allocated by open and seal, but for a further
 * context the first time that many are sealed.  Some engines work on many packets at
 * once (suite_batches()): they want jobs together.
 */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/alg.h"
#include "crypto/engine.h"

struct suite;
struct mb_keys;

struct suite_keys {
	const struct alg_encr *encr;	/* required */
	const struct alg_integ *integ;	/* NULL: none (AEADs, or unauthenticated) */
	struct secret encr_key;		/* the salt last */
	struct secret integ_key;
	unsigned icv_bits;		/* 0: the transform's own; else how much of the MAC travels.  With
					 * integ NULL and no AEAD: cut so much, and never call it verified */
	unsigned use;			/* SUITE_FOR_...; 0: both.  The other call is then a bug */
	struct engine *engine;		/* of the suite's thread; NULL: OpenSSL */
	bool alone;			/* packets will come one at a time: no engine that wants many */
	/* One for each SA, NULL at first, that does not move while suites made with it live: what they only read,
	 * they have once for all threads.  NULL: each has its own. */
	struct mb_keys **shared;
};

enum { SUITE_MAX = 65535 };		/* bytes of a packet: IP has no longer ones */

enum { SUITE_FOR_OPEN = 1, SUITE_FOR_SEAL = 2 };

enum suite_result { SUITE_OK, SUITE_BAD_ICV, SUITE_BAD_LENGTH };

struct suite_job {
	const uint8_t *p;		/* open: the packet, head first */
	size_t n;			/* of the whole packet, ICV included */
	uint8_t *out;			/* open: body's plain text, n - head - IV - ICV bytes; may be
					 * the body's own place (p + head + IV), else no overlap, nor
					 * with another job's packet */
	uint32_t esn_high;		/* used if esn */
	uint16_t head;			/* bytes; with esn or an implicit IV 8 (with esn and a MAC any); CCM by
					 * libipsec-mb: up to 46 */
	bool esn;
	bool no_verify;			/* open: decrypt even if the ICV is bad, and say so */
	enum suite_result result;	/* set by the call */
};

/*
 * Fails with ERR_INPUT for a key of the wrong length (naming found and wanted;
 * a key exactly the salt too short is told so), an ICV length the MAC cannot
 * give, or an algorithm this build cannot do.
 */
struct suite *suite_new(const struct suite_keys *keys, struct err *e);
void suite_free(struct suite *s);

size_t suite_iv_len(const struct suite *s);
size_t suite_icv_len(const struct suite *s);
/* Of a packet with a head of 8: all but the body. */
size_t suite_over(const struct suite *s);
/* Body length must be a multiple of this: the cipher's block, 1 for stream ciphers. */
size_t suite_block(const struct suite *s);
/* Who does the work; never ENGINE_AUTO. */
enum engine_kind suite_engine(const struct suite *s);
/* True if one job at a time takes several times longer than one among many; the same for sealing. */
bool suite_batches(const struct suite *s);
bool suite_seal_batches(const struct suite *s);

/* Verifies, then decrypts.  On SUITE_BAD_ICV out holds nothing of the plain text (zeroed if it was
 * touched) unless no_verify; SUITE_BAD_LENGTH when n is too short or long, or body is no multiple of the block. */
void suite_open_many(struct suite *s, struct suite_job *jobs, size_t n);
/* The same for packets of many SAs: jobs[i] with s[i].  All suites of one thread, and of one engine. */
void suite_open_each(struct suite *const s[], struct suite_job jobs[], size_t n);

/* The same one by one: of a suite that batches the job's result stands after engine_end(); else at once. */
void suite_open_start(struct suite *s, struct suite_job *job);

/* Encrypts in place and writes the ICV: p (here writable) holds head, IV and plain body, and has room
 * for the ICV at its end.  SUITE_BAD_ICV, and nothing done, if there is an ICV but no MAC is known. */
void suite_seal_many(struct suite *s, struct suite_job *jobs, size_t n);
/* The same for packets of many SAs, as suite_open_each(). */
void suite_seal_each(struct suite *const s[], struct suite_job jobs[], size_t n);

/* Checks what suite_new would, without making contexts. */
int suite_check(const struct suite_keys *keys, struct err *e);

#endif
