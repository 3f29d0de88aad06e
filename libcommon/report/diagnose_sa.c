/* Findings that the sequence numbers of one SA show, and when and whence its packets come. */
#include "report/diagnose.h"
#include "report/inspect_words.h"

enum {
	LOSS_WARNING = 100, LOSS_ERROR = 20,	/* one in so many */
	LOSS_SOME = 3, LOSS_MANY = 10, LOSS_OF = 50,	/* fewer, or of fewer: chance */
	DUPLICATES_LEAST = 1,
	NEGOTIATIONS = 1024,		/* are asked whether they moved */
	REUSED_LEAST = 3,		/* a copy that was damaged on the way looks alike */
};
#define SECOND INT64_C(1000000000)

static uint64_t expected(const struct model_sa *sa)
{
	return sa->packets > 0 ? sa->seq.top - sa->seq.low + 1 : 0;
}

/* Several senders with one SA, each with numbers of its own (RFC 4301 4.1): of them all, numbers tell nothing; nor of what
 * goes to one host, where the same SA serves a group, too (OSPFv3, RFC 4552 6). */
static bool is_group(const struct subject *s)
{
	return (s->sa->moved.n > 0 && addr_is_multicast(&s->sa->dst)) || model_is_group(s->model, s->sa);
}

static enum severity severity_of_loss(uint64_t lost, uint64_t all)
{
	if (lost < LOSS_SOME || lost * LOSS_WARNING < all)
		return SEVERITY_INFO;
	return lost * LOSS_ERROR < all || lost < LOSS_MANY || all < LOSS_OF ? SEVERITY_WARNING : SEVERITY_ERROR;
}

static bool loss(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS], share[INSPECT_WORDS];
	uint64_t all = expected(sa);

	if (sa->seq.lost == 0 || sa->seq.restarts > 0 || is_group(s))
		return false;
	d->severity = severity_of_loss(sa->seq.lost, all);
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

	if (sa->seq.late == 0 || is_group(s))
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

	if (is_group(s) || sa->seq.late_most < have || (sa->sa != NULL && sa->sa->replay_window == 0))
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
	uint64_t n = sa->seq.duplicates + sa->seq.older - sa->seq.reused;
	char who[INSPECT_WORDS];

	if (is_group(s) || sa->replayed.n > 0)		/* the stronger word (diagnose_key.c) */
		return false;
	if (n < DUPLICATES_LEAST || diagnose_by_chance(n, sa) || sa->twice.n * 10 >= sa->packets * 2)
		return false;
	diagnosis_show(d, &sa->duplicates);
	d->times = n;
	diagnosis_say(d, "%s: %llu packets carry a number that was there before: sent or copied again on the way, or replayed",
	    inspect_sa(who, sa), (unsigned long long)d->times);
	return true;
}

/* The same number with other content: only who has the key can make it. */
static bool reused(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (is_group(s) || sa->reused.n < REUSED_LEAST)
		return false;
	diagnosis_show(d, &sa->reused);
	diagnosis_say(d, "%s: %llu numbers were used a second time, for other packets: %s; the receiver drops them as replays, and ciphers "
	    "that count (GCM, CTR) give away what both hold", inspect_sa(who, sa), (unsigned long long)sa->reused.n,
	    sa->seq.restarts > 0 ? "the sender began anew under the same SA" : "two senders share the SA, or one began anew under it");
	return true;
}

static bool zero(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->zero.n == 0)
		return false;
	diagnosis_show(d, &sa->zero);
	diagnosis_say(d, "%s: %llu packets have number 0, which no packet may have: numbers begin with 1", inspect_sa(who, sa),
	    (unsigned long long)sa->zero.n);
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

	if (sa->seq.jumps == 0 || is_group(s))
		return false;
	diagnosis_show(d, &sa->jumps);
	d->times = sa->seq.jumps;
	diagnosis_say(d, "%s: numbers jump ahead, by %llu at most%s: the sender was restored from a saved state, or two senders share the SA",
	    inspect_sa(who, sa), (unsigned long long)sa->seq.jump_most,
	    sa->seq.jump_most < TRACK_JUMP ? ", in less time than it ever sent so many in (if no burst was lost)" : "");
	return true;
}

static bool restart(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->seq.restarts == 0 || is_group(s))
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
	if (sa->seq.wraps == 0)
		diagnosis_show_at(d, sa->last);
	diagnosis_say(d, sa->seq.wraps > 0 ? "%s: the sequence number went past 2^32 and began again" :
	    "%s: the sequence number is near its end at 2^32", inspect_sa(who, sa));
	if (!known)
		diagnosis_say(d, "; that is right only with extended sequence numbers");
	return true;
}

/* The same address and SPI, but senders take turns. */
static bool same_spi(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->moved.n < 2 || addr_is_multicast(&sa->dst))
		return false;
	diagnosis_show(d, &sa->moved);
	diagnosis_say(d, "%s: packets with this SPI come from several addresses in turn (%llu changes): two SAs share an SPI, or a host "
	    "jumps between networks", inspect_sa(who, sa), (unsigned long long)sa->moved.n);
	return true;
}

/* A NAT's new port, a new address, in the middle of an SA.  Where IKE tells it (MOBIKE) that is said there. */
static bool changed(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS], before[ADDR_TEXT], after[ADDR_TEXT];
	const struct model_ike *k;

	if (addr_is_multicast(&sa->dst) || (sa->moved.n != 1 && sa->rebound.frame == 0))
		return false;
	for (size_t i = 0; i < NEGOTIATIONS && (k = model_ike_at(s->model, i)) != NULL; i++)
		if (k->moved.n > 0 && (addr_eq(&k->i.addr, &sa->src) || addr_eq(&k->r.addr, &sa->src)))
			return false;
	if (sa->moved.n == 1) {
		d->id = "peer-moved";
		diagnosis_show(d, &sa->moved);
		diagnosis_say(d, "%s: comes from another address in the middle: %s became %s", inspect_sa(who, sa),
		    addr_format(before, &sa->first_src), addr_format(after, &sa->src));
		return true;
	}
	diagnosis_show(d, &sa->ports_changed);
	diagnosis_show_at(d, sa->rebound);
	d->times = sa->ports_changed.n;
	diagnosis_say(d, "%s: the sender's UDP port changed in the middle, from %u to %u: a NAT forgot its mapping and made a new one",
	    inspect_sa(who, sa), sa->first_sport, sa->sport);
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

const struct diagnose_row diagnose_sa_rows[] = {
	{ "sequence-restart", SEVERITY_ERROR, SCOPE_SA, 75, restart,
	  "negotiate new SAs after the sender restarts: an SA with static keys must not be used again from 1", "RFC 4303 3.3.3" },
	{ "sequence-wrap", SEVERITY_ERROR, SCOPE_SA, 74, wrap,
	  "rekey before 2^32 packets, or negotiate extended sequence numbers (esn)", "RFC 4303 3.3.3" },
	{ "number-reused", SEVERITY_ERROR, SCOPE_SA, 76, reused,
	  "negotiate new SAs after the sender restarts; of a cluster each member needs an SA of its own: one key, one counter",
	  "RFC 4303 3.3.3" },
	{ "number-zero", SEVERITY_WARNING, SCOPE_SA, 41, zero, "the receiver drops it: the sender has to begin with 1, or somebody tries what "
	  "happens", "RFC 4303 3.4.3" },
	{ "traffic-after-delete", SEVERITY_ERROR, SCOPE_SA, 60, after_delete,
	  "look whether the sender got the delete, and why it holds on to the SA; its packets are dropped", "RFC 7296 1.4.1" },
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
	{ "port-changed", SEVERITY_INFO, SCOPE_SA, 33, changed,
	  "send keepalives more often than the NAT forgets (every 20 s; strongSwan: keep_alive), and see that the other end follows",
	  "RFC 3948 4" },
	{ "first-packets-missing", SEVERITY_INFO, SCOPE_SA, 30, not_from_one, "capture nearer to the sender to see them",
	  "RFC 4303 2.2" },
	{ "reordering", SEVERITY_INFO, SCOPE_SA, 25, reordered, "nothing, as long as the receiver's window is that wide", "RFC 4303 3.4.3" },
	{ "odd-length", SEVERITY_WARNING, SCOPE_SA, 35, odd, "see whether something cuts or pads packets on the way", "RFC 4303 2.4" },
	{ .id = NULL }
};
