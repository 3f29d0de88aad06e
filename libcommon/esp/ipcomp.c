#include "esp/ipcomp.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/wr.h"

enum { WINDOW_BITS = 15, CPI_NEGOTIATED = 256 };

struct ipcomp { z_stream z; };

struct ipcomp *ipcomp_new(struct err *e)
{
	struct ipcomp *c = calloc(1, sizeof *c);

	/* negative: DEFLATE alone, without zlib's header and checksum (RFC 2394 2) */
	if (c == NULL || inflateInit2(&c->z, -WINDOW_BITS) != Z_OK) {
		free(c);
		err_nomem(e);
		return NULL;
	}
	return c;
}

void ipcomp_free(struct ipcomp *c)
{
	if (c == NULL)
		return;
	inflateEnd(&c->z);
	free(c);
}

enum verdict ipcomp_parse(struct ipcomp_view *v, const uint8_t *p, size_t n)
{
	struct rd r = rd_of(p, n);

	v->next = rd_u8(&r);
	rd_u8(&r);			/* flags: zero, and ignored on receipt, RFC 3173 3.3 */
	v->cpi = rd_u16(&r);
	return rd_ok(&r) ? V_OK : V_TRUNCATED;
}

enum verdict ipcomp_open(struct ipcomp *c, const uint8_t *p, size_t n, uint8_t *out, size_t cap,
    size_t *len, struct ipcomp_view *v)
{
	enum verdict got = ipcomp_parse(v, p, n);
	int rc;

	*len = 0;
	if (got != V_OK)
		return got;
	if (v->cpi != IPCOMP_DEFLATE && v->cpi < CPI_NEGOTIATED)
		return V_UNSUPPORTED;
	if (cap > IPCOMP_MAX)
		cap = IPCOMP_MAX;
	inflateReset(&c->z);
	c->z.next_in = p + IPCOMP_HEAD;
	c->z.avail_in = (unsigned)(n - IPCOMP_HEAD);
	c->z.next_out = out;
	c->z.avail_out = (unsigned)cap;
	rc = inflate(&c->z, Z_FINISH);
	if (rc == Z_BUF_ERROR && c->z.avail_out > 0)
		return V_TRUNCATED;
	if (rc != Z_STREAM_END || c->z.avail_in > 0)
		return V_BAD_HEADER;
	*len = cap - c->z.avail_out;
	return V_OK;
}

struct ipcomp_sealer { z_stream z; };

struct ipcomp_sealer *ipcomp_sealer_new(struct err *e)
{
	enum { MEMORY = 9 };
	struct ipcomp_sealer *c = calloc(1, sizeof *c);

	if (c == NULL || deflateInit2(&c->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -WINDOW_BITS, MEMORY,
	    Z_DEFAULT_STRATEGY) != Z_OK) {
		free(c);
		err_nomem(e);
		return NULL;
	}
	return c;
}

void ipcomp_sealer_free(struct ipcomp_sealer *c)
{
	if (c == NULL)
		return;
	deflateEnd(&c->z);
	free(c);
}

size_t ipcomp_seal(struct ipcomp_sealer *c, const struct ipcomp_view *v, const uint8_t *p, size_t n,
    uint8_t *out)
{
	if (n <= IPCOMP_HEAD + 1)
		return 0;
	deflateReset(&c->z);
	c->z.next_in = p;
	c->z.avail_in = (unsigned)n;
	c->z.next_out = out + IPCOMP_HEAD;
	c->z.avail_out = (unsigned)(n - IPCOMP_HEAD - 1);	/* what fits has shrunk */
	if (deflate(&c->z, Z_FINISH) != Z_STREAM_END)
		return 0;
	out[0] = v->next;
	out[1] = 0;			/* flags: zero, 3.3 */
	store_be16(out + 2, v->cpi);
	return n - 1 - c->z.avail_out;
}
