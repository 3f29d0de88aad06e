#include "cli/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What may stand for a value: files, interfaces, or the words typed as they are. */
struct wanted { bool file, iface; char words[128]; };

static struct wanted wanted(const struct opt *o)
{
	struct wanted w = { 0 };
	const char *p = o->arg != NULL ? o->arg : "";
	size_t used = 0;

	p += strspn(p, "[=");
	while (*p != '\0' && *p != ']') {
		size_t n = strcspn(p, "|]");

		if (n == 4 && memcmp(p, "FILE", 4) == 0) {
			w.file = true;
		} else if (n == 5 && memcmp(p, "IFACE", 5) == 0) {
			w.iface = true;
		} else if (islower((unsigned char)*p) && used + n + 2 < sizeof w.words) {
			if (used > 0)
				w.words[used++] = ' ';
			memcpy(w.words + used, p, n);
			used += n;
		}
		p += n;
		p += *p == '|';
	}
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

static void bash_values(const struct opt *const *tables)
{
	const struct opt *at = NULL;

	for (const struct opt *o; (o = next_row(&tables, &at)) != NULL;) {
		struct wanted w = wanted(o);

		if (o->arg == NULL)
			continue;
		printf("\t");
		if (is_optional(o))
			printf("--%s=", o->name);
		else
			bash_pattern(o);
		printf(")\n\t\t");
		if (w.file)
			printf("mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
			    "\t\tcompopt -o filenames");
		else if (w.iface)
			printf("mapfile -t COMPREPLY < "
			    "<(compgen -W \"$(ls /sys/class/net 2>/dev/null)\" -- \"$cur\")");
		else if (w.words[0] != '\0')
			printf("mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")", w.words);
		else
			printf(":");
		printf("\n\t\treturn ;;\n");
	}
}

static void bash_print(const char *tool, const struct opt *const *tables)
{
	const struct opt *const *t = tables;
	const struct opt *at = NULL;

	printf("# bash completion for %s; written by \"%s --completions=bash\"\n\n_", tool, tool);
	identifier(tool);
	/* bash cuts words at '=', so "--json=FI" arrives as three words */
	printf("()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n\n"
	    "\tCOMPREPLY=()\n"
	    "\tif [[ $cur == '=' ]]; then\n\t\tprev=$prev=\n\t\tcur=\n"
	    "\telif [[ $prev == '=' ]] && (( COMP_CWORD > 1 )); then\n"
	    "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}=\n\tfi\n\tcase $prev in\n");
	bash_values(tables);
	printf("\tesac\n\tcase $cur in\n\t-*)\n\t\tmapfile -t COMPREPLY < <(compgen -W '");
	for (const struct opt *o; (o = next_row(&t, &at)) != NULL;) {
		if (opt_short(o) != 0)
			printf("-%c ", opt_short(o));
		if (o->name != NULL)
			printf("--%s ", o->name);
		if (o->name != NULL && is_optional(o))
			printf("--%s= ", o->name);
	}
	printf("' -- \"$cur\")\n"
	    "\t\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n\t\t;;\n\tesac\n}\n\n"
	    "complete -o default -F _");
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

static void zsh_spec(const struct opt *o, const char *option, const char *after)
{
	struct wanted w = wanted(o);

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

static void zsh_print(const char *tool, const struct opt *const *tables)
{
	const struct opt *at = NULL;
	char option[64];

	printf("#compdef %s\n# written by \"%s --completions=zsh\"\n\n_arguments -s", tool, tool);
	for (const struct opt *o; (o = next_row(&tables, &at)) != NULL;) {
		if (opt_short(o) != 0) {
			snprintf(option, sizeof option, "-%c", opt_short(o));
			zsh_spec(o, option, o->arg != NULL && !is_optional(o) ? "+" : "");
		}
		if (o->name != NULL) {
			snprintf(option, sizeof option, "--%s", o->name);
			zsh_spec(o, option, o->arg == NULL ? "" : is_optional(o) ? "=-" : "=");
		}
	}
	printf(" \\\n\t'*:filter: '\n");
}

static void fish_print(const char *tool, const struct opt *const *tables)
{
	const struct opt *at = NULL;

	printf("# fish completion for %s; written by \"%s --completions=fish\"\n\n"
	    "complete -c %s -f\n", tool, tool, tool);
	for (const struct opt *o; (o = next_row(&tables, &at)) != NULL;) {
		struct wanted w = wanted(o);

		printf("complete -c %s", tool);
		if (opt_short(o) != 0)
			printf(" -s %c", opt_short(o));
		if (o->name != NULL)
			printf(" -l %s", o->name);
		if (o->arg != NULL && !is_optional(o))
			printf(" -r");
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

int complete_print(const char *shell, const char *tool, const struct opt *const *tables,
    struct err *e)
{
	if (strcmp(shell, "bash") == 0)
		bash_print(tool, tables);
	else if (strcmp(shell, "zsh") == 0)
		zsh_print(tool, tables);
	else if (strcmp(shell, "fish") == 0)
		fish_print(tool, tables);
	else
		return err_set(e, "completions for \"%s\", wanted bash, zsh or fish", shell);
	return 0;
}
