/*
 * ike_live.h - ipsec-ike initiate and respond: negotiations with real peers, whose descriptors are printed as they come up.
 *
 * ike_live_opts.h has the options, ike_live_creds.h and ike_live_conf.h what they mean, ike_live_out.h what is given out,
 * ike_live_do.h what is done to sessions that are up, ike_traffic.h what they carry; here they are run.
 */
#ifndef CLI_IKE_LIVE_H
#define CLI_IKE_LIVE_H

#include "cli/ike_live_opts.h"

/* For subcommands: 0 what was asked for came up, 1 it was refused or failed; -1 with a reason. */
int ike_initiate_run(struct cli *cli, struct err *e);
int ike_respond_run(struct cli *cli, struct err *e);
/* Words for completions. */
const char *ike_live_words(const char *option, size_t i);

#endif
