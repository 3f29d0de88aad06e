/*
 * match.h - "ipsec-ike match A B": two proposals, configurations or captures held against each other.
 */
#ifndef CLI_MATCH_H
#define CLI_MATCH_H

#include "cli/cli.h"
#include "ike/conf.h"

extern const struct opt match_rows[];
int match_run(struct cli *cli, struct err *e);

/* Inside: the offers of a capture's first IKE SA and, where --keys opens it, its child SA, as a connection. */
int match_capture(struct conf *c, struct cli *cli, const char *path, struct err *e);

#endif
