#include "esp/null.h"

#include "esp/esp.h"
#include "esp/plausible.h"

/* HMACs, XCBC, CMAC and none; GMAC, whose IV is in front (RFC 4543 3). */
static const struct { uint8_t iv, icv; } forms[NULL_FORMS] = {
	{ 0, 12 }, { 0, 16 }, { 8, 16 }, { 0, 24 }, { 0, 32 }, { 0, 20 }, { 0, 0 },
};

unsigned null_trailers(const uint8_t *p, size_t n)
{
	static const struct addr none;
	unsigned seen = 0;

	for (unsigned i = 0; i < NULL_FORMS; i++) {
		size_t head = ESP_HEAD + (size_t)forms[i].iv;
		struct plausible w;

		if (n < head + forms[i].icv)
			continue;
		w = plausible_esp(p + head, n - head - forms[i].icv, SA_BEET, &none, &none);
		seen |= (unsigned)(w.padded && w.tail >= 8) << i;		/* a usual next header, little padding */
	}
	return seen;
}

unsigned null_form_icv(unsigned i)
{
	return i < NULL_FORMS ? forms[i].icv : 0;
}

bool null_read(struct null_esp *o, const uint8_t *p, size_t n, const struct addr *src, const struct addr *dst)
{
	*o = (struct null_esp){ 0 };
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		size_t head = ESP_HEAD + (size_t)forms[i].iv;
		struct plausible w;

		if (n < head + forms[i].icv)
			continue;
		w = plausible_esp(p + head, n - head - forms[i].icv, SA_MODE_UNKNOWN, src, dst);
		if (plausible_whole(&w) && plausible_bits(&w) > o->bits)
			*o = (struct null_esp){ head, w.n, forms[i].icv, w.next, plausible_bits(&w) };
	}
	return o->bits > 0;
}
