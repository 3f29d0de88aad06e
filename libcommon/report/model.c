#include "report/model_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "ike/refusal.h"

enum { SECOND = 1000 * 1000 * 1000 };
#define DAY (INT64_C(86400) * SECOND)
#define NS_MOST ((INT64_C(1) << 62) - 1)

/* Each member by itself: what compilers make of an initialiser of this size takes longer than all else here. */
static void begin(struct model_packet *out, const struct datagram *d, struct seen_at now)
{
	out->d = d;
	out->at = now;
	out->sa = NULL;
	out->ike = NULL;
	out->message = NULL;
	out->seq = 0;
	out->news = TRACK_FIRST;
	out->lost_before = 0;
	out->judged = false;
	out->verdict = V_OK;
	out->why = out->evidence = NULL;
}

static int take(void *arg, const struct datagram *d, struct err *e)
{
	struct model *m = arg;
	uint64_t frame = d->nframes > 0 ? d->frame[d->nframes - 1] : 0;

	m->cap.count[d->kind]++;
	m->now = (struct seen_at){ d->file, frame, d->ns };
	begin(&m->out, d, m->now);
	switch (d->kind) {
	case DATAGRAM_ESP:
	case DATAGRAM_AH:
		if (model_take_esp(m, d, e) < 0)
			return -1;
		break;
	case DATAGRAM_IKE:
		return model_take_ike(m, d, e);		/* calls packet() for each message */
	case DATAGRAM_KEEPALIVE:
		model_take_keepalive(m, d);
		break;
	case DATAGRAM_LOST:
		model_take_lost(m, d);
		break;
	case DATAGRAM_BAD:
		model_note(m, &m->cap.damaged);
		break;
	case DATAGRAM_OTHER:
		model_take_other(m, d);
		break;
	case DATAGRAM_CUT:
	case DATAGRAM_NO_IP:
		break;
	}
	return m->opt.packet != NULL ? m->opt.packet(m->opt.arg, &m->out, e) : 0;
}

/* ESP on unusual ports is told by its SPI. */
static bool known(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst)
{
	struct model *m = arg;

	return model_sa_of(m, SA_ESP, spi, dst, false) != NULL || model_share_knows(m, spi, dst) ||
	    (m->alias.n > 0 && model_alias(m, SA_ESP, spi, dst, false) != dst) ||
	    (m->opt.sad != NULL && sad_find(m->opt.sad, SA_ESP, spi, src, dst) != NULL);
}

struct model *model_new(const struct model_options *o, struct err *e)
{
	struct model *m = calloc(1, sizeof *m);

	if (m == NULL) {
		err_nomem(e);
		return NULL;
	}
	m->opt = *o;
	m->cap.shard = o->shard;
	random_bytes(m->key, sizeof m->key);
	if ((m->datagrams = datagrams_new(known, take, m, e)) == NULL || model_ike_start(m, e) < 0) {
		model_free(m);
		return NULL;
	}
	return m;
}

static void tunnel_clear(void *thing)
{
	free(((struct model_tunnel *)thing)->sa);
}

static void capture_clear(struct model_capture *c)
{
	struct evidence *of[] = { &c->cut, &c->back, &c->ahead, &c->damaged, &c->twice, &c->too_big, &c->unreachable, &c->lost_fragments, &c->stray, &c->lone_keepalives };

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		evidence_clear(of[i]);
}

static void clear_clear(void *thing)
{
	evidence_clear(&((struct model_clear *)thing)->at);
}

void model_free(struct model *m)
{
	if (m == NULL)
		return;
	datagrams_free(m->datagrams);
	follow_free(m->follow);
	refusals_free(m->refusals);
	model_open_free(m->opener);
	model_table_clear(&m->peers, NULL);
	model_table_clear(&m->sas, model_sa_clear);
	model_table_clear(&m->ikes, model_ike_clear);
	model_table_clear(&m->tunnels, tunnel_clear);
	model_table_clear(&m->pairs, NULL);
	model_table_clear(&m->clears, clear_clear);
	model_table_clear(&m->others, NULL);
	model_table_clear(&m->alias, NULL);
	model_table_clear(&m->groups, NULL);
	model_table_clear(&m->joined, NULL);
	capture_clear(&m->cap);
	free(m);
}

/* Past what pcap can say: the time between any two packets is a number of 64 bits. */
static int64_t sane_time(int64_t ns)
{
	return ns > NS_MOST ? NS_MOST : ns < -NS_MOST ? -NS_MOST : ns;
}

int model_push(struct model *m, const struct packet *given, struct err *e)
{
	struct packet packet = *given, *p = &packet;
	struct model_capture *c = &m->cap;
	const struct seen_at here = { p->file, p->number, sane_time(p->ns) };

	p->ns = here.ns;
	if (c->frames++ == 0)
		c->first = c->last = p->ns;
	if (c->frames > 1 && p->ns - m->before >= DAY && p->file + 1u == c->files) {
		evidence_add(&c->ahead, here);
		c->ahead_most = p->ns - m->before > c->ahead_most ? p->ns - m->before : c->ahead_most;
	}
	if (p->file >= c->files)
		c->files = p->file + 1u;
	c->bytes += p->len;
	if (p->caplen < p->len)
		evidence_add(&c->cut, here);
	if (c->frames > 1 && p->ns < m->before && (uint64_t)m->before - (uint64_t)p->ns > SECOND)
		evidence_add(&c->back, here);
	m->before = p->ns;
	if (p->ns < c->first)
		c->first = p->ns;
	if (p->ns > c->last)
		c->last = p->ns;
	return datagrams_push(m->datagrams, p, e);
}

static int give_end(void *arg, const struct refusal_end *of, const struct reasons *rows, struct err *e)
{
	struct model *m = arg;
	struct model_ike *ike = (struct model_ike *)model_ike_by_number(m, of->ike_sa);

	(void)e;
	for (unsigned i = 0; ike != NULL && i < rows->n; i++)
		model_ike_why(ike, &rows->row[i], (struct seen_at){ 0, of->frame, 0 });
	return 0;
}

int model_end(struct model *m, struct err *e)
{
	for (uint32_t i = 0; m->opt.guess && i < m->sas.n; i++)
		if (model_guess_end(m, m->sas.at[i], e) < 0)
			return -1;
	if (datagrams_end(m->datagrams, e) < 0 || refusals_end(m->refusals, give_end, m, e) < 0)
		return -1;
	return model_settle(m, e);
}

/* --- looked up, or made --- */

static bool peer_eq(const void *thing, const void *key)
{
	return addr_eq(&((const struct model_peer *)thing)->addr, key);
}

struct model_peer *model_peer_of(struct model *m, const struct addr *addr, uint16_t port)
{
	uint64_t hash = model_hash(m, addr->b, addr_len(addr));
	uint32_t id = model_find(&m->peers, hash, peer_eq, addr);
	struct model_peer *peer;

	if (id == 0) {
		if (m->peers.n >= MODEL_PEERS || (peer = calloc(1, sizeof *peer)) == NULL ||
		    (peer->addr = *addr, id = model_put(&m->peers, hash, peer)) == 0) {
			m->cap.dropped_peers++;
			return NULL;
		}
		peer->id = id;
	}
	peer = m->peers.at[id - 1];
	if (port == 0 || port == 500 || port == 4500)
		return peer;
	for (unsigned i = 0; i < peer->ports; i++)
		if (peer->port[i] == port)
			return peer;
	if (peer->ports < sizeof peer->port / sizeof peer->port[0])
		peer->port[peer->ports++] = port;
	return peer;
}

static bool sa_eq(const void *thing, const void *key)
{
	const struct model_sa *sa = thing;
	const struct model_sa_key *k = key;

	return sa->spi == k->spi && sa->proto == k->proto && addr_eq(&sa->dst, &k->dst);
}

struct model_sa *model_sa_of(struct model *m, enum sa_proto proto, uint32_t spi, const struct addr *dst, bool make)
{
	struct model_sa_key key = { proto, spi, *dst };
	uint64_t hash = model_sa_hash(m, &key);
	uint32_t id = model_find(&m->sas, hash, sa_eq, &key);
	struct model_sa *sa = NULL;

	if (id != 0)
		return m->sas.at[id - 1];
	if (!make)
		return NULL;
	if (m->sas.n >= MODEL_SAS || (sa = calloc(1, sizeof *sa)) == NULL) {
		m->cap.dropped_sas++;
		return NULL;
	}
	*sa = (struct model_sa){ .proto = proto, .spi = spi, .dst = *dst };
	if ((sa->id = model_put(&m->sas, hash, sa)) == 0) {
		m->cap.dropped_sas++;
		free(sa);
		return NULL;
	}
	return sa;
}

/* --- what is given out --- */

void model_set_name(struct model *m, const char *name)
{
	snprintf(m->cap.name, sizeof m->cap.name, "%s", name);
}

const struct sad *model_sad(const struct model *m)
{
	return m->opt.sad;
}

const struct model_capture *model_capture(const struct model *m)
{
	return &m->cap;
}

static const void *at(const struct model_table *t, size_t i)
{
	return i < t->n ? t->at[i] : NULL;
}

const struct model_peer *model_peer_at(const struct model *m, size_t i)
{
	return at(&m->peers, i);
}

const struct model_sa *model_sa_at(const struct model *m, size_t i)
{
	return at(&m->sas, i);
}

const struct model_ike *model_ike_at(const struct model *m, size_t i)
{
	return at(&m->ikes, i);
}

const struct model_clear *model_clear_at(const struct model *m, size_t i)
{
	return at(&m->clears, i);
}

const struct model_tunnel *model_tunnel_at(const struct model *m, size_t i)
{
	return at(&m->tunnels, i);
}
