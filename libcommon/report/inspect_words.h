/*
 * inspect_words.h - the things of a model in a few words, for findings and reports.
 *
 * Raw where they hold what a peer said; all give out.
 */
#ifndef REPORT_INSPECT_WORDS_H
#define REPORT_INSPECT_WORDS_H

#include "report/diagnose.h"

enum { INSPECT_WORDS = 400, INSPECT_WHO = 2 * MODEL_TEXT + 8 };

/* "ESP 0xc1d2e3f4 192.0.2.1 > 192.0.2.2" */
char *inspect_sa(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "esp-c1d2e3f4-192.0.2.2": what tells an SA from all others of a capture. */
char *inspect_sa_id(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "192.0.2.1 > 192.0.2.2" */
char *inspect_way(char out[INSPECT_WORDS], const struct model_sa *sa);
/* The same, and what is around it: "192.0.2.1 > 192.0.2.2 (udp)" */
char *inspect_way_in(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "192.0.2.1 and 192.0.2.2" */
char *inspect_tunnel(char out[INSPECT_WORDS], const struct model *m, const struct model_tunnel *t);
/* "192.0.2.1:500 > 192.0.2.2:500" */
char *inspect_ike(char out[INSPECT_WORDS], const struct model_ike *k);
/* "moon.example > sun.example", "?" for one that was not seen; "" */
char *inspect_who(char out[INSPECT_WHO], const struct model_ike *k);
/* The id of the error that ended it, or NULL. */
const char *inspect_failed(const struct model_ike *k);
/* What became of it: "up", "auth-failed", "not finished"; whether that is bad. */
const char *inspect_outcome(const struct model_ike *k);
bool inspect_is_bad(const struct model_ike *k);
/* Hosts, who sends most first; heap, n of them. */
const struct model_peer **inspect_peers(const struct model *m, size_t *n, struct err *e);
/* A finding's packets are the first ones and the last of more. */
bool inspect_has_more(const struct diagnosis *d);
/* What makes a plural: "" of one, "s" of others. */
static inline const char *inspect_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}
/* "1.5 s", "3 min 20 s", "2 h 5 min", "400 days 0 h"; "-2 h 5 min" where a clock went back */
char *inspect_time(char out[INSPECT_WORDS], int64_t ns);
/* "aes-cbc hmac-sha2-256-128"; without keys what is likely, and how much; "" */
char *inspect_cipher(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "40 ok, 2 bad-icv" of opened packets. */
char *inspect_verdicts(char out[INSPECT_WORDS], const struct model_sa *sa);
/* "0.3 %", "12 %" */
char *inspect_percent(char out[INSPECT_WORDS], uint64_t part, uint64_t whole);

#endif
