/*
 * diagnose.h - findings about a capture: what is wrong with its tunnels, why, and what to do.
 *
 * A finding is a row {id, severity, scope, test, advice, reference}: the test looks at the model (or one SA, IKE SA,
 * tunnel, host of it) and says what it found in words, with the packets that show it.  Rows are in diagnose_*.c by
 * theme; one table lists them, so that the manual page and the tests can go through all.
 */
#ifndef REPORT_DIAGNOSE_H
#define REPORT_DIAGNOSE_H

#include <stdio.h>

#include "report/advice.h"
#include "report/model.h"
#include "report/two_ends.h"

enum diagnose_scope { SCOPE_CAPTURE, SCOPE_PEER, SCOPE_IKE, SCOPE_SA, SCOPE_TUNNEL, SCOPE_CLEAR,
	SCOPE_FLOW };			/* of two captures compared (two_ends.h) */
/* Beside a scope: the test looks at all SAs, so it is not for a share of them (--shard), but for the merged ones. */
enum { SCOPE_WHOLE = 16 };

enum { DIAGNOSE_TEXT = REASON_TEXT, DIAGNOSE_FRAMES = 2 * EVIDENCE_KEPT };

/* What a test works on, and what it says. */
struct subject {
	const struct model *model;
	const struct model_peer *peer;
	const struct model_ike *ike;
	const struct model_sa *sa;
	const struct model_tunnel *tunnel;
	const struct model_clear *clear;
	const struct two_ends *two;	/* NULL: there is one capture */
	const struct two_flow *flow;
};

struct diagnosis {
	const char *id, *reference;	/* reference: NULL: none */
	struct subject of;
	enum severity severity;		/* the row's, unless the test says otherwise */
	char text[DIAGNOSE_TEXT], advice[DIAGNOSE_TEXT];	/* raw */
	struct seen_at at[DIAGNOSE_FRAMES];	/* evidence, in order */
	unsigned n;
	uint64_t times;			/* how often, at least 1 */
	uint64_t more;			/* further findings of this id that are not listed: in its last one */
	unsigned weight;		/* of one severity the heaviest is first: causes before their effects */
};

struct diagnose_row {
	const char *id;			/* "one-way-esp": closed words */
	enum severity severity;
	unsigned scope;			/* enum diagnose_scope, perhaps | SCOPE_WHOLE */
	unsigned weight;		/* 0 to 100 */
	/* true: found; d->text, at, times and perhaps advice are filled in */
	bool (*test)(const struct subject *s, struct diagnosis *d);
	const char *advice;		/* what to do */
	const char *reference;		/* "RFC 4303 3.4.3"; NULL */
};

const struct diagnose_row *diagnose_row(size_t i);	/* NULL past the last */
/* Ids that come from refusals of IKE (ike/refusal.h), which have no row here; NULL past the last. */
const char *diagnose_refusal_id(size_t i);
/* Ids that "bad-icv" becomes where the cause is known (esp/explain.h); NULL past the last. */
const char *diagnose_cause_id(size_t i);
/* Inside diagnose*.c: the rows by theme; each ends with id NULL. */
extern const struct diagnose_row diagnose_capture_rows[], diagnose_ike_rows[], diagnose_sa_rows[], diagnose_tunnel_rows[], diagnose_key_rows[],
    diagnose_path_rows[], diagnose_weak_rows[], diagnose_ends_rows[];

/* The initiator's last request is in a finding of its own: dpd-timeout, rekey-unanswered. */
bool diagnose_is_dead(const struct model_ike *k);
/* Packets that should have had an answer go one way alone. */
bool diagnose_is_one_way(const struct model *m, const struct model_tunnel *t);

/* All zero: empty. */
struct diagnoses { struct diagnosis *list; size_t n, room; struct diagnose_kept *kept; size_t nkept;
	const struct two_ends *two; };	/* the comparison with another capture, once it is complete; borrowed */

/* All rows over all of the model, worst first; of one id the worst DIAGNOSES_OF_ID, the others are counted. */
enum { DIAGNOSES_OF_ID = 100 };
int diagnose(struct diagnoses *ds, const struct model *m, struct err *e);
/* Of shares that were merged: findings that are in ds already stay, rows that want all SAs are added. */
int diagnose_merged(struct diagnoses *ds, const struct model *m, struct err *e);
/* diagnose_keep.c: one more, copied (with d->more that were not listed where it comes from), and at the end: sorted. */
int diagnoses_keep(struct diagnoses *ds, const struct diagnosis *d, struct err *e);
void diagnoses_end(struct diagnoses *ds);
void diagnoses_empty(struct diagnoses *ds);
void diagnoses_clear(struct diagnoses *ds);
/* The row's weight and constants of an id that a program wrote; NULL: there is no such id. */
const char *diagnose_id(const char *id, unsigned *weight, const char **reference);

/* diagnose_ends.c: of numbers that are missing in the first capture of two, where they got lost, and what to do; false: all
 * of it is told by lost-between.  Of one capture: true, and nothing. */
bool diagnose_ends_loss(const struct subject *s, struct diagnosis *d);/* Of numbers that were used twice some look alike by chance (track.h): n copies are no more than that. */
static inline bool diagnose_by_chance(uint64_t n, const struct model_sa *sa)
{
	return n * 32 < sa->reused.n;
}

/* For the tests. */
void diagnosis_say(struct diagnosis *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void diagnosis_advise(struct diagnosis *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void diagnosis_show(struct diagnosis *d, const struct evidence *ev);
void diagnosis_show_at(struct diagnosis *d, struct seen_at at);

#endif
