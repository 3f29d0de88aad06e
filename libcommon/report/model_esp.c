/* ESP and AH: what each packet adds to its SA. */
#include "report/model_priv.h"

#include <string.h>

#include "base/rd.h"
#include "esp/esp.h"
#include "packet/ip.h"

enum { TOO_BIG_PATIENCE = 1000 * 1000 * 1000, STEP_FIRST = 1000 * 1000, POINTS_FIRST = 8, AH_SEQ = 8, SEQ = 4, IPCOMP_HEAD = 4 };

void model_sa_clear(void *thing)
{
	struct model_sa *sa = thing;
	struct evidence *of[] = { &sa->lost, &sa->late, &sa->duplicates, &sa->restarts, &sa->jumps, &sa->wraps, &sa->twice,
		&sa->first_not_one, &sa->ports_changed, &sa->moved, &sa->after_delete, &sa->odd_length, &sa->too_big, &sa->iv_again,
		&sa->bad_icv, &sa->replayed, &sa->bad_padding, &sa->outside, &sa->dummy, &sa->dscp_differs, &sa->mss,
		&sa->inner_df_big };

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		evidence_clear(of[i]);
	track_clear(&sa->seq);
	free(sa->series.point);
	free(sa->ivs);
	model_guess_free(sa->guess);
}

/* Two points become one, as often as it takes for the time to fit. */
static void widen(struct model_series *s, int64_t ns)
{
	while ((uint64_t)(ns - s->start) >= (uint64_t)s->step * MODEL_POINTS) {
		for (unsigned i = 0; i < s->n; i++) {
			struct model_point *to = &s->point[i / 2], from = s->point[i];

			if (i % 2 == 0) {
				*to = from;
				continue;
			}
			to->packets += from.packets;
			to->lost += from.lost;
			to->late += from.late;
			to->bytes += from.bytes;
			if (from.top > to->top)
				to->top = from.top;
		}
		s->n = (s->n + 1) / 2;
		s->step *= 2;
	}
}

static bool room_for(struct model_series *s, unsigned i)
{
	unsigned room = s->room == 0 ? POINTS_FIRST : s->room;
	struct model_point *p;

	while (room <= i)
		room *= 2;
	if (room == s->room)
		return true;
	if ((p = realloc(s->point, room * sizeof *p)) == NULL)
		return false;
	s->point = p;
	s->room = room;
	return true;
}

/* The point for that time, perhaps a new one. */
static bool find_point(struct model_series *s, int64_t ns, unsigned *i)
{
	if (s->step == 0)
		*s = (struct model_series){ .start = ns, .step = STEP_FIRST };
	if (ns < s->start)
		ns = s->start;		/* captures of several interfaces: a packet from a little before */
	widen(s, ns);
	*i = (unsigned)((ns - s->start) / s->step);
	s->from = INT64_MAX;
	if (!room_for(s, *i))
		return false;
	for (; s->n <= *i; s->n++)
		s->point[s->n] = (struct model_point){ .top = s->n > 0 ? s->point[s->n - 1].top : 0 };
	s->at = *i;
	s->from = s->start + *i * s->step;
	return true;
}

void model_series_add(struct model_series *s, int64_t ns, uint32_t packets, uint64_t bytes, uint32_t lost, uint32_t late,
    uint64_t top)
{
	unsigned i;

	if (s->n > 0 && ns >= s->from && ns - s->from < s->step)
		i = s->at;
	else if (!find_point(s, ns, &i))
		return;
	s->point[i].packets += packets;
	s->point[i].bytes += bytes;
	s->point[i].lost += lost;
	s->point[i].late += late;
	if (top > s->point[i].top)
		s->point[i].top = top;
}

static void count_size(struct model_sa *sa, uint32_t size)
{
	if (sa->packets == 1 || size < sa->min_size)
		sa->min_size = size;
	if (size > sa->max_size)
		sa->max_size = size;
	for (unsigned i = 0; i < sa->nsizes; i++)
		if (sa->sizes[i].size == size) {
			sa->sizes[i].n++;
			return;
		}
	if (sa->nsizes < MODEL_SIZES && size <= UINT16_MAX) {
		sa->sizes[sa->nsizes].size = (uint16_t)size;
		sa->sizes[sa->nsizes++].n = 1;
	}
}

/* Its first packet here. */
static void begin(struct model *m, struct model_sa *sa, const struct datagram *d)
{
	struct model_peer *src = model_peer_of(m, &d->src, d->proto == IP_UDP ? d->sport : 0);
	struct model_peer *dst = model_peer_of(m, &d->dst, d->proto == IP_UDP ? d->dport : 0);

	sa->first = m->now;
	sa->src = d->src;
	sa->sport = d->sport;
	sa->dport = d->dport;
	sa->carrier = d->proto;
	sa->wesp = d->wesp;
	sa->peer_src = src != NULL ? src->id : 0;
	sa->peer_dst = dst != NULL ? dst->id : 0;
	if (m->opt.sad != NULL && sa->sa == NULL) {
		const struct sad_entry *entry = sad_find(m->opt.sad, sa->proto, sa->spi, &d->src, &d->dst);

		sa->sa = entry != NULL ? &entry->sa : NULL;
	}
	if (sa->sa != NULL && sa->sa->esn == SA_YES)
		sa->esn = true;
}

static void ends(struct model *m, struct model_sa *sa, const struct datagram *d)
{
	struct model_peer *src;

	if (!addr_eq(&sa->src, &d->src)) {
		model_note(m, &sa->moved);
		sa->src = d->src;
		src = model_peer_of(m, &d->src, d->proto == IP_UDP ? d->sport : 0);
		sa->peer_src = src != NULL ? src->id : 0;
	} else if (sa->sport != d->sport || sa->dport != d->dport) {
		model_note(m, &sa->ports_changed);
	}
	sa->sport = d->sport;
	sa->dport = d->dport;
}

/* Octets of the IP packet on the wire, all its fragments put together. */
static uint32_t wire_size(const struct datagram *d)
{
	return d->packet.n > 0 && d->proto != IP_TCP ? d->ip.len : (uint32_t)d->whole;
}

/* Two packets of different numbers with one IV. */
static void look_at_iv(struct model *m, struct model_sa *sa, const struct datagram *d)
{
	struct model_iv *slot;
	uint64_t iv;

	if (d->body.n < ESP_HEAD + 8 + 8 || sa->seq.bits == NULL)
		return;
	if (sa->ivs == NULL && (sa->ivs = calloc(MODEL_IVS, sizeof *sa->ivs)) == NULL)
		return;
	iv = load_be64(d->body.p + ESP_HEAD);
	slot = &sa->ivs[(iv * UINT64_C(0x9e3779b97f4a7c15) >> 32) % MODEL_IVS];
	if (slot->seq != 0 && slot->iv == iv && slot->seq != m->out.seq)
		model_note(m, &sa->iv_again);
	*slot = (struct model_iv){ iv, m->out.seq };
}

static void sequence(struct model *m, struct model_sa *sa, const struct datagram *d, uint32_t number)
{
	uint64_t lost;
	enum track_news news = track_see(&sa->seq, number, false, d->ns, &lost);

	m->out.news = news;
	m->out.lost_before = lost;
	m->out.seq = news == TRACK_LATE || news == TRACK_DUPLICATE || news == TRACK_OLD ?
	    track_extend(&sa->seq, number) : sa->seq.top;
	switch (news) {
	case TRACK_FIRST:
		if (sa->up.frame != 0 && number != 1)
			model_note(m, &sa->first_not_one);
		break;
	case TRACK_GAP:
		model_note(m, &sa->lost);
		break;
	case TRACK_LATE:
		model_note(m, &sa->late);
		break;
	case TRACK_DUPLICATE:
	case TRACK_OLD:
		model_note(m, &sa->duplicates);
		if (m->out.seq == sa->last_seq && d->ns - sa->last.ns < 5 * 1000 * 1000)
			model_note(m, &sa->twice);
		break;
	case TRACK_JUMP_AHEAD:
		model_note(m, &sa->jumps);
		break;
	case TRACK_RESTART:
		model_note(m, &sa->restarts);
		break;
	case TRACK_WRAP:
		model_note(m, &sa->wraps);
		break;
	case TRACK_NEXT:
	case TRACK_NEWS:
		break;
	}
	sa->last_seq = m->out.seq;
	if (sa->proto == SA_ESP && news != TRACK_DUPLICATE && news != TRACK_OLD)
		look_at_iv(m, sa, d);
	model_series_add(&sa->series, d->ns, 1, wire_size(d), news == TRACK_GAP ? (uint32_t)lost : 0, news == TRACK_LATE,
	    sa->seq.top);
}

static void count(struct model *m, struct model_sa *sa, const struct datagram *d)
{
	uint32_t size = wire_size(d);

	sa->packets++;
	sa->bytes += size;
	sa->body_bytes += d->whole;
	count_size(sa, size);
	sa->marked[d->ip.tos >> 2]++;
	sa->fragmented += d->nframes > 1 && d->proto != IP_TCP;
	if (m->too_big.mtu != 0 && size > m->too_big.mtu && d->ns - m->too_big.ns > TOO_BIG_PATIENCE &&
	    addr_eq(&d->dst, &m->too_big.dst) && d->nframes == 1)
		model_note(m, &sa->too_big);
	sa->with_df += d->packet.n > 6 && d->ip.version == 4 && (d->packet.p[6] & 0x40) != 0;
	if (sa->deleted.frame != 0)
		model_note(m, &sa->after_delete);
	if (sa->proto == SA_ESP && d->body.n == d->whole) {
		if (d->whole % 4 != 0)
			model_note(m, &sa->odd_length);
		cipher_see(&sa->cipher, d->body.p, d->body.n, &d->src, &d->dst);
	}
}

/* Most packets are of one of two SAs. */
static struct model_sa *find(struct model *m, enum sa_proto proto, uint32_t spi, const struct addr *dst)
{
	struct model_sa *sa;

	for (int i = 0; i < 2; i++) {
		sa = m->recent[i];
		if (sa != NULL && sa->spi == spi && sa->proto == proto && addr_eq(&sa->dst, dst))
			return sa;
	}
	sa = model_sa_of(m, proto, spi, dst, true);
	m->recent[1] = m->recent[0];
	m->recent[0] = sa;
	return sa;
}

static void count_peer(struct model *m, const struct model_sa *sa, const struct datagram *d)
{
	struct model_peer *peer = sa->peer_src != 0 ? m->peers.at[sa->peer_src - 1] : NULL;

	if (peer == NULL)
		return;
	peer->packets++;
	peer->bytes += wire_size(d);
}

/* RFC 3173 3.1: next header, flags, CPI; no numbers. */
void model_take_ipcomp(struct model *m, const struct datagram *d)
{
	struct model_sa *sa;
	uint16_t cpi;

	if (d->body.n < IPCOMP_HEAD)
		return;
	cpi = load_be16(d->body.p + 2);
	if (!shard_has(&m->opt.shard, cpi, &d->dst) || (sa = find(m, SA_IPCOMP, cpi, &d->dst)) == NULL)
		return;
	m->out.sa = sa;
	if (sa->packets == 0)
		begin(m, sa, d);
	count(m, sa, d);
	count_peer(m, sa, d);
	model_series_add(&sa->series, d->ns, 1, wire_size(d), 0, 0, 0);
	sa->last = m->now;
}

int model_take_esp(struct model *m, const struct datagram *d, struct err *e)
{
	enum sa_proto proto = d->kind == DATAGRAM_AH ? SA_AH : SA_ESP;
	size_t at = proto == SA_AH ? AH_SEQ : SEQ;
	struct model_sa *sa;
	uint32_t spi;

	if (d->body.n < at + 4)
		return 0;
	if (d->proto == IP_UDP)
		model_take_traffic(m, d);	/* of all shares: negotiations are in each */
	spi = load_be32(d->body.p + at - 4);
	if (!shard_has(&m->opt.shard, spi, &d->dst))
		return model_share_note(m, proto, spi, d, e);
	if ((sa = find(m, proto, spi, &d->dst)) == NULL)
		return 0;
	m->out.sa = sa;
	if (sa->packets == 0)
		begin(m, sa, d);
	else
		ends(m, sa, d);
	count(m, sa, d);
	count_peer(m, sa, d);
	sequence(m, sa, d, load_be32(d->body.p + at));
	sa->last = m->now;
	if (sa->sa == NULL)
		return 0;
	if (m->opt.guess && (sa->sa->encr_unknown || sa->sa->integ_unknown)) {
		int known = model_guess(m, sa, d, e);

		if (known <= 0)
			return known;
	}
	return model_open(m, sa, d, e);
}
