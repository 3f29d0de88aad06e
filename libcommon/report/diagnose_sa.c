/* Findings that sequence numbers and the two directions of tunnels show. */
#include "report/diagnose.h"
#include "report/inspect_words.h"

enum {
	ONE_WAY_LEAST = 5,		/* packets that should have had an answer */
	LOSS_WARNING = 100, LOSS_ERROR = 20,	/* one in so many */
	DUPLICATES_LEAST = 1,
};
#define SECOND INT64_C(1000000000)

static uint64_t expected(const struct model_sa *sa)
{
	return sa->packets > 0 ? sa->seq.top - sa->seq.low + 1 : 0;
}

static const struct model_sa *sa_of(const struct model *m, unsigned id)
{
	return model_sa_at(m, id - 1);
}

static bool is_multicast(const struct addr *a)
{
	return a->family == 4 ? a->b[0] >= 224 : a->b[0] == 0xff;
}

/* Several senders with one SA, each with numbers of its own (RFC 4301 4.1): of them all, numbers tell nothing. */
static bool is_group(const struct model_sa *sa)
{
	return sa->moved.n > 0 && is_multicast(&sa->dst);
}

static bool loss(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS], share[INSPECT_WORDS];
	uint64_t all = expected(sa);

	if (sa->seq.lost == 0 || sa->seq.restarts > 0 || is_group(sa))
		return false;
	d->severity = sa->seq.lost * LOSS_ERROR >= all ? SEVERITY_ERROR : sa->seq.lost * LOSS_WARNING >= all ? SEVERITY_WARNING :
	    SEVERITY_INFO;
	diagnosis_show(d, &sa->lost);
	d->times = sa->seq.lost;
	diagnosis_say(d, "%s: %llu of %llu packets (%s) are missing before they came here", inspect_sa(who, sa),
	    (unsigned long long)sa->seq.lost, (unsigned long long)all, inspect_percent(share, sa->seq.lost, all));
	if (sa->seq.ngaps > 0 && sa->seq.gap[0].n > 1)
		diagnosis_say(d, ", the longest gap %llu in a row", (unsigned long long)sa->seq.gap[0].n);
	return diagnose_ends_loss(s, d);
}

static bool reordered(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->seq.late == 0 || is_group(sa))
		return false;
	diagnosis_show(d, &sa->late);
	diagnosis_say(d, "%s: %llu packets came late, up to %llu behind: a replay window of %llu lets all in", inspect_sa(who, sa),
	    (unsigned long long)sa->seq.late, (unsigned long long)sa->seq.late_most, (unsigned long long)track_window(&sa->seq));
	return true;
}

static bool window(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	uint64_t have = sa->sa != NULL && sa->sa->replay_window > 0 ? (uint64_t)sa->sa->replay_window : 64;
	char who[INSPECT_WORDS];

	if (is_group(sa) || sa->seq.late_most < have || (sa->sa != NULL && sa->sa->replay_window == 0))
		return false;
	diagnosis_show(d, &sa->late);
	diagnosis_say(d, "%s: packets come up to %llu behind, a replay window of %llu (%s) drops them though they are good",
	    inspect_sa(who, sa), (unsigned long long)sa->seq.late_most, (unsigned long long)have,
	    sa->sa != NULL && sa->sa->replay_window > 0 ? "the SA's" : "a usual one");
	diagnosis_advise(d, "set the receiver's replay window to %llu or more (strongSwan: replay_window; Linux: ip xfrm ... "
	    "replay-window), or stop what reorders: parallel links, QoS behind the encryption", (unsigned long long)track_window(&sa->seq));
	return true;
}

static bool duplicates(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (is_group(sa) || sa->replayed.n > 0)		/* the stronger word (diagnose_key.c) */
		return false;
	if (sa->seq.duplicates + sa->seq.older < DUPLICATES_LEAST || sa->twice.n * 10 >= sa->packets * 2)
		return false;
	diagnosis_show(d, &sa->duplicates);
	d->times = sa->seq.duplicates + sa->seq.older;
	diagnosis_say(d, "%s: %llu packets carry a number that was there before: sent or copied again on the way, or replayed",
	    inspect_sa(who, sa), (unsigned long long)d->times);
	return true;
}

static bool not_from_one(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->first_not_one.n == 0 || sa->seq.low == 1)
		return false;
	diagnosis_show(d, &sa->first_not_one);
	diagnosis_show_at(d, sa->up);
	diagnosis_say(d, "%s came up in this capture, and its first packet here has number %llu: those before were lost or went another way",
	    inspect_sa(who, sa), (unsigned long long)sa->seq.low);
	return true;
}

static bool jump(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->seq.jumps == 0 || is_group(sa))
		return false;
	diagnosis_show(d, &sa->jumps);
	d->times = sa->seq.jumps;
	diagnosis_say(d, "%s: numbers jump ahead, by %llu at most: the sender was restored from a saved state, or two senders share the SA",
	    inspect_sa(who, sa), (unsigned long long)sa->seq.gap[0].n);
	return true;
}

static bool restart(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->seq.restarts == 0 || is_group(sa))
		return false;
	diagnosis_show(d, &sa->restarts);
	d->times = sa->seq.restarts;
	diagnosis_say(d, "%s: the numbers begin again under the same SPI: the receiver drops all until the old number is passed",
	    inspect_sa(who, sa));
	return true;
}

static bool wrap(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	bool known = sa->sa != NULL && (sa->sa->esn != SA_UNKNOWN || sa->count[V_OK] > 0);

	if (sa->esn || (sa->seq.wraps == 0 && (sa->seq.top >> 28) != 0xf))
		return false;
	/* without ESN a sender has to stop there: one that goes on most likely has it */
	d->severity = sa->seq.wraps == 0 ? SEVERITY_WARNING : known ? SEVERITY_ERROR : SEVERITY_INFO;
	diagnosis_show(d, &sa->wraps);
	diagnosis_say(d, sa->seq.wraps > 0 ? "%s: the sequence number went past 2^32 and began again" :
	    "%s: the sequence number is near its end at 2^32", inspect_sa(who, sa));
	if (!known)
		diagnosis_say(d, "; that is right only with extended sequence numbers");
	return true;
}

static bool one_way(const struct subject *s, struct diagnosis *d)
{
	const struct model_tunnel *t = s->tunnel;
	bool from_a = t->from_b.packets == 0;
	const struct model_total *there = from_a ? &t->from_a : &t->from_b, *back = from_a ? &t->from_b : &t->from_a;
	char who[INSPECT_WORDS];

	if (back->packets > 0 || there->packets < ONE_WAY_LEAST || t->nsa == 0 || is_multicast(&sa_of(s->model, t->sa[0])->dst))
		return false;
	for (unsigned i = 0; i < t->nsa && i < 4; i++)
		diagnosis_show_at(d, sa_of(s->model, t->sa[i])->first);
	diagnosis_say(d, "between %s: %llu packets of ESP or AH one way (%s), none the other", inspect_tunnel(who, s->model, t),
	    (unsigned long long)there->packets, from_a ? "from the first" : "from the second");
	return true;
}

/* The same address and SPI, but senders take turns. */
static bool same_spi(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->moved.n < 2 || is_multicast(&sa->dst))
		return false;
	diagnosis_show(d, &sa->moved);
	diagnosis_say(d, "%s: packets with this SPI come from several addresses in turn (%llu changes): two SAs share an SPI, or a host "
	    "jumps between networks", inspect_sa(who, sa), (unsigned long long)sa->moved.n);
	return true;
}

static bool after_delete(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS], late[INSPECT_WORDS];

	if (sa->after_delete.n == 0 || sa->last.ns - sa->deleted.ns < SECOND)
		return false;
	diagnosis_show_at(d, sa->deleted);
	diagnosis_show(d, &sa->after_delete);
	diagnosis_say(d, "%s: %llu packets after it was deleted, the last %s later: the sender did not take note", inspect_sa(who, sa),
	    (unsigned long long)sa->after_delete.n, inspect_time(late, sa->last.ns - sa->deleted.ns));
	return true;
}

static bool odd(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->odd_length.n == 0)
		return false;
	diagnosis_show(d, &sa->odd_length);
	diagnosis_say(d, "%s: %llu packets are no multiple of four octets long: no ESP has such a length", inspect_sa(who, sa),
	    (unsigned long long)sa->odd_length.n);
	return true;
}

/* A rekey after which the new SA lay still although the old one had been busy. */
static bool rekey_gap(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa, *old;
	char who[INSPECT_WORDS], gap[INSPECT_WORDS];
	int64_t silent, usual;

	if (sa->replaces == 0)
		return false;
	old = sa_of(s->model, sa->replaces);
	silent = sa->first.ns - old->last.ns;
	usual = old->packets > 1 ? (old->last.ns - old->first.ns) / (int64_t)(old->packets - 1) : 0;
	if (old->packets < 10 || silent < 2 * SECOND || silent < 20 * usual)
		return false;
	diagnosis_show_at(d, old->last);
	diagnosis_show_at(d, sa->first);
	diagnosis_say(d, "%s began %s after 0x%08x, which it replaced, had its last packet: the rekeying left a hole",
	    inspect_sa(who, sa), inspect_time(gap, silent), old->spi);
	return true;
}

const struct diagnose_row diagnose_sa_rows[] = {
	{ "one-way-esp", SEVERITY_ERROR, SCOPE_TUNNEL | SCOPE_WHOLE, 80, one_way,
	  "at the silent end: does it receive these packets (firewall for ESP, or UDP 4500), does its SA open them (counters of "
	  "ip -s xfrm state), has it a route and a policy for the answers", "RFC 4301 4.1" },
	{ "sequence-restart", SEVERITY_ERROR, SCOPE_SA, 75, restart,
	  "negotiate new SAs after the sender restarts: an SA with static keys must not be used again from 1", "RFC 4303 3.3.3" },
	{ "sequence-wrap", SEVERITY_ERROR, SCOPE_SA, 74, wrap,
	  "rekey before 2^32 packets, or negotiate extended sequence numbers (esn)", "RFC 4303 3.3.3" },
	{ "traffic-after-delete", SEVERITY_ERROR, SCOPE_SA, 60, after_delete,
	  "look whether the sender got the delete, and why it holds on to the SA; its packets are dropped", "RFC 7296 1.4.1" },
	{ "rekey-gap", SEVERITY_WARNING, SCOPE_SA | SCOPE_WHOLE, 55, rekey_gap,
	  "let the new SA come up before the old one ends: a soft lifetime well before the hard one, at both ends", "RFC 7296 2.8" },
	{ "shared-spi", SEVERITY_WARNING, SCOPE_SA, 50, same_spi,
	  "see whether two hosts have the same configuration with static SPIs, or a NAT gives one flow two addresses", "RFC 4301 4.1" },
	{ "replay-window-small", SEVERITY_WARNING, SCOPE_SA, 52, window, NULL, "RFC 4303 3.4.3" },
	{ "loss", SEVERITY_WARNING, SCOPE_SA, 45, loss,
	  "compare with a capture at the other end (--other) to see where they get lost; then look at rate limits, MTU and queues on "
	  "the way", "RFC 4303 2.2" },
	{ "sequence-jump", SEVERITY_WARNING, SCOPE_SA, 44, jump,
	  "see whether a cluster shares the SA: each member needs a range of its own, or an SA of its own", "RFC 4303 2.2" },
	{ "duplicates", SEVERITY_WARNING, SCOPE_SA, 42, duplicates,
	  "the receiver drops them; look for a loop, a mirror port that leads back, or somebody who replays", "RFC 4303 3.4.3" },
	{ "first-packets-missing", SEVERITY_INFO, SCOPE_SA, 30, not_from_one, "capture nearer to the sender to see them",
	  "RFC 4303 2.2" },
	{ "reordering", SEVERITY_INFO, SCOPE_SA, 25, reordered, "nothing, as long as the receiver's window is that wide", "RFC 4303 3.4.3" },
	{ "odd-length", SEVERITY_WARNING, SCOPE_SA, 35, odd, "see whether something cuts or pads packets on the way", "RFC 4303 2.4" },
	{ .id = NULL }
};
