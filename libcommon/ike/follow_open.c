#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

/* --- fragments --- */

void follow_frag_free(struct followed *s, struct frag_set *set)
{
	if (set == NULL)
		return;
	for (int i = 0; i < FOLLOW_FRAG_SETS; i++)
		if (s->frags[i] == set)
			s->frags[i] = NULL;
	for (unsigned i = 0; i < FOLLOW_FRAGMENTS; i++)
		blob_clear(&set->part[i]);
	free(set);
}

struct frag_set *follow_frags(struct followed *s, bool by_initiator, uint32_t id, uint8_t exchange, struct err *e)
{
	struct frag_set *set;

	for (int i = 0; i < FOLLOW_FRAG_SETS; i++)
		if ((set = s->frags[i]) != NULL && set->by_initiator == by_initiator && set->id == id &&
		    set->exchange == exchange)
			return set;
	if ((set = calloc(1, sizeof *set)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	set->by_initiator = by_initiator;
	set->id = id;
	set->exchange = exchange;
	follow_frag_free(s, s->frags[s->frags_at]);
	s->frags[s->frags_at] = set;
	s->frags_at = (s->frags_at + 1) % FOLLOW_FRAG_SETS;
	return set;
}

static int join(struct follow *f, const struct frag_set *set, size_t *n, struct err *e)
{
	size_t at = 0;

	*n = 0;
	for (unsigned i = 0; i < set->total; i++)
		*n += set->part[i].n;
	if (follow_room(&f->plain, &f->plain_cap, *n, e) < 0)
		return -1;
	for (unsigned i = 0; i < set->total; i++) {
		if (set->part[i].n > 0)
			memcpy(f->plain + at, set->part[i].p, set->part[i].n);
		at += set->part[i].n;
	}
	return 1;
}

int follow_frag_add(struct follow *f, struct frag_set *set, unsigned number, struct span part, uint64_t frame,
    size_t *n, struct err *e)
{
	if (number == 0 || number > FOLLOW_FRAGMENTS || set->total > FOLLOW_FRAGMENTS)
		return 0;
	if (set->part[number - 1].p == NULL) {
		if (blob_set(&set->part[number - 1], part, e) < 0)
			return -1;
		set->have++;
		if (set->nframes < DATAGRAM_FRAMES)
			set->frame[set->nframes++] = frame;
		else
			set->frame[DATAGRAM_FRAMES - 1] = frame;
	}
	if (set->total == 0 || set->have < set->total)
		return 0;
	for (unsigned i = 0; i < set->total; i++)
		if (set->part[i].p == NULL)
			return 0;
	return join(f, set, n, e);
}

/* One fragment was opened into f->plain: the whole message, if this is the last one to come. */
static int take_fragment(struct follow *f, struct followed *s, struct follow_message *out,
    const struct ike_payload *sk, struct span plain, struct err *e)
{
	const struct ike_hdr *h = &f->m.hdr;
	struct frag_set *set = follow_frags(s, out->from_initiator, h->message_id, h->exchange, e);
	size_t n;
	int got;

	if (set == NULL)
		return -1;
	/* more fragments than before: the sender began again with smaller ones (RFC 7383 2.6) */
	if (set->total != 0 && sk->sk.total != set->total) {
		follow_frag_free(s, set);
		if ((set = follow_frags(s, out->from_initiator, h->message_id, h->exchange, e)) == NULL)
			return -1;
	}
	set->total = sk->sk.total;
	if (sk->sk.number == 1)
		set->first = sk->sk.first;
	got = follow_frag_add(f, set, sk->sk.number, plain, out->d->frame[out->d->nframes - 1], &n, e);
	if (got <= 0)
		return got;
	out->whole = true;
	out->nframes = set->nframes;
	memcpy(f->frames, set->frame, sizeof f->frames);
	out->frame = f->frames;
	got = ike_message_open(&f->m, set->first, (struct span){ f->plain, n }, e);
	follow_frag_free(s, set);
	return got < 0 ? -1 : 0;
}

int follow_open(struct follow *f, struct followed *s, struct follow_message *out, struct err *e)
{
	const struct ike_payload *sk = ike_message_sk(&f->m);
	struct span plain;

	out->verdict = V_OK;
	if (sk == NULL)
		return 0;
	if (sk->type == IKE_P_SKF && sk->decoded) {
		out->fragment = sk->sk.number;
		out->fragments = sk->sk.total;
	}
	if (sk->bad || !sk->decoded) {
		out->verdict = V_BAD_HEADER;
		return 0;
	}
	out->verdict = follow_unseal(f, s, out->from_initiator, sk, &plain, e);
	if (out->verdict == V_COUNT)
		return -1;
	out->why = f->why[0] != '\0' ? f->why : NULL;
	if (sk->type == IKE_P_SKF && (out->verdict != V_BAD_ICV || !s->proven[!out->from_initiator]))
		follow_parts(s, out, f->m.hdr.message_id, sk->sk.total);
	if (out->verdict != V_OK)
		return 0;
	if (sk->type == IKE_P_SKF)
		return take_fragment(f, s, out, sk, plain, e);
	return ike_message_open(&f->m, sk->sk.first, plain, e);
}
