#include "cli/inspect_merge.h"

#include <stdlib.h>
#include <string.h>

#include "cli/tell.h"
#include "report/merge.h"

enum { MERGE_FILE_MAX = 1 << 30 };

/* Whole files: a line is as long as a tunnel has SAs. */
static int read_file(struct merge *g, const char *path, struct err *e)
{
	char *text = NULL, *line, *end;
	size_t n = 0, column;
	uint64_t number = 1;
	int rc = io_read_all(path, MERGE_FILE_MAX, &text, &n, e);

	for (line = text; rc == 0 && line < text + n; line = end + 1, number++) {
		if ((end = memchr(line, '\n', (size_t)(text + n - line))) == NULL)
			end = text + n;
		if ((rc = merge_line(g, line, (size_t)(end - line), &column, e)) < 0)
			err_in(e, "%s:%llu:%zu", path, (unsigned long long)number, column);
	}
	if (rc == 0 && n == 0)
		rc = err_set(e, "%s: found nothing, wanted a report of ipsec-inspect --json", path);
	merge_file_end(g);
	free(text);
	return rc;
}

static int tell(struct cli *cli, const struct merge *g, struct err *e)
{
	const struct inspect_text t = { .place = tell_table(cli), .all = cli->verbose > 0 };

	if (merge_skipped(g) > 0)
		cli_message(cli, 0, NULL, "%llu lines are no part of a report of ipsec-inspect: skipped", (unsigned long long)merge_skipped(g));
	if (cli->json)
		merge_json(tell_place(cli), g);
	else if (merge_text(g, &t, e) < 0)
		return -1;
	return merge_failed(g);
}

int inspect_merge(struct cli *cli, struct err *e)
{
	static const char *const standard[] = { "-" };
	const char *const *paths = cli->nwords > 0 ? cli->words : standard;
	size_t n = cli->nwords > 0 ? (size_t)cli->nwords : 1;
	struct merge *g = merge_new(e);
	int rc = g != NULL && cli_json_open(cli, false, e) == 0 ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_file(g, paths[i], e);
	if (rc == 0 && (rc = merge_end(g, e)) == 0)
		rc = tell(cli, g, e);
	merge_free(g);
	return rc;
}
