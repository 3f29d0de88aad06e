/* Findings that the two directions of a tunnel show, and its generations. */
#include "packet/ip.h"
#include "report/diagnose.h"
#include "report/inspect_words.h"

enum {
	ONE_WAY_LEAST = 5,		/* packets that should have had an answer */
	SILENT_LEAST = 10,		/* packets that had come before, and of the other end since */
	SILENT_TIMES = 20,		/* the usual time between two */
	REBOUND_MOST = 64,		/* SAs of one tunnel whose port changed */
};
#define SECOND INT64_C(1000000000)

static const struct model_sa *sa_of(const struct model *m, unsigned id)
{
	return model_sa_at(m, id - 1);
}

bool diagnose_is_one_way(const struct model *m, const struct model_tunnel *t)
{
	uint64_t a = t->from_a.packets, b = t->from_b.packets;

	/* of a host with itself both directions look the same */
	return t->peer_a != t->peer_b && (a == 0) != (b == 0) && a + b >= ONE_WAY_LEAST && t->nsa > 0 && !addr_is_multicast(&sa_of(m, t->sa[0])->dst);
}

static bool one_way(const struct subject *s, struct diagnosis *d)
{
	const struct model_tunnel *t = s->tunnel;
	bool from_a = t->from_b.packets == 0;
	const struct model_total *there = from_a ? &t->from_a : &t->from_b;
	const struct model_peer *quiet = model_peer_at(s->model, (from_a ? t->peer_b : t->peer_a) - 1u);
	char who[INSPECT_WORDS];

	if (!diagnose_is_one_way(s->model, t))
		return false;
	for (unsigned i = 0; i < t->nsa && i < 4; i++)
		diagnosis_show_at(d, sa_of(s->model, t->sa[i])->first);
	diagnosis_say(d, "between %s: %llu packets of ESP or AH one way (%s), none the other", inspect_tunnel(who, s->model, t),
	    (unsigned long long)there->packets, from_a ? "from the first" : "from the second");
	if (quiet != NULL && quiet->packets == 0)
		diagnosis_say(d, ", nor any IKE: nobody answers, or the capture shows one direction alone");
	return true;
}

/* How many of an SA's packets came after ns, at an even pace. */
static uint64_t packets_after(const struct model_sa *sa, int64_t ns)
{
	double took = (double)(sa->last.ns - sa->first.ns);

	if (sa->packets == 0 || sa->last.ns <= ns)
		return 0;
	if (sa->first.ns > ns || took <= 0)
		return sa->packets;
	return (uint64_t)((double)sa->packets * (double)(sa->last.ns - ns) / took);
}

/* One end had sent at a steady pace and stops, the other goes on. */
static bool fell_silent(const struct subject *s, struct diagnosis *d)
{
	const struct model_tunnel *t = s->tunnel;
	bool a_quiet = t->from_a.last.ns < t->from_b.last.ns;
	const struct model_total *quiet = a_quiet ? &t->from_a : &t->from_b, *on = a_quiet ? &t->from_b : &t->from_a;
	const struct model_peer *p = model_peer_at(s->model, (a_quiet ? t->peer_a : t->peer_b) - 1u);
	int64_t silent = on->last.ns - quiet->last.ns, usual;
	char text[ADDR_TEXT], who[INSPECT_WORDS], span[INSPECT_WORDS];
	uint64_t since = 0;

	if (quiet->packets < SILENT_LEAST || p == NULL)
		return false;
	usual = (quiet->last.ns - quiet->first.ns) / (int64_t)(quiet->packets - 1);
	if (silent < 5 * SECOND || silent < SILENT_TIMES * usual)
		return false;
	for (unsigned i = 0; i < t->nsa; i++) {
		const struct model_sa *sa = sa_of(s->model, t->sa[i]);

		if (sa->deleted.ns != 0 || addr_is_multicast(&sa->dst))
			return false;		/* it came to an end */
		since += packets_after(sa, quiet->last.ns);
	}
	if (since < SILENT_LEAST)
		return false;
	diagnosis_show_at(d, quiet->last);
	diagnosis_show_at(d, on->last);
	diagnosis_say(d, "between %s: %s had sent %llu packets, then no more, while the other end went on for %s",
	    inspect_tunnel(who, s->model, t), addr_format(text, &p->addr), (unsigned long long)quiet->packets, inspect_time(span, silent));
	return true;
}

/* One that goes the other way, to another port than x comes from, a second and more after that changed. */
static const struct model_sa *to_old_port(const struct subject *s, const struct model_sa *x)
{
	const struct model_tunnel *t = s->tunnel;

	for (unsigned i = 0; i < t->nsa; i++) {
		const struct model_sa *y = sa_of(s->model, t->sa[i]);

		if (y->carrier == IP_UDP && y->dport != x->sport && y->last.ns - x->rebound.ns >= SECOND && addr_eq(&y->src, &x->dst) &&
		    addr_eq(&y->dst, &x->src))
			return y;
	}
	return NULL;
}

/* A NAT gave one end a new port, and the other end sends to the old one. */
static bool not_followed(const struct subject *s, struct diagnosis *d)
{
	const struct model_tunnel *t = s->tunnel;
	char src[ADDR_TEXT], dst[ADDR_TEXT], late[INSPECT_WORDS];
	unsigned looked = 0;

	for (unsigned i = 0; i < t->nsa && looked < REBOUND_MOST; i++) {
		const struct model_sa *x = sa_of(s->model, t->sa[i]), *y;

		if (x->rebound.frame == 0 || x->carrier != IP_UDP)
			continue;
		looked++;
		if ((y = to_old_port(s, x)) == NULL)
			continue;
		diagnosis_show_at(d, x->rebound);
		diagnosis_show_at(d, y->last);
		diagnosis_say(d, "%s sends from UDP port %u since its packets changed port, and %s goes on to send to port %u (SPI 0x%08x, until %s "
		    "later): the NAT in between has no mapping for it any more", addr_format(src, &x->src), x->sport,
		    addr_format(dst, &y->src), y->dport, y->spi, inspect_time(late, y->last.ns - x->rebound.ns));
		return true;
	}
	return false;
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

const struct diagnose_row diagnose_tunnel_rows[] = {
	{ "one-way-esp", SEVERITY_ERROR, SCOPE_TUNNEL | SCOPE_WHOLE, 80, one_way,
	  "at the silent end: does it receive these packets (firewall for ESP, or UDP 4500), does its SA open them (counters of "
	  "ip -s xfrm state), has it a route and a policy for the answers", "RFC 4301 4.1" },
	{ "port-not-followed", SEVERITY_ERROR, SCOPE_TUNNEL | SCOPE_WHOLE, 81, not_followed,
	  "let the end without NAT send to where authenticated packets come from, not to where they came from once; keepalives every 20 s "
	  "at the end behind the NAT, so that it keeps its port", "RFC 7296 2.23" },
	{ "fell-silent", SEVERITY_WARNING, SCOPE_TUNNEL | SCOPE_WHOLE, 58, fell_silent,
	  "look at the end that fell silent: did it lose the SA or its route, was it restarted; or does the capture miss this direction from "
	  "then on", "RFC 7296 2.4" },
	{ "rekey-gap", SEVERITY_WARNING, SCOPE_SA | SCOPE_WHOLE, 55, rekey_gap,
	  "let the new SA come up before the old one ends: a soft lifetime well before the hard one, at both ends", "RFC 7296 2.8" },
	{ .id = NULL }
};
