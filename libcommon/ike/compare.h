/*
 * compare.h - two configurations of one tunnel: what its ends would agree on, and what keeps them
 * apart.
 *
 * A is taken to be the initiator, B the responder, who chooses.  What a configuration leaves to
 * defaults that a file does not show (certificates, an identity taken from one) is not compared.
 */
#ifndef IKE_COMPARE_H
#define IKE_COMPARE_H

#include "ike/choose.h"
#include "ike/conf.h"
#include "ike/reason.h"

struct compared_child {
	const struct conf_child *a, *b;
	bool found;
	struct choice choice;		/* of IKE_AUTH: without a key exchange; IKEv1: of quick mode */
};

struct compared {
	const struct conf_conn *a, *b;
	bool has_ike, found;		/* both say something of IKE; they agree */
	struct choice ike;
	struct compared_child child[CONF_CHILDREN];
	unsigned nchild;
	struct reasons reasons;
	bool fails;			/* one of them is an error */
};

/*
 * The selectors of a's side that b lets through (RFC 7296 2.9), as text with commas; false where they
 * are not to be told: the end's address, ports, words that are not read here.
 */
enum { COMPARE_TS_TEXT = 2 * CONF_WORD };
bool compare_ts_chosen(char out[COMPARE_TS_TEXT], const struct conf_child *a, const struct conf_child *b,
    int side);
bool compare_ts_overlap(const struct conf_child *a, const struct conf_child *b);

/*
 * Which connection of b stands opposite a's i-th: of the same name, between the same addresses, the only
 * one; NULL: none.  A connection of ipsec.conf is turned round where both files call the same end left.
 */
struct conf_conn *conf_opposite(const struct conf *a, const struct conf *b, unsigned i);
/* names: what to call the ends, "A" and "B". */
void conf_compare(struct compared *out, const struct conf *a, const struct conf_conn *of_a, const struct conf *b,
    const struct conf_conn *of_b, const char *const names[2]);

#endif
