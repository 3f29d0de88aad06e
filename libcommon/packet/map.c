#include "packet/map.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_POPULATE
#define MAP_POPULATE 0
#endif

enum { MAPS = 16 };

static _Atomic(struct map *) maps[MAPS];	/* for the handler */
static struct sigaction before;
static atomic_int caught;			/* the handler: 0: none, 1: being set, 2: set */

/* Zeros for what cannot be read.  A fault of somebody else is left to who had the signal before. */
static void on_bus(int sig, siginfo_t *info, void *context)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)info->si_addr & ~(page - 1);

	(void)context;
	for (int i = 0; i < MAPS && info->si_code > 0; i++) {
		struct map *m = atomic_load(&maps[i]);

		if (m == NULL || at < (uintptr_t)m->p || at - (uintptr_t)m->p >= m->n)
			continue;
		if (mmap((void *)at, (uintptr_t)m->p + m->n - at, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			break;
		m->broken = 1;
		return;
	}
	sigaction(sig, &before, NULL);		/* the access is done again, and the signal is theirs */
	if (info->si_code <= 0)			/* there was none: another process sent it */
		raise(sig);
}

static bool catch(void)
{
	struct sigaction act = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	int none = 0;

	if (atomic_load(&caught) == 2)
		return true;
	if (!atomic_compare_exchange_strong(&caught, &none, 1))
		return none == 2;
	sigemptyset(&act.sa_mask);
	if (sigaction(SIGBUS, &act, &before) < 0) {
		atomic_store(&caught, 0);
		return false;
	}
	atomic_store(&caught, 2);
	return true;
}

static bool enter(struct map *m)
{
	for (int i = 0; i < MAPS; i++) {
		struct map *none = NULL;

		if (atomic_compare_exchange_strong(&maps[i], &none, m))
			return true;
	}
	return false;
}

void map_clear(struct map *m)
{
	if (m->p == NULL)
		return;
	for (int i = 0; i < MAPS; i++)
		if (atomic_load(&maps[i]) == m)
			atomic_store(&maps[i], NULL);
	munmap((void *)(uintptr_t)m->p, m->n);
	*m = (struct map){ 0 };
}

bool map_set(struct map *m, int fd, uint64_t at, size_t n)
{
	size_t before_it = (size_t)(at & ((uint64_t)sysconf(_SC_PAGESIZE) - 1));
	void *p;

	map_clear(m);
	if (!catch())
		return false;
	p = mmap(NULL, n + before_it, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, (off_t)(at - before_it));
	if (p == MAP_FAILED)
		return false;
	*m = (struct map){ .p = p, .n = n + before_it, .at = at - before_it };
	if (enter(m))
		return true;
	munmap(p, m->n);
	*m = (struct map){ 0 };
	return false;
}
