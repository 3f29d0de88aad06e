/*
 * conf.h - configurations of IKE daemons, as far as they decide whether two ends come together:
 * swanctl.conf and ipsec.conf of strongSwan, ipsec.conf of libreswan, iked.conf of OpenIKED, running
 * configurations of Cisco IOS.
 *
 * A file is recognised by its content.  What a reader has no use for it skips; what names another file
 * (include) is counted and not read.  Everything lives in the struct, pre-shared keys in libsodium's
 * memory (base/secret.h); sizes are bounded.  Errors begin with "line N: ".
 */
#ifndef IKE_CONF_H
#define IKE_CONF_H

#include "base/secret.h"
#include "ike/offer.h"
#include "sa/selector.h"

enum { CONF_CONNS = 256, CONF_CHILDREN = 64, CONF_SECRETS = 256, CONF_WORD = 128, CONF_ROUNDS = 2, CONF_FILE_MAX = 4 << 20,
	CONF_IDS = 4, CONF_MEMORY = 64 << 20 };

enum conf_mode { CONF_TUNNEL, CONF_TRANSPORT, CONF_BEET };
enum { CONF_LOCAL, CONF_REMOTE };

/* Authentication of one end: rounds in order; auth "psk", "pubkey", "eap-md5", "xauth"; "": the default. */
struct conf_end {
	char addr[CONF_WORD];		/* as written; "": any */
	char id[CONF_ROUNDS][CONF_WORD], auth[CONF_ROUNDS][CONF_WORD];
	char round[CONF_ROUNDS][CONF_WORD];	/* swanctl: the section's name */
	unsigned rounds;
};

struct conf_child {
	char name[CONF_WORD];
	enum conf_mode mode;
	struct offers offers;		/* ESP, AH */
	char ts_text[2][CONF_WORD];	/* as written; "": the end's address */
	struct selector ts;		/* src: local, dst: remote; none: any, or not to be told */
	bool ts_dynamic[2];		/* the end's address, or one that it is given */
	bool ts_bad;			/* in words that are not read here: not compared */
};

struct conf_conn {
	char name[CONF_WORD];
	uint64_t line;
	int version;			/* 0: either */
	bool aggressive, wants_address, gives_addresses, ppk_required, has_ppk, no_childless;
	struct conf_end end[2];		/* CONF_LOCAL, CONF_REMOTE */
	struct offers ike;
	struct conf_child *child[CONF_CHILDREN];
	unsigned nchild;
};

struct conf_secret {
	char kind[16];			/* "ike", "ppk" */
	char name[CONF_WORD], id[CONF_IDS][CONF_WORD];
	unsigned nid;
	struct secret value;
};

struct conf {
	const char *format;		/* "swanctl.conf" */
	bool symmetric;			/* ipsec.conf: left may be either end */
	struct conf_conn *conn[CONF_CONNS];
	unsigned nconn;
	struct conf_secret secret[CONF_SECRETS];
	unsigned nsecret;
	struct offers defaults[IKE_PROTO_ESP + 1];	/* by protocol, once read */
	unsigned includes;		/* files that it names and that were not read */
	struct mem mem;
	struct arena arena;
};

/* Whether the text is a configuration of a known kind. */
bool conf_looks(const char *text, size_t n);
/* c need not be initialised; conf_free() also after an error.  Keys in the text are not wiped. */
int conf_read(struct conf *c, const char *text, size_t n, struct err *e);
void conf_free(struct conf *c);
/* By hand (mem_init() first), and for the readers.  NULL and a reason: too many, or no memory. */
struct conf_conn *conf_add_conn(struct conf *c, const char *name, uint64_t line, struct err *e);
struct conf_child *conf_add_child(struct conf *c, struct conf_conn *conn, const char *name, struct err *e);
/* left becomes remote, the selectors with it. */
void conf_conn_swap(struct conf_conn *conn);

#endif
