#include "cli/sas.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/io.h"

enum { CHUNK = 64 * 1024, POLL_MS = 50, MAX_SOURCES = 256 };

static int open_one(struct sas_source *s, const char *path, bool follow, struct err *e)
{
	struct stat st;
	int fd = io_fd_of(path, STDIN_FILENO);

	s->name = strcmp(path, "-") == 0 ? "stdin" : path;
	/* a FIFO is opened before its writer is there, so that nobody waits for the other */
	s->fd = fd >= 0 ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return err_sys(e, "%s", s->name);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return err_sys(e, "%s", s->name);
	}
	s->stream = !S_ISREG(st.st_mode);
	s->follow = follow && !s->stream;
	return 0;
}

static int end_one(struct sas_source *s, struct err *e)
{
	s->ended = true;
	return format_source_end(s->format, e);
}

/* One read; 0 at the end, -2 if there is nothing yet.  The buffer held keys. */
static ssize_t read_one(struct sas_source *s, struct err *e)
{
	char buf[CHUNK];
	ssize_t n;
	int rc = 0;

	do
		n = read(s->fd, buf, sizeof buf);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -2;
	if (n < 0)
		return err_sys(e, "%s", s->name);
	if (n > 0)
		rc = format_source_push(s->format, buf, (size_t)n, e);
	wipe(buf, n > 0 ? (size_t)n : 0);
	return rc < 0 ? -1 : n;
}

static int read_file(struct sas_source *s, struct err *e)
{
	ssize_t n;

	while ((n = read_one(s, e)) > 0)
		;
	if (n < 0)
		return -1;
	if (!s->follow)
		return end_one(s, e);
	return format_source_idle(s->format, e);
}

/* What all sources of one call have in common. */
struct opening { bool follow; const struct format *only; format_note_fn *note; void *arg; };

static int open_all(struct sas *s, const char *const *paths, size_t n, const struct opening *how,
    struct err *e)
{
	*s = (struct sas){ 0 };
	if ((s->sad = sad_new(e)) == NULL)
		return -1;
	if (n > MAX_SOURCES)
		return err_set(e, "%zu SA sources, wanted %d at most", n, MAX_SOURCES);
	if ((s->source = calloc(n + 1, sizeof *s->source)) == NULL)
		return err_nomem(e);
	for (s->n = 0; s->n < n; s->n++)
		s->source[s->n].fd = -1;
	for (size_t i = 0; i < n; i++) {
		struct sas_source *src = &s->source[i];

		if (open_one(src, paths[i], how->follow, e) < 0)
			return -1;
		if ((src->format = format_source_new(src->name, s->sad, how->note, how->arg, e)) == NULL)
			return -1;
		if (how->only != NULL)
			format_source_only(src->format, how->only);
		if (!src->stream && read_file(src, e) < 0)
			return -1;
	}
	return 0;
}

int sas_open(struct sas *s, const char *const *paths, size_t n, bool follow, format_note_fn *note,
    void *arg, struct err *e)
{
	return open_all(s, paths, n, &(struct opening){ follow, NULL, note, arg }, e);
}

int sas_open_as(struct sas *s, const char *const *paths, size_t n, const struct format *only,
    format_note_fn *note, void *arg, struct err *e)
{
	return open_all(s, paths, n, &(struct opening){ false, only, note, arg }, e);
}

void sas_close(struct sas *s)
{
	for (size_t i = 0; i < s->n; i++) {
		format_source_free(s->source[i].format);
		if (s->source[i].fd > STDERR_FILENO)
			close(s->source[i].fd);
	}
	free(s->source);
	sad_free(s->sad);
	*s = (struct sas){ 0 };
}

static bool has_grown(const struct sas_source *s)
{
	struct stat st;
	off_t at = lseek(s->fd, 0, SEEK_CUR);

	return at >= 0 && fstat(s->fd, &st) == 0 && st.st_size > at;
}

/* 1: some stream has something (or ended); 0: not yet; -1: all have ended. */
static int look(struct sas *s, int wait_ms)
{
	struct pollfd fds[MAX_SOURCES];
	nfds_t n = 0;
	bool alive = false;

	for (size_t i = 0; i < s->n; i++) {
		struct sas_source *src = &s->source[i];

		if (src->ended)
			continue;
		alive = true;
		if (src->follow && has_grown(src))
			return 1;
		if (src->stream)
			fds[n++] = (struct pollfd){ .fd = src->fd, .events = POLLIN };
	}
	if (!alive)
		return -1;
	return poll(fds, n, wait_ms) > 0 ? 1 : 0;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int sas_pending(struct sas *s, int64_t ns)
{
	int64_t end = ns > 0 ? now_ns() + ns : 0;
	int got;

	while ((got = look(s, ns > 0 ? POLL_MS : 0)) == 0 && ns > 0 && now_ns() < end)
		;
	return got;
}

static int read_stream(struct sas_source *src, struct err *e)
{
	struct pollfd p = { .fd = src->fd, .events = POLLIN };
	ssize_t n;

	while (poll(&p, 1, 0) > 0) {
		if ((n = read_one(src, e)) == -1)
			return -1;
		if (n == -2)
			break;
		if (n == 0)
			return end_one(src, e);
	}
	return format_source_idle(src->format, e);
}

int sas_read(struct sas *s, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct sas_source *src = &s->source[i];

		if (src->ended)
			continue;
		if ((src->follow ? read_file(src, e) : read_stream(src, e)) < 0) {
			src->ended = true;
			return -1;
		}
	}
	return 0;
}

int sas_load(struct sas *s, bool all, struct err *e)
{
	for (;;) {
		bool waiting = false;

		for (size_t i = 0; i < s->n; i++)
			waiting = waiting || (s->source[i].stream && !s->source[i].ended);
		if (!waiting || (!all && sad_count(s->sad) > 0))
			return 0;
		if (look(s, -1) < 0)
			return 0;
		if (sas_read(s, e) < 0)
			return -1;
	}
}
