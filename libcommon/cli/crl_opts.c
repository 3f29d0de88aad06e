#include "cli/crl_opts.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cert_ca.h"
#include "crypto/cert_make.h"

enum { KEY_CA = CRL_OPTS_KEY, KEY_CA_KEY, KEY_CA_PASS, KEY_REVOKE, KEY_DAYS, KEY_BEGIN, KEY_END, KEY_NUMBER, KEY_PSS };
enum { DAYS = 30, SEED_DAYS = 9125, DAYS_MOST = 100 * 366 };

static const int64_t day = 24 * 60 * 60, second = 1000000000;
static const int64_t seed_begin = 1735689600;		/* 2025-01-01T00:00:00Z */

const struct opt crl_opts_rows[] = {
	{ KEY_CA, "ca", "FILE", "certificate of the authority" },
	{ KEY_CA_KEY, "ca-key", "FILE", "private key of --ca" },
	{ KEY_CA_PASS, "ca-passphrase-file", "FILE", "passphrase of --ca-key" },
	{ KEY_REVOKE, "revoke", "FILE", "a certificate that is no longer good; may be repeated" },
	{ KEY_DAYS, "days", "N", "until the next list (default 30)" },
	{ KEY_BEGIN, "not-before", "TIME", "of this list, as 2026-01-31T00:00:00Z (default now)" },
	{ KEY_END, "not-after", "TIME", "when the next one comes" },
	{ KEY_NUMBER, "number", "N", "of this list (default 1)" },
	{ KEY_PSS, "pss", NULL, "an RSA authority signs by RSASSA-PSS" },
	{ 0 }
};

void crl_opts_init(struct crl_opts *o)
{
	*o = (struct crl_opts){ .number = 1 };
}

static int take_time(int64_t *to, bool *has, const char *v, struct err *e)
{
	int64_t ns;

	if (time_parse(&ns, v, strlen(v), e) < 0)
		return -1;
	*to = ns / second;
	*has = true;
	return 0;
}

int crl_opts_take(struct crl_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;
	int rc = 0;

	switch (key) {
	case KEY_CA:		o->ca = v; break;
	case KEY_CA_KEY:	o->ca_key = v; break;
	case KEY_CA_PASS:	o->ca_pass = v; break;
	case KEY_DAYS:		rc = uint_parse(&o->days, v, strlen(v), 1, DAYS_MOST, e); break;
	case KEY_BEGIN:		rc = take_time(&o->from, &o->has_from, v, e); break;
	case KEY_END:		rc = take_time(&o->to, &o->has_to, v, e); break;
	case KEY_NUMBER:	rc = uint_parse(&o->number, v, strlen(v), 0, INT64_MAX, e); break;
	case KEY_PSS:		o->pss = true; break;
	case KEY_REVOKE:
		if (o->n_revoke == CRL_OPTS_FILES)
			rc = err_set(e, "wanted at most %d of them", CRL_OPTS_FILES);
		else
			o->revoke[o->n_revoke++] = v;
		break;
	}
	return rc < 0 ? cli_bad_value(cli, cli->opt.row->name, e) : 0;
}

int crl_opts_check(struct crl_opts *o, int64_t now, bool seeded, struct err *e)
{
	if (o->ca == NULL || o->ca_key == NULL)
		return err_set(e, "wanted --ca and --ca-key: the authority whose list it is");
	if (o->days != 0 && o->has_to)
		return err_set(e, "--days and --not-after both say when the next list comes");
	if (!o->has_from)
		o->from = seeded ? seed_begin : now;
	if (!o->has_to)
		o->to = o->from + (int64_t)(o->days != 0 ? o->days : seeded ? SEED_DAYS : DAYS) * day;
	return o->to < o->from ? err_set(e, "found --not-after before --not-before") : 0;
}

/* All certificates of a file: of a chain, those that are of another issuer are an error. */
static int read_revoked(struct cert_set *s, const char *path, struct err *e)
{
	size_t had = s->ncert, n = 0;
	char *text = NULL;
	int rc;

	if (io_read_all(path, CERT_FILE_MAX, &text, &n, e) < 0)
		return -1;
	rc = cert_set_read(s, (struct span){ (const uint8_t *)text, n }, NULL, e);
	if (rc >= 0 && s->ncert == had)
		rc = err_set(e, "no certificate in it");
	wipe(text, n);
	free(text);
	return rc < 0 ? err_in(e, "%s", path) : 0;
}

int crl_opts_write(const struct crl_opts *o, FILE *to, struct rng *rng, struct arena *a, struct err *e)
{
	struct cert_ca ca = { .key = NULL };
	struct cert_set revoked = { .ncert = 0 };
	struct crl *crl = NULL;
	char *pem = NULL;
	size_t n;
	int rc = cert_ca_read(&ca, o->ca, o->ca_key, o->ca_pass, a, e);

	for (size_t i = 0; rc == 0 && i < o->n_revoke; i++)
		rc = read_revoked(&revoked, o->revoke[i], e);
	if (rc == 0) {
		struct crl_plan plan = { .issuer = ca.certs.cert[0], .issuer_key = ca.key,
			.revoked = (const struct cert *const *)revoked.cert, .n_revoked = revoked.ncert, .this_update = o->from,
			.next_update = o->to, .number = o->number, .pss = o->pss, .rng = rng };

		if ((crl = crl_make(&plan, e)) == NULL)
			rc = err_in(e, "%s", o->ca);
		else if ((rc = crl_write_pem(crl, &pem, &n, e)) == 0)
			fwrite(pem, 1, n, to);		/* the close tells */
	}
	free(pem);
	crl_free(crl);
	cert_set_clear(&revoked);
	cert_ca_clear(&ca);
	return rc;
}
