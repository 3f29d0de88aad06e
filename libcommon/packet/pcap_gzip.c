#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "packet/pcap_source.h"

struct gunzip {
	z_stream z;
	bool between;			/* a member ended, and perhaps the file */
	bool ended;
	uint8_t raw[SOURCE_FIRST];
};

enum { GZIP_ONLY = 16 + 15 };		/* zlib: a gzip header and the largest window */

int source_gunzip(struct source *s, const void *p, size_t n, struct err *e)
{
	struct gunzip *g = calloc(1, sizeof *g);

	if (g == NULL || inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
		free(g);
		return err_nomem(e);
	}
	memcpy(g->raw, p, n);
	g->z.next_in = g->raw;
	g->z.avail_in = (uInt)n;
	s->gz = g;
	return 0;
}

void gunzip_free(struct gunzip *g)
{
	if (g == NULL)
		return;
	inflateEnd(&g->z);
	free(g);
}

/* Compressed bytes to work on: 1; 0: no more; or a SOURCE_ value. */
static int refill(struct gunzip *g, struct source *s, bool wait, struct err *e)
{
	ssize_t got;

	if (g->z.avail_in > 0)
		return 1;
	got = source_read_raw(s, g->raw, sizeof g->raw, wait, e);
	if (got < 0)
		return (int)got;
	if (got == 0)
		return g->between ? 0 : err_data(e, "the gzip stream is cut");
	g->z.next_in = g->raw;
	g->z.avail_in = (uInt)got;
	return 1;
}

/* Like gzip(1): members follow one another, anything else after one is not looked at. */
static bool next_member(struct gunzip *g)
{
	if (!g->between)
		return true;
	if (g->z.next_in[0] != 0x1f || inflateReset(&g->z) != Z_OK)
		return false;
	g->between = false;
	return true;
}

ssize_t gunzip_read(struct gunzip *g, struct source *s, void *p, size_t n, bool wait,
    struct err *e)
{
	int rc;

	if (n > UINT32_MAX)
		n = UINT32_MAX;
	g->z.next_out = p;
	g->z.avail_out = (uInt)n;
	while (!g->ended && g->z.avail_out == n) {
		if (source_is_stopped(s))
			return SOURCE_STOPPED;
		if ((rc = refill(g, s, wait, e)) < 0)
			return rc;
		if (rc == 0 || !next_member(g)) {
			g->ended = true;
			break;
		}
		rc = inflate(&g->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			g->between = true;
		else if (rc == Z_MEM_ERROR)
			return err_nomem(e);
		else if (rc != Z_OK && rc != Z_BUF_ERROR && g->z.avail_out == n)
			return err_data(e, "the gzip stream is damaged: %s",
			    g->z.msg != NULL ? g->z.msg : "unknown reason");
		/* an error behind good bytes comes again with the next call */
	}
	return (ssize_t)(n - g->z.avail_out);
}
