/* IKE_SA_INIT between two live ends. */
#include "ike/impair.h"
#include "unit/ike/pair.h"

static struct pair p;

static void begin(const char *seed)
{
	pair_init(&p, seed);
	for (int i = 0; i < 2; i++) {
		p.end[i].conf.nchild = 0;
		p.end[i].conf.childless = true;
	}
}

static void expect_up(void)
{
	cr_expect(pair_is_up(&p), "%s--\n%s", p.end[0].log, p.end[1].log);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(p.end[i].count[SESSION_FAILED], 0);
		cr_expect_eq(p.end[i].count[SESSION_AUTHENTICATED], 1);
	}
	cr_expect_eq(p.end[0].n_sk_d[p.end[0].nkeys - 1], p.end[1].n_sk_d[p.end[1].nkeys - 1]);
	cr_expect_arr_eq(p.end[0].sk_d[p.end[0].nkeys - 1], p.end[1].sk_d[p.end[1].nkeys - 1], p.end[0].n_sk_d[0]);
}

static void both(const char *offers)
{
	for (int i = 0; i < 2; i++)
		pair_offers(&p.end[i].conf, &p.end[i].conf.ike, IKE_PROTO_IKE, offers);
}

Test(session_init, keys_are_the_same)
{
	begin("keys");
	pair_start(&p);
	pair_settle(&p);
	expect_up();
	cr_expect_eq(p.end[PAIR_I].count[SESSION_KEYS], 1);
	cr_expect_eq(p.end[PAIR_I].dropped + p.end[PAIR_R].dropped, 0);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_NAT], 0);
	pair_clear(&p);
}

/* Every key exchange, cipher and PRF that an IKE SA may have. */
Test(session_init, every_algorithm)
{
	static const char *const rows[] = {
		"aes128-sha1-modp1024", "aes128-sha256-modp1536", "aes256-sha512-modp2048", "aes192-sha384-modp3072",
		"aes128-sha256-modp4096", "aes128-sha256-modp6144", "aes128-sha256-modp8192", "aes128-sha256-modp1024s160",
		"aes128-sha256-modp2048s224", "aes128-sha256-modp2048s256", "aes128-sha256-ecp192", "aes128-sha256-ecp224",
		"aes256gcm16-prfsha384-ecp256", "aes256gcm16-prfsha512-ecp384", "aes256gcm16-prfsha512-ecp521",
		"aes128gcm8-prfsha256-ecp224bp", "aes128gcm12-prfsha256-ecp256bp", "aes128ccm16-prfsha256-ecp384bp",
		"aes256ccm8-prfsha256-ecp512bp", "chacha20poly1305-prfsha256-x25519", "aes128ctr-sha256-x448",
		"3des-md5-modp1024", "aes128-aesxcbc-prfaesxcbc-modp2048", "aes128-aescmac-prfaescmac-modp2048",
		"camellia256-sha512-x25519",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(rows[i]);
		both(rows[i]);
		pair_start(&p);
		pair_settle(&p);
		cr_expect(pair_is_up(&p), "%s: %s--\n%s", rows[i], p.end[0].log, p.end[1].log);
		pair_clear(&p);
	}
}

Test(session_init, another_group_is_asked_for)
{
	begin("group");
	pair_offers(&p.end[0].conf, &p.end[0].conf.ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp384-modp2048");
	pair_offers(&p.end[1].conf, &p.end[1].conf.ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-ecp384");
	pair_start(&p);
	pair_settle(&p);
	cr_expect_eq(p.end[0].count[SESSION_OTHER_GROUP], 1);
	cr_expect_not_null(strstr(p.end[0].log, "other-group: the responder wants ecp384"), "%s", p.end[0].log);
	cr_expect(pair_is_up(&p), "%s--\n%s", p.end[0].log, p.end[1].log);
	pair_clear(&p);
}

/* A mixed offer becomes two proposals, and the second is as good. */
Test(session_init, aead_and_others_in_one_offer)
{
	begin("mixed");
	pair_offers(&p.end[0].conf, &p.end[0].conf.ike, IKE_PROTO_IKE, "aes128gcm16-aes256-sha256-x25519");
	pair_offers(&p.end[1].conf, &p.end[1].conf.ike, IKE_PROTO_IKE, "aes256-sha256-x25519");
	pair_start(&p);
	pair_settle(&p);
	expect_up();
	pair_clear(&p);
}

Test(session_init, no_proposal)
{
	begin("none");
	pair_offers(&p.end[1].conf, &p.end[1].conf.ike, IKE_PROTO_IKE, "aes256gcm16-prfsha256-x25519");
	pair_start(&p);
	pair_settle(&p);
	cr_expect(session_over(p.end[0].s));
	cr_expect_null(p.end[1].s);
	cr_expect_str_eq(p.end[0].why.row[0].id, "no-proposal");
	cr_expect_not_null(strstr(p.end[1].log, "no proposal fits: encryption: this end has aes256gcm16, the initiator has aes128gcm16"),
	    "%s", p.end[1].log);
	/* it waits as long as it would have waited for an answer, and not longer */
	cr_expect_eq(p.end[0].count[SESSION_RETRANSMIT], 0);
	cr_expect_eq(p.end[0].sent, 1);
	pair_clear(&p);
}

static unsigned forged;

/* Somebody on the way is faster than the responder. */
static bool forge(struct pair *q, struct pair_datagram *d)
{
	uint8_t bad[36] = { 0 };
	struct session_path path = pair_path(q, PAIR_I);

	if (d->to != PAIR_R || d->p[18] != IKE_X_SA_INIT)
		return true;
	memcpy(bad, d->p, 8);
	memcpy(bad + 16, "\x29\x20\x22\x20\0\0\0\0\0\0\0\x24\0\0\0\x08\0\0\0\x0e", 20);
	pair_put(q, PAIR_I, &path, (struct span){ bad, sizeof bad }, q->now + 1);
	forged++;
	return true;
}

Test(session_init, a_forged_refusal_does_not_beat_the_answer)
{
	begin("forged");
	p.man = forge;
	pair_start(&p);
	pair_settle(&p);
	cr_expect_eq(forged, 1);
	expect_up();
	pair_clear(&p);
}

Test(session_init, unless_it_is_to_be_trusted)
{
	begin("trusted");
	p.man = forge;
	p.end[0].conf.trust_refusals = true;
	pair_start(&p);
	pair_run(&p, 1);
	cr_expect(session_over(p.end[0].s));
	cr_expect_str_eq(p.end[0].why.row[0].id, "no-proposal");
	pair_clear(&p);
}

static bool silence(struct pair *q, struct pair_datagram *d)
{
	(void)q;
	(void)d;
	return false;
}

Test(session_init, nobody_is_there)
{
	int64_t began;

	begin("nobody");
	p.man = silence;
	pair_start(&p);
	began = p.now;
	session_unreachable(p.end[0].s, "connection refused");
	while (!session_over(p.end[0].s) && p.now - began < INT64_C(200000000000))
		pair_run_to(&p, p.now + PAIR_MS);
	cr_expect_eq(p.end[0].sent, 6);
	cr_expect_eq(p.end[0].count[SESSION_RETRANSMIT], 5);
	/* 1 + 1.8 + 3.24 + 5.832 + 10.4976 + 18.89568 s */
	cr_expect((p.now - began) / 1000000 >= 41265 && (p.now - began) / 1000000 <= 41267, "%ld", (long)(p.now - began));
	cr_expect_str_eq(p.end[0].why.row[0].id, "no-answer");
	cr_expect_not_null(strstr(p.end[0].why.row[0].text, "no answer to IKE_SA_INIT (the first message), sent 6 times; the network "
	    "said: connection refused"), "%s", p.end[0].why.row[0].text);
	pair_clear(&p);
}

Test(session_init, nat)
{
	begin("nat");
	p.nat = pair_addr("203.0.113.9");
	p.nat_port = 20000;
	pair_start(&p);
	pair_settle(&p);
	expect_up();
	cr_expect(session_ike(p.end[0].s)->nat_here && !session_ike(p.end[0].s)->nat_there && session_ike(p.end[0].s)->natt);
	cr_expect(!session_ike(p.end[1].s)->nat_here && session_ike(p.end[1].s)->nat_there && session_ike(p.end[1].s)->natt);
	cr_expect_eq(session_ike(p.end[0].s)->path.local_port, 4500);
	cr_expect_eq(session_ike(p.end[0].s)->path.remote_port, 4500);
	cr_expect_eq(session_ike(p.end[1].s)->path.remote_port, 24500);
	cr_expect_eq(session_ike(p.end[1].s)->path.local_port, 4500);
	pair_clear(&p);
}

Test(session_init, nat_that_is_only_said)
{
	begin("fake");
	p.end[0].conf.force_natt = true;
	pair_start(&p);
	pair_settle(&p);
	expect_up();
	cr_expect(session_ike(p.end[0].s)->natt && session_ike(p.end[1].s)->natt);
	cr_expect(session_ike(p.end[1].s)->nat_there);
	pair_clear(&p);
}

/* Loss, copies and disorder, with small fragments. */
Test(session_init, bad_way)
{
	for (int i = 0; i < 60; i++) {
		char seed[16];

		snprintf(seed, sizeof seed, "way %d", i);
		begin(seed);
		p.loss = 20;
		p.doubled = 20;
		p.late = 20;
		for (int k = 0; k < 2; k++) {
			p.end[k].conf.retransmit_tries = 12;
			p.end[k].conf.half_open_ns = UINT64_C(600000000000);
			p.end[k].conf.fragment_size = i % 2 ? 128 : 0;
		}
		pair_start(&p);
		pair_settle(&p);
		cr_expect(p.end[0].s != NULL && session_is_complete(p.end[0].s), "%d: %s--\n%s", i, p.end[0].log, p.end[1].log);
		pair_clear(&p);
	}
}

/* A half-open IKE SA does not stay. */
Test(session_init, half_open_ends)
{
	begin("half");
	pair_start(&p);
	pair_run_to(&p, p.now + 11 * PAIR_MS);
	p.man = silence;
	cr_assert_not_null(p.end[1].s);
	pair_run(&p, 29);
	cr_expect_not(session_over(p.end[1].s));
	pair_run(&p, 2);
	cr_expect(session_over(p.end[1].s));
	cr_expect_str_eq(p.end[1].why.row[0].id, "half-open");
	pair_clear(&p);
}

/* Whoever looks for the fault has to know that there was an answer. */
Test(session_init, an_answer_that_cannot_be_read_is_told)
{
	struct ike_impair *im;
	struct err e;

	begin("unreadable");
	cr_assert_not_null(im = ike_impair_new(p.end[PAIR_R].conf.rng, &e));
	cr_assert_eq(ike_impair_add(im, "bad-nonce-length:8@IKE_SA_INIT", &e), 0, "%s", e.text);
	p.end[PAIR_R].conf.impair = im;
	pair_start(&p);
	pair_run(&p, 100);
	cr_expect(session_over(p.end[PAIR_I].s));
	cr_expect_str_eq(p.end[PAIR_I].why.row[0].id, "no-answer");
	cr_expect_not_null(strstr(p.end[PAIR_I].why.row[0].text, "unproven came: Nonce at octet"), "%s",
	    p.end[PAIR_I].why.row[0].text);
	pair_clear(&p);
	ike_impair_free(im);
}
