#ifdef __linux__
#define _GNU_SOURCE		/* sched_getaffinity() */
#include <sched.h>
#endif

#include "cli/common.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/complete.h"
#include "cli/sub.h"

enum {
	KEY_JSON = CLI_COMMON_KEY, KEY_PROGRESS, KEY_COLOR, KEY_KEYS, KEY_COMPLETIONS, KEY_READ,
	KEY_WRITE, KEY_IFACE, KEY_SA, KEY_COUNT, KEY_THREADS, KEY_QUIET, KEY_VERBOSE, KEY_HELP,
	KEY_VERSION,
};

static const struct {
	unsigned takes;		/* 0: every tool */
	struct opt row;
	int key;		/* what the row's letter means here */
} rows[] = {
	{ 0, { 1, "Common options", NULL, NULL }, 0 },
	{ CLI_TAKES_SA, { 's', "sa", "FILE",
	    "SA descriptors in any known format; may be repeated, - is stdin" }, KEY_SA },
	{ CLI_TAKES_KEYS, { KEY_KEYS, "keys", "FILE",
	    "IKE keys; may be repeated, - is stdin" }, KEY_KEYS },
	{ CLI_TAKES_PACKETS, { 'r', NULL, "FILE",
	    "read packets: pcap, pcapng, also gzipped; - is stdin, the default" }, KEY_READ },
	{ CLI_TAKES_PACKETS, { 'i', NULL, "IFACE", "capture live on an interface" }, KEY_IFACE },
	{ CLI_TAKES_OUT, { 'w', NULL, "FILE",
	    "write packets as pcap; - is stdout, the default" }, KEY_WRITE },
	{ CLI_TAKES_PACKETS, { 'c', NULL, "N",
	    "stop after N packets that the filter let through" }, KEY_COUNT },
	{ CLI_TAKES_THREADS, { 'j', "threads", "N",
	    "worker threads, 1 to 256; default: the processors there are" }, KEY_THREADS },
	{ 0, { KEY_JSON, "json", "[=FILE]",
	    "results as JSON lines: to FILE, else to stdout where that is free, else stderr" },
	    KEY_JSON },
	{ 0, { 'q', NULL, NULL, "quieter" }, KEY_QUIET },
	{ 0, { 'v', NULL, NULL, "more talkative" }, KEY_VERBOSE },
	{ 0, { KEY_PROGRESS, "progress", "[=auto|always|never]",
	    "a progress line on stderr for long work" }, KEY_PROGRESS },
	{ 0, { KEY_COLOR, "color", "[=auto|always|never]",
	    "colour; auto: on a terminal, unless NO_COLOR is set" }, KEY_COLOR },
	{ 0, { 'h', "help", NULL, "this text" }, KEY_HELP },
	{ 0, { 'V', "version", NULL, "name and version" }, KEY_VERSION },
	{ 0, { KEY_COMPLETIONS, "completions", "bash|zsh|fish", "" }, KEY_COMPLETIONS },
};

enum { ROWS = sizeof rows / sizeof *rows };

_Static_assert((int)ROWS < (int)CLI_COMMON_ROWS, "common rows and their end fit");

static const struct opt own_heading[] = { { 1, "Options", NULL, NULL }, { 0, NULL, NULL, NULL } };

void common_rows(struct cli *cli)
{
	const struct opt *own[CLI_TABLES] = { cli->sub != NULL ? cli->sub->own : NULL, cli->tool->own };
	const struct opt *const *parts = cli->sub != NULL ? cli->sub->parts : NULL;
	size_t n = 0, t = 0, nown = 2;

	cli->takes = cli->sub != NULL ? cli->sub->takes : cli->tool->takes;
	for (size_t i = 0; i < ROWS; i++)
		if ((rows[i].takes & cli->takes) == rows[i].takes)
			cli->common[n++] = rows[i].row;
	cli->common[n] = (struct opt){ 0 };
	for (; parts != NULL && *parts != NULL; parts++) {
		assert(nown < CLI_TABLES - 3);		/* heading, common rows, end */
		own[nown++] = *parts;
	}
	for (size_t i = 0; i < nown; i++) {
		if (own[i] == NULL || opt_is_end(own[i]))
			continue;
		if (t == 0 && !opt_is_heading(own[i]))
			cli->tables[t++] = own_heading;
		cli->tables[t++] = own[i];
	}
	cli->tables[t++] = cli->common;
	cli->tables[t] = NULL;
}

unsigned common_processors(void)
{
	long n = -1;

#ifdef __linux__
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = CPU_COUNT(&set);
#endif
	if (n < 1)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > CLI_THREADS ? CLI_THREADS : (unsigned)n;
}

static int take_when(int *out, const struct opt_state *o, struct err *e)
{
	static const int meaning[] = { 0, 1, -1 };
	int i = o->value == NULL ? 1 : opt_word(o, e);

	if (i >= 0)
		*out = meaning[i];
	return i;
}

static int take_number(uint64_t *out, const char *value, uint64_t max, const char *name,
    struct err *e)
{
	if (uint_parse(out, value, strlen(value), 1, max, e) < 0)
		return err_in(e, "option %s", name);
	return 0;
}

static int take_once(const char **out, const char *value, const char *name, struct err *e)
{
	if (*out != NULL)
		return err_set(e, "option %s given twice: \"%s\" and \"%s\"", name, *out, value);
	*out = value;
	return 0;
}

_Noreturn static void done(struct cli *cli)
{
	exit(cli_end(cli, 0));
}

static void show_help(struct cli *cli)
{
	const struct cli_tool *tool = cli->tool;
	const struct cli_sub *sub = cli->sub;
	const char *more = sub != NULL ? sub->more : tool->more;

	if (sub != NULL)
		printf("%s %s: %s\n\nusage: %s %s %s\n", tool->name, sub->name, sub->what, tool->name,
		    sub->name, sub->usage);
	else
		printf("%s: %s\n\nusage: %s %s\n", tool->name, tool->what, tool->name, tool->usage);
	if (sub == NULL && tool->subs != NULL)
		cli_sub_help(tool->subs);
	opt_help(cli->tables);
	if (more != NULL)
		printf("\n%s", more);
	if (more != NULL && more[0] != '\0' && more[strlen(more) - 1] != '\n')
		putchar('\n');
	done(cli);
}

static int show_completions(struct cli *cli, const char *shell, struct err *e)
{
	const struct cli_tool *tool = cli->tool;
	struct complete_sub subs[COMPLETE_SUBS];
	struct cli one[COMPLETE_SUBS];
	struct complete c = { .subs = subs };

	/* the script is the tool's, also when a subcommand was named */
	for (const struct cli_sub *s = tool->subs; s != NULL && s->name != NULL; s++) {
		assert(c.nsubs < COMPLETE_SUBS);
		one[c.nsubs] = (struct cli){ .tool = tool, .sub = s };
		common_rows(&one[c.nsubs]);
		subs[c.nsubs] = (struct complete_sub){ s->name, s->what, one[c.nsubs].tables,
			(s->takes & CLI_TAKES_PACKETS) != 0, s->words };
		c.nsubs++;
	}
	cli->sub = NULL;
	common_rows(cli);
	c.tool = (struct complete_sub){ tool->name, tool->what, cli->tables,
		(tool->takes & CLI_TAKES_PACKETS) != 0, NULL };
	if (complete_print(shell, &c, e) < 0)
		return -1;
	done(cli);
}

/* What a row's key means: letters differ from tool to tool, so the own rows were asked first. */
static int meaning(const struct cli *cli, int key)
{
	for (const struct opt *o = cli->tool->own; o != NULL && !opt_is_end(o); o++)
		if (!opt_is_heading(o) && o->key == key)
			return 0;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].key != 0 && rows[i].row.key == key)
			return rows[i].key;
	return 0;
}

int common_take(struct cli *cli, int key, struct err *e)
{
	const char *value = cli->opt.value;
	uint64_t n = 0;
	int rc = 0;

	switch (meaning(cli, key)) {
	case KEY_READ:	cli->read[cli->nread++] = value; break;
	case KEY_SA:	cli->sa[cli->nsa++] = value; break;
	case KEY_KEYS:	cli->keys[cli->nkeys++] = value; break;
	case KEY_IFACE:	rc = take_once(&cli->iface, value, "-i", e); break;
	case KEY_WRITE:	rc = take_once(&cli->write, value, "-w", e); break;
	case KEY_COUNT:	rc = take_number(&cli->count, value, UINT64_MAX, "-c", e); break;
	case KEY_THREADS:
		rc = take_number(&n, value, CLI_THREADS, "-j", e);
		if (rc == 0)
			cli->threads = (unsigned)n;
		break;
	case KEY_JSON:
		cli->json = true;
		if (value != NULL)
			rc = take_once(&cli->json_file, value, "--json", e);
		break;
	case KEY_QUIET:		cli->verbose--; break;
	case KEY_VERBOSE:	cli->verbose++; break;
	case KEY_PROGRESS:	rc = take_when(&cli->progress, &cli->opt, e); break;
	case KEY_COLOR:		rc = take_when(&cli->color, &cli->opt, e); break;
	case KEY_HELP:		show_help(cli); break;
	case KEY_VERSION:
		printf("%s (ipsec-toolkit) %s\n", cli->tool->name, TOOLKIT_VERSION);
		done(cli);
	case KEY_COMPLETIONS:	rc = show_completions(cli, value, e); break;
	default:		return 0;
	}
	return rc < 0 ? -1 : 1;
}

/* Streams can be read once: two places may not be one descriptor or FIFO. */
static bool same_stream(const char *a, const char *b)
{
	int fa = io_fd_of(a, STDIN_FILENO), fb = io_fd_of(b, STDIN_FILENO);
	struct stat sa, sb;

	if (fa >= 0 || fb >= 0)
		return fa == fb;
	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && S_ISFIFO(sa.st_mode) &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static const char *place(const struct cli *cli, size_t i, const char **opt)
{
	if (i < cli->nsa) {
		*opt = "-s";
		return cli->sa[i];
	}
	i -= cli->nsa;
	*opt = i < cli->nkeys ? "--keys" : "-r";
	return i < cli->nkeys ? cli->keys[i] : cli->read[i - cli->nkeys];
}

static int check_streams(const struct cli *cli, bool implied, struct err *e)
{
	size_t n = cli->nsa + cli->nkeys + cli->nread;
	const char *oi, *oj;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			const char *a = place(cli, i, &oi), *b = place(cli, j, &oj);

			if (!same_stream(a, b))
				continue;
			if (implied && j == n - 1)
				return err_set(e, "\"%s %s\" and packets without -r both want "
				    "stdin: give -r FILE", oi, a);
			return err_set(e, "\"%s %s\" and \"%s %s\" ask for one stream twice",
			    oi, a, oj, b);
		}
	return 0;
}

static int join_words(struct cli *cli, struct err *e)
{
	size_t n = 1;
	char *p;

	if (cli->nwords == 0)
		return 0;
	for (int i = 0; i < cli->nwords; i++)
		n += strlen(cli->words[i]) + 1;
	p = cli->filter = malloc(n);
	if (p == NULL)
		return err_nomem(e);
	for (int i = 0; i < cli->nwords; i++) {
		size_t len = strlen(cli->words[i]);

		memcpy(p, cli->words[i], len);
		p[len] = ' ';
		p += len + 1;
	}
	p[-1] = '\0';
	return 0;
}

/* The words behind the subcommand's name. */
static int take_words(struct cli *cli, struct err *e)
{
	int name = cli->sub != NULL;

	cli->words = cli->opt.words + name;
	cli->nwords = cli->opt.nwords - name;
	if ((cli->takes & CLI_TAKES_PACKETS) != 0)
		return join_words(cli, e);
	if ((cli->takes & CLI_TAKES_WORDS) == 0 && cli->nwords > 0)
		return err_set(e, "found \"%s\", wanted options alone", cli->words[0]);
	return 0;
}

int common_check(struct cli *cli, struct err *e)
{
	bool packets = (cli->takes & CLI_TAKES_PACKETS) != 0;
	bool implied = packets && cli->nread == 0 && cli->iface == NULL;

	if (cli->iface != NULL && cli->nread > 0)
		return err_set(e, "\"-i %s\" and \"-r %s\": packets come from one of the two",
		    cli->iface, cli->read[0]);
	if (take_words(cli, e) < 0)
		return -1;
	if (implied)
		cli->read[cli->nread++] = "-";
	if (check_streams(cli, implied, e) < 0)
		return -1;
	for (size_t i = 0; i < cli->nread; i++)
		if (io_fd_of(cli->read[i], STDIN_FILENO) == STDIN_FILENO && !cli->text_packets &&
		    isatty(STDIN_FILENO))
			return err_set(e, "packets are read from stdin, which is a terminal: give "
			    "-r FILE or -i IFACE, or a pipe such as \"tcpdump -w - |\"");
	return 0;
}
