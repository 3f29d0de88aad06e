#include <unistd.h>

#include "packet/pcap_priv.h"

enum {
	LEAST = BATCH_CAP,		/* the longest record, and more */
	STEP = 4 * 1024 * 1024,		/* mapped at a time */
	LINE = 64,			/* of a cache */
	STEADY = 4,			/* records of one length that let the next ones be expected so */
	RECORDS_AHEAD = 16,
	BYTES_AHEAD = 2048,
};

/* From the window's place on. */
static int read_instead(struct pcap_in *in, struct batch *b, struct err *e)
{
	in->mapped = false;
	in->map = NULL;
	in->win.n = 0;
	in->win.p = in->buf = b->buf;
	return lseek(in->src.fd, (off_t)in->win.at, SEEK_SET) < 0 ? err_sys(e, "lseek") : 0;
}

static int all_whole(struct pcap_in *in, struct err *e)
{
	for (unsigned i = 0; i < PCAP_MAPS; i++)
		if (!map_is_whole(&in->maps[i].map)) {
			map_clear(&in->maps[i].map);
			return err_data(e, "the file became shorter while it was read, or can no longer be read");
		}
	return 0;
}

/* The next stretch of the file, n octets of it. */
static bool next_map(struct pcap_in *in, size_t n)
{
	in->map = NULL;
	for (unsigned i = 0; i < PCAP_MAPS && in->map == NULL; i++)
		if (in->maps[i].users == 0)
			in->map = &in->maps[i];
	return in->map != NULL && map_set(&in->map->map, in->src.fd, in->win.at, n);
}

int pcap_map_window(struct pcap_in *in, struct batch *b, struct err *e)
{
	struct window *w = &in->win;
	uint64_t left = in->src.size > w->at ? in->src.size - w->at : 0;
	const struct map *m;

	if (all_whole(in, e) < 0)
		return -1;
	if (left < LEAST)
		return read_instead(in, b, e);
	m = in->map != NULL ? &in->map->map : NULL;
	if ((m == NULL || w->at < m->at || w->at + LEAST > m->at + m->n) && !next_map(in, left < STEP ? (size_t)left : STEP))
		return read_instead(in, b, e);
	m = &in->map->map;
	w->p = (uint8_t *)(uintptr_t)m->p + (w->at - m->at);	/* is not written to */
	w->n = (size_t)(m->at + m->n - w->at);
	return 0;
}

void pcap_map_stay(struct pcap_in *in, struct batch *b)
{
	in->win.n = 0;
	if (b->n == 0 || in->map == NULL)
		return;
	b->map_of = in;
	b->map_at = (unsigned)(in->map - in->maps);
	in->map->users++;
}

void pcap_map_leave(struct pcap_in *in, struct batch *b)
{
	if (b->map_of == in && in->maps[b->map_at].users > 0)
		in->maps[b->map_at].users--;
	b->map_of = NULL;
}

/* Each record's place is in the one before, so that a processor waits for memory once a record, unless asked to fetch
 * sooner. */
void pcap_map_look_ahead(struct pcap_in *in)
{
	const struct window *w = &in->win;
	uint64_t step = w->want;
	uintptr_t p = (uintptr_t)w->p;

	in->alike = step == in->stride ? in->alike + 1 : 0;
	in->stride = step;
	if (in->alike >= STEADY) {
		__builtin_prefetch((const void *)(p + RECORDS_AHEAD * step));
		__builtin_prefetch((const void *)(p + RECORDS_AHEAD * step + LINE));
		return;
	}
	for (uint64_t i = 0; i < step; i += LINE)
		__builtin_prefetch((const void *)(p + BYTES_AHEAD + i));
}

void pcap_map_close(struct pcap_in *in)
{
	for (unsigned i = 0; i < PCAP_MAPS; i++)
		map_clear(&in->maps[i].map);
}
