/*
 * crl_opts.h - options that describe a revocation list: "--ca root.pem --ca-key root.key --revoke gw.pem", for ipsec-keygen
 * crl, and the list made of them.
 */
#ifndef CLI_CRL_OPTS_H
#define CLI_CRL_OPTS_H

#include "cli/cli.h"
#include "crypto/cert_set.h"

struct rng;

enum { CRL_OPTS_KEY = 0xb000, CRL_OPTS_FILES = 256 };

/* For a subcommand's own rows. */
extern const struct opt crl_opts_rows[];

struct crl_opts {
	const char *ca, *ca_key, *ca_pass, *revoke[CRL_OPTS_FILES];	/* files */
	size_t n_revoke;
	uint64_t days, number;
	int64_t from, to;
	bool has_from, has_to, pss;
};

void crl_opts_init(struct crl_opts *o);
/* The option that cli_next() just gave; key >= CRL_OPTS_KEY. */
int crl_opts_take(struct crl_opts *o, struct cli *cli, int key, struct err *e);
/* After the last one.  now: seconds since 1970; seeded: a time that is not said is the same whenever it is made. */
int crl_opts_check(struct crl_opts *o, int64_t now, bool seeded, struct err *e);
/* PEM to the stream; what is secret stays in the arena. */
int crl_opts_write(const struct crl_opts *o, FILE *to, struct rng *rng, struct arena *a, struct err *e);

#endif
