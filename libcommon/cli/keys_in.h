/*
 * keys_in.h - the key files of --keys: IKE keys into a ring, and the SAs that the same files describe, for
 * child SAs whose keys cannot be derived.
 */
#ifndef CLI_KEYS_IN_H
#define CLI_KEYS_IN_H

#include "cli/cli.h"
#include "ike/keyring.h"
#include "sa/sad.h"

enum { KEYS_IN_MAX = 1 << 30 };		/* bytes of a file */

struct keys_in { struct keyring ring; struct sad *sad; };

/* All files of the command line; what was repaired or passed over is told.  keys_in_clear() in any case. */
int keys_in_read(struct keys_in *k, struct cli *cli, struct err *e);
void keys_in_clear(struct keys_in *k);

#endif
