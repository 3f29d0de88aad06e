#include <criterion/criterion.h>

#include "base/secret.h"
#include "crypto/speed.h"

/* Every suite this build has can be measured, with and without an IV of its own. */
Test(speed, measures)
{
	const struct alg_integ *integ = alg_integ_by_name("hmac-sha2-256-128");
	const struct alg_encr *a;
	struct err first;

	cr_assert_eq(secret_init(&first), 0);
	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++) {
		struct speed s = { 0 };
		struct err e;

		if (a->gcry != NULL)
			continue;
		cr_assert_eq(speed_measure(&s, a, a->size[0].bits, alg_encr_is_aead(a) ? NULL : integ, 1400, 200000, &e), 0,
		    "%s: %s", a->name, e.text);
		cr_expect(s.seal > 1e6 && s.open > 1e6, "%s: %g %g", a->name, s.seal, s.open);
	}
}

Test(speed, refuses)
{
	struct speed s;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_expect_eq(speed_measure(&s, alg_encr_by_name("aes-cbc", NULL), 24, NULL, 64, 1000, &e), -1);
}
