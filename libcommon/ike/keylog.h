/*
 * keylog.h - sets of IKE keys written, in our form and in those of programs that decrypt IKE.
 */
#ifndef IKE_KEYLOG_H
#define IKE_KEYLOG_H

#include "ike/keyfile.h"

/*
 * A form that keys are written in; name, what and versions are those of its reader.  write: 0; 1:
 * written, but e says what the reader of it must know; -1: nothing is written, e says what it
 * cannot express.
 */
struct keylog {
	const struct format *format;
	int (*write)(struct format_out *o, const struct keyset *set, struct err *e);
	const char *file;		/* what the file must be called to be found, or NULL */
};

/* Row i, or NULL past the last; row 0 is native. */
const struct keylog *keylog_row(size_t i);
/* The row called so; -1 with the nearest name. */
int keylog_by_name(const struct keylog **k, const char *name, struct err *e);
/* One set, as the row's write; o counts.  Versions: format_out_version(o, row->format, ...). */
int keylog_write(struct format_out *o, const struct keylog *k, const struct keyset *set,
    struct err *e);

#endif
