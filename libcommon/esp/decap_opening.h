/*
 * decap_opening.h - one packet while its layers are taken off, and how what comes
 * out of a layer becomes a packet again.
 *
 * A layer at a time: place says where in src it is; afterwards pkt and len are what
 * is left, within the room from start to end.
 */
#ifndef ESP_DECAP_OPENING_H
#define ESP_DECAP_OPENING_H

#include "esp/decap_state.h"
#include "esp/esp.h"

struct opening {
	struct decap *d;
	struct decap_item *it;
	unsigned worker;
	const struct decap_how *how;
	const uint8_t *src;		/* the datagram that holds the next layer */
	struct place place;
	uint8_t *start, *end;		/* the room that a packet may fill */
	uint8_t *pkt;			/* what came out so far; layer 0: where it will be */
	uint32_t len;
};

/*
 * What a layer held, got->n bytes at plain in the room, becomes the packet, as the SA's mode and
 * got->next say.  V_OK, or why not, with words in it->why.
 */
enum verdict opening_restore(struct opening *o, const struct sa *sa, uint8_t *plain,
    const struct esp_opened *got);

/* IPComp, compressed or left plain, is taken off. */
enum verdict opening_ipcomp(struct opening *o, const struct sa *sa);

#endif
