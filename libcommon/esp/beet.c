#include "esp/beet.h"

#include "packet/checksum.h"

enum { HEAD4 = 20, OPTIONS_MAX = 40, DONT_FRAGMENT = 0x4000, VERSION4 = 0x45 };

/*
 * The pseudo header: next header, length, pad length, reserved; padding, then the options.  Its
 * length is counted as IPv6's extension headers do, in units of 8 octets without the first.
 */
static enum verdict pseudo(struct rd *r, uint8_t *next, struct span *options)
{
	struct rd head;
	size_t pad;

	*next = rd_u8(r);
	head = rd_sub(r, 8 + rd_u8(r) * (size_t)8 - 2);
	pad = rd_u8(&head);
	rd_u8(&head);			/* reserved: Linux leaves in it what was there */
	rd_take(&head, pad);
	*options = rd_rest(&head);
	return rd_ok(&head) && rd_ok(r) && options->n % 4 == 0 && options->n <= OPTIONS_MAX ? V_OK :
	    V_BAD_HEADER;
}

static void write4(struct wr *w, const struct ip_view *outer, const uint8_t *p, size_t n,
    uint8_t next, struct span options, const struct addr *src, const struct addr *dst)
{
	bool same = outer->version == 4;
	size_t from = w->n, head = HEAD4 + options.n;

	wr_u8(w, (uint8_t)(VERSION4 + options.n / 4));
	wr_u8(w, outer->tos);
	wr_u16(w, (uint16_t)(head + n));
	wr_u16(w, same ? (uint16_t)outer->id : 0);
	wr_u16(w, same ? load_be16(p + 6) & DONT_FRAGMENT : DONT_FRAGMENT);
	wr_u8(w, p[same ? 8 : 7]);
	wr_u8(w, next);
	wr_u16(w, 0);
	wr_span(w, (struct span){ src->b, 4 });
	wr_span(w, (struct span){ dst->b, 4 });
	wr_span(w, options);
	if (wr_ok(w))
		store_be16(w->p + from + 10, checksum(w->p + from, head));
}

static void write6(struct wr *w, const struct ip_view *outer, const uint8_t *p, size_t n,
    uint8_t next, const struct addr *src, const struct addr *dst)
{
	bool same = outer->version == 6;

	wr_u32(w, 0x60000000 | (uint32_t)outer->tos << 20 | (same ? load_be32(p) & 0xfffff : 0));
	wr_u16(w, (uint16_t)n);
	wr_u8(w, next);
	wr_u8(w, p[same ? 7 : 8]);
	wr_span(w, (struct span){ src->b, 16 });
	wr_span(w, (struct span){ dst->b, 16 });
}

enum verdict beet_restore(struct wr *out, const struct ip_view *outer, const uint8_t *p,
    struct span plain, uint8_t next, const struct addr *src, const struct addr *dst)
{
	struct rd r = rd_of(plain.p, plain.n);
	struct span options = { 0 };

	if (src->family != dst->family || (src->family != 4 && src->family != 6))
		return V_UNSUPPORTED;
	if (next == IPPROTO_BEET && (src->family != 4 || pseudo(&r, &next, &options) != V_OK))
		return V_BAD_HEADER;
	if (r.n + (src->family == 4 ? HEAD4 + options.n : 0) > 65535)
		return V_BAD_HEADER;
	if (src->family == 4)
		write4(out, outer, p, r.n, next, options, src, dst);
	else
		write6(out, outer, p, r.n, next, src, dst);
	wr_span(out, rd_rest(&r));
	return wr_ok(out) ? V_OK : V_BAD_HEADER;
}

enum { PSEUDO = 4, NOP = 1 };

size_t beet_pseudo_len(size_t options)
{
	return options > 0 ? (PSEUDO + options + 7) / 8 * 8 : 0;
}

void beet_pseudo_encode(uint8_t *p, uint8_t next, struct span options)
{
	size_t n = beet_pseudo_len(options.n), pad = n - PSEUDO - options.n;

	p[0] = next;
	p[1] = (uint8_t)(n / 8 - 1);
	p[2] = (uint8_t)pad;
	p[3] = 0;
	memset(p + PSEUDO, NOP, pad);
	memcpy(p + PSEUDO + pad, options.p, options.n);
}
