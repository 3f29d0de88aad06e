/*
 * bench - ipsec-decap and ipsec-encap, on each engine, against bare loops of the same library over the same
 * packets, and tshark, in one run.
 *
 * usage: bench [-n RUNS] [-b MBYTES] [-d DIR] [-j THREADS] DECAP ENCAP
 *
 * For inner packets of 64, 576 and 1,400 bytes, one SA of each of two suites: a pcap is made in DIR, then the
 * bare loop (packets in memory, keyed once: decrypt and verify, or encrypt and sign only) and the tool
 * (file to file, whole process) take turns RUNS times; what ipsec-decap gave is ipsec-encap's input.
 * Best times count; judge by the ratios.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "base/wr.h"
#include "packet/checksum.h"

enum { PART = 100000, RECORD = 16, SPI = 0x0c0de };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void ip4(uint8_t *p, size_t n, uint8_t proto)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	store_be16(p + 2, (uint16_t)n);
	p[8] = 64;
	p[9] = proto;
	memcpy(p + 12, "\xc0\0\2\1\xc0\0\2\2", 8);
	store_be16(p + 10, checksum(p, 20));
}

/* One record: Ethernet, IPv4, ESP around an IPv4 packet of n bytes. */
static size_t make(const struct bare_suite *s, uint8_t *rec, size_t n, uint32_t seq)
{
	size_t pad = (s->block - (n + 2) % s->block) % s->block, body = n + pad + 2, k;
	size_t esp = BARE_ESP + s->iv + body + s->icv, len = BARE_HEAD - RECORD + esp;
	uint8_t *e = rec + BARE_HEAD, *p = e + BARE_ESP + s->iv;
	uint32_t head[4] = { 1700000000 + seq / 100000, seq % 100000 * 10, (uint32_t)len, (uint32_t)len };

	memcpy(rec, head, sizeof head);
	memcpy(rec + RECORD, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0", 14);
	ip4(rec + RECORD + 14, 20 + esp, 50);
	store_be32(e, SPI);
	store_be32(e + 4, seq);
	memset(e + BARE_ESP, 0x5a, s->iv);
	store_be64(e + BARE_ESP, seq);
	ip4(p, n, 17);
	for (k = 20; k < n; k++)
		p[k] = (uint8_t)(k * 31 + seq);
	for (k = 0; k < pad; k++)
		p[n + k] = (uint8_t)(k + 1);
	p[n + pad] = (uint8_t)pad;
	p[n + pad + 1] = 4;
	bare_make(s, e, body);
	return RECORD + len;
}

static struct bare_load make_load(const struct bare_suite *s, size_t inner, size_t mbytes)
{
	size_t cap = mbytes << 20;
	struct bare_load l = { .suite = s, .bytes = malloc(cap + BARE_RECORD_MAX) };

	if (l.bytes == NULL)
		die("memory");
	while (l.n < cap) {
		l.record = make(s, l.bytes + l.n, inner, (uint32_t)++l.packets);
		l.n += l.record;
	}
	return l;
}

/* Wall seconds of a command; resident KiB in *rss. */
static double run(char *const argv[], long *rss)
{
	double start = now();
	struct rusage use;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) < 0)
		die("fork");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	*rss = use.ru_maxrss;
	return now() - start;
}

static void write_file(const char *path, const void *head, size_t nhead, const void *p, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(head, 1, nhead, f) != nhead || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		die(path);
}

static double least(double best, double t)
{
	return t >= 0 && (best < 0 || t < best) ? t : best;
}

static char dir[256] = "/dev/shm";

/*
 * The packets live in a process of their own: a child's peak memory counts what its parent held when
 * it was forked, so the one that starts the tool must stay small.
 */
struct holder { int ask, answer; size_t packets, record; };

static void serve(const struct bare_load *l, int ask, int answer)
{
	char c;

	while (read(ask, &c, 1) == 1) {
		bool seal = (c & 1) != 0;
		double t = c & 2 ? bare_ipsec_mb(l, seal) : bare_openssl(l, seal);

		if (write(answer, &t, sizeof t) != sizeof t)
			break;
	}
	_exit(0);
}

/* tshark on a smaller part of the same packets; -1 without tshark. */
static double tshark(const struct holder *h, size_t *packets)
{
	char part[300], uat[256];
	char *argv[] = { "tshark", "-r", part, "-o", "esp.enable_encryption_decode:TRUE", "-o",
		"esp.enable_authentication_check:TRUE", "-o", uat, "-q", "-z", "io,stat,0,udp", NULL };
	long rss;
	double t;

	*packets = h->packets < PART ? h->packets : PART;
	snprintf(part, sizeof part, "%s/bench-part.pcap", dir);
	snprintf(uat, sizeof uat, "uat:esp_sa:\"IPv4\",\"*\",\"*\",\"0x%08x\",\"AES-GCM with 16 octet ICV "
	    "[RFC4106]\",\"0x7369787465656e20206f63746574732e01020304\",\"NULL\",\"\"", SPI);
	t = run(argv, &rss);
	unlink(part);
	return t;
}

/* Makes the captures, then answers each byte with the seconds of a bare loop. */
static struct holder hold(const struct bare_suite *s, size_t inner, size_t mbytes, const char *in)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
	struct holder h;
	int ask[2], answer[2];
	size_t size[2];

	if (pipe(ask) < 0 || pipe(answer) < 0)
		die("pipe");
	fflush(stdout);
	if (fork() == 0) {
		struct bare_load l = make_load(s, inner, mbytes);
		char part[300];

		close(ask[1]);
		snprintf(part, sizeof part, "%s/bench-part.pcap", dir);
		write_file(in, head, sizeof head, l.bytes, l.n);
		write_file(part, head, sizeof head, l.bytes,
		    (l.packets < PART ? l.packets : PART) * l.record);
		size[0] = l.packets;
		size[1] = l.record;
		if (write(answer[1], size, sizeof size) != sizeof size)
			_exit(1);
		serve(&l, ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	if (read(answer[0], size, sizeof size) != sizeof size)
		die("the packets");
	h = (struct holder){ ask[1], answer[0], size[0], size[1] };
	return h;
}

/* what: 1 to seal, 2 for libipsec-mb. */
static double bare_of(const struct holder *h, int what)
{
	char c = (char)what;
	double t;

	if (write(h->ask, &c, 1) != 1 || read(h->answer, &t, sizeof t) != sizeof t)
		die("the bare loop");
	return t;
}

static void print_row(const struct holder *h, const struct bare_suite *s, int what, size_t inner, double loop,
    double tool, long rss)
{
	double n = (double)h->packets, peer;
	bool shark = what == 0 && s->integ == NULL;
	size_t part;

	printf("%-12s %4s %-9s %6zu %9zu %10.0f %8.1f %10.0f %8.2f %7.1f", s->name, what & 1 ? "seal" : "open",
	    what & 2 ? "ipsec-mb" : "openssl", inner, h->packets, n / tool / 1e3, n * (double)h->record / tool / 1e6,
	    n / loop / 1e3, loop / tool, (double)rss / 1024);
	fflush(stdout);
	peer = shark ? tshark(h, &part) : -1;
	if (peer > 0)
		printf(" %11.1f %7.0fx\n", (double)part / peer / 1e3, n / tool / ((double)part / peer));
	else
		printf("%s\n", shark ? "   (no tshark)" : "");
	fflush(stdout);
}

/* Best of both; the command's output stays. */
static void race(const struct holder *h, const struct bare_suite *s, int what, size_t inner, int runs,
    char *const argv[], const char *out)
{
	double loop = -1, tool = -1;
	long rss = 0;

	for (int i = 0; i < runs; i++) {
		unlink(out);
		loop = least(loop, bare_of(h, what));
		tool = least(tool, run(argv, &rss));
	}
	if (tool < 0) {
		fprintf(stderr, "bench: %s failed\n", argv[0]);
		exit(1);
	}
	print_row(h, s, what, inner, loop, tool, rss);
}

static void hex(char *to, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(to + 2 * i, 3, "%02x", p[i]);
}

static void write_sa(const char *path, const struct bare_suite *s)
{
	char text[600], key[64], mac[64];

	hex(key, bare_key, 16 + s->salt);
	hex(mac, bare_mac_key, sizeof bare_mac_key);
	snprintf(text, sizeof text, "{\"proto\":\"esp\",\"spi\":%d,\"mode\":\"tunnel\",\"encr\":\"%s\","
	    "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"encr_key\":\"%s\"%s%s%s%s%s}\n", SPI, s->encr, key,
	    s->integ != NULL ? ",\"integ\":\"" : "", s->integ != NULL ? s->integ : "",
	    s->integ != NULL ? "\",\"integ_key\":\"" : "", s->integ != NULL ? mac : "", s->integ != NULL ? "\"" : "");
	write_file(path, text, strlen(text), "", 0);
}

static void size_rows(char *const tools[2], const struct bare_suite *s, size_t inner, size_t mbytes, int runs,
    char *threads)
{
	char in[300], out[300], again[300], sa[300], engine[16];
	char *open[] = { tools[0], "-q", "--engine", engine, "-j", threads, "-s", sa, "-r", in, "-w", out, NULL };
	char *seal[] = { tools[1], "-q", "--engine", engine, "-j", threads, "-s", sa, "-r", out, "-w", again, NULL };
	struct holder h;

	snprintf(in, sizeof in, "%s/bench-in.pcap", dir);
	snprintf(out, sizeof out, "%s/bench-out.pcap", dir);
	snprintf(again, sizeof again, "%s/bench-again.pcap", dir);
	snprintf(sa, sizeof sa, "%s/bench-sa.json", dir);
	h = hold(s, inner, mbytes, in);
	write_sa(sa, s);
	for (int mb = 0; mb <= (bare_has_ipsec_mb() ? 2 : 0); mb += 2) {
		snprintf(engine, sizeof engine, "%s", mb ? "ipsec-mb" : "openssl");
		race(&h, s, mb, inner, runs, open, out);
		race(&h, s, mb | 1, inner, runs, seal, again);
	}
	close(h.ask);
	close(h.answer);
	wait(NULL);
	unlink(in);
	unlink(out);
	unlink(again);
	unlink(sa);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 64, 576, 1400 };
	size_t mbytes = 200;
	int runs = 5, c;
	char *threads = "1";

	while ((c = getopt(argc, argv, "n:b:d:j:")) != -1)
		switch (c) {
		case 'n': runs = atoi(optarg); break;
		case 'b': mbytes = (size_t)atoi(optarg); break;
		case 'd': snprintf(dir, sizeof dir, "%s", optarg); break;
		case 'j': threads = optarg; break;
		default: return 2;
		}
	if (optind + 2 != argc || runs < 1 || mbytes < 1 || mbytes > 4096) {
		fprintf(stderr, "usage: bench [-n RUNS] [-b MBYTES] [-d DIR] [-j THREADS] DECAP ENCAP\n");
		return 2;
	}
	if (access(dir, W_OK) < 0)
		snprintf(dir, sizeof dir, "%s", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	printf("%zu MB of pcap in %s, -j %s, best of %d\n\n", mbytes, dir, threads, runs);
	printf("%-12s %4s %-9s %6s %9s %10s %8s %10s %8s %7s %11s %8s\n", "suite", "", "engine", "inner", "packets",
	    "tool kpps", "MB/s", "bare kpps", "of bare", "MiB rss", "tshark kpps", "times");
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 3; k++)
			size_rows(argv + optind, &bare_suites[i], sizes[k], mbytes, runs, threads);
	return 0;
}
