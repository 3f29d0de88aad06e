#include "cli/cert_opts.h"

#include <string.h>

#include "base/names.h"
#include "base/text.h"

enum { KEY_TYPE = CERT_OPTS_KEY, KEY_BITS, KEY_CURVE, KEY_SUBJECT, KEY_DAYS, KEY_BEGIN, KEY_END, KEY_CA, KEY_CA_KEY,
	KEY_CA_PASS, KEY_PASS, KEY_PATH_LEN, KEY_PSS, KEY_SAN, KEY_EKU, KEY_PKCS12 };
enum { RSA_BITS = 3072, RSA_LEAST = 2048, RSA_MOST = 8192 };
enum { CA_DAYS = 3650, CERT_DAYS = 1095, SEED_DAYS = 9125, DAYS_MOST = 100 * 366 };

static const int64_t day = 24 * 60 * 60, second = 1000000000;
static const int64_t seed_begin = 1735689600;		/* 2025-01-01T00:00:00Z */

#define TYPES "rsa|ecdsa|ed25519|ed448"
#define CURVES "secp256r1|secp384r1|secp521r1|brainpoolP256r1|brainpoolP384r1|brainpoolP512r1"
#define KEY_ROWS \
	{ KEY_TYPE, "type", TYPES, "the new key (default ecdsa)" }, \
	{ KEY_BITS, "bits", "N", "of an RSA key: 2048 to 8192 (default 3072)" }, \
	{ KEY_CURVE, "curve", CURVES, "of an ECDSA key (default secp256r1)" }, \
	{ KEY_SUBJECT, "subject", "NAME", "distinguished name: \"C=CH, O=Example, CN=gw\"" }, \
	{ KEY_DAYS, "days", "N", "valid for so long (default: ca 3650, cert 1095)" }, \
	{ KEY_BEGIN, "not-before", "TIME", "valid from, as 2026-01-31T00:00:00Z (default now)" }, \
	{ KEY_END, "not-after", "TIME", "valid until" }, \
	{ KEY_PASS, "key-passphrase-file", "FILE", "encrypt the new key with the passphrase in it" }, \
	{ KEY_CA_PASS, "ca-passphrase-file", "FILE", "passphrase of --ca-key" }, \
	{ KEY_PSS, "pss", NULL, "an RSA authority signs by RSASSA-PSS" }

const struct opt cert_opts_ca_rows[] = {
	KEY_ROWS,
	{ KEY_CA, "ca", "FILE", "an intermediate authority: certificate of the one above" },
	{ KEY_CA_KEY, "ca-key", "FILE", "private key of --ca" },
	{ KEY_PATH_LEN, "path-len", "N", "so many authorities may follow below it" },
	{ 0 }
};

const struct opt cert_opts_rows[] = {
	KEY_ROWS,
	{ KEY_CA, "ca", "FILE", "certificate of the authority (default: self-signed)" },
	{ KEY_CA_KEY, "ca-key", "FILE", "private key of --ca" },
	{ KEY_SAN, "san", "NAME", "whom it names: host, address, e-mail, uri:..., dn:...; may be repeated" },
	{ KEY_EKU, "eku", "NAMES", "purposes, with commas (default serverAuth,clientAuth,ipsecIKE); or none" },
	{ KEY_PKCS12, "pkcs12", NULL, "also PREFIX.p12 of key and certificates, by --key-passphrase-file" },
	{ 0 }
};

void cert_opts_init(struct cert_opts *o, bool ca)
{
	*o = (struct cert_opts){ .plan = { .ca = ca, .path_len = -1 }, .type = "ecdsa" };
	for (size_t i = 0; !ca && i < 3; i++)
		o->plan.purpose[o->plan.n_purpose++] = cert_purpose_row(i);
}

static int take_number(uint64_t *to, const char *v, uint64_t least, uint64_t most, struct err *e)
{
	return uint_parse(to, v, strlen(v), least, most, e);
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

static int take_name(struct cert_opts *o, const char *v, struct err *e)
{
	size_t i = o->plan.n_name;

	if (i == CERT_MAKE_NAMES)
		return err_set(e, "wanted at most %d of them", CERT_MAKE_NAMES);
	if (cert_name_parse(&o->plan.name[i], v, o->room[i], sizeof o->room[i], e) < 0)
		return -1;
	o->plan.n_name++;
	return 0;
}

static int unknown_purpose(const char *word, struct err *e)
{
	struct nearest near = { 0 };

	for (size_t i = 0; cert_purpose_row(i) != NULL; i++)
		nearest_offer(&near, word, cert_purpose_row(i)->name);
	if (nearest_name(&near, word) != NULL)
		return err_set(e, "unknown purpose \"%s\", nearest is \"%s\"", word, nearest_name(&near, word));
	return err_set(e, "unknown purpose \"%s\", wanted such as serverAuth, clientAuth, ipsecIKE", word);
}

static int take_purposes(struct cert_plan *p, const char *v, struct err *e)
{
	char word[64];

	p->n_purpose = 0;
	if (name_eq(v, "none"))
		return 0;
	for (;;) {
		size_t n = strcspn(v, ",");
		const struct cert_purpose *row;

		if (p->n_purpose == CERT_PURPOSES)
			return err_set(e, "wanted at most %d of them", CERT_PURPOSES);
		snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), v);
		if ((row = cert_purpose_by_name(word)) == NULL)
			return unknown_purpose(word, e);
		p->purpose[p->n_purpose++] = row;
		if (v[n] == '\0')
			return 0;
		v += n + 1;
	}
}

static int take_subject(struct cert_opts *o, const char *v, struct err *e)
{
	int n = dn_parse(v, o->subject_der, sizeof o->subject_der, e);

	o->plan.subject = (struct span){ o->subject_der, n > 0 ? (size_t)n : 0 };
	return n < 0 ? -1 : 0;
}

int cert_opts_take(struct cert_opts *o, struct cli *cli, int key, struct err *e)
{
	static const char *const types[] = { "rsa", "ecdsa", "ed25519", "ed448" };
	static const char *const curves[] = { "secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1",
		"brainpoolP384r1", "brainpoolP512r1" };
	const char *v = cli->opt.value;
	struct cert_plan *p = &o->plan;
	uint64_t n = 0;
	int rc = 0, i;

	switch (key) {
	case KEY_TYPE:
		if ((i = opt_word(&cli->opt, e)) < 0)
			return -1;
		o->type = types[i];
		break;
	case KEY_CURVE:
		if ((i = opt_word(&cli->opt, e)) < 0)
			return -1;
		o->curve = curves[i];
		break;
	case KEY_BITS:		rc = take_number(&n, v, RSA_LEAST, RSA_MOST, e); o->bits = (unsigned)n; break;
	case KEY_DAYS:		rc = take_number(&o->days, v, 1, DAYS_MOST, e); break;
	case KEY_PATH_LEN:	rc = take_number(&n, v, 0, CERT_CHAIN_MAX, e); p->path_len = (int)n; break;
	case KEY_SUBJECT:	rc = take_subject(o, v, e); break;
	case KEY_BEGIN:		rc = take_time(&p->not_before, &o->has_begin, v, e); break;
	case KEY_END:		rc = take_time(&p->not_after, &o->has_end, v, e); break;
	case KEY_SAN:		rc = take_name(o, v, e); break;
	case KEY_EKU:		rc = take_purposes(p, v, e); break;
	case KEY_CA:		o->ca = v; break;
	case KEY_CA_KEY:	o->ca_key = v; break;
	case KEY_CA_PASS:	o->ca_pass = v; break;
	case KEY_PASS:		o->pass = v; break;
	case KEY_PSS:		p->pss = true; break;
	case KEY_PKCS12:	o->pkcs12 = true; break;
	}
	return rc < 0 ? cli_bad_value(cli, cli->opt.row->name, e) : 0;
}

static int check_validity(struct cert_opts *o, int64_t now, bool seeded, struct err *e)
{
	struct cert_plan *p = &o->plan;
	uint64_t days = o->days != 0 ? o->days : seeded ? SEED_DAYS : p->ca ? CA_DAYS : CERT_DAYS;

	if (o->days != 0 && o->has_end)
		return err_set(e, "--days and --not-after both say when it ends");
	if (!o->has_begin)
		p->not_before = seeded ? seed_begin : now;
	if (!o->has_end)
		p->not_after = p->not_before + (int64_t)days * day;
	if (p->not_after < p->not_before)
		return err_set(e, "found --not-after before --not-before");
	return 0;
}

int cert_opts_check(struct cert_opts *o, int64_t now, bool seeded, struct err *e)
{
	bool rsa = strcmp(o->type, "rsa") == 0, ecdsa = strcmp(o->type, "ecdsa") == 0;

	if (o->plan.subject.n == 0)
		return err_set(e, "wanted --subject, such as \"CN=gw.example.org\"");
	if ((o->ca != NULL) != (o->ca_key != NULL))
		return err_set(e, "wanted both --ca and --ca-key, or neither");
	if (o->ca_pass != NULL && o->ca_key == NULL)
		return err_set(e, "found --ca-passphrase-file without --ca-key");
	if ((o->bits != 0 && !rsa) || (o->curve != NULL && !ecdsa))
		return err_set(e, "found --%s with --type %s", o->bits != 0 && !rsa ? "bits" : "curve", o->type);
	if (o->pkcs12 && o->pass == NULL)
		return err_set(e, "found --pkcs12 without --key-passphrase-file");
	if (o->bits == 0)
		o->bits = RSA_BITS;
	if (o->curve == NULL && ecdsa)
		o->curve = "secp256r1";
	return check_validity(o, now, seeded, e);
}
