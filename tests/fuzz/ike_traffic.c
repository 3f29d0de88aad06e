/*
 * Wild inner packets and wild ESP, through children that come and go.  Those that do not authenticate let what was
 * "opened" be as wild as the input.  What one end seals in tunnel mode the other end opens, the same.
 *
 * Input: steps of an octet, what to do and with which child, a length of two octets and so many octets.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ike/traffic.h"
#include "sa/ts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { CHILDREN = 6, STEPS = 64 };

static const struct { const char *encr, *integ, *ts; enum sa_mode mode; bool esn; } row[CHILDREN] = {
	{ "null", "none", "any=any", SA_TUNNEL, false },
	{ "null", "none", "10.0.0.0/8[udp/53]=10.0.0.0/8[udp]", SA_TUNNEL, true },
	{ "null", "none", "any=any", SA_TRANSPORT, false },
	{ "null", "none", "192.0.2.1=192.0.2.2", SA_TRANSPORT, true },
	{ "aes-gcm-16", NULL, "10.1.0.0/16,fd00::/8=10.2.0.0/16,fd00::/8", SA_TUNNEL, true },
	{ "aes-cbc", "hmac-sha1-96", "any=any", SA_TUNNEL, false },
};
static const struct session_path path = { { 4, { 192, 0, 2, 1 } }, { 4, { 192, 0, 2, 2 } }, 4500, 4500, 0 };
static const struct session_path back = { { 4, { 192, 0, 2, 2 } }, { 4, { 192, 0, 2, 1 } }, 4500, 4500, 0 };
static struct session *const owner = (struct session *)16;

/* A constant key: there is nothing to hide. */
static void one_sa(struct sa *sa, unsigned i, struct arena *keys, struct selector *ts, bool reversed)
{
	struct err e;

	sa_init(sa);
	sa->proto = SA_ESP;
	sa->spi = 0x100 + i + (reversed ? CHILDREN : 0);
	sa->mode = row[i].mode;
	sa->encr = alg_encr_by_name(row[i].encr, NULL);
	sa->integ = row[i].integ != NULL ? alg_integ_by_name(row[i].integ) : NULL;
	sa->encr_key_known = sa->integ_key_known = true;
	if (i >= 4)
		secret_new(keys, &sa->encr_key, i == 4 ? 20 : 16, &e);
	if (i == 5)
		secret_new(keys, &sa->integ_key, 20, &e);
	sa->esn = row[i].esn ? SA_YES : SA_NO;
	ts_parse(ts, row[i].ts, &e);
	if (reversed)
		ts_reverse(ts);
	sa->ts = ts;
	sa->nts = 1;
	if (i == 2)
		sa->encap.oa_src = (struct addr){ 4, { 10, 0, 0, 1 } };
}

static void up(struct traffic *t, unsigned i, bool b, uint64_t replaces, struct arena *keys)
{
	struct selector ts[2];
	struct session_child c = { .number = i + 1, .initiator = b, .replaces = replaces };
	struct err e;

	one_sa(&c.in, i, keys, &ts[0], !b);
	one_sa(&c.out, i, keys, &ts[1], b);
	(void)traffic_up(t, owner, &c, b ? &back : &path, true, &e);
}

static void step(struct traffic *a, struct traffic *b, unsigned what, unsigned i, struct span in, struct arena *keys)
{
	struct traffic_sealed s;
	struct traffic_opened o;
	uint8_t *esp;

	switch (what) {
	case 0:			/* there and, where it was sealed, back out of it */
		if (traffic_out(a, in, &s) == V_OK && traffic_in(b, s.esp, &o) == V_OK &&
		    (load_be32(s.esp.p) - 0x100) % CHILDREN != 2 && (load_be32(s.esp.p) - 0x100) % CHILDREN != 3 &&
		    (o.packet.n > in.n || memcmp(o.packet.p, in.p, o.packet.n) != 0))
			abort();
		break;
	case 1:
		if ((esp = malloc(in.n + 4)) == NULL)
			return;
		store_be32(esp, 0x100 + i);
		if (in.n > 0)
			memcpy(esp + 4, in.p, in.n);
		if (traffic_in(b, (struct span){ esp, in.n + 4 }, &o) == V_OK && (o.packet.n < 20 || o.packet.n > 65535))
			abort();
		free(esp);
		break;
	case 2:
		traffic_down(i % 2 == 0 ? a : b, 0x100 + i + (i % 2 == 0 ? CHILDREN : 0));
		break;
	case 3:
		up(b, i, true, in.n > 0 ? in.p[0] % CHILDREN : 0, keys);
		up(a, i, false, 0, keys);
		break;
	case 4:
		if (in.n > 40)
			traffic_over(b, owner);
		traffic_moved(a, owner, &back, in.n % 2);
		break;
	default:
		(void)traffic_mtu(a, 60 + (uint32_t)in.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena keys = { 0 };
	struct traffic *a, *b;
	struct rd r = rd_of(p, n);
	struct rng rng;
	struct err e;

	if (secret_init(&e) < 0)
		return 0;
	rng_init_seed(&rng, (struct span){ (const uint8_t *)"fuzz", 4 }, "traffic");
	a = traffic_new(&rng, &e);
	b = traffic_new(&rng, &e);
	for (unsigned i = 0; a != NULL && b != NULL && i < CHILDREN; i++) {
		up(a, i, false, 0, &keys);
		up(b, i, true, 0, &keys);
	}
	for (int i = 0; a != NULL && b != NULL && i < STEPS && r.n > 0; i++) {
		unsigned what = rd_u8(&r);
		size_t len = rd_u16(&r);

		step(a, b, what % 8, what / 8 % CHILDREN, rd_take(&r, len < r.n ? len : r.n), &keys);
	}
	traffic_free(a);
	traffic_free(b);
	rng_clear(&rng);
	arena_clear(&keys);
	return 0;
}
