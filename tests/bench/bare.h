/*
 * bare.h - ESP in tunnel mode of IPv4 in IPv4 and nothing else, by each library the way it is fastest: what
 * the tools are measured against.
 *
 * A yardstick, no tool: it knows five suites, classic pcap of this machine's byte order and Ethernet, and
 * stops at whatever else it meets.  A packet of SA number i has the SPI BARE_SPI + i; with several SAs,
 * what is to be sealed for number i goes to the address BARE_DST + i.  Keys follow from suite and number.
 */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { BARE_SPI = 0x10000, BARE_DST = 0x0a400000, BARE_SRC = 0x0a010001 };
enum { BARE_RECORD = 16, BARE_ETHER = 14, BARE_IP = 20, BARE_ESP = 8, BARE_FILE = 24, BARE_PACKET_MAX = 2000 };
enum bare_kind { BARE_GCM, BARE_CHACHA, BARE_CBC };

struct bare_suite {
	const char *name, *encr, *integ;	/* integ NULL: none */
	enum bare_kind kind;
	size_t key, salt, iv, icv, block, mac;	/* bytes; mac: the MAC's key, also how long its digest is */
};

/* ctx is the engine's own. */
struct bare_sa {
	const struct bare_suite *suite;
	uint32_t spi;
	uint8_t key[36], mac[32];		/* key: the salt behind it */
	void *ctx;
};

/* at: the ESP header, in front of it an IPv4 header without options; n: bytes of the body, trailer included;
 * out: where the body goes. */
struct bare_job { const struct bare_sa *sa; uint8_t *at, *out; uint32_t n, seq; };

/*
 * One at a time: open() from ESP header to out, seal() from in to behind an ESP header and IV that are
 * there.  Or many at once, to be sealed in place; NULL where one at a time is fastest.  False if one failed.
 */
struct bare_engine {
	void *(*start)(void);			/* NULL: not here */
	bool (*key)(void *g, struct bare_sa *sa, bool seal);
	bool (*open)(void *g, const struct bare_sa *sa, const uint8_t *esp, size_t n, uint8_t *out);
	bool (*seal)(void *g, const struct bare_sa *sa, uint8_t *esp, const uint8_t *in, size_t n);
	bool (*many)(void *g, const struct bare_job *j, size_t n, bool seal);
};

const struct bare_suite *bare_suite(const char *name);
/* Number i of the suite's SAs, without a context. */
void bare_sa_make(struct bare_sa *sa, const struct bare_suite *s, uint32_t i);
/* "openssl", "ipsec-mb"; NULL: no such engine, or built without its header. */
const struct bare_engine *bare_engine(const char *name, const struct bare_suite *s);
const struct bare_engine *bare_openssl(const struct bare_suite *s);
const struct bare_engine *bare_ipsec_mb(const struct bare_suite *s);

void bare_die(const char *what);
/* Seconds. */
double bare_clock(clockid_t which);
/* HMAC's key with its two pads (RFC 2104 2), a block each. */
void bare_pads(const struct bare_sa *sa, uint8_t inner[64], uint8_t outer[64]);

/* Salt, then IV. */
static inline void bare_nonce(const struct bare_sa *sa, const uint8_t *esp, uint8_t nonce[12])
{
	memcpy(nonce, sa->key + sa->suite->key, 4);
	memcpy(nonce + 4, esp + BARE_ESP, 8);
}

#endif
