#include "cli/inspect.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/inspect_annotate.h"
#include "cli/inspect_check.h"
#include "cli/inspect_merge.h"
#include "cli/inspect_page.h"
#include "cli/inspect_read.h"
#include "cli/keys_in.h"
#include "cli/progress.h"
#include "cli/sa_in.h"
#include "cli/tell.h"
#include "report/diagnose.h"
#include "report/fresh.h"
#include "report/inspect_csv.h"
#include "report/inspect_json.h"
#include "report/inspect_packet.h"
#include "report/inspect_text.h"
#include "report/two_ends.h"

enum { KEY_PACKETS = 256, KEY_CSV, KEY_FOLLOW, KEY_SHARD, KEY_ANNOTATE, KEY_OTHER, KEY_HTML, KEY_MERGE, KEY_GUESS };
enum { REFRESH = 1000 };			/* ms between two looks while packets come */

struct inspect {
	struct cli *cli;
	struct keys_in keys;
	struct sas sas;
	struct model *model;
	struct diagnoses found;
	struct fresh fresh;
	struct progress progress;
	struct pcap_in *from;
	bool files;			/* all inputs are: nothing is waited for */
	bool packets, follow, screen;	/* screen: the report is shown anew as packets come */
	const char *csv, *annotate, *other, *html;
	struct page page;		/* with html */
	struct two_ends *two;		/* with other */
	struct shard shard;
	char name[MODEL_TEXT];
	bool merge, guess;
	uint64_t seen, bytes;
	int64_t looked;			/* when findings were looked for, ms, monotonic */
};

static volatile sig_atomic_t stopped;

static void stop(void *arg)
{
	(void)arg;
	stopped = 1;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* SAs of --keys beside those of --sa. */
static int join(struct sad *to, const struct sad *from, struct err *e)
{
	for (uint32_t i = 0; i < sad_count(from); i++) {
		struct sa sa;

		if (sa_copy(&sa, &sad_at(from, i)->sa, e) < 0 || sad_add(to, &sa, e) < 0)
			return -1;
	}
	return 0;
}

static int read_keys(struct inspect *in, struct err *e)
{
	struct cli *cli = in->cli;

	if (keys_in_read(&in->keys, cli, e) < 0)
		return -1;
	if (cli->nsa == 0)
		return 0;
	return sa_in_read(&in->sas, cli, cli->sa, cli->nsa, NULL, e) < 0 ? -1 : join(in->keys.sad, in->sas.sad, e);
}

/* --- what is told --- */

/* What the inputs are called, together: the first most of them. */
static void set_name(struct inspect *in, uint64_t most)
{
	const char *name;
	size_t n = 0;

	for (size_t i = 0; i < most && *(name = pcap_in_name(in->from, i)) != '\0' && n < sizeof in->name; i++)
		n += (size_t)snprintf(in->name + n, sizeof in->name - n, "%s%s", i > 0 ? ", " : "", name);
}

static int take_packet(void *arg, const struct model_packet *p, struct err *e)
{
	struct inspect *in = arg;
	const struct model_capture *c = model_capture(in->model);
	char line[PACKET_LINE];

	if (in->two != NULL && two_ends_see(in->two, 0, p, e) < 0)
		return -1;
	if (in->html != NULL)
		page_take(&in->page, p);
	if (!in->packets)
		return 0;
	if (in->cli->json)
		inspect_packet_json(tell_place(in->cli), p, in->cli->nread > 1);
	else
		puts(inspect_packet_line(line, p, c->first, in->cli->nread > 1));
	return 0;
}

static int take_other(void *arg, const struct model_packet *p, struct err *e)
{
	return two_ends_see(((struct inspect *)arg)->two, 1, p, e);
}

/* The other end's capture, all of it. */
static int read_other(struct inspect *in, const struct model_options *o, struct err *e)
{
	struct pcap_in_options po = { .files = &in->other, .nfiles = 1, .filter = in->cli->filter, .stop = &stopped, .map = true };
	struct model_options mo = { .ring = o->ring, .sad = NULL, .arg = in, .packet = take_other };
	int rc = inspect_read_again(&po, &mo, e);

	two_ends_end(in->two);
	in->found.two = in->two;
	return rc;
}

static int report(struct inspect *in, struct err *e)
{
	struct cli *cli = in->cli;
	struct inspect_text t = { .place = tell_table(cli), .name = in->name,
		.all = cli->verbose > 0 };

	if (cli->json) {
		inspect_json(tell_place(cli), in->model, &in->found);
		if (in->two != NULL)
			two_ends_json(tell_place(cli), in->two, cli->nread > 1);
		return 0;
	}
	if (inspect_text(&t, in->model, &in->found, e) < 0)
		return -1;
	return in->two != NULL ? two_ends_text(&t.place, in->two, e) : 0;
}

static int write_csv(struct inspect *in, struct err *e)
{
	struct out_file place = OUT_FILE_INIT;
	FILE *to;
	int rc = -1;

	if (in->csv == NULL)
		return 0;
	if (out_file_open(&place, in->csv, false, e) == 0 && (to = out_file_stream(&place, NULL, 0, e)) != NULL) {
		inspect_csv(to, in->model);
		rc = out_file_end(&place, to, e);
	}
	out_file_abandon(&place);
	return rc;
}

/* Findings that were not told yet, as lines of JSON; that there is nothing is told at the end alone. */
static void tell_fresh(struct inspect *in, bool end)
{
	FILE *to = in->cli->json_out != NULL ? in->cli->json_out : stdout;

	for (size_t i = 0; i < in->found.n; i++)
		if ((end || strcmp(in->found.list[i].id, "no-ipsec") != 0) && fresh_is(&in->fresh, &in->found.list[i]))
			inspect_json_finding(to, in->model, &in->found.list[i]);
	fflush(to);
}

/* A look in between: the screen anew, or what is new. */
static int look(struct inspect *in, struct err *e)
{
	if (model_settle(in->model, e) < 0 || diagnose(&in->found, in->model, e) < 0)
		return -1;
	if (in->follow)
		tell_fresh(in, false);
	if (!in->screen)
		return 0;
	fputs("\033[H\033[J", stdout);
	return report(in, e) < 0 || fflush(stdout) != 0 ? -1 : 0;
}

static int tell(struct inspect *in, struct err *e)
{
	if (diagnose(&in->found, in->model, e) < 0 || write_csv(in, e) < 0)
		return -1;
	if (in->follow)
		tell_fresh(in, true);
	else if (!in->packets && report(in, e) < 0)
		return -1;
	for (size_t i = 0; i < in->found.n; i++)
		if (in->found.list[i].severity == SEVERITY_ERROR)
			return 1;
	return 0;
}

/* What is written beside the report; o: how the inputs were read. */
static int write_files(struct inspect *in, const struct pcap_in_options *o, const struct model_options *mo, struct err *e)
{
	struct page_options page = { .name = in->name, .two = in->two };
	struct pcap_in_options again = *o;
	struct err late;
	int rc;

	if (stopped) {			/* as far as it was read; a second signal ends everything */
		again.count = model_capture(in->model)->frames;
		again.stop = NULL;
	}
	rc = in->annotate != NULL ? inspect_annotate(in->annotate, &again, mo, &in->found, e) : 0;
	if (in->html != NULL && inspect_page(in->html, &in->page, &again, mo, in->model, &in->found, &page, rc == 0 ? e : &late) < 0)
		return -1;
	return rc;
}

/* --- packets --- */

/* Waits for more, and looks once a second while nothing comes. */
static int wait_for_more(struct inspect *in, struct err *e)
{
	struct pollfd fd = { .events = POLLIN };

	while (!stopped && !pcap_in_ready(in->from)) {
		if ((fd.fd = pcap_in_fd(in->from)) < 0)
			return 0;
		if (in->packets)
			fflush(in->cli->json ? tell_place(in->cli) : stdout);
		if (!in->screen && !in->follow)
			return 0;
		if (now_ms() - in->looked >= REFRESH) {
			in->looked = now_ms();
			if (look(in, e) < 0)
				return -1;
		}
		poll(&fd, 1, REFRESH);
	}
	return 0;
}

static int before_batch(void *arg, uint64_t packets, uint64_t bytes, struct err *e)
{
	struct inspect *in = arg;

	in->seen += packets;
	in->bytes += bytes;
	if (!in->screen)
		progress_show(&in->progress, in->seen, in->bytes);
	if ((in->screen || in->follow) && now_ms() - in->looked >= REFRESH) {
		in->looked = now_ms();
		if (look(in, e) < 0)
			return -1;
	}
	return in->files ? 0 : wait_for_more(in, e);
}

static int inspect(struct inspect *in, struct err *e)
{
	struct cli *cli = in->cli;
	struct pcap_in_options o = { .files = cli->read, .nfiles = cli->nread, .iface = cli->iface, .filter = cli->filter,
		.count = cli->count, .stop = &stopped, .map = true };
	struct model_options mo = { .ring = &in->keys.ring, .explain = true, .guess = in->guess, .arg = in, .shard = in->shard,
		.packet = in->packets || in->other != NULL || in->html != NULL ? take_packet : NULL };
	struct err late;
	int rc, told;

	cli_on_stop(1, stop, NULL);
	if (read_keys(in, e) < 0 || cli_json_open(cli, false, e) < 0)
		return -1;
	mo.sad = in->keys.sad;
	in->screen = cli->iface != NULL && isatty(STDOUT_FILENO) && !cli->json && !in->packets && !in->follow;
	if ((in->from = pcap_in_open(&o, e)) == NULL)
		return -1;
	set_name(in, UINT64_MAX);
	in->files = pcap_in_is_files(in->from);
	progress_start(&in->progress, cli, 0);
	if (in->other != NULL && (in->two = two_ends_new(e)) == NULL)
		rc = -1;
	else
		rc = (in->model = model_new(&mo, e)) != NULL ? inspect_read(in->from, in->model, before_batch, in, e) : -1;
	progress_end(&in->progress);
	if (rc < 0 && in->model != NULL && model_capture(in->model)->files > 0)
		set_name(in, model_capture(in->model)->files);	/* one that could not be read, and those behind it, are not in it */
	pcap_in_close(in->from);
	if (in->model == NULL)
		return -1;
	model_set_name(in->model, in->name);
	/* what was read before an error is told all the same */
	told = model_end(in->model, &late) < 0 || (in->other != NULL && read_other(in, &mo, &late) < 0) ? -1 : tell(in, &late);
	if (told >= 0 && write_files(in, &o, &mo, &late) < 0)
		told = -1;
	if (rc == 0 && told < 0)
		*e = late;
	return rc < 0 ? rc : told;
}

/* --- options --- */

const struct opt inspect_rows[] = {
	{ KEY_PACKETS, "packets", NULL, "a line for each packet instead of the report" },
	{ KEY_FOLLOW, "follow", NULL, "findings as they come up, as JSON lines" },
	{ KEY_OTHER, "other", "FILE", "the other end's capture: what was lost and changed between them, how long it took" },
	{ KEY_HTML, "html", "FILE", "the report with pictures, as a page that stands alone" },
	{ KEY_CSV, "csv", "FILE", "what each SA carried over time" },
	{ KEY_ANNOTATE, "annotate", "FILE", "the capture again as pcapng, with a comment on each packet" },
	{ KEY_GUESS, "guess", NULL, "find by trial what keys are for whose descriptor does not say it" },
	{ KEY_MERGE, "merge", NULL, "the words are JSON reports: join shares of a capture, and captures" },
	{ KEY_SHARD, "shard", "K/N", "only the SAs of share K of N, by SPI and destination" },
	{ 0 }
};

static int take(struct inspect *in, int key, struct err *e)
{
	const char *v = in->cli->opt.value;

	switch (key) {
	case KEY_PACKETS:
		in->packets = true;
		return 0;
	case KEY_MERGE:
		in->merge = true;
		in->cli->takes = (in->cli->takes & ~(unsigned)CLI_TAKES_PACKETS) | CLI_TAKES_WORDS;
		return 0;
	case KEY_GUESS:
		in->guess = true;
		return 0;
	case KEY_FOLLOW:
		in->follow = true;
		return 0;
	case KEY_HTML:
		in->html = v;
		return 0;
	case KEY_OTHER:
		in->other = v;
		return 0;
	case KEY_CSV:
		in->csv = v;
		return 0;
	case KEY_ANNOTATE:
		in->annotate = v;
		return 0;
	}
	return shard_parse(&in->shard, v, e) < 0 ? cli_bad_value(in->cli, "shard", e) : 0;
}

static int check(const struct inspect *in, struct err *e)
{
	const struct cli *cli = in->cli;
	const struct inspect_out out[] = { { "--html", in->html }, { "--csv", in->csv }, { "--annotate", in->annotate } };
	bool reads = cli->iface != NULL || cli->nsa > 0 || cli->nkeys > 0 || (cli->nread > 0 && strcmp(cli->read[0], "-") != 0);

	if (in->merge && (reads || in->packets || in->follow || in->guess || in->html != NULL || in->csv != NULL || in->annotate != NULL ||
	    in->other != NULL || in->shard.n > 0))
		return err_set(e, "--merge joins reports: of the other options it takes --json, -v, -q and --color");
	if (in->other != NULL && in->shard.n > 0)
		return err_set(e, "--other compares all SAs of two captures: it cannot be shared out (--shard)");
	if (in->packets && in->follow)
		return err_set(e, "--packets and --follow both write lines: choose one");
	if (inspect_check_files(cli, out, sizeof out / sizeof out[0], in->other, e) < 0)
		return -1;
	return in->annotate != NULL ? inspect_annotate_check(cli, e) : 0;
}

int inspect_run(struct cli *cli, struct err *e)
{
	struct inspect in = { .cli = cli };
	int key, rc = 0;

	while (rc == 0 && (key = cli_next(cli, e)) != 0)
		rc = key < 0 ? -1 : take(&in, key, e);
	if (rc == 0)
		rc = check(&in, e);
	if (rc == 0)
		rc = in.merge ? inspect_merge(cli, e) : inspect(&in, e);
	diagnoses_clear(&in.found);
	fresh_clear(&in.fresh);
	two_ends_free(in.two);
	page_clear(&in.page);
	model_free(in.model);
	sas_close(&in.sas);
	keys_in_clear(&in.keys);
	return rc;
}
