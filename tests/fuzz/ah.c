/* AH of any packet: opened, sealed anew (which must open), stripped both ways; mutable fields. */
#include <stdlib.h>
#include <string.h>

#include "esp/ah.h"
#include "esp/ah_mutable.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct ah_mac *mac(unsigned which)
{
	static const char *names[] = { "hmac-sha1-96", "hmac-sha2-256-128", "aes-cmac-96",
		"aes-128-gmac" };
	static struct ah_mac *made[4];
	static const uint8_t key[64];
	const struct alg_integ *alg = alg_integ_by_name(names[which]);
	struct err e;

	if (made[which] == NULL)
		made[which] = ah_mac_new(alg, (struct span){ key, alg->key }, 0, &e);
	if (made[which] == NULL)
		abort();
	return made[which];
}

static void strip(const uint8_t *p, size_t n, const struct ip_view *ip, const struct ah_view *a,
    enum sa_mode mode)
{
	uint8_t *copy = malloc(n);
	struct span in;

	memcpy(copy, p, n);
	if (ah_strip(copy, n, ip, a, mode, &in) == V_OK &&
	    (in.p < copy || in.n > n - (size_t)(in.p - copy)))
		abort();
	free(copy);
}

static void packet(struct ah_mac *m, struct esp_seq seq, const uint8_t *p, size_t n)
{
	struct ip_view ip;
	struct ah_view a;
	enum verdict v;
	uint8_t *copy;

	if (ip_parse(&ip, p, n) != IP_OK || ip.len > n || ip.payload > ip.len)
		return;
	n = ip.len;
	v = ah_open(m, p, n, ip.payload, seq, &a);
	if (ah_parse(&a, p, n, ip.payload) != V_OK)
		return;
	strip(p, n, &ip, &a, SA_TRANSPORT);
	strip(p, n, &ip, &a, SA_TUNNEL);
	copy = malloc(n);
	memcpy(copy, p, n);
	if (ah_seal(m, copy, n, ip.payload, seq, (const uint8_t *)"12345678") == V_OK) {
		if (ah_open(m, copy, n, ip.payload, seq, &a) != V_OK)
			abort();
	} else if (v == V_OK) {
		abort();
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct esp_seq seq = { 0 };
	uint8_t *copy;
	size_t headers;

	if (n < 2)
		return 0;
	seq.esn = (p[0] & 4) != 0;
	seq.high = p[0];
	packet(mac(p[0] & 3), seq, p + 1, n - 1);
	headers = n - 1;
	copy = malloc(headers);
	memcpy(copy, p + 1, headers);
	if (ah_mutable(copy, &headers) == V_OK && headers > n - 1)
		abort();
	free(copy);
	return 0;
}
