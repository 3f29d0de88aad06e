#include "cli/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/secret.h"
#include "base/text.h"

enum { RANDOM = 6, TRIES = 16 };

int io_fd_of(const char *path, int dash)
{
	static const char *const roots[] = { "/dev/fd/", "/proc/self/fd/" };
	struct err e;
	uint64_t v;

	if (path == NULL || strcmp(path, "-") == 0)
		return dash;
	if (strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
		size_t n = strlen(roots[i]);

		if (strncmp(path, roots[i], n) == 0 && path[n] >= '0' && path[n] <= '9' &&
		    uint_parse(&v, path + n, strlen(path + n), 0, 1 << 20, &e) == 0)
			return (int)v;
	}
	return -1;
}

size_t io_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	struct err e;
	uint64_t n;

	if (columns != NULL && uint_parse(&n, columns, strlen(columns), 20, 10000, &e) == 0)
		return (size_t)n;
	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Files of /proc have no size: what comes is what there is. */
int io_read_all(const char *path, size_t most, char **text, size_t *n, struct err *e)
{
	int fd = io_fd_of(path, STDIN_FILENO), own = fd < 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char *p = malloc(most + 1);
	size_t have = 0;
	ssize_t got = 0;

	fd = own >= 0 ? own : fd;
	if (p == NULL)
		err_nomem(e);
	else if (fd < 0 || (got = read(fd, p, most + 1)) < 0)
		err_sys(e, "%s", path);
	while (p != NULL && got > 0 && have <= most) {
		have += (size_t)got;
		if ((got = read(fd, p + have, most + 1 - have)) < 0)
			err_sys(e, "%s", path);
	}
	if (own >= 0)
		close(own);
	if (p != NULL && fd >= 0 && got >= 0 && have <= most) {
		*text = p;
		*n = have;
		return 0;
	}
	if (have > most)
		err_data(e, "%s: found more than %zu bytes", path, most);
	free(p);
	return -1;
}

static int no_terminal(const struct out_file *f, struct err *e)
{
	return err_set(e, "%s is a terminal, and packets are binary: give -w FILE, or a pipe such as "
	    "\"| tcpdump -n -r -\"", f->path);
}

/* ".NAME.RANDOM" in the folder of path, so that the rename stays within one file system. */
static char *temp_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash != NULL ? (size_t)(slash - path) + 1 : 0;
	size_t n = strlen(path) + RANDOM * 2 + 3;
	char *temp = malloc(n), hex[RANDOM * 2 + 1];
	uint8_t random[RANDOM];

	if (temp == NULL)
		return NULL;
	random_bytes(random, sizeof random);
	hex_format(hex, (struct span){ random, sizeof random });
	snprintf(temp, n, "%.*s.%s.%s", (int)dir, path, path + dir, hex);
	return temp;
}

static int open_temp(struct out_file *f, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		f->temp = temp_name(f->path);
		if (f->temp == NULL)
			return err_nomem(e);
		f->fd = open(f->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd >= 0)
			return 0;
		free(f->temp);
		f->temp = NULL;
		if (errno != EEXIST)
			break;
	}
	return err_sys(e, "%s", f->path);
}

/* A FIFO or a device.  It may have become something else since stat(): look again. */
static int open_special(struct out_file *f, struct err *e)
{
	struct stat st;

	f->fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (f->fd < 0)
		return err_sys(e, "%s", f->path);
	if (fstat(f->fd, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	close(f->fd);
	f->fd = -1;
	errno = EAGAIN;
	return err_sys(e, "%s", f->path);
}

int out_file_open(struct out_file *f, const char *path, bool binary, struct err *e)
{
	int fd = io_fd_of(path, STDOUT_FILENO), rc;
	struct stat st;

	*f = (struct out_file){ .fd = -1, .path = path };
	if (path == NULL || strcmp(path, "-") == 0) {
		f->fd = fd;
		f->path = "stdout";
		return binary && isatty(fd) ? no_terminal(f, e) : 0;
	}
	f->close = true;
	if (fd >= 0) {
		f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		rc = f->fd < 0 ? err_sys(e, "%s", path) : 0;
	} else if (stat(path, &st) < 0 || S_ISREG(st.st_mode)) {
		rc = open_temp(f, e);
	} else {
		rc = open_special(f, e);
	}
	if (rc == 0 && binary && isatty(f->fd)) {
		rc = no_terminal(f, e);
		out_file_abandon(f);
	}
	return rc;
}

int out_file_show(struct out_file *f, struct err *e)
{
	if (f->temp == NULL)
		return 0;
	if (rename(f->temp, f->path) < 0)
		return err_sys(e, "%s", f->path);
	free(f->temp);
	f->temp = NULL;
	return 0;
}

int out_file_close(struct out_file *f, struct err *e)
{
	int rc = 0;

	if (f->fd >= 0 && f->close && close(f->fd) < 0)
		rc = err_sys(e, "%s", f->path);
	f->fd = -1;
	if (rc == 0)
		rc = out_file_show(f, e);
	out_file_abandon(f);
	return rc;
}

bool out_file_is_shared(const struct out_file *f)
{
	struct stat st;

	return fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

FILE *out_file_stream(struct out_file *f, void *buffer, size_t n, struct err *e)
{
	int fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 3);
	FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (to == NULL) {
		if (errno == EINVAL)
			errno = EBADF;		/* it was closed when we started */
		err_sys(e, "%s", f->path);
		if (fd >= 0)
			close(fd);
	} else if (buffer != NULL) {
		setvbuf(to, buffer, _IOFBF, n);
	}
	return to;
}

int out_file_end(struct out_file *f, FILE *to, struct err *e)
{
	bool bad = to != NULL && ferror(to) != 0;

	if ((to != NULL && fclose(to) != 0) || bad) {
		if (errno == 0)
			errno = EIO;
		err_sys(e, "%s", f->path);
		out_file_abandon(f);
		return -1;
	}
	return out_file_close(f, e);
}

void out_file_abandon(struct out_file *f)
{
	if (f->fd >= 0 && f->close)
		close(f->fd);
	f->fd = -1;
	if (f->temp != NULL)
		unlink(f->temp);
	free(f->temp);
	f->temp = NULL;
}

bool io_is_live(const char *const *paths, size_t n)
{
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		int fd = io_fd_of(paths[i], STDIN_FILENO);

		if ((fd >= 0 ? fstat(fd, &st) : stat(paths[i], &st)) == 0 && !S_ISREG(st.st_mode))
			return true;
	}
	return false;
}
