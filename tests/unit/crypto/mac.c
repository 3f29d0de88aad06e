#include <criterion/criterion.h>

#include "base/secret.h"
#include "crypto/mac.h"

static const char key[] = "a key of thirty-two octets or so";

/* Any cut into pieces gives the MAC of the whole. */
Test(mac, pieces)
{
	static const char *names[] = { "hmac-sha2-256-128", "aes-cmac-96", "aes-xcbc-96" };
	uint8_t msg[70], whole[MAC_MAX], parts[MAC_MAX];
	struct err e;

	random_bytes(msg, sizeof msg);
	for (size_t k = 0; k < 3; k++) {
		const struct alg_integ *alg = alg_integ_by_name(names[k]);
		struct mac *m = mac_new(alg, (struct span){ (const uint8_t *)key, alg->key }, &e);

		for (size_t n = 0; n <= sizeof msg; n++)
			for (size_t cut = 0; cut <= n; cut++) {
				mac_make(m, (struct span){ msg, n }, (struct span){ 0 }, whole);
				mac_start(m);
				mac_add(m, (struct span){ msg, cut / 2 });
				mac_add(m, (struct span){ msg + cut / 2, cut - cut / 2 });
				mac_add(m, (struct span){ msg + cut, n - cut });
				mac_end(m, parts);
				cr_assert_arr_eq(whole, parts, alg->full, "%s %zu %zu", names[k],
				    n, cut);
			}
		mac_free(m);
	}
	cr_expect_null(mac_new(alg_integ_by_id(9), (struct span){ (const uint8_t *)key, 20 }, &e));
	cr_expect_str_eq(e.text,
	    "aes-128-gmac needs an IV for each packet, and only AH carries one");
}
