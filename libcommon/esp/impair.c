#include "esp/impair.h"

#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/text.h"

static const struct impair_row rows[IMPAIR_COUNT] = {
	[IMPAIR_CORRUPT_ICV] = { "corrupt-icv", "one bit of the ICV is wrong", NULL, 0, 0, 0, false },
	[IMPAIR_CORRUPT_PAYLOAD] = { "corrupt-payload", "one bit of the protected payload is wrong", NULL, 0, 0, 0,
	    false },
	[IMPAIR_CORRUPT_HEADER] = { "corrupt-header", "one high bit of the sequence number is wrong", NULL, 0, 0,
	    0, false },
	[IMPAIR_BAD_PADDING] = { "bad-padding", "padding is not 1, 2, 3, ...", NULL, 0, 0, 0, true },
	[IMPAIR_BAD_PAD_LENGTH] = { "bad-pad-length", "the pad length is another", "value", 255, 0, 255, true },
	[IMPAIR_BAD_NEXT_HEADER] = { "bad-next-header", "the next header is another", "value", 253, 0, 255, true },
	[IMPAIR_REPLAY] = { "replay", "an earlier packet is sent again behind it", "back", 1, 1, IMPAIR_KEPT - 1,
	    false },
	[IMPAIR_DROP] = { "drop", "it is not written", NULL, 0, 0, 0, false },
	[IMPAIR_REORDER] = { "reorder", "it comes behind packets that follow it", "by", 1, 1, 1000000, false },
	[IMPAIR_DUPLICATE] = { "duplicate", "it is written twice", NULL, 0, 0, 0, false },
	[IMPAIR_TRUNCATE] = { "truncate", "bytes at its end are missing, its headers know", "by", 7, 1, 65535,
	    false },
	[IMPAIR_WRONG_SPI] = { "wrong-spi", "it has another SPI", "by", 1, 1, UINT32_MAX, false },
	[IMPAIR_SEQ_JUMP] = { "seq-jump", "sequence numbers are left out before it", "by", 1000, 1, UINT32_MAX,
	    false },
	[IMPAIR_SEQ_ZERO] = { "seq-zero", "its sequence number is 0", NULL, 0, 0, 0, false },
	[IMPAIR_ESN_HIGH_OFF] = { "esn-high-off", "authenticated with another high half (ESN)", "by", 1, 1,
	    UINT32_MAX, false },
	[IMPAIR_IV_REUSE] = { "iv-reuse", "it has the IV of the SA's packet before", NULL, 0, 0, 0, false },
	[IMPAIR_ICV_SHORT] = { "icv-short", "the ICV's last bytes are missing", "by", 4, 1, 64, true },
	[IMPAIR_FRAG_OVERLAP] = { "frag-overlap", "it comes in fragments that overlap", NULL, 0, 0, 0, false },
	[IMPAIR_FRAG_MISSING] = { "frag-missing", "it comes in fragments without the last one", NULL, 0, 0, 0,
	    false },
	[IMPAIR_FRAG_TINY] = { "frag-tiny", "its first fragment has 8 bytes", NULL, 0, 0, 0, false },
	[IMPAIR_KEEPALIVE] = { "keepalive", "a NAT keepalive comes before it (UDP encapsulation)", NULL, 0, 0, 0,
	    false },
};

const struct impair_row *impair_row(unsigned i)
{
	return i < IMPAIR_COUNT ? &rows[i] : NULL;
}

struct word { const char *p; size_t n; };

/* The part up to a separator; false at the end. */
static bool next_word(const char **at, char separator, struct word *w)
{
	const char *end;

	if (*at == NULL)
		return false;
	end = strchr(*at, separator);
	*w = (struct word){ *at, end != NULL ? (size_t)(end - *at) : strlen(*at) };
	*at = end != NULL ? end + 1 : NULL;
	return true;
}

static int kind_of(struct word w, struct err *e)
{
	struct nearest near = { 0 };
	char name[64];

	snprintf(name, sizeof name, "%.*s", (int)(w.n < sizeof name ? w.n : sizeof name - 1), w.p);
	for (int k = 0; k < IMPAIR_COUNT; k++) {
		if (strcmp(name, rows[k].name) == 0)
			return k;
		nearest_offer(&near, name, rows[k].name);
	}
	if (nearest_name(&near, name) != NULL)
		return err_set(e, "found \"%s\", nearest is \"%s\"", name, nearest_name(&near, name));
	return err_set(e, "found \"%s\", wanted the name of a fault", name);
}

static int parse_prob(uint32_t *prob, const char *v)
{
	char *end;
	double p = strtod(v, &end);

	if (end == v || *end != '\0' || !(p >= 0 && p <= 1))
		return -1;
	*prob = p >= 1 ? UINT32_MAX : (uint32_t)(p * 4294967296.0);
	return 0;
}

static int parse_key(struct impair_fault *f, const struct impair_row *row, struct word w, struct err *e)
{
	const char *eq = memchr(w.p, '=', w.n);
	size_t key = eq != NULL ? (size_t)(eq - w.p) : w.n;
	char name[32], v[32];
	uint64_t n;

	snprintf(name, sizeof name, "%.*s", (int)(key < sizeof name ? key : sizeof name - 1), w.p);
	snprintf(v, sizeof v, "%.*s", eq != NULL ? (int)(w.n - key - 1 < sizeof v ? w.n - key - 1 :
	    sizeof v - 1) : 0, eq != NULL ? eq + 1 : "");
	if (strcmp(name, "prob") == 0 || strcmp(name, "every") == 0 || strcmp(name, "at") == 0) {
		if (f->said)
			return err_set(e, "found a second condition, \"%s\", wanted one of every, at, prob", name);
		f->said = true;
	}
	if (strcmp(name, "prob") == 0) {
		f->when = IMPAIR_PROB;
		return parse_prob(&f->prob, v) < 0 ? err_set(e, "%s: found \"%s\", wanted 0 to 1", name, v) : 0;
	}
	if (strcmp(name, "every") == 0 || strcmp(name, "at") == 0) {
		f->when = name[0] == 'e' ? IMPAIR_EVERY : IMPAIR_AT;
		return uint_parse(&f->n, v, strlen(v), 1, UINT64_MAX, e) < 0 ? err_in(e, "%s", name) : 0;
	}
	if (row->key == NULL || strcmp(name, row->key) != 0)
		return err_set(e, "found \"%s\", wanted every, at, prob%s%s", name, row->key != NULL ? " or " : "",
		    row->key != NULL ? row->key : "");
	if (uint_parse(&n, v, strlen(v), row->min, row->max, e) < 0)
		return err_in(e, "%s", name);
	f->value = (uint32_t)n;
	return 0;
}

static int parse_fault(struct impair *i, struct word w, struct err *e)
{
	char text[256];
	const char *at = text;
	struct impair_fault f = { .on = true, .when = IMPAIR_EVERY, .n = 1 };
	struct word part;
	int k;

	if (w.n >= sizeof text)
		return err_set(e, "found %zu characters for one fault", w.n);
	memcpy(text, w.p, w.n);
	text[w.n] = '\0';
	next_word(&at, ':', &part);
	if ((k = kind_of(part, e)) < 0)
		return -1;
	f.value = rows[k].value;
	while (next_word(&at, ':', &part))
		if (parse_key(&f, &rows[k], part, e) < 0)
			return err_in(e, "%s", rows[k].name);
	i->fault[k] = f;
	return 0;
}

int impair_parse(struct impair *i, const char *list, struct err *e)
{
	struct word w;

	while (next_word(&list, ',', &w))
		if (parse_fault(i, w, e) < 0)
			return -1;
	return 0;
}

void impair_clear(struct impair *i)
{
	for (int k = 0; k < IMPAIR_KEPT; k++)
		free(i->kept[k].p);
	for (int k = 0; k < IMPAIR_HELD; k++)
		free(i->held[k].p);
	rng_clear(&i->rng);
	*i = (struct impair){ 0 };
}

static bool hits(struct impair *i, const struct impair_fault *f)
{
	switch (f->when) {
	case IMPAIR_EVERY:
		return i->count % f->n == 0;
	case IMPAIR_AT:
		return i->count == f->n;
	case IMPAIR_PROB:
		return f->prob == UINT32_MAX || rng_u32(&i->rng) < f->prob;
	}
	return false;
}

/* What cannot be done to this packet is not counted as done. */
static bool fits(const struct encap *d, const struct encap_item *it, unsigned k)
{
	const struct encap_sa *s = &d->sa[it->layer[it->nlayers - 1].sa];
	const struct sa *sa = &s->entry->sa;

	if (sa->proto == SA_IPCOMP || (rows[k].esp && sa->proto != SA_ESP))
		return false;
	switch (k) {
	case IMPAIR_ESN_HIGH_OFF:
		return sa->esn == SA_YES;
	case IMPAIR_IV_REUSE:
		return s->packets > 0 && s->size.iv > 0;
	case IMPAIR_CORRUPT_ICV: case IMPAIR_ICV_SHORT:
		return s->size.icv > 0;
	case IMPAIR_KEEPALIVE:
		return s->size.encap == SA_ENCAP_UDP;
	case IMPAIR_FRAG_OVERLAP: case IMPAIR_FRAG_MISSING: case IMPAIR_FRAG_TINY:
		return s->size.encap != SA_ENCAP_TCP;
	default:
		return true;
	}
}

void impair_choose(struct impair *i, struct encap *d, struct encap_item *it)
{
	it->faults = 0;
	i->count++;
	for (unsigned k = 0; k < IMPAIR_COUNT; k++)
		if (i->fault[k].on && hits(i, &i->fault[k]) && fits(d, it, k))
			it->faults |= UINT32_C(1) << k;
	it->dice = it->faults != 0 ? rng_u32(&i->rng) : 0;
}
