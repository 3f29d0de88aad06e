#include "ike/keyfile/tcpdump.h"

#include <string.h>

#include "ike/keylog.h"
#include "sa/key_text.h"

extern const struct format keyfile_tcpdump;
extern const struct keylog keylog_tcpdump;

static bool is_role(const struct word *w)
{
	return w->n == 1 && (*w->p == 'I' || *w->p == 'R' || *w->p == 'i' || *w->p == 'r');
}

struct word ikev2_line_find(const char *p, size_t n, size_t column)
{
	struct word rest = { p, n, column }, from, w;

	/* In front may stand "|", a quote, -E. */
	for (;;) {
		while (rest.n > 0 && strchr(" \t|,\"'", *rest.p) != NULL) {
			rest.p++;
			rest.n--;
			rest.column++;
		}
		from = rest;
		if ((w = word_next(&rest, ",\"'")).n == 0)
			return (struct word){ NULL, 0, 0 };
		if (!word_is(&w, "ikev2"))
			continue;
		w = word_next(&rest, "");
		if (!is_role(&w))
			continue;
		w = word_next(&rest, "");
		if (word_starts(&w, "0x"))
			return from;
	}
}

static bool sniff(const struct format_line *l)
{
	return text_has(l->p, l->n, "ikev2 ") && ikev2_line_find(l->p, l->n, l->column).n > 0;
}

/* "aes128", "aes_cbc_128", "3des", "aes128-cbc": as many programs' names as there are. */
static bool encr_by(const struct word *w, struct ike_keys *k)
{
	const struct alg_encr *a;
	char name[64];
	unsigned bits;

	if (!word_text(name, sizeof name, w))
		return false;
	for (char *p = name; *p != '\0'; p++)
		*p = *p == '_' ? '-' : *p;
	if ((a = alg_encr_by_name(name, &bits)) == NULL ||
	    (k->encr != NULL && (k->encr != a || k->encr_bits != bits)))
		return false;
	k->encr = a;
	k->encr_bits = bits;
	return true;
}

static bool integ_by(const struct word *w, struct ike_keys *k)
{
	const struct alg_integ *a;
	char name[64];

	if (!word_text(name, sizeof name, w))
		return false;
	if (strcmp(name, "sha") == 0 || strcmp(name, "sha1") == 0 || strcmp(name, "md5") == 0)
		a = alg_integ_by_name(name[0] == 's' ? "hmac-sha1-96" : "hmac-md5-96");
	else
		a = alg_integ_by_name(name);
	if (a == NULL || (k->integ != NULL && k->integ != a))
		return false;
	k->integ = a;
	return true;
}

/* "sha1:0x4041...": the algorithm, and the key if there is one. */
static int take_secret(struct format_source *s, struct keyset *set, const struct word *w, bool encr,
    struct secret *key, uint64_t line, struct err *e)
{
	const char *colon = memchr(w->p, ':', w->n);
	struct word alg = { w->p, colon != NULL ? (size_t)(colon - w->p) : w->n, w->column };
	struct word text = { alg.p + alg.n + 1, colon != NULL ? w->n - alg.n - 1 : 0,
	    w->column + alg.n + 1 };

	if (alg.n == 0) {
		err_set(e, "wanted %s:0xKEY", encr ? "CIPHER" : "INTEGRITY");
		return format_blame(s, line, w->column, e);
	}
	if (!(encr ? encr_by(&alg, &set->k) : integ_by(&alg, &set->k)))
		format_note(s, line, alg.column,
		    "\"%.*s\" is unknown, or another algorithm than this IKE SA's other "
		    "line has", (int)(alg.n > 60 ? 60 : alg.n), alg.p);
	if (text.n == 0 || (text.n == 2 && word_is(&text, "0x")))
		return 0;
	if (format_wants_0x(s, &text, false, line, e) < 0)
		return -1;
	return keyfile_key(s, key, &text, line, e);
}

static struct keyset *set_for(struct format_source *s, struct ikev2_lines *state,
    const struct format *row, const uint64_t spi[2], uint64_t line, struct err *e)
{
	struct keyset *set = state->set;

	if (set != NULL && set->k.spi_i == spi[0] && set->k.spi_r == spi[1])
		return set;
	if ((set = keyfile_add(s, row, line, e)) == NULL)
		return NULL;
	set->k.version = 2;
	set->k.spi_i_known = set->k.spi_r_known = true;
	set->k.spi_i = spi[0];
	set->k.spi_r = spi[1];
	state->set = set;
	return set;
}

static int check(struct format_source *s, const struct keyset *set, const struct word secrets[2],
    uint64_t line, struct err *e)
{
	const char *field;

	if (keyset_check(set, &field, e) == 0)
		return 0;
	err_in(e, "%s", field);
	return format_blame(s, line, secrets[strncmp(field, "sk_e", 4) == 0].column, e);
}

int ikev2_line_take(struct format_source *s, struct ikev2_lines *state, const struct format *row,
    struct word rest, uint64_t line, struct err *e)
{
	struct word w = word_next(&rest, ""), role = word_next(&rest, ""), secrets[2];
	bool initiator = role.n > 0 && (*role.p == 'I' || *role.p == 'i');
	struct secret *integ, *encr;
	struct keyset *set;
	uint64_t spi[2];

	for (int i = 0; i < 2; i++) {
		w = word_next(&rest, "");
		if (w.n == 18 && keyfile_spi(&w, &spi[i]))
			continue;
		err_set(e, "SPI: wanted 0x and 16 hex digits");
		return format_blame(s, line, w.column, e);
	}
	if ((set = set_for(s, state, row, spi, line, e)) == NULL)
		return -1;
	/* the same line again, of a log that has it twice: a set of its own, merged at the end */
	if ((initiator ? set->k.sk_ei : set->k.sk_er).n > 0) {
		state->set = NULL;
		if ((set = set_for(s, state, row, spi, line, e)) == NULL)
			return -1;
	}
	for (int i = 0; i < 2; i++)
		secrets[i] = word_next(&rest, ",\"'");
	integ = initiator ? &set->k.sk_ai : &set->k.sk_ar;
	encr = initiator ? &set->k.sk_ei : &set->k.sk_er;
	if (take_secret(s, set, &secrets[0], false, integ, line, e) < 0 ||
	    take_secret(s, set, &secrets[1], true, encr, line, e) < 0)
		return -1;
	keyset_settle(set);
	return check(s, set, secrets, line, e);
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct word at = ikev2_line_find(l->p, l->n, l->column);
	struct word rest = { l->p, l->n, l->column }, w;

	if (at.n > 0 && l->p[0] != '#')
		return ikev2_line_take(s, state, &keyfile_tcpdump, at, l->number, e);
	w = word_next(&rest, "");
	if (word_is(&w, "file"))
		format_note(s, l->number, w.column, "passed over \"file\": give that file itself");
	else if (memchr(w.p, '@', w.n) != NULL)
		keyfile_skip(s, true);
	return 0;
}

static const char *cipher_name(const struct ike_keys *k, struct err *e)
{
	const struct alg_size *size = k->encr != NULL ? alg_encr_size(k->encr, k->sk_ei.n) : NULL;

	if (k->encr == NULL)
		err_set(e, "its cipher is not known");
	else if (size == NULL || size->tcpdump == NULL || size->bits != 8 * k->sk_ei.n)
		err_set(e, "tcpdump cannot decrypt %s with a key of %zu bits", k->encr->name,
		    8 * k->sk_ei.n);
	else
		return size->tcpdump;
	return NULL;
}

static int write_set(struct format_out *o, const struct keyset *set, struct err *e)
{
	const struct ike_keys *k = &set->k;
	const char *cipher, *integ;

	if (k->version == 1)
		return err_set(e, "tcpdump decrypts no IKEv1");
	if (!k->spi_r_known)
		return err_set(e, "its responder SPI is not known");
	if (k->encr != NULL && (alg_encr_is_aead(k->encr) || k->encr->kind == ENCR_KIND_NULL))
		return err_set(e, "tcpdump cannot decrypt %s", k->encr->name);
	if (k->sk_ei.n == 0 || k->sk_er.n == 0 || k->sk_ai.n == 0 || k->sk_ar.n == 0)
		return err_set(e, "its SK_e and SK_a are not known");
	if ((cipher = cipher_name(k, e)) == NULL)
		return -1;
	if (k->integ == NULL)
		return err_set(e, "its integrity algorithm is not known");
	integ = strcmp(k->integ->name, "hmac-sha1-96") == 0 ? "sha1"
	    : strcmp(k->integ->name, "hmac-md5-96") == 0 ? "md5" : NULL;
	if (integ == NULL)
		return err_set(e, "tcpdump knows no ICV of %s, only of sha1 and md5",
		    k->integ->name);
	for (int r = 0; r < 2; r++) {
		fprintf(o->to, "ikev2 %c 0x%016llx 0x%016llx %s:0x", r ? 'R' : 'I',
		    (unsigned long long)k->spi_i, (unsigned long long)k->spi_r, integ);
		key_text_write(o->to, r ? k->sk_ar : k->sk_ai);
		fprintf(o->to, " %s:0x", cipher);
		key_text_write(o->to, r ? k->sk_er : k->sk_ei);
		putc('\n', o->to);
	}
	if (k->encr->block != 8 || k->encr->des_keys == 3)
		return 0;
	err_set(e,
	    "tcpdump stops at the first packet with %s where OpenSSL's legacy algorithms are not loaded",
	    k->encr->name);
	return 1;
}

const struct format keyfile_tcpdump = {
	.name = "tcpdump", .what = "tcpdump -E and its secrets file, lines ikev2",
	.state = sizeof(struct ikev2_lines), .sniff = sniff, .line = take,
};
const struct keylog keylog_tcpdump = { .format = &keyfile_tcpdump, .write = write_set };
