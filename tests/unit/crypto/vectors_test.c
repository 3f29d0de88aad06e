/* Published vectors, and that every row of the registry is covered by one or by a kernel capture. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../vectors/vectors.h"
#include "base/secret.h"
#include "crypto/alg.h"
#include "each.h"

static struct vectors published(struct engine *g)
{
	char *words = NULL;
	size_t n;
	struct vectors v = { .words = open_memstream(&words, &n), .engine = g };
	struct err e = { 0 };

	cr_assert_not_null(v.words);
	cr_assert_eq(secret_init(&e), 0);
	cr_assert_eq(vectors_run(&v, "tests/vectors", &e), 0, "%s", e.text);
	fclose(v.words);
	cr_expect_eq(v.failed, 0, "%s", words);
	free(words);
	return v;
}

Test(vectors, all_pass)
{
	struct vectors v = published(NULL);

	cr_expect_gt(v.passed, 500);
}

Test(vectors, all_pass_on_ipsec_mb)
{
	struct engine *g = engine_mb();
	struct vectors v = published(g);

	cr_expect_gt(v.passed, 500);
	if (g != NULL)
		cr_expect_gt(v.by_engine, 300);
	engine_free(g);
}

static bool mentions(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	char line[1024];
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof line, f) != NULL)
		found = strstr(line, word) != NULL;
	fclose(f);
	return found;
}

/* The case that kernel-covered.txt names for the row is there and uses its algorithm. */
static bool kernel_covers(const char *row, unsigned bits, const char *xfrm)
{
	FILE *f = fopen("tests/vectors/kernel-covered.txt", "r");
	char line[256], name[100], algorithm[60], path[200];
	unsigned n;
	bool found = false;
	struct stat st;

	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		if (line[0] == '#')
			continue;
		cr_assert_eq(sscanf(line, "%99s %59s %u", name, algorithm, &n), 3, "%s", line);
		if (strcmp(algorithm, row) != 0 || n != bits)
			continue;
		snprintf(path, sizeof path, "tests/interop/kernel/%s/wire.pcap", name);
		cr_expect(stat(path, &st) == 0 && st.st_size > 24, "%s", path);
		snprintf(path, sizeof path, "tests/interop/kernel/%s/xfrm-state.txt", name);
		cr_expect(mentions(path, xfrm), "%s does not mention %s", path, xfrm);
		found = true;
	}
	fclose(f);
	return found;
}

Test(vectors, every_encr_row_and_size_is_covered)
{
	struct vectors v = published(NULL);
	const struct alg_encr *a;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++) {
		cr_assert_lt(i, VECTORS_ROWS);
		for (size_t k = 0; k == 0 || a->size[k].bits != 0; k++)
			cr_expect(v.encr[i][k] || kernel_covers(a->name, a->size[k].bits, a->xfrm),
			    "%s with %u bits has neither vector nor capture", a->name, a->size[k].bits);
	}
}

Test(vectors, every_integ_row_is_covered)
{
	struct vectors v = published(NULL);
	const struct alg_integ *a;

	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++)
		cr_expect(a->kind == INTEG_KIND_GMAC /* tests/unit/esp/ah.c */ || v.integ[i] || kernel_covers(a->name, a->icv * 8u, a->xfrm),
		    "%s has neither vector nor capture", a->name);
}

/* No published vector: ECP and MODP of the same make have some, and unit/crypto/ke.c has the groups' own
 * tests: values that strongSwan sent (23). */
static bool ke_is_covered_elsewhere(const struct alg_ke *a)
{
	return a->id == 23 || a->id == 27;
}

Test(vectors, every_prf_and_ke_row_is_covered)
{
	struct vectors v = published(NULL);

	for (size_t i = 0; alg_prf_row(i) != NULL; i++)
		cr_expect(v.prf[i], "%s has no vector", alg_prf_row(i)->name);
	for (size_t i = 0; alg_ke_row(i) != NULL; i++) {
		cr_assert_lt(i, VECTORS_ROWS);
		cr_expect(v.ke[i] != ke_is_covered_elsewhere(alg_ke_row(i)), "%s", alg_ke_row(i)->name);
	}
}

static const struct { const char *why, *text; int rc; unsigned passed, failed, skipped; } odd[] = {
	{ "no JSON", "{", 0, 0, 1, 0 },
	{ "empty file", "", 0, 0, 1, 0 },
	{ "an array", "[]", 0, 0, 1, 0 },
	{ "no case", "{\"cases\":[]}", 0, 0, 1, 0 },
	{ "cases is no array", "{\"cases\":7,\"testGroups\":{}}", 0, 0, 1, 0 },
	{ "case is no object", "{\"cases\":[1,null,\"x\",[]]}", 0, 0, 4, 0 },
	{ "no result", "{\"cases\":[{\"type\":\"esp\"}]}", 0, 0, 1, 0 },
	{ "unknown type", "{\"cases\":[{\"type\":\"\\u001b[2J%n%s\",\"result\":\"valid\"}]}", 0, 0, 0, 1 },
	{ "no fields", "{\"cases\":[{\"type\":\"esp\",\"result\":\"valid\"},{\"type\":\"aead\",\"result\":"
	  "\"invalid\"},{\"type\":\"integ\",\"result\":\"valid\"}]}", 0, 0, 3, 0 },
	{ "odd hex", "{\"cases\":[{\"type\":\"integ\",\"result\":\"valid\",\"integ\":\"HMAC_MD5_96\","
	  "\"key\":\"0\",\"msg\":\"zz\",\"icv\":\"\"}]}", 0, 0, 1, 0 },
	{ "ICV longer than the MAC", "{\"cases\":[{\"type\":\"integ\",\"result\":\"valid\",\"integ\":"
	  "\"HMAC_MD5_96\",\"key\":\"00\",\"msg\":\"\",\"icv\":\"00000000000000000000000000000000ff\"}]}",
	  0, 0, 1, 0 },
	{ "wrong types of fields", "{\"cases\":[{\"type\":\"esp\",\"result\":\"valid\",\"enc\":\"NULL\","
	  "\"integ\":\"NONE\",\"enc_key\":\"\",\"salt\":\"\",\"integ_key\":\"\",\"esp\":\"00\",\"pad_len\":-1,"
	  "\"next_header\":1e9,\"payload\":3,\"padding\":\"\"}]}", 0, 0, 1, 0 },
	{ "packet shorter than its head", "{\"cases\":[{\"type\":\"esp\",\"result\":\"valid\",\"enc\":\"NULL\","
	  "\"integ\":\"NONE\",\"enc_key\":\"\",\"salt\":\"\",\"integ_key\":\"\",\"esp\":\"00\",\"pad_len\":0,"
	  "\"next_header\":1,\"payload\":\"\",\"padding\":\"\"}]}", 0, 0, 1, 0 },
	{ "Wycheproof without tests", "{\"algorithm\":\"AES-GCM\",\"testGroups\":[1,{\"tests\":2}]}", 0, 0, 1, 0 },
	{ "Wycheproof's other kinds", "{\"algorithm\":\"RSA\",\"testGroups\":[{\"tests\":[{\"result\":\"valid\","
	  "\"tcId\":1}]}]}", 0, 0, 0, 1 },
	{ "Wycheproof without fields", "{\"algorithm\":\"AES-CMAC\",\"testGroups\":[{\"tests\":[{\"result\":"
	  "\"valid\",\"tcId\":[]}]}]}", 0, 0, 1, 0 },
};

Test(vectors, odd_files_are_errors)
{
	char dir[] = "/tmp/vectors-XXXXXX", path[64];
	struct err e = { 0 };
	struct vectors empty = { .words = stderr };

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/odd.json", dir);
	cr_expect_lt(vectors_run(&empty, dir, &e), 0, "no case at all is an error");
	cr_expect_lt(vectors_run(&empty, path, &e), 0, "a directory that is not there");
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		FILE *f = fopen(path, "w"), *words = fopen("/dev/null", "w");
		struct vectors v = { .words = words };

		cr_assert(f != NULL && words != NULL);
		fputs(odd[i].text, f);
		fclose(f);
		cr_expect_eq(vectors_run(&v, dir, &e), odd[i].rc, "%s", odd[i].why);
		cr_expect(v.passed == odd[i].passed && v.failed == odd[i].failed &&
		    v.skipped == odd[i].skipped, "%s: %u %u %u", odd[i].why, v.passed, v.failed, v.skipped);
		fclose(words);
	}
	unlink(path);
	rmdir(dir);
}
