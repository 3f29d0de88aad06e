/*
 * desc.h - our own form of an SA: one JSON object in a line, ipsec-sa(5).
 *
 * Reading and writing share one table of keys (desc.c).  Keys of the SA go
 * straight into the caller's arena.
 */
#ifndef SA_DESC_H
#define SA_DESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/secret.h"
#include "sa/sa.h"

/* DESC_OTHER: an event or message; DESC_IKE: the keys of an IKE SA.  Both leave sa empty. */
enum desc_type { DESC_SA, DESC_IKE, DESC_OTHER };

/*
 * Reads one line into *sa (empty before; left empty on failure) and gives its
 * type, or -1 with *column set to where in the line the trouble is (from 1).
 */
int desc_parse(struct sa *sa, struct arena *arena, const char *line, size_t n, size_t *column,
    struct err *e);
/* One line with native names, keys in the order of ipsec-sa(5).  Write errors stay in to. */
void desc_write(FILE *to, const struct sa *sa, bool show_keys);

#endif
