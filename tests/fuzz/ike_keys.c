/*
 * Sources of IKE keys, all of them: text in odd-sized pieces, the first byte choosing them and the row (0: any), with
 * pauses.  What comes out fits together, prints as a line that reads back as the same, and in the other forms.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/keylog.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void note(void *arg, const char *where, const char *text)
{
	(void)arg;
	if (strlen(where) + strlen(text) > 4096)
		abort();
}

static int feed(struct keyfile *f, const uint8_t *p, size_t n, struct err *e)
{
	size_t step = n > 0 ? 1 + p[0] % 61 : 1;

	for (size_t i = 0; i < n; i += step) {
		if (keyfile_push(f, p + i, n - i < step ? n - i : step, e) < 0)
			return -1;
		if (i % 7 == 3 && keyfile_idle(f, e) < 0)
			return -1;
	}
	return keyfile_end(f, e);
}

static int read_into(struct keyring *ring, const struct format *only, const uint8_t *p, size_t n, struct err *e)
{
	struct keyfile *f = keyfile_new("fuzz", ring, note, NULL, e);
	int rc;

	if (f == NULL)
		abort();
	if (only != NULL)
		keyfile_only(f, only);
	rc = feed(f, p, n, e);
	keyfile_free(f);
	return rc;
}

static char *print(const struct keyring *ring, const struct keylog *k, size_t *len, uint64_t *count)
{
	struct format_out o = { 0 };
	char *out = NULL;
	struct err e;

	o.to = open_memstream(&out, len);
	for (size_t i = 0; i < ring->n; i++)
		(void)keylog_write(&o, k, ring->sets[i], &e);
	fclose(o.to);
	*count = o.count;
	return out;
}

/* What is written must be read; lines of ours as the same text. */
static void check(const struct keyring *ring, const struct keylog *k)
{
	struct keyring back = { 0 };
	size_t len, again;
	uint64_t count;
	char *text = print(ring, k, &len, &count), *twice;
	struct err e;

	if (count > 0) {
		struct keyfile *f = keyfile_new("back", &back, note, NULL, &e);

		if (f == NULL || keyfile_push(f, text, len, &e) < 0)
			abort();
		(void)keyfile_end(f, &e);	/* lines without keys are no error of the writer's */
		keyfile_free(f);
		if (back.n == 0)
			abort();
		twice = print(&back, k, &again, &count);
		if (k == keylog_row(0) && back.n == ring->n && (again != len || memcmp(text, twice, len) != 0))
			abort();
		free(twice);
		keyring_clear(&back);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct keyring ring = { 0 };
	const struct format *only = NULL;
	const char *field;
	struct err e;
	bool checked;

	if (secret_init(&e) < 0)
		abort();
	if (n > 0 && p[0] < ' ' && p[0] != '\t' && p[0] != '\n' && p[0] != '\r')
		only = keyfile_row(p[0]);
	/* sets of a source that broke off are not settled */
	checked = read_into(&ring, only, p, n, &e) == 0 && ring.n > 0;
	for (size_t i = 0; i < ring.n; i++)
		for (struct keyset *s = NULL; (s = keyring_next(&ring, 2, ring.sets[i]->k.spi_i, 0, s)) != NULL;)
			if (s->k.version == 1)
				abort();
	/* a log's keys may contradict each other, which is told; rows of tables are refused then */
	for (size_t i = 0; i < ring.n; i++)
		checked = checked && keyset_check(ring.sets[i], &field, &e) == 0;
	for (size_t i = 0; checked && keylog_row(i) != NULL; i++)
		check(&ring, keylog_row(i));
	keyring_clear(&ring);
	return 0;
}
