/*
 * ike_live_creds.h - who an end of a live negotiation is and whom it believes: the files of its options, read.
 */
#ifndef CLI_IKE_LIVE_CREDS_H
#define CLI_IKE_LIVE_CREDS_H

#include "cli/ike_live_opts.h"
#include "cli/psk_in.h"

struct ike_live_creds {
	struct creds creds;
	struct identity id, remote_id;	/* type 0: not said */
	struct psk_users users;
	char eap_id[256];
};

/* What is not said follows from what is given: a key from --psk-file, a certificate from --cert...  *c stays where it is.
 * ike_live_creds_clear() in any case. */
int ike_live_creds_read(struct ike_live_creds *c, const struct ike_live_opts *o, struct cli *cli, bool initiator,
    struct err *e);
void ike_live_creds_clear(struct ike_live_creds *c);

#endif
