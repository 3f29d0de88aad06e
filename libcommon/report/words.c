#include "report/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { HEX_SHOWN = 16, TEXT_SHOWN = 256 };

struct words words_of(char *out, size_t room)
{
	out[0] = '\0';
	return (struct words){ .p = out, .room = room };
}

void words_put(struct words *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (w->cut)
		return;
	va_start(ap, fmt);
	n = vsnprintf(w->p + w->n, w->room - w->n, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < w->room - w->n) {
		w->n += (size_t)n;
		return;
	}
	w->cut = true;
	w->n = w->room - 1;
	memcpy(w->p + w->n - 3, "...", 4);
}

void words_text(struct words *w, struct span text)
{
	char shown[ESC_TEXT(TEXT_SHOWN)];

	esc_text_into(shown, (const char *)text.p, text.n < TEXT_SHOWN ? text.n : TEXT_SHOWN);
	words_put(w, "%s%s", shown, text.n > TEXT_SHOWN ? "..." : "");
}

void words_hex(struct words *w, struct span bytes)
{
	char text[2 * HEX_SHOWN + 1];

	words_put(w, "%s%s", hex_format(text, (struct span){ bytes.p, bytes.n < HEX_SHOWN ? bytes.n : HEX_SHOWN }),
	    bytes.n > HEX_SHOWN ? "..." : "");
}
