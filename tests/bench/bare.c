/*
 * bare - the whole job of ipsec-decap or ipsec-encap as fast as we know how, or its cryptography alone.
 *
 * usage: bare [-x] [-m] [-e openssl|ipsec-mb] [-a SUITE] [-S SAS] [-j THREADS] [-b BYTES] IN OUT
 *
 * Reads blocks by read(2), opens (-x: seals) where the plain text is going to be written from, writes
 * blocks in order.  -m: the file lies in memory, nothing is written, and OUT is not used.
 * Prints seconds (of the loop; with -m the processor's, the better of two), packets, bytes of inner packets.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bare_work.h"

enum { THREADS = 8 };

static struct bare_plan plan = { .nsa = 1, .keep = true };
static size_t batch = 256 << 10;
static int in, out = -1;

/* What the threads take turns at: reading, with the cut record left over, and writing. */
static struct {
	pthread_mutex_t reader, writer;
	pthread_cond_t written;
	uint64_t taken, turn;
	uint8_t left[BARE_PACKET_MAX + BARE_SLACK];
	size_t nleft;
	bool end;
} share = { .reader = PTHREAD_MUTEX_INITIALIZER, .writer = PTHREAD_MUTEX_INITIALIZER,
	.written = PTHREAD_COND_INITIALIZER };

static void take(struct bare_worker *w)
{
	size_t n = share.nleft, used;

	memcpy(w->in, share.left, n);
	while (n < batch) {
		ssize_t got = read(in, w->in + n, batch - n);

		if (got < 0)
			bare_die("read");
		if (got == 0)
			break;
		n += (size_t)got;
	}
	used = bare_cut(w, w->in, n);
	share.end = used == 0;
	if ((share.nleft = n - used) > sizeof share.left || (share.end && n > 0))
		bare_die("a record that is cut, or too many in a block: see BARE_JOBS");
	memcpy(share.left, w->in + used, share.nleft);
}

static void put(const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(out, p, n);

		if (done < 0)
			bare_die("write");
		p += done;
		n -= (size_t)done;
	}
}

static void *run(void *arg)
{
	struct bare_worker *w = arg;
	bool end;

	do {
		uint64_t turn;
		size_t n;

		pthread_mutex_lock(&share.reader);
		turn = share.taken++;
		if (!share.end)
			take(w);
		end = share.end;
		pthread_mutex_unlock(&share.reader);
		n = end ? 0 : bare_work(w);
		pthread_mutex_lock(&share.writer);
		while (share.turn != turn)
			pthread_cond_wait(&share.written, &share.writer);
		put(w->out, n);
		share.turn++;
		pthread_cond_broadcast(&share.written);
		pthread_mutex_unlock(&share.writer);
	} while (!end);
	return NULL;
}

static double whole(struct bare_worker **w, int threads)
{
	uint8_t head[BARE_FILE];
	pthread_t id[THREADS];
	double start = bare_clock(CLOCK_MONOTONIC);

	if (read(in, head, sizeof head) != sizeof head)
		bare_die("read");
	put(head, sizeof head);
	for (int i = 1; i < threads; i++)
		if ((errno = pthread_create(&id[i], NULL, run, w[i])) != 0)
			bare_die("a thread");
	run(w[0]);
	for (int i = 1; i < threads; i++)
		pthread_join(id[i], NULL);
	return bare_clock(CLOCK_MONOTONIC) - start;
}

static double memory(struct bare_worker *w, size_t size)
{
	uint8_t *p = malloc(size + BARE_SLACK);
	double best = 0;
	size_t n = 0;

	if (p == NULL)
		bare_die("memory");
	for (ssize_t got; (got = read(in, p + n, size - n)) > 0; )
		n += (size_t)got;
	for (int pass = 0; pass < 2; pass++) {
		double start = bare_clock(CLOCK_PROCESS_CPUTIME_ID), t;

		w->packets = w->inner = 0;
		for (size_t at = BARE_FILE, used; at < n; at += used) {
			if ((used = bare_cut(w, p + at, n - at < batch ? n - at : batch)) == 0)
				bare_die("a record that is cut");
			bare_work(w);
		}
		t = bare_clock(CLOCK_PROCESS_CPUTIME_ID) - start;
		best = pass == 0 || t < best ? t : best;
	}
	free(p);
	return best;
}

static void options(int argc, char **argv, int *threads)
{
	const char *engine = "openssl", *suite = "gcm128";
	int c;

	while ((c = getopt(argc, argv, "xme:a:S:j:b:")) != -1)
		switch (c) {
		case 'x': plan.seal = true; break;
		case 'm': plan.keep = false; break;
		case 'e': engine = optarg; break;
		case 'a': suite = optarg; break;
		case 'S': plan.nsa = (uint32_t)atoi(optarg); break;
		case 'j': *threads = atoi(optarg); break;
		case 'b': batch = (size_t)atoi(optarg); break;
		default: exit(2);
		}
	if (optind + 2 != argc || *threads < 1 || *threads > THREADS || plan.nsa < 1 || batch < BARE_SLACK)
		bare_die("usage: bare [-x] [-m] [-e ENGINE] [-a SUITE] [-S SAS] [-j THREADS] [-b BYTES] IN OUT");
	if ((plan.suite = bare_suite(suite)) == NULL || (plan.engine = bare_engine(engine, plan.suite)) == NULL)
		bare_die("no such suite or engine");
}

int main(int argc, char **argv)
{
	struct bare_worker *w[THREADS];
	size_t packets = 0, inner = 0;
	struct stat st;
	int threads = 1;
	double t;

	options(argc, argv, &threads);
	for (plan.mask = 1; plan.mask < plan.nsa * 4; plan.mask *= 2)
		;
	plan.mask--;
	if ((plan.seq = calloc(plan.nsa, sizeof *plan.seq)) == NULL)
		bare_die("memory");
	if ((in = open(argv[optind], O_RDONLY)) < 0 || fstat(in, &st) < 0 || (plan.keep &&
	    (out = open(argv[optind + 1], O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0))
		bare_die(argv[optind]);
	for (int i = 0; i < threads; i++)
		w[i] = bare_worker_new(&plan, batch);
	t = plan.keep ? whole(w, threads) : memory(w[0], (size_t)st.st_size);
	for (int i = 0; i < threads; i++) {
		packets += w[i]->packets;
		inner += w[i]->inner;
	}
	if (out >= 0 && close(out) < 0)
		bare_die("write");
	printf("%.6f %zu %zu\n", t, packets, inner);
	return 0;
}
