/*
 * xfrm.h - what the two files of the `ip xfrm state` reader share.
 *
 * xfrm.c finds the lines of one record in whatever text surrounds them;
 * xfrm_sa.c makes an SA of them.
 */
#ifndef SA_FORMAT_XFRM_H
#define SA_FORMAT_XFRM_H

#include "sa/format.h"
#include "sa/words.h"

/* What keeps no name of its own in struct sa is in the member x-xfrm of sa.extra: flags, extra_flags,
 * output_mark, encap, comp, mode, and words of add commands that only Linux knows (coa, ctx, offload, pcpu_num).
 */
enum { XFRM_LINES = 96, XFRM_BYTES = 32 * 1024 };

/* One line of a record, prefixes cut off; column: where it starts in the file's line, from 0. */
struct xfrm_line { size_t at, n, column; uint64_t number; };

struct xfrm {				/* all zero: no record */
	char text[XFRM_BYTES];		/* the lines one after another; wiped with the state */
	size_t n;
	struct xfrm_line lines[XFRM_LINES];
	size_t nlines;
	bool open, prefixed;		/* log prefixes stand in front of the lines */
	size_t given;			/* lines that an earlier, unfinished SA was made of */
};

extern const struct format format_xfrm, format_xfrm_add;

/* One SA as an `ip xfrm state add` command; format.h. */
int xfrm_write(struct format_out *o, const struct sa *sa, struct err *e);

/* True if a line of a record can start with this word. */
bool xfrm_is_keyword(const char *p, size_t n);
/* 1: sa is what the record says; 0: it says nothing usable; -1: a key is wrong (place included). */
int xfrm_sa(struct format_source *s, const struct xfrm *x, bool done, struct sa *sa, struct err *e);

/* What the lines of one record have said so far. */
struct xfrm_state {
	struct format_source *s;
	struct sa *sa;
	const struct xfrm_line *line;
	bool quiet;			/* its notes were given before */
	bool command, vendor;		/* of ip xfrm state add, not its output; a line "E:name key" */
	bool skip, id, stats, current, protection, numbers;
	uint32_t seen;			/* keywords that stand once in a record */
	uint64_t seq, oseq, seq_hi, oseq_hi;
	FILE *extra;			/* what only Linux knows, as JSON members */
	bool extra_any;
	char *members;			/* what extra writes to */
	size_t nmembers;
};

/* One more member of x-xfrm. */
void xfrm_extra(struct xfrm_state *x, const char *key, const char *p, size_t n);

/* Flags other than esn as such a member; esn is the SA's own. */
void xfrm_flags(struct xfrm_state *x, const char *key, const struct word *w, size_t n);
/* Before the first call that takes words, and after the last (rc: its result).  1: sa is ready; 0: it is
 * nothing usable; -1 as rc. */
int xfrm_open(struct xfrm_state *x, struct err *e);
int xfrm_close(struct xfrm_state *x, int rc, uint64_t line, size_t column, struct err *e);

/* The lines by their first word.  -1: a key is wrong (place included). */
int xfrm_do_head(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_proto(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_comp(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_auth(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_enc(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_encap(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_seq(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_small(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_sel(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_section(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_limit(struct xfrm_state *x, const struct words *ws, struct err *e);
int xfrm_do_current(struct xfrm_state *x, const struct words *ws, struct err *e);

#endif
