/*
 * ike_decode.h - ipsec-ike decode: the messages of a capture, and what they set up.
 */
#ifndef CLI_IKE_DECODE_H
#define CLI_IKE_DECODE_H

#include "cli/cli.h"

extern const struct opt ike_decode_rows[];

/* Takes the options and does it.  The exit status, or -1. */
int ike_decode_run(struct cli *cli, struct err *e);

#endif
