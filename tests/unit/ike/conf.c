#include <criterion/criterion.h>
#include <string.h>

#include "ike/compare.h"

static struct conf c;
static struct err e;

static void begin(void)
{
	cr_assert_eq(secret_init(&e), 0);
}

static void end(void)
{
	conf_free(&c);
}

TestSuite(conf, .init = begin, .fini = end);

static int read_text(const char *text)
{
	return conf_read(&c, text, strlen(text), &e);
}

/* What is wrong, and where. */
static const struct { const char *text, *want; } wrong[] = {
	{ "", "found no configuration of strongSwan, libreswan, OpenIKED or Cisco IOS" },
	{ "hello world\n", "found no configuration of strongSwan, libreswan, OpenIKED or Cisco IOS" },
	{ "connections {\n}\n", "found no connection in this swanctl.conf" },
	{ "connections {\n a {\n", "line 3: found the end of the file in section \"a\"" },
	{ "connections {\n a {\n  proposals = aes128-sha256-mopd2048\n }\n}\n",
	  "line 3: proposal 1: unknown algorithm \"mopd2048\", nearest is \"modp2048\"" },
	{ "connections {\n a {\n }\n}\n}\n", "line 5: found } without a section" },
	{ "connections {\n a {\n  local { id = \"x\n }\n}\n}\n", "line 3: found \" without its end" },
	{ "conn a\n\tike=aes128-sha1-rot13\n", "line 1: conn a: ike: proposal 1: unknown algorithm \"rot13\"" },
	{ "ikev2 \"a\" from any to any ikesa enc rot13\n", "line 1: unknown algorithm \"rot13\"" },
	{ "crypto ikev2 proposal P\n encryption rot13\n group 14\n!\ncrypto map M 1\n", "line 5: unknown algorithm \"rot13\"" },
};

Test(conf, errors)
{
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		cr_expect_eq(read_text(wrong[i].text), -1, "%s", wrong[i].text);
		cr_expect_str_eq(e.text, wrong[i].want, "%s: %s", wrong[i].text, e.text);
		conf_free(&c);
	}
}

Test(conf, swanctl)
{
	cr_assert_eq(read_text("# x\nconnections {\n  gw : base {\n    version=2 # two\n    local_addrs = 192.0.2.1\n"
	    "    local-1 {\n auth = psk\n id = \"a # b\" }\n    local-2 { auth = eap-md5 }\n"
	    "    children { net { local_ts = 10.0.0.0/8[tcp/80], 10.9.0.0/16\n mode = transport } }\n  }\n}\n"
	    "secrets {\n ike-1 { secret = 0x0001ff\n id-a = x }\n}\ninclude conf.d/*.conf\n"), 0, "%s", e.text);
	cr_assert_eq(c.nconn, 1);
	cr_expect_str_eq(c.conn[0]->name, "gw");
	cr_expect_eq(c.conn[0]->version, 2);
	cr_expect_str_eq(c.conn[0]->end[0].id[0], "a # b");
	cr_expect_eq(c.conn[0]->end[0].rounds, 2);
	cr_expect_str_eq(c.conn[0]->end[0].auth[1], "eap-md5");
	cr_expect_eq(c.conn[0]->child[0]->mode, CONF_TRANSPORT);
	cr_expect(c.conn[0]->ike.n == 2, "the default, %u offers", c.conn[0]->ike.n);
	cr_assert_eq(c.nsecret, 1);
	cr_expect_eq(c.secret[0].value.n, 3);
	cr_expect_eq(c.secret[0].nid, 1);
	cr_expect_eq(c.includes, 1);
}

Test(conf, ipsec_inherits)
{
	cr_assert_eq(read_text("conn %default\n\tkeyexchange=ikev1\n\tauthby=secret\nconn base\n  ike=aes128-sha256-modp2048!\n"
	    "conn a\n  also=base\n  left=192.0.2.1\n  leftid=@a\n  right=%any\n"), 0, "%s", e.text);
	cr_assert_eq(c.nconn, 2);
	cr_expect_eq(c.conn[1]->version, 1);
	cr_expect_eq(c.conn[1]->ike.n, 1, "! leaves out the default");
	cr_expect_str_eq(c.conn[1]->end[0].auth[0], "psk");
	cr_expect_str_eq(c.conn[1]->end[1].addr, "");
	cr_expect_eq(c.conn[0]->end[0].rounds, 1);
}

Test(conf, identities_and_selectors)
{
	static const char *const names[2] = { "A", "B" };
	static struct conf b;
	static struct compared got;
	static const char a_text[] = "connections { x { local { auth = psk\n id = a } remote { auth = pubkey\n id = \"C=X, CN=b\" }\n"
	    "children { n { local_ts = 10.1.0.0/16\n remote_ts = 10.2.0.0/16[udp] } } } }\n";
	static const char b_text[] = "connections { x { local { auth = pubkey\n id = \"C=X,CN=b\" } remote { auth = psk\n id = z }\n"
	    "children { n { remote_ts = 10.3.0.0/16\n local_ts = 10.2.5.0/24[tcp] } } } }\n";

	cr_assert_eq(read_text(a_text), 0, "%s", e.text);
	cr_assert_eq(conf_read(&b, b_text, sizeof b_text - 1, &e), 0, "%s", e.text);
	conf_compare(&got, &c, c.conn[0], &b, conf_opposite(&c, &b, 0), names);
	cr_assert_eq(got.reasons.n, 2, "%u", got.reasons.n);
	cr_expect_str_eq(got.reasons.row[0].id, "identity");
	cr_expect_str_eq(got.reasons.row[1].id, "selectors");
	cr_expect(got.fails);
	conf_free(&b);
}
