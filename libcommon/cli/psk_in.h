/*
 * psk_in.h - files with pre-shared keys and passwords, for live IKE.
 *
 * A key is its text: as it is, in quotes, 0x and hex, or 0s and base64, as strongSwan and libreswan have it.  File buffers
 * are wiped; a file that others can read is said so.
 */
#ifndef CLI_PSK_IN_H
#define CLI_PSK_IN_H

#include "cli/cli.h"
#include "ike/creds.h"

enum { PSK_IN_MAX = 4 << 20 };		/* bytes of a file */

/* The key that text means, a new secret in a. */
int psk_in_key(struct arena *a, struct secret *out, const char *p, size_t n, struct err *e);
/* A line that is the key for everybody, or lines "ID: key" ("%any: key" for everybody), # begins a comment there. */
int psk_in_read(struct creds *c, struct cli *cli, const char *path, struct err *e);
/* The first line; at most a page.  what it is, for messages: "password". */
int psk_in_line(struct arena *a, struct secret *out, struct cli *cli, const char *path, const char *what, struct err *e);

/* "name:password" lines. */
struct psk_user { struct span name, password; };
struct psk_users { struct psk_user *user; size_t n; struct secret text; };	/* text in an arena of the caller's */
int psk_in_users(struct psk_users *u, struct arena *a, struct cli *cli, const char *path, struct err *e);
void psk_users_clear(struct psk_users *u);
/* For eap_conf.user; arg is the struct psk_users. */
int psk_users_find(void *arg, struct span name, struct span *password);

/* Says so if others can read it. */
void psk_in_warn(struct cli *cli, const char *path);

#endif
