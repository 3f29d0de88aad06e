#include "packet/udp.h"

#include "base/rd.h"

enum udp_kind udp_parse(struct udp_view *v, const uint8_t *p, size_t n, size_t whole, bool encap)
{
	struct rd r = rd_of(p, n);
	size_t len;

	v->sport = rd_u16(&r);
	v->dport = rd_u16(&r);
	v->len = rd_u16(&r);
	rd_take(&r, 2);
	if (!rd_ok(&r))
		return whole < UDP_HEADER ? UDP_BAD : UDP_CUT;
	if (v->len == 0 && whole <= UINT16_MAX)	/* segmentation offload */
		v->len = (uint16_t)whole;
	if (v->sport == PORT_IKE || v->dport == PORT_IKE)
		return UDP_IKE;
	if (!encap && v->sport != PORT_NATT && v->dport != PORT_NATT)
		return UDP_OTHER;
	if (v->len < UDP_HEADER || v->len > whole)
		return UDP_BAD;
	len = v->len - UDP_HEADER;
	if (len > r.n && (r.n < 4 || load_be32(r.p) != 0))
		return UDP_CUT;
	if (len == 1 && r.p[0] == 0xff)		/* RFC 3948 2.3 */
		return UDP_KEEPALIVE;
	if (len == 0)				/* says nothing */
		return UDP_OTHER;
	if (len < 4)
		return UDP_BAD;
	return load_be32(r.p) == 0 ? UDP_IKE : UDP_ESP;
}
