/* follow_parts.c: how often a message in fragments was sent, how much of it came, and what did not; nothing is opened. */
#include "ike/follow.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "unit/ike/wire.h"

#define SECOND INT64_C(1000000000)

struct step { unsigned number, total; int ms; bool v1, last; unsigned sends, came, missing; };

static const struct { const char *why; struct step step[12]; } rows[] = {
	{ "one sending, out of order", { { 2, 3, 0, .sends = 1, .came = 1, .missing = 1 }, { 1, 3, 0, .sends = 1, .came = 2, .missing = 3 },
	    { 3, 3, 0, .sends = 1, .came = 3 } } },
	{ "captured twice is not sent twice", { { 1, 2, 0, .sends = 1, .came = 1, .missing = 2 }, { 1, 2, 1, .sends = 1, .came = 1, .missing = 2 } } },
	{ "the second sending has what the first had not", { { 1, 3, 0, .sends = 1, .came = 1, .missing = 2 },
	    { 3, 3, 0, .sends = 1, .came = 2, .missing = 2 }, { 1, 3, 4000, .sends = 2, .came = 2, .missing = 2 },
	    { 2, 3, 4000, .sends = 2, .came = 3 }, { 3, 3, 4000, .sends = 2, .came = 3 } } },
	{ "in smaller pieces (RFC 7383 2.6)", { { 1, 2, 0, .sends = 1, .came = 1, .missing = 2 },
	    { 1, 4, 4000, .sends = 2, .came = 1, .missing = 2 }, { 2, 4, 4000, .sends = 2, .came = 2, .missing = 3 } } },
	{ "a number beyond the total", { { 3, 2, 0, .sends = 0 } } },
	{ "IKEv1: the total comes with the last", { { 1, 0, 0, .v1 = true, .sends = 1, .came = 1, .missing = 2 },
	    { 3, 0, 0, .v1 = true, .last = true, .sends = 1, .came = 2, .missing = 2 },
	    { 1, 0, 4000, .v1 = true, .sends = 2, .came = 2, .missing = 2 } } },
};

struct seen { unsigned n; struct step step[12]; };

static int take(void *arg, const struct follow_message *m, struct err *e)
{
	struct seen *s = arg;

	(void)e;
	s->step[s->n++] = (struct step){ .sends = m->sends, .came = m->came, .missing = m->missing };
	return 0;
}

static void push(struct follow *f, const struct step *t, uint64_t frame)
{
	char hex[200];
	uint8_t wire[200];
	struct datagram d = { .kind = DATAGRAM_IKE, .proto = IP_UDP, .src = { 4, { 192, 0, 2, 1 } }, .dst = { 4, { 192, 0, 2, 2 } },
		.sport = 500, .dport = 500, .frame = &frame, .nframes = 1, .ns = SECOND + t->ms * (SECOND / 1000) };
	struct err e;

	if (t->v1)
		snprintf(hex, sizeof hex, "5a7c3b264fb1e106 9d55f35430883fa2 84 10 02 00 00000000 00000028 00 00 000c 0001 %02x %02x aabbccdd",
		    t->number, t->last);
	else
		snprintf(hex, sizeof hex, "5a7c3b264fb1e106 9d55f35430883fa2 35 20 23 08 00000001 00000030 00 00 0014 %04x %04x "
		    "aabbccddeeff00112233445566%02x%04x", t->number, t->total, t->number, t->total);
	d.body = (struct span){ wire, wire_hex(wire, sizeof wire, hex) };
	d.whole = d.body.n;
	cr_assert_eq(follow_push(f, &d, &e), 0);
}

ParameterizedTestParameters(follow_parts, counts)
{
	static size_t row[] = { 0, 1, 2, 3, 4, 5 };

	return cr_make_param_array(size_t, row, sizeof row / sizeof row[0]);
}

ParameterizedTest(size_t *i, follow_parts, counts)
{
	const struct step *step = rows[*i].step;
	struct seen *s = calloc(1, sizeof *s);
	struct follow_options o = { .arg = s, .message = take };
	struct err e;
	struct follow *f = follow_new(&o, &e);

	for (unsigned k = 0; step[k].number != 0; k++)
		push(f, &step[k], k + 1);
	for (unsigned k = 0; k < s->n; k++)
		cr_expect(s->step[k].sends == step[k].sends && s->step[k].came == step[k].came && s->step[k].missing == step[k].missing,
		    "%s: step %u: sends %u, came %u, missing %u", rows[*i].why, k, s->step[k].sends, s->step[k].came, s->step[k].missing);
	cr_expect_gt(s->n, 0);
	follow_free(f);
	free(s);
}
