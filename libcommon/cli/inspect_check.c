#include "cli/inspect_check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/io.h"

/* Devices and pipes are no files that one would replace. */
static bool is_same(const char *a, const char *b)
{
	struct stat x, y;

	if (a == NULL || b == NULL || strcmp(a, "-") == 0 || strcmp(b, "-") == 0)
		return false;
	if (stat(a, &x) < 0 || stat(b, &y) < 0)
		return strcmp(a, b) == 0;
	return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int not_an_input(const struct cli *cli, const struct inspect_out *out, const char *other, struct err *e)
{
	const struct { const char *option; const char *const *path; size_t n; } in[] = {
		{ "-r", cli->read, cli->nread }, { "--sa", cli->sa, cli->nsa }, { "--keys", cli->keys, cli->nkeys },
		{ "--other", &other, 1 },
	};

	for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
		for (size_t j = 0; j < in[i].n; j++)
			if (is_same(out->path, in[i].path[j]))
				return err_set(e, "\"%s %s\" would replace what \"%s %s\" reads", out->option, out->path, in[i].option,
				    in[i].path[j]);
	return 0;
}

int inspect_check_files(const struct cli *cli, const struct inspect_out *out, size_t n, const char *other, struct err *e)
{
	const struct inspect_out json = { "--json", cli->json_file };

	if (not_an_input(cli, &json, other, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (not_an_input(cli, &out[i], other, e) < 0)
			return -1;
		for (size_t j = 0; j <= i; j++) {
			const struct inspect_out *b = j < i ? &out[j] : &json;

			if (is_same(out[i].path, b->path))
				return err_set(e, "\"%s %s\" and \"%s %s\" ask for one file twice", out[i].option, out[i].path, b->option, b->path);
		}
	}
	return 0;
}

bool inspect_can_reread(const char *const *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (io_fd_of(files[i], STDIN_FILENO) >= 0)
			return false;
	return n > 0 && !io_is_live(files, n);
}
