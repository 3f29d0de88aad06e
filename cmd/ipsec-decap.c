/*
 * ipsec-decap - IPsec packets in, verified plaintext out.
 */
#include <signal.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/hex.h"
#include "cli/progress.h"
#include "cli/sas.h"
#include "cli/settled.h"
#include "esp/decap.h"
#include "report/packet.h"

enum { KEY_KEEP = 256, KEY_WINDOW, KEY_RESUME, KEY_ESN, KEY_NO_VERIFY, KEY_TS, KEY_HEX, KEY_ECN, KEY_LINK,
	KEY_ESN_SEARCH, KEY_EXPLAIN, KEY_NULL, KEY_DIG, KEY_SETTLED, KEY_SA_WAIT, KEY_FOLLOW, KEY_EXPECT };

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
	struct cli cli;
	struct decap_options opt;
	struct decap decap;
	struct sas sas;
	struct pcap_in *in;
	struct pcap_out out;
	struct out_file file;
	struct flow flow;
	struct progress progress;
	const char *settled;
	int64_t sa_wait;		/* -1: by the kind of input */
	uint64_t expect, bytes;
	bool follow, hex, out_open, sa_failed;
};

static int choose(const char *value, const char *const *words, int n, struct err *e)
{
	for (int i = 0; i < n; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	err_set(e, "found \"%s\", wanted %s%s%s%s%s", value, words[0], n > 1 ? " or " : "", n > 1 ? words[1] : "",
	    n > 2 ? " or " : "", n > 2 ? words[2] : "");
	return -1;
}

static int take_option(struct app *a, int key, struct err *e)
{
	static const char *const esn[] = { "auto", "on", "off" }, *const ts[] = { "drop", "ignore" },
	    *const raw[] = { "raw" }, *const all[] = { "all" }, *const automatic[] = { "auto" };
	const char *v = a->cli.opt.value;
	uint64_t n;
	int i = 0;

	switch (key) {
	case KEY_KEEP:
		a->opt.keep = v == NULL ? KEEP_CLOSED : KEEP_ALL;
		return v != NULL && choose(v, all, 1, e) < 0 ? cli_bad_value(&a->cli, "keep", e) : 0;
	case KEY_WINDOW:
		n = 0;
		if (strcmp(v, "off") != 0 && uint_parse(&n, v, strlen(v), 0, REPLAY_MAX, e) < 0)
			return cli_bad_value(&a->cli, "replay-window", e);
		a->opt.replay_window = (int64_t)n;
		return 0;
	case KEY_ESN:
		if ((i = choose(v, esn, 3, e)) < 0)
			return cli_bad_value(&a->cli, "esn", e);
		a->opt.esn = (enum decap_esn)i;
		return 0;
	case KEY_ESN_SEARCH:
		n = strcmp(v, "off") == 0 ? 0 : UINT64_C(1) << 32;
		if (n > 0 && strcmp(v, "all") != 0 && uint_parse(&n, v, strlen(v), 1, n, e) < 0)
			return cli_bad_value(&a->cli, "esn-search", e);
		a->opt.esn_search = n;
		return 0;
	case KEY_TS:
		if ((i = choose(v, ts, 2, e)) < 0)
			return cli_bad_value(&a->cli, "ts", e);
		a->opt.ts = i == 0 ? DECAP_TS_DROP : DECAP_TS_IGNORE;
		return 0;
	case KEY_LINK:
		if (choose(v, raw, 1, e) < 0)
			return cli_bad_value(&a->cli, "link", e);
		a->opt.raw = true;
		return 0;
	case KEY_NULL:
		if (choose(v, automatic, 1, e) < 0)
			return cli_bad_value(&a->cli, "null", e);
		a->opt.null = true;
		return 0;
	case KEY_SA_WAIT:
		return seconds_parse(&a->sa_wait, v, e) < 0 ? cli_bad_value(&a->cli, "sa-wait", e) : 0;
	case KEY_EXPECT:
		if (uint_parse(&a->expect, v, strlen(v), 0, UINT64_MAX, e) < 0)
			return cli_bad_value(&a->cli, "expect", e);
		return 0;
	case KEY_RESUME: a->opt.resume_window = true; break;
	case KEY_EXPLAIN: a->opt.explain = true; break;
	case KEY_NO_VERIFY: a->opt.no_verify = true; break;
	case KEY_ECN: a->opt.ecn = true; break;
	case KEY_DIG: a->opt.dig = true; break;
	case KEY_HEX: a->hex = a->cli.text_packets = true; break;
	case KEY_SETTLED: a->settled = v; break;
	case KEY_FOLLOW: a->follow = true; break;
	}
	return 0;
}

static void note(void *arg, const char *where, const char *text)
{
	struct app *a = arg;

	cli_message(&a->cli, 0, where, "%s", text);
}

static int emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	struct app *a = arg;

	return pcap_out_write(&a->out, p, n, e);
}

static int emit_hex(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	(void)arg;
	for (size_t i = PCAP_RECORD; i < n; i++)
		printf("%02x", p[i]);
	putchar('\n');
	return ferror(stdout) ? err_sys(e, "stdout") : 0;
}

static void report(void *arg, const struct decap_item *it)
{
	struct app *a = arg;
	const char *file = a->in != NULL ? pcap_in_name(a->in, it->packet->file) : "stdin";
	char where[512], text[PACKET_TEXT];

	if (a->cli.json_out != NULL)
		packet_json(a->cli.json_out, it, a->cli.nread > 1 ? file : NULL);
	if (verdict_is_failure((enum verdict)it->verdict) &&
	    (a->cli.verbose > 0 || (it->explained != NULL && it->explained->first))) {
		snprintf(where, sizeof where, "%s: packet %llu", file,
		    (unsigned long long)it->packet->number);
		cli_message(&a->cli, 0, where, "%s", packet_text(text, it));
	}
}

static int sa_pending(void *arg, int64_t ns)
{
	return sas_pending(&((struct app *)arg)->sas, ns);
}

static int sa_read(void *arg, struct err *e)
{
	struct app *a = arg;

	/* packets are on their way: what the SAs so far can open goes on */
	if (sas_read(&a->sas, e) < 0) {
		cli_message(&a->cli, -1, NULL, "%s; going on without the rest", e->text);
		a->sa_failed = true;
	}
	return 0;
}

static int settle(void *arg, struct unit *u, struct err *e)
{
	struct app *a = arg;

	for (size_t i = 0; i < u->batch.n; i++)
		a->bytes += u->batch.pkt[i].caplen;
	progress_show(&a->progress, a->decap.tally.packets, a->bytes);
	return decap_settle(&a->decap, u, e);
}

static int claim(void *arg, struct unit *u, struct err *e)
{
	return decap_claim(&((struct app *)arg)->decap, u, e);
}

static void work(void *arg, struct unit *u, unsigned worker)
{
	decap_work(&((struct app *)arg)->decap, u, worker);
}

static void unit_clear(void *arg, struct unit *u)
{
	decap_unit_clear(&((struct app *)arg)->decap, u);
}

static int idle(void *arg, struct err *e)
{
	struct app *a = arg;

	if (a->cli.json_out != NULL)
		fflush(a->cli.json_out);
	return pcap_out_flush(&a->out, e);
}

static volatile sig_atomic_t stopped;

static void stop(void *arg)
{
	(void)arg;
	stopped = 1;
}

static int load_sas(struct app *a, bool live, struct err *e)
{
	if (a->cli.nsa == 0 && !a->opt.null)
		return err_set(e, "no SA given: -s FILE takes `ip xfrm state` output or ipsec-sa(5) descriptors");
	if (sas_open(&a->sas, a->cli.sa, a->cli.nsa, a->follow, note, a, e) < 0 ||
	    (a->sa_wait < 0 && sas_load(&a->sas, !live, e) < 0))
		return -1;
	a->opt.sa_wait = a->sa_wait >= 0 ? a->sa_wait : live ? 1000000000 : 0;
	if (sas_pending(&a->sas, 0) >= 0) {
		a->opt.sa_pending = sa_pending;
		a->opt.sa_read = sa_read;
	}
	return 0;
}

static int open_places(struct app *a, struct err *e)
{
	struct pcap_in_options in = { .files = a->cli.read, .nfiles = a->cli.nread, .iface = a->cli.iface,
		.filter = a->cli.filter, .count = a->cli.count, .stop = &stopped };
	struct pcap_form form;

	if (load_sas(a, a->cli.iface != NULL || io_is_live(a->cli.read, a->cli.nread), e) < 0)
		return -1;
	cli_on_stop(stop, NULL);
	if ((a->in = pcap_in_open(&in, e)) == NULL ||
	    out_file_open(&a->file, a->cli.write, true, e) < 0)
		return -1;
	form = *pcap_in_form(a->in);
	if (a->opt.raw)
		form.dlt = LINKTYPE_RAW;
	if (pcap_out_open(&a->out, a->file.fd, a->file.path, &form, e) < 0)
		return -1;
	a->out_open = true;
	return pcap_in_is_live(a->in) ? out_file_show(&a->file, e) : 0;
}

/* Everything that was done is written, also when the input broke off. */
static int run_packets(struct app *a, struct err *e)
{
	struct err late;
	int rc;

	a->opt.emit = emit;
	a->flow = (struct flow){ .in = a->in, .threads = a->opt.threads, .side_size = decap_side_size(),
		.arg = a, .claim = claim, .work = work, .settle = settle, .idle = idle,
		.unit_clear = unit_clear };
	if (decap_init(&a->decap, &a->opt, a->sas.sad, &a->flow, &a->out, e) < 0)
		return -1;
	progress_start(&a->progress, &a->cli, 0);
	rc = flow_run(&a->flow, e);
	progress_end(&a->progress);
	if (decap_finish(&a->decap, &late) < 0 || pcap_out_flush(&a->out, &late) < 0) {
		if (rc >= 0)
			*e = late;
		rc = -1;
	}
	return rc;
}

/* One packet, without a reader or writer of packets. */
static int run_hex(struct app *a, struct err *e)
{
	static uint8_t bytes[DECAP_ONE_MAX];
	size_t n;

	if (load_sas(a, false, e) < 0 || hex_read(stdin, "stdin", bytes, sizeof bytes, &n, e) < 0)
		return -1;
	a->opt.emit = emit_hex;
	a->opt.threads = 1;
	a->opt.sa_pending = NULL;
	a->opt.raw = true;
	if (decap_init(&a->decap, &a->opt, a->sas.sad, &a->flow, &a->out, e) < 0)
		return -1;
	return decap_one(&a->decap, bytes, n, e);
}

/* What the numbers mean for the person, beside the numbers. */
static int summarize(struct app *a, int status)
{
	const struct decap *d = &a->decap;
	char text[PACKET_TEXT * 2];

	if (a->cli.json_out != NULL)
		tally_json(a->cli.json_out, &d->tally, d->whys);
	cli_message(&a->cli, 0, NULL, "%s", tally_text(text, &d->tally));
	if (*whys_text(text, d->whys) != '\0')
		cli_message(&a->cli, 0, NULL, "%s", text);
	if (d->replayed > 0)
		cli_message(&a->cli, 0, NULL, "%llu dropped by the replay check; --replay-window off lets them out",
		    (unsigned long long)d->replayed);
	if (d->unverified > 0)
		cli_message(&a->cli, 0, NULL, "%llu written unverified: nobody vouches for them",
		    (unsigned long long)d->unverified);
	if (d->other_family > 0)
		cli_message(&a->cli, 0, NULL, "%llu opened but not written: this link type carries one IP version; "
		    "--link raw carries both", (unsigned long long)d->other_family);
	if (a->in != NULL && pcap_in_dropped(a->in) > 0)
		cli_message(&a->cli, 0, NULL, "%llu packets were dropped by the capture itself",
		    (unsigned long long)pcap_in_dropped(a->in));
	if (d->tally.count[V_OK] < a->expect) {
		cli_message(&a->cli, 0, NULL, "%llu packets opened, wanted %llu (--expect)",
		    (unsigned long long)d->tally.count[V_OK], (unsigned long long)a->expect);
		status = status > 1 ? status : 1;
	}
	if (status < 3 && a->sa_failed)
		status = 3;
	if (status == 0 && (tally_failed(&d->tally) || d->other_family > 0))
		status = 1;
	return status;
}

static int run(struct app *a, struct err *e)
{
	bool packets_on_stdout = a->hex || cli_is_stdout(a->cli.write);
	int status = 0;

	if (cli_json_open(&a->cli, packets_on_stdout, e) < 0)
		return cli_trouble(&a->cli, e);
	if (a->cli.json_out != NULL || a->cli.verbose > 0 || a->opt.explain)
		a->opt.report = report;
	a->opt.arg = a;
	a->opt.threads = a->cli.threads;
	if (a->hex) {
		if (a->cli.iface != NULL || a->cli.write != NULL || a->cli.filter != NULL ||
		    a->cli.nread != 1 || strcmp(a->cli.read[0], "-") != 0) {
			err_set(e, "--hex takes one packet on stdin and gives it on stdout: no -r, -w, -i or filter");
			return cli_trouble(&a->cli, e);
		}
		if (run_hex(a, e) < 0)
			return cli_trouble(&a->cli, e);
		return summarize(a, 0);
	}
	if (open_places(a, e) < 0)
		return cli_trouble(&a->cli, e);
	if (run_packets(a, e) < 0)
		status = cli_trouble(&a->cli, e);
	if (out_file_close(&a->file, e) < 0 && status == 0)
		status = cli_trouble(&a->cli, e);
	status = summarize(a, status);
	if (a->settled != NULL && settled_write(a->settled, &a->decap, e) < 0)
		status = cli_trouble(&a->cli, e);
	return status;
}

int main(int argc, char **argv)
{
	static struct app app = { .opt = { .replay_window = -1, .esn_search = DECAP_ESN_SEARCH }, .sa_wait = -1, .file = OUT_FILE_INIT };
	struct err e;
	int key, status;

	if (cli_start(&app.cli, &tool, argc, argv, &e) < 0)
		return cli_end(&app.cli, cli_trouble(&app.cli, &e));
	while ((key = cli_next(&app.cli, &e)) > 0)
		if (take_option(&app, key, &e) < 0) {
			key = -1;
			break;
		}
	status = key < 0 ? cli_trouble(&app.cli, &e) : run(&app, &e);
	decap_clear(&app.decap);
	if (app.out_open)
		pcap_out_clear(&app.out);
	out_file_abandon(&app.file);
	pcap_in_close(app.in);
	sas_close(&app.sas);
	return cli_end(&app.cli, status);
}
