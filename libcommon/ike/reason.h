/*
 * reason.h - why something was refused and what to do: rows for people and programs.
 *
 * A list of fixed size, a plain value.  Texts may hold what peers and files said, raw: they are escaped
 * where they are shown.
 */
#ifndef IKE_REASON_H
#define IKE_REASON_H

enum { REASONS_MAX = 16, REASON_TEXT = 600 };

enum reason_level { REASON_INFO, REASON_WARNING, REASON_ERROR };

struct reason {
	const char *id;			/* "no-proposal" */
	enum reason_level level;
	char text[REASON_TEXT], advice[REASON_TEXT];	/* advice: "" if there is none */
};

struct reasons { unsigned n; struct reason row[REASONS_MAX]; };

/* A row; past the last the last one is used again.  advice: reason_advise(). */
__attribute__((format(printf, 4, 5)))
struct reason *reason_add(struct reasons *rs, const char *id, enum reason_level level, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void reason_advise(struct reason *r, const char *fmt, ...);
/* Of this host's own word that there is no way to the peer: id, advice. */
extern const char reason_unreachable[], reason_unreachable_advice[];
/* "error", "warning", "info". */
const char *reason_level_name(enum reason_level level);

#endif
