"""Every key exchange, cipher, PRF and integrity algorithm that charon 5.9.8 has for IKE, from either side."""
from case import Case
from lab import conn

GROUPS = [
    ("modp1024", "MODP_1024"), ("modp1536", "MODP_1536"), ("modp2048", "MODP_2048"), ("modp3072", "MODP_3072"),
    ("modp4096", "MODP_4096"), ("modp6144", "MODP_6144"), ("modp8192", "MODP_8192"), ("modp1024s160", "MODP_1024_160"),
    ("modp2048s224", "MODP_2048_224"), ("modp2048s256", "MODP_2048_256"), ("ecp192", "ECP_192"), ("ecp224", "ECP_224"),
    ("ecp256", "ECP_256"), ("ecp384", "ECP_384"), ("ecp521", "ECP_521"), ("ecp224bp", "ECP_224_BP"),
    ("ecp256bp", "ECP_256_BP"), ("ecp384bp", "ECP_384_BP"), ("ecp512bp", "ECP_512_BP"), ("x25519", "CURVE_25519"),
    ("x448", "CURVE_448"),
]
CIPHERS = [
    ("aes128-sha256", "AES_CBC", "128", "HMAC_SHA2_256_128", "PRF_HMAC_SHA2_256"),
    ("aes192-sha384", "AES_CBC", "192", "HMAC_SHA2_384_192", "PRF_HMAC_SHA2_384"),
    ("aes256-sha512", "AES_CBC", "256", "HMAC_SHA2_512_256", "PRF_HMAC_SHA2_512"),
    ("aes256-sha1", "AES_CBC", "256", "HMAC_SHA1_96", "PRF_HMAC_SHA1"),
    ("aes128-md5", "AES_CBC", "128", "HMAC_MD5_96", "PRF_HMAC_MD5"),
    ("aes128-aesxcbc", "AES_CBC", "128", "AES_XCBC_96", "PRF_AES128_XCBC"),
    ("aes128-aescmac-prfaescmac", "AES_CBC", "128", "AES_CMAC_96", "PRF_AES128_CMAC"),
    ("aes128ctr-sha256", "AES_CTR", "128", "HMAC_SHA2_256_128", "PRF_HMAC_SHA2_256"),
    ("aes256ctr-sha512", "AES_CTR", "256", "HMAC_SHA2_512_256", "PRF_HMAC_SHA2_512"),
    ("aes128gcm16-prfsha256", "AES_GCM_16", "128", None, "PRF_HMAC_SHA2_256"),
    ("aes192gcm12-prfsha384", "AES_GCM_12", "192", None, "PRF_HMAC_SHA2_384"),
    ("aes256gcm8-prfsha512", "AES_GCM_8", "256", None, "PRF_HMAC_SHA2_512"),
    ("aes128ccm16-prfaesxcbc", "AES_CCM_16", "128", None, "PRF_AES128_XCBC"),
    ("aes256ccm12-prfsha1", "AES_CCM_12", "256", None, "PRF_HMAC_SHA1"),
    ("aes192ccm8-prfsha256", "AES_CCM_8", "192", None, "PRF_HMAC_SHA2_256"),
    ("chacha20poly1305-prfsha256", "CHACHA20_POLY1305", None, None, "PRF_HMAC_SHA2_256"),
    ("camellia128-sha256", "CAMELLIA_CBC", "128", "HMAC_SHA2_256_128", "PRF_HMAC_SHA2_256"),
    ("camellia256ctr-sha384", "CAMELLIA_CTR", "256", "HMAC_SHA2_384_192", "PRF_HMAC_SHA2_384"),
    ("camellia192ccm16-prfsha512", "CAMELLIA_CCM_16", "192", None, "PRF_HMAC_SHA2_512"),
    ("3des-sha1", "3DES_CBC", None, "HMAC_SHA1_96", "PRF_HMAC_SHA1"),
]
# of children: what charon's userspace ESP has
ESP = [
    ("aes128-sha256", "AES_CBC", "128", "HMAC_SHA2_256_128"), ("aes256-sha512", "AES_CBC", "256", "HMAC_SHA2_512_256"),
    ("aes192ctr-sha384", "AES_CTR", "192", "HMAC_SHA2_384_192"), ("aes256gcm16", "AES_GCM_16", "256", None),
    ("aes128gcm8", "AES_GCM_8", "128", None), ("aes128ccm12", "AES_CCM_12", "128", None),
    ("chacha20poly1305", "CHACHA20_POLY1305", None, None), ("camellia256-sha256", "CAMELLIA_CBC", "256",
                                                            "HMAC_SHA2_256_128"),
    ("null-sha256", "NULL", None, "HMAC_SHA2_256_128"), ("3des-md5", "3DES_CBC", None, "HMAC_MD5_96"),
    ("aes128-aesxcbc", "AES_CBC", "128", "AES_XCBC_96"),
]


def cases():
    for by in ("us", "peer"):
        for word, name in GROUPS:
            p = "aes128-sha256-" + word
            yield Case("ke-%s-%s" % (word, by), by, ["--proposal", p], conn(proposals=[p]), want={"dh-group": name})
        for word, encr, bits, integ, prf in CIPHERS:
            p = word + "-x25519"
            yield Case("ike-%s-%s" % (word, by), by, ["--proposal", p], conn(proposals=[p]),
                       want={"encr-alg": encr, "integ-alg": integ, "prf-alg": prf,
                             **({"encr-keysize": bits} if bits else {})})
        for word, encr, bits, integ in ESP:
            yield Case("esp-%s-%s" % (word, by), by, ["--esp", word], conn(child={"esp_proposals": [word]}),
                       want_child={"encr-alg": encr, "integ-alg": integ, **({"encr-keysize": bits} if bits else {})})
