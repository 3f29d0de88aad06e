#include "packet/link.h"

#include "base/rd.h"
#include "base/wr.h"

enum { ETH_IP = 0x0800, ETH_IPV6 = 0x86dd, ETH_VLAN = 0x8100, ETH_QINQ = 0x88a8,
	ETH_QINQ_OLD = 0x9100, TAGS = 8 };
/* AF_INET6 differs: 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS, 10 on Linux. */
enum { AF_4 = 2, AF_6_MACOS = 30 };

static enum link_result by_ethertype(uint16_t type, struct link_view *v)
{
	v->form = LINK_FORM_ETHERTYPE;
	v->family = type == ETH_IP ? 4 : type == ETH_IPV6 ? 6 : 0;
	return v->family != 0 ? LINK_IP : LINK_OTHER;
}

static enum link_result ethernet(const uint8_t *p, size_t n, struct link_view *v)
{
	struct rd r = rd_of(p, n);
	uint16_t type;

	rd_take(&r, 12);
	type = rd_u16(&r);
	v->type = 12;
	for (int i = 0; i < TAGS; i++) {
		if (type != ETH_VLAN && type != ETH_QINQ && type != ETH_QINQ_OLD)
			break;
		rd_take(&r, 2);
		type = rd_u16(&r);
		v->type = (uint16_t)(v->type + 4);
	}
	if (!rd_ok(&r))
		return LINK_CUT;
	v->ip = (uint16_t)(v->type + 2);
	return by_ethertype(type, v);
}

static enum link_result raw(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n == 0)
		return LINK_CUT;
	v->family = p[0] >> 4;
	return v->family == 4 || v->family == 6 ? LINK_IP : LINK_OTHER;
}

static enum link_result only4(const uint8_t *p, size_t n, struct link_view *v)
{
	v->form = LINK_FORM_ONLY_4;
	v->family = 4;
	return n == 0 ? LINK_CUT : p[0] >> 4 == 4 ? LINK_IP : LINK_OTHER;
}

static enum link_result only6(const uint8_t *p, size_t n, struct link_view *v)
{
	v->form = LINK_FORM_ONLY_6;
	v->family = 6;
	return n == 0 ? LINK_CUT : p[0] >> 4 == 6 ? LINK_IP : LINK_OTHER;
}

static enum link_result by_af(uint32_t af, struct link_view *v)
{
	v->ip = 4;
	v->family = af == AF_4 ? 4 :
	    af == 24 || af == 28 || af == AF_6_MACOS || af == 10 ? 6 : 0;
	return v->family != 0 ? LINK_IP : LINK_OTHER;
}

/* The number is in the byte order of the host that captured: small either way round. */
static enum link_result null(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 4)
		return LINK_CUT;
	v->form = p[0] == 0 && p[1] == 0 ? LINK_FORM_AF_BIG : LINK_FORM_AF;
	return by_af(v->form == LINK_FORM_AF_BIG ? load_be32(p) :
	    (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0], v);
}

static enum link_result loop(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 4)
		return LINK_CUT;
	v->form = LINK_FORM_AF_BIG;
	return by_af(load_be32(p), v);
}

static enum link_result sll(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 16)
		return LINK_CUT;
	v->type = 14;
	v->ip = 16;
	return by_ethertype(load_be16(p + 14), v);
}

static enum link_result sll2(const uint8_t *p, size_t n, struct link_view *v)
{
	if (n < 20)
		return LINK_CUT;
	v->ip = 20;
	return by_ethertype(load_be16(p), v);
}

static const struct link_row {
	uint16_t dlt;
	const char *name;
	enum link_result (*parse)(const uint8_t *, size_t, struct link_view *);
} rows[] = {
	{ LINKTYPE_ETHERNET, "EN10MB", ethernet },
	{ LINKTYPE_RAW, "RAW", raw },
	{ 12, "RAW", raw },		/* DLT_RAW as some systems write it into files */
	{ 14, "RAW", raw },		/* the same on OpenBSD */
	{ LINKTYPE_SLL, "LINUX_SLL", sll },
	{ LINKTYPE_SLL2, "LINUX_SLL2", sll2 },
	{ LINKTYPE_IPV4, "IPV4", only4 },
	{ LINKTYPE_IPV6, "IPV6", only6 },
	{ LINKTYPE_NULL, "NULL", null },
	{ LINKTYPE_LOOP, "LOOP", loop },
};

static const struct link_row *row(uint16_t dlt)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].dlt == dlt)
			return &rows[i];
	return NULL;
}

enum link_result link_parse(uint16_t dlt, const uint8_t *p, size_t n, struct link_view *v)
{
	const struct link_row *r = row(dlt);

	*v = (struct link_view){ 0 };
	return r != NULL ? r->parse(p, n, v) : LINK_UNKNOWN;
}

bool link_set_family(const struct link_view *v, uint8_t *header, uint8_t family)
{
	uint32_t af = family == 4 ? AF_4 : AF_6_MACOS;

	if (v->family == family)
		return true;
	switch (v->form) {
	case LINK_FORM_NONE:
		break;
	case LINK_FORM_ETHERTYPE:
		store_be16(header + v->type, family == 4 ? ETH_IP : ETH_IPV6);
		break;
	case LINK_FORM_AF:
		header[0] = (uint8_t)af;
		header[1] = header[2] = header[3] = 0;
		break;
	case LINK_FORM_AF_BIG:
		store_be32(header, af);
		break;
	case LINK_FORM_ONLY_4:
	case LINK_FORM_ONLY_6:
		return false;
	}
	return true;
}

const char *link_name(uint16_t dlt)
{
	const struct link_row *r = row(dlt);

	return r != NULL ? r->name : NULL;
}
