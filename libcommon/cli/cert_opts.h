/*
 * cert_opts.h - options that describe a new certificate and its key:
 * "--type ed25519 --subject CN=gw --san gw.example", for ipsec-keygen ca and cert.
 */
#ifndef CLI_CERT_OPTS_H
#define CLI_CERT_OPTS_H

#include "cli/cli.h"
#include "crypto/cert_make.h"

enum { CERT_OPTS_KEY = 0x9000, CERT_OPTS_NAME = 512 };

/* For a subcommand's own rows. */
extern const struct opt cert_opts_ca_rows[], cert_opts_rows[];

struct cert_opts {
	struct cert_plan plan;			/* all but keys, issuer and rng */
	const char *type, *curve;		/* as pkey_make() takes them */
	unsigned bits;
	const char *ca, *ca_key;		/* files; NULL: self-signed */
	const char *pass, *ca_pass;		/* files with passphrases, or NULL */
	bool pkcs12;

	/* own */
	const char *subject, *words[CERT_MAKE_NAMES];
	bool has_begin, has_end;
	uint64_t days;
	uint8_t subject_der[2 * CERT_OPTS_NAME], room[CERT_MAKE_NAMES][CERT_OPTS_NAME];
};

void cert_opts_init(struct cert_opts *o, bool ca);
/* The option that cli_next() just gave; key >= CERT_OPTS_KEY. */
int cert_opts_take(struct cert_opts *o, struct cli *cli, int key, struct err *e);
/* After the last one: nothing is missing, and nothing contradicts.  now: seconds since 1970; seeded: a
 * validity that is not said is the same whenever it is made. */
int cert_opts_check(struct cert_opts *o, int64_t now, bool seeded, struct err *e);

#endif
