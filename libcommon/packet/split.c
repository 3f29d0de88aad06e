#include "packet/split.h"

#include <string.h>

#include "base/wr.h"
#include "packet/checksum.h"
#include "packet/ip.h"

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };
enum { HEAD4 = 20, HEAD6 = 40, FRAGMENT_HEAD = 8, OPTIONS = 40, MORE = 0x2000, DONT = 0x4000 };
enum { OPT_END = 0, OPT_NOP = 1, OPT_COPIED = 0x80 };

/* RFC 791 3.1: options whose first bit is set go into every fragment.  Gives their bytes, padded. */
static size_t copied(const uint8_t *p, size_t head, uint8_t *out)
{
	size_t n = 0, len;

	for (size_t at = HEAD4; at < head && p[at] != OPT_END; at += len) {
		len = p[at] == OPT_NOP ? 1 : at + 1 < head ? p[at + 1] : 0;
		if (len == 0 || len > head - at)
			break;
		if (p[at] & OPT_COPIED) {
			memcpy(out + n, p + at, len);
			n += len;
		}
	}
	for (; n % 4 != 0; n++)
		out[n] = OPT_END;
	return n;
}

/* RFC 8200 4.5: hop-by-hop options, destination options before a routing header, that header. */
static void per_fragment(struct split *s, const uint8_t *p, size_t n)
{
	size_t at = HEAD6, pointer = 6;
	uint8_t proto = p[6];

	s->head = HEAD6;
	s->next = 6;
	while ((proto == HOP_BY_HOP || proto == ROUTING || proto == DESTINATION) && n - at >= 8) {
		size_t len = 8 + (size_t)p[at + 1] * 8;

		if (len > n - at || at + len > UINT16_MAX)
			return;
		pointer = at;
		at += len;
		if (proto != DESTINATION) {
			s->head = (uint16_t)at;
			s->next = (uint16_t)pointer;
		}
		proto = p[pointer];
	}
}

bool split_init(struct split *s, const uint8_t *p, size_t n, uint32_t id)
{
	uint8_t options[OPTIONS + 4];
	struct ip_view v;

	*s = (struct split){ .p = p, .id = id };
	if (ip_parse(&v, p, n) != IP_OK || v.len > n || (v.version == 6 && v.frag_header))
		return false;
	s->version = v.version;
	if (v.version == 4) {
		s->id = v.id;
		s->head = v.payload;
		s->options = (uint8_t)copied(p, v.payload, options);
		s->base = v.frag_offset;
		s->more = v.more;
	} else {
		per_fragment(s, p, n);
	}
	s->n = (uint32_t)(n - s->head);
	return true;
}

size_t split_head(const struct split *s, uint32_t at)
{
	if (s->version == 6)
		return s->head + (size_t)FRAGMENT_HEAD;
	return at == 0 ? s->head : HEAD4 + (size_t)s->options;
}

uint32_t split_room(const struct split *s, uint32_t at, uint32_t mtu)
{
	uint32_t head = (uint32_t)split_head(s, at), left = s->n - at;

	if (mtu < head)
		return 0;
	return left <= mtu - head ? left : (mtu - head) / 8 * 8;
}

static void head4(const struct split *s, uint32_t at, uint32_t n, uint8_t *out)
{
	bool more = s->more || at + n < s->n;
	size_t head = split_head(s, at);
	uint8_t options[OPTIONS + 4];

	memcpy(out, s->p, at == 0 ? s->head : HEAD4);
	if (at > 0 && s->options > 0) {
		copied(s->p, s->head, options);
		memcpy(out + HEAD4, options, s->options);
	}
	out[0] = (uint8_t)(0x40 | head / 4);
	store_be16(out + 2, (uint16_t)(head + n));
	store_be16(out + 4, (uint16_t)s->id);
	store_be16(out + 6, (uint16_t)((load_be16(out + 6) & DONT) | (more ? MORE : 0) |
	    (s->base + at) / 8));
	store_be16(out + 10, 0);
	store_be16(out + 10, checksum(out, head));
}

static void head6(const struct split *s, uint32_t at, uint32_t n, uint8_t *out)
{
	uint8_t *frag = out + s->head;

	memcpy(out, s->p, s->head);
	store_be16(out + 4, (uint16_t)(s->head - HEAD6 + FRAGMENT_HEAD + n));
	frag[0] = out[s->next];
	frag[1] = 0;
	store_be16(frag + 2, (uint16_t)(at | (at + n < s->n)));
	store_be32(frag + 4, s->id);
	out[s->next] = FRAGMENT;
}

size_t split_write(const struct split *s, uint32_t at, uint32_t n, uint8_t *out)
{
	size_t head = split_head(s, at);

	if (s->version == 4)
		head4(s, at, n, out);
	else
		head6(s, at, n, out);
	memcpy(out + head, s->p + s->head + at, n);
	return head + n;
}
