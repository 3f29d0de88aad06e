#include "cli/tell.h"

#include <unistd.h>

FILE *tell_place(const struct cli *cli)
{
	return cli->json_out != NULL ? cli->json_out : stdout;
}

int tell_findings(struct cli *cli, struct findings *f, bool strict, struct err *e)
{
	size_t bad = f->count[SEVERITY_ERROR] + (strict ? f->count[SEVERITY_WARNING] : 0);

	findings_sort(f);
	if (cli->json)
		findings_json(tell_place(cli), f);
	else if (findings_print(stdout, f, cli->verbose > 0, io_width(STDOUT_FILENO), e) < 0)
		return -1;
	return bad > 0;
}
