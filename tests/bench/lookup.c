/*
 * lookup - what SAs cost: time to load, memory, time to find one.
 *
 * usage: lookup FILE...
 *
 * Each file holds SAs as gen writes them (in.json).  Prints for each its SAs, seconds to load it, bytes of
 * resident memory an SA, ns of a look-up of any of HOT of its SAs, of any of them all, and ns to refuse an SPI
 * that none has; in random order, the processor's time, the middle of PASSES.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"
#include "cli/sas.h"

enum { PASSES = 9, FINDS = 1 << 20, HOT = 1000 };

static size_t resident(void)
{
	unsigned long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%lu %lu", &size, &pages) != 2)
		bare_die("/proc/self/statm");
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* ns a call, of those that find or those that do not. */
static double finds(const struct sad *sad, const uint32_t *spis, bool there)
{
	struct addr src = { .family = 4, .b = { 192, 0, 2, 1 } }, dst = { .family = 4, .b = { 192, 0, 2, 2 } };
	double pass[PASSES];

	for (int k = 0; k < PASSES; k++) {
		double start = bare_clock(CLOCK_PROCESS_CPUTIME_ID);
		size_t found = 0;

		for (size_t i = 0; i < FINDS; i++)
			if (there)
				found += sad_find(sad, SA_ESP, spis[i], &src, &dst) != NULL;
			else
				found += sad_may_have(sad, spis[i] ^ 0x5a000000);
		pass[k] = (bare_clock(CLOCK_PROCESS_CPUTIME_ID) - start) / FINDS * 1e9;
		if (there && found != FINDS)
			bare_die("an SA was not found");
	}
	qsort(pass, PASSES, sizeof pass[0], by_value);
	return pass[PASSES / 2];
}

/* FINDS of n SPIs that are as far from each other as they can be. */
static const uint32_t *some(size_t n, size_t all)
{
	static uint32_t spis[FINDS];
	uint64_t state = 1;

	for (size_t i = 0; i < FINDS; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		spis[i] = BARE_SPI + (uint32_t)((state >> 32) % n * (all / n));
	}
	return spis;
}

static void measure(const char *path)
{
	size_t before = resident(), n, after;
	double start = bare_clock(CLOCK_PROCESS_CPUTIME_ID), load;
	double hot, any;
	struct sas sas = { 0 };
	struct err e;

	if (sas_open_as(&sas, &path, 1, NULL, NULL, NULL, &e) < 0 || sas_load(&sas, true, &e) < 0) {
		fprintf(stderr, "lookup: %s\n", e.text);
		exit(3);
	}
	load = bare_clock(CLOCK_PROCESS_CPUTIME_ID) - start;
	after = resident();
	if ((n = sad_count(sas.sad)) == 0)
		bare_die("no SA");
	hot = finds(sas.sad, some(n < HOT ? n : HOT, n), true);
	any = finds(sas.sad, some(n, n), true);
	printf("%zu %.3f %.0f %.1f %.1f %.1f\n", n, load, (double)(after - before) / (double)n, hot, any,
	    finds(sas.sad, some(n, n), false));
	fflush(stdout);
	sas_close(&sas);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		pid_t pid = fork();	/* a process each: memory once freed is not given back */

		if (pid == 0) {
			measure(argv[i]);
			_exit(0);
		}
		if (pid < 0)
			bare_die("fork");
		if (waitpid(pid, NULL, 0) < 0)
			bare_die("wait");
	}
	return 0;
}
