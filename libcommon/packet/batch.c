#include "packet/batch.h"

#include <stdlib.h>

int batch_init(struct batch *b, struct err *e)
{
	*b = (struct batch){ .cap = BATCH_CAP };
	b->pkt = malloc(BATCH_PACKETS * sizeof *b->pkt);
	b->buf = malloc(b->cap);
	if (b->pkt == NULL || b->buf == NULL) {
		batch_clear(b);
		return err_nomem(e);
	}
	return 0;
}

void batch_clear(struct batch *b)
{
	if (b == NULL)
		return;
	free(b->pkt);
	free(b->buf);
	*b = (struct batch){ 0 };
}
