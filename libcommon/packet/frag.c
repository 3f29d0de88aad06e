#include "packet/frag.h"

#include <stdlib.h>
#include <string.h>

#include "base/wr.h"

enum { HEAD_MAX = 4096 + 60, DATA_MAX = 65535 };

struct range { uint32_t from, to; };

struct slot {
	bool used, bad, has_first, has_last;
	uint8_t version, proto;
	uint8_t addrs[32];
	uint32_t id;
	uint32_t end;				/* of the payload, once the last fragment is here */
	uint16_t head;				/* bytes of header before the payload */
	uint16_t n;				/* ranges held, sorted, apart */
	int64_t since;
	uint64_t serial;
	struct frag_lost last;
	struct range held[FRAG_HOLES];
	struct ip_view first;
	uint8_t bytes[HEAD_MAX + DATA_MAX];	/* payload from HEAD_MAX on, the headers end there */
};

struct frags {
	struct slot *slot[FRAG_SLOTS];
	struct frag_lost lost[FRAG_SLOTS];	/* pushed out, not told yet */
	unsigned nlost;
	unsigned nused;
	uint64_t serial;
};

struct frags *frags_new(struct err *e)
{
	struct frags *f = calloc(1, sizeof *f);

	if (f == NULL)
		err_nomem(e);
	return f;
}

void frags_free(struct frags *f)
{
	for (int i = 0; f != NULL && i < FRAG_SLOTS; i++)
		free(f->slot[i]);
	free(f);
}

static void release(struct frags *f, struct slot *s)
{
	s->used = false;
	f->nused--;
}

static void give_up(struct frags *f, struct slot *s)
{
	if (f->nlost < FRAG_SLOTS)
		f->lost[f->nlost++] = s->last;
	release(f, s);
}

/* IPv4 datagrams are told apart by protocol too (RFC 791), IPv6 ones are not (RFC 8200). */
static bool is_of(const struct slot *s, const struct ip_view *v, const uint8_t *p)
{
	return s->used && s->version == v->version && s->id == v->id &&
	    (v->version == 6 || s->proto == v->proto) &&
	    memcmp(s->addrs, p + v->src_at, 2 * ip_addr_len(v)) == 0;
}

static void start(struct frags *f, struct slot *s, const struct ip_view *v, const uint8_t *p, int64_t ns)
{
	memset(s, 0, offsetof(struct slot, held));
	s->used = true;
	s->version = v->version;
	s->proto = v->proto;
	s->id = v->id;
	s->since = ns;
	s->serial = ++f->serial;
	memcpy(s->addrs, p + v->src_at, 2 * ip_addr_len(v));
	f->nused++;
}

static struct slot *find(struct frags *f, const struct ip_view *v, const uint8_t *p, int64_t ns)
{
	struct slot *oldest = NULL;

	for (int i = 0; i < FRAG_SLOTS; i++)
		if (f->slot[i] != NULL && is_of(f->slot[i], v, p))
			return f->slot[i];
	for (int i = 0; i < FRAG_SLOTS; i++) {
		if (f->slot[i] == NULL && (f->slot[i] = malloc(sizeof *f->slot[i])) != NULL)
			f->slot[i]->used = false;
		if (f->slot[i] == NULL)
			break;
		if (!f->slot[i]->used) {
			start(f, f->slot[i], v, p, ns);
			return f->slot[i];
		}
		if (oldest == NULL || f->slot[i]->since < oldest->since)
			oldest = f->slot[i];
	}
	if (oldest != NULL) {
		give_up(f, oldest);
		start(f, oldest, v, p, ns);
	}
	return oldest;
}

/* Adds from..to to the sorted ranges; false if it overlaps one or there are too many. */
static bool insert(struct slot *s, uint32_t from, uint32_t to)
{
	unsigned i = 0;

	while (i < s->n && s->held[i].to < from)
		i++;
	if (i < s->n && s->held[i].from < to && from < s->held[i].to)
		return false;
	if (i < s->n && s->held[i].to == from) {
		if (i + 1 < s->n && s->held[i + 1].from < to)
			return false;
		s->held[i].to = to;
		if (i + 1 < s->n && s->held[i + 1].from == to) {
			s->held[i].to = s->held[i + 1].to;
			memmove(&s->held[i + 1], &s->held[i + 2], (s->n - i - 2u) * sizeof s->held[0]);
			s->n--;
		}
		return true;
	}
	if (i < s->n && s->held[i].from == to) {
		s->held[i].from = from;
		return true;
	}
	if (s->n == FRAG_HOLES)
		return false;
	memmove(&s->held[i + 1], &s->held[i], (s->n - (size_t)i) * sizeof s->held[0]);
	s->held[i] = (struct range){ from, to };
	s->n++;
	return true;
}

static bool repeats(const struct slot *s, uint32_t from, uint32_t to, const uint8_t *data)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->held[i].from <= from && to <= s->held[i].to)
			return memcmp(s->bytes + HEAD_MAX + from, data, to - from) == 0;
	return false;
}

/* Keeps the first fragment's headers, in IPv6 without the fragment header, in front of the payload. */
static bool keep_head(struct slot *s, const struct ip_view *v, const uint8_t *p)
{
	size_t n = v->version == 6 ? v->frag_at : v->payload;
	uint8_t *to = s->bytes + HEAD_MAX - n;

	if (n > HEAD_MAX || n < 20)
		return false;
	memcpy(to, p, n);
	s->head = (uint16_t)n;
	s->first = *v;
	s->has_first = true;
	if (v->proto == IP_UDP && v->len >= v->payload + 4u) {
		s->last.ports_known = true;
		s->last.sport = load_be16(p + v->payload);
		s->last.dport = load_be16(p + v->payload + 2);
	}
	if (v->version == 4)
		store_be16(to + 6, load_be16(to + 6) & 0x4000);	/* DF stays */
	else
		to[v->frag_next] = p[v->frag_at];
	return true;
}

static void finish(struct slot *s, struct span *whole)
{
	uint8_t *p = s->bytes + HEAD_MAX - s->head;
	struct ip_view v = s->first;

	if (v.version == 6) {
		v.next = v.frag_next;
		v.payload = s->head;
	}
	ip_fix(&v, p, p[v.next], s->head + s->end);
	*whole = (struct span){ p, s->head + s->end };
}

static bool take(struct slot *s, const struct ip_view *v, const uint8_t *p, size_t n)
{
	/* IPv6: everything behind the fragment header, also extension headers, is fragmented */
	size_t at = v->version == 6 ? v->frag_at + 8u : v->payload;
	uint32_t from = v->frag_offset, to;

	if (v->len > n || v->len <= at || v->len - at > DATA_MAX - from)
		return false;
	to = from + (uint32_t)(v->len - at);
	if (repeats(s, from, to, p + at))
		return true;
	if ((v->more && (to - from) % 8 != 0) || (s->has_last && to > s->end) ||
	    (!v->more && s->n > 0 && s->held[s->n - 1].to > to) || !insert(s, from, to))
		return false;
	memcpy(s->bytes + HEAD_MAX + from, p + at, to - from);
	if (!v->more) {
		if (s->has_last && s->end != to)
			return false;
		s->has_last = true;
		s->end = to;
	}
	if (from == 0 && !keep_head(s, v, p))
		return false;
	return s->head + (uint32_t)to <= DATA_MAX + (v->version == 6 ? 40u : 0u);
}

enum frag_result frags_add(struct frags *f, const struct ip_view *v, const uint8_t *p, size_t n,
    const struct frag_lost *here, struct span *whole, uint64_t *id)
{
	struct slot *s = find(f, v, p, here->ns);

	if (s == NULL)
		return FRAG_BAD;
	*id = s->serial;
	s->last.number = here->number;
	s->last.ns = here->ns;
	s->last.file = here->file;
	s->last.proto = v->proto;
	s->last.src = here->src;
	s->last.dst = here->dst;
	if (!take(s, v, p, n)) {
		release(f, s);
		return FRAG_BAD;
	}
	if (!s->has_first || !s->has_last || s->n != 1 || s->held[0].from != 0 || s->held[0].to != s->end)
		return FRAG_HELD;
	finish(s, whole);
	release(f, s);
	return FRAG_WHOLE;
}

bool frags_expire(struct frags *f, int64_t ns, struct frag_lost *lost)
{
	if (f->nlost > 0) {
		*lost = f->lost[--f->nlost];
		return true;
	}
	for (int i = 0; f->nused > 0 && i < FRAG_SLOTS; i++) {
		struct slot *s = f->slot[i];

		if (s != NULL && s->used && (ns == INT64_MAX || s->since < ns - FRAG_TIMEOUT)) {
			*lost = s->last;
			release(f, s);
			return true;
		}
	}
	return false;
}
