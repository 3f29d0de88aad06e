#include "sa/format/libreswan_log.h"

#include <string.h>

#include "base/secret.h"
#include "sa/text_clean.h"

struct push {
	struct libreswan_log *log;
	libreswan_take_fn *take;
	void *arg;
	struct libreswan_record r;
};

void libreswan_log_clear(struct libreswan_log *log)
{
	wipe(log, sizeof *log);
}

static unsigned slot_of(struct libreswan_log *log, uint64_t daemon, bool *fresh)
{
	unsigned oldest = 0, i = 0;

	while (i < LIBRESWAN_SLOTS && (!log->slots[i].taken || log->slots[i].daemon != daemon)) {
		if (log->slots[i].used < log->slots[oldest].used)
			oldest = i;
		i++;
	}
	*fresh = i == LIBRESWAN_SLOTS;
	if (*fresh) {
		i = oldest;
		log->slots[i].daemon = daemon;
		log->slots[i].taken = true;
		wipe(&log->dumps[i], sizeof log->dumps[i]);
	}
	log->slots[i].used = ++log->clock;
	return i;
}

/* Host and program, the last two words of the log's prefix. */
static uint64_t daemon_of(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;
	size_t from = n, blanks = 0;

	while (from > 0 && !(p[from - 1] == ' ' && ++blanks == 3))
		from--;
	for (size_t i = from; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 0x100000001b3;
	return n == 0 ? 0 : h;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
	     : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Octets and blanks of a row are so wide; the text they show follows. */
enum { ROW_TEXT = 53 };

/* The text must say the same as the octets: it shows what was altered, lost or joined. */
static bool ascii_ok(const char *p, size_t n, const uint8_t *b, size_t k)
{
	if (n > k)
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] != (b[i] > 31 && b[i] < 127 ? (char)b[i] : '.'))
			return false;
	return true;
}

/* "00 01 02 03  04 05": up to 16 octets, two blanks behind every fourth, and in newer versions their
 * text.  How many; -1: it is no such row, or a damaged one. */
static int octets(const char *p, size_t n, uint8_t b[16])
{
	size_t i = 0, k = 0;

	while (n > 0 && p[n - 1] == ' ')
		n--;
	while (k < 16 && n - i >= 2 && hex_digit(p[i]) >= 0 && hex_digit(p[i + 1]) >= 0) {
		b[k++] = (uint8_t)(hex_digit(p[i]) * 16 + hex_digit(p[i + 1]));
		i += 2;
		if (i == n)
			return (int)k;
		if (p[i++] != ' ' || (k % 4 == 0 && (i == n || p[i++] != ' ')))
			return -1;
		if (i < n && p[i] == ' ')
			break;
	}
	while (i < n && i < ROW_TEXT && p[i] == ' ')
		i++;
	if (i == n)
		return (int)k;
	return k > 0 && i == ROW_TEXT && ascii_ok(p + i, n - i, b, k) ? (int)k : -1;
}

/* Text that begins like octets, or a row of none: whole or not. */
static bool like_octets(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] == ' ')
		i++;
	if (i == n)
		return true;
	return n - i >= 2 && hex_digit(p[i]) >= 0 && hex_digit(p[i + 1]) >= 0 && (n - i == 2 || p[i + 2] == ' ');
}

static void add_row(struct libreswan_dump *d, const char *p, size_t n)
{
	uint8_t b[16];
	int got = octets(p, n, b);

	if (got < 0)
		d->damage = "a row is not whole";
	else if (d->last)
		d->damage = "a row has too few octets";
	else if ((size_t)got > LIBRESWAN_DUMP - d->n)
		d->damage = "it is longer than any key";
	else if (got > 0)
		memcpy(d->bytes + d->n, b, (size_t)got);
	if (d->damage == NULL)
		d->n += (size_t)got;
	d->last = got < 16;
	wipe(b, sizeof b);
}

static int give_dump(struct push *u, unsigned slot, struct err *e)
{
	struct libreswan_dump *d = &u->log->dumps[slot];
	struct libreswan_record r = {
		.slot = slot, .debug = true, .text = d->label, .n = d->nlabel, .dump = true,
		.bytes = d->damage == NULL ? d->bytes : NULL, .nbytes = d->n, .damage = d->damage,
		.line = d->line, .column = d->column,
	};
	int rc = d->open ? u->take(u->arg, &r, e) : 0;

	wipe(d, sizeof *d);
	return rc;
}

/* Where "| " ends, behind a time or nothing; 0: no debug line. */
static size_t debug_at(const char *p, size_t n)
{
	size_t room = n < 64 ? n : 64;

	if (n >= 2 && p[0] == '|' && p[1] == ' ')
		return 2;
	for (size_t i = 0; i + 4 <= room; i++)
		if (memcmp(p + i, ": | ", 4) == 0)
			return i + 4;
	return 0;
}

/* "our  keymat  00 01 02 03  04 ...": the label's length; n: no octets stand behind it. */
static size_t label_len(const char *p, size_t n)
{
	uint8_t b[16];

	for (size_t i = 1; i + 2 < n; i++)
		if (p[i] == ' ' && p[i + 1] == ' ' && octets(p + i + 2, n - i - 2, b) >= 4) {
			wipe(b, sizeof b);
			return i;
		}
	return n;
}

/* A debug line that is no row may be a label. */
static void keep_label(struct push *u, struct libreswan_dump *d)
{
	size_t n = label_len(u->r.text, u->r.n);

	if (n > LIBRESWAN_LABEL)
		return;
	d->labelled = true;
	d->line = u->r.line;
	d->column = u->r.column;
	d->nlabel = n;
	memcpy(d->label, u->r.text, n);
	if (n < u->r.n) {
		d->open = true;
		add_row(d, u->r.text + n + 2, u->r.n - n - 2);
		u->r.n = n;
	}
}

int libreswan_log_push(struct libreswan_log *log, const char *p, size_t n, uint64_t number,
    libreswan_take_fn *take, void *arg, struct err *e)
{
	struct push u = { log, take, arg, { .line = number } };
	size_t prefix = text_log_prefix(p, n), debug = debug_at(p + prefix, n - prefix), blanks = 0;
	struct libreswan_dump *d;

	u.r.slot = slot_of(log, daemon_of(p, prefix), &u.r.fresh);
	u.r.debug = debug > 0;
	u.r.text = p + prefix + debug;
	u.r.n = n - prefix - debug;
	u.r.column = prefix + debug + 1;
	d = &log->dumps[u.r.slot];
	while (blanks < u.r.n && u.r.text[blanks] == ' ')
		blanks++;
	if (u.r.debug && d->labelled && blanks >= 2 && like_octets(u.r.text, u.r.n)) {
		d->open = true;
		add_row(d, u.r.text + blanks, u.r.n - blanks);
		return 0;
	}
	if (give_dump(&u, u.r.slot, e) < 0)
		return -1;
	if (u.r.debug)
		keep_label(&u, d);
	return take(arg, &u.r, e);
}

int libreswan_log_end(struct libreswan_log *log, libreswan_take_fn *take, void *arg, struct err *e)
{
	struct push u = { log, take, arg, { .line = 0 } };

	for (unsigned i = 0; i < LIBRESWAN_SLOTS; i++)
		if (give_dump(&u, i, e) < 0)
			return -1;
	return 0;
}
