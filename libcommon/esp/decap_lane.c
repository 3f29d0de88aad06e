#include "esp/decap_lane.h"

#include <stdlib.h>
#include <string.h>

#include "esp/esp.h"
#include "packet/wesp.h"
#include "packet/udp.h"

/* Once in each loop over packets: what is the same for all of them stays in registers. */
#define ALWAYS inline __attribute__((always_inline))

enum { ETHERNET = 14, TYPE_AT = 12, TYPE_4 = 0x0800, TYPE_6 = 0x86dd, HEAD_4 = 20, HEAD_6 = 40, ENDS_4 = 12,
	ENDS_6 = 8, LEAST = ETHERNET + HEAD_6 + ESP_HEAD };

bool lane_is_open(const struct decap *d)
{
	const struct decap_options *o = &d->opt;

	return !o->general && !o->explain && !o->no_verify && !o->null && !o->dig && !o->ecn &&
	    o->keep != KEEP_ALL && !sad_has_ipcomp(d->sad);
}

void lane_forget(struct decap *d)
{
	if (d->lane_sa != NULL)
		memset(d->lane_sa, 0, LANE_SAS * sizeof *d->lane_sa);
}

/* An SA that is all there is of its name, whose packets hold packets. */
static bool is_fit(const struct sad_entry *group)
{
	const struct sa *sa = &group->sa;

	return group->candidate == NULL && (sa->mode == SA_TUNNEL || sa->mode == SA_MODE_UNKNOWN) &&
	    sa->encr != NULL && sa_has_keys(sa);
}

static void find_sa(const struct decap *d, struct lane_sa *c, uint32_t spi, const uint8_t *ip, bool v6)
{
	struct ip_view v = { .version = v6 ? 6 : 4, .src_at = v6 ? ENDS_6 : ENDS_4, .dst_at = v6 ? 24 : 16 };
	const struct sad_entry *group;
	struct addr src, dst;

	ip_addrs(&v, ip, &src, &dst);
	*c = (struct lane_sa){ .spi = spi, .version = v.version };
	memcpy(c->ends, ip + v.src_at, 2 * ip_addr_len(&v));
	group = sad_find(d->sad, SA_ESP, spi, &src, &dst);
	if (group == NULL || !is_fit(group))
		return;
	c->fit = true;
	c->ts = group->sa.nts > 0;
	c->sa = group->index;
}

static inline bool same_ends(const struct lane_sa *c, const uint8_t *ip, bool v6)
{
	uint64_t a[4], b[4];

	if (!v6)
		return memcmp(c->ends, ip + ENDS_4, 8) == 0;
	memcpy(a, c->ends, sizeof a);
	memcpy(b, ip + ENDS_6, sizeof b);
	return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
}

static inline bool is_sa(const struct lane_sa *c, uint32_t spi, const uint8_t *ip, bool v6)
{
	return c->spi == spi && c->version == (v6 ? 6 : 4) && same_ends(c, ip, v6);
}

static const struct lane_sa *sa_of(const struct decap *d, uint32_t spi, const uint8_t *ip, bool v6)
{
	struct lane_sa *c = &d->lane_sa[(spi * 0x9e3779b1u >> 16) % LANE_SAS];

	if (!is_sa(c, spi, ip, v6))
		find_sa(d, c, spi, ip, v6);
	return c;
}

/* RFC 3948 2.1: ESP behind UDP, whole, and neither IKE nor WESP.  n: bytes from UDP's header to the end of IP. */
static bool in_udp(const uint8_t *udp, uint32_t n, uint32_t *esp)
{
	uint16_t sport = load_be16(udp), dport = load_be16(udp + 2), len = load_be16(udp + 4);

	if ((sport != PORT_NATT && dport != PORT_NATT) || sport == PORT_IKE || dport == PORT_IKE)
		return false;
	if (len < UDP_HEADER + ESP_HEAD || len > n)
		return false;
	*esp = len - (uint32_t)UDP_HEADER;
	return load_be32(udp + UDP_HEADER) != 0 && !wesp_in_udp(udp + UDP_HEADER, *esp);
}

/* Where ESP is in a datagram that needs no second look.  n: bytes captured of it. */
static ALWAYS bool find_esp(const uint8_t *ip, uint32_t n, bool v6, uint32_t *at, uint32_t *esp)
{
	uint32_t head = v6 ? HEAD_6 : HEAD_4, len;
	uint8_t proto;

	if (v6) {
		if (ip[0] >> 4 != 6 || (len = load_be16(ip + 4)) == 0)
			return false;
		len += HEAD_6;
		proto = ip[6];
	} else {
		/* no options, no fragment */
		if (ip[0] != 0x45 || (load_be16(ip + 6) & 0x3fff) != 0)
			return false;
		len = load_be16(ip + 2);
		proto = ip[9];
	}
	if (len > n || len < head + UDP_HEADER + ESP_HEAD)
		return false;
	*at = head;
	*esp = len - head;
	if (proto == IPPROTO_ESP_)
		return true;
	*at += UDP_HEADER;
	return proto == IP_UDP && in_udp(ip + head, len - head, esp);
}

/* The datagram at p + link as f, or not.  *c: the SA of the packet before. */
static ALWAYS bool claim_ip(const struct decap *d, struct lane *f, const uint8_t *p, uint32_t caplen,
    uint32_t link, bool v6, const struct lane_sa **c)
{
	const uint8_t *ip = p + link;
	uint32_t at, esp, spi;

	if (!find_esp(ip, caplen - link, v6, &at, &esp))
		return false;
	spi = load_be32(ip + at);
	if (!is_sa(*c, spi, ip, v6))
		*c = sa_of(d, spi, ip, v6);
	if (!(*c)->fit)
		return false;
	f->esp = ip + at;
	f->caplen = caplen;
	f->sa = (*c)->sa;
	f->seq = load_be32(ip + at + 4);
	f->n = (uint16_t)esp;
	f->state = LANE_CLAIMED;
	f->at = (uint8_t)(link + at);
	f->flags = (*c)->ts ? LANE_TS : 0;
	return true;
}

static bool claim(const struct decap *d, struct lane *f, const uint8_t *p, uint32_t caplen, uint16_t dlt,
    const struct lane_sa **c)
{
	uint16_t type;

	if (caplen < LEAST)
		return false;
	if (dlt == LINKTYPE_ETHERNET) {
		type = load_be16(p + TYPE_AT);
		if (type == TYPE_4)
			return claim_ip(d, f, p, caplen, ETHERNET, false, c);
		return type == TYPE_6 && claim_ip(d, f, p, caplen, ETHERNET, true, c);
	}
	return dlt == LINKTYPE_RAW && claim_ip(d, f, p, caplen, 0, p[0] >> 4 == 6, c);
}

/* What claim() does, for the packet that most are: on Ethernet, IPv4, ESP directly behind it, of the same SA as the
 * one before. */
static inline bool claim_same(struct lane *f, const uint8_t *p, uint32_t caplen, const struct lane_sa *c)
{
	const uint8_t *ip = p + ETHERNET;
	uint32_t len = load_be16(ip + 2);

	if (load_be16(p + TYPE_AT) != TYPE_4 || ip[0] != 0x45 || ip[9] != IPPROTO_ESP_ ||
	    (load_be16(ip + 6) & 0x3fff) != 0 || len < HEAD_4 + UDP_HEADER + ESP_HEAD ||
	    len > caplen - ETHERNET || load_be32(ip + HEAD_4) != c->spi ||
	    memcmp(c->ends, ip + ENDS_4, 8) != 0)
		return false;
	f->esp = ip + HEAD_4;
	f->caplen = caplen;
	f->sa = c->sa;
	f->seq = load_be32(ip + HEAD_4 + 4);
	f->n = (uint16_t)(len - HEAD_4);
	f->state = LANE_CLAIMED;
	f->at = ETHERNET + HEAD_4;
	f->flags = c->ts ? LANE_TS : 0;
	return true;
}

static void claim_raw(struct decap *d, struct unit *u, struct lane_next *next, size_t *room)
{
	struct decap_side *side = u->side;
	struct lane *first = &side->lane[side->n], *f = first, *last = &side->lane[side->cap];
	const struct lane_sa *c = d->lane_sa;
	const uint8_t *rec = next->rec, *before = next->last;
	size_t left = next->left, i = next->i;
	uint16_t dlt = u->batch.dlt;
	int64_t n;

	if ((size_t)(last - first) > BATCH_PACKETS - i)
		last = first + (BATCH_PACKETS - i);
	for (; f < last && (n = batch_record(rec, left)) >= LEAST; f++, i++) {
		const uint8_t *p = rec + BATCH_RECORD;
		uint32_t caplen = (uint32_t)n;

		if ((dlt != LINKTYPE_ETHERNET || c->version != 4 || !c->fit || !claim_same(f, p, caplen, c)) &&
		    !claim(d, f, p, caplen, dlt, &c))
			break;
		f->packet = (uint16_t)i;
		before = rec;
		rec = p + caplen;
		left -= BATCH_RECORD + caplen;
	}
	*room += (size_t)(rec - next->rec) + (size_t)(f - first) * DECAP_SPARE;
	side->n = (uint32_t)(f - side->lane);
	*next = (struct lane_next){ i, rec, before, left };
}

static void claim_packets(struct decap *d, struct unit *u, struct lane_next *next, size_t *room)
{
	struct decap_side *side = u->side;
	const struct lane_sa *c = d->lane_sa;

	for (; next->i < u->batch.n && side->n < side->cap; next->i++) {
		const struct packet *p = &u->batch.pkt[next->i];
		struct lane *f = &side->lane[side->n];

		if ((!d->opt.raw && p->dlt != d->out->form.dlt) || !claim(d, f, p->data, p->caplen, p->dlt, &c))
			return;
		f->packet = (uint16_t)next->i;
		*room += lane_room(f);
		side->n++;
	}
}

void lane_claim(struct decap *d, struct unit *u, struct lane_next *next, size_t *room)
{
	if (u->batch.raw == NULL)
		claim_packets(d, u, next, room);
	else if (d->opt.raw || u->batch.dlt == d->out->form.dlt)
		claim_raw(d, u, next, room);
}

struct decap_item *lane_item(const struct decap *d, struct unit *u, uint32_t i)
{
	struct decap_side *side = u->side;
	const struct lane *f = &side->lane[i];
	struct decap_item *it = &side->item[i];
	struct decap_layer *l = &it->layer[0];
	const struct packet *p;

	if (f->state == LANE_NONE)
		return it;
	p = lane_packet(u, f);
	decap_item_init(it, p);
	(void)link_parse(p->dlt, p->data, p->caplen, &it->link);
	it->ip = p->data + it->link.ip;
	it->n = p->caplen - it->link.ip;
	(void)place_find(&it->place, it->ip, it->n, d->sad);
	decap_claim_ipsec(it);
	if (f->state != LANE_OPEN && f->state != LANE_BAD_ICV)
		return it;
	*l = (struct decap_layer){ .sa = f->sa, .spi = l->spi, .seq = l->seq, .high = lane_esn(f) ? f->high : 0,
		.esn = lane_esn(f), .proto = SA_ESP, .verdict = f->state == LANE_OPEN ? V_OK : V_BAD_ICV,
		.verified = f->state == LANE_OPEN };
	it->nlayers = 1;
	if (f->state == LANE_OPEN) {
		it->verdict = V_OK;
		it->rec = f->rec;
		it->rec_len = f->rec_len;
	}
	return it;
}

struct decap_item *lane_leave(const struct decap *d, struct unit *u, uint32_t i)
{
	struct decap_item *it = lane_item(d, u, i);

	((struct decap_side *)u->side)->lane[i].state = LANE_NONE;
	return it;
}

/* True if its number is new, and the plan it was opened by still stands. */
static inline bool accept(struct decap_sa *s, const struct lane *f)
{
	uint32_t plan = atomic_load_explicit(&s->plan, memory_order_relaxed);
	uint64_t seq = f->seq;

	if (lane_esn(f)) {
		if (plan != (PLAN_STARTED | PLAN_ESN) || replay_high(&s->replay, f->seq) != f->high)
			return false;
		seq |= (uint64_t)f->high << 32;
	} else if (plan != PLAN_STARTED) {
		return false;
	}
	if (!replay_advance(&s->replay, seq) && !replay_take(&s->replay, seq))
		return false;
	s->opened++;
	s->missed = 0;
	atomic_store_explicit(&s->top, s->replay.top, memory_order_release);
	return true;
}

int lane_settle(struct decap *d, struct unit *u, uint32_t *i, struct pcap_run *r, struct err *e)
{
	struct decap_side *side = u->side;
	const struct lane *first = &side->lane[*i], *f = first, *end = &side->lane[side->n];
	const uint8_t *run = r->n > 0 ? r->p + r->n : NULL;

	for (; f < end && f->state == LANE_OPEN && accept(&d->sa[f->sa], f); f++) {
		if (u->out + f->rec == run) {
			run += f->rec_len;
			continue;
		}
		if (run != NULL)
			r->n = (size_t)(run - r->p);
		if (pcap_run_add(r, u->out + f->rec, f->rec_len, e) < 0)
			return -1;
		run = r->p + r->n;
	}
	if (run != NULL)
		r->n = (size_t)(run - r->p);
	d->tally.count[V_OK] += (uint64_t)(f - first);
	d->straight += (uint64_t)(f - first);
	*i = (uint32_t)(f - side->lane);
	return 0;
}
