#include "report/advice.h"

#include <string.h>

#include "report/amount.h"

const char *severity_name(enum severity s)
{
	return s == SEVERITY_ERROR ? "error" : s == SEVERITY_WARNING ? "warning" : "info";
}

/* What the letter stands for; text is room for those that are made. */
static const char *word_of(char letter, const struct advice_words *w, char text[AMOUNT_TEXT])
{
	switch (letter) {
	case 'k': return w->k;
	case 'o': return w->o;
	case 'A': return w->a;
	case 'B': return w->b;
	case 'S': return w->s;
	case 'R': return w->r;
	case 'b': return amount_bytes(text, w->n);
	case 'c': return amount_bytes(text, w->w);
	case 'n':
	case 'w':
		snprintf(text, AMOUNT_TEXT, "%llu", (unsigned long long)(letter == 'n' ? w->n : w->w));
		return text;
	default: return "%";
	}
}

char *advice_fill(char out[ADVICE_TEXT], const char *text, const struct advice_words *w)
{
	char made[AMOUNT_TEXT];
	size_t at = 0;

	for (const char *p = text; *p != '\0' && at < ADVICE_TEXT - 1; p++) {
		const char *word;

		if (*p != '%' || p[1] == '\0') {
			out[at++] = *p;
			continue;
		}
		word = word_of(*++p, w, made);
		for (word = word != NULL ? word : ""; *word != '\0' && at < ADVICE_TEXT - 1; word++)
			out[at++] = *word;
	}
	out[at] = '\0';
	return out;
}
