#include "sa/format/python.h"

#include <string.h>

bool python_arg(struct word *rest, struct word *name, struct word *value)
{
	char quote = '\0';
	int depth = 0;
	size_t i = 0, eq = 0;

	while (rest->n > 0 && strchr(" \t,", *rest->p) != NULL) {
		rest->p++;
		rest->n--;
		rest->column++;
	}
	if (rest->n == 0)
		return false;
	for (; i < rest->n && !(quote == '\0' && depth == 0 && rest->p[i] == ','); i++) {
		char c = rest->p[i];

		if (quote != '\0') {
			if (c == '\\')
				i++;
			else if (c == quote)
				quote = '\0';
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '=' && depth == 0 && eq == 0) {
			eq = i;
		} else {
			depth += (c == '(' || c == '[') - (c == ')' || c == ']');
		}
	}
	i = i < rest->n ? i : rest->n;
	*name = (struct word){ rest->p, eq, rest->column };
	*value = (struct word){ rest->p + (eq > 0 ? eq + 1 : 0), i - (eq > 0 ? eq + 1 : 0), rest->column };
	while (name->n > 0 && name->p[name->n - 1] == ' ')
		name->n--;
	while (value->n > 0 && *value->p == ' ') {
		value->p++;
		value->n--;
	}
	while (value->n > 0 && value->p[value->n - 1] == ' ')
		value->n--;
	rest->p += i;
	rest->n -= i;
	rest->column += i;
	return true;
}

bool python_call(const struct word *w, const char *name, struct word *inside)
{
	size_t n = strlen(name);

	if (w->n < n + 2 || memcmp(w->p, name, n) != 0 || w->p[n] != '(' || w->p[w->n - 1] != ')')
		return false;
	*inside = (struct word){ w->p + n + 1, w->n - n - 2, w->column };
	return true;
}

bool python_string(const struct word *w, struct word *inside)
{
	if (w->n < 2 || (w->p[0] != '\'' && w->p[0] != '"') || w->p[w->n - 1] != w->p[0] ||
	    memchr(w->p, '\\', w->n) != NULL)
		return false;
	*inside = (struct word){ w->p + 1, w->n - 2, w->column };
	return true;
}

/* octal: set if the character is written so. */
static bool literal_char(const char **p, const char *end, uint8_t *out, bool *octal)
{
	static const char from[] = "ntr\\'\"", to[] = "\n\t\r\\'\"";
	struct word hex;
	const char *at;
	uint64_t v;

	if (**p != '\\') {
		*out = (uint8_t)*(*p)++;
		return true;
	}
	if (end - *p >= 4 && (*p)[1] == 'x') {
		hex = (struct word){ *p + 2, 2, 1 };
		if (hex_span(hex.p, 2) < 2 || !word_hex(&hex, 255, &v))
			return false;
		*out = (uint8_t)v;
		*p += 4;
		return true;
	}
	if (end - *p >= 2 && (*p)[1] >= '0' && (*p)[1] <= '7') {	/* octal, up to three digits */
		v = 0;
		*octal = true;
		for (++*p, at = *p; *p < end && *p - at < 3 && **p >= '0' && **p <= '7'; ++*p)
			v = v * 8 + (uint64_t)(**p - '0');
		*out = (uint8_t)v;
		return v <= 255;
	}
	if (end - *p < 2 || (*p)[1] == '\0' || (at = strchr(from, (*p)[1])) == NULL)
		return false;
	*out = (uint8_t)to[at - from];
	*p += 2;
	return true;
}

bool python_bytes(const struct word *w, char out[2 * KEY_TEXT_MAX + 1], size_t *n, bool *octal)
{
	static const char *const calls[] = {
		"bytes.fromhex", "bytearray.fromhex", "unhexlify", "binascii.unhexlify", "hex_bytes",
	};
	struct word in, text;
	const char *p, *end;

	*n = 0;
	*octal = false;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (python_call(w, calls[i], &in) && (python_string(&in, &text) || (in.n > 1 && in.p[0] == 'b' &&
		    python_string(&(struct word){ in.p + 1, in.n - 1, in.column }, &text)))) {
			if (text.n > 2 * KEY_TEXT_MAX)
				return false;
			memcpy(out, text.p, text.n);
			*n = text.n;
			return true;
		}
	if (w->n < 3 || w->p[0] != 'b' || (w->p[1] != '\'' && w->p[1] != '"') || w->p[w->n - 1] != w->p[1])
		return false;
	for (p = w->p + 2, end = w->p + w->n - 1; p < end; *n += 2) {
		uint8_t octet;

		if (*n + 2 > 2 * KEY_TEXT_MAX || !literal_char(&p, end, &octet, octal))
			return false;
		hex_format(out + *n, (struct span){ &octet, 1 });
	}
	return true;
}
