/* Files of certificates and keys: PEM, DER, PKCS#7, PKCS#12 (passphrase "secret"). */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/cert_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int ask(void *arg, char *out, size_t room, struct err *e)
{
	(void)arg, (void)room, (void)e;
	memcpy(out, "secret", 6);
	return 6;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct passphrase from = { ask, NULL };
	struct cert_set s = { 0 };
	struct err e;
	uint8_t *copy = malloc(n + (n == 0));

	if (copy == NULL || secret_init(&e) < 0)
		abort();
	if (n > 0)
		memcpy(copy, p, n);
	if (cert_set_read(&s, (struct span){ copy, n }, &from, &e) >= 0 && s.ncert + s.ncrl + s.nkey == 0)
		abort();
	for (size_t i = 0; i < s.nkey; i++)
		cert_set_of_key(&s, s.key[i]);
	cert_set_clear(&s);
	free(copy);
	return 0;
}
