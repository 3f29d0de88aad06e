/*
 * ipsec-sa - SAs of any dialect shown, converted, checked and compared.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/mtu_opts.h"
#include "cli/progress.h"
#include "cli/sa_in.h"
#include "cli/sa_out.h"
#include "cli/sub.h"
#include "cli/tell.h"
#include "report/alg_table.h"
#include "report/sa_table.h"
#include "report/speed_table.h"
#include "report/xfrm_stat.h"
#include "sa/diff.h"

enum { KEY_SHOW_KEYS = 256, KEY_TO, KEY_FROM, KEY_VERSION, KEY_STRICT, KEY_STAT, KEY_NAMES, KEY_SPEED };
enum { STAT_MAX = 1 << 20, SPEED_NS = 20 * 1000 * 1000 };

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The SAs of the words from first on. */
static int read_words(struct sas *sas, struct cli *cli, int first, const struct format *only, struct err *e)
{
	return sa_in_read(sas, cli, cli->words + first, (size_t)(cli->nwords - first), only, e);
}

/* As read_words; policies without an SA will not do. */
static int read_sas(struct sas *sas, struct cli *cli, int first, const struct format *only, struct err *e)
{
	return read_words(sas, cli, first, only, e) < 0 ? -1 : sa_in_need(sas, e);
}

static const struct opt show_rows[] = {
	{ KEY_SHOW_KEYS, "show-keys", NULL, "print keys, too" },
	{ 0 }
};

static int run_show(struct cli *cli, struct err *e)
{
	struct table_place place;
	struct sas sas = { 0 };
	bool keys = false;
	int key, rc = -1;

	while ((key = cli_next(cli, e)) > 0)
		keys = true;
	place = tell_table(cli);
	if (key == 0 && read_sas(&sas, cli, 0, NULL, e) == 0) {
		if (cli->json)
			rc = sa_out_write(cli, &(struct sa_out){ .to = format_own(), .hide_keys = !keys }, sas.sad, e);
		else
			rc = sa_table_print(&place, sas.sad, keys, now_ns(), e);
	}
	sas_close(&sas);
	return rc;
}

static const struct opt convert_rows[] = {
	{ KEY_TO, "to", "FORMAT", "what to write; ipsec-sa formats lists them" },
	{ KEY_FROM, "from", "FORMAT", "take only what is in this format" },
	{ KEY_VERSION, "wireshark", "4.0|4.4|4.6", "write what this version of Wireshark reads" },
	{ KEY_VERSION, "scapy", "2.5|2.6", "write what this version of scapy reads" },
	{ 'o', "out", "FILE", "write to FILE, readable by its owner only; - is stdout, the default" },
	{ 0 }
};

struct convert { struct sa_out to; const struct format *from; const char *version_of; };

static int take_convert(struct convert *c, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;

	switch (key) {
	case KEY_TO:
		return format_by_name(&c->to.to, v, e) < 0 ? err_in(e, "option --to") : 0;
	case KEY_FROM:
		return format_by_name(&c->from, v, e) < 0 ? err_in(e, "option --from") : 0;
	case KEY_VERSION:
		c->to.version = v;
		c->version_of = cli->opt.row->name;
		return opt_word(&cli->opt, e) < 0 ? -1 : 0;
	default:
		c->to.path = v;
		return 0;
	}
}

static int check_convert(const struct convert *c, struct err *e)
{
	const struct format *to = c->to.to;

	if (to == NULL)
		return err_set(e, "wanted --to FORMAT; ipsec-sa formats lists them");
	if (to->write == NULL)
		return err_set(e, "option --to: %s is only read", to->name);
	if (c->from != NULL && c->from->sniff == NULL)
		return err_set(e, "option --from: %s is only written", c->from->name);
	if (c->version_of != NULL && strcmp(to->name, c->version_of) != 0)
		return err_set(e, "--%s is for --to %s, and not for %s", c->version_of, c->version_of, to->name);
	return 0;
}

static int run_convert(struct cli *cli, struct err *e)
{
	struct convert c = { 0 };
	struct sas sas = { 0 };
	int key, rc = 0;

	while (rc == 0 && (key = cli_next(cli, e)) != 0)
		rc = key < 0 ? -1 : take_convert(&c, cli, key, e);
	if (rc == 0 && (rc = check_convert(&c, e)) == 0 && (rc = read_sas(&sas, cli, 0, c.from, e)) == 0)
		rc = sa_out_write(cli, &c.to, sas.sad, e);
	sas_close(&sas);
	return rc;
}

static const struct opt check_rows[] = {
	{ KEY_STRICT, "strict", NULL, "fail for what is weak, too: exit status 1 for warnings" },
	{ KEY_STAT, "xfrm-stat", "FILE", "say what the counters of /proc/net/xfrm_stat mean" },
	{ 0 }
};

static int check_stat(struct findings *f, const char *path, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc = io_read_all(path, STAT_MAX, &text, &n, e);

	if (rc == 0)
		rc = xfrm_stat_read(f, text, n, strcmp(path, "-") == 0 ? "stdin" : path, e);
	free(text);
	return rc;
}

static int check_sas(struct findings *f, struct sas *sas, struct cli *cli, struct err *e)
{
	struct lint lint = { 0 };
	int rc = read_words(sas, cli, 0, NULL, e);

	if (rc == 0)
		rc = lint_all(&lint, sas->sad, now_ns(), e);
	if (rc == 0)
		rc = lint_policies(&lint, sas->sad, sad_policies(sas->sad), e);
	for (size_t i = 0; rc == 0 && i < lint.n; i++)
		rc = findings_add_lint(f, &lint.hit[i], e);
	lint_clear(&lint);
	return rc;
}

static int run_check(struct cli *cli, struct err *e)
{
	struct findings f = { 0 };
	struct sas sas = { 0 };
	const char *stat = NULL;
	bool strict = false;
	int key, rc = 0;

	while ((key = cli_next(cli, e)) > 0) {
		strict = strict || key == KEY_STRICT;
		stat = key == KEY_STAT ? cli->opt.value : stat;
	}
	if (key < 0 || cli_json_open(cli, false, e) < 0)
		return -1;
	/* with counters alone there are no SAs to wait for */
	if (stat == NULL || cli->nwords > 0)
		rc = check_sas(&f, &sas, cli, e);
	if (rc == 0 && stat != NULL)
		rc = check_stat(&f, stat, e);
	if (rc == 0)
		rc = tell_findings(cli, &f, strict, e);
	if (rc >= 0 && sas.sad != NULL)
		cli_message(cli, 0, NULL, "SAs: %zu, errors: %zu, warnings: %zu, notes: %zu", sad_count(sas.sad),
		    f.count[SEVERITY_ERROR], f.count[SEVERITY_WARNING], f.count[SEVERITY_INFO]);
	findings_clear(&f);
	sas_close(&sas);
	return rc;
}

static int compare(struct cli *cli, const struct sad *a, const struct sad *b, struct err *e)
{
	struct findings f = { 0 };
	struct diff diff = { 0 };
	int rc = diff_all(&diff, a, b, now_ns(), e);

	for (size_t i = 0; rc == 0 && i < diff.n; i++)
		rc = findings_add_diff(&f, &diff.hit[i], e);
	if (rc == 0)
		rc = tell_findings(cli, &f, true, e);
	if (rc >= 0)
		cli_message(cli, 0, NULL, "SAs at both ends: %zu, differences: %zu, that matter: %zu", diff.pairs,
		    f.n, f.n - f.count[SEVERITY_INFO]);
	findings_clear(&f);
	diff_clear(&diff);
	return rc;
}

static int run_diff(struct cli *cli, struct err *e)
{
	struct sas a = { 0 }, b = { 0 };
	int key, rc = -1;

	while ((key = cli_next(cli, e)) > 0)
		;
	if (key < 0)
		return -1;
	if (cli->nwords != 2)
		return err_set(e, "wanted two files, the SAs of one end and those of the other, found %d",
		    cli->nwords);
	if (io_fd_of(cli->words[0], 0) == 0 && io_fd_of(cli->words[1], 0) == 0)
		return err_set(e, "stdin is asked for twice");
	if (cli_json_open(cli, false, e) == 0 && sa_in_read(&a, cli, cli->words, 1, NULL, e) == 0 &&
	    sa_in_read(&b, cli, cli->words + 1, 1, NULL, e) == 0)
		rc = compare(cli, a.sad, b.sad, e);
	sas_close(&a);
	sas_close(&b);
	return rc;
}

static const struct opt select_rows[] = {
	{ 'o', "out", "FILE", "write to FILE, readable by its owner only; - is stdout, the default" },
	{ 0 }
};

static int run_select(struct cli *cli, struct err *e)
{
	struct sa_out to = { .to = format_own() };
	struct select *select = NULL;
	struct sas sas = { 0 };
	int key, rc = -1;

	while ((key = cli_next(cli, e)) > 0)
		to.path = cli->opt.value;
	if (key < 0)
		return -1;
	if (cli->nwords == 0)
		return err_set(e, "wanted an expression, such as \"proto=esp and encr~gcm\"");
	if ((select = select_new(cli->words[0], e)) == NULL)
		return err_in(e, "expression");
	to.only = select;
	if (read_sas(&sas, cli, 1, NULL, e) == 0)
		rc = sa_out_write(cli, &to, sas.sad, e);
	select_free(select);
	sas_close(&sas);
	return rc;
}

static int run_mtu(struct cli *cli, struct err *e)
{
	struct mtu_plan plan;
	struct sas sas = { 0 };
	int key, rc = 0;

	mtu_opts_init(&plan, cli);
	while (rc == 0 && (key = cli_next(cli, e)) != 0)
		rc = key < 0 ? -1 : mtu_opts_take(&plan, cli, key, e);
	if (rc < 0 || mtu_opts_check(&plan, e) < 0 || cli_json_open(cli, false, e) < 0)
		return -1;
	plan.json = cli->json;
	if (plan.table && plan.link != 0 && !plan.json && cli->nsa == 0)
		return mtu_suites(stdout, &plan, e);
	rc = sa_in_read(&sas, cli, cli->sa, cli->nsa, NULL, e);
	if (rc == 0 && (rc = sa_in_need(&sas, e)) == 0)
		rc = mtu_text(tell_place(cli), sas.sad, &plan, e);
	sas_close(&sas);
	return rc;
}

static const struct opt algorithms_rows[] = {
	{ KEY_NAMES, "names", NULL, "the names in every dialect" },
	{ KEY_SPEED, "speed", NULL, "measure each suite on this machine, and mark the fastest to recommend" },
	{ 0 }
};

static void show_progress(void *arg, size_t done, size_t total, const char *what)
{
	progress_count(arg, done, total, what);
}

static int run_speed(struct cli *cli, struct err *e)
{
	struct progress progress;
	struct speed_plan plan = { .names = cli->words, .n = (size_t)cli->nwords, .ns = SPEED_NS,
		.json = cli->json, .width = io_width(STDOUT_FILENO), .progress = show_progress,
		.arg = &progress };
	int rc;

	progress_start(&progress, cli, 0);
	rc = speed_table(tell_place(cli), &plan, e);
	progress_end(&progress);
	return rc;
}

static int run_algorithms(struct cli *cli, struct err *e)
{
	enum alg_view view = ALG_FACTS;
	bool speed = false;
	int key;

	while ((key = cli_next(cli, e)) > 0) {
		view = key == KEY_NAMES ? ALG_NAMES : view;
		speed = speed || key == KEY_SPEED;
	}
	if (key < 0 || cli_json_open(cli, false, e) < 0)
		return -1;
	if (speed)
		return run_speed(cli, e);
	if (cli->json)
		return alg_table_json(tell_place(cli), cli->words, (size_t)cli->nwords, e);
	return alg_table_print(stdout, view, cli->words, (size_t)cli->nwords, io_width(STDOUT_FILENO), e);
}

static int run_formats(struct cli *cli, struct err *e)
{
	int key;

	while ((key = cli_next(cli, e)) > 0)
		;
	if (key < 0 || cli_json_open(cli, false, e) < 0)
		return -1;
	if (!cli->json)
		return format_table_print(stdout, io_width(STDOUT_FILENO), e);
	format_table_json(tell_place(cli));
	return 0;
}

/* Completions: files, and the formats of --to and --from. */
static const char *file_words(const char *option, size_t i)
{
	const struct format *f;

	if (option == NULL)
		return i == 0 ? "FILE" : NULL;
	if (strcmp(option, "to") != 0 && strcmp(option, "from") != 0)
		return NULL;
	for (size_t k = 0; (f = format_row(k)) != NULL; k++)
		if ((strcmp(option, "to") == 0 ? f->write != NULL : f->sniff != NULL) && i-- == 0)
			return f->name;
	return NULL;
}

static const char *alg_words(const char *option, size_t i)
{
	return option == NULL ? alg_table_name(i) : NULL;
}

static const struct cli_sub subs[] = {
	{ .name = "show", .usage = "[option ...] [FILE ...]", .run = run_show, .takes = CLI_TAKES_WORDS,
	  .own = show_rows, .words = file_words, .what = "a table of SAs for people",
	  .more = "Example:\n  ip xfrm state | ipsec-sa show\n" },
	{ .name = "convert", .usage = "--to FORMAT [option ...] [FILE ...]", .run = run_convert,
	  .takes = CLI_TAKES_WORDS, .own = convert_rows, .words = file_words,
	  .what = "SAs of any format in another",
	  .more = "Example:\n  ip xfrm state | ipsec-sa convert --to native -o sa.json\n" },
	{ .name = "check", .usage = "[option ...] [FILE ...]", .run = run_check, .takes = CLI_TAKES_WORDS,
	  .own = check_rows, .words = file_words, .what = "what is wrong or weak about SAs",
	  .more = "Example:\n  ipsec-sa check --xfrm-stat /proc/net/xfrm_stat xfrm.txt\n" },
	{ .name = "diff", .usage = "[option ...] A B", .run = run_diff, .takes = CLI_TAKES_WORDS,
	  .words = file_words, .what = "the two ends of tunnels: what differs, and what that breaks",
	  .more = "Example:\n  ipsec-sa diff <(ssh gw-a ip xfrm state) <(ssh gw-b ip xfrm state)\n" },
	{ .name = "select", .usage = "EXPRESSION [option ...] [FILE ...]", .run = run_select,
	  .takes = CLI_TAKES_WORDS, .own = select_rows, .words = file_words,
	  .what = "the SAs that an expression describes",
	  .more = "Example:\n  ipsec-sa select 'proto=esp and dst=10.0.0.0/8 and encr~gcm' sa.json\n" },
	{ .name = "mtu", .usage = "--link N|--payload N [-s FILE] [option ...]", .run = run_mtu,
	  .takes = CLI_TAKES_SA, .own = mtu_opts_rows, .words = file_words,
	  .what = "the packets that fit through a link, byte by byte",
	  .more = "Examples:\n  ipsec-sa mtu --link 1500 -s sa.json\n  ipsec-sa mtu --link 1500 --table\n" },
	{ .name = "algorithms", .usage = "[option ...] [NAME ...]", .run = run_algorithms,
	  .takes = CLI_TAKES_WORDS, .own = algorithms_rows, .words = alg_words,
	  .what = "every algorithm, its standing and its names" },
	{ .name = "formats", .usage = "[option ...]", .run = run_formats,
	  .what = "the formats that are read and written" },
	{ .name = NULL }
};

static const struct cli_tool tool = {
	.name = "ipsec-sa",
	.usage = "SUBCOMMAND [option ...]",
	.what = "SAs of any dialect shown, converted, checked and compared.",
	.more = "ipsec-sa SUBCOMMAND --help tells the rest.\n",
	.subs = subs,
};

int main(int argc, char **argv)
{
	static struct cli cli;

	return cli_sub_main(&cli, &tool, argc, argv);
}
