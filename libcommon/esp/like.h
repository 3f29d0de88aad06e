/*
 * like.h - a capture of IPsec packets to imitate: sequence numbers, IVs, padding
 * and outer header fields of its packets, one after the other for each SA.
 *
 * For tests: with an SA's keys the packets of another implementation come out again,
 * octet for octet.  The capture is read to its end and kept.
 */
#ifndef ESP_LIKE_H
#define ESP_LIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "esp/encap.h"
#include "packet/pcap_in.h"

enum { LIKE_FIELD = 64 };	/* the most of an AH's ICV field that is kept */

/* What one SA put around a packet. */
struct like_layer {
	struct mode_fields outer;
	uint32_t seq;			/* the low half */
	uint32_t tfc;
	uint8_t iv[IVGEN_MAX];
	uint8_t pad;			/* ESP: padding */
	uint8_t head;			/* AH: its length */
	bool iv_covered;		/* AH with GMAC, as struct ah_view */
	uint8_t field[LIKE_FIELD];	/* AH: its ICV field, of which the padding is taken */
};

struct like *like_open(const struct pcap_in_options *from, struct err *e);
void like_free(struct like *l);
/* Puts the next packet of the item's outermost SA into its layers.  ERR_DATA when there is none left,
 * or it does not open with the item's SAs. */
int like_take(struct like *l, struct encap *d, struct encap_item *it, struct err *e);
/* The number of the layer: the one with this low half that is nearest to *last, which moves there. */
void like_number(const struct like_layer *from, struct encap_layer *to, uint64_t *last);

#endif
