/*
 * bare.h - the cryptography of many packets and nothing else, by each library the way it is fastest: what
 * the tools are measured against.
 *
 * The packets lie in memory, records of one length: a header of BARE_HEAD bytes (pcap, Ethernet, IPv4),
 * then ESP: AES-128-GCM, or AES-128-CBC with HMAC-SHA1-96.
 */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BARE_HEAD = 16 + 14 + 20, BARE_ESP = 8, BARE_RECORD_MAX = 2048 };

struct bare_suite {
	const char *name, *encr, *integ;	/* integ NULL: none */
	size_t salt, iv, icv, block;
};

extern const struct bare_suite bare_suites[2];
/* Keys: the cipher's with the salt behind it; the MAC's. */
extern const uint8_t bare_key[20], bare_mac_key[20];

struct bare_load { const struct bare_suite *suite; uint8_t *bytes; size_t n, packets, record; };

/* Seals one packet in place: ESP header, IV, body of n bytes, room for the ICV. */
void bare_make(const struct bare_suite *s, uint8_t *esp, size_t n);
/* Seconds for all of them; decrypt and verify, or encrypt and sign (elsewhere).  A packet that does not
 * verify ends the process. */
double bare_openssl(const struct bare_load *l, bool seal);
double bare_ipsec_mb(const struct bare_load *l, bool seal);
/* False: built without its header. */
bool bare_has_ipsec_mb(void);

#endif
