#include "esp/decap_state.h"

#include <stdlib.h>

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
		decap_open(d, it, worker, &how, u->out, at, it->room_end);
		if (it->rec_len > 0)
			at = (size_t)it->rec + it->rec_len;
	}
}

int decap_one(struct decap *d, const uint8_t *p, size_t n, struct err *e)
{
	struct packet packet = { .data = p, .caplen = (uint32_t)n, .len = (uint32_t)n, .number = 1,
		.dlt = LINKTYPE_RAW };
	struct unit u = { .batch = { .pkt = &packet, .n = 1 } };
	int rc = -1;

	if ((u.side = calloc(1, decap_side_size())) == NULL)
		return err_nomem(e);
	if (decap_claim(d, &u, e) == 0) {
		decap_work(d, &u, 0);
		rc = decap_settle(d, &u, e);
	}
	decap_unit_clear(d, &u);
	free(u.side);
	free(u.out);
	return rc < 0 ? -1 : decap_finish(d, e);
}
