#include "ike/ids.h"

static const struct name eap_codes[] = {
	{ EAP_REQUEST, "Request" }, { EAP_RESPONSE, "Response" }, { EAP_SUCCESS, "Success" },
	{ EAP_FAILURE, "Failure" },
};
const struct ike_ids ike_eap_codes = IKE_IDS(eap_codes);

static const struct name eap_types[] = {
	{ EAP_IDENTITY, "Identity" }, { EAP_NOTIFICATION, "Notification" }, { EAP_NAK, "Nak" },
	{ EAP_MD5, "MD5-Challenge" }, { EAP_OTP, "OTP" }, { EAP_GTC, "GTC" }, { EAP_TLS, "TLS" },
	{ EAP_SIM, "SIM" }, { EAP_TTLS, "TTLS" }, { EAP_AKA, "AKA" }, { EAP_PEAP, "PEAP" },
	{ EAP_MSCHAPV2, "MSCHAPv2" }, { 29, "MS-CHAP-V2" }, { 38, "TNC" }, { EAP_FAST, "FAST" },
	{ 47, "PSK" }, { 49, "IKEv2" }, { EAP_AKA_PRIME, "AKA'" }, { 52, "pwd" },
	{ EAP_TEAP, "TEAP" }, { EAP_EXPANDED, "Expanded" }, { 255, "Experimental" },
};
const struct ike_ids ike_eap_types = IKE_IDS(eap_types);

static const struct name mschapv2_ops[] = {
	{ 1, "Challenge" }, { 2, "Response" }, { 3, "Success" }, { 4, "Failure" },
	{ 7, "Change-Password" },
};
const struct ike_ids ike_mschapv2_ops = IKE_IDS(mschapv2_ops);
