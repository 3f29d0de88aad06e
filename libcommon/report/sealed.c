#include "report/sealed.h"

#include <inttypes.h>

#include "esp/impair.h"
#include "report/counts.h"
#include "report/json_text.h"

static void layer_json(FILE *to, const struct encap *d, const struct encap_layer *l)
{
	const struct sa *sa = &d->sa[l->sa].entry->sa;

	fprintf(to, "{\"proto\":\"%s\",\"spi\":\"0x%08" PRIx32 "\"", sa_proto_name(sa->proto), l->spi);
	if (sa->proto != SA_IPCOMP)
		fprintf(to, ",\"seq\":\"0x%" PRIx64 "\"", l->seq);
	fputc('}', to);
}

static void faults_json(FILE *to, const struct encap_item *it)
{
	const char *comma = "";

	if (it->faults == 0)
		return;
	fputs(",\"impairments\":[", to);
	for (unsigned k = 0; k < IMPAIR_COUNT; k++)
		if (it->faults >> k & 1) {
			fprintf(to, "%s\"%s\"", comma, impair_row(k)->name);
			comma = ",";
		}
	fputc(']', to);
}

void sealed_json(FILE *to, const struct encap *d, const struct encap_item *it, const char *file)
{
	char when[TIME_TEXT];

	fprintf(to, "{\"type\":\"event\",\"event\":\"sealed\",\"packet\":%" PRIu64, it->packet->number);
	json_text(to, "file", file);
	fprintf(to, ",\"time\":\"%s\",\"result\":\"%s\"", time_format(when, it->packet->ns),
	    encap_result_name((enum encap_result)it->result));
	json_text(to, "evidence", it->why);
	if (it->frames > 0)
		fprintf(to, ",\"frame\":%" PRIu64 ",\"frames\":%" PRIu32, it->frame, it->frames);
	faults_json(to, it);
	for (unsigned k = 0; k < it->nlayers; k++) {
		fputs(k == 0 ? ",\"layers\":[" : ",", to);
		layer_json(to, d, &it->layer[k]);
	}
	fputs(it->nlayers > 0 ? "]}\n" : "}\n", to);
}

char *sealed_text(char text[SEALED_TEXT], const struct encap_item *it)
{
	const char *what = encap_result_text((enum encap_result)it->result);

	if (it->why != NULL)
		snprintf(text, SEALED_TEXT, "%s: %s", what, it->why);
	else
		snprintf(text, SEALED_TEXT, "%s", what);
	return text;
}

static const char *result_of(unsigned r)
{
	return encap_result_name((enum encap_result)r);
}

void sealed_tally_json(FILE *to, const struct encap_tally *t)
{
	fprintf(to, "{\"type\":\"event\",\"event\":\"sealed-summary\",\"packets\":%" PRIu64
	    ",\"frames\":%" PRIu64 ",\"results\":{", t->packets, t->frames);
	counts_json(to, (struct counts){ t->count, ENCAP_COUNT, result_of });
	fputs("}}\n", to);
}

char *sealed_tally_text(char text[SEALED_TEXT * 2], const struct encap_tally *t)
{
	return counts_packets(text, SEALED_TEXT * 2, t->packets,
	    (struct counts){ t->count, ENCAP_COUNT, result_of });
}

bool sealed_failed(const struct encap_tally *t)
{
	for (int r = 0; r < ENCAP_COUNT; r++)
		if (t->count[r] > 0 && encap_result_is_failure((enum encap_result)r))
			return true;
	return false;
}
