/* Files that are mapped, and packets read ahead: the same as what read(2) gives, whatever becomes of the file. */
#include "pcap_make.h"

#include <fcntl.h>
#include <unistd.h>

#include "packet/pcap_ahead.h"

enum { RECORDS = 12000, NAME = 64 };

struct sum { uint64_t packets, hash; int rc; struct err e; };

static void sum_packet(struct sum *s, const struct packet *k)
{
	const uint64_t words[] = { (uint64_t)k->ns, k->number, k->len, k->caplen, k->dlt, k->file };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		s->hash = (s->hash ^ words[i]) * UINT64_C(0x100000001b3);
	for (uint32_t i = 0; i < k->caplen; i++)
		s->hash = (s->hash ^ k->data[i]) * UINT64_C(0x100000001b3);
	s->packets++;
}

static struct sum sum_of(const struct pcap_in_options *o, bool ahead)
{
	struct sum s = { .rc = -1 };
	struct pcap_in *in = pcap_in_open(o, &s.e);
	struct pcap_ahead *a = NULL;
	struct batch own = { 0 };
	const struct batch *b = &own;

	cr_assert_not_null(in, "%s", s.e.text);
	cr_assert(ahead ? (a = pcap_ahead_new(in, &s.e)) != NULL : batch_init(&own, &s.e) == 0);
	while ((s.rc = ahead ? pcap_ahead_fill(a, &b, &s.e) : pcap_in_fill(in, &own, &s.e)) > 0)
		for (size_t i = 0; i < b->n; i++)
			sum_packet(&s, &b->pkt[i]);
	pcap_ahead_free(a);
	batch_clear(&own);
	pcap_in_close(in);
	return s;
}

static void write_file(char name[NAME], const uint8_t *p, size_t n)
{
	int fd;

	snprintf(name, NAME, "/tmp/pcap_map.XXXXXX");
	cr_assert_geq(fd = mkstemp(name), 0);
	cr_assert_eq(write(fd, p, n), (ssize_t)n);
	close(fd);
}

/* Read, mapped, ahead, both: as the first says. */
static void same_in_all_ways(const char *const *files, size_t n, const char *filter, uint64_t count, const char *error)
{
	struct pcap_in_options o = { .files = files, .nfiles = n, .filter = filter, .count = count };
	struct sum want = sum_of(&o, false);

	cr_assert_gt(want.packets, 0);
	if (error == NULL)
		cr_assert_eq(want.rc, 0, "%s", want.e.text);
	else
		cr_assert(want.rc < 0 && strstr(want.e.text, error) != NULL, "%s", want.e.text);
	for (int way = 1; way < 4; way++) {
		struct sum got;

		o.map = (way & 1) != 0;
		got = sum_of(&o, (way & 2) != 0);
		cr_expect_eq(got.rc, want.rc, "way %d", way);
		cr_expect_eq(got.packets, want.packets, "way %d", way);
		cr_expect_eq(got.hash, want.hash, "way %d", way);
		if (error != NULL)
			cr_expect_str_eq(got.e.text, want.e.text);
	}
}

/* Some of one length in a row, some not, one as long as can be. */
static uint32_t length_of(uint32_t i)
{
	return i == RECORDS / 2 ? BATCH_SNAP : i % 1000 < 300 ? 1200 : i * 7919 % 1600;
}

static void make_classic(struct made *m)
{
	*m = (struct made){ 0 };
	make_header(m, 0xa1b2c3d4, BATCH_SNAP, 101);
	for (uint32_t i = 0; i < RECORDS; i++)
		make_record(m, i, i, length_of(i), length_of(i));
}

Test(pcap_map, classic)
{
	struct made m;
	char name[NAME], cut[NAME];
	const char *files[] = { name, name, cut };

	make_classic(&m);
	cr_assert_gt(m.n, 8u << 20, "more than one map");
	write_file(name, m.p, m.n);
	write_file(cut, m.p, m.n - 5);
	same_in_all_ways(files, 1, NULL, 0, NULL);
	same_in_all_ways(files, 2, NULL, 0, NULL);
	same_in_all_ways(files, 3, NULL, 0, "cut: found ");
	same_in_all_ways(files, 2, NULL, RECORDS + 77, NULL);
	same_in_all_ways(files, 2, "greater 1500", 0, NULL);
	unlink(name);
	unlink(cut);
	free(m.p);
}

Test(pcap_map, damaged)
{
	struct made m;
	char name[NAME];
	const char *files[] = { name };

	make_classic(&m);
	memset(m.p + m.n / 3, 0xff, 2000);
	write_file(name, m.p, m.n);
	same_in_all_ways(files, 1, NULL, 0, "wanted at most 262144");
	unlink(name);
	free(m.p);
}

/* Blocks that are gone over are longer than a map, and than nothing. */
Test(pcap_map, pcapng)
{
	struct made m = { 0 }, b = { 0 };
	char name[NAME];
	const char *files[] = { name };

	make_section(&m);
	make_iface(&m, 1, 0, 9, 0);
	make_fill(&b, 1, 11u << 20);
	for (uint32_t i = 0; i < RECORDS; i++) {
		make_packet(&m, 0, i * UINT64_C(1000), length_of(i), length_of(i));
		b.n = i % 3000 == 0 ? 11u << 20 : i % 1600;
		if (i % 50 == 0)
			make_block(&m, 0x0bad, &b);
	}
	write_file(name, m.p, m.n);
	same_in_all_ways(files, 1, NULL, 0, NULL);
	unlink(name);
	free(m.p);
	free(b.p);
}

Test(pcap_map, the_file_becomes_shorter)
{
	struct made m;
	char name[NAME];
	const char *files[] = { name };
	struct pcap_in_options o = { .files = files, .nfiles = 1, .map = true };
	struct pcap_in *in = NULL;
	struct batch b;
	struct err e;
	const struct packet *last;
	int rc;

	make_classic(&m);
	write_file(name, m.p, m.n);
	cr_assert(batch_init(&b, &e) == 0 && (in = pcap_in_open(&o, &e)) != NULL);
	cr_assert_eq(pcap_in_fill(in, &b, &e), 1);
	cr_assert_eq(truncate(name, 4096), 0);
	last = &b.pkt[b.n - 1];
	cr_expect_eq(last->data[last->caplen - 1], 0, "zeros instead of a signal");
	while ((rc = pcap_in_fill(in, &b, &e)) > 0)
		continue;
	cr_expect_eq(rc, -1);
	cr_expect_eq(e.kind, ERR_DATA);
	cr_expect_not_null(strstr(e.text, ": the file became shorter while it was read"), "%s", e.text);
	pcap_in_close(in);
	batch_clear(&b);
	unlink(name);
	free(m.p);
}

Test(pcap_map, the_file_grows)
{
	struct made m;
	char name[NAME];
	const char *files[] = { name };
	struct pcap_in_options o = { .files = files, .nfiles = 1, .map = true };
	struct pcap_in *in = NULL;
	struct batch b;
	struct err e;
	uint64_t n = 0;
	int fd;

	make_classic(&m);
	write_file(name, m.p, m.n / 2);
	cr_assert(batch_init(&b, &e) == 0 && (in = pcap_in_open(&o, &e)) != NULL);
	cr_assert_eq(pcap_in_fill(in, &b, &e), 1);
	cr_assert_geq(fd = open(name, O_WRONLY | O_APPEND), 0);
	cr_assert_eq(write(fd, m.p + m.n / 2, m.n - m.n / 2), (ssize_t)(m.n - m.n / 2));
	close(fd);
	do
		n += b.n;
	while (pcap_in_fill(in, &b, &e) > 0);
	cr_expect_eq(n, RECORDS);
	pcap_in_close(in);
	batch_clear(&b);
	unlink(name);
	free(m.p);
}

/* More batches in use than there are maps: the rest is read, and nothing that is in use changes. */
Test(pcap_map, many_batches)
{
	enum { BATCHES = PCAP_MAPS + 3 };
	struct made m;
	char name[NAME];
	const char *files[] = { name };
	struct pcap_in_options o = { .files = files, .nfiles = 1 };
	struct sum want, got = { 0 };
	struct pcap_in *in;
	struct batch b[BATCHES];
	struct err e;
	unsigned n = 0;

	make_classic(&m);
	write_file(name, m.p, m.n);
	want = sum_of(&o, false);
	o.map = true;
	cr_assert_not_null(in = pcap_in_open(&o, &e));
	for (unsigned i = 0; i < BATCHES; i++)
		cr_assert_eq(batch_init(&b[i], &e), 0);
	while (n < BATCHES && pcap_in_fill(in, &b[n], &e) > 0)
		n++;
	cr_assert_eq(pcap_in_fill(in, &b[BATCHES - 1], &e), 0, "as many batches as there are");
	for (unsigned i = 0; i < n; i++)
		for (size_t k = 0; k < b[i].n; k++)
			sum_packet(&got, &b[i].pkt[k]);
	cr_expect_eq(got.packets, want.packets);
	cr_expect_eq(got.hash, want.hash);
	pcap_in_close(in);
	for (unsigned i = 0; i < BATCHES; i++)
		batch_clear(&b[i]);
	unlink(name);
	free(m.p);
}

/* A fault elsewhere is not ours: the process ends as it would. */
Test(pcap_map, a_fault_of_somebody_else, .signal = SIGBUS)
{
	struct made m;
	char name[NAME];
	const char *files[] = { name };
	struct pcap_in_options o = { .files = files, .nfiles = 1, .map = true };
	struct sum s;

	signal(SIGBUS, SIG_DFL);		/* a sanitizer has its own */
	make_classic(&m);
	write_file(name, m.p, m.n);
	s = sum_of(&o, false);
	unlink(name);
	free(m.p);
	cr_assert_eq(s.rc, 0);
	raise(SIGBUS);
}

Test(pcap_map, given_up_in_the_middle)
{
	struct made m;
	char name[NAME];
	const char *files[] = { name };
	struct pcap_in_options o = { .files = files, .nfiles = 1, .map = true };
	const struct batch *b;
	struct pcap_ahead *a;
	struct pcap_in *in;
	struct err e;

	make_classic(&m);
	write_file(name, m.p, m.n);
	cr_assert_not_null(in = pcap_in_open(&o, &e));
	cr_assert_not_null(a = pcap_ahead_new(in, &e));
	cr_assert_eq(pcap_ahead_fill(a, &b, &e), 1);
	cr_expect_eq(b->pkt[0].number, 1);
	pcap_ahead_free(a);
	pcap_in_close(in);
	unlink(name);
	free(m.p);
}
