/*
 * extra.h - the x- keys of a descriptor, where formats keep what only they know.
 */
#ifndef SA_EXTRA_H
#define SA_EXTRA_H

#include <stdbool.h>
#include <stddef.h>

#include "sa/sa.h"

/* The text of sa's member OBJECT.KEY ("x-xfrm", "flags"); false and an empty one if there is none or it
 * does not fit. */
bool sa_extra_text(const struct sa *sa, const char *object, const char *key, char *out, size_t room);
/* Makes OBJECT the only one, of members {key, text} with texts that are not NULL; none: nothing is done. */
int sa_extra_set(struct sa *sa, const char *object, const char *const (*members)[2], size_t n,
    struct err *e);

#endif
