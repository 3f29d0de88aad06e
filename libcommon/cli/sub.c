#include "cli/sub.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"

static int unknown(const struct cli_sub *subs, const char *word, struct err *e)
{
	struct nearest near = { 0 };
	char list[160];
	size_t at = 0;

	for (const struct cli_sub *s = subs; s->name != NULL; s++) {
		nearest_offer(&near, word, s->name);
		if (at < sizeof list)
			at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", s == subs ? "" :
			    s[1].name != NULL ? ", " : " or ", s->name);
	}
	if (word[0] == '\0')
		return err_set(e, "wanted a subcommand: %s", list);
	if (nearest_name(&near, word) != NULL)
		return err_set(e, "unknown subcommand \"%.60s\", nearest is \"%s\"", word,
		    nearest_name(&near, word));
	return err_set(e, "unknown subcommand \"%.60s\", wanted %s", word, list);
}

int cli_sub_find(struct cli *cli, struct err *e)
{
	struct opt_state ahead = cli->opt;
	int key = 1;

	/* options of the subcommand are unknown as yet: the first word ends the search */
	while (key > 0 && ahead.nwords == 0)
		key = opt_next(&ahead, e);
	if (ahead.nwords == 0)
		return key < 0 ? err_in(e, "before the subcommand") : 0;
	for (const struct cli_sub *s = cli->tool->subs; s->name != NULL; s++)
		if (strcmp(s->name, ahead.words[0]) == 0) {
			cli->sub = s;
			return 0;
		}
	return unknown(cli->tool->subs, ahead.words[0], e);
}

void cli_sub_help(const struct cli_sub *subs)
{
	int width = 0;

	for (const struct cli_sub *s = subs; s->name != NULL; s++)
		if ((int)strlen(s->name) > width)
			width = (int)strlen(s->name);
	printf("\nSubcommands:\n");
	for (const struct cli_sub *s = subs; s->name != NULL; s++)
		printf("  %-*s  %s\n", width, s->name, s->what);
}

/* Without a subcommand there are --help, --version and --completions, or nothing to do. */
static int run_none(struct cli *cli, struct err *e)
{
	int key;

	while ((key = cli_next(cli, e)) > 0)
		;
	if (key < 0)
		return -1;
	cli->parsing = true;
	return unknown(cli->tool->subs, "", e);
}

int cli_sub_main(struct cli *cli, const struct cli_tool *tool, int argc, char **argv)
{
	struct err e;
	int rc;

	if (cli_start(cli, tool, argc, argv, &e) < 0)
		rc = -1;
	else
		rc = cli->sub != NULL ? cli->sub->run(cli, &e) : run_none(cli, &e);
	return cli_end(cli, rc < 0 ? cli_trouble(cli, &e) : rc);
}
