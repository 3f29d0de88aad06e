#include <string.h>

#include "packet/link_priv.h"

enum link_result link_raw(const uint8_t *p, size_t n, struct link_view *v)
{
	return link_nibble(p, n, 0, v);
}

enum link_result link_only4(const uint8_t *p, size_t n, struct link_view *v)
{
	v->form = LINK_FORM_ONLY_4;
	v->family = 4;
	return n == 0 ? LINK_CUT : p[0] >> 4 == 4 ? LINK_IP : LINK_OTHER;
}

enum link_result link_only6(const uint8_t *p, size_t n, struct link_view *v)
{
	v->form = LINK_FORM_ONLY_6;
	v->family = 6;
	return n == 0 ? LINK_CUT : p[0] >> 4 == 6 ? LINK_IP : LINK_OTHER;
}

static enum link_result by_af(uint32_t af, size_t ip, struct link_view *v)
{
	v->ip = (uint16_t)ip;
	v->family = af == AF_4 ? 4 : af == AF_6_OPENBSD || af == AF_6_FREEBSD || af == AF_6_MACOS ||
	    af == AF_6_LINUX ? 6 : 0;
	return v->family != 0 ? LINK_IP : LINK_OTHER;
}

/* The number is in the byte order of the host that captured: small either way round. */
static enum link_result host_af(const uint8_t *p, size_t ip, uint8_t af6, struct link_view *v)
{
	v->form = p[0] == 0 && p[1] == 0 ? LINK_FORM_AF_BIG : LINK_FORM_AF;
	v->af6 = af6;
	return by_af(v->form == LINK_FORM_AF_BIG ? load_be32(p) :
	    (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0], ip, v);
}

enum link_result link_null(const uint8_t *p, size_t n, struct link_view *v)
{
	return n < 4 ? LINK_CUT : host_af(p, 4, AF_6_MACOS, v);
}

enum link_result link_loop(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 4)
		return LINK_CUT;
	v->form = LINK_FORM_AF_BIG;
	v->af6 = AF_6_MACOS;
	return by_af(load_be32(p), 4, v);
}

/* enc(4) of OpenBSD and FreeBSD: the family, the SPI, flags. */
enum link_result link_enc(const uint8_t *p, size_t n, struct link_view *v)
{
	return n < 12 ? LINK_CUT : host_af(p, 12, AF_6_OPENBSD, v);
}

/* pflog(4): its length, which does not count the padding to 4 octets, then the family. */
enum link_result link_pflog(const uint8_t *p, size_t n, struct link_view *v)
{
	enum { SHORTEST = 45 };		/* of all systems' */
	size_t ip;

	if (n < 2)
		return LINK_CUT;
	if (p[0] < SHORTEST)
		return LINK_OTHER;
	ip = ((size_t)p[0] + 3) & ~(size_t)3;
	if (n < ip)
		return LINK_CUT;
	v->form = LINK_FORM_AF_BYTE;
	v->type = 1;
	v->af6 = AF_6_OPENBSD;
	return by_af(p[1], ip, v);
}

/*
 * The family, a version, a group; then lengths, types and values.  Lengths and types are in the
 * order of the host that captured, which the types tell: all are small and none is 0.
 */
enum link_result link_nflog(const uint8_t *p, size_t n, struct link_view *v)
{
	enum { VERSION = 0, PAYLOAD = 9, HEAD = 4 };
	size_t at = 4, len;
	bool big;

	if (n < 4)
		return LINK_CUT;
	if (p[1] != VERSION)
		return LINK_OTHER;
	while (at < n && at <= UINT16_MAX - HEAD) {
		if (n - at < HEAD)
			return LINK_CUT;
		big = p[at + 2] == 0;
		len = big ? load_be16(p + at) : (size_t)(p[at + 1] << 8 | p[at]);
		if (len < HEAD)
			return LINK_OTHER;
		if ((big ? load_be16(p + at + 2) : p[at + 3] << 8 | p[at + 2]) != PAYLOAD) {
			at += (len + 3) & ~(size_t)3;
			continue;
		}
		v->form = LINK_FORM_AF_BYTE;
		v->af6 = AF_6_LINUX;
		v->len_form = big ? LINK_LEN_BIG16 : LINK_LEN_LITTLE16;
		v->len = v->len_from = (uint16_t)at;
		v->ip = (uint16_t)(at + HEAD);
		v->family = p[0] == AF_4 ? 4 : p[0] == AF_6_LINUX ? 6 : 0;
		return v->family != 0 ? LINK_IP : LINK_OTHER;
	}
	return at == n ? LINK_OTHER : LINK_CUT;
}

/* Solaris ipnet(4D): version, family, type, the packet's length, interfaces and zones. */
enum link_result link_ipnet(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 24)
		return LINK_CUT;
	v->form = LINK_FORM_AF_BYTE;
	v->type = 1;
	v->af6 = AF_6_SOLARIS;
	v->len_form = LINK_LEN_BIG32;
	v->len = 4;
	v->len_from = 24;
	v->ip = 24;
	v->family = p[1] == AF_4 ? 4 : p[1] == AF_6_SOLARIS ? 6 : 0;
	return v->family != 0 ? LINK_IP : LINK_OTHER;
}

/* The name of a dissector, filled up with zeros. */
static uint8_t dissector(struct span name)
{
	while (name.n > 0 && name.p[name.n - 1] == 0)
		name.n--;
	return name.n == 2 && memcmp(name.p, "ip", 2) == 0 ? 4 :
	    name.n == 4 && memcmp(name.p, "ipv6", 4) == 0 ? 6 : 0;
}

/* Wireshark's exported PDUs: tags, lengths and values up to tag 0. */
enum link_result link_upper_pdu(const uint8_t *p, size_t n, struct link_view *v)
{
	enum { END = 0, NAME = 12 };
	struct rd r = rd_of(p, n);
	struct span value;
	uint16_t tag;

	do {
		tag = rd_u16(&r);
		value = rd_take(&r, rd_u16(&r));
		if (!rd_ok(&r))
			return LINK_CUT;
		if (n - r.n > UINT16_MAX)
			return LINK_OTHER;
		if (tag != NAME)
			continue;
		v->family = dissector(value);
		v->form = value.n >= 4 ? LINK_FORM_PDU_NAME : LINK_FORM_ONLY_4;
		v->type = (uint16_t)(n - r.n - value.n);
	} while (tag != END);
	v->ip = (uint16_t)(n - r.n);
	return v->family != 0 ? LINK_IP : LINK_OTHER;
}

/* RFC 4391 6: an EtherType and two reserved octets, behind 40 octets of a global route header. */
enum link_result link_ipoib(const uint8_t *p, size_t n, struct link_view *v)
{
	return link_ethertype(p, n, 40, 44, v);
}

/* The direction, then 15 octets of what Van Jacobson's compression left of the headers. */
enum link_result link_slip(const uint8_t *p, size_t n, struct link_view *v)
{
	return link_nibble(p, n, 16, v);
}
