/*
 * ipsec-ike - IKE negotiations read out of captures.
 */
#include "cli/ike_decode.h"
#include "cli/match.h"
#include "cli/sub.h"

static const char *match_words(const char *option, size_t i)
{
	return option == NULL && i == 0 ? "FILE" : NULL;
}

static const struct cli_sub subs[] = {
	{ .name = "decode", .usage = "[-r FILE] [--keys FILE] [option ...] [filter]", .run = ike_decode_run,
	  .takes = CLI_TAKES_PACKETS | CLI_TAKES_KEYS, .own = ike_decode_rows,
	  .what = "the IKE messages of a capture, opened where keys are known",
	  .more = "Example:\n  ipsec-ike decode --print-sa --keys charon.log -r wire.pcap | ipsec-decap --sa - -r wire.pcap\n" },
	{ .name = "match", .usage = "[--as ike|esp|ah] [--connection NAME] [--keys FILE] A B", .run = match_run,
	  .takes = CLI_TAKES_WORDS | CLI_TAKES_KEYS, .own = match_rows, .words = match_words,
	  .what = "two proposals, configurations or captures: what would be chosen, else the nearest change",
	  .more = "Examples:\n  ipsec-ike match aes256gcm16-prfsha384-ecp384 'aes256-sha2_512;modp4096'\n"
	      "  ipsec-ike match here/swanctl.conf there/ipsec.conf\n" },
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
