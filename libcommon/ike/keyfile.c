#include "ike/keyfile.h"

#include <stdlib.h>
#include <string.h>

#include "sa/key_text.h"

extern const struct format keyfile_native, keyfile_strongswan, keyfile_wireshark,
    keyfile_wireshark_ikev1, keyfile_libreswan, keyfile_tcpdump, keyfile_fortigate, keyfile_vpp,
    keyfile_racoon;

static const struct format *const rows[] = {
	&keyfile_native, &keyfile_strongswan, &keyfile_wireshark, &keyfile_wireshark_ikev1,
	&keyfile_libreswan, &keyfile_tcpdump, &keyfile_fortigate, &keyfile_vpp, &keyfile_racoon,
};
static const struct format_set all = { rows, sizeof rows / sizeof rows[0] };

struct keyfile {
	struct format_source *text;
	struct keyring *ring;
	const char *name;		/* the ring's */
	size_t from;			/* the first set that can be this source's */
	uint64_t count, skipped;
	bool sa;
	const char *hint;		/* NULL: none */
	format_note_fn *note;
	void *arg;
};

const struct format *keyfile_row(size_t i)
{
	return i < all.n ? rows[i] : NULL;
}

int keyfile_by_name(const struct format **f, const char *name, struct err *e)
{
	return format_in_set(f, &all, name, e);
}

struct keyfile *keyfile_new(const char *name, struct keyring *into, format_note_fn *note, void *arg,
    struct err *e)
{
	struct keyfile *f = calloc(1, sizeof *f);

	if (f == NULL || (f->name = keyring_file(into, name)) == NULL) {
		free(f);
		err_nomem(e);
		return NULL;
	}
	f->ring = into;
	f->from = into->n;
	f->note = note;
	f->arg = arg;
	if ((f->text = format_source_over(name, &all, f, note, arg, e)) == NULL) {
		free(f);
		return NULL;
	}
	return f;
}

void keyfile_free(struct keyfile *f)
{
	if (f == NULL)
		return;
	format_source_free(f->text);
	free(f);
}

void keyfile_only(struct keyfile *f, const struct format *row)
{
	format_source_only(f->text, row);
}

int keyfile_push(struct keyfile *f, const void *p, size_t n, struct err *e)
{
	return format_source_push(f->text, p, n, e);
}

int keyfile_idle(struct keyfile *f, struct err *e)
{
	return format_source_idle(f->text, e);
}

static void note_other(void *arg, const struct keyset *one, const struct keyset *other)
{
	const struct keyfile *f = arg;

	if (f->note != NULL && one->k.line != other->k.line)
		format_note(f->text, other->k.line, 1,
		    "IKE SA 0x%016llx again with other keys than in %s:%llu: both are "
		    "tried", (unsigned long long)other->k.spi_i, one->file,
		    (unsigned long long)one->k.line);
}

/* Dumps show IKE SAs without keys, too. */
static bool has_keys(const struct keyfile *f)
{
	for (size_t i = f->from; i < f->ring->n; i++)
		if (keyset_has_keys(f->ring->sets[i]))
			return true;
	return false;
}

static void note_odd(const struct keyfile *f)
{
	for (size_t i = f->from; i < f->ring->n; i++) {
		const struct ike_keys *k = &f->ring->sets[i]->k;

		if (f->ring->sets[i]->file == f->name && keyset_is_odd(f->ring->sets[i]))
			format_note(f->text, k->line, 1,
			    "integrity keys of %zu bytes, where %s has %u in IKE: taken as they "
			    "are", k->sk_ai.n > 0 ? k->sk_ai.n : k->sk_ar.n, k->integ->name,
			    k->integ->key);
	}
}

int keyfile_end(struct keyfile *f, struct err *e)
{
	bool keys;

	if (format_source_finish(f->text, e) < 0)
		return -1;
	keys = has_keys(f);
	note_odd(f);
	keyring_merge(f->ring, f->from, f->name, note_other, f);
	if (keys)
		return 0;
	if (f->count > 0) {
		err_set(e, "found %llu IKE SAs, but none of their keys",
		    (unsigned long long)f->count);
	} else if (!format_source_has_text(f->text)) {
		err_data(e, "empty");
	} else if (f->hint != NULL) {
		err_set(e, "found no IKE key: %s", f->hint);
	} else if (f->sa) {
		err_set(e, "found SAs, wanted keys of IKE SAs: --sa takes those");
	} else {
		err_set(e,
		    "found no IKE key; wanted lines of type ike, ipsec-sa(5), or another form of "
		    "ipsec-formats(5)");
	}
	return err_in(e, "%s", f->name);
}

int keyfile_read(struct keyring *into, const char *name, const void *p, size_t n,
    format_note_fn *note, void *arg, struct err *e)
{
	struct keyfile *f = keyfile_new(name, into, note, arg, e);
	int rc = -1;

	if (f != NULL && keyfile_push(f, p, n, e) == 0)
		rc = keyfile_end(f, e);
	keyfile_free(f);
	return rc;
}

uint64_t keyfile_count(const struct keyfile *f)
{
	return f->count;
}

uint64_t keyfile_skipped(const struct keyfile *f)
{
	return f->skipped;
}

struct keyset *keyfile_add(struct format_source *s, const struct format *row, uint64_t line,
    struct err *e)
{
	struct keyfile *f = format_user(s);
	struct keyset *set = keyring_add(f->ring, e);

	if (set == NULL) {
		err_in(e, "%s:%llu", f->name, (unsigned long long)line);
		return NULL;
	}
	set->file = f->name;
	set->k.format = row->name;
	set->k.line = line;
	f->count++;
	return set;
}

struct arena *keyfile_arena(const struct format_source *s)
{
	return &((struct keyfile *)format_user(s))->ring->arena;
}

void keyfile_skip(struct format_source *s, bool sa)
{
	struct keyfile *f = format_user(s);

	f->skipped++;
	f->sa |= sa;
}

void keyfile_named(struct format_source *s)
{
	keyring_touch(((struct keyfile *)format_user(s))->ring);
}

void keyfile_hint(struct format_source *s, const char *hint)
{
	((struct keyfile *)format_user(s))->hint = hint;
}

void keyfile_drop(struct format_source *s, struct keyset *set)
{
	set->k.version = KEYSET_GONE;
	keyfile_named(s);
}

bool keyfile_spi(const struct word *w, uint64_t *spi)
{
	size_t skip = w->n == 18 && w->p[0] == '0' && (w->p[1] == 'x' || w->p[1] == 'X') ? 2 : 0;
	struct word digits = { w->p + skip, w->n - skip, w->column + skip };

	return digits.n == 16 && hex_span(digits.p, 16) == 16 && word_hex(&digits, UINT64_MAX, spi);
}

int keyfile_key(struct format_source *s, struct secret *key, const struct word *w, uint64_t line,
    struct err *e)
{
	struct key_text how;

	if (key_text_parse(key, &how, keyfile_arena(s), w->p, w->n, NULL, NULL, e) < 0)
		return format_blame(s, line, w->column, e);
	if (how.padded)
		format_note(s, line, w->column,
		    "put back the leading zeros of a key that are not printed");
	return 0;
}

int keyfile_hex(struct format_source *s, struct secret *key, const struct word *w, uint64_t line,
    struct err *e)
{
	char digits[2 * KEY_TEXT_MAX];
	size_t n = 0;
	int rc;

	if (key_text_is_redacted(w->p, w->n))
		return 0;
	for (size_t i = 0; i < w->n; i++) {
		if (strchr("-: ", w->p[i]) != NULL && w->p[i] != '\0')
			continue;
		if (n == sizeof digits) {
			err_set(e, "found a key of more than %d bytes", KEY_TEXT_MAX);
			return format_blame(s, line, w->column, e);
		}
		digits[n++] = w->p[i];
	}
	rc = secret_hex(keyfile_arena(s), key, digits, n, e);
	wipe(digits, sizeof digits);
	return rc < 0 ? format_blame(s, line, w->column, e) : 0;
}

int keyfile_check(struct format_source *s, const struct keyset *set, uint64_t line, struct err *e)
{
	const char *field;

	if (keyset_check(set, &field, e) == 0 && keyset_check_made(set, &field, e) == 0)
		return 0;
	err_in(e, "%s", field);
	return format_blame(s, line, 1, e);
}

void keyfile_check_log(struct format_source *s, const struct keyset *set)
{
	const char *field;
	struct err e;

	if (keyset_check(set, &field, &e) < 0 || keyset_check_made(set, &field, &e) < 0)
		format_note(s, set->k.line, 1, "%s: %s: lines may be missing", field, e.text);
	/* as long as each other, with every prf there is, unless the IKE SA that was rekeyed had
	 * another */
	else if (!set->rekeyed && set->k.skeyseed.n > 0 && set->k.sk_d.n > 0 &&
	    set->k.skeyseed.n != set->k.sk_d.n)
		format_note(s, set->k.line, 1,
		    "skeyseed: found %zu bytes, but sk_d has %zu: lines may be missing",
		    set->k.skeyseed.n, set->k.sk_d.n);
}
