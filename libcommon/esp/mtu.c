#include "esp/mtu.h"

#include "crypto/gmac.h"
#include "esp/ah.h"
#include "esp/beet.h"
#include "esp/esp.h"
#include "esp/ipcomp.h"
#include "packet/wesp.h"
#include "packet/udp.h"

enum { HEAD4 = 20, HEAD6 = 40, AH_ALIGN6 = 8 };

static uint8_t icv_of(const struct sa *sa)
{
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr))
		return sa->encr->icv;
	return (uint8_t)(sa->icv_bits != 0 ? sa->icv_bits / 8 : sa->integ != NULL ? sa->integ->icv : 0);
}

void mtu_sa_init(struct mtu_sa *m, const struct sa *sa, unsigned ah_align, bool wesp)
{
	*m = (struct mtu_sa){ .proto = sa->proto, .mode = sa->mode, .version = sa->dst.family };
	if (sa->proto == SA_IPCOMP)
		return;
	m->icv = icv_of(sa);
	if (sa->proto == SA_AH) {
		m->align = (uint8_t)ah_align;
		m->iv = sa->integ != NULL && sa->integ->kind == INTEG_KIND_GMAC ? GMAC_IV : 0;
		return;
	}
	m->wesp = wesp;
	m->encap = sa->encap.type;
	m->iv = sa->encr->iv;
	m->align = sa->encr->block > ESP_ALIGN ? sa->encr->block : ESP_ALIGN;
}

size_t mtu_front(const struct mtu_sa *m, uint8_t version)
{
	size_t align = version == 6 ? (size_t)AH_ALIGN6 : m->align, n;

	if (m->proto == SA_IPCOMP)
		return IPCOMP_HEAD;
	if (m->proto == SA_AH)
		return (AH_FIXED + (size_t)m->iv + m->icv + align - 1) / align * align;
	n = ESP_HEAD + (size_t)m->iv;
	if (m->wesp)
		n += wesp_len(version, m->encap != SA_ENCAP_NONE);
	if (m->encap == SA_ENCAP_UDP)
		n += UDP_HEADER;
	else if (m->encap == SA_ENCAP_TCP)
		n += TCP_HEADER + TCP_LENGTH;
	return n;
}

void mtu_wrap(const struct mtu_sa *m, struct mtu_packet *p, uint32_t tfc)
{
	uint8_t version = m->mode == SA_TRANSPORT ? p->version : m->version;
	uint32_t head = m->mode == SA_TRANSPORT ? p->outside : version == 4 ? HEAD4 : HEAD6;
	uint32_t cut = m->mode == SA_TUNNEL ? 0 : m->mode == SA_BEET ? p->inside : p->outside;
	uint32_t pseudo = m->mode == SA_BEET ? (uint32_t)beet_pseudo_len(p->options) : 0;
	uint32_t payload = p->len - cut + pseudo, front = (uint32_t)mtu_front(m, version);

	p->front += (int32_t)(head + front + pseudo) - (int32_t)cut;
	if (m->proto == SA_ESP) {
		payload += tfc;
		payload += (uint32_t)esp_pad(payload, m->align) + ESP_TRAILER + m->icv;
	}
	p->len = head + front + payload;
	p->version = version;
	p->outside = (uint16_t)head;
	p->options = m->mode == SA_TRANSPORT ? p->options : 0;
	p->inside = m->mode == SA_TRANSPORT ? p->inside : (uint16_t)head;
}
