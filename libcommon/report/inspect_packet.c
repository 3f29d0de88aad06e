#include "report/inspect_packet.h"

#include "base/rd.h"
#include "packet/ip.h"
#include "report/ike_words.h"
#include "report/json_text.h"
#include "report/words.h"

typedef unsigned long long ull;

static const char *const kinds[] = {
	[DATAGRAM_OTHER] = "other", [DATAGRAM_IKE] = "ike", [DATAGRAM_ESP] = "esp", [DATAGRAM_AH] = "ah",
	[DATAGRAM_KEEPALIVE] = "keepalive", [DATAGRAM_LOST] = "lost-fragments", [DATAGRAM_CUT] = "cut", [DATAGRAM_BAD] = "bad",
	[DATAGRAM_NO_IP] = "no-ip",
};

static void put_end(struct words *w, const struct addr *a, uint16_t port)
{
	char text[ADDR_TEXT];

	if (a->family == 0)
		words_put(w, "-");
	else if (port != 0)
		words_put(w, a->family == 6 ? "[%s]:%u" : "%s:%u", addr_format(text, a), port);
	else
		words_put(w, "%s", addr_format(text, a));
}

static bool is_unusual(enum track_news n)
{
	return n != TRACK_FIRST && n != TRACK_NEXT;
}

static void put_esp(struct words *w, const struct model_packet *p)
{
	const struct model_sa *sa = p->sa;

	if (sa == NULL)
		return;
	words_put(w, " 0x%08x seq %llu len %zu", sa->spi, (ull)p->seq, p->d->whole);
	if (p->judged)
		words_put(w, " %s", verdict_name(p->verdict));
	if (is_unusual(p->news))
		words_put(w, " %s", track_news_name(p->news));
	if (p->lost_before > 0)
		words_put(w, " of %llu", (ull)p->lost_before);
	if (p->why != NULL)
		words_put(w, " why %s", p->why);
}

static void put_ike(struct words *w, const struct model_packet *p)
{
	const struct follow_message *m = p->message;
	const struct ike_hdr *h;
	char text[400];

	if (m == NULL || m->m == NULL)
		return;
	h = &m->m->hdr;
	words_put(w, " %016llx/%016llx %s %u %s len %zu", (ull)h->spi_i, (ull)h->spi_r,
	    ike_exchange_name(ike_is_v1(h->version) ? IKE_V1 : IKE_V2, h->exchange) != NULL ?
	    ike_exchange_name(ike_is_v1(h->version) ? IKE_V1 : IKE_V2, h->exchange) : "unknown", h->message_id,
	    ike_hdr_is_v1(h) ? "v1" : m->response ? "response" : "request", p->d->whole);
	if (m->fragments > 0 && !m->whole)
		words_put(w, " fragment %u of %u", m->fragment, m->fragments);
	words_put(w, " %s", ike_payloads_text(text, sizeof text, ike_message_payloads(m->m)));
	if (m->verdict != V_OK)
		words_put(w, " %s", verdict_name(m->verdict));
	if (m->repeats != 0)
		words_put(w, " again %llu", (ull)m->repeats);
}

static void put_what(struct words *w, const struct model_packet *p)
{
	words_put(w, "%s", kinds[p->d->kind]);
	if (p->d->kind == DATAGRAM_ESP || p->d->kind == DATAGRAM_AH)
		put_esp(w, p);
	else if (p->d->kind == DATAGRAM_IKE)
		put_ike(w, p);
	else if (p->d->kind == DATAGRAM_OTHER)
		words_put(w, " protocol %u len %u", p->d->proto, p->d->ip.len);
}

char *inspect_packet_line(char out[PACKET_LINE], const struct model_packet *p, int64_t start, bool files)
{
	struct words w = words_of(out, PACKET_LINE);

	if (files)
		words_put(&w, "%u:", p->at.file + 1u);
	words_put(&w, "%llu %.6f ", (ull)p->at.frame, (double)(p->at.ns - start) / 1e9);
	put_end(&w, &p->d->src, p->d->sport);
	words_put(&w, " > ");
	put_end(&w, &p->d->dst, p->d->dport);
	words_put(&w, " ");
	put_what(&w, p);
	return out;
}

char *inspect_packet_comment(char out[PACKET_LINE], const struct model_packet *p)
{
	struct words w = words_of(out, PACKET_LINE);

	*out = '\0';
	if (p->d->kind != DATAGRAM_OTHER && p->d->kind != DATAGRAM_NO_IP)
		put_what(&w, p);
	return out;
}

static void json_esp(FILE *to, const struct model_packet *p)
{
	if (p->sa == NULL)
		return;
	fprintf(to, ",\"spi\":\"0x%08x\",\"seq\":\"0x%llx\",\"news\":\"%s\"", p->sa->spi, (ull)p->seq, track_news_name(p->news));
	if (p->lost_before > 0)
		fprintf(to, ",\"lost_before\":%llu", (ull)p->lost_before);
	if (p->judged)
		json_text(to, "verdict", verdict_name(p->verdict));
	json_text(to, "why", p->why);
}

static void json_ike(FILE *to, const struct model_packet *p)
{
	const struct follow_message *m = p->message;
	char text[400];

	if (m == NULL || m->m == NULL)
		return;
	fprintf(to, ",\"spi_i\":\"0x%016llx\",\"spi_r\":\"0x%016llx\",\"exchange\":%u,\"message_id\":%u,\"response\":%s",
	    (ull)m->m->hdr.spi_i, (ull)m->m->hdr.spi_r, m->m->hdr.exchange, m->m->hdr.message_id, m->response ? "true" : "false");
	json_text(to, "payloads", ike_payloads_text(text, sizeof text, ike_message_payloads(m->m)));
	json_text(to, "verdict", verdict_name(m->verdict));
	if (m->repeats != 0)
		fprintf(to, ",\"repeats\":%llu", (ull)m->repeats);
}

void inspect_packet_json(FILE *to, const struct model_packet *p, bool files)
{
	char text[ADDR_TEXT], time[TIME_TEXT];

	fputs("{\"type\":\"event\",\"event\":\"inspected-packet\"", to);
	if (files)
		fprintf(to, ",\"file\":%u", p->at.file + 1u);
	fprintf(to, ",\"packet\":%llu", (ull)p->at.frame);
	json_text(to, "time", time_format(time, p->at.ns));
	json_text(to, "kind", kinds[p->d->kind]);
	if (p->d->src.family != 0) {
		json_text(to, "src", addr_format(text, &p->d->src));
		json_text(to, "dst", addr_format(text, &p->d->dst));
	}
	if (p->d->sport != 0 || p->d->dport != 0)
		fprintf(to, ",\"sport\":%u,\"dport\":%u", p->d->sport, p->d->dport);
	fprintf(to, ",\"length\":%zu", p->d->whole);
	if (p->d->kind == DATAGRAM_ESP || p->d->kind == DATAGRAM_AH)
		json_esp(to, p);
	else if (p->d->kind == DATAGRAM_IKE)
		json_ike(to, p);
	fputs("}\n", to);
}
