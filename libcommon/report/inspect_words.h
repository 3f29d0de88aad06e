/*
 * inspect_words.h - the things of a model in a few words, for findings and reports.
 *
 * Raw where they hold what a peer said; all give out.
 */
#ifndef REPORT_INSPECT_WORDS_H
#define REPORT_INSPECT_WORDS_H

#include "report/model.h"

enum { INSPECT_WORDS = 400 };

/* "ESP 0xc1d2e3f4 192.0.2.1 > 192.0.2.2" */
char *inspect_sa(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "esp-c1d2e3f4-192.0.2.2": what tells an SA from all others of a capture. */
char *inspect_sa_id(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "192.0.2.1 > 192.0.2.2" */
char *inspect_way(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "192.0.2.1 and 192.0.2.2" */
char *inspect_tunnel(char out[INSPECT_WORDS], const struct model *m, const struct model_tunnel *t);
/* "192.0.2.1:500 > 192.0.2.2:500" */
char *inspect_ike(char out[INSPECT_WORDS], const struct model_ike *k);
/* The id of the error that ended it, or NULL. */
const char *inspect_failed(const struct model_ike *k);
/* "1.5 s", "3 min 20 s", "2 h 5 min" */
char *inspect_time(char out[INSPECT_WORDS], int64_t ns);
/* "aes-cbc hmac-sha2-256-128"; without keys what is likely, and how much; "" */
char *inspect_cipher(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "40 ok, 2 bad-icv" of opened packets. */
char *inspect_verdicts(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "0.3 %", "12 %" */
char *inspect_percent(char out[INSPECT_WORDS], uint64_t part, uint64_t whole);

#endif
