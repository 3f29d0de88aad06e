/*
 * ike_words.h - an IKE payload in a few words for people: what is proposed, who one is, what is deleted.
 *
 * Text of a peer is escaped.  What does not fit is cut, with "..." in its place.
 */
#ifndef REPORT_IKE_WORDS_H
#define REPORT_IKE_WORDS_H

#include "ike/payload.h"

enum { IKE_WORDS = 400 };

/* "SA(aes256-sha256-modp2048)", "IDi(moon.strongswan.org)", "N(REKEY_SA c1d2e3f4)", "Nonce". */
char *ike_words(char out[IKE_WORDS], const struct ike_payload *p);
/* Body of an ID payload: "moon.strongswan.org". */
char *ike_words_id(char out[IKE_WORDS], struct span body);
/* Subject of a certificate, or NULL: it is none. */
char *ike_words_cert(char out[IKE_WORDS], const struct pl_cert *c);

#endif
