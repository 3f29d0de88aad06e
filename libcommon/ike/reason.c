#include "ike/reason.h"

#include <stdarg.h>
#include <stdio.h>

const char reason_unreachable[] = "unreachable";
const char reason_unreachable_advice[] = "check the host's name or address, and this host's name servers and routes (ip route get)";

struct reason *reason_add(struct reasons *rs, const char *id, enum reason_level level, const char *fmt, ...)
{
	struct reason *r = &rs->row[rs->n < REASONS_MAX ? rs->n++ : REASONS_MAX - 1];
	va_list ap;

	r->id = id;
	r->level = level;
	r->advice[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(r->text, sizeof r->text, fmt, ap);
	va_end(ap);
	return r;
}

void reason_advise(struct reason *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->advice, sizeof r->advice, fmt, ap);
	va_end(ap);
}

const char *reason_level_name(enum reason_level level)
{
	static const char *const names[] = { "info", "warning", "error" };

	return names[level];
}
