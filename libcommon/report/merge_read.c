/* The lines of a report, as far as joining them needs. */
#include "report/merge_member.h"
#include "report/merge_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/ip.h"

static int keep(struct merge_lines *l, const char *text, size_t n, struct merge_line line, struct err *e)
{
	size_t room = l->room == 0 ? 64 : l->room * 2;
	struct merge_line *at;

	if (l->n == l->room) {
		if ((at = realloc(l->at, room * sizeof *at)) == NULL)
			return err_nomem(e);
		l->at = at;
		l->room = room;
	}
	if ((line.text = malloc(n)) == NULL)
		return err_nomem(e);
	memcpy(line.text, text, n);
	line.n = n;
	l->at[l->n++] = line;
	return 0;
}

static void lines_clear(struct merge_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i].text);
	free(l->at);
}

void merge_capture_free(struct merge_capture *c)
{
	for (uint32_t i = 0; i < c->model.tunnels.n; i++)
		free(((struct model_tunnel *)c->model.tunnels.at[i])->sa);
	model_table_clear(&c->model.tunnels, NULL);
	model_table_clear(&c->model.pairs, NULL);
	model_table_clear(&c->model.joined, NULL);
	model_table_clear(&c->model.peers, NULL);
	model_table_clear(&c->model.sas, model_sa_clear);
	model_table_clear(&c->model.ikes, model_ike_clear);
	evidence_clear(&c->model.cap.twice);
	lines_clear(&c->sas);
	lines_clear(&c->ikes);
	diagnoses_clear(&c->found);
	free(c->share);
	free(c);
}

/* --- lines --- */

static int shard_of(const struct jval *v, struct shard *s, struct err *e)
{
	struct jval x = jval_get(v, "shard");
	const char *text = jval_text(&x, NULL);

	*s = (struct shard){ 0 };
	return text == NULL || shard_parse(s, text, e) == 0 ? 0 : jval_blame(&x, e);
}

static struct merge_capture *find_capture(struct merge *g, const char *name, unsigned n)
{
	for (size_t i = 0; n > 0 && i < g->n; i++)
		if (g->capture[i]->shares == n && strcmp(g->capture[i]->model.cap.name, name) == 0)
			return g->capture[i];
	return NULL;
}

static int read_counts(struct model_capture *c, const struct jval *v, struct err *e)
{
	static const struct { const char *key; enum datagram_kind kind; } kinds[] = { { "ike", DATAGRAM_IKE }, { "esp", DATAGRAM_ESP },
		{ "ah", DATAGRAM_AH }, { "keepalives", DATAGRAM_KEEPALIVE }, { "other", DATAGRAM_OTHER } };
	uint64_t mtu, dropped[3];

	if (merge_may(v, "files", &c->files, e) < 0 || merge_need(v, "packets", &c->frames, e) < 0 || merge_need(v, "bytes", &c->bytes, e) < 0 || merge_when(v, "first", &c->first, e) < 0 ||
	    merge_when(v, "last", &c->last, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (merge_need(v, kinds[i].key, &c->count[kinds[i].kind], e) < 0)
			return -1;
	if (merge_may(v, "path_mtu", &mtu, e) < 0 || merge_may(v, "cut", &c->cut.n, e) < 0 || merge_may(v, "damaged", &c->damaged.n, e) < 0 ||
	    merge_may(v, "lost_fragments", &c->lost_fragments.n, e) < 0 || merge_may(v, "dropped_sas", &dropped[0], e) < 0 ||
	    merge_may(v, "dropped_peers", &dropped[1], e) < 0 || merge_may(v, "dropped_negotiations", &dropped[2], e) < 0)
		return -1;
	c->path_mtu = (uint32_t)mtu;
	c->dropped_sas += dropped[0];
	c->dropped_peers = dropped[1] > c->dropped_peers ? dropped[1] : c->dropped_peers;
	c->dropped_ikes = dropped[2] > c->dropped_ikes ? dropped[2] : c->dropped_ikes;
	return 0;
}

int merge_read_capture(struct merge *g, const struct jval *v, struct err *e)
{
	const char *name = merge_word(v, "file");
	struct merge_capture *c;
	struct shard shard;
	unsigned k, n;

	if (shard_of(v, &shard, e) < 0)
		return -1;
	k = shard.k;
	n = shard.n;
	if ((c = find_capture(g, name, n)) == NULL) {
		if (g->n == MERGE_CAPTURES)
			return err_set(e, "found more than %d captures", MERGE_CAPTURES);
		if ((c = calloc(1, sizeof *c)) == NULL || (n > 0 && (c->share = calloc(n, sizeof *c->share)) == NULL)) {
			free(c);
			return err_nomem(e);
		}
		c->shares = n;
		model_set_name(&c->model, name);
		g->capture[g->n++] = c;
		if (merge_evidence(v, "twice", &c->model.cap.twice, e) < 0)
			return -1;
	}
	if (n > 0 && c->share[k - 1])
		return jval_err(v, e, "share %u/%u of \"%.200s\" is here twice", k, n, name);
	if (n > 0)
		c->share[k - 1] = true;
	c->read++;
	g->now = c;
	return read_counts(&c->model.cap, v, e);
}

static const char *product_of(const char *name)
{
	const struct ike_vendor *row;

	for (size_t i = 0; (row = ike_vendor_row(i)) != NULL; i++)
		if (strcmp(row->name, name) == 0)
			return row->name;
	return NULL;
}

/* IKE is in all shares, the rest in one each. */
int merge_read_peer(struct merge_capture *c, const struct jval *v, struct err *e)
{
	uint64_t packets, bytes, ike_packets, ike_bytes;
	struct model_peer *p;
	struct addr a;

	if (merge_addr(v, "addr", &a, e) < 0 || merge_need(v, "packets", &packets, e) < 0 || merge_need(v, "bytes", &bytes, e) < 0 ||
	    merge_need(v, "ike_packets", &ike_packets, e) < 0 || merge_need(v, "ike_bytes", &ike_bytes, e) < 0)
		return -1;
	if (packets < ike_packets || bytes < ike_bytes)
		return jval_err(v, e, "found fewer packets than packets of IKE");
	if ((p = model_peer_of(&c->model, &a, 0)) == NULL)
		return 0;			/* shares have more in all than a report holds: counted */
	if (p->packets == 0) {
		p->packets = p->ike_packets = ike_packets;
		p->bytes = p->ike_bytes = ike_bytes;
	}
	p->packets += packets - ike_packets;
	p->bytes += bytes - ike_bytes;
	p->behind_nat |= merge_flag(v, "behind_nat");
	if (p->product == NULL && merge_word(v, "product")[0] != '\0')
		p->product = product_of(merge_word(v, "product"));
	return 0;
}

/* Why it went wrong; what ended it is an error, of the others nobody asks how bad they are. */
static int read_whys(struct model_ike *k, const struct jval *v, struct err *e)
{
	struct jval why = jval_get(v, "why");
	const char *failed = merge_word(v, "failed");

	for (size_t i = 0; jval_kind(&why) == J_ARRAY && i < jval_count(&why) && k->why.n < REASONS_MAX; i++) {
		struct jval x = jval_at(&why, i);
		const char *name = jval_text(&x, NULL), *id;
		const char *reference;
		unsigned weight;

		if (name == NULL || (id = diagnose_id(name, &weight, &reference)) == NULL)
			return jval_err(&x, e, "found a reason that this version does not know");
		model_ike_why(k, &(struct reason){ .id = id, .level = strcmp(id, failed) == 0 ? REASON_ERROR : REASON_WARNING },
		    (struct seen_at){ 0 });
	}
	return 0;
}

static int read_ike(struct model_ike *k, const struct jval *v, struct err *e)
{
	uint64_t version, ip, rp, children, answer, before_ip, before_rp;

	if (merge_need(v, "version", &version, e) < 0 || merge_need(v, "spi_i", &k->spi_i, e) < 0 || merge_need(v, "spi_r", &k->spi_r, e) < 0 ||
	    merge_may_addr(v, "before_initiator", &k->before_i.addr, e) < 0 || merge_may_addr(v, "before_responder", &k->before_r.addr, e) < 0 ||
	    merge_may(v, "before_initiator_port", &before_ip, e) < 0 || merge_may(v, "before_responder_port", &before_rp, e) < 0 ||
	    merge_addr(v, "initiator", &k->i.addr, e) < 0 || merge_addr(v, "responder", &k->r.addr, e) < 0 ||
	    merge_need(v, "initiator_port", &ip, e) < 0 || merge_need(v, "responder_port", &rp, e) < 0 || merge_need(v, "messages", &k->messages, e) < 0 ||
	    merge_may(v, "children", &children, e) < 0 || merge_may(v, "replaces", &k->replaces, e) < 0 || merge_frame(v, "frame", &k->first, e) < 0 ||
	    merge_frame(v, "up_frame", &k->up, e) < 0 || merge_may(v, "undecrypted", &k->undecrypted, e) < 0 || merge_when(v, "up", &k->up.ns, e) < 0 || merge_when(v, "first", &k->first.ns, e) < 0 ||
	    merge_when(v, "last", &k->last.ns, e) < 0 || merge_when(v, "deleted", &k->deleted.ns, e) < 0 || merge_may(v, "auth_answer", &answer, e) < 0 ||
	    merge_frame(v, "auth_answer_frame", &k->auth_answer_at, e) < 0 || merge_when(v, "auth_answer_time", &k->auth_answer_at.ns, e) < 0)
		return -1;
	k->version = (int)version;
	k->i.port = (uint16_t)ip;
	k->r.port = (uint16_t)rp;
	k->before_i.port = (uint16_t)before_ip;
	k->before_r.port = (uint16_t)before_rp;
	k->children = (unsigned)children;
	k->auth_answer = (uint32_t)answer;
	k->dead = merge_flag(v, "dead");
	k->opened = merge_flag(v, "opened");
	k->nat_i = merge_flag(v, "nat_i");
	k->nat_r = merge_flag(v, "nat_r");
	snprintf(k->suite, sizeof k->suite, "%s", merge_word(v, "suite"));
	snprintf(k->id_i, sizeof k->id_i, "%s", merge_word(v, "id_i"));
	snprintf(k->id_r, sizeof k->id_r, "%s", merge_word(v, "id_r"));
	return read_whys(k, v, e);
}

int merge_read_negotiation(struct merge_capture *c, const struct jval *v, const char *text, size_t n, struct err *e)
{
	struct follow_sa sa = { 0 };
	struct model_ike *k;

	if (merge_need(v, "number", &sa.number, e) < 0)
		return -1;
	if (model_ike_by_number(&c->model, sa.number) != NULL)
		return 0;			/* another share said it */
	if ((k = model_ike_of(&c->model, &sa)) == NULL)
		return err_nomem(e);
	return read_ike(k, v, e) < 0 ? -1 : keep(&c->ikes, text, n, (struct merge_line){ .number = sa.number }, e);
}

static int read_verdicts(struct model_sa *sa, const struct jval *v, struct err *e)
{
	struct jval all = jval_get(v, "verdicts"), one = { 0 };
	uint64_t n;

	while (jval_kind(&all) == J_OBJECT && jval_next(&all, &one))
		for (unsigned i = 0; i < V_COUNT; i++)
			if (strcmp(one.key, verdict_name((enum verdict)i)) == 0) {
				if (jval_uint(&one, &n, 0, UINT64_MAX, e) < 0)
					return -1;
				sa->count[i] = n;
			}
	return 0;
}

/* What became of the ends: where it came from at first, a NAT's new port, both sides of a NAT. */
static int read_addresses(struct model_sa *sa, const struct jval *v, struct err *e)
{
	uint64_t sport, dport;

	if (merge_may_addr(v, "first_src", &sa->first_src, e) < 0 || merge_may(v, "first_sport", &sport, e) < 0 ||
	    merge_may(v, "first_dport", &dport, e) < 0 || merge_when(v, "rebound", &sa->rebound.ns, e) < 0 ||
	    merge_frame(v, "rebound_frame", &sa->rebound, e) < 0 || merge_may_addr(v, "nat_from", &sa->nat_from, e) < 0 ||
	    merge_may_addr(v, "nat_to", &sa->nat_to, e) < 0 || merge_when(v, "deleted", &sa->deleted.ns, e) < 0)
		return -1;
	sa->first_sport = (uint16_t)sport;
	sa->first_dport = (uint16_t)dport;
	return 0;
}

static int read_sa(struct model_sa *sa, const struct jval *v, struct err *e)
{
	const char *encap = merge_word(v, "encap"), *encr = merge_word(v, "encr"), *integ = merge_word(v, "integ"), *cipher = merge_word(v, "cipher");
	uint64_t sport, dport, percent;

	if (merge_may_addr(v, "src", &sa->src, e) < 0 || merge_need(v, "packets", &sa->packets, e) < 0 || merge_need(v, "bytes", &sa->bytes, e) < 0 ||
	    merge_when(v, "first", &sa->first.ns, e) < 0 || merge_when(v, "last", &sa->last.ns, e) < 0 || merge_frame(v, "frame", &sa->first, e) < 0 ||
	    merge_frame(v, "last_frame", &sa->last, e) < 0 ||
	    merge_may(v, "lost", &sa->seq.lost, e) < 0 || merge_may(v, "late", &sa->seq.late, e) < 0 ||
	    merge_may(v, "duplicates", &sa->seq.duplicates, e) < 0 || merge_may(v, "seq_low", &sa->seq.low, e) < 0 ||
	    merge_may(v, "seq_top", &sa->seq.top, e) < 0 || merge_may(v, "sport", &sport, e) < 0 || merge_may(v, "dport", &dport, e) < 0 ||
	    merge_may(v, "cipher_percent", &percent, e) < 0 || merge_when(v, "up", &sa->up.ns, e) < 0 || merge_evidence(v, "twice", &sa->twice, e) < 0 ||
	    read_verdicts(sa, v, e) < 0)
		return -1;
	if (read_addresses(sa, v, e) < 0)
		return -1;
	sa->wesp = merge_flag(v, "wesp");
	sa->sport = (uint16_t)sport;
	sa->dport = (uint16_t)dport;
	sa->carrier = strcmp(encap, "udp") == 0 ? IP_UDP : strcmp(encap, "tcp") == 0 ? IP_TCP :
	    sa->proto == SA_AH ? IPPROTO_AH_ : sa->proto == SA_ESP ? IPPROTO_ESP_ : 0;
	if (cipher[0] != '\0')
		snprintf(sa->cipher_said, sizeof sa->cipher_said, "%.110s, %llu %%", cipher, (unsigned long long)percent);
	else
		snprintf(sa->cipher_said, sizeof sa->cipher_said, "%.36s%s%.36s", encr, encr[0] != '\0' && integ[0] != '\0' ? " " : "", integ);
	return 0;
}

/* Its words, instead of those that are there. */
static int replace(struct merge_line *l, const char *text, size_t n, struct err *e)
{
	char *copy = realloc(l->text, n);

	if (copy == NULL)
		return err_nomem(e);
	memcpy(copy, text, n);
	l->text = copy;
	l->n = n;
	return 0;
}

int merge_read_sa(struct merge_capture *c, const struct jval *v, const char *text, size_t n, struct err *e)
{
	int proto = merge_proto(v);
	struct model_sa *sa;
	struct addr dst;
	uint64_t spi, packets;

	if (proto < 0)
		return jval_err(v, e, "found no protocol, wanted esp, ah or ipcomp");
	if (merge_need(v, "spi", &spi, e) < 0 || merge_addr(v, "dst", &dst, e) < 0 || merge_need(v, "packets", &packets, e) < 0)
		return -1;
	if ((sa = model_sa_of(&c->model, (enum sa_proto)proto, (uint32_t)spi, &dst, false)) != NULL) {
		if (packets == 0 || sa->packets > 0)
			return 0;		/* another share has it, or nobody has packets of it */
		/* the negotiation named it there, its packets are here */
		return read_sa(sa, v, e) < 0 ? -1 : replace(&c->sas.at[sa->id - 1], text, n, e);
	}
	if ((sa = model_sa_of(&c->model, (enum sa_proto)proto, (uint32_t)spi, &dst, true)) == NULL) {
		c->model.cap.dropped_sas += packets > 0 ? packets - 1 : 0;
		return 0;
	}
	return read_sa(sa, v, e) < 0 ? -1 : keep(&c->sas, text, n, (struct merge_line){ .sa = sa }, e);
}
