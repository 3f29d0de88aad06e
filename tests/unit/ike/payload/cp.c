#include "unit/ike/wire.h"

Test(ike_payload_cp, v2)
{
	static const struct wire_row rows[] = {
		{ "request", IKE_V2, IKE_P_CP, "01 000000 0001 0000 0003 0000",
		  "\"type\":\"REQUEST\",\"type_id\":1,\"attributes\":[{\"attribute\":\"INTERNAL_IP4_ADDRESS\",\"attribute_id\":1},"
		  "{\"attribute\":\"INTERNAL_IP4_DNS\",\"attribute_id\":3}]", NULL },
		{ "address", IKE_V2, IKE_P_CP, "02 000000 0001 0004 0a030001", "\"address\":\"10.3.0.1\"", NULL },
		{ "prefix", IKE_V2, IKE_P_CP, "02 000000 0008 0011 20010db8000000000000000000000001 40",
		  "\"address\":\"2001:db8::1\",\"prefix\":64", NULL },
		{ "subnet", IKE_V2, IKE_P_CP, "02 000000 000d 0008 0a010000 ffff0000",
		  "\"address\":\"10.1.0.0\",\"netmask\":\"255.255.0.0\"", NULL },
		{ "supported", IKE_V2, IKE_P_CP, "02 000000 000e 0004 0001 0008",
		  "\"supported\":[\"INTERNAL_IP4_ADDRESS\",\"INTERNAL_IP6_ADDRESS\"]", NULL },
		{ "text", IKE_V2, IKE_P_CP, "02 000000 0019 0006 612e74657374", "\"text\":\"a.test\"", NULL },
		{ "wrong length", IKE_V2, IKE_P_CP, "02 000000 0001 0003 0a0300", "\"data\":\"0a0300\"", NULL },
		{ "the top bit is reserved", IKE_V2, IKE_P_CP, "02 000000 8001 0004 0a030001", "\"address\":\"10.3.0.1\"", NULL },
		{ "unknown", IKE_V2, IKE_P_CP, "02 000000 7fff 0001 aa", "\"attribute\":\"unknown (32767)\",\"attribute_id\":32767,\"data\":\"aa\"", NULL },
		{ "leaves", IKE_V2, IKE_P_CP, "02 000000 0001 0009 0a03", "\"malformed\":true", "short" },
	};

	WIRE_ROWS(rows);
}

/* Attributes in both forms; passwords are never shown. */
Test(ike_payload_cp, v1)
{
	static const struct wire_row rows[] = {
		{ "status", IKE_V1, IKE_V1_P_ATTR, "03 00 0007 c08f 0001",
		  "\"payload\":\"ATTR\",\"payload_id\":14,\"length\":12,\"type\":\"SET\",\"type_id\":3,\"identifier\":7,"
		  "\"attributes\":[{\"attribute\":\"XAUTH_STATUS\",\"attribute_id\":16527,\"value\":1}]", NULL },
		{ "what is asked", IKE_V1, IKE_V1_P_ATTR, "01 00 0007 c088 0001", "\"xauth\":\"RADIUS_CHAP\",\"xauth_id\":1", NULL },
		{ "unknown in short form", IKE_V1, IKE_V1_P_ATTR, "01 00 0007 ffff 0001", "\"attribute\":\"unknown (32767)\",\"attribute_id\":32767,\"value\":1", NULL },
		{ "name", IKE_V1, IKE_V1_P_ATTR, "02 00 0007 4089 0003 616263", "\"text\":\"abc\"", NULL },
		{ "password", IKE_V1, IKE_V1_P_ATTR, "02 00 0007 408a 0003 616263", "\"secret_octets\":3", NULL },
		{ "Unity", IKE_V1, IKE_V1_P_ATTR, "02 00 0007 7000 0003 616263", "\"attribute\":\"UNITY_BANNER\"", NULL },
	};
	struct wire_payload *w = wire_payload(IKE_V1, IKE_V1_P_ATTR, "02 00 0007 408a 0003 616263");

	WIRE_ROWS(rows);
	cr_expect(strstr(w->json, "abc") == NULL && strstr(w->json, "616263") == NULL, "%s", w->json);
	wire_free(w);
}
