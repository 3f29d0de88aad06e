/*
 * psk.h - a pre-shared secret for IKE as the programs that use it read it.
 */
#ifndef REPORT_PSK_H
#define REPORT_PSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum { PSK_IDS = 16 };

struct psk {
	const char *hex, *base64;	/* of the secret, whichever the format writes */
	const char *id[PSK_IDS];	/* whose it is */
	size_t nid;
	uint32_t number;		/* tells sections of swanctl.conf apart */
};

/* In the order of the option that names them.  PSK_HEX, PSK_BASE64: whose it is goes unsaid. */
enum psk_format { PSK_HEX, PSK_BASE64, PSK_SWANCTL, PSK_LIBRESWAN };

bool psk_format_has_ids(enum psk_format f);
void psk_write(FILE *to, enum psk_format f, const struct psk *k);
/* Adds an identity; not one that either format would read otherwise. */
int psk_add_id(struct psk *k, const char *id, struct err *e);

#endif
