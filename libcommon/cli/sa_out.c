#include "cli/sa_out.h"

#include "cli/keyout.h"

/* What is left out is told even with -q. */
static void say_of(struct cli *cli, const struct sa *sa, bool left_out, const char *why)
{
	char where[512];

	if (sa->origin_file != NULL)
		snprintf(where, sizeof where, "%.400s:%llu", sa->origin_file, (unsigned long long)sa->origin_line);
	cli_message(cli, left_out ? -1 : 0, sa->origin_file != NULL ? where : NULL, "%s 0x%08x%s: %s",
	    sa_proto_name(sa->proto), sa->spi, left_out ? " left out" : "", why);
}

/* All that can be; the number of those that cannot. */
static size_t write_all(struct cli *cli, struct format_out *out, const struct sa_out *how,
    const struct sad *sad)
{
	size_t left = 0;
	struct err e;

	for (uint32_t i = 0; i < sad_count(sad); i++) {
		const struct sa *sa = &sad_at(sad, i)->sa;
		int rc;

		if (how->only != NULL && !select_match(how->only, sa))
			continue;
		if ((rc = format_write(out, how->to, sa, &e)) != 0)
			say_of(cli, sa, rc < 0, e.text);
		left += rc < 0;
	}
	format_write_end(out, how->to);
	return left;
}

int sa_out_write(struct cli *cli, const struct sa_out *how, const struct sad *sad, struct err *e)
{
	struct format_out out = { .hide_keys = how->hide_keys };
	struct keyout file = KEYOUT_INIT;
	size_t left = 0;
	int rc = 0;

	if (how->version != NULL)
		rc = format_out_version(&out, how->to, how->version, e);
	if (rc == 0)
		rc = keyout_open(&file, cli, how->path, e);
	if (rc == 0) {
		out.to = file.to;
		left = write_all(cli, &out, how, sad);
		rc = keyout_close(&file, cli, !how->hide_keys, e) < 0 ? -1 : left > 0;
	}
	keyout_end(&file);
	return rc;
}
