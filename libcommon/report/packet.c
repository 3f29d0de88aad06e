#include "report/packet.h"

#include <inttypes.h>

#include "report/counts.h"
#include "report/json_text.h"

/* The explanation, else what opening it found odd. */
static void evidence_json(FILE *to, const struct decap_item *it)
{
	if (it->explained != NULL) {
		json_text(to, "why", explain_name(it->explained->why));
		json_text(to, "evidence", it->explained->text);
	} else {
		json_text(to, "evidence", it->why);
	}
}

static void layer_json(FILE *to, const struct decap_layer *l, const struct decap_item *last)
{
	fprintf(to, "{\"proto\":\"%s\",\"spi\":\"0x%08" PRIx32 "\"", sa_proto_name((enum sa_proto)l->proto),
	    l->spi);
	if (!l->no_seq)
		fprintf(to, ",\"seq\":\"0x%" PRIx64 "\"", (l->esn ? (uint64_t)l->high << 32 : 0) | l->seq);
	fprintf(to, ",\"verdict\":\"%s\"", verdict_name((enum verdict)l->verdict));
	if (l->null)
		fputs(",\"encr\":\"null\",\"unverified\":true", to);
	if (last != NULL)
		evidence_json(to, last);
	fputc('}', to);
}

void packet_json(FILE *to, const struct decap_item *it, const char *file)
{
	char when[TIME_TEXT];

	fprintf(to, "{\"type\":\"event\",\"event\":\"packet\",\"packet\":%" PRIu64, it->packet->number);
	json_text(to, "file", file);
	fprintf(to, ",\"time\":\"%s\",\"verdict\":\"%s\"", time_format(when, it->packet->ns),
	    verdict_name((enum verdict)it->verdict));
	if (it->nlayers == 0)
		evidence_json(to, it);
	if (it->nlayers > 0) {
		fputs(",\"layers\":[", to);
		for (int k = 0; k < it->nlayers; k++) {
			if (k > 0)
				fputc(',', to);
			layer_json(to, &it->layer[k], k == it->nlayers - 1 ? it : NULL);
		}
		fputc(']', to);
	}
	fputs("}\n", to);
}

char *packet_text(char text[PACKET_TEXT], const struct decap_item *it)
{
	static const char *const protos[] = { [SA_ESP] = "ESP spi", [SA_AH] = "AH spi", [SA_IPCOMP] = "IPComp cpi" };
	const char *what = verdict_text((enum verdict)it->verdict);
	const struct decap_layer *l = it->nlayers > 0 ? &it->layer[it->nlayers - 1] : NULL;
	const char *proto = l == NULL ? NULL : protos[l->proto];
	size_t n = 0;

	if (l != NULL && !l->no_seq)
		n = (size_t)snprintf(text, PACKET_TEXT, "%s 0x%08" PRIx32 " seq %" PRIu64 ": ", proto, l->spi,
		    (l->esn ? (uint64_t)l->high << 32 : 0) | l->seq);
	else if (l != NULL)
		n = (size_t)snprintf(text, PACKET_TEXT, "%s 0x%08" PRIx32 ": ", proto, l->spi);
	if (it->explained != NULL)
		snprintf(text + n, PACKET_TEXT - n, "%s: %s: %s", what, explain_name(it->explained->why),
		    it->explained->text);
	else if (it->why != NULL)
		snprintf(text + n, PACKET_TEXT - n, "%s: %s", what, it->why);
	else
		snprintf(text + n, PACKET_TEXT - n, "%s", what);
	return text;
}

static const char *verdict_of(unsigned v)
{
	return verdict_name((enum verdict)v);
}

static const char *why_of(unsigned w)
{
	return explain_name((enum explain_why)w);
}

void tally_json(FILE *to, const struct tally *t, const uint64_t whys[WHY_COUNT])
{
	struct counts why = { whys, WHY_COUNT, why_of };
	bool any = false;

	fprintf(to, "{\"type\":\"event\",\"event\":\"summary\",\"packets\":%" PRIu64 ",\"verdicts\":{",
	    t->packets);
	counts_json(to, (struct counts){ t->count, V_COUNT, verdict_of });
	for (int w = 0; w < WHY_COUNT; w++)
		any = any || whys[w] > 0;
	if (any) {
		fputs("},\"whys\":{", to);
		counts_json(to, why);
	}
	fputs("}}\n", to);
}

char *tally_text(char text[PACKET_TEXT * 2], const struct tally *t)
{
	return counts_packets(text, PACKET_TEXT * 2, t->packets, (struct counts){ t->count, V_COUNT, verdict_of });
}

char *whys_text(char text[PACKET_TEXT * 2], const uint64_t whys[WHY_COUNT])
{
	return counts_text(text, PACKET_TEXT * 2, "why:", (struct counts){ whys, WHY_COUNT, why_of });
}

bool tally_failed(const struct tally *t)
{
	for (int v = 0; v < V_COUNT; v++)
		if (t->count[v] > 0 && verdict_is_failure((enum verdict)v))
			return true;
	return false;
}
