/* Findings about the capture itself. */
#include "report/diagnose.h"
#include "report/inspect_words.h"

enum { TWICE_LEAST = 3 };

static bool cut(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->cut.n == 0)
		return false;
	diagnosis_show(d, &c->cut);
	diagnosis_say(d, "%llu of %llu packets were captured in part: they can be counted, not opened or verified",
	    (unsigned long long)c->cut.n, (unsigned long long)c->frames);
	return true;
}

static bool back(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->back.n == 0)
		return false;
	diagnosis_show(d, &c->back);
	diagnosis_say(d, "the clock goes back by more than a second, %llu times: times, rates and delays are not to be trusted",
	    (unsigned long long)c->back.n);
	return true;
}

static bool ahead(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);
	char most[INSPECT_WORDS];

	if (c->ahead.n == 0)
		return false;
	diagnosis_show(d, &c->ahead);
	diagnosis_say(d, "no packet for a day and more, %llu times, %s at most: the clock was set ahead, or nothing was captured; times and rates "
	    "over that are not to be trusted", (unsigned long long)c->ahead.n, inspect_time(most, c->ahead_most));
	return true;
}

/* Of all packets of IPsec a good part shows a second time at once. */
static bool twice(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);
	uint64_t n = c->twice.n, all = c->count[DATAGRAM_IKE];
	const struct model_sa *sa, *nat = NULL;
	char from[ADDR_TEXT], to[ADDR_TEXT];

	for (size_t i = 0; (sa = model_sa_at(s->model, i)) != NULL; i++) {
		n += sa->twice.n;
		all += sa->packets;
		if (sa->nat_to.family != 0 && (nat == NULL || model_sa_order(sa, nat) < 0))
			nat = sa;
	}
	if (n < TWICE_LEAST || n * 5 < all * 2)
		return false;
	diagnosis_show(d, &c->twice);
	for (size_t i = 0; (sa = model_sa_at(s->model, i)) != NULL; i++)
		diagnosis_show(d, &sa->twice);
	d->times = n;
	diagnosis_say(d, "%llu of %llu packets are there twice, one right behind the other: the capture saw each in two places",
	    (unsigned long long)n, (unsigned long long)all);
	if (nat != NULL)
		diagnosis_say(d, ", before and after a NAT: %s and %s are the same host", addr_format(from, &nat->nat_from),
		    addr_format(to, &nat->nat_to));
	return true;
}

static bool damaged(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->damaged.n == 0)
		return false;
	diagnosis_show(d, &c->damaged);
	diagnosis_say(d, "%llu packets have headers that contradict themselves", (unsigned long long)c->damaged.n);
	return true;
}

/* Its first packets. */
static void show_sender(const struct subject *s, struct diagnosis *d, const struct addr *who)
{
	const struct model_sa *sa;
	const struct model_ike *k;

	for (size_t i = 0; (sa = model_sa_at(s->model, i)) != NULL; i++)
		if (sa->packets > 0 && addr_eq(&sa->src, who))
			diagnosis_show_at(d, sa->first);
	for (size_t i = 0; (k = model_ike_at(s->model, i)) != NULL; i++)
		diagnosis_show_at(d, k->first);
}

/* Who sent all of IPsec that there is, if it is one host alone. */
static const struct model_peer *only_sender(const struct model *m)
{
	const struct model_peer *p, *talker = NULL;

	for (size_t i = 0; (p = model_peer_at(m, i)) != NULL; i++)
		if (p->packets > 0) {
			if (talker != NULL)
				return NULL;
			talker = p;
		}
	return talker;
}

/* Packets of one sender alone, although somebody must have answered him. */
static bool one_sided(const struct subject *s, struct diagnosis *d)
{
	const struct model_peer *talker = only_sender(s->model);
	const struct model_tunnel *t;
	char text[ADDR_TEXT];

	if (talker == NULL || talker->packets < 10)
		return false;
	/* each tunnel says so itself, and more; of a host with itself both directions look the same */
	for (size_t i = 0; (t = model_tunnel_at(s->model, i)) != NULL; i++)
		if (t->peer_a == t->peer_b || diagnose_is_one_way(s->model, t))
			return false;
	show_sender(s, d, &talker->addr);
	diagnosis_say(d, "all %llu packets of IPsec come from %s: the capture shows one direction, or nobody answers",
	    (unsigned long long)talker->packets, addr_format(text, &talker->addr));
	return true;
}

static bool nothing(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->count[DATAGRAM_ESP] + c->count[DATAGRAM_AH] + c->count[DATAGRAM_IKE] > 0)
		return false;
	diagnosis_say(d, "no IKE, ESP or AH among %llu packets", (unsigned long long)c->frames);
	return true;
}

static bool over_caps(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->dropped_sas + c->dropped_ikes + c->dropped_peers == 0)
		return false;
	diagnosis_say(d, "more than this report can hold: %llu packets of further SAs, %llu messages of further negotiations, %llu of "
	    "further hosts are not counted", (unsigned long long)c->dropped_sas, (unsigned long long)c->dropped_ikes,
	    (unsigned long long)c->dropped_peers);
	return true;
}

const struct diagnose_row diagnose_capture_rows[] = {
	{ "captured-twice", SEVERITY_WARNING, SCOPE_CAPTURE | SCOPE_WHOLE, 70, twice,
	  "capture on one interface (not \"any\"), or leave one of the two places out with a filter", NULL },
	{ "capture-cut", SEVERITY_WARNING, SCOPE_CAPTURE, 40, cut, "capture whole packets: tcpdump -s 0", NULL },
	{ "clock-back", SEVERITY_WARNING, SCOPE_CAPTURE, 30, back,
	  "give several files in the order of their times; keep the clock of the capturing machine in step", NULL },
	{ "clock-ahead", SEVERITY_INFO, SCOPE_CAPTURE, 12, ahead,
	  "see whether the capture was interrupted; if not, keep the clock of the capturing machine in step", NULL },
	{ "damaged-headers", SEVERITY_WARNING, SCOPE_CAPTURE, 35, damaged,
	  "look at these packets: a broken network card or driver, or somebody tries what happens", NULL },
	{ "one-sided", SEVERITY_WARNING, SCOPE_CAPTURE | SCOPE_WHOLE, 20, one_sided,
	  "capture where both directions pass; with asymmetric routes in two places, and give both files", NULL },
	{ "no-ipsec", SEVERITY_INFO, SCOPE_CAPTURE | SCOPE_WHOLE, 10, nothing,
	  "check interface and filter: udp port 500 or udp port 4500 or esp or ah", NULL },
	{ "too-much", SEVERITY_WARNING, SCOPE_CAPTURE | SCOPE_WHOLE, 15, over_caps, "cut the capture by time or host, or use --shard", NULL },
	{ .id = NULL }
};
