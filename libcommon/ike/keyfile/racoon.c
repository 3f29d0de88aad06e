#include <string.h>

#include "ike/keyfile.h"
#include "sa/key_text.h"

extern const struct format keyfile_racoon;

/*
 * The debug log of racoon (ipsec-tools, the BSDs, macOS, RouterOS 6): IKEv1.  A label, then the
 * octets in groups of 8 hex digits, on lines of their own or, from syslog, behind #012.  The log
 * has no threads: phase 1 exchanges that run at the same time run into each other, which the order
 * of the labels shows.
 */
enum { DUMP = 2 * KEY_TEXT_MAX };

struct racoon {
	struct keyset *set;
	int last;
	size_t key;			/* whose octets come; NKEYS: nobody's */
	uint64_t line;
	size_t column, n;
	char digits[DUMP];
	bool damaged, last_line;
	bool initiator, role_known;
	struct secret shared, private_key, nonce[2];
};

#define AT(field) offsetof(struct ike_keys, field)

/* order 0: dumped before SKEYID, kept until then. */
static const struct { const char *label; int order; size_t at; } keys[] = {
	{ "compute DH's shared.", 0, 0 }, { "compute DH's private.", 0, 0 }, { "nonce 1:", 0, 0 },
	{ "nonce 2:", 0, 0 }, { "SKEYID computed:", 1, AT(skeyid) },
	{ "SKEYID_d computed:", 2, AT(skeyid_d) }, { "SKEYID_a computed:", 3, AT(skeyid_a) },
	{ "SKEYID_e computed:", 4, AT(skeyid_e) }, { "final encryption key computed:", 5, AT(ka) },
	{ "IV computed:", 6, AT(iv) },
};
enum { NKEYS = sizeof keys / sizeof keys[0] };

/* The message behind "DEBUG: "; racoon's word in a log of others. */
static struct word message(const struct format_line *l)
{
	static const char *const levels[] = { "DEBUG: ", "DEBUG2: ", "INFO: ", "debug ",
	    "packet " };
	size_t room = l->n < 160 ? l->n : 160;
	struct word w = { NULL, 0, 0 };

	for (size_t k = 0; k < sizeof levels / sizeof levels[0]; k++)
		for (size_t n = strlen(levels[k]), i = 0; i + n <= room; i++)
			if (memcmp(l->p + i, levels[k], n) == 0 && (i == 0 || l->p[i - 1] == ' '))
				return (struct word){ l->p + i + n, l->n - i - n,
				    l->column + i + n };
	return w;
}

static bool is_blank(const struct word *w)
{
	size_t i = 0;

	while (i < w->n && (w->p[i] == ' ' || w->p[i] == '\t'))
		i++;
	return i == w->n;
}

/* Behind old versions' "oakley.c:2727:oakley_skeyid(): ", and in front of the octets' own prefix,
 * where the label has no line end. */
static size_t key_of(struct word w)
{
	for (size_t i = 0; i < NKEYS; i++) {
		size_t n = strlen(keys[i].label);

		for (size_t at = 0; at + n <= w.n && at < 80; at++) {
			struct word behind = { w.p + at + n, w.n - at - n, 0 };

			if (memcmp(w.p + at, keys[i].label, n) == 0 &&
			    (at == 0 || w.p[at - 1] == ' ') &&
			    (is_blank(&behind) || text_has(behind.p, behind.n, "DEBUG: ")))
				return i;
		}
	}
	return NKEYS;
}

static bool sniff(const struct format_line *l)
{
	struct word w = message(l);

	return w.n > 0 && (key_of(w) < NKEYS || text_has(w.p, w.n, "ISAKMP-SA established"));
}

static struct word octets_of(struct word w)
{
	return word_starts(&w, "#012") ? (struct word){ w.p + 4, w.n - 4, w.column + 4 } : w;
}

/* Groups of hex digits alone. */
static bool is_octets(struct word w)
{
	w = octets_of(w);
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] != ' ' && hex_span(w.p + i, 1) == 0)
			return false;
	return w.n > 0;
}

/* Whole groups of 4 octets, but for the last; whole lines of 8 groups, but for the last. */
static void add_octets(struct racoon *x, struct word w)
{
	struct word rest = octets_of(w), group;
	size_t groups = 0;

	x->damaged |= x->last_line;
	while ((group = word_next(&rest, "")).n > 0) {
		x->damaged |= x->last_line || group.n > 8 || x->n + group.n > DUMP;
		x->last_line = group.n < 8;
		for (size_t i = 0; i < group.n && !x->damaged; i++)
			x->digits[x->n++] = group.p[i];
		groups++;
	}
	x->damaged |= groups > 8;
	x->last_line |= groups < 8;
}

enum { LAST = 6 };

/* No more keys of the set follow. */
static void close_set(struct format_source *s, struct racoon *x)
{
	if (x->set == NULL)
		return;
	if (x->last != LAST)
		format_note(s, x->set->k.line, 1,
		    "keys of an IKE SA are not complete: lines are missing");
	keyfile_check_log(s, x->set);
	x->set = NULL;
}

static int open_set(struct format_source *s, struct racoon *x, struct err *e)
{
	close_set(s, x);
	if ((x->set = keyfile_add(s, &keyfile_racoon, x->line, e)) == NULL)
		return -1;
	x->last = 0;
	x->set->k.version = 1;
	if (x->role_known)
		x->set->role = x->initiator ? KEYSET_INITIATOR : KEYSET_RESPONDER;
	x->set->k.shared[0] = x->shared;
	x->set->k.nshared = x->shared.n > 0;
	x->set->k.private_key = x->private_key;
	x->set->k.ni = x->nonce[0];
	x->set->k.nr = x->nonce[1];
	x->shared = x->private_key = x->nonce[0] = x->nonce[1] = (struct secret){ 0 };
	return 0;
}

static struct secret *place(struct racoon *x, size_t key)
{
	struct secret *const early[] = { &x->shared, &x->private_key, &x->nonce[0], &x->nonce[1] };

	if (keys[key].order == 0)
		return early[key];
	return (struct secret *)((char *)&x->set->k + keys[key].at);
}

/* The octets of a label are complete. */
static int finish(struct format_source *s, struct racoon *x, struct err *e)
{
	size_t key = x->key;
	int order;
	int rc = 0;

	if (key == NKEYS)
		return 0;
	x->key = NKEYS;
	order = keys[key].order;
	if (x->damaged || x->n == 0 || x->n % 2 != 0) {
		format_note(s, x->line, x->column, "%s left out, %s", keys[key].label,
		    x->n == 0 ? "its octets are missing" : "its octets are not whole");
	} else {
		if (order > 0 && (x->set == NULL || order <= x->last))
			rc = open_set(s, x, e);
		if (rc == 0 && order > x->last + 1)
			format_note(s, x->line, x->column,
			    "%s a key that should stand before it is missing", keys[key].label);
		if (rc == 0 && order > 0)
			x->last = order;
		if (rc == 0)
			rc = secret_hex(keyfile_arena(s), place(x, key), x->digits, x->n, e);
	}
	wipe(x->digits, x->n);
	x->n = 0;
	return rc;
}

/* "ISAKMP-SA established 192.0.2.1[500]-192.0.2.2[500] spi:0102030405060708:1112131415161718" */
static void take_established(struct format_source *s, struct racoon *x, const struct word *w)
{
	struct words ws;
	struct word spis, i, r;
	uint64_t v[2];

	words_cut(&ws, w->p, w->n, w->column);
	for (size_t k = 0; k < ws.n; k++) {
		spis = ws.w[k];
		if (!word_starts(&spis, "spi:") || spis.n < 4 + 33 || spis.p[20] != ':')
			continue;
		i = (struct word){ spis.p + 4, 16, 0 };
		r = (struct word){ spis.p + 21, 16, 0 };
		if (x->set == NULL || !keyfile_spi(&i, &v[0]) || !keyfile_spi(&r, &v[1]))
			return;
		x->set->k.spi_i = v[0];
		x->set->k.spi_r = v[1];
		x->set->k.spi_i_known = x->set->k.spi_r_known = true;
		keyfile_named(s);
		close_set(s, x);
	}
}

static int take_message(struct format_source *s, struct racoon *x, const struct word *w,
    uint64_t line, struct err *e)
{
	if (finish(s, x, e) < 0)
		return -1;
	x->key = key_of(*w);
	x->line = line;
	x->column = w->column;
	x->damaged = x->last_line = false;
	if (x->key < NKEYS)
		return 0;
	if (text_has(w->p, w->n, "ISAKMP-SA established"))
		take_established(s, x, w);
	if (text_has(w->p, w->n, "initiate new phase 1") ||
	    text_has(w->p, w->n, "respond new phase 1")) {
		close_set(s, x);
		x->role_known = true;
		x->initiator = text_has(w->p, w->n, "initiate new phase 1");
	}
	return 0;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct racoon *x = state;
	struct word w = message(l), bare = { l->p, l->n, l->column };

	if (w.p == NULL)
		w = bare;
	if (x->line == 0)
		x->key = NKEYS;
	if (w.n == 0 && x->line != 0)
		return 0;		/* the octets stand on the next line */
	if (x->line != 0 && x->key < NKEYS && is_octets(w)) {
		add_octets(x, w);
		return 0;
	}
	return take_message(s, x, &w, l->number, e);
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct racoon *x = state;

	if (!done || x->line == 0)
		return 0;
	if (finish(s, x, e) < 0)
		return -1;
	close_set(s, x);
	return 0;
}

const struct format keyfile_racoon = {
	.name = "racoon", .what = "racoon's debug log (ipsec-tools)",
	.state = sizeof(struct racoon), .log = true, .sniff = sniff, .line = take, .flush = flush,
};
