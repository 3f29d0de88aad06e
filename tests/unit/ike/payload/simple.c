/* ke.c, cert.c, auth.c, opaque.c, vendor.c, delete.c, sk.c, fragment.c */
#include "unit/ike/wire.h"

Test(ike_payload, ke_cert_auth)
{
	static const struct wire_row rows[] = {
		{ "KE", IKE_V2, IKE_P_KE, "001f 1234 aabb", "\"group\":\"CURVE25519\",\"group_id\":31,\"value\":\"aabb\"", NULL },
		{ "KE cut", IKE_V2, IKE_P_KE, "001f 00", "\"malformed\":true", "short" },
		{ "KE of IKEv1 has no group", IKE_V1, IKE_V1_P_KE, "aabb", "\"value\":\"aabb\"", NULL },
		{ "CERT", IKE_V2, IKE_P_CERT, "04 3000", "\"encoding\":\"X509_SIGNATURE\",\"encoding_id\":4,\"certificate\":\"3000\"", NULL },
		{ "hash and URL", IKE_V2, IKE_P_CERT, "0c 000102030405060708090a0b0c0d0e0f10111213 687474703a2f2f78",
		  "\"hash\":\"000102030405060708090a0b0c0d0e0f10111213\",\"url\":\"http://x\"", NULL },
		{ "hash cut", IKE_V2, IKE_P_CERT, "0c 0001", "\"certificate\":\"0001\"", NULL },
		{ "CERTREQ", IKE_V2, IKE_P_CERTREQ, "04 000102030405060708090a0b0c0d0e0f10111213 000102030405060708090a0b0c0d0e0f10111214",
		  "\"authorities\":[\"000102030405060708090a0b0c0d0e0f10111213\",\"000102030405060708090a0b0c0d0e0f10111214\"]", NULL },
		{ "CERTREQ for any", IKE_V1, IKE_V1_P_CERTREQ, "04", "\"encoding\":\"X509_SIGNATURE\",\"encoding_id\":4}", NULL },
		{ "CERTREQ of IKEv1", IKE_V1, IKE_V1_P_CERTREQ, "04 300c310a300806035504030c0161", "\"authority\":\"CN=a\"", NULL },
		{ "no name", IKE_V1, IKE_V1_P_CERTREQ, "04 300c", "\"authority_hex\":\"300c\"", NULL },
		{ "AUTH", IKE_V2, IKE_P_AUTH, "02 010203 aabb", "\"method\":\"SHARED_KEY\",\"method_id\":2,\"auth\":\"aabb\"", NULL },
		{ "RFC 7427 3, Ed25519", IKE_V2, IKE_P_AUTH, "0e 000000 07 300506032b6570 aabb",
		  "\"method\":\"DIGITAL_SIGNATURE\",\"method_id\":14,\"scheme\":\"ed25519\","
		  "\"algorithm\":\"300506032b6570\",\"auth\":\"aabb\"", NULL },
		{ "algorithm leaves", IKE_V2, IKE_P_AUTH, "0e 000000 09 3005", "\"malformed\":true", "short" },
		{ "no algorithm", IKE_V2, IKE_P_AUTH, "0e 000000", "\"malformed\":true", "short" },
	};

	WIRE_ROWS(rows);
}

Test(ike_payload, others)
{
	static const struct wire_row rows[] = {
		{ "Nonce", IKE_V2, IKE_P_NONCE, "000102030405060708090a0b0c0d0e0f", "\"data\":\"000102030405060708090a0b0c0d0e0f\"", NULL },
		{ "Nonce too short", IKE_V2, IKE_P_NONCE, "0001020304", "\"data\":\"0001020304\"", "length" },
		{ "NAT-D of a draft", IKE_V1, IKE_V1_P_NATD_DRAFT, "aa", "\"payload\":\"NAT-D\",\"payload_id\":130", NULL },
		{ "GSPM", IKE_V2, IKE_P_GSPM, "aa", "\"payload\":\"GSPM\"", NULL },
		{ "vendor", IKE_V1, IKE_V1_P_VENDOR, "afcad71368a1f1c96b8696fc77570100", "\"vendor\":\"Dead Peer Detection (RFC 3706)\"", NULL },
		{ "vendor in words", IKE_V2, IKE_P_VENDOR, "464c455856504e2d535550504f52544544",
		  "\"vendor\":\"Cisco FlexVPN\",\"vendor_id\":\"464c455856504e2d535550504f52544544\",\"vendor_text\":\"FLEXVPN-SUPPORTED\"", NULL },
		{ "unknown vendor", IKE_V2, IKE_P_VENDOR, "00ff", "\"length\":6,\"vendor_id\":\"00ff\"}", NULL },
		{ "delete", IKE_V2, IKE_P_DELETE, "03 04 0002 01020304 05060708",
		  "\"protocol\":\"ESP\",\"protocol_id\":3,\"spi_count\":2,\"spis\":[\"01020304\",\"05060708\"]", NULL },
		{ "delete the IKE SA", IKE_V2, IKE_P_DELETE, "01 00 0000", "\"spi_count\":0,\"spis\":[]", NULL },
		{ "delete cut", IKE_V2, IKE_P_DELETE, "03 04 0003 01020304 0506", "\"spis\":[\"01020304\"]", "short" },
		{ "delete with more", IKE_V2, IKE_P_DELETE, "03 04 0001 01020304 05", "\"spis\":[\"01020304\"]", "length" },
		{ "delete 65535 of nothing", IKE_V2, IKE_P_DELETE, "03 00 ffff", "\"spi_count\":65535,\"spis\":[]", NULL },
		{ "delete in IKEv1", IKE_V1, IKE_V1_P_DELETE, "00000001 01 10 0001 000102030405060708090a0b0c0d0e0f",
		  "\"doi\":1,\"protocol\":\"ISAKMP\",\"protocol_id\":1,\"spi_count\":1,\"spis\":[\"000102030405060708090a0b0c0d0e0f\"]", NULL },
		{ "SKF", IKE_V2, IKE_P_SKF, "0002 0003 aabbcc", "\"fragment\":2,\"total\":3,\"first\":\"none\",\"encrypted_octets\":3", NULL },
		{ "SKF 4 of 3 (RFC 7383 2.6)", IKE_V2, IKE_P_SKF, "0004 0003 aa", "\"malformed\":true", "value" },
		{ "fragment of Cisco's", IKE_V1, IKE_V1_P_FRAGMENT, "0001 02 01 aabb",
		  "\"fragment_id\":1,\"fragment\":2,\"last\":true,\"data\":\"aabb\"", NULL },
		{ "unknown type", IKE_V2, 200, "aabb", "\"payload\":\"unknown (200)\",\"payload_id\":200,\"length\":6,\"data\":\"aabb\"", NULL },
	};

	WIRE_ROWS(rows);
}
