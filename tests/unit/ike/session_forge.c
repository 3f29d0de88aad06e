/*
 * What somebody on the path can do without keys: copy, forge, reflect, answer first.  The tunnel comes up and stays up, or
 * what came of it is what a wire that was cut would have done.  (Changes of IKE_SA_INIT are in session_auth.c: AUTH sees them.)
 */
#include "unit/ike/pair.h"

static struct pair p;

enum { MS = PAIR_MS };

/* All that went over the wire, in order. */
static struct wire { int to; struct session_path path; uint8_t p[2048]; size_t n; } wire[512];
static unsigned nwire;

static bool record(struct pair *x, struct pair_datagram *d)
{
	(void)x;
	if (nwire < sizeof wire / sizeof wire[0] && d->n <= sizeof wire[0].p) {
		wire[nwire] = (struct wire){ .to = d->to, .path = d->path, .n = d->n };
		memcpy(wire[nwire++].p, d->p, d->n);
	}
	return true;
}

static void inject(int to, const struct session_path *path, const uint8_t *bytes, size_t n)
{
	pair_put(&p, to, path, (struct span){ bytes, n }, p.now + MS);
}

static void up(const char *seed)
{
	nwire = 0;
	pair_init(&p, seed);
	p.man = record;
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s--\n%s", p.end[0].log, p.end[1].log);
}

/* Still the same two ends, who talk to each other, rekey, and part in peace. */
static void expect_well(const char *what)
{
	struct err e = { .text = "" };

	p.man = NULL;
	pair_run(&p, 5);
	cr_assert(pair_is_up(&p), "%s:\n%s--\n%s", what, p.end[0].log, p.end[1].log);
	cr_expect_eq(p.end[PAIR_I].count[SESSION_FAILED], 0, "%s", what);
	cr_expect_eq(p.end[0].count[SESSION_MOVED] + p.end[1].count[SESSION_MOVED], 0, "%s", what);
	cr_expect_eq(session_rekey_ike(p.end[PAIR_R].s, p.now, &e), 0, "%s: %s", what, e.text);
	pair_run(&p, 5);
	cr_expect_eq(session_rekey_child(p.end[PAIR_I].s, session_child_at(p.end[PAIR_I].s, 0)->number, p.now, &e), 0, "%s: %s",
	    what, e.text);
	pair_run(&p, 5);
	cr_expect(pair_is_up(&p) && p.end[0].count[SESSION_IKE_REKEYED] >= 1 && p.end[0].count[SESSION_CHILD_REKEYED] >= 1,
	    "%s:\n%s--\n%s", what, p.end[0].log, p.end[1].log);
	pair_expect_equal(&p);
	cr_expect_eq(session_delete(p.end[PAIR_I].s, p.now, &e), 0);
	pair_run(&p, 5);
	cr_expect(pair_is_over(&p), "%s", what);
}

/* Everything again, in order and backwards, at both ends, while it is up and after it was rekeyed. */
Test(session_forge, all_again)
{
	struct err e;

	for (int round = 0; round < 2; round++) {
		up(round == 0 ? "again" : "again, rekeyed");
		if (round == 1) {
			session_rekey_ike(p.end[PAIR_I].s, p.now, &e);
			pair_run(&p, 5);
			session_rekey_child(p.end[PAIR_R].s, 1, p.now, &e);
			session_check_peer(p.end[PAIR_I].s, p.now, &e);
			pair_run(&p, 5);
		}
		p.man = NULL;
		for (unsigned i = 0; i < 2 * nwire; i++) {
			const struct wire *w = &wire[i < nwire ? i : 2 * nwire - 1 - i];

			inject(w->to, &w->path, w->p, w->n);
			pair_run_to(&p, p.now + 100 * MS);
		}
		expect_well("all again");
		pair_clear(&p);
	}
}

/* A responder alone hears the whole of an old conversation: it begins, and believes nobody. */
Test(session_forge, old_conversation)
{
	up("old");
	pair_clear(&p);
	pair_init(&p, "new");
	for (unsigned i = 0; i < nwire; i++)
		if (wire[i].to == PAIR_R)
			inject(PAIR_R, &wire[i].path, wire[i].p, wire[i].n);
	pair_run(&p, 60);
	cr_expect_eq(p.end[PAIR_R].count[SESSION_KEYS], 1);
	cr_expect_eq(p.end[PAIR_R].count[SESSION_AUTHENTICATED], 0);
	cr_expect(strstr(p.end[PAIR_R].log, "half-open") != NULL, "%s", p.end[PAIR_R].log);
	pair_clear(&p);
}

/* To whom they came from. */
Test(session_forge, reflected)
{
	up("reflected");
	p.man = NULL;
	for (unsigned i = 0; i < nwire; i++) {
		struct session_path path = pair_path(&p, !wire[i].to);
		uint8_t turned[2048];

		inject(!wire[i].to, &path, wire[i].p, wire[i].n);
		for (uint8_t flags = 0; flags < 4; flags++) {	/* and the header made to fit */
			memcpy(turned, wire[i].p, wire[i].n);
			turned[19] = (uint8_t)((flags & 1 ? IKE_FLAG_INITIATOR : 0) | (flags & 2 ? IKE_FLAG_RESPONSE : 0));
			inject(!wire[i].to, &path, turned, wire[i].n);
		}
		pair_run_to(&p, p.now + 100 * MS);
	}
	expect_well("reflected");
	pair_clear(&p);
}

/* One octet changed, wherever, in whatever was sealed; and what is cut or longer: at once, before the true one comes. */
static bool copies(struct pair *x, struct pair_datagram *d)
{
	uint8_t bad[2048];

	if (d->n < 40 || d->p[18] == IKE_X_SA_INIT || d->n > sizeof bad - 8)
		return true;
	for (unsigned i = 0; i < 12; i++) {
		memcpy(bad, d->p, d->n);
		bad[rng_below(&x->way, (uint32_t)d->n)] ^= (uint8_t)(1u << rng_below(&x->way, 8));
		pair_put(x, d->to, &d->path, (struct span){ bad, d->n }, x->now + MS);
	}
	memcpy(bad, d->p, d->n);
	pair_put(x, d->to, &d->path, (struct span){ bad, d->n - 1 }, x->now + MS);
	store_be32(bad + 24, (uint32_t)d->n - 1);
	pair_put(x, d->to, &d->path, (struct span){ bad, d->n - 1 }, x->now + MS);
	memset(bad + d->n, 0, 8);
	store_be32(bad + 24, (uint32_t)d->n + 8);
	pair_put(x, d->to, &d->path, (struct span){ bad, d->n + 8 }, x->now + MS);
	return true;
}

Test(session_forge, altered_copies)
{
	struct err e;

	for (unsigned size = 0; size < 300; size += 200) {
		pair_init(&p, size == 0 ? "copies" : "copies of fragments");
		for (int i = 0; i < 2; i++) {
			p.end[i].conf.fragmentation = size > 0;
			p.end[i].conf.fragment_size = size;
		}
		p.man = copies;
		pair_start(&p);
		pair_settle(&p);
		cr_assert(pair_is_up(&p), "%s--\n%s", p.end[0].log, p.end[1].log);
		cr_expect_eq(p.end[0].count[SESSION_RETRANSMIT] + p.end[1].count[SESSION_RETRANSMIT], 0);
		session_check_peer(p.end[PAIR_R].s, p.now, &e);
		pair_run(&p, 2);
		expect_well("copies");
		pair_clear(&p);
	}
}

/* A message in clear with these SPIs, from the right address. */
static size_t in_clear(uint8_t *out, uint8_t exchange, uint8_t flags, uint32_t id, const char *payloads, uint8_t first)
{
	const struct session_ike *ike = session_ike(p.end[PAIR_I].s);
	struct ike_hdr h = { .spi_i = ike->spi_i, .spi_r = ike->spi_r, .next = first, .version = IKE_V2, .exchange = exchange,
		.flags = flags, .message_id = id };
	struct wr w = wr_of(out, 256);
	size_t n = 0;
	struct err e;

	cr_assert_eq(hex_parse(out + 28, 200, &n, payloads, strlen(payloads), &e), 0);
	h.length = (uint32_t)(28 + n);
	ike_hdr_encode(&h, &w);
	return h.length;
}

/* Notifies of errors, deletes, empty SK, SKF that say anything, in every exchange and role: nobody proves them. */
static void clear_messages(void)
{
	static const struct { uint8_t first; const char *hex; } bodies[] = {
		{ IKE_P_NOTIFY, "0000000800000018" },			/* AUTHENTICATION_FAILED */
		{ IKE_P_NOTIFY, "0000000800000004" },			/* INVALID_IKE_SPI */
		{ IKE_P_NOTIFY, "0000000800000007" },			/* INVALID_SYNTAX */
		{ IKE_P_NOTIFY, "000000080000000e" },			/* NO_PROPOSAL_CHOSEN */
		{ IKE_P_NOTIFY, "0000000800004010" },			/* UPDATE_SA_ADDRESSES */
		{ IKE_P_DELETE, "0000000801000000" },			/* of the IKE SA */
		{ IKE_P_NONE, "" },
		{ IKE_P_SK, "00000004" }, { IKE_P_SK, "2a00002400000000000000000000000000000000000000000000000000000000000000" "00" },
		{ IKE_P_SKF, "2a00002800010001000000000000000000000000000000000000000000000000000000000000000000" },
		{ IKE_P_SKF, "2a000028ffffffff000000000000000000000000000000000000000000000000000000000000000000" },
	};
	uint8_t m[256];

	for (uint8_t exchange = IKE_X_SA_INIT; exchange <= IKE_X_INFORMATIONAL; exchange++)
		for (unsigned flags = 0; flags < 0x30; flags += 8)
			for (uint32_t id = 0; id < 4; id++)
				for (unsigned k = 0; k < sizeof bodies / sizeof bodies[0]; k++) {
					size_t n;

					if (flags & 0x10)
						continue;
					n = in_clear(m, exchange, (uint8_t)flags, id, bodies[k].hex, bodies[k].first);
					for (int to = 0; to < 2; to++) {
						struct session_path path = pair_path(&p, to);

						inject(to, &path, m, n);
					}
					pair_run_to(&p, p.now + 2 * MS);
				}
}

Test(session_forge, in_clear)
{
	up("clear");
	clear_messages();
	expect_well("clear");
	pair_clear(&p);
}

/* From elsewhere: nobody moves for a message that is not theirs, nor for an old one. */
Test(session_forge, other_address)
{
	struct err e;

	up("elsewhere");
	session_check_peer(p.end[PAIR_I].s, p.now, &e);
	session_check_peer(p.end[PAIR_R].s, p.now, &e);
	pair_run(&p, 2);
	p.man = NULL;
	for (unsigned i = 0; i < nwire; i++) {
		struct session_path path = wire[i].path;

		path.remote = pair_addr("203.0.113.66");
		path.remote_port = 6666;
		inject(wire[i].to, &path, wire[i].p, wire[i].n);
		pair_run_to(&p, p.now + 10 * MS);
	}
	expect_well("elsewhere");
	pair_clear(&p);
}

/* --- who answers first --- */

static unsigned forged;

/* An answer to IKE_SA_INIT that comes before the true one: one notify, of this type, with this data. */
static void answer_first(struct pair *x, const struct pair_datagram *d, uint16_t type, const uint8_t *data, size_t n)
{
	struct session_path path = pair_path(x, PAIR_I);
	uint8_t m[128];
	struct wr w = wr_of(m, sizeof m);
	struct ike_hdr h = { .spi_i = load_be64(d->p), .next = IKE_P_NOTIFY, .version = IKE_V2, .exchange = IKE_X_SA_INIT,
		.flags = IKE_FLAG_RESPONSE, .length = (uint32_t)(36 + n) };

	ike_hdr_encode(&h, &w);
	wr_u16(&w, 0);
	wr_u16(&w, (uint16_t)(8 + n));
	wr_u16(&w, 0);
	wr_u16(&w, type);
	wr_span(&w, (struct span){ data, n });
	forged++;
	pair_put(x, PAIR_I, &path, (struct span){ m, w.n }, x->now + MS);
}

static uint16_t forge_type;
static uint8_t forge_data[20];
static size_t forge_n;
static unsigned forge_most;

static bool before_answer(struct pair *x, struct pair_datagram *d)
{
	if (d->to == PAIR_R && d->p[18] == IKE_X_SA_INIT && forged < forge_most)
		answer_first(x, d, forge_type, forge_data, forge_n);
	return true;
}

/* Refusals that anybody can send are not the last word while the true answer may still come. */
Test(session_forge, first_answer)
{
	static const struct { const char *why; uint16_t type; uint8_t data[2]; size_t n; bool up; } rows[] = {
		{ "no proposal", IKE_N_NO_PROPOSAL_CHOSEN, { 0 }, 0, true }, { "syntax", IKE_N_INVALID_SYNTAX, { 0 }, 0, true },
		{ "authentication", IKE_N_AUTHENTICATION_FAILED, { 0 }, 0, true }, { "version", IKE_N_INVALID_MAJOR_VERSION, { 0 }, 0,
		  true }, { "unknown error", 9999, { 0 }, 0, true }, { "status", IKE_N_MOBIKE_SUPPORTED, { 0 }, 0, true },
		{ "a group that was not offered", IKE_N_INVALID_KE_PAYLOAD, { 0, 2 }, 2, true },
		{ "its own group", IKE_N_INVALID_KE_PAYLOAD, { 0, 31 }, 2, true },
		{ "no group", IKE_N_INVALID_KE_PAYLOAD, { 0 }, 1, true }, { "an empty cookie", IKE_N_COOKIE, { 0 }, 0, true },
	};

	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		forge_type = rows[k].type;
		memcpy(forge_data, rows[k].data, 2);
		forge_n = rows[k].n;
		forge_most = 100;
		forged = 0;
		pair_init(&p, rows[k].why);
		p.man = before_answer;
		pair_start(&p);
		pair_settle(&p);
		cr_expect_gt(forged, 0);
		cr_expect_eq(pair_is_up(&p), rows[k].up, "%s:\n%s--\n%s", rows[k].why, p.end[0].log, p.end[1].log);
		expect_well(rows[k].why);
		pair_clear(&p);
	}
}

/*
 * A cookie or a group that somebody forges makes the initiator ask otherwise, while the responder answers what was asked
 * first (RFC 7296 2.6 leaves that open to those who see the wire).  It fails, and never comes up with what was forged.
 */
static void play_asked_again(const char *seed, uint16_t type, const uint8_t *data, size_t n, unsigned most)
{
	forge_type = type;
	memcpy(forge_data, data, n);
	forge_n = n;
	forge_most = most;
	forged = 0;
	pair_init(&p, seed);
	pair_offers(&p.end[PAIR_I].conf, &p.end[PAIR_I].conf.ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-x25519-modp2048");
	p.man = before_answer;
	pair_start(&p);
	pair_settle(&p);
	cr_expect_eq(forged, most, "%s", seed);
	cr_expect(pair_is_over(&p) && p.end[PAIR_I].count[SESSION_FAILED] == 1, "%s:\n%s--\n%s", seed, p.end[0].log, p.end[1].log);
	cr_expect_eq(p.end[PAIR_R].count[SESSION_AUTHENTICATED], 0);
	pair_clear(&p);
}

Test(session_forge, asked_again)
{
	static const uint8_t modp2048[2] = { 0, 14 }, cookie[20] = { 0xaa };

	play_asked_again("cookie", IKE_N_COOKIE, cookie, sizeof cookie, 1);
	play_asked_again("cookies", IKE_N_COOKIE, cookie, sizeof cookie, 3);
	play_asked_again("group", IKE_N_INVALID_KE_PAYLOAD, modp2048, 2, 1);
}

/* Garbage of any length with the right SPIs, to both ends, in every state. */
static bool garbage(struct pair *x, struct pair_datagram *d)
{
	uint8_t m[600];

	for (unsigned i = 0; i < 20; i++) {
		size_t n = 20 + rng_below(&x->way, sizeof m - 20);

		rng_bytes(&x->way, m, n);
		memcpy(m, d->p, 20);
		m[16] = rng_below(&x->way, 2) ? IKE_P_SK : IKE_P_SKF;
		m[18] = (uint8_t)(IKE_X_SA_INIT + rng_below(&x->way, 4));
		m[19] = (uint8_t)(rng_below(&x->way, 8) << 3);
		if (n >= 28) {
			store_be32(m + 20, rng_below(&x->way, 4));
			store_be32(m + 24, (uint32_t)n);
		}
		if (n >= 36) {
			store_be16(m + 30, (uint16_t)(n - 28));
			store_be16(m + 32, (uint16_t)(1 + rng_below(&x->way, 3)));
			store_be16(m + 34, (uint16_t)(1 + rng_below(&x->way, 3)));
		}
		pair_put(x, (int)rng_below(&x->way, 2), &d->path, (struct span){ m, n }, x->now + MS);
	}
	return true;
}

Test(session_forge, garbage)
{
	for (unsigned round = 0; round < 20; round++) {
		char seed[16];

		snprintf(seed, sizeof seed, "garbage %u", round);
		pair_init(&p, seed);
		p.man = garbage;
		pair_start(&p);
		pair_settle(&p);
		cr_assert(pair_is_up(&p), "%s--\n%s", p.end[0].log, p.end[1].log);
		expect_well(seed);
		pair_clear(&p);
	}
}
