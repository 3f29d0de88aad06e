#include <criterion/criterion.h>
#include <string.h>

#include "esp/mtu_fit.h"

static uint32_t sum(const struct mtu_parts *p)
{
	return p->outer + p->carrier + p->wesp + p->head + p->iv + p->pseudo + p->payload + p->pad + p->trailer +
	    p->icv + p->icv_pad;
}

/* What no table of ours says: RFC 4303 2 and 2.4 for ESP, RFC 4302 2.2 for AH, by hand. */
static const struct {
	const char *why, *encr, *integ;
	enum sa_proto proto;
	enum sa_mode mode;
	enum sa_encap_type encap;
	uint8_t version;
	uint32_t inner, outer;
} known[] = {
	/* 20 + 8 + 8 + 1438 + 0 + 2 + 16 */
	{ "GCM", "aes-gcm-16", NULL, SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1446, 1500 },
	{ "GCM, one more: four more", "aes-gcm-16", NULL, SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1447, 1504 },
	{ "GCM in UDP", "aes-gcm-16", NULL, SA_ESP, SA_TUNNEL, SA_ENCAP_UDP, 4, 1438, 1500 },
	{ "GCM over IPv6", "aes-gcm-16", NULL, SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 6, 1426, 1500 },
	/* 20 + 8 + 16 + 1438 + 2 + 16: 1440 are 90 blocks */
	{ "CBC", "aes-cbc", "hmac-sha2-256-128", SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1438, 1500 },
	{ "CBC, one more: a block more", "aes-cbc", "hmac-sha2-256-128", SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1439, 1516 },
	{ "3DES, SHA-1", "3des", "hmac-sha1-96", SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1446, 1496 },
	{ "null", "null", "hmac-sha1-96", SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1458, 1500 },
	{ "transport keeps the header", "aes-gcm-16", NULL, SA_ESP, SA_TRANSPORT, SA_ENCAP_NONE, 4, 1466, 1500 },
	{ "an implicit IV", "aes-gcm-16-iiv", NULL, SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1454, 1500 },
	{ "in TCP", "aes-gcm-16", NULL, SA_ESP, SA_TUNNEL, SA_ENCAP_TCP, 4, 1422, 1498 },
	/* 12 + 12: 24; 12 + 16: 28, over IPv6 32 */
	{ "AH, 96 bits", NULL, "hmac-sha1-96", SA_AH, SA_TUNNEL, SA_ENCAP_NONE, 4, 1456, 1500 },
	{ "AH, 128 bits", NULL, "hmac-sha2-256-128", SA_AH, SA_TUNNEL, SA_ENCAP_NONE, 4, 1452, 1500 },
	{ "AH, 128 bits, IPv6", NULL, "hmac-sha2-256-128", SA_AH, SA_TRANSPORT, SA_ENCAP_NONE, 6, 1468, 1500 },
	{ "IPComp", NULL, NULL, SA_IPCOMP, SA_TUNNEL, SA_ENCAP_NONE, 4, 1476, 1500 },
};

static struct mtu_sa make(const char *encr, const char *integ, enum sa_proto proto, enum sa_mode mode,
    enum sa_encap_type encap, uint8_t version)
{
	struct mtu_sa m;
	struct sa sa;

	sa_init(&sa);
	sa.proto = proto;
	sa.mode = mode;
	sa.encap.type = encap;
	sa.dst.family = version;
	sa.encr = encr != NULL ? alg_encr_by_name(encr, NULL) : NULL;
	sa.integ = integ != NULL ? alg_integ_by_name(integ) : NULL;
	mtu_sa_init(&m, &sa, 4, false);
	return m;
}

Test(mtu_fit, known)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct mtu_sa m = make(known[i].encr, known[i].integ, known[i].proto, known[i].mode, known[i].encap,
		    known[i].version);
		struct mtu_parts parts;
		uint32_t outer = mtu_around(&m, 1, mtu_plain(known[i].version, known[i].inner), &parts);

		cr_expect_eq(outer, known[i].outer, "%s: %u", known[i].why, outer);
		cr_expect_eq(sum(&parts), outer, "%s: parts make %u", known[i].why, sum(&parts));
	}
}

/* Every row, mode, family and encapsulation: the answer is what trying every length gives. */
Test(mtu_fit, brute_force, .timeout = 120)
{
	static const uint32_t links[] = { 68, 296, 576, 1280, 1499, 1500, 9000 };
	const struct alg_encr *a;
	size_t tried = 0;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++)
		for (unsigned form = 0; form < 3 * 2 * 3; form++) {
			enum sa_mode mode = form % 3 == 0 ? SA_TUNNEL : form % 3 == 1 ? SA_TRANSPORT : SA_BEET;
			enum sa_encap_type encap = form / 6 == 0 ? SA_ENCAP_NONE : form / 6 == 1 ? SA_ENCAP_UDP : SA_ENCAP_TCP;
			uint8_t version = form / 3 % 2 == 0 ? 4 : 6;
			struct mtu_sa m = make(a->name, a->icv > 0 ? NULL : "hmac-sha2-384-192", SA_ESP, mode, encap, version);
			uint32_t last = 0;

			for (size_t k = 0; k < sizeof links / sizeof links[0]; k++) {
				uint32_t best = 0, from = version == 4 ? 20 : 40;

				for (uint32_t n = last > from ? last : from; n <= links[k] + 40; n++)
					if (mtu_around(&m, 1, mtu_plain(version, n), NULL) <= links[k])
						best = n;
				cr_assert_eq(mtu_largest(&m, 1, version, links[k]), best, "%s, form %u, link %u: %u, wanted %u",
				    a->name, form, links[k], mtu_largest(&m, 1, version, links[k]), best);
				last = best;
				tried++;
			}
		}
	cr_expect_gt(tried, 1000);
}

/* Two layers: ESP in tunnel mode, AH around it in transport mode. */
Test(mtu_fit, layers)
{
	struct mtu_sa m[2] = {
		make("aes-cbc", "hmac-sha1-96", SA_ESP, SA_TUNNEL, SA_ENCAP_NONE, 6),
		make(NULL, "hmac-sha2-256-128", SA_AH, SA_TRANSPORT, SA_ENCAP_NONE, 6),
	};
	struct mtu_parts parts[2];

	cr_expect_eq(mtu_around(m, 2, mtu_plain(4, 1000), parts), 1116);
	cr_expect_eq(parts[0].total, 1084);
	cr_expect_eq(parts[1].icv_pad, 4);
	cr_expect_eq(sum(&parts[0]), 1084);
	cr_expect_eq(sum(&parts[1]), 1116);
	cr_expect_eq(mtu_largest(m, 2, 4, 1116), 1006);
	cr_expect_eq(mtu_largest(m, 2, 4, 1115), 990);
}
