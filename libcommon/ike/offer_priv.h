/* offer_priv.h - what the readers of offers share. */
#ifndef IKE_OFFER_PRIV_H
#define IKE_OFFER_PRIV_H

#include "ike/offer.h"

/* A name in any dialect as an algorithm of this transform type; false: it is none. */
bool offer_take(struct offer *o, unsigned type, const char *word);
/* "256" as the key length of the cipher taken last. */
bool offer_take_bits(struct offer *o, const char *word);
/* One proposal of names joined by dashes and the like; writes into text. */
int offer_parse_joined(struct offer *o, char *text, struct err *e);
/* What this program takes where nothing is said. */
void offer_fill(struct offer *o, enum offer_words words);

#endif
