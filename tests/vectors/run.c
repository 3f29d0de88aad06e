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
	printf("%u passed, %u failed", v.passed, v.failed);
	if (v.skipped > 0)
		printf(", %u skipped", v.skipped);
	putchar('\n');
	return v.failed > 0 || fflush(stdout) != 0 ? 1 : 0;
}
