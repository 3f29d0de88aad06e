#include "packet/batch.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

int batch_init(struct batch *b, struct err *e)
{
	*b = (struct batch){ .cap = BATCH_CAP };
	b->pkt = malloc(BATCH_PACKETS * sizeof *b->pkt);
	b->buf = aligned_alloc(PAGE, b->cap);
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

struct packet *batch_packet(struct batch *b, size_t i, const uint8_t *rec)
{
	struct packet *k = &b->pkt[i];
	uint32_t head[4];

	memcpy(head, rec, sizeof head);
	*k = (struct packet){ .data = rec + BATCH_RECORD, .caplen = head[2],
		.len = head[3] > head[2] ? head[3] : head[2], .number = b->number + i, .dlt = b->dlt,
		.file = b->file,
		.ns = head[0] * INT64_C(1000000000) + head[1] * (b->stamp == BATCH_NANO ? INT64_C(1) : INT64_C(1000)) };
	return k;
}
