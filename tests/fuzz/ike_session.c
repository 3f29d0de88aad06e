/*
 * Two live sessions, and an input that says what happens to their messages: delivered, lost, repeated, changed in clear,
 * changed inside and sealed again with the true keys, made up; time passes, commands are given.  Whatever happens: nothing
 * is read or written out of place, no session outlives its end, and both end when they are freed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "ike/session_priv.h"
#include "unit/ike/pair_conf.h"
#include "unit/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { QUEUE = 64, OPS = 300, MAX = 65536, MS = 1000000, MORE = 4 };

struct letter { uint8_t *p; size_t n; struct session_path path; };

struct side {
	int who;
	struct session_conf conf;
	struct creds creds;
	struct session_calls calls;
	struct session *s;
	struct session **more;		/* that came by authenticating anew; heap */
	unsigned nmore;
	struct letter q[QUEUE];		/* to this side */
	unsigned n;
	struct letter last;		/* that was delivered */
	bool over;
};

static struct side side[2];
static struct secret_pool pool;
static struct rng rng;
static int64_t now;
static uint8_t buffer[MAX], plain[MAX];

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* So many octets as the next one says, or all there are. */
static struct span some(struct rd *in)
{
	size_t n = rd_u8(in);

	return rd_take(in, n < in->n ? n : in->n);
}

static void letter_set(struct letter *l, struct span s, const struct session_path *path)
{
	free(l->p);
	must((l->p = malloc(s.n + 1)) != NULL);
	if (s.n > 0)
		memcpy(l->p, s.p, s.n);
	l->n = s.n;
	l->path = *path;
}

static int send_one(void *arg, const struct session_packet *packet, struct err *e)
{
	const struct side *from = arg;
	struct side *to = &side[!from->who];
	struct session_path path = { .local = packet->path.remote, .remote = packet->path.local,
		.local_port = packet->path.remote_port, .remote_port = packet->path.local_port };

	(void)e;
	if (to->n < QUEUE)
		letter_set(&to->q[to->n++], packet->bytes, &path);
	return 0;
}

static void event(void *arg, const struct session_event *ev)
{
	struct side *x = arg;

	must(!x->over || ev->session != x->s);
	must(session_event_name(ev->kind) != NULL && ev->ike != NULL && ev->text != NULL);
	must((ev->kind != SESSION_FAILED && ev->kind != SESSION_CHILD_REFUSED) || (ev->why != NULL && ev->why->n > 0));
}

static void message(void *arg, const struct session_message *m)
{
	struct side *x = arg;
	char text[200];

	must(x->who == side[x->who].who && m->m != NULL);
	ike_payloads_text(text, sizeof text, ike_message_payloads(m->m));
}

static void adopt(void *arg, struct session *s)
{
	struct side *x = arg;

	must((x->more = realloc(x->more, (x->nmore + 1) * sizeof *x->more)) != NULL);
	x->more[x->nmore++] = s;
}

static bool is_of(const struct session *s, struct span m)
{
	return s != NULL && m.n >= 8 && load_be64(m.p) == session_ike(s)->spi_i;
}

/* Those that came later get what is theirs; a responder takes a further one. */
static bool deliver_more(struct side *x, struct span m, const struct session_path *path)
{
	bool first = m.n > IKE_HDR_LEN && load_be64(m.p + 8) == 0 && m.p[18] == IKE_X_SA_INIT && !is_of(x->s, m);
	struct err e = { .text = "" };
	struct session *s;

	for (unsigned i = 0; i < x->nmore; i++)
		if (is_of(x->more[i], m)) {
			if (!session_over(x->more[i]))
				session_push(x->more[i], path, m, now, &e);
			return true;
		}
	if (!first || x->who != PAIR_R || x->nmore == MORE || x->s == NULL)
		return false;
	if ((s = session_respond(&x->conf, &x->calls, path, m, now, &e)) != NULL)
		adopt(x, s);
	return true;
}

static void deliver(struct side *x, struct span s, const struct session_path *path)
{
	struct err e = { .text = "" };

	if (x->s == NULL && x->who == PAIR_R) {
		x->s = session_respond(&x->conf, &x->calls, path, s, now, &e);
		return;
	}
	if (deliver_more(x, s, path) || x->s == NULL || session_over(x->s))
		return;
	session_push(x->s, path, s, now, &e);
	x->over = session_over(x->s);
}

static void deliver_next(struct side *x)
{
	struct letter l;

	if (x->n == 0)
		return;
	l = x->q[0];
	memmove(&x->q[0], &x->q[1], --x->n * sizeof l);
	x->q[x->n] = (struct letter){ 0 };
	deliver(x, (struct span){ l.p, l.n }, &l.path);
	free(x->last.p);
	x->last = l;
}

/* The IKE SA of the sender of messages to x. */
static struct sess_ike *sender_of(const struct side *x)
{
	struct session *s = side[!x->who].s;

	return s == NULL || s->ike[0] == NULL || s->ike[0]->ended || s->ike[0]->out == NULL ? NULL : s->ike[0];
}

/* What is in a sealed message, with the sender's keys. */
static bool unseal(struct sess_ike *from, struct span m, struct span *out, uint8_t *first)
{
	struct ike_protect *p;
	struct ike_message d;
	const struct ike_payload *sk;
	struct err e;
	bool ok = false;

	ike_message_init(&d);
	if (ike_message_decode(&d, m, &e) == 0 && (sk = ike_message_sk(&d)) != NULL && sk->type == IKE_P_SK && sk->decoded &&
	    (p = ike_protect_new(&from->k, from->pub.initiator, SUITE_FOR_OPEN, &e)) != NULL) {
		*first = sk->sk.first;
		ok = ike_protect_open(p, d.wire, sk->offset, IKE_SK_HEADER, false, plain, out) == IKE_OPEN_OK;
		ike_protect_free(p);
	}
	ike_message_clear(&d);
	return ok;
}

/* Payloads sealed with the sender's keys under a header, as SK or one SKF. */
static struct span seal(struct sess_ike *from, const struct ike_hdr *h, uint8_t first, struct span inner, uint16_t number,
    uint16_t total)
{
	struct wr w = wr_of(buffer, sizeof buffer);
	struct ike_hdr hdr = *h;
	uint8_t iv[16];

	hdr.next = total > 0 ? IKE_P_SKF : IKE_P_SK;
	ike_hdr_encode(&hdr, &w);
	wr_u8(&w, first);
	wr_zero(&w, 3);
	if (total > 0) {
		wr_u16(&w, number);
		wr_u16(&w, total);
	}
	rng_bytes(&rng, iv, sizeof iv);
	return (struct span){ buffer, ike_protect_seal(from->out, buffer, sizeof buffer, w.n,
	    total > 0 ? IKE_SKF_HEADER : IKE_SK_HEADER, inner, iv) };
}

static void change_inside(struct side *x, struct rd *in)
{
	struct sess_ike *from = sender_of(x);
	struct letter *l = &x->q[0];
	struct ike_hdr h;
	struct span inner, sealed;
	uint8_t first;
	struct rd r;
	struct err e;

	if (x->n == 0 || from == NULL || !unseal(from, (struct span){ l->p, l->n }, &inner, &first))
		return;
	r = rd_of(l->p, l->n);
	must(ike_hdr_decode(&h, &r, &e) == 0);
	for (unsigned k = rd_u8(in) % 8; k > 0 && inner.n > 0; k--) {
		size_t at = rd_u16(in) % inner.n;

		plain[(size_t)(inner.p - plain) + at] = rd_u8(in);
	}
	switch (rd_u8(in) % 4) {
	case 0: inner.n = inner.n > 0 ? rd_u16(in) % inner.n : 0; break;
	case 1: first = rd_u8(in); break;
	default: break;
	}
	sealed = seal(from, &h, first, inner, 0, 0);
	if (sealed.n > 0)
		letter_set(l, sealed, &(struct session_path){ l->path.local, l->path.remote, l->path.local_port,
		    l->path.remote_port, 0 });
}

/* A message of the sender's that it never sent. */
static void make_up(struct side *x, struct rd *in)
{
	struct sess_ike *from = sender_of(x);
	struct session_path path;
	struct ike_hdr h;
	struct span body;
	uint8_t what = rd_u8(in), exchange = rd_u8(in), first = rd_u8(in);
	bool response = what & 1;

	if (from == NULL || x->s == NULL || x->s->ike[0] == NULL)
		return;
	path = x->s->ike[0]->pub.path;
	h = (struct ike_hdr){ .spi_i = from->pub.spi_i, .spi_r = from->pub.spi_r, .version = IKE_V2,
		.exchange = what & 2 ? exchange : (uint8_t)(IKE_X_AUTH + exchange % 3),
		.flags = (uint8_t)((from->pub.initiator ? IKE_FLAG_INITIATOR : 0) | (response ? IKE_FLAG_RESPONSE : 0)),
		.message_id = response ? x->s->ike[0]->send_id : x->s->ike[0]->recv_id };
	body = some(in);
	body = what & 4 ? seal(from, &h, first, body, (uint16_t)(1 + (what >> 3) % 3), 3) : seal(from, &h, first, body, 0, 0);
	if (body.n > 0)
		deliver(x, body, &path);
}

static void in_clear(struct side *x, struct rd *in)
{
	struct session_path path = { .local_port = 500, .remote_port = 500 };
	struct span body = some(in);
	struct wr w = wr_of(buffer, sizeof buffer);
	const struct session *s = x->s;
	struct ike_hdr h = { .next = rd_u8(in), .version = IKE_V2, .exchange = IKE_X_SA_INIT, .flags = rd_u8(in),
		.length = (uint32_t)(IKE_HDR_LEN + body.n) };

	if (s != NULL && s->ike[0] != NULL) {
		h.spi_i = s->ike[0]->pub.spi_i;
		h.spi_r = s->ike[0]->pub.spi_r;
		path = s->ike[0]->pub.path;
	}
	ike_hdr_encode(&h, &w);
	wr_span(&w, body);
	deliver(x, (struct span){ buffer, w.n }, &path);
}

static void pass(unsigned ms)
{
	struct err e;

	now += (int64_t)ms * MS;
	for (int i = 0; i < 2; i++) {
		struct side *x = &side[i];

		for (int k = 0; k < 100 && x->s != NULL && !session_over(x->s) && session_due(x->s) <= now; k++)
			session_tick(x->s, now, &e);
		for (unsigned k = 0; k < x->nmore; k++)
			for (int j = 0; j < 100 && session_due(x->more[k]) <= now; j++)
				session_tick(x->more[k], now, &e);
		x->over = x->s != NULL && session_over(x->s);
	}
}

static void command(struct side *x, uint8_t what)
{
	struct session_path path;
	struct err e;

	if (x->s == NULL || session_over(x->s))
		return;
	path = session_ike(x->s)->path;
	path.local.b[3] ^= 1;
	switch (what % 8) {
	case 0: session_rekey_ike(x->s, now, &e); break;
	case 1: session_rekey_child(x->s, x->s->last_child, now, &e); break;
	case 2: session_new_child(x->s, &x->conf.child[0], now, &e); break;
	case 3: session_delete_child(x->s, x->s->last_child, now, &e); break;
	case 4: session_check_peer(x->s, now, &e); break;
	case 5: session_move(x->s, &path, now, &e); break;
	case 6:
		if (x->nmore < MORE)
			session_reauth(x->s, now, &e);
		break;
	case 7: session_delete(x->s, now, &e); break;
	}
	x->over = session_over(x->s);
}

static void step(struct rd *in)
{
	uint8_t op = rd_u8(in);
	struct side *x = &side[op >> 7];

	switch (op & 15) {
	default: deliver_next(x); break;
	case 8: deliver(x, (struct span){ x->last.p, x->last.n }, &x->last.path); break;
	case 9:
		if (x->n > 0 && x->q[0].n > 0)
			x->q[0].p[rd_u16(in) % x->q[0].n] ^= (uint8_t)(1u << (rd_u8(in) & 7));
		break;
	case 10:
	case 11: change_inside(x, in); break;
	case 12: make_up(x, in); break;
	case 13: pass(rd_u16(in)); break;
	case 14: command(x, rd_u8(in)); break;
	case 15:
		if (op & 16)
			in_clear(x, in);
		else if (x->n > 0)
			free(x->q[--x->n].p), x->q[x->n].p = NULL;
		break;
	}
}

/* Made once, for all inputs. */
static struct cert_set ca, own[2];
static struct pool *pool4;

static void certificates(void)
{
	struct err e;

	if (ca.ncert > 0)
		return;
	pki_add(&ca, &(struct pki_plan){ .cn = "root", .ca = true }, NULL);
	for (int i = 0; i < 2; i++)
		pki_add(&own[i], &(struct pki_plan){ .cn = i == PAIR_I ? "alice" : "gw", .san = i == PAIR_I ? "me@example" :
		    "gw.example", .type = "ecdsa" }, &ca);
	must((pool4 = pool_new("10.9.0.0/29,fd00:9::/125", &e)) != NULL);
}

static void by_certificate(struct side *x)
{
	x->creds.how = CREDS_CERT;
	x->creds.remote = 1u << CREDS_CERT;
	x->creds.own = own[x->who];
	x->creds.anchors = (struct cert_set){ .cert = ca.cert, .ncert = 1 };
}

static int user(void *arg, struct span name, struct span *password)
{
	(void)arg;
	*password = (struct span){ (const uint8_t *)"pw", 2 };
	return name.n == 5;
}

/* The initiator by EAP, the responder by certificate, or not at all. */
static void by_eap(unsigned method, bool alone)
{
	static const struct identity any;
	struct creds *i = &side[PAIR_I].creds, *r = &side[PAIR_R].creds;

	by_certificate(&side[PAIR_I]);
	by_certificate(&side[PAIR_R]);
	i->how = CREDS_EAP;
	r->remote = 1u << CREDS_EAP;
	i->eap_only = r->eap_only = alone;
	i->eap = (struct eap_conf){ .methods = 1u << method, .identity = "alice", .password = { (const uint8_t *)"pw", 2 },
		.certs = &i->own, .anchors = &i->anchors };
	r->eap = (struct eap_conf){ .methods = 1u << method, .user = user, .ask_identity = true, .certs = &r->own,
		.anchors = &r->anchors, .any_peer = true };
	side[PAIR_R].conf.remote_id = any;
}

static void authentication(uint8_t kind)
{
	certificates();
	for (int i = 0; i < 2; i++) {
		struct side *x = &side[i];

		switch (kind & 7) {
		case 0: by_certificate(x); break;
		case 1:
			by_certificate(x);
			x->creds.how = CREDS_RAW_KEY;
			x->creds.remote = 1u << CREDS_RAW_KEY;
			x->creds.remote_keys = (struct cert_set){ .key = own[!i].key, .nkey = 1 };
			break;
		case 2:
			x->creds.how = CREDS_NULL;
			x->creds.remote = 1u << CREDS_NULL;
			x->conf.remote_id.type = 0;
			break;
		default: break;
		}
		x->conf.childless = kind & 8;
	}
	switch (kind & 7) {
	case 3: by_eap(EAP_MD5, false); break;
	case 4: by_eap(EAP_MSCHAPV2, false); break;
	case 5: by_eap(EAP_GTC, false); break;
	case 6: by_eap(EAP_TLS, kind & 16); break;
	default: break;
	}
	if (kind & 32) {
		side[PAIR_I].conf.want4 = side[PAIR_I].conf.want6 = true;
		side[PAIR_I].conf.child[0].mine_dynamic = side[PAIR_R].conf.child[0].theirs_dynamic = true;
		side[PAIR_R].conf.pool = pool4;
		side[PAIR_R].conf.dns[side[PAIR_R].conf.ndns++] = pair_addr("10.2.0.53");
	}
}

static void setup(uint8_t flags)
{
	static const uint8_t psk[] = "secret";
	static const char *const suites[] = { "aes128gcm16-prfsha256-x25519", "aes128-sha256-x25519",
		"chacha20poly1305-prfsha256-x25519-ecp256", "aes128ctr-sha256-x25519" };
	struct err e;

	must(secret_init(&e) == 0);
	rng_init_seed(&rng, (struct span){ psk, sizeof psk }, "fuzz");
	now = INT64_C(1790000000) * 1000 * MS;
	for (int i = 0; i < 2; i++) {
		struct side *x = &side[i];

		*x = (struct side){ .who = i };
		pair_conf(&x->conf, &x->creds, i, (struct span){ psk, sizeof psk - 1 }, &rng);
		pair_offers(&x->conf, &x->conf.ike, IKE_PROTO_IKE, suites[flags & 3]);
		x->conf.fragment_size = flags & 4 ? 200 : 0;
		x->conf.force_natt = flags & 8;
		x->conf.dpd_ns = flags & 16 ? UINT64_C(30000000000) : 0;
		x->conf.rekey_ns = flags & 32 ? UINT64_C(40000000000) : 0;
		x->conf.child[0].rekey_ns = flags & 64 ? UINT64_C(20000000000) : 0;
		x->calls = (struct session_calls){ .arg = x, .secrets = &pool, .send = send_one, .event = event,
			.message = message, .adopt = adopt };
	}
}

static void teardown(void)
{
	for (int i = 0; i < 2; i++) {
		struct side *x = &side[i];

		session_free(x->s);
		for (unsigned k = 0; k < x->nmore; k++)
			session_free(x->more[k]);
		free(x->more);
		for (unsigned k = 0; k < QUEUE; k++)
			free(x->q[k].p);
		free(x->last.p);
		session_conf_clear(&x->conf);
		if (x->creds.own.ncert > 0)
			x->creds.own = x->creds.anchors = x->creds.remote_keys = (struct cert_set){ 0 };	/* shared */
		creds_clear(&x->creds);
	}
	secret_pool_clear(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd in = rd_of(p, n);
	struct session_path path = { .local = pair_addr("192.0.2.1"), .remote = pair_addr("198.51.100.2"), .local_port = 500,
		.remote_port = 500 };
	struct err e;
	uint8_t flags = rd_u8(&in), begin;

	setup(flags);
	if (flags & 128)
		authentication(rd_u8(&in));
	side[PAIR_I].s = session_initiate(&side[PAIR_I].conf, &side[PAIR_I].calls, &path, now, &e);
	must(side[PAIR_I].s != NULL);
	/* so many messages pass as they are */
	begin = rd_u8(&in);
	for (unsigned k = 0; k < begin % 8u; k++)
		deliver_next(&side[k % 2 == 0 ? PAIR_R : PAIR_I]);
	for (int k = 0; k < OPS && in.n > 0; k++)
		step(&in);
	teardown();
	must(pool4 == NULL || pool_leases(pool4) == 0);
	return 0;
}
