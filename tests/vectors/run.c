/* vectors [DIR]: all published vectors below DIR, on each engine; exit status 1 if one fails or there is none. */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "vectors.h"

static int failed(const struct err *e)
{
	fputs("vectors: ", stderr);
	esc_text(stderr, e->text, strlen(e->text));
	fputc('\n', stderr);
	return 1;
}

int main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : "tests/vectors";
	struct err e = { 0 };
	int rc = 0;

	if (secret_init(&e) < 0)
		return failed(&e);
	for (enum engine_kind kind = ENGINE_OPENSSL; kind <= ENGINE_IPSEC_MB; kind++) {
		struct vectors v = { .words = stdout };

		if (kind == ENGINE_IPSEC_MB && (v.engine = engine_new(kind, &e)) == NULL) {
			printf("skipped: engine %s: %s\n", engine_name(kind), e.text);
			break;
		}
		if (vectors_run(&v, dir, &e) < 0)
			return failed(&e);
		if (v.skipped > 0)
			printf("skipped: %u in all, as said above\n", v.skipped);
		printf("%u passed, %u failed on %s", v.passed, v.failed, engine_name(kind));
		printf(v.engine != NULL ? ", which served %u\n" : "\n", v.by_engine);
		rc |= v.failed > 0 || (v.engine != NULL && v.by_engine == 0);
		engine_free(v.engine);
	}
	return rc != 0 || fflush(stdout) != 0 ? 1 : 0;
}
