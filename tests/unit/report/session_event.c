/* What happens to a session, as JSON whatever peers say, and in words. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "report/session_event.h"

static struct session_ike ike_of(const char *remote_id)
{
	struct session_ike ike = { .number = 1, .initiator = true, .spi_i = 0x1122334455667788, .spi_r = 1,
		.path = { .local = { .family = 4, .b = { 192, 0, 2, 1 } }, .remote = { .family = 4, .b = { 192, 0, 2, 2 } },
		    .local_port = 500, .remote_port = 4500 } };
	struct err e;

	cr_assert_eq(identity_parse(&ike.id, "me@example", &e), 0);
	ike.remote_id.type = IKE_ID_FQDN;
	ike.remote_id.n = (uint16_t)strlen(remote_id);
	memcpy(ike.remote_id.data, remote_id, ike.remote_id.n);
	return ike;
}

/* The line, which has to be one JSON object and printable ASCII. */
static void json_of(char *out, size_t room, const struct session_event *ev, const struct reasons *why)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	struct jdoc doc = { 0 };
	struct err e;

	session_event_json(to, ev, 7, why);
	fclose(to);
	cr_assert(n > 0 && text[n - 1] == '\n' && memchr(text, '\n', n - 1) == NULL);
	cr_assert_eq(jdoc_parse(&doc, text, n - 1, &e), 0, "%s: %s", text, e.text);
	jdoc_clear(&doc);
	for (size_t i = 0; i < n - 1; i++)
		cr_assert(text[i] >= ' ' && text[i] < 0x7f, "%s", text);
	snprintf(out, room, "%s", text);
	free(text);
}

Test(session_event, every_kind_is_json)
{
	struct session_ike ike = ike_of("gw\x1b[31m\"\\,}\n\xff");
	struct reasons why = { .n = 0 };
	struct sa sa;
	struct session_child child = { .number = 3, .initiator = true, .replaces = 2 };
	char line[4096], words[SESSION_EVENT_TEXT];

	sa_init(&sa);
	sa.proto = SA_ESP;
	sa.mode = SA_TUNNEL;
	sa.spi = 0xc0de;
	child.in = child.out = sa;
	reason_add(&why, "refused", REASON_ERROR, "said \x01 \"this\"");
	for (int k = 0; k < SESSION_KINDS; k++) {
		struct session_event ev = { .kind = (enum session_event_kind)k, .when = 1, .ike = &ike, .child = &child,
			.why = &why, .text = "text \x02" };

		json_of(line, sizeof line, &ev, NULL);
		cr_expect_not_null(strstr(line, "\"session\":7,\"ike_sa\":1,\"initiator\":true,\"spi_i\":\"0x1122334455667788\""));
		session_event_words(words, &ev);
		cr_expect_neq(words[0], '\0');
		ev.child = NULL;
		ev.why = NULL;
		ev.text = "";
		json_of(line, sizeof line, &ev, NULL);
	}
}

Test(session_event, what_it_says)
{
	struct session_ike ike = ike_of("gw.example");
	struct session_event ev = { .kind = SESSION_AUTHENTICATED, .ike = &ike, .text = "" };
	char line[4096], words[SESSION_EVENT_TEXT];

	ike.remote_how = CREDS_CERT;
	json_of(line, sizeof line, &ev, NULL);
	cr_expect_not_null(strstr(line, "\"event\":\"ike-authenticated\",\"time\":\"1970-01-01T00:00:00Z\""), "%s", line);
	cr_expect_not_null(strstr(line, "\"id\":\"me@example\",\"auth\":\"psk\",\"remote_id\":\"gw.example\","
	    "\"remote_auth\":\"certificate\"}"), "%s", line);
	cr_expect_str_eq(session_event_words(words, &ev),
	    "192.0.2.1[500] > 192.0.2.2[4500]: authenticated: me@example and gw.example");
	cr_expect_eq(session_event_level(&ev), 0);
	ev = (struct session_event){ .kind = SESSION_FAILED, .ike = &ike, .text = "" };
	cr_expect_eq(session_event_level(&ev), -1);
}
