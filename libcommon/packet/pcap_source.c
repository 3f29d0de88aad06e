#include "packet/pcap_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packet/pipe.h"

/* A flag set just before poll(2) is seen this many ms later at the latest. */
enum { STOP_LATENCY = 500 };

static bool stop_is_set(const volatile sig_atomic_t *const stop[2])
{
	return (stop[0] != NULL && *stop[0] != 0) || (stop[1] != NULL && *stop[1] != 0);
}

bool source_is_stopped(const struct source *s)
{
	return stop_is_set(s->stop);
}

static int start(struct source *s, int fd, bool ours, const char *name, struct err *e)
{
	struct stat st;

	s->fd = fd;
	s->ours = ours;
	if (fstat(s->fd, &st) < 0) {
		err_sys(e, "%s", name);
		source_close(s);
		return SOURCE_FAILED;
	}
	s->regular = S_ISREG(st.st_mode);
	s->size = (uint64_t)st.st_size;
	if (S_ISFIFO(st.st_mode))
		pipe_widen(s->fd);
	return 0;
}

int source_borrow(struct source *s, int fd, const char *name, struct err *e)
{
	return start(s, fd, false, name, e);
}

int source_open(struct source *s, const char *name, struct err *e)
{
	int fd;

	if (strcmp(name, "-") == 0)
		return start(s, STDIN_FILENO, false, "stdin", e);
	while ((fd = open(name, O_RDONLY | O_CLOEXEC)) < 0) {
		if (errno != EINTR)
			return err_sys(e, "%s", name);
		if (source_is_stopped(s))
			return SOURCE_STOPPED;
	}
	return start(s, fd, true, name, e);
}

void source_close(struct source *s)
{
	if (s->fd >= 0 && s->ours)
		close(s->fd);
	gunzip_free(s->gz);
	s->fd = -1;
	s->ours = false;
	s->regular = false;
	s->gz = NULL;
	s->mem = (struct span){ 0 };
}

int source_poll(int fd, const volatile sig_atomic_t *const stop[2], bool wait, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	for (;;) {
		if (stop_is_set(stop))
			return SOURCE_STOPPED;
		n = poll(&p, 1, wait ? STOP_LATENCY : 0);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (n == 0 && !wait)
			return SOURCE_WAIT;
	}
}

static ssize_t memory_read(struct source *s, void *p, size_t n)
{
	if (s->step > 0 && n > s->step)
		n = s->step;
	if (n > s->mem.n)
		n = s->mem.n;
	if (n > 0) {
		memcpy(p, s->mem.p, n);
		s->mem.p += n;
		s->mem.n -= n;
	}
	return (ssize_t)n;
}

ssize_t source_read_raw(struct source *s, void *p, size_t n, bool wait, struct err *e)
{
	ssize_t got;
	int rc;

	if (s->fd < 0)
		return memory_read(s, p, n);
	for (;;) {
		if (!s->regular && (rc = source_poll(s->fd, s->stop, wait, e)) < 0)
			return rc;
		got = read(s->fd, p, n);
		if (got >= 0)
			return got;
		if (errno == EINTR) {
			if (source_is_stopped(s))
				return SOURCE_STOPPED;
		} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
			return err_sys(e, "read");
		}
	}
}

ssize_t source_read(struct source *s, void *p, size_t n, bool wait, struct err *e)
{
	return s->gz != NULL ? gunzip_read(s->gz, s, p, n, wait, e) :
	    source_read_raw(s, p, n, wait, e);
}
