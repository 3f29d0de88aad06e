#include "ike/hub.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "ike/hub_priv.h"
#include "ike/impair.h"

enum { NAP = 1000000 };			/* ns: nobody is ticked without a pause */

/* --- who is due first: a binary heap --- */

static void heap_put(struct hub *h, size_t i, struct session *s)
{
	h->heap[i] = s;
	s->hub.at = i + 1;
}

static void heap_up(struct hub *h, size_t i)
{
	struct session *s = h->heap[i];

	for (; i > 0 && h->heap[(i - 1) / 2]->hub.due > s->hub.due; i = (i - 1) / 2)
		heap_put(h, i, h->heap[(i - 1) / 2]);
	heap_put(h, i, s);
}

static void heap_down(struct hub *h, size_t i)
{
	struct session *s = h->heap[i];

	for (size_t k; (k = 2 * i + 1) < h->n; i = k) {
		if (k + 1 < h->n && h->heap[k + 1]->hub.due < h->heap[k]->hub.due)
			k++;
		if (h->heap[k]->hub.due >= s->hub.due)
			break;
		heap_put(h, i, h->heap[k]);
	}
	heap_put(h, i, s);
}

static void heap_move(struct hub *h, struct session *s, int64_t due)
{
	if (s->hub.at == 0)
		return;
	s->hub.due = due;
	heap_up(h, s->hub.at - 1);
	heap_down(h, s->hub.at - 1);
}

static int heap_add(struct hub *h, struct session *s, struct err *e)
{
	if (h->n == h->room) {
		size_t room = h->room > 0 ? h->room * 2 : 16;
		struct session **heap = realloc(h->heap, room * sizeof *heap);

		if (heap == NULL)
			return err_nomem(e);
		h->heap = heap;
		h->room = room;
	}
	s->hub.due = session_due(s);
	h->heap[h->n++] = s;
	heap_up(h, h->n - 1);
	return 0;
}

static void heap_remove(struct hub *h, struct session *s)
{
	size_t i = s->hub.at;

	if (i-- == 0)
		return;
	s->hub.at = 0;
	if (i != --h->n) {
		heap_put(h, i, h->heap[h->n]);
		heap_move(h, h->heap[i], h->heap[i]->hub.due);
	}
}

/* --- sessions come and go --- */

static void forget(struct hub *h, struct session *s)
{
	heap_remove(h, s);
	if (s->hub.has_init)
		hub_map_remove(&h->by_init, s->hub.init, s);
	if (s->hub.has_id)
		hub_map_remove(&h->by_id, s->hub.id, s);
	if (s->hub.half_open)
		h->stats.half_open--;
	s->hub = (struct sess_listed){ 0 };
}

static void let_go(struct hub *h, struct session *s)
{
	if (h->user.over != NULL)
		h->user.over(h->user.arg, s);
	forget(h, s);
	session_free(s);
}

/* After a call: over, or due at another time. */
static void settle(struct hub *h, struct session *s)
{
	if (session_over(s))
		let_go(h, s);
	else
		heap_move(h, s, session_due(s));
}

static int on_ike_spi(void *arg, struct session *s, uint64_t spi, bool used)
{
	struct hub *h = arg;
	size_t at = 0;

	if (used && hub_map_find(&h->by_ike, spi, &at) != NULL)
		return -1;
	if (used)
		return hub_map_add(&h->by_ike, spi, s);
	hub_map_remove(&h->by_ike, spi, s);
	return 0;
}

static int on_child_spi(void *arg, struct session *s, uint32_t spi, bool used)
{
	struct hub *h = arg;
	size_t at = 0;

	if (used && hub_map_find(&h->by_child, spi, &at) != NULL)
		return -1;
	if (used)
		return hub_map_add(&h->by_child, spi, s);
	hub_map_remove(&h->by_child, spi, s);
	return 0;
}

static void on_wake(void *arg, struct session *s)
{
	struct hub *h = arg;

	heap_move(h, s, session_over(s) ? s->now : session_due(s));
}

static void on_adopt(void *arg, struct session *s)
{
	struct hub *h = arg;
	struct err e;

	if (heap_add(h, s, &e) < 0)
		session_drop(s, e.text, s->now);
	if (h->user.adopt != NULL)
		h->user.adopt(h->user.arg, s);
}

static uint64_t id_key(const struct hub *h, const struct session *s)
{
	const struct identity *id = &session_ike(s)->remote_id;

	return hub_hash(h->hash_key, identity_span(id), id->type);
}

static void authenticated(struct hub *h, struct session *s)
{
	if (s->hub.half_open) {
		s->hub.half_open = false;
		h->stats.half_open--;
	}
	if (s->hub.has_id)
		return;
	s->hub.id = id_key(h, s);
	s->hub.has_id = hub_map_add(&h->by_id, s->hub.id, s) == 0;
}

static void on_initial_contact(void *arg, struct session *s)
{
	struct hub *h = arg;
	const struct identity *id = &session_ike(s)->remote_id;
	struct session *other;
	size_t at = 0;

	if (h->user.initial_contact != NULL)
		h->user.initial_contact(h->user.arg, s);
	while ((other = hub_map_find(&h->by_id, id_key(h, s), &at)) != NULL)
		if (other != s && !session_over(other) &&
		    identity_eq(id, session_ike(other)->remote_id.type, identity_span(&session_ike(other)->remote_id)))
			session_drop(other, "the peer came again and said that this is its first contact", s->now);
}

static void on_parting(void *arg, struct session *s, uint64_t spi, struct span request, struct span answer)
{
	struct hub *h = arg;

	partings_keep(&h->partings, spi, s->conf->natt_port, request, answer, s->now);
}

static void on_event(void *arg, const struct session_event *ev)
{
	struct hub *h = arg;

	if (ev->kind == SESSION_AUTHENTICATED)
		authenticated(h, ev->session);
	if (h->user.event != NULL)
		h->user.event(h->user.arg, ev);
}

static void on_message(void *arg, const struct session_message *m)
{
	struct hub *h = arg;

	h->user.message(h->user.arg, m);
}

static int on_send(void *arg, const struct session_packet *p, struct err *e)
{
	struct hub *h = arg;

	return h->user.send(h->user.arg, p, e);
}

static void on_child_used(void *arg, const struct session_child *c, uint64_t *bytes, uint64_t *packets)
{
	struct hub *h = arg;

	h->user.child_used(h->user.arg, c, bytes, packets);
}

/* --- the hub --- */

struct hub *hub_new(const struct session_conf *conf, const struct session_calls *calls, struct err *e)
{
	struct hub *h = calloc(1, sizeof *h);

	if (h == NULL) {
		err_nomem(e);
		return NULL;
	}
	h->conf = conf;
	h->user = *calls;
	h->calls = (struct session_calls){ .arg = h, .secrets = calls->secrets != NULL ? calls->secrets : &h->pool,
		.desk = calls->desk, .send = on_send, .event = on_event, .message = calls->message != NULL ? on_message : NULL,
		.ike_spi = on_ike_spi, .child_spi = on_child_spi, .wake = on_wake, .adopt = on_adopt,
		.initial_contact = on_initial_contact, .parting = on_parting, .child_used = calls->child_used != NULL ? on_child_used : NULL };
	random_bytes(h->hash_key, sizeof h->hash_key);
	if (h->calls.desk == NULL && (h->calls.desk = h->desk = session_desk_new(e)) == NULL) {
		hub_free(h);
		return NULL;
	}
	return h;
}

void hub_free(struct hub *h)
{
	if (h == NULL)
		return;
	while (h->n > 0)
		let_go(h, h->heap[h->n - 1]);
	hub_map_clear(&h->by_ike);
	hub_map_clear(&h->by_child);
	hub_map_clear(&h->by_init);
	hub_map_clear(&h->by_id);
	cookies_clear(&h->cookies);
	partings_clear(&h->partings);
	session_desk_free(h->desk);
	secret_pool_clear(&h->pool);
	free(h->heap);
	free(h);
}

int hub_initiate(struct hub *h, const struct session_conf *conf, const struct session_path *path, int64_t now,
    struct session **out, struct err *e)
{
	struct session *s = session_initiate(conf, &h->calls, path, now, e);

	*out = NULL;
	if (s == NULL)
		return -1;
	if (heap_add(h, s, e) < 0) {
		session_free(s);
		return -1;
	}
	h->stats.begun++;
	*out = s;
	return 0;
}

int hub_take(struct hub *h, struct session *s, uint64_t init, struct err *e)
{
	if (heap_add(h, s, e) < 0 || hub_map_add(&h->by_init, init, s) < 0) {
		forget(h, s);
		session_free(s);
		return err_nomem(e);
	}
	s->hub.init = init;
	s->hub.has_init = s->hub.half_open = true;
	h->stats.half_open++;
	h->stats.begun++;
	return 0;
}

int hub_push(struct hub *h, const struct session_path *path, struct span message, int64_t now, struct err *e)
{
	struct rd r = rd_of(message.p, message.n);
	struct session *s;
	struct ike_hdr hdr;
	size_t at = 0;
	int rc;

	if (ike_hdr_decode(&hdr, &r, e) < 0) {
		h->stats.dropped++;
		return 0;
	}
	if (hdr.exchange == IKE_X_SA_INIT && !ike_hdr_is_response(&hdr))
		s = hub_of_init(h, &hdr, path);
	else
		s = hub_map_find(&h->by_ike, ike_hdr_is_initiator(&hdr) ? hdr.spi_r : hdr.spi_i, &at);
	if (s == NULL)
		return hub_stranger(h, &hdr, path, message, now, e);
	rc = session_push(s, path, message, now, e);
	settle(h, s);
	return rc;
}

int hub_tick(struct hub *h, int64_t now, struct err *e)
{
	int rc = 0;

	partings_age(&h->partings, now);
	while (h->n > 0 && h->heap[0]->hub.due <= now && rc == 0) {
		struct session *s = h->heap[0];

		rc = session_tick(s, now, e);
		if (session_over(s))
			let_go(h, s);
		else
			heap_move(h, s, session_due(s) > now ? session_due(s) : now + NAP);
	}
	return rc;
}

int64_t hub_due(const struct hub *h)
{
	return h->n > 0 ? h->heap[0]->hub.due : INT64_MAX;
}

struct session *hub_by_child(const struct hub *h, uint32_t spi, const struct session_child **c)
{
	size_t at = 0;
	struct session *s = hub_map_find(&h->by_child, spi, &at);
	struct sess_child *child = s != NULL ? sess_child_by_spi(s, spi, true) : NULL;

	if (c != NULL)
		*c = child != NULL ? &child->pub : NULL;
	return child != NULL ? s : NULL;
}

struct session *hub_at(const struct hub *h, size_t i)
{
	return i < h->n ? h->heap[i] : NULL;
}

void hub_stats(const struct hub *h, struct hub_stats *out)
{
	*out = h->stats;
	out->sessions = h->n;
}
