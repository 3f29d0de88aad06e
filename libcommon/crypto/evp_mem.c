/*
 * OpenSSL's memory, wiped when it is freed: it frees copies of private values and keys as they are (ecp_nistz256.c,
 * ecp_nistp521.c...).  In front of each piece stands its length.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/secret.h"
#include "crypto/evp.h"

union head { size_t n; max_align_t align; };

static void *mem_new(size_t n, const char *file, int line)
{
	union head *h = n > 0 && n <= SIZE_MAX - sizeof *h ? malloc(sizeof *h + n) : NULL;

	(void)file;
	(void)line;
	if (h == NULL)
		return NULL;
	h->n = n;
	return h + 1;
}

static void mem_free(void *p, const char *file, int line)
{
	union head *h = p;

	(void)file;
	(void)line;
	if (h == NULL)
		return;
	h--;
	wipe(h + 1, h->n);
	free(h);
}

static void *mem_resize(void *p, size_t n, const char *file, int line)
{
	union head *h = p;
	void *more;

	if (p == NULL)
		return mem_new(n, file, line);
	if (n == 0) {
		mem_free(p, file, line);
		return NULL;
	}
	if ((more = mem_new(n, file, line)) == NULL)
		return NULL;
	memcpy(more, p, h[-1].n < n ? h[-1].n : n);
	mem_free(p, file, line);
	return more;
}

void evp_memory(void)
{
	/* refused once OpenSSL has memory: somebody else in this process was faster */
	CRYPTO_set_mem_functions(mem_new, mem_resize, mem_free);
}
