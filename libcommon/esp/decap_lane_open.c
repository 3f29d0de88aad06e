#include "esp/decap_lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/esp.h"
#include "packet/wesp.h"
#include "packet/udp.h"

enum { ETHERNET = 14, TYPE_AT = 12, TYPE_4 = 0x0800, TYPE_6 = 0x86dd, INNER_4 = 20, INNER_6 = 40,
	LINE = DECAP_SPARE };

void road_init(struct road *r, struct decap *d, struct unit *u, unsigned worker)
{
	const struct pcap_form *form = &d->out->form;

	*r = (struct road){ .d = d, .u = u, .side = u->side, .worker = worker, .own = &d->worker[worker],
		.bits = sad_bits(d->sad),
		.link = !d->opt.raw && form->dlt == LINKTYPE_ETHERNET ? ETHERNET : 0 };
	if (!form->swapped && u->batch.stamp == (form->nano ? BATCH_NANO : BATCH_MICRO))
		r->limit = form->nano ? 1000000000u : 1000000u;
}

/* The road for this SA; false: it has no context.  What is published of its plan is a guess as good as a newer one:
 * settle looks. */
static bool road_turn(struct road *r, uint32_t sa)
{
	const struct context *c = r->own->contexts.at != NULL ? &r->own->contexts.at[sa] : NULL;

	r->suite = NULL;
	if (c == NULL || c->suite == NULL)
		c = decap_context(r->d, r->worker, sad_at(r->d->sad, sa));
	if (c == NULL)
		return false;
	r->sa = sa;
	r->suite = c->suite;
	r->over = (uint8_t)suite_over(c->suite);
	r->batches = suite_batches(c->suite);
	r->plain = atomic_load_explicit(&r->d->sa[sa].plan, memory_order_acquire) == PLAN_STARTED;
	return true;
}

/* The rest of the job is the same for all. */
static inline void fill_job(const struct road *r, struct lane *f, struct suite_job *j, uint8_t *out)
{
	j->p = f->esp;
	j->n = f->n;
	j->out = out;
	if (!r->plain) {
		struct decap_plan p = decap_plan(r->d, sad_at(r->d->sad, f->sa), f->seq);

		f->flags |= p.esn ? LANE_ESN : 0;
		f->high = p.high;
		j->esn = p.esn;
		j->esn_high = p.high;
	}
}

/* Where in its own room a packet is opened that will be moved: not across more lines of the cache than need be. */
static inline uint8_t *own_room(const struct road *r)
{
	uintptr_t at = (uintptr_t)(r->u->out + r->room + PCAP_RECORD + r->link);

	return r->u->out + r->room + PCAP_RECORD + r->link + (-at & (LINE - 1));
}

/* Eight octets as they stand, the first one lowest. */
static inline uint64_t octets(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(x) : x;
}

/* True if the pad octets before p are 1, 2, 3, ... (RFC 4303 2.4); there are 8 to be read before p at least. */
static inline bool padded(const uint8_t *p, size_t pad)
{
	static const uint64_t right = 0x0807060504030201, eight = 0x0808080808080808;
	unsigned other = 64 - 8 * (unsigned)(pad & 7);		/* bits that are no padding */

	if (pad < 8)
		return pad == 0 || octets(p - 8) >> other == right << other >> other;
	if (pad <= 16)
		return octets(p - pad) == right && octets(p - 8) == right + (pad - 8) * (eight / 8);
	for (size_t i = pad; i > 0; i--)
		if (p[-(ptrdiff_t)i] != (uint8_t)(pad - i + 1))
			return false;
	return true;
}

/* Bytes of the IP packet in the n at p, padding and trailer last; 0: not as usual.  What follows it is TFC padding
 * (RFC 4303 2.7). */
static uint32_t inner_len(const uint8_t *p, size_t n)
{
	uint32_t len;
	size_t pad;

	if (n < INNER_4 + ESP_TRAILER)
		return 0;
	n -= ESP_TRAILER;
	pad = p[n];
	if (pad > n - INNER_4 || !padded(p + n, pad))
		return 0;
	if (p[n + 1] == IPPROTO_IP4) {
		n -= pad;
		len = load_be16(p + 2);
		return p[0] >> 4 == 4 && (p[0] & 15) >= 5 && len >= (p[0] & 15u) * 4 && len <= n ? len : 0;
	}
	if (p[n + 1] != IPPROTO_IP6 || n - pad < INNER_6 || p[0] >> 4 != 6)
		return 0;
	len = load_be16(p + 4);
	return len > 0 && len + INNER_6 <= n - pad ? len + INNER_6 : 0;
}

/*
 * The same, but only for what nearly all packets are: IPv4 without options, TCP, or UDP in which nothing can be
 * opened.  What begins with an SPI that no SA has cannot, whatever the port, but WESP begins with another one
 * (RFC 5840 2.1).
 */
static inline __attribute__((always_inline)) uint32_t usual_len(const struct road *r, const uint8_t *p, size_t n)
{
	uint32_t len, first;
	size_t pad;

	if (n < INNER_4 + UDP_HEADER + 8 + ESP_TRAILER)
		return 0;
	n -= ESP_TRAILER;
	pad = p[n];
	len = load_be16(p + 2);
	if (p[n + 1] != IPPROTO_IP4 || p[0] != 0x45 || len + pad > n || len < INNER_4 + UDP_HEADER + 8 ||
	    !padded(p + n, pad))
		return 0;
	if (p[9] == IP_TCP)
		return len;
	first = load_be32(p + INNER_4 + UDP_HEADER);
	return p[9] == IP_UDP && first != WESP_IN_UDP && !sad_bits_spi(r->bits, first) ? len : 0;
}

/* What came out may go out: there is nothing more to take off, and no selector against it. */
static bool is_end(const struct road *r, const struct lane *f, const uint8_t *p, uint32_t n)
{
	const struct sad *sad = r->d->sad;
	struct place place;

	if (!place_is_plain(p, n, sad) && place_is_ipsec(place_find(&place, p, n, sad)))
		return false;
	return (f->flags & LANE_TS) == 0 || !decap_outside_ts(&sad_at(sad, f->sa)->sa, p, n);
}

/* Bytes of the packet that was in it, whatever it is; 0: the general way has to say. */
static uint32_t any_len(const struct road *r, struct lane *f, const struct suite_job *j, size_t over)
{
	uint32_t n = j->result == SUITE_OK ? inner_len(j->out, f->n - over) : 0;

	if (j->result == SUITE_BAD_ICV)
		f->state = LANE_BAD_ICV;
	return n > 0 && is_end(r, f, j->out, n) ? n : 0;
}

/* The record header as it was read, but for the lengths, where that says the same. */
static inline void write_record(const struct road *r, const struct lane *f, uint8_t *rec, uint32_t len)
{
	const uint8_t *was = f->esp - f->at - PCAP_RECORD;
	uint32_t fraction = UINT32_MAX;

	if (r->limit > 0)
		memcpy(&fraction, was + 4, sizeof fraction);
	if (fraction >= r->limit) {
		pcap_out_record(r->d->out, rec, lane_packet(r->u, f)->ns, len, len);
		return;
	}
	memcpy(rec, was, 8);
	memcpy(rec + 8, &len, sizeof len);
	memcpy(rec + 12, &len, sizeof len);
}

/* Opened again, the general way. */
static size_t leave(struct road *r, uint32_t i, size_t at)
{
	static const struct decap_how plain = { .layer = -1 };
	size_t end = at + lane_room(&r->side->lane[i]);
	struct decap_item *it = lane_leave(r->d, r->u, i);

	decap_open(r->d, it, r->worker, &plain, r->u->out, at, end);
	r->suite = NULL;
	return it->rec_len > 0 ? (size_t)it->rec + it->rec_len : at;
}

/* Makes the record at at of what was opened; says where the next one goes. */
static inline __attribute__((always_inline)) size_t finish(struct road *r, struct lane *f, const struct suite_job *j,
    size_t over, size_t at)
{
	uint8_t *rec = r->u->out + at, *to = rec + PCAP_RECORD + r->link;
	uint32_t n;

	n = j->result == SUITE_OK && (f->flags & LANE_TS) == 0 ? usual_len(r, j->out, f->n - over) : 0;
	if (n == 0 && (n = any_len(r, f, j, over)) == 0)
		return f->state == LANE_BAD_ICV ? at : leave(r, (uint32_t)(f - r->side->lane), at);
	if (j->out != to)
		memmove(to, j->out, n);
	if (r->link > 0) {
		memcpy(to - ETHERNET, f->esp - f->at, TYPE_AT);
		store_be16(to - ETHERNET + TYPE_AT, to[0] >> 4 == 4 ? TYPE_4 : TYPE_6);
	}
	n += (uint32_t)r->link;
	write_record(r, f, rec, n);
	f->rec = (uint32_t)at;
	f->rec_len = PCAP_RECORD + n;
	f->state = LANE_OPEN;
	return at + f->rec_len;
}

/* One more that waits: its job, or NULL: there is no memory. */
static struct suite_job *wait(struct road *r, struct lane *f)
{
	if (r->own->lane_job == NULL &&
	    (r->own->lane_job = malloc(BATCH_PACKETS * sizeof *r->own->lane_job)) == NULL)
		return NULL;
	road_wait(r, (uint32_t)(f - r->side->lane));
	f->over = r->over;
	f->state = LANE_WAITS;
	r->own->lane_job[r->njob] = (struct suite_job){ .head = ESP_HEAD };
	return &r->own->lane_job[r->njob++];
}

/* Packets of the one SA, each opened and its record made at once.  Gives the next packet that is another one. */
static struct lane *open_now(struct road *r, struct lane *f, const struct lane *end)
{
	struct suite_job j = { .head = ESP_HEAD };
	struct suite *suite = r->suite;
	size_t at = r->at, room = r->room, over = r->over;
	uint8_t *base = r->u->out + PCAP_RECORD + r->link;
	uint32_t sa = r->sa;

	for (; f < end && f->state == LANE_CLAIMED && f->sa == sa && r->suite == suite; f++) {
		fill_job(r, f, &j, base + at);
		room += lane_room(f);
		suite_open_start(suite, &j);
		at = finish(r, f, &j, over, at);
	}
	r->at = at;
	r->room = room;
	return f;
}

uint32_t lane_open(struct road *r, uint32_t i)
{
	struct lane *f = &r->side->lane[i], *end = &r->side->lane[r->side->n];
	struct suite_job *j;

	while (f < end && f->state == LANE_CLAIMED) {
		if ((r->suite == NULL || r->sa != f->sa) && !road_turn(r, f->sa))
			break;
		if (!r->waits && !r->batches) {
			f = open_now(r, f, end);
			continue;
		}
		if (r->njob == BATCH_PACKETS || (j = wait(r, f)) == NULL)
			break;
		fill_job(r, f, j, own_room(r));
		r->room += lane_room(f++);
		suite_open_start(r->suite, j);
	}
	return (uint32_t)(f - r->side->lane);
}

uint32_t lane_end(struct road *r, uint32_t i, uint32_t *job)
{
	struct lane *f = &r->side->lane[i], *end = &r->side->lane[r->side->n];
	const struct suite_job *j = &r->own->lane_job[*job];

	for (; f < end && f->state == LANE_WAITS; f++, j++)
		r->at = finish(r, f, j, f->over, r->at);
	*job = (uint32_t)(j - r->own->lane_job);
	return (uint32_t)(f - r->side->lane);
}
