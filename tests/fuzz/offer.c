/* Text as proposals of every dialect; what is accepted is written, read back, and agrees with itself. */
#include <stdlib.h>
#include <string.h>

#include "ike/choose.h"
#include "printable.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check(const struct offers *os, struct mem *mem)
{
	char text[OFFER_TEXT], gap[CHOOSE_TEXT];
	static const char *const names[2] = { "A", "B" };
	struct choice_gap g;
	struct choice c;
	struct err e;

	if (!offers_choose(&c, os, os, 0) || !offers_nearest(&g, os, os, 0) || g.n != 0)
		abort();
	for (unsigned i = 0; i < os->n; i++) {
		struct offers again = { 0 };

		offer_format(text, &os->offer[i]);
		want_printable(text, strlen(text));
		if (strstr(text, "...") == NULL && offers_parse(&again, text, os->offer[i].protocol, OFFER_STRONGSWAN, mem, &e) == 0 &&
		    !offers_choose(&c, &again, &(struct offers){ &os->offer[i], 1, 1 }, 0))
			abort();
		if (i > 0 && os->offer[0].protocol == os->offer[i].protocol &&
		    offers_nearest(&g, &(struct offers){ os->offer, 1, 1 }, &(struct offers){ &os->offer[i], 1, 1 }, 0)) {
			choice_gap_format(gap, &g, os, &(struct offers){ &os->offer[i], 1, 1 }, names);
			choice_gap_advice(gap, &g, os, &(struct offers){ &os->offer[i], 1, 1 }, names);
			if ((g.n == 0) != (gap[0] == '\0'))
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1);
	struct offers os = { 0 };
	struct mem mem;
	struct err e;

	if (text == NULL)
		return 0;
	if (n > 0)
		memcpy(text, p, n);
	text[n] = '\0';
	mem_init(&mem, 16 << 20);
	if (offers_parse(&os, text, IKE_PROTO_NONE, OFFER_ANY, &mem, &e) == 0)
		check(&os, &mem);
	mem_clear(&mem);
	free(text);
	return 0;
}
