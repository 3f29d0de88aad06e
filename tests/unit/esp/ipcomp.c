#include <criterion/criterion.h>
#include <zlib.h>

#include "base/wr.h"
#include "esp/ipcomp.h"

static struct ipcomp *c;

static void start(void)
{
	struct err e;

	cr_assert_not_null(c = ipcomp_new(&e));
}

static void stop(void)
{
	ipcomp_free(c);
	ipcomp_free(NULL);
}

/* Header and raw DEFLATE of n times 'a'; returns the length. */
static size_t packed(uint8_t *p, size_t room, uint16_t cpi, size_t n)
{
	static uint8_t a[70000];
	z_stream z = { 0 };
	size_t len;

	memset(a, 'a', sizeof a);
	p[0] = 6;
	p[1] = 0xff;			/* flags are ignored, RFC 3173 3.3 */
	store_be16(p + 2, cpi);
	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, -12, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = a;
	z.avail_in = (unsigned)n;
	z.next_out = p + IPCOMP_HEAD;
	z.avail_out = (unsigned)(room - IPCOMP_HEAD);
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	len = room - z.avail_out;
	deflateEnd(&z);
	return len;
}

TestSuite(ipcomp, .init = start, .fini = stop);

Test(ipcomp, open)
{
	uint8_t p[4096], *out = malloc(IPCOMP_MAX);
	struct ipcomp_view v;
	size_t n, len;

	/* the same context for each; 70000 is more than any packet */
	for (size_t want = 0; want <= 70000; want += 3500) {
		n = packed(p, sizeof p, 0x1001, want);
		if (want > IPCOMP_MAX) {
			cr_expect_eq(ipcomp_open(c, p, n, out, IPCOMP_MAX, &len, &v), V_BAD_HEADER);
			cr_expect_eq(len, 0);
			continue;
		}
		cr_assert_eq(ipcomp_open(c, p, n, out, IPCOMP_MAX, &len, &v), V_OK, "%zu", want);
		cr_expect(len == want && v.next == 6 && v.cpi == 0x1001);
		cr_expect(len == 0 || (out[0] == 'a' && out[len - 1] == 'a'));
	}
	n = packed(p, sizeof p, IPCOMP_DEFLATE, 100);
	cr_expect_eq(ipcomp_open(c, p, n, out, 100, &len, &v), V_OK, "exactly the room there is");
	cr_expect_eq(ipcomp_open(c, p, n, out, 99, &len, &v), V_BAD_HEADER);
	free(out);
}

Test(ipcomp, refuses)
{
	uint8_t p[200], out[200];
	struct ipcomp_view v;
	size_t n = packed(p, sizeof p - 1, 300, 100), len;

	for (size_t i = 0; i < n; i++)
		cr_expect_eq(ipcomp_open(c, p, i, out, sizeof out, &len, &v), V_TRUNCATED, "%zu",
		    i);
	p[n] = 0;
	cr_expect_eq(ipcomp_open(c, p, n + 1, out, sizeof out, &len, &v), V_BAD_HEADER,
	    "a byte behind it");
	p[4] = 0xff;
	cr_expect_eq(ipcomp_open(c, p, n, out, sizeof out, &len, &v), V_BAD_HEADER, "no DEFLATE");
	cr_expect_eq(len, 0);
	for (uint16_t cpi = 0; cpi < 256; cpi++) {
		n = packed(p, sizeof p, cpi, 100);
		cr_expect_eq(ipcomp_open(c, p, n, out, sizeof out, &len, &v),
		    cpi == IPCOMP_DEFLATE ? V_OK : V_UNSUPPORTED, "%u", cpi);
	}
}
