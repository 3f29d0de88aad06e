#include "esp/ah_mutable.h"

#include <stdbool.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "packet/ip.h"

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60, MOBILITY = 135, HIP = 139,
	SHIM6 = 140 };
enum { OPT4_END = 0, OPT4_NOP = 1, OPT4_LSRR = 131, OPT4_SSRR = 137 };
enum { OPT6_PAD1 = 0, OPT6_CHANGES = 0x20, OPT6_HOME = 201 };
enum { ADDR6 = 16, DST4 = 16, SRC6 = 8, DST6 = 24 };

/* RFC 4302 A1: these stay; every other option is mutable, experimental or unknown: zero. */
static bool immutable4(uint8_t type)
{
	static const uint8_t types[] = {
		130,			/* security */
		133, 134,		/* extended and commercial security */
		148,			/* router alert */
		149,			/* sender directed multi-destination delivery */
	};

	return memchr(types, type, sizeof types) != NULL;
}

/* RFC 4302 3.3.3.1.1.1: the destination is the last of the route, until the route is used up
 * (RFC 791 3.1: its pointer, counted from 1, is then beyond it). */
static void route4(uint8_t *h, const uint8_t *opt, size_t len)
{
	if (len >= 7 && opt[2] + 3u <= len)
		memcpy(h + DST4, opt + len - 4, 4);
}

static enum verdict options4(uint8_t *h, size_t n)
{
	size_t len;

	for (size_t at = 20; at < n && h[at] != OPT4_END; at += len) {
		uint8_t type = h[at];

		len = 1;
		if (type == OPT4_NOP)
			continue;
		if (n - at < 2 || h[at + 1] < 2 || h[at + 1] > n - at)
			return V_BAD_HEADER;
		len = h[at + 1];
		if (type == OPT4_LSRR || type == OPT4_SSRR)
			route4(h, h + at, len);
		if (!immutable4(type))		/* "the entire option is zeroed" */
			memset(h + at, 0, len);
	}
	return V_OK;
}

static enum verdict mutable4(uint8_t *h, size_t n)
{
	if (n < 20 || (size_t)(h[0] & 15) * 4 != n || h[9] != IPPROTO_AH_)
		return V_BAD_HEADER;
	h[1] = 0;			/* TOS */
	store_be16(h + 6, 0);		/* flags and fragment offset */
	h[8] = 0;			/* TTL */
	store_be16(h + 10, 0);		/* checksum */
	return options4(h, n);
}

static void swap(uint8_t *a, uint8_t *b)
{
	uint8_t t[ADDR6];

	memcpy(t, a, ADDR6);
	memcpy(a, b, ADDR6);
	memcpy(b, t, ADDR6);
}

/* RFC 4302 3.3.3.1.2.2: the data of options that may change is zero, their type and length stay. */
static enum verdict options6(uint8_t *h, uint8_t header, uint8_t *p, size_t n)
{
	struct rd r = rd_of(p, n);
	size_t at;
	uint8_t type, len;

	rd_take(&r, 2);
	while (r.n > 0) {
		if ((type = rd_u8(&r)) == OPT6_PAD1)
			continue;
		len = rd_u8(&r);
		at = n - r.n;
		rd_take(&r, len);
		if (!rd_ok(&r))
			return V_BAD_HEADER;
		if (type & OPT6_CHANGES)
			memset(p + at, 0, len);
		else if (type == OPT6_HOME && header == DESTINATION && len == ADDR6)
			swap(h + SRC6, p + at);	/* RFC 6275 11.3.1: the sender is at home */
	}
	return rd_ok(&r) ? V_OK : V_BAD_HEADER;
}

/* Types 0 and 2 (RFC 2460 4.4, RFC 6275 6.4): each hop swaps the destination with the next. */
static enum verdict routing6(uint8_t *h, uint8_t *p, size_t n)
{
	size_t hops = (n - 8) / ADDR6, left = p[3];
	uint8_t *list = p + 8, *next;

	if (left == 0)
		return V_OK;
	if (p[2] != 0 && p[2] != 2)
		return V_UNSUPPORTED;
	if (left > hops || (n - 8) % ADDR6 != 0)
		return V_BAD_HEADER;
	for (next = list + (hops - left) * ADDR6; left > 0; left--, next += ADDR6)
		swap(h + DST6, next);
	p[3] = 0;
	return V_OK;
}

/* AH is made before fragmentation and checked after reassembly (RFC 4302 A2): a fragment header
 * that is still there, around a whole packet (RFC 6946), goes. */
static enum verdict unfragment(uint8_t *h, size_t *n, size_t at, size_t pointer)
{
	if ((load_be16(h + at + 2) & 0xfff9) != 0 || load_be16(h + 4) < 8)
		return V_BAD_HEADER;
	h[pointer] = h[at];
	store_be16(h + 4, (uint16_t)(load_be16(h + 4) - 8));
	*n -= 8;
	memmove(h + at, h + at + 8, *n - at);
	return V_OK;
}

/* The header at at, which the octet at pointer names; its length is known to fit. */
static enum verdict extension6(uint8_t *h, size_t *n, size_t at, size_t pointer, size_t *len)
{
	switch (h[pointer]) {
	case HOP_BY_HOP: case DESTINATION:
		return options6(h, h[pointer], h + at, *len);
	case ROUTING:
		return routing6(h, h + at, *len);
	case FRAGMENT:
		*len = 0;
		return unfragment(h, n, at, pointer);
	case MOBILITY: case HIP: case SHIM6:
		return V_OK;		/* end to end: nothing in them changes */
	default:
		return V_BAD_HEADER;
	}
}

static enum verdict mutable6(uint8_t *h, size_t *n)
{
	size_t pointer = 6, len;
	enum verdict v;

	if (*n < 40)
		return V_BAD_HEADER;
	store_be32(h, 0x60000000);	/* traffic class and flow label */
	h[7] = 0;			/* hop limit */
	for (size_t at = 40; at < *n; at += len) {
		if (*n - at < 8)
			return V_BAD_HEADER;
		len = h[pointer] == FRAGMENT ? 8 : 8 + (size_t)h[at + 1] * 8;
		if (len > *n - at)
			return V_BAD_HEADER;
		if ((v = extension6(h, n, at, pointer, &len)) != V_OK)
			return v;
		if (len > 0)
			pointer = at;
	}
	return h[pointer] == IPPROTO_AH_ ? V_OK : V_BAD_HEADER;
}

enum verdict ah_mutable(uint8_t *h, size_t *n)
{
	if (*n == 0)
		return V_BAD_HEADER;
	return h[0] >> 4 == 4 ? mutable4(h, *n) : h[0] >> 4 == 6 ? mutable6(h, n) : V_BAD_HEADER;
}
