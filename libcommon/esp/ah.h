/*
 * ah.h - one AH packet verified, taken apart or made (RFC 4302 2, 3.3, 3.4).
 *
 * Pure: no window, no counter, no look-up.  A packet is a whole IP datagram, reassembled,
 * exactly as long as its header says; its AH starts where its IP headers end, as
 * ip_parse() finds it.  An ah_mac is keyed once and used by one thread; verifying and
 * sealing allocate nothing.  Lengths are bytes.
 */
#ifndef ESP_AH_H
#define ESP_AH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "crypto/alg.h"
#include "crypto/mac.h"
#include "esp/esp.h"
#include "packet/ip.h"
#include "packet/verdict.h"
#include "sa/sa.h"

enum { AH_FIXED = 12 };		/* next header to sequence number */

struct ah_view {
	size_t at, head;	/* where AH starts in the packet; its length with ICV and padding */
	uint32_t spi, seq;
	struct span icv;	/* the whole field: GMAC's IV (RFC 4543 4), ICV, padding */
	uint8_t next;
	bool iv_covered;	/* ah_open(): GMAC's ICV covers the IV, see ah_mac_cover_iv() */
};

/* V_TRUNCATED: it does not all fit into the n bytes; V_BAD_HEADER: its length is impossible. */
enum verdict ah_parse(struct ah_view *a, const uint8_t *p, size_t n, size_t at);

struct ah_mac;

/* icv_bits 0: the algorithm's own.  The key of a GMAC row ends with its salt.  NULL with ERR_INPUT
 * for NONE, a key of the wrong length, an ICV length that the MAC cannot give. */
struct ah_mac *ah_mac_new(const struct alg_integ *alg, struct span key, unsigned icv_bits,
    struct err *e);
void ah_mac_free(struct ah_mac *m);

/*
 * Verifies the ICV.  *a is filled except with V_TRUNCATED.  V_OK; V_BAD_ICV, also when the field is
 * too short for the SA's ICV; V_BAD_HEADER when AH's length is impossible, or options or extension
 * headers before AH make no sense; V_UNSUPPORTED for a routing header on its way of which RFC 4302
 * does not say how it arrives.
 */
enum verdict ah_open(struct ah_mac *m, const uint8_t *p, size_t n, size_t at, struct esp_seq seq,
    struct ah_view *a);

/* The message that the ICV is made over, without the high half, then the ICV as it came, to out,
 * which has n + MAC_MAX bytes; *len of them.  Verdicts as ah_open's. */
enum verdict ah_message(const struct ah_mac *m, const uint8_t *p, size_t n, size_t at, uint8_t *out,
    size_t *len);

/*
 * What AH protected, in place: in SA_TRANSPORT the packet without AH, its headers moved up to the
 * payload and put right; in SA_TUNNEL the inner packet.  v: ip_parse's of the packet; mode:
 * mode_of's.  V_OK, or V_BAD_HEADER when there is no inner packet.
 */
enum verdict ah_strip(uint8_t *p, size_t n, const struct ip_view *v, const struct ah_view *a,
    enum sa_mode mode, struct span *inner);

/* Length of an AH with this MAC's ICV, padded to align: 4, IPv6 8 (RFC 4302 3.3.3.2.1). */
size_t ah_head_len(const struct ah_mac *m, size_t align);
/* Writes AH of head bytes with its ICV and padding zero. */
void ah_head_encode(uint8_t *p, size_t head, uint8_t next, uint32_t spi, uint32_t seq);
/* For GMAC alone: ah_seal() covers the IV, too, as some senders do, where RFC 4543 4 has it as zero. */
void ah_mac_cover_iv(struct ah_mac *m, bool on);
/*
 * Writes the ICV of a packet that is otherwise ready, AH at at.  iv: GMAC's 8 bytes, never used
 * twice under a key; other MACs ignore it.  Verdicts as ah_open's.
 */
enum verdict ah_seal(struct ah_mac *m, uint8_t *p, size_t n, size_t at, struct esp_seq seq,
    const uint8_t *iv);

#endif
