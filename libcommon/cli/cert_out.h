/*
 * cert_out.h - makes what cert_opts.h describes, and its files.
 */
#ifndef CLI_CERT_OUT_H
#define CLI_CERT_OUT_H

#include "cli/cert_opts.h"
#include "cli/keyout.h"

struct rng;

/*
 * With a prefix: PREFIX.key, then PREFIX.pem and PREFIX.p12, each private and by rename; out gets a line of
 * JSON, with --json.  Without (NULL): key and certificate in PEM to out.  rng draws the keys; insecure: they
 * follow from a seed.
 */
int cert_out_write(struct cli *cli, struct cert_opts *o, const char *prefix, struct keyout *out, struct rng *rng,
    struct err *e);

#endif
