#include "ike/ids.h"

#include <stdio.h>

#include "crypto/alg.h"

static const struct name exchanges[] = {
	{ IKE_X_SA_INIT, "IKE_SA_INIT" }, { IKE_X_AUTH, "IKE_AUTH" },
	{ IKE_X_CREATE_CHILD_SA, "CREATE_CHILD_SA" }, { IKE_X_INFORMATIONAL, "INFORMATIONAL" },
	{ IKE_X_SESSION_RESUME, "IKE_SESSION_RESUME" }, { IKE_X_GSA_AUTH, "GSA_AUTH" },
	{ IKE_X_GSA_REGISTRATION, "GSA_REGISTRATION" }, { IKE_X_GSA_REKEY, "GSA_REKEY" },
	{ IKE_X_GSA_INBAND_REKEY, "GSA_INBAND_REKEY" }, { IKE_X_INTERMEDIATE, "IKE_INTERMEDIATE" },
	{ IKE_X_FOLLOWUP_KE, "IKE_FOLLOWUP_KE" },
};
const struct ike_ids ike_exchanges = IKE_IDS(exchanges);

static const struct name protocols[] = {
	{ IKE_PROTO_NONE, "none" }, { IKE_PROTO_IKE, "IKE" }, { IKE_PROTO_AH, "AH" },
	{ IKE_PROTO_ESP, "ESP" }, { 4, "FC_ESP_HEADER" }, { 5, "FC_CT_AUTHENTICATION" },
};
const struct ike_ids ike_protocols = IKE_IDS(protocols);

static const struct name transform_types[] = {
	{ IKE_T_ENCR, "ENCR" }, { IKE_T_PRF, "PRF" }, { IKE_T_INTEG, "INTEG" }, { IKE_T_KE, "KE" },
	{ IKE_T_SN, "SN" }, { IKE_T_ADDKE1, "ADDKE1" }, { 7, "ADDKE2" }, { 8, "ADDKE3" },
	{ 9, "ADDKE4" }, { 10, "ADDKE5" }, { 11, "ADDKE6" }, { IKE_T_ADDKE7, "ADDKE7" },
	{ IKE_T_KWA, "KWA" }, { IKE_T_GCAUTH, "GCAUTH" },
};
const struct ike_ids ike_transform_types = IKE_IDS(transform_types);

static const struct name transform_attrs[] = { { IKE_ATTR_KEY_LENGTH, "key_length" } };
const struct ike_ids ike_transform_attrs = IKE_IDS(transform_attrs);

/* Types 1 to 3 where crypto/alg.h has no row. */
static const struct name encrs[] = {
	{ 1, "ENCR_DES_IV64" }, { 4, "ENCR_RC5" }, { 5, "ENCR_IDEA" }, { 8, "ENCR_3IDEA" },
	{ 9, "ENCR_DES_IV32" }, { 32, "ENCR_KUZNYECHIK_MGM_KTREE" }, { 33, "ENCR_MAGMA_MGM_KTREE" },
	{ 34, "ENCR_KUZNYECHIK_MGM_MAC_KTREE" }, { 35, "ENCR_MAGMA_MGM_MAC_KTREE" },
	{ 1024, "ENCR_UNDEFINED" }, { 1026, "ENCR_SERPENT_CBC" }, { 1027, "ENCR_TWOFISH_CBC" },
	{ 65004, "ENCR_SERPENT_CBC" }, { 65005, "ENCR_TWOFISH_CBC" }, { 65289, "ENCR_TWOFISH_SSH" },
};
static const struct ike_ids other_encrs = IKE_IDS(encrs);

static const struct name integs[] = {
	{ 3, "AUTH_DES_MAC" }, { 4, "AUTH_KPDK_MD5" }, { 1025, "AUTH_HMAC_SHA1_128" },
	{ 1026, "AUTH_HMAC_SHA2_256_96" }, { 1027, "AUTH_HMAC_SHA2_256_256" },
	{ 1028, "AUTH_HMAC_SHA2_384_384" }, { 1029, "AUTH_HMAC_SHA2_512_512" },
	{ 1030, "AUTH_CAMELLIA_XCBC_96" },
};
static const struct ike_ids other_integs = IKE_IDS(integs);

static const struct name prfs[] = { { 3, "PRF_HMAC_TIGER" }, { 9, "PRF_HMAC_STREEBOG_512" } };
static const struct ike_ids other_prfs = IKE_IDS(prfs);

static const struct name kes[] = {
	{ 0, "NONE" }, { 1, "MODP_768" }, { 2, "MODP_1024" }, { 5, "MODP_1536" },
	{ 14, "MODP_2048" },
	{ 15, "MODP_3072" }, { 16, "MODP_4096" }, { 17, "MODP_6144" }, { 18, "MODP_8192" },
	{ 19, "ECP_256" }, { 20, "ECP_384" }, { 21, "ECP_521" }, { 22, "MODP_1024_160" },
	{ 23, "MODP_2048_224" }, { 24, "MODP_2048_256" }, { 25, "ECP_192" }, { 26, "ECP_224" },
	{ 27, "BRAINPOOL_P224R1" }, { 28, "BRAINPOOL_P256R1" }, { 29, "BRAINPOOL_P384R1" },
	{ 30, "BRAINPOOL_P512R1" }, { 31, "CURVE25519" }, { 32, "CURVE448" },
	{ 33, "GOST3410_2012_256" }, { 34, "GOST3410_2012_512" }, { 35, "ML_KEM_512" },
	{ 36, "ML_KEM_768" }, { 37, "ML_KEM_1024" }, { 1024, "NULL" }, { 1035, "SNTRUP761X25519" },
};
const struct ike_ids ike_kes = IKE_IDS(kes);

static const struct name sns[] = {
	{ 0, "32_BIT_SEQUENTIAL" }, { 1, "64_BIT_SEQUENTIAL" }, { 2, "32_BIT_UNSPECIFIED" },
};
const struct ike_ids ike_sns = IKE_IDS(sns);

static const struct name auth_methods[] = {
	{ IKE_AUTH_RSA, "RSA" }, { IKE_AUTH_PSK, "SHARED_KEY" }, { IKE_AUTH_DSS, "DSS" },
	{ IKE_AUTH_ECDSA_256, "ECDSA_256" }, { IKE_AUTH_ECDSA_384, "ECDSA_384" },
	{ IKE_AUTH_ECDSA_521, "ECDSA_521" }, { IKE_AUTH_GSPM, "SECURE_PASSWORD" },
	{ IKE_AUTH_NULL, "NULL" }, { IKE_AUTH_DIGITAL_SIGNATURE, "DIGITAL_SIGNATURE" },
};
const struct ike_ids ike_auth_methods = IKE_IDS(auth_methods);

static const struct name hashes[] = {
	{ 1, "SHA1" }, { 2, "SHA2_256" }, { 3, "SHA2_384" }, { 4, "SHA2_512" }, { 5, "IDENTITY" },
	{ 6, "STREEBOG_256" }, { 7, "STREEBOG_512" },
};
const struct ike_ids ike_hashes = IKE_IDS(hashes);

static const struct name id_types[] = {
	{ IKE_ID_IPV4_ADDR, "IPV4_ADDR" }, { IKE_ID_FQDN, "FQDN" },
	{ IKE_ID_RFC822_ADDR, "RFC822_ADDR" }, { IKE_ID_IPV6_ADDR, "IPV6_ADDR" },
	{ IKE_ID_DER_ASN1_DN, "DER_ASN1_DN" }, { IKE_ID_DER_ASN1_GN, "DER_ASN1_GN" },
	{ IKE_ID_KEY_ID, "KEY_ID" }, { IKE_ID_FC_NAME, "FC_NAME" }, { IKE_ID_NULL, "NULL" },
};
const struct ike_ids ike_id_types = IKE_IDS(id_types);

static const struct name certs[] = {
	{ IKE_CERT_PKCS7, "PKCS7_X509" }, { 2, "PGP" }, { 3, "DNS_SIGNED_KEY" },
	{ IKE_CERT_X509, "X509_SIGNATURE" }, { 5, "X509_KEY_EXCHANGE" }, { 6, "KERBEROS" },
	{ IKE_CERT_CRL, "CRL" }, { 8, "ARL" }, { 9, "SPKI" }, { 10, "X509_ATTRIBUTE" },
	{ IKE_CERT_RAW_RSA, "RAW_RSA_KEY" }, { IKE_CERT_HASH_URL, "HASH_AND_URL_X509" },
	{ IKE_CERT_HASH_URL_BUNDLE, "HASH_AND_URL_BUNDLE" }, { IKE_CERT_OCSP, "OCSP_CONTENT" },
	{ IKE_CERT_RAW_KEY, "RAW_PUBLIC_KEY" },
};
const struct ike_ids ike_certs = IKE_IDS(certs);

static const struct name ts_types[] = {
	{ IKE_TS_IPV4, "IPV4_ADDR_RANGE" }, { IKE_TS_IPV6, "IPV6_ADDR_RANGE" },
	{ IKE_TS_FC, "FC_ADDR_RANGE" }, { IKE_TS_SECLABEL, "SECLABEL" },
};
const struct ike_ids ike_ts_types = IKE_IDS(ts_types);

static const struct name cfg_types[] = {
	{ IKE_CFG_REQUEST, "REQUEST" }, { IKE_CFG_REPLY, "REPLY" }, { IKE_CFG_SET, "SET" },
	{ IKE_CFG_ACK, "ACK" },
};
const struct ike_ids ike_cfg_types = IKE_IDS(cfg_types);

static const struct name cfg_attrs[] = {
	{ 1, "INTERNAL_IP4_ADDRESS" }, { 2, "INTERNAL_IP4_NETMASK" }, { 3, "INTERNAL_IP4_DNS" },
	{ 4, "INTERNAL_IP4_NBNS" }, { 5, "INTERNAL_ADDRESS_EXPIRY" }, { 6, "INTERNAL_IP4_DHCP" },
	{ 7, "APPLICATION_VERSION" }, { 8, "INTERNAL_IP6_ADDRESS" }, { 9, "INTERNAL_IP6_NETMASK" },
	{ 10, "INTERNAL_IP6_DNS" }, { 11, "INTERNAL_IP6_NBNS" }, { 12, "INTERNAL_IP6_DHCP" },
	{ 13, "INTERNAL_IP4_SUBNET" }, { 14, "SUPPORTED_ATTRIBUTES" },
	{ 15, "INTERNAL_IP6_SUBNET" },
	{ 16, "MIP6_HOME_PREFIX" }, { 17, "INTERNAL_IP6_LINK" }, { 18, "INTERNAL_IP6_PREFIX" },
	{ 19, "HOME_AGENT_ADDRESS" }, { 20, "P_CSCF_IP4_ADDRESS" }, { 21, "P_CSCF_IP6_ADDRESS" },
	{ 22, "FTT_KAT" }, { 25, "INTERNAL_DNS_DOMAIN" }, { 26, "INTERNAL_DNSSEC_TA" },
	{ 27, "ENCDNS_IP4" }, { 28, "ENCDNS_IP6" }, { 29, "ENCDNS_DIGEST_INFO" },
	{ 23456, "INTERNAL_IP4_SERVER" }, { 23457, "INTERNAL_IP6_SERVER" },
};
const struct ike_ids ike_cfg_attrs = IKE_IDS(cfg_attrs);

static const struct name ipcomps[] = {
	{ 1, "OUI" }, { 2, "DEFLATE" }, { 3, "LZS" }, { 4, "LZJH" },
};
const struct ike_ids ike_ipcomps = IKE_IDS(ipcomps);

static const struct name gateway_types[] = { { 1, "IPV4" }, { 2, "IPV6" }, { 3, "FQDN" } };
const struct ike_ids ike_gateway_types = IKE_IDS(gateway_types);

static const struct name ppk_types[] = { { 1, "PPK_ID_OPAQUE" }, { 2, "PPK_ID_FIXED" } };
const struct ike_ids ike_ppk_types = IKE_IDS(ppk_types);

static const struct name rohc_attrs[] = {		/* RFC 5857 */
	{ 1, "MAX_CID" }, { 2, "ROHC_PROFILE" }, { 3, "ROHC_INTEG" }, { 4, "ROHC_ICV_LEN" },
	{ 5, "MRRU" },
};
const struct ike_ids ike_rohc_attrs = IKE_IDS(rohc_attrs);

static const struct name secure_passwords[] = {		/* RFC 6467 */
	{ 1, "PACE" }, { 2, "AUGPAKE" }, { 3, "SECURE_PSK_AUTHENTICATION" },
};
const struct ike_ids ike_secure_passwords = IKE_IDS(secure_passwords);

static const struct name ip_protocols[] = {
	{ 0, "any" }, { 1, "ICMP" }, { 2, "IGMP" }, { 4, "IPv4" }, { 6, "TCP" }, { 17, "UDP" },
	{ 41, "IPv6" }, { 47, "GRE" }, { 50, "ESP" }, { 51, "AH" }, { 58, "ICMPv6" },
	{ 89, "OSPF" },
	{ 108, "IPComp" }, { 115, "L2TP" }, { 132, "SCTP" }, { 135, "MH" },
};
const struct ike_ids ike_ip_protocols = IKE_IDS(ip_protocols);

const char *ike_id_name(const struct ike_ids *ids, uint32_t id)
{
	return name_by_id(ids->row, ids->n, id);
}

char *ike_id_text(char out[IKE_ID_TEXT], const struct ike_ids *ids, uint32_t id)
{
	const char *name = ike_id_name(ids, id);

	if (name != NULL)
		snprintf(out, IKE_ID_TEXT, "%s", name);
	else
		snprintf(out, IKE_ID_TEXT, "unknown (%u)", (unsigned)id);
	return out;
}

const char *ike_transform_name(uint8_t type, uint16_t id)
{
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	const struct alg_prf *prf;

	switch (type) {
	case IKE_T_ENCR:
		encr = id != 0 ? alg_encr_by_id(id) : NULL;
		return encr != NULL ? encr->iana : ike_id_name(&other_encrs, id);
	case IKE_T_INTEG:
		integ = alg_integ_by_id(id);
		return integ != NULL ? integ->iana : ike_id_name(&other_integs, id);
	case IKE_T_PRF:
		prf = alg_prf_by_id(id);
		return prf != NULL ? prf->iana : ike_id_name(&other_prfs, id);
	case IKE_T_SN:
		return ike_id_name(&ike_sns, id);
	default:
		return type == IKE_T_KE || (type >= IKE_T_ADDKE1 && type <= IKE_T_ADDKE7) ?
		    ike_id_name(&ike_kes, id) : NULL;
	}
}

const char *ike_exchange_name(uint8_t version, uint8_t exchange)
{
	return ike_id_name(ike_is_v1(version) ? &ike_v1_exchanges : &ike_exchanges, exchange);
}

const char *ike_notify_name(uint8_t version, uint16_t type)
{
	return ike_id_name(ike_is_v1(version) ? &ike_v1_notifies : &ike_notifies, type);
}
