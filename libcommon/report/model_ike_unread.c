/* IKE: what messages that nobody could open tell by their lengths and their order. */
#include "report/model_priv.h"

/*
 * RFC 7296 3: the least that the answer to IKE_AUTH has around a child SA (IDr of one octet, AUTH of a hash), and the least that a
 * child SA takes in it: SA of one proposal with a cipher and ESN, and two selectors of IPv4.
 */
enum { AROUND = 28 + 4 + 9 + 8 + 1, CHILD = 32 + 24 + 24 };
/* A request that asks for a child SA is longer than an answer without one by that, and by what else only requests have. */
enum { ASKED_MORE = CHILD + 16 };
#define AT_ONCE (INT64_C(5) * 1000000000)

static uint32_t least_with_child(const struct ike_keys *keys)
{
	uint32_t icv;

	if (keys->encr == NULL || keys->prf == NULL || (keys->encr->icv == 0 && keys->integ == NULL))
		return 0;
	icv = keys->encr->icv != 0 ? keys->encr->icv : keys->integ->icv;
	return AROUND + keys->encr->iv + (uint32_t)keys->prf->out + CHILD + icv;
}

static void take_v2(const struct model *m, struct model_ike *k, const struct follow_message *fm)
{
	const struct ike_hdr *h = &fm->m->hdr;
	struct model_unread *u = &k->unread;

	if (h->exchange == IKE_X_CREATE_CHILD_SA || (h->exchange == IKE_X_AUTH && h->message_id > 1)) {
		u->no_child = (struct seen_at){ 0 };	/* no child SA was asked for yet (RFC 6023), or EAP went on */
		u->asked = 0;
	} else if (h->exchange == IKE_X_AUTH && !fm->response && fm->fragments == 0) {
		u->asked = h->length;
	} else if (h->exchange == IKE_X_AUTH && fm->response && fm->fragments == 0 && u->asked >= h->length + ASKED_MORE &&
	    h->length < least_with_child(&fm->sa->k) && u->no_child.frame == 0) {
		u->no_child = m->now;
		u->answer = h->length;
	}
}

/* Quick mode is answered by quick mode of the same number; an INFORMATIONAL in its place says why not. */
static void take_v1(const struct model *m, struct model_ike *k, const struct follow_message *fm)
{
	const struct ike_hdr *h = &fm->m->hdr;
	struct model_unread *u = &k->unread;

	if (h->exchange == IKE_X_QUICK && h->message_id == u->quick) {
		u->waits = false;
	} else if (h->exchange == IKE_X_QUICK) {
		*u = (struct model_unread){ .quick = h->message_id, .waits = true, .by_initiator = fm->from_initiator, .quick_at = m->now };
	} else if (h->exchange == IKE_X_V1_INFORMATIONAL && u->waits && u->by_initiator != fm->from_initiator &&
	    u->refused.frame == 0 && m->now.ns - u->quick_at.ns < AT_ONCE) {
		u->refused = m->now;
	}
}

void model_ike_unread(const struct model *m, struct model_ike *k, const struct follow_message *fm)
{
	if (fm->m == NULL || fm->repeats != 0)
		return;
	if (k->version == 2)
		take_v2(m, k, fm);
	else
		take_v1(m, k, fm);
}
