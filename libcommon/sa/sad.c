#include "sa/sad.h"

#include <stdlib.h>
#include <string.h>

/*
 * What names an SA.  Kept apart from the entries, so that a look-up touches one
 * slot and one key.
 */
struct sad_key { uint64_t src[2], dst[2], name; };

/*
 * at: index + 1 of the group's first; 0: free.  tag: of the hash, but for the bit that says whether the first
 * has its keys: with many SAs, going there to ask would be the dearest part of a look-up.
 */
struct slot { uint32_t tag, at; };
enum { TAG_KEYED = 1 };

/* Which addresses a group names; a look-up tries only the kinds there are. */
enum { KIND_DST = 1, KIND_SRC = 2, KINDS = 4 };
/* Entries do not move, because others hold pointers to them. */
enum { CHUNK = 512, CANDIDATES = 256, TUNNELS = 256 };

struct sad {
	struct arena arena;
	struct sad_entry **chunks;
	struct sad_key *keys;			/* one for each entry */
	size_t count, room;
	struct slot *slots;
	size_t nslots;				/* a power of two */
	size_t groups, kinds[KINDS];
	uint64_t secret[5];			/* of the hash: never the same in two processes */
	struct sad_bits bits;
	struct sad_entry *tunnel[TUNNELS];	/* IPComp in tunnel mode, chained by their ends */
	bool ipcomp;
	struct policies policies;
};

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Folded 128-bit products of what may be hostile and what only we know. */
static inline uint64_t hash(const struct sad *sad, const struct sad_key *k)
{
	const uint64_t *s = sad->secret;
	uint64_t h = mix(k->src[0] ^ s[0], k->dst[0] ^ s[1]);

	h ^= mix(k->src[1] ^ s[2], k->dst[1] ^ s[3]);
	return mix(h ^ s[4], k->name ^ s[1]);
}

/* Not the bytes behind an IPv4 address: nobody promised that they are zero. */
static inline void key_addr(uint64_t out[2], const struct addr *a)
{
	uint32_t v4;

	if (a->family == 4) {
		memcpy(&v4, a->b, sizeof v4);
		out[0] = v4;
	} else if (a->family == 6) {
		memcpy(out, a->b, sizeof a->b);
	}
}

static inline void key_set(struct sad_key *k, enum sa_proto proto, uint32_t spi,
    const struct addr *src, const struct addr *dst)
{
	k->name = (uint64_t)spi << 32 | (uint64_t)proto << 16;
	k->src[0] = k->src[1] = k->dst[0] = k->dst[1] = 0;
	if (src != NULL) {
		key_addr(k->src, src);
		k->name |= src->family;
	}
	if (dst != NULL) {
		key_addr(k->dst, dst);
		k->name |= (uint64_t)dst->family << 8;
	}
}

static inline bool key_eq(const struct sad_key *a, const struct sad_key *b)
{
	return a->name == b->name && a->dst[0] == b->dst[0] && a->src[0] == b->src[0] &&
	    a->dst[1] == b->dst[1] && a->src[1] == b->src[1];
}

struct sad *sad_new(struct err *e)
{
	struct sad *sad;

	if (secret_init(e) < 0)
		return NULL;
	if ((sad = calloc(1, sizeof *sad)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	random_bytes(sad->secret, sizeof sad->secret);
	return sad;
}

void sad_free(struct sad *sad)
{
	if (sad == NULL)
		return;
	for (size_t i = 0; i < sad->count; i++)
		sa_clear(&sad_at(sad, (uint32_t)i)->sa);
	for (size_t i = 0; i < sad->room / CHUNK; i++)
		free(sad->chunks[i]);
	free(sad->chunks);
	free(sad->keys);
	free(sad->slots);
	policies_clear(&sad->policies);
	arena_clear(&sad->arena);
	wipe(sad->secret, sizeof sad->secret);
	free(sad);
}

struct arena *sad_arena(struct sad *sad)
{
	return &sad->arena;
}

struct policies *sad_policies(struct sad *sad)
{
	return &sad->policies;
}

size_t sad_count(const struct sad *sad)
{
	return sad->count;
}

struct sad_entry *sad_at(const struct sad *sad, uint32_t index)
{
	return index < sad->count ? &sad->chunks[index / CHUNK][index % CHUNK] : NULL;
}

/* The slot that holds the key, or the free one where it belongs. */
static inline struct slot *slot_of(const struct sad *sad, const struct sad_key *k, uint64_t h)
{
	size_t mask = sad->nslots - 1;
	uint32_t tag = (uint32_t)(h >> 32) | TAG_KEYED;

	for (size_t i = (size_t)h & mask; ; i = (i + 1) & mask) {
		struct slot *s = &sad->slots[i];

		if (s->at == 0 || ((s->tag | TAG_KEYED) == tag && key_eq(&sad->keys[s->at - 1], k)))
			return s;
	}
}

static int grow_slots(struct sad *sad, struct err *e)
{
	struct slot *old = sad->slots;
	size_t nold = sad->nslots;

	if (2 * (sad->groups + 1) <= nold)
		return 0;
	sad->nslots = nold > 0 ? 2 * nold : 64;
	if ((sad->slots = calloc(sad->nslots, sizeof *sad->slots)) == NULL) {
		sad->slots = old;
		sad->nslots = nold;
		return err_nomem(e);
	}
	for (size_t i = 0; i < nold; i++)
		if (old[i].at != 0) {
			const struct sad_key *k = &sad->keys[old[i].at - 1];

			*slot_of(sad, k, hash(sad, k)) = old[i];
		}
	free(old);
	return 0;
}

static int grow_entries(struct sad *sad, struct err *e)
{
	size_t n = sad->room / CHUNK;
	struct sad_entry **chunks;
	struct sad_key *keys;

	if (sad->count < sad->room)
		return 0;
	if (sad->count >= UINT32_MAX - CHUNK)
		return err_set(e, "too many SAs");
	if ((n & (n - 1)) == 0) {		/* both arrays double */
		size_t cap = n > 0 ? 2 * n : 1;

		if ((chunks = realloc(sad->chunks, cap * sizeof *chunks)) == NULL)
			return err_nomem(e);
		sad->chunks = chunks;
		if ((keys = realloc(sad->keys, cap * CHUNK * sizeof *keys)) == NULL)
			return err_nomem(e);
		sad->keys = keys;
	}
	if ((sad->chunks[n] = calloc(CHUNK, sizeof **chunks)) == NULL)
		return err_nomem(e);
	sad->room += CHUNK;
	return 0;
}

static void note_ports(struct sad *sad, const struct sa_encap *encap)
{
	const uint16_t ports[] = { encap->sport, encap->dport };

	uint64_t *set = encap->type == SA_ENCAP_TCP ? sad->bits.tcp : sad->bits.udp;

	if (encap->type == SA_ENCAP_NONE)
		return;
	for (size_t i = 0; i < 2; i++)
		if (ports[i] != 0)
			set[ports[i] / 64] |= (uint64_t)1 << ports[i] % 64;
}

/* Chained by the hash of the ends, which only we know. */
static size_t tunnel_of(const struct sad *sad, const struct addr *src, const struct addr *dst)
{
	struct sad_key k;

	key_set(&k, SA_IPCOMP, 0, src, dst);
	return (size_t)hash(sad, &k) % TUNNELS;
}

static void note_ipcomp(struct sad *sad, struct sad_entry *entry)
{
	const struct sa *sa = &entry->sa;
	struct sad_entry **head;

	sad->ipcomp = true;
	if (sa->mode != SA_TUNNEL || sa->src.family == 0 || sa->dst.family == 0)
		return;
	head = &sad->tunnel[tunnel_of(sad, &sa->src, &sa->dst)];
	entry->tunnel = *head;
	*head = entry;
}

const struct sad_bits *sad_bits(const struct sad *sad)
{
	return &sad->bits;
}

bool sad_may_have(const struct sad *sad, uint32_t spi)
{
	return sad_bits_spi(&sad->bits, spi);
}

static void bits_set_spi(struct sad_bits *b, uint32_t spi)
{
	uint32_t bit = sad_spi_bit(spi);

	b->spi[bit / 64] |= (uint64_t)1 << bit % 64;
}

static struct sad_entry *append(struct sad *sad, struct sa *sa, const struct sad_key *k)
{
	struct sad_entry *entry = &sad->chunks[sad->count / CHUNK][sad->count % CHUNK];

	*entry = (struct sad_entry){ .sa = *sa, .index = (uint32_t)sad->count };
	sad->keys[sad->count++] = *k;
	note_ports(sad, &sa->encap);
	bits_set_spi(&sad->bits, sa->spi);
	if (sa->proto == SA_IPCOMP)
		note_ipcomp(sad, entry);
	sa_init(sa);
	return entry;
}

/* Merges sa into a member of the group, or says where a new candidate goes. */
static int settle(struct sad *sad, struct sad_entry *group, struct sa *sa, struct sad_entry **last,
    struct err *e)
{
	unsigned n = 0;

	for (struct sad_entry *i = group; i != NULL; i = i->candidate) {
		if (sa_same_keys(&i->sa, sa)) {
			enum sa_mode was = i->sa.mode;

			note_ports(sad, &sa->encap);
			sa_merge(&i->sa, sa);
			if (i->sa.proto == SA_IPCOMP && i->sa.mode != was)
				note_ipcomp(sad, i);
			return 0;
		}
		*last = i;
		n++;
	}
	if (n >= CANDIDATES)
		return err_set(e, "found more than %d different keys for SA 0x%08x", CANDIDATES,
		    sa->spi);
	return 2;
}

static void slot_set(struct slot *s, uint64_t h, const struct sad_entry *first)
{
	s->tag = ((uint32_t)(h >> 32) | TAG_KEYED) - !sa_has_keys(&first->sa);
	s->at = first->index + 1;
}

int sad_add(struct sad *sad, struct sa *sa, struct err *e)
{
	struct sad_entry *entry, *last = NULL;
	struct sad_key k;
	struct slot *s;
	uint64_t h;
	int rc = 1;

	if (grow_slots(sad, e) < 0 || grow_entries(sad, e) < 0)
		return -1;
	key_set(&k, sa->proto, sa->spi, &sa->src, &sa->dst);
	h = hash(sad, &k);
	s = slot_of(sad, &k, h);
	if (s->at != 0) {
		rc = settle(sad, sad_at(sad, s->at - 1), sa, &last, e);
		slot_set(s, h, sad_at(sad, s->at - 1));		/* it may have got its keys */
		if (rc <= 0)
			return rc;
	}
	entry = append(sad, sa, &k);
	entry->group = last != NULL ? last->group : entry;
	if (last != NULL) {
		last->candidate = entry;
	} else {
		slot_set(s, h, entry);
		sad->kinds[(k.name & 0xff ? KIND_SRC : 0) | (k.name & 0xff00 ? KIND_DST : 0)]++;
		sad->groups++;
	}
	return rc;
}

const struct sad_entry *sad_find(const struct sad *sad, enum sa_proto proto, uint32_t spi,
    const struct addr *src, const struct addr *dst)
{
	const struct sad_entry *keyless = NULL;

	if (!sad_may_have(sad, spi))
		return NULL;
	/* RFC 4301 4.1: SPI, destination and source; SPI and destination; SPI. */
	for (int kind = KINDS - 1; kind >= 0; kind--) {
		struct sad_key k;
		const struct slot *s;

		if (sad->kinds[kind] == 0)
			continue;
		key_set(&k, proto, spi, kind & KIND_SRC ? src : NULL, kind & KIND_DST ? dst : NULL);
		s = slot_of(sad, &k, hash(sad, &k));
		if (s->at != 0) {
			const struct sad_entry *found = &sad->chunks[(s->at - 1) / CHUNK][(s->at - 1) % CHUNK];

			/* A status without keys must not hide the keys that a log has without addresses. */
			if (kind == 0 || (s->tag & TAG_KEYED) != 0)
				return found;
			keyless = keyless == NULL ? found : keyless;
		}
	}
	return keyless;
}

const struct sad_entry *sad_find_tunnel(const struct sad *sad, const struct addr *src,
    const struct addr *dst)
{
	const struct sad_entry *i = NULL;

	if (sad->ipcomp)
		i = sad->tunnel[tunnel_of(sad, src, dst)];
	while (i != NULL && !(addr_eq(&i->sa.src, src) && addr_eq(&i->sa.dst, dst)))
		i = i->tunnel;
	return i;
}

bool sad_has_ipcomp(const struct sad *sad)
{
	return sad->ipcomp;
}

bool sad_has_udp_port(const struct sad *sad, uint16_t sport, uint16_t dport)
{
	return sad_bits_port(sad->bits.udp, sport, dport);
}

bool sad_has_tcp_port(const struct sad *sad, uint16_t sport, uint16_t dport)
{
	return sad_bits_port(sad->bits.tcp, sport, dport);
}
