/*
 * one.h - one case of a vector file, and what its checks are made of; for tests/vectors alone.
 */
#ifndef VECTORS_ONE_H
#define VECTORS_ONE_H

#include <jansson.h>

#include "base/rd.h"
#include "base/secret.h"
#include "crypto/alg.h"
#include "vectors.h"

enum { FIELDS = 24, SKIPS = 64 };
#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

struct skip { char what[80]; unsigned n; };

/* One file, and in it one case. */
struct one {
	struct vectors *v;
	const char *file;
	json_t *group;			/* of Wycheproof's tests */
	char id[80];
	bool valid, may;		/* may: "acceptable", either is right */
	bool skipped;
	char why[400];			/* empty: passed */
	void *held[FIELDS];		/* exact sizes, so that a sanitizer sees what reads past them */
	size_t n_held, n_skips;
	struct skip skips[SKIPS];
};

/* The first reason stays. */
__attribute__((format(printf, 2, 3))) void one_wrong(struct one *c, const char *fmt, ...);
/* This build has no code for it. */
__attribute__((format(printf, 2, 3))) void one_skip(struct one *c, const char *fmt, ...);
/* n bytes until the case is done. */
uint8_t *one_hold(struct one *c, size_t n);
struct span one_join(struct one *c, size_t n, const struct span *parts);
#define JOIN(c, ...) one_join(c, sizeof(struct span[]){ __VA_ARGS__ } / sizeof(struct span), \
	(struct span[]){ __VA_ARGS__ })

/* Members of an object; one that is not there is what is wrong. */
const char *one_word(struct one *c, json_t *o, const char *name);
long one_number(struct one *c, json_t *o, const char *name, long max);
struct span one_bytes(struct one *c, json_t *o, const char *name);
void one_expect(struct one *c, const char *what, struct span found, struct span wanted);

/* One PRF or HMAC-SHA-224, which NIST's files have; NULL: the case is skipped. */
const struct alg_prf *one_prf(struct one *c, json_t *o);
struct secret one_secret(struct one *c, json_t *o, const char *name);

/* ike_keys.c, ike_message.c */
void case_kdf(struct one *c, json_t *o);
void case_kdf_v1(struct one *c, json_t *o);
void case_keys(struct one *c, json_t *o);
void case_child(struct one *c, json_t *o);
void case_keys_v1(struct one *c, json_t *o);
void case_quick(struct one *c, json_t *o);
void case_hash_r(struct one *c, json_t *o);
void case_message(struct one *c, json_t *o);
void case_message_v1(struct one *c, json_t *o);

/* ike.c: false, and nothing done, if the type is none of its own. */
bool ike_case(struct one *c, json_t *o, const char *type);
bool ike_wycheproof(struct one *c, json_t *o, const char *algorithm);
/* auth.c, sign.c, likewise */
bool auth_case(struct one *c, json_t *o, const char *type);
bool sign_wycheproof(struct one *c, json_t *o, const char *algorithm);

#endif
