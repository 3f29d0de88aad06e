#include "report/alg_table.h"
#include "report/table.h"
#include "sa/format.h"

int format_table_print(FILE *to, size_t width, struct err *e)
{
	static const struct table_column columns[] = {
		{ "FORMAT", 0 }, { "READ", 0 }, { "WRITTEN", 0 }, { "VERSIONS", TABLE_WRAP | TABLE_SPARE },
		{ "WHAT IT IS", TABLE_WRAP },
	};
	struct table *t = table_new(columns, sizeof columns / sizeof columns[0], e);
	const struct format *f;
	int rc;

	if (t == NULL)
		return -1;
	for (size_t i = 0; (f = format_row(i)) != NULL; i++) {
		table_cell(t, "%s", f->name);
		table_cell(t, "%s", f->sniff != NULL ? "yes" : "no");
		table_cell(t, "%s", f->write != NULL ? "yes" : "no");
		table_cell(t, "%s", f->versions != NULL ? f->versions : "");
		table_cell(t, "%s", f->what);
	}
	rc = table_print(&(struct table_place){ to, width, false }, t, e);
	table_free(t);
	return rc;
}

void format_table_json(FILE *to)
{
	const struct format *f;

	for (size_t i = 0; (f = format_row(i)) != NULL; i++) {
		fprintf(to, "{\"type\":\"event\",\"event\":\"format\",\"name\":\"%s\",\"what\":\"%s\",\"read\":%s,"
		    "\"write\":%s", f->name, f->what, f->sniff != NULL ? "true" : "false",
		    f->write != NULL ? "true" : "false");
		if (f->versions != NULL) {
			fputs(",\"versions\":[\"", to);
			for (const char *p = f->versions; *p != '\0'; p++)
				if (*p == ' ')
					fputs("\",\"", to);
				else
					putc(*p, to);
			fputs("\"]", to);
		}
		fputs("}\n", to);
	}
}
