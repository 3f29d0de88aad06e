#include "cli/opt.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"

enum { WORDS = 8 };		/* in one option's arg */
enum { WIDEST = 26 };	/* a longer "-x, --name ARG" has its help on the next line */

void opt_init(struct opt_state *o, const struct opt *const *tables, int argc, char **argv,
    const char **words)
{
	*o = (struct opt_state){ .tables = tables, .argc = argc, .at = 1, .argv = argv,
		.words = words };
}

static const struct opt *by_short(const struct opt *const *tables, char c)
{
	for (; *tables != NULL; tables++)
		for (const struct opt *o = *tables; !opt_is_end(o); o++)
			if (!opt_is_heading(o) && opt_short(o) == c && c != 0)
				return o;
	return NULL;
}

static const struct opt *by_long(const struct opt *const *tables, const char *name, size_t n)
{
	for (; *tables != NULL; tables++)
		for (const struct opt *o = *tables; !opt_is_end(o); o++)
			if (!opt_is_heading(o) && o->name != NULL &&
			    strncmp(o->name, name, n) == 0 && o->name[n] == '\0')
				return o;
	return NULL;
}

static int unknown_long(const struct opt *const *tables, const char *name, size_t n, struct err *e)
{
	struct nearest near = { 0 };
	char word[64];
	const char *best;

	snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), name);
	for (; *tables != NULL; tables++)
		for (const struct opt *o = *tables; !opt_is_end(o); o++)
			if (!opt_is_heading(o) && !opt_is_hidden(o))
				nearest_offer(&near, word, o->name);
	best = nearest_name(&near, word);
	if (best == NULL)
		return err_set(e, "unknown option \"--%s\"", word);
	return err_set(e, "unknown option \"--%s\", nearest is \"--%s\"", word, best);
}

static int take_long(struct opt_state *o, const char *text, struct err *e)
{
	size_t n = strcspn(text, "=");
	const struct opt *row = by_long(o->tables, text, n);

	if (row == NULL)
		return unknown_long(o->tables, text, n, e);
	o->row = row;
	if (text[n] == '=') {
		if (row->arg == NULL)
			return err_set(e, "option --%s takes no value", row->name);
		o->value = text + n + 1;
		if (*o->value == '\0')
			return err_set(e, "option --%s has an empty value, wanted %s", row->name,
			    row->arg);
	} else if (row->arg != NULL && row->arg[0] != '[') {
		if (o->at >= o->argc)
			return err_set(e, "option --%s needs a value: %s", row->name, row->arg);
		o->value = o->argv[o->at++];
	}
	return row->key;
}

static int take_short(struct opt_state *o, struct err *e)
{
	char c = *o->joined++;
	const struct opt *row = by_short(o->tables, c);
	const char *rest = o->joined;

	if (*rest == '\0' || row == NULL)
		o->joined = NULL;
	if (row == NULL)
		return err_set(e, "unknown option \"-%c\"", c);
	o->row = row;
	if (row->arg == NULL)
		return row->key;
	if (row->arg[0] == '[') {
		if (*rest == '=') {
			o->value = rest + 1;
			o->joined = NULL;
		}
		return row->key;
	}
	o->joined = NULL;
	if (*rest != '\0')
		o->value = rest;
	else if (o->at < o->argc)
		o->value = o->argv[o->at++];
	else
		return err_set(e, "option -%c needs a value: %s", c, row->arg);
	return row->key;
}

int opt_next(struct opt_state *o, struct err *e)
{
	o->value = NULL;
	if (o->joined != NULL)
		return take_short(o, e);
	while (o->at < o->argc) {
		const char *arg = o->argv[o->at++];

		if (o->words_only || arg[0] != '-' || arg[1] == '\0') {
			o->words[o->nwords++] = arg;
		} else if (strcmp(arg, "--") == 0) {
			o->words_only = true;
		} else if (arg[1] == '-') {
			return take_long(o, arg + 2, e);
		} else {
			o->joined = arg + 1;
			return take_short(o, e);
		}
	}
	return 0;
}

int opt_word(const struct opt_state *o, struct err *e)
{
	struct nearest near = { 0 };
	char words[WORDS][24], list[WORDS * 28] = "";
	int n = 0;

	for (const char *p = o->row->arg + strspn(o->row->arg, "[="); *p != '\0' && n < WORDS; n++) {
		size_t len = strcspn(p, "|]"), at = strlen(list);

		snprintf(words[n], sizeof words[n], "%.*s", (int)len, p);
		if (strcmp(words[n], o->value) == 0)
			return n;
		nearest_offer(&near, o->value, words[n]);
		p += len + (p[len] != '\0');
		snprintf(list + at, sizeof list - at, "%s%s", n == 0 ? "" : *p != '\0' ? ", " :
		    " or ", words[n]);
	}
	if (nearest_name(&near, o->value) != NULL)
		return err_set(e, "option --%s: found \"%s\", nearest is \"%s\"", o->row->name, o->value,
		    nearest_name(&near, o->value));
	return err_set(e, "option --%s: found \"%s\", wanted %s", o->row->name, o->value, list);
}

/* "-s, --sa FILE" */
static void label(char *out, size_t n, const struct opt *o)
{
	char s = opt_short(o);
	const char *gap = o->arg != NULL && o->arg[0] != '[' ? " " : "";
	const char *arg = o->arg != NULL ? o->arg : "";

	if (o->name == NULL)
		snprintf(out, n, "-%c%s%s", s, gap, arg);
	else if (s != 0)
		snprintf(out, n, "-%c, --%s%s%s", s, o->name, gap, arg);
	else
		snprintf(out, n, "    --%s%s%s", o->name, gap, arg);
}

void opt_help(const struct opt *const *tables)
{
	char text[128];
	int width = 0;

	for (const struct opt *const *t = tables; *t != NULL; t++)
		for (const struct opt *o = *t; !opt_is_end(o); o++) {
			if (opt_is_heading(o) || opt_is_hidden(o))
				continue;
			label(text, sizeof text, o);
			if ((int)strlen(text) > width && strlen(text) <= WIDEST)
				width = (int)strlen(text);
		}
	for (const struct opt *const *t = tables; *t != NULL; t++)
		for (const struct opt *o = *t; !opt_is_end(o); o++) {
			if (opt_is_hidden(o))
				continue;
			if (opt_is_heading(o)) {
				printf("\n%s:\n", o->name);
				continue;
			}
			label(text, sizeof text, o);
			if ((int)strlen(text) > width)
				printf("  %s\n  %*s  %s\n", text, width, "", o->help);
			else
				printf("  %-*s  %s\n", width, text, o->help);
		}
}
