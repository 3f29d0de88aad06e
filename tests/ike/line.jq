# The first IKE SA of a keys.json (captures of strongSwan) as a line of ipsec-sa(5).
def line: .ike_sas[0] | { type: "ike", version: 2, spi_i: ("0x" + .spi_i), spi_r: ("0x" + .spi_r),
	sk_ei: .SK_ei, sk_er: .SK_er, sk_ai: .SK_ai, sk_ar: .SK_ar };
# Another key of the same length.
def other: "00" + .[2:];
