#include "cli/tell.h"

#include <unistd.h>

FILE *tell_place(const struct cli *cli)
{
	return cli->json_out != NULL ? cli->json_out : stdout;
}

struct table_place tell_table(const struct cli *cli)
{
	return (struct table_place){ stdout, io_width(STDOUT_FILENO), cli_wants_color(cli, STDOUT_FILENO) };
}

int tell_findings(struct cli *cli, struct findings *f, bool strict, struct err *e)
{
	struct table_place place = tell_table(cli);
	size_t bad = f->count[SEVERITY_ERROR] + (strict ? f->count[SEVERITY_WARNING] : 0);

	findings_sort(f);
	if (cli->json)
		findings_json(tell_place(cli), f);
	else if (findings_print(&place, f, cli->verbose > 0, e) < 0)
		return -1;
	return bad > 0;
}
