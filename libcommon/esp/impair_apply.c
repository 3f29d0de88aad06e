#include "esp/impair.h"

#include <string.h>

#include "base/wr.h"
#include "esp/ah.h"
#include "esp/esp.h"
#include "packet/udp.h"

enum { KEEPALIVE = 0xff, MORE_PADDING = 16 };

static struct encap_layer *outermost(struct encap_item *it)
{
	return &it->layer[it->nlayers - 1];
}

void impair_before(const struct impair *i, struct encap *d, struct encap_item *it)
{
	struct encap_sa *s = &d->sa[outermost(it)->sa];
	uint64_t last = s->entry->sa.esn == SA_YES ? UINT64_MAX : UINT32_MAX, by;

	if (!impair_has(it, IMPAIR_SEQ_JUMP) || s->seq >= last)
		return;
	by = i->fault[IMPAIR_SEQ_JUMP].value;
	s->seq += by < last - 1 - s->seq ? by : last - 1 - s->seq;
}

void impair_after(const struct impair *i, struct encap *d, struct encap_item *it)
{
	struct encap_layer *l = outermost(it);
	struct encap_sa *s = &d->sa[l->sa];
	uint8_t own[IVGEN_MAX];

	if (impair_has(it, IMPAIR_WRONG_SPI))
		l->spi += i->fault[IMPAIR_WRONG_SPI].value;
	if (impair_has(it, IMPAIR_SEQ_ZERO))
		l->seq = 0;
	if (impair_has(it, IMPAIR_ESN_HIGH_OFF))
		l->seq += (uint64_t)i->fault[IMPAIR_ESN_HIGH_OFF].value << 32;
	memcpy(own, l->iv, sizeof own);
	if (impair_has(it, IMPAIR_IV_REUSE))
		memcpy(l->iv, s->last_iv, sizeof l->iv);
	else
		memcpy(s->last_iv, own, sizeof own);
}

size_t impair_gap(const struct encap_item *it)
{
	if (!impair_has(it, IMPAIR_KEEPALIVE))
		return 0;
	return PCAP_RECORD + (size_t)it->link.ip + (it->version == 4 ? 20 : 40) + UDP_HEADER + 1;
}

/* A keepalive, padding, and two more fragments. */
size_t impair_room(const struct encap_item *it)
{
	return it->faults == 0 ? 0 : impair_gap(it) + MORE_PADDING +
	    4 * (PCAP_RECORD + (size_t)it->link.ip + 80);
}

size_t impair_pad(const struct encap_item *it, size_t pad, size_t align)
{
	return impair_has(it, IMPAIR_BAD_PADDING) && pad == 0 ? align : pad;
}

void impair_plain(const struct impair *i, const struct encap_item *it, uint8_t *p, size_t n, size_t pad)
{
	uint8_t *trailer = p + n - ESP_TRAILER;

	if (impair_has(it, IMPAIR_BAD_PADDING))
		trailer[-(ptrdiff_t)(1 + it->dice % pad)] ^= 0x80;
	if (impair_has(it, IMPAIR_BAD_PAD_LENGTH))
		trailer[0] = (uint8_t)i->fault[IMPAIR_BAD_PAD_LENGTH].value;
	if (impair_has(it, IMPAIR_BAD_NEXT_HEADER))
		trailer[1] = (uint8_t)i->fault[IMPAIR_BAD_NEXT_HEADER].value;
}

static void flip(uint8_t *p, size_t n, uint32_t dice)
{
	if (n > 0)
		p[dice / 8 % n] ^= (uint8_t)(1 << dice % 8);
}

/* Where the protected part is in the sealed packet, by its SA. */
struct where { uint8_t *head, *payload, *icv; size_t payload_n, icv_n, at; };

static bool find(const struct encap *d, const struct encap_item *it, uint8_t *pkt, uint32_t len,
    struct where *w)
{
	const struct encap_sa *s = &d->sa[it->layer[it->nlayers - 1].sa];
	size_t front = mtu_front(&s->size, it->version), own = ESP_HEAD + (size_t)s->size.iv;
	struct ip_view v;
	struct ah_view a;

	if (ip_parse(&v, pkt, len) != IP_OK)
		return false;
	w->at = v.payload;
	if (s->size.proto == SA_AH) {
		if (ah_parse(&a, pkt, len, v.payload) != V_OK)
			return false;
		w->head = pkt + v.payload + 4;
		w->icv = pkt + v.payload + AH_FIXED + s->size.iv;
		w->payload = pkt + v.payload + a.head;
	} else {
		if (s->size.encap == SA_ENCAP_TCP && it->layer[it->nlayers - 1].tcp_first)
			front += TCP_PREFIX;
		w->payload = pkt + v.payload + front;
		w->head = w->payload - own;
		w->icv = pkt + len - s->size.icv;
	}
	w->icv_n = s->size.icv;
	w->payload_n = (size_t)(pkt + len - w->payload) - (s->size.proto == SA_ESP ? w->icv_n : 0);
	return true;
}

/* Bytes at the end that are gone, and headers that say so. */
static void cut(const struct encap *d, const struct encap_item *it, const struct where *w, uint8_t *pkt,
    uint32_t *len, uint32_t by)
{
	const struct encap_sa *s = &d->sa[it->layer[it->nlayers - 1].sa];
	uint32_t least = (uint32_t)(w->head - pkt) + ESP_HEAD;
	struct ip_view v;
	uint16_t sum;

	*len = *len - least > by ? *len - by : least;
	ip_parse(&v, pkt, *len);
	ip_fix(&v, pkt, pkt[v.next], *len);
	if (s->size.encap == SA_ENCAP_TCP)	/* the message's own length, RFC 9329 3 */
		store_be16(w->head - TCP_LENGTH, (uint16_t)(*len - (uint32_t)(w->head - pkt) + TCP_LENGTH));
	if (s->size.encap == SA_ENCAP_UDP) {
		uint8_t *udp = pkt + w->at;
		uint32_t n = *len - (uint32_t)w->at;

		store_be16(udp + 4, (uint16_t)n);
		store_be16(udp + 6, 0);
		sum = it->version == 6 ? ip_checksum(pkt, IP_UDP, udp, n) : 0;
		store_be16(udp + 6, sum == 0 && it->version == 6 ? 0xffff : sum);
	}
}

void impair_sealed(const struct impair *i, const struct encap *d, const struct encap_item *it,
    uint8_t *pkt, uint32_t *len)
{
	struct where w;

	if (it->faults == 0 || !find(d, it, pkt, *len, &w))
		return;
	if (impair_has(it, IMPAIR_CORRUPT_ICV))
		flip(w.icv, w.icv_n, it->dice);
	if (impair_has(it, IMPAIR_CORRUPT_PAYLOAD))
		flip(w.payload, w.payload_n, it->dice);
	if (impair_has(it, IMPAIR_CORRUPT_HEADER))	/* far ahead of any window, where the ICV decides */
		w.head[4] ^= 0x40;
	if (impair_has(it, IMPAIR_ICV_SHORT))
		cut(d, it, &w, pkt, len, i->fault[IMPAIR_ICV_SHORT].value < w.icv_n ?
		    i->fault[IMPAIR_ICV_SHORT].value : (uint32_t)w.icv_n);
	if (impair_has(it, IMPAIR_TRUNCATE))
		cut(d, it, &w, pkt, len, i->fault[IMPAIR_TRUNCATE].value);
}

void impair_keepalive(const struct encap *d, struct encap_item *it, uint8_t *rec, const uint8_t *pkt)
{
	const struct sa *sa = &d->sa[it->layer[it->nlayers - 1].sa].entry->sa;
	struct mode_fields fields = { .ttl = MODE_TTL };
	struct addr src, dst;
	struct ip_view v;
	uint8_t *ip = rec + PCAP_RECORD + it->link.ip, *udp;
	size_t head;
	uint16_t sum;

	if (ip_parse(&v, pkt, 65535) != IP_OK)
		return;
	ip_addrs(&v, pkt, &src, &dst);
	head = mode_outer(ip, &fields, &src, &dst, IP_UDP, (it->version == 4 ? 20 : 40) + UDP_HEADER + 1);
	udp = ip + head;
	store_be16(udp, sa->encap.sport != 0 ? sa->encap.sport : PORT_NATT);
	store_be16(udp + 2, sa->encap.dport != 0 ? sa->encap.dport : PORT_NATT);
	store_be16(udp + 4, UDP_HEADER + 1);
	store_be16(udp + 6, 0);
	udp[UDP_HEADER] = KEEPALIVE;
	if (it->version == 6) {
		sum = ip_checksum(ip, IP_UDP, udp, UDP_HEADER + 1);
		store_be16(udp + 6, sum != 0 ? sum : 0xffff);
	}
}
