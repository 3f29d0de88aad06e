/*
 * lab.h - packets sealed by hand for tests of decap: an SA from its descriptor, ESP around what the test
 * says, and the packets run through all stages in one unit.
 */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include "esp/decap.h"

enum { LAB_PACKETS = 64, LAB_BYTES = 2048 };

struct lab_result { enum verdict verdict; enum explain_why why; uint64_t seq; char text[EXPLAIN_TEXT]; };

struct lab {
	struct sad *sad;
	struct decap_options opt;
	struct decap decap;
	struct flow flow;
	struct pcap_out out;
	uint8_t bytes[LAB_PACKETS][LAB_BYTES];
	struct packet packet[LAB_PACKETS];
	unsigned n;			/* packets made */
	struct lab_result result[LAB_PACKETS];
	unsigned nresult;
	unsigned emitted;		/* records that came out */
};

/* Fresh, with these descriptors (a line each). */
void lab_init(struct lab *l, const char *descriptors);
void lab_clear(struct lab *l);
/* How ESP is filled: an inner IPv4 and UDP packet of n bytes unless raw is given. */
struct lab_esp {
	uint32_t seq, high;
	uint32_t spi;			/* 0: the SA's */
	bool esn;
	size_t n;			/* of the inner packet */
	const uint8_t *raw;		/* instead: n bytes, the trailer last */
	bool bad_padding;
};
/* Adds a packet sealed under SA number sa, as it stands in the descriptors.  Its bytes, from the IP header. */
uint8_t *lab_add(struct lab *l, uint32_t sa, const struct lab_esp *how);
/* All packets added since the last run, as one unit. */
void lab_run(struct lab *l);

#endif
