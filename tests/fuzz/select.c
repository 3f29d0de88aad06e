/* Text as an expression; what is accepted must answer, and "not (it)" the opposite. */
#include <stdlib.h>
#include <string.h>

#include "sa/desc.h"
#include "sa/sad.h"
#include "sa/select.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const char *const lines[] = {
	"{\"proto\":\"esp\",\"spi\":4096,\"src\":\"192.0.2.1\",\"dst\":\"2.0.0.0\",\"encr\":\"aes-gcm-16\"}",
	"{\"proto\":\"esp\",\"spi\":4096,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"mode\":\"tunnel\",\"encr\":\"aes-cbc\","
	"\"integ\":\"hmac-sha1-96\",\"encr_key\":\"00112233445566778899aabbccddeeff\",\"esn\":true,\"seq\":7,"
	"\"ts\":{\"src\":[\"10.1.0.0/16\"],\"dst\":[\"10.2.0.0/16\"]},\"label\":\"x y\",\"created\":\"2026-01-01T00:00:00Z\"}",
	"{\"proto\":\"ipcomp\",\"spi\":2}",
};

static void ask(const struct select *s, const struct select *opposite)
{
	struct err e;
	struct sad *sad = sad_new(&e);
	size_t column;

	if (sad == NULL)
		abort();
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct sa sa;

		if (desc_parse(&sa, sad_arena(sad), lines[i], strlen(lines[i]), &column, &e) != DESC_SA)
			abort();
		if (opposite != NULL && select_match(s, &sa) == select_match(opposite, &sa))
			abort();
		sa_clear(&sa);
	}
	sad_free(sad);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), *negated = malloc(n + 8);
	struct select *s, *opposite;
	struct err e;

	if (text == NULL || negated == NULL)
		abort();
	if (n > 0)
		memcpy(text, p, n);
	text[n] = '\0';
	if ((s = select_new(text, &e)) != NULL) {
		snprintf(negated, n + 8, "not (%s)", text);
		/* too long or too deep by the brackets alone */
		opposite = select_new(negated, &e);
		if (opposite == NULL && strstr(e.text, "more than") == NULL)
			abort();
		ask(s, opposite);
		select_free(opposite);
	}
	select_free(s);
	free(text);
	free(negated);
	return 0;
}
