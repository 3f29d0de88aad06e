/* Messages of live sessions: windows, repetition, what cannot be read, what is forged. */
#include "unit/ike/pair_say.h"

Test(session_wire, a_request_again_has_the_same_answer)
{
	up("again");
	p.man = keep;
	settle();
	cr_assert_eq(nseen, 4);
	for (int times = 0; times < 3; times++) {
		again(2);			/* IKE_AUTH */
		pair_quiet(&p);
		cr_assert_eq(nseen, 5 + (unsigned)times);
		cr_expect_eq(seen[nseen - 1].n, seen[3].n);
		cr_expect_arr_eq(seen[nseen - 1].p, seen[3].p, seen[3].n);
	}
	again(0);				/* IKE_SA_INIT is over, and its answer gone */
	again(3);				/* an answer that nobody waits for */
	pair_quiet(&p);
	cr_expect_eq(nseen, 7);
	cr_expect_eq(p.end[PAIR_R].count[SESSION_CHILD_UP], 1);
	pair_clear(&p);
	forget();
}

/* What has another bit anywhere is not the same request, and not answered. */
Test(session_wire, forged_repetition)
{
	up("forged");
	p.man = keep;
	settle();
	for (size_t i = 0; i < seen[2].n; i++) {
		unsigned before = nseen;

		seen[2].p[i] ^= 4;
		again(2);
		pair_quiet(&p);
		cr_assert_eq(nseen, before, "octet %zu", i);
		seen[2].p[i] ^= 4;
	}
	cr_expect(pair_is_up(&p));
	pair_clear(&p);
	forget();
}

Test(session_wire, first_request_again_before_it_is_over)
{
	up("init");
	p.man = keep;
	pair_start(&p);
	pair_run_to(&p, p.now + 11 * PAIR_MS);
	cr_assert_eq(nseen, 2);
	again(0);
	pair_run_to(&p, p.now + 2 * PAIR_MS);
	cr_assert_eq(nseen, 3);
	cr_expect_arr_eq(seen[1].p, seen[2].p, seen[1].n);
	cr_expect_eq(p.end[PAIR_R].nmore, 0);
	pair_settle(&p);
	cr_expect(pair_is_up(&p));
	pair_clear(&p);
	forget();
}

/* --- what cannot be read --- */

Test(session_wire, unknown_critical_payload)
{
	uint32_t id;

	up("critical");
	settle();
	id = ike_of(PAIR_R)->recv_id;
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id, 200, TEXT("\0\x80\0\x04"), 0, 0);
	pair_quiet(&p);
	cr_expect_eq(ike_of(PAIR_R)->recv_id, id + 1);
	cr_expect(pair_is_up(&p));
	/* one that is not critical is passed over (RFC 7296 2.5) */
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id + 1, 200, TEXT("\0\0\0\x04"), 0, 0);
	pair_quiet(&p);
	cr_expect_eq(ike_of(PAIR_R)->recv_id, id + 2);
	cr_expect(pair_is_up(&p));
	pair_clear(&p);
}

Test(session_wire, malformed_request_ends_it)
{
	static const struct { uint8_t exchange, first; const char *bytes; size_t n; } rows[] = {
		{ IKE_X_INFORMATIONAL, IKE_P_DELETE, "\0\0\0\x0c\x03\x04\0\x02\1\2\3\4", 12 },
		{ IKE_X_CREATE_CHILD_SA, IKE_P_NOTIFY, "\0\0\0\x08\0\0\x40\x0c", 8 },
		{ IKE_X_INFORMATIONAL, IKE_P_NOTIFY, "\0\0\0\x40\0\0\x40\x0c", 8 },
		{ 77, IKE_P_NOTIFY, "\0\0\0\x08\0\0\x40\x0c", 8 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		up("malformed");
		settle();
		say(PAIR_I, rows[i].exchange, false, ike_of(PAIR_R)->recv_id, rows[i].first,
		    (struct span){ (const uint8_t *)rows[i].bytes, rows[i].n }, 0, 0);
		pair_quiet(&p);
		cr_expect(session_over(p.end[PAIR_R].s), "%zu", i);
		cr_expect_str_eq(p.end[PAIR_R].why.row[0].id, "invalid-syntax");
		cr_expect_eq(p.end[PAIR_R].count[SESSION_CHILD_DOWN], 1);
		pair_clear(&p);
	}
}

/* --- windows --- */

Test(session_wire, message_ids_out_of_the_window)
{
	uint32_t id;
	unsigned sent;

	up("window");
	settle();
	id = ike_of(PAIR_R)->recv_id;
	sent = p.end[PAIR_R].sent;
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id + 1, 0, (struct span){ 0 }, 0, 0);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, id - 2, 0, (struct span){ 0 }, 0, 0);
	say(PAIR_I, IKE_X_INFORMATIONAL, true, 0, 0, (struct span){ 0 }, 0, 0);
	say(PAIR_I, IKE_X_INFORMATIONAL, false, UINT32_MAX, 0, (struct span){ 0 }, 0, 0);
	pair_quiet(&p);
	cr_expect_eq(p.end[PAIR_R].sent, sent);
	cr_expect_eq(p.end[PAIR_R].dropped, 4);
	cr_expect_eq(ike_of(PAIR_R)->recv_id, id);
	pair_clear(&p);
}

/* An answer of another exchange is none. */
Test(session_wire, answer_of_another_exchange)
{
	struct err e;

	up("other");
	settle();
	cr_assert_eq(session_check_peer(p.end[PAIR_I].s, p.now, &e), 0);
	say(PAIR_R, IKE_X_CREATE_CHILD_SA, true, ike_of(PAIR_I)->send_id, 0, (struct span){ 0 }, 0, 0);
	pair_run_to(&p, p.now + 2);
	cr_expect_eq(p.end[PAIR_I].dropped, 1);
	pair_quiet(&p);
	cr_expect_not_null(strstr(p.end[PAIR_I].log, "dpd: alive"));
	pair_clear(&p);
}

/* --- in clear, after IKE_SA_INIT: nobody knows who says it --- */

static bool only_clear(struct pair *q, struct pair_datagram *d)
{
	uint8_t bad[36] = { 0 };
	struct session_path path = pair_seen(q, PAIR_R, &ike_of(PAIR_R)->pub.path);

	if (d->to != PAIR_R)
		return false;
	memcpy(bad, d->p, 28);
	bad[16] = IKE_P_NOTIFY;
	bad[19] = IKE_FLAG_RESPONSE;
	memcpy(bad + 24, "\0\0\0\x24\0\0\0\x08\0\0\0\x04", 12);		/* N(INVALID_IKE_SPI) */
	pair_put(q, PAIR_I, &path, (struct span){ bad, sizeof bad }, q->now + 1);
	return false;
}

Test(session_wire, errors_in_clear_are_noted_only)
{
	struct err e;

	up("clear");
	settle();
	p.man = only_clear;
	cr_assert_eq(session_check_peer(p.end[PAIR_I].s, p.now, &e), 0);
	pair_run(&p, 10);
	cr_expect_not(session_over(p.end[PAIR_I].s));
	pair_run(&p, 60);
	cr_expect(session_over(p.end[PAIR_I].s));
	cr_expect_str_eq(p.end[PAIR_I].why.row[0].id, "peer-gone");
	cr_expect_not_null(strstr(p.end[PAIR_I].why.row[0].text, "in clear and unproven came: N(INVALID_IKE_SPI)"), "%s",
	    p.end[PAIR_I].why.row[0].text);
	pair_clear(&p);
}

/* --- IVs --- */

enum { IVS = 3000 };
static uint8_t iv[2][IVS][8];
static unsigned nivs[2];

static bool collect(struct pair *q, struct pair_datagram *d)
{
	size_t at = d->p[16] == IKE_P_SK ? 32 : 36;

	(void)q;
	if (d->p[16] != IKE_P_SK && d->p[16] != IKE_P_SKF)
		return true;
	cr_assert_lt(nivs[d->to], IVS);
	memcpy(iv[d->to][nivs[d->to]++], d->p + at, 8);
	return true;
}

Test(session_wire, no_iv_comes_twice)
{
	struct err e;

	up("iv");
	p.man = collect;
	p.end[0].conf.fragment_size = p.end[1].conf.fragment_size = 128;
	settle();
	for (int k = 0; k < 50; k++) {
		cr_assert_eq(session_check_peer(p.end[k % 2].s, p.now, &e), 0);
		pair_quiet(&p);
	}
	for (int to = 0; to < 2; to++) {
		cr_expect_gt(nivs[to], 50);
		for (unsigned i = 0; i < nivs[to]; i++)
			for (unsigned k = 0; k < i; k++)
				cr_assert(memcmp(iv[to][i], iv[to][k], 8) != 0, "%d: %u and %u", to, i, k);
	}
	pair_clear(&p);
}

/* --- what logs are told --- */

static char told[8192];

static void tell(void *arg, const struct session_message *m)
{
	char text[500];
	size_t n = strlen(told);

	if (((struct pair_end *)arg)->who == PAIR_I)
		snprintf(told + n, sizeof told - n, "%s%s %s: %s\n", m->sent ? "sent" : "got", m->again ? " again" : "",
		    verdict_name(m->verdict), ike_payloads_text(text, sizeof text, ike_message_payloads(m->m)));
}

Test(session_wire, messages_are_told_whole_and_in_clear)
{
	up("told");
	p.end[0].calls.message = tell;
	p.end[0].conf.fragment_size = p.end[1].conf.fragment_size = 200;
	p.end[0].conf.mobike = false;
	settle();
	cr_expect_str_eq(told,
	    "sent ok: SA, KE, Nonce, N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP), "
	    "N(IKEV2_FRAGMENTATION_SUPPORTED), N(SIGNATURE_HASH_ALGORITHMS)\n"
	    "got ok: SA, KE, Nonce, N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP), "
	    "N(IKEV2_FRAGMENTATION_SUPPORTED), N(SIGNATURE_HASH_ALGORITHMS)\n"
	    "sent ok: IDi, N(INITIAL_CONTACT), IDr, AUTH, SA, TSi, TSr\n"
	    "got incomplete: SKF\n"
	    "got ok: IDr, AUTH, SA, TSi, TSr\n", "%s", told);
	pair_clear(&p);
}
