#include "cli/sa_opts.h"

#include <stdlib.h>
#include <string.h>

#include "sa/ts.h"

enum { KEY_PROPOSAL = SA_OPTS_KEY, KEY_SRC, KEY_DST, KEY_MODE, KEY_PAIR, KEY_AH, KEY_ENCAP, KEY_TS, KEY_ID,
	KEY_LABEL, KEY_BUNDLE, KEY_LAYER };

const struct opt sa_opts_rows[] = {
	{ KEY_PROPOSAL, "proposal", "WORD", "algorithms: aes256gcm16-esn, aes128-sha256, sha384 with --ah, ..." },
	{ KEY_SRC, "src", "ADDRESS", "outer source: our end" },
	{ KEY_DST, "dst", "ADDRESS", "outer destination: their end" },
	{ KEY_MODE, "mode", "tunnel|transport|beet", "what is inside (default: tunnel)" },
	{ KEY_PAIR, "pair", NULL, "both directions, with dir, id and peer" },
	{ KEY_AH, "ah", NULL, "AH instead of ESP" },
	{ KEY_ENCAP, "encap", "udp|tcp[:SPORT:DPORT]", "encapsulation (ports: 4500)" },
	{ KEY_TS, "ts", "MINE=THEIRS", "traffic selector, 10.1.0.0/16[tcp/80]=any; may be repeated" },
	{ KEY_ID, "id", "NAME", "the SA's id; of a pair NAME-out and NAME-in (default: by their SPIs)" },
	{ KEY_LABEL, "label", "TEXT", "a name for people" },
	{ KEY_BUNDLE, "bundle", "NAME", "SAs of one bundle are applied together" },
	{ KEY_LAYER, "layer", "N", "place in the bundle; 0 is innermost" },
	{ 0 }
};

void sa_opts_init(struct sa_opts *o)
{
	*o = (struct sa_opts){ .pair = false };
	sa_init(&o->sa);
	o->sa.mode = SA_TUNNEL;
}

void sa_opts_clear(struct sa_opts *o)
{
	sa_clear(&o->sa);
}

static int take_text(char **to, const char *v, struct err *e)
{
	free(*to);
	*to = strdup(v);
	return *to == NULL ? err_nomem(e) : 0;
}

static int take_ts(struct sa *sa, const char *v, struct err *e)
{
	if (sa->nts == SA_OPTS_SELECTORS)
		return err_set(e, "wanted at most %d of them", SA_OPTS_SELECTORS);
	if (sa->ts == NULL && (sa->ts = calloc(SA_OPTS_SELECTORS, sizeof *sa->ts)) == NULL)
		return err_nomem(e);
	return ts_parse(&sa->ts[sa->nts++], v, e);
}

static int take_layer(struct sa *sa, const char *v, struct err *e)
{
	uint64_t n;

	if (uint_parse(&n, v, strlen(v), 0, SA_OPTS_LAYER, e) < 0)
		return -1;
	sa->layer = (int)n;
	return 0;
}

static int take_mode(struct sa *sa, const struct cli *cli, struct err *e)
{
	static const enum sa_mode modes[] = { SA_TUNNEL, SA_TRANSPORT, SA_BEET };
	int i = opt_word(&cli->opt, e);

	if (i >= 0)
		sa->mode = modes[i];
	return i < 0 ? -1 : 0;
}

int sa_opts_take(struct sa_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;
	struct sa *sa = &o->sa;
	int rc = 0;

	switch (key) {
	case KEY_MODE:		return take_mode(sa, cli, e);
	case KEY_PROPOSAL:	o->word = v; break;
	case KEY_PAIR:		o->pair = true; break;
	case KEY_AH:		sa->proto = SA_AH; break;
	case KEY_ID:		o->id = v; break;
	case KEY_SRC:		rc = addr_parse(&sa->src, v, strlen(v), e); break;
	case KEY_DST:		rc = addr_parse(&sa->dst, v, strlen(v), e); break;
	case KEY_ENCAP:		rc = sa_encap_parse(&sa->encap, v, e); break;
	case KEY_TS:		rc = take_ts(sa, v, e); break;
	case KEY_LABEL:		rc = take_text(&sa->label, v, e); break;
	case KEY_BUNDLE:	rc = take_text(&sa->bundle, v, e); break;
	case KEY_LAYER:		rc = take_layer(sa, v, e); break;
	}
	return rc < 0 ? cli_bad_value(cli, cli->opt.row->name, e) : 0;
}

int sa_opts_check(struct sa_opts *o, struct err *e)
{
	const struct sa *sa = &o->sa;

	if (o->word == NULL)
		return err_set(e, "wanted --proposal, such as aes256gcm16-esn");
	if (sa->src.family == 0 || sa->dst.family == 0)
		return err_set(e, "wanted --src and --dst");
	if (sa->src.family != sa->dst.family)
		return err_set(e, "found --src and --dst of different families");
	if (proposal_parse(&o->proposal, o->word, e) < 0 || proposal_check(&o->proposal, sa->proto, e) < 0)
		return err_in(e, "option --proposal: \"%.*s\"", PROPOSAL_MAX, o->word);
	if (sa->encap.type != SA_ENCAP_NONE && sa->proto == SA_AH)
		return err_set(e, "found --encap with --ah, but only ESP is encapsulated (RFC 3948 1)");
	if (sa->layer >= 0 && sa->bundle == NULL)
		return err_set(e, "found --layer without --bundle");
	return 0;
}
