#include "report/page_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void put(FILE *to, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", to);
		break;
	case '<':
		fputs("&lt;", to);
		break;
	case '>':
		fputs("&gt;", to);
		break;
	case '"':
		fputs("&quot;", to);
		break;
	case '\'':
		fputs("&#39;", to);
		break;
	default:
		putc(c, to);
	}
}

void page_text(FILE *to, const char *text)
{
	char clean[ESC_TEXT(256)];

	/* in pieces, which never part a character: esc_text_into() of a cut one would show it as bytes */
	for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
		n = left < 256 ? left : 256;
		while (n < left && n > 1 && ((uint8_t)text[n] & 0xc0) == 0x80)
			n--;
		for (size_t i = 0, m = esc_text_into(clean, text, n); i < m; i++)
			put(to, clean[i]);
	}
}

void page_json(FILE *to, struct span json)
{
	for (size_t i = 0; i < json.n; i++) {
		uint8_t c = json.p[i];

		if (c == '<' || c == '>' || c == '&')
			fprintf(to, "\\u%04x", c);
		else
			putc(c, to);
	}
}
