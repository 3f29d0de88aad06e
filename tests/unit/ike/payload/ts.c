#include "unit/ike/wire.h"

#define ANY4 "07 00 0010 0000 ffff 0a010000 0a0100ff"

Test(ike_payload_ts, decode)
{
	static const struct wire_row rows[] = {
		{ "one", IKE_V2, IKE_P_TSI, "01 000000 " ANY4,
		  "\"selectors\":[{\"type\":\"IPV4_ADDR_RANGE\",\"type_id\":7,\"protocol\":\"any\",\"protocol_id\":0,"
		  "\"first_port\":0,\"last_port\":65535,\"first\":\"10.1.0.0\",\"last\":\"10.1.0.255\"}]", NULL },
		{ "IPv6 and a label (RFC 9478)", IKE_V2, IKE_P_TSR,
		  "02 000000 08 06 0028 0050 0050 20010db8000000000000000000000001 20010db8000000000000000000000001"
		  "0a 00 0008 61623a00", "\"protocol\":\"TCP\"", NULL },
		{ "label", IKE_V2, IKE_P_TSR, "01 000000 0a 00 0008 61623a00", "\"label\":\"ab:\"", NULL },
		{ "unknown type", IKE_V2, IKE_P_TSR, "01 000000 fe 11 0006 abcd",
		  "\"type\":\"unknown (254)\",\"type_id\":254,\"protocol_id\":17,\"data\":\"abcd\"", NULL },
		{ "fewer than announced", IKE_V2, IKE_P_TSI, "02 000000 " ANY4, "10.1.0.255", "count" },
		{ "more than announced", IKE_V2, IKE_P_TSI, "01 000000 " ANY4 ANY4, "10.1.0.255", "trailing" },
		{ "ports end before they begin", IKE_V2, IKE_P_TSI, "02 000000 07 06 0010 0002 0001 0a010000 0a0100ff" ANY4,
		  "\"first_port\":2,\"last_port\":1", "range" },
		{ "opaque ports", IKE_V2, IKE_P_TSI, "01 000000 07 06 0010 ffff 0000 0a010000 0a0100ff", "\"first_port\":65535", NULL },
		{ "addresses end before they begin", IKE_V2, IKE_P_TSR, "01 000000 07 00 0010 0000 ffff 0a0100ff 0a010000",
		  "\"first\":\"10.1.0.255\"", "range" },
		{ "ports without a protocol", IKE_V2, IKE_P_TSR, "01 000000 07 00 0010 0050 0050 0a010000 0a0100ff",
		  "\"first_port\":80", "range" },
		{ "none", IKE_V2, IKE_P_TSI, "00 000000", "\"selectors\":[]", "count" },
		{ "length of another type", IKE_V2, IKE_P_TSI, "01 000000 07 00 0012 0000 ffff 0a010000 0a0100ff 0000",
		  "\"selectors\":[]", "length" },
		{ "selector leaves", IKE_V2, IKE_P_TSI, "01 000000 07 00 0020 0000 ffff 0a010000 0a0100ff",
		  "\"selectors\":[]", "payload-length" },
		{ "length 0", IKE_V2, IKE_P_TSI, "01 000000 07 00 0000 0000 ffff", "\"selectors\":[]", "payload-length" },
	};

	WIRE_ROWS(rows);
}
