#include <string.h>

#include "sa/sa.h"

void sa_add_hint(struct sa *sa, uint64_t seq)
{
	unsigned at = 0;

	while (at < sa->nhints && sa->seq_hint[at] < seq)
		at++;
	if (at < sa->nhints && sa->seq_hint[at] == seq)
		return;
	if (sa->nhints == SA_HINTS) {
		/* One between the smallest and the largest goes. */
		at = at == SA_HINTS ? SA_HINTS - 1 : at == 0 ? 0 : SA_HINTS;
		if (at < SA_HINTS)
			sa->seq_hint[at] = seq;
		return;
	}
	memmove(&sa->seq_hint[at + 1], &sa->seq_hint[at],
	    (sa->nhints - at) * sizeof sa->seq_hint[0]);
	sa->seq_hint[at] = seq;
	sa->nhints++;
}

/* Swaps, so that clearing from frees what sa had. */
static void take_text(char **to, char **from)
{
	if (*to == NULL) {
		*to = *from;
		*from = NULL;
	}
}

static void take_number(int *to, int from)
{
	if (*to == -1)
		*to = from;
}

static void join_keys(struct sa *sa, const struct sa *from)
{
	if (sa->encr == NULL && from->encr != NULL) {
		sa->encr = from->encr;
		sa->encr_unknown = false;
	}
	if (sa->integ == NULL && from->integ != NULL) {
		sa->integ = from->integ;
		sa->integ_unknown = false;
	}
	/* An AEAD that only one source could name answers the question for integ. */
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr))
		sa->integ_unknown = false;
	if (sa->icv_bits == 0)
		sa->icv_bits = from->icv_bits;
	if (!sa->encr_key_known && from->encr_key_known) {
		sa->encr_key = from->encr_key;
		sa->encr_key_known = true;
	}
	if (!sa->integ_key_known && from->integ_key_known) {
		sa->integ_key = from->integ_key;
		sa->integ_key_known = true;
	}
}

bool sa_same_keys(const struct sa *a, const struct sa *b)
{
	struct sa both = *a;
	struct err e;

	if (a->encr != NULL && b->encr != NULL && a->encr != b->encr)
		return false;
	if (a->integ != NULL && b->integ != NULL && a->integ != b->integ)
		return false;
	if (sa_icv_bits(a) != 0 && sa_icv_bits(b) != 0 && sa_icv_bits(a) != sa_icv_bits(b))
		return false;
	if (a->encr_key_known && b->encr_key_known && !secret_eq(&a->encr_key, &b->encr_key))
		return false;
	if (a->integ_key_known && b->integ_key_known && !secret_eq(&a->integ_key, &b->integ_key))
		return false;
	/* One's key must also suit the other's algorithm. */
	join_keys(&both, b);
	return sa_check(&both, &e) == 0;
}

/* Keys of from that sa did not take are not needed twice. */
static void take_keys(struct sa *sa, struct sa *from)
{
	join_keys(sa, from);
	if (from->encr_key.p != sa->encr_key.p)
		secret_clear(&from->encr_key);
	if (from->integ_key.p != sa->integ_key.p)
		secret_clear(&from->integ_key);
}

static void take_traffic(struct sa *sa, struct sa *from)
{
	if (sa->mode == SA_MODE_UNKNOWN)
		sa->mode = from->mode;
	/* Two that disagree know nothing. */
	if (sa->esn == SA_UNKNOWN)
		sa->esn = from->esn;
	else if (from->esn != SA_UNKNOWN && from->esn != sa->esn)
		sa->esn = SA_UNKNOWN;
	if (from->seq_known && (!sa->seq_known || from->seq > sa->seq)) {
		sa->seq = from->seq;
		sa->seq_known = true;
	}
	for (unsigned i = 0; i < from->nhints; i++)
		sa_add_hint(sa, from->seq_hint[i]);
	/* The sending end's dump says 0 where the receiving one's has the window. */
	if (from->replay_window > sa->replay_window)
		sa->replay_window = from->replay_window;
	if (sa->encap.type == SA_ENCAP_NONE)
		sa->encap = from->encap;
	if (sa->nts == 0) {
		struct selector *none = sa->ts;

		sa->ts = from->ts;
		sa->nts = from->nts;
		from->ts = none;
		from->nts = 0;
	}
	/* Both ends in one file: one of them sends. */
	if (sa->dir == SA_DIR_UNKNOWN || from->dir == SA_OUT)
		sa->dir = from->dir != SA_DIR_UNKNOWN ? from->dir : sa->dir;
	take_number(&sa->dscp, from->dscp);
	take_number(&sa->ttl, from->ttl);
	take_number(&sa->ecn, from->ecn);
	take_number(&sa->df, from->df);
	if (sa->flow == -1)
		sa->flow = from->flow;
	if (sa->tfc == -1)
		sa->tfc = from->tfc;
}

static void take_life(struct sa *sa, const struct sa *from)
{
	if (!from->life_known)
		return;
	if (!sa->life_known) {
		sa->soft = from->soft;
		sa->hard = from->hard;
		sa->used = from->used;
		sa->life_known = true;
		return;
	}
	if (from->used.s > sa->used.s)
		sa->used.s = from->used.s;
	if (from->used.bytes > sa->used.bytes)
		sa->used.bytes = from->used.bytes;
	if (from->used.packets > sa->used.packets)
		sa->used.packets = from->used.packets;
}

static void take_linux(struct sa *sa, const struct sa *from)
{
	if (!sa->reqid_known && from->reqid_known) {
		sa->reqid = from->reqid;
		sa->reqid_known = true;
	}
	if (!sa->mark_known && from->mark_known) {
		sa->mark = from->mark;
		sa->mark_mask = from->mark_mask;
		sa->mark_known = true;
	}
	if (!sa->if_id_known && from->if_id_known) {
		sa->if_id = from->if_id;
		sa->if_id_known = true;
	}
}

static void take_words(struct sa *sa, struct sa *from)
{
	if (sa->layer == -1)
		sa->layer = from->layer;
	take_text(&sa->bundle, &from->bundle);
	take_text(&sa->id, &from->id);
	take_text(&sa->peer, &from->peer);
	take_text(&sa->ike, &from->ike);
	take_text(&sa->replaces, &from->replaces);
	take_text(&sa->candidate, &from->candidate);
	take_text(&sa->label, &from->label);
	take_text(&sa->insecure, &from->insecure);
	take_text(&sa->guessed, &from->guessed);
	take_text(&sa->extra, &from->extra);
	if (sa->origin_file == NULL && sa->origin_format == NULL) {
		take_text(&sa->origin_format, &from->origin_format);
		take_text(&sa->origin_file, &from->origin_file);
		sa->origin_line = from->origin_line;
	}
	if (from->created_known && (!sa->created_known || from->created < sa->created)) {
		sa->created = from->created;
		sa->created_known = true;
	}
	if (!sa->expires_known && from->expires_known) {
		sa->expires = from->expires;
		sa->expires_known = true;
	}
}

void sa_merge(struct sa *sa, struct sa *from)
{
	take_keys(sa, from);
	take_traffic(sa, from);
	take_life(sa, from);
	take_linux(sa, from);
	take_words(sa, from);
	sa_clear(from);
}
