/* Live IKE's defaults, steps, and files of keys. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ike_live_conf.h"
#include "cli/ike_live_do.h"
#include "cli/psk_in.h"

/* RFC 8247, RFC 8221: no default is SHOULD NOT or worse. */
static void nothing_weak(const char *text, uint8_t protocol, unsigned least)
{
	struct offers os = { 0 };
	unsigned n = 0;
	struct mem mem;
	struct err e;

	mem_init(&mem, 1 << 22);
	cr_assert_eq(offers_parse(&os, text, protocol, OFFER_STRONGSWAN, &mem, &e), 0, "%s", e.text);
	for (unsigned i = 0; i < os.n; i++)
		for (unsigned t = 0; t < OFFER_TYPES; t++)
			for (unsigned a = 0; a < os.offer[i].of[t].n; a++, n++) {
				char word[OFFER_WORD];

				cr_expect_gt(offer_alg_status(protocol, t, os.offer[i].of[t].alg[a]), ALG_SHOULD_NOT, "%s",
				    offer_alg_format(word, t, os.offer[i].of[t].alg[a]));
			}
	cr_expect_geq(n, least);
	mem_clear(&mem);
}

Test(ike_live, no_default_is_weak)
{
	nothing_weak(ike_live_default_ike, IKE_PROTO_IKE, 25);
	nothing_weak(ike_live_default_esp, IKE_PROTO_ESP, 10);
	nothing_weak(ike_live_default_ah, IKE_PROTO_AH, 5);
}

static struct session_event event(enum session_event_kind kind, const char *text)
{
	return (struct session_event){ .kind = kind, .text = text };
}

/* A step with a time waits for it, one without for the effect of the one before. */
Test(ike_live, steps_in_turn)
{
	static const int64_t s = 1000000000;
	struct session_event up = event(SESSION_CHILD_REKEYED, ""), asked = event(SESSION_DPD, "asked"),
	    alive = event(SESSION_DPD, "alive");
	struct ike_live_do d;
	struct err e;

	cr_assert_eq(ike_live_do_parse(&d, "2s:rekey-child,dpd,4:delete", &e), 0, "%s", e.text);
	cr_assert_eq(d.n, 3);
	cr_expect_eq(ike_live_do_due(&d), INT64_MAX);
	ike_live_do_start(&d, 10 * s);
	ike_live_do_start(&d, 11 * s);
	cr_expect_eq(ike_live_do_due(&d), 12 * s);
	cr_expect_not(ike_live_do_done(&d));
	d.next = 1;
	d.wait = SESSION_CHILD_REKEYED;
	d.waits = 2;
	cr_expect_eq(ike_live_do_due(&d), INT64_MAX);
	ike_live_do_event(&d, &up);
	cr_expect_eq(ike_live_do_due(&d), INT64_MAX);
	ike_live_do_event(&d, &alive);
	ike_live_do_event(&d, &up);
	cr_expect_eq(ike_live_do_due(&d), 0);
	d.next = 3;
	d.wait = SESSION_DPD;
	d.waits = 1;
	ike_live_do_event(&d, &asked);
	cr_expect_not(ike_live_do_done(&d));
	ike_live_do_event(&d, &alive);
	cr_expect(ike_live_do_done(&d));
}

Test(ike_live, steps_that_are_none)
{
	static const char *const bad[] = { "", "dpd,", "2s:", ":dpd", "2m:dpd", "rekey-child=0", "rekey-child=x", "move=x", "dpd=1",
		"new-child", "nothing", "-1:dpd", "99999999999:dpd" };
	struct ike_live_do d;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_eq(ike_live_do_parse(&d, bad[i], &e), -1, "%s", bad[i]);
	cr_expect_eq(ike_live_do_parse(&d, "move=::1,move=192.0.2.1,rekey-child=3,new-child=1,delete-child,reauth", &e), 0, "%s",
	    e.text);
	cr_expect_eq(d.step[2].number, 3);
}

static const struct cli_tool tool = { .name = "test" };

static void write_file(char path[32], const char *text)
{
	int fd;

	snprintf(path, 32, "/tmp/psk-in-XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* What a file says is the key for id; NULL: it is refused. */
static void expect_key(const char *text, const char *id, const char *key)
{
	struct cli cli = { .tool = &tool, .verbose = -1 };
	struct identity who = { 0 };
	const struct secret *got;
	struct creds c;
	char path[32];
	struct err e;
	int rc;

	creds_init(&c);
	write_file(path, text);
	rc = psk_in_read(&c, &cli, path, &e);
	unlink(path);
	cr_expect_eq(rc, key != NULL ? 0 : -1, "%s: %s", text, rc < 0 ? e.text : "");
	if (rc == 0 && key != NULL) {
		cr_assert_eq(identity_parse(&who, id, &e), 0);
		got = creds_psk_for(&c, who.type, identity_span(&who));
		cr_assert_not_null(got, "%s", text);
		cr_expect(got->n == strlen(key) && memcmp(got->p, key, got->n) == 0, "%s: %.*s", text, (int)got->n, (const char *)got->p);
	}
	creds_clear(&c);
}

Test(ike_live, files_of_keys)
{
	cr_assert_eq(secret_init(&(struct err){ 0 }), 0);
	expect_key("secret\n", "a@b", "secret");
	expect_key("\r\n  # is a key, too  \r\n", "a@b", "# is a key, too");
	expect_key("se:cret", "a@b", "se:cret");
	expect_key("0x616263\n", "a@b", "abc");
	expect_key("0sYWJj\n", "a@b", "abc");
	expect_key("\" with blanks \"\n", "a@b", " with blanks ");
	expect_key("a@b: one\nc@d: two\n", "c@d", "two");
	expect_key("# keys\n\na@b:\t0x6f6e65\n%any: all\n", "a@B", "one");
	expect_key("# keys\na@b: one\n%any: all\n", "gw.example", "all");
	expect_key("2001:db8::1: six\n", "2001:db8::1", "six");
	expect_key("", "a@b", NULL);
	expect_key("\n\n", "a@b", NULL);
	expect_key("a@b: one\ntwo\n", "a@b", NULL);
	expect_key("a@b: one\nc@d: \n", "a@b", NULL);
	expect_key("0x6\n", "a@b", NULL);
}

Test(ike_live, users_and_passwords)
{
	struct cli cli = { .tool = &tool, .verbose = -1 };
	struct psk_users u = { 0 };
	struct arena a = { 0 };
	struct span got;
	char path[32];
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	write_file(path, "# who may\nalice:pass:word\r\nbob:\n\n");
	cr_assert_eq(psk_in_users(&u, &a, &cli, path, &e), 0, "%s", e.text);
	unlink(path);
	cr_expect_eq(u.n, 2);
	cr_assert_eq(psk_users_find(&u, (struct span){ (const uint8_t *)"alice", 5 }, &got), 1);
	cr_expect(got.n == 9 && memcmp(got.p, "pass:word", 9) == 0);
	cr_assert_eq(psk_users_find(&u, (struct span){ (const uint8_t *)"bob", 3 }, &got), 1);
	cr_expect_eq(got.n, 0);
	cr_expect_eq(psk_users_find(&u, (struct span){ (const uint8_t *)"eve", 3 }, &got), 0);
	psk_users_clear(&u);
	arena_clear(&a);
}
