/*
 * ipsec-encap - plaintext packets in, IPsec packets out.
 */
#include <string.h>

#include "cli/counters.h"
#include "cli/filter.h"
#include "esp/encap.h"
#include "esp/impair.h"
#include "esp/like.h"
#include "report/sealed.h"

enum { KEY_MTU = 256, KEY_FRAGMENT, KEY_IV, KEY_SEQ, KEY_WRAP, KEY_TFC, KEY_DUMMY, KEY_DSCP, KEY_ECN, KEY_DF,
	KEY_TTL, KEY_FLOW, KEY_IDENT, KEY_FORWARD, KEY_HEX, KEY_UNMATCHED, KEY_WESP, KEY_SEED, KEY_EXPECT,
	KEY_LIKE, KEY_AH_ALIGN, KEY_IMPAIR, KEY_STATE, KEY_ENGINE };

static const struct opt own[] = {
	{ KEY_UNMATCHED, "unmatched", "drop|pass|error",
	    "packets that no SA matches (default: drop them, exit 1)" },
	{ KEY_MTU, "mtu", "N", "the longest outer IP packet; longer ones are divided, or counted as too-big" },
	{ KEY_FRAGMENT, "fragment", "before|after", "divide before or after sealing (default: after)" },
	{ KEY_SEQ, "seq", "N", "the first sequence number (default: the one after the SA's \"seq\")" },
	{ KEY_WRAP, "seq-wrap", NULL, "go on behind 2^32-1 without ESN" },
	{ KEY_IV, "iv", "counter|random|HEX", "where IVs come from (default: random; none comes twice)" },
	{ KEY_SEED, "seed", "HEX", "random bytes follow from this: the same output every time, not secret" },
	{ KEY_TFC, "tfc", "N", "pad inner packets to N bytes (tunnel mode)" },
	{ KEY_DUMMY, "dummy", "N", "a dummy packet behind every N-th packet of an SA" },
	{ KEY_DSCP, "dscp", "copy|N", "DSCP of the outer header" },
	{ KEY_ECN, "ecn", "rfc6040|copy|clear", "ECN of the outer header" },
	{ KEY_DF, "df", "copy|set|clear", "DF of the outer header" },
	{ KEY_TTL, "ttl", "copy|N", "TTL or hop limit of the outer header (default: 64)" },
	{ KEY_FLOW, "flow", "copy|N", "flow label of the outer header" },
	{ KEY_IDENT, "ident", "auto|counter|random|copy|zero",
	    "identification of outer IPv4 headers (default: 0 with DF, else counter)" },
	{ KEY_FORWARD, "forward", NULL, "take one from the inner TTL, as a router does" },
	{ KEY_STATE, "state", "FILE", "carry sequence numbers and IVs to a later run (holds keys)" },
	{ KEY_AH_ALIGN, "ah-align", "4|8", "pad AH over IPv4 to this (default: 4; Linux wants 8 without align4)" },
	{ KEY_WESP, "wesp", NULL, "wrap ESP as RFC 5840 says" },
	{ KEY_HEX, "hex", NULL, "one packet as hex on stdin and stdout, IP header first" },
	{ KEY_IMPAIR, "impair", "LIST", "faults on purpose: NAME[:every=N|:at=N|:prob=P][:KEY=VALUE],..." },
	{ KEY_LIKE, "like", "FILE", "take numbers, IVs, padding and outer fields from this capture, packet by packet" },
	{ KEY_ENGINE, "engine", "auto|openssl|ipsec-mb", "who does the cryptography (default: the fastest there is)" },
	{ KEY_EXPECT, "expect", "N", "fewer than N packets sealed is a failure (exit 1)" },
	{ 0 }
};

static const struct cli_tool tool = {
	.name = "ipsec-encap",
	.usage = "-s FILE [-r FILE] [-w FILE] [option ...] [filter]",
	.what = "Plaintext packets in, IPsec packets out.",
	.more = "Examples:\n"
	    "  ipsec-encap -s sa.json -r plain.pcap -w wire.pcap\n"
	    "  ipsec-encap -s sa.json -r plain.pcap | ipsec-decap -s sa.json | cmp - plain.pcap\n"
	    "  echo 4500... | ipsec-encap --hex -s sa.json --iv 0000000000000001 --seq 7\n",
	.own = own,
	.takes = CLI_TAKES_PACKETS | CLI_TAKES_OUT | CLI_TAKES_SA | CLI_TAKES_THREADS,
};

struct app {
	struct filter f;		/* first: callbacks take either */
	struct encap_options opt;
	struct encap encap;
	struct rng rng;
	const char *like, *state;
	struct impair impair;
	struct counters counters;
	bool begun;
};

/* "copy" or a number. */
static int copy_or(int64_t *to, const char *v, uint64_t min, uint64_t max, struct err *e)
{
	uint64_t n;

	if (strcmp(v, "copy") == 0) {
		*to = SA_COPY;
		return 0;
	}
	if (uint_parse(&n, v, strlen(v), min, max, e) < 0)
		return -1;
	*to = (int64_t)n;
	return 0;
}

static int take_outer(struct app *a, int key, const char *v, struct err *e)
{
	struct mode_policy *m = &a->opt.outer;
	int64_t n = 0;
	int rc = 0;

	switch (key) {
	case KEY_DSCP:
		rc = copy_or(&n, v, 0, 63, e);
		m->dscp = (int)n;
		break;
	case KEY_TTL:
		rc = copy_or(&n, v, 1, 255, e);
		m->ttl = (int)n;
		break;
	case KEY_FLOW:
		rc = copy_or(&m->flow, v, 0, 0xfffff, e);
		break;
	}
	return rc;
}

static int take_number(uint64_t *to, const char *v, uint64_t min, uint64_t max, struct err *e)
{
	return uint_parse(to, v, strlen(v), min, max, e);
}

static int take_iv(struct app *a, const char *v, struct err *e)
{
	static const char *const words[] = { "counter", "random" };

	for (int i = 0; i < 2; i++)
		if (strcmp(v, words[i]) == 0) {
			a->opt.iv = i == 0 ? IVGEN_COUNTER : IVGEN_RANDOM;
			return 0;
		}
	a->opt.iv = IVGEN_FIXED;
	if (strlen(v) > 2 * sizeof a->opt.iv_fixed)
		return err_set(e, "found %zu characters, wanted counter, random or at most %zu hex digits",
		    strlen(v), 2 * sizeof a->opt.iv_fixed);
	return hex_parse(a->opt.iv_fixed, sizeof a->opt.iv_fixed, &a->opt.iv_len, v, strlen(v), e);
}

static int take_value(struct app *a, int key, const char *v, struct err *e)
{
	uint64_t n = 0;
	int rc = 0;

	switch (key) {
	case KEY_MTU:
		rc = take_number(&n, v, 68, ENCAP_LONGEST, e);
		a->opt.mtu = (uint32_t)n;
		break;
	case KEY_SEQ:
		a->opt.seq_set = true;
		return take_number(&a->opt.seq, v, 1, UINT64_MAX, e);
	case KEY_TFC:
		rc = take_number(&n, v, 0, 65535, e);
		a->opt.tfc = (int64_t)n;
		break;
	case KEY_DUMMY:
		return take_number(&a->opt.dummy, v, 1, UINT32_MAX, e);
	case KEY_IV:
		return take_iv(a, v, e);
	case KEY_IMPAIR:
		a->opt.impair = &a->impair;
		return impair_parse(&a->impair, v, e);
	case KEY_SEED:
		rng_clear(&a->rng);
		return rng_init_hex(&a->rng, v, tool.name, e);
	default:
		return take_outer(a, key, v, e);
	}
	return rc;
}

/* Options whose value is a word of their row. */
static int take_word(struct app *a, int key, struct err *e)
{
	int i = opt_word(&a->f.cli.opt, e);

	switch (key) {
	case KEY_ECN: a->opt.outer.ecn = i; break;
	case KEY_DF: a->opt.outer.df = i; break;
	case KEY_IDENT: a->opt.ident = (enum encap_ident)i; break;
	case KEY_FRAGMENT: a->opt.before = i == 0; break;
	case KEY_UNMATCHED: a->opt.unmatched = (enum encap_unmatched)(UNMATCHED_DROP + i); break;
	case KEY_AH_ALIGN: a->opt.ah_align = i == 0 ? 4 : 8; break;
	}
	return i < 0 ? -1 : 0;
}

static int take_option(struct app *a, int key, struct err *e)
{
	const char *v = a->f.cli.opt.value;

	switch (key) {
	case KEY_WRAP: a->opt.seq_wrap = true; return 0;
	case KEY_FORWARD: a->opt.forward = true; return 0;
	case KEY_WESP: a->opt.wesp = true; return 0;
	case KEY_HEX: a->f.hex = a->f.cli.text_packets = true; return 0;
	case KEY_LIKE: a->like = v; return 0;
	case KEY_STATE: a->state = v; return 0;
	case KEY_EXPECT: return filter_expect(&a->f, e);
	case KEY_ENGINE: return filter_engine(&a->f, &a->opt.engine, e);
	case KEY_ECN: case KEY_DF: case KEY_IDENT: case KEY_FRAGMENT: case KEY_UNMATCHED: case KEY_AH_ALIGN:
		return take_word(a, key, e);
	}
	return take_value(a, key, v, e) < 0 ? cli_bad_value(&a->f.cli, a->f.cli.opt.row->name, e) : 0;
}

static void report(void *arg, const struct encap_item *it)
{
	struct app *a = arg;
	const char *file = filter_name(&a->f, it->packet);
	char where[512], text[SEALED_TEXT];

	if (a->f.cli.json_out != NULL)
		sealed_json(a->f.cli.json_out, &a->encap, it, a->f.cli.nread > 1 ? file : NULL);
	if (a->f.cli.verbose > 0 && encap_result_is_failure((enum encap_result)it->result)) {
		snprintf(where, sizeof where, "%s: packet %llu", file, (unsigned long long)it->packet->number);
		cli_message(&a->f.cli, 1, where, "%s", sealed_text(text, it));
	}
}

static int init(struct app *a, struct err *e)
{
	if (encap_init(&a->encap, &a->opt, a->f.sas.sad, &a->f.flow, &a->f.out, e) < 0)
		return -1;
	return a->state == NULL ? 0 :
	    counters_open(&a->counters, a->state, &a->encap, filter_note, &a->f, e);
}

static int run_packets(struct app *a, struct err *e)
{
	const struct filter_stages stages = { .arg = &a->encap, .side_size = encap_side_size(),
		.claim = encap_claim, .work = encap_work, .settle = encap_settle,
		.unit_clear = encap_unit_clear, .finish = encap_finish };

	a->opt.emit = filter_emit;
	if (filter_open(&a->f, false, e) < 0 || init(a, e) < 0)
		return -1;
	a->begun = true;
	return filter_run(&a->f, &stages, e);
}

static int run_hex(struct app *a, struct err *e)
{
	static uint8_t bytes[ENCAP_LONGEST];
	size_t n;

	a->opt.emit = filter_emit_hex;
	a->opt.threads = 1;
	a->f.out.form.dlt = LINKTYPE_RAW;
	if (filter_read_hex(&a->f, bytes, sizeof bytes, &n, e) < 0 || init(a, e) < 0)
		return -1;
	a->begun = true;
	return encap_one(&a->encap, bytes, n, e);
}

/* What the numbers mean for the person, beside the numbers. */
static int summarize(struct app *a, int status)
{
	const struct encap *d = &a->encap;
	unsigned served[ENGINE_COUNT] = { 0 };
	char text[SEALED_TEXT * 2];

	if (a->f.cli.json_out != NULL)
		sealed_tally_json(a->f.cli.json_out, &d->tally);
	cli_message(&a->f.cli, 0, NULL, "%s", sealed_tally_text(text, &d->tally));
	for (unsigned k = 0; impair_row(k) != NULL; k++)
		if (a->impair.fault[k].on && d->tally.faults[k] == 0)
			cli_message(&a->f.cli, 0, NULL, "--impair %s: done to no packet", impair_row(k)->name);
	if (d->stopped != ENCAP_NONE)
		cli_message(&a->f.cli, 0, NULL, "SA 0x%08x sent its last sequence number: rekey, or --seq-wrap",
		    d->sa[d->stopped].entry->sa.spi);
	if (a->f.cli.verbose > 0) {
		encap_served(d, served);
		filter_say_engines(&a->f, served);
	}
	status = filter_status(&a->f, status, d->tally.count[ENCAP_OK], "sealed");
	return status == 0 && sealed_failed(&d->tally) ? 1 : status;
}

/* --like's capture, all of it. */
static int open_like(struct app *a, struct err *e)
{
	struct pcap_in_options in = { .files = &a->like, .nfiles = 1 };

	return a->like == NULL || (a->opt.like = like_open(&in, e)) != NULL ? 0 : -1;
}

static int run(struct app *a, struct err *e)
{
	int status = 0, rc;

	if (cli_json_open(&a->f.cli, a->f.hex || cli_is_stdout(a->f.cli.write), e) < 0)
		return cli_trouble(&a->f.cli, e);
	if (a->f.cli.json_out != NULL || a->f.cli.verbose > 0)
		a->opt.report = report;
	if (a->state != NULL && cli_own_file(&a->f.cli, "--state", a->state, e) < 0)
		return cli_trouble(&a->f.cli, e);
	if (a->state != NULL && a->opt.iv == IVGEN_FIXED) {
		err_set(e, "--iv HEX says which IV is sent, --state that none is sent twice: one of them, please");
		return cli_trouble(&a->f.cli, e);
	}
	a->opt.arg = a;
	a->opt.threads = a->f.cli.threads;
	a->opt.rng = &a->rng;
	rng_fork(&a->impair.rng, &a->rng, "impair", 0);
	if (filter_open_sas(&a->f, true, false, e) < 0 || sas_load(&a->f.sas, true, e) < 0 || open_like(a, e) < 0)
		return cli_trouble(&a->f.cli, e);
	rc = a->f.hex ? run_hex(a, e) : run_packets(a, e);
	if (rc < 0)
		status = cli_trouble(&a->f.cli, e);
	if (!a->begun)
		return status;
	if (a->state != NULL && counters_save(&a->counters, &a->encap, e) < 0)
		status = cli_trouble(&a->f.cli, e);
	if (rc < 0 && a->encap.opt.unmatched == UNMATCHED_ERROR && a->encap.tally.count[ENCAP_NO_SA] > 0)
		status = 1;
	if (out_file_close(&a->f.file, e) < 0 && status == 0)
		status = cli_trouble(&a->f.cli, e);
	return summarize(a, status);
}

int main(int argc, char **argv)
{
	static struct app app = { .f = FILTER_INIT, .opt = { .iv = -1, .tfc = -1,
		.outer = { .dscp = -1, .ttl = -1, .ecn = -1, .df = -1, .flow = -1 } } };
	struct cli *cli = &app.f.cli;
	struct err e;
	int key, status;

	if (cli_start(cli, &tool, argc, argv, &e) < 0)
		return cli_end(cli, cli_trouble(cli, &e));
	rng_init_system(&app.rng);
	while ((key = cli_next(cli, &e)) > 0)
		if (take_option(&app, key, &e) < 0) {
			key = -1;
			break;
		}
	status = key < 0 ? cli_trouble(cli, &e) : run(&app, &e);
	encap_clear(&app.encap);
	like_free(app.opt.like);
	impair_clear(&app.impair);
	counters_close(&app.counters);
	rng_clear(&app.rng);
	filter_end(&app.f);
	return cli_end(cli, status);
}
