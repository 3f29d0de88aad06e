#include "cli/mtu_opts.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "esp/mtu_fit.h"

enum { KEY_LINK = 256, KEY_PAYLOAD, KEY_TABLE, KEY_AH_ALIGN, KEY_WESP };

const struct opt mtu_opts_rows[] = {
	{ KEY_LINK, "link", "N", "what fits through a link of N bytes" },
	{ KEY_PAYLOAD, "payload", "N[-M]", "what inner packets of N (to M) bytes become" },
	{ KEY_TABLE, "table", NULL, "a line for each SA; without -s for each suite there is" },
	{ KEY_AH_ALIGN, "ah-align", "4|8", "pad AH over IPv4 to this (default: 4; Linux has 8 without align4)" },
	{ KEY_WESP, "wesp", NULL, "ESP is wrapped as RFC 5840 says" },
	{ 0 }
};

static int take_range(struct mtu_plan *plan, const char *v, struct err *e)
{
	size_t n = strcspn(v, "-");
	uint64_t first, last;

	if (uint_parse(&first, v, n, MTU_INNER, MTU_MAX, e) < 0)
		return -1;
	last = first;
	if (v[n] == '-' && uint_parse(&last, v + n + 1, strlen(v + n + 1), first, MTU_MAX, e) < 0)
		return -1;
	plan->first = (uint32_t)first;
	plan->last = (uint32_t)last;
	return 0;
}

int mtu_opts_take(struct mtu_plan *plan, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;
	uint64_t n;

	switch (key) {
	case KEY_LINK:
		if (uint_parse(&n, v, strlen(v), MTU_MIN, MTU_MAX, e) < 0)
			return cli_bad_value(cli, "link", e);
		plan->link = (uint32_t)n;
		return 0;
	case KEY_PAYLOAD:
		return take_range(plan, v, e) < 0 ? cli_bad_value(cli, "payload", e) : 0;
	case KEY_AH_ALIGN:
		plan->ah_align = v[0] == '8' ? 8 : 4;
		return opt_word(&cli->opt, e) < 0 ? -1 : 0;
	case KEY_TABLE: plan->table = true; return 0;
	default: plan->wesp = true; return 0;
	}
}

static void say_left_out(void *arg, const struct sa *sa, const char *why)
{
	cli_message(arg, -1, NULL, "%s 0x%08x left out: %s", sa_proto_name(sa->proto), sa->spi, why);
}

void mtu_opts_init(struct mtu_plan *plan, struct cli *cli)
{
	*plan = (struct mtu_plan){ .ah_align = 4, .width = io_width(STDOUT_FILENO), .left_out = say_left_out,
		.arg = cli };
}

int mtu_opts_check(const struct mtu_plan *plan, struct err *e)
{
	if ((plan->link != 0) == (plan->first != 0))
		return err_set(e, "wanted --link N or --payload N, one of the two");
	return 0;
}
