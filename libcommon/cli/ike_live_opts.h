/*
 * ike_live_opts.h - the options of ipsec-ike initiate and respond, as they were given.
 *
 * What they mean is made of them by ike_live_creds.h (who an end is, whom it believes) and ike_live_conf.h (what it
 * negotiates).  Texts are borrowed from the command line.
 */
#ifndef CLI_IKE_LIVE_OPTS_H
#define CLI_IKE_LIVE_OPTS_H

#include "cli/cli.h"
#include "cli/ike_traffic.h"
#include "ike/keylog.h"

enum { IKE_LIVE_MANY = 64 };

struct ike_live_texts { const char *v[IKE_LIVE_MANY]; unsigned n; };

struct ike_live_opts {
	/* who */
	const char *id, *remote_id, *key, *key_pass, *eap, *eap_id, *eap_password, *eap_users;
	struct ike_live_texts psk, cert, ca, crl, remote_cert, remote_key;
	int auth;			/* enum creds_how; -1: not said */
	unsigned remote_auth;		/* 1 << enum creds_how; 0: not said */
	int sign;			/* 0 not said, 1 pss, 2 pkcs1, 3 old */
	bool eap_only, need_crl, cert_if_asked;

	/* what */
	struct ike_live_texts proposal, esp, ah, ts, dns, address;
	const char *pool;
	int mode;			/* enum sa_mode; 0: not said */
	bool childless, want_address;

	/* where */
	const char *host;
	struct addr local;
	uint32_t scope;			/* of it */
	uint16_t port, listen_port, natt_port, local_port, local_natt_port;
	bool port_said, listen_said, natt_said;	/* listen_said: --listen has a port */
	bool ipv4, ipv6;		/* alone */
	int family;			/* 4, 6; 0: either */
	bool no_mobike, force_natt, cookies, no_fragments;
	unsigned fragment_size;
	uint64_t retransmit_ns, half_open_ns;
	unsigned tries, half_open_max, cookie_after;

	/* how long */
	int64_t hold_ns;		/* -1: not said; INT64_MAX: for ever */
	uint64_t sessions;		/* 0: any number */
	int64_t rekey_ike_ns, rekey_child_ns, reauth_ns, dpd_ns;	/* -1: not said; 0: never */
	uint64_t rekey_bytes, rekey_packets;
	const char *script;

	/* results */
	bool events;
	const char *keylog_file, *save_file;
	const struct keylog *keylog_as;	/* NULL: not said; after ike_live_check() the default */

	/* tests */
	struct ike_live_texts impair;
	const char *seed;
	struct ike_traffic_opts traffic;
};

extern const struct opt ike_initiate_rows[], ike_respond_rows[];
/* With those of cli/ike_traffic.h. */
extern const struct opt *const ike_live_parts[];

/* All options of the subcommand.  0, or -1 with a reason. */
int ike_live_opts_read(struct ike_live_opts *o, struct cli *cli, bool initiator, struct err *e);
/* After the last one: nothing contradicts; what follows from others is filled in. */
int ike_live_check(struct ike_live_opts *o, struct err *e);

#endif
