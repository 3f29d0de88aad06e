/*
 * suite_mb.h - suites on libipsec-mb; for crypto/engine.c and crypto/suite*.c alone.
 *
 * AES-GCM and GMAC are direct calls.  Everything else is a job: the library works on many at once, so
 * s->open and s->seal only hand one in, and mb_flush() sees all of them to their end.
 */
#ifndef CRYPTO_SUITE_MB_H
#define CRYPTO_SUITE_MB_H

#include "crypto/engine.h"
#include "crypto/suite.h"

struct IMB_MGR;
struct mb_flight;

struct engine {
	enum engine_kind want;
	struct IMB_MGR *mgr;		/* NULL: libipsec-mb is not used */
	struct mb_flight *flight;	/* what jobs need until they come back */
	unsigned next;
	uint8_t *copies;		/* packets with the high half of their number behind them */
	size_t copied;
};

/* 0 once the library is loaded and has passed its own test, else why it cannot be used. */
int mb_check(struct err *e);
/* Only after mb_check(), as all below: "1.3.0 (AVX-512)". */
const char *mb_version(void);
/* Whether it has such a suite (and alone does not speak against it); fast: and is faster with it than OpenSSL on this processor. */
bool mb_serves(const struct suite_keys *k, bool fast);
/* Makes and frees the engine's manager. */
int mb_start(struct engine *g, struct err *e);
void mb_stop(struct engine *g);

/* Keys s and sets s->open and s->seal; s->queue if those are jobs. */
int mb_init(struct suite *s, const struct suite_keys *k, struct err *e);
void mb_clear(struct suite *s);
void mb_flush(struct engine *g);

#endif
