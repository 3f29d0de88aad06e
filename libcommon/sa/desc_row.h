/*
 * desc_row.h - what the files of the descriptor share: the table's row, the
 * state of one reading, and the output of one member.  For desc*.c, and for lines of
 * other types (ike/keyfile/native.c).
 */
#ifndef SA_DESC_ROW_H
#define SA_DESC_ROW_H

#include <stdio.h>

#include "base/json.h"
#include "base/names.h"
#include "sa/sa.h"

/* One line being read; values that wait for others are kept. */
struct desc_in {
	struct sa *sa;
	struct arena *arena;
	struct jval encr, integ, encr_key, integ_key, salt, icv_bits;
	unsigned encr_bits;		/* the key size that the cipher's name implies; 0: none */
	bool proto, spi;		/* seen */
	size_t extra;			/* length of sa->extra so far */
};

struct desc_out { FILE *to; const struct sa *sa; bool first, show_keys; };

struct desc_row {
	const char *key;
	int (*read)(struct desc_in *in, const struct desc_row *row, const struct jval *v,
	    struct err *e);
	void (*write)(struct desc_out *o, const struct desc_row *row);
	size_t at;			/* in struct sa, for readers that serve several rows */
	const struct name *names;	/* words that stand for numbers; ends with NULL */
	uint64_t min, max;
};

/* desc_table.c: ipsec-sa(5), in its order. */
extern const struct desc_row desc_rows[];
extern const size_t desc_nrows;

/* Starts a member: the comma and the key. */
void desc_key(struct desc_out *o, const char *key);
/* A string, escaped. */
void desc_text(FILE *to, const char *text);
/* An integer; a hex string from 2^53 on. */
void desc_uint(FILE *to, uint64_t v);

/* The words that v may be; sets *id, or fails with the nearest one. */
int desc_word(const struct jval *v, const struct name *names, uint32_t *id, struct err *e);
/* What the line is, by its members v and type: an enum desc_type, or -1. */
int desc_type(const struct jval *root, struct err *e);
/* Fails at a key that is not known; near: the known ones were offered.  Always -1. */
int desc_unknown(const struct jval *member, const struct nearest *near, struct err *e);
/* Fails for members that are none of keys (ends with NULL). */
int desc_only(const struct jval *object, const char *const *keys, struct err *e);
/* v is an object, or fails. */
int desc_object(const struct jval *v, struct err *e);

/* desc_alg.c */
int desc_read_alg(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e);
int desc_settle_algs(struct desc_in *in, struct err *e);
void desc_write_encr(struct desc_out *o, const struct desc_row *row);
void desc_write_encr_key(struct desc_out *o, const struct desc_row *row);
void desc_write_integ(struct desc_out *o, const struct desc_row *row);
void desc_write_integ_key(struct desc_out *o, const struct desc_row *row);
void desc_write_icv(struct desc_out *o, const struct desc_row *row);

/* desc_ts.c */
int desc_read_ts(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e);
void desc_write_ts(struct desc_out *o, const struct desc_row *row);

/* desc_part.c: the members that are objects or lists */
int desc_read_encap(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e);
void desc_write_encap(struct desc_out *o, const struct desc_row *row);
int desc_read_life(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e);
void desc_write_life(struct desc_out *o, const struct desc_row *row);
int desc_read_origin(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e);
void desc_write_origin(struct desc_out *o, const struct desc_row *row);
int desc_read_guessed(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e);
void desc_write_guessed(struct desc_out *o, const struct desc_row *row);
int desc_read_mark(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e);
void desc_write_mark(struct desc_out *o, const struct desc_row *row);

#endif
