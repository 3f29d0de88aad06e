/*
 * psk_opts.h - options that describe a pre-shared secret: "--bits 256 --format swanctl", and the secret made of them.
 */
#ifndef CLI_PSK_OPTS_H
#define CLI_PSK_OPTS_H

#include "cli/cli.h"
#include "cli/keyout.h"
#include "report/psk.h"

struct rng;

enum { PSK_OPTS_KEY = 0xa000, PSK_OPTS_BITS = 256 };

/* For a subcommand's own rows. */
extern const struct opt psk_opts_rows[];

struct psk_opts {
	struct psk psk;			/* the names; psk_opts_make() adds the rest */
	uint64_t bits;
	int format;			/* enum psk_format */
};

#define PSK_OPTS_INIT { .bits = PSK_OPTS_BITS, .format = PSK_HEX }

/* The option that cli_next() just gave; key >= PSK_OPTS_KEY. */
int psk_opts_take(struct psk_opts *o, struct cli *cli, int key, struct err *e);
/* After the last one: nothing contradicts. */
int psk_opts_check(const struct psk_opts *o, const struct cli *cli, struct err *e);
/* The secret, as text in out until that is used for another one. */
int psk_opts_make(struct psk_opts *o, struct keyout *out, struct rng *rng, struct err *e);

#endif
