#include "cli/cert_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cert_ca.h"
#include "crypto/rng.h"

enum { PATH_ROOM = 4096, RNG_USES = 4 };
enum { USE_KEY, USE_CERT, USE_WRITE, USE_ARCHIVE };

/* All of one run. */
struct work {
	struct cli *cli;
	struct cert_opts *o;
	const char *prefix;
	struct keyout *out;
	struct rng *rng[RNG_USES];	/* one for each use, so that none moves the others */
	struct secret pass;
	struct cert_ca ca;
	struct pkey *key;
	struct cert *cert;
	char *pem;
	size_t n_pem;
	struct secret key_pem, archive;
};

static int fork_all(struct work *w, const struct rng *rng, struct err *e)
{
	static const char *const domains[RNG_USES] = { "key", "certificate", "file", "archive" };
	struct secret s;

	for (int i = 0; i < RNG_USES; i++) {
		if (secret_new(&w->out->arena, &s, sizeof **w->rng, e) < 0)
			return -1;
		w->rng[i] = (struct rng *)(void *)s.p;
		rng_fork(w->rng[i], rng, domains[i], 0);
	}
	return 0;
}

static int make(struct work *w, struct err *e)
{
	struct cert_opts *o = w->o;
	struct cert_plan *p = &o->plan;

	if ((w->key = pkey_make(o->type, o->bits, o->curve, w->rng[USE_KEY], e)) == NULL)
		return -1;
	p->key = w->key;
	p->issuer = o->ca != NULL ? w->ca.certs.cert[0] : NULL;
	p->issuer_key = w->ca.key;
	p->rng = w->rng[USE_CERT];
	if ((w->cert = cert_make(p, e)) == NULL)
		return o->ca != NULL ? err_in(e, "%s", o->ca) : -1;
	if (cert_write_pem(w->cert, &w->pem, &w->n_pem, e) < 0 ||
	    pkey_write_private(w->key, (struct span){ w->pass.p, w->pass.n }, w->rng[USE_WRITE], &w->out->arena,
	    &w->key_pem, e) < 0)
		return -1;
	return !o->pkcs12 ? 0 : cert_write_pkcs12(w->cert, w->key, o->ca != NULL ? &w->ca.certs : NULL,
	    (const char *)w->pass.p, w->rng[USE_ARCHIVE], &w->out->arena, &w->archive, e);
}

static int put_file(struct work *w, const char *suffix, struct span what, struct err *e)
{
	struct out_file f = OUT_FILE_INIT;
	struct secret buffer;
	char path[PATH_ROOM];
	FILE *to;

	if ((size_t)snprintf(path, sizeof path, "%s%s", w->prefix, suffix) >= sizeof path)
		return err_set(e, "\"%.80s...\" is too long", w->prefix);
	if (secret_new(&w->out->arena, &buffer, what.n + 1, e) < 0 || out_file_open(&f, path, false, e) < 0)
		return -1;
	if ((to = out_file_stream(&f, buffer.p, buffer.n, e)) == NULL) {
		out_file_abandon(&f);
		return -1;
	}
	fwrite(what.p, 1, what.n, to);		/* the close tells */
	return out_file_end(&f, to, e);
}

static void put_text(FILE *to, const char *name, struct span text)
{
	fprintf(to, ",\"%s\":\"", name);
	esc_json(to, (const char *)text.p, text.n);
	fputc('"', to);
}

static void put_hex(FILE *to, const char *name, struct span bytes)
{
	fprintf(to, ",\"%s\":\"", name);
	for (size_t i = 0; i < bytes.n; i++)
		fprintf(to, "%02x", bytes.p[i]);
	fputc('"', to);
}

static void put_path(FILE *to, const char *name, const char *prefix, const char *suffix)
{
	fprintf(to, ",\"%s\":\"", name);
	esc_json(to, prefix, strlen(prefix));
	fprintf(to, "%s\"", suffix);
}

static void write_json(const struct work *w)
{
	const struct cert_fields *f = cert_fields(w->cert);
	FILE *to = w->out->to;
	char begin[TIME_TEXT], end[TIME_TEXT];

	fprintf(to, "{\"type\":\"event\",\"event\":\"certificate\"");
	put_text(to, "subject", f->subject);
	put_text(to, "issuer", f->issuer);
	put_hex(to, "serial", f->serial);
	fprintf(to, ",\"not_before\":\"%s\",\"not_after\":\"%s\",\"ca\":%s,\"key\":\"%s\",\"bits\":%u",
	    time_format(begin, f->not_before * 1000000000), time_format(end, f->not_after * 1000000000),
	    f->ca ? "true" : "false", f->key.type, f->key.bits);
	put_text(to, "signature", f->signature);
	put_hex(to, "sha256", (struct span){ f->sha256, sizeof f->sha256 });
	put_path(to, "cert_file", w->prefix, ".pem");
	put_path(to, "key_file", w->prefix, ".key");
	if (w->o->pkcs12)
		put_path(to, "pkcs12_file", w->prefix, ".p12");
	fprintf(to, "%s}\n", w->rng[0]->seeded ? ",\"insecure\":\"seed\"" : "");
}

/* The key first: a certificate without one is of no use. */
static int write_all(struct work *w, struct err *e)
{
	struct span key = { w->key_pem.p, w->key_pem.n }, pem = { (uint8_t *)w->pem, w->n_pem };

	if (w->prefix == NULL) {
		fwrite(key.p, 1, key.n, w->out->to);
		fwrite(pem.p, 1, pem.n, w->out->to);
		return 0;
	}
	if (put_file(w, ".key", key, e) < 0 || put_file(w, ".pem", pem, e) < 0 ||
	    (w->o->pkcs12 && put_file(w, ".p12", (struct span){ w->archive.p, w->archive.n }, e) < 0))
		return -1;
	if (w->cli->json)
		write_json(w);
	return 0;
}

int cert_out_write(struct cli *cli, struct cert_opts *o, const char *prefix, struct keyout *out, struct rng *rng,
    struct err *e)
{
	struct work w = { .cli = cli, .o = o, .prefix = prefix, .out = out };
	int rc = -1;

	if (fork_all(&w, rng, e) == 0 && cert_ca_passphrase(o->pass, &out->arena, &w.pass, e) == 0 &&
	    (o->ca == NULL || cert_ca_read(&w.ca, o->ca, o->ca_key, o->ca_pass, &out->arena, e) == 0) && make(&w, e) == 0)
		rc = write_all(&w, e);
	cert_ca_clear(&w.ca);
	pkey_free(w.key);
	cert_free(w.cert);
	free(w.pem);
	return rc;
}
