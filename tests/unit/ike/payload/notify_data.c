#include "unit/ike/wire.h"

#define N(hex) IKE_V2, IKE_P_NOTIFY, "00 00 " hex
#define N1(hex) IKE_V1, IKE_V1_P_NOTIFY, "00000001 01 00 " hex

/* Each layout, from the figure in its RFC. */
Test(ike_notify_data, layouts)
{
	static const struct wire_row rows[] = {
		{ "7296 2.5", N("0001 63"), "\"unsupported\":\"unknown (99)\"", NULL },
		{ "7296 2.3", N("0009 00000007"), "\"invalid_message_id\":7", NULL },
		{ "7296 1.2", N("0011 0013"), "\"group\":\"ECP_256\",\"group_id\":19", NULL },
		{ "group cut", N("0011 13"), "\"data_hex\":\"13\"", "length" },
		{ "7296 2.3", N("4001 00000005"), "\"window\":5", NULL },
		{ "7296 3.10.1", N("4003 1234 02"), "\"cpi\":4660,\"transform\":\"DEFLATE\"", NULL },
		{ "cookie", N("4006 c0ffee"), "\"cookie\":\"c0ffee\"", NULL },
		{ "7296 2.6: 1 to 64", N("4006"), "\"notify\":\"COOKIE\"", "length" },
		{ "4555 4.2.2", N("400d c0000201"), "\"address\":\"192.0.2.1\"", NULL },
		{ "4555 4.2.2", N("400e 20010db8000000000000000000000001"), "\"address\":\"2001:db8::1\"", NULL },
		{ "address cut", N("400d c00002"), "\"data_hex\":\"c00002\"", "length" },
		{ "4478 3", N("4013 00000e10"), "\"seconds\":3600", NULL },
		{ "5685 FQDN", N("4017 03 06 612e74657374 0102"),
		  "\"gateway_type\":\"FQDN\",\"gateway_type_id\":3,\"gateway\":\"a.test\",\"nonce\":\"0102\"", NULL },
		{ "5685 IPv4", N("4017 01 04 c0000202"), "\"gateway\":\"192.0.2.2\"", NULL },
		{ "5685 IPv6", N("4018 02 10 20010db8000000000000000000000002"), "\"gateway\":\"2001:db8::2\"", NULL },
		{ "gateway's length", N("4017 01 03 c00002"), "\"data_hex\"", "short" },
		{ "gateway leaves", N("4017 03 09 6162"), "\"data_hex\"", "short" },
		{ "5723, lifetime", N("4019 00000e10 abcd"), "\"seconds\":3600,\"ticket\":\"abcd\"", NULL },
		{ "5723", N("401d abcd"), "\"ticket\":\"abcd\"", NULL },
		{ "6290 4.1", N("4023 000102030405060708090a0b0c0d0e0f"), "\"token\":\"000102030405", NULL },
		{ "6311, message ids", N("4026 aabbccdd 00000004 00000005"),
		  "\"nonce\":\"aabbccdd\",\"next_send\":4,\"next_receive\":5", NULL },
		{ "6311, replay counters", N("4027 00000010"), "\"value\":16", NULL },
		{ "6467", N("4028 0003 0009"),
		  "\"methods\":[\"SECURE_PSK_AUTHENTICATION\",\"unknown (9)\"]", NULL },
		{ "7427 4", N("402f 0002 0005"), "\"hashes\":[\"SHA2_256\",\"IDENTITY\"]", NULL },
		{ "8019", N("4032 0005 10"), "\"prf\":\"PRF_HMAC_SHA2_256\",\"prf_id\":5,\"difficulty\":16", NULL },
		{ "8784", N("4034 02 67726f7570"),
		  "\"ppk_type\":\"PPK_ID_FIXED\",\"ppk_type_id\":2,\"ppk_id\":\"group\"", NULL },
		{ "8784: accepted", N("4034"), "\"notify\":\"PPK_IDENTITY\",\"notify_id\":16436}", NULL },
		{ "9370 2.2.4", N("4039 0a0b"), "\"link\":\"0a0b\"", NULL },
		{ "9347", N("403a 03"), "\"dont_fragment\":true,\"congestion_control\":true", NULL },
		{ "9593", N("403b 02 02 03 0e 01"),
		  "\"methods\":[{\"method\":\"SHARED_KEY\",\"method_id\":2},"
		  "{\"method\":\"DIGITAL_SIGNATURE\",\"method_id\":14,\"certificate_link\":1}]", NULL },
		{ "5857", N("4020 80010010 0005 0002 0400"), "\"attributes\":[{\"attribute\":\"MAX_CID\","
		  "\"attribute_id\":1,\"value\":16},{\"attribute\":\"MRRU\",\"attribute_id\":5,\"value\":1024}]", NULL },
		{ "no data", N("400c"), "\"notify\":\"MOBIKE_SUPPORTED\",\"notify_id\":16396}", NULL },
		{ "no data allowed", N("400c 00"), "\"notify\":\"MOBIKE_SUPPORTED\"", "length" },
		{ "unknown", N("ea60 0102"), "\"notify\":\"unknown (60000)\",\"notify_id\":60000,\"data_hex\":\"0102\"", NULL },
		{ "3706 5.3", N1("8d28 00000007"), "\"notify\":\"R_U_THERE\",\"notify_id\":36136,\"doi\":1,"
		  "\"protocol\":\"ISAKMP\",\"protocol_id\":1,\"sequence\":7", NULL },
		{ "2407 4.6.3.1", N1("6000 800b0001 800c0e10"), "\"life_seconds\":3600", NULL },
		{ "2407 4.6.3.2", N1("6001 00000001"), "\"value\":1", NULL },
		{ "Unity", N1("9e35 c0000203"), "\"address\":\"192.0.2.3\"", NULL },
	};

	WIRE_ROWS(rows);
}
