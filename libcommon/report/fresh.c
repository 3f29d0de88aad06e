#include "report/fresh.h"

#include <stdlib.h>

static uint64_t mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * UINT64_C(0x100000001b3);	/* FNV */
}

/* Of the id and what the finding is about. */
static uint64_t key_of(const struct diagnosis *d)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (const char *c = d->id; *c != '\0'; c++)
		h = mix(h, (uint8_t)*c);
	h = mix(h, d->of.sa != NULL ? d->of.sa->id : 0);
	h = mix(h, d->of.ike != NULL ? d->of.ike->id : 0);
	h = mix(h, d->of.peer != NULL ? d->of.peer->id : 0);
	h = mix(h, d->of.tunnel != NULL ? d->of.tunnel->id : 0);
	if (d->of.flow != NULL)
		h = mix(mix(h, d->of.flow->spi), d->of.flow->ike_spi ^ d->of.flow->from_initiator);
	return mix(h, d->of.clear != NULL ? d->of.clear->id : 0);
}

bool fresh_is(struct fresh *f, const struct diagnosis *d)
{
	uint64_t key = key_of(d);
	struct fresh_one *told;

	for (size_t i = 0; i < f->n; i++)
		if (f->told[i].key == key) {
			if (d->severity <= f->told[i].severity)
				return false;
			f->told[i].severity = d->severity;
			return true;
		}
	if (f->n == f->room && f->room < FRESH_MAX) {
		size_t room = f->room == 0 ? 64 : f->room * 2;

		if ((told = realloc(f->told, room * sizeof *told)) != NULL) {
			f->told = told;
			f->room = room;
		}
	}
	if (f->n == f->room)
		return false;		/* rather than again and again */
	f->told[f->n++] = (struct fresh_one){ key, d->severity };
	return true;
}

void fresh_clear(struct fresh *f)
{
	free(f->told);
	*f = (struct fresh){ 0 };
}
