#include "unit/ike/wire.h"

Test(ike_notify, both_versions)
{
	static const struct wire_row rows[] = {
		{ "REKEY_SA", IKE_V2, IKE_P_NOTIFY, "03 04 4009 c1d2e3f4",
		  "\"notify\":\"REKEY_SA\",\"notify_id\":16393,\"protocol\":\"ESP\",\"protocol_id\":3,"
		  "\"spi\":\"c1d2e3f4\"}", NULL },
		{ "SPI leaves", IKE_V2, IKE_P_NOTIFY, "03 08 4009 c1d2e3f4",
		  "\"malformed\":true,\"data\":\"03084009c1d2e3f4\"", "short" },
		{ "no header", IKE_V2, IKE_P_NOTIFY, "03 00 40", "\"malformed\":true", "short" },
		{ "IKEv1: the same number is another", IKE_V1, IKE_V1_P_NOTIFY, "00000001 03 04 0012 01020304",
		  "\"notify\":\"INVALID_ID_INFORMATION\"", NULL },
		{ "IKEv1 needs a DOI", IKE_V1, IKE_V1_P_NOTIFY, "00000001 0300", "\"malformed\":true", "short" },
		{ "text of the peer", IKE_V2, IKE_P_NOTIFY, "00 00 2000 1b5b324a22", "\"data_hex\":\"1b5b324a22\"", NULL },
	};

	WIRE_ROWS(rows);
}
