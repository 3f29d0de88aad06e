#include "crypto/alg_table.h"

/* Numbers: IANA transform type 3.  Status: RFC 8221 section 6. */
const struct alg_integ alg_integ_rows[] = {
	{ .id = 0, .kind = INTEG_KIND_NONE, .status = ALG_MUST_NOT, .name = "none", .iana = "AUTH_NONE",
	  .strongswan = "none", .xfrm = "digest_null", .wireshark = "NULL", .setkey = "null" },
	{ .id = 1, .kind = INTEG_KIND_HMAC, .status = ALG_MUST_NOT, .name = "hmac-md5-96",
	  .iana = "AUTH_HMAC_MD5_96", .strongswan = "md5", .xfrm = "hmac(md5)",
	  .wireshark = "HMAC-MD5-96 [RFC2403]", .setkey = "hmac-md5",
	  .evp = "MD5", .key = 16, .icv = 12, .full = 16 },
	{ .id = 2, .kind = INTEG_KIND_HMAC, .status = ALG_MUST, .name = "hmac-sha1-96",
	  .iana = "AUTH_HMAC_SHA1_96", .strongswan = "sha1 sha", .xfrm = "hmac(sha1)",
	  .wireshark = "HMAC-SHA-1-96 [RFC2404]", .setkey = "hmac-sha1",
	  .evp = "SHA1", .key = 20, .icv = 12, .full = 20 },
	{ .id = 12, .kind = INTEG_KIND_HMAC, .status = ALG_MUST, .name = "hmac-sha2-256-128",
	  .iana = "AUTH_HMAC_SHA2_256_128", .strongswan = "sha256 sha2_256", .xfrm = "hmac(sha256)",
	  .wireshark = "HMAC-SHA-256-128 [RFC4868]", .setkey = "hmac-sha2-256", .alias = "hmac-sha256",
	  .evp = "SHA256", .key = 32, .icv = 16, .full = 32 },
	{ .id = 13, .kind = INTEG_KIND_HMAC, .status = ALG_UNSPECIFIED, .name = "hmac-sha2-384-192",
	  .iana = "AUTH_HMAC_SHA2_384_192", .strongswan = "sha384 sha2_384", .xfrm = "hmac(sha384)",
	  .wireshark = "HMAC-SHA-384-192 [RFC4868]", .setkey = "hmac-sha2-384", .alias = "hmac-sha384",
	  .evp = "SHA384", .key = 48, .icv = 24, .full = 48 },
	{ .id = 14, .kind = INTEG_KIND_HMAC, .status = ALG_SHOULD, .name = "hmac-sha2-512-256",
	  .iana = "AUTH_HMAC_SHA2_512_256", .strongswan = "sha512 sha2_512", .xfrm = "hmac(sha512)",
	  .wireshark = "HMAC-SHA-512-256 [RFC4868]", .setkey = "hmac-sha2-512", .alias = "hmac-sha512",
	  .evp = "SHA512", .key = 64, .icv = 32, .full = 64 },
	/* what Linux does with "auth" instead of "auth-trunc", and old Android: no IANA number */
	{ .id = 0, .kind = INTEG_KIND_HMAC, .status = ALG_UNSPECIFIED, .name = "hmac-sha2-256-96",
	  .iana = NULL, .strongswan = "sha256_96 sha2_256_96", .xfrm = "hmac(sha256)",
	  .wireshark = "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
	  .evp = "SHA256", .key = 32, .icv = 12, .full = 32 },
	{ .id = 5, .kind = INTEG_KIND_XCBC, .status = ALG_MAY, .name = "aes-xcbc-96",
	  .iana = "AUTH_AES_XCBC_96", .strongswan = "aesxcbc", .xfrm = "xcbc(aes)",
	  .setkey = "aes-xcbc-mac", .evp = "AES-128-CBC", .key = 16, .icv = 12, .full = 16 },
	{ .id = 8, .kind = INTEG_KIND_CMAC, .status = ALG_UNSPECIFIED, .name = "aes-cmac-96",
	  .iana = "AUTH_AES_CMAC_96", .strongswan = "aescmac", .xfrm = "cmac(aes)",
	  .evp = "AES-128-CBC", .key = 16, .icv = 12, .full = 16 },
	/* RFC 4595, for Fibre Channel */
	{ .id = 6, .kind = INTEG_KIND_HMAC, .status = ALG_UNSPECIFIED, .name = "hmac-md5-128",
	  .iana = "AUTH_HMAC_MD5_128", .strongswan = "md5_128", .xfrm = "hmac(md5)",
	  .evp = "MD5", .key = 16, .icv = 16, .full = 16 },
	{ .id = 7, .kind = INTEG_KIND_HMAC, .status = ALG_UNSPECIFIED, .name = "hmac-sha1-160",
	  .iana = "AUTH_HMAC_SHA1_160", .strongswan = "sha1_160", .xfrm = "hmac(sha1)",
	  .evp = "SHA1", .key = 20, .icv = 20, .full = 20 },
	/* RFC 2857: no IANA number in IKEv2 */
	{ .id = 0, .kind = INTEG_KIND_HMAC, .status = ALG_UNSPECIFIED, .name = "hmac-ripemd160-96",
	  .xfrm = "hmac(rmd160)", .wireshark = "MAC-RIPEMD-160-96 [RFC2857]",
	  .setkey = "hmac-ripemd160", .alias = "hmac-rmd160 hmac_ripemd160_96",
	  .evp = "RIPEMD160", .key = 20, .icv = 12, .full = 20 },
};

const size_t alg_integ_count = sizeof alg_integ_rows / sizeof alg_integ_rows[0];
