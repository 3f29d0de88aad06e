#include "packet/pcap_out.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packet/pipe.h"

enum { DIRECT = 64 * 1024 };	/* a run of at least so many bytes is not copied */

static void put16(const struct pcap_out *o, uint8_t *p, uint16_t v)
{
	v = o->form.swapped ? __builtin_bswap16(v) : v;
	memcpy(p, &v, sizeof v);
}

static void put32(const struct pcap_out *o, uint8_t *p, uint32_t v)
{
	v = o->form.swapped ? __builtin_bswap32(v) : v;
	memcpy(p, &v, sizeof v);
}

int pcap_out_open(struct pcap_out *o, int fd, const char *name, const struct pcap_form *form,
    struct err *e)
{
	*o = (struct pcap_out){ .fd = fd, .form = *form, .name = name };
	o->buf = malloc(PCAP_OUT_BLOCK);
	if (o->buf == NULL)
		return err_nomem(e);
	pipe_widen(fd);
	if (o->form.snaplen == 0)
		o->form.snaplen = BATCH_SNAP;
	put32(o, o->buf, form->nano ? 0xa1b23c4d : 0xa1b2c3d4);
	put16(o, o->buf + 4, 2);
	put16(o, o->buf + 6, 4);
	memset(o->buf + 8, 0, 8);	/* time zone and accuracy: always 0 */
	put32(o, o->buf + 16, o->form.snaplen);
	put32(o, o->buf + 20, form->dlt);
	o->n = 24;
	return 0;
}

void pcap_out_record(const struct pcap_out *o, uint8_t *p, int64_t ns, uint32_t caplen,
    uint32_t len)
{
	int64_t s;

	if (ns < 0)
		ns = 0;
	if (ns / 1000000000 > UINT32_MAX)
		ns = UINT32_MAX * INT64_C(1000000000) + 999999999;
	s = ns / 1000000000;
	ns -= s * 1000000000;
	put32(o, p, (uint32_t)s);
	put32(o, p + 4, (uint32_t)(o->form.nano ? ns : ns / 1000));
	put32(o, p + 8, caplen);
	put32(o, p + 12, len);
}

/* errno stays that of write(2). */
static int write_all(struct pcap_out *o, const uint8_t *p, size_t n, struct err *e)
{
	struct pollfd room = { .fd = o->fd, .events = POLLOUT };
	ssize_t done;
	int saved;

	while (n > 0) {
		done = write(o->fd, p, n);
		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			poll(&room, 1, -1);	/* stdout may be shared with who wants it so */
		} else if (errno != EINTR) {
			saved = errno;
			err_sys(e, "%s", o->name);
			errno = saved;
			return -1;
		}
	}
	return 0;
}

int pcap_out_flush(struct pcap_out *o, struct err *e)
{
	size_t n = o->n;

	o->n = 0;			/* after an error they must not be written twice */
	return write_all(o, o->buf, n, e);
}

int pcap_out_write(struct pcap_out *o, const void *p, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	if ((n > DIRECT || n > PCAP_OUT_BLOCK - o->n) && pcap_out_flush(o, e) < 0)
		return -1;
	if (n > DIRECT)
		return write_all(o, p, n, e);
	memcpy(o->buf + o->n, p, n);
	o->n += n;
	return 0;
}

void pcap_out_clear(struct pcap_out *o)
{
	if (o == NULL)
		return;
	free(o->buf);
	o->buf = NULL;
	o->n = 0;
}
