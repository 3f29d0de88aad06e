/* What an initiator takes of a peer that answers what it was not asked: nothing, with a reason, and the peer's half of the
 * child SA is deleted. */
#include "unit/ike/pair.h"

#include "crypto/ke.h"
#include "ike/session_child.h"

enum wrong { RIGHT, NO_SA, TWO_PROPOSALS, TWO_ALGORITHMS, LONG_SPI, ZERO_SPI, OTHER_ALGORITHM, OTHER_PROTOCOL, OTHER_GROUP,
	NO_KE, KE_OF_ANOTHER, SHORT_KE, ZERO_KE, NO_NONCE, SHORT_NONCE, NO_TS, WIDER_MINE, WIDER_THEIRS, MORE_PORTS, TRANSPORT };

static const struct { enum wrong wrong; const char *id, *words; } rows[] = {
	{ RIGHT, NULL, NULL },
	{ NO_SA, "no-answer", "neither a child SA nor a refusal" },
	{ TWO_PROPOSALS, "no-proposal", "not one proposal" },
	{ TWO_ALGORITHMS, "no-proposal", "not one proposal" },
	{ LONG_SPI, "no-proposal", "SPI" },
	{ ZERO_SPI, "no-proposal", "SPI" },
	{ OTHER_ALGORITHM, "no-proposal", "what was not offered" },
	{ OTHER_PROTOCOL, "no-proposal", "what was not offered" },
	{ OTHER_GROUP, "invalid-ke", "another key exchange" },
	{ NO_KE, "invalid-ke", "no KE payload" },
	{ KE_OF_ANOTHER, "invalid-ke", "no KE payload of the group" },
	{ SHORT_KE, "invalid-ke", "" },
	{ ZERO_KE, "invalid-ke", "" },
	{ NO_NONCE, "invalid-ke", "nonce" },
	{ SHORT_NONCE, "invalid-ke", "nonce" },
	{ NO_TS, "ts-unacceptable", "no selectors" },
	{ WIDER_MINE, "ts-unacceptable", "beyond" },
	{ WIDER_THEIRS, "ts-unacceptable", "beyond" },
	{ MORE_PORTS, "ts-unacceptable", "beyond" },
	{ TRANSPORT, "mode", "not asked for" },
};

enum { AES_GCM_16 = 20, CHACHA = 28, X25519 = 31, P256 = 19, SHORT = 8 };

static void put_sa(struct build *b, enum wrong w)
{
	static const uint8_t spi[8] = { 0x11, 0x22, 0x33, 0x44 }, zero[4];
	struct offer suite = { .protocol = w == OTHER_PROTOCOL ? IKE_PROTO_AH : IKE_PROTO_ESP };
	struct ike_payload *p;

	offer_add(&suite, IKE_T_ENCR, w == OTHER_ALGORITHM ? CHACHA : AES_GCM_16, w == OTHER_ALGORITHM ? 0 : 128);
	if (w == TWO_ALGORITHMS)
		offer_add(&suite, IKE_T_ENCR, AES_GCM_16, 256);
	offer_add(&suite, IKE_T_KE, w == OTHER_GROUP ? P256 : X25519, 0);
	offer_add(&suite, IKE_T_SN, 0, 0);
	build_sa_choice(b, 1, &suite, w == ZERO_SPI ? (struct span){ zero, 4 } : (struct span){ spi, w == LONG_SPI ? 8 : 4 }, 0);
	p = &b->payload[b->n - 1];
	if (w == TWO_PROPOSALS) {
		struct ike_proposal *two = mem_array(&b->mem, 2, sizeof *two);

		two[0] = two[1] = p->sa.proposal[0];
		p->sa.proposal = two;
		p->sa.nproposal = 2;
	}
}

static void put_ke(struct build *b, enum wrong w, const struct pl_ke *theirs, struct rng *rng)
{
	static const uint8_t zero[32];
	uint8_t value[KE_PUBLIC_MAX];
	struct arena arena = { 0 };
	struct secret key, shared;
	struct err e;

	cr_assert_eq(ke_respond(alg_ke_by_id(X25519), rng, theirs->value, &arena, &key, value, &shared, &e), 0);
	if (w != NO_KE)
		build_ke(b, w == KE_OF_ANOTHER ? P256 : X25519, w == ZERO_KE ? (struct span){ zero, 32 } :
		    (struct span){ value, w == SHORT_KE ? 31 : 32 });
	arena_clear(&arena);
}

static void put_ts(struct build *b, enum wrong w, const struct child_try *t)
{
	struct ts_list mine = t->mine, theirs = t->theirs;
	struct err e;

	if (w == NO_TS)
		return;
	if (w == WIDER_MINE)
		mine.ts[0].first = pair_addr("10.0.0.0");
	if (w == WIDER_THEIRS) {
		theirs.ts[1] = theirs.ts[0];
		theirs.ts[1].first = theirs.ts[1].last = pair_addr("192.168.0.1");
		theirs.n = 2;
	}
	if (w == MORE_PORTS)
		theirs.ts[0].last_port = UINT16_MAX;
	cr_assert(child_ts_add(b, IKE_P_TSI, &mine, &e) == 0 && child_ts_add(b, IKE_P_TSR, &theirs, &e) == 0);
}

static void answer(struct build *b, enum wrong w, const struct child_try *t, struct build *asked, struct rng *rng)
{
	static const uint8_t nonce[32] = { 7 };
	struct ike_payloads ps = build_payloads(asked);

	if (w == TRANSPORT)
		build_notify(b, IKE_N_USE_TRANSPORT_MODE, (struct span){ 0 });
	if (w != NO_SA)
		put_sa(b, w);
	if (w != NO_NONCE)
		build_nonce(b, (struct span){ nonce, w == SHORT_NONCE ? SHORT : sizeof nonce });
	put_ke(b, w, &ike_payload_find(&ps, IKE_P_KE)->ke, rng);
	put_ts(b, w, t);
	cr_assert(build_ok(b));
}

Test(session_answer, wrong_ones)
{
	struct build *asked = malloc(sizeof *asked), *said = malloc(sizeof *said);
	struct child_try *t = calloc(1, sizeof *t);
	struct sess_child *c;
	struct sess_ike *ike;
	struct pair p;
	struct err e;

	cr_assert(asked != NULL && said != NULL && t != NULL);
	pair_init(&p, "answer");
	pair_offers(&p.end[0].conf, &p.end[0].conf.child[0].offers, IKE_PROTO_ESP, "aes128gcm16-x25519-ecp256");
	p.end[0].conf.child[0].ts.proto = 6;
	p.end[0].conf.child[0].ts.dport_set = true;
	p.end[0].conf.child[0].ts.dport = (struct port_range){ 80, 80 };
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s", p.end[0].log);
	ike = p.end[0].s->ike[0];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ike_payloads ps;
		int rc;

		build_init(asked);
		build_init(said);
		*t = (struct child_try){ .conf = &p.end[0].conf.child[0], .with_ke = true };
		cr_assert_eq(child_propose(ike, t, asked, &e), 0, "%s", e.text);
		answer(said, rows[i].wrong, t, asked, &p.rng);
		ps = build_payloads(said);
		rc = child_accept(ike, t, &ps, &c, &e);
		cr_expect_eq(rc, rows[i].id == NULL, "row %zu: %d", i, rc);
		if (rc == 1) {
			cr_expect_eq(c->pub.out.spi, 0x11223344);
			sess_child_end(p.end[0].s, c);
		} else if (rc == 0) {
			cr_assert_eq(t->why.n, 1, "row %zu", i);
			cr_expect_str_eq(t->why.row[0].id, rows[i].id, "row %zu: %s", i, t->why.row[0].id);
			cr_expect_not_null(strstr(t->why.row[0].text, rows[i].words), "row %zu: %s", i, t->why.row[0].text);
			cr_expect_eq(ike->njobs, rows[i].wrong != NO_SA, "row %zu: the peer's half stays", i);
		}
		pair_quiet(&p);
		session_check_peer(p.end[0].s, p.now, &e);	/* the delete goes with it */
		pair_quiet(&p);
		cr_expect_eq(ike->njobs, 0);
		child_try_clear(t);
		build_clear(asked);
		build_clear(said);
	}
	pair_expect_equal(&p);
	free(asked);
	free(said);
	free(t);
	pair_clear(&p);
}
