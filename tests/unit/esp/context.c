/* Contexts come and go; those with packets on their way stay. */
#include "esp/context.h"

#include <criterion/criterion.h>

#include "base/secret.h"

enum { SAS = CONTEXTS_KEPT + 20, BUSY = 3 };

static struct sad *many_sas(void)
{
	struct err e = { 0 };
	struct sad *sad = sad_new(&e);

	cr_assert_not_null(sad, "%s", e.text);
	for (uint32_t i = 0; i < SAS; i++) {
		struct sa sa;

		sa_init(&sa);
		sa.proto = SA_ESP;
		sa.spi = 0x1000 + i;
		sa.encr = alg_encr_by_name("aes-cbc", NULL);
		sa.integ = alg_integ_by_name("hmac-sha1-96");
		cr_assert_eq(secret_new(sad_arena(sad), &sa.encr_key, 16, &e), 0);
		cr_assert_eq(secret_new(sad_arena(sad), &sa.integ_key, 20, &e), 0);
		sa.encr_key_known = sa.integ_key_known = true;
		cr_assert_eq(sad_add(sad, &sa, &e), 1, "%s", e.text);
	}
	return sad;
}

Test(context, the_oldest_goes_unless_it_is_busy)
{
	struct sad *sad = many_sas();
	struct suite *busy[BUSY];
	struct contexts c;
	struct err e;

	contexts_init(&c, SUITE_FOR_OPEN, ENGINE_AUTO, false);
	cr_assert_eq(contexts_grow(&c, SAS, &e), 0);
	for (uint32_t i = 0; i < BUSY; i++)
		busy[i] = contexts_get(&c, sad_at(sad, 2 * i))->suite;	/* SAs 0, 2 and 4 */
	c.busy = busy;
	c.nbusy = BUSY;
	for (uint32_t i = 0; i < SAS; i++)
		cr_assert_not_null(contexts_get(&c, sad_at(sad, i)));
	for (uint32_t i = 0; i < BUSY; i++)
		cr_expect_eq(c.at[2 * i].suite, busy[i], "%u", i);
	for (uint32_t i = 1; i < 2 * BUSY; i += 2)
		cr_expect_null(c.at[i].suite, "%u", i);
	c.nbusy = 0;
	for (uint32_t i = 0; i < SAS; i++)		/* all the way round: those go as well */
		cr_assert_not_null(contexts_get(&c, sad_at(sad, i)));
	cr_expect_eq(c.nmade, CONTEXTS_KEPT);
	contexts_clear(&c);
	sad_free(sad);
}

Test(context, nothing_before_the_first_packet)
{
	struct sad *sad = many_sas();
	struct contexts c;
	struct err e;

	contexts_init(&c, SUITE_FOR_OPEN, ENGINE_AUTO, true);
	cr_assert_eq(contexts_grow(&c, 7, &e), 0);
	cr_assert_eq(contexts_grow(&c, SAS, &e), 0);
	cr_expect(c.at == NULL && c.made == NULL && c.engine == NULL);
	cr_expect_not_null(contexts_get(&c, sad_at(sad, SAS - 1)));
	cr_expect_eq(suite_engine(c.at[SAS - 1].suite), ENGINE_OPENSSL, "alone: no engine that wants many");
	cr_expect_eq(context_engine(&sad_at(sad, 0)->sa, ENGINE_AUTO, true), ENGINE_OPENSSL);
	contexts_clear(&c);
	sad_free(sad);
}

Test(context, keys_are_shared_as_long_as_one_has_them)
{
	struct sad *sad = many_sas();
	struct mb_ring ring = { 0 };
	struct contexts c[2];
	struct mb_keys **slot;
	struct err e;

	cr_assert_eq(mb_ring_grow(&ring, 1, &e), 0);
	slot = &ring.chunk[0][0];
	cr_assert_eq(mb_ring_grow(&ring, SAS, &e), 0);
	cr_expect_eq(slot, &ring.chunk[0][0]);		/* slots do not move */
	for (int i = 0; i < 2; i++) {
		contexts_init(&c[i], SUITE_FOR_OPEN, ENGINE_AUTO, false);
		cr_assert_eq(contexts_grow(&c[i], SAS, &e), 0);
		c[i].ring = &ring;
		cr_assert_not_null(contexts_get(&c[i], sad_at(sad, 0)));
	}
	if (suite_engine(c[0].at[0].suite) == ENGINE_IPSEC_MB)
		cr_expect_not_null(*slot);
	cr_expect_neq(c[0].at[0].suite, c[1].at[0].suite);
	contexts_clear(&c[0]);
	cr_expect_eq(*slot != NULL, suite_engine(c[1].at[0].suite) == ENGINE_IPSEC_MB);
	for (uint32_t i = 0; i < SAS; i++)		/* all the way round: the last one that had them goes */
		cr_assert_not_null(contexts_get(&c[1], sad_at(sad, i)));
	cr_expect_null(*slot);
	contexts_clear(&c[1]);
	mb_ring_clear(&ring);
	sad_free(sad);
}
