#include "ike/traffic_priv.h"

#include "base/rd.h"
#include "esp/esp.h"
#include "esp/mode.h"
#include "esp/mode_out.h"
#include "esp/place.h"

enum { IP4_HEADER = 20, IP6_HEADER = 40, LONGEST = 65535 };

/* The one address of a selector's side, if it has only one; else the end of the path. */
static struct addr end_of(const struct addr_range *r, size_t n, const struct addr *path)
{
	return n == 1 && addr_eq(&r->first, &r->last) ? r->first : *path;
}

/* Transport mode: a header for the payload of n octets at t->opened + IP6_HEADER. */
static enum verdict restore(struct traffic *t, const struct traffic_child *c, const struct esp_opened *got, struct span *packet)
{
	struct mode_fields fields = { .ttl = MODE_TTL, .df = true };
	struct addr src = c->path.remote, dst = c->path.local;
	uint8_t *p = t->opened + IP6_HEADER;
	size_t head, len;

	if (c->in.n > 0) {
		src = end_of(c->in.ts[0].src, c->in.ts[0].nsrc, &src);
		dst = end_of(c->in.ts[0].dst, c->in.ts[0].ndst, &dst);
	}
	if (src.family != dst.family || src.family == 0)
		return V_OUTSIDE_TS;
	head = src.family == 4 ? IP4_HEADER : IP6_HEADER;
	len = got->n + head;
	if (len > LONGEST)
		return V_BAD_HEADER;
	p -= head;
	mode_outer(p, &fields, &src, &dst, got->next, (uint32_t)len);
	if (c->oa_src.family != 0 || c->oa_dst.family != 0)
		mode_nat_checksum(p, len, &c->oa_src, &c->oa_dst);
	*packet = (struct span){ p, len };
	return V_OK;
}

static enum verdict inner(struct traffic *t, const struct traffic_child *c, const struct esp_opened *got, struct span *packet)
{
	uint8_t *p = t->opened + IP6_HEADER;
	enum sa_mode mode;
	uint32_t len;
	enum verdict v;

	if (got->next == IPPROTO_NONE_)
		return V_DUMMY;
	if (c->mode == SA_TRANSPORT)
		return restore(t, c, got, packet);
	if (!mode_of(c->mode, got->next, &mode))
		return V_BAD_HEADER;
	if ((v = mode_inner(p, got->n, got->next, &len)) == V_OK)
		*packet = (struct span){ p, len };
	return v;
}

static enum verdict in(struct traffic *t, struct span esp, struct traffic_opened *o, struct traffic_child **found)
{
	struct selector_view view;
	struct traffic_child *c;
	struct esp_opened got;
	struct esp_seq seq = { .high = 0 };
	struct span packet;
	uint64_t number;
	enum verdict v;

	if (esp.n < ESP_HEAD || esp.n > SUITE_MAX)
		return V_TRUNCATED;
	if ((c = *found = traffic_find(t, load_be32(esp.p))) == NULL)
		return V_NO_SA;
	o->owner = c->owner;
	number = load_be32(esp.p + 4);
	if (c->esn_in) {
		seq = (struct esp_seq){ true, replay_high(&c->replay, (uint32_t)number) };
		number |= (uint64_t)seq.high << 32;
	}
	if (!replay_check(&c->replay, number))
		return V_REPLAYED;
	v = esp_open(c->open, esp.p, esp.n, seq, false, t->opened + IP6_HEADER, &got);
	if (!got.verified)
		return v;
	o->newest = !c->replay.started || number > c->replay.top;
	replay_accept(&c->replay, number);
	o->verified = true;
	if (c->use == TRAFFIC_WAITS)
		traffic_took_over(t, c);
	if (v != V_OK || (v = inner(t, c, &got, &packet)) != V_OK)
		return v;
	place_view(&view, packet.p, packet.n);
	if (!traffic_holds(&c->in, &view))
		return V_OUTSIDE_TS;
	o->packet = packet;
	c->count.in.bytes += packet.n;
	t->count.in.bytes += packet.n;
	return V_OK;
}

enum verdict traffic_in(struct traffic *t, struct span esp, struct traffic_opened *o)
{
	struct traffic_child *c = NULL;
	enum verdict v;

	*o = (struct traffic_opened){ .verified = false };
	v = in(t, esp, o, &c);
	t->count.in.tally.packets++;
	t->count.in.tally.count[v]++;
	if (c != NULL) {
		c->count.in.tally.packets++;
		c->count.in.tally.count[v]++;
	}
	return v;
}
