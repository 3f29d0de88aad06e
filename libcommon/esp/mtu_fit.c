#include "esp/mtu_fit.h"

#include "esp/ah.h"
#include "esp/beet.h"
#include "esp/esp.h"
#include "esp/ipcomp.h"
#include "packet/wesp.h"
#include "packet/udp.h"

enum { HEAD4 = 20, HEAD6 = 40 };

struct mtu_packet mtu_plain(uint8_t version, uint32_t len)
{
	uint16_t head = version == 4 ? HEAD4 : HEAD6;

	return (struct mtu_packet){ .len = len, .outside = head, .inside = head, .version = version };
}

static uint32_t carrier_len(enum sa_encap_type type)
{
	return type == SA_ENCAP_UDP ? UDP_HEADER : type == SA_ENCAP_TCP ? TCP_HEADER + TCP_LENGTH : 0;
}

/* p as it goes in, out as it comes out of mtu_wrap(). */
static void split(const struct mtu_sa *m, const struct mtu_packet *p, const struct mtu_packet *out,
    struct mtu_parts *parts)
{
	uint32_t cut = m->mode == SA_TUNNEL ? 0 : m->mode == SA_BEET ? p->inside : p->outside;
	uint32_t front = (uint32_t)mtu_front(m, out->version);

	*parts = (struct mtu_parts){ .outer = out->outside, .payload = p->len - cut, .total = out->len };
	if (m->mode == SA_BEET)
		parts->pseudo = (uint32_t)beet_pseudo_len(p->options);
	if (m->proto == SA_IPCOMP) {
		parts->head = IPCOMP_HEAD;
		return;
	}
	parts->iv = m->iv;
	parts->icv = m->icv;
	if (m->proto == SA_AH) {
		parts->head = AH_FIXED;
		parts->icv_pad = front - AH_FIXED - m->iv - m->icv;
		return;
	}
	parts->head = ESP_HEAD;
	parts->carrier = carrier_len(m->encap);
	parts->wesp = front - ESP_HEAD - m->iv - parts->carrier;
	parts->trailer = ESP_TRAILER;
	parts->pad = (uint32_t)esp_pad(parts->payload + parts->pseudo, m->align);
}

uint32_t mtu_around(const struct mtu_sa *layer, size_t n, struct mtu_packet p, struct mtu_parts *parts)
{
	for (size_t i = 0; i < n; i++) {
		struct mtu_packet inner = p;

		mtu_wrap(&layer[i], &p, 0);
		if (parts != NULL)
			split(&layer[i], &inner, &p, &parts[i]);
	}
	return p.len;
}

uint32_t mtu_largest(const struct mtu_sa *layer, size_t n, uint8_t version, uint32_t link)
{
	uint32_t low = version == 4 ? HEAD4 : HEAD6, high = link + HEAD6;

	/* the length outside never falls as the one inside grows; BEET may even shorten a packet */
	if (mtu_around(layer, n, mtu_plain(version, low), NULL) > link)
		return 0;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (mtu_around(layer, n, mtu_plain(version, middle), NULL) <= link)
			low = middle;
		else
			high = middle;
	}
	return low;
}
