/*
 * Fails one call: the N-th malloc, calloc, realloc, read, write, open, close, rename that the program
 * makes, N from FAULT_AT, which from FAULT_CALL ("malloc" stands for the three).  Nothing after it fails,
 * so that the program's way out is tried, too.  FAULT_COUNT=FILE: fails none, appends the number of calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_ulong calls;
static unsigned long at;
static char which[16];
static int started;

__attribute__((constructor)) static void start(void)
{
	const char *call = getenv("FAULT_CALL"), *n = getenv("FAULT_AT");

	if (call != NULL)
		snprintf(which, sizeof which, "%s", call);
	if (n != NULL)
		at = strtoul(n, NULL, 10);
	started = 1;
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *f;

	started = 0;
	if (path == NULL || (f = fopen(path, "a")) == NULL)
		return;
	fprintf(f, "%lu\n", atomic_load(&calls));
	fclose(f);
}

static int fails(const char *name, int error)
{
	if (!started || strcmp(name, which) != 0 || atomic_fetch_add(&calls, 1) + 1 != at)
		return 0;
	errno = error;
	return 1;
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* glibc's own names: dlsym() allocates, so malloc cannot ask for it. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *malloc(size_t n)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_realloc(p, n);
}

ssize_t read(int fd, void *p, size_t n)
{
	static ssize_t (*next)(int, void *, size_t);

	if (next == NULL)
		*(void **)&next = real("read");
	return fails("read", EIO) ? -1 : next(fd, p, n);
}

ssize_t write(int fd, const void *p, size_t n)
{
	static ssize_t (*next)(int, const void *, size_t);

	if (next == NULL)
		*(void **)&next = real("write");
	return fd != STDERR_FILENO && fails("write", ENOSPC) ? -1 : next(fd, p, n);
}

int open(const char *path, int flags, ...)
{
	static int (*next)(const char *, int, ...);
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? (mode_t)va_arg(ap, int) : 0;
	va_end(ap);
	if (next == NULL)
		*(void **)&next = real("open");
	return fails("open", EMFILE) ? -1 : next(path, flags, mode);
}

int close(int fd)
{
	static int (*next)(int);

	if (next == NULL)
		*(void **)&next = real("close");
	if (!fails("close", EIO))
		return next(fd);
	next(fd);
	errno = EIO;
	return -1;
}

int rename(const char *from, const char *to)
{
	static int (*next)(const char *, const char *);

	if (next == NULL)
		*(void **)&next = real("rename");
	return fails("rename", EACCES) ? -1 : next(from, to);
}
