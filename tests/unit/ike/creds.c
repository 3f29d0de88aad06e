#include "ike/creds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void add(struct creds *c, const char *remote, const char *key)
{
	struct identity id;
	struct err e;

	cr_assert_eq(identity_parse(&id, remote, &e), 0);
	cr_assert_eq(creds_add_psk(c, &id, key, strlen(key), &e), 0, "%s", e.text);
}

/* The key for this identity, as text; "" for none. */
static const char *found(const struct creds *c, const char *text)
{
	static char out[64];
	const struct secret *s;
	struct identity id;
	struct err e;

	cr_assert_eq(identity_parse(&id, text, &e), 0);
	s = creds_psk_for(c, id.type, identity_span(&id));
	snprintf(out, sizeof out, "%.*s", s != NULL ? (int)s->n : 0, s != NULL ? (const char *)s->p : "");
	return out;
}

Test(creds, pre_shared_keys)
{
	struct identity id;
	struct creds c;
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	creds_init(&c);
	cr_expect_str_eq(found(&c, "gw.example"), "");
	add(&c, "gw.example", "one");
	cr_expect_str_eq(found(&c, "other.example"), "", "a key for one is nobody else's");
	cr_expect_str_eq(found(&c, "%any"), "");
	add(&c, "%any", "all");
	add(&c, "192.0.2.1", "two");
	cr_assert_eq(identity_parse(&id, "GW.example", &e), 0);
	cr_expect_eq(creds_add_psk(&c, &id, "second", 6, &e), -1, "which of two would be by chance");
	cr_expect_str_eq(e.text, "found a second pre-shared key for the same identity");
	cr_expect_eq(creds_add_psk(&c, &(struct identity){ 0 }, "second", 6, &e), -1);
	cr_expect_str_eq(found(&c, "GW.example"), "one");
	cr_expect_str_eq(found(&c, "192.0.2.1"), "two");
	cr_expect_str_eq(found(&c, "192.0.2.2"), "all");
	cr_expect_str_eq(found(&c, "keyid:gw.example"), "all");
	cr_expect_str_eq(found(&c, "%any"), "all");
	cr_expect_eq(creds_add_psk(&c, &c.psk[0].remote, "", 0, &e), -1);
	cr_expect_str_eq(e.text, "found an empty pre-shared key");
	creds_clear(&c);
	cr_expect(c.npsk == 0 && c.send_cert && c.remote == 0);
	creds_clear(&c);
}

Test(creds, many)
{
	struct creds c;
	char id[32];
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	creds_init(&c);
	for (int i = 0; i < 1000; i++) {
		snprintf(id, sizeof id, "c%d.example", i);
		add(&c, id, id);
	}
	for (int i = 0; i < 1000; i += 37) {
		snprintf(id, sizeof id, "c%d.example", i);
		cr_expect_str_eq(found(&c, id), id);
	}
	creds_clear(&c);
}

Test(creds, names)
{
	static const char *const names[] = { "psk", "certificate", "raw-key", "eap", "null" };

	for (int i = 0; i < CREDS_HOWS; i++)
		cr_expect_str_eq(creds_how_name((enum creds_how)i), names[i]);
	cr_expect_str_eq(creds_how_name(CREDS_HOWS), "unknown");
}
