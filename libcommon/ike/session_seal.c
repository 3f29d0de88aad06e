#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "ike/impair.h"
#include "ike/session_priv.h"

enum { IP4_HEADER = 20, IP6_HEADER = 40, UDP_HEADER = 8, MARKER = 4, FRAGMENT_SIZE = 1280, NATT_PORT = 4500 };

/* A message, before it is one or more datagrams. */
struct sealing {
	struct sess_ike *ike;
	struct ike_hdr hdr;
	uint8_t first;			/* type of the first payload */
	struct span plain;		/* the payloads */
};

void sess_sent_clear(struct sess_sent *x)
{
	free(x->bytes);
	*x = (struct sess_sent){ 0 };
}

static int sent_add(struct sess_sent *x, struct span datagram, struct err *e)
{
	uint8_t *p = realloc(x->bytes, x->n + datagram.n);

	if (p == NULL)
		return err_nomem(e);
	memcpy(p + x->n, datagram.p, datagram.n);
	x->bytes = p;
	x->n += datagram.n;
	x->len[x->count++] = (uint16_t)datagram.n;
	return 0;
}

int sess_protect(struct sess_ike *ike, struct err *e)
{
	if ((ike->out = ike_protect_new(&ike->k, ike->pub.initiator, SUITE_FOR_SEAL, e)) == NULL ||
	    (ike->in = ike_protect_new(&ike->k, !ike->pub.initiator, SUITE_FOR_OPEN, e)) == NULL)
		return -1;
	return 0;
}

static bool has_marker(const struct sess_ike *ike, const struct session_path *path)
{
	const struct session_conf *conf = ike->s->conf;

	return path->local_port == (conf->natt_port != 0 ? conf->natt_port : NATT_PORT);
}

static int give(struct sess_ike *ike, const struct session_path *path, struct span bytes)
{
	struct session *s = ike->s;
	struct session_packet p = { .path = *path, .bytes = bytes, .marker = bytes.n > 1 && has_marker(ike, path) };
	struct err e;

	if (s->call.send(s->call.arg, &p, &e) < 0)
		session_unreachable(s, e.text);
	return 0;
}

int sess_send(struct sess_ike *ike, const struct session_path *path, struct span bytes, struct err *e)
{
	struct span out[IKE_IMPAIR_OUT];
	unsigned n;

	(void)e;
	if (ike->s->conf->impair == NULL)
		return give(ike, path, bytes);
	n = ike_impair_send(ike->s->conf->impair, bytes, out);
	for (unsigned i = 0; i < n; i++)
		give(ike, path, out[i]);
	return 0;
}

int sess_sent_send(struct sess_ike *ike, const struct session_path *path, const struct sess_sent *x, struct err *e)
{
	size_t at = 0;

	for (unsigned i = 0; i < x->count; i++) {
		if (sess_send(ike, path, (struct span){ x->bytes + at, x->len[i] }, e) < 0)
			return -1;
		at += x->len[i];
	}
	return 0;
}

/* Unpredictable for CBC (RFC 7296 3.14), counted for all others: their IV may never come twice. */
static void iv_make(struct sess_ike *ike, uint8_t iv[16])
{
	if (ike->k.encr->kind == ENCR_KIND_CBC)
		rng_bytes(ike->s->conf->rng, iv, 16);
	else
		store_be64(iv, ++ike->iv);
}

/* One datagram into desk->wire; part is fragment number of total (0: none of several). */
static int datagram(struct sealing *m, struct span part, unsigned number, unsigned total, struct sess_sent *out,
    struct err *e)
{
	struct session_desk *d = m->ike->s->desk;
	struct wr w = wr_of(d->wire, sizeof d->wire);
	size_t header = total > 0 ? IKE_SKF_HEADER : IKE_SK_HEADER, n;
	uint8_t iv[16];

	m->hdr.next = total > 0 ? IKE_P_SKF : IKE_P_SK;
	ike_hdr_encode(&m->hdr, &w);
	wr_u8(&w, number <= 1 ? m->first : IKE_P_NONE);	/* RFC 7383 2.5 */
	wr_zero(&w, 3);
	if (total > 0) {
		wr_u16(&w, (uint16_t)number);
		wr_u16(&w, (uint16_t)total);
	}
	iv_make(m->ike, iv);
	n = ike_protect_seal(m->ike->out, d->wire, SESS_MESSAGE_MAX, w.n, header, part, iv);
	if (n == 0)
		return err_set(e, "a message of %zu octets does not fit", part.n);
	return sent_add(out, (struct span){ d->wire, n }, e);
}

/* Octets that fit into one IP packet on this path. */
static size_t packet_room(const struct sess_ike *ike, const struct session_path *path)
{
	size_t size = ike->s->conf->fragment_size != 0 ? ike->s->conf->fragment_size : FRAGMENT_SIZE;
	size_t over = (path->remote.family == 6 ? IP6_HEADER : IP4_HEADER) + UDP_HEADER + (has_marker(ike, path) ? MARKER : 0);

	return size > over ? size - over : 0;
}

/* RFC 7383 2.5: a message that fits goes as it is. */
static int sealed(struct sealing *m, const struct session_path *path, struct sess_sent *out, struct err *e)
{
	struct sess_ike *ike = m->ike;
	size_t room = packet_room(ike, path), part, total;

	if (!ike->pub.fragmentation || ike_protect_fits(ike->out, IKE_HDR_LEN + IKE_SK_HEADER, room) >= m->plain.n)
		return datagram(m, m->plain, 0, 0, out, e);
	part = ike_protect_fits(ike->out, IKE_HDR_LEN + IKE_SKF_HEADER, room);
	if (part < m->plain.n / SESS_FRAGMENTS + 1)
		part = m->plain.n / SESS_FRAGMENTS + 1;
	total = (m->plain.n + part - 1) / part;
	for (unsigned i = 0; i < total; i++) {
		struct span piece = { m->plain.p + i * part, m->plain.n - i * part };

		if (piece.n > part)
			piece.n = part;
		if (datagram(m, piece, i + 1, (unsigned)total, out, e) < 0)
			return -1;
	}
	return 0;
}

static int in_clear(struct sealing *m, struct sess_sent *out, struct err *e)
{
	struct session_desk *d = m->ike->s->desk;
	struct wr w = wr_of(d->wire, SESS_MESSAGE_MAX);

	m->hdr.next = m->first;
	m->hdr.length = (uint32_t)(IKE_HDR_LEN + m->plain.n);
	ike_hdr_encode(&m->hdr, &w);
	wr_span(&w, m->plain);
	if (!wr_ok(&w))
		return err_set(e, "a message of %zu octets does not fit", m->plain.n);
	return sent_add(out, (struct span){ d->wire, w.n }, e);
}

/* For logs: as it went out, and what is in it. */
static void tell(const struct sealing *m, const struct session_path *path, const struct sess_sent *x)
{
	struct session *s = m->ike->s;
	struct ike_message *o = &s->desk->outbox;
	struct err e;

	if (s->call.message == NULL || ike_message_decode(o, (struct span){ x->bytes, x->len[0] }, &e) < 0)
		return;
	if (ike_message_sk(o) == NULL || ike_message_open(o, m->first, m->plain, &e) == 0)
		sess_message_tell(m->ike, path, o, true, false, V_OK);
	ike_message_clear(o);
}

void sess_sent_tell(struct sess_ike *ike, const struct sess_sent *x)
{
	struct ike_message *o = &ike->s->desk->outbox;
	struct err e;

	if (ike->s->call.message == NULL || x->count == 0 ||
	    ike_message_decode(o, (struct span){ x->bytes, x->len[0] }, &e) < 0)
		return;
	sess_message_tell(ike, &ike->pub.path, o, true, true, V_OK);
	ike_message_clear(o);
}

int sess_seal(struct sess_ike *ike, uint8_t exchange, bool response, uint32_t message_id, const struct session_path *path,
    struct build *b, struct sess_sent *out, struct err *e)
{
	struct session *s = ike->s;
	struct wr w = wr_of(s->desk->plain, SESS_MESSAGE_MAX);
	struct sealing m = { .ike = ike };
	struct ike_payloads ps;
	int rc;

	m.hdr = (struct ike_hdr){ .spi_i = ike->pub.spi_i, .spi_r = ike->pub.spi_r, .version = IKE_V2, .exchange = exchange,
		.message_id = message_id,
		.flags = (uint8_t)((ike->pub.initiator ? IKE_FLAG_INITIATOR : 0) | (response ? IKE_FLAG_RESPONSE : 0)) };
	sess_sent_clear(out);
	if (s->conf->impair != NULL)
		ike_impair_payloads(s->conf->impair, &m.hdr, b);
	ps = build_payloads(b);
	m.first = m.hdr.next = ike_payloads_encode(&ps, &w);
	if (!build_ok(b) || !wr_ok(&w))
		return err_set(e, "a message of %u payloads does not fit", b->n);
	if (s->conf->impair != NULL)
		ike_impair_chain(s->conf->impair, &m.hdr, s->desk->plain, w.n);
	m.plain = (struct span){ s->desk->plain, w.n };
	rc = exchange == IKE_X_SA_INIT ? in_clear(&m, out, e) : sealed(&m, path, out, e);
	if (rc == 0)
		tell(&m, path, out);
	wipe(s->desk->plain, w.n);		/* EAP brings passwords */
	return rc;
}
