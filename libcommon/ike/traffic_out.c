#include "ike/traffic_priv.h"

#include <string.h>

#include "esp/esp.h"
#include "esp/mode_out.h"
#include "esp/place.h"
#include "packet/udp.h"

enum { IP4_HEADER = 20, IP6_HEADER = 40, LONGEST = 65535 };

bool traffic_holds(const struct traffic_ts *ts, const struct selector_view *view)
{
	for (size_t i = 0; i < ts->n; i++)
		if (selector_match(&ts->ts[i], view))
			return true;
	return ts->n == 0;
}

/* One that shall not send stands in where no other holds so little. */
static struct traffic_child *search(const struct traffic *t, const struct selector_view *view)
{
	struct traffic_child *spare = NULL;

	for (size_t i = 0; i < t->n; i++) {
		struct traffic_child *c = t->list[i];

		if (!traffic_holds(&c->out, view))
			continue;
		if (c->use == TRAFFIC_SENDS)
			return spare != NULL && spare->width < c->width ? spare : c;
		if (spare == NULL)
			spare = c;
	}
	return spare;
}

/* Views have no gaps that hold anything: they start as zeros.  FNV-1a. */
static size_t hash(const struct selector_view *view)
{
	const uint8_t *p = (const uint8_t *)view;
	uint32_t h = 0x811c9dc5;

	for (size_t i = 0; i < sizeof *view; i++)
		h = (h ^ p[i]) * 0x01000193;
	return (h ^ h >> 16) % TRAFFIC_FLOWS;
}

static struct traffic_child *child_for(struct traffic *t, const uint8_t *p, uint32_t n)
{
	struct selector_view view;
	struct traffic_flow *f;

	place_view(&view, p, n);
	f = &t->flow[hash(&view)];
	if (f->age == t->age && memcmp(&f->view, &view, sizeof view) == 0)
		return f->child;
	f->view = view;
	f->age = t->age;
	return f->child = search(t, &view);
}

/* What is sealed of the packet: all of it, or what its header carries. */
static const char *payload_of(const struct traffic_child *c, const struct ip_view *v, const uint8_t *p, struct span *payload,
    uint8_t *next)
{
	struct mode_place place;

	*payload = (struct span){ p, v->len };
	*next = v->version == 4 ? IPPROTO_IP4 : IPPROTO_IP6;
	if (c->mode == SA_TUNNEL)
		return NULL;
	if (v->frag)
		return "a fragment, and transport mode takes whole packets";	/* RFC 4303 3.3.4 */
	place = mode_place(v, p);
	if (place.at != (v->version == 4 ? IP4_HEADER : IP6_HEADER))
		return "options in its IP header, which the outer header, the system's, cannot have";
	*payload = (struct span){ p + place.at, v->len - (uint32_t)place.at };
	*next = p[place.next];
	return NULL;
}

/* Octets that go into one datagram of the child's. */
static size_t room_of(const struct traffic_child *c)
{
	return (size_t)LONGEST - (c->path.remote.family == 4 ? IP4_HEADER : 0) - (c->udp ? UDP_HEADER : 0);
}

static const char *seal(struct traffic *t, struct traffic_child *c, struct span payload, uint8_t next, struct span *esp)
{
	struct esp_parts parts = { .spi = c->spi_out, .pad = esp_pad(payload.n, c->align), .next = next };
	uint8_t iv[IVGEN_MAX] = { 0 };

	if (suite_over(c->seal) + payload.n + parts.pad + ESP_TRAILER > room_of(c))
		return "too long for a datagram once it is sealed";
	if (c->seq >= (c->esn_out ? UINT64_MAX : UINT32_MAX) || !ivgen_take(&c->iv, &t->rng, iv))
		return "the child's sequence numbers are used up";	/* RFC 4303 3.3.3 */
	c->seq++;
	parts.seq = (uint32_t)c->seq;
	parts.iv = iv;
	memcpy(t->sealed + ESP_HEAD + suite_iv_len(c->seal), payload.p, payload.n);
	*esp = (struct span){ t->sealed, esp_encode(c->seal, t->sealed, payload.n, &parts) };
	if (!esp_seal(c->seal, t->sealed, esp->n, (struct esp_seq){ c->esn_out, (uint32_t)(c->seq >> 32) }))
		return "the child's cipher failed";
	return NULL;
}

static enum verdict out(struct traffic *t, struct span packet, struct traffic_sealed *o, struct traffic_child **c)
{
	struct ip_view v;
	enum ip_result r = ip_parse(&v, packet.p, packet.n);
	struct span payload;
	uint8_t next;

	if (r != IP_OK)
		return r == IP_CUT ? V_TRUNCATED : V_BAD_HEADER;
	if (v.len > packet.n)
		return V_TRUNCATED;
	if ((*c = child_for(t, packet.p, v.len)) == NULL)
		return V_OUTSIDE_TS;
	if ((o->why = payload_of(*c, &v, packet.p, &payload, &next)) != NULL ||
	    (o->why = seal(t, *c, payload, next, &o->esp)) != NULL)
		return V_UNSUPPORTED;
	o->path = (*c)->path;
	o->udp = (*c)->udp;
	(*c)->count.out.bytes += v.len;
	t->count.out.bytes += v.len;
	return V_OK;
}

enum verdict traffic_out(struct traffic *t, struct span packet, struct traffic_sealed *o)
{
	struct traffic_child *c = NULL;
	enum verdict v;

	*o = (struct traffic_sealed){ .why = NULL };
	v = out(t, packet, o, &c);
	t->count.out.tally.packets++;
	t->count.out.tally.count[v]++;
	if (c != NULL) {
		c->count.out.tally.packets++;
		c->count.out.tally.count[v]++;
	}
	return v;
}
