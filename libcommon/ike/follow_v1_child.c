#include "ike/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "ike/keymat.h"
#include "ike/keymat_v1.h"

/* RFC 2407 4.5, and RFC 3947 5.1 with the numbers of its drafts. */
enum { P2_LIFE_TYPE = 1, P2_LIFE = 2, P2_GROUP = 3, P2_MODE = 4, P2_INTEG = 5, P2_KEY_BITS = 6 };
enum { LIFE_SECONDS = 1, LIFE_KILOBYTES = 2 };

static enum sa_mode mode_of(uint64_t v)
{
	switch (v) {
	case 1: case 3: case 61443:
		return SA_TUNNEL;
	case 2: case 4: case 61444:
		return SA_TRANSPORT;
	}
	return SA_MODE_UNKNOWN;
}

struct chosen { uint8_t protocol; struct keymat_v1_quick q; bool pfs; };

static void put_attrs(struct sa *sa, struct chosen *c, const struct ike_transform *t)
{
	uint64_t life_type = 0;

	c->q.encr = c->protocol == IKE_PROTO_ESP ? alg_encr_by_v1_esp((uint8_t)t->id) : NULL;
	for (unsigned i = 0; i < t->nattr; i++) {
		uint64_t v = ike_attr_number(&t->attr[i]);

		switch (t->attr[i].type) {
		case P2_LIFE_TYPE:
			life_type = v;
			break;
		case P2_LIFE:
			sa->life_known = true;
			if (life_type == LIFE_SECONDS)
				sa->hard.s = v;
			else if (life_type == LIFE_KILOBYTES && v <= UINT64_MAX / 1024)
				sa->hard.bytes = v * 1024;
			break;
		case P2_GROUP:
			c->pfs = true;
			break;
		case P2_MODE:
			sa->mode = mode_of(v);
			break;
		case P2_INTEG:
			c->q.integ = alg_integ_by_v1((uint16_t)v);
			break;
		case P2_KEY_BITS:
			c->q.encr_bits = (unsigned)v;
			break;
		}
	}
	sa->encr = c->q.encr;
	sa->encr_unknown = sa->proto == SA_ESP && sa->encr == NULL;
	sa->integ = c->q.integ;
	if (sa->proto == SA_ESP && sa->integ == NULL && sa->encr != NULL && sa->encr->icv == 0)
		sa->integ = alg_integ_by_id(0);
	sa->esn = SA_NO;
}

/* An ID payload of quick mode as a range of addresses (RFC 2407 4.6.2). */
static bool range_of(const struct ike_payload *p, struct addr_range *r)
{
	static const struct { uint8_t type, family; bool prefix, two; } rows[] = {
		{ IKE_ID_IPV4_ADDR, 4, false, false }, { IKE_ID_IPV4_ADDR_SUBNET, 4, true, true },
		{ IKE_ID_IPV4_ADDR_RANGE, 4, false, true }, { IKE_ID_IPV6_ADDR, 6, false, false },
		{ IKE_ID_IPV6_ADDR_SUBNET, 6, true, true }, { IKE_ID_IPV6_ADDR_RANGE, 6, false, true },
	};

	*r = (struct addr_range){ 0 };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = rows[i].family == 4 ? 4 : 16;

		if (rows[i].type != p->id.type || p->id.data.n != (rows[i].two ? 2 * len : len))
			continue;
		r->first.family = r->last.family = rows[i].family;
		memcpy(r->first.b, p->id.data.p, len);
		memcpy(r->last.b, p->id.data.p + (rows[i].two ? len : 0), len);
		for (size_t b = 0; rows[i].prefix && b < len; b++) {
			uint8_t mask = p->id.data.p[len + b];

			r->first.b[b] &= mask;
			r->last.b[b] = (uint8_t)(r->first.b[b] | (uint8_t)~mask);
		}
		return true;
	}
	return false;
}

/* IDci and IDcr of the first message; without them the ends themselves (RFC 2409 5.5). */
static int put_ts(struct sa *sa, const struct ike_payloads *ps, bool forth, struct err *e)
{
	const struct ike_payload *id[2] = { NULL, NULL };
	struct addr_range range[2];
	int n = 0;

	for (unsigned i = 0; i < ps->n && n < 2; i++)
		if (ps->payload[i].type == IKE_V1_P_ID && ps->payload[i].decoded)
			id[n++] = &ps->payload[i];
	if (n < 2 || !range_of(id[0], &range[0]) || !range_of(id[1], &range[1]))
		return 0;
	if ((sa->ts = calloc(1, sizeof *sa->ts)) == NULL)
		return err_nomem(e);
	sa->nts = 1;
	*sa->ts = (struct selector){ .nsrc = 1, .ndst = 1, .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	sa->ts->src[0] = range[!forth];
	sa->ts->dst[0] = range[forth];
	if (id[0]->id.protocol != 0)
		sa->ts->proto = id[0]->id.protocol;
	if (id[!forth]->id.port != 0) {
		sa->ts->sport_set = true;
		sa->ts->sport = (struct port_range){ id[!forth]->id.port, id[!forth]->id.port };
	}
	if (id[forth]->id.port != 0) {
		sa->ts->dport_set = true;
		sa->ts->dport = (struct port_range){ id[forth]->id.port, id[forth]->id.port };
	}
	return 0;
}

static int put_keys(struct follow *f, const struct followed *s, const struct chain *c, struct chosen *ch,
    struct sa *sa, struct err *e)
{
	struct err why;

	ch->q.prf = s->sa.k.prf;
	ch->q.skeyid_d = secret_span(&s->sa.k.skeyid_d);
	ch->q.ni = blob_span(&c->ni);
	ch->q.nr = blob_span(&c->nr);
	ch->q.protocol = ch->protocol;
	ch->q.spi = sa->spi;
	sa_settle_keys(sa);
	if (ch->q.skeyid_d.n == 0 || ch->q.prf == NULL || (ch->pfs && ch->q.shared.n == 0))
		return 0;
	if (keymat_v1_quick(&ch->q, &f->arena, &sa->encr_key, &sa->integ_key, &why) < 0)
		return why.kind == ERR_SYSTEM ? (*e = why, -1) : 0;
	sa->encr_key_known = ch->q.encr != NULL;
	sa->integ_key_known = ch->q.integ != NULL;
	return 0;
}

/* One protocol of what was chosen; several are applied together (RFC 2408 4.2). */
static int make_pair(struct follow *f, struct followed *s, const struct chain *c, const struct follow_message *out,
    const struct ike_proposal *asked, const struct ike_proposal *got, struct err *e)
{
	struct sa pair[2], *forth = &pair[!c->by_initiator], *back = &pair[c->by_initiator];
	int rc = 0;

	sa_init(&pair[0]);
	sa_init(&pair[1]);
	forth->spi = load_be32(got->spi.p);
	back->spi = load_be32(asked->spi.p);
	for (int i = 0; i < 2 && rc == 0; i++) {
		struct chosen ch = { .protocol = got->protocol };

		pair[i].proto = got->protocol == IKE_PROTO_AH ? SA_AH : SA_ESP;
		pair[i].created_known = true;
		pair[i].created = out->d->ns;
		put_attrs(&pair[i], &ch, &got->transform[0]);
		if (ch.pfs)
			ch.q.shared = follow_shared(f, blob_span(&c->ni), blob_span(&c->nr));
		rc = put_keys(f, s, c, &ch, &pair[i], e);
		if (rc == 0)
			rc = put_ts(&pair[i], &f->request.inner, &pair[i] == forth, e);
		if (rc == 0)
			rc = follow_child_ends(s, &pair[i], i, out->d, e);
	}
	if (rc == 0)
		rc = follow_child_keep(f, s, pair, e);
	sa_clear(&pair[0]);
	sa_clear(&pair[1]);
	return rc;
}

int follow_v1_child(struct follow *f, struct followed *s, const struct chain *c, const struct follow_message *out,
    struct err *e)
{
	static const uint8_t head[IKE_HDR_LEN] = { [17] = IKE_V1 };
	const struct ike_payload *asked, *got = ike_payload_find(&f->m.inner, IKE_V1_P_SA);

	if (ike_message_decode(&f->request, (struct span){ head, sizeof head }, e) < 0 ||
	    ike_message_open(&f->request, c->first, blob_span(&c->plain), e) < 0)
		return -1;
	asked = ike_payload_find(&f->request.inner, IKE_V1_P_SA);
	if (asked == NULL || got == NULL || !asked->decoded || !got->decoded)
		return 0;
	for (unsigned i = 0; i < got->sa.nproposal; i++) {
		const struct ike_proposal *p = &got->sa.proposal[i], *q = NULL;

		for (unsigned n = 0; n < asked->sa.nproposal && q == NULL; n++)
			if (asked->sa.proposal[n].number == p->number && asked->sa.proposal[n].protocol == p->protocol)
				q = &asked->sa.proposal[n];
		if (q == NULL || p->spi.n != 4 || q->spi.n != 4 || p->ntransform == 0 ||
		    (p->protocol != IKE_PROTO_ESP && p->protocol != IKE_PROTO_AH))
			continue;
		if (make_pair(f, s, c, out, q, p, e) < 0)
			return -1;
	}
	return 0;
}
