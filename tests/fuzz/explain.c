/*
 * Packets that stay closed, explained: under SAs of each kind, whose keys they do not fit; also read as
 * ESP without encryption, and searched for a high half.
 */
#include <string.h>

#include "esp/decap.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	(void)arg;
	(void)p;
	(void)e;
	return n == 0 ? -1 : 0;
}

static void report(void *arg, const struct decap_item *it)
{
	if (it->explained != NULL && strlen(it->explained->text) >= EXPLAIN_TEXT)
		*(volatile int *)arg = 1;
}

static const struct { enum sa_proto proto; const char *encr, *integ; size_t key; } rows[] = {
	{ SA_ESP, "aes-gcm-8", NULL, 20 },
	{ SA_ESP, "null-auth-aes-gmac", NULL, 20 },
	{ SA_ESP, "chacha20-poly1305", NULL, 36 },
	{ SA_ESP, "aes-ccm-12", NULL, 19 },
	{ SA_ESP, "aes-cbc", "hmac-sha1-96", 16 },
	{ SA_ESP, "aes-ctr", "aes-xcbc-96", 20 },
	{ SA_ESP, "null", "hmac-md5-96", 0 },
	{ SA_ESP, "3des", "none", 24 },
	{ SA_AH, NULL, "hmac-sha2-256-128", 0 },
	{ SA_AH, NULL, "aes-128-gmac", 0 },
};

/* SPI 0x200 and up. */
static struct sad *make_sad(struct err *e)
{
	struct sad *sad = sad_new(e);

	for (uint32_t i = 0; sad != NULL && i < sizeof rows / sizeof rows[0]; i++) {
		struct sa sa;

		sa_init(&sa);
		sa.proto = rows[i].proto;
		sa.spi = 0x200 + i;
		sa.dir = i % 2 == 0 ? SA_IN : SA_OUT;
		sa.encr_key_known = sa.integ_key_known = true;
		if (rows[i].encr != NULL)
			sa.encr = alg_encr_by_name(rows[i].encr, NULL);
		if (rows[i].integ != NULL)
			sa.integ = alg_integ_by_name(rows[i].integ);
		secret_new(sad_arena(sad), &sa.encr_key, rows[i].key, e);
		if (sa.integ != NULL)
			secret_new(sad_arena(sad), &sa.integ_key, sa.integ->key, e);
		sad_add(sad, &sa, e);
	}
	return sad;
}

/* The first octet chooses; the rest is one packet. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct sad *sad;
	static int bad;
	struct pcap_out out = { .form = { .dlt = 101 } };
	struct decap_options opt = { .threads = 1, .raw = true, .replay_window = 0, .emit = emit,
		.report = report, .explain = true, .esn_search = 200, .arg = &bad };
	struct flow flow = { 0 };
	struct decap d;
	struct err e;

	if (sad == NULL && (sad = make_sad(&e)) == NULL)
		return 0;
	if (n < 1 || n > 300)		/* longer ones are only slower */
		return 0;
	opt.no_verify = p[0] & 1;
	opt.null = p[0] & 2;
	if (decap_init(&d, &opt, sad, &flow, &out, &e) == 0)
		decap_one(&d, p + 1, n - 1, &e);
	decap_clear(&d);
	return bad;
}
