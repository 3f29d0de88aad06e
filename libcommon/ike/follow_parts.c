#include "ike/follow_state.h"

enum { SEND_GAP = 100 * 1000 * 1000 };	/* ns: nobody sends a message again so soon; what comes sooner is captured twice */

static bool has(const struct parts *p, unsigned number)
{
	return p->have[(number - 1) / 64] >> (number - 1) % 64 & 1;
}

static unsigned lowest_missing(const struct parts *p)
{
	for (unsigned i = 1; i <= FOLLOW_FRAGMENTS && (p->total == 0 || i <= p->total); i++)
		if (!has(p, i))
			return i;
	return 0;
}

/* IKEv2 numbers its messages.  The fragments of IKEv1 often have the same number for every message. */
static bool is_of(const struct parts *p, const struct follow_message *out, uint32_t id)
{
	return p->sends > 0 && p->id == id && p->exchange == out->m->hdr.exchange &&
	    (!ike_hdr_is_v1(&out->m->hdr) || out->repeats != 0 || lowest_missing(p) != 0);
}

void follow_parts(struct followed *s, struct follow_message *out, uint32_t id, unsigned total)
{
	struct parts *p = &s->parts[!out->from_initiator][out->response];
	unsigned n = out->fragment;

	out->fragments = total > n ? total : n;
	if (n == 0 || n > FOLLOW_FRAGMENTS || total > FOLLOW_FRAGMENTS || (total != 0 && n > total))
		return;
	if (!is_of(p, out, id))
		*p = (struct parts){ .sends = 1, .id = id, .exchange = out->m->hdr.exchange, .since = out->d->ns };
	else if (total != 0 && p->total != 0 && total != p->total)	/* again, in smaller pieces: RFC 7383 2.6 */
		*p = (struct parts){ .sends = p->sends + 1, .id = id, .exchange = p->exchange, .since = out->d->ns };
	else if (has(p, n) && out->d->ns - p->since > SEND_GAP) {
		p->sends++;
		p->since = out->d->ns;
	}
	if (total != 0)
		p->total = total;
	if (!has(p, n)) {
		p->have[(n - 1) / 64] |= UINT64_C(1) << (n - 1) % 64;
		p->came++;
	}
	out->fragments = p->total > 0 ? p->total : n;
	out->sends = p->sends;
	out->came = p->came;
	out->missing = lowest_missing(p);
}
