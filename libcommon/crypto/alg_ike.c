/* Look-ups of what only IKE has: PRFs, key exchange methods, and the numbers of IKEv1. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/names.h"
#include "crypto/alg_table.h"

const struct alg_prf *alg_prf_row(size_t i)
{
	return i < alg_prf_count ? &alg_prf_rows[i] : NULL;
}

const struct alg_ke *alg_ke_row(size_t i)
{
	return i < alg_ke_count ? &alg_ke_rows[i] : NULL;
}

const struct alg_prf *alg_prf_by_id(uint16_t id)
{
	for (size_t i = 0; i < alg_prf_count; i++)
		if (alg_prf_rows[i].id == id)
			return &alg_prf_rows[i];
	return NULL;
}

const struct alg_ke *alg_ke_by_id(uint16_t id)
{
	for (size_t i = 0; i < alg_ke_count; i++)
		if (alg_ke_rows[i].id == id)
			return &alg_ke_rows[i];
	return NULL;
}

const struct alg_prf *alg_prf_by_name(const char *name)
{
	for (size_t i = 0; i < alg_prf_count; i++) {
		const struct alg_prf *a = &alg_prf_rows[i];

		if (name_eq(a->name, name) || alg_iana_eq(a->iana, name) ||
		    alg_in_list(a->strongswan, name) || alg_in_list(a->alias, name))
			return a;
	}
	return NULL;
}

/* "14", "dh14", "group14", "group 14" */
static const struct alg_ke *by_number(const char *name)
{
	static const char *const prefixes[] = { "dh", "group", "" };
	size_t n;

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		const char *digits = name + (n = strlen(prefixes[i]));

		if (strncasecmp(name, prefixes[i], n) != 0)
			continue;
		digits += n > 0 && (*digits == ' ' || *digits == '_' || *digits == '-');
		if (*digits != '\0' && strlen(digits) <= 2 &&
		    digits[strspn(digits, "0123456789")] == '\0')
			return alg_ke_by_id((uint16_t)strtoul(digits, NULL, 10));
	}
	return NULL;
}

const struct alg_ke *alg_ke_by_name(const char *name)
{
	for (size_t i = 0; i < alg_ke_count; i++) {
		const struct alg_ke *a = &alg_ke_rows[i];

		if (name_eq(a->name, name) || name_eq(a->iana, name) ||
		    alg_in_list(a->strongswan, name) || alg_in_list(a->alias, name))
			return a;
	}
	return by_number(name);
}

const char *alg_prf_nearest(const char *name)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < alg_prf_count; i++) {
		nearest_offer(&near, name, alg_prf_rows[i].name);
		nearest_offer(&near, name, alg_prf_rows[i].iana);
	}
	return nearest_name(&near, name);
}

const char *alg_ke_nearest(const char *name)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < alg_ke_count; i++) {
		nearest_offer(&near, name, alg_ke_rows[i].name);
		nearest_offer(&near, name, alg_ke_rows[i].iana);
	}
	return nearest_name(&near, name);
}

const struct alg_encr *alg_encr_by_v1(uint16_t id)
{
	for (size_t i = 0; i < alg_encr_count; i++)
		if (id != 0 && alg_encr_rows[i].v1 == id)
			return &alg_encr_rows[i];
	return NULL;
}

const struct alg_prf *alg_prf_by_v1(uint16_t hash)
{
	for (size_t i = 0; i < alg_prf_count; i++)
		if (hash != 0 && alg_prf_rows[i].v1 == hash)
			return &alg_prf_rows[i];
	return NULL;
}

const struct alg_encr *alg_encr_by_v1_esp(uint8_t transform)
{
	enum { SAME = 20 };			/* up to here both registries agree */

	for (size_t i = 0; i < alg_encr_count; i++)
		if (transform > SAME && alg_encr_rows[i].v1_esp == transform)
			return &alg_encr_rows[i];
	return transform <= SAME ? alg_encr_by_id(transform) : NULL;
}

const struct alg_integ *alg_integ_by_v1(uint16_t id)
{
	for (size_t i = 0; i < alg_integ_count; i++)
		if (id != 0 && alg_integ_rows[i].v1 == id)
			return &alg_integ_rows[i];
	return NULL;
}
