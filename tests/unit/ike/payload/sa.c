#include "unit/ike/wire.h"

#define V2(hex) IKE_V2, IKE_P_SA, hex
#define V1(hex) IKE_V1, IKE_V1_P_SA, "00000001 00000001 " hex

/* RFC 7296 3.3: a proposal of one transform, AES-CBC with 256 bits. */
#define ONE "00 00 0014 01 01 00 01 00 00 000c 01 00 000c 800e 0100"

Test(ike_payload_sa, decode)
{
	static const struct wire_row rows[] = {
		{ "one", V2(ONE), "\"proposals\":[{\"proposal\":1,\"protocol\":\"IKE\",\"protocol_id\":1,"
		  "\"transforms\":[{\"type\":\"ENCR\",\"type_id\":1,\"transform\":\"ENCR_AES_CBC\","
		  "\"transform_id\":12,\"key_length\":256}]}]", NULL },
		{ "RESERVED octets are kept", V2("00 ee 0014 01 01 00 01 00 dd 000c 01 cc 000c 800e 0100"),
		  "\"key_length\":256", NULL },
		{ "unknown transform, in both forms", V2("00 00 001c 01 09 04 01 01020304 00 00 0010 63 00 0007 800f 0001 0010 0000"),
		  "\"protocol\":\"unknown (9)\",\"protocol_id\":9,\"spi\":\"01020304\",\"transforms\":[{\"type\":\"unknown (99)\","
		  "\"type_id\":99,\"transform\":\"unknown (7)\",\"transform_id\":7,\"other_attributes\":["
		  "{\"attribute\":\"unknown (15)\",\"attribute_id\":15,\"value\":1},"
		  "{\"attribute\":\"unknown (16)\",\"attribute_id\":16,\"data\":\"\"}]", NULL },
		{ "key length twice", V2("00 00 0018 01 01 00 01 00 00 0010 01 00 000c 800e 0100 800e 0080"),
		  "\"key_length\":256,\"other_attributes\":[{\"attribute\":\"key_length\",\"attribute_id\":14,\"value\":128}]",
		  NULL },
		{ "one transform of two", V2("00 00 0014 01 01 00 02 00 00 000c 01 00 000c 800e 0100"),
		  "ENCR_AES_CBC", "count" },
		{ "says more, is the last", V2("02 00 0014 01 01 00 01 00 00 000c 01 00 000c 800e 0100"),
		  "ENCR_AES_CBC", "next" },
		{ "transform leaves", V2("00 00 0014 01 01 00 01 00 00 000d 01 00 000c 800e 0100"),
		  "\"malformed\":true,\"proposals\":[{\"proposal\":1", "payload-length" },
		{ "transform of length 0", V2("00 00 0014 01 01 00 01 00 00 0000 01 00 000c 800e 0100"),
		  "\"malformed\":true", "payload-length" },
		{ "proposal leaves", V2("00 00 0015 01 01 00 01 00 00 000c 01 00 000c 800e 0100"),
		  "\"proposals\":[]", "payload-length" },
		{ "SPI leaves", V2("00 00 0008 01 01 ff 00"), "\"malformed\":true", "short" },
		{ "attribute leaves", V2("00 00 0014 01 01 00 01 00 00 000c 01 00 000c 000e 0001"),
		  "\"malformed\":true", "short" },
		{ "octets after it", V2(ONE " 00"), "ENCR_AES_CBC", "next" },
		{ "nothing", V2(""), "\"proposals\":[]", "count" },
	};

	WIRE_ROWS(rows);
}

/* RFC 2408 3.6, RFC 2407 4.5: phase 1 by name; phase 2 with both lifetimes and what is not known. */
Test(ike_payload_sa, v1)
{
	static const struct wire_row rows[] = {
		{ "phase 1", V1("00 00 0028 01 01 00 01 00 00 0020 01 01 0000 80010007 800e0080 80020002 80030001 8004000e 800b0001"),
		  "\"doi\":1,\"proposals\":[{\"proposal\":1,\"protocol\":\"ISAKMP\",\"protocol_id\":1,\"transforms\":["
		  "{\"transform\":1,\"id\":\"KEY_IKE\",\"id_id\":1,\"encryption\":\"AES_CBC\",\"encryption_id\":7,"
		  "\"key_length\":128,\"hash\":\"SHA1\",\"hash_id\":2,\"auth_method\":\"PSK\",\"auth_method_id\":1,"
		  "\"group\":\"MODP_2048\",\"group_id\":14,\"life_type\":1}]}]", NULL },
		{ "phase 2", V1("00 00 0034 01 03 04 01 c1d2e3f4 00 00 0028 01 0c 0000 80010001 00020004 00015180 80010002 80020064 80040001 80050005 87d00001"),
		  "\"spi\":\"c1d2e3f4\",\"transforms\":[{\"transform\":1,\"id\":\"AES_CBC\",\"id_id\":12,"
		  "\"life_seconds\":86400,\"life_kilobytes\":100,\"mode\":\"TUNNEL\",\"mode_id\":1,"
		  "\"auth_algorithm\":\"HMAC_SHA2_256\",\"auth_algorithm_id\":5,\"other_attributes\":["
		  "{\"attribute\":\"unknown (2000)\",\"attribute_id\":2000,\"value\":1}]", NULL },
		{ "IKEv1's 21 is another than IKEv2's", V1("00 00 0014 01 03 00 01 00 00 000c 01 15 0000 80040001"),
		  "\"id\":\"SEED_CBC\"", NULL },
		{ "another situation", IKE_V1, IKE_V1_P_SA, "00000001 00000003 00000000", "\"data\":", "value" },
		{ "cut", IKE_V1, IKE_V1_P_SA, "00000001", "\"malformed\":true", "short" },
	};

	WIRE_ROWS(rows);
}

/* As many transforms as fit, and no more memory than that. */
Test(ike_payload_sa, many)
{
	static uint8_t wire[65000];
	struct ike_faults faults = { 0 };
	struct mem mem;
	struct ike_decoder d = { .mem = &mem, .faults = &faults, .version = IKE_V2, .start = wire };
	struct ike_payloads ps;
	size_t n = 12;

	mem_init(&mem, 1 << 20);
	for (; n + 8 <= sizeof wire; n += 8)
		memcpy(wire + n, n + 16 <= sizeof wire ? "\3\0\0\10\1\0\0\14" : "\0\0\0\10\1\0\0\14", 8);
	store_be16(wire + 2, (uint16_t)n);
	store_be16(wire + 6, (uint16_t)(n - 4));
	memcpy(wire + 8, "\1\1\0\377", 4);
	cr_assert_eq(ike_payloads_decode(&ps, &d, IKE_P_SA, (struct span){ wire, n }), 0);
	cr_expect_eq(ps.payload[0].sa.proposal[0].ntransform, IKE_TRANSFORMS_MAX);
	cr_expect_gt(faults.n, 0);
	mem_clear(&mem);
}
