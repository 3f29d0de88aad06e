/*
 * session_why.h - why a child SA or a rekeying did not come: in the words of ike/refusal.h where the peer refused,
 * in like ones where this end did.
 */
#ifndef IKE_SESSION_WHY_H
#define IKE_SESSION_WHY_H

#include "ike/offer.h"
#include "ike/session_priv.h"
#include "ike/ts.h"

/* What was asked of the peer. */
struct why_asked {
	const struct offers *offers;
	uint16_t group;			/* of the KE payload; 0: none */
	const struct ts_list *mine, *theirs;	/* or NULL */
	bool rekeys, wants_address;
};

/* The peer's notify says no. */
void why_notify(struct reasons *out, const struct sess_ike *ike, const struct pl_notify *n, const struct why_asked *q);
/* This end takes none of the peer's proposals. */
void why_proposal(struct reasons *out, const struct sess_ike *ike, const struct offers *mine,
    const struct offers *theirs, unsigned flags);
/* It allows none of these selectors. */
void why_selectors(struct reasons *out, const struct sess_ike *ike, const struct pl_ts *tsi, const struct pl_ts *tsr);
/* Rows that have no advice get that of their kind. */
void why_advise(struct reasons *rs);
/* The peer's answer is none. */
__attribute__((format(printf, 4, 5)))
void why_answer(struct reasons *out, const struct sess_ike *ike, const char *id, const char *fmt, ...);

#endif
