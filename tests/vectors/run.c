/* vectors [DIR]: all published vectors below DIR; exit status 1 if one fails or there is none. */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "vectors.h"

int main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : "tests/vectors";
	struct vectors v = { .words = stdout };
	struct err e;

	if (secret_init(&e) < 0 || vectors_run(&v, dir, &e) < 0) {
		fputs("vectors: ", stderr);
		esc_text(stderr, e.text, strlen(e.text));
		fputc('\n', stderr);
		return 1;
	}
	if (v.skipped > 0)
		printf("skipped: %u in all, as said above\n", v.skipped);
	printf("%u passed, %u failed\n", v.passed, v.failed);
	return v.failed > 0 || fflush(stdout) != 0 ? 1 : 0;
}
