/* Findings about the way between the ends: sizes, fragments, ICMP, what goes in clear. */
#include "packet/ip.h"
#include "report/diagnose.h"
#include "report/inspect_words.h"

enum { USUAL_MTU = 1500 };

static bool too_big(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->too_big.n == 0)
		return false;
	diagnosis_show(d, &c->too_big);
	diagnosis_say(d, "%llu times ICMP said that packets of IPsec are too big, the smallest MTU it named is %u",
	    (unsigned long long)c->too_big.n, c->path_mtu);
	return true;
}

static bool ignored(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->too_big.n == 0)
		return false;
	diagnosis_show(d, &c->too_big);
	diagnosis_show(d, &sa->too_big);
	d->times = sa->too_big.n;
	diagnosis_say(d, "%s: %llu packets longer than the MTU that ICMP named (the smallest: %u) went out a second and more afterwards: it was "
	    "not obeyed", inspect_sa(who, sa), (unsigned long long)sa->too_big.n, c->path_mtu);
	return true;
}

static bool unreachable(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->unreachable.n == 0)
		return false;
	diagnosis_show(d, &c->unreachable);
	diagnosis_say(d, "%llu times ICMP says that IKE or ESP does not reach its host or port", (unsigned long long)c->unreachable.n);
	return true;
}

static bool fragmented(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->fragmented == 0)
		return false;
	d->times = sa->fragmented;
	diagnosis_show_at(d, sa->first);
	diagnosis_say(d, "%s: %llu of %llu packets go in fragments, the largest of %u octets: more packets than need be, and one lost fragment loses "
	    "all", inspect_sa(who, sa), (unsigned long long)sa->fragmented, (unsigned long long)sa->packets, sa->max_size);
	return true;
}

static bool lost_fragments(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->lost_fragments.n == 0)
		return false;
	diagnosis_show(d, &c->lost_fragments);
	diagnosis_say(d, "%llu packets of ESP came as IP fragments of which some are missing", (unsigned long long)c->lost_fragments.n);
	return true;
}

static bool mss(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	const struct model_capture *c = model_capture(s->model);
	unsigned mtu = c->path_mtu > 0 && c->path_mtu < USUAL_MTU ? c->path_mtu : USUAL_MTU;
	unsigned fits = mtu > sa->overhead_most + 40 ? mtu - sa->overhead_most - 40 : 0;
	char who[INSPECT_WORDS];

	if (sa->mss.n == 0 || (sa->fragmented == 0 && c->too_big.n == 0))
		return false;
	diagnosis_show(d, &sa->mss);
	diagnosis_say(d, "%s: TCP inside asks for segments of %u octets, which with %u octets of IPsec around them do not fit into %u",
	    inspect_sa(who, sa), sa->mss_most, sa->overhead_most, mtu);
	diagnosis_advise(d, "clamp the MSS of what goes into the tunnel to %u (IPv6: %u): iptables -t mangle -A FORWARD -p tcp --syn -j TCPMSS "
	    "--set-mss %u", fits, fits > 20 ? fits - 20 : 0, fits);
	return true;
}

static bool covers(const struct sa *sa, const struct selector_view *v)
{
	for (size_t i = 0; i < sa->nts; i++)
		if (selector_match(&sa->ts[i], v))
			return true;
	return false;
}

/*
 * In clear between networks that a tunnel protects; the tunnel's own ends talk in clear by nature.  Without any IPsec
 * the capture was taken where there is none.  All SAs that are known count, not only those seen: shares know the same.
 */
static bool clear(const struct subject *s, struct diagnosis *d)
{
	const struct selector_view *v = &s->clear->view;
	const struct model_capture *c = model_capture(s->model);
	const struct sad *sad = model_sad(s->model);
	char a[ADDR_TEXT], b[ADDR_TEXT], from[ADDR_TEXT], to[ADDR_TEXT];

	if (sad == NULL || c->count[DATAGRAM_ESP] + c->count[DATAGRAM_AH] + c->count[DATAGRAM_IKE] == 0)
		return false;
	for (uint32_t i = 0; i < sad_count(sad); i++) {
		const struct sa *sa = &sad_at(sad, i)->sa;

		if (sa->nts == 0 || sa->mode == SA_TRANSPORT || !covers(sa, v))
			continue;
		diagnosis_show(d, &s->clear->at);
		diagnosis_say(d, "%llu packets go in clear from %s to %s, which the tunnel %s > %s (SPI 0x%08x) is for",
		    (unsigned long long)s->clear->packets, addr_format(a, &v->src), addr_format(b, &v->dst), addr_format(from, &sa->src),
		    addr_format(to, &sa->dst), sa->spi);
		return true;
	}
	return false;
}

static bool stray(const struct subject *s, struct diagnosis *d)
{
	const struct model_capture *c = model_capture(s->model);

	if (c->stray.n == 0)
		return false;
	diagnosis_show(d, &c->stray);
	diagnosis_say(d, "%llu packets on the ports of IKE are neither IKE nor ESP", (unsigned long long)c->stray.n);
	return true;
}

const struct diagnose_row diagnose_path_rows[] = {
	{ "mtu-ignored", SEVERITY_ERROR, SCOPE_SA, 66, ignored,
	  "let ICMP through to the sender of ESP, and let it lower the MTU of the tunnel; else set it by hand (ipsec-sa mtu)", "RFC 4301 8.2" },
	{ "clear-traffic", SEVERITY_ERROR, SCOPE_CLEAR, 58, clear,
	  "look at policies and NAT rules at the sender: source NAT before IPsec is the usual cause", "RFC 4301 4.4.1" },
	{ "esp-fragments-lost", SEVERITY_ERROR, SCOPE_CAPTURE, 63, lost_fragments,
	  "lower the tunnel's MTU or clamp the MSS so that packets need no fragments (ipsec-sa mtu); fragments are dropped on many ways",
	  "RFC 4301 8.1" },
	{ "unreachable", SEVERITY_WARNING, SCOPE_CAPTURE, 92, unreachable,
	  "start the daemon at that address, or let it through at the firewall that answers", "RFC 792" },
	{ "mss-not-clamped", SEVERITY_WARNING, SCOPE_SA, 53, mss, NULL, "RFC 4301 8.1" },
	{ "esp-fragmented", SEVERITY_WARNING, SCOPE_SA, 46, fragmented,
	  "lower the tunnel's MTU or clamp the MSS (ipsec-sa mtu tells by how much), or fragment before encryption", "RFC 4301 8.1" },
	{ "path-mtu", SEVERITY_INFO, SCOPE_CAPTURE, 33, too_big, "nothing, if the sender obeys; else set the tunnel's MTU by hand (ipsec-sa mtu)",
	  "RFC 4301 8.2.1" },
	{ "stray-on-ike-ports", SEVERITY_INFO, SCOPE_CAPTURE, 12, stray,
	  "see what sends them: another program on this port, or ESP without an SPI that is known", "RFC 3948 2.1" },
	{ .id = NULL }
};
