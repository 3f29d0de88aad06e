/*
 * vpp.h - what the readers of VPP's output and of its commands share.
 */
#ifndef SA_FORMAT_VPP_H
#define SA_FORMAT_VPP_H

#include "sa/dialect.h"
#include "sa/format.h"

extern const struct dialect vpp_ciphers[], vpp_macs[];

/* What one SA's words say, until all of them are there: the key waits for its salt. */
struct vpp_sa {
	struct sa sa;
	char text[3][1200];		/* cipher's key, salt, integrity key; wiped with the state */
	struct word encr_key, salt, integ_key;
	const struct dialect *encr;	/* the cipher's row: its name says the key's size */
	uint64_t line;			/* of the keys, for messages */
};

void vpp_init(struct vpp_sa *v);
/* Names; an unknown one is noted. */
void vpp_alg(struct format_source *s, struct vpp_sa *v, const struct word *w, bool cipher, uint64_t line);
/* Keeps a copy of one of the three words. */
int vpp_keep(struct format_source *s, struct vpp_sa *v, struct word *keep, const struct word *w,
    uint64_t line, struct err *e);
/* The salt, which has 0x. */
int vpp_keep_salt(struct format_source *s, struct vpp_sa *v, const struct word *w, uint64_t line,
    struct err *e);
/* Joins what was kept and hands the SA over; leaves v clear. */
int vpp_give(struct format_source *s, struct vpp_sa *v, const struct format *f, uint64_t line, struct err *e);
void vpp_clear(struct vpp_sa *v);

#endif
