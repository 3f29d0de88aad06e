/*
 * A whole IKE message: decoded, judged and shown both ways; one without faults is the same when encoded.
 * An odd first octet takes the last octets as what was encrypted.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/shown.h"
#include "ike/message.h"
#include "ike/rules.h"
#include "report/out_json.h"
#include "report/out_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void show(const struct ike_message *m)
{
	struct out_json json;
	struct out_text text;
	struct shown s;

	if (shown_open(&s) == NULL)
		return;
	out_json_init(&json, s.to);
	out_object(&json.out, NULL);
	ike_message_show(&json.out, m);
	out_end(&json.out);
	shown_json_close(&s);
	if (shown_open(&s) == NULL)
		return;
	out_text_init(&text, s.to, 0, 16);
	out_object(&text.out, NULL);
	ike_message_show(&text.out, m);
	out_end(&text.out);
	shown_close(&s);
}

static void encode(const struct ike_message *m)
{
	uint8_t *out = malloc(m->wire.n + 64);
	struct wr w = wr_of(out, out != NULL ? m->wire.n + 64 : 0);
	struct err e;

	if (ike_message_encode(m, &w, &e) == 0 && m->faults.n == 0 &&
	    (w.n != m->wire.n || memcmp(out, m->wire.p, w.n) != 0))
		abort();
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ike_message m;
	size_t inner = n > 2 && (p[0] & 1) ? p[1] : 0;
	struct err e;

	if (n < 2 || inner > n - 2)
		return 0;
	ike_message_init(&m);
	if (ike_message_decode(&m, (struct span){ p + 2, n - 2 - inner }, &e) == 0) {
		encode(&m);
		if (inner > 0)
			ike_message_open(&m, ike_message_sk(&m) != NULL ? ike_message_sk(&m)->sk.first : m.hdr.next,
			    (struct span){ p + n - inner, inner }, &e);
		ike_rules_check(&m);
		show(&m);
	}
	ike_message_clear(&m);
	return 0;
}
