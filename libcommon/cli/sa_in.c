#include "cli/sa_in.h"

#include <unistd.h>

static void note(void *arg, const char *where, const char *text)
{
	cli_message(arg, 0, where, "%s", text);
}

/* One stream can be read once; a terminal would wait for somebody to type SAs. */
static int check_paths(const char *const *paths, size_t n, struct err *e)
{
	size_t from_stdin = 0;

	for (size_t i = 0; i < n; i++)
		from_stdin += io_fd_of(paths[i], STDIN_FILENO) == STDIN_FILENO;
	if (from_stdin > 1)
		return err_set(e, "stdin is asked for twice");
	if (from_stdin > 0 && isatty(STDIN_FILENO))
		return err_set(e, "SAs are read from stdin, which is a terminal: give a FILE, or a pipe such "
		    "as \"ip xfrm state |\"");
	return 0;
}

int sa_in_read(struct sas *s, struct cli *cli, const char *const *paths, size_t n,
    const struct format *only, struct err *e)
{
	static const char *const dash[] = { "-" };

	*s = (struct sas){ 0 };
	if (n == 0) {
		paths = dash;
		n = 1;
	}
	if (check_paths(paths, n, e) < 0)
		return -1;
	return sas_open_as(s, paths, n, only, note, cli, e) < 0 ? -1 : sas_load(s, true, e);
}

int sa_in_need(const struct sas *s, struct err *e)
{
	return sad_count(s->sad) > 0 ? 0 : err_set(e, "found policies, wanted SAs: ip xfrm state has them");
}
