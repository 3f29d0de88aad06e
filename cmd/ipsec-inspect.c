/*
 * ipsec-inspect - what is in a capture, what is wrong with the tunnel, and what to do about it.
 */
#include "cli/inspect.h"

static const struct cli_tool tool = {
	.name = "ipsec-inspect",
	.usage = "[-r FILE] [--keys FILE] [--sa FILE] [option ...] [filter]",
	.what = "What is in a capture, what is wrong with the tunnel, and what to do about it.",
	.more = "Example:\n  ipsec-inspect -r wire.pcap --keys charon.log\n",
	.own = inspect_rows,
	.takes = CLI_TAKES_PACKETS | CLI_TAKES_SA | CLI_TAKES_KEYS,
};

int main(int argc, char **argv)
{
	static struct cli cli;
	struct err e;
	int rc;

	if (cli_start(&cli, &tool, argc, argv, &e) < 0)
		return cli_end(&cli, cli_trouble(&cli, &e));
	rc = inspect_run(&cli, &e);
	return cli_end(&cli, rc < 0 ? cli_trouble(&cli, &e) : rc);
}
