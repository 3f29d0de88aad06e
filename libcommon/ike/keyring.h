/*
 * keyring.h - the keys of IKE SAs that were read, found again by SPI.
 *
 * A set is what one source says of one IKE SA at one time: sources may know different parts, a
 * second key exchange (RFC 9370) gives the same SPIs other keys, and logs may not say the SPIs at
 * all.  So a look-up gives all sets that may be meant, one after the other, and the ICV decides.
 *
 * The ring owns its sets, their texts and the arena of their secrets; pointers to sets stay valid
 * until keyring_clear(), but for those that keyring_merge() makes one.  One thread.
 */
#ifndef IKE_KEYRING_H
#define IKE_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ike/keys.h"

/* More sets than that are refused: 1 GB. */
enum { KEYRING_MAX = 1000000, KEYSET_LABEL = 64 };
/* So many sets with the same SPIs are compared with each other; more stay side by side. */
enum { KEYRING_SAME = 64 };

/* Who wrote a log; the roles of its own lines. */
enum keyset_role { KEYSET_ROLE_UNKNOWN, KEYSET_INITIATOR, KEYSET_RESPONDER };

/* The version of a set whose keys went into another: it is not found, and keyring_merge() takes it
 * out. */
enum { KEYSET_GONE = -1 };

struct keyset {
	struct ike_keys k;
	const char *file;		/* the source's name; the ring's */
	char label[KEYSET_LABEL];	/* what the source calls the IKE SA: "lab[1]"; or "" */
	enum keyset_role role;		/* of the end that wrote the source, when this IKE SA was made */
	bool rekeyed;			/* by CREATE_CHILD_SA: SKEYSEED comes from an older SK_d */
	char *extra;			/* {"x-...":...}, or NULL */

	struct keyset *next;		/* the ring's own: of the same hash */
};

/* The single secrets of struct ike_keys by their names in ipsec-sa(5), in its order; version 0: of
 * both. */
struct keys_field { const char *name; size_t at; int version; };
extern const struct keys_field keys_fields[];
extern const size_t keys_nfields;

static inline struct secret *keys_secret(const struct ike_keys *k, const struct keys_field *f)
{
	return (struct secret *)((char *)k + f->at);
}

struct keyring {			/* all zero: empty */
	struct arena arena;
	struct keyset **sets;
	size_t n, cap;
	char **files;			/* names of sources */
	size_t nfiles;
	struct keyset **index;		/* by spi_i; slot 0: those without */
	size_t slots, indexed;		/* sets[0..indexed) are in */
	uint64_t seed[2];		/* of the hash: SPIs may be chosen by somebody else */
};

void keyring_clear(struct keyring *r);
/* A copy of the name, the ring's; NULL without memory. */
const char *keyring_file(struct keyring *r, const char *name);
/* An empty set at the end. */
struct keyset *keyring_add(struct keyring *r, struct err *e);
/* SPIs of sets that are in the ring were changed: look-ups must see it. */
void keyring_touch(struct keyring *r);
/*
 * The sets that may be of this IKE SA, one at a time: first those with its SPIs (where the set says
 * them; spi_r 0: any), in the order they came, then those that say no SPI.  Start with after NULL;
 * NULL: no more.  version 0: any.
 */
struct keyset *keyring_next(struct keyring *r, int version, uint64_t spi_i, uint64_t spi_r,
    const struct keyset *after);
/*
 * Sets of this file (NULL: any) from the one called from on that say the same SPIs as an earlier
 * set and contradict it in nothing are taken into that set.  Returns how many stay although they
 * say other keys for the same SPIs, and with note tells the caller which: note(arg, the earlier,
 * the later).
 */
size_t keyring_merge(struct keyring *r, size_t from, const char *file,
    void (*note)(void *arg, const struct keyset *one, const struct keyset *other), void *arg);
/* It has a key that opens or derives something. */
bool keyset_has_keys(const struct keyset *s);

#endif
