/*
 * vectors.h - runs published test vectors through libcommon/crypto.
 *
 * Reads every *.json below a directory: files of the schema "ipsec-vectors-1"
 * (case types esp, cipher, aead, integ, prf, prfplus, dh, mlkem) and selections of Wycheproof.  What this
 * build has no code for is skipped, and said.  Words go to .words.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "crypto/engine.h"

enum { VECTORS_ROWS = 32, VECTORS_SIZES = 8 };

struct vectors {
	FILE *words;
	struct engine *engine;		/* NULL: OpenSSL.  What it does not serve is OpenSSL's, too */
	unsigned by_engine;		/* cases it served */
	unsigned passed, failed, skipped;
	/* rows (and key sizes) that a valid case went through */
	bool encr[VECTORS_ROWS][VECTORS_SIZES], integ[VECTORS_ROWS], prf[VECTORS_ROWS], ke[VECTORS_ROWS];
};

/* Fails if dir cannot be read or holds no case at all; a file that is no vector file is said and
 * counted as failed. */
int vectors_run(struct vectors *v, const char *dir, struct err *e);

#endif
