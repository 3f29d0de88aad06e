#include "crypto/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "crypto/suite_mb.h"

const char *engine_name(enum engine_kind kind)
{
	static const char *const names[] = { "auto", "openssl", "ipsec-mb", "libgcrypt" };

	return names[kind];
}

int engine_check(enum engine_kind want, struct err *e)
{
	return want == ENGINE_IPSEC_MB ? mb_check(e) : 0;
}

struct engine *engine_new(enum engine_kind want, struct err *e)
{
	struct engine *g;
	struct err absent;

	if (engine_check(want, e) < 0)
		return NULL;
	if ((g = calloc(1, sizeof *g)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	g->want = want;
	if (want != ENGINE_OPENSSL && mb_check(&absent) == 0 && mb_start(g, e) < 0) {
		engine_free(g);
		return NULL;
	}
	return g;
}

void engine_free(struct engine *g)
{
	if (g == NULL)
		return;
	mb_stop(g);
	free(g);
}

void engine_end(struct engine *g)
{
	if (g != NULL && g->mgr != NULL)
		mb_flush(g);
}

enum engine_kind engine_serving(enum engine_kind want, const struct suite_keys *k)
{
	struct err absent;

	if (k->encr->gcry != NULL)
		return ENGINE_LIBGCRYPT;
	if (want != ENGINE_OPENSSL && mb_check(&absent) == 0 &&
	    mb_serves(k, want == ENGINE_AUTO))
		return ENGINE_IPSEC_MB;
	return ENGINE_OPENSSL;
}

const char *engine_text(char out[ENGINE_TEXT])
{
	struct err e;

	if (mb_check(&e) == 0)
		snprintf(out, ENGINE_TEXT, "openssl %s, ipsec-mb %s",
		    OpenSSL_version(OPENSSL_VERSION_STRING), mb_version());
	else
		snprintf(out, ENGINE_TEXT, "openssl %s; %.150s", OpenSSL_version(OPENSSL_VERSION_STRING), e.text);
	return out;
}
