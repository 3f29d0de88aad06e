#include "cli/psk_opts.h"

#include <string.h>

#include "base/text.h"
#include "crypto/rng.h"

enum { KEY_BITS = PSK_OPTS_KEY, KEY_FORMAT, KEY_ID };
enum { BITS_MAX = 4096 };

const struct opt psk_opts_rows[] = {
	{ KEY_BITS, "bits", "N", "strength: a multiple of 8 (default 256)" },
	{ KEY_FORMAT, "format", "hex|base64|swanctl|libreswan", "how it is written (default hex)" },
	{ KEY_ID, "id", "NAME", "whose secret it is, for swanctl and libreswan; may be repeated" },
	{ 0 }
};

int psk_opts_take(struct psk_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;

	switch (key) {
	case KEY_BITS:
		if (uint_parse(&o->bits, v, strlen(v), 8, BITS_MAX, e) < 0)
			return cli_bad_value(cli, "bits", e);
		return o->bits % 8 == 0 ? 0 : err_set(e, "option --bits: found %s, wanted a multiple of 8", v);
	case KEY_FORMAT:
		return (o->format = opt_word(&cli->opt, e)) < 0 ? -1 : 0;
	default:
		return psk_add_id(&o->psk, v, e) < 0 ? cli_bad_value(cli, "id", e) : 0;
	}
}

int psk_opts_check(const struct psk_opts *o, const struct cli *cli, struct err *e)
{
	if (cli->json && o->format != PSK_HEX)
		return err_set(e, "--json and --format both say how the secret is written");
	if (o->psk.nid > 0 && !psk_format_has_ids((enum psk_format)o->format))
		return err_set(e, "--id is for --format swanctl and libreswan");
	return 0;
}

int psk_opts_make(struct psk_opts *o, struct keyout *out, struct rng *rng, struct err *e)
{
	struct secret secret;
	struct rng fork;

	if (secret_new(&out->arena, &secret, o->bits / 8, e) < 0)
		return -1;
	rng_bytes(rng, secret.p, secret.n);
	rng_fork(&fork, rng, "section", 0);
	o->psk.number = rng_u32(&fork);
	if (o->format == PSK_HEX)
		o->psk.hex = keyout_hex(out, &secret);
	else
		o->psk.base64 = keyout_base64(out, &secret);
	return 0;
}
