/* Findings about algorithms and certificates that should not be used any more (RFC 8221, 8247). */
#include <string.h>

#include "report/diagnose.h"
#include "report/inspect_words.h"

enum { RSA_LEAST = 2048, BLOCK_64 = 8 };
#define SWEET (UINT64_C(32) << 30)	/* octets under one key: 2^32 blocks of 64 bits */
#define NS INT64_C(1000000000)

static void add_word(struct diagnosis *d, const char *name, enum alg_status st)
{
	diagnosis_say(d, "%s%s (%s)", d->times > 0 ? ", " : "", name, st == ALG_MUST_NOT ? "must not be used" : "should not be used");
	if (st == ALG_MUST_NOT)
		d->severity = SEVERITY_WARNING;
	d->times++;
}

static bool is_weak(enum alg_status st)
{
	return st == ALG_MUST_NOT || st == ALG_SHOULD_NOT;
}

static bool weak_ike(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;
	char who[INSPECT_WORDS];
	bool weak = (k->encr != NULL && is_weak(k->encr->ike)) || (k->integ != NULL && is_weak(k->integ->ike)) ||
	    (k->prf != NULL && is_weak(k->prf->ike)) || (k->ke != NULL && is_weak(k->ke->ike));

	if (!weak)
		return false;
	diagnosis_say(d, "%s: ", inspect_ike(who, k));
	if (k->encr != NULL && is_weak(k->encr->ike))
		add_word(d, k->encr->name, k->encr->ike);
	if (k->integ != NULL && is_weak(k->integ->ike))
		add_word(d, k->integ->name, k->integ->ike);
	if (k->prf != NULL && is_weak(k->prf->ike))
		add_word(d, k->prf->name, k->prf->ike);
	if (k->ke != NULL && is_weak(k->ke->ike))
		add_word(d, k->ke->name, k->ke->ike);
	d->times = 1;
	diagnosis_show_at(d, k->first);
	return true;
}

static bool weak_esp(const struct subject *s, struct diagnosis *d)
{
	const struct sa *sa = s->sa->sa;
	char who[INSPECT_WORDS];
	bool encr, integ;

	if (sa == NULL)
		return false;
	encr = sa->encr != NULL && sa->encr->kind != ENCR_KIND_NULL && is_weak(sa->encr->status);
	integ = sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE && is_weak(sa->integ->status);
	if (!encr && !integ)
		return false;
	diagnosis_say(d, "%s: ", inspect_sa(who, s->sa));
	if (encr)
		add_word(d, sa->encr->name, sa->encr->status);
	if (integ)
		add_word(d, sa->integ->name, sa->integ->status);
	d->times = 1;
	diagnosis_show_at(d, s->sa->first);
	return true;
}

static bool unprotected(const struct subject *s, struct diagnosis *d)
{
	const struct sa *sa = s->sa->sa;
	char who[INSPECT_WORDS];

	if (sa == NULL || sa->proto != SA_ESP || sa->encr == NULL || sa->integ == NULL || sa->integ->kind != INTEG_KIND_NONE ||
	    sa->encr->icv > 0)
		return false;
	diagnosis_show_at(d, s->sa->first);
	diagnosis_say(d, "%s: without integrity: anybody can change what it carries, and often read it so", inspect_sa(who, s->sa));
	return true;
}

static bool null_encr(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS], text[CIPHER_TEXT];
	unsigned percent = 0;
	bool known = sa->sa != NULL && sa->sa->encr != NULL;

	if (sa->proto != SA_ESP || (known && sa->sa->encr->kind != ENCR_KIND_NULL && sa->sa->encr->kind != ENCR_KIND_GMAC))
		return false;
	if (!known && cipher_guess(&sa->cipher, text, &percent, NULL) != CIPHER_NULL)
		return false;
	diagnosis_show_at(d, sa->first);
	diagnosis_say(d, "%s: not encrypted%s", inspect_sa(who, sa), known ? "" : ", as its packets show");
	return true;
}

static bool small_block(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->sa == NULL || sa->sa->encr == NULL || sa->sa->encr->block != BLOCK_64 || sa->body_bytes < SWEET)
		return false;
	diagnosis_show_at(d, sa->last);
	diagnosis_say(d, "%s: %llu octets under one key of a cipher with 64-bit blocks: blocks repeat and tell of their content",
	    inspect_sa(who, sa), (unsigned long long)sa->body_bytes);
	return true;
}

static bool expired(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;

	for (unsigned i = 0; i < k->ncert; i++) {
		const struct model_cert *c = &k->cert[i];
		int64_t at = c->at.ns / NS;

		if (at >= c->not_before && at <= c->not_after)
			continue;
		diagnosis_show_at(d, c->at);
		diagnosis_say(d, "%s\"%s\" of the %s %s when it was sent", d->text[0] != '\0' ? "; " : "certificate ", c->subject,
		    c->by_initiator ? "initiator" : "responder", at > c->not_after ? "had expired" : "was not valid yet");
	}
	return d->text[0] != '\0';
}

static bool weak_cert(const struct subject *s, struct diagnosis *d)
{
	const struct model_ike *k = s->ike;

	for (unsigned i = 0; i < k->ncert; i++) {
		const struct model_cert *c = &k->cert[i];
		bool small = strcmp(c->type, "rsa") == 0 && c->bits < RSA_LEAST;
		bool hash = strstr(c->signature, "sha1") != NULL || strstr(c->signature, "md5") != NULL ||
		    strstr(c->signature, "SHA1") != NULL || strstr(c->signature, "MD5") != NULL;

		if (!small && !hash)
			continue;
		diagnosis_show_at(d, c->at);
		if (small)
			diagnosis_say(d, "%s\"%s\" has an RSA key of %u bits", d->text[0] != '\0' ? "; " : "certificate ", c->subject, c->bits);
		if (hash)
			diagnosis_say(d, "%s\"%s\" is signed with %s", d->text[0] != '\0' ? "; " : "certificate ", c->subject, c->signature);
	}
	return d->text[0] != '\0';
}

const struct diagnose_row diagnose_weak_rows[] = {
	{ "no-integrity", SEVERITY_ERROR, SCOPE_SA, 57, unprotected, "use an AEAD such as aes256gcm16, or an integrity algorithm", "RFC 8221 4" },
	{ "cert-validity", SEVERITY_ERROR, SCOPE_IKE, 93, expired, "renew the certificate, and check the clocks of both ends", "RFC 4945 5.1.3" },
	{ "weak-ike", SEVERITY_INFO, SCOPE_IKE, 22, weak_ike, "use aes256gcm16-prfsha384-ecp384 or aes128-sha256-modp3072 and the like", "RFC 8247" },
	{ "weak-esp", SEVERITY_INFO, SCOPE_SA, 21, weak_esp, "use aes256gcm16, aes128gcm16 or chacha20poly1305", "RFC 8221" },
	{ "null-encryption", SEVERITY_INFO, SCOPE_SA, 24, null_encr, "nothing, if that is meant; else choose a cipher", "RFC 2410, RFC 5879" },
	{ "block-64-limit", SEVERITY_WARNING, SCOPE_SA, 49, small_block, "rekey by bytes, or leave 3DES, Blowfish and CAST", "RFC 8221 5" },
	{ "weak-certificate", SEVERITY_WARNING, SCOPE_IKE, 39, weak_cert, "make certificates with 2048 bits and SHA-256 at least", "RFC 8247 3" },
	{ .id = NULL }
};
