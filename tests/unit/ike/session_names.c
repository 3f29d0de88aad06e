/* Names of events: where people and programs look them up. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ike/session.h"

static char text[1 << 18];

static const char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");

	cr_assert_not_null(f, "%s", path);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void expect_all(const char *path, const char *form)
{
	read_text(path);
	for (int k = 0; k < SESSION_KINDS; k++) {
		char entry[80];

		cr_assert_not_null(session_event_name((enum session_event_kind)k), "event %d", k);
		snprintf(entry, sizeof entry, form, session_event_name((enum session_event_kind)k));
		cr_expect_not_null(strstr(text, entry), "%s: %s", path, entry);
	}
}

Test(session_names, page)
{
	expect_all("man/ipsec-ike.1", ".It Li ike-%s\n");
}

Test(session_names, schema)
{
	expect_all("man/ipsec-event.schema.json", "\"ike-%s\"");
}
