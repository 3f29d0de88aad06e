/* Child SAs of live sessions: what comes up, with which selectors, modes and keys. */
#include "unit/ike/pair.h"

Test(session_child, comes_up)
{
	struct pair p;

	pair_init(&p, "child");
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s\n%s", p.end[0].log, p.end[1].log);
	pair_expect_equal(&p);
	pair_clear(&p);
}
