/*
 * select.h - which SAs are meant: "proto=esp and dst=10.0.0.0/8 and encr~gcm".
 *
 *	expression = and { ("or" | "||") and }
 *	and        = not { ("and" | "&&") not }
 *	not        = [ "not" | "!" ] ( "(" expression ")" | test )
 *	test       = key [ ("=" | "!=" | "~" | "!~" | "<" | "<=" | ">" | ">=") value { "," value } ]
 *
 * Keys are those of ipsec-sa(5), members of objects behind a dot, and a few that
 * follow from them (select_key_name()).  A key alone asks whether it is known.
 * With several values one that fits is enough.  A key that is not known fits
 * nothing, so that its != and !~ are true.  Values with blanks or brackets stand
 * between quotes.
 */
#ifndef SA_SELECT_H
#define SA_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "sa/sa.h"

enum { SELECT_MAX = 4096, SELECT_DEPTH = 32 };	/* characters; brackets in brackets */

struct select;

/* NULL with a reason that begins with the place, "column 7: ...". */
struct select *select_new(const char *text, struct err *e);
void select_free(struct select *s);
bool select_match(const struct select *s, const struct sa *sa);
/* Key i and what it is, or NULL past the last. */
const char *select_key_name(size_t i, const char **what);

#endif
