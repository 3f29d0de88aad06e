/*
 * decap_opening.h - one packet while its layers are taken off, and how what comes
 * out of a layer becomes a packet again.
 *
 * A layer at a time: place says where in src it is; afterwards pkt and len are what
 * is left, within the room from start to end.
 *
 *	opening_start(&o, ...);
 *	while (opening_run(&o))
 *		(o.suite opens *o.job, best together with others')
 *	opening_finish(&o, ...);
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
	int k;				/* which layer */
	const struct sad_entry *group;	/* its SA, or NULL */
	struct suite_job *job;		/* the caller's: of a layer that waits for suite to open it */
	struct suite *suite;
	const struct sa *sa;
	bool many;			/* what opens faster among others waits for them */
	bool waits, whole;		/* whole: the last layer is off */
};

/* Packets on their way together: at most so many wait at once. */
enum { DECAP_LOT = 256 };

struct decap_lot {
	uint32_t n, nwait;
	struct opening opening[DECAP_LOT];	/* n of them, in order */
	struct opening *waiting[DECAP_LOT];	/* nwait of them, each with its job and suite */
	struct suite_job job[DECAP_LOT];
	struct suite *suite[DECAP_LOT];
};

/* The item's first layer; the result goes into the room of base from at to end. */
void opening_start(struct opening *o, struct decap *d, struct decap_item *it, unsigned worker,
    const struct decap_how *how, uint8_t *base, size_t at, size_t end);
/* Takes layers off until none is left (false), or one waits for its job (true). */
bool opening_run(struct opening *o);
/* Makes the record of what came out, if it did; at: moves it to there, else SIZE_MAX. */
void opening_finish(struct opening *o, uint8_t *base, size_t at);

/*
 * What a layer held, got->n bytes at plain in the room, becomes the packet, as the SA's mode and
 * got->next say.  V_OK, or why not, with words in it->why.
 */
enum verdict opening_restore(struct opening *o, const struct sa *sa, uint8_t *plain,
    const struct esp_opened *got);

/* IPComp, compressed or left plain, is taken off. */
enum verdict opening_ipcomp(struct opening *o, const struct sa *sa);

#endif
