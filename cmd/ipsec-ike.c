/*
 * ipsec-ike - IKE negotiations read out of captures.
 */
#include "cli/ike_decode.h"
#include "cli/sub.h"

static const struct cli_sub subs[] = {
	{ .name = "decode", .usage = "[-r FILE] [--keys FILE] [option ...] [filter]", .run = ike_decode_run,
	  .takes = CLI_TAKES_PACKETS | CLI_TAKES_KEYS, .own = ike_decode_rows,
	  .what = "the IKE messages of a capture, opened where keys are known",
	  .more = "Example:\n  ipsec-ike decode --print-sa --keys charon.log -r wire.pcap | ipsec-decap --sa - -r wire.pcap\n" },
	{ .name = NULL }
};

static const struct cli_tool tool = {
	.name = "ipsec-ike",
	.usage = "SUBCOMMAND [option ...]",
	.what = "IKE negotiations read out of captures.",
	.more = "ipsec-ike SUBCOMMAND --help tells the rest.\n",
	.subs = subs,
};

int main(int argc, char **argv)
{
	static struct cli cli;

	return cli_sub_main(&cli, &tool, argc, argv);
}
