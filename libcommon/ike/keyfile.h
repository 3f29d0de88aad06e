/*
 * keyfile.h - IKE keys in any known form, recognised by content, into a keyring.
 *
 * The rows are struct format of sa/format.h, whose reading of text they share: bytes are pushed in
 * as they come, records of several forms may follow each other, text that belongs to none is passed
 * over.  A log does not say in one place which IKE SA its keys are of, so a set is added with its
 * first key and filled as more is read; see keyring.h for sets without SPIs.  Damaged keys are left
 * out with a note, never given wrong.
 */
#ifndef IKE_KEYFILE_H
#define IKE_KEYFILE_H

#include "ike/keyring.h"
#include "sa/format.h"

struct keyfile;

/* The rows, for lists and tests; NULL past the last. */
const struct format *keyfile_row(size_t i);
int keyfile_by_name(const struct format **f, const char *name, struct err *e);

/* name: for messages; note(arg, where, text) gets what was repaired, left out or passed over. */
struct keyfile *keyfile_new(const char *name, struct keyring *into, format_note_fn *note, void *arg,
    struct err *e);
void keyfile_free(struct keyfile *f);
/* Only this row's records are looked for; before the first push. */
void keyfile_only(struct keyfile *f, const struct format *row);
/* n bytes; -1: "FILE:LINE:COLUMN: what", the sets before it are there. */
int keyfile_push(struct keyfile *f, const void *p, size_t n, struct err *e);
/* Nothing more is pending now. */
int keyfile_idle(struct keyfile *f, struct err *e);
/*
 * The end: sets that agree are merged.  A source without any key is an error: empty is ERR_DATA,
 * text in no known form ERR_INPUT, SAs ERR_INPUT with the option to use.
 */
int keyfile_end(struct keyfile *f, struct err *e);
/* All at once: push and end. */
int keyfile_read(struct keyring *into, const char *name, const void *p, size_t n,
    format_note_fn *note, void *arg, struct err *e);
/* Sets that this source gave, before they were merged. */
uint64_t keyfile_count(const struct keyfile *f);
/* Lines of other types (sa, event, message) that were skipped. */
uint64_t keyfile_skipped(const struct keyfile *f);

/*
 * For the rows: the file that a source belongs to, a new set of it found at line (k.format and
 * k.line are set), its arena.
 */
struct keyset *keyfile_add(struct format_source *s, const struct format *row, uint64_t line,
    struct err *e);
struct arena *keyfile_arena(const struct format_source *s);
/* A line of another kind was passed over; sa: it holds an SA. */
void keyfile_skip(struct format_source *s, bool sa);
/* A set whose keys went into another: it is found no more. */
void keyfile_drop(struct format_source *s, struct keyset *set);
/* Said if the source has no keys: what would make it have some; a constant. */
void keyfile_hint(struct format_source *s, const char *hint);
/* A set was filled whose SPIs were not known when it was added. */
void keyfile_named(struct format_source *s);
/* The number of 16 hex digits; 0x may stand in front. */
bool keyfile_spi(const struct word *w, uint64_t *spi);
/*
 * The text of a secret, with what sa/key_text.h repairs (said in a note); keeps *key empty where
 * the key was taken out.  -1: FILE:LINE:COLUMN and the reason.
 */
int keyfile_key(struct format_source *s, struct secret *key, const struct word *w, uint64_t line,
    struct err *e);
/* Hex digits with dashes, colons or blanks between groups of any length; a redacted one gives
 * nothing. */
int keyfile_hex(struct format_source *s, struct secret *key, const struct word *w, uint64_t line,
    struct err *e);
/* Refuses a set whose keys do not fit its algorithms: -1 with FILE:LINE. */
int keyfile_check(struct format_source *s, const struct keyset *set, uint64_t line, struct err *e);
/* The same for logs, where one key may be damaged and the others not: a note. */
void keyfile_check_log(struct format_source *s, const struct keyset *set);
/*
 * The lengths of a set's keys, by its algorithms: the first that does not fit is named, as its
 * field, with what was wanted.  0, or -1 with the reason.
 */
int keyset_check(const struct keyset *set, const char **field, struct err *e);
/* The same for what keys are made of, whose lengths daemons keep to and test vectors do not. */
int keyset_check_made(const struct keyset *set, const char **field, struct err *e);
/* Its integrity keys have not the length that the algorithm has in IKE, and may be right all the
 * same. */
bool keyset_is_odd(const struct keyset *set);
/* What follows from lengths: encr_bits. */
void keyset_settle(struct keyset *set);

#endif
