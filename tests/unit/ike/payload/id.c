#include "unit/ike/wire.h"

Test(ike_payload_id, types)
{
	static const struct wire_row rows[] = {
		{ "FQDN", IKE_V2, IKE_P_IDI, "02 000000 612e74657374", "\"type\":\"FQDN\",\"type_id\":2,\"id\":\"a.test\"", NULL },
		{ "IPv4", IKE_V2, IKE_P_IDR, "01 000000 c0000201", "\"id\":\"192.0.2.1\"", NULL },
		{ "IPv4 cut", IKE_V2, IKE_P_IDR, "01 000000 c00002", "\"id_hex\":\"c00002\"", NULL },
		{ "IPv6", IKE_V2, IKE_P_IDR, "05 000000 20010db8000000000000000000000001", "\"id\":\"2001:db8::1\"", NULL },
		{ "a name that moves a terminal", IKE_V2, IKE_P_IDI, "03 000000 1b5b324a", "\"id_hex\":\"1b5b324a\"", NULL },
		{ "DN", IKE_V2, IKE_P_IDI, "09 000000 300c310a300806035504030c0161", "\"type\":\"DER_ASN1_DN\",\"type_id\":9,\"id\":\"CN=a\"", NULL },
		{ "DN cut", IKE_V2, IKE_P_IDI, "09 000000 300c310a3008", "\"id_hex\":\"300c310a3008\"", NULL },
		{ "NULL", IKE_V2, IKE_P_IDI, "0d 000000", "\"type\":\"NULL\"", NULL },
		{ "unknown, RESERVED kept", IKE_V2, IKE_P_IDI, "c8 010203 aa", "\"type\":\"unknown (200)\",\"type_id\":200,\"id_hex\":\"aa\"", NULL },
		{ "cut", IKE_V2, IKE_P_IDI, "02 0000", "\"malformed\":true", "short" },
		{ "2407 4.6.2.6", IKE_V1, IKE_V1_P_ID, "04 11 01bd 0a010000 ffff0000",
		  "\"type\":\"IPV4_ADDR_SUBNET\",\"type_id\":4,\"protocol\":\"UDP\",\"protocol_id\":17,\"port\":445,"
		  "\"id\":\"10.1.0.0/255.255.0.0\"", NULL },
		{ "2407 4.6.2.8", IKE_V1, IKE_V1_P_ID, "07 00 0000 0a010001 0a010009", "\"id\":\"10.1.0.1-10.1.0.9\"", NULL },
		{ "3947 5.2", IKE_V1, IKE_V1_P_NATOA, "01 000000 c0000207", "\"payload\":\"NAT-OA\",\"payload_id\":21,"
		  "\"length\":12,\"type\":\"IPV4_ADDR\",\"type_id\":1,\"id\":\"192.0.2.7\"", NULL },
		{ "its drafts", IKE_V1, IKE_V1_P_NATOA_DRAFT, "01 000000 c0000207", "\"payload\":\"NAT-OA\"", NULL },
	};

	WIRE_ROWS(rows);
}
