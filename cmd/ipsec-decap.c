/*
 * ipsec-decap - IPsec packets in, verified plaintext out.
 */
#include <string.h>

#include "cli/filter.h"
#include "cli/settled.h"
#include "esp/decap.h"
#include "report/packet.h"

enum { KEY_KEEP = 256, KEY_WINDOW, KEY_RESUME, KEY_ESN, KEY_NO_VERIFY, KEY_TS, KEY_HEX, KEY_ECN, KEY_LINK,
	KEY_ESN_SEARCH, KEY_EXPLAIN, KEY_NULL, KEY_DIG, KEY_SETTLED, KEY_SA_WAIT, KEY_FOLLOW, KEY_EXPECT, KEY_SHARD,
	KEY_ENGINE };

static const struct opt own[] = {
	{ KEY_KEEP, "keep", "[=all]",
	    "also pass packets that are not IPsec or stay closed; all: the opened ones' outer packets, too" },
	{ KEY_EXPLAIN, "explain", NULL, "say why a packet stays closed" },
	{ KEY_NO_VERIFY, "no-verify", NULL, "decrypt without a good ICV, and say so" },
	{ KEY_NULL, "null", "auto", "also ESP without an SA that is not encrypted, unverified" },
	{ KEY_WINDOW, "replay-window", "N|off", "replay window in packets (default: the SA's, else 64)" },
	{ KEY_RESUME, "resume-window", NULL, "start replay windows at the SA's last sequence number" },
	{ KEY_ESN, "esn", "auto|on|off", "extended sequence numbers (default: as the SA says, else found out)" },
	{ KEY_ESN_SEARCH, "esn-search", "N|all|off",
	    "high halves to try where the ICV does not give them away (default: 131072)" },
	{ KEY_TS, "ts", "drop|ignore", "packets outside an SA's selectors (default: write them, exit 1)" },
	{ KEY_ECN, "ecn", NULL, "combine outer and inner ECN as RFC 6040 says" },
	{ KEY_LINK, "link", "raw", "write packets without their link-layer header" },
	{ KEY_DIG, "dig", NULL, "also look inside GRE, VXLAN, Geneve, GTP-U, MPLS, EtherIP and IP in IP" },
	{ KEY_HEX, "hex", NULL, "one packet as hex on stdin and stdout, IP header first" },
	{ KEY_SETTLED, "settled", "FILE", "write the SA of each group of candidates that verified packets" },
	{ KEY_SA_WAIT, "sa-wait", "SECONDS", "how long a packet waits for its SA (default: 1 live, 0 files)" },
	{ KEY_FOLLOW, "follow-sa", NULL, "SA files may grow while packets flow" },
	{ KEY_ENGINE, "engine", "auto|openssl|ipsec-mb", "who does the cryptography (default: the fastest there is)" },
	{ KEY_SHARD, "shard", "K/N", "only the SAs of share K of N, by SPI and destination" },
	{ KEY_EXPECT, "expect", "N", "fewer than N packets opened is a failure (exit 1)" },
	{ 0 }
};

static const struct cli_tool tool = {
	.name = "ipsec-decap",
	.usage = "-s FILE [-r FILE] [-w FILE] [option ...] [filter]",
	.what = "IPsec packets in, verified plaintext out.",
	.more = "Examples:\n"
	    "  ip xfrm state > sa.txt; ipsec-decap -s sa.txt -r wire.pcap -w plain.pcap\n"
	    "  ssh gw tcpdump -Uw - | ipsec-decap -s <(ssh gw ip xfrm state) | tshark -r -\n"
	    "  ipsec-decap -s sa.txt -r wire.pcap -w plain.pcap --json | jq .verdict\n",
	.own = own,
	.takes = CLI_TAKES_PACKETS | CLI_TAKES_OUT | CLI_TAKES_SA | CLI_TAKES_THREADS,
};

struct app {
	struct filter f;		/* first: callbacks take either */
	struct decap_options opt;
	struct decap decap;
	const char *settled;
	int64_t sa_wait;		/* -1: by the kind of input */
	bool follow, sa_failed;
};

static int take_option(struct app *a, int key, struct err *e)
{
	const char *v = a->f.cli.opt.value;
	uint64_t n;
	int i = 0;

	switch (key) {
	case KEY_KEEP:
		a->opt.keep = v == NULL ? KEEP_CLOSED : KEEP_ALL;
		return v != NULL && opt_word(&a->f.cli.opt, e) < 0 ? -1 : 0;
	case KEY_WINDOW:
		n = 0;
		if (strcmp(v, "off") != 0 && uint_parse(&n, v, strlen(v), 0, REPLAY_MAX, e) < 0)
			return cli_bad_value(&a->f.cli, "replay-window", e);
		a->opt.replay_window = (int64_t)n;
		return 0;
	case KEY_ESN:
		if ((i = opt_word(&a->f.cli.opt, e)) < 0)
			return -1;
		a->opt.esn = (enum decap_esn)i;
		return 0;
	case KEY_ESN_SEARCH:
		n = strcmp(v, "off") == 0 ? 0 : UINT64_C(1) << 32;
		if (n > 0 && strcmp(v, "all") != 0 && uint_parse(&n, v, strlen(v), 1, n, e) < 0)
			return cli_bad_value(&a->f.cli, "esn-search", e);
		a->opt.esn_search = n;
		return 0;
	case KEY_TS:
		if ((i = opt_word(&a->f.cli.opt, e)) < 0)
			return -1;
		a->opt.ts = i == 0 ? DECAP_TS_DROP : DECAP_TS_IGNORE;
		return 0;
	case KEY_LINK:
		a->opt.raw = true;
		return opt_word(&a->f.cli.opt, e);
	case KEY_NULL:
		a->opt.null = true;
		return opt_word(&a->f.cli.opt, e);
	case KEY_SA_WAIT:
		return seconds_parse(&a->sa_wait, v, e) < 0 ? cli_bad_value(&a->f.cli, "sa-wait", e) : 0;
	case KEY_SHARD:
		a->opt.general = true;
		return shard_parse(&a->opt.shard, v, e) < 0 ? cli_bad_value(&a->f.cli, "shard", e) : 0;
	case KEY_EXPECT:
		return filter_expect(&a->f, e);
	case KEY_ENGINE:
		return filter_engine(&a->f, &a->opt.engine, e);
	case KEY_RESUME: a->opt.resume_window = true; break;
	case KEY_EXPLAIN: a->opt.explain = true; break;
	case KEY_NO_VERIFY: a->opt.no_verify = true; break;
	case KEY_ECN: a->opt.ecn = true; break;
	case KEY_DIG: a->opt.dig = true; break;
	case KEY_HEX: a->f.hex = a->f.cli.text_packets = true; break;
	case KEY_SETTLED: a->settled = v; break;
	case KEY_FOLLOW: a->follow = true; break;
	}
	return 0;
}

static void report(void *arg, const struct decap_item *it)
{
	struct app *a = arg;
	const char *file = filter_name(&a->f, it->packet);
	char where[512], text[PACKET_TEXT];

	if (a->f.cli.json_out != NULL)
		packet_json(a->f.cli.json_out, it, a->f.cli.nread > 1 ? file : NULL);
	if (verdict_is_failure((enum verdict)it->verdict) &&
	    (a->f.cli.verbose > 0 || (it->explained != NULL && it->explained->first))) {
		snprintf(where, sizeof where, "%s: packet %llu", file,
		    (unsigned long long)it->packet->number);
		cli_message(&a->f.cli, 0, where, "%s", packet_text(text, it));
	}
}

static int sa_pending(void *arg, int64_t ns)
{
	return sas_pending(&((struct app *)arg)->f.sas, ns);
}

static int sa_read(void *arg, struct err *e)
{
	struct app *a = arg;

	/* packets are on their way: what the SAs so far can open goes on */
	if (sas_read(&a->f.sas, e) < 0) {
		cli_message(&a->f.cli, -1, NULL, "%s; going on without the rest", e->text);
		a->sa_failed = true;
	}
	return 0;
}

static int load_sas(struct app *a, bool live, struct err *e)
{
	if (filter_open_sas(&a->f, !a->opt.null, a->follow, e) < 0 ||
	    (a->sa_wait < 0 && sas_load(&a->f.sas, !live, e) < 0))
		return -1;
	a->opt.sa_wait = a->sa_wait >= 0 ? a->sa_wait : live ? 1000000000 : 0;
	if (sas_pending(&a->f.sas, 0) >= 0) {
		a->opt.sa_pending = sa_pending;
		a->opt.sa_read = sa_read;
	}
	return 0;
}

static int init(struct app *a, struct err *e)
{
	return decap_init(&a->decap, &a->opt, a->f.sas.sad, &a->f.flow, &a->f.out, e);
}

static int finish(void *arg, struct err *e)
{
	return decap_finish(arg, e);
}

static int run_packets(struct app *a, struct err *e)
{
	const struct filter_stages stages = { .arg = &a->decap, .side_size = decap_side_size(), .lazy = true,
		.claim = decap_claim, .work = decap_work, .settle = decap_settle,
		.unit_clear = decap_unit_clear, .finish = finish };

	a->opt.emit = filter_emit;
	return init(a, e) < 0 ? -1 : filter_run(&a->f, &stages, e);
}

/* One packet, without a reader or writer of packets. */
static int run_hex(struct app *a, struct err *e)
{
	static uint8_t bytes[DECAP_ONE_MAX];
	size_t n;

	if (load_sas(a, false, e) < 0 || filter_read_hex(&a->f, bytes, sizeof bytes, &n, e) < 0)
		return -1;
	a->opt.emit = filter_emit_hex;
	a->opt.threads = 1;
	a->opt.sa_pending = NULL;
	a->opt.raw = true;
	return init(a, e) < 0 ? -1 : decap_one(&a->decap, bytes, n, e);
}

/* What the numbers mean for the person, beside the numbers. */
static int summarize(struct app *a, int status)
{
	const struct decap *d = &a->decap;
	unsigned served[ENGINE_COUNT] = { 0 };
	char text[PACKET_TEXT * 2];

	if (a->f.cli.json_out != NULL)
		tally_json(a->f.cli.json_out, &d->tally, d->whys);
	cli_message(&a->f.cli, 0, NULL, "%s", tally_text(text, &d->tally));
	if (*whys_text(text, d->whys) != '\0')
		cli_message(&a->f.cli, 0, NULL, "%s", text);
	if (d->replayed > 0)
		cli_message(&a->f.cli, 0, NULL, "%llu dropped by the replay check; --replay-window off lets them out",
		    (unsigned long long)d->replayed);
	if (d->unverified > 0)
		cli_message(&a->f.cli, 0, NULL, "%llu written unverified: nobody vouches for them",
		    (unsigned long long)d->unverified);
	if (d->other_family > 0)
		cli_message(&a->f.cli, 0, NULL, "%llu opened but not written: this link type carries one IP version; "
		    "--link raw carries both", (unsigned long long)d->other_family);
	if (a->f.cli.verbose > 0) {
		decap_served(d, served);
		filter_say_engines(&a->f, served);
	}
	status = filter_status(&a->f, status, d->tally.count[V_OK], "opened");
	if (status < 3 && a->sa_failed)
		status = 3;
	if (status == 0 && (tally_failed(&d->tally) || d->other_family > 0))
		status = 1;
	return status;
}

static int run(struct app *a, struct err *e)
{
	bool packets_on_stdout = a->f.hex || cli_is_stdout(a->f.cli.write);
	int status = 0;

	if (cli_json_open(&a->f.cli, packets_on_stdout, e) < 0)
		return cli_trouble(&a->f.cli, e);
	if (a->f.cli.json_out != NULL || a->f.cli.verbose > 0 || a->opt.explain)
		a->opt.report = report;
	if (a->settled != NULL && cli_own_file(&a->f.cli, "--settled", a->settled, e) < 0)
		return cli_trouble(&a->f.cli, e);
	a->opt.arg = a;
	a->opt.stop = filter_stopped();
	a->opt.threads = a->f.cli.threads;
	if (a->f.hex) {
		if (run_hex(a, e) < 0)
			return cli_trouble(&a->f.cli, e);
		return summarize(a, 0);
	}
	if (load_sas(a, filter_is_live(&a->f), e) < 0 || filter_open(&a->f, a->opt.raw, e) < 0)
		return cli_trouble(&a->f.cli, e);
	if (run_packets(a, e) < 0)
		status = cli_trouble(&a->f.cli, e);
	if (out_file_close(&a->f.file, e) < 0 && status == 0)
		status = cli_trouble(&a->f.cli, e);
	status = summarize(a, status);
	if (a->settled != NULL && settled_write(a->settled, &a->decap, e) < 0)
		status = cli_trouble(&a->f.cli, e);
	return status;
}

int main(int argc, char **argv)
{
	static struct app app = { .opt = { .replay_window = -1, .esn_search = DECAP_ESN_SEARCH }, .sa_wait = -1,
		.f = FILTER_INIT };
	struct err e;
	int key, status;

	if (cli_start(&app.f.cli, &tool, argc, argv, &e) < 0)
		return cli_end(&app.f.cli, cli_trouble(&app.f.cli, &e));
	while ((key = cli_next(&app.f.cli, &e)) > 0)
		if (take_option(&app, key, &e) < 0) {
			key = -1;
			break;
		}
	status = key < 0 ? cli_trouble(&app.f.cli, &e) : run(&app, &e);
	decap_clear(&app.decap);
	filter_end(&app.f);
	return cli_end(&app.f.cli, status);
}
