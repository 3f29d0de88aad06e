/* Findings about negotiations, beside those that refusals tell. */
#include <string.h>

#include "ike/ids.h"
#include "packet/ip.h"
#include "report/diagnose.h"
#include "report/inspect_words.h"

enum { DEAD_SENDS = 3, REFUSAL_MOST = 100 };
#define SECOND INT64_C(1000000000)
#define KEEPALIVE_PATIENCE (60 * SECOND)	/* NATs forget UDP after so long, some sooner (RFC 4787: two minutes at least) */
#define ESP_PATIENCE (5 * SECOND)

static bool retransmissions(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	/* what is there again at once was captured twice, or doubled on the way */
	if (k->retransmissions <= k->twice)
		return false;
	diagnosis_show(d, &k->again);
	diagnosis_say(d, "%s: %llu of %llu messages were sent again: answers came late or not at all", inspect_ike(who, k),
	    (unsigned long long)(k->retransmissions - k->twice), (unsigned long long)k->messages);
	return true;
}

static bool ip_fragments(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (k->ip_fragments.n == 0)
		return false;
	diagnosis_show(d, &k->ip_fragments);
	if (k->frag_i && k->frag_r)
		diagnosis_advise(d, "IKE fragmentation is on: let the sender cut smaller, so that IP need not (strongSwan: charon.fragment_size), "
		    "or send less: smaller certificates, no whole chain");
	diagnosis_say(d, "%s: %llu messages came as IP fragments of which some never arrived; IKE fragmentation (RFC 7383) was %s",
	    inspect_ike(who, k), (unsigned long long)k->ip_fragments.n, k->frag_i && k->frag_r ? "agreed on" :
	    k->frag_i ? "offered by the initiator alone" : k->frag_r ? "offered by the responder alone" : "offered by neither end");
	return true;
}

static bool is_dead(const struct model_request *q)
{
	return q->any && !q->answered && !q->in_part && q->sends >= DEAD_SENDS;
}

static bool is_dpd(const struct model_ike *k, const struct model_request *q)
{
	return is_dead(q) && q->exchange == (k->version == 1 ? IKE_X_V1_INFORMATIONAL : IKE_X_INFORMATIONAL);
}

bool diagnose_is_dead(const struct model_ike *k)
{
	const struct model_request *q = &k->request[0];

	return is_dpd(k, q) || (is_dead(q) && q->exchange == IKE_X_CREATE_CHILD_SA);
}

static bool dpd(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];
	bool found = false;

	for (int i = 0; i < 2; i++) {
		const struct model_request *q = &k->request[i];

		if (!is_dpd(k, q))
			continue;
		found = true;
		diagnosis_show_at(d, q->at);
		diagnosis_show_at(d, q->last);
		if (d->text[0] == '\0')
			diagnosis_say(d, "%s: the %s asked %u times without an answer whether the other end lives (or said goodbye to nobody)",
			    inspect_ike(who, k), i == 0 ? "initiator" : "responder", q->sends);
	}
	return found;
}

static bool no_answer(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];
	const char *name;

	for (int i = 0; i < 2; i++) {
		const struct model_request *q = &k->request[i];

		if (!is_dead(q) || (q->exchange != IKE_X_CREATE_CHILD_SA))
			continue;
		name = ike_exchange_name(IKE_V2, q->exchange);
		diagnosis_show_at(d, q->at);
		diagnosis_show_at(d, q->last);
		diagnosis_say(d, "%s: %s of the %s was sent %u times and never answered", inspect_ike(who, k), name,
		    i == 0 ? "initiator" : "responder", q->sends);
		return true;
	}
	return false;
}

static bool collision(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (k->collision.n == 0)
		return false;
	diagnosis_show(d, &k->collision);
	diagnosis_say(d, "%s: both ends rekeyed at the same time, %llu times", inspect_ike(who, k), (unsigned long long)k->collision.n);
	return true;
}

static bool keepalives(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS], gap[INSPECT_WORDS];

	if (!k->nat_i || k->keepalive_gap < KEEPALIVE_PATIENCE)
		return false;
	diagnosis_show_at(d, k->last);
	diagnosis_say(d, "%s: the initiator is behind a NAT and silent for %s, with %llu keepalives in all: the NAT may forget it",
	    inspect_ike(who, k), inspect_time(gap, k->keepalive_gap), (unsigned long long)k->keepalives.n);
	return true;
}

static bool moved(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (k->moved.n == 0)
		return false;
	diagnosis_show(d, &k->moved);
	diagnosis_say(d, "%s: an end went on from another address or port, %llu times%s", inspect_ike(who, k),
	    (unsigned long long)k->moved.n, k->mobike ? " (MOBIKE)" : ": a NAT forgot its mapping, or the host moved");
	return true;
}

/* The children's packets should go in UDP. */
static bool nat_without_udp(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	const struct model_pair *pair = k->nat_i || k->nat_r ? model_pair_between(s->model, &k->i.addr, &k->r.addr) : NULL;
	char who[INSPECT_WORDS];

	if (pair == NULL || pair->bare == 0)
		return false;
	diagnosis_show_at(d, k->first);
	diagnosis_show_at(d, model_sa_at(s->model, pair->bare - 1)->first);
	diagnosis_say(d, "%s: a NAT was found on the way, and ESP goes without UDP around it: a NAT passes it for one host at best",
	    inspect_ike(who, k));
	return true;
}

/* A negotiation went well, and no packet of ESP followed while the capture went on. */
static bool esp_blocked(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS], rest[INSPECT_WORDS];
	int64_t after = (k->dead ? k->deleted.ns : model_capture(s->model)->last) - k->up.ns;

	if (k->up.frame == 0 || k->children == 0 || k->why.n > 0 || after < ESP_PATIENCE ||
	    model_pair_between(s->model, &k->i.addr, &k->r.addr) != NULL)
		return false;
	diagnosis_show_at(d, k->up);
	diagnosis_say(d, "%s: %u child SAs came up, and no packet of theirs in the %s that follow", inspect_ike(who, k), k->children,
	    inspect_time(rest, after));
	return true;
}

static bool aggressive(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (!k->aggressive || !k->psk_v1)
		return false;
	diagnosis_show_at(d, k->first);
	diagnosis_say(d, "%s: aggressive mode with a pre-shared key: whoever sees these messages can guess the key offline",
	    inspect_ike(who, k));
	return true;
}

static bool version1(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (k->version != 1)
		return false;
	diagnosis_show_at(d, k->first);
	diagnosis_say(d, "%s: IKEv1, which is obsolete", inspect_ike(who, k));
	return true;
}

static bool lifetime(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (k->lifetime_i == 0 || k->lifetime_r == 0 || k->lifetime_i == k->lifetime_r)
		return false;
	diagnosis_show_at(d, k->first);
	diagnosis_say(d, "%s: lifetimes differ: the initiator offers %llu s, the responder has %llu s", inspect_ike(who, k),
	    (unsigned long long)k->lifetime_i, (unsigned long long)k->lifetime_r);
	return true;
}

static bool cookies(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (!k->cookies)
		return false;
	diagnosis_show_at(d, k->first);
	diagnosis_say(d, "%s: the responder asks for a cookie first: it has many half-open negotiations, or is set to", inspect_ike(who, k));
	return true;
}

static bool unknown_spi(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (k->invalid_spi.n == 0)
		return false;
	diagnosis_show(d, &k->invalid_spi);
	diagnosis_say(d, "%s: an end got packets whose SPI it does not know (INVALID_SPI, %llu times): it lost its SAs, or the other holds "
	    "on to deleted ones", inspect_ike(who, k), (unsigned long long)k->invalid_spi.n);
	return true;
}

/* Too short for an identity and AUTH, and nothing followed: a refusal that cannot be read without keys. */
static bool refused_unseen(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	const struct model_pair *pair;
	char who[INSPECT_WORDS];

	if (k->version != 2 || k->opened || k->auth_answer == 0 || k->auth_answer > REFUSAL_MOST || k->last.ns != k->auth_answer_at.ns)
		return false;
	if ((pair = model_pair_between(s->model, &k->i.addr, &k->r.addr)) != NULL && pair->last > k->auth_answer_at.ns)
		return false;
	diagnosis_show_at(d, k->auth_answer_at);
	diagnosis_say(d, "%s: IKE_AUTH was answered with %u octets, too few for an identity and its proof, and nothing followed: a refusal, "
	    "most likely of the identity, the key or the certificate", inspect_ike(who, k), k->auth_answer);
	return true;
}

/* The ends know each other, and have no child SA: that they say so cannot be read. */
static bool child_refused_unseen(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	const struct model_unread *u = &k->unread;
	char who[INSPECT_WORDS];

	if (k->opened)
		return false;
	if (k->version == 2 && u->no_child.frame != 0 && u->answer > REFUSAL_MOST) {
		diagnosis_show_at(d, u->no_child);
		diagnosis_say(d, "%s: IKE_AUTH of %u octets was answered with %u, enough for an identity and its proof and too few for a child SA: "
		    "it was refused, most likely for its traffic selectors or its proposal", inspect_ike(who, k), u->asked, u->answer);
		return true;
	}
	if (k->version == 2 || !u->waits || u->refused.frame == 0)
		return false;
	diagnosis_show_at(d, u->quick_at);
	diagnosis_show_at(d, u->refused);
	diagnosis_say(d, "%s: the %s's quick mode was answered with an INFORMATIONAL: a refusal, most likely of its networks (IDs) or its proposal",
	    inspect_ike(who, k), u->by_initiator ? "initiator" : "responder");
	return true;
}

static bool unread(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (k->undecrypted == 0 || k->opened)
		return false;
	d->times = k->undecrypted;
	diagnosis_show_at(d, k->last);
	diagnosis_say(d, "%s: %llu messages could not be read for lack of keys: what they say is not in this report", inspect_ike(who, k),
	    (unsigned long long)k->undecrypted);
	return true;
}

static bool no_ppk(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (!k->ppk_offered || k->ppk_used || !k->opened || k->up.frame == 0)
		return false;
	diagnosis_show_at(d, k->up);
	diagnosis_say(d, "%s: a post-quantum pre-shared key was offered and is not in use", inspect_ike(who, k));
	return true;
}

static bool no_transport(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];

	if (!k->transport_asked || k->transport_granted || k->up.frame == 0 || k->children == 0)
		return false;
	diagnosis_show_at(d, k->up);
	diagnosis_say(d, "%s: transport mode was asked for, the other end made it tunnel mode", inspect_ike(who, k));
	return true;
}

const struct diagnose_row diagnose_ike_rows[] = {
	{ "auth-refused-unread", SEVERITY_ERROR, SCOPE_IKE | SCOPE_WHOLE, 89, refused_unseen,
	  "give the IKE keys (--keys charon.log) to read it, or look into the responder's log", "RFC 7296 2.21.2" },
	{ "child-refused-unread", SEVERITY_ERROR, SCOPE_IKE, 88, child_refused_unseen,
	  "give the IKE keys (--keys charon.log) to read it, or look into the log of the end that refused; compare networks and ESP proposals",
	  "RFC 7296 2.21.2" },
	{ "transport-refused", SEVERITY_WARNING, SCOPE_IKE, 54, no_transport, "set the same mode at both ends", "RFC 7296 1.3.1" },
	{ "ppk-not-used", SEVERITY_WARNING, SCOPE_IKE, 51, no_ppk,
	  "configure the same PPK and its id at both ends, and make it required where it is meant to be", "RFC 8784 3" },
	{ "not-opened", SEVERITY_INFO, SCOPE_IKE, 11, unread, "give the IKE keys: --keys FILE, such as charon's log at ike 4, chd 4", NULL },
	{ "ike-fragments-lost", SEVERITY_ERROR, SCOPE_IKE, 95, ip_fragments,
	  "enable IKE fragmentation (RFC 7383) at both ends, or send less: smaller certificates, no whole chain", "RFC 7383 1" },
	{ "dpd-timeout", SEVERITY_ERROR, SCOPE_IKE, 70, dpd,
	  "see whether the other end still runs and is reached: power, link, NAT mapping, firewall state", "RFC 7296 2.4, RFC 3706 5.3" },
	{ "rekey-unanswered", SEVERITY_ERROR, SCOPE_IKE, 72, no_answer,
	  "look into the other end's log for this exchange: it may drop what it cannot do, such as another group with PFS", "RFC 7296 1.3" },
	{ "nat-without-udp", SEVERITY_ERROR, SCOPE_IKE | SCOPE_WHOLE, 78, nat_without_udp,
	  "turn NAT traversal on at both ends (strongSwan: encap = yes; let UDP 4500 through)", "RFC 3948 1" },
	{ "esp-blocked", SEVERITY_WARNING, SCOPE_IKE | SCOPE_WHOLE, 65, esp_blocked,
	  "if traffic was meant to flow: a firewall lets IKE through and drops ESP (IP protocol 50, or UDP 4500), or nothing is routed "
	  "into the tunnel", "RFC 4301 4.4.1" },
	{ "unknown-spi", SEVERITY_WARNING, SCOPE_IKE, 56, unknown_spi,
	  "restart the connection at the end that sends; let DPD find a peer that lost its state", "RFC 7296 1.5" },
	{ "aggressive-psk", SEVERITY_WARNING, SCOPE_IKE, 68, aggressive,
	  "use IKEv2, or main mode, or certificates; change the key if it is one that can be guessed", "RFC 2409 5.4" },
	{ "rekey-collision", SEVERITY_INFO, SCOPE_IKE, 35, collision,
	  "let one end rekey earlier than the other (different lifetimes, or a random part in them)", "RFC 7296 2.8.1" },
	{ "keepalives-missing", SEVERITY_WARNING, SCOPE_IKE, 48, keepalives,
	  "let the end behind the NAT send keepalives every 20 s (strongSwan: keep_alive), or DPD more often", "RFC 3948 2.3" },
	{ "lifetime-mismatch", SEVERITY_INFO, SCOPE_IKE, 32, lifetime, "set the same lifetime at both ends, so that both expect the rekeying",
	  "RFC 2407 4.5.4" },
	{ "peer-moved", SEVERITY_INFO, SCOPE_IKE, 30, moved, "nothing, if the host is mobile; else look at the NAT's timeout for UDP",
	  "RFC 4555 1.2" },
	{ "ike-retransmissions", SEVERITY_WARNING, SCOPE_IKE, 43, retransmissions,
	  "look for loss on the way and for a slow peer (many negotiations at once, slow certificates or RADIUS)", "RFC 7296 2.1" },
	{ "cookies", SEVERITY_INFO, SCOPE_IKE, 20, cookies, "look at the responder's load, if this lasts", "RFC 7296 2.6" },
	{ "ikev1", SEVERITY_INFO, SCOPE_IKE, 15, version1, "go over to IKEv2", "RFC 9395" },
	{ .id = NULL }
};
