#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ike/ids.h"

static const struct ike_ids *const all[] = {
	&ike_exchanges, &ike_v1_exchanges, &ike_protocols, &ike_v1_protocols, &ike_transform_types,
	&ike_kes, &ike_sns, &ike_auth_methods, &ike_hashes, &ike_id_types, &ike_v1_id_types,
	&ike_certs, &ike_ts_types, &ike_cfg_types, &ike_cfg_attrs, &ike_ipcomps, &ike_gateway_types,
	&ike_ppk_types, &ike_rohc_attrs, &ike_secure_passwords, &ike_notifies, &ike_v1_notifies,
	&ike_eap_codes, &ike_eap_types, &ike_mschapv2_ops, &ike_v1_phase1_attrs, &ike_v1_phase2_attrs,
	&ike_v1_ciphers, &ike_v1_hashes, &ike_v1_auths, &ike_v1_life_types, &ike_v1_group_types,
	&ike_v1_modes, &ike_v1_esps, &ike_v1_ahs, &ike_v1_ipsec_auths, &ike_v1_ike_transforms,
	&ike_transform_attrs, &ike_v1_config_attrs, &ike_v1_xauth_types, &ike_ip_protocols,
};

/* A number stands once in a set, and a name, too. */
Test(ike_ids, unique)
{
	for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
		for (size_t i = 0; i < all[k]->n; i++)
			for (size_t j = i + 1; j < all[k]->n; j++) {
				const struct name *a = &all[k]->row[i], *b = &all[k]->row[j];

				cr_expect(a->id != b->id, "set %zu: %u twice", k, a->id);
				cr_expect(!name_eq(a->name, b->name), "set %zu: %s twice", k, a->name);
			}
}

/* Each constant of ids.h is a row of its set, and means that row: NAME = number. */
Test(ike_ids, constants)
{
	static const struct { const char *prefix; const struct ike_ids *ids; } sets[] = {
		{ "IKE_N_", &ike_notifies }, { "IKE_V1_N_", &ike_v1_notifies }, { "IKE_ID_", &ike_v1_id_types },
		{ "IKE_TS_", &ike_ts_types }, { "IKE_CERT_", &ike_certs }, { "IKE_AUTH_", &ike_auth_methods },
		{ "IKE_T_", &ike_transform_types }, { "IKE_CFG_", &ike_cfg_types },
	};
	static char text[65536];
	FILE *f = fopen("libcommon/ike/ids.h", "r");
	unsigned seen = 0;

	cr_assert_not_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	for (size_t k = 0; k < sizeof sets / sizeof sets[0]; k++)
		for (char *p = text; (p = strstr(p, sets[k].prefix)) != NULL; p++) {
			char name[80];
			unsigned id;

			if ((p[-1] != '\t' && p[-1] != ' ') || sscanf(p, "%79[A-Z0-9_a-z] = %u", name, &id) != 2 ||
			    (sets[k].ids == &ike_v1_id_types && id >= 12))
				continue;
			seen++;
			cr_expect(ike_id_name(sets[k].ids, id) != NULL, "%s has no name", name);
			if (strncmp(name, "IKE_N_", 6) == 0 && strcmp(name, "IKE_N_STATUS") != 0)
				cr_expect(name_eq(ike_id_name(sets[k].ids, id), name + 6), "%s", name);
		}
	cr_expect_gt(seen, 130);
}

Test(ike_ids, transforms)
{
	static const struct { uint8_t type; uint16_t id; const char *name; } rows[] = {
		{ IKE_T_ENCR, 12, "ENCR_AES_CBC" }, { IKE_T_ENCR, 21, "ENCR_NULL_AUTH_AES_GMAC" },
		{ IKE_T_ENCR, 23, "ENCR_CAMELLIA_CBC" }, { IKE_T_ENCR, 4, "ENCR_RC5" },
		{ IKE_T_INTEG, 0, "AUTH_NONE" }, { IKE_T_INTEG, 12, "AUTH_HMAC_SHA2_256_128" },
		{ IKE_T_INTEG, 1026, "AUTH_HMAC_SHA2_256_96" }, { IKE_T_PRF, 5, "PRF_HMAC_SHA2_256" }, { IKE_T_PRF, 9, "PRF_HMAC_STREEBOG_512" },
		{ IKE_T_KE, 31, "CURVE25519" }, { IKE_T_ADDKE1, 36, "ML_KEM_768" }, { IKE_T_ADDKE7, 0, "NONE" },
		{ IKE_T_SN, 1, "64_BIT_SEQUENTIAL" },
	};
	char text[IKE_ID_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_str_eq(ike_transform_name(rows[i].type, rows[i].id), rows[i].name);
	cr_expect_null(ike_transform_name(IKE_T_ENCR, 0));
	cr_expect_null(ike_transform_name(IKE_T_ENCR, 999));
	cr_expect_null(ike_transform_name(99, 1));
	cr_expect_str_eq(ike_v1_transform_name(IKE_PROTO_ESP, 21), "SEED_CBC");
	cr_expect_str_eq(ike_v1_transform_name(IKE_PROTO_AH, 3), "SHA");
	cr_expect_str_eq(ike_v1_transform_name(IKE_V1_PROTO_IPCOMP, 2), "DEFLATE");
	cr_expect_str_eq(ike_id_text(text, &ike_kes, 19), "ECP_256");
	cr_expect_str_eq(ike_id_text(text, &ike_kes, 65535), "unknown (65535)");
	/* what 16384 is depends on the version */
	cr_expect_str_eq(ike_notify_name(IKE_V2, 16384), "INITIAL_CONTACT");
	cr_expect_str_eq(ike_notify_name(IKE_V1, 16384), "CONNECTED");
	cr_expect_str_eq(ike_exchange_name(IKE_V1, 2), "Main");
	cr_expect_null(ike_exchange_name(IKE_V2, 2));
}
