#include "report/two_ends.h"

#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/secret.h"
#include "ike/hdr.h"
#include "packet/ip.h"

enum { FIRST_SLOTS = 1 << 12, FLOW_SLOTS = 2 * TWO_FLOWS };
#define EDGE INT64_C(1000000000)	/* that close to its ends a capture may have missed what was under way */

/* A packet of the first capture, or of the second alone. */
struct kept { uint64_t hash; int64_t ns; uint64_t frame; uint32_t flow; uint16_t file; uint8_t seen, dscp; };	/* flow: from 1; 0: free */

struct two_ends {
	struct kept *slot;		/* slots of them, at least twice n */
	size_t n, slots;
	uint64_t mask;			/* kept are hashes with none of these bits */
	uint64_t key;
	struct two_flow *flow;		/* TWO_FLOWS */
	size_t nflow;
	uint32_t by_key[FLOW_SLOTS];	/* from 1; 0: free */
	uint64_t both, packets[2];
	struct two_time common[2];	/* of all flows */
	int64_t least[2];		/* of packets from the first to the second, and back: ns as clocks say */
	bool timed[2];
};

struct two_ends *two_ends_new(struct err *e)
{
	struct two_ends *t = calloc(1, sizeof *t);

	if (t == NULL || (t->slot = calloc(FIRST_SLOTS, sizeof *t->slot)) == NULL ||
	    (t->flow = calloc(TWO_FLOWS, sizeof *t->flow)) == NULL) {
		two_ends_free(t);
		err_nomem(e);
		return NULL;
	}
	t->slots = FIRST_SLOTS;
	random_bytes(&t->key, sizeof t->key);
	return t;
}

void two_ends_free(struct two_ends *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->nflow; i++) {
		free(t->flow[i].times);
		evidence_clear(&t->flow[i].missing[0]);
		evidence_clear(&t->flow[i].missing[1]);
	}
	free(t->flow);
	free(t->slot);
	free(t);
}

/* Of the octets that nothing on the way may change. */
static uint64_t hash_of(const struct two_ends *t, struct span s)
{
	uint64_t h = t->key ^ s.n;

	while (s.n > 0) {
		uint64_t w = 0;
		size_t take = s.n < sizeof w ? s.n : sizeof w;

		memcpy(&w, s.p, take);
		h = (h ^ w) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 31;
		s.p += take;
		s.n -= take;
	}
	h *= UINT64_C(0x9fb21c651e98df25);
	return h ^ h >> 32;
}

static struct kept *slot_of(struct two_ends *t, uint64_t hash)
{
	size_t i = (hash >> 20) % t->slots;

	while (t->slot[i].flow != 0 && t->slot[i].hash != hash)
		i = (i + 1) % t->slots;
	return &t->slot[i];
}

/* Into a table of so many slots; those that the mask leaves out go. */
static int move_all(struct two_ends *t, size_t slots, struct err *e)
{
	struct kept *old = t->slot;
	size_t before = t->slots;

	if ((t->slot = calloc(slots, sizeof *t->slot)) == NULL) {
		t->slot = old;
		return err_nomem(e);
	}
	t->slots = slots;
	t->n = 0;
	for (size_t i = 0; i < before; i++)
		if (old[i].flow != 0 && (old[i].hash & t->mask) == 0) {
			*slot_of(t, old[i].hash) = old[i];
			t->n++;
		}
	free(old);
	return 0;
}

/* Room for one more: a larger table, or half of what is in it goes. */
static int make_room(struct two_ends *t, struct err *e)
{
	if (t->n * 2 < t->slots)
		return 0;
	if (t->slots < 2 * TWO_PACKETS)
		return move_all(t, t->slots * 2, e);
	t->mask = t->mask << 1 | 1;
	return move_all(t, t->slots, e);
}

/* What tells flows apart that a NAT leaves alone. */
struct flow_key { uint64_t ike_spi; uint32_t spi; uint8_t proto, ike, from_initiator, zero; };

static struct flow_key key_of(const struct model_packet *p)
{
	struct span s = p->d->body;

	if (p->d->kind != DATAGRAM_IKE)
		return (struct flow_key){ .spi = p->sa->spi, .proto = (uint8_t)p->sa->proto };
	return (struct flow_key){ .ike_spi = load_be64(s.p), .ike = 1,
		.from_initiator = s.n >= IKE_HDR_LEN && s.p[17] >> 4 == 2 && (s.p[19] & IKE_FLAG_INITIATOR) != 0 };
}

static bool is_flow(const struct two_flow *f, const struct flow_key *k)
{
	return f->ike == k->ike && f->spi == k->spi && f->ike_spi == k->ike_spi && f->from_initiator == k->from_initiator &&
	    (k->ike || (uint8_t)f->proto == k->proto);
}

static size_t place_of(const struct two_ends *t, const struct flow_key *k)
{
	size_t i = hash_of(t, (struct span){ (const uint8_t *)k, sizeof *k }) % FLOW_SLOTS;

	while (t->by_key[i] != 0 && !is_flow(&t->flow[t->by_key[i] - 1], k))
		i = (i + 1) % FLOW_SLOTS;
	return i;
}

static uint32_t flow_of(struct two_ends *t, const struct model_packet *p)
{
	struct flow_key k = key_of(p);
	size_t i = place_of(t, &k);

	if (t->by_key[i] != 0 || t->nflow == TWO_FLOWS)
		return t->by_key[i];
	t->flow[t->nflow] = (struct two_flow){ .ike = k.ike, .proto = (enum sa_proto)k.proto, .spi = k.spi, .ike_spi = k.ike_spi,
		.from_initiator = k.from_initiator, .first = -1, .side = { { .ttl = -1, .dscp = -1 }, { .ttl = -1, .dscp = -1 } } };
	return t->by_key[i] = (uint32_t)++t->nflow;
}

static void see_side(struct two_side *s, const struct datagram *d)
{
	if (s->packets++ == 0) {
		s->src = d->src;
		s->dst = d->dst;
		s->sport = d->sport;
		s->dport = d->dport;
		s->udp = d->proto == IP_UDP;
		s->dscp = d->ip.tos >> 2;
		s->ttl = d->packet.n > 8 ? d->packet.p[d->ip.version == 4 ? 8 : 7] : -1;
	}
	s->fragmented += d->nframes > 1;
}

static void see_time(struct two_flow *f, int64_t ns)
{
	if (f->both++ == 0) {
		f->least = f->most = ns;
		f->times = calloc(TWO_TIMES, sizeof *f->times);
	}
	if (ns < f->least)
		f->least = ns;
	if (ns > f->most)
		f->most = ns;
	if (f->times == NULL)
		return;
	/* a share of them, evenly: enough for a median */
	if (f->ntimes < TWO_TIMES)
		f->times[f->ntimes++] = ns;
	else if (f->both % 7 == 0)
		f->times[f->both / 7 % TWO_TIMES] = ns;
}

static void widen(struct two_time *w, int64_t ns, bool first)
{
	if (first || ns < w->from)
		w->from = ns;
	if (first || ns > w->to)
		w->to = ns;
}

/* The second capture has it, too. */
static void see_both(struct two_ends *t, struct two_flow *f, const struct kept *k, const struct datagram *d)
{
	uint8_t dscp = d->ip.tos >> 2;

	for (int i = 0; i < 2; i++) {
		widen(&f->common[i], i == 0 ? k->ns : d->ns, f->both == 0);
		widen(&t->common[i], i == 0 ? k->ns : d->ns, t->both == 0);
	}
	t->both++;
	if (k->dscp != dscp && f->remarked++ == 0) {
		f->dscp[0] = k->dscp;
		f->dscp[1] = dscp;
	}
	see_time(f, d->ns - k->ns);
}

int two_ends_see(struct two_ends *t, int which, const struct model_packet *p, struct err *e)
{
	const struct datagram *d = p->d;
	struct kept *k;
	uint64_t hash;
	uint32_t flow;

	if ((d->kind != DATAGRAM_IKE && p->sa == NULL) || d->body.n < sizeof(uint64_t) || d->body.n < d->whole)
		return 0;
	if ((flow = flow_of(t, p)) == 0)
		return 0;
	see_side(&t->flow[flow - 1].side[which], d);
	t->packets[which]++;
	if (which == 0 && p->sa != NULL)
		t->flow[flow - 1].sa = p->sa->id;
	if (which == 0 && p->ike != NULL)
		t->flow[flow - 1].ike_id = p->ike->id;
	hash = hash_of(t, d->body);
	if ((hash & t->mask) != 0)
		return 0;
	k = slot_of(t, hash);
	if (k->flow != 0) {
		if (k->seen == 1 && which == 1)
			see_both(t, &t->flow[k->flow - 1], k, d);
		k->seen |= (uint8_t)(1 << which);
		return 0;
	}
	*k = (struct kept){ hash, d->ns, p->at.frame, flow, p->at.file, (uint8_t)(1 << which), d->ip.tos >> 2 };
	t->n++;
	return make_room(t, e);
}

/* --- the end --- */

static int cmp_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int nearer(const struct two_flow *f)
{
	int a = f->side[0].ttl, b = f->side[1].ttl;

	if (a >= 0 && b >= 0 && a != b)
		return a > b ? 0 : 1;
	if (f->lost[0] != f->lost[1])
		return f->lost[0] > f->lost[1] ? 0 : 1;
	return -1;
}

/* Did both captures run when this packet passed?  Those of its flow tell best; how long another one runs on, the others. */
static bool ran(const struct two_ends *t, const struct two_flow *f, int side, int64_t ns)
{
	const struct two_time *all = &t->common[side], *own = &f->common[side];

	if (t->both == 0)
		return false;
	if (f->both == 0)
		return ns >= all->from && ns <= all->to;
	return (ns >= own->from || ns >= all->from + EDGE) && (ns <= own->to || ns <= all->to - EDGE);
}

static bool is_before(const struct seen_at *a, const struct seen_at *b)
{
	return a->file != b->file ? a->file < b->file : a->frame < b->frame;
}

/* Of packets that come in any order the first ones are kept, and the last. */
static void keep(struct evidence *ev, struct seen_at at)
{
	unsigned i = EVIDENCE_KEPT - 1;
	bool full = ev->kept == EVIDENCE_KEPT;

	if (!full || is_before(&ev->at[i], &at)) {
		evidence_add(ev, at);
		i = ev->kept > 0 ? ev->kept - 1 : 0;
		if (full)
			return;
	} else {
		ev->n++;
		if (!is_before(&at, &ev->at[--i]))
			return;
		ev->at[i] = at;
	}
	for (; ev->kept > 0 && i > 0 && is_before(&at, &ev->at[i - 1]); i--) {
		ev->at[i] = ev->at[i - 1];
		ev->at[i - 1] = at;
	}
}

static void count_alone(const struct two_ends *t, struct two_flow *f, const struct kept *k)
{
	int side = k->seen == 1 ? 0 : 1;
	bool here = ran(t, f, side, k->ns);

	f->only[side]++;
	f->lost[side] += here;
	f->tail[side] += here && (f->both == 0 || k->ns > f->common[side].to);
	if (here || t->both == 0)
		keep(&f->missing[side], (struct seen_at){ k->file, k->frame, k->ns });
}

void two_ends_end(struct two_ends *t)
{
	for (size_t i = 0; i < t->slots; i++) {
		const struct kept *k = &t->slot[i];

		if (k->flow != 0 && k->seen != 3)
			count_alone(t, &t->flow[k->flow - 1], k);
	}
	for (size_t i = 0; t->flow != NULL && i < t->nflow; i++) {
		struct two_flow *f = &t->flow[i];

		if (f->times != NULL && f->ntimes > 0) {
			qsort(f->times, f->ntimes, sizeof *f->times, cmp_time);
			f->median = f->times[f->ntimes / 2];
		}
		if ((f->first = nearer(f)) < 0 || f->both == 0)
			continue;
		/* from the second to the first the difference of times is negative, but for the clocks */
		int64_t quick = f->first == 0 ? f->least : -f->most;

		if (!t->timed[f->first] || quick < t->least[f->first])
			t->least[f->first] = quick;
		t->timed[f->first] = true;
	}
}

const struct two_flow *two_ends_at(const struct two_ends *t, size_t i)
{
	return i < t->nflow ? &t->flow[i] : NULL;
}

const struct two_flow *two_ends_of_sa(const struct two_ends *t, const struct model_sa *sa)
{
	struct flow_key k = { .spi = sa->spi, .proto = (uint8_t)sa->proto };
	uint32_t id = t->by_key[place_of(t, &k)];

	return id != 0 ? &t->flow[id - 1] : NULL;
}

uint64_t two_ends_both(const struct two_ends *t)
{
	return t->both;
}

uint64_t two_ends_packets(const struct two_ends *t, int which)
{
	return t->packets[which];
}

unsigned two_ends_share(const struct two_ends *t)
{
	return (unsigned)t->mask + 1;
}

bool two_ends_clock(const struct two_ends *t, int64_t *offset)
{
	*offset = (t->least[0] - t->least[1]) / 2;
	return t->timed[0] && t->timed[1];
}
