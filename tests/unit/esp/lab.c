#include "lab.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "esp/decap_state.h"
#include "packet/checksum.h"
#include "sa/format.h"

static int count_out(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	struct lab *l = arg;

	(void)e;
	for (size_t at = 0; at < n; l->emitted++) {
		uint32_t len;

		memcpy(&len, p + at + 8, sizeof len);
		at += PCAP_RECORD + len;
	}
	return 0;
}

static void note_result(void *arg, const struct decap_item *it)
{
	struct lab *l = arg;
	struct lab_result *r = &l->result[l->nresult++];
	const struct decap_layer *k = &it->layer[0];

	cr_assert_leq(l->nresult, LAB_PACKETS);
	*r = (struct lab_result){ .verdict = (enum verdict)it->verdict,
		.seq = (k->esn ? (uint64_t)k->high << 32 : 0) | k->seq };
	if (it->explained != NULL) {
		r->why = it->explained->why;
		memcpy(r->text, it->explained->text, sizeof r->text);
	}
}

void lab_init(struct lab *l, const char *descriptors)
{
	struct format_source *s;
	struct err e;

	memset(l, 0, sizeof *l);
	l->opt = (struct decap_options){ .replay_window = -1, .esn_search = DECAP_ESN_SEARCH, .raw = true,
		.threads = 1, .explain = true, .arg = l, .emit = count_out, .report = note_result };
	l->sad = sad_new(&e);
	s = format_source_new("test", l->sad, NULL, NULL, &e);
	cr_assert_eq(format_source_push(s, descriptors, strlen(descriptors), &e), 0, "%s", e.text);
	cr_assert_eq(format_source_end(s, &e), 0, "%s", e.text);
	format_source_free(s);
	l->out.form.dlt = LINKTYPE_RAW;
	cr_assert_eq(decap_init(&l->decap, &l->opt, l->sad, &l->flow, &l->out, &e), 0);
}

void lab_clear(struct lab *l)
{
	decap_clear(&l->decap);
	sad_free(l->sad);
}

static void ip4(uint8_t *p, size_t n, uint8_t proto, const struct sa *sa)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	store_be16(p + 2, (uint16_t)n);
	p[8] = 64;
	p[9] = proto;
	memcpy(p + 12, sa != NULL && sa->src.family == 4 ? sa->src.b : (const uint8_t *)"\xc0\0\2\1", 4);
	memcpy(p + 16, sa != NULL && sa->dst.family == 4 ? sa->dst.b : (const uint8_t *)"\xc0\0\2\2", 4);
	store_be16(p + 10, checksum(p, 20));
}

static void inner(uint8_t *p, size_t n, uint32_t seq)
{
	ip4(p, n, 17, NULL);
	store_be16(p + 20, 1234);
	store_be16(p + 22, 53);
	store_be16(p + 24, (uint16_t)(n - 20));
	store_be16(p + 26, 0);
	for (size_t i = 28; i < n; i++)
		p[i] = (uint8_t)(i * 7 + seq);
}

uint8_t *lab_add(struct lab *l, uint32_t number, const struct lab_esp *how)
{
	const struct sa *sa = &sad_at(l->sad, number)->sa;
	uint8_t *p = l->bytes[l->n], *esp = p + 20, *body;
	struct suite_keys keys;
	struct suite_job job = { .p = esp, .head = 8, .esn = how->esn, .esn_high = how->high };
	struct suite *s;
	size_t n = how->n, pad;
	struct err e;

	sa_suite_keys(sa, &keys);
	keys.use = SUITE_FOR_SEAL;
	s = suite_new(&keys, &e);
	cr_assert_not_null(s, "%s", e.text);
	store_be32(esp, how->spi != 0 ? how->spi : sa->spi);
	store_be32(esp + 4, how->seq);
	for (size_t i = 0; i < suite_iv_len(s); i++)
		esp[8 + i] = (uint8_t)(how->seq >> (i % 4 * 8));
	body = esp + 8 + suite_iv_len(s);
	if (how->raw != NULL) {
		memcpy(body, how->raw, n);
	} else {
		size_t block = suite_block(s) > 4 ? suite_block(s) : 4;

		inner(body, n, how->seq);
		pad = (block - (n + 2) % block) % block;
		for (size_t i = 0; i < pad; i++)
			body[n + i] = (uint8_t)(how->bad_padding ? 0xa0 + i : i + 1);
		body[n + pad] = (uint8_t)pad;
		body[n + pad + 1] = 4;
		n += pad + 2;
	}
	job.n = 8 + suite_iv_len(s) + n + suite_icv_len(s);
	suite_seal_many(s, &job, 1);
	cr_assert_eq(job.result, SUITE_OK);
	suite_free(s);
	ip4(p, 20 + job.n, 50, sa);
	l->packet[l->n] = (struct packet){ .data = p, .caplen = (uint32_t)(20 + job.n), .len = (uint32_t)(20 + job.n),
		.number = l->n + 1, .dlt = LINKTYPE_RAW };
	l->n++;
	return p;
}

void lab_run(struct lab *l)
{
	struct unit u = { .batch = { .pkt = l->packet, .n = l->n } };
	struct err e;

	u.side = calloc(1, decap_side_size());
	cr_assert_not_null(u.side);
	cr_assert_eq(decap_claim(&l->decap, &u, &e), 0);
	decap_work(&l->decap, &u, 0);
	cr_assert_eq(decap_settle(&l->decap, &u, &e), 0);
	decap_unit_clear(&l->decap, &u);
	free(u.side);
	free(u.out);
	l->n = 0;
}
