/*
 * ike_probe.h - ipsec-ike probe: what gateways answer to first messages.
 */
#ifndef CLI_IKE_PROBE_H
#define CLI_IKE_PROBE_H

#include "cli/cli.h"

extern const struct opt ike_probe_rows[];
/* For a subcommand: 0 all hosts answered, 1 some did not; -1 with a reason. */
int ike_probe_run(struct cli *cli, struct err *e);

#endif
