/*
 * settled.h - what candidates came to: for --settled.
 */
#ifndef CLI_SETTLED_H
#define CLI_SETTLED_H

#include "base/err.h"
#include "esp/decap.h"

/* Writes the SA of each group of candidates that verified a packet, with its keys, as ipsec-sa(5)
 * descriptors to a private file. */
int settled_write(const char *path, const struct decap *d, struct err *e);

#endif
