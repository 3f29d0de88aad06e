/*
 * engine.h - which library does the cryptography of a suite.
 *
 * OpenSSL does all rows but a few (libgcrypt: crypto/alg.h).  libipsec-mb does most rows several times
 * faster: AES-GCM at once, the others where many packets are given to suite_open_many(), _open_each(),
 * suite_seal_many() or _seal_each() together.  It is loaded when it is first asked for, so that programs run without it,
 * and left out of a build without its header.
 *
 * A struct engine is what the suites of one thread share: the choice, and libipsec-mb's job manager
 * (about 300 KiB).  It belongs to that thread and outlives its suites.
 */
#ifndef CRYPTO_ENGINE_H
#define CRYPTO_ENGINE_H

#include <stddef.h>

#include "base/err.h"

enum engine_kind {
	ENGINE_AUTO,		/* for each suite the fastest that is there */
	ENGINE_OPENSSL,
	ENGINE_IPSEC_MB,	/* for each suite that it knows */
	ENGINE_LIBGCRYPT,	/* serves, but cannot be chosen */
	ENGINE_COUNT
};

enum { ENGINE_TEXT = 200 };

struct engine;
struct suite_keys;

/* "ipsec-mb" */
const char *engine_name(enum engine_kind kind);
/* 0, or -1 and why it cannot be used here; AUTO and OPENSSL always can. */
int engine_check(enum engine_kind want, struct err *e);
/* As engine_check(), and for lack of memory. */
struct engine *engine_new(enum engine_kind want, struct err *e);
void engine_free(struct engine *g);
/* Sees to their end all jobs that suites of the thread began (suite_open_start()); NULL: there are none. */
void engine_end(struct engine *g);
/* Which library then serves a suite of such keys.  Of them only the lengths count, and the algorithms,
 * which must fit each other. */
enum engine_kind engine_serving(enum engine_kind want, const struct suite_keys *keys);
/* "openssl 3.0.15, ipsec-mb 1.3.0 (AVX-512)", or why the second is not used.  Returns out. */
const char *engine_text(char out[ENGINE_TEXT]);

#endif
