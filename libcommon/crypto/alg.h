/*
 * alg.h - the registry: what is known about each algorithm, one row each.
 *
 * Rows are constant and live for ever; pointers to them are compared.  Sizes
 * are bytes unless a name ends in _bits.  Names in any dialect lead to the row;
 * output uses .name.  Numbers: IANA "IKEv2 Parameters", transform types 1 to 4; v1
 * are those of IKEv1, 0 if it has none.  Status: RFC 8221 (ESP and AH), RFC 8247 (IKE).
 */
#ifndef CRYPTO_ALG_H
#define CRYPTO_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum alg_status {		/* worst first */
	ALG_MUST_NOT, ALG_SHOULD_NOT, ALG_UNSPECIFIED, ALG_MAY, ALG_SHOULD, ALG_SHOULD_PLUS, ALG_MUST_MINUS,
	ALG_MUST,
};

/* A key size whose standing is not its row's. */
struct alg_level { uint16_t bits; enum alg_status status, ike; };

enum encr_kind {		/* which construction opens and seals it */
	ENCR_KIND_NULL,		/* RFC 2410 */
	ENCR_KIND_CBC,		/* RFC 2451, 3602 */
	ENCR_KIND_CTR,		/* RFC 3686 */
	ENCR_KIND_AEAD,		/* GCM, CCM, ChaCha20-Poly1305: RFC 4106, 4309, 7634 */
	ENCR_KIND_GMAC,		/* RFC 4543: everything is AAD */
};

enum integ_kind {
	INTEG_KIND_NONE,
	INTEG_KIND_HMAC,
	INTEG_KIND_CMAC,
	INTEG_KIND_XCBC,
	INTEG_KIND_GMAC,	/* RFC 4543: AH alone; ESP has it as an encryption row */
};

/* One key size of a cipher; the key without the salt.  NULL: that tool cannot.  strongswan: its
 * proposal keywords, blank-separated, the one it prints first. */
struct alg_size { uint16_t bits; const char *evp, *strongswan, *tcpdump; };

struct alg_encr {
	uint16_t id;			/* IANA transform type 1; 0 if it has none */
	enum encr_kind kind;
	enum alg_status status, ike;	/* RFC 8221 for ESP, RFC 8247 for IKE */
	uint16_t v1, v1_esp;		/* IKEv1 phase 1; ESP transform where it is another number than id */
	struct alg_level level[2];	/* of sizes that differ; those not used have bits 0 */
	const char *name;		/* ours: the registry's, lower case, dashes, no ENCR_ */
	const char *iana;		/* ENCR_... */
	const char *xfrm;		/* Linux; with icv for AEADs */
	const char *wireshark, *setkey;	/* NULL: that tool cannot */
	const char *alias;		/* further names, blank-separated, without a key size */
	uint8_t salt, iv, icv, block;	/* icv 0: needs an integrity algorithm; iv 0: none travels */
	uint16_t min_bits, max_bits;	/* not 0: size[0] is the default, and any multiple of 8 will do */
	uint8_t des_keys;		/* the key is so many DES keys, with parity */
	const char *gcry;		/* libgcrypt's name without bits, for what OpenSSL lacks (evp NULL) */
	struct alg_size size[8];	/* ends with bits 0 (NULL encryption: size[0].bits is 0) */
};

struct alg_integ {
	uint16_t id;			/* IANA transform type 3; 0 with name "none" is NONE */
	enum integ_kind kind;
	enum alg_status status, ike;	/* RFC 8221 for ESP and AH, RFC 8247 for IKE */
	uint8_t v1;			/* IKEv1 phase 2, authentication algorithm */
	const char *name, *iana;
	const char *strongswan, *xfrm, *wireshark, *setkey;	/* strongswan: blank-separated */
	const char *alias;		/* further names, blank-separated */
	const char *evp;		/* digest or cipher name for OpenSSL */
	uint8_t key, icv, full;		/* key (GMAC: salt last), ICV on the wire, and the untruncated MAC */
};

enum prf_kind {
	PRF_KIND_HMAC,		/* RFC 2104, 4868 */
	PRF_KIND_XCBC,		/* RFC 4434 */
	PRF_KIND_CMAC,		/* RFC 4615 */
};

struct alg_prf {
	uint16_t id;			/* IANA transform type 2 */
	enum prf_kind kind;
	enum alg_status ike;		/* RFC 8247 2.2 */
	uint8_t v1;			/* IKEv1 hash algorithm */
	const char *name, *iana;	/* ours: IANA's, lower case, dashes, no PRF_ */
	const char *strongswan, *alias;	/* blank-separated */
	const char *evp;		/* digest or cipher name for OpenSSL */
	uint8_t key, out;		/* preferred key length, and the length of what it gives */
};

enum ke_kind {
	KE_KIND_MODP,		/* RFC 2409, 3526, 5114 */
	KE_KIND_ECP,		/* RFC 5903, 5114, 6954 */
	KE_KIND_XDH,		/* RFC 8031 */
	KE_KIND_KEM,		/* ML-KEM: the initiator's value is a public key, the responder's a ciphertext */
};

struct alg_ke {
	uint16_t id;			/* IANA transform type 4; the groups of IKEv1 have the same numbers */
	enum ke_kind kind;
	enum alg_status ike;		/* RFC 8247 2.4 */
	const char *name, *iana;
	const char *strongswan, *alias;	/* blank-separated */
	const char *evp;		/* OpenSSL's name of the group; NULL: crypto/ke_modp.c has the prime */
	uint16_t pub_i, pub_r, shared;	/* the KE payload's value of each side, and g^ir */
	uint16_t private_key;		/* the longest, and the usual; MODP takes any (RFC 3526 8) */
	uint16_t bits;			/* strength against known attacks, about */
};

const struct alg_encr *alg_encr_by_id(uint16_t id);
const struct alg_integ *alg_integ_by_id(uint16_t id);
/*
 * Any dialect.  *bits is the key size that the name implies ("aes128gcm16",
 * "aes256-cbc"), or 0 when it says none; bits may be NULL.  Names that mean
 * different rows by ICV (Linux rfc4106(gcm(aes))) give the row with the longest.
 */
const struct alg_encr *alg_encr_by_name(const char *name, unsigned *bits);
const struct alg_integ *alg_integ_by_name(const char *name);
/* The Linux kernel's name (with or without its mode) and ICV bits (0: the default); NULL if unknown. */
const struct alg_encr *alg_encr_by_xfrm(const char *name, unsigned icv_bits);
/* The row whose xfrm name is this and whose ICV fits icv_bits best; an ICV length no row has keeps
 * the row of the longest ICV (the caller keeps icv_bits).  icv_bits 0: "auth" without truncation. */
const struct alg_integ *alg_integ_by_xfrm(const char *name, unsigned icv_bits);
/* Suggestion for an unknown word, or NULL. */
const char *alg_encr_nearest(const char *name);
const char *alg_integ_nearest(const char *name);
/* Row i, or NULL past the last. */
const struct alg_encr *alg_encr_row(size_t i);
const struct alg_integ *alg_integ_row(size_t i);


const struct alg_prf *alg_prf_by_id(uint16_t id);
const struct alg_ke *alg_ke_by_id(uint16_t id);
/* Any dialect; groups also by number, as "14", "dh14" and "group 14". */
const struct alg_prf *alg_prf_by_name(const char *name);
const struct alg_ke *alg_ke_by_name(const char *name);
const char *alg_prf_nearest(const char *name);
const char *alg_ke_nearest(const char *name);
const struct alg_prf *alg_prf_row(size_t i);
const struct alg_ke *alg_ke_row(size_t i);

/* Numbers of IKEv1: encryption and hash of phase 1 (RFC 2409 appendix A; the prf is HMAC of that hash);
 * ESP transforms (RFC 2407 4.4.4) and the attribute that says what authenticates (4.5). */
const struct alg_encr *alg_encr_by_v1(uint16_t id);
const struct alg_prf *alg_prf_by_v1(uint16_t hash);
const struct alg_encr *alg_encr_by_v1_esp(uint8_t transform);
const struct alg_integ *alg_integ_by_v1(uint16_t id);

/* The size row for a cipher key of n bytes (without salt), or NULL.  Its bits differ from n if the row
 * takes a range of sizes. */
const struct alg_size *alg_encr_size(const struct alg_encr *a, size_t n);
/* "20, 28 or 36", "5 to 56": the key sizes in bytes, salt included, for messages.  Returns out. */
const char *alg_encr_sizes(const struct alg_encr *a, char *out, size_t room);
/* The standing of a key of bits (without salt; 0: of the row). */
enum alg_status alg_encr_status(const struct alg_encr *a, unsigned bits);
enum alg_status alg_encr_ike_status(const struct alg_encr *a, unsigned bits);
/* "MUST", "MUST-", "SHOULD NOT"; "not mentioned" for ALG_UNSPECIFIED. */
const char *alg_status_name(enum alg_status s);
/* True when the row carries its own integrity check. */
bool alg_encr_is_aead(const struct alg_encr *a);
/* The block of the cipher itself, which counter modes hide; 0: it has none (NULL, ChaCha20). */
unsigned alg_encr_cipher_block(const struct alg_encr *a);
/* True when the sequence number is the IV (RFC 8750). */
bool alg_encr_is_iiv(const struct alg_encr *a);

#endif
