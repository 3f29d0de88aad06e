/*
 * ipsec-keygen - random material for IPsec: keys, secrets, SPIs, whole SAs, certificates.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cert_out.h"
#include "cli/crl_opts.h"
#include "cli/psk_opts.h"
#include "cli/sa_opts.h"
#include "cli/sub.h"
#include "crypto/rng.h"
#include "ike/derive.h"
#include "report/alg_table.h"
#include "sa/desc.h"
#include "sa/make.h"

enum { KEY_SEED = 256 };
enum { DERIVE_MAX = 1 << 20 };		/* bytes of what derive reads */

/* What every subcommand has: where to write, and where bytes come from. */
static struct job {
	struct cli *cli;
	const char *path, *seed;
	struct keyout out;
	struct rng *rng;		/* in out's arena */
} job = { .out = KEYOUT_INIT };

static const struct opt shared[] = {
	{ 'o', "out", "FILE", "write to FILE, readable by its owner only; - is stdout, the default" },
	{ KEY_SEED, "seed", "HEX", "the same output for the same seed: for tests, not secret" },
	{ 0 }
};

static const struct opt spi_rows[] = {
	{ 'n', "number", "N", "how many, all different (default 1)" },
	{ 0 }
};

static int take_shared(int key, struct err *e)
{
	const char **place = key == 'o' ? &job.path : &job.seed;

	if (*place != NULL)
		return err_set(e, "option --%s given twice: \"%s\" and \"%s\"", job.cli->opt.row->name, *place,
		    job.cli->opt.value);
	*place = job.cli->opt.value;
	return 0;
}

/* The options of a subcommand that has none of its own. */
static int take_all(struct cli *cli, struct err *e)
{
	int key;

	job.cli = cli;
	while ((key = cli_next(cli, e)) > 0)
		if (take_shared(key, e) < 0)
			return -1;
	return key;
}

/* After the options: the generator, and the place for what it makes. */
static int job_begin(struct err *e)
{
	struct secret rng;
	char domain[64];

	if (secret_new(&job.out.arena, &rng, sizeof *job.rng, e) < 0)
		return -1;
	job.rng = (struct rng *)(void *)rng.p;
	snprintf(domain, sizeof domain, "%s %s", job.cli->tool->name, job.cli->sub->name);
	rng_init_system(job.rng);
	if (job.seed != NULL && rng_init_hex(job.rng, job.seed, domain, e) < 0)
		return err_in(e, "option --seed");
	return keyout_open(&job.out, job.cli, job.path, e);
}

/* What came of a seed is no secret; a descriptor says so itself, for the rest we do. */
static int job_end(bool secret, struct err *e)
{
	if (secret && job.seed != NULL)
		cli_message(job.cli, 0, NULL, "made from --seed: who knows the seed knows this; for tests alone");
	return keyout_close(&job.out, job.cli, secret && job.seed == NULL, e);
}

/* The members that every result in JSON ends in. */
static void json_end(void)
{
	fprintf(job.out.to, "%s}\n", job.seed != NULL ? ",\"insecure\":\"seed\"" : "");
}

static void write_key(const char *kind, const char *name, unsigned bits, const struct secret *key)
{
	const char *hex = keyout_hex(&job.out, key);

	if (!job.cli->json) {
		fprintf(job.out.to, "%s\n", hex);
		return;
	}
	fprintf(job.out.to, "{\"type\":\"event\",\"event\":\"key\",\"%s\":\"%s\",\"bits\":%u,\"key\":\"%s\"",
	    kind, name, bits, hex);
	json_end();
}

/* What the words of a proposal left open or what was passed over. */
static void note_proposal(const struct proposal *p, const char *word)
{
	char text[PROPOSAL_MAX];

	if (p->bits_assumed)
		cli_message(job.cli, 0, word, "no key size said for %s: %u bits taken", p->encr->name, p->encr_bits);
	if (p->skipped[0] != '\0')
		cli_message(job.cli, 0, word, "%s is for IKE, and skipped", p->skipped);
	cli_message(job.cli, 1, word, "%s", proposal_format(text, p));
}

static int write_keys(const char *word, uint64_t number, struct err *e)
{
	struct proposal p;
	struct make m = { .proposal = &p, .rng = job.rng, .arena = &job.out.arena };
	struct sa sa;

	sa_init(&sa);
	if (proposal_parse(&p, word, e) < 0 || make_keys(&sa, &m, number, e) < 0)
		return -1;
	note_proposal(&p, word);
	if (sa.encr_key.n > 0)
		write_key("encr", p.encr->name, p.encr_bits, &sa.encr_key);
	if (sa.integ_key.n > 0)
		write_key("integ", p.integ->name, p.integ->key * 8u, &sa.integ_key);
	return 0;
}

static int check_word(const char *word, struct err *e)
{
	struct proposal p;

	if (proposal_parse(&p, word, e) < 0)
		return err_in(e, "\"%.*s\"", PROPOSAL_MAX, word);
	if (p.encr_bits == 0 && (p.integ == NULL || p.integ->key == 0))
		return err_set(e, "\"%s\" has no key", word);
	return 0;
}

static int run_key(struct cli *cli, struct err *e)
{
	if (take_all(cli, e) < 0)
		return -1;
	if (cli->nwords == 0)
		return err_set(e, "wanted the name of an algorithm, such as aes256gcm16");
	for (int i = 0; i < cli->nwords; i++)
		if (check_word(cli->words[i], e) < 0)
			return -1;
	if (job_begin(e) < 0)
		return -1;
	for (int i = 0; i < cli->nwords; i++)
		if (write_keys(cli->words[i], (uint64_t)i, e) < 0)
			return -1;
	return job_end(true, e);
}

static int write_psk(struct psk_opts *p, struct err *e)
{
	if (psk_opts_make(p, &job.out, job.rng, e) < 0)
		return -1;
	if (p->bits < 128)
		cli_message(job.cli, 0, NULL, "%llu bits can be found by trying them against one negotiation seen",
		    (unsigned long long)p->bits);
	if (!job.cli->json) {
		psk_write(job.out.to, (enum psk_format)p->format, &p->psk);
		return 0;
	}
	fprintf(job.out.to, "{\"type\":\"event\",\"event\":\"psk\",\"bits\":%llu,\"psk\":\"%s\"",
	    (unsigned long long)p->bits, p->psk.hex);
	json_end();
	return 0;
}

static int run_psk(struct cli *cli, struct err *e)
{
	struct psk_opts p = PSK_OPTS_INIT;
	int key;

	job.cli = cli;
	while ((key = cli_next(cli, e)) > 0)
		if ((key >= PSK_OPTS_KEY ? psk_opts_take(&p, cli, key, e) : take_shared(key, e)) < 0)
			return -1;
	if (key < 0 || psk_opts_check(&p, cli, e) < 0 || job_begin(e) < 0 || write_psk(&p, e) < 0)
		return -1;
	return job_end(true, e);
}

static int write_spis(uint64_t n, struct err *e)
{
	uint32_t *spi = calloc(n, sizeof *spi);
	int rc;

	if (spi == NULL)
		return err_nomem(e);
	rc = make_spis(spi, n, job.rng, e);
	for (uint64_t i = 0; rc == 0 && i < n; i++)
		if (!job.cli->json) {
			fprintf(job.out.to, "0x%08x\n", spi[i]);
		} else {
			fprintf(job.out.to, "{\"type\":\"event\",\"event\":\"spi\",\"spi\":\"0x%08x\"", spi[i]);
			json_end();
		}
	free(spi);
	return rc;
}

static int run_spi(struct cli *cli, struct err *e)
{
	uint64_t n = 1;
	int key;

	job.cli = cli;
	while ((key = cli_next(cli, e)) > 0) {
		if (key != 'n' && take_shared(key, e) < 0)
			return -1;
		if (key == 'n' && uint_parse(&n, cli->opt.value, strlen(cli->opt.value), 1, MAKE_SPIS, e) < 0)
			return cli_bad_value(cli, "number", e);
	}
	if (key < 0 || job_begin(e) < 0 || write_spis(n, e) < 0)
		return -1;
	return job_end(false, e);
}

static int write_sas(struct sa_opts *o, struct err *e)
{
	struct make m = { .proposal = &o->proposal, .rng = job.rng, .arena = &job.out.arena, .id = o->id };
	struct sa back;
	int rc;

	sa_init(&back);
	note_proposal(&o->proposal, o->word);
	if (job.seed != NULL && (o->sa.insecure = strdup("seed")) == NULL)
		return err_nomem(e);
	rc = o->pair ? make_pair(&o->sa, &back, &m, e) : make_sa(&o->sa, &m, e);
	if (rc == 0)
		desc_write(job.out.to, &o->sa, true);
	if (rc == 0 && o->pair)
		desc_write(job.out.to, &back, true);
	sa_clear(&back);
	return rc;
}

static int run_sa(struct cli *cli, struct err *e)
{
	struct sa_opts o;
	int key, rc = 0;

	job.cli = cli;
	sa_opts_init(&o);
	while (rc == 0 && (key = cli_next(cli, e)) != 0)
		rc = key < 0 ? -1 : key >= SA_OPTS_KEY ? sa_opts_take(&o, cli, key, e) : take_shared(key, e);
	if (rc == 0 && (sa_opts_check(&o, e) < 0 || job_begin(e) < 0 || write_sas(&o, e) < 0 ||
	    keyout_close(&job.out, cli, job.seed == NULL, e) < 0))
		rc = -1;
	sa_opts_clear(&o);
	return rc;
}

/* Certificates have files of their own: -o is what their names begin with. */
static int run_certificate(struct cli *cli, bool ca, struct err *e)
{
	static struct cert_opts o;
	const char *prefix;
	int key;

	job.cli = cli;
	cert_opts_init(&o, ca);
	while ((key = cli_next(cli, e)) > 0)
		if ((key >= CERT_OPTS_KEY ? cert_opts_take(&o, cli, key, e) : take_shared(key, e)) < 0)
			return -1;
	if (key < 0 || cert_opts_check(&o, time(NULL), job.seed != NULL, e) < 0)
		return -1;
	prefix = job.path != NULL && strcmp(job.path, "-") != 0 ? job.path : NULL;
	job.path = NULL;
	if (prefix == NULL && (cli->json || o.pkcs12))
		return err_set(e, "found --%s, wanted --out PREFIX for the files", cli->json ? "json" : "pkcs12");
	if (job_begin(e) < 0 || cert_out_write(cli, &o, prefix, &job.out, job.rng, e) < 0)
		return -1;
	return job_end(prefix == NULL || job.seed != NULL, e);
}

static int run_ca(struct cli *cli, struct err *e)
{
	return run_certificate(cli, true, e);
}

static int run_cert(struct cli *cli, struct err *e)
{
	return run_certificate(cli, false, e);
}

static int run_crl(struct cli *cli, struct err *e)
{
	static struct crl_opts o;
	int key;

	job.cli = cli;
	crl_opts_init(&o);
	while ((key = cli_next(cli, e)) > 0)
		if ((key >= CRL_OPTS_KEY ? crl_opts_take(&o, cli, key, e) : take_shared(key, e)) < 0)
			return -1;
	if (key < 0 || crl_opts_check(&o, time(NULL), job.seed != NULL, e) < 0)
		return -1;
	if (cli->json)
		return err_set(e, "found --json: a revocation list is PEM alone");
	if (job_begin(e) < 0 || crl_opts_write(&o, job.out.to, job.rng, &job.out.arena, e) < 0)
		return -1;
	return job_end(false, e);
}

static int run_derive(struct cli *cli, struct err *e)
{
	static struct derive d;
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (take_all(cli, e) < 0)
		return -1;
	if (job.seed != NULL)
		return err_set(e, "option --seed: nothing here is random");
	if (isatty(STDIN_FILENO))
		return err_set(e, "a JSON object is read from stdin, which is a terminal: give a pipe or a file");
	rc = io_read_all("-", DERIVE_MAX, &text, &n, e);
	if (rc == 0 && (rc = derive_parse(&d, "stdin", text, n, &job.out.arena, e)) == 0 &&
	    (rc = derive_run(&d, &job.out.arena, e)) < 0)
		err_in(e, "stdin");
	if (rc == 0 && (rc = job_begin(e)) == 0 && (rc = derive_write(job.out.to, &d, e)) == 0)
		rc = job_end(true, e);
	if (text != NULL)
		wipe(text, n);
	free(text);
	return rc;
}

/* For completions. */
static const char *alg_words(const char *option, size_t i)
{
	return option == NULL ? alg_table_name(i) : NULL;
}

static const struct cli_sub subs[] = {
	{ .name = "key", .usage = "NAME... [option ...]", .run = run_key, .takes = CLI_TAKES_WORDS,
	  .words = alg_words,
	  .what = "a key for each algorithm, in hex, the salt last",
	  .more = "NAME is of any dialect: aes256gcm16, aes-gcm-16-256, ENCR_3DES, \"cbc(aes)-256\", hmac-sha1-96;\n"
	    "a proposal such as aes256-sha256 gives both of its keys.\n" },
	{ .name = "psk", .usage = "[option ...]", .run = run_psk, .own = psk_opts_rows,
	  .what = "a pre-shared secret for IKE",
	  .more = "Example:\n  ipsec-keygen psk --format swanctl --id gw.example.org -o /etc/swanctl/conf.d/psk.conf\n" },
	{ .name = "spi", .usage = "[-n N] [option ...]", .run = run_spi, .own = spi_rows,
	  .what = "SPIs from 256 to 2^32-1" },
	{ .name = "sa", .usage = "--proposal WORD --src ADDRESS --dst ADDRESS [option ...]", .run = run_sa,
	  .own = sa_opts_rows, .what = "SA descriptors for the other tools",
	  .more = "Example:\n  ipsec-keygen sa --proposal aes256gcm16-esn --src 192.0.2.1 --dst 192.0.2.2 --pair -o sa.json\n" },
	{ .name = "ca", .usage = "--subject NAME [-o PREFIX] [option ...]", .run = run_ca, .own = cert_opts_ca_rows,
	  .what = "an authority's key and certificate, for IKE tests",
	  .more = "Writes PREFIX.key and PREFIX.pem; without -o both to stdout.\n"
	    "Example:\n  ipsec-keygen ca --type ed25519 --subject \"O=Lab, CN=Root\" -o root\n" },
	{ .name = "cert", .usage = "--subject NAME [--ca FILE --ca-key FILE] [-o PREFIX] [option ...]", .run = run_cert,
	  .own = cert_opts_rows, .what = "a peer's key and certificate, for IKE tests",
	  .more = "Writes PREFIX.key and PREFIX.pem; without -o both to stdout.\n"
	    "Example:\n  ipsec-keygen cert --ca root.pem --ca-key root.key --subject CN=gw --san gw.example -o gw\n" },
	{ .name = "crl", .usage = "--ca FILE --ca-key FILE [--revoke FILE] [option ...]", .run = run_crl,
	  .own = crl_opts_rows, .what = "an authority's list of certificates that are no longer good, for IKE tests",
	  .more = "Example:\n  ipsec-keygen crl --ca root.pem --ca-key root.key --revoke gw.pem -o root.crl\n" },
	{ .name = "derive", .usage = "[option ...] <FILE", .run = run_derive,
	  .what = "the keys of IKE, or of a child SA, from what they are made of: one JSON object on stdin",
	  .more = "Example:\n  echo '{\"prf\":\"hmac-sha2-256\",\"sk_d\":\"...\",\"ni\":\"...\",\"nr\":\"...\",'\\\n"
	    "    '\"child\":{\"encr\":\"aes256gcm16\"}}' | ipsec-keygen derive\n" },
	{ .name = NULL }
};

static const struct cli_tool tool = {
	.name = "ipsec-keygen",
	.usage = "SUBCOMMAND [option ...]",
	.what = "random material for IPsec: keys, secrets, SPIs, whole SAs, certificates; keys from what they are "
	    "made of.",
	.more = "ipsec-keygen SUBCOMMAND --help tells the rest.\n",
	.own = shared,
	.subs = subs,
};

int main(int argc, char **argv)
{
	static struct cli cli;
	int status = cli_sub_main(&cli, &tool, argc, argv);

	keyout_end(&job.out);
	return status;
}
