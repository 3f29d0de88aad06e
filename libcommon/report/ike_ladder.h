/*
 * ike_ladder.h - followed IKE messages for people: a ladder, one message a rung.
 *
 *	IKE SA 1: IKEv2 3af0.../(not known yet)  192.0.2.1:500 --> 192.0.2.2:500
 *	     1     0.000  -->  IKE_SA_INIT 0 request      SA(aes256-sha256-modp2048) KE(MODP_2048) Nonce
 *
 * Frame, seconds since the first message, direction, exchange with its id, payloads; below it what came of it.
 * Text of peers is escaped.
 */
#ifndef REPORT_IKE_LADDER_H
#define REPORT_IKE_LADDER_H

#include <stdio.h>

#include "ike/follow.h"

struct ike_ladder {
	FILE *to;
	size_t width;			/* columns; 0: any number */
	bool full, color;
	bool started;			/* the rest is the ladder's own; zero at first */
	int64_t start;
	uint64_t shown;			/* number of the IKE SA of the line before */
	uint64_t spi_r;			/* of that one; 0: not told yet */
	size_t column;
};

void ike_ladder_message(struct ike_ladder *l, const struct follow_message *m);
/* Below the message that it came of. */
void ike_ladder_child(struct ike_ladder *l, const struct sa *sa, const struct follow_sa *of, enum follow_news news);

#endif
