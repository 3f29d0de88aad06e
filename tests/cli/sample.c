/*
 * The smallest tool there can be: what cli/ promises for all tools is tested with it.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/progress.h"

static const struct opt own[] = {
	{ 'k', "keep", "[=all]", "keep what cannot be opened" },
	{ 256, "ts", "drop|ignore", "what to do outside the selectors" },
	{ 257, "expect", "N", "fewer than N is a failure" },
	{ 258, "stop", NULL, "send TERM to itself and go on" },
	{ 259, "say", "TEXT", "a note" },
	{ 260, "fail", "input|data|pipe", "end with this kind of error" },
	{ 'x', "hex", NULL, "packets are text" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli_tool tool = {
	.name = "cli-sample", .usage = "[options] [filter]", .what = "show what cli/ does",
	.more = "Examples:\n  cli-sample -r wire.pcap --json | jq .\n", .own = own,
	.takes = CLI_TAKES_PACKETS | CLI_TAKES_OUT | CLI_TAKES_SA | CLI_TAKES_THREADS |
	    CLI_TAKES_KEYS,
};

static void on_stop(void *arg)
{
	*(volatile sig_atomic_t *)arg = 1;
}

static int fail(const char *kind, struct err *e)
{
	if (strcmp(kind, "input") == 0)
		return err_set(e, "a key is wrong");
	if (strcmp(kind, "data") == 0)
		return err_data(e, "wire.pcap: packet 3: cut");
	e->kind = ERR_PIPE;
	return -1;
}

/* The whole work: a line to the output, and one result. */
static int work(struct cli *cli, bool keep, struct err *e)
{
	struct out_file out = OUT_FILE_INIT;
	struct progress progress;
	char line[256];
	int n;

	if (cli_json_open(cli, cli_is_stdout(cli->write), e) < 0 ||
	    out_file_open(&out, cli->write, true, e) < 0)
		return -1;
	progress_start(&progress, cli, 0);
	progress_show(&progress, 1, 100);
	n = snprintf(line, sizeof line, "read %s nsa %zu count %llu filter %s keep %d\n",
	    cli->iface != NULL ? cli->iface : cli->read[0], cli->nsa,
	    (unsigned long long)cli->count, cli->filter != NULL ? cli->filter : "-", keep);
	if (write(out.fd, line, (size_t)n) != n) {
		err_sys(e, "%s", out.path);
		out_file_abandon(&out);
		return -1;
	}
	progress_end(&progress);
	if (cli->json_out != NULL)
		fprintf(cli->json_out, "{\"type\":\"event\",\"event\":\"summary\",\"packets\":0}\n");
	cli_message(cli, 1, NULL, "threads: %s", cli->threads > 0 ? "some" : "none");
	return out_file_close(&out, e);
}

int main(int argc, char **argv)
{
	static volatile sig_atomic_t stopped;
	const char *say = NULL, *kind = NULL;
	uint64_t expect = 0;
	struct cli cli;
	struct err e;
	bool keep = false;
	int key, rc;

	rc = cli_start(&cli, &tool, argc, argv, &e);
	while (rc == 0 && (key = cli_next(&cli, &e)) != 0) {
		switch (key) {
		case 'k': keep = true; break;
		case 'x': cli.text_packets = true; break;
		case 257:
			rc = uint_parse(&expect, cli.opt.value, strlen(cli.opt.value), 0, 99, &e);
			if (rc < 0)
				err_in(&e, "option --expect");
			break;
		case 258:
			if (!stopped)
				cli_on_stop(1, on_stop, (void *)&stopped);
			raise(SIGTERM);
			break;
		case 259: say = cli.opt.value; break;
		case 260: kind = cli.opt.value; break;
		case -1: rc = -1; break;
		default: break;
		}
	}
	if (rc == 0)
		rc = work(&cli, keep, &e);
	if (rc == 0 && say != NULL)
		cli_message(&cli, 0, "here:1:2", "%s", say);
	if (rc == 0 && stopped)
		cli_message(&cli, 0, NULL, "stopped");
	if (rc == 0 && kind != NULL)
		rc = fail(kind, &e);
	return cli_end(&cli, rc < 0 ? cli_trouble(&cli, &e) : expect > 0);
}
