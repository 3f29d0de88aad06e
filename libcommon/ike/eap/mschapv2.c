/*
 * MSCHAPv2 (draft-kamath-pppext-eap-mschapv2-02): operation, id, length, then a challenge or a response with a name,
 * or the text of an outcome.  An answer to an outcome is the operation alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ike/eap_method.h"

enum { OP_CHALLENGE = 1, OP_RESPONSE = 2, OP_SUCCESS = 3, OP_FAILURE = 4 };
enum { HEAD = 4, RESPONSE = 49, RESERVED = 8, PROOF_TEXT = 2 * MSCHAP_PROOF };
enum { FRESH, ANSWERED, PROVED, REFUSED };	/* x->step */

static const char server_name[] = "ipsec-ike";

/* RFC 2759 6 */
static const struct name errors[] = {
	{ 646, "restricted logon hours" }, { 647, "the account is disabled" }, { 648, "the password has expired" },
	{ 649, "no permission to dial in" }, { 691, "authentication failure" }, { 709, "the password cannot be changed" },
};

/* Operation and id are read already: what the length says there is. */
static struct span body(struct rd *r)
{
	uint16_t length = rd_u16(r);

	if (length < HEAD)
		r->bad = true;
	return rd_take(r, r->bad ? 0 : (size_t)length - HEAD);
}

static void head(struct wr *w, uint8_t op, uint8_t id, size_t n)
{
	wr_u8(w, op);
	wr_u8(w, id);
	wr_u16(w, (uint16_t)(HEAD + n));
}

/* What both ends make of an answer: the proof, and the key. */
static int derive(struct eap *x, const struct mschap *m, const uint8_t hash[MSCHAP_HASH],
    const uint8_t response[MSCHAP_RESPONSE], struct err *e)
{
	if (mschap_proof(m, hash, response, x->proof, e) < 0 || secret_new(x->arena, &x->msk, EAP_MSK, e) < 0)
		return -1;
	/* the keys of RFC 3079 3.4 from the server's side, and zeros: as all do that use them for IKE */
	return mschap_keys(hash, response, x->msk.p, e);
}

static int answer(struct eap *x, uint8_t id, struct rd r, struct wr *w, struct err *e)
{
	struct span value = rd_take(&r, rd_u8(&r)), name = eap_own_name(x->conf);
	struct mschap m = { .name = name };
	uint8_t hash[MSCHAP_HASH], response[MSCHAP_RESPONSE];
	int rc = -1;

	if (!rd_ok(&r) || value.n != MSCHAP_CHALLENGE)
		return eap_because(x, "the server's MSCHAPv2 challenge has %zu octets, wanted %d", value.n,
		    MSCHAP_CHALLENGE);
	memcpy(m.server, value.p, MSCHAP_CHALLENGE);
	rng_bytes(x->rng, m.peer, MSCHAP_CHALLENGE);
	if (mschap_hash(x->conf->password, hash, e) < 0 || mschap_response(&m, hash, response, e) < 0 ||
	    derive(x, &m, hash, response, e) < 0)
		goto out;
	head(w, OP_RESPONSE, id, 1 + RESPONSE + name.n);
	wr_u8(w, RESPONSE);
	wr_span(w, (struct span){ m.peer, MSCHAP_CHALLENGE });
	wr_zero(w, RESERVED);
	wr_span(w, (struct span){ response, MSCHAP_RESPONSE });
	wr_u8(w, 0);				/* flags */
	wr_span(w, name);
	x->step = ANSWERED;
	rc = EAP_TURN_ON;
out:
	wipe(hash, sizeof hash);
	return rc;
}

/* "S=<40 hex digits> M=<message>" */
static int check(struct eap *x, struct span text, struct wr *w)
{
	struct rd r = rd_of(text.p, text.n);
	uint8_t got[MSCHAP_PROOF];
	size_t n;
	struct err e;
	struct span is = rd_take(&r, 2), hex = rd_take(&r, PROOF_TEXT);

	if (!rd_ok(&r) || memcmp(is.p, "S=", 2) != 0 ||
	    hex_parse(got, sizeof got, &n, (const char *)hex.p, hex.n, &e) < 0)
		return eap_because(x, "the server's MSCHAPv2 success has no proof in it");
	if (!bytes_eq(got, x->proof, MSCHAP_PROOF))
		return eap_because(x, "the server does not know the password: its MSCHAPv2 proof is wrong");
	wr_u8(w, OP_SUCCESS);
	x->step = PROVED;
	return EAP_TURN_READY;
}

/* The value behind "X=" at the beginning or behind a blank; empty: not there. */
static struct span value_of(struct span text, uint8_t key)
{
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == key && text.p[i + 1] == '=' && (i == 0 || text.p[i - 1] == ' '))
			return (struct span){ text.p + i + 2, text.n - i - 2 };
	return (struct span){ 0 };
}

static unsigned number_of(struct span text, uint8_t key)
{
	struct span v = value_of(text, key);
	unsigned n = 0;

	for (size_t i = 0; i < v.n && i < 6 && v.p[i] >= '0' && v.p[i] <= '9'; i++)
		n = 10 * n + (v.p[i] - '0');
	return n;
}

/* "E=691 R=1 C=<challenge> V=3 M=<message>": no other password is there to be tried. */
static int refused(struct eap *x, struct span text, struct wr *w)
{
	unsigned error = number_of(text, 'E');
	const char *what = name_by_id(errors, sizeof errors / sizeof errors[0], error);
	struct span m = value_of(text, 'M');

	wr_u8(w, OP_FAILURE);
	x->step = REFUSED;
	return eap_because(x, "the server refused: %s (E=%u)%s%s%.*s%s", what != NULL ? what : "unknown error", error,
	    number_of(text, 'R') == 1 ? ", another try is allowed" : "", m.n > 0 ? ", it says \"" : "",
	    (int)(m.n < EAP_WHY ? m.n : EAP_WHY), m.n > 0 ? (const char *)m.p : "", m.n > 0 ? "\"" : "");
}

static int client(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	uint8_t op = rd_u8(&r), id = rd_u8(&r);
	struct span s = body(&r);

	if (!rd_ok(&r))
		return eap_because(x, "the server's MSCHAPv2 packet is cut short");
	if (op == OP_CHALLENGE && x->step == FRESH)
		return answer(x, id, rd_of(s.p, s.n), w, e);
	if (op == OP_SUCCESS && x->step == ANSWERED)
		return check(x, s, w);
	if (op == OP_FAILURE && x->step == ANSWERED)
		return refused(x, s, w);
	return eap_because(x, "the server's MSCHAPv2 operation %u is out of place", op);
}

static int begin(struct eap *x, struct wr *w, struct err *e)
{
	struct span name = { (const uint8_t *)server_name, sizeof server_name - 1 };

	(void)e;
	rng_bytes(x->rng, x->challenge, MSCHAP_CHALLENGE);
	x->step = FRESH;
	head(w, OP_CHALLENGE, x->id, 1 + MSCHAP_CHALLENGE + name.n);
	wr_u8(w, MSCHAP_CHALLENGE);
	wr_span(w, (struct span){ x->challenge, MSCHAP_CHALLENGE });
	wr_span(w, name);
	return EAP_TURN_ON;
}

static void say(struct wr *w, uint8_t op, uint8_t id, const char *text)
{
	struct span s = { (const uint8_t *)text, strlen(text) };

	head(w, op, id, s.n);
	wr_span(w, s);
}

/* The same is said, and as much computed, whoever is unknown. */
static int outcome(struct eap *x, uint8_t id, bool known, bool right, struct span name, struct wr *w)
{
	char hex[PROOF_TEXT + 1], text[2 * PROOF_TEXT + 64];

	if (known && right && eap_take_name(x, name) == EAP_TURN_ON) {
		hex_format(hex, (struct span){ x->proof, MSCHAP_PROOF });
		for (char *p = hex; *p != '\0'; p++)
			if (*p >= 'a')
				*p = (char)(*p - 'a' + 'A');	/* RFC 2759 5 */
		snprintf(text, sizeof text, "S=%s M=OK", hex);
		say(w, OP_SUCCESS, id, text);
		x->step = PROVED;
		return EAP_TURN_ON;
	}
	rng_bytes(x->rng, x->challenge, MSCHAP_CHALLENGE);
	hex_format(hex, (struct span){ x->challenge, MSCHAP_CHALLENGE });
	snprintf(text, sizeof text, "E=691 R=0 C=%s V=3 M=Authentication failed", hex);
	say(w, OP_FAILURE, id, text);
	eap_because_password(x, known, name);
	secret_clear(&x->msk);
	x->step = REFUSED;
	return EAP_TURN_ON;
}

static int judge(struct eap *x, uint8_t id, struct rd r, struct wr *w, struct err *e)
{
	struct rd value = rd_sub(&r, rd_u8(&r));
	struct span name = rd_rest(&r), found = name, password = { 0 }, peer, given;
	struct mschap m = { .name = name };
	uint8_t hash[MSCHAP_HASH], want[MSCHAP_RESPONSE];
	bool known, right;

	if (!rd_ok(&r) || value.n != RESPONSE)
		return eap_because(x, "the client's MSCHAPv2 response has %zu octets, wanted %d", value.n, RESPONSE);
	peer = rd_take(&value, MSCHAP_CHALLENGE);
	rd_take(&value, RESERVED);
	given = rd_take(&value, MSCHAP_RESPONSE);
	memcpy(m.server, x->challenge, MSCHAP_CHALLENGE);
	memcpy(m.peer, peer.p, MSCHAP_CHALLENGE);
	known = eap_password(x, &found, &password);
	if (mschap_hash(password, hash, e) < 0 || mschap_response(&m, hash, want, e) < 0 ||
	    derive(x, &m, hash, want, e) < 0) {
		wipe(hash, sizeof hash);
		return -1;
	}
	right = bytes_eq(want, given.p, MSCHAP_RESPONSE);
	wipe(hash, sizeof hash);
	wipe(want, sizeof want);
	return outcome(x, id, known, right, found, w);
}

static int server(struct eap *x, struct rd r, struct wr *w, struct err *e)
{
	uint8_t op = rd_u8(&r), id;
	struct span s;

	if (!rd_ok(&r))
		return eap_because(x, "the client's MSCHAPv2 packet is cut short");
	if (x->step == REFUSED)
		return EAP_TURN_FAILED;
	if (x->step == PROVED)
		return op == OP_SUCCESS ? EAP_TURN_DONE :
		    eap_because(x, "the client does not take the server's MSCHAPv2 proof");
	id = rd_u8(&r);
	s = body(&r);
	if (!rd_ok(&r))
		return eap_because(x, "the client's MSCHAPv2 packet is cut short");
	if (op != OP_RESPONSE)
		return eap_because(x, "the client's MSCHAPv2 operation %u is out of place", op);
	return judge(x, id, rd_of(s.p, s.n), w, e);
}

static bool can(const struct eap_conf *conf, bool is_server)
{
	return eap_can_password(conf, is_server) && mschap_can();
}

const struct eap_method eap_mschapv2 = {
	.name = { EAP_MSCHAPV2, "mschapv2" }, .label = "EAP-MSCHAPv2", .can = can, .client = client, .begin = begin,
	.server = server,
};
