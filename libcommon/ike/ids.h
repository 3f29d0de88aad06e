/*
 * ids.h - the numbers of IKE and their names, each written once.
 *
 * IANA "IKEv2 Parameters" and "Magic Numbers for ISAKMP", and what products use of the private
 * ranges.  Where the versions differ each has its own set.  Names of transforms come from the rows
 * of crypto/alg.h; ids.c adds the numbers that have no row there.
 */
#ifndef IKE_IDS_H
#define IKE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "base/out.h"

enum { IKE_V1 = 0x10, IKE_V2 = 0x20 };		/* version octet */

enum {						/* header flags */
	IKE_FLAG_INITIATOR = 0x08, IKE_FLAG_VERSION = 0x10, IKE_FLAG_RESPONSE = 0x20,
	IKE_V1_FLAG_ENCRYPTION = 0x01, IKE_V1_FLAG_COMMIT = 0x02, IKE_V1_FLAG_AUTH = 0x04,
};

enum ike_exchange {
	IKE_X_BASE = 1, IKE_X_MAIN = 2, IKE_X_AUTH_ONLY = 3, IKE_X_AGGRESSIVE = 4,
	IKE_X_V1_INFORMATIONAL = 5, IKE_X_TRANSACTION = 6, IKE_X_QUICK = 32, IKE_X_NEW_GROUP = 33,
	IKE_X_SA_INIT = 34, IKE_X_AUTH = 35, IKE_X_CREATE_CHILD_SA = 36, IKE_X_INFORMATIONAL = 37,
	IKE_X_SESSION_RESUME = 38, IKE_X_GSA_AUTH = 39, IKE_X_GSA_REGISTRATION = 40,
	IKE_X_GSA_REKEY = 41, IKE_X_GSA_INBAND_REKEY = 42, IKE_X_INTERMEDIATE = 43,
	IKE_X_FOLLOWUP_KE = 44,
};

enum ike_payload_type {
	IKE_P_NONE = 0, IKE_P_SA = 33, IKE_P_KE = 34, IKE_P_IDI = 35, IKE_P_IDR = 36,
	IKE_P_CERT = 37,
	IKE_P_CERTREQ = 38, IKE_P_AUTH = 39, IKE_P_NONCE = 40, IKE_P_NOTIFY = 41, IKE_P_DELETE = 42,
	IKE_P_VENDOR = 43, IKE_P_TSI = 44, IKE_P_TSR = 45, IKE_P_SK = 46, IKE_P_CP = 47,
	IKE_P_EAP = 48,
	IKE_P_GSPM = 49, IKE_P_IDG = 50, IKE_P_GSA = 51, IKE_P_KD = 52, IKE_P_SKF = 53,
	IKE_P_PS = 54,
};

enum ike_v1_payload_type {
	IKE_V1_P_SA = 1, IKE_V1_P_PROPOSAL = 2, IKE_V1_P_TRANSFORM = 3, IKE_V1_P_KE = 4,
	IKE_V1_P_ID = 5,
	IKE_V1_P_CERT = 6, IKE_V1_P_CERTREQ = 7, IKE_V1_P_HASH = 8, IKE_V1_P_SIG = 9,
	IKE_V1_P_NONCE = 10, IKE_V1_P_NOTIFY = 11, IKE_V1_P_DELETE = 12, IKE_V1_P_VENDOR = 13,
	IKE_V1_P_ATTR = 14, IKE_V1_P_NATD_DRAFT4 = 15, IKE_V1_P_NATOA_DRAFT4 = 16,
	IKE_V1_P_NATD = 20, IKE_V1_P_NATOA = 21, IKE_V1_P_NATD_DRAFT = 130,
	IKE_V1_P_NATOA_DRAFT = 131, IKE_V1_P_FRAGMENT = 132,
};

enum ike_protocol { IKE_PROTO_NONE = 0, IKE_PROTO_IKE = 1, IKE_PROTO_AH = 2, IKE_PROTO_ESP = 3,
	IKE_V1_PROTO_IPCOMP = 4 };

enum ike_transform_type {
	IKE_T_ENCR = 1, IKE_T_PRF = 2, IKE_T_INTEG = 3, IKE_T_KE = 4, IKE_T_SN = 5,
	IKE_T_ADDKE1 = 6,
	IKE_T_ADDKE7 = 12, IKE_T_KWA = 13, IKE_T_GCAUTH = 14,
};

enum { IKE_ATTR_KEY_LENGTH = 14 };		/* of a transform, bits */

enum ike_auth_method {
	IKE_AUTH_RSA = 1, IKE_AUTH_PSK = 2, IKE_AUTH_DSS = 3, IKE_AUTH_ECDSA_256 = 9,
	IKE_AUTH_ECDSA_384 = 10, IKE_AUTH_ECDSA_521 = 11, IKE_AUTH_GSPM = 12, IKE_AUTH_NULL = 13,
	IKE_AUTH_DIGITAL_SIGNATURE = 14,
};

enum ike_id_type {
	IKE_ID_IPV4_ADDR = 1, IKE_ID_FQDN = 2, IKE_ID_RFC822_ADDR = 3, IKE_ID_IPV4_ADDR_SUBNET = 4,
	IKE_ID_IPV6_ADDR = 5, IKE_ID_IPV6_ADDR_SUBNET = 6, IKE_ID_IPV4_ADDR_RANGE = 7,
	IKE_ID_IPV6_ADDR_RANGE = 8, IKE_ID_DER_ASN1_DN = 9, IKE_ID_DER_ASN1_GN = 10,
	IKE_ID_KEY_ID = 11, IKE_ID_FC_NAME = 12, IKE_ID_NULL = 13,
};

enum ike_cert_encoding {
	IKE_CERT_PKCS7 = 1, IKE_CERT_X509 = 4, IKE_CERT_CRL = 7, IKE_CERT_RAW_RSA = 11,
	IKE_CERT_HASH_URL = 12, IKE_CERT_HASH_URL_BUNDLE = 13, IKE_CERT_OCSP = 14,
	IKE_CERT_RAW_KEY = 15,
};

enum ike_ts_type { IKE_TS_IPV4 = 7, IKE_TS_IPV6 = 8, IKE_TS_FC = 9, IKE_TS_SECLABEL = 10 };

enum ike_cfg_type { IKE_CFG_REQUEST = 1, IKE_CFG_REPLY = 2, IKE_CFG_SET = 3, IKE_CFG_ACK = 4 };

enum ike_notify_type {
	IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD = 1, IKE_N_INVALID_IKE_SPI = 4,
	IKE_N_INVALID_MAJOR_VERSION = 5, IKE_N_INVALID_SYNTAX = 7, IKE_N_INVALID_MESSAGE_ID = 9,
	IKE_N_INVALID_SPI = 11, IKE_N_NO_PROPOSAL_CHOSEN = 14, IKE_N_INVALID_KE_PAYLOAD = 17,
	IKE_N_AUTHENTICATION_FAILED = 24, IKE_N_SINGLE_PAIR_REQUIRED = 34,
	IKE_N_NO_ADDITIONAL_SAS = 35, IKE_N_INTERNAL_ADDRESS_FAILURE = 36,
	IKE_N_FAILED_CP_REQUIRED = 37, IKE_N_TS_UNACCEPTABLE = 38, IKE_N_INVALID_SELECTORS = 39,
	IKE_N_UNACCEPTABLE_ADDRESSES = 40, IKE_N_UNEXPECTED_NAT_DETECTED = 41,
	IKE_N_USE_ASSIGNED_HOA = 42, IKE_N_TEMPORARY_FAILURE = 43, IKE_N_CHILD_SA_NOT_FOUND = 44,
	IKE_N_INVALID_GROUP_ID = 45, IKE_N_AUTHORIZATION_FAILED = 46, IKE_N_STATE_NOT_FOUND = 47,
	IKE_N_TS_MAX_QUEUE = 48, IKE_N_REGISTRATION_FAILED = 49,

	IKE_N_STATUS = 16384,			/* from here on no errors */
	IKE_N_INITIAL_CONTACT = 16384, IKE_N_SET_WINDOW_SIZE = 16385,
	IKE_N_ADDITIONAL_TS_POSSIBLE = 16386, IKE_N_IPCOMP_SUPPORTED = 16387,
	IKE_N_NAT_DETECTION_SOURCE_IP = 16388, IKE_N_NAT_DETECTION_DESTINATION_IP = 16389,
	IKE_N_COOKIE = 16390, IKE_N_USE_TRANSPORT_MODE = 16391,
	IKE_N_HTTP_CERT_LOOKUP_SUPPORTED = 16392, IKE_N_REKEY_SA = 16393,
	IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED = 16394, IKE_N_NON_FIRST_FRAGMENTS_ALSO = 16395,
	IKE_N_MOBIKE_SUPPORTED = 16396, IKE_N_ADDITIONAL_IP4_ADDRESS = 16397,
	IKE_N_ADDITIONAL_IP6_ADDRESS = 16398, IKE_N_NO_ADDITIONAL_ADDRESSES = 16399,
	IKE_N_UPDATE_SA_ADDRESSES = 16400, IKE_N_COOKIE2 = 16401, IKE_N_NO_NATS_ALLOWED = 16402,
	IKE_N_AUTH_LIFETIME = 16403, IKE_N_MULTIPLE_AUTH_SUPPORTED = 16404,
	IKE_N_ANOTHER_AUTH_FOLLOWS = 16405, IKE_N_REDIRECT_SUPPORTED = 16406,
	IKE_N_REDIRECT = 16407,
	IKE_N_REDIRECTED_FROM = 16408, IKE_N_TICKET_LT_OPAQUE = 16409, IKE_N_TICKET_REQUEST = 16410,
	IKE_N_TICKET_ACK = 16411, IKE_N_TICKET_NACK = 16412, IKE_N_TICKET_OPAQUE = 16413,
	IKE_N_LINK_ID = 16414, IKE_N_USE_WESP_MODE = 16415, IKE_N_ROHC_SUPPORTED = 16416,
	IKE_N_EAP_ONLY_AUTHENTICATION = 16417, IKE_N_CHILDLESS_IKEV2_SUPPORTED = 16418,
	IKE_N_QUICK_CRASH_DETECTION = 16419, IKE_N_IKEV2_MESSAGE_ID_SYNC_SUPPORTED = 16420,
	IKE_N_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED = 16421, IKE_N_IKEV2_MESSAGE_ID_SYNC = 16422,
	IKE_N_IPSEC_REPLAY_COUNTER_SYNC = 16423, IKE_N_SECURE_PASSWORD_METHODS = 16424,
	IKE_N_PSK_PERSIST = 16425, IKE_N_PSK_CONFIRM = 16426, IKE_N_ERX_SUPPORTED = 16427,
	IKE_N_IFOM_CAPABILITY = 16428, IKE_N_GROUP_SENDER = 16429,
	IKE_N_IKEV2_FRAGMENTATION_SUPPORTED = 16430, IKE_N_SIGNATURE_HASH_ALGORITHMS = 16431,
	IKE_N_CLONE_IKE_SA_SUPPORTED = 16432, IKE_N_CLONE_IKE_SA = 16433, IKE_N_PUZZLE = 16434,
	IKE_N_USE_PPK = 16435, IKE_N_PPK_IDENTITY = 16436, IKE_N_NO_PPK_AUTH = 16437,
	IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED = 16438, IKE_N_IP4_ALLOWED = 16439,
	IKE_N_IP6_ALLOWED = 16440, IKE_N_ADDITIONAL_KEY_EXCHANGE = 16441, IKE_N_USE_AGGFRAG = 16442,
	IKE_N_SUPPORTED_AUTH_METHODS = 16443, IKE_N_SA_RESOURCE_INFO = 16444,
	IKE_N_USE_PPK_INT = 16445, IKE_N_PPK_IDENTITY_KEY = 16446,
	IKE_N_NULL_AUTH = 40960, IKE_N_USE_BEET_MODE = 40961, IKE_N_RADIUS_ATTRIBUTE = 40969,
	IKE_N_BACKOFF_TIMER = 41041, IKE_N_DEVICE_IDENTITY = 41101,
	IKE_N_N3GPP_BACKOFF_TIMER = 55507,
};

enum ike_v1_notify_type {
	IKE_V1_N_PAYLOAD_MALFORMED = 16, IKE_V1_N_CONNECTED = 16384,
	IKE_V1_N_RESPONDER_LIFETIME = 24576, IKE_V1_N_REPLAY_STATUS = 24577,
	IKE_V1_N_INITIAL_CONTACT = 24578, IKE_V1_N_R_U_THERE = 36136,
	IKE_V1_N_R_U_THERE_ACK = 36137, IKE_V1_N_UNITY_LOAD_BALANCE = 40501,
};

enum eap_code { EAP_REQUEST = 1, EAP_RESPONSE = 2, EAP_SUCCESS = 3, EAP_FAILURE = 4 };
enum eap_type {
	EAP_IDENTITY = 1, EAP_NOTIFICATION = 2, EAP_NAK = 3, EAP_MD5 = 4, EAP_OTP = 5, EAP_GTC = 6,
	EAP_TLS = 13, EAP_SIM = 18, EAP_TTLS = 21, EAP_AKA = 23, EAP_PEAP = 25, EAP_MSCHAPV2 = 26,
	EAP_FAST = 43, EAP_AKA_PRIME = 50, EAP_TEAP = 55, EAP_EXPANDED = 254,
};

/* A set of numbers. */
struct ike_ids { const struct name *row; size_t n; };
#define IKE_IDS(rows) { rows, sizeof (rows) / sizeof (rows)[0] }

extern const struct ike_ids ike_exchanges, ike_v1_exchanges, ike_protocols, ike_v1_protocols,
    ike_transform_types, ike_kes, ike_sns, ike_auth_methods, ike_hashes, ike_id_types,
    ike_v1_id_types, ike_certs, ike_ts_types, ike_cfg_types, ike_cfg_attrs, ike_ipcomps,
    ike_gateway_types, ike_ppk_types, ike_rohc_attrs, ike_secure_passwords, ike_notifies,
    ike_v1_notifies, ike_eap_codes, ike_eap_types, ike_mschapv2_ops, ike_v1_phase1_attrs,
    ike_v1_phase2_attrs, ike_v1_ciphers, ike_v1_hashes, ike_v1_auths, ike_v1_life_types,
    ike_v1_group_types, ike_v1_modes, ike_v1_esps, ike_v1_ahs, ike_v1_ipsec_auths,
    ike_v1_ike_transforms, ike_transform_attrs, ike_v1_config_attrs, ike_v1_xauth_types,
    ike_ip_protocols;

/* The name, or NULL. */
const char *ike_id_name(const struct ike_ids *ids, uint32_t id);
/* "AES_CBC" or "unknown (77)"; gives out. */
enum { IKE_ID_TEXT = 64 };
char *ike_id_text(char out[IKE_ID_TEXT], const struct ike_ids *ids, uint32_t id);
/* Shown as base/out.h shows codes. */
static inline void ike_id_show(struct out *o, const char *key, const struct ike_ids *ids,
    uint32_t id)
{
	out_code(o, key, id, ike_id_name(ids, id));
}

/* The name of a transform of IKEv2, by its type; NULL if it has none. */
const char *ike_transform_name(uint8_t type, uint16_t id);
/* The name of a transform of IKEv1, by its proposal's protocol; NULL if it has none. */
const char *ike_v1_transform_name(uint8_t protocol, uint16_t id);
/* Of a version octet; what is not IKEv1 is read as IKEv2. */
static inline bool ike_is_v1(uint8_t version)
{
	return version >> 4 == 1;
}
const char *ike_exchange_name(uint8_t version, uint8_t exchange);
const char *ike_notify_name(uint8_t version, uint16_t type);

#endif
