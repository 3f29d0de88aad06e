#include "packet/link.h"

#include <string.h>

#include "base/wr.h"
#include "packet/link_priv.h"

static const struct link_row {
	uint16_t dlt;
	const char *name;		/* libpcap's, without DLT_ */
	link_parser *parse;
} rows[] = {
	{ LINKTYPE_ETHERNET, "EN10MB", link_ethernet },
	{ LINKTYPE_RAW, "RAW", link_raw },
	{ 12, "RAW", link_raw },		/* DLT_RAW as some systems write it into files */
	{ 14, "RAW", link_raw },		/* the same on OpenBSD */
	{ LINKTYPE_SLL, "LINUX_SLL", link_sll },
	{ LINKTYPE_SLL2, "LINUX_SLL2", link_sll2 },
	{ LINKTYPE_IPV4, "IPV4", link_only4 },
	{ LINKTYPE_IPV6, "IPV6", link_only6 },
	{ LINKTYPE_NULL, "NULL", link_null },
	{ LINKTYPE_LOOP, "LOOP", link_loop },
	{ LINKTYPE_PPP, "PPP", link_ppp },
	{ LINKTYPE_PPP_HDLC, "PPP_SERIAL", link_ppp_hdlc },
	{ LINKTYPE_PPP_ETHER, "PPP_ETHER", link_ppp_ether },
	{ LINKTYPE_PPP_PPPD, "PPP_PPPD", link_ppp_pppd },
	{ LINKTYPE_PPP_WITH_DIR, "PPP_WITH_DIR", link_ppp_with_dir },
	{ LINKTYPE_C_HDLC, "C_HDLC", link_c_hdlc },
	{ LINKTYPE_MPLS, "MPLS", link_mpls },
	{ LINKTYPE_ENC, "ENC", link_enc },
	{ LINKTYPE_PFLOG, "PFLOG", link_pflog },
	{ LINKTYPE_NFLOG, "NFLOG", link_nflog },
	{ LINKTYPE_IPNET, "IPNET", link_ipnet },
	{ LINKTYPE_IPOIB, "IPOIB", link_ipoib },
	{ LINKTYPE_UPPER_PDU, "WIRESHARK_UPPER_PDU", link_upper_pdu },
	{ LINKTYPE_SLIP, "SLIP", link_slip },
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

/* An ordinary label leads to whatever its path was set up for, so only explicit nulls change. */
static void set_label(uint8_t *p, uint8_t family)
{
	uint32_t label = load_be32(p) >> 12;

	if (label != MPLS_NULL_4 && label != MPLS_NULL_6)
		return;
	p[0] = p[1] = 0;
	p[2] = (uint8_t)((p[2] & 0x0f) | (family == 4 ? MPLS_NULL_4 : MPLS_NULL_6) << 4);
}

bool link_set_family(const struct link_view *v, uint8_t *header, uint8_t family)
{
	uint8_t af = family == 4 ? AF_4 : v->af6, *p = header + v->type;

	if (v->family == family)
		return true;
	switch (v->form) {
	case LINK_FORM_NONE:
		break;
	case LINK_FORM_ETHERTYPE:
		store_be16(p, family == 4 ? ETH_IP : ETH_IPV6);
		break;
	case LINK_FORM_PPP:
		store_be16(p, family == 4 ? PPP_IP : PPP_IPV6);
		break;
	case LINK_FORM_PPP_SHORT:
		p[0] = family == 4 ? PPP_IP : PPP_IPV6;
		break;
	case LINK_FORM_MPLS:
		set_label(p, family);
		break;
	case LINK_FORM_AF:
		p[0] = af;
		p[1] = p[2] = p[3] = 0;
		break;
	case LINK_FORM_AF_BIG:
		store_be32(p, af);
		break;
	case LINK_FORM_AF_BYTE:
		p[0] = af;
		break;
	case LINK_FORM_PDU_NAME:
		memcpy(p, family == 4 ? "ip\0\0" : "ipv6", 4);
		break;
	case LINK_FORM_ONLY_4:
	case LINK_FORM_ONLY_6:
		return false;
	}
	return true;
}

bool link_set_len(const struct link_view *v, uint8_t *header, size_t len)
{
	uint8_t *p = header + v->len;

	len += (size_t)v->ip - v->len_from;
	if (v->len_form != LINK_LEN_NONE &&
	    len > (v->len_form == LINK_LEN_BIG32 ? UINT32_MAX : UINT16_MAX))
		return false;
	switch (v->len_form) {
	case LINK_LEN_NONE:
		break;
	case LINK_LEN_BIG16:
		store_be16(p, (uint16_t)len);
		break;
	case LINK_LEN_LITTLE16:
		p[0] = (uint8_t)len;
		p[1] = (uint8_t)(len >> 8);
		break;
	case LINK_LEN_BIG32:
		store_be32(p, (uint32_t)len);
		break;
	}
	return true;
}

const char *link_name(uint16_t dlt)
{
	const struct link_row *r = row(dlt);

	return r != NULL ? r->name : NULL;
}
