/* Configuration payload: virtual addresses and DNS, asked for and given (RFC 7296 2.19, 3.15). */
#include "ike/session_auth.h"

#include <string.h>

enum { IP4_ADDRESS = 1, IP4_DNS = 3, IP6_ADDRESS = 8, IP6_DNS = 10, IP6_LEN = 17, ATTRS = 16 };

/* The attributes of one payload, being made. */
struct cp { struct ike_attr attr[ATTRS]; unsigned n; struct build *b; };

static void put(struct cp *c, uint16_t type, const struct addr *a, bool prefix)
{
	uint8_t bytes[IP6_LEN];
	size_t n = a != NULL ? addr_len(a) : 0;

	if (c->n == ATTRS)
		return;
	if (n > 0)
		memcpy(bytes, a->b, n);
	if (n == 16 && prefix)			/* one address, no network */
		bytes[n++] = 128;
	c->attr[c->n++] = (struct ike_attr){ .type = type, .data = build_copy(c->b, (struct span){ bytes, n }) };
}

static void finish(struct cp *c, uint8_t type)
{
	struct ike_payload *p = build_add(c->b, IKE_P_CP);
	struct ike_attr *attr = mem_array(&c->b->mem, c->n, sizeof *attr);

	if (p == NULL || attr == NULL) {
		c->b->bad = true;
		return;
	}
	memcpy(attr, c->attr, c->n * sizeof *attr);
	p->cp = (struct pl_cp){ .type = type, .attr = attr, .nattr = c->n };
}

void cp_ask(struct sess_ike *ike, struct build *b)
{
	const struct session_conf *conf = ike->s->conf;
	struct cp c = { .b = b };

	if (conf->want4) {
		put(&c, IP4_ADDRESS, &conf->want_addr4, true);
		put(&c, IP4_DNS, NULL, false);
	}
	if (conf->want6) {
		put(&c, IP6_ADDRESS, &conf->want_addr6, true);
		put(&c, IP6_DNS, NULL, false);
	}
	if (c.n > 0)
		finish(&c, IKE_CFG_REQUEST);
}

/* An address of 4, or of 16 octets with or without a prefix length behind; false: there is none. */
static bool take(struct addr *out, const struct ike_attr *a, uint8_t family)
{
	size_t n = family == 4 ? 4 : 16;

	if (a->data.n != n && (family == 4 || a->data.n != IP6_LEN))
		return false;
	*out = (struct addr){ .family = family };
	memcpy(out->b, a->data.p, n);
	return true;
}

static const struct pl_cp *find(const struct ike_payloads *p, uint8_t type)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->payload[i].type == IKE_P_CP && p->payload[i].decoded && p->payload[i].cp.type == type)
			return &p->payload[i].cp;
	return NULL;
}

static void look(struct session_ike *pub, const struct pl_cp *cp)
{
	for (unsigned i = 0; i < cp->nattr; i++) {
		const struct ike_attr *a = &cp->attr[i];
		struct addr *dns = pub->ndns < SESSION_DNS ? &pub->dns[pub->ndns] : NULL;

		if (a->type == IP4_ADDRESS && pub->virtual4.family == 0)
			take(&pub->virtual4, a, 4);
		else if (a->type == IP6_ADDRESS && pub->virtual6.family == 0)
			take(&pub->virtual6, a, 6);
		else if (dns != NULL && ((a->type == IP4_DNS && take(dns, a, 4)) || (a->type == IP6_DNS && take(dns, a, 6))))
			pub->ndns++;
	}
}

int cp_take(struct sess_ike *ike, const struct ike_payloads *p, struct reasons *why)
{
	const struct session_conf *conf = ike->s->conf;
	const struct pl_cp *cp = find(p, IKE_CFG_REPLY);
	struct session_ike *pub = &ike->pub;
	bool refused = ike_notify_find(p, IKE_N_INTERNAL_ADDRESS_FAILURE) != NULL;
	struct reason *r;

	if (ike_notify_find(p, IKE_N_FAILED_CP_REQUIRED) != NULL) {
		r = reason_add(why, "address", REASON_ERROR, "the peer wants this end to ask for an address (CP)");
		reason_advise(r, "ask for a virtual address");
		return 0;
	}
	if (!conf->want4 && !conf->want6)
		return 1;
	if (cp != NULL)
		look(pub, cp);
	if ((conf->want4 && pub->virtual4.family != 0) || (conf->want6 && pub->virtual6.family != 0)) {
		sess_event(ike, SESSION_ADDRESS, NULL, "%s", "");
		return 1;
	}
	r = reason_add(why, "address", REASON_ERROR, refused ? "the peer has no address to give (INTERNAL_ADDRESS_FAILURE)" :
	    "the peer gives no address, although one was asked for (CP)");
	reason_advise(r, "configure a pool of addresses there that is large enough, or do not ask for one");
	return 0;
}

/* --- the other end --- */

/* The address that the peer had is the same peer's; one without a name is always another. */
static struct span holder(const struct sess_ike *ike, uint8_t *room)
{
	const struct identity *id = &ike->pub.remote_id;

	if (id->type == IKE_ID_NULL) {
		store_be64(room, ike->pub.spi_i);
		store_be64(room + 8, ike->pub.spi_r);
		return (struct span){ room, 16 };
	}
	room[0] = id->type;
	memcpy(room + 1, id->data, id->n);
	return (struct span){ room, 1u + id->n };
}

static int lease(struct sess_ike *ike, const struct ike_attr *a, int family, struct addr *out, struct cp *c, struct err *e)
{
	struct pool *pool = ike->s->conf->pool;
	uint8_t room[1 + IDENTITY_MAX];
	struct addr want = { 0 };
	int got;

	if (out->family != 0)
		return 1;
	take(&want, a, (uint8_t)family);
	if ((got = pool_take(pool, family, holder(ike, room), &want, out, e)) <= 0)
		return got;
	ike->s->lease[family == 6] = *out;
	put(c, a->type, out, true);
	return 1;
}

static void give_dns(const struct session_conf *conf, struct session_ike *pub, int family, struct cp *c)
{
	for (unsigned i = 0; i < conf->ndns && pub->ndns < SESSION_DNS; i++)
		if (conf->dns[i].family == family) {
			put(c, family == 4 ? IP4_DNS : IP6_DNS, &conf->dns[i], false);
			pub->dns[pub->ndns++] = conf->dns[i];
		}
}

/* Each attribute once; the number of addresses given, or -1. */
static int answer_attrs(struct sess_ike *ike, const struct pl_cp *cp, struct cp *c, struct err *e)
{
	struct session_ike *pub = &ike->pub;
	bool dns4 = false, dns6 = false;
	int got = 0, rc;

	for (unsigned i = 0; i < cp->nattr; i++) {
		const struct ike_attr *a = &cp->attr[i];

		if (a->type == IP4_ADDRESS || a->type == IP6_ADDRESS) {
			int family = a->type == IP4_ADDRESS ? 4 : 6;

			if ((rc = lease(ike, a, family, family == 4 ? &pub->virtual4 : &pub->virtual6, c, e)) < 0)
				return -1;
			got += rc;
		}
		dns4 |= a->type == IP4_DNS;
		dns6 |= a->type == IP6_DNS;
	}
	if (dns4)
		give_dns(ike->s->conf, pub, 4, c);
	if (dns6)
		give_dns(ike->s->conf, pub, 6, c);
	return got;
}

/* The children that are for clients with an address of the pool. */
static bool address_needed(const struct session_conf *conf)
{
	for (unsigned i = 0; i < conf->nchild; i++)
		if (!conf->child[i].theirs_dynamic)
			return false;
	return conf->pool != NULL && conf->nchild > 0;
}

static bool wants_address(const struct pl_cp *cp)
{
	return cp != NULL && (ike_attr_find(cp->attr, cp->nattr, IP4_ADDRESS) != NULL ||
	    ike_attr_find(cp->attr, cp->nattr, IP6_ADDRESS) != NULL);
}

int cp_answer(struct sess_ike *ike, const struct ike_payloads *p, struct build *b, struct reasons *why, struct err *e)
{
	const struct session_conf *conf = ike->s->conf;
	const struct pl_cp *cp = find(p, IKE_CFG_REQUEST);
	struct cp c = { .b = b };
	int got;

	if (conf->pool == NULL)
		return 1;
	if (!wants_address(cp)) {
		if (!address_needed(conf) || ike_payload_find(p, IKE_P_SA) == NULL)
			return 1;
		build_notify(b, IKE_N_FAILED_CP_REQUIRED, (struct span){ 0 });
		reason_advise(reason_add(why, "address", REASON_ERROR, "the peer does not ask for an address (CP), and its child SA may "
		    "have no other"), "let it request a virtual address");
		return 0;
	}
	if ((got = answer_attrs(ike, cp, &c, e)) < 0)
		return -1;
	if (got == 0) {
		build_notify(b, IKE_N_INTERNAL_ADDRESS_FAILURE, (struct span){ 0 });
		reason_advise(reason_add(why, "address", REASON_ERROR, "the pool has no address left for the peer, of a family that it "
		    "asks for"), "make the pool larger, or give it addresses of both families");
		return 0;
	}
	finish(&c, IKE_CFG_REPLY);
	sess_event(ike, SESSION_ADDRESS, NULL, "%s", "");
	return 1;
}

void sess_lease_end(struct session *s)
{
	for (unsigned i = 0; i < 2; i++) {
		if (s->lease[i].family != 0)
			pool_give_back(s->conf->pool, &s->lease[i]);
		s->lease[i] = (struct addr){ 0 };
	}
}
