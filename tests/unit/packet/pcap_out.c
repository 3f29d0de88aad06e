#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "pcap_make.h"
#include "packet/pcap_out.h"

/* Reads what is in fd from its start on. */
static struct made slurp(int fd)
{
	struct made m = { 0 };
	uint8_t block[65536];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, block, sizeof block)) > 0)
		make_bytes(&m, block, (size_t)n);
	return m;
}

static int temporary(void)
{
	char name[] = "/tmp/pcap_outXXXXXX";
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	unlink(name);
	return fd;
}

/* Written as it was read, in every form, gives the same bytes. */
Test(pcap_out, same_bytes)
{
	for (int i = 0; i < 4; i++) {
		struct made m = { .big = i & 1 }, back;
		struct pcap_in *in;
		struct pcap_out o;
		struct batch b;
		struct err e;
		int fd = temporary();

		make_header(&m, i & 2 ? 0xa1b23c4d : 0xa1b2c3d4, 1500, 101);
		for (uint32_t k = 0; k < 5000; k++)
			make_record(&m, 4000000000u + k, 999999, k == 9 ? 200000 : k % 99, 200000);
		in = pcap_in_open_mem(&(struct span){ m.p, m.n }, 1, 0,
		    &(struct pcap_in_options){ 0 }, &e);
		cr_assert_not_null(in);
		cr_assert_eq(batch_init(&b, &e), 0);
		cr_assert_eq(pcap_out_open(&o, fd, "out", pcap_in_form(in), &e), 0);
		while (pcap_in_fill(in, &b, &e) > 0)
			for (size_t k = 0; k < b.n; k++) {
				const struct packet *p = &b.pkt[k];
				uint8_t *r = malloc(PCAP_RECORD + p->caplen);

				pcap_out_record(&o, r, p->ns, p->caplen, p->len);
				memcpy(r + PCAP_RECORD, p->data, p->caplen);
				cr_assert_eq(pcap_out_write(&o, r, PCAP_RECORD + p->caplen, &e), 0);
				free(r);
			}
		cr_assert_eq(pcap_out_flush(&o, &e), 0);
		back = slurp(fd);
		cr_expect_eq(back.n, m.n);
		cr_expect(back.n == m.n && memcmp(back.p, m.p, m.n) == 0);
		pcap_out_clear(&o);
		batch_clear(&b);
		pcap_in_close(in);
		close(fd);
		free(m.p);
		free(back.p);
	}
}

Test(pcap_out, times)
{
	static const struct { int64_t ns; uint32_t s, us; } rows[] = {
		{ -1, 0, 0 }, { INT64_MIN, 0, 0 }, { 1999, 0, 1 },
		{ 4294967295999999999, 4294967295, 999999 },
		{ 4294967296000000000, 4294967295, 999999 }, { INT64_MAX, 4294967295, 999999 },
	};
	struct pcap_out o = { .form = { .swapped = !host_is_big() } };
	uint8_t p[PCAP_RECORD];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		pcap_out_record(&o, p, rows[i].ns, 1, 2);
		cr_expect_eq(load_be32(p), rows[i].s);
		cr_expect_eq(load_be32(p + 4), rows[i].us);
		cr_expect_eq(load_be32(p + 8), 1);
		cr_expect_eq(load_be32(p + 12), 2);
	}
}

Test(pcap_out, errors)
{
	struct pcap_form form = { .dlt = 1 };
	struct pcap_out o;
	struct err e;
	int fd[2], full = open("/dev/full", O_WRONLY);

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(fd), 0);
	close(fd[0]);
	cr_assert_eq(pcap_out_open(&o, fd[1], "stdout", &form, &e), 0);
	cr_expect_eq(o.form.snaplen, BATCH_SNAP);
	cr_expect_eq(pcap_out_flush(&o, &e), -1);
	cr_expect_eq(errno, EPIPE);
	cr_expect_eq(e.kind, ERR_PIPE);
	cr_expect_str_eq(e.text, "stdout: Broken pipe");
	pcap_out_clear(&o);
	close(fd[1]);
	cr_assert_eq(pcap_out_open(&o, full, "out.pcap", &form, &e), 0);
	cr_expect_eq(pcap_out_flush(&o, &e), -1);
	cr_expect_eq(errno, ENOSPC);
	cr_expect_str_eq(e.text, "out.pcap: No space left on device");
	pcap_out_clear(&o);
	pcap_out_clear(&o);
	close(full);
}
