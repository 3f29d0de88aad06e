#include "ike/eap.h"

#include <criterion/criterion.h>

#include "unit/ike/eap_talk.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])
#define BIT(type) (1u << (type))

static struct rng rng;

static void begin(struct talk *t, unsigned methods)
{
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&rng, talk_text("eap"), "unit");
	talk_init(t, methods);
}

static const struct { uint8_t type; const char *label; size_t msk; unsigned packets; } methods[] = {
	{ EAP_MD5, "EAP-MD5", 0, 5 }, { EAP_GTC, "EAP-GTC", 0, 5 }, { EAP_MSCHAPV2, "EAP-MSCHAPv2", 64, 7 },
};

Test(eap, passwords)
{
	for (size_t i = 0; i < COUNT(methods); i++) {
		struct talk t;

		begin(&t, BIT(methods[i].type));
		talk_run(&t, &rng);
		cr_expect(t.c_state == EAP_DONE && t.s_state == EAP_DONE, "%s: %s, %s", methods[i].label, eap_why(t.c),
		    eap_why(t.s));
		cr_expect_str_eq(eap_method(t.c), methods[i].label);
		cr_expect_str_eq(eap_method(t.s), methods[i].label);
		cr_expect_eq(t.packets, methods[i].packets);
		cr_expect_eq(eap_msk(t.c)->n, methods[i].msk);
		cr_expect(secret_eq(eap_msk(t.c), eap_msk(t.s)));
		cr_expect(!eap_is_mutual(t.c) && !eap_is_mutual(t.s));
		cr_expect_eq(eap_peer_identity(t.s).n, 5);
		cr_expect_arr_eq(eap_peer_identity(t.s).p, "alice", 5);
		cr_expect_null(eap_peer_cert(t.s));
		cr_expect_str_eq(eap_why(t.c), "");
		talk_clear(&t);
	}
}

Test(eap, wrong_password)
{
	static const char *const client[] = {
		"the server refused EAP-MD5", "the server refused EAP-GTC",
		"the server refused: authentication failure (E=691), it says \"Authentication failed\"",
	};

	for (size_t i = 0; i < COUNT(methods); i++)
		for (int k = 0; k < 2; k++) {
			struct talk t;

			begin(&t, BIT(methods[i].type));
			if (k == 0)
				t.client.password = talk_text("Secret");
			else
				t.client.identity = "carol";
			talk_run(&t, &rng);
			cr_expect(t.c_state == EAP_FAILED && t.s_state == EAP_FAILED, "%s", methods[i].label);
			cr_expect_str_eq(eap_why(t.c), client[i]);
			cr_expect_str_eq(eap_why(t.s), k == 0 ? "the password of \"alice\" is wrong" :
			    "no user \"carol\" is known");
			cr_expect(eap_msk(t.c)->n == 0 && eap_msk(t.s)->n == 0);
			talk_clear(&t);
		}
}

/* The name whose password was known is what counts, not the one that was said before. */
Test(eap, names)
{
	struct talk t;

	for (size_t i = 0; i < COUNT(methods); i++) {
		begin(&t, BIT(methods[i].type));
		t.client.identity = "WORK\\alice";
		talk_run(&t, &rng);
		cr_expect(t.s_state == EAP_DONE && t.c_state == EAP_DONE, "%s", eap_why(t.s));
		cr_expect_eq(eap_peer_identity(t.s).n, 5);
		talk_clear(&t);
	}
	begin(&t, BIT(EAP_MSCHAPV2));
	t.server.ask_identity = false;
	talk_run(&t, &rng);
	cr_expect(t.s_state == EAP_DONE && t.packets == 5);
	cr_expect_arr_eq(eap_peer_identity(t.s).p, "alice", 5);
	talk_clear(&t);
	begin(&t, BIT(EAP_GTC));
	t.server.ask_identity = false;
	t.server.identity = "bob";
	t.client.password = talk_text("b0b");
	talk_run(&t, &rng);
	cr_expect(t.s_state == EAP_DONE && t.packets == 3);
	talk_clear(&t);
}

static size_t other_name(void *arg, unsigned number, uint8_t *p, size_t n)
{
	(void)arg;
	if (number == 1)			/* EAP-Identity: as another user, of the same length */
		memcpy(p + 5, "admin", 5);
	return n;
}

Test(eap, identity_is_proved)
{
	struct talk t;

	begin(&t, BIT(EAP_MSCHAPV2));
	t.change = other_name;
	talk_run(&t, &rng);
	cr_expect_eq(t.s_state, EAP_DONE);
	cr_expect_arr_eq(eap_peer_identity(t.s).p, "alice", 5);
	talk_clear(&t);
}

Test(eap, nak)
{
	struct talk t;

	begin(&t, 0);
	t.server.methods = BIT(EAP_MSCHAPV2) | BIT(EAP_MD5) | BIT(EAP_GTC) | BIT(EAP_TLS);
	t.client.methods = BIT(EAP_GTC) | BIT(EAP_MD5) | BIT(EAP_TLS);	/* no certificates: no TLS */
	talk_run(&t, &rng);
	cr_expect(t.s_state == EAP_DONE && t.c_state == EAP_DONE && t.packets == 7);
	cr_expect_str_eq(eap_method(t.c), "EAP-MD5");
	talk_clear(&t);

	begin(&t, BIT(EAP_MSCHAPV2));
	t.client.methods = BIT(EAP_MD5);
	talk_run(&t, &rng);
	cr_expect(t.s_state == EAP_FAILED && t.c_state == EAP_FAILED && t.packets == 5);
	cr_expect_str_eq(eap_why(t.c), "the server refused before any method was agreed on");
	cr_expect_str_eq(eap_why(t.s), "the client refuses EAP-MSCHAPv2, and wants no other method that is allowed");
	cr_expect_null(eap_method(t.c));
	cr_expect_null(eap_method(t.s));
	talk_clear(&t);
}

static size_t cut(void *arg, unsigned number, uint8_t *p, size_t n)
{
	const size_t *to = arg;			/* number, length, whether the header says so */

	if (number != to[0] || to[1] >= n)
		return n;
	if (to[2] && to[1] >= 4)
		store_be16(p + 2, (uint16_t)to[1]);
	return to[1] > 0 ? to[1] : 1;
}

/* Every packet cut to every length, with and without the header saying so; names may be cut, proofs may not. */
Test(eap, cut)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		for (size_t number = 0; number < methods[i].packets; number++)
			for (size_t len = 0; len < 120; len++)
				for (size_t says = 0; says < 2; says++) {
					size_t to[] = { number, len, says };
					struct talk t;

					begin(&t, BIT(methods[i].type));
					t.change = cut;
					t.arg = to;
					talk_run(&t, &rng);
					cr_expect(t.packets < TALK_MAX);
					if (t.s_state == EAP_DONE && t.c_state == EAP_DONE)
						cr_expect(secret_eq(eap_msk(t.c), eap_msk(t.s)), "%s: packet %zu of %zu",
						    methods[i].label, number, len);
					talk_clear(&t);
				}
}

static size_t flip(void *arg, unsigned number, uint8_t *p, size_t n)
{
	const size_t *at = arg;			/* number, octet, bit */

	if (number == at[0] && at[1] < n)
		p[at[1]] ^= (uint8_t)(1 << at[2]);
	return n;
}

/* A changed bit never makes two ends that are content and have different keys. */
Test(eap, changed)
{
	for (size_t number = 0; number < 7; number++)
		for (size_t octet = 0; octet < 80; octet++) {
			size_t at[] = { number, octet, octet % 8 };
			struct talk t;

			begin(&t, BIT(EAP_MSCHAPV2));
			t.change = flip;
			t.arg = at;
			talk_run(&t, &rng);
			if (t.s_state == EAP_DONE && t.c_state == EAP_DONE)
				cr_expect(secret_eq(eap_msk(t.c), eap_msk(t.s)), "%zu, %zu", number, octet);
			if (number == 3 && octet >= 10 && octet < 26)
				cr_expect(t.s_state == EAP_FAILED && t.c_state == EAP_FAILED);	/* peer challenge */
			talk_clear(&t);
		}
}

/* One packet to a fresh client; what it answers in hex. */
static int say(struct eap *x, const char *packet, size_t n, uint8_t out[EAP_OUT_MAX], size_t *n_out)
{
	struct wr w = wr_of(out, EAP_OUT_MAX);
	struct err e;
	int rc = eap_step(x, (struct span){ (const uint8_t *)packet, n }, &w, &e);

	*n_out = w.n;
	return rc;
}

#define SAY(x, text) say(x, text, sizeof(text) - 1, out, &n)

Test(eap, client_alone)
{
	struct talk t;
	struct eap *x;
	uint8_t out[EAP_OUT_MAX];
	size_t n;
	struct err e;

	begin(&t, BIT(EAP_MD5) | BIT(EAP_GTC));
	cr_assert((x = eap_client_new(&t.client, &rng, &t.arena, &e)) != NULL);
	cr_expect_eq(SAY(x, "\1\7\0\5\1"), EAP_GOES_ON);
	cr_expect(n == 10 && memcmp(out, "\2\7\0\12\1alice", 10) == 0);
	cr_expect_eq(SAY(x, "\1\11\0\10\2bye"), EAP_GOES_ON);		/* Notification */
	cr_expect(n == 5 && memcmp(out, "\2\11\0\5\2", 5) == 0);
	cr_expect_eq(SAY(x, "\1\12\0\14\376\0\0\0\0\0\0\4"), EAP_GOES_ON);	/* expanded: NAK with what would do */
	cr_expect(n == 7 && memcmp(out, "\2\12\0\7\3\4\6", 7) == 0);
	cr_expect_eq(SAY(x, "\4\12\0\4"), EAP_FAILED);
	cr_expect_eq(n, 0);
	cr_expect_str_eq(eap_why(x), "the server refused before any method was agreed on; it said \"bye\"");
	cr_expect_eq(SAY(x, "\3\12\0\4"), EAP_FAILED);			/* final */
	eap_free(x);

	cr_assert((x = eap_client_new(&t.client, &rng, &t.arena, &e)) != NULL);
	cr_expect_eq(SAY(x, "\3\1\0\4"), EAP_FAILED);			/* success out of nothing */
	cr_expect_str_eq(eap_why(x), "EAP-Success came before any method was at its end");
	eap_free(x);

	cr_assert((x = eap_client_new(&t.client, &rng, &t.arena, &e)) != NULL);
	cr_expect_eq(SAY(x, "\1\1\0\6\6?"), EAP_GOES_ON);
	cr_expect(n == 11 && memcmp(out, "\2\1\0\13\6secret", 11) == 0);
	cr_expect_eq(SAY(x, "\1\2\0\7\4\1x"), EAP_FAILED);		/* another method */
	cr_expect_str_eq(eap_why(x), "the server turned from EAP-GTC to EAP type 4");
	eap_free(x);

	t.client.methods = BIT(EAP_MSCHAPV2);
	cr_assert((x = eap_client_new(&t.client, &rng, &t.arena, &e)) != NULL);
	cr_expect_eq(SAY(x, "\1\1\0\32\32\1\1\0\25\20aaaaaaaaaaaaaaaa"), EAP_GOES_ON);
	cr_expect_eq(SAY(x, "\3\1\0\4"), EAP_FAILED);			/* the server proved nothing */
	cr_expect_str_eq(eap_why(x), "EAP-Success came before EAP-MSCHAPv2 was at its end");
	cr_expect_eq(eap_msk(x)->n, 0);
	eap_free(x);

	cr_assert((x = eap_client_new(&t.client, &rng, &t.arena, &e)) != NULL);
	cr_expect_eq(SAY(x, "\1\1\0\32\32\1\1\0\25\20aaaaaaaaaaaaaaaa"), EAP_GOES_ON);
	cr_expect_eq(SAY(x, "\1\2\0\63\32\3\1\0\56S=0123456789012345678901234567890123456789"), EAP_FAILED);
	cr_expect_str_eq(eap_why(x), "the server does not know the password: its MSCHAPv2 proof is wrong");
	eap_free(x);

	cr_assert((x = eap_client_new(&t.client, &rng, &t.arena, &e)) != NULL);
	cr_expect_eq(SAY(x, "\1\1\0\32\32\1\1\0\25\20aaaaaaaaaaaaaaaa"), EAP_GOES_ON);
	cr_expect_eq(SAY(x, "\1\2\0\41\32\4\1\0\34E=648 R=1 V=3 M=too old\33"), EAP_GOES_ON);
	cr_expect(n == 6 && memcmp(out, "\2\2\0\6\32\4", 6) == 0);
	cr_expect_eq(SAY(x, "\4\2\0\4"), EAP_FAILED);
	cr_expect_str_eq(eap_why(x),
	    "the server refused: the password has expired (E=648), another try is allowed, it says \"too old\33\"");
	eap_free(x);
	talk_clear(&t);
}

Test(eap, server_alone)
{
	static const struct { const char *packet; size_t n; const char *why; } rows[] = {
		{ "\2\0\0\5\1", 5, "found an EAP response to 0, wanted one to" },
		{ "\1\0\0\5\1", 5, "EAP code 1 is out of place" },
		{ "\2\0\0\6\1", 5, "an EAP packet of 5 octets says that it has 6" },
		{ "\2\0\0\4", 4, "an EAP response without a type" },
		{ "\2\0\0\5\3", 5, "EAP type 3 came where the identity was asked for" },
		{ "\2\0\0\10\1a\0b", 8, "the peer's name has a NUL in it" },
		{ "", 0, "an EAP packet of 0 octets says that it has 0" },
	};
	struct talk t;
	uint8_t out[EAP_OUT_MAX], packet[16];
	size_t n;
	struct err e;

	begin(&t, BIT(EAP_GTC));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct eap *x = eap_server_new(&t.server, &rng, &t.arena, &e);

		cr_expect_eq(say(x, "", 0, out, &n), EAP_GOES_ON);
		cr_expect(n == 5 && out[0] == EAP_REQUEST && out[4] == EAP_IDENTITY);
		memcpy(packet, rows[i].packet, rows[i].n);
		if (i > 0)
			packet[1] = out[1];
		else
			packet[1] = (uint8_t)(out[1] + 1);
		cr_expect_eq(say(x, (char *)packet, rows[i].n, out, &n), EAP_FAILED);
		cr_expect(n == 4 && out[0] == EAP_FAILURE);
		cr_expect(i == 0 || strcmp(eap_why(x), rows[i].why) == 0, "%s", eap_why(x));
		eap_free(x);
	}
	talk_clear(&t);
}

Test(eap, rows)
{
	static char name[EAP_NAME_MAX + 2];
	struct eap_conf conf = { .methods = BIT(EAP_TLS) | BIT(EAP_MD5) };
	struct arena arena = { 0 };
	struct err e;

	rng_init_system(&rng);
	cr_expect_null(eap_client_new(&conf, &rng, &arena, &e));
	cr_expect_null(eap_server_new(&conf, &rng, &arena, &e));
	cr_expect_str_eq(e.text, "no EAP method has what it needs: passwords, or a certificate with its key and anchors");
	conf.password = talk_text("");
	memset(name, 'a', EAP_NAME_MAX + 1);
	conf.identity = name;
	cr_expect_null(eap_client_new(&conf, &rng, &arena, &e));
	cr_expect_str_eq(e.text, "found an EAP identity of 254 octets, wanted up to 253");
	cr_expect_str_eq(eap_method_name(0)->name, "tls");
	cr_expect_str_eq(eap_method_name(3)->name, "gtc");
	cr_expect_null(eap_method_name(4));
	cr_expect(eap_methods_mutual(BIT(EAP_TLS)) && !eap_methods_mutual(0));
	cr_expect(!eap_methods_mutual(BIT(EAP_TLS) | BIT(EAP_MSCHAPV2)));
	eap_free(NULL);
}
