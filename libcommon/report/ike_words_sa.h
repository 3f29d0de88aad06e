/*
 * ike_words_sa.h - what an SA payload proposes, in strongSwan's words: "aes256-sha256-modp2048".
 */
#ifndef REPORT_IKE_WORDS_SA_H
#define REPORT_IKE_WORDS_SA_H

#include "ike/payload.h"
#include "report/words.h"

/* The first proposal, and how many more there are. */
void ike_words_sa(struct words *w, uint8_t version, const struct pl_sa *sa);

#endif
