#include "ike/ids.h"

static const struct name v1_exchanges[] = {
	{ IKE_X_BASE, "Base" }, { IKE_X_MAIN, "Main" },
	{ IKE_X_AUTH_ONLY, "Authentication Only" }, { IKE_X_AGGRESSIVE, "Aggressive" },
	{ IKE_X_V1_INFORMATIONAL, "Informational" }, { IKE_X_TRANSACTION, "Transaction" },
	{ IKE_X_QUICK, "Quick" }, { IKE_X_NEW_GROUP, "New Group" },
};
const struct ike_ids ike_v1_exchanges = IKE_IDS(v1_exchanges);

static const struct name v1_protocols[] = {
	{ IKE_PROTO_NONE, "none" }, { IKE_PROTO_IKE, "ISAKMP" }, { IKE_PROTO_AH, "AH" },
	{ IKE_PROTO_ESP, "ESP" }, { IKE_V1_PROTO_IPCOMP, "IPCOMP" },
};
const struct ike_ids ike_v1_protocols = IKE_IDS(v1_protocols);

static const struct name v1_id_types[] = {
	{ IKE_ID_IPV4_ADDR, "IPV4_ADDR" }, { IKE_ID_FQDN, "FQDN" },
	{ IKE_ID_RFC822_ADDR, "USER_FQDN" }, { IKE_ID_IPV4_ADDR_SUBNET, "IPV4_ADDR_SUBNET" },
	{ IKE_ID_IPV6_ADDR, "IPV6_ADDR" }, { IKE_ID_IPV6_ADDR_SUBNET, "IPV6_ADDR_SUBNET" },
	{ IKE_ID_IPV4_ADDR_RANGE, "IPV4_ADDR_RANGE" },
	{ IKE_ID_IPV6_ADDR_RANGE, "IPV6_ADDR_RANGE" }, { IKE_ID_DER_ASN1_DN, "DER_ASN1_DN" },
	{ IKE_ID_DER_ASN1_GN, "DER_ASN1_GN" }, { IKE_ID_KEY_ID, "KEY_ID" }, { 12, "LIST" },
};
const struct ike_ids ike_v1_id_types = IKE_IDS(v1_id_types);

static const struct name v1_phase1_attrs[] = {		/* RFC 2409 appendix A */
	{ 1, "encryption" }, { 2, "hash" }, { 3, "auth_method" }, { 4, "group" },
	{ 5, "group_type" }, { 6, "group_prime" }, { 7, "group_generator_1" },
	{ 8, "group_generator_2" }, { 9, "group_curve_a" }, { 10, "group_curve_b" },
	{ 11, "life_type" }, { 12, "life_duration" }, { 13, "prf" }, { 14, "key_length" },
	{ 15, "field_size" }, { 16, "group_order" },
};
const struct ike_ids ike_v1_phase1_attrs = IKE_IDS(v1_phase1_attrs);

static const struct name v1_ciphers[] = {
	{ 1, "DES_CBC" }, { 2, "IDEA_CBC" }, { 3, "BLOWFISH_CBC" }, { 4, "RC5_CBC" },
	{ 5, "3DES_CBC" }, { 6, "CAST_CBC" }, { 7, "AES_CBC" }, { 8, "CAMELLIA_CBC" },
};
const struct ike_ids ike_v1_ciphers = IKE_IDS(v1_ciphers);

static const struct name v1_hashes[] = {
	{ 1, "MD5" }, { 2, "SHA1" }, { 3, "TIGER" }, { 4, "SHA2_256" }, { 5, "SHA2_384" },
	{ 6, "SHA2_512" },
};
const struct ike_ids ike_v1_hashes = IKE_IDS(v1_hashes);

static const struct name v1_auths[] = {
	{ 1, "PSK" }, { 2, "DSS" }, { 3, "RSA_SIG" }, { 4, "RSA_ENC" }, { 5, "RSA_REVISED_ENC" },
	{ 9, "ECDSA_256" }, { 10, "ECDSA_384" }, { 11, "ECDSA_521" },
	{ 64221, "HYBRID_RSA_INIT" }, { 64222, "HYBRID_RSA_RESP" }, { 65001, "XAUTH_PSK_INIT" },
	{ 65002, "XAUTH_PSK_RESP" }, { 65005, "XAUTH_RSA_INIT" }, { 65006, "XAUTH_RSA_RESP" },
};
const struct ike_ids ike_v1_auths = IKE_IDS(v1_auths);

static const struct name v1_group_types[] = {
	{ 1, "MODP" }, { 2, "ECP" }, { 3, "EC2N" },
};
const struct ike_ids ike_v1_group_types = IKE_IDS(v1_group_types);

static const struct name v1_life_types[] = {
	{ 1, "seconds" }, { 2, "kilobytes" },
};
const struct ike_ids ike_v1_life_types = IKE_IDS(v1_life_types);

static const struct name v1_phase2_attrs[] = {		/* RFC 2407 4.5, RFC 4304 */
	{ 1, "life_type" }, { 2, "life_duration" }, { 3, "group" }, { 4, "mode" },
	{ 5, "auth_algorithm" }, { 6, "key_length" }, { 7, "key_rounds" },
	{ 8, "compress_dictionary" }, { 9, "compress_private" }, { 10, "ecn_tunnel" },
	{ 11, "esn" },
};
const struct ike_ids ike_v1_phase2_attrs = IKE_IDS(v1_phase2_attrs);

static const struct name v1_modes[] = {
	{ 1, "TUNNEL" }, { 2, "TRANSPORT" }, { 3, "UDP_TUNNEL" }, { 4, "UDP_TRANSPORT" },
	{ 61443, "UDP_TUNNEL_DRAFT" }, { 61444, "UDP_TRANSPORT_DRAFT" },
};
const struct ike_ids ike_v1_modes = IKE_IDS(v1_modes);

static const struct name v1_ipsec_auths[] = {
	{ 1, "HMAC_MD5" }, { 2, "HMAC_SHA1" }, { 3, "DES_MAC" }, { 4, "KPDK" },
	{ 5, "HMAC_SHA2_256" }, { 6, "HMAC_SHA2_384" }, { 7, "HMAC_SHA2_512" },
	{ 8, "HMAC_RIPEMD" }, { 9, "AES_XCBC_MAC" }, { 11, "AES_128_GMAC" },
	{ 12, "AES_192_GMAC" }, { 13, "AES_256_GMAC" }, { 252, "HMAC_SHA2_256_96" },
};
const struct ike_ids ike_v1_ipsec_auths = IKE_IDS(v1_ipsec_auths);

static const struct name v1_esps[] = {
	{ 1, "DES_IV64" }, { 2, "DES" }, { 3, "3DES" }, { 4, "RC5" }, { 5, "IDEA" },
	{ 6, "CAST" }, { 7, "BLOWFISH" }, { 8, "3IDEA" }, { 9, "DES_IV32" }, { 10, "RC4" },
	{ 11, "NULL" }, { 12, "AES_CBC" }, { 13, "AES_CTR" }, { 14, "AES_CCM_8" },
	{ 15, "AES_CCM_12" }, { 16, "AES_CCM_16" }, { 18, "AES_GCM_8" }, { 19, "AES_GCM_12" },
	{ 20, "AES_GCM_16" }, { 21, "SEED_CBC" }, { 22, "CAMELLIA_CBC" },
	{ 23, "NULL_AUTH_AES_GMAC" }, { 252, "SERPENT" }, { 253, "TWOFISH" },
};
const struct ike_ids ike_v1_esps = IKE_IDS(v1_esps);

static const struct name v1_ahs[] = {
	{ 2, "MD5" }, { 3, "SHA" }, { 4, "DES" }, { 5, "SHA2_256" }, { 6, "SHA2_384" },
	{ 7, "SHA2_512" }, { 8, "RIPEMD" }, { 9, "AES_XCBC_MAC" }, { 11, "AES_128_GMAC" },
	{ 12, "AES_192_GMAC" }, { 13, "AES_256_GMAC" },
};
const struct ike_ids ike_v1_ahs = IKE_IDS(v1_ahs);

static const struct name v1_ike_transforms[] = {
	{ 1, "KEY_IKE" },
};
const struct ike_ids ike_v1_ike_transforms = IKE_IDS(v1_ike_transforms);

/* draft-dukes-ike-mode-cfg, XAuth, Cisco Unity. */
static const struct name v1_config_attrs[] = {
	{ 1, "INTERNAL_IP4_ADDRESS" }, { 2, "INTERNAL_IP4_NETMASK" }, { 3, "INTERNAL_IP4_DNS" },
	{ 4, "INTERNAL_IP4_NBNS" }, { 5, "INTERNAL_ADDRESS_EXPIRY" }, { 6, "INTERNAL_IP4_DHCP" },
	{ 7, "APPLICATION_VERSION" }, { 8, "INTERNAL_IP6_ADDRESS" },
	{ 9, "INTERNAL_IP6_NETMASK" }, { 10, "INTERNAL_IP6_DNS" }, { 11, "INTERNAL_IP6_NBNS" },
	{ 12, "INTERNAL_IP6_DHCP" }, { 13, "INTERNAL_IP4_SUBNET" },
	{ 14, "SUPPORTED_ATTRIBUTES" }, { 16387, "CHECKPOINT_DEF_DOMAIN" },
	{ 16388, "CHECKPOINT_MAC_ADDRESS" }, { 16389, "CHECKPOINT_REASON_CODE" },
	{ 16520, "XAUTH_TYPE" }, { 16521, "XAUTH_USER_NAME" }, { 16522, "XAUTH_USER_PASSWORD" },
	{ 16523, "XAUTH_PASSCODE" }, { 16524, "XAUTH_MESSAGE" }, { 16525, "XAUTH_CHALLENGE" },
	{ 16526, "XAUTH_DOMAIN" }, { 16527, "XAUTH_STATUS" }, { 16528, "XAUTH_NEXT_PIN" },
	{ 16529, "XAUTH_ANSWER" }, { 28672, "UNITY_BANNER" }, { 28673, "UNITY_SAVE_PASSWD" },
	{ 28674, "UNITY_DEF_DOMAIN" }, { 28675, "UNITY_SPLITDNS_NAME" },
	{ 28676, "UNITY_SPLIT_INCLUDE" }, { 28677, "UNITY_NATT_PORT" },
	{ 28678, "UNITY_LOCAL_LAN" }, { 28679, "UNITY_PFS" }, { 28680, "UNITY_FW_TYPE" },
	{ 28681, "UNITY_BACKUP_SERVERS" }, { 28682, "UNITY_DDNS_HOSTNAME" },
};
const struct ike_ids ike_v1_config_attrs = IKE_IDS(v1_config_attrs);

static const struct name v1_xauth_types[] = {
	{ 0, "Generic" }, { 1, "RADIUS_CHAP" }, { 2, "OTP" }, { 3, "S_KEY" },
};
const struct ike_ids ike_v1_xauth_types = IKE_IDS(v1_xauth_types);

const char *ike_v1_transform_name(uint8_t protocol, uint16_t id)
{
	switch (protocol) {
	case IKE_PROTO_IKE:
		return ike_id_name(&ike_v1_ike_transforms, id);
	case IKE_PROTO_AH:
		return ike_id_name(&ike_v1_ahs, id);
	case IKE_PROTO_ESP:
		return ike_id_name(&ike_v1_esps, id);
	case IKE_V1_PROTO_IPCOMP:
		return ike_id_name(&ike_ipcomps, id);
	default:
		return NULL;
	}
}
