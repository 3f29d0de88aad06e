#include "report/reason_out.h"

#include <string.h>

#include "report/json_text.h"

void reasons_print(FILE *to, int indent, const struct reasons *rs)
{
	for (unsigned i = 0; i < rs->n; i++) {
		const struct reason *r = &rs->row[i];

		fprintf(to, "%*s%s: ", indent, "", reason_level_name(r->level));
		esc_text(to, r->text, strlen(r->text));
		if (r->advice[0] != '\0') {
			fprintf(to, "\n%*s-> ", indent + 2, "");
			esc_text(to, r->advice, strlen(r->advice));
		}
		fputc('\n', to);
	}
}

/* The members of one. */
static void members(FILE *to, const struct reason *r)
{
	fprintf(to, "\"id\":\"%s\",\"severity\":\"%s\"", r->id, reason_level_name(r->level));
	json_text(to, "text", r->text);
	if (r->advice[0] != '\0')
		json_text(to, "advice", r->advice);
}

void reasons_json(FILE *to, const struct reasons *rs)
{
	fputc('[', to);
	for (unsigned i = 0; i < rs->n; i++) {
		fputs(i > 0 ? ",{" : "{", to);
		members(to, &rs->row[i]);
		fputc('}', to);
	}
	fputc(']', to);
}

void reasons_findings(FILE *to, const struct reasons *rs, uint64_t ike_sa, uint64_t frame)
{
	for (unsigned i = 0; i < rs->n; i++) {
		fputs("{\"type\":\"event\",\"event\":\"finding\",", to);
		members(to, &rs->row[i]);
		fprintf(to, ",\"packets\":[%llu],\"ike_sa\":%llu}\n", (unsigned long long)frame, (unsigned long long)ike_sa);
	}
}
