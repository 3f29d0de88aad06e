#include "report/inspect_json.h"

#include <stdlib.h>
#include <string.h>

#include "packet/ip.h"
#include "report/inspect_words.h"
#include "report/json_member.h"

typedef unsigned long long ull;

/* How often, and the frames that are kept: "twice":3,"twice_frames":[4,9,12]. */
static void evidence(FILE *to, const char *key, const struct evidence *ev, bool files)
{
	char frames[32];

	if (ev->n == 0)
		return;
	json_number(to, key, ev->n);
	snprintf(frames, sizeof frames, "%s_frames", key);
	json_frames(to, frames, ev->at, ev->kept, files);
}

static bool has_files(const struct model *m)
{
	return model_capture(m)->files > 1;
}

void inspect_json_capture(FILE *to, const struct model *m)
{
	const struct model_capture *c = model_capture(m);

	json_begin(to, "capture");
	json_some_text(to, "file", c->name);
	if (c->shard.n > 0)
		fprintf(to, ",\"shard\":\"%u/%u\"", c->shard.k, c->shard.n);
	if (c->files > 1)
		json_number(to, "files", c->files);
	json_number(to, "packets", c->frames);
	json_number(to, "bytes", c->bytes);
	if (c->frames > 0) {
		json_time(to, "first", c->first);
		json_time(to, "last", c->last);
	}
	json_number(to, "ike", c->count[DATAGRAM_IKE]);
	json_number(to, "esp", c->count[DATAGRAM_ESP]);
	json_number(to, "ah", c->count[DATAGRAM_AH]);
	json_number(to, "keepalives", c->count[DATAGRAM_KEEPALIVE]);
	json_number(to, "other", c->count[DATAGRAM_OTHER] + c->count[DATAGRAM_NO_IP]);
	json_some(to, "cut", c->cut.n);
	json_some(to, "damaged", c->damaged.n);
	evidence(to, "twice", &c->twice, has_files(m));
	json_some(to, "lost_fragments", c->lost_fragments.n);
	json_some(to, "path_mtu", c->path_mtu);
	json_some(to, "dropped_sas", c->dropped_sas);
	json_some(to, "dropped_peers", c->dropped_peers);
	json_some(to, "dropped_negotiations", c->dropped_ikes);
	fputs("}\n", to);
}

void inspect_json_peer(FILE *to, const struct model_peer *p)
{
	json_begin(to, "peer");
	json_addr(to, "addr", &p->addr);
	json_number(to, "packets", p->packets);
	json_number(to, "bytes", p->bytes);
	json_number(to, "ike_packets", p->ike_packets);
	json_number(to, "ike_bytes", p->ike_bytes);
	json_some_text(to, "product", p->product);
	json_flag(to, "behind_nat", p->behind_nat);
	fputs("}\n", to);
}

void inspect_json_negotiation(FILE *to, const struct model *m, const struct model_ike *k)
{
	json_begin(to, "negotiation");
	json_number(to, "version", (uint64_t)k->version);
	fprintf(to, ",\"spi_i\":\"0x%016llx\",\"spi_r\":\"0x%016llx\"", (ull)k->spi_i, (ull)k->spi_r);
	inspect_json_ends(to, k);
	if (k->before_i.addr.family != 0) {
		json_addr(to, "before_initiator", &k->before_i.addr);
		json_number(to, "before_initiator_port", k->before_i.port);
		json_addr(to, "before_responder", &k->before_r.addr);
		json_number(to, "before_responder_port", k->before_r.port);
	}
	json_time(to, "first", k->first.ns);
	json_time(to, "last", k->last.ns);
	json_frame_of(to, "frame", &k->first, has_files(m));
	json_number(to, "messages", k->messages);
	json_number(to, "retransmissions", k->retransmissions);
	json_some_text(to, "suite", k->suite);
	json_some_text(to, "id_i", k->id_i);
	json_some_text(to, "id_r", k->id_r);
	json_flag(to, "opened", k->opened);
	json_some(to, "undecrypted", k->undecrypted);
	json_flag(to, "nat_i", k->nat_i);
	json_flag(to, "nat_r", k->nat_r);
	json_flag(to, "mobike", k->mobike);
	json_flag(to, "fragmentation", k->frag_i && k->frag_r);
	json_flag(to, "cookie", k->cookies);
	json_flag(to, "aggressive", k->aggressive);
	if (k->up.frame != 0) {
		json_time(to, "up", k->up.ns);
		json_frame_of(to, "up_frame", &k->up, has_files(m));
	}
	if (k->deleted.frame != 0)
		json_time(to, "deleted", k->deleted.ns);
	json_flag(to, "dead", k->dead);
	if (k->auth_answer != 0 && !k->opened) {
		json_number(to, "auth_answer", k->auth_answer);
		json_frame_of(to, "auth_answer_frame", &k->auth_answer_at, has_files(m));
		json_time(to, "auth_answer_time", k->auth_answer_at.ns);
	}
	json_some(to, "children", k->children);
	json_some(to, "replaces", k->replaces);
	json_number(to, "number", k->number);
	if (k->why.n > 0) {
		fputs(",\"why\":[", to);
		for (unsigned i = 0; i < k->why.n; i++)
			fprintf(to, "%s\"%s\"", i > 0 ? "," : "", k->why.row[i].id);
		putc(']', to);
		json_some_text(to, "failed", inspect_failed(k));
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
	json_number(to, "late_most", t->late_most);
	json_number(to, "window_needed", track_window(t));
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
		json_some_text(to, "encr", sa->sa->encr->name);
	if (sa->sa != NULL && sa->sa->integ != NULL)
		json_some_text(to, "integ", sa->sa->integ->name);
	if (sa->sa != NULL || sa->proto != SA_ESP || cipher_guess(&sa->cipher, text, &percent, &icv) == CIPHER_UNKNOWN)
		return;
	json_some_text(to, "cipher", text);
	json_number(to, "cipher_percent", percent);
	json_some(to, "icv", icv);
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

static void sa_seen(FILE *to, const struct model_sa *sa, bool files)
{
	if (sa->packets == 0)
		return;
	json_time(to, "first", sa->first.ns);
	json_time(to, "last", sa->last.ns);
	json_frame_of(to, "frame", &sa->first, files);
	json_frame_of(to, "last_frame", &sa->last, files);
	fprintf(to, ",\"seq_first\":\"0x%llx\",\"seq_low\":\"0x%llx\",\"seq_top\":\"0x%llx\"", (ull)sa->seq.first, (ull)sa->seq.low,
	    (ull)sa->seq.top);
	json_number(to, "lost", sa->seq.lost);
	json_number(to, "duplicates", sa->seq.duplicates + sa->seq.older);
	evidence(to, "twice", &sa->twice, files);
	json_number(to, "late", sa->seq.late);
	depths(to, &sa->seq);
	json_some(to, "zero", sa->zero.n);
	json_some(to, "reused", sa->seq.reused);
	json_some(to, "restarts", sa->seq.restarts);
	json_some(to, "jumps", sa->seq.jumps);
	gaps(to, &sa->seq);
	json_some(to, "fragmented", sa->fragmented);
	json_some(to, "df", sa->with_df);
	json_number(to, "size_min", sa->min_size);
	json_number(to, "size_max", sa->max_size);
	sizes(to, sa);
	marks(to, sa);
}

static void id_of(FILE *to, const char *key, const struct model_sa *sa)
{
	char text[INSPECT_WORDS];

	json_some_text(to, key, inspect_sa_id(text, sa));
}

/* Where it is not as in the last packet. */
static void addresses(FILE *to, const struct model_sa *sa, bool files)
{
	if (sa->packets > 0 && (!addr_eq(&sa->first_src, &sa->src) || sa->first_sport != sa->sport || sa->first_dport != sa->dport)) {
		json_addr(to, "first_src", &sa->first_src);
		json_some(to, "first_sport", sa->first_sport);
		json_some(to, "first_dport", sa->first_dport);
	}
	if (sa->rebound.frame != 0) {
		json_time(to, "rebound", sa->rebound.ns);
		json_frame_of(to, "rebound_frame", &sa->rebound, files);
	}
	json_addr(to, "nat_from", &sa->nat_from);
	json_addr(to, "nat_to", &sa->nat_to);
}

void inspect_json_sa(FILE *to, const struct model *m, const struct model_sa *sa)
{
	json_begin(to, "sa");
	fprintf(to, ",\"proto\":\"%s\",\"spi\":\"0x%08x\"", sa_proto_name(sa->proto), sa->spi);
	json_addr(to, "src", &sa->src);
	json_addr(to, "dst", &sa->dst);
	if (sa->carrier == IP_UDP || sa->carrier == IP_TCP) {
		json_some_text(to, "encap", sa->carrier == IP_UDP ? "udp" : "tcp");
		json_number(to, "sport", sa->sport);
		json_number(to, "dport", sa->dport);
	}
	addresses(to, sa, has_files(m));
	json_number(to, "packets", sa->packets);
	json_number(to, "bytes", sa->bytes);
	sa_seen(to, sa, has_files(m));
	json_some(to, "opened", sa->opened);
	json_some(to, "inner_bytes", sa->inner_bytes);
	json_some(to, "overhead_most", sa->overhead_most);
	json_flag(to, "esn", sa->esn);
	json_flag(to, "wesp", sa->wesp);
	cipher(to, sa);
	verdicts(to, sa);
	id_of(to, "id", sa);
	json_some(to, "negotiation", sa->ike);
	if (sa->up.frame != 0)
		json_time(to, "up", sa->up.ns);
	if (sa->deleted.frame != 0)
		json_time(to, "deleted", sa->deleted.ns);
	series(to, &sa->series);
	fputs("}\n", to);
}
