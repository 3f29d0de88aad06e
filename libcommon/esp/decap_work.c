#include "esp/decap_state.h"

/*
 * Records are put one behind the other without gaps as far as their lengths are known, so that settle
 * can write long runs.
 */
void decap_work(void *arg, struct unit *u, unsigned worker)
{
	static const struct decap_how how = { .layer = -1 };
	struct decap_side *side = u->side;
	struct decap *d = arg;
	size_t at = 0;

	for (uint32_t i = 0; i < side->n; i++) {
		struct decap_item *it = &side->item[i];

		if (!it->ipsec)
			continue;
		decap_open(d, it, worker, &how, u->out, at);
		if (it->rec_len > 0)
			at = (size_t)it->rec + it->rec_len;
	}
}
