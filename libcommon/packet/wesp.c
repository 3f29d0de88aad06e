#include "packet/wesp.h"

#include "base/wr.h"

enum { ESP_HEAD = 8 };		/* SPI and sequence number */
enum { VERSION = 0xc0, ENCRYPTED = 0x20, PADDED = 0x10, PADDING = 4 };

bool wesp_in_udp(const uint8_t *p, size_t n)
{
	return n >= WESP_UDP && load_be32(p) == WESP_IN_UDP;
}

/* RFC 5840 2: which values are invalid.  align: over IPv6 8, but behind UDP's identifier, which is
 * not counted, 4. */
static bool sane(const struct wesp_view *w, size_t align, size_t pad)
{
	if (w->encrypted)
		return w->next == 0 && w->payload == 0 && w->icv == 0;
	return w->payload >= WESP_HEAD + pad + ESP_HEAD && w->payload % align == 0;
}

enum verdict wesp_parse(struct wesp_view *w, const uint8_t *p, size_t n, uint8_t ip_version,
    bool udp)
{
	struct rd r = rd_of(p, n);
	uint8_t flags;
	size_t pad;

	*w = (struct wesp_view){ 0 };
	if (udp)
		rd_take(&r, WESP_UDP);
	w->next = rd_u8(&r);
	w->payload = rd_u8(&r);
	w->icv = rd_u8(&r);
	flags = rd_u8(&r);		/* the reserved ones are ignored */
	w->encrypted = (flags & ENCRYPTED) != 0;
	w->padded = (flags & PADDED) != 0;
	pad = w->padded ? PADDING : 0;
	rd_take(&r, pad);
	w->esp = n - r.n;
	rd_take(&r, ESP_HEAD);
	if (!rd_ok(&r))
		return V_TRUNCATED;
	if (flags & VERSION)
		return V_UNSUPPORTED;
	if (w->padded && ip_version == 4)	/* it is for IPv6's alignment alone */
		return V_BAD_HEADER;
	return sane(w, ip_version == 4 || udp ? 4 : 8, pad) ? V_OK : V_BAD_HEADER;
}

enum verdict wesp_check(const struct wesp_view *w, bool encrypts, size_t iv, size_t icv,
    uint8_t next)
{
	size_t payload = WESP_HEAD + (w->padded ? PADDING : 0u) + ESP_HEAD + iv;

	if (w->encrypted != encrypts)
		return V_BAD_HEADER;
	if (encrypts)
		return V_OK;
	return w->payload == payload && w->icv == icv && w->next == next ? V_OK : V_BAD_HEADER;
}

/* Over IPv6 padding keeps ESP at a multiple of 8 octets (RFC 5840 2). */
static size_t padding(uint8_t ip_version, bool udp)
{
	return ip_version == 6 && !udp ? PADDING : 0;
}

size_t wesp_len(uint8_t ip_version, bool udp)
{
	return WESP_HEAD + padding(ip_version, udp) + (udp ? (size_t)WESP_UDP : 0);
}

void wesp_encode(uint8_t *p, uint8_t ip_version, bool udp, bool encrypts, size_t iv, size_t icv,
    uint8_t next)
{
	size_t pad = padding(ip_version, udp);

	if (udp) {
		store_be32(p, WESP_IN_UDP);
		p += WESP_UDP;
	}
	p[0] = encrypts ? 0 : next;
	p[1] = encrypts ? 0 : (uint8_t)(WESP_HEAD + pad + ESP_HEAD + iv);
	p[2] = encrypts ? 0 : (uint8_t)icv;
	p[3] = (uint8_t)((encrypts ? ENCRYPTED : 0) | (pad > 0 ? PADDED : 0));
	for (size_t i = 0; i < pad; i++)
		p[WESP_HEAD + i] = 0;
}
