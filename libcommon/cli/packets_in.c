#include "cli/packets_in.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/io.h"

enum { HEADER = 24, HEADER_WAIT = 10 * 1000000 };	/* octets of a capture's header; ns between looks for its rest */

static int open_capture(struct packets_in *p, struct err *e)
{
	struct pcap_in_options o = { .files = &p->path, .nfiles = 1, .fd = &p->fd };

	return (p->in = pcap_in_open(&o, e)) != NULL ? 0 : -1;
}

int packets_in_open(struct packets_in *p, const char *path, bool pace, struct err *e)
{
	struct stat st;

	*p = (struct packets_in){ .path = strcmp(path, "-") == 0 ? "stdin" : path, .pace = pace };
	p->fd = io_fd_of(path, STDIN_FILENO);
	p->ours = p->fd < 0;
	if (p->ours)
		p->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);	/* a FIFO has no writer yet */
	if (p->fd < 0 || fstat(p->fd, &st) < 0)
		return err_sys(e, "%s", p->path);
	if (isatty(p->fd))
		return err_set(e, "%s is a terminal, and packets are binary: wanted a file or a pipe", p->path);
	p->regular = S_ISREG(st.st_mode);
	p->due = p->regular ? 0 : INT64_MAX;
	if (batch_init(&p->batch, e) < 0)
		return -1;
	return p->regular ? open_capture(p, e) : 0;	/* what is no capture is told at once */
}

void packets_in_close(struct packets_in *p)
{
	pcap_in_close(p->in);
	batch_clear(&p->batch);
	if (p->ours && p->fd >= 0)
		close(p->fd);
	*p = (struct packets_in)PACKETS_IN_INIT;
}

int packets_in_fd(const struct packets_in *p)
{
	return p->ended || p->due != INT64_MAX ? -1 : p->in != NULL ? pcap_in_fd(p->in) : p->fd;
}

int64_t packets_in_due(const struct packets_in *p)
{
	return p->ended ? INT64_MAX : p->due;
}

static int end(struct packets_in *p, int rc)
{
	p->ended = true;
	return rc;
}

/* True if the capture's header can be read, or will never come. */
static bool header_is_there(struct packets_in *p, int64_t now)
{
	struct pollfd ask = { .fd = p->fd, .events = POLLIN };
	int n = 0;

	p->due = INT64_MAX;
	if (poll(&ask, 1, 0) <= 0)
		return false;
	if ((ask.revents & POLLIN) == 0 || ioctl(p->fd, FIONREAD, &n) < 0 || n == 0 || n >= HEADER || (ask.revents & POLLHUP) != 0)
		return true;
	p->due = now + HEADER_WAIT;		/* poll(2) would not wait */
	return false;
}

/* 1: p->at is a packet. */
static int fill(struct packets_in *p, int64_t now, struct err *e)
{
	int rc;

	if (p->at < p->batch.n)
		return 1;
	if (p->in == NULL) {
		if (!header_is_there(p, now))
			return 0;
		if (open_capture(p, e) < 0)
			return end(p, -1);
	}
	p->at = p->batch.n = 0;
	p->due = p->regular ? 0 : INT64_MAX;
	if (!pcap_in_ready(p->in))
		return 0;
	rc = pcap_in_fill(p->in, &p->batch, e);
	return rc > 0 ? 1 : end(p, rc);
}

/* Captured times may be anything. */
static int64_t time_for(const struct packets_in *p, const struct packet *k)
{
	int64_t gap, due;

	if (__builtin_sub_overflow(k->ns, p->first, &gap) || gap < 0)
		gap = 0;
	return __builtin_add_overflow(p->start, gap, &due) ? INT64_MAX - 1 : due;
}

int packets_in_next(struct packets_in *p, int64_t now, const struct packet **k, struct err *e)
{
	int rc;

	if (p->ended || (rc = fill(p, now, e)) == 0)
		return 0;
	if (rc < 0)
		return -1;
	*k = &p->batch.pkt[p->at];
	if (!p->begun) {
		p->begun = true;
		p->start = now;
		p->first = (*k)->ns;
	}
	p->due = p->pace ? time_for(p, *k) : 0;
	if (now < p->due)
		return 0;
	p->due = 0;
	p->at++;
	return 1;
}
