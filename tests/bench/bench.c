/*
 * bench - ipsec-decap and ipsec-encap against bare OpenSSL loops over the same packets, and tshark, in
 * one run.
 *
 * usage: bench [-n RUNS] [-b MBYTES] [-d DIR] [-j THREADS] DECAP ENCAP
 *
 * For inner packets of 64, 576 and 1,400 bytes, one AES-128-GCM SA: a pcap is made in DIR, then the
 * bare loop (packets in memory, keyed once, IV and tag for each: decrypt and verify, or encrypt and
 * sign only) and the tool (file to file, whole process) take turns RUNS times; what ipsec-decap gave
 * is ipsec-encap's input.  Best times count; judge by the ratios.
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

#include <openssl/evp.h>

#include "base/wr.h"
#include "packet/checksum.h"

enum { PART = 100000, IV = 8, ICV = 16, ESP = 8, OUTER = 34, RECORD = 16, SPI = 0x0c0de };

static const uint8_t key[16] = "sixteen  octets.", salt[4] = { 1, 2, 3, 4 };

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
static size_t make(EVP_CIPHER_CTX *ctx, uint8_t *rec, size_t n, uint32_t seq)
{
	size_t pad = (4 - (n + 2) % 4) % 4, body = n + pad + 2, esp = ESP + IV + body + ICV, k;
	uint8_t *p = rec + RECORD, *e = p + OUTER, nonce[12];
	uint32_t head[4] = { 1700000000 + seq / 100000, seq % 100000 * 10, (uint32_t)(OUTER + esp),
		(uint32_t)(OUTER + esp) };
	int len;

	memcpy(rec, head, sizeof head);
	memcpy(p, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0", 14);
	ip4(p + 14, 20 + esp, 50);
	store_be32(e, SPI);
	store_be32(e + 4, seq);
	store_be64(e + 8, seq);
	ip4(e + 16, n, 17);
	for (k = 20; k < n; k++)
		e[16 + k] = (uint8_t)(k * 31 + seq);
	for (k = 0; k < pad; k++)
		e[16 + n + k] = (uint8_t)(k + 1);
	e[16 + n + pad] = (uint8_t)pad;
	e[16 + n + pad + 1] = 4;
	memcpy(nonce, salt, 4);
	memcpy(nonce + 4, e + 8, 8);
	EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, nonce);
	EVP_EncryptUpdate(ctx, NULL, &len, e, ESP);
	EVP_EncryptUpdate(ctx, e + 16, &len, e + 16, (int)body);
	EVP_EncryptFinal_ex(ctx, e + 16, &len);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, ICV, e + 16 + body);
	return RECORD + OUTER + esp;
}

struct load { uint8_t *bytes; size_t n, packets, record; };

static struct load make_load(size_t inner, size_t mbytes)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t cap = mbytes << 20;
	struct load l = { .bytes = malloc(cap + 4096) };

	if (l.bytes == NULL)
		die("memory");
	EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, NULL);
	while (l.n < cap) {
		l.record = make(ctx, l.bytes + l.n, inner, (uint32_t)++l.packets);
		l.n += l.record;
	}
	EVP_CIPHER_CTX_free(ctx);
	return l;
}

/* Decrypt and verify, or encrypt and sign, nothing else. */
static double bare(const struct load *l, int seal)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	static uint8_t out[2048];
	double start = now();
	uint8_t nonce[12];
	int len;

	EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, NULL, seal);
	memcpy(nonce, salt, 4);
	for (size_t at = 0; at < l->n; at += l->record) {
		uint8_t *e = l->bytes + at + RECORD + OUTER;
		size_t body = l->record - RECORD - OUTER - ESP - IV - ICV;

		memcpy(nonce + 4, e + 8, 8);
		if (EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, -1) != 1 ||
		    EVP_CipherUpdate(ctx, NULL, &len, e, ESP) != 1 ||
		    EVP_CipherUpdate(ctx, out, &len, e + 16, (int)body) != 1 ||
		    (!seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, ICV, e + 16 + body) != 1) ||
		    EVP_CipherFinal_ex(ctx, out, &len) != 1 ||
		    (seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, ICV, out) != 1))
			die("the bare loop does not verify");
	}
	EVP_CIPHER_CTX_free(ctx);
	return now() - start;
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

static void serve(const struct load *l, int ask, int answer)
{
	char c;

	while (read(ask, &c, 1) == 1) {
		double t = bare(l, c != 'o');

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
static struct holder hold(size_t inner, size_t mbytes, const char *in)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
	struct holder h;
	int ask[2], answer[2];
	size_t size[2];

	if (pipe(ask) < 0 || pipe(answer) < 0)
		die("pipe");
	fflush(stdout);
	if (fork() == 0) {
		struct load l = make_load(inner, mbytes);
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

static double bare_of(const struct holder *h, char what)
{
	double t;

	if (write(h->ask, &what, 1) != 1 || read(h->answer, &t, sizeof t) != sizeof t)
		die("the bare loop");
	return t;
}

static void print_row(const struct holder *h, const char *what, size_t inner, double loop, double tool,
    long rss)
{
	double n = (double)h->packets, peer;
	size_t part;

	printf("%4s %6zu %9zu %10.0f %8.1f %10.0f %8.2f %7.1f", what, inner, h->packets, n / tool / 1e3,
	    n * (double)h->record / tool / 1e6, n / loop / 1e3, loop / tool, (double)rss / 1024);
	fflush(stdout);
	peer = what[0] == 'o' ? tshark(h, &part) : 0;
	if (what[0] != 'o')
		printf("\n");
	else if (peer > 0)
		printf(" %11.1f %7.0fx\n", (double)part / peer / 1e3, n / tool / ((double)part / peer));
	else
		printf("   (no tshark)\n");
	fflush(stdout);
}

/* Best of both; the command's output stays. */
static void race(const struct holder *h, const char *what, size_t inner, int runs, char *const argv[],
    const char *out)
{
	double loop = -1, tool = -1;
	long rss = 0;

	for (int i = 0; i < runs; i++) {
		unlink(out);
		loop = least(loop, bare_of(h, what[0]));
		tool = least(tool, run(argv, &rss));
	}
	if (tool < 0) {
		fprintf(stderr, "bench: %s failed\n", argv[0]);
		exit(1);
	}
	print_row(h, what, inner, loop, tool, rss);
}

static void size_row(char *const tools[2], size_t inner, size_t mbytes, int runs, char *threads)
{
	char in[300], out[300], again[300], sa[300], text[300];
	char *open[] = { tools[0], "-q", "-j", threads, "-s", sa, "-r", in, "-w", out, NULL };
	char *seal[] = { tools[1], "-q", "-j", threads, "-s", sa, "-r", out, "-w", again, NULL };
	struct holder h;

	snprintf(in, sizeof in, "%s/bench-in.pcap", dir);
	snprintf(out, sizeof out, "%s/bench-out.pcap", dir);
	snprintf(again, sizeof again, "%s/bench-again.pcap", dir);
	snprintf(sa, sizeof sa, "%s/bench-sa.json", dir);
	snprintf(text, sizeof text, "{\"proto\":\"esp\",\"spi\":%d,\"mode\":\"tunnel\",\"encr\":\"aes-gcm-16\","
	    "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\","
	    "\"encr_key\":\"7369787465656e20206f63746574732e01020304\"}\n", SPI);
	h = hold(inner, mbytes, in);
	write_file(sa, text, strlen(text), "", 0);
	race(&h, "open", inner, runs, open, out);
	race(&h, "seal", inner, runs, seal, again);
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
	printf("AES-128-GCM, %zu MB of pcap in %s, -j %s, best of %d\n\n", mbytes, dir, threads, runs);
	printf("%4s %6s %9s %10s %8s %10s %8s %7s %10s %8s\n", "", "inner", "packets", "tool kpps", "MB/s",
	    "bare kpps", "of bare", "MiB rss", "tshark kpps", "times");
	size_row(argv + optind, 64, mbytes, runs, threads);
	size_row(argv + optind, 576, mbytes, runs, threads);
	size_row(argv + optind, 1400, mbytes, runs, threads);
	return 0;
}
