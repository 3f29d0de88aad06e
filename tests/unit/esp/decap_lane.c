/*
 * The straight road gives what the general path gives: packets, events, counts, and what is kept of each SA,
 * byte for byte, for every capture of the kernel, also damaged, in every form of classic pcap, with any number of
 * threads and both engines.
 */
#include "esp/decap_lane.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/pcap_priv.h"
#include "report/packet.h"
#include "sa/format.h"

#define DIR "tests/interop/kernel/"

enum { HEAD = 24, RECORD = 16, LINK = 14, MOST = 1 << 20 };

struct capture { uint8_t *p; size_t n; };

struct run {
	struct decap decap;
	struct sad *sad;
	struct capture out;
	char *events;
	size_t events_n;
	FILE *to;
};

static uint8_t *read_file(const char *path, size_t *n)
{
	uint8_t *p = malloc(MOST);
	FILE *f = fopen(path, "rb");

	cr_assert(f != NULL && p != NULL, "%s", path);
	*n = fread(p, 1, MOST, f);
	cr_assert(*n > 0 && *n < MOST, "%s", path);
	fclose(f);
	return p;
}

static int emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	struct run *r = arg;

	(void)e;
	cr_assert_leq(r->out.n + n, 4 * MOST);
	memcpy(r->out.p + r->out.n, p, n);
	r->out.n += n;
	return 0;
}

static void report(void *arg, const struct decap_item *it)
{
	struct run *r = arg;
	char text[PACKET_TEXT];

	packet_json(r->to, it, NULL);
	fprintf(r->to, "%s\n", packet_text(text, it));
}

static int idle(void *arg, struct err *e)
{
	(void)arg, (void)e;
	return 0;
}

/* All that the stages keep of the SAs, and count. */
static void state(struct run *r)
{
	const struct decap *d = &r->decap;
	char text[PACKET_TEXT * 2];

	fprintf(r->to, "%s %ju %ju %ju\n", tally_text(text, &d->tally), (uintmax_t)d->replayed,
	    (uintmax_t)d->unverified, (uintmax_t)d->other_family);
	for (uint32_t i = 0; i < d->nsa; i++) {
		const struct decap_sa *s = &d->sa[i];

		fprintf(r->to, "%u: %ju %ju %u %u %ju %ju %u %ju %u %u %d%d%d%d", i, (uintmax_t)s->replay.top,
		    (uintmax_t)s->top, s->plan, s->replay.size, (uintmax_t)s->opened, (uintmax_t)s->unfit,
		    s->missed, (uintmax_t)s->credit, s->search_at, s->suspect, s->granted, s->searched,
		    s->suspected, s->settled);
		for (uint32_t k = 0; s->replay.seen != NULL && k <= s->replay.mask; k++)
			fprintf(r->to, " %jx", (uintmax_t)s->replay.seen[k]);
		fputc('\n', r->to);
	}
	fprintf(r->to, "pool %ju\n", (uintmax_t)d->pool);
}

/* step: bytes read at a time, so that there are many units. */
static void run(struct run *r, const struct capture *in, const char *sas, const struct decap_options *o,
    size_t step)
{
	struct pcap_in_options none = { 0 };
	struct span mem = { in->p, in->n };
	struct decap_options opt = *o;
	struct format_source *s;
	struct pcap_out out = { 0 };
	struct flow flow;
	struct err e;

	r->out = (struct capture){ malloc(4 * MOST), 0 };
	r->to = open_memstream(&r->events, &r->events_n);
	cr_assert(r->out.p != NULL && r->to != NULL);
	r->sad = sad_new(&e);
	s = format_source_new("sas", r->sad, NULL, NULL, &e);
	cr_assert_eq(format_source_push(s, sas, strlen(sas), &e), 0, "%s", e.text);
	cr_assert_eq(format_source_end(s, &e), 0, "%s", e.text);
	format_source_free(s);
	flow = (struct flow){ .in = pcap_in_open_mem(&mem, 1, step, &none, &e), .threads = opt.threads,
		.side_size = decap_side_size(), .lazy = true, .arg = &r->decap, .claim = decap_claim,
		.work = decap_work, .settle = decap_settle, .idle = idle, .unit_clear = decap_unit_clear };
	cr_assert_not_null(flow.in, "%s", e.text);
	out.form = *pcap_in_form(flow.in);
	opt.arg = r;
	opt.emit = emit;
	opt.report = report;
	cr_assert_eq(decap_init(&r->decap, &opt, r->sad, &flow, &out, &e), 0, "%s", e.text);
	if (flow_run(&flow, &e) < 0)		/* damage may end it */
		fprintf(r->to, "%s\n", e.text);
	cr_assert_eq(decap_finish(&r->decap, &e), 0);
	state(r);
	fclose(r->to);
	pcap_in_close(flow.in);
}

static uint64_t end(struct run *r)
{
	uint64_t straight = r->decap.straight;

	decap_clear(&r->decap);
	sad_free(r->sad);
	free(r->out.p);
	free(r->events);
	return straight;
}

/* Gives how many packets went straight. */
static uint64_t compare(const char *name, const struct capture *in, const char *sas, struct decap_options o,
    size_t step)
{
	static const struct { unsigned threads; enum engine_kind engine; } ways[] = {
		{ 1, ENGINE_OPENSSL }, { 1, ENGINE_IPSEC_MB }, { 2, ENGINE_OPENSSL }, { 4, ENGINE_IPSEC_MB },
	};
	struct run want, got;
	uint64_t straight = 0;
	struct err absent;

	o.general = true;
	o.threads = 1;
	o.engine = ENGINE_OPENSSL;
	run(&want, in, sas, &o, step);
	o.general = false;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (engine_check(ways[i].engine, &absent) < 0)
			continue;
		o.threads = ways[i].threads;
		o.engine = ways[i].engine;
		run(&got, in, sas, &o, step);
		cr_assert_eq(got.out.n, want.out.n, "%s: -j%u: %zu bytes, wanted %zu", name, o.threads, got.out.n,
		    want.out.n);
		cr_assert_eq(memcmp(got.out.p, want.out.p, want.out.n), 0, "%s: -j%u: other packets", name,
		    o.threads);
		cr_assert_str_eq(got.events, want.events, "%s: -j%u", name, o.threads);
		straight = end(&got);
	}
	cr_assert_eq(end(&want), 0);
	return straight;
}

static uint32_t dice(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

static void put(struct capture *to, const uint8_t *p, size_t n)
{
	memcpy(to->p + to->n, p, n);
	to->n += n;
}

static void swap4(uint8_t *p)
{
	uint32_t x;

	memcpy(&x, p, 4);
	x = __builtin_bswap32(x);
	memcpy(p, &x, 4);
}

enum form { AS_IT_IS, SWAPPED, NANO, RAW, FORMS };

/* The same packets in another form of file; of little-endian microseconds on Ethernet. */
static struct capture reform(const struct capture *in, enum form form)
{
	struct capture to = { malloc(2 * MOST), 0 };

	cr_assert_not_null(to.p);
	put(&to, in->p, HEAD);
	if (form == NANO)
		memcpy(to.p, "\x4d\x3c\xb2\xa1", 4);
	if (form == RAW)
		to.p[20] = LINKTYPE_RAW;
	for (size_t at = HEAD; at < in->n; ) {
		uint32_t n, cut = form == RAW ? LINK : 0, field[4];
		uint8_t *rec = to.p + to.n;

		memcpy(field, in->p + at, sizeof field);
		n = field[2];
		field[1] *= form == NANO ? 1000 : 1;
		field[2] -= cut;
		field[3] -= cut;
		put(&to, (const uint8_t *)field, sizeof field);
		put(&to, in->p + at + RECORD + cut, n - cut);
		for (int i = 0; form == SWAPPED && i < 4; i++)
			swap4(rec + 4 * i);
		at += RECORD + n;
	}
	if (form == SWAPPED) {
		swap4(to.p);
		memcpy(to.p + 4, "\0\2\0\4", 4);
		swap4(to.p + 16);
		swap4(to.p + 20);
	}
	return to;
}

/* One packet, perhaps not as it was: a bit, an octet, its end, twice, never. */
static void spoil(struct capture *to, const uint8_t *rec, uint32_t n, uint64_t *seed)
{
	uint8_t *at = to->p + to->n;
	uint32_t cut;

	put(to, rec, RECORD + n);
	switch (dice(seed) % 12) {
	case 0:
		at[RECORD + LINK + dice(seed) % (n - LINK)] ^= (uint8_t)(1 << dice(seed) % 8);
		break;
	case 1:
		at[RECORD + LINK + dice(seed) % 48 % (n - LINK)] = (uint8_t)dice(seed);
		break;
	case 2:
		cut = dice(seed) % n;
		memcpy(at + 8, &cut, 4);
		to->n -= n - cut;
		break;
	case 3:
		put(to, rec, RECORD + n);
		break;
	case 4:
		to->n -= RECORD + n;
		break;
	case 5:				/* a fraction of a second that is none */
		memcpy(at + 4, "\xff\xff\xff\x7f", 4);
		break;
	}
}

static struct capture damage(const struct capture *in, uint64_t seed)
{
	struct capture to = { malloc(2 * in->n), 0 };

	cr_assert_not_null(to.p);
	put(&to, in->p, HEAD);
	for (size_t at = HEAD; at < in->n; ) {
		uint32_t n;

		memcpy(&n, in->p + at + 8, 4);
		spoil(&to, in->p + at, n, &seed);
		at += RECORD + n;
	}
	return to;
}

static bool is_usual(const struct capture *c)
{
	return memcmp(c->p, "\xd4\xc3\xb2\xa1", 4) == 0 && c->p[20] == 1 && c->p[21] == 0;
}

/* Beside the capture. */
static char *sas_of(const char *capture)
{
	char path[512];
	char *text;
	size_t n;

	snprintf(path, sizeof path, "%.*s/xfrm-state.txt", (int)(strrchr(capture, '/') - capture), capture);
	text = (char *)read_file(path, &n);
	text[n] = '\0';
	return text;
}

static void each_case(void (*f)(const char *name, const struct capture *c, const char *sas, uint64_t *straight),
    uint64_t *straight)
{
	glob_t g;

	cr_assert_eq(glob(DIR "*/wire.pcap*", 0, NULL, &g), 0);
	cr_assert_gt(g.gl_pathc, 50);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct capture c;
		char *sas = sas_of(g.gl_pathv[i]);

		c.p = read_file(g.gl_pathv[i], &c.n);
		f(g.gl_pathv[i], &c, sas, straight);
		free(sas);
		free(c.p);
	}
	globfree(&g);
}

static const struct decap_options usual = { .replay_window = -1, .esn_search = 1000 };

static void whole(const char *name, const struct capture *c, const char *sas, uint64_t *straight)
{
	struct decap_options o = usual;

	*straight += compare(name, c, sas, o, 0);
	o.keep = KEEP_CLOSED;
	o.replay_window = 0;
	*straight += compare(name, c, sas, o, 3000);
	o.keep = KEEP_ALL;
	cr_expect_eq(compare(name, c, sas, o, 0), 0);
	o = usual;
	o.raw = true;
	o.ts = DECAP_TS_DROP;
	compare(name, c, sas, o, 1000);
}

Test(decap_lane, kernel)
{
	uint64_t straight = 0;

	each_case(whole, &straight);
	cr_expect_gt(straight, 3000);
}

static void forms(const char *name, const struct capture *c, const char *sas, uint64_t *straight)
{
	if (!is_usual(c))
		return;
	for (enum form f = AS_IT_IS; f < FORMS; f++) {
		struct capture to = reform(c, f);

		*straight += compare(name, &to, sas, usual, 2000);
		free(to.p);
	}
}

Test(decap_lane, forms)
{
	uint64_t straight = 0;

	each_case(forms, &straight);
	cr_expect_gt(straight, 6000);
}

static void damaged(const char *name, const struct capture *c, const char *sas, uint64_t *straight)
{
	if (!is_usual(c))
		return;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct capture to = damage(c, seed * c->n);
		struct decap_options o = usual;

		o.keep = seed % 2 == 0 ? KEEP_CLOSED : KEEP_NOTHING;
		*straight += compare(name, &to, sas, o, seed % 2 == 0 ? 4000 : 0);
		free(to.p);
	}
}

Test(decap_lane, damaged)
{
	uint64_t straight = 0;

	each_case(damaged, &straight);
	cr_expect_gt(straight, 3000);
}

/* All usual captures in one, a packet of each in turn, with all their SAs. */
static struct { struct capture c; size_t at; } turn[128];
static size_t nturn;
static char all_sas[MOST];

static void collect(const char *name, const struct capture *c, const char *sas, uint64_t *straight)
{
	if (!is_usual(c) || strstr(name, "ipcomp") != NULL)	/* with IPComp SAs nothing goes straight */
		return;
	cr_assert_lt(nturn, sizeof turn / sizeof turn[0]);
	turn[nturn].c = (struct capture){ malloc(c->n), c->n };
	cr_assert_not_null(turn[nturn].c.p);
	memcpy(turn[nturn].c.p, c->p, c->n);
	turn[nturn++].at = HEAD;
	strncat(all_sas, sas, sizeof all_sas - strlen(all_sas) - 1);
	*straight += c->n;
}

static void take_turns(struct capture *to)
{
	for (bool any = true; any; ) {
		any = false;
		for (size_t i = 0; i < nturn; i++) {
			uint32_t n;

			if (turn[i].at >= turn[i].c.n)
				continue;
			any = true;
			memcpy(&n, turn[i].c.p + turn[i].at + 8, 4);
			put(to, turn[i].c.p + turn[i].at, RECORD + n);
			turn[i].at += RECORD + n;
		}
	}
}

Test(decap_lane, mixed)
{
	struct capture all = { NULL, 0 }, bad;
	uint64_t bytes = 0;

	each_case(collect, &bytes);
	all.p = malloc(bytes);
	cr_assert_not_null(all.p);
	put(&all, turn[0].c.p, HEAD);
	take_turns(&all);
	cr_assert_leq(all.n, 2 * MOST);
	cr_expect_gt(compare("mixed", &all, all_sas, usual, 0), 1000);
	cr_expect_gt(compare("mixed", &all, all_sas, usual, 5000), 1000);
	bad = damage(&all, 7);
	cr_expect_gt(compare("mixed, damaged", &bad, all_sas, usual, 9000), 700);
	free(all.p);
	free(bad.p);
}
