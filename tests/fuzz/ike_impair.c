/* A line with faults, then a message: what comes of it is no more than its bounds, whatever the message was. */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ike/impair.h"
#include "ike/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void impair_message(struct ike_impair *im, const struct ike_message *m, uint8_t *room, size_t cap)
{
	static struct build b;
	struct ike_hdr h = m->hdr;
	struct ike_payloads ps = { .payload = b.payload };
	struct span out[IKE_IMPAIR_OUT];
	struct wr w = wr_of(room, cap);
	unsigned gone;

	b.bad = false;
	mem_init(&b.mem, BUILD_MEMORY);
	b.n = m->payloads.n < BUILD_PAYLOADS ? m->payloads.n : BUILD_PAYLOADS;
	memcpy(b.payload, m->payloads.payload, b.n * sizeof b.payload[0]);
	ike_impair_payloads(im, &h, &b);
	ps.n = b.n;
	ike_hdr_encode(&h, &w);
	h.next = ike_payloads_encode(&ps, &w);
	if (!b.bad && wr_ok(&w)) {
		ike_impair_chain(im, &h, room + IKE_HDR_LEN, w.n - IKE_HDR_LEN);
		for (unsigned i = 0; i < 3; i++) {
			gone = ike_impair_send(im, (struct span){ room, w.n }, out);
			if (gone > IKE_IMPAIR_OUT)
				abort();
			for (unsigned k = 0; k < gone; k++)
				if (out[k].n == 0 || out[k].p[out[k].n - 1] + out[k].p[0] > 510)
					abort();
		}
	}
	mem_clear(&b.mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t room[1 << 16];
	const uint8_t *end = memchr(data, '\n', n);
	size_t line = end != NULL ? (size_t)(end - data) : n;
	struct ike_message m;
	struct ike_impair *im;
	struct rng rng;
	char list[1024];
	struct err e;

	secret_init(&e);
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"x", 1 }, "fuzz");
	if (line >= sizeof list || (im = ike_impair_new(&rng, &e)) == NULL)
		return 0;
	memcpy(list, data, line);
	list[line] = '\0';
	ike_message_init(&m);
	if (ike_impair_add(im, list, &e) == 0 && end != NULL &&
	    ike_message_decode(&m, (struct span){ end + 1, n - line - 1 }, &e) == 0 && !ike_hdr_is_encrypted(&m.hdr))
		impair_message(im, &m, room, sizeof room);
	ike_message_clear(&m);
	ike_impair_free(im);
	return 0;
}
