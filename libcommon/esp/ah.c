#include "esp/ah.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/wr.h"
#include "crypto/gmac.h"
#include "crypto/mac.h"
#include "esp/ah_mutable.h"
#include "esp/mode.h"

enum {
	HEADERS_MAX = 4096,		/* before AH; ip_parse() stops there too */
	AH_MAX = (255 + 2) * 4,
};

struct ah_mac {
	struct mac *mac;
	struct gmac *gmac;		/* one of the two */
	size_t icv;
	bool cover_iv;			/* when sealing */
};

enum verdict ah_parse(struct ah_view *a, const uint8_t *p, size_t n, size_t at)
{
	struct rd r = rd_of(p, n);
	size_t words;

	rd_take(&r, at);
	*a = (struct ah_view){ .at = at, .next = rd_u8(&r) };
	words = rd_u8(&r) + (size_t)2;	/* RFC 4302 2.2: "minus 2" */
	rd_take(&r, 2);			/* RESERVED: covered by the ICV, otherwise ignored, 2.3 */
	a->spi = rd_u32(&r);
	a->seq = rd_u32(&r);
	if (!rd_ok(&r))
		return V_TRUNCATED;
	a->head = words * 4;
	if (a->head < AH_FIXED)
		return V_BAD_HEADER;
	a->icv = rd_take(&r, a->head - AH_FIXED);
	return rd_ok(&r) ? V_OK : V_TRUNCATED;
}

struct ah_mac *ah_mac_new(const struct alg_integ *alg, struct span key, unsigned icv_bits,
    struct err *e)
{
	struct ah_mac *m;

	if (alg->kind == INTEG_KIND_NONE) {
		err_set(e, "found integ %s, but ah needs an integrity algorithm", alg->name);
		return NULL;
	}
	if (icv_bits % 8 != 0 || icv_bits > alg->full * 8u ||
	    (alg->kind == INTEG_KIND_GMAC && icv_bits != 0 && icv_bits != alg->icv * 8u)) {
		err_set(e, "found an ICV of %u bits, which %s cannot give", icv_bits, alg->name);
		return NULL;
	}
	if ((m = calloc(1, sizeof *m)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	m->icv = icv_bits != 0 ? icv_bits / 8 : alg->icv;
	if (alg->kind == INTEG_KIND_GMAC)
		m->gmac = gmac_new(alg, key, e);
	else
		m->mac = mac_new(alg, key, e);
	if (m->gmac == NULL && m->mac == NULL) {
		free(m);
		return NULL;
	}
	return m;
}

void ah_mac_free(struct ah_mac *m)
{
	if (m == NULL)
		return;
	mac_free(m->mac);
	gmac_free(m->gmac);
	free(m);
}

/* Where in the ICV field the ICV itself starts. */
static size_t iv_len(const struct ah_mac *m)
{
	return m->gmac != NULL ? GMAC_IV : 0;
}

static bool make(struct ah_mac *m, const struct ah_view *a, const struct span part[3],
    uint8_t icv[MAC_MAX])
{
	if (m->gmac != NULL) {
		gmac_start(m->gmac, a->icv.p);
		for (int i = 0; i < 3; i++)
			gmac_add(m->gmac, part[i]);
		return gmac_end(m->gmac, icv);
	}
	mac_start(m->mac);
	for (int i = 0; i < 3; i++)
		mac_add(m->mac, part[i]);
	mac_end(m->mac, icv);
	return true;
}

/*
 * RFC 4302 3.3.3.1: headers with mutable fields settled, then AH with its ICV zero and its padding as
 * it is, to copy.  GMAC's IV is a part of the field that is zeroed (RFC 4543 4); iv_stays is for
 * senders who read that otherwise.
 */
static enum verdict settle_headers(const struct ah_mac *m, const uint8_t *p, const struct ah_view *a,
    bool iv_stays, uint8_t copy[HEADERS_MAX + AH_MAX], size_t *n)
{
	size_t from = iv_stays ? iv_len(m) : 0, headers = a->at;
	enum verdict v;

	if (headers > HEADERS_MAX)
		return V_BAD_HEADER;
	if (a->icv.n < iv_len(m) + m->icv)
		return V_BAD_ICV;
	memcpy(copy, p, headers);
	if ((v = ah_mutable(copy, &headers)) != V_OK)
		return v;
	memcpy(copy + headers, p + a->at, a->head);
	memset(copy + headers + AH_FIXED + from, 0, iv_len(m) + m->icv - from);
	*n = headers + a->head;
	return V_OK;
}

/* Those, the payload, and the high half of an extended sequence number (2.5.1). */
static enum verdict compute(struct ah_mac *m, const uint8_t *p, size_t n, const struct ah_view *a,
    struct esp_seq seq, bool iv_stays, uint8_t icv[MAC_MAX])
{
	size_t headers, after = a->at + a->head;
	uint8_t copy[HEADERS_MAX + AH_MAX], high[4];
	struct span part[3];
	enum verdict v;

	if ((v = settle_headers(m, p, a, iv_stays, copy, &headers)) != V_OK)
		return v;
	store_be32(high, seq.high);
	part[0] = (struct span){ copy, headers };
	part[1] = (struct span){ p + after, n - after };
	part[2] = (struct span){ high, seq.esn ? sizeof high : 0 };
	return make(m, a, part, icv) ? V_OK : V_BAD_ICV;
}

enum verdict ah_message(const struct ah_mac *m, const uint8_t *p, size_t n, size_t at, uint8_t *out,
    size_t *len)
{
	uint8_t copy[HEADERS_MAX + AH_MAX];
	size_t headers, after;
	struct ah_view a;
	enum verdict v;

	if ((v = ah_parse(&a, p, n, at)) != V_OK ||
	    (v = settle_headers(m, p, &a, false, copy, &headers)) != V_OK)
		return v;
	after = a.at + a.head;
	memcpy(out, copy, headers);
	memcpy(out + headers, p + after, n - after);
	memcpy(out + headers + n - after, a.icv.p + iv_len(m), m->icv);
	*len = headers + n - after + m->icv;
	return V_OK;
}

enum verdict ah_open(struct ah_mac *m, const uint8_t *p, size_t n, size_t at, struct esp_seq seq,
    struct ah_view *a)
{
	int readings = m->gmac != NULL ? 2 : 1;
	uint8_t icv[MAC_MAX];
	enum verdict v;

	if ((v = ah_parse(a, p, n, at)) != V_OK)
		return v;
	for (int i = 0; i < readings; i++) {
		if ((v = compute(m, p, n, a, seq, i > 0, icv)) != V_OK)
			return v;
		if (bytes_eq(icv, a->icv.p + iv_len(m), m->icv)) {
			a->iv_covered = i > 0;
			return V_OK;
		}
	}
	return V_BAD_ICV;
}

enum verdict ah_strip(uint8_t *p, size_t n, const struct ip_view *v, const struct ah_view *a,
    enum sa_mode mode, struct span *inner)
{
	size_t after = a->at + a->head;
	enum verdict found;
	uint32_t len;

	if (mode == SA_TUNNEL) {
		if ((found = mode_inner(p + after, n - after, a->next, &len)) == V_OK)
			*inner = (struct span){ p + after, len };
		return found;
	}
	memmove(p + a->head, p, a->at);
	ip_fix(v, p + a->head, a->next, (uint32_t)(n - a->head));
	*inner = (struct span){ p + a->head, n - a->head };
	return V_OK;
}

void ah_mac_cover_iv(struct ah_mac *m, bool on)
{
	m->cover_iv = on && m->gmac != NULL;
}

size_t ah_head_len(const struct ah_mac *m, size_t align)
{
	return (AH_FIXED + iv_len(m) + m->icv + align - 1) / align * align;
}

void ah_head_encode(uint8_t *p, size_t head, uint8_t next, uint32_t spi, uint32_t seq)
{
	memset(p, 0, head);
	p[0] = next;
	p[1] = (uint8_t)(head / 4 - 2);
	store_be32(p + 4, spi);
	store_be32(p + 8, seq);
}

enum verdict ah_seal(struct ah_mac *m, uint8_t *p, size_t n, size_t at, struct esp_seq seq,
    const uint8_t *iv)
{
	uint8_t icv[MAC_MAX];
	struct ah_view a;
	enum verdict v;

	if ((v = ah_parse(&a, p, n, at)) != V_OK)
		return v;
	if (a.icv.n < iv_len(m) + m->icv)
		return V_BAD_ICV;
	if (m->gmac != NULL)
		memcpy(p + at + AH_FIXED, iv, GMAC_IV);
	if ((v = compute(m, p, n, &a, seq, m->cover_iv, icv)) == V_OK)
		memcpy(p + at + AH_FIXED + iv_len(m), icv, m->icv);
	return v;
}
