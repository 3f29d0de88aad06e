#include "unit/ike/wire.h"

#define EAP(hex) IKE_V2, IKE_P_EAP, hex

Test(ike_payload_eap, packets)
{
	static const struct wire_row rows[] = {
		{ "identity", EAP("02 07 0008 01 616263"),
		  "\"code\":\"Response\",\"code_id\":2,\"identifier\":7,\"type\":\"Identity\",\"type_id\":1,\"identity\":\"abc\"", NULL },
		{ "success", EAP("03 07 0004"), "\"code\":\"Success\"", NULL },
		{ "nak", EAP("02 07 0007 03 0d 1a"), "\"wanted\":[\"TLS\",\"MSCHAPv2\"]", NULL },
		{ "expanded", EAP("01 07 000d fe 000a4c 00000002 aa"), "\"vendor\":2636,\"vendor_type\":2,\"data\":\"aa\"", NULL },
		{ "expanded cut", EAP("01 07 0007 fe 000a"), "\"malformed\":true", "short" },
		{ "unknown type", EAP("01 07 0006 c8 aa"), "\"type\":\"unknown (200)\",\"type_id\":200,\"data\":\"aa\"", NULL },
		{ "unknown code", EAP("09 07 0005 aa"), "\"code\":\"unknown (9)\",\"code_id\":9,\"identifier\":7,\"data\":\"aa\"", NULL },
		{ "length of another", EAP("01 07 0007 01 6162 63"), "\"malformed\":true", "length" },
		{ "no type", EAP("01 07 0004"), "\"malformed\":true", "short" },
		{ "cut", EAP("01 07 00"), "\"malformed\":true", "short" },
	};

	WIRE_ROWS(rows);
}
