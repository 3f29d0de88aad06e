#include "each.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { SPARE = 0xa5 };

static bool fill(struct each *c)
{
	const struct alg_encr *a = alg_encr_row(c->encr);
	const struct alg_integ *i = alg_encr_is_aead(a) ? NULL : alg_integ_row(c->integ);

	for (size_t k = 0; k < sizeof c->key; k++) {
		c->key[k] = (uint8_t)(k + 1);
		c->integ_key[k] = (uint8_t)(0x81 + k);
	}
	c->keys = (struct suite_keys){
		.encr = a, .integ = i,
		.encr_key = { c->key, a->size[c->size].bits / 8u + a->salt },
		.integ_key = { c->integ_key, i != NULL ? i->key : 0 },
		.engine = c->engine,
	};
	snprintf(c->name, sizeof c->name, "%s %u %s%s", a->name, a->size[c->size].bits,
	    i != NULL ? i->name : "-", c->engine != NULL ? " (ipsec-mb)" : "");
	return true;
}

struct engine *engine_mb(void)
{
	struct err e = { 0 };
	struct engine *g = engine_new(ENGINE_IPSEC_MB, &e);

#ifdef __x86_64__
	cr_assert_not_null(g, "%s", e.text);
#endif
	if (g == NULL)
		cr_log_warn("without ipsec-mb: %s", e.text);
	return g;
}

static bool next_row(struct each *c)
{
	const struct alg_encr *a;

	if (!c->begun) {
		c->begun = true;
		return fill(c);
	}
	a = alg_encr_row(c->encr);
	if (!alg_encr_is_aead(a)) {
		const struct alg_integ *i;

		while ((i = alg_integ_row(++c->integ)) != NULL)
			if (i->kind != INTEG_KIND_GMAC)		/* AH alone */
				return fill(c);
	}
	c->integ = 0;
	if (a->size[c->size].bits != 0 && a->size[++c->size].bits != 0)
		return fill(c);
	c->size = 0;
	return alg_encr_row(++c->encr) != NULL && fill(c);
}

bool each_next(struct each *c)
{
	struct engine *g = c->engine;

	while (next_row(c))
		if (g == NULL || engine_serving(ENGINE_IPSEC_MB, &c->keys) == ENGINE_IPSEC_MB)
			return true;
	if (g != NULL) {
		engine_free(g);
		return false;
	}
	*c = (struct each){ .engine = engine_mb() };
	return c->engine != NULL && each_next(c);
}

struct packet packet_new(const struct suite *s, size_t n_body)
{
	struct packet k = { .head = 8, .n_body = n_body };

	k.body = k.head + suite_iv_len(s);
	k.n = k.body + n_body + suite_icv_len(s);
	k.room = malloc(k.n + 2);
	cr_assert_not_null(k.room);
	k.p = k.room + 1;
	random_bytes(k.p, k.n);
	k.room[0] = k.p[k.n] = SPARE;
	return k;
}

void packet_free(struct packet *k)
{
	cr_expect(k->room[0] == SPARE && k->p[k->n] == SPARE, "written outside of the packet");
	free(k->room);
}

struct suite_job packet_job(const struct packet *k, uint8_t *out, bool esn)
{
	return (struct suite_job){ .p = k->p, .n = k->n, .out = out, .head = (uint16_t)k->head,
		.esn = esn, .esn_high = 0x01020304 };
}

void packet_seal(struct suite *s, const struct packet *k, bool esn)
{
	struct suite_job j = packet_job(k, NULL, esn);

	suite_seal_many(s, &j, 1);
	cr_assert_eq(j.result, SUITE_OK);
}
