/*
 * format.h - SA descriptors in any known format, recognised by content.
 *
 * Rows {name, what it is, sniff, open}.  A source is read as a stream of text:
 * bytes are pushed in as they come and SAs come out in order, so that a file, a
 * pipe that is still growing and a test buffer are one thing.  Records of several
 * formats may follow each other; text that belongs to none is passed over.
 */
#ifndef SA_FORMAT_H
#define SA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "sa/sad.h"
#include "sa/words.h"

/* A note about something read past or repaired: FILE:LINE:COLUMN in where. */
typedef void format_note_fn(void *arg, const char *where, const char *text);

struct format_source;

/* A line as text_clean() leaves it, its log prefix cut off (see raw); column: where p[0] stands in
 * the file's line, from 1. */
struct format_line { const char *p; size_t n; uint64_t number; size_t column; };

/* An output being written; what is not known is zero. */
struct format_out {
	FILE *to;			/* write errors stay in it */
	const char *version;		/* one of the row's; NULL: its default */
	bool hide_keys;			/* native only: descriptors without keys */
	uint64_t count;			/* SAs written; format_write() counts */
	bool begun;			/* format_write()'s own */
};

/*
 * One format.  state is zeroed memory of the row's size, one for each source.
 * A line that sniff knows starts a record; others go to the format whose record
 * is open.  SAs are handed over with format_give().
 *
 * A format that is only read has no write, one that is only written no sniff.
 */
struct format {
	const char *name, *what;
	size_t state;
	bool raw;			/* lines with their log prefix */
	bool log;			/* many records at once: a line that sniff knows ends none of them */
	bool (*sniff)(const struct format_line *l);
	int (*line)(struct format_source *s, void *state, const struct format_line *l,
	    struct err *e);
	/* The open record is complete (done), or only all that is there now.  NULL: nothing to do. */
	int (*flush)(struct format_source *s, void *state, bool done, struct err *e);
	void (*clear)(void *state);		/* NULL: nothing to do */
	const char *versions;		/* that write tells apart, blank-separated, the default first; or NULL */
	bool no_keys;			/* writes SAs whose keys are not known, too */
	void (*begin)(struct format_out *o);	/* in front of the first SA; NULL: nothing */
	/* One SA.  0; 1: written, but e says what the reader of it must know; -1: nothing is written, e
	 * says what this format cannot express. */
	int (*write)(struct format_out *o, const struct sa *sa, struct err *e);
	void (*end)(struct format_out *o);	/* behind the last SA, also if there was none; NULL: nothing */
};

/* The formats that a source may be in. */
struct format_set { const struct format *const *rows; size_t n; };

/* Row i, or NULL past the last; row 0 is native. */
const struct format *format_row(size_t i);
/* The row called so; -1 with the nearest name. */
int format_by_name(const struct format **f, const char *name, struct err *e);
int format_in_set(const struct format **f, const struct format_set *set, const char *name, struct err *e);
/* Our own descriptors, ipsec-sa(5). */
const struct format *format_own(void);

/* Takes a version that the row tells apart; or -1 with those there are. */
int format_out_version(struct format_out *o, const struct format *f, const char *version,
    struct err *e);
/* The version, or the row's default. */
bool format_out_is(const struct format_out *o, const struct format *f, const char *version);
/* One SA, as the row's write; begin before the first. */
int format_write(struct format_out *o, const struct format *f, const struct sa *sa, struct err *e);
void format_write_end(struct format_out *o, const struct format *f);

/* For the formats: hands over an SA (moves it), found at line; again: it was given before and
 * is now known better. */
int format_give(struct format_source *s, struct sa *sa, const struct format *f, uint64_t line,
    bool again, struct err *e);
/* A policy (a copy); it gives its selectors to the SAs when nothing more is pending. */
int format_give_policy(struct format_source *s, const struct policy *p, struct err *e);
/* Puts FILE:LINE:COLUMN (column from 1; 0: none) in front of a reason; -1. */
int format_blame(const struct format_source *s, uint64_t line, size_t column, struct err *e);
__attribute__((format(printf, 4, 5)))
void format_note(const struct format_source *s, uint64_t line, size_t column, const char *fmt,
    ...);
struct sad *format_sad(const struct format_source *s);
/* The same with the place of a word; the reason gets it in front. */
int format_blame_word(const struct format_source *s, const struct format_line *l,
    const struct word *w, struct err *e);
/*
 * The text of a key, repaired where that is certain enough (a note and the mark guessed say so), and
 * checked against the algorithm if sa has it.  A key that was taken out stays unknown.  0, or -1 with
 * the place of w.
 */
int format_encr_key(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line,
    struct err *e);
int format_integ_key(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line,
    struct err *e);
/* The same for a cipher's key whose salt stands apart, a number of 32 bits in hex: joined. */
int format_encr_key_salt(struct format_source *s, struct sa *sa, const struct word *w,
    const struct word *salt, uint64_t line, struct err *e);
/* For formats that know keys only as 0x and hex (quoted: or as "text"): anything else lost something. */
int format_wants_0x(struct format_source *s, const struct word *w, bool quoted, uint64_t line,
    struct err *e);
/* Marks a key of the descriptor as not being in the source. */
int format_guess(struct sa *sa, const char *key, struct err *e);
/* A record of another kind was passed over; ike: it holds keys of an IKE SA. */
void format_skip(struct format_source *s, bool ike);

/* name: for messages.  An unfinished last record waits for its end, for format_source_idle() or
 * format_source_end(). */
struct format_source *format_source_new(const char *name, struct sad *into, format_note_fn *note,
    void *arg, struct err *e);
/* The same for records of another kind, which the formats of set put into what is theirs: user.  They
 * give no SAs; format_source_finish() is their end. */
struct format_source *format_source_over(const char *name, const struct format_set *set, void *user,
    format_note_fn *note, void *arg, struct err *e);
void *format_user(const struct format_source *s);
void format_source_free(struct format_source *s);
/* Pushes n bytes.  -1: "FILE:LINE:COLUMN: what"; SAs of the lines before it were added. */
int format_source_push(struct format_source *s, const void *p, size_t n, struct err *e);
/* Nothing more is pending right now: a record that has what an SA needs counts now, and is
 * completed when its other lines come. */
int format_source_idle(struct format_source *s, struct err *e);
/* Only this row's records are looked for; before the first push. */
void format_source_only(struct format_source *s, const struct format *f);
/* The end: the last record is taken.  A source in which nothing was recognised is an error: empty
 * is ERR_DATA, text in no known format ERR_INPUT, IKE keys ERR_INPUT with the command to use. */
int format_source_end(struct format_source *s, struct err *e);
/* The end without a verdict. */
int format_source_finish(struct format_source *s, struct err *e);
/* Something stood in it that is not blank. */
bool format_source_has_text(const struct format_source *s);
/* SAs given so far (merged ones included). */
uint64_t format_source_count(const struct format_source *s);
/* Lines of other types (ike, event, message) that were skipped. */
uint64_t format_source_skipped(const struct format_source *s);

#endif
