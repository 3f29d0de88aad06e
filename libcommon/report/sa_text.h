/*
 * sa_text.h - an SA in words for people; never its keys.
 */
#ifndef REPORT_SA_TEXT_H
#define REPORT_SA_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "sa/sa.h"

enum { SA_TEXT = 256 };

/* "esp 0xc1d2e3f4 192.0.2.1 > 192.0.2.2" */
char *sa_text_name(char out[SA_TEXT], const struct sa *sa);
/* "aes-cbc-128 + hmac-sha2-256-128", "... icv 96"; "unknown" for what the source did not say. */
char *sa_text_algs(char out[SA_TEXT], const struct sa *sa);
/* "5 min of 1 h, 1.2 MiB of 4 GiB": what was used, and of how much; "" if nothing is known. */
char *sa_text_life(char out[SA_TEXT], const struct sa *sa, int64_t now);
/* "udp 4500 4500", or "" */
char *sa_text_encap(char out[SA_TEXT], const struct sa *sa);
/* "10.1.0.0/16 > 10.2.0.0/16 tcp" for selector i; ports as in ipsec-sa(5). */
char *sa_text_ts(char out[SA_TEXT], const struct selector *ts);

#endif
