/*
 * sad.h - the Security Association Database: a set of SAs and its look-up
 * (RFC 4301 4.1).
 *
 * Look-up is by protocol, SPI, destination and source, then with the source,
 * then the destination left out: SAs that name fewer addresses match more
 * packets.  A keyed hash: hostile SPIs cannot make it slow.
 *
 * The same SA (protocol, SPI, destination, source) added again with the same
 * keys is merged; with other keys it becomes a further candidate of the first.
 * Readers may look up from several threads as long as nobody adds.
 */
#ifndef SA_SAD_H
#define SA_SAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sa/policy.h"
#include "sa/sa.h"

struct sad;

/* Bits that a look-up asks first: a clear one says that no SA has such an SPI, or such a port at either end. */
struct sad_bits { uint64_t udp[65536 / 64], tcp[65536 / 64], spi[65536 / 64]; };

struct sad_entry {
	struct sa sa;
	uint32_t index;			/* 0..sad_count()-1, stable */
	struct sad_entry *candidate;	/* the next SA with the same name but other keys, or NULL */
	struct sad_entry *group;	/* the first of the candidates: itself if alone */
	bool policy_ts;			/* sa.ts is what policies say (policy.h) */
	struct sad_entry *tunnel;	/* sad.c's own: the next of its chain */
};

struct sad *sad_new(struct err *e);
void sad_free(struct sad *sad);
/* The arena for the keys of SAs that are going to be added. */
struct arena *sad_arena(struct sad *sad);
/* Moves sa (left empty).  1: new, 0: merged, 2: a further candidate, -1: failed. */
int sad_add(struct sad *sad, struct sa *sa, struct err *e);
/* The policies that were read beside the SAs. */
struct policies *sad_policies(struct sad *sad);
size_t sad_count(const struct sad *sad);
struct sad_entry *sad_at(const struct sad *sad, uint32_t index);
/* The most specific group of candidates that has keys, else the most specific one, or NULL. */
const struct sad_entry *sad_find(const struct sad *sad, enum sa_proto proto, uint32_t spi,
    const struct addr *src, const struct addr *dst);
/* They are the SAD's own, and stay where they are. */
const struct sad_bits *sad_bits(const struct sad *sad);

static inline uint32_t sad_spi_bit(uint32_t spi)
{
	return spi * 0x9e3779b1u >> 16;
}

static inline bool sad_bits_spi(const struct sad_bits *b, uint32_t spi)
{
	uint32_t bit = sad_spi_bit(spi);

	return (b->spi[bit / 64] >> bit % 64 & 1) != 0;
}

static inline bool sad_bits_port(const uint64_t *set, uint16_t sport, uint16_t dport)
{
	return ((set[sport / 64] >> sport % 64 | set[dport / 64] >> dport % 64) & 1) != 0;
}

/* False if no SA has this SPI; cheaper than finding out which. */
bool sad_may_have(const struct sad *sad, uint32_t spi);
/* An IPComp SA in tunnel mode between these very ends, the one added last; or NULL. */
const struct sad_entry *sad_find_tunnel(const struct sad *sad, const struct addr *src,
    const struct addr *dst);
/* True if there is an IPComp SA. */
bool sad_has_ipcomp(const struct sad *sad);
/* True if some SA encapsulates in UDP, or in TCP, with this port at either end. */
bool sad_has_udp_port(const struct sad *sad, uint16_t sport, uint16_t dport);
bool sad_has_tcp_port(const struct sad *sad, uint16_t sport, uint16_t dport);

#endif
