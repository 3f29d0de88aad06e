/*
 * sign.h - Wycheproof's cases of signatures against crypto/sign.
 */
#ifndef VECTORS_SIGN_H
#define VECTORS_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Whether the algorithm of the file is one of them; why: of room bytes, empty if the case came out as its
 * result says. */
bool vectors_sign(const char *algorithm, json_t *group, json_t *test, char *why, size_t room);

#endif
