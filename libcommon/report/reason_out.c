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

void reasons_json(FILE *to, const struct reasons *rs)
{
	fputc('[', to);
	for (unsigned i = 0; i < rs->n; i++) {
		fprintf(to, "%s{\"id\":\"%s\",\"severity\":\"%s\"", i > 0 ? "," : "", rs->row[i].id,
		    reason_level_name(rs->row[i].level));
		json_text(to, "text", rs->row[i].text);
		if (rs->row[i].advice[0] != '\0')
			json_text(to, "advice", rs->row[i].advice);
		fputc('}', to);
	}
	fputc(']', to);
}
