#include "sa/format/strongswan_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

struct push {				/* one line on its way */
	struct strongswan_log *log;
	strongswan_take_fn *take;
	void *arg;
	struct strongswan_record r;
};

void strongswan_log_clear(struct strongswan_log *log)
{
	if (log->text != NULL)
		wipe(log->text, log->cap);
	free(log->text);
	wipe(log, sizeof *log);
}

/* The slot of a thread; one that was silent for long gives way to a new thread. */
static unsigned slot_of(struct strongswan_log *log, uint64_t source, bool *fresh)
{
	unsigned oldest = 0, i = 0;

	while (i < STRONGSWAN_SLOTS && (!log->slots[i].taken || log->slots[i].source != source)) {
		if (log->slots[i].used < log->slots[oldest].used)
			oldest = i;
		i++;
	}
	*fresh = i == STRONGSWAN_SLOTS;
	if (*fresh) {
		i = oldest;
		log->slots[i].source = source;
		log->slots[i].taken = true;
	}
	log->slots[i].used = ++log->clock;
	return i;
}

/* Hands over the dump of r's slot; missing: why it ends before it is complete, or NULL. */
static int give_dump(struct push *u, unsigned slot, const char *missing, struct err *e)
{
	struct strongswan_dump *d = &u->log->dumps[slot];
	struct strongswan_record r = u->r;
	int rc;

	r.slot = slot;
	r.group = d->group;
	r.threaded = d->threaded;
	r.daemon = d->daemon;
	r.dump = true;
	r.text = d->label;
	r.n = d->nlabel;
	r.damage = d->damage != NULL ? d->damage : missing;
	r.bytes = r.damage == NULL && d->want <= STRONGSWAN_DUMP ? d->bytes : NULL;
	r.nbytes = d->want;
	r.line = d->line;
	r.column = d->column;
	d->open = false;
	rc = u->take(u->arg, &r, e);
	wipe(d->bytes, sizeof d->bytes);
	return rc;
}

static const char *skip(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

static const char *number(const char *p, const char *end, size_t *v)
{
	*v = 0;
	while (p < end && *p >= '0' && *p <= '9' && *v < 1000000)
		*v = *v * 10 + (size_t)(*p++ - '0');
	return p;
}

/* "LABEL => 32 bytes @ 0x7fcd08001f40": the label's length, or 0. */
static size_t dump_head(const char *p, size_t n, size_t *want)
{
	static const char arrow[] = " => ", bytes[] = " bytes @ ";
	const char *end = p + n, *at = p, *next;

	while ((at = memchr(at, ' ', (size_t)(end - at))) != NULL) {
		if ((size_t)(end - at) < sizeof arrow + sizeof bytes)
			return 0;
		if (memcmp(at, arrow, sizeof arrow - 1) == 0)
			break;
		at++;
	}
	if (at == NULL || at == p)
		return 0;
	next = number(at + sizeof arrow - 1, end, want);
	if (next == at + sizeof arrow - 1 || (size_t)(end - next) < sizeof bytes ||
	    memcmp(next, bytes, sizeof bytes - 1) != 0)
		return 0;
	next += sizeof bytes - 1;
	if (memchr(next, ' ', (size_t)(end - next)) != NULL)
		return 0;
	return (size_t)(at - p);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10
	     : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The row's text must say the same as its octets: it shows a digit that was altered, octets that
 * were lost and lines that were joined. */
static const char *check_ascii(const char *p, const char *end, const uint8_t *b, size_t n)
{
	while (end > p && end[-1] == ' ')
		end--;
	if ((size_t)(end - p) > n)
		return "a row is followed by other text";
	for (size_t i = 0; i < (size_t)(end - p); i++) {
		char c = b[i] > 31 && b[i] < 127 ? (char)b[i] : '.';

		/* old versions print no percent signs */
		if (p[i] != c && !(c == '%' && p[i] == '.'))
			return "octets and text of a row differ";
	}
	return NULL;
}

/* "  16: 50 51 ... 5F  PQRST..."; false: the text is no row. */
static bool take_row(struct strongswan_dump *d, const char *p, size_t n)
{
	const char *end = p + n, *at = skip(p, end), *hex;
	uint8_t b[16] = { 0 };
	size_t offset, count = d->want - d->have < 16 ? d->want - d->have : 16, got = 0;

	hex = number(at, end, &offset);
	if (hex == at || hex == end || *hex++ != ':')
		return false;
	at = hex;
	while (got < count && end - at >= 3 && at[0] == ' ' && hex_digit(at[1]) >= 0 &&
	    hex_digit(at[2]) >= 0 && (end - at == 3 || at[3] == ' ')) {
		b[got++] = (uint8_t)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
		at += 3;
	}
	if (offset != d->have)
		d->damage = "a row is missing or out of place";
	else if (got < count)
		d->damage = "a row has too few octets";
	else				/* 16 octets and two blanks are 50 columns */
		d->damage = check_ascii(end - hex > 50 ? hex + 50 : skip(at, end), end, b, count);
	if (d->damage == NULL && d->have + count <= STRONGSWAN_DUMP)
		memcpy(d->bytes + d->have, b, count);
	d->have += count;
	wipe(b, sizeof b);
	return true;
}

/* One line of a message. */
static int push_text(struct push *u, const char *p, size_t n, struct err *e)
{
	struct strongswan_dump *d = &u->log->dumps[u->r.slot];
	size_t want, nlabel;

	if (d->open) {
		if (take_row(d, p, n)) {
			if (d->have >= d->want || d->damage != NULL)
				return give_dump(u, u->r.slot, NULL, e);
			return 0;
		}
		if (give_dump(u, u->r.slot, "rows are missing", e) < 0)
			return -1;
	}
	nlabel = dump_head(p, n, &want);
	if (nlabel == 0 || nlabel > STRONGSWAN_LABEL) {
		u->r.text = p;
		u->r.n = n;
		return u->take(u->arg, &u->r, e);
	}
	d->open = true;
	d->threaded = u->r.threaded;
	d->daemon = u->r.daemon;
	d->line = u->r.line;
	d->column = u->r.column;
	d->want = want;
	d->have = 0;
	d->damage = NULL;
	d->nlabel = nlabel;
	memcpy(d->label, p, nlabel);
	memcpy(d->group, u->r.group, sizeof d->group);
	return want == 0 ? give_dump(u, u->r.slot, NULL, e) : 0;
}

/* A message of several lines. */
static int push_lines(struct push *u, const char *p, size_t n, struct err *e)
{
	while (n > 0) {
		const char *lf = memchr(p, '\n', n);
		size_t len = lf == NULL ? n : (size_t)(lf - p);

		if (push_text(u, p, len, e) < 0)
			return -1;
		u->r.fresh = false;
		p += lf == NULL ? len : len + 1;
		n -= lf == NULL ? len : len + 1;
	}
	return 0;
}

/* \n, \" and \\ as charon writes them, and the other escapes of one letter; \u stays as it is. */
static int unescape(struct strongswan_log *log, const char *p, size_t n, size_t *len, struct err *e)
{
	size_t k = 0;

	if (log->cap < n) {
		char *text = malloc(n);

		if (text == NULL)
			return err_nomem(e);
		if (log->text != NULL)
			wipe(log->text, log->cap);
		free(log->text);
		log->text = text;
		log->cap = n;
	}
	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (c == '\\' && i + 1 < n && p[i + 1] != 'u') {
			c = p[++i];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
		}
		log->text[k++] = c;
	}
	*len = k;
	return 0;
}

/* The journal's text form: rows are indented and have no prefix. */
static int push_indented(struct push *u, const char *p, size_t n, struct err *e)
{
	unsigned slot = u->log->indented - 1;

	if (u->log->indented == 0 || n < 4 || memcmp(p, "    ", 4) != 0 || !u->log->dumps[slot].open)
		return 0;
	u->r.slot = slot;
	if (!take_row(&u->log->dumps[slot], p, n))
		return 0;
	if (u->log->dumps[slot].have >= u->log->dumps[slot].want ||
	    u->log->dumps[slot].damage != NULL)
		return give_dump(u, slot, NULL, e);
	return 0;
}

int strongswan_log_push(struct strongswan_log *log, const char *p, size_t n, uint64_t number_,
    strongswan_take_fn *take, void *arg, struct err *e)
{
	struct push u = { log, take, arg, { .line = number_, .group = "" } };
	struct strongswan_line l;
	size_t len = 0;
	int rc;

	if (!strongswan_line_parse(&l, p, n))
		return push_indented(&u, p, n, e);
	u.r.slot = slot_of(log, l.source, &u.r.fresh);
	if (u.r.fresh)
		log->dumps[u.r.slot].open = false;
	u.r.threaded = l.threaded;
	u.r.daemon = l.daemon;
	u.r.group = l.group;
	u.r.ike = l.ike;
	u.r.nike = l.nike;
	u.r.column = l.column;
	log->indented = l.threaded ? 0 : u.r.slot + 1;
	if (!l.json)
		return push_text(&u, l.msg, l.n, e);
	if (unescape(log, l.msg, l.n, &len, e) < 0)
		return -1;
	rc = push_lines(&u, log->text, len, e);
	wipe(log->text, len);
	return rc;
}

int strongswan_log_end(struct strongswan_log *log, strongswan_take_fn *take, void *arg,
    struct err *e)
{
	struct push u = { log, take, arg, { .group = "" } };

	for (unsigned i = 0; i < STRONGSWAN_SLOTS; i++)
		if (log->dumps[i].open && give_dump(&u, i, "rows are missing", e) < 0)
			return -1;
	return 0;
}
