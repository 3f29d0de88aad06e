/* ESP and AH: what each packet adds to its SA. */
#include "report/model_priv.h"

#include <string.h>

#include "base/rd.h"
#include "esp/esp.h"
#include "packet/ip.h"

enum {
	TOO_BIG_PATIENCE = 1000 * 1000 * 1000, AH_SEQ = 8, SEQ = 4, IPCOMP_HEAD = 4,
	ZERO_FROM = 64,			/* a count that is past this was not at the end of its 2^32 a moment ago */
};

void model_sa_clear(void *thing)
{
	struct model_sa *sa = thing;
	struct evidence *of[] = { &sa->lost, &sa->late, &sa->duplicates, &sa->restarts, &sa->jumps, &sa->wraps, &sa->twice,
		&sa->first_not_one, &sa->ports_changed, &sa->moved, &sa->after_delete, &sa->odd_length, &sa->too_big, &sa->iv_again,
		&sa->bad_icv, &sa->replayed, &sa->bad_padding, &sa->outside, &sa->dummy, &sa->dscp_differs, &sa->mss,
		&sa->inner_df_big, &sa->zero, &sa->reused, &sa->translated };

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		evidence_clear(of[i]);
	track_clear(&sa->seq);
	free(sa->series.point);
	free(sa->ivs);
	model_guess_free(sa->guess);
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
	sa->src = sa->first_src = d->src;
	sa->sport = sa->first_sport = d->sport;
	sa->dport = sa->first_dport = d->dport;
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
	model_group_note(m, sa->proto, sa->spi, &sa->dst);
}

static void ends(struct model *m, struct model_sa *sa, const struct datagram *d)
{
	struct model_peer *src;

	if (!addr_eq(&sa->src, &d->src)) {
		if (sa->translated.n > 0 && addr_eq(&sa->nat_from, &d->src))
			return;			/* before the NAT; it comes again behind it */
		model_note(m, &sa->moved);
		sa->src = d->src;
		src = model_peer_of(m, &d->src, d->proto == IP_UDP ? d->sport : 0);
		sa->peer_src = src != NULL ? src->id : 0;
	} else if (sa->sport != d->sport || sa->dport != d->dport) {
		if (sa->sport != d->sport)
			sa->rebound = m->now;
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

/* RFC 4303 2.2: the first packet has number 1, and under ESN alone the low half becomes 0. */
static bool is_zero(const struct model_sa *sa, uint32_t number)
{
	bool known = sa->sa != NULL && sa->sa->esn == SA_NO;

	if (number != 0 || sa->esn || (!sa->seq.any && !known && sa->up.frame == 0))
		return false;
	return !sa->seq.any || (track_extend(&sa->seq, 0) == 0 && (known || sa->seq.top > ZERO_FROM));
}

static void note_news(struct model *m, struct model_sa *sa, const struct datagram *d, enum track_news news, uint32_t number)
{
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
		if (m->out.seq == sa->last_seq && d->ns - sa->last.ns < MODEL_AT_ONCE)
			model_note(m, &sa->twice);
		model_note(m, &sa->duplicates);
		break;
	case TRACK_OLD:
		model_note(m, &sa->duplicates);
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
	case TRACK_ZERO:
		model_note(m, &sa->zero);
		break;
	case TRACK_REUSED:		/* once it is known that it verifies */
	case TRACK_NEXT:
	case TRACK_NEWS:
		break;
	}
}

static void sequence(struct model *m, struct model_sa *sa, const struct datagram *d, uint32_t number, uint8_t print)
{
	uint64_t left_out = 0, lost = sa->seq.lost;
	enum track_news news = is_zero(sa, number) ? TRACK_ZERO : track_see(&sa->seq, number, false, d->ns, print, &left_out);

	m->out.news = news;
	m->out.lost_before = left_out;
	m->out.seq = news == TRACK_LATE || news == TRACK_DUPLICATE || news == TRACK_REUSED || news == TRACK_OLD ?
	    track_extend(&sa->seq, number) : news == TRACK_ZERO ? 0 : sa->seq.top;
	if (news != TRACK_NEXT)
		note_news(m, sa, d, news, number);
	sa->last_seq = m->out.seq;
	model_series_add(&sa->series, d->ns, 1, wire_size(d), sa->seq.lost > lost ? (uint32_t)(sa->seq.lost - lost) : 0,
	    news == TRACK_LATE, sa->seq.top);
	if (sa->seq.lost < lost)
		model_series_found(&sa->series, m->out.seq);
}

/* What depends on whether it verifies: nobody who lacks the key can give out a number, or an IV, twice. */
static void judge_again(struct model *m, struct model_sa *sa, const struct datagram *d)
{
	if (m->out.judged && m->out.verdict == V_BAD_ICV)
		return;
	if (m->out.news == TRACK_REUSED)
		model_note(m, &sa->reused);
	else if (sa->proto == SA_ESP && m->out.news != TRACK_DUPLICATE && m->out.news != TRACK_OLD)
		look_at_iv(m, sa, d);
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

static int look_inside(struct model *m, struct model_sa *sa, const struct datagram *d, struct err *e)
{
	if (sa->sa == NULL)
		return 0;
	if (m->opt.guess && (sa->sa->encr_unknown || sa->sa->integ_unknown)) {
		int known = model_guess(m, sa, d, e);

		if (known <= 0)
			return known;
	}
	return model_open(m, sa, d, e);
}

int model_take_esp(struct model *m, const struct datagram *d, struct err *e)
{
	enum sa_proto proto = d->kind == DATAGRAM_AH ? SA_AH : SA_ESP;
	size_t at = proto == SA_AH ? AH_SEQ : SEQ;
	uint8_t print = model_print(d);
	const struct addr *dst;
	struct model_sa *sa;
	uint32_t spi, number;
	bool copy;

	if (d->body.n < at + 4)
		return 0;
	if (d->proto == IP_UDP)
		model_take_traffic(m, d);	/* of all shares: negotiations are in each */
	spi = load_be32(d->body.p + at - 4);
	number = load_be32(d->body.p + at);
	copy = model_is_copy(m, proto, spi, number, print, d->ns);
	dst = copy || m->alias.n > 0 ? model_alias(m, proto, spi, &d->dst, copy) : &d->dst;
	m->last = (struct model_last){ *dst, d->ns, spi, number, proto, print };
	if (!shard_has(&m->opt.shard, spi, dst))
		return model_share_note(m, proto, spi, d, e);
	if ((sa = find(m, proto, spi, dst)) == NULL)
		return 0;
	m->out.sa = sa;
	if (sa->packets == 0)
		begin(m, sa, d);
	else if (!copy)
		ends(m, sa, d);
	else
		model_translated(m, sa, d);
	count(m, sa, d);
	count_peer(m, sa, d);
	sequence(m, sa, d, number, print);
	if (dst != &d->dst)
		m->out.news = TRACK_DUPLICATE;	/* it was opened before the NAT */
	else if (look_inside(m, sa, d, e) < 0)
		return -1;
	judge_again(m, sa, d);
	sa->last = m->now;
	return 0;
}
