#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/secret.h"
#include "base/text.h"
#include "cli/common.h"
#include "cli/sub.h"

/* A core dump or a debugger would show keys. */
static void no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* A file opened later must not become stdin, stdout or stderr because they were closed. */
static void hold_standard(void)
{
	for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
		if (fd > STDERR_FILENO) {
			close(fd);
			return;
		}
}

bool cli_is_stdout(const char *path)
{
	return io_fd_of(path, STDOUT_FILENO) == STDOUT_FILENO;
}

static bool packets_on_stdout(const struct cli *cli)
{
	return (cli->takes & CLI_TAKES_OUT) != 0 && cli_is_stdout(cli->write);
}

/* Whether messages are JSON must be known before the first wrong option is told. */
static void foresee_json(struct cli *cli)
{
	struct opt_state ahead = cli->opt;
	struct cli seen = { .tool = cli->tool, .takes = cli->takes };
	struct err e;
	int key;

	while ((key = opt_next(&ahead, &e)) != 0) {
		if (key == 'w')
			seen.write = ahead.value;
		if (key == CLI_COMMON_KEY) {
			seen.json = true;
			if (ahead.value != NULL)
				seen.json_file = ahead.value;
		}
	}
	cli->json_messages = seen.json && seen.json_file == NULL && packets_on_stdout(&seen);
}

int cli_start(struct cli *cli, const struct cli_tool *tool, int argc, char **argv, struct err *e)
{
	size_t room = (size_t)argc + 1;

	*cli = (struct cli){ .tool = tool, .parsing = true, .json_place = OUT_FILE_INIT };
	no_core();
	hold_standard();
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);		/* a message is one write */
	if (secret_init(e) < 0)
		return -1;
	cli->threads = common_processors();
	cli->strings = calloc(4 * room, sizeof *cli->strings);
	if (cli->strings == NULL)
		return err_nomem(e);
	cli->read = cli->strings + room;
	cli->sa = cli->read + room;
	cli->keys = cli->sa + room;
	common_rows(cli);
	opt_init(&cli->opt, cli->tables, argc, argv, cli->strings);
	if (tool->subs != NULL) {
		if (cli_sub_find(cli, e) < 0)
			return -1;
		common_rows(cli);
	}
	foresee_json(cli);
	return 0;
}

int cli_next(struct cli *cli, struct err *e)
{
	int key, taken;

	while ((key = opt_next(&cli->opt, e)) > 0) {
		taken = common_take(cli, key, e);
		if (taken <= 0)
			return taken < 0 ? -1 : key;
	}
	if (key < 0 || common_check(cli, e) < 0)
		return -1;
	cli->parsing = false;
	return 0;
}

int cli_bad_value(struct cli *cli, const char *name, struct err *e)
{
	if (cli->opt.value != NULL)
		return err_in(e, "option --%s: \"%s\"", name, cli->opt.value);
	return err_in(e, "option --%s", name);
}

/* Devices are no files that one would replace. */
static bool same_file(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0 && strncmp(a, "/dev/", 5) != 0;
}

int cli_own_file(const struct cli *cli, const char *option, const char *path, struct err *e)
{
	const char *other = same_file(cli->write, path) ? "-w" : same_file(cli->json_file, path) ? "--json" : NULL;

	if (other != NULL)
		return err_set(e, "\"%s %s\" and \"%s %s\" ask for one file twice", option, path, other, path);
	return 0;
}

static int json_same_file(const struct cli *cli, struct err *e)
{
	if (same_file(cli->write, cli->json_file))
		return err_set(e, "\"-w %s\" and \"--json=%s\" ask for one file twice", cli->write,
		    cli->json_file);
	return 0;
}

int cli_json_open(struct cli *cli, bool on_stdout, struct err *e)
{
	int fd;

	if (!cli->json)
		return 0;
	if (cli->json_file == NULL && on_stdout) {
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		cli->json_messages = true;
	} else if (cli_is_stdout(cli->json_file)) {
		if (on_stdout)
			return err_set(e, "\"--json=%s\" and \"-w %s\" both want stdout",
			    cli->json_file, cli->write != NULL ? cli->write : "-");
		cli->json_out = stdout;
		return 0;
	} else {
		if (json_same_file(cli, e) < 0 ||
		    out_file_open(&cli->json_place, cli->json_file, false, e) < 0)
			return -1;
		fd = fcntl(cli->json_place.fd, F_DUPFD_CLOEXEC, 3);
	}
	cli->json_out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (cli->json_out == NULL) {
		err_sys(e, "%s", cli->json_file != NULL ? cli->json_file : "stderr");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return 0;
}

static void say(struct cli *cli, const char *level, const char *where, const char *text)
{
	FILE *to = cli->json_messages && cli->json_out != NULL ? cli->json_out : stderr;

	if (cli->line_shown)
		fputs("\r\033[K", stderr);
	cli->line_shown = false;
	if (cli->json_messages) {
		fprintf(to, "{\"type\":\"message\",\"level\":\"%s\"", level);
		if (where != NULL) {
			fputs(",\"where\":\"", to);
			esc_json(to, where, strlen(where));
			putc('"', to);
		}
		fputs(",\"text\":\"", to);
		esc_json(to, text, strlen(text));
		fputs("\"}\n", to);
	} else {
		fprintf(to, "%s: ", cli->tool->name);
		if (where != NULL) {
			esc_text(to, where, strlen(where));
			fputs(": ", to);
		}
		esc_text(to, text, strlen(text));
		putc('\n', to);
	}
	fflush(to);
}

int cli_trouble(struct cli *cli, const struct err *e)
{
	char hint[64];

	if (e->kind == ERR_PIPE)
		return 0;
	say(cli, "error", NULL, e->text);
	if (e->kind != ERR_INPUT)
		return 3;
	if (cli->parsing) {
		snprintf(hint, sizeof hint, "try %s%s%s --help", cli->tool->name,
		    cli->sub != NULL ? " " : "", cli->sub != NULL ? cli->sub->name : "");
		if (cli->json_messages)
			say(cli, "note", NULL, hint);
		else
			fprintf(stderr, "%s\n", hint);
	}
	return 2;
}

void cli_message(struct cli *cli, int level, const char *where, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (level >= 0 && cli->verbose < level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	say(cli, "note", where, text);
}

bool cli_wants_color(const struct cli *cli, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (cli->color != 0)
		return cli->color > 0;
	return isatty(fd) && (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
/* A handler has no argument of its own. */
static struct { void (*fn)(void *); void *arg; volatile sig_atomic_t left; } stop;

static void on_stop(int number)
{
	int saved = errno;

	if (number == SIGHUP)
		signal(SIGHUP, SIG_IGN);
	if (stop.left > 0 && --stop.left == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
	}
	stop.fn(stop.arg);
	errno = saved;
}

void cli_on_stop(int times, void (*fn)(void *), void *arg)
{
	struct sigaction sa = { .sa_handler = on_stop }, was;	/* no SA_RESTART: a waiting read ends */

	stop.fn = fn;
	stop.arg = arg;
	stop.left = times;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaddset(&sa.sa_mask, signals[i]);		/* one at a time: they count */
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (signals[i] != SIGHUP || sigaction(SIGHUP, NULL, &was) < 0 || was.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

/* A reader that went away is quiet; stdout that was closed from the start matters only if used. */
static int close_failed(struct cli *cli, const char *name, int status)
{
	struct err e;

	err_sys(&e, "%s", name);
	if (e.kind == ERR_PIPE)
		return status;
	cli->parsing = false;
	return cli_trouble(cli, &e);
}

static int close_stdout(struct cli *cli, int status)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return close_failed(cli, "stdout", status);
	if (fclose(stdout) != 0 && errno != EBADF)
		return close_failed(cli, "stdout", status);
	return status;
}

static int close_json(struct cli *cli, int status)
{
	const char *name = cli->json_file != NULL ? cli->json_file : "stderr";
	FILE *out = cli->json_out;
	struct err e;
	bool bad;

	cli->json_out = NULL;
	if (out == NULL || out == stdout)
		return status;
	bad = ferror(out) != 0;
	if (fclose(out) != 0 || bad) {
		if (errno == 0)
			errno = EIO;
		out_file_abandon(&cli->json_place);
		return close_failed(cli, name, status);
	}
	if (out_file_close(&cli->json_place, &e) < 0)
		return cli_trouble(cli, &e);
	return status;
}

int cli_end(struct cli *cli, int status)
{
	status = close_json(cli, status);
	status = close_stdout(cli, status);
	free(cli->filter);
	cli->filter = NULL;
	free(cli->strings);
	cli->strings = NULL;
	return status;
}
