/* Why a negotiation of this end's own came to nothing: its words, and that there is advice. */
#include <criterion/criterion.h>
#include <string.h>

#include "ike/session_why.h"

/* There is no capture to look at, and no key is missing. */
Test(session_why, no_capture)
{
	static const uint16_t notifies[] = { IKE_N_AUTHENTICATION_FAILED, IKE_N_NO_PROPOSAL_CHOSEN, IKE_N_TS_UNACCEPTABLE,
		IKE_N_INVALID_KE_PAYLOAD, IKE_N_INTERNAL_ADDRESS_FAILURE, IKE_N_INVALID_SYNTAX, 9999 };
	static struct reasons why;
	static struct sess_ike ike;
	struct offers none = { 0 };

	ike.pub.path.remote = (struct addr){ .family = 4 };
	for (size_t i = 0; i < sizeof notifies / sizeof notifies[0]; i++) {
		struct pl_notify n = { .type = notifies[i] };

		why.n = 0;
		why_notify(&why, &ike, &n, &(struct why_asked){ .offers = &none });
		cr_assert_gt(why.n, 0);
		cr_expect(strstr(why.row[0].advice, "capture") == NULL && strstr(why.row[0].text, "capture") == NULL &&
		    strstr(why.row[0].advice, "--keys") == NULL, "%u: %s", n.type, why.row[0].advice);
		cr_expect_neq(why.row[0].advice[0], '\0', "%u", n.type);
	}
}

/* What has advice keeps it. */
Test(session_why, advice)
{
	static struct reasons why;

	reason_add(&why, "local", REASON_ERROR, "x");
	reason_add(&why, "of no kind", REASON_ERROR, "x");
	reason_advise(reason_add(&why, "local", REASON_ERROR, "x"), "wait");
	why_advise(&why);
	cr_expect_not_null(strstr(why.row[0].advice, "options"));
	cr_expect_str_eq(why.row[1].advice, "the logs of both ends may have more");
	cr_expect_str_eq(why.row[2].advice, "wait");
}
