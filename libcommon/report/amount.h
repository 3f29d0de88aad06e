/*
 * amount.h - bytes, times and rates in words for people: "1.2 GiB", "53 min", "5.47 Mbit/s".
 */
#ifndef REPORT_AMOUNT_H
#define REPORT_AMOUNT_H

#include <stdint.h>

enum { AMOUNT_TEXT = 64 };

char *amount_bytes(char out[AMOUNT_TEXT], uint64_t n);
char *amount_seconds(char out[AMOUNT_TEXT], uint64_t s);
/* bits: in a second. */
char *amount_rate(char out[AMOUNT_TEXT], double bits);

#endif
