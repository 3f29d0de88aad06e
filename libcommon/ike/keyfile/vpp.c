#include <string.h>

#include "ike/keyfile.h"

extern const struct format keyfile_vpp;

/* VPP's `show ikev2 sa details`: from " iip A ispi HEX rip B rspi HEX" to "child sa 0:". */
struct vpp {
	struct keyset *set;
	size_t pair;			/* whose other half comes; NKEYS: nobody's */
};

#define AT(field) offsetof(struct ike_keys, field)

static const struct { const char *label; size_t at[2]; } keys[] = {
	{ "nonce", { AT(ni), AT(nr) } }, { "SK_a", { AT(sk_ai), AT(sk_ar) } },
	{ "SK_e", { AT(sk_ei), AT(sk_er) } }, { "SK_p", { AT(sk_pi), AT(sk_pr) } },
};
enum { NKEYS = sizeof keys / sizeof keys[0] };

static bool sniff(const struct format_line *l)
{
	return text_has(l->p, l->n, "iip ") && text_has(l->p, l->n, " ispi ") &&
	    text_has(l->p, l->n, " rspi ");
}

/* What follows is not the set's: it has all that VPP shows, or lines were lost. */
static void close_set(struct format_source *s, struct vpp *v)
{
	const struct ike_keys *k;

	if (v->set == NULL)
		return;
	k = &v->set->k;
	if (keyset_has_keys(v->set) && (k->encr == NULL || k->sk_d.n == 0 || k->sk_er.n == 0 ||
	    k->sk_pr.n == 0))
		format_note(s, k->line, 1, "keys of an IKE SA are not complete: lines are missing");
	v->set = NULL;
}

static int take_head(struct format_source *s, struct vpp *v, const struct format_line *l,
    struct err *e)
{
	struct ike_keys *k;
	struct words ws;

	close_set(s, v);
	words_cut(&ws, l->p, l->n, l->column);
	if ((v->set = keyfile_add(s, &keyfile_vpp, l->number, e)) == NULL)
		return -1;
	v->pair = NKEYS;
	k = &v->set->k;
	k->version = 2;
	/* without leading zeros */
	k->spi_i_known = word_hex(words_after(&ws, "ispi"), UINT64_MAX, &k->spi_i);
	k->spi_r_known = word_hex(words_after(&ws, "rspi"), UINT64_MAX, &k->spi_r);
	if (!k->spi_i_known || !k->spi_r_known) {
		err_set(e, "ispi, rspi: wanted SPIs in hex");
		return format_blame(s, l->number,
		    words_after(&ws, k->spi_i_known ? "rspi" : "ispi")->column, e);
	}
	k->spi_r_known = k->spi_r != 0;
	word_addr(words_after(&ws, "iip"), &k->initiator);
	word_addr(words_after(&ws, "rip"), &k->responder);
	return 0;
}

/* "encr:aes-cbc-256", "prf:hmac-sha2-256", "integ:sha1-96", "dh-group:modp-2048" */
static bool take_alg(struct ike_keys *k, const char *key, const char *name)
{
	char alias[72];
	unsigned bits;

	if (strcmp(key, "encr") == 0) {
		k->encr = alg_encr_by_name(name, &bits);
		k->encr_bits = k->encr != NULL ? bits : 0;
		return k->encr != NULL;
	}
	if (strcmp(key, "prf") == 0)
		return (k->prf = alg_prf_by_name(name)) != NULL;
	if (strcmp(key, "dh-group") == 0) {
		k->ke[0] = alg_ke_by_name(name);
		k->nke = k->ke[0] != NULL;
		return k->nke > 0;
	}
	if (strcmp(key, "integ") != 0)
		return true;
	snprintf(alias, sizeof alias, "hmac-%s", name);
	if ((k->integ = alg_integ_by_name(name)) == NULL)
		k->integ = alg_integ_by_name(alias);
	if (k->integ != NULL && k->integ->kind == INTEG_KIND_NONE)
		k->integ = NULL;
	return k->integ != NULL || strcmp(name, "none") == 0;
}

static void take_algs(struct format_source *s, struct vpp *v, const struct format_line *l)
{
	struct word rest = { l->p, l->n, l->column }, w;
	char text[72];

	while ((w = word_next(&rest, "")).n > 0) {
		char *colon;

		if (!word_text(text, sizeof text, &w) || (colon = strchr(text, ':')) == NULL)
			continue;
		*colon = '\0';
		if (!take_alg(&v->set->k, text, colon + 1))
			format_note(s, l->number, w.column, "unknown algorithm \"%s\"", colon + 1);
	}
	if (v->set->k.encr != NULL && alg_encr_is_aead(v->set->k.encr))
		v->set->k.integ = NULL;
}

/* "i:HEX", "r:HEX" */
static int take_half(struct format_source *s, struct vpp *v, const struct word *w, uint64_t line,
    struct err *e)
{
	struct word hex = { w->p + 2, w->n - 2, w->column + 2 };
	bool second = w->p[0] == 'r';
	struct secret *key;

	if (v->pair == NKEYS) {
		format_note(s, line, w->column, "left out a key whose name stood on another line");
		return 0;
	}
	key = (struct secret *)((char *)&v->set->k + keys[v->pair].at[second]);
	v->pair = second ? NKEYS : v->pair;
	if (hex.n == 0)
		return 0;
	if (keyfile_hex(s, key, &hex, line, e) < 0)
		return -1;
	keyset_settle(v->set);
	return keyfile_check(s, v->set, line, e);
}

static bool is_half(const struct word *w)
{
	return w->n >= 2 && (w->p[0] == 'i' || w->p[0] == 'r') && w->p[1] == ':';
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct word rest = { l->p, l->n, l->column }, w = word_next(&rest, ""), hex;
	struct vpp *v = state;

	if (sniff(l))
		return take_head(s, v, l, e);
	if (v->set == NULL)
		return 0;
	if (word_is(&w, "child") || word_is(&w, "identifier")) {
		close_set(s, v);	/* what follows has the same words */
		return 0;
	}
	if (word_starts(&w, "encr:")) {
		take_algs(s, v, l);
		return 0;
	}
	if (word_is(&w, "SK_d")) {
		hex = word_next(&rest, "");
		return keyfile_hex(s, &v->set->k.sk_d, &hex, l->number, e) < 0 ? -1
		     : keyfile_check(s, v->set, l->number, e);
	}
	for (size_t i = 0; i < NKEYS; i++)
		if (word_is(&w, keys[i].label)) {
			if (v->pair < NKEYS)
				format_note(s, l->number, w.column,
				    "the other half of %s is missing", keys[v->pair].label);
			v->pair = i;
			w = word_next(&rest, "");
		}
	if (is_half(&w))
		return take_half(s, v, &w, l->number, e);
	return 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	(void)e;
	if (done)
		close_set(s, state);
	return 0;
}

const struct format keyfile_vpp = {
	.name = "vpp", .what = "VPP's show ikev2 sa details", .state = sizeof(struct vpp),
	.sniff = sniff, .line = take, .flush = flush,
};
