#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pcap_make.h"

struct piped { int fd; char name[32]; struct pcap_in *in; struct batch b; struct err e; };

/* A pipe that already holds n bytes, opened by its name. */
static void piped_open(struct piped *p, const void *bytes, size_t n,
    const struct pcap_in_options *o)
{
	struct pcap_in_options own = *o;
	const char *names[1] = { p->name };
	int fd[2];

	cr_assert_eq(pipe(fd), 0);
	p->fd = fd[1];
	snprintf(p->name, sizeof p->name, "/dev/fd/%d", fd[0]);
	cr_assert_eq(write(p->fd, bytes, n), (ssize_t)n);
	own.files = names;
	own.nfiles = 1;
	p->in = pcap_in_open(&own, &p->e);
	cr_assert_not_null(p->in, "%s", p->e.text);
	close(fd[0]);
	cr_assert_eq(batch_init(&p->b, &p->e), 0);
}

static void piped_close(struct piped *p)
{
	pcap_in_close(p->in);
	batch_clear(&p->b);
}

/* Byte by byte: a packet comes out with its last byte, and never before. */
static void byte_by_byte(const struct made *m, size_t head, const size_t *ends, size_t n)
{
	struct piped p;
	size_t next = 0;

	piped_open(&p, m->p, head, &(struct pcap_in_options){ 0 });
	cr_assert(pcap_in_is_live(p.in));
	cr_assert_geq(pcap_in_fd(p.in), 0);
	for (size_t i = head; i <= m->n; i++) {
		if (next < n && i == ends[next]) {
			if (next % 2 == 0)	/* with and without having looked ahead */
				cr_assert(pcap_in_ready(p.in));
			cr_assert_eq(pcap_in_fill(p.in, &p.b, &p.e), 1);
			cr_assert_eq(p.b.n, 1);
			cr_assert_eq(p.b.pkt[0].number, ++next);
			cr_assert_eq(p.b.pkt[0].data[0], (uint8_t)p.b.pkt[0].caplen);
		}
		cr_assert_not(pcap_in_ready(p.in), "byte %zu", i);
		if (i < m->n)
			cr_assert_eq(write(p.fd, m->p + i, 1), 1);
	}
	cr_assert_eq(next, n);
	close(p.fd);
	cr_assert(pcap_in_ready(p.in));
	cr_assert_eq(pcap_in_fill(p.in, &p.b, &p.e), 0);
	cr_assert_eq(pcap_in_fill(p.in, &p.b, &p.e), 0);
	piped_close(&p);
}

Test(pcap_live, slow_pipe)
{
	struct made m = { 0 };
	size_t ends[3];

	make_header(&m, 0xa1b2c3d4, 0, 1);
	for (size_t i = 0; i < 3; i++) {
		make_record(&m, 1, 2, 40, 40);
		ends[i] = m.n;
	}
	byte_by_byte(&m, 24, ends, 3);
	free(m.p);
}

Test(pcap_live, slow_pipe_pcapng)
{
	struct made m = { .big = true };
	size_t ends[3], head;

	make_section(&m);
	make_iface(&m, 1, 0, 9, 0);
	head = m.n + 12;		/* open waits for the first packet's header */
	for (size_t i = 0; i < 3; i++) {
		make_packet(&m, 0, i, 40, 40);
		ends[i] = m.n;
		head = i == 0 ? m.n : head;
	}
	byte_by_byte(&m, head, ends, 3);
	free(m.p);
}

/* What the filter refuses is not ready; a cut is, and its packets come first. */
Test(pcap_live, ready_knows_the_filter)
{
	struct made m = { 0 };
	struct piped p;

	make_header(&m, 0xa1b2c3d4, 0, 1);
	make_record(&m, 1, 2, 40, 40);
	piped_open(&p, m.p, m.n, &(struct pcap_in_options){ .filter = "greater 41" });
	cr_expect_not(pcap_in_ready(p.in));
	m.n = 0;
	make_record(&m, 1, 2, 41, 41);
	make_record(&m, 1, 2, 42, 42);
	cr_assert_gt(write(p.fd, m.p, m.n - 1), 0);
	cr_expect(pcap_in_ready(p.in));
	cr_expect(pcap_in_ready(p.in));
	cr_expect_eq(pcap_in_fill(p.in, &p.b, &p.e), 1);
	cr_expect_eq(p.b.pkt[0].number, 2);
	cr_expect_not(pcap_in_ready(p.in));
	close(p.fd);
	cr_expect(pcap_in_ready(p.in));
	cr_expect_eq(pcap_in_fill(p.in, &p.b, &p.e), -1);
	cr_expect_not_null(strstr(p.e.text, "packet 3: cut: found 57 of 58 bytes"), "%s", p.e.text);
	piped_close(&p);
	free(m.p);
}

static struct pcap_in *to_stop;
static volatile sig_atomic_t flag;

static void on_alarm(int sig)
{
	(void)sig;
	flag = 1;
	if (to_stop != NULL)
		pcap_in_stop(to_stop);
}

/* A signal ends the wait, although its handler restarts system calls. */
Test(pcap_live, stop_while_waiting, .timeout = 20)
{
	struct made m = { 0 };
	struct piped p;

	signal(SIGALRM, on_alarm);
	make_header(&m, 0xa1b2c3d4, 0, 1);
	piped_open(&p, m.p, m.n, &(struct pcap_in_options){ 0 });
	to_stop = p.in;
	alarm(1);
	cr_expect_eq(pcap_in_fill(p.in, &p.b, &p.e), 0);
	cr_expect_eq(flag, 1);
	piped_close(&p);
	free(m.p);
}

Test(pcap_live, stop_while_opening, .timeout = 20)
{
	struct piped p;

	signal(SIGALRM, on_alarm);
	alarm(1);
	piped_open(&p, "\xd4\xc3", 2, &(struct pcap_in_options){ .stop = &flag });
	cr_expect_eq(pcap_in_fill(p.in, &p.b, &p.e), 0);
	piped_close(&p);
}

Test(pcap_live, unknown_interface)
{
	struct pcap_in_options o = { .iface = "nosuch0" };
	struct err e;

	cr_expect_null(pcap_in_open(&o, &e));
	cr_expect_eq(e.kind, ERR_SYSTEM);
	if (geteuid() == 0)
		cr_expect(strncmp(e.text, "nosuch0: no such interface, there are ", 38) == 0,
		    "%s", e.text);
	o.filter = "and";
	cr_expect_null(pcap_in_open(&o, &e));
}

static void send_udp(uint16_t port, const char *text)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	cr_assert_gt(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof to), 0);
	close(fd);
}

Test(pcap_live, loopback, .timeout = 20)
{
	struct pcap_in_options o = { .iface = "lo", .filter = "udp dst port 47111", .count = 3 };
	struct pcap_in *in;
	struct batch b;
	struct err e;
	uint64_t n = 0;

	in = pcap_in_open(&o, &e);
	if (in == NULL)
		cr_skip("NOT TESTED: live capture, it needs root and an interface lo: %s", e.text);
	cr_assert_eq(batch_init(&b, &e), 0);
	cr_expect(pcap_in_is_live(in));
	cr_expect_str_eq(pcap_in_name(in, 0), "lo");
	cr_expect_eq(pcap_in_form(in)->dlt, 1);
	cr_expect_eq(pcap_in_form(in)->snaplen, BATCH_SNAP);
	send_udp(47112, "not this");
	cr_expect_not(pcap_in_ready(in));
	for (int i = 0; i < 3; i++)
		send_udp(47111, "this");
	poll(&(struct pollfd){ .fd = pcap_in_fd(in), .events = POLLIN }, 1, 5000);
	cr_expect(pcap_in_ready(in));
	while (pcap_in_fill(in, &b, &e) > 0)
		for (size_t i = 0; i < b.n; i++) {
			cr_assert_eq(b.pkt[i].caplen, 14 + 20 + 8 + 4);
			cr_expect(memcmp(b.pkt[i].data + 42, "this", 4) == 0);
			cr_expect_eq(b.pkt[i].number, ++n);
			cr_expect_gt(b.pkt[i].ns, INT64_C(1600000000) * 1000000000);
		}
	cr_expect_eq(n, 3);
	cr_expect_eq(pcap_in_dropped(in), 0);
	pcap_in_close(in);
	batch_clear(&b);
}
