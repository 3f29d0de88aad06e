/*
 * Any packet through all stages of encap, with a few SAs and options that the first bytes choose: headers
 * that lie, options, extension headers, fragments, lengths at every limit.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "esp/encap.h"
#include "esp/impair.h"
#include "fuzz/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void set_ts(struct sa *sa, uint8_t family)
{
	if ((sa->ts = calloc(1, sizeof *sa->ts)) == NULL)
		return;
	sa->nts = 1;
	sa->ts[0] = (struct selector){ .nsrc = 1, .ndst = 1, .proto = -1, .icmp_type = -1, .icmp_code = -1,
		.src = { { { family, { 10, 1 } }, { family, { 10, 1 } } } },
		.dst = { { { family, { 10, 2 } }, { family, { 10, 2 } } } } };
}

/* 0, 1: ESP tunnel over IPv4 and IPv6; 2: transport; 3: BEET; 4, 5: AH; 6: IPComp, ESP, AH; 7: TCP. */
static struct sad *make_sad(unsigned which, struct err *e)
{
	static const uint8_t proto[8][3] = { { SA_ESP }, { SA_ESP }, { SA_ESP }, { SA_ESP }, { SA_AH }, { SA_AH },
		{ SA_IPCOMP, SA_ESP, SA_AH }, { SA_ESP } };
	static const uint8_t mode[8] = { SA_TUNNEL, SA_TUNNEL, SA_TRANSPORT, SA_BEET, SA_TUNNEL, SA_TRANSPORT,
		SA_TRANSPORT, SA_TUNNEL };
	struct sad *sad = sad_new(e);

	for (int k = 0; sad != NULL && k < (which == 6 ? 3 : 1); k++) {
		uint8_t family = which == 1 || which == 3 ? 6 : 4;
		struct sa sa;

		sa_init(&sa);
		sa.proto = (enum sa_proto)proto[which][k];
		sa.spi = 0x100 + (uint32_t)k;
		sa.mode = (enum sa_mode)mode[which];
		if (sa.mode != SA_TRANSPORT) {
			sa.src = (struct addr){ family, { 192, 0, 2, 1 } };
			sa.dst = (struct addr){ family, { 192, 0, 2, 2 } };
		}
		if (sa.proto == SA_ESP)
			sa.encr = alg_encr_by_name("null", NULL);
		if (sa.proto != SA_IPCOMP)
			sa.integ = alg_integ_by_name(sa.proto == SA_AH ? "hmac-sha1-96" : "none");
		if (sa.proto == SA_AH)
			secret_new(sad_arena(sad), &sa.integ_key, sa.integ->key, e);
		sa.encr_key_known = sa.integ_key_known = true;
		if (which == 6) {
			sa.bundle = strdup("b");
			sa.layer = k;
		}
		if (which == 3)
			set_ts(&sa, 4);
		if (which == 7)
			sa.encap.type = SA_ENCAP_TCP;
		sad_add(sad, &sa, e);
	}
	return sad;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct sad *sad[8];
	static struct rng rng;
	struct pcap_out out = { .form = { .dlt = 101 } };
	struct encap_options opt = { .threads = 1, .iv = -1, .tfc = -1, .emit = emit, .rng = &rng,
		.outer = { -1, -1, -1, -1, -1 } };
	struct impair impair = { .rng = { .seeded = true } };
	struct flow flow = { 0 };
	struct encap d;
	struct err e;

	if (n < 6 || n > ENCAP_LONGEST)
		return 0;
	rng_init_seed(&rng, (struct span){ p, 4 }, "fuzz");
	if (sad[p[0] & 7] == NULL && (sad[p[0] & 7] = make_sad(p[0] & 7, &e)) == NULL)
		return 0;
	opt.before = p[0] & 8;
	opt.forward = p[0] & 16;
	opt.wesp = p[0] & 32;
	opt.outer.df = p[0] & 64 ? SA_DF_CLEAR : -1;
	opt.dummy = p[0] >> 7;
	opt.mtu = p[1] != 0 ? 68 + p[1] * 8u : 0;
	opt.tfc = p[2] * 16;
	if (p[3] != 0) {
		impair.fault[p[3] % IMPAIR_COUNT] = (struct impair_fault){ .on = true, .n = 1,
			.value = impair_row(p[3] % IMPAIR_COUNT)->value };
		opt.impair = &impair;
	}
	if (encap_init(&d, &opt, sad[p[0] & 7], &flow, &out, &e) == 0) {
		encap_one(&d, p + 4, n - 4, &e);
		encap_one(&d, p + 4, n - 4, &e);
	}
	encap_clear(&d);
	impair_clear(&impair);
	return 0;
}
