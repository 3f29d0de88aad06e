#include "crypto/alg_table.h"

/* Numbers: IANA transform type 2; v1: RFC 2409 appendix A and its registry.  Status: RFC 8247
 * 2.2. */
const struct alg_prf alg_prf_rows[] = {
	{ .id = 1, .kind = PRF_KIND_HMAC, .ike = ALG_MUST_NOT, .v1 = 1, .name = "hmac-md5",
	  .iana = "PRF_HMAC_MD5", .strongswan = "prfmd5", .alias = "md5 hmac(md5)",
	  .evp = "MD5", .key = 16, .out = 16 },
	{ .id = 2, .kind = PRF_KIND_HMAC, .ike = ALG_MUST_MINUS, .v1 = 2, .name = "hmac-sha1",
	  .iana = "PRF_HMAC_SHA1", .strongswan = "prfsha1 prfsha",
	  .alias = "sha1 sha sha-1 hmac-sha hmac(sha1)",
	  .evp = "SHA1", .key = 20, .out = 20 },
	{ .id = 5, .kind = PRF_KIND_HMAC, .ike = ALG_MUST, .v1 = 4, .name = "hmac-sha2-256",
	  .iana = "PRF_HMAC_SHA2_256", .strongswan = "prfsha256 prfsha2_256",
	  .alias = "sha256 sha2 sha2_256 sha2-256 sha-256 hmac-sha256 hmac_sha256 hmac-sha-256 hmac(sha256)",
	  .evp = "SHA256", .key = 32, .out = 32 },
	{ .id = 6, .kind = PRF_KIND_HMAC, .ike = ALG_UNSPECIFIED, .v1 = 5, .name = "hmac-sha2-384",
	  .iana = "PRF_HMAC_SHA2_384", .strongswan = "prfsha384 prfsha2_384",
	  .alias = "sha384 sha2_384 sha2-384 sha-384 hmac-sha384 hmac_sha384 hmac-sha-384 hmac(sha384)",
	  .evp = "SHA384", .key = 48, .out = 48 },
	{ .id = 7, .kind = PRF_KIND_HMAC, .ike = ALG_SHOULD_PLUS, .v1 = 6, .name = "hmac-sha2-512",
	  .iana = "PRF_HMAC_SHA2_512", .strongswan = "prfsha512 prfsha2_512",
	  .alias = "sha512 sha2_512 sha2-512 sha-512 hmac-sha512 hmac_sha512 hmac-sha-512 hmac(sha512)",
	  .evp = "SHA512", .key = 64, .out = 64 },
	{ .id = 4, .kind = PRF_KIND_XCBC, .ike = ALG_SHOULD, .name = "aes128-xcbc",
	  .iana = "PRF_AES128_XCBC", .strongswan = "prfaesxcbc",
	  .alias = "aes_xcbc aes-xcbc aes_xcbc_128 aesxcbc aes128_xcbc_prf_128 xcbc(aes)",
	  .evp = "AES-128-CBC", .key = 16, .out = 16 },
	{ .id = 8, .kind = PRF_KIND_CMAC, .ike = ALG_UNSPECIFIED, .name = "aes128-cmac",
	  .iana = "PRF_AES128_CMAC", .strongswan = "prfaescmac",
	  .alias = "aes_cmac aes-cmac aescmac aes128_cmac_prf_128 cmac(aes)",
	  .evp = "AES-128-CBC", .key = 16, .out = 16 },
};

const size_t alg_prf_count = sizeof alg_prf_rows / sizeof alg_prf_rows[0];
