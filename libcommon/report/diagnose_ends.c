/* Findings that two captures of one tunnel show together (ipsec-inspect --other). */
#include "report/diagnose.h"
#include "report/inspect_words.h"
#include "report/two_ends.h"

typedef unsigned long long ull;

enum {
	BLOCKED_LEAST = 5, BLOCKED_IKE = 2,	/* packets; sendings of messages, which are the same octets again */
	LOSS_WARNING = 100, LOSS_ERROR = 20, ERROR_LEAST = 10,	/* one in so many; of few packets none is an error */
	NAMED = 5,
};

static const char *const captures[] = { "the first capture", "the second" };

static void say_flow(struct diagnosis *d, const struct two_flow *f, int side)
{
	const struct two_side *s = &f->side[side];
	char a[ADDR_TEXT], b[ADDR_TEXT];

	if (f->ike)
		diagnosis_say(d, "IKE %s > %s", addr_format(a, &s->src), addr_format(b, &s->dst));
	else
		diagnosis_say(d, "%s 0x%08x %s > %s", f->proto == SA_AH ? "AH" : f->proto == SA_ESP ? "ESP" : "IPComp", f->spi,
		    addr_format(a, &s->src), addr_format(b, &s->dst));
}

/* Packets of the first capture are evidence; those of the second are named. */
static void show(struct diagnosis *d, const struct two_flow *f, int side)
{
	const struct evidence *ev = &f->missing[side];

	d->times = f->lost[side] > 0 ? f->lost[side] : 1;
	if (side == 0) {
		for (unsigned i = 0; i < ev->kept; i++)
			diagnosis_show_at(d, ev->at[i]);
		return;
	}
	for (unsigned i = 0; i < ev->kept && i < NAMED; i++)
		diagnosis_say(d, "%s%llu", i > 0 ? ", " : ev->n == 1 ? "; in the second capture packet " : "; in the second capture packets ",
		    (ull)ev->at[i].frame);
	if (ev->n > NAMED)
		diagnosis_say(d, ", ...");
}

/* The capture nearer to the sender, as far as that is known; else the one that has more. */
static int near_side(const struct two_flow *f)
{
	return f->first >= 0 ? f->first : f->lost[0] >= f->lost[1] ? 0 : 1;
}

static bool is_blocked(const struct two_flow *f)
{
	int near = near_side(f);

	return f->both == 0 && f->lost[near] > 0 && f->side[near].packets >= (f->ike ? BLOCKED_IKE : BLOCKED_LEAST);
}

static bool blocked(const struct subject *s, struct diagnosis *d)
{
	const struct two_flow *f = s->flow;
	int near = near_side(f);

	if (!is_blocked(f))
		return false;
	say_flow(d, f, near);
	if (f->side[!near].packets == 0)
		diagnosis_say(d, ": none of %llu packets of %s is in %s, which has others of that time: they are dropped between the two",
		    (ull)f->side[near].packets, captures[near], captures[!near]);
	else
		diagnosis_say(d, ": %llu packets in the first capture and %llu in the second, and no two are the same: what they carry is changed "
		    "on the way", (ull)f->side[0].packets, (ull)f->side[1].packets);
	show(d, f, near);
	return true;
}

static bool lost(const struct subject *s, struct diagnosis *d)
{
	const struct two_flow *f = s->flow;
	int near = near_side(f);
	uint64_t n = f->lost[near], all = n + f->both;
	char share[INSPECT_WORDS];

	if (n == 0 || is_blocked(f))
		return false;
	d->severity = n >= ERROR_LEAST && n * LOSS_ERROR >= all ? SEVERITY_ERROR : n * LOSS_WARNING >= all ? SEVERITY_WARNING : SEVERITY_INFO;
	say_flow(d, f, near);
	diagnosis_say(d, ": %llu of %llu packets of %s (%s) are not in %s: lost between the two", (ull)n, (ull)all, captures[near],
	    inspect_percent(share, n, all), captures[!near]);
	if (f->tail[near] >= BLOCKED_LEAST)
		diagnosis_say(d, ", the last %llu in a row: from then on nothing gets through", (ull)f->tail[near]);
	show(d, f, near);
	return true;
}

/* Further on, but not nearer to the sender. */
static bool missed(const struct subject *s, struct diagnosis *d)
{
	const struct two_flow *f = s->flow;
	int far = f->first == 0;

	if (f->first < 0 || f->both == 0 || f->lost[far] == 0)
		return false;
	say_flow(d, f, far);
	diagnosis_say(d, ": %llu of %llu packets of %s are not in %s, although that is nearer to the sender", (ull)f->lost[far],
	    (ull)(f->lost[far] + f->both), captures[far], captures[!far]);
	show(d, f, far);
	return true;
}

static bool rewritten(const struct subject *s, struct diagnosis *d)
{
	const struct two_flow *f = s->flow;
	const struct two_side *a = &f->side[0], *b = &f->side[1];
	char words[TWO_WORDS];
	bool moved = !addr_eq(&a->src, &b->src) || !addr_eq(&a->dst, &b->dst);

	if (f->both == 0 || *two_ends_rewritten(words, f) == '\0')
		return false;
	say_flow(d, f, f->first == 1);
	diagnosis_say(d, ": changed on the way: %s", words);
	d->times = f->both;
	if (!f->ike && f->proto == SA_AH && moved) {
		d->severity = SEVERITY_ERROR;
		diagnosis_say(d, "; AH protects the addresses, so that the receiver drops it");
		diagnosis_advise(d, "use ESP, in UDP if there are ports to share: AH cannot pass a NAT");
	} else if (f->remarked > 0 || (a->fragmented == 0) != (b->fragmented == 0)) {
		d->severity = SEVERITY_WARNING;
		diagnosis_advise(d, "%s", f->remarked > 0 ? "look which device between the two places changes the DSCP: from there on packets are "
		    "not treated as they were marked" : "look for a link with a smaller MTU between the two places, and let the tunnel send packets that "
		    "fit: MTU, MSS");
	}
	return true;
}

static bool unrelated(const struct subject *s, struct diagnosis *d)
{
	uint64_t a = s->two != NULL ? two_ends_packets(s->two, 0) : 0, b = s->two != NULL ? two_ends_packets(s->two, 1) : 0;

	if (s->two == NULL || two_ends_both(s->two) > 0 || a + b == 0)
		return false;
	if (a == 0 || b == 0)
		diagnosis_say(d, "%s has %llu packets of IKE, ESP and AH, %s none: it is of another place or time, or nothing gets there",
		    captures[a == 0], (ull)(a + b), captures[a != 0]);
	else
		diagnosis_say(d, "of %llu packets of IKE, ESP and AH in the first capture and %llu in the second no two are the same: they are of "
		    "different tunnels or times, or all is changed or dropped between the two", (ull)a, (ull)b);
	return true;
}

bool diagnose_ends_loss(const struct subject *s, struct diagnosis *d)
{
	const struct two_flow *f = s->two != NULL ? two_ends_of_sa(s->two, s->sa) : NULL;
	uint64_t between;

	if (f == NULL || f->side[1].packets == 0)
		return true;
	between = f->first == 1 ? f->lost[1] : 0;
	if (between >= s->sa->seq.lost && two_ends_share(s->two) == 1)
		return false;
	if (between > 0)
		diagnosis_say(d, ", %llu of them between the two captures (lost-between)", (ull)between);
	else
		diagnosis_say(d, "; the other capture has none of them either");
	diagnosis_advise(d, "%s: look there at rate limits, MTU and queues", between > 0 ?
	    "the others were lost on the way from the sender to the second capture" : f->first == 1 ?
	    "they were lost on the way from the sender to the other capture" : "they were lost on the way from the sender to this one");
	return true;
}

const struct diagnose_row diagnose_ends_rows[] = {
	{ "blocked-between", SEVERITY_ERROR, SCOPE_FLOW | SCOPE_WHOLE, 85, blocked,
	  "look at what is between the two places for a filter in this direction (ESP is IP protocol 50, AH 51; UDP 500 and 4500), a "
	  "missing route, or another way round the second place", NULL },
	{ "captures-unrelated", SEVERITY_WARNING, SCOPE_CAPTURE | SCOPE_WHOLE, 72, unrelated,
	  "capture both ends at the same time, with a filter that lets IKE, ESP and UDP 4500 through at both", NULL },
	{ "lost-between", SEVERITY_WARNING, SCOPE_FLOW | SCOPE_WHOLE, 47, lost,
	  "look at what is between the two places: rate limits, MTU, queues, a second link; a third capture halfway tells which half it is",
	  "RFC 4303 2.2" },
	{ "rewritten", SEVERITY_INFO, SCOPE_FLOW | SCOPE_WHOLE, 22, rewritten,
	  "nothing, if a NAT is meant to be there; else look which device between the two places changes packets", NULL },
	{ "missed-by-capture", SEVERITY_INFO, SCOPE_FLOW | SCOPE_WHOLE, 21, missed,
	  "see whether the capture dropped packets (tcpdump says so at its end), or some go another way", NULL },
	{ .id = NULL }
};
