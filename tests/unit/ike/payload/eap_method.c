#include "unit/ike/wire.h"

#define EAP(hex) IKE_V2, IKE_P_EAP, hex

Test(ike_eap_method, layouts)
{
	static const struct wire_row rows[] = {
		{ "MD5 (RFC 1994)", EAP("01 01 000b 04 03 010203 6e61"), "\"challenge\":\"010203\",\"name\":\"na\"", NULL },
		{ "MD5 leaves", EAP("01 01 0008 04 09 0102"), "\"data\":\"090102\"", NULL },
		{ "GTC asks", EAP("01 01 0007 06 5077"), "\"text\":\"Pw\"", NULL },
		{ "GTC answers: no password is shown", EAP("02 01 0008 06 616263"), "\"type_id\":6,\"secret_octets\":3}", NULL },
		{ "MSCHAPv2 challenge", EAP("01 01 0020 1a 01 01 001b 10 000102030405060708090a0b0c0d0e0f 6e616d6573 00"),
		  "\"operation\":\"Challenge\",\"operation_id\":1,\"mschapv2_id\":1,\"mschapv2_length\":27,"
		  "\"challenge\":\"000102030405060708090a0b0c0d0e0f\"", NULL },
		{ "MSCHAPv2 response", EAP("02 01 003d 1a 02 01 0038 31 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0000000000000000"
		  "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7 00 6162"),
		  "\"peer_challenge\":\"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf\",\"nt_response\":\"b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7\","
		  "\"mschapv2_flags\":0,\"name\":\"ab\"", NULL },
		{ "MSCHAPv2 failure", EAP("01 01 000e 1a 04 01 0009 453d363931"), "\"operation\":\"Failure\",\"operation_id\":4,\"mschapv2_id\":1,\"mschapv2_length\":9,\"text\":\"E=691\"", NULL },
		{ "MSCHAPv2 done", EAP("02 01 0006 1a 03"), "\"operation\":\"Success\",\"operation_id\":3}", NULL },
		{ "TLS start (RFC 5216 3.1)", EAP("01 01 0006 0d 20"), "\"more_fragments\":false,\"start\":true}", NULL },
		{ "TLS length", EAP("01 01 000c 0d c0 00001000 1603"), "\"more_fragments\":true,\"start\":false,\"tls_length\":4096,\"tls\":\"1603\"", NULL },
		{ "PEAP version", EAP("01 01 0006 19 21"), "\"start\":true,\"method_version\":1}", NULL },
		{ "AKA", EAP("01 01 0009 17 01 0000 aa"), "\"subtype\":1,\"attributes\":\"aa\"", NULL },
	};

	WIRE_ROWS(rows);
}
