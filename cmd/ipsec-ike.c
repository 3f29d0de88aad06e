/*
 * ipsec-ike - IKE: negotiated with real peers, read out of captures, compared on paper.
 */
#include "cli/ike_decode.h"
#include "cli/ike_live.h"
#include "cli/ike_probe.h"
#include "cli/match.h"
#include "cli/sub.h"

static const char *match_words(const char *option, size_t i)
{
	return option == NULL && i == 0 ? "FILE" : NULL;
}

static const struct cli_sub subs[] = {
	{ .name = "initiate", .usage = "[option ...] HOST", .run = ike_initiate_run, .own = ike_initiate_rows,
	  .parts = ike_live_parts, .takes = CLI_TAKES_WORDS, .words = ike_live_words,
	  .what = "negotiate with a gateway, and print the SAs as descriptors",
	  .more = "Example:\n  ipsec-ike initiate gw.example --psk-file psk --id me@example --ts 10.1.0.0/16=10.2.0.0/16 >sa.json\n" },
	{ .name = "respond", .usage = "[option ...]", .run = ike_respond_run, .own = ike_respond_rows,
	  .parts = ike_live_parts, .takes = CLI_TAKES_WORDS, .words = ike_live_words,
	  .what = "be the gateway, and print the SAs as descriptors",
	  .more = "Example:\n  ipsec-ike respond --listen 127.0.0.1:1500 --cert gw.pem --key gw.key --ca ca.pem --events\n" },
	{ .name = "probe", .usage = "[option ...] HOST...", .run = ike_probe_run, .own = ike_probe_rows,
	  .takes = CLI_TAKES_WORDS, .words = ike_live_words,
	  .what = "what gateways answer: versions, transforms, vendor ids, NAT; never authenticates",
	  .more = "Example:\n  ipsec-ike probe --json gw.example | jq -r '.transforms[]|select(.weak).name'\n" },
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
	.what = "IKE negotiations: with real peers, out of captures, on paper.",
	.more = "ipsec-ike SUBCOMMAND --help tells the rest.\n",
	.subs = subs,
};

int main(int argc, char **argv)
{
	static struct cli cli;

	return cli_sub_main(&cli, &tool, argc, argv);
}
