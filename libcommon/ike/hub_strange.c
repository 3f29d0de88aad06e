/* Messages of no session: first ones, asked for cookies if need be (RFC 7296 2.6), and what belongs nowhere. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/wr.h"
#include "ike/hub_priv.h"
#include "ike/impair.h"

enum {
	COOKIE_AFTER = 64, HALF_OPEN_MAX = 4096, TOLD_MAX = 10, WHY = 200, SHORT_ANSWER = IKE_HDR_LEN + 8,
	COOKIE_ANSWER = SHORT_ANSWER + COOKIE_LEN,
};

static uint64_t init_key(const struct hub *h, const struct ike_hdr *hdr, const struct session_path *path)
{
	struct span from = { path->remote.b, sizeof path->remote.b };

	return hub_hash(h->hash_key, from, hdr->spi_i ^ (uint64_t)path->remote_port << 48);
}

struct session *hub_of_init(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path)
{
	struct session *s;
	size_t at = 0;

	while ((s = hub_map_find(&h->by_init, init_key(h, hdr, path), &at)) != NULL)
		if (s->ike[0] != NULL && s->ike[0]->pub.spi_i == hdr->spi_i)
			return s;
	return NULL;
}

/* What a look at a first message finds: a cookie is made of its nonce. */
struct first { struct span nonce, cookie; };

/* false: its payloads cannot be followed. */
static bool first_look(struct first *f, uint8_t type, struct rd r)
{
	*f = (struct first){ 0 };
	while (type != IKE_P_NONE && rd_ok(&r)) {
		uint8_t next = rd_u8(&r);
		size_t n;
		struct rd body;

		rd_u8(&r);
		if ((n = rd_u16(&r)) < IKE_GENERIC_LEN)
			return false;
		body = rd_sub(&r, n - IKE_GENERIC_LEN);
		if (type == IKE_P_NONCE) {
			f->nonce = rd_rest(&body);
		} else if (type == IKE_P_NOTIFY) {
			uint16_t spi = rd_u16(&body) & 0xff, what = rd_u16(&body);

			rd_take(&body, spi);
			if (what == IKE_N_COOKIE && rd_ok(&body))
				f->cookie = rd_rest(&body);
		}
		type = next;
	}
	return rd_ok(&r);
}

static bool has_marker(const struct session_path *path, uint16_t natt_port)
{
	return path->local_port == (natt_port != 0 ? natt_port : 4500);
}

/* One notify in clear, to whoever asked; never longer than that was. */
static int answer(struct hub *h, const struct ike_hdr *to, const struct session_path *path, uint16_t type, struct span data)
{
	struct ike_hdr hdr = { .spi_i = to->spi_i, .next = IKE_P_NOTIFY, .version = IKE_V2, .exchange = to->exchange,
		.flags = IKE_FLAG_RESPONSE, .message_id = to->message_id, .length = (uint32_t)(SHORT_ANSWER + data.n) };
	uint8_t bytes[COOKIE_ANSWER];
	struct wr w = wr_of(bytes, sizeof bytes);
	struct session_packet p = { .path = *path, .marker = has_marker(path, h->conf->natt_port) };
	struct err e;

	ike_hdr_encode(&hdr, &w);
	wr_u16(&w, 0);
	wr_u16(&w, (uint16_t)(8 + data.n));
	wr_u16(&w, 0);
	wr_u16(&w, type);
	wr_span(&w, data);
	p.bytes = (struct span){ bytes, w.n };
	h->user.send(h->user.arg, &p, &e);
	return 0;
}

/* Some a second, for nobody knows who asks. */
static bool may(struct hub_rate *r, int64_t now)
{
	if (now - r->since >= 1000000000)
		*r = (struct hub_rate){ .since = now };
	return ++r->n <= TOLD_MAX;
}

/* A first message that comes to nothing. */
__attribute__((format(printf, 4, 5)))
static int drop(struct hub *h, const struct session_path *path, int64_t now, const char *fmt, ...)
{
	char text[WHY];
	va_list ap;

	h->stats.dropped++;
	if (h->user.dropped == NULL || !may(&h->drops, now))
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	h->user.dropped(h->user.arg, path, text);
	return 0;
}

/* RFC 7296 2.5 */
static int wrong_version(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path, size_t n, int64_t now)
{
	if (hdr->version >> 4 <= 2 || n < SHORT_ANSWER || !may(&h->versions, now))
		return drop(h, path, now, "it is of version %u of IKE, wanted 2", hdr->version >> 4);
	h->stats.refused++;
	return answer(h, hdr, path, IKE_N_INVALID_MAJOR_VERSION, (struct span){ 0 });
}

static bool wants_cookies(const struct hub *h)
{
	const struct session_conf *c = h->conf;

	return c->force_cookie || ike_impair_has(c->impair, "force-cookie") ||
	    h->stats.half_open >= (c->cookie_after != 0 ? c->cookie_after : COOKIE_AFTER);
}

/* 1: it has a good one, 0: it was asked for one, or dropped. */
static int check_cookie(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path, struct span message,
    const struct first *f, int64_t now, struct err *e)
{
	struct cookie_of of = { f->nonce, &path->remote, hdr->spi_i };
	uint8_t cookie[COOKIE_LEN];

	if (f->nonce.n < 16 || f->nonce.n > 256)
		return drop(h, path, now, "it has no nonce of 16 to 256 octets to make a cookie of");
	if (!h->has_cookies && cookies_init(&h->cookies, h->conf->rng, now, e) < 0)
		return -1;
	h->has_cookies = true;
	cookies_age(&h->cookies, h->conf->rng, now);
	if (f->cookie.n > 0 && cookie_ok(&h->cookies, &of, f->cookie))
		return 1;
	h->stats.cookies_bad += f->cookie.n > 0;
	if (message.n < COOKIE_ANSWER)
		return drop(h, path, now, "it has %zu octets, and a request for a cookie would be longer", message.n);
	if (cookie_make(&h->cookies, &of, cookie, e) < 0)
		return -1;
	h->stats.cookies_sent++;
	return answer(h, hdr, path, IKE_N_COOKIE, (struct span){ cookie, sizeof cookie });
}

static int begin(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path, struct span message, int64_t now,
    struct err *e)
{
	struct session *s = session_respond(h->conf, &h->calls, path, message, now, e);

	if (s != NULL)
		return hub_take(h, s, init_key(h, hdr, path), e);
	if (e->text[0] != '\0' && e->kind == ERR_SYSTEM)
		return -1;
	if (e->text[0] != '\0')
		return drop(h, path, now, "%s", e->text);
	h->stats.refused++;
	return 0;
}

/* A request that ended its IKE SA, and whose answer was lost.  false: it is none. */
static bool answered_again(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path, struct span message,
    int64_t now)
{
	struct ike_impair *impair = h->conf != NULL ? h->conf->impair : NULL;
	struct session_packet p = { .path = *path };
	struct span answer, out[IKE_IMPAIR_OUT];
	uint16_t natt_port = 0;
	struct err e;

	if (ike_hdr_is_response(hdr))
		return false;
	answer = partings_find(&h->partings, ike_hdr_is_initiator(hdr) ? hdr->spi_r : hdr->spi_i, message, now, &natt_port);
	if (answer.n == 0)
		return false;
	h->stats.again++;
	p.marker = has_marker(path, natt_port);
	for (unsigned i = 0, n = ike_impair_send(impair, answer, out); i < n; i++) {
		p.bytes = out[i];
		h->user.send(h->user.arg, &p, &e);
	}
	return true;
}

int hub_stranger(struct hub *h, const struct ike_hdr *hdr, const struct session_path *path, struct span message, int64_t now,
    struct err *e)
{
	struct first f;
	int rc;

	if (hdr->exchange != IKE_X_SA_INIT || ike_hdr_is_response(hdr) || hdr->spi_r != 0) {
		h->stats.invalid_spi += !answered_again(h, hdr, path, message, now);
		return 0;
	}
	if (h->conf == NULL)
		return drop(h, path, now, "nobody responds here");
	if (hdr->version >> 4 != 2)
		return wrong_version(h, hdr, path, message.n, now);
	if (hdr->message_id != 0)
		return drop(h, path, now, "its message ID is %" PRIu32 ", wanted 0", hdr->message_id);
	if (hdr->spi_i == 0 || !ike_hdr_is_initiator(hdr))
		return drop(h, path, now, hdr->spi_i == 0 ? "it has no SPI" : "it has not the initiator's flag");
	if (hdr->length != message.n || message.n < SHORT_ANSWER)
		return drop(h, path, now, "it has %zu octets, and its header says %" PRIu32, message.n, hdr->length);
	if (!first_look(&f, hdr->next, rd_of(message.p + IKE_HDR_LEN, message.n - IKE_HDR_LEN)))
		return drop(h, path, now, "its payloads are cut off");
	if (wants_cookies(h) && (rc = check_cookie(h, hdr, path, message, &f, now, e)) <= 0)
		return rc;
	if (h->stats.half_open >= (h->conf->half_open_max != 0 ? h->conf->half_open_max : HALF_OPEN_MAX))
		return drop(h, path, now, "%" PRIu64 " others are half-open, and no more are taken", h->stats.half_open);
	return begin(h, hdr, path, message, now, e);
}
