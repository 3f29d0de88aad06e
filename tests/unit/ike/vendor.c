#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"
#include "ike/vendor.h"

/* Every id whose text is known is computed from it. */
Test(ike_vendor, texts)
{
	const struct ike_vendor *v;
	unsigned hashed = 0;

	for (size_t i = 0; (v = ike_vendor_row(i)) != NULL; i++) {
		unsigned char digest[EVP_MAX_MD_SIZE];
		char hex[2 * EVP_MAX_MD_SIZE + 1];
		unsigned n = 0;
		size_t len = strlen(v->id);

		cr_expect(len > 0 && len % 2 == 0 && strspn(v->id, "0123456789abcdef") == len, "%s", v->name);
		if (v->text == NULL)
			continue;
		if (v->hash == NULL) {
			for (size_t k = 0; v->text[k] != '\0'; k++) {
				snprintf(hex, sizeof hex, "%02x", (unsigned char)v->text[k]);
				cr_expect(strncmp(hex, v->id + 2 * k, 2) == 0, "%s", v->name);
			}
			cr_expect_eq(len, 2 * strlen(v->text), "%s", v->name);
			continue;
		}
		cr_assert(EVP_Digest(v->text, strlen(v->text), digest, &n, EVP_get_digestbyname(v->hash), NULL));
		hex_format(hex, (struct span){ digest, n });
		/* some are cut; what follows 16 octets is a version */
		cr_expect(strncmp(hex, v->id, len < 32 ? len : 32) == 0, "%s: %s", v->name, hex);
		cr_expect_geq(len, 16, "%s", v->name);
		hashed++;
	}
	cr_expect_gt(hashed, 100);
}

Test(ike_vendor, unique)
{
	const struct ike_vendor *a, *b;

	for (size_t i = 0; (a = ike_vendor_row(i)) != NULL; i++)
		for (size_t j = i + 1; (b = ike_vendor_row(j)) != NULL; j++)
			cr_expect(strcmp(a->id, b->id) != 0, "%s and %s", a->name, b->name);
}

/* The longest id counts; what follows it belongs to the product. */
Test(ike_vendor, find)
{
	static const struct { const char *hex, *name; } rows[] = {
		{ "1e2b516905991c7d7c96fcbfb587e46100000009", "Microsoft Windows 8 or later" },
		{ "1e2b516905991c7d7c96fcbfb587e461000000ff", "Microsoft Windows" },
		{ "4048b7d56ebce88525e7de7f00d6c2d380000000", "IKE Fragmentation" },
		{ "8299031757a36082c6a621de000504c6", "Fortinet FortiGate" },
		{ "4f452d4c69627265737761" "6e2d342e39", "Libreswan" },
		{ "4f4568747470", "Openswan" },
		{ "00", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t bytes[64];
		size_t n = 0;
		struct err e;
		const struct ike_vendor *v;

		cr_assert(hex_parse(bytes, sizeof bytes, &n, rows[i].hex, strlen(rows[i].hex), &e) == 0);
		v = ike_vendor_find((struct span){ bytes, n });
		if (rows[i].name == NULL)
			cr_expect_null(v);
		else
			cr_expect(v != NULL && strcmp(v->name, rows[i].name) == 0, "%s", rows[i].hex);
	}
}
