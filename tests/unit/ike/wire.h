/*
 * wire.h - for tests of payloads: hex to a chain, what it shows as JSON, what is wrong with it, and whether
 * it is the same octets when encoded again.
 */
#ifndef UNIT_IKE_WIRE_H
#define UNIT_IKE_WIRE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ike/payload.h"
#include "report/out_json.h"

struct wire_payload {
	uint8_t wire[4096];
	size_t n;
	struct mem mem;
	struct ike_faults faults;
	struct ike_payloads ps;
	char *json;			/* of the first payload */
};

/* Blanks in hex are left out. */
static inline size_t wire_hex(uint8_t *out, size_t room, const char *hex)
{
	char *clean = calloc(1, strlen(hex) + 1);
	size_t n = 0, got = 0;
	struct err e;

	for (const char *p = hex; *p != '\0'; p++)
		if (*p != ' ')
			clean[n++] = *p;
	cr_assert(hex_parse(out, room, &got, clean, n, &e) == 0, "%s: %s", hex, e.text);
	free(clean);
	return got;
}

/* One payload of this type with this body, decoded and shown. */
static inline struct wire_payload *wire_payload(uint8_t version, uint8_t type, const char *body)
{
	struct wire_payload *w = calloc(1, sizeof *w);
	struct ike_decoder d = { .mem = &w->mem, .faults = &w->faults, .version = version,
		.start = w->wire };
	struct out_json json;
	size_t len;
	FILE *to;

	w->n = 4 + wire_hex(w->wire + 4, sizeof w->wire - 4, body);
	store_be16(w->wire + 2, (uint16_t)w->n);
	mem_init(&w->mem, 1 << 20);
	cr_assert_eq(ike_payloads_decode(&w->ps, &d, type, (struct span){ w->wire, w->n }), 0);
	cr_assert_eq(w->ps.n, 1);
	to = open_memstream(&w->json, &len);
	out_json_init(&json, to);
	out_object(&json.out, NULL);
	ike_payload_show(&json.out, &w->ps.payload[0]);
	out_end(&json.out);
	fclose(to);
	return w;
}

static inline bool wire_same(const struct wire_payload *w)
{
	uint8_t out[4096];
	struct wr wr = wr_of(out, sizeof out);

	ike_payloads_encode(&w->ps, &wr);
	return wr_ok(&wr) && wr.n == w->n && memcmp(out, w->wire, w->n) == 0;
}

static inline void wire_free(struct wire_payload *w)
{
	mem_clear(&w->mem);
	free(w->json);
	free(w);
}

/* A payload and what it shows after its type and length; fault: the kind of the first one, if any. */
struct wire_row {
	const char *why;
	uint8_t version, type;
	const char *body, *json;
	const char *fault;
};

static inline void wire_rows(const struct wire_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct wire_row *r = &rows[i];
		struct wire_payload *w = wire_payload(r->version, r->type, r->body);
		const char *fault = w->faults.n > 0 ? ike_fault_name(w->faults.fault[0].kind) : NULL;

		if (r->fault == NULL)
			cr_expect(fault == NULL, "%s: fault %s", r->why, fault);
		else
			cr_expect(fault != NULL && strcmp(fault, r->fault) == 0, "%s: fault %s", r->why,
			    fault != NULL ? fault : "none");
		cr_expect(wire_same(w), "%s: encoded otherwise", r->why);
		cr_expect(strstr(w->json, r->json) != NULL, "%s: %s", r->why, w->json);
		wire_free(w);
	}
}

#define WIRE_ROWS(rows) wire_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
