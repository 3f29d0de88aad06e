#include <criterion/criterion.h>
#include <string.h>

#include "lab.h"

#define ENDS "\"proto\":\"esp\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\""
#define KEY16 "00112233445566778899aabbccddeeff"
#define KEY20 KEY16 "01020304"
#define KEY32 KEY16 "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

#define GCM8 "{" ENDS ",\"spi\":\"0x1000\",\"encr\":\"aes-gcm-8\",\"encr_key\":\"" KEY20 "\"}\n"
#define GCM16 "{" ENDS ",\"spi\":\"0x1000\",\"encr\":\"aes-gcm-16\",\"encr_key\":\"" KEY20 "\"}\n"
#define CBC "{" ENDS ",\"spi\":\"0x1000\",\"encr\":\"aes-cbc\",\"encr_key\":\"" KEY16 "\",\"integ\":" \
	"\"hmac-sha2-256-128\",\"integ_key\":\"" KEY32 "\"}\n"
#define BARE "{" ENDS ",\"spi\":\"0x1000\",\"encr\":\"aes-cbc\",\"encr_key\":\"" KEY16 "\",\"integ\":\"none\"}\n"

static struct lab lab;

static const struct lab_result *one(const char *descriptors, const struct lab_esp *how)
{
	lab_init(&lab, descriptors);
	lab_add(&lab, 0, how);
	lab_run(&lab);
	cr_assert_eq(lab.nresult, 1);
	lab_clear(&lab);
	return &lab.result[0];
}

Test(explain, padding)
{
	const struct lab_esp how = { .seq = 7, .n = 61, .bad_padding = true };
	static const char *const all[] = { GCM16, CBC };

	for (size_t i = 0; i < 2; i++) {
		const struct lab_result *r = one(all[i], &how);

		cr_expect_eq(r->verdict, V_BAD_PADDING, "%s", all[i]);
		cr_expect_eq(r->why, WHY_PADDING, "%s: %s", all[i], r->text);
	}
}

/* RFC 4303 2.6 says 4 or 41; the sender sealed something else, and the ICV proves that it was the sender. */
Test(explain, sealed_so)
{
	static const uint8_t raw[] = "\x45no IP packet at all, but next header is 4: \x01\x02\x02\x04";
	const struct lab_esp how = { .seq = 7, .n = 48, .raw = raw };
	const struct lab_result *r = one(GCM16, &how);

	cr_expect_eq(r->verdict, V_BAD_HEADER);
	cr_expect_eq(r->why, WHY_UNKNOWN, "%s", r->text);
}

/* An SA without integrity is never found by trial. */
Test(explain, no_integrity)
{
	static const uint8_t raw[48] = "anything else than an inner packet, no trailer.";
	const struct lab_esp how = { .seq = 7, .n = 48, .raw = raw };
	const struct lab_result *r = one(BARE, &how);

	cr_expect_eq(r->verdict, V_BAD_PADDING);
	cr_expect_eq(r->why, WHY_UNKNOWN);
	cr_expect_not_null(strstr(r->text, "no integrity"), "%s", r->text);
}

/* With an ICV of 8 octets one packet fits 2^32 halves too well: the second one confirms. */
Test(explain, short_icv_needs_two)
{
	const struct lab_esp first = { .seq = 0xfffffffe, .high = 0xdeadbeef, .esn = true, .n = 100 };
	const struct lab_esp later = { .seq = 1, .high = 0xdeadbef0, .esn = true, .n = 60 };
	const struct lab_result *r = one(GCM8, &first);

	cr_expect_eq(r->verdict, V_BAD_ICV);
	cr_expect_eq(r->why, WHY_ESN, "%s", r->text);
	lab_init(&lab, GCM8);
	lab_add(&lab, 0, &first);
	lab_add(&lab, 0, &later);
	lab_run(&lab);
	cr_expect_eq(lab.emitted, 2);
	cr_expect_eq(lab.result[0].seq, UINT64_C(0xdeadbeeffffffffe));
	cr_expect_eq(lab.result[1].seq, UINT64_C(0xdeadbef000000001));
	lab_clear(&lab);
}

/* In another unit: the first packet stays closed, but tells what the second one confirms. */
Test(explain, short_icv_in_two_units)
{
	lab_init(&lab, GCM8);
	for (uint32_t i = 0; i < 3; i++) {
		lab_add(&lab, 0, &(struct lab_esp){ .seq = 100 + i, .high = 0xdeadbeef, .esn = true, .n = 100 });
		lab_run(&lab);
	}
	cr_expect_eq(lab.result[0].verdict, V_BAD_ICV);
	cr_expect_eq(lab.result[1].verdict, V_OK);
	cr_expect_eq(lab.result[2].verdict, V_OK);
	lab_clear(&lab);
}

/* Every suite of any half that the packet gives away, and of a searched one within the bound. */
Test(explain, esn_is_found)
{
	static const struct { const char *sa; uint32_t high; } rows[] = {
		{ GCM16, 0xfedcba98 },
		{ CBC, 131071 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct lab_esp how = { .seq = 5, .high = rows[i].high, .esn = true, .n = 90 };
		const struct lab_result *r = one(rows[i].sa, &how);

		cr_expect_eq(r->verdict, V_OK, "%s", rows[i].sa);
		cr_expect_eq(r->seq, (uint64_t)rows[i].high << 32 | 5);
	}
	cr_expect_eq(one(CBC, &(struct lab_esp){ .seq = 5, .high = 131072, .esn = true, .n = 90 })->verdict, V_BAD_ICV);
}

/* The first packet was forged, and its search in vain: the next one is searched, too. */
Test(explain, esn_after_a_forged_packet)
{
	lab_init(&lab, CBC);
	lab_add(&lab, 0, &(struct lab_esp){ .seq = 5, .high = 20000, .esn = true, .n = 90 })[80] ^= 2;
	lab_add(&lab, 0, &(struct lab_esp){ .seq = 6, .high = 20000, .esn = true, .n = 90 });
	lab_run(&lab);
	cr_expect_eq(lab.emitted, 1);
	lab_clear(&lab);
}

/* After a loss of more than 2^32 packets. */
Test(explain, esn_after_a_long_loss)
{
	static const char *const all[] = { GCM16, CBC };

	for (size_t i = 0; i < 2; i++) {
		lab_init(&lab, all[i]);
		lab_add(&lab, 0, &(struct lab_esp){ .seq = 5, .high = 3, .esn = true, .n = 90 });
		lab_add(&lab, 0, &(struct lab_esp){ .seq = 9, .high = 777, .esn = true, .n = 90 });
		lab_add(&lab, 0, &(struct lab_esp){ .seq = 10, .high = 777, .esn = true, .n = 90 });
		lab_run(&lab);
		cr_expect_eq(lab.emitted, 3, "%s: %s", all[i], lab.result[1].text);
		lab_clear(&lab);
	}
}

/*
 * Forged packets buy trials with what they cost themselves: work on them ends, and a real packet among them
 * still opens.
 */
Test(explain, forged_packets_buy_little)
{
	lab_init(&lab, CBC);
	lab.opt.explain = false;
	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < 32; i++)
			lab_add(&lab, 0, &(struct lab_esp){ .seq = i, .n = 1000 })[300] ^= 1;
		lab_run(&lab);
		lab.nresult = 0;
		cr_assert_leq(lab.decap.sa[0].credit, UINT64_C(1) << 20);
	}
	cr_expect_eq(lab.emitted, 0);
	lab_add(&lab, 0, &(struct lab_esp){ .seq = 40, .n = 1000 });
	lab_run(&lab);
	cr_expect_eq(lab.emitted, 1);
	lab_clear(&lab);
}

/* Damage among what opens, and keys that no longer fit. */
Test(explain, altered_or_replaced)
{
	lab_init(&lab, GCM16);
	for (uint32_t i = 1; i <= 40; i++) {
		uint8_t *p = lab_add(&lab, 0, &(struct lab_esp){ .seq = i, .n = 200 });

		if (i == 3)
			p[100] ^= 0x10;		/* one bit */
		if (i == 5)
			memset(p + 60, 0, 90);	/* more */
		if (i > 10)
			for (int k = 28; k < 200; k++)
				p[k] ^= 0x77;
	}
	lab_run(&lab);
	cr_expect_eq(lab.result[2].why, WHY_ALTERED);
	cr_expect_not_null(strstr(lab.result[2].text, "bit 4 of octet 80"), "%s", lab.result[2].text);
	cr_expect_eq(lab.result[4].why, WHY_ALTERED, "%s", lab.result[4].text);
	cr_expect_eq(lab.result[39].why, WHY_UNKNOWN, "%s", lab.result[39].text);
	lab_clear(&lab);
}

/* Decimal taken for hex, say: the keys are right. */
Test(explain, wrong_spi)
{
	lab_init(&lab, GCM16);
	lab_add(&lab, 0, &(struct lab_esp){ .seq = 1, .n = 100, .spi = 1234 });
	lab_run(&lab);
	cr_expect_eq(lab.result[0].verdict, V_NO_SA);
	cr_expect_not_null(strstr(lab.result[0].text, "keys of the SA for SPI 0x00001000"), "%s", lab.result[0].text);
	lab_clear(&lab);
}

Test(explain, names)
{
	for (int w = 0; w < WHY_COUNT; w++)
		for (int v = 0; v < w; v++)
			cr_expect_str_neq(explain_name((enum explain_why)w), explain_name((enum explain_why)v));
}
