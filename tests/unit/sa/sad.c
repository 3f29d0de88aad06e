#include <criterion/criterion.h>
#include <stdlib.h>

#include "load.h"

static struct addr address(const char *text)
{
	struct addr a;
	struct err e;

	addr_parse(&a, text, strlen(text), &e);
	return a;
}

#define SA(spi, ends, key) "{\"proto\":\"esp\",\"spi\":" spi "," ends \
	"\"encr\":\"aes-cbc\",\"encr_key\":\"" key "\",\"integ\":\"none\"}\n"
#define K1 "000102030405060708090a0b0c0d0e0f"
#define K2 "100102030405060708090a0b0c0d0e0f"

/* RFC 4301 4.1: the SA that names most wins. */
Test(sad, most_specific)
{
	static const char text[] = SA("7", "", K1)
	    SA("7", "\"dst\":\"192.0.2.2\",", K1)
	    SA("7", "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",", K1)
	    SA("7", "\"src\":\"192.0.2.9\",", K1);
	struct addr a = address("192.0.2.1"), b = address("192.0.2.2"), c = address("192.0.2.3");
	struct addr d = address("192.0.2.9");
	struct loaded l;

	load(&l, text, strlen(text), 1000);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_assert_eq(sad_count(l.sad), 4);
	cr_expect_eq(sad_find(l.sad, SA_ESP, 7, &a, &b)->index, 2);
	cr_expect_eq(sad_find(l.sad, SA_ESP, 7, &c, &b)->index, 1);
	cr_expect_eq(sad_find(l.sad, SA_ESP, 7, &d, &c)->index, 3);
	cr_expect_eq(sad_find(l.sad, SA_ESP, 7, &a, &c)->index, 0);
	cr_expect_null(sad_find(l.sad, SA_ESP, 8, &a, &b));
	cr_expect_null(sad_find(l.sad, SA_AH, 7, &a, &b));
	memset(a.b + 4, 0xee, 12);	/* nobody promised that they are zero */
	cr_expect_eq(sad_find(l.sad, SA_ESP, 7, &a, &b)->index, 2);
	cr_expect_null(sad_at(l.sad, 4));
	sad_free(l.sad);
	sad_free(NULL);
}

/* RFC 3173 2.2: only the ends of a tunnel that was named; its mode may be learned later. */
Test(sad, tunnels)
{
	static const char text[] = "{\"proto\":\"ipcomp\",\"spi\":300,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\","
	    "\"mode\":\"transport\"}\n"
	    "{\"proto\":\"ipcomp\",\"spi\":301,\"mode\":\"tunnel\",\"dst\":\"192.0.2.3\"}\n"
	    "{\"proto\":\"ipcomp\",\"spi\":302,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.9\"}\n";
	static const char late[] =
	    "{\"proto\":\"ipcomp\",\"spi\":302,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.9\",\"mode\":\"tunnel\"}\n"
	    "{\"proto\":\"ipcomp\",\"spi\":303,\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::1\",\"mode\":\"tunnel\"}\n";
	struct addr a = address("192.0.2.1"), b = address("192.0.2.2"), c = address("192.0.2.3");
	struct addr d = address("192.0.2.9"), six = address("2001:db8::1");
	struct loaded l;
	char both[sizeof text + sizeof late];

	load(&l, text, strlen(text), 1000);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_expect(sad_has_ipcomp(l.sad));
	cr_expect_null(sad_find_tunnel(l.sad, &a, &b), "transport mode");
	cr_expect_null(sad_find_tunnel(l.sad, &a, &c), "an end is not known");
	cr_expect_null(sad_find_tunnel(l.sad, &a, &d), "the mode is not known");
	sad_free(l.sad);
	snprintf(both, sizeof both, "%s%s", text, late);
	load(&l, both, strlen(both), 1000);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_assert_eq(sad_count(l.sad), 4);
	cr_expect_eq(sad_find_tunnel(l.sad, &a, &d), sad_at(l.sad, 2));
	cr_expect_null(sad_find_tunnel(l.sad, &d, &a), "the other way");
	cr_expect_eq(sad_find_tunnel(l.sad, &six, &six), sad_at(l.sad, 3));
	sad_free(l.sad);
}

Test(sad, candidates_and_merging)
{
	static const char text[] = SA("7", "", K1) SA("7", "\"seq\":9,\"reqid\":4,", K1) SA("7", "", K2)
	    SA("7", "\"seq\":3,", K1)
	    "{\"proto\":\"esp\",\"spi\":8,\"encr\":\"unknown\",\"integ\":\"unknown\",\"mode\":\"beet\"}\n"
	    SA("8", "\"mode\":\"tunnel\",\"dir\":\"in\",", K2)
	    SA("8", "\"esn\":true,\"dir\":\"out\",", K2) SA("8", "\"esn\":false,", K2);
	const struct sad_entry *first;
	struct addr any = { 0 };
	struct loaded l;

	load(&l, text, strlen(text), 1000);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_assert_eq(sad_count(l.sad), 3);
	cr_expect_eq(l.count, 8);
	cr_expect_str_eq(l.notes, "f:3:1: SA 0x00000007 again with other keys: both are tried\n");
	first = sad_find(l.sad, SA_ESP, 7, &any, &any);
	cr_expect_eq(first->index, 0);
	cr_assert_not_null(first->candidate);
	cr_expect(first->candidate->sa.encr_key.p[0] == 0x10 && first->candidate->candidate == NULL);
	cr_expect(first->sa.reqid == 4 && first->sa.seq == 9 && first->sa.nhints == 2);
	first = sad_find(l.sad, SA_ESP, 8, &any, &any);
	cr_expect(first->sa.mode == SA_BEET && sa_has_keys(&first->sa) && !first->sa.integ_unknown);
	cr_expect(first->sa.esn == SA_UNKNOWN, "two sources that disagree know nothing");
	cr_expect_eq(first->sa.dir, SA_OUT);
	sad_free(l.sad);
}

/* A key that one source has must suit the algorithm that only the other names. */
Test(sad, keys_that_do_not_fit)
{
	static const char text[] = "{\"proto\":\"esp\",\"spi\":8,\"encr\":\"unknown\","
	    "\"encr_key\":\"001122\",\"integ\":\"unknown\",\"icv_bits\":64}\n"
	    "{\"proto\":\"esp\",\"spi\":8,\"encr\":\"aes-gcm-16\"}\n";
	struct loaded l;
	struct err e;

	load(&l, text, strlen(text), 1000);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_assert_eq(sad_count(l.sad), 2);
	for (uint32_t i = 0; i < 2; i++)
		cr_expect_eq(sa_check(&sad_at(l.sad, i)->sa, &e), 0, "%s", e.text);
	sad_free(l.sad);
}

Test(sad, hints)
{
	static const uint64_t in[] = { 50, 10, 50, 70, 30, 40, 5, 90, 20 };
	struct sa sa;

	sa_init(&sa);
	for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
		sa_add_hint(&sa, in[i]);
	cr_expect_eq(sa.nhints, SA_HINTS);
	cr_expect(sa.seq_hint[0] == 5 && sa.seq_hint[SA_HINTS - 1] == 90);
}

Test(sad, udp_ports)
{
	static const char text[] = 
	    SA("7", "\"encap\":{\"type\":\"udp\",\"sport\":4500,\"dport\":61000},", K1);
	static const char any[] = SA("7", "\"encap\":{\"type\":\"udp\"},", K1);
	struct loaded l;

	load(&l, text, strlen(text), 1000);
	cr_expect(sad_has_udp_port(l.sad, 4500, 1) && sad_has_udp_port(l.sad, 1, 4500));
	cr_expect(sad_has_udp_port(l.sad, 61000, 4500) && !sad_has_udp_port(l.sad, 1, 2));
	sad_free(l.sad);
	load(&l, any, strlen(any), 1000);
	cr_expect_not(sad_has_udp_port(l.sad, 1, 2), "no port named: 4500, not every port");
	sad_free(l.sad);
}

Test(sad, many)
{
	struct addr src = address("2001:db8::1"), dst = address("2001:db8::2");
	struct sad *sad;
	struct sa sa;
	struct err e;

	sad = sad_new(&e);
	for (uint32_t i = 1; i <= 20000; i++) {
		sa_init(&sa);
		sa.spi = i << 12 | i >> 20;
		sa.src = src;
		sa.dst = dst;
		sa.encr = alg_encr_by_name("aes-cbc", NULL);
		sa.encr_key_known = true;
		cr_assert_eq(secret_new(sad_arena(sad), &sa.encr_key, 16, &e), 0);
		memcpy(sa.encr_key.p, &i, sizeof i);
		cr_assert_eq(sad_add(sad, &sa, &e), 1);
	}
	for (uint32_t i = 1; i <= 20000; i++) {
		const struct sad_entry *x = sad_find(sad, SA_ESP, i << 12 | i >> 20, &src, &dst);

		cr_assert(x != NULL && x->index == i - 1 && memcmp(x->sa.encr_key.p, &i, 4) == 0);
	}
	for (uint32_t i = 0; i < 256; i++) {	/* the candidates of one name are bounded */
		int rc;

		sa_init(&sa);
		sa.spi = 1 << 12;
		sa.src = src;
		sa.dst = dst;
		sa.encr = alg_encr_by_name("aes-cbc", NULL);
		sa.encr_key_known = true;
		cr_assert_eq(secret_new(sad_arena(sad), &sa.encr_key, 16, &e), 0);
		sa.encr_key.p[5] = 1;
		sa.encr_key.p[6] = (uint8_t)i;
		rc = sad_add(sad, &sa, &e);
		cr_expect_eq(rc, i < 255 ? 2 : -1);
		sa_clear(&sa);
	}
	cr_expect_str_eq(e.text, "found more than 256 different keys for SA 0x00001000");
	sad_free(sad);
}

Test(sa, keys_for_suites)
{
	struct suite_keys keys;
	struct sa sa;
	struct err e;

	sa_init(&sa);
	sa.proto = SA_AH;
	sa.spi = 1;
	sa.integ = alg_integ_by_name("hmac-sha1-96");
	cr_expect(sa_check(&sa, &e) == 0 && !sa_has_keys(&sa));
	sa.integ_key_known = true;
	cr_expect(sa_check(&sa, &e) < 0, "an empty key is no key of SHA-1");
	cr_expect_str_eq(e.text, "integ_key: found a key of 0 bytes, wanted 20 for hmac-sha1-96");
	cr_expect(sa_has_keys(&sa));
	sa_suite_keys(&sa, &keys);
	cr_expect(keys.encr == alg_encr_by_name("null", NULL) && keys.integ == sa.integ);
	sa_init(&sa);
	sa.proto = SA_ESP;
	sa.encr = alg_encr_by_name("null", NULL);
	sa.integ = alg_integ_by_name("none");
	cr_expect(sa_has_keys(&sa));
	sa_suite_keys(&sa, &keys);
	cr_expect_null(keys.integ);
	sa.icv_bits = 96;
	cr_expect_lt(sa_check_icv(&sa, &e), 0);
	sa_clear(&sa);
	sa_clear(NULL);
	cr_expect_str_eq(sa_proto_name(SA_IPCOMP), "ipcomp");
	cr_expect_str_eq(sa_mode_name(SA_BEET), "beet");
	cr_expect_str_eq(sa_mode_name(SA_MODE_UNKNOWN), "unknown");
}

/* A status names both addresses and no keys, a log has keys and no addresses: the keys count. */
Test(sad, keys_before_addresses)
{
	static const char text[] =
	    "{\"proto\":\"esp\",\"spi\":\"0x1001\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"encr\":\"unknown\","
	    "\"integ\":\"unknown\"}\n"
	    "{\"proto\":\"esp\",\"spi\":\"0x1001\",\"encr\":\"aes-gcm-16\","
	    "\"encr_key\":\"000102030405060708090a0b0c0d0e0f10111213\"}\n"
	    "{\"proto\":\"esp\",\"spi\":\"0x1002\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"encr\":\"unknown\","
	    "\"integ\":\"unknown\"}\n"
	    "{\"proto\":\"esp\",\"spi\":\"0x1003\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"encr\":\"unknown\","
	    "\"integ\":\"unknown\"}\n"
	    SA("\"0x1003\"", "", K1)
	    SA("\"0x1003\"", "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",", K2);
	struct addr src, dst;
	struct loaded l;

	load(&l, text, strlen(text), 4096);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_assert_eq(addr_parse(&src, "192.0.2.1", 9, &l.e), 0);
	cr_assert_eq(addr_parse(&dst, "192.0.2.2", 9, &l.e), 0);
	cr_expect_eq(sad_find(l.sad, SA_ESP, 0x1001, &src, &dst), sad_at(l.sad, 1));
	cr_expect_eq(sad_find(l.sad, SA_ESP, 0x1002, &src, &dst), sad_at(l.sad, 2), "none has keys");
	cr_expect_eq(sad_find(l.sad, SA_ESP, 0x1003, &src, &dst), sad_at(l.sad, 3), "it got its keys later");
	sad_free(l.sad);
}
