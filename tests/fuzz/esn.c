/* High halves of any packet's number under each kind of suite: the first octet tells which. */
#include <string.h>

#include "crypto/esn_solve.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const struct {
	const char *encr, *integ;
	bool implicit;
} kinds[] = {
	{ "aes-gcm-16", NULL, false },
	{ "aes-gcm-8", NULL, false },
	{ "null-auth-aes-gmac", NULL, false },
	{ "chacha20-poly1305", NULL, false },
	{ "aes-ccm-16", NULL, false },
	{ "aes-ccm-8", NULL, false },
	{ "aes-gcm-16", NULL, true },
	{ "chacha20-poly1305", NULL, true },
	{ "aes-cbc", "hmac-sha1-96", false },
	{ "null", "hmac-sha2-512-256", false },
	{ "aes-ctr", "aes-cmac-96", false },
	{ "null", "aes-xcbc-96", false },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct esn_solver *make_solver(unsigned i)
{
	static struct alg_encr rows[KINDS];
	static uint8_t key[64];
	struct suite_keys k = {
		.integ = kinds[i].integ != NULL ? alg_integ_by_name(kinds[i].integ) : NULL
	};
	struct err e;

	memset(key, 7, sizeof key);
	rows[i] = *alg_encr_by_name(kinds[i].encr, NULL);
	if (kinds[i].implicit)
		rows[i].iv = 0;
	k.encr = &rows[i];
	k.encr_key = (struct secret){ key, rows[i].size[0].bits / 8u + rows[i].salt };
	k.integ_key = (struct secret){ key, k.integ != NULL ? k.integ->key : 0 };
	return esn_solver_new(&k, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct esn_solver *solvers[KINDS];
	static const uint32_t hints[] = { 1, 0xffffffff };
	struct esn_find f = { .hints = hints, .n_hints = 2, .max = ESN_FOUND_MAX };
	struct err e;
	unsigned i;

	if (n < 2)
		return 0;
	i = p[0] % KINDS;
	if (solvers[i] == NULL && (solvers[i] = make_solver(i)) == NULL)
		return 0;
	f.first = p[1];
	f.last = p[1] + 100u;
	for (int call = 0; call < 3 && !f.done; call++) {
		f.budget = n + 200;
		if (esn_solve(solvers[i], p + 2, n - 2, &f, &e) < 0)
			return 0;
	}
	return 0;
}
