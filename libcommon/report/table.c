#include "report/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { GAP = 2, NARROW = 8, LINE = -1 };

/* What was added, in order: cells of the columns 0 to n - 1 in turn, and lines between rows. */
struct item { size_t at; int column; enum table_color color; };

struct table {
	const struct table_column *column;
	size_t n, next;			/* columns; the one to come */
	struct item *item;
	size_t nitems, room;
	char *text;
	size_t len, cap;
	enum table_color color;		/* of the next cell */
	bool failed;
};

/* What is still to be printed of a row's cell. */
struct rest { const char *text; enum table_color color; };

struct table *table_new(const struct table_column *columns, size_t n, struct err *e)
{
	struct table *t = calloc(1, sizeof *t);

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->column = columns;
	t->n = n;
	return t;
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	free(t->item);
	free(t->text);
	free(t);
}

/* Room for n more bytes of text and one more item. */
static bool grow(struct table *t, size_t n)
{
	if (t->nitems == t->room) {
		size_t room = t->room > 0 ? 2 * t->room : 64;
		struct item *item = realloc(t->item, room * sizeof *item);

		if (item == NULL)
			return false;
		t->item = item;
		t->room = room;
	}
	if (t->cap - t->len < n) {
		size_t cap = 2 * t->cap + n;
		char *text = realloc(t->text, cap);

		if (text == NULL)
			return false;
		t->text = text;
		t->cap = cap;
	}
	return true;
}

/* Formats and escapes; -1 for want of memory. */
static int put(struct table *t, int column, size_t indent, const char *fmt, va_list ap)
{
	va_list again;
	char *raw;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || (raw = malloc((size_t)n + 1)) == NULL)
		return -1;
	vsnprintf(raw, (size_t)n + 1, fmt, ap);
	if (grow(t, indent + ESC_TEXT((size_t)n))) {
		memset(t->text + t->len, ' ', indent);
		t->item[t->nitems++] = (struct item){ t->len, column, t->color };
		t->len += indent;
		t->len += esc_text_into(t->text + t->len, raw, (size_t)n) + 1;
		n = 0;
	} else {
		n = -1;
	}
	free(raw);
	return n;
}

static void add(struct table *t, int column, size_t indent, const char *fmt, va_list ap)
{
	if (put(t, column, indent, fmt, ap) < 0)
		t->failed = true;
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(t, (int)t->next, 0, fmt, ap);
	va_end(ap);
	t->next = (t->next + 1) % t->n;
	t->color = TABLE_PLAIN;
}

void table_color(struct table *t, enum table_color color)
{
	t->color = color;
}

void table_line(struct table *t, size_t indent, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(t, LINE, indent, fmt, ap);
	va_end(ap);
}

/* Columns on a terminal: UTF-8's later bytes take none. */
static size_t columns_of(const char *text, size_t n)
{
	size_t wide = 0;

	for (size_t i = 0; i < n; i++)
		wide += ((unsigned char)text[i] & 0xc0) != 0x80;
	return wide;
}

/* The widths that all cells have as they are; 0 for a column that is left out. */
static void measure(const struct table *t, size_t *wide)
{
	memset(wide, 0, t->n * sizeof *wide);
	for (size_t i = 0; i < t->nitems; i++) {
		const struct item *it = &t->item[i];
		const char *text = t->text + it->at;
		size_t n = columns_of(text, strlen(text));

		if (it->column != LINE && n > wide[it->column])
			wide[it->column] = n;
	}
	for (size_t c = 0; c < t->n; c++) {
		size_t title = strlen(t->column[c].title);

		if ((wide[c] > 0 || !(t->column[c].flags & TABLE_SPARE)) && title > wide[c])
			wide[c] = title;
	}
}

static size_t total(const struct table *t, const size_t *wide)
{
	size_t sum = 0;

	for (size_t c = 0; c < t->n; c++)
		if (wide[c] > 0)
			sum += wide[c] + (sum > 0 ? (size_t)GAP : 0);
	return sum;
}

/* Takes from the widest column that may wrap until all fit, or none can give more. */
static void fit(const struct table *t, size_t *wide, size_t width)
{
	while (total(t, wide) > width) {
		size_t widest = t->n;

		for (size_t c = 0; c < t->n; c++)
			if ((t->column[c].flags & TABLE_WRAP) && wide[c] > NARROW &&
			    (widest == t->n || wide[c] > wide[widest]))
				widest = c;
		if (widest == t->n)
			return;
		wide[widest]--;
	}
}

/* The bytes of so many columns, or of all. */
static size_t bytes_of(const char *text, size_t wide)
{
	size_t n = 0;

	while (text[n] != '\0' && (wide > 0 || ((unsigned char)text[n] & 0xc0) == 0x80)) {
		wide -= ((unsigned char)text[n] & 0xc0) != 0x80;
		n++;
	}
	return n;
}

/* How much of text goes into one line of width: all, or up to a blank or behind a comma, else behind a
 * dash. */
static size_t piece(const char *text, size_t width)
{
	size_t most = bytes_of(text, width), cut = most;

	if (text[most] == '\0')
		return most;
	while (cut > 0 && text[cut] != ' ' && text[cut - 1] != ',')
		cut--;
	for (size_t i = most; cut == 0 && i > 1; i--)
		if (text[i - 1] == '-')
			cut = i;
	return cut > 0 ? cut : most;
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " ");
}

static void print_piece(const struct table_place *place, size_t blanks, const struct rest *cell, size_t n)
{
	static const char *const start[] = { "", "\033[31m", "\033[33m" };
	bool color = place->color && cell->color != TABLE_PLAIN;

	fprintf(place->to, "%*s%s%.*s%s", (int)blanks, "", color ? start[cell->color] : "", (int)n, cell->text,
	    color ? "\033[0m" : "");
}

/* One row; cell[c] is moved on as its pieces are printed. */
static void print_row(const struct table_place *place, const struct table *t, const size_t *wide,
    struct rest *cell)
{
	bool more = true;

	while (more) {
		size_t owed = 0;	/* blanks that are due only if something follows */
		bool first = true;

		more = false;
		for (size_t c = 0; c < t->n; c++) {
			size_t n = piece(cell[c].text, wide[c]);
			size_t pad = wide[c] - columns_of(cell[c].text, n);

			if (wide[c] == 0)
				continue;
			owed += first ? 0 : (size_t)GAP;
			first = false;
			if (t->column[c].flags & TABLE_RIGHT) {
				owed += pad;
				pad = 0;
			}
			if (n > 0) {
				print_piece(place, owed, &cell[c], n);
				owed = 0;
			}
			owed += pad;
			cell[c].text = skip_blanks(cell[c].text + n);
			more = more || *cell[c].text != '\0';
		}
		putc('\n', place->to);
	}
}

/* A line's next pieces stand two blanks further in. */
static void print_line(FILE *to, const char *text, size_t width)
{
	size_t indent = strspn(text, " "), n;
	bool first = true;

	text += indent;
	if (width == 0 || width < indent + GAP + NARROW) {
		fprintf(to, "%*s%s\n", (int)indent, "", text);
		return;
	}
	do {
		size_t in = indent + (first ? 0 : (size_t)GAP);

		n = piece(text, width - in);
		fprintf(to, "%*s%.*s\n", (int)in, "", (int)n, text);
		text = skip_blanks(text + n);
		first = false;
	} while (*text != '\0');
}

int table_print(const struct table_place *place, const struct table *t, struct err *e)
{
	size_t *wide = calloc(t->n, sizeof *wide);
	struct rest *cell = calloc(t->n, sizeof *cell);
	int rc = 0;

	if (wide == NULL || cell == NULL || t->failed) {
		rc = err_nomem(e);
		goto out;
	}
	measure(t, wide);
	if (place->width > 0)
		fit(t, wide, place->width);
	for (size_t c = 0; c < t->n; c++)
		cell[c] = (struct rest){ wide[c] > 0 ? t->column[c].title : "", TABLE_PLAIN };
	print_row(place, t, wide, cell);
	for (size_t i = 0; i < t->nitems; i++) {
		const struct item *it = &t->item[i];

		if (it->column == LINE) {
			print_line(place->to, t->text + it->at, place->width);
			continue;
		}
		cell[it->column] = (struct rest){ t->text + it->at, it->color };
		if ((size_t)it->column == t->n - 1)
			print_row(place, t, wide, cell);
	}
out:
	free(wide);
	free(cell);
	return rc;
}
