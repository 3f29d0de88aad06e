#include "esp/decap_lane.h"

#include <stdlib.h>
#include <string.h>

#include "esp/place.h"
#include "packet/carrier.h"
#include "packet/udp.h"

/* Fragments that are surely no part of IPsec are no failure. */
enum verdict decap_lost_verdict(const struct decap *d, const struct frag_lost *lost)
{
	bool ike = lost->sport == PORT_IKE || lost->dport == PORT_IKE;

	if (lost->proto == IPPROTO_ESP_ || lost->proto == IPPROTO_AH_)
		return V_INCOMPLETE;
	if (lost->proto != IP_UDP)
		return V_NOT_IPSEC;
	return lost->ports_known && !ike && lost->sport != PORT_NATT && lost->dport != PORT_NATT &&
	    !sad_has_udp_port(d->sad, lost->sport, lost->dport) ? V_NOT_IPSEC : V_INCOMPLETE;
}

/* A datagram that will never be whole, as an item of its own. */
static int take_lost(struct decap *d, struct decap_side *side, int64_t ns, struct err *e)
{
	struct frag_lost lost;

	for (unsigned n = 0; n < FRAG_SLOTS && frags_expire(d->frags, ns, &lost); n++) {
		struct packet *p = &side->lost[n];
		struct decap_item *it = decap_item_add(side, p, e);

		if (it == NULL)
			return -1;
		*p = (struct packet){ .number = lost.number, .ns = lost.ns, .file = lost.file };
		it->verdict = (uint8_t)decap_lost_verdict(d, &lost);
	}
	return 0;
}

static enum verdict kind_verdict(enum place_kind kind, bool cut)
{
	switch (kind) {
	case PLACE_IKE:
		return V_IKE;
	case PLACE_KEEPALIVE:
		return V_KEEPALIVE;
	case PLACE_CUT:
		return cut ? V_TRUNCATED : V_BAD_HEADER;
	case PLACE_BAD:
		return V_BAD_HEADER;
	case PLACE_UNSUPPORTED:
		return V_UNSUPPORTED;
	case PLACE_ESP:
	case PLACE_AH:
	case PLACE_IPCOMP:
	case PLACE_PLAIN:
	case PLACE_TCP:
	case PLACE_FRAGMENT:
	case PLACE_OTHER:
		break;
	}
	return V_NOT_IPSEC;
}

void decap_claim_ipsec(struct decap_item *it)
{
	const struct place *pl = &it->place;
	struct decap_layer *l = &it->layer[0];
	size_t have = it->n - pl->at;
	bool named;

	*l = (struct decap_layer){ .sa = DECAP_NO_SA, .proto = (uint8_t)place_proto(pl),
		.verdict = V_TRUNCATED };
	named = place_name(pl, it->ip, have < pl->n ? have : pl->n, &l->spi, &l->seq);
	l->no_seq = !named || l->proto == SA_IPCOMP;
	if (have >= pl->n && named) {
		it->ipsec = true;
		return;
	}
	it->verdict = V_TRUNCATED;
	it->nlayers = 1;
}

static void classify(struct decap_item *it, enum place_kind kind)
{
	if (place_is_ipsec(kind)) {
		decap_claim_ipsec(it);
		return;
	}
	it->verdict = (uint8_t)kind_verdict(kind, it->packet->caplen < it->packet->len);
	it->why = kind == PLACE_CUT && it->verdict == V_BAD_HEADER ?
	    "the packet ends inside its headers" : it->place.why;
}

void decap_own_parts(struct decap_side *side, const struct decap_item *it)
{
	uint32_t owner = (uint32_t)(it - side->item);

	for (uint32_t i = 0; i < owner; i++)
		if (side->lane[i].state == LANE_NONE && side->item[i].part && side->item[i].owner == 0 && side->item[i].datagram == it->datagram)
			side->item[i].owner = owner;
}

/* Goes into what carries IP in IP as long as nothing else is there. */
static enum place_kind find_place(const struct decap *d, struct decap_item *it)
{
	enum place_kind kind = place_find(&it->place, it->ip, it->n, d->sad);
	struct carrier inner;

	for (int i = 0; d->opt.dig && kind == PLACE_OTHER && i < CARRIER_DEPTH; i++) {
		if (it->place.ip.frag)
			return carrier_is_proto(it->place.ip.proto) ? PLACE_FRAGMENT : PLACE_OTHER;
		if (!carrier_next(it->ip, it->n, &inner))
			break;
		it->ip += inner.at;
		it->n = (uint32_t)inner.n;
		kind = place_find(&it->place, it->ip, it->n, d->sad);
		if (kind == PLACE_CUT && it->packet->caplen >= it->packet->len)
			kind = PLACE_OTHER;	/* it only looked like IP */
	}
	return kind;
}

/* True if its datagram is whole now, and the item's. */
static int claim_fragment(struct decap *d, struct decap_side *side, struct decap_item *it,
    struct err *e)
{
	struct frag_lost here = { .number = it->packet->number, .ns = it->packet->ns,
		.file = it->packet->file };
	const struct ip_view *ip = &it->place.ip;
	struct span whole;
	uint8_t *copy;

	if (it->packet->caplen < it->packet->len && it->n < ip->len) {
		it->verdict = V_TRUNCATED;
		return 0;
	}
	switch (frags_add(d->frags, ip, it->ip, it->n, &here, &whole, &it->datagram)) {
	case FRAG_HELD:
		it->part = true;
		return 0;
	case FRAG_BAD:
		it->verdict = V_INCOMPLETE;
		it->why = "fragments overlap or reach beyond 65,535 octets";
		return 0;
	case FRAG_WHOLE:
		break;
	}
	if ((copy = decap_pool_take(side, whole.n, e)) == NULL)
		return -1;
	memcpy(copy, whole.p, whole.n);
	it->ip = copy;
	it->n = (uint32_t)whole.n;
	if (d->opt.keep != KEEP_NOTHING)
		decap_own_parts(side, it);
	return 1;
}

static int claim_datagram(struct decap *d, struct decap_side *side, struct decap_item *it,
    struct err *e)
{
	enum place_kind kind = find_place(d, it);
	int rc;

	/* with dig a whole datagram may hold another one's fragment */
	for (int i = 0; kind == PLACE_FRAGMENT && i < CARRIER_DEPTH; i++) {
		if ((rc = claim_fragment(d, side, it, e)) <= 0)
			return rc;
		kind = find_place(d, it);
	}
	classify(it, kind);
	return kind == PLACE_TCP ? decap_tcp_claim(d, side, (uint32_t)(it - side->item), e) : 0;
}

static int claim_packet(struct decap *d, struct decap_side *side, const struct packet *p,
    struct err *e)
{
	struct decap_item *it = decap_item_add(side, p, e);

	if (it == NULL)
		return -1;
	switch (link_parse(p->dlt, p->data, p->caplen, &it->link)) {
	case LINK_CUT:
		if (p->caplen < p->len)
			it->verdict = V_TRUNCATED;
		return 0;
	case LINK_OTHER:
		return 0;
	case LINK_UNKNOWN:
		it->verdict = V_UNSUPPORTED;
		it->why = "the link type";
		return 0;
	case LINK_IP:
		break;
	}
	it->ip = p->data + it->link.ip;
	it->n = p->caplen - it->link.ip;
	return claim_datagram(d, side, it, e);
}

/* New SA lines count from here on; workers must not look while the SAD changes. */
static int read_sas(struct decap *d, struct err *e)
{
	if (flow_drain(d->flow, e) < 0 || d->opt.sa_read(d->opt.arg, e) < 0)
		return -1;
	lane_forget(d);
	d->sas_came = true;
	return decap_grow(d, e);
}

int decap_more(struct decap *d, struct err *e)
{
	lane_forget(d);
	return decap_grow(d, e);
}

static const struct sad_entry *find_sa(struct decap *d, const struct decap_item *it, uint32_t *spi)
{
	struct addr src, dst;

	*spi = it->layer[0].spi;
	ip_addrs(&it->place.ip, it->ip, &src, &dst);
	return sad_find(d->sad, place_proto(&it->place), *spi, &src, &dst);
}

/* Lets a packet without an SA wait for one, once for each SPI. */
static int wait_for_sa(struct decap *d, const struct decap_item *it, struct err *e)
{
	int64_t left = d->opt.sa_wait;
	uint32_t spi, *waited;
	int got;

	while (!d->sa_ended && find_sa(d, it, &spi) == NULL) {
		waited = &d->waited[spi % DECAP_WAITED];
		if (*waited == spi || left <= 0)
			break;
		if ((got = d->opt.sa_pending(d->opt.arg, left)) > 0) {
			if (read_sas(d, e) < 0)
				return -1;
			continue;
		}
		d->sa_ended = got < 0;
		*waited = spi;
	}
	return 0;
}

/* Packets of another link type cannot go into the same pcap. */
static bool same_link(const struct decap *d, const struct packet *p, struct err *e)
{
	const char *name, *wanted;

	if (d->opt.raw || p->dlt == d->out->form.dlt)
		return true;
	name = link_name(p->dlt);
	wanted = link_name(d->out->form.dlt);
	err_data(e, "%s: packet %llu: found link type %u (%s) after %u (%s), wanted one: --link raw makes them so",
	    pcap_in_name(d->flow->in, p->file), (unsigned long long)p->number, p->dlt, name != NULL ? name : "unknown", d->out->form.dlt,
	    wanted != NULL ? wanted : "unknown");
	return false;
}

/* What the claimed packets wait for, if SAs may still come. */
static int wait_for_sas(struct decap *d, const struct decap_side *side, uint32_t from, struct err *e)
{
	for (uint32_t i = from; d->opt.sa_pending != NULL && i < side->n; i++)
		if (side->item[i].ipsec && wait_for_sa(d, &side->item[i], e) < 0)
			return -1;
	return 0;
}

size_t decap_give_room(const struct decap *d, struct decap_side *side, uint32_t from, size_t room)
{
	for (uint32_t i = from; i < side->n; i++) {
		if (side->item[i].ipsec)
			room += decap_room(d, &side->item[i]);
		side->item[i].room_end = room;
	}
	return room;
}

/* What another share has is neither opened, nor counted, nor passed here. */
static void mark_foreign(const struct decap *d, struct decap_item *it)
{
	struct addr src, dst;

	if (it->nlayers > 0 || it->ipsec) {
		ip_addrs(&it->place.ip, it->ip, &src, &dst);
		it->foreign = !shard_has(&d->opt.shard, it->layer[0].spi, &dst);
	} else {
		it->foreign = d->opt.shard.k != 1;
	}
	if (it->foreign)
		it->ipsec = false;
}

/* The packet becomes an item.  1: it cannot, and the batch ends before it. */
static int claim_general(struct decap *d, struct unit *u, struct lane_next *next, int64_t caplen, size_t *room,
    struct err *e)
{
	struct decap_side *side = u->side;
	struct batch *b = &u->batch;
	const struct packet *p = b->raw != NULL ? batch_packet(b, next->i, next->rec) : &b->pkt[next->i];
	uint32_t from = side->n;

	if (!same_link(d, p, e))
		return 1;
	if (claim_packet(d, side, p, e) < 0)
		return -1;
	for (uint32_t i = from; d->opt.shard.n > 0 && i < side->n; i++)
		mark_foreign(d, &side->item[i]);
	if (wait_for_sas(d, side, from, e) < 0)
		return -1;
	*room = decap_give_room(d, side, from, *room);
	if (b->raw != NULL)
		lane_skip(next, caplen);
	next->i++;
	return 0;
}

enum { LANE_MISSED = 15 };

/* What may go the straight road does.  1: the batch ends before its time. */
static int claim_packets(struct decap *d, struct unit *u, size_t *room, struct err *e)
{
	struct batch *b = &u->batch;
	struct lane_next next = { 0, b->raw, NULL, b->raw_n };
	size_t wait = lane_is_open(d) ? 0 : SIZE_MAX, missed = 0;
	int64_t caplen = 0;
	int rc = 0;

	while (rc == 0) {
		if (decap_side_grow(u->side, e) < 0)
			return -1;
		if (next.i >= wait) {
			size_t from = next.i;

			lane_claim(d, u, &next, room);
			/* where none has gone for a while, fewer are looked at */
			missed = next.i > from ? 0 : missed < LANE_MISSED ? missed + 1 : missed;
			wait = next.i + 1 + missed;
		}
		if (!lane_more(b, &next, &caplen))
			break;
		rc = claim_general(d, u, &next, caplen, room, e);
	}
	b->n = next.i;
	if (rc < 0 || b->n == 0)
		return rc;
	if (b->raw != NULL)
		b->raw_n = (size_t)(next.rec - b->raw);
	d->now = b->raw != NULL ? batch_packet(b, b->n - 1, next.last)->ns : b->pkt[b->n - 1].ns;
	return rc;
}

/* SAs came after packets were claimed: they may be those packets' ones. */
static size_t claim_again(struct decap *d, struct unit *u)
{
	struct decap_side *side = u->side;

	for (uint32_t i = 0; i < side->n; i++)
		(void)lane_leave(d, u, i);
	return decap_give_room(d, side, 0, 0);
}

int decap_claim(void *arg, struct unit *u, struct err *e)
{
	struct decap *d = arg;
	struct decap_side *side = u->side;
	size_t room = 0;
	int got, last;

	side->n = 0;
	for (struct decap_pool *b = side->pool; b != NULL; b = b->next)
		b->n = 0;
	if (d->opt.sa_pending != NULL && !d->sa_ended) {
		if ((got = d->opt.sa_pending(d->opt.arg, 0)) > 0 && read_sas(d, e) < 0)
			return -1;
		d->sa_ended = got < 0;
	}
	d->sas_came = false;
	if ((last = claim_packets(d, u, &room, e)) < 0)
		return -1;
	if (d->sas_came)
		room = claim_again(d, u);
	if (u->batch.n > 0 && take_lost(d, side, d->now, e) < 0)
		return -1;
	return unit_room(u, room, e) < 0 ? -1 : last;
}
