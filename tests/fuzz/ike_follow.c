/*
 * IKE exchanges followed: 16 bits of length, key sources as text, then messages: an octet of flags (1: sent
 * by the second host, 2: on port 4500, 4: the capture lacks its last octets), 16 bits of length, octets.
 */
#include <stdlib.h>

#include "cli/ike_explain.h"
#include "ike/clear.h"
#include "ike/follow.h"
#include "ike/keyfile.h"
#include "report/ike_event.h"
#include "report/ike_ladder.h"
#include "sa/desc.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct seen { FILE *to; struct ike_ladder ladder; struct ike_explain why; uint64_t messages; };

static void no_note(void *arg, const char *where, const char *text)
{
	(void)arg;
	(void)where;
	(void)text;
}

static int message(void *arg, const struct follow_message *m, struct err *e)
{
	static uint8_t clear[70000];
	struct seen *seen = arg;
	struct wr w = wr_of(clear, sizeof clear);

	seen->messages++;
	ike_event_json(seen->to, m);
	ike_ladder_message(&seen->ladder, m);
	if (m->m != NULL)
		ike_clear(m->m, &w);
	for (unsigned i = 0; i < m->nframes; i++)
		if (m->frame[i] == 0)
			abort();
	return ike_explain_message(&seen->why, m, e);
}

static int child(void *arg, struct sa *sa, const struct follow_sa *of, enum follow_news news, struct err *e)
{
	struct seen *seen = arg;

	(void)e;
	desc_write(seen->to, sa, true);
	ike_ladder_child(&seen->ladder, sa, of, news);
	return 0;
}

static int keys(void *arg, const struct follow_sa *sa, struct err *e)
{
	(void)arg;
	(void)e;
	return sa->keys == FOLLOW_GOOD_KEYS ? 0 : (abort(), -1);
}

static void push_all(struct follow *f, struct seen *seen, struct rd r)
{
	static const struct addr hosts[2] = { { 4, { 192, 0, 2, 1 } }, { 4, { 192, 0, 2, 2 } } };
	uint64_t frame = 0;
	struct err e;

	while (r.n > 0) {
		uint8_t flags = rd_u8(&r);
		struct span s = rd_take(&r, rd_u16(&r));
		struct datagram d = { .kind = DATAGRAM_IKE, .body = s, .whole = s.n + (flags & 4), .proto = IP_UDP,
			.src = hosts[flags & 1], .dst = hosts[!(flags & 1)], .marker = (flags & 2) != 0,
			.ns = (int64_t)frame * 1000000, .frame = (const uint64_t[]){ frame + 1 }, .nframes = 1 };

		frame++;
		d.sport = d.dport = flags & 2 ? 4500 : 500;
		if (!rd_ok(&r) || follow_push(f, &d, &e) < 0)
			break;
	}
	if (ike_explain_end(&seen->why, &e) < 0 || seen->messages > frame)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd r = rd_of(p, n);
	struct span text = rd_take(&r, rd_u16(&r));
	struct keyring ring = { 0 };
	struct err e;
	struct seen seen = { .to = fopen("/dev/null", "w") };
	struct follow_options o = { .ring = &ring, .limit = 8, .arg = &seen, .message = message, .child = child,
		.keys = keys };
	struct follow *f;

	if (seen.to == NULL || secret_init(&e) < 0)
		abort();
	if (ike_explain_init(&seen.why, seen.to, n % 2 == 0, &e) < 0)
		abort();
	seen.ladder = (struct ike_ladder){ .to = seen.to, .full = true, .width = 80 };
	if (rd_ok(&r)) {
		if (text.n > 0)
			keyfile_read(&ring, "keys", text.p, text.n, no_note, NULL, &e);
		if ((f = follow_new(&o, &e)) != NULL)
			push_all(f, &seen, r);
		follow_free(f);
	}
	ike_explain_clear(&seen.why);
	keyring_clear(&ring);
	fclose(seen.to);
	return 0;
}
