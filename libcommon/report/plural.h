/*
 * plural.h - "1 packets are" put right: sentences about counts are written for many, and said of one, too.
 *
 * What is in double quotes stays as it is: names and identities of others.
 */
#ifndef REPORT_PLURAL_H
#define REPORT_PLURAL_H

#include <stddef.h>

/* In place, in cap octets; what no longer fits is cut. */
void plural_fix(char *text, size_t cap);

#endif
