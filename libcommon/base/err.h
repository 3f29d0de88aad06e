/*
 * err.h - a reason and its context, for the cold path.
 *
 * The library returns a reason, the caller adds where, only a command prints.
 * All setters return -1, so that a function can end in "return err_set(...)".
 * Text is kept raw: it may quote bytes from files or packets, and is escaped
 * where it is printed.  A text that does not fit is cut.  e may not be NULL.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_INPUT,	/* an option, descriptor or key is wrong: exit status 2 */
	ERR_SYSTEM,	/* a file, device, network or memory failed: exit status 3 */
	ERR_DATA,	/* a capture or stream is damaged or breaks off: exit status 3 */
	ERR_PIPE,	/* the reader of our output went away: quiet, as the end of the input */
};

struct err { enum err_kind kind; char text[512]; };

/* The reason; kind ERR_INPUT. */
__attribute__((format(printf, 2, 3))) int err_set(struct err *e, const char *fmt, ...);
/* The reason; kind ERR_DATA. */
__attribute__((format(printf, 2, 3))) int err_data(struct err *e, const char *fmt, ...);
/* The reason and strerror(errno); kind ERR_SYSTEM, or ERR_PIPE when errno is EPIPE. */
__attribute__((format(printf, 2, 3))) int err_sys(struct err *e, const char *fmt, ...);
/* "out of memory", kind ERR_SYSTEM. */
int err_nomem(struct err *e);
/* Puts "context: " in front; the kind stays. */
__attribute__((format(printf, 2, 3))) int err_in(struct err *e, const char *fmt, ...);

#endif
