/* A capture that comes bit by bit, and nobody waits for it. */
#include "cli/packets_in.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 24, RECORD = 16, BODY = 20 };

static const int64_t second = 1000000000, now = 1000 * (int64_t)1000000000;

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof v);
}

static void header(uint8_t p[HEADER])
{
	memset(p, 0, HEADER);
	put32(p, 0xa1b2c3d4);
	put32(p + 4, 2 | 4 << 16);
	put32(p + 16, 65535);
	put32(p + 20, 101);
}

static void record(uint8_t p[RECORD + BODY], uint32_t s, uint8_t what)
{
	memset(p, what, RECORD + BODY);
	put32(p, s);
	put32(p + 4, 0);
	put32(p + 8, BODY);
	put32(p + 12, BODY);
}

static void give(int fd, const void *p, size_t n)
{
	cr_assert_eq(write(fd, p, n), (ssize_t)n);
}

/* What is next: the packet's first octet, 0 for none, -1 for an error. */
static int next(struct packets_in *p, int64_t at)
{
	const struct packet *k;
	struct err e;
	int rc = packets_in_next(p, at, &k, &e);

	return rc <= 0 ? rc : k->caplen == BODY ? k->data[0] : -2;
}

Test(packets_in, a_pipe_as_it_comes)
{
	uint8_t h[HEADER], r[RECORD + BODY];
	char path[64];
	struct packets_in p;
	struct err e;
	int fd[2];

	cr_assert_eq(pipe(fd), 0);
	snprintf(path, sizeof path, "/dev/fd/%d", fd[0]);
	cr_assert_eq(packets_in_open(&p, path, false, &e), 0, "%s", e.text);
	cr_expect_eq(next(&p, now), 0);
	cr_expect_eq(packets_in_fd(&p), fd[0]);
	cr_expect_eq(packets_in_due(&p), INT64_MAX);
	header(h);
	give(fd[1], h, 10);
	cr_expect_eq(next(&p, now), 0, "half a header");
	cr_expect_eq(packets_in_fd(&p), -1, "poll(2) would not wait");
	cr_expect(packets_in_due(&p) > now && packets_in_due(&p) < now + second);
	give(fd[1], h + 10, HEADER - 10);
	cr_expect_eq(next(&p, now), 0);
	cr_expect_eq(packets_in_fd(&p), fd[0]);
	record(r, 1, 7);
	give(fd[1], r, 30);
	cr_expect_eq(next(&p, now), 0, "half a packet");
	give(fd[1], r + 30, sizeof r - 30);
	record(r, 1, 8);
	give(fd[1], r, sizeof r);
	cr_expect_eq(next(&p, now), 7);
	cr_expect_eq(packets_in_due(&p), 0, "there may be more");
	cr_expect_eq(next(&p, now), 8);
	cr_expect_eq(next(&p, now), 0);
	cr_expect_eq(packets_in_due(&p), INT64_MAX);
	close(fd[1]);
	cr_expect_eq(next(&p, now), 0);
	cr_expect(p.ended && packets_in_fd(&p) == -1 && packets_in_due(&p) == INT64_MAX);
	packets_in_close(&p);
	close(fd[0]);
}

Test(packets_in, a_pipe_that_breaks_off)
{
	uint8_t h[HEADER], r[RECORD + BODY];
	char path[64];
	struct packets_in p;
	struct err e;
	int fd[2];

	for (size_t cut = 0; cut < HEADER + sizeof r; cut++) {
		uint8_t all[HEADER + sizeof r];
		bool whole = cut == HEADER;

		header(h);
		record(r, 1, 7);
		memcpy(all, h, HEADER);
		memcpy(all + HEADER, r, sizeof r);
		cr_assert_eq(pipe(fd), 0);
		snprintf(path, sizeof path, "/dev/fd/%d", fd[0]);
		cr_assert_eq(packets_in_open(&p, path, false, &e), 0, "%s", e.text);
		give(fd[1], all, cut);
		close(fd[1]);
		cr_expect_eq(next(&p, now), whole ? 0 : -1, "%zu octets", cut);
		cr_expect(p.ended, "%zu octets", cut);
		packets_in_close(&p);
		close(fd[0]);
	}
}

Test(packets_in, a_fifo_waits_for_its_writer_alone)
{
	char path[] = "/tmp/packets_in.XXXXXX", fifo[64];
	uint8_t h[HEADER], r[RECORD + BODY];
	struct packets_in p;
	struct err e;
	int to;

	cr_assert_not_null(mkdtemp(path));
	snprintf(fifo, sizeof fifo, "%s/f", path);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	cr_assert_eq(packets_in_open(&p, fifo, false, &e), 0, "%s", e.text);
	cr_expect_eq(next(&p, now), 0);
	cr_expect_geq(packets_in_fd(&p), 0);
	cr_expect_not(p.ended);
	cr_assert_geq(to = open(fifo, O_WRONLY), 0);
	header(h);
	record(r, 1, 9);
	give(to, h, sizeof h);
	give(to, r, sizeof r);
	close(to);
	cr_expect_eq(next(&p, now), 9, "also when its writer has gone already");
	cr_expect_eq(next(&p, now), 0);
	cr_expect(p.ended);
	packets_in_close(&p);
	unlink(fifo);
	rmdir(path);
}

/* A file with packets captured at these seconds. */
static void file(char path[], const uint32_t *s, unsigned n)
{
	uint8_t h[HEADER], r[RECORD + BODY];
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	header(h);
	give(fd, h, sizeof h);
	for (unsigned i = 0; i < n; i++) {
		record(r, s[i], (uint8_t)(i + 1));
		give(fd, r, sizeof r);
	}
	close(fd);
}

Test(packets_in, a_file_at_its_own_pace)
{
	static const uint32_t s[] = { 4000000000u, 4000000002u, 4000000001u, 5, 4000000003u };
	char path[] = "/tmp/packets_in.XXXXXX";
	struct packets_in p;
	struct err e;

	file(path, s, 5);
	cr_assert_eq(packets_in_open(&p, path, true, &e), 0, "%s", e.text);
	cr_expect_eq(next(&p, now), 1);
	cr_expect_eq(next(&p, now), 0);
	cr_expect_eq(packets_in_due(&p), now + 2 * second);
	cr_expect_eq(next(&p, now + second), 0);
	cr_expect_eq(next(&p, now + 2 * second), 2);
	cr_expect_eq(next(&p, now + 2 * second), 3, "its time has passed");
	cr_expect_eq(next(&p, now + 2 * second), 4, "and of this one, too");
	cr_expect_eq(next(&p, now + 2 * second), 0);
	cr_expect_eq(next(&p, now + 3 * second), 5);
	cr_expect_eq(next(&p, now + 3 * second), 0);
	cr_expect(p.ended);
	packets_in_close(&p);
	unlink(path);
}

Test(packets_in, a_file_all_at_once)
{
	static const uint32_t s[] = { 1, 1000 };
	char path[] = "/tmp/packets_in.XXXXXX";
	struct packets_in p, none = PACKETS_IN_INIT;
	struct err e;

	file(path, s, 2);
	cr_assert_eq(packets_in_open(&p, path, false, &e), 0, "%s", e.text);
	cr_expect(packets_in_fd(&p) == -1 && packets_in_due(&p) == 0);
	cr_expect_eq(next(&p, now), 1);
	cr_expect_eq(next(&p, now), 2);
	cr_expect_eq(next(&p, now), 0);
	cr_expect(p.ended);
	packets_in_close(&p);
	unlink(path);
	cr_expect_eq(packets_in_open(&p, path, false, &e), -1, "no such file");
	packets_in_close(&p);
	cr_expect(packets_in_fd(&none) == -1 && packets_in_due(&none) == INT64_MAX && next(&none, now) == 0);
}
