/*
 * What a peer makes of each impairment: as RFC 7296 says, and it lives on.  Both ends are ours; the judge of the one that
 * is impaired against another implementation is tests/interop/peer/cases_impair.py.
 */
#include "unit/ike/pair.h"

#include "ike/impair.h"

/* UP: both ends have the tunnel.  OVER: neither; its initiator or responder alone: the other one was not told.
 * NO_CHILD: the IKE SA stands without the child. */
enum outcome { UP, OVER, I_OVER, R_OVER, NO_CHILD };
/* Once it is up, by the end that is impaired, or BY_OTHER. */
enum then { NOTHING, REKEY_CHILD = 1, REKEY_IKE = 2, DPD = 3, DELETE = 4, BY_OTHER = 8 };

enum { I = PAIR_I, R = PAIR_R };

struct row { const char *list; int who; enum then then; enum outcome comes; const char *i_says, *r_says; };

/* Datagrams: a lost one is sent again, one that came twice or is not what was sealed counts for nothing (2.1, 2.3). */
static const struct row datagrams[] = {
	{ "drop@IKE_SA_INIT:1", I, NOTHING, UP, "retransmit: IKE_SA_INIT, 1", "" },
	{ "drop@IKE_AUTH:1", I, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "no-answer@IKE_SA_INIT:1", R, NOTHING, UP, "retransmit: IKE_SA_INIT, 1", "" },
	{ "no-answer@IKE_AUTH:1", R, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "no-answer@IKE_AUTH", R, NOTHING, I_OVER, "no-answer: no answer to IKE_AUTH", "child-up" },
	{ "no-retransmit,drop@IKE_AUTH", I, NOTHING, OVER, "no answer to IKE_AUTH, sent 1 time", "half-open" },
	{ "duplicate", I, REKEY_CHILD, UP, "child-rekeyed", "child-rekeyed" },
	{ "duplicate", R, REKEY_IKE, UP, "rekeyed: ", "rekeyed: " },
	{ "replay", I, REKEY_CHILD, UP, "child-rekeyed", "child-rekeyed" },
	{ "replay:3", R, REKEY_CHILD, UP, "child-rekeyed", "child-rekeyed" },
	{ "reorder@IKE_AUTH:1", I, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "corrupt-icv@IKE_AUTH:1", I, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "corrupt-icv@IKE_AUTH:1", R, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "corrupt-icv@IKE_AUTH", I, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "corrupt@IKE_AUTH:1", I, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "corrupt:120@IKE_SA_INIT", I, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "truncate@IKE_AUTH:1", I, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "truncate:1000@IKE_AUTH:1", I, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "trailing@IKE_AUTH:1", R, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "bad-message-length@IKE_AUTH:1", I, NOTHING, UP, "retransmit: IKE_AUTH, 1", "" },
	{ "corrupt-icv@INFORMATIONAL:1", I, DPD, UP, "dpd: alive", "" },
	{ "no-answer@INFORMATIONAL", I, DPD | BY_OTHER, R_OVER, "", "peer-gone: " },
};

/* The header: of another IKE SA or exchange, or from a later minor version, which does not matter (2.3, 2.5, 3.1). */
static const struct row headers[] = {
	{ "wrong-message-id@IKE_SA_INIT", I, NOTHING, OVER, "no-answer: ", "" },
	{ "wrong-message-id@IKE_AUTH", I, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "wrong-message-id@IKE_AUTH", R, NOTHING, I_OVER, "no-answer: ", "" },
	{ "wrong-message-id:0xffffffff@INFORMATIONAL-request", I, DPD, I_OVER, "peer-gone: ", "" },
	{ "wrong-spi@IKE_SA_INIT", I, NOTHING, OVER, "no-answer: ", "" },
	{ "wrong-spi@IKE_AUTH", I, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "wrong-spi@IKE_AUTH", R, NOTHING, I_OVER, "no-answer: ", "" },
	{ "bad-version@IKE_AUTH", I, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "minor-version", I, REKEY_IKE, UP, "rekeyed: ", "rekeyed: " },
	{ "minor-version", R, REKEY_IKE, UP, "rekeyed: ", "rekeyed: " },
	{ "bad-exchange@IKE_AUTH", I, NOTHING, OVER, "no-answer: ", "exchange type is not known: 99" },
	{ "bad-exchange@IKE_AUTH", R, NOTHING, I_OVER, "no-answer: ", "" },
	{ "flip-initiator@IKE_SA_INIT", I, NOTHING, OVER, "no-answer: ", "" },
	{ "flip-initiator@IKE_AUTH", I, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "flip-response@IKE_AUTH", I, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "flip-response@IKE_AUTH", R, NOTHING, I_OVER, "no-answer: ", "" },
	{ "reserved-bits", I, REKEY_CHILD, UP, "child-rekeyed", "child-rekeyed" },
	{ "reserved-bits", R, REKEY_IKE, UP, "rekeyed: ", "rekeyed: " },
};

/* Payloads that are too many, too few, unknown, or in another order (2.5, 3.10.1). */
static const struct row payloads[] = {
	{ "unknown-critical@IKE_SA_INIT", I, NOTHING, OVER, "N(UNSUPPORTED_CRITICAL_PAYLOAD)", "payload 200 is critical" },
	{ "unknown-critical@IKE_AUTH", I, NOTHING, OVER, "refuses IKE_AUTH: UNSUPPORTED_CRITICAL_PAYLOAD", "half-open: " },
	{ "unknown-critical@IKE_AUTH", R, NOTHING, I_OVER, "payload 200 of the peer's answer is critical", "" },
	{ "unknown-critical@INFORMATIONAL-request", I, DPD, UP, "dpd: alive", "" },
	{ "unknown-critical@CREATE_CHILD_SA-request:1", I, REKEY_CHILD, UP, "child-refused: ", "" },
	{ "unknown-payload", I, REKEY_CHILD, UP, "child-rekeyed", "child-rekeyed" },
	{ "unknown-payload:255", R, REKEY_IKE, UP, "rekeyed: ", "rekeyed: " },
	{ "critical-known", I, REKEY_CHILD, UP, "child-rekeyed", "child-rekeyed" },
	{ "critical-known", R, REKEY_IKE, UP, "rekeyed: ", "rekeyed: " },
	{ "add-vendor", I, NOTHING, UP, "", "" }, { "add-vendor:x", R, NOTHING, UP, "", "" },
	{ "add-notify:40000", I, REKEY_CHILD, UP, "child-rekeyed", "" }, { "add-notify:40000", R, NOTHING, UP, "", "" },
	{ "add-notify:9999", I, REKEY_CHILD, UP, "child-rekeyed", "" },
	{ "add-notify:9999@IKE_SA_INIT", R, NOTHING, OVER, "N(unknown (9999))", "half-open: " },
	{ "add-notify:9999@IKE_AUTH", R, NOTHING, I_OVER, "refuses IKE_AUTH: an unknown error", "" },
	{ "omit:NAT-D", I, NOTHING, UP, "", "" }, { "omit:NAT-D", R, NOTHING, UP, "", "" },
	{ "omit:SA@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "omit:KE@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "omit:Nonce@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "omit:SA@IKE_SA_INIT", R, NOTHING, OVER, "bad-answer: ", "half-open: " },
	{ "omit:KE@IKE_SA_INIT", R, NOTHING, OVER, "bad-answer: ", "half-open: " },
	{ "omit:Nonce@IKE_SA_INIT", R, NOTHING, OVER, "bad-answer: ", "half-open: " },
	{ "omit:IDi", I, NOTHING, OVER, "INVALID_SYNTAX", "IDi payload is missing" },
	{ "omit:AUTH", I, NOTHING, OVER, "AUTHENTICATION_FAILED", "auth-method: the peer wants EAP" },
	{ "omit:AUTH", R, NOTHING, I_OVER, "lacks AUTH", "" },
	{ "omit:IDr@IKE_AUTH-response", R, NOTHING, I_OVER, "lacks its identity", "" },
	{ "omit:TSi@IKE_AUTH", I, NOTHING, OVER, "INVALID_SYNTAX", "TSi payload is missing" },
	{ "omit:TSi@IKE_AUTH", R, NOTHING, NO_CHILD, "no selectors are in it", "child-down" },
	{ "omit:Nonce@CREATE_CHILD_SA", I, REKEY_CHILD, OVER, "INVALID_SYNTAX", "Nonce payload is missing" },
	{ "omit:KE@CREATE_CHILD_SA", I, REKEY_IKE, OVER, "INVALID_SYNTAX", "KE payload is missing" },
	{ "omit:Nonce@CREATE_CHILD_SA:1", R, REKEY_CHILD | BY_OTHER, UP, "no nonce", "child-rekeyed" },
	{ "duplicate-payload:KE@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "duplicate-payload:AUTH", I, NOTHING, OVER, "INVALID_SYNTAX", "AUTH at octet" },
	{ "reorder-payloads", I, REKEY_IKE, UP, "rekeyed: ", "rekeyed: " },
	{ "reorder-payloads", R, REKEY_CHILD, UP, "child-rekeyed", "child-rekeyed" },
};

/* What they hold. */
static const struct row content[] = {
	{ "wrong-proposal@IKE_SA_INIT", I, NOTHING, OVER, "no-proposal: ", "no-proposal: " },
	{ "wrong-proposal@IKE_SA_INIT", R, NOTHING, OVER, "bad-answer: ", "half-open: " },
	{ "wrong-proposal@IKE_AUTH", I, NOTHING, NO_CHILD, "no-proposal: ", "no-proposal: " },
	{ "wrong-proposal@IKE_AUTH", R, NOTHING, NO_CHILD, "it chooses what was not offered", "child-down" },
	{ "wrong-proposal@CREATE_CHILD_SA:1", I, REKEY_IKE, UP, "no-proposal: ", "no-proposal: " },
	{ "bad-spi-size@IKE_AUTH", I, NOTHING, OVER, "INVALID_SYNTAX", "invalid-syntax: " },
	{ "bad-spi-size:5@IKE_AUTH", R, NOTHING, NO_CHILD, "its SPI is none", "child-down" },
	{ "zero-spi@IKE_AUTH", I, NOTHING, OVER, "INVALID_SYNTAX", "invalid-syntax: " },
	{ "zero-spi@IKE_AUTH", R, NOTHING, NO_CHILD, "its SPI is none", "child-down" },
	{ "zero-spi@CREATE_CHILD_SA", I, REKEY_IKE, OVER, "INVALID_SYNTAX", "invalid-syntax: " },
	{ "bad-nonce-length@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "bad-nonce-length:257@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "bad-nonce-length@IKE_SA_INIT", R, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "bad-ke-length@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "31 bytes, wanted 32" },
	{ "bad-ke-length@IKE_SA_INIT", R, NOTHING, OVER, "31 bytes, wanted 32", "half-open: " },
	{ "zero-ke@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "shared secret of zeros" },
	{ "zero-ke@IKE_SA_INIT", R, NOTHING, OVER, "shared secret of zeros", "half-open: " },
	{ "wrong-ke-group@IKE_SA_INIT", I, NOTHING, OVER, "ke: the responder wants", "other-group: " },
	{ "wrong-ke-group@IKE_SA_INIT", R, NOTHING, OVER, "bad-answer: ", "half-open: " },
	{ "forged-natd", I, NOTHING, UP, "", "nat: both ends" }, { "forged-natd", R, NOTHING, UP, "nat: both ends", "" },
	{ "wrong-id", I, NOTHING, OVER, "AUTHENTICATION_FAILED", "identity: the peer is \"impaired.example\"" },
	{ "wrong-id", R, NOTHING, OVER, "identity: the peer is \"impaired.example\"", "auth-failed: " },
	{ "wrong-id:me@example", I, NOTHING, OVER, "AUTHENTICATION_FAILED", "identity: the peer is \"fqdn:me@example\"" },
	{ "bad-auth", I, NOTHING, OVER, "AUTHENTICATION_FAILED", "wrong-psk: " },
	{ "bad-auth", R, NOTHING, OVER, "wrong-psk: ", "auth-failed: " },
	{ "wrong-auth-method", I, NOTHING, OVER, "AUTHENTICATION_FAILED", "auth-method: " },
	{ "wrong-auth-method:1", R, NOTHING, OVER, "auth-method: ", "auth-failed: " },
	{ "bad-ts@IKE_AUTH", I, NOTHING, NO_CHILD, "ts-unacceptable: ", "ts-unacceptable: " },
	{ "bad-ts@IKE_AUTH", R, NOTHING, NO_CHILD, "ts-unacceptable: ", "child-down" },
	{ "bad-length@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "bad-length@IKE_SA_INIT", R, NOTHING, OVER, "no-answer: ", "half-open: " },
	{ "bad-length@IKE_AUTH", I, NOTHING, OVER, "INVALID_SYNTAX", "impossible length: 65535" },
	{ "bad-length:3@IKE_AUTH", I, NOTHING, OVER, "INVALID_SYNTAX", "impossible length: 3" },
	{ "bad-length@IKE_AUTH", R, NOTHING, I_OVER, "impossible length: 65535", "" },
	{ "bad-length@CREATE_CHILD_SA", I, REKEY_CHILD, OVER, "INVALID_SYNTAX", "impossible length: 65535" },
	{ "bad-proposal-length@IKE_SA_INIT", I, NOTHING, OVER, "N(INVALID_SYNTAX)", "cannot be read" },
	{ "bad-proposal-length@IKE_AUTH", I, NOTHING, OVER, "INVALID_SYNTAX", "proposal has an impossible length" },
	{ "bad-proposal-length:4@IKE_AUTH", R, NOTHING, I_OVER, "invalid-syntax: ", "" },
};

static const struct row conduct[] = {
	{ "early-delete", I, NOTHING, OVER, "child-up", "deleted: by the peer" },
	{ "early-delete", R, NOTHING, OVER, "deleted: by the peer", "child-up" },
	{ "no-delete", I, DELETE, I_OVER, "without telling the peer", "child-up" },
	{ "no-delete", R, DELETE | BY_OTHER, OVER, "deleted: by this end", "deleted: by the peer" },
	{ "no-rekey-answer", R, REKEY_CHILD | BY_OTHER, I_OVER, "no answer to CREATE_CHILD_SA (rekeying of a child SA)", "" },
	{ "no-rekey-answer", I, REKEY_IKE | BY_OTHER, R_OVER, "", "no answer to CREATE_CHILD_SA (rekeying of the IKE SA)" },
	{ "no-rekey-answer", R, DPD | BY_OTHER, UP, "dpd: alive", "" },
	{ "no-retransmit,drop@IKE_SA_INIT", I, NOTHING, OVER, "sent 1 time", "" },
};

static struct pair p;

static void act(const struct row *row)
{
	struct session *s = p.end[row->then & BY_OTHER ? !row->who : row->who].s;
	struct err e = { .text = "" };
	int rc = 0;

	switch (row->then & ~BY_OTHER) {
	case REKEY_CHILD:	rc = session_rekey_child(s, 1, p.now, &e); break;
	case REKEY_IKE:		rc = session_rekey_ike(s, p.now, &e); break;
	case DPD:		rc = session_check_peer(s, p.now, &e); break;
	case DELETE:		rc = session_delete(s, p.now, &e); break;
	}
	cr_expect_eq(rc, 0, "%s: %s", row->list, e.text);
	pair_run(&p, 60);
}

static bool is_over(int who)
{
	return p.end[who].s == NULL || session_over(p.end[who].s);
}

static unsigned children(int who)
{
	unsigned n = 0;

	while (p.end[who].s != NULL && session_child_at(p.end[who].s, n) != NULL)
		n++;
	return n;
}

static bool came(enum outcome o)
{
	bool i = is_over(I), r = is_over(R);

	switch (o) {
	case UP:	return pair_is_up(&p) && children(I) == 1 && children(R) == 1;
	case OVER:	return i && r;
	case I_OVER:	return i && !r;
	case R_OVER:	return !i && r;
	case NO_CHILD:	return !i && !r && children(I) == 0 && children(R) == 0;
	}
	return false;
}

/* Whoever met an impaired peer takes the next one as ever. */
static void next_peer(const struct row *row)
{
	struct session_path path = pair_path(&p, I);
	struct pair_end *r = &p.end[R];
	struct session *s;
	struct err e;

	p.end[I].conf.impair = r->conf.impair = NULL;
	path.local_port = 501;
	s = session_initiate(&p.end[I].conf, &p.end[I].calls, &path, p.now, &e);
	cr_assert_not_null(s);
	p.end[I].more[p.end[I].nmore++] = s;
	pair_run(&p, 3);
	cr_expect(session_is_complete(s), "%s: the next one does not come up", row->list);
}

static void play(const struct row *row)
{
	struct ike_impair *im;
	struct err e;

	pair_init(&p, row->list);
	im = ike_impair_new(&p.rng, &e);
	cr_assert(im != NULL && ike_impair_add(im, row->list, &e) == 0, "%s: %s", row->list, e.text);
	p.end[row->who].conf.impair = im;
	pair_start(&p);
	for (unsigned i = 0; i < 90 && !pair_is_up(&p) && !pair_is_over(&p); i++)
		pair_run(&p, 1);
	if (row->then != NOTHING && pair_is_up(&p))
		act(row);
	cr_expect(came(row->comes), "%s at %d: not what was expected:\n%s\n%s", row->list, row->who, p.end[I].log, p.end[R].log);
	cr_expect(strstr(p.end[I].log, row->i_says) != NULL, "%s at %d: I says:\n%s", row->list, row->who, p.end[I].log);
	cr_expect(strstr(p.end[R].log, row->r_says) != NULL, "%s at %d: R says:\n%s", row->list, row->who, p.end[R].log);
	if (row->comes == UP)
		pair_expect_equal(&p);
	next_peer(row);
	pair_clear(&p);
	ike_impair_free(im);
}

#define PLAY(rows) for (size_t k = 0; k < sizeof(rows) / sizeof(rows)[0]; k++) play(&(rows)[k])

Test(impair_pair, datagrams)
{
	PLAY(datagrams);
}

Test(impair_pair, headers)
{
	PLAY(headers);
}

Test(impair_pair, payloads)
{
	PLAY(payloads);
}

Test(impair_pair, content)
{
	PLAY(content);
}

Test(impair_pair, conduct)
{
	PLAY(conduct);
}

/* A message in fragments of which one never comes, or comes out of order, or twice. */
Test(impair_pair, fragments)
{
	static const struct { const char *list; bool up; } rows[] = {
		{ "missing-fragment:2", false }, { "missing-fragment:1@IKE_AUTH:1", true }, { "reorder", true }, { "duplicate", true },
		{ "replay:2", true }, { "corrupt-icv@IKE_AUTH:2", true }, { "drop@IKE_AUTH:3", true },
	};

	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		struct ike_impair *im;
		struct err e;

		pair_init(&p, rows[k].list);
		im = ike_impair_new(&p.rng, &e);
		cr_assert(im != NULL && ike_impair_add(im, rows[k].list, &e) == 0, "%s: %s", rows[k].list, e.text);
		p.end[I].conf.fragmentation = p.end[R].conf.fragmentation = true;
		p.end[I].conf.fragment_size = 160;
		p.end[I].conf.impair = im;
		pair_start(&p);
		pair_run(&p, 60);
		cr_expect_eq(pair_is_up(&p), rows[k].up, "%s:\n%s\n%s", rows[k].list, p.end[I].log, p.end[R].log);
		cr_expect_gt(p.end[I].sent, 3, "%s: no fragments", rows[k].list);
		pair_clear(&p);
		ike_impair_free(im);
	}
}

/* Every row of payloads, lengths, datagrams and conduct stands in a table above, or in a list of a test like it. */
Test(impair_pair, every_row)
{
	static const struct { const struct row *row; size_t n; } tables[] = {
		{ datagrams, sizeof datagrams / sizeof datagrams[0] }, { headers, sizeof headers / sizeof headers[0] },
		{ payloads, sizeof payloads / sizeof payloads[0] }, { content, sizeof content / sizeof content[0] },
		{ conduct, sizeof conduct / sizeof conduct[0] },
	};
	const struct ike_impair_row *row;

	for (unsigned i = 0; (row = ike_impair_row(i)) != NULL; i++) {
		bool found = strcmp(row->name, "missing-fragment") == 0 || strcmp(row->name, "force-cookie") == 0;

		for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
			for (size_t k = 0; k < tables[t].n; k++)
				found |= strncmp(tables[t].row[k].list, row->name, strlen(row->name)) == 0;
		cr_expect(found, "%s", row->name);
	}
}
