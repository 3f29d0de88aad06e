/* IKE: what each followed message adds to its negotiation. */
#include "report/model_priv.h"

#include <stdlib.h>
#include <string.h>

#include "ike/refusal.h"
#include "packet/udp.h"

enum { TWICE = 5 * 1000 * 1000 };		/* ns: nobody sends again so soon */

void model_ike_clear(void *thing)
{
	struct model_ike *k = thing;
	struct evidence *of[] = { &k->again, &k->fragments, &k->ip_fragments, &k->dpd, &k->dpd_lost, &k->unanswered, &k->moved,
		&k->keepalives, &k->invalid_spi, &k->invalid_ke, &k->collision };

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		evidence_clear(of[i]);
	free(k->why.row);
	free(k->why.at);
}

void model_ike_why(struct model_ike *k, const struct reason *r, struct seen_at at)
{
	struct reason *row;
	struct seen_at *when;

	if (k->why.n == REASONS_MAX || (row = realloc(k->why.row, (k->why.n + 1) * sizeof *row)) == NULL)
		return;
	k->why.row = row;
	if ((when = realloc(k->why.at, (k->why.n + 1) * sizeof *when)) == NULL)
		return;
	k->why.at = when;
	row[k->why.n] = *r;
	when[k->why.n++] = at;
}

static bool number_eq(const void *thing, const void *key)
{
	return ((const struct model_ike *)thing)->number == *(const uint64_t *)key;
}

static struct model_ike *by_number(const struct model *m, uint64_t number)
{
	uint32_t id = model_find(&m->ikes, model_hash(m, &number, sizeof number), number_eq, &number);

	return id != 0 ? m->ikes.at[id - 1] : NULL;
}

const struct model_ike *model_ike_by_number(const struct model *m, uint64_t number)
{
	return by_number(m, number);
}

static void note_nat(struct model *m, const struct follow_sa *sa)
{
	struct model_peer *i = model_peer_of(m, &sa->i.addr, 0), *r = model_peer_of(m, &sa->r.addr, 0);

	if (i != NULL)
		i->behind_nat |= sa->nat_i;
	if (r != NULL)
		r->behind_nat |= sa->nat_r;
}

/* Another than before, and not the step from 500 to 4500, or back for a message sent again: behind a NAT that shows as other ports of
 * the one end, and as that step at the other. */
static bool is_new_port(const struct model_ike *k, const struct follow_sa *sa)
{
	uint16_t before = k->i.port, now = sa->i.port;

	return before != now && before != PORT_IKE && before != PORT_NATT && now != PORT_IKE && now != PORT_NATT && k->r.port == sa->r.port;
}

struct model_ike *model_ike_of(struct model *m, const struct follow_sa *sa)
{
	struct model_ike *k = by_number(m, sa->number);

	if (k == NULL) {
		if (m->ikes.n >= MODEL_IKES || (k = calloc(1, sizeof *k)) == NULL) {
			m->cap.dropped_ikes++;
			return NULL;
		}
		k->number = sa->number;
		k->first = m->now;
		if ((k->id = model_put(&m->ikes, model_hash(m, &sa->number, sizeof sa->number), k)) == 0) {
			free(k);
			m->cap.dropped_ikes++;
			return NULL;
		}
	}
	if (k->messages > 0 && (!addr_eq(&k->i.addr, &sa->i.addr) || !addr_eq(&k->r.addr, &sa->r.addr))) {
		model_note(m, &k->moved);
		if (k->before_i.addr.family == 0) {
			k->before_i = k->i;
			k->before_r = k->r;
		}
	} else if (k->messages > 0 && is_new_port(k, sa)) {
		model_note(m, &k->moved);
	}
	k->replaces = sa->replaces;
	k->version = sa->version;
	k->spi_i = sa->spi_i;
	k->spi_r = sa->spi_r;
	k->i = sa->i;
	k->r = sa->r;
	if ((sa->nat_i && !k->nat_i) || (sa->nat_r && !k->nat_r))
		note_nat(m, sa);
	k->nat_i = sa->nat_i;
	k->nat_r = sa->nat_r;
	k->floated = sa->floated;
	return k;
}

/* --- messages --- */

/* Requests and their answers (RFC 7296 2.1): IKEv2 says which is which. */
static void take_window(struct model *m, struct model_ike *k, const struct follow_message *fm)
{
	const struct ike_hdr *h = &fm->m->hdr;
	struct model_request *q = &k->request[fm->from_initiator != fm->response ? 0 : 1];
	struct model_request *other = &k->request[fm->from_initiator != fm->response ? 1 : 0];
	const struct ike_payloads *inner = &fm->m->inner;

	if (k->version != 2)
		return;
	if (fm->response) {
		bool whole = fm->fragments == 0 || (fm->sends > 0 && fm->missing == 0);

		if (whole && h->exchange == IKE_X_AUTH && k->auth_answer == 0) {
			k->auth_answer = fm->fragments == 0 ? h->length : h->length * fm->fragments;
			k->auth_answer_at = m->now;
		}
		if (q->any && q->message_id == h->message_id) {
			q->answered |= whole;
			q->in_part = !whole;
		}
		if (h->exchange == IKE_X_AUTH && fm->m->opened && ike_payload_find(inner, IKE_P_AUTH) != NULL && k->up.frame == 0)
			k->up = m->now;
		return;
	}
	if (fm->repeats != 0 || (q->any && q->message_id == h->message_id && q->exchange == h->exchange)) {
		if (fm->fragments == 0)
			q->sends++;
		else if (fm->sends > q->sends)
			q->sends = fm->sends;
		q->in_part &= fm->missing != 0;
		q->last = m->now;
		return;
	}
	if (q->any && !q->answered)
		model_note(m, q->exchange == IKE_X_INFORMATIONAL ? &k->dpd_lost : &k->unanswered);
	*q = (struct model_request){ .any = true, .exchange = h->exchange, .message_id = h->message_id, .sends = 1, .at = m->now,
		.last = m->now, .in_part = fm->missing != 0 };
	if (h->exchange == IKE_X_CREATE_CHILD_SA && other->any && !other->answered && other->exchange == IKE_X_CREATE_CHILD_SA)
		model_note(m, &k->collision);
	if (h->exchange == IKE_X_INFORMATIONAL && fm->m->opened && inner->n == 0)
		model_note(m, &k->dpd);
}

/* Of a message that was put together nothing is kept. */
static void take_fragments(const struct model *m, struct model_ike *k, const struct follow_message *fm)
{
	if (fm->sends == 0)
		return;
	if (fm->missing != 0)
		model_note(m, &k->fragments);
	else if (fm->repeats == 0)
		evidence_clear(&k->fragments);
}

/* Behind a NAT: how long was the end behind it silent? */
static void take_silence(struct model_ike *k, bool by_initiator, int64_t ns)
{
	if (!by_initiator || !k->nat_i)
		return;
	if (k->heard_i != 0 && ns - k->heard_i > k->keepalive_gap)
		k->keepalive_gap = ns - k->heard_i;
	k->heard_i = ns;
}

/* FNV-1a: where a message or its sender is noted.  No secret key, so that every run and share notes alike. */
static uint64_t note_hash(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (n-- > 0)
		h = (h ^ *b++) * UINT64_C(0x100000001b3);
	return h;
}

static void take_twice(struct model *m, struct model_ike *k, const struct follow_message *fm)
{
	const struct datagram *d = fm->d;
	uint64_t hash = note_hash(d->body.p, d->body.n);
	unsigned slot = hash % (sizeof m->ike_seen / sizeof m->ike_seen[0]);

	if (m->ike_seen[slot].hash == hash && d->ns - m->ike_seen[slot].ns < TWICE) {
		model_note(m, &m->cap.twice);
		k->twice++;
	}
	m->ike_seen[slot].hash = hash;
	m->ike_seen[slot].ns = d->ns;
}

static void take_reasons(struct model *m, struct model_ike *k)
{
	for (unsigned i = 0; i < m->rows.n; i++)
		model_ike_why(k, &m->rows.row[i], m->now);
}

static void take_whole(struct model *m, struct model_ike *k, const struct follow_message *fm)
{
	const struct ike_payloads *all[] = { &fm->m->payloads, &fm->m->inner };

	k->undecrypted += fm->verdict == V_NO_KEY;
	k->opened |= fm->m->opened && fm->verdict == V_OK;
	k->aggressive |= k->version == 1 && fm->m->hdr.exchange == IKE_X_AGGRESSIVE;
	for (unsigned which = 0; which < (fm->m->opened ? 2u : 1u); which++)
		for (unsigned i = 0; i < all[which]->n; i++)
			model_ike_payload(m, k, &all[which]->payload[i], fm);
	model_ike_suite(k, fm->sa);
	model_ike_id(k->id_i, fm->sa->id_i);
	model_ike_id(k->id_r, fm->sa->id_r);
	k->dead |= fm->sa->deleted;
	if (fm->sa->deleted && k->deleted.frame == 0)
		k->deleted = m->now;
}

static uint32_t *sender_of(struct model *m, const struct datagram *d)
{
	struct { uint8_t src[16], dst[16]; uint16_t sport; } bytes = { .sport = d->sport };

	memcpy(bytes.src, d->src.b, addr_len(&d->src));
	memcpy(bytes.dst, d->dst.b, addr_len(&d->dst));
	return &m->sender[note_hash(&bytes, sizeof bytes) % MODEL_SENDERS];
}

/* +1: from the initiator of k, -1: from its responder, 0: neither. */
static int side_of(const struct model_ike *k, const struct datagram *d)
{
	return addr_eq(&k->i.addr, &d->src) && addr_eq(&k->r.addr, &d->dst) ? 1 :
	    addr_eq(&k->r.addr, &d->src) && addr_eq(&k->i.addr, &d->dst) ? -1 : 0;
}

/* --- what the follower gives --- */

static int message(void *arg, const struct follow_message *fm, struct err *e)
{
	struct model *m = arg;
	struct model_ike *k = fm->sa != NULL ? model_ike_of(m, fm->sa) : NULL;
	struct model_peer *peer = model_peer_of(m, &fm->d->src, fm->d->sport);

	m->out.message = fm;
	if (fm->m == NULL)
		model_note(m, &m->cap.stray);
	m->out.ike = k;
	m->out.judged = fm->verdict != V_OK || (fm->m != NULL && fm->m->opened);
	m->out.verdict = fm->verdict;
	if (peer != NULL) {
		peer->packets++;
		peer->bytes += fm->d->ip.len;
		peer->ike_packets++;
		peer->ike_bytes += fm->d->ip.len;
	}
	if (k != NULL) {
		k->messages++;
		k->last = m->now;
		if (fm->repeats != 0) {
			k->retransmissions++;
			model_note(m, &k->again);
		}
		take_silence(k, fm->from_initiator, fm->d->ns);
		*sender_of(m, fm->d) = k->id;
		take_twice(m, k, fm);
		if (fm->m != NULL && (fm->fragments == 0 || fm->whole))
			take_whole(m, k, fm);
		if (fm->m != NULL)
			take_window(m, k, fm);
		take_fragments(m, k, fm);
		model_ike_unread(m, k, fm);
	}
	if (refusals_message(m->refusals, fm, &m->rows, e) < 0)
		return -1;
	if (k != NULL)
		take_reasons(m, k);
	return m->opt.packet != NULL ? m->opt.packet(m->opt.arg, &m->out, e) : 0;
}

/* The model's SA that a descriptor is about.  One that came up is made, one that moved is once it has packets there. */
static struct model_sa *model_of(struct model *m, const struct sa *sa, enum follow_news news)
{
	return model_sa_of(m, sa->proto, sa->spi, &sa->dst, news == FOLLOW_UP);
}

static void take_news(struct model *m, struct model_sa *known, const struct follow_sa *of, struct model_ike *k, enum follow_news news)
{
	if (news == FOLLOW_DELETED) {
		if (known->deleted.frame == 0)
			known->deleted = m->now;
		return;
	}
	known->ike = of->number;
	if (news == FOLLOW_UP && known->up.frame == 0) {
		known->up = m->now;
		if (k != NULL)
			k->children++;
	}
}

static int child(void *arg, struct sa *sa, const struct follow_sa *of, enum follow_news news, struct err *e)
{
	struct model *m = arg;
	struct model_ike *k = model_ike_of(m, of);
	struct model_sa *known;
	struct sa copy;

	if (sa->proto == SA_IPCOMP)
		return 0;
	if ((known = model_of(m, sa, news)) != NULL)
		take_news(m, known, of, k, news);
	if (m->opt.sad == NULL || news == FOLLOW_DELETED || (known == NULL && news == FOLLOW_UP))
		return 0;
	if (sa_copy(&copy, sa, e) < 0 || sad_add(m->opt.sad, &copy, e) < 0)
		return -1;
	if (known != NULL && known->sa == NULL) {
		const struct sad_entry *entry = sad_find(m->opt.sad, sa->proto, sa->spi, &sa->src, &sa->dst);

		known->sa = entry != NULL ? &entry->sa : NULL;
	}
	return 0;
}

int model_ike_start(struct model *m, struct err *e)
{
	struct follow_options o = { .ring = m->opt.ring, .sad = m->opt.sad, .psk = m->opt.psk, .limit = MODEL_IKES, .arg = m,
		.message = message, .child = child };

	return (m->refusals = refusals_new(false, e)) != NULL && (m->follow = follow_new(&o, e)) != NULL ? 0 : -1;
}

int model_take_ike(struct model *m, const struct datagram *d, struct err *e)
{
	return follow_push(m->follow, d, e);
}

static void keepalive_of(struct model *m, struct model_ike *k, const struct datagram *d)
{
	model_note(m, &k->keepalives);
	take_silence(k, side_of(k, d) > 0, d->ns);
	m->out.ike = k;
}

void model_take_traffic(struct model *m, const struct datagram *d)
{
	uint32_t id = *sender_of(m, d);

	if (id != 0 && side_of(m->ikes.at[id - 1], d) > 0)
		take_silence(m->ikes.at[id - 1], true, d->ns);
}

/* A keepalive belongs to the negotiation that spoke last from its port, else to the newest between its hosts. */
void model_take_keepalive(struct model *m, const struct datagram *d)
{
	uint32_t id = *sender_of(m, d);

	if (id != 0 && side_of(m->ikes.at[id - 1], d) != 0) {
		keepalive_of(m, m->ikes.at[id - 1], d);
		return;
	}
	for (uint32_t i = m->ikes.n; i-- > 0 && m->ikes.n - i <= 64;) {
		struct model_ike *k = m->ikes.at[i];

		if (side_of(k, d) == 0)
			continue;
		keepalive_of(m, k, d);
		return;
	}
	model_note(m, &m->cap.lone_keepalives);
}
