#include "cli/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What may stand for a value: files, interfaces, or the words typed as they are. */
struct wanted { bool file, iface; char words[1024]; };

/* What a subcommand says of an option, or of its own words (NULL). */
static void add_words(struct wanted *w, const struct complete_sub *part, const char *option)
{
	size_t used = strlen(w->words);
	const char *word;

	for (size_t i = 0; part->words != NULL && (word = part->words(option, i)) != NULL; i++)
		if (strcmp(word, "FILE") == 0)
			w->file = true;
		else if (used + strlen(word) + 2 < sizeof w->words)
			used += (size_t)snprintf(w->words + used, sizeof w->words - used, "%s%s",
			    used > 0 ? " " : "", word);
}

static struct wanted wanted(const struct complete_sub *part, const struct opt *o)
{
	struct wanted w = { 0 };
	const char *p = o->arg != NULL ? o->arg : "";
	size_t used = 0;

	p += strspn(p, "[=");
	while (*p != '\0' && *p != ']') {
		size_t n = strcspn(p, "|]"), word = strcspn(p, "|][");

		if (n == 4 && memcmp(p, "FILE", 4) == 0) {
			w.file = true;
		} else if (n == 5 && memcmp(p, "IFACE", 5) == 0) {
			w.iface = true;
		} else if ((islower((unsigned char)*p) || isdigit((unsigned char)*p)) && used + word + 2 < sizeof w.words) {
			if (used > 0)
				w.words[used++] = ' ';
			memcpy(w.words + used, p, word);
			used += word;
		}
		p += n;
		p += *p == '|';
	}
	if (o->name != NULL && o->arg != NULL)
		add_words(&w, part, o->name);
	return w;
}

static bool is_optional(const struct opt *o)
{
	return o->arg != NULL && o->arg[0] == '[';
}

/* The rows that are options and shown, one after the other; start with *at NULL. */
static const struct opt *next_row(const struct opt *const **table, const struct opt **at)
{
	for (;;) {
		if (**table == NULL)
			return NULL;
		*at = *at == NULL ? **table : *at + 1;
		if (opt_is_end(*at)) {
			(*table)++;
			*at = NULL;
		} else if (!opt_is_heading(*at) && !opt_is_hidden(*at)) {
			return *at;
		}
	}
}

/* "ipsec-decap" as part of a function's name. */
static void identifier(const char *tool)
{
	for (; *tool != '\0'; tool++)
		putchar(*tool == '-' ? '_' : *tool);
}

static void bash_pattern(const struct opt *o)
{
	if (opt_short(o) != 0)
		printf("-%c%s", opt_short(o), o->name != NULL ? "|" : "");
	if (o->name != NULL)
		printf("--%s", o->name);
}

static void bash_values(const struct complete_sub *part, const char *in)
{
	const struct opt *const *tables = part->tables;
	const struct opt *at = NULL;

	for (const struct opt *o; (o = next_row(&tables, &at)) != NULL;) {
		struct wanted w = wanted(part, o);

		if (o->arg == NULL)
			continue;
		printf("%s", in);
		if (is_optional(o))
			printf("--%s=", o->name);
		else
			bash_pattern(o);
		printf(")\n%s\t", in);
		if (w.file)
			printf("mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
			    "%s\tcompopt -o filenames", in);
		else if (w.iface)
			printf("mapfile -t COMPREPLY < "
			    "<(compgen -W \"$(ls /sys/class/net 2>/dev/null)\" -- \"$cur\")");
		else if (w.words[0] != '\0')
			printf("mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")", w.words);
		else
			printf(":");
		printf("\n%s\treturn ;;\n", in);
	}
}

/* Values after an option, options after a dash; subs: what else may stand here. */
static void bash_cases(const struct complete_sub *part, const char *in, const struct complete *subs)
{
	const struct opt *const *t = part->tables;
	struct wanted w = { 0 };
	const struct opt *at = NULL;

	printf("%scase $prev in\n", in);
	bash_values(part, in);
	add_words(&w, part, NULL);
	printf("%sesac\n%scase $cur in\n%s-*)\n%s\tmapfile -t COMPREPLY < <(compgen -W '", in, in, in,
	    in);
	for (const struct opt *o; (o = next_row(&t, &at)) != NULL;) {
		if (opt_short(o) != 0)
			printf("-%c ", opt_short(o));
		if (o->name != NULL)
			printf("--%s ", o->name);
		if (o->name != NULL && is_optional(o))
			printf("--%s= ", o->name);
	}
	printf("' -- \"$cur\")\n%s\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n%s\t;;\n", in,
	    in);
	if (subs != NULL && subs->nsubs > 0) {
		printf("%s*)\n%s\tmapfile -t COMPREPLY < <(compgen -W '", in, in);
		for (size_t i = 0; i < subs->nsubs; i++)
			printf("%s ", subs->subs[i].name);
		printf("' -- \"$cur\")\n%s\t;;\n", in);
	} else if (w.words[0] != '\0') {
		printf("%s*)\n%s\tmapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")\n%s\t;;\n", in, in,
		    w.words, in);
	}
	printf("%sesac\n", in);
}

/* The first word that names one is the subcommand. */
static void bash_subs(const struct complete *c)
{
	printf("\tlocal sub= word\n\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	    "\t\tcase $word in\n\t\t");
	for (size_t i = 0; i < c->nsubs; i++)
		printf("%s%s", i > 0 ? "|" : "", c->subs[i].name);
	printf(")\n\t\t\tsub=$word\n\t\t\tbreak ;;\n\t\tesac\n\tdone\n\tcase $sub in\n");
	for (size_t i = 0; i < c->nsubs; i++) {
		printf("\t%s)\n", c->subs[i].name);
		bash_cases(&c->subs[i], "\t\t", NULL);
		printf("\t\t;;\n");
	}
	printf("\t*)\n");
	bash_cases(&c->tool, "\t\t", c);
	printf("\t\t;;\n\tesac\n");
}

static void bash_print(const struct complete *c)
{
	const char *tool = c->tool.name;

	printf("# bash completion for %s; written by \"%s --completions=bash\"\n\n_", tool, tool);
	identifier(tool);
	/* bash cuts words at '=', so "--json=FI" arrives as three words */
	printf("()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n\n"
	    "\tCOMPREPLY=()\n"
	    "\tif [[ $cur == '=' ]]; then\n\t\tprev=$prev=\n\t\tcur=\n"
	    "\telif [[ $prev == '=' ]] && (( COMP_CWORD > 1 )); then\n"
	    "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}=\n\tfi\n");
	if (c->nsubs > 0)
		bash_subs(c);
	else
		bash_cases(&c->tool, "\t", NULL);
	printf("}\n\ncomplete -o default -F _");
	identifier(tool);
	printf(" %s\n", tool);
}

/* Inside '...' of zsh and fish; zsh's _arguments also wants [ ] : escaped. */
static void quoted(const char *text, bool zsh)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			fputs(zsh ? "'\\''" : "\\'", stdout);
		else if (*text == '\\')
			fputs("\\\\", stdout);
		else if (zsh && strchr("[]:", *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void zsh_spec(const struct complete_sub *part, const struct opt *o, const char *option,
    const char *after)
{
	struct wanted w = wanted(part, o);

	printf(" \\\n\t'*%s%s[", option, after);
	quoted(o->help, true);
	putchar(']');
	if (o->arg != NULL) {
		fputs(is_optional(o) ? "::value:" : ":value:", stdout);
		if (w.file)
			printf("_files");
		else if (w.iface)
			printf("_net_interfaces");
		else if (w.words[0] != '\0')
			printf("(%s)", w.words);
		else
			putchar(' ');
	}
	putchar('\'');
}

static void zsh_rows(const struct complete_sub *part)
{
	const struct opt *const *tables = part->tables;
	const struct opt *at = NULL;
	struct wanted w = { 0 };
	char option[64];

	add_words(&w, part, NULL);
	for (const struct opt *o; (o = next_row(&tables, &at)) != NULL;) {
		if (opt_short(o) != 0) {
			snprintf(option, sizeof option, "-%c", opt_short(o));
			zsh_spec(part, o, option, o->arg != NULL && !is_optional(o) ? "+" : "");
		}
		if (o->name != NULL) {
			snprintf(option, sizeof option, "--%s", o->name);
			zsh_spec(part, o, option, o->arg == NULL ? "" : is_optional(o) ? "=-" : "=");
		}
	}
	if (part->filter)
		printf(" \\\n\t'*:filter: '");
	else if (w.file)
		printf(" \\\n\t'*:file:_files'");
	else if (w.words[0] != '\0')
		printf(" \\\n\t'*:name:(%s)'", w.words);
}

static void zsh_subs(const struct complete *c)
{
	printf(" \\\n\t'1: :->subcommand' \\\n\t'*:: :->rest'\ncase $state in\nsubcommand)\n\tsubs=(");
	for (size_t i = 0; i < c->nsubs; i++) {
		printf(" \\\n\t\t'%s:", c->subs[i].name);
		quoted(c->subs[i].what, false);
		putchar('\'');
	}
	printf(")\n\t_describe subcommand subs ;;\nrest)\n\tcase $words[1] in\n");
	for (size_t i = 0; i < c->nsubs; i++) {
		printf("\t%s) _arguments -s", c->subs[i].name);
		zsh_rows(&c->subs[i]);
		printf(" ;;\n");
	}
	printf("\tesac ;;\nesac\n");
}

static void zsh_print(const struct complete *c)
{
	const char *tool = c->tool.name;

	printf("#compdef %s\n# written by \"%s --completions=zsh\"\n\n", tool, tool);
	if (c->nsubs > 0)
		printf("local curcontext=$curcontext state line\nlocal -a subs\ntypeset -A opt_args\n\n");
	printf("_arguments -s%s", c->nsubs > 0 ? " -C" : "");
	zsh_rows(&c->tool);
	if (c->nsubs > 0)
		zsh_subs(c);
	else
		putchar('\n');
}

/* One of the tool's rows stands before the subcommand and after it. */
static bool has_row(const struct opt *const *tables, const struct opt *row)
{
	const struct opt *at = NULL;

	for (const struct opt *o; (o = next_row(&tables, &at)) != NULL;)
		if (o->key == row->key && o->name == row->name)
			return true;
	return false;
}

static void fish_rows(const char *tool, const struct complete_sub *part,
    const struct opt *const *known)
{
	const struct opt *const *tables = part->tables;
	const struct opt *at = NULL;

	for (const struct opt *o; (o = next_row(&tables, &at)) != NULL;) {
		struct wanted w = wanted(part, o);

		if (known != NULL && has_row(known, o))
			continue;
		printf("complete -c %s", tool);
		if (known != NULL)
			printf(" -n '__fish_seen_subcommand_from %s'", part->name);
		if (opt_short(o) != 0)
			printf(" -s %c", opt_short(o));
		if (o->name != NULL)
			printf(" -l %s", o->name);
		/* -x: a value, and no file */
		if (o->arg != NULL && !is_optional(o))
			printf(w.file ? " -r" : " -x");
		if (w.file)
			printf(" -F");
		else if (w.iface)
			printf(" -a '(command ls /sys/class/net 2>/dev/null)'");
		else if (w.words[0] != '\0')
			printf(" -a '%s'", w.words);
		printf(" -d '");
		quoted(o->help, false);
		printf("'\n");
	}
}

static void fish_print(const struct complete *c)
{
	const char *tool = c->tool.name;

	printf("# fish completion for %s; written by \"%s --completions=fish\"\n\n"
	    "complete -c %s -f\n", tool, tool, tool);
	for (size_t i = 0; i < c->nsubs; i++) {
		printf("complete -c %s -n __fish_use_subcommand -a %s -d '", tool, c->subs[i].name);
		quoted(c->subs[i].what, false);
		printf("'\n");
	}
	fish_rows(tool, &c->tool, NULL);
	for (size_t i = 0; i < c->nsubs; i++) {
		struct wanted w = { 0 };

		add_words(&w, &c->subs[i], NULL);
		if (w.file || w.words[0] != '\0')
			printf("complete -c %s -n '__fish_seen_subcommand_from %s'%s", tool, c->subs[i].name,
			    w.file ? " -F\n" : "");
		if (!w.file && w.words[0] != '\0')
			printf(" -a '%s'\n", w.words);
		fish_rows(tool, &c->subs[i], c->tool.tables);
	}
}

int complete_print(const char *shell, const struct complete *c, struct err *e)
{
	if (strcmp(shell, "bash") == 0)
		bash_print(c);
	else if (strcmp(shell, "zsh") == 0)
		zsh_print(c);
	else if (strcmp(shell, "fish") == 0)
		fish_print(c);
	else
		return err_set(e, "completions for \"%s\", wanted bash, zsh or fish", shell);
	return 0;
}
