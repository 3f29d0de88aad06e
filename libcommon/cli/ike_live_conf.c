#include "cli/ike_live_conf.h"

#include <stdlib.h>
#include <string.h>

#include "sa/ts.h"

enum { OFFERS_MEMORY = 16 << 20, SIDE_ROOM = 1024 };

static const uint64_t second = 1000000000;
/* Default lifetimes: the initiator's; a responder leaves it to its peers.  Sequence numbers without ESN end at 2^32. */
static const uint64_t ike_s = 4 * 3600, child_s = 3600, dpd_s = 30, packets = (uint64_t)1 << 31;

const char ike_live_default_ike[] =
	"aes256gcm16-aes128gcm16-chacha20poly1305-prfsha256-prfsha384-prfsha512-"
	"curve25519-ecp256-ecp384-ecp521-curve448-modp3072-modp4096-modp2048,"
	"aes256-aes128-sha256-sha384-sha512-prfsha256-prfsha384-prfsha512-"
	"curve25519-ecp256-ecp384-ecp521-curve448-modp3072-modp4096-modp2048";
const char ike_live_default_esp[] =
	"aes256gcm16-aes128gcm16-chacha20poly1305-esn-noesn,"
	"aes256-aes128-sha256-sha384-sha512-esn-noesn";
const char ike_live_default_ah[] = "sha256-sha384-sha512-esn-noesn";

static int add_offers(struct offers *os, const struct ike_live_texts *t, const char *none, uint8_t protocol,
    const char *option, struct mem *mem, struct err *e)
{
	if (t->n == 0)
		return offers_parse(os, none, protocol, OFFER_STRONGSWAN, mem, e);
	for (unsigned i = 0; i < t->n; i++)
		if (offers_parse(os, t->v[i], protocol, OFFER_STRONGSWAN, mem, e) < 0)
			return err_in(e, "option --%s: \"%s\"", option, t->v[i]);
	return 0;
}

/* "dynamic" on a side is "any" to ts_parse(). */
static bool take_dynamic(char *out, size_t room, const char *side, size_t n)
{
	static const char word[] = "dynamic";
	size_t len = sizeof word - 1;
	bool yes = n >= len && memcmp(side, word, len) == 0 && (n == len || side[len] == '[');

	if (yes)
		snprintf(out, room, "any%.*s", (int)(n - len), side + len);
	else
		snprintf(out, room, "%.*s", (int)n, side);
	return yes;
}

static int take_ts(struct session_child_conf *c, const char *text, struct err *e)
{
	const char *eq = strchr(text, '=');
	size_t n = eq != NULL ? (size_t)(eq - text) : strlen(text);
	char mine[SIDE_ROOM], theirs[SIDE_ROOM], both[2 * SIDE_ROOM];

	if (strlen(text) >= SIDE_ROOM)
		return err_set(e, "found %zu characters", strlen(text));
	c->mine_dynamic = take_dynamic(mine, sizeof mine, text, n);
	theirs[0] = '\0';
	if (eq != NULL)
		c->theirs_dynamic = take_dynamic(theirs, sizeof theirs, eq + 1, strlen(eq + 1));
	snprintf(both, sizeof both, "%s%s%s", mine, eq != NULL ? "=" : "", theirs);
	return ts_parse(&c->ts, both, e);
}

static bool is_one(const struct addr_range *r, unsigned n)
{
	return n == 0 || (n == 1 && addr_eq(&r->first, &r->last));
}

/* Packets of others would go out as if they were this host's, and be dropped there. */
static int check_hosts(const struct session_child_conf *c, struct err *e)
{
	if (c->mode != SA_TRANSPORT || ((c->mine_dynamic || is_one(c->ts.src, c->ts.nsrc)) &&
	    (c->theirs_dynamic || is_one(c->ts.dst, c->ts.ndst))))
		return 0;
	return err_set(e, "transport mode is between the two hosts: wanted \"dynamic\" or one address on either side");
}

/* Each child a name to be told by. */
static int add_child(struct ike_live_conf *c, const struct ike_live_opts *o, const char *ts, bool initiator, struct err *e)
{
	struct session_conf *s = &c->conf;
	struct session_child_conf *child = &s->child[s->nchild];
	bool ah = o->ah.n > 0;

	if (s->nchild == SESSION_CHILDREN)
		return err_set(e, "option --ts: wanted at most %d of them", SESSION_CHILDREN);
	snprintf(c->names[s->nchild], sizeof c->names[0], "%u", s->nchild + 1);
	*child = (struct session_child_conf){ .name = c->names[s->nchild++],
		.mode = o->mode != 0 ? (enum sa_mode)o->mode : initiator ? SA_TUNNEL : SA_TRANSPORT };	/* of a responder: as asked */
	if (take_ts(child, ts, e) < 0 || (o->mode != 0 && check_hosts(child, e) < 0))
		return err_in(e, "option --ts: \"%s\"", ts);
	if (add_offers(&child->offers, ah ? &o->ah : &o->esp, ah ? ike_live_default_ah : ike_live_default_esp,
	    ah ? IKE_PROTO_AH : IKE_PROTO_ESP, ah ? "ah" : "esp", &c->mem, e) < 0)
		return -1;
	child->rekey_ns = o->rekey_child_ns >= 0 ? (uint64_t)o->rekey_child_ns : initiator ? child_s * second : 0;
	child->rekey_bytes = o->rekey_bytes;
	child->rekey_packets = o->rekey_packets != 0 ? o->rekey_packets : packets;
	return 0;
}

/* What is not said: from address to address, or what a virtual one reaches; a responder takes what it is asked for. */
static const char *default_ts(const struct ike_live_opts *o, bool initiator)
{
	if (o->mode == SA_TRANSPORT)
		return "dynamic=dynamic";
	if (initiator)
		return o->want_address ? "dynamic=any" : "dynamic=dynamic";
	return o->pool != NULL ? "any=dynamic" : "any=any";
}

static int add_children(struct ike_live_conf *c, const struct ike_live_opts *o, bool initiator, struct err *e)
{
	if (o->ts.n == 0)
		return add_child(c, o, default_ts(o, initiator), initiator, e);
	for (unsigned i = 0; i < o->ts.n; i++)
		if (add_child(c, o, o->ts.v[i], initiator, e) < 0)
			return -1;
	return 0;
}

static int take_addresses(struct ike_live_conf *c, const struct ike_live_opts *o, struct err *e)
{
	struct session_conf *s = &c->conf;
	struct addr a;

	for (unsigned i = 0; i < o->dns.n; i++) {
		if (s->ndns == SESSION_DNS)
			return err_set(e, "option --dns: wanted at most %d of them", SESSION_DNS);
		if (addr_parse(&s->dns[s->ndns++], o->dns.v[i], strlen(o->dns.v[i]), e) < 0)
			return err_in(e, "option --dns: \"%s\"", o->dns.v[i]);
	}
	s->want4 = o->want_address && o->address.n == 0;
	for (unsigned i = 0; i < o->address.n; i++) {
		const char *v = o->address.v[i];
		bool any4 = strcmp(v, "any4") == 0, any6 = strcmp(v, "any6") == 0;

		if (!any4 && !any6 && addr_parse(&a, v, strlen(v), e) < 0)
			return err_in(e, "option --address: \"%s\"", v);
		s->want4 |= any4 || (!any6 && a.family == 4);
		s->want6 |= any6 || (!any4 && a.family == 6);
		if (!any4 && !any6)
			*(a.family == 4 ? &s->want_addr4 : &s->want_addr6) = a;
	}
	if (o->pool != NULL && (c->pool = pool_new(o->pool, e)) == NULL)
		return err_in(e, "option --pool: \"%s\"", o->pool);
	s->pool = c->pool;
	return 0;
}

/* Keys are made of what it gives: it lives with secrets. */
static int make_rng(struct ike_live_conf *c, const struct ike_live_opts *o, bool initiator, struct err *e)
{
	struct secret room;

	if (secret_new(&c->arena, &room, sizeof(struct rng), e) < 0)
		return -1;
	c->conf.rng = (struct rng *)(void *)room.p;
	if (o->seed == NULL)
		rng_init_system(c->conf.rng);
	else if (rng_init_hex(c->conf.rng, o->seed, initiator ? "ipsec-ike initiate" : "ipsec-ike respond", e) < 0)
		return err_in(e, "option --seed");
	return 0;
}

static int make_impair(struct ike_live_conf *c, const struct ike_live_opts *o, struct err *e)
{
	if (o->impair.n == 0)
		return 0;
	if ((c->impair = ike_impair_new(c->conf.rng, e)) == NULL)
		return -1;
	for (unsigned i = 0; i < o->impair.n; i++)
		if (ike_impair_add(c->impair, o->impair.v[i], e) < 0)
			return err_in(e, "option --impair");
	c->conf.impair = c->impair;
	return 0;
}

static void take_times(struct session_conf *s, const struct ike_live_opts *o, bool initiator)
{
	s->retransmit_ns = o->retransmit_ns;
	s->retransmit_tries = o->tries;
	s->half_open_ns = o->half_open_ns;
	s->half_open_max = o->half_open_max;
	s->cookie_after = o->cookie_after;
	s->dpd_ns = o->dpd_ns >= 0 ? (uint64_t)o->dpd_ns : dpd_s * second;
	s->rekey_ns = o->rekey_ike_ns >= 0 ? (uint64_t)o->rekey_ike_ns : initiator ? ike_s * second : 0;
	s->reauth_ns = o->reauth_ns > 0 ? (uint64_t)o->reauth_ns : 0;
}

int ike_live_conf_make(struct ike_live_conf *c, const struct ike_live_opts *o, struct ike_live_creds *creds,
    bool initiator, struct err *e)
{
	struct session_conf *s = &c->conf;

	session_conf_init(s);
	mem_init(&c->mem, OFFERS_MEMORY);
	s->id = creds->id;
	s->remote_id = creds->remote_id;
	s->creds = &creds->creds;
	s->childless = o->childless;
	s->mobike = !o->no_mobike;
	s->fragmentation = !o->no_fragments;
	s->fragment_size = o->fragment_size;
	s->force_natt = o->force_natt;
	s->force_cookie = o->cookies;
	take_times(s, o, initiator);
	if (add_offers(&s->ike, &o->proposal, ike_live_default_ike, IKE_PROTO_IKE, "proposal", &c->mem, e) < 0 ||
	    add_children(c, o, initiator, e) < 0 || take_addresses(c, o, e) < 0 || make_rng(c, o, initiator, e) < 0 ||
	    make_impair(c, o, e) < 0)
		return -1;
	return session_conf_check(s, initiator, e);
}

void ike_live_conf_clear(struct ike_live_conf *c)
{
	session_conf_clear(&c->conf);
	pool_free(c->pool);
	ike_impair_free(c->impair);
	mem_clear(&c->mem);
	arena_clear(&c->arena);
}
