#include <string.h>

#include "base/rd.h"
#include "ike/keyfile/tcpdump.h"
#include "sa/format/libreswan_log.h"

extern const struct format keyfile_libreswan;

/*
 * pluto's debug log: "ikev2 I" and "ikev2 R" lines (with keys in openswan and libreswan before 3.9,
 * without them later), and what openswan and old libreswan dump when they derive keys: the labels
 * below, one after the other.  Newer libreswan has its keys in NSS and never prints them.
 */
struct slot {
	struct keyset *set;		/* the dumps that come now are of it */
	int last;			/* the order of the last one */
	struct ikev2_lines lines;
	uint64_t spi[2];		/* dumped in front of the keys; 0: not */
	struct secret nonce[2];
};

struct pluto {				/* all zero: empty */
	struct libreswan_log log;
	struct slot slots[LIBRESWAN_SLOTS];
};

struct pluto_in { struct format_source *s; struct pluto *p; };

#define AT(field) offsetof(struct ike_keys, field)

static const struct { const char *label; int order, version; size_t at; } keys[] = {
	{ "shared:", 1, 2, AT(shared) }, { "skeyseed:", 2, 2, AT(skeyseed) },
	{ "SK_d:", 3, 2, AT(sk_d) }, { "SK_ai:", 4, 2, AT(sk_ai) }, { "SK_ar:", 5, 2, AT(sk_ar) },
	{ "SK_ei:", 6, 2, AT(sk_ei) }, { "SK_er:", 7, 2, AT(sk_er) }, { "SK_pi:", 8, 2, AT(sk_pi) },
	{ "SK_pr:", 9, 2, AT(sk_pr) }, { "Skeyid:", 1, 1, AT(skeyid) },
	{ "Skeyid_d:", 2, 1, AT(skeyid_d) }, { "Skeyid_a:", 3, 1, AT(skeyid_a) },
	{ "Skeyid_e:", 4, 1, AT(skeyid_e) }, { "enc key:", 5, 1, AT(ka) }, { "IV:", 6, 1, AT(iv) },
};
enum { NKEYS = sizeof keys / sizeof keys[0] };

static size_t key_of(struct word label)
{
	size_t i = 0;

	while (label.n > 0 && label.p[label.n - 1] == ' ')
		label.n--;
	while (i < NKEYS && !word_is(&label, keys[i].label))
		i++;
	return i;
}

/* A debug line of pluto's: "| " at its start, or behind a time or a log's prefix. */
static bool sniff(const struct format_line *l)
{
	size_t room = l->n < 128 ? l->n : 128;

	if (l->n > 2 && memcmp(l->p, "| ", 2) == 0)
		return true;
	for (size_t i = 0; i + 4 <= room; i++)
		if (memcmp(l->p + i, ": | ", 4) == 0)
			return true;
	return false;
}

static const int last_of[] = { 0, 6, 9 };		/* by version */

/* No more keys of the set follow. */
static void close_set(struct pluto_in *in, struct slot *slot)
{
	if (slot->set == NULL)
		return;
	if (slot->last != last_of[slot->set->k.version])
		format_note(in->s, slot->set->k.line, 1,
		    "keys of an IKE SA are not complete: lines are missing");
	keyfile_check_log(in->s, slot->set);
	slot->set = NULL;
}

static int take_nonce(struct pluto_in *in, struct slot *slot, const struct libreswan_record *r,
    int which, struct err *e)
{
	close_set(in, slot);
	secret_clear(&slot->nonce[which]);
	if (r->bytes == NULL)
		return 0;
	return secret_copy(keyfile_arena(in->s), &slot->nonce[which], r->bytes, r->nbytes, e);
}

/* What is dumped in front of the keys: "Ni", "Nr", "SPIi", "SPIr". */
static int take_input(struct pluto_in *in, struct slot *slot, const struct libreswan_record *r,
    const struct word *label, struct err *e)
{
	struct rd rd = { r->bytes, r->bytes != NULL ? r->nbytes : 0, false };

	if (word_is(label, "Ni") || word_is(label, "Nr"))
		return take_nonce(in, slot, r, word_is(label, "Nr"), e);
	if ((word_is(label, "SPIi") || word_is(label, "SPIr")) && rd.n == 8)
		slot->spi[word_is(label, "SPIr")] = rd_u64(&rd);
	return 0;
}

static int open_set(struct pluto_in *in, struct slot *slot, int version, uint64_t line,
    struct err *e)
{
	struct keyset *set;

	close_set(in, slot);
	if ((set = keyfile_add(in->s, &keyfile_libreswan, line, e)) == NULL)
		return -1;
	slot->set = set;
	slot->last = 0;
	set->k.version = version;
	if (version == 2 && slot->spi[0] != 0 && slot->spi[1] != 0) {
		set->k.spi_i = slot->spi[0];
		set->k.spi_r = slot->spi[1];
		set->k.spi_i_known = set->k.spi_r_known = true;
	}
	if (version == 2 && slot->nonce[0].n > 0 && slot->nonce[1].n > 0) {
		set->k.ni = slot->nonce[0];
		set->k.nr = slot->nonce[1];
		slot->nonce[0] = slot->nonce[1] = (struct secret){ 0 };
	}
	slot->spi[0] = slot->spi[1] = 0;
	return 0;
}

static int take_key(struct pluto_in *in, struct slot *slot, const struct libreswan_record *r,
    size_t i, struct err *e)
{
	const char *label = keys[i].label;
	struct secret *s;

	if (r->bytes == NULL || r->nbytes == 0) {
		format_note(in->s, r->line, r->column, "%s left out, %s", label,
		    r->damage != NULL ? r->damage : "it is empty");
		return 0;
	}
	if ((slot->set == NULL || slot->set->k.version != keys[i].version ||
	    keys[i].order <= slot->last) && open_set(in, slot, keys[i].version, r->line, e) < 0)
		return -1;
	if (keys[i].order > slot->last + 1)
		format_note(in->s, r->line, r->column,
		    "%s a key that should stand before it is missing", label);
	slot->last = keys[i].order;
	s = (struct secret *)((char *)&slot->set->k + keys[i].at);
	if (keys[i].at == AT(shared))
		slot->set->k.nshared = 1;
	return secret_copy(keyfile_arena(in->s), s, r->bytes, r->nbytes, e);
}

/* The keys of the dumps are those of this line. */
static void join(struct pluto_in *in, struct slot *slot)
{
	const struct keyset *line = slot->lines.set;
	struct keyset *set = slot->set;

	if (set == NULL || set->k.spi_i_known || line->k.sk_ei.n == 0 ||
	    !secret_eq(&set->k.sk_ei, &line->k.sk_ei))
		return;
	set->k.spi_i = line->k.spi_i;
	set->k.spi_r = line->k.spi_r;
	set->k.spi_i_known = set->k.spi_r_known = true;
	keyfile_named(in->s);
}

static int take(void *arg, const struct libreswan_record *r, struct err *e)
{
	struct pluto_in *in = arg;
	struct slot *slot = &in->p->slots[r->slot];
	struct word label = { r->text, r->n, r->column };
	size_t i;

	if (r->fresh) {
		close_set(in, slot);
		*slot = (struct slot){ 0 };
	}
	if (r->dump) {
		i = key_of(label);
		return i < NKEYS ? take_key(in, slot, r, i, e) : take_input(in, slot, r, &label, e);
	}
	if (!text_has(r->text, r->n, "ikev2 "))
		return 0;
	label = ikev2_line_find(r->text, r->n, r->column);
	if (label.n == 0)
		return 0;
	if (ikev2_line_take(in->s, &slot->lines, &keyfile_libreswan, label, r->line, e) < 0)
		return -1;
	join(in, slot);
	return 0;
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct pluto *p = state;
	struct pluto_in in = { s, p };

	return libreswan_log_push(&p->log, l->p, l->n, l->number, take, &in, e);
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct pluto *p = state;
	struct pluto_in in = { s, p };

	if (!done)
		return 0;
	if (libreswan_log_end(&p->log, take, &in, e) < 0)
		return -1;
	for (size_t i = 0; i < LIBRESWAN_SLOTS; i++)
		close_set(&in, &p->slots[i]);
	return 0;
}

static void clear(void *state)
{
	struct pluto *p = state;

	libreswan_log_clear(&p->log);
}

const struct format keyfile_libreswan = {
	.name = "libreswan", .what = "pluto's debug log, of libreswan and openswan",
	.state = sizeof(struct pluto), .raw = true, .log = true, .sniff = sniff, .line = line,
	.flush = flush, .clear = clear,
};
