#include "ike/natd.h"

#include <criterion/criterion.h>

#include "unit/ike/wire.h"

/* As strongSwan 5.9.8 sent them where nothing translated addresses. */
#define SPI_I UINT64_C(0x5a7c3b264fb1e106)
#define SPI_R UINT64_C(0x9d55f35430883fa2)

static const struct { uint64_t spi_r; struct addr addr; const char *hash; } rows[] = {
	{ 0, { 4, { 192, 0, 2, 1 } }, "fc2d98832ad8c3308ef74d785a6a5ba4360e6ff4" },
	{ 0, { 4, { 192, 0, 2, 2 } }, "3a4c587fb7a7531bf27ff1c470ab3bb0b5be47d6" },
	{ SPI_R, { 4, { 192, 0, 2, 2 } }, "54d00f7a9d91b2381b004251b80cc5a22c88eb13" },
	{ SPI_R, { 4, { 192, 0, 2, 1 } }, "8f9b075ec65dd2900243168dc16e0d7ad4baead8" },
};

Test(natd, as_sent)
{
	const struct alg_prf *sha1 = alg_prf_by_name("hmac-sha1");

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct natd_end end = { SPI_I, rows[i].spi_r, &rows[i].addr, 500 };
		struct addr other = rows[i].addr;
		uint8_t hash[32];
		struct span s = { hash, wire_hex(hash, sizeof hash, rows[i].hash) };

		cr_expect(natd_matches(sha1, &end, s));
		end.port = 4500;
		cr_expect_not(natd_matches(sha1, &end, s));
		end.port = 500;
		other.b[3] ^= 1;
		end.addr = &other;
		cr_expect_not(natd_matches(sha1, &end, s));
		end.addr = &rows[i].addr;
		cr_expect_not(natd_matches(sha1, &end, (struct span){ hash, s.n - 1 }));
		cr_expect_not(natd_matches(alg_prf_by_name("hmac-md5"), &end, s));
	}
}
