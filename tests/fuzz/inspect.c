/*
 * A model fed with frames, judged and shown in every form.  The input: a byte of options, then frames, each behind two
 * octets of length and one of time.
 */
#include <stdio.h>
#include <string.h>

#include "base/rd.h"
#include "base/secret.h"
#include "report/diagnose.h"
#include "report/inspect_csv.h"
#include "report/inspect_json.h"
#include "report/inspect_packet.h"
#include "report/inspect_text.h"
#include "report/merge.h"
#include "report/page.h"
#include "report/two_ends.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { GUESS = 1, ETHERNET = 2, KEYS = 4, TWO = 8, SHARE = 16 };

struct fuzz { struct page page; struct two_ends *two; FILE *to; };

static int take(void *arg, const struct model_packet *p, struct err *e)
{
	struct fuzz *f = arg;
	char line[PACKET_LINE];

	fputs(inspect_packet_line(line, p, 0, false), f->to);
	inspect_packet_json(f->to, p, false);
	page_take(&f->page, p);
	return f->two != NULL ? two_ends_see(f->two, p->at.frame % 2, p, e) : 0;
}

/* SAs whose packets need no key, and one whose key is known and not its cipher. */
static struct sad *make_sad(struct err *e)
{
	struct sad *sad = sad_new(e);

	for (uint32_t i = 0; sad != NULL && i < 3; i++) {
		struct sa sa;

		sa_init(&sa);
		sa.proto = SA_ESP;
		sa.spi = 0x100 + i;
		sa.mode = SA_TUNNEL;
		sa.encr = i < 2 ? alg_encr_by_name("null", NULL) : NULL;
		sa.integ = i < 2 ? alg_integ_by_name("none") : NULL;
		sa.encr_unknown = sa.integ_unknown = i == 2;
		sa.encr_key_known = sa.integ_key_known = true;
		if (i == 2 && secret_new(sad_arena(sad), &sa.encr_key, 20, e) < 0)
			return sad;
		sad_add(sad, &sa, e);
	}
	return sad;
}

static void show(struct fuzz *f, struct model *m, struct err *e)
{
	struct inspect_text t = { .place = { .to = f->to, .width = 80 }, .name = "fuzz" };
	struct page_options po = { .name = "fuzz", .two = f->two };
	struct diagnoses found = { 0 };

	if (model_end(m, e) == 0 && diagnose(&found, m, e) == 0) {
		inspect_text(&t, m, &found, e);
		inspect_json(f->to, m, &found);
		inspect_csv(f->to, m);
		page_write(f->to, &f->page, m, &found, &po, e);
	}
	if (f->two != NULL) {
		two_ends_end(f->two);
		two_ends_text(&t.place, f->two, e);
		two_ends_json(f->to, f->two, false);
	}
	diagnoses_clear(&found);
}

/* The same bytes as a report that somebody wrote. */
static void merge(const uint8_t *p, size_t n, FILE *to, struct err *e)
{
	struct inspect_text t = { .place = { .to = to } };
	struct merge *g = merge_new(e);
	const uint8_t *end;
	size_t column;

	for (; g != NULL && n > 0; n -= (size_t)(end - p), p = end) {
		end = memchr(p, '\n', n);
		end = end != NULL ? end + 1 : p + n;
		if (merge_line(g, (const char *)p, (size_t)(end - p), &column, e) < 0)
			break;
	}
	if (g != NULL && merge_end(g, e) == 0) {
		merge_json(to, g);
		merge_text(g, &t, e);
	}
	merge_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct model_options o = { .explain = true, .packet = take };
	struct fuzz f = { .to = fopen("/dev/null", "w") };
	struct rd r = { p, n, false };
	int64_t ns = 1000000000;
	struct sad *sad = NULL;
	struct model *m;
	struct err e;
	uint8_t how;

	if (f.to == NULL || secret_init(&e) < 0)
		return 0;
	if (n > 0 && p[0] == '{') {
		merge(p, n, f.to, &e);
		fclose(f.to);
		return 0;
	}
	how = rd_u8(&r);
	o.arg = &f;
	o.guess = how & GUESS;
	o.sad = how & KEYS ? sad = make_sad(&e) : NULL;
	f.two = how & TWO ? two_ends_new(&e) : NULL;
	if (how & SHARE)
		o.shard = (struct shard){ 1, 2 };
	m = model_new(&o, &e);
	for (uint64_t i = 1; m != NULL && rd_ok(&r) && r.n > 3; i++) {
		struct packet pk = { .number = i, .dlt = how & ETHERNET ? 1 : 101 };
		struct span s;
		uint16_t len = rd_u16(&r);

		ns += (int64_t)rd_u8(&r) * rd_u8(&r) * 100000 - 1000000;
		s = rd_take(&r, len < r.n ? len : r.n);
		pk.data = s.p;
		pk.caplen = (uint32_t)s.n;
		pk.len = len;
		pk.ns = ns;
		if (model_push(m, &pk, &e) < 0)
			break;
	}
	if (m != NULL)
		show(&f, m, &e);
	model_free(m);
	page_clear(&f.page);
	two_ends_free(f.two);
	sad_free(sad);
	fclose(f.to);
	return 0;
}
