#include "ike/traffic_priv.h"

#include <stdlib.h>
#include <string.h>

#include "esp/mtu_fit.h"

enum { BUCKETS = 64 };

struct traffic *traffic_new(struct rng *rng, struct err *e)
{
	struct traffic *t = calloc(1, sizeof *t);

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->age = 1;
	t->nbuckets = BUCKETS;
	t->bucket = calloc(t->nbuckets, sizeof *t->bucket);
	t->flow = calloc(TRAFFIC_FLOWS, sizeof *t->flow);
	t->sealed = malloc(TRAFFIC_ROOM);
	t->opened = malloc(TRAFFIC_ROOM);
	if (t->bucket == NULL || t->flow == NULL || t->sealed == NULL || t->opened == NULL) {
		traffic_free(t);
		err_nomem(e);
		return NULL;
	}
	rng_fork(&t->rng, rng, "traffic", 0);
	rng_expand(&t->rng);
	return t;
}

static void child_free(struct traffic_child *c)
{
	if (c == NULL)
		return;
	suite_free(c->open);
	suite_free(c->seal);
	free(c->replay.seen);
	free(c->in.ts);
	free(c->out.ts);
	free(c);
}

void traffic_free(struct traffic *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		child_free(t->list[i]);
	rng_clear(&t->rng);
	free(t->bucket);
	free(t->list);
	free(t->flow);
	free(t->sealed);
	free(t->opened);
	free(t);
}

/* SPIs are random numbers of this end's. */
static struct traffic_child **bucket_of(const struct traffic *t, uint32_t spi)
{
	return &t->bucket[spi & (t->nbuckets - 1)];
}

struct traffic_child *traffic_find(const struct traffic *t, uint32_t spi)
{
	struct traffic_child *c = *bucket_of(t, spi);

	while (c != NULL && c->spi_in != spi)
		c = c->chain;
	return c;
}

static struct traffic_child *find_number(const struct traffic *t, const struct session *owner, uint64_t number)
{
	for (size_t i = 0; i < t->n && number != 0; i++)
		if (t->list[i]->owner == owner && t->list[i]->number == number)
			return t->list[i];
	return NULL;
}

/* Room for one more; on failure everything is as it was. */
static int grow(struct traffic *t, struct err *e)
{
	size_t cap = t->cap == 0 ? BUCKETS : t->cap * 2;
	struct traffic_child **list, **bucket;

	if (t->n < t->cap)
		return 0;
	if ((list = realloc(t->list, cap * sizeof *list)) == NULL)
		return err_nomem(e);
	t->list = list;
	if ((bucket = calloc(cap, sizeof *bucket)) == NULL)
		return err_nomem(e);
	free(t->bucket);
	t->bucket = bucket;
	t->nbuckets = t->cap = cap;
	for (size_t i = 0; i < t->n; i++) {
		struct traffic_child **at = bucket_of(t, t->list[i]->spi_in);

		t->list[i]->chain = *at;
		*at = t->list[i];
	}
	return 0;
}

/* Bits in which addresses of the ranges may differ; of several ranges the widest. */
static uint32_t width_of(const struct addr_range *r, size_t n)
{
	uint32_t most = n == 0 ? 129 : 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t bits = (uint32_t)addr_len(&r[i].first) * 8, same = 0;

		while (same < bits && ((r[i].first.b[same / 8] ^ r[i].last.b[same / 8]) & 0x80 >> same % 8) == 0)
			same++;
		if (bits - same > most)
			most = bits - same;
	}
	return most;
}

static uint32_t selectors_width(const struct traffic_ts *ts)
{
	uint32_t most = ts->n == 0 ? UINT32_MAX : 0;

	for (size_t i = 0; i < ts->n; i++) {
		const struct selector *s = &ts->ts[i];
		uint32_t one = (width_of(s->dst, s->ndst) + width_of(s->src, s->nsrc)) * 8 + (s->proto < 0 ? 4 : 0) +
		    !s->sport_set + !s->dport_set + (s->icmp_type < 0);

		if (one > most)
			most = one;
	}
	return most;
}

static int take_selectors(struct traffic_ts *to, const struct sa *sa, struct err *e)
{
	if (sa->nts == 0)
		return 0;
	if ((to->ts = calloc(sa->nts, sizeof *to->ts)) == NULL)
		return err_nomem(e);
	memcpy(to->ts, sa->ts, sa->nts * sizeof *to->ts);
	to->n = sa->nts;
	return 0;
}

static int take_in(struct traffic_child *c, const struct sa *sa, struct err *e)
{
	uint32_t window = sa->replay_window < 0 ? SA_REPLAY_DEFAULT : (uint32_t)sa->replay_window;
	struct suite_keys keys;
	uint64_t *seen = NULL;

	sa_suite_keys(sa, &keys);
	keys.use = SUITE_FOR_OPEN;
	keys.alone = true;
	if (take_selectors(&c->in, sa, e) < 0 || (c->open = suite_new(&keys, e)) == NULL)
		return -1;
	if (window > 0 && (seen = calloc(replay_words(window), sizeof *seen)) == NULL)
		return err_nomem(e);
	replay_init(&c->replay, window, seen);
	c->spi_in = sa->spi;
	c->esn_in = sa->esn == SA_YES;
	c->oa_src = sa->encap.oa_src;
	c->oa_dst = sa->encap.oa_dst;
	return 0;
}

static int take_out(struct traffic *t, struct traffic_child *c, const struct sa *sa, struct err *e)
{
	struct suite_keys keys;

	sa_suite_keys(sa, &keys);
	keys.use = SUITE_FOR_SEAL;
	keys.alone = true;
	if (take_selectors(&c->out, sa, e) < 0 || (c->seal = suite_new(&keys, e)) == NULL)
		return -1;
	mtu_sa_init(&c->size, sa, 0, false);
	c->align = c->size.align;
	c->iv = (struct ivgen){ .kind = IVGEN_RANDOM, .n = (uint8_t)suite_iv_len(c->seal), .next = sa->seq + 1,
		.nonce = sa->encr->kind != ENCR_KIND_CBC };
	rng_bytes(&t->rng, c->iv.mask, c->iv.n);
	c->spi_out = sa->spi;
	c->seq = sa->seq;
	c->esn_out = sa->esn == SA_YES;
	c->width = selectors_width(&c->out);
	return 0;
}

static void set_path(struct traffic_child *c, const struct session_path *path, bool udp)
{
	c->path = *path;
	c->udp = udp;
	c->size.version = path->remote.family;
	c->size.encap = udp ? SA_ENCAP_UDP : SA_ENCAP_NONE;
}

/* Among those of its width it is the first. */
static void insert(struct traffic *t, struct traffic_child *c)
{
	struct traffic_child **bucket = bucket_of(t, c->spi_in);
	size_t at = 0;

	while (at < t->n && t->list[at]->width < c->width)
		at++;
	memmove(&t->list[at + 1], &t->list[at], (t->n - at) * sizeof t->list[0]);
	t->list[at] = c;
	t->n++;
	t->age++;
	c->chain = *bucket;
	*bucket = c;
}

static int check(const struct traffic *t, const struct session_child *c, struct err *e)
{
	if (c->in.proto != SA_ESP || c->out.proto != SA_ESP)
		return err_set(e, "found %s, wanted ESP: it is what packets are carried in here", sa_proto_name(c->in.proto));
	if ((c->in.mode != SA_TUNNEL && c->in.mode != SA_TRANSPORT) || c->out.mode != c->in.mode)
		return err_set(e, "found mode %s, wanted tunnel or transport", sa_mode_name(c->in.mode));
	if (!sa_has_keys(&c->in) || !sa_has_keys(&c->out))
		return err_set(e, "its keys are not known");
	if (traffic_find(t, c->in.spi) != NULL)
		return err_set(e, "SPI 0x%08x is in use already", c->in.spi);
	return 0;
}

int traffic_up(struct traffic *t, struct session *owner, const struct session_child *c, const struct session_path *path,
    bool udp, struct err *e)
{
	struct traffic_child *new = NULL, *old = find_number(t, owner, c->replaces);

	if (check(t, c, e) < 0 || grow(t, e) < 0)
		return -1;
	if ((new = calloc(1, sizeof *new)) == NULL)
		return err_nomem(e);
	new->owner = owner;
	new->number = c->number;
	new->replaces = c->replaces;
	new->mode = c->in.mode;
	if (take_in(new, &c->in, e) < 0 || take_out(t, new, &c->out, e) < 0) {
		child_free(new);
		return -1;
	}
	set_path(new, path, udp);
	insert(t, new);
	if (old != NULL && !c->initiator)
		new->use = TRAFFIC_WAITS;
	else
		traffic_took_over(t, new);
	return 0;
}

void traffic_took_over(struct traffic *t, struct traffic_child *c)
{
	struct traffic_child *old = find_number(t, c->owner, c->replaces);

	c->use = TRAFFIC_SENDS;
	if (old != NULL)
		old->use = TRAFFIC_RETIRED;
	t->age++;
}

/* Out of the tables; whoever waited for its end goes on. */
static void take_out_of(struct traffic *t, size_t at)
{
	struct traffic_child *c = t->list[at], **link = bucket_of(t, c->spi_in);

	while (*link != c)
		link = &(*link)->chain;
	*link = c->chain;
	t->n--;
	memmove(&t->list[at], &t->list[at + 1], (t->n - at) * sizeof t->list[0]);
	t->age++;
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i]->owner == c->owner && t->list[i]->use == TRAFFIC_WAITS && t->list[i]->replaces == c->number)
			t->list[i]->use = TRAFFIC_SENDS;
	child_free(c);
}

void traffic_down(struct traffic *t, uint32_t spi)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i]->spi_in == spi) {
			take_out_of(t, i);
			return;
		}
}

void traffic_over(struct traffic *t, const struct session *owner)
{
	for (size_t i = t->n; i-- > 0; )
		if (t->list[i]->owner == owner)
			take_out_of(t, i);
}

void traffic_moved(struct traffic *t, const struct session *owner, const struct session_path *path, bool udp)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i]->owner == owner)
			set_path(t->list[i], path, udp);
}

uint32_t traffic_mtu(const struct traffic *t, uint32_t link)
{
	uint32_t least = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct mtu_sa *m = &t->list[i]->size;
		uint32_t fits = mtu_largest(m, 1, m->version, link);

		if (least == 0 || fits < least)
			least = fits;
	}
	return least;
}

size_t traffic_children(const struct traffic *t)
{
	return t->n;
}

const struct traffic_counts *traffic_sum(const struct traffic *t)
{
	return &t->count;
}

const struct traffic_counts *traffic_of(const struct traffic *t, uint32_t spi)
{
	const struct traffic_child *c = traffic_find(t, spi);

	return c != NULL ? &c->count : NULL;
}
