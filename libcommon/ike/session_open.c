#include <stdlib.h>
#include <string.h>

#include "ike/session_priv.h"

void sess_whole_free(struct sess_whole *w)
{
	if (w == NULL)
		return;
	for (unsigned i = 0; i < SESS_FRAGMENTS; i++) {
		wipe(w->part[i].p, w->part[i].n);
		free(w->part[i].p);
	}
	free(w);
}

static struct sess_whole **whole_of(struct sess_ike *ike, const struct ike_message *m)
{
	return &ike->whole[ike_hdr_is_response(&m->hdr)];
}

/* Those of this message, begun anew where there are none, or of fewer fragments: the sender has begun again with smaller ones
 * (RFC 7383 2.6). */
static struct sess_whole *whole_for(struct sess_ike *ike, const struct ike_message *m, unsigned total)
{
	struct sess_whole **at = whole_of(ike, m), *w = *at;

	if (w != NULL && w->message_id == m->hdr.message_id && w->exchange == m->hdr.exchange && w->total >= total)
		return w;
	sess_whole_free(w);
	if ((w = *at = calloc(1, sizeof *w)) != NULL) {
		w->message_id = m->hdr.message_id;
		w->exchange = m->hdr.exchange;
		w->total = (uint16_t)total;
	}
	return w;
}

static int part_keep(struct sess_whole *w, unsigned at, struct span plain)
{
	if ((w->part[at].p = malloc(plain.n > 0 ? plain.n : 1)) == NULL)
		return -1;
	if (plain.n > 0)
		memcpy(w->part[at].p, plain.p, plain.n);
	w->part[at].n = plain.n;
	w->n += plain.n;
	w->got++;
	return 0;
}

static void join(const struct sess_whole *w, uint8_t *room)
{
	size_t at = 0;

	for (unsigned i = 0; i < w->total; i++) {
		if (w->part[i].n > 0)
			memcpy(room + at, w->part[i].p, w->part[i].n);
		at += w->part[i].n;
	}
}

static enum verdict fragment(struct sess_ike *ike, struct ike_message *m, const struct ike_payload *sk, struct span plain,
    struct err *e)
{
	unsigned number = sk->sk.number, total = sk->sk.total;
	struct sess_whole *w;
	uint8_t first;
	size_t n;

	if (number == 0 || number > total || total > SESS_FRAGMENTS)
		return V_BAD_HEADER;
	if (!ike->pub.fragmentation)			/* RFC 7383 2.3: both said so */
		return V_UNSUPPORTED;
	if ((w = whole_for(ike, m, total)) == NULL) {
		err_nomem(e);
		return V_COUNT;
	}
	if (w->total != total || w->part[number - 1].p != NULL)
		return V_REPLAYED;
	if (w->n + plain.n > SESS_MESSAGE_MAX)
		return V_BAD_HEADER;
	if (number == 1)
		w->first = sk->sk.first;
	if (part_keep(w, number - 1, plain) < 0) {
		err_nomem(e);
		return V_COUNT;
	}
	if (w->got < w->total)
		return V_INCOMPLETE;
	join(w, ike->s->desk->room);
	n = w->n;
	if (n > ike->s->desk->n_room)
		ike->s->desk->n_room = n;
	first = w->first;
	sess_whole_free(w);
	*whole_of(ike, m) = NULL;
	return ike_message_open(m, first, (struct span){ ike->s->desk->room, n }, e) < 0 ? V_COUNT : V_OK;
}

enum verdict sess_open(struct sess_ike *ike, struct ike_message *m, bool again, struct err *e)
{
	const struct ike_payload *sk = ike_message_sk(m);
	size_t header = sk->type == IKE_P_SKF ? IKE_SKF_HEADER : IKE_SK_HEADER;
	enum ike_open got;
	struct span plain;

	if (ike->in == NULL)
		return V_NO_KEY;
	if (sk->bad || !sk->decoded || m->wire.n > SESS_MESSAGE_MAX)
		return V_BAD_HEADER;
	ike->s->desk->n_room = m->wire.n;
	got = ike_protect_open(ike->in, m->wire, sk->offset, header, false, ike->s->desk->room, &plain);
	if (got != IKE_OPEN_OK)
		return got == IKE_OPEN_BAD_ICV ? V_BAD_ICV : got == IKE_OPEN_BAD_PAD ? V_BAD_PADDING : V_TRUNCATED;
	if (again)
		return V_OK;
	if (sk->type == IKE_P_SKF)
		return fragment(ike, m, sk, plain, e);
	sess_whole_free(*whole_of(ike, m));
	*whole_of(ike, m) = NULL;
	return ike_message_open(m, sk->sk.first, plain, e) < 0 ? V_COUNT : V_OK;
}
