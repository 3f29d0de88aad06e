/*
 * The three stages on any packet, with unauthenticated SAs so that what was decrypted is as wild as
 * the input: trailers, inner headers, nesting, restored headers.
 */
#include <stdlib.h>
#include <string.h>

#include "esp/decap.h"
#include "fuzz/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/*
 * SPI 0x100 tells its mode from the next header, 0x101 is transport mode behind NAT, 0x102 tunnel, 0x103
 * BEET; 0x104 is AH, whose packets get further with no_verify.
 */
static void make_other(struct sad *sad, struct sa *sa, struct err *e)
{
	if (sa->spi == 0x103) {
		sa->mode = SA_BEET;
		if ((sa->ts = calloc(1, sizeof *sa->ts)) == NULL)
			return;
		sa->nts = 1;
		sa->ts[0] = (struct selector){ .nsrc = 1, .ndst = 1, .proto = -1, .icmp_type = -1,
			.icmp_code = -1, .src = { { { 4, { 10, 1 } }, { 4, { 10, 1 } } } },
			.dst = { { { 4, { 10, 2 } }, { 4, { 10, 2 } } } } };
	} else if (sa->spi == 0x104) {
		sa->proto = SA_AH;
		sa->mode = SA_MODE_UNKNOWN;
		sa->encr = NULL;
		sa->integ = alg_integ_by_name("hmac-sha1-96");
		secret_new(sad_arena(sad), &sa->integ_key, sa->integ->key, e);
	}
}

static struct sad *make_sad(struct err *e)
{
	struct sad *sad = sad_new(e);

	for (uint32_t i = 0; sad != NULL && i < 5; i++) {
		struct sa sa;

		sa_init(&sa);
		sa.proto = SA_ESP;
		sa.spi = 0x100 + i;
		sa.mode = i == 0 ? SA_MODE_UNKNOWN : i == 1 ? SA_TRANSPORT : SA_TUNNEL;
		sa.encr = alg_encr_by_name("null", NULL);
		sa.integ = alg_integ_by_name("none");
		sa.encr_key_known = sa.integ_key_known = true;
		if (i == 1)
			sa.encap = (struct sa_encap){ .type = SA_ENCAP_UDP, .dport = 4501,
				.oa_src = { 4, { 10, 0, 0, 1 } } };
		make_other(sad, &sa, e);
		sad_add(sad, &sa, e);
	}
	return sad;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct sad *sad;
	struct pcap_out out = { .form = { .dlt = 101 } };
	struct decap_options opt = { .threads = 1, .raw = true, .replay_window = 0, .emit = emit };
	struct flow flow = { 0 };
	struct decap d;
	struct err e;

	if (sad == NULL && (sad = make_sad(&e)) == NULL)
		return 0;
	if (n < 1 || n > DECAP_ONE_MAX)
		return 0;
	opt.no_verify = p[0] & 1;
	opt.ecn = p[0] & 2;
	if (decap_init(&d, &opt, sad, &flow, &out, &e) == 0)
		decap_one(&d, p + 1, n - 1, &e);
	decap_clear(&d);
	return 0;
}
