#include "report/inspect_json.h"

#include <stdlib.h>
#include <string.h>

#include "packet/ip.h"
#include "report/inspect_words.h"
#include "report/json_text.h"

typedef unsigned long long ull;

static void begin(FILE *to, const char *event)
{
	fprintf(to, "{\"type\":\"event\",\"event\":\"%s\"", event);
}

static void addr(FILE *to, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	if (a->family != 0)
		json_text(to, key, addr_format(text, a));
}

static void when(FILE *to, const char *key, int64_t ns)
{
	char text[TIME_TEXT];

	json_text(to, key, time_format(text, ns));
}

static void number(FILE *to, const char *key, uint64_t v)
{
	fprintf(to, ",\"%s\":%llu", key, (ull)v);
}

static void some(FILE *to, const char *key, uint64_t v)
{
	if (v > 0)
		number(to, key, v);
}

static void flag(FILE *to, const char *key, bool v)
{
	if (v)
		fprintf(to, ",\"%s\":true", key);
}

/* How often, and the frames that are kept: "twice":3,"twice_frames":[4,9,12]. */
static void evidence(FILE *to, const char *key, const struct evidence *ev)
{
	if (ev->n == 0)
		return;
	number(to, key, ev->n);
	fprintf(to, ",\"%s_frames\":[", key);
	for (unsigned i = 0; i < ev->kept; i++)
		fprintf(to, "%s%llu", i > 0 ? "," : "", (ull)ev->at[i].frame);
	putc(']', to);
}

static void word(FILE *to, const char *key, const char *text)
{
	if (text != NULL && *text != '\0')
		json_text(to, key, text);
}

void inspect_json_capture(FILE *to, const struct model *m)
{
	const struct model_capture *c = model_capture(m);

	begin(to, "capture");
	word(to, "file", c->name);
	if (c->shard.n > 0)
		fprintf(to, ",\"shard\":\"%u/%u\"", c->shard.k, c->shard.n);
	number(to, "packets", c->frames);
	number(to, "bytes", c->bytes);
	if (c->frames > 0) {
		when(to, "first", c->first);
		when(to, "last", c->last);
	}
	number(to, "ike", c->count[DATAGRAM_IKE]);
	number(to, "esp", c->count[DATAGRAM_ESP]);
	number(to, "ah", c->count[DATAGRAM_AH]);
	number(to, "keepalives", c->count[DATAGRAM_KEEPALIVE]);
	number(to, "other", c->count[DATAGRAM_OTHER] + c->count[DATAGRAM_NO_IP]);
	some(to, "cut", c->cut.n);
	some(to, "damaged", c->damaged.n);
	evidence(to, "twice", &c->twice);
	some(to, "lost_fragments", c->lost_fragments.n);
	some(to, "path_mtu", c->path_mtu);
	some(to, "dropped_sas", c->dropped_sas);
	some(to, "dropped_peers", c->dropped_peers);
	some(to, "dropped_negotiations", c->dropped_ikes);
	fputs("}\n", to);
}

void inspect_json_peer(FILE *to, const struct model_peer *p)
{
	begin(to, "peer");
	addr(to, "addr", &p->addr);
	number(to, "packets", p->packets);
	number(to, "bytes", p->bytes);
	number(to, "ike_packets", p->ike_packets);
	number(to, "ike_bytes", p->ike_bytes);
	word(to, "product", p->product);
	flag(to, "behind_nat", p->behind_nat);
	fputs("}\n", to);
}

static void ends(FILE *to, const struct model_ike *k)
{
	addr(to, "initiator", &k->i.addr);
	number(to, "initiator_port", k->i.port);
	addr(to, "responder", &k->r.addr);
	number(to, "responder_port", k->r.port);
}

void inspect_json_negotiation(FILE *to, const struct model_ike *k)
{
	begin(to, "negotiation");
	number(to, "version", (uint64_t)k->version);
	fprintf(to, ",\"spi_i\":\"0x%016llx\",\"spi_r\":\"0x%016llx\"", (ull)k->spi_i, (ull)k->spi_r);
	ends(to, k);
	when(to, "first", k->first.ns);
	when(to, "last", k->last.ns);
	number(to, "frame", k->first.frame);
	number(to, "messages", k->messages);
	number(to, "retransmissions", k->retransmissions);
	word(to, "suite", k->suite);
	word(to, "id_i", k->id_i);
	word(to, "id_r", k->id_r);
	flag(to, "opened", k->opened);
	flag(to, "nat_i", k->nat_i);
	flag(to, "nat_r", k->nat_r);
	flag(to, "mobike", k->mobike);
	flag(to, "fragmentation", k->frag_i && k->frag_r);
	flag(to, "cookie", k->cookies);
	flag(to, "aggressive", k->aggressive);
	if (k->up.frame != 0) {
		when(to, "up", k->up.ns);
		number(to, "up_frame", k->up.frame);
	}
	if (k->deleted.frame != 0)
		when(to, "deleted", k->deleted.ns);
	flag(to, "dead", k->dead);
	if (k->auth_answer != 0 && !k->opened) {
		number(to, "auth_answer", k->auth_answer);
		number(to, "auth_answer_frame", k->auth_answer_at.frame);
		when(to, "auth_answer_time", k->auth_answer_at.ns);
	}
	some(to, "children", k->children);
	some(to, "replaces", k->replaces);
	number(to, "number", k->number);
	if (k->why.n > 0) {
		fputs(",\"why\":[", to);
		for (unsigned i = 0; i < k->why.n; i++)
			fprintf(to, "%s\"%s\"", i > 0 ? "," : "", k->why.row[i].id);
		putc(']', to);
	}
	fputs("}\n", to);
}

static void depths(FILE *to, const struct track *t)
{
	if (t->late == 0)
		return;
	fputs(",\"late_by\":{", to);
	for (unsigned i = 0, n = 0; i < TRACK_DEPTHS; i++)
		if (t->depth[i] > 0)
			fprintf(to, "%s\"%u\":%llu", n++ > 0 ? "," : "", 1u << i, (ull)t->depth[i]);
	putc('}', to);
	number(to, "late_most", t->late_most);
	number(to, "window_needed", track_window(t));
}

/* The largest, and the sizes that are counted one by one. */
static void gaps(FILE *to, const struct track *t)
{
	for (unsigned i = 0; i < t->ngaps; i++)
		fprintf(to, "%s{\"from\":\"0x%llx\",\"lost\":%llu}", i == 0 ? ",\"gaps\":[" : ",", (ull)t->gap[i].from, (ull)t->gap[i].n);
	if (t->ngaps > 0)
		putc(']', to);
}

static void sizes(FILE *to, const struct model_sa *sa)
{
	for (unsigned i = 0; i < sa->nsizes; i++)
		fprintf(to, "%s\"%u\":%llu", i == 0 ? ",\"sizes\":{" : ",", sa->sizes[i].size, (ull)sa->sizes[i].n);
	if (sa->nsizes > 0)
		putc('}', to);
}

static void verdicts(FILE *to, const struct model_sa *sa)
{
	unsigned n = 0;

	for (unsigned v = 0; v < V_COUNT; v++)
		if (sa->count[v] > 0)
			fprintf(to, "%s\"%s\":%llu", n++ == 0 ? ",\"verdicts\":{" : ",", verdict_name((enum verdict)v), (ull)sa->count[v]);
	if (n > 0)
		putc('}', to);
	n = 0;
	for (unsigned w = 0; w < WHY_COUNT; w++)
		if (sa->why[w] > 0)
			fprintf(to, "%s\"%s\":%llu", n++ == 0 ? ",\"why\":{" : ",", explain_name((enum explain_why)w), (ull)sa->why[w]);
	if (n > 0)
		putc('}', to);
}

static void marks(FILE *to, const struct model_sa *sa)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++)
		if (sa->marked[i] > 0)
			fprintf(to, "%s\"%u\":%llu", n++ == 0 ? ",\"dscp\":{" : ",", i, (ull)sa->marked[i]);
	if (n > 0)
		putc('}', to);
}

static void cipher(FILE *to, const struct model_sa *sa)
{
	char text[CIPHER_TEXT];
	unsigned percent, icv;

	if (sa->sa != NULL && sa->sa->encr != NULL)
		word(to, "encr", sa->sa->encr->name);
	if (sa->sa != NULL && sa->sa->integ != NULL)
		word(to, "integ", sa->sa->integ->name);
	if (sa->sa != NULL || sa->proto != SA_ESP || cipher_guess(&sa->cipher, text, &percent, &icv) == CIPHER_UNKNOWN)
		return;
	word(to, "cipher", text);
	number(to, "cipher_percent", percent);
	some(to, "icv", icv);
}

static void series(FILE *to, const struct model_series *s)
{
	if (s->n == 0)
		return;
	fprintf(to, ",\"series\":{\"step\":%.3f,\"packets\":[", (double)s->step / 1e9);
	for (unsigned i = 0; i < s->n; i++)
		fprintf(to, "%s%u", i > 0 ? "," : "", s->point[i].packets);
	fputs("],\"bytes\":[", to);
	for (unsigned i = 0; i < s->n; i++)
		fprintf(to, "%s%llu", i > 0 ? "," : "", (ull)s->point[i].bytes);
	fputs("],\"lost\":[", to);
	for (unsigned i = 0; i < s->n; i++)
		fprintf(to, "%s%u", i > 0 ? "," : "", s->point[i].lost);
	fputs("],\"top\":[", to);
	for (unsigned i = 0; i < s->n; i++)
		fprintf(to, "%s%llu", i > 0 ? "," : "", (ull)s->point[i].top);
	fputs("]}", to);
}

static void sa_seen(FILE *to, const struct model_sa *sa)
{
	if (sa->packets == 0)
		return;
	when(to, "first", sa->first.ns);
	when(to, "last", sa->last.ns);
	number(to, "frame", sa->first.frame);
	fprintf(to, ",\"seq_first\":\"0x%llx\",\"seq_low\":\"0x%llx\",\"seq_top\":\"0x%llx\"", (ull)sa->seq.first, (ull)sa->seq.low,
	    (ull)sa->seq.top);
	number(to, "lost", sa->seq.lost);
	number(to, "duplicates", sa->seq.duplicates + sa->seq.older);
	evidence(to, "twice", &sa->twice);
	number(to, "late", sa->seq.late);
	depths(to, &sa->seq);
	some(to, "restarts", sa->seq.restarts);
	some(to, "jumps", sa->seq.jumps);
	gaps(to, &sa->seq);
	some(to, "fragmented", sa->fragmented);
	some(to, "df", sa->with_df);
	number(to, "size_min", sa->min_size);
	number(to, "size_max", sa->max_size);
	sizes(to, sa);
	marks(to, sa);
}

static void id_of(FILE *to, const char *key, const struct model_sa *sa)
{
	char text[INSPECT_WORDS];

	word(to, key, inspect_sa_id(text, sa));
}

void inspect_json_sa(FILE *to, const struct model_sa *sa)
{
	begin(to, "sa");
	fprintf(to, ",\"proto\":\"%s\",\"spi\":\"0x%08x\"", sa_proto_name(sa->proto), sa->spi);
	addr(to, "src", &sa->src);
	addr(to, "dst", &sa->dst);
	if (sa->carrier == IP_UDP || sa->carrier == IP_TCP) {
		word(to, "encap", sa->carrier == IP_UDP ? "udp" : "tcp");
		number(to, "sport", sa->sport);
		number(to, "dport", sa->dport);
	}
	number(to, "packets", sa->packets);
	number(to, "bytes", sa->bytes);
	sa_seen(to, sa);
	some(to, "opened", sa->opened);
	some(to, "inner_bytes", sa->inner_bytes);
	some(to, "overhead_most", sa->overhead_most);
	flag(to, "esn", sa->esn);
	flag(to, "wesp", sa->wesp);
	cipher(to, sa);
	verdicts(to, sa);
	id_of(to, "id", sa);
	some(to, "negotiation", sa->ike);
	if (sa->up.frame != 0)
		when(to, "up", sa->up.ns);
	if (sa->deleted.frame != 0)
		when(to, "deleted", sa->deleted.ns);
	series(to, &sa->series);
	fputs("}\n", to);
}

static void total(FILE *to, const char *key, const struct model_total *t)
{
	fprintf(to, ",\"%s\":{\"packets\":%llu,\"bytes\":%llu,\"lost\":%llu}", key, (ull)t->packets, (ull)t->bytes, (ull)t->lost);
}

static void id_list(FILE *to, const struct model *m, const struct model_tunnel *t)
{
	char text[INSPECT_WORDS], old[INSPECT_WORDS];
	unsigned n = 0;

	fputs(",\"sas\":[", to);
	for (unsigned i = 0; i < t->nsa; i++)
		fprintf(to, "%s\"%s\"", i > 0 ? "," : "", inspect_sa_id(text, model_sa_at(m, t->sa[i] - 1)));
	putc(']', to);
	for (unsigned i = 0; i < t->nsa; i++) {
		const struct model_sa *sa = model_sa_at(m, t->sa[i] - 1);

		if (sa->replaces != 0)
			fprintf(to, "%s\"%s\":\"%s\"", n++ == 0 ? ",\"replaced\":{" : ",", inspect_sa_id(text, sa),
			    inspect_sa_id(old, model_sa_at(m, sa->replaces - 1)));
	}
	if (n > 0)
		putc('}', to);
}

void inspect_json_tunnel(FILE *to, const struct model *m, const struct model_tunnel *t)
{
	const struct model_peer *a = t->peer_a > 0 ? model_peer_at(m, t->peer_a - 1) : NULL;
	const struct model_peer *b = t->peer_b > 0 ? model_peer_at(m, t->peer_b - 1) : NULL;

	begin(to, "tunnel");
	if (a != NULL)
		addr(to, "a", &a->addr);
	if (b != NULL)
		addr(to, "b", &b->addr);
	number(to, "generations", t->generations);
	id_list(to, m, t);
	total(to, "from_a", &t->from_a);
	total(to, "from_b", &t->from_b);
	fputs("}\n", to);
}

static void subject(FILE *to, const struct subject *s)
{
	if (s->sa != NULL) {
		fprintf(to, ",\"spi\":\"0x%08x\"", s->sa->spi);
		addr(to, "src", &s->sa->src);
		addr(to, "dst", &s->sa->dst);
	}
	if (s->ike != NULL) {
		ends(to, s->ike);
		number(to, "negotiation", s->ike->number);
	}
}

void inspect_json_finding(FILE *to, const struct model *m, const struct diagnosis *d)
{
	bool files = model_capture(m)->files > 1;

	begin(to, "finding");
	word(to, "id", d->id);
	word(to, "severity", severity_name(d->severity));
	word(to, "text", d->text);
	word(to, "advice", d->advice);
	word(to, "reference", d->reference);
	number(to, "times", d->times);
	some(to, "more", d->more);
	subject(to, &d->of);
	fputs(d->n > 0 ? ",\"packets\":[" : "}\n", to);
	for (unsigned i = 0; i < d->n; i++)
		if (files)
			fprintf(to, "%s\"%u:%llu\"", i > 0 ? "," : "", d->at[i].file + 1u, (ull)d->at[i].frame);
		else
			fprintf(to, "%s%llu", i > 0 ? "," : "", (ull)d->at[i].frame);
	if (d->n > 0)
		fputs("]}\n", to);
}
