#include "unit/ike/wire.h"

/* Of strongSwan's captures; the fields as openssl x509 has them. */
static const char cert[] =
	    "3082017230820124a003020102020868f479b6fde7c962300506032b6570302f310b300906035504"
	    "06130258583110300e060355040a1307494b45204c6162310e300c06035504031305656420434130"
	    "1e170d3236313132333130353534395a170d3336313132303130353534395a302e310b3009060355"
	    "0406130258583110300e060355040a1307494b45204c6162310d300b0603550403130465642d7230"
	    "2a300506032b6570032100435127823b7aa5020794561055949c7c204f85fcced6cccc72f09d0dab"
	    "07435fa35f305d301f0603551d23041830168014f947bca0357afaa9b55acc0a725f3f751e93ed9c"
	    "301b0603551d1104143012821065642d722e6c61622e6578616d706c65301d0603551d2504163014"
	    "06082b0601050507030106082b06010505070302300506032b6570034100912728a7c8206e09cc7d"
	    "c537ade9ebf880a1f3bf19561c263e741ebeca8cc66f70d79a6dce225ab2839e1fbfdca6cc86e1e5"
	    "d4a8eb6c5d2a364e03a1a83b1403";

Test(ike_cert_show, fields)
{
	char body[sizeof cert + 2] = "04";
	struct wire_payload *w;

	memcpy(body + 2, cert, sizeof cert);
	w = wire_payload(IKE_V2, IKE_P_CERT, body);
	cr_expect(strstr(w->json, "\"x509\":"
	    "{\"subject\":\"C=XX, O=IKE Lab, CN=ed-r\",\"issuer\":\"C=XX, O=IKE Lab, CN=ed CA\","
	    "\"serial\":\"68f479b6fde7c962\",\"not_before\":\"2026-11-23T10:55:49Z\","
	    "\"not_after\":\"2036-11-20T10:55:49Z\",\"key\":\"ed25519\",\"key_bits\":256,"
	    "\"signed_with\":\"ed25519\",\"names\":[\"ed-r.lab.example\"]}") != NULL,
	    "%s", w->json);
	cr_expect(wire_same(w));
	wire_free(w);
}

/* A key by itself, and what is none. */
Test(ike_cert_show, others)
{
	static const struct wire_row rows[] = {
		{ "RFC 7670, of RFC 8410 4", IKE_V2, IKE_P_CERT,
		  "0f 302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
		  "\"key\":\"ed25519\",\"key_bits\":256}", NULL },
		{ "cut", IKE_V2, IKE_P_CERT, "04 3003020100", "\"unreadable\":\"", NULL },
		{ "PGP", IKE_V2, IKE_P_CERT, "02 99", "\"certificate\":\"99\"}", NULL },
	};

	WIRE_ROWS(rows);
}
