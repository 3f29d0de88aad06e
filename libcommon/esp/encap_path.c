#include "esp/encap_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/udp.h"

char *encap_sa_text(char out[ENCAP_SA_TEXT], const struct sa *sa)
{
	char dst[ADDR_TEXT] = "anywhere";
	size_t n;

	if (sa->dst.family != 0)
		addr_format(dst, &sa->dst);
	n = (size_t)snprintf(out, ENCAP_SA_TEXT, "%s 0x%08x to %s", sa_proto_name(sa->proto), sa->spi, dst);
	if (sa->id != NULL)
		snprintf(out + n, ENCAP_SA_TEXT - n, " (%.40s)", sa->id);
	else if (sa->origin_file != NULL)
		snprintf(out + n, ENCAP_SA_TEXT - n, " (%.40s:%llu)", sa->origin_file,
		    (unsigned long long)sa->origin_line);
	return out;
}

static int both(struct err *e, const struct sa *a, const struct sa *b, const char *what)
{
	char ta[ENCAP_SA_TEXT], tb[ENCAP_SA_TEXT];

	return err_set(e, "%s and %s %s", encap_sa_text(ta, a), encap_sa_text(tb, b), what);
}

/* By bundle, then layer, then as they were given. */
static int by_bundle(const void *pa, const void *pb)
{
	const struct sad_entry *a = *(const struct sad_entry *const *)pa, *b = *(const struct sad_entry *const *)pb;
	int by = strcmp(a->sa.bundle, b->sa.bundle);

	if (by != 0)
		return by;
	if (a->sa.layer != b->sa.layer)
		return a->sa.layer < b->sa.layer ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static int chain(struct encap *d, const struct sad_entry *const *list, uint32_t n, struct err *e)
{
	uint32_t depth = 1;

	for (uint32_t i = 1; i < n; i++) {
		const struct sa *a = &list[i - 1]->sa, *b = &list[i]->sa;

		depth = strcmp(a->bundle, b->bundle) == 0 ? depth + 1 : 1;
		if (depth == 1)
			continue;
		if (a->layer == b->layer && a->layer >= 0)
			return both(e, a, b, "are the same layer of one bundle");
		if (depth > ENCAP_LAYERS)
			return err_set(e, "bundle \"%.60s\" has more than %d layers", a->bundle, ENCAP_LAYERS);
		d->sa[list[i - 1]->index].next = list[i]->index;
		d->sa[list[i]->index].inner = true;
	}
	return 0;
}

static uint32_t *bucket_of(const struct encap *d, const struct addr *dst)
{
	uint64_t half[2] = { 0 };

	memcpy(half, dst->b, addr_len(dst));	/* behind an IPv4 address may be anything */
	return &d->bucket[encap_mix(encap_mix(half[0] ^ d->flow_key[0], dst->family), half[1] ^ d->flow_key[1]) &
	    (d->nbuckets - 1)];
}

/* The only destination of packets that this SA may be for, or NULL. */
static const struct addr *only_dst(const struct sa *sa)
{
	if (sa->mode == SA_TRANSPORT && sa->dst.family != 0)
		return &sa->dst;
	for (size_t i = 0; i < sa->nts; i++)
		if (sa->ts[i].ndst != 1 || !addr_eq(&sa->ts[i].dst[0].first, &sa->ts[i].dst[0].last) ||
		    !addr_eq(&sa->ts[i].dst[0].first, &sa->ts[0].dst[0].first))
			return NULL;
	return sa->nts > 0 ? &sa->ts[0].dst[0].first : NULL;
}

/* SAs for one destination are found by it, so that many tunnels to single hosts cost no search. */
static int index_sas(struct encap *d, struct err *e)
{
	d->nbuckets = 1;
	while (d->nbuckets < d->nsa)
		d->nbuckets *= 2;
	d->first = malloc((d->nsa + 1) * sizeof *d->first);
	d->bucket = malloc(d->nbuckets * sizeof *d->bucket);
	d->flows = calloc(ENCAP_FLOWS, sizeof *d->flows);
	if (d->first == NULL || d->bucket == NULL || d->flows == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < d->nbuckets; i++)
		d->bucket[i] = ENCAP_NONE;
	for (uint32_t i = d->nsa; i-- > 0; ) {
		const struct addr *dst;
		uint32_t *bucket;

		if (d->sa[i].entry == NULL || d->sa[i].inner)
			continue;
		if ((dst = only_dst(&d->sa[i].entry->sa)) == NULL) {
			d->first[d->nfirst++] = i;
			continue;
		}
		bucket = bucket_of(d, dst);
		d->sa[i].chain = *bucket;
		*bucket = i;
	}
	return 0;
}

/* What the selectors of an SA look at. */
static void look_at(struct encap *d, const struct sa *sa)
{
	d->by_addr = d->by_addr || (sa->mode == SA_TRANSPORT && (sa->src.family != 0 || sa->dst.family != 0));
	for (size_t i = 0; i < sa->nts; i++) {
		const struct selector *s = &sa->ts[i];

		d->by_addr = d->by_addr || s->nsrc > 0 || s->ndst > 0;
		d->by_proto = d->by_proto || s->proto >= 0;
		d->by_ports = d->by_ports || s->sport_set || s->dport_set || s->icmp_type >= 0 || s->icmp_code >= 0;
	}
}

int encap_paths_init(struct encap *d, struct err *e)
{
	const struct sad_entry **list = malloc((d->nsa + 1) * sizeof *list);
	uint32_t n = 0;
	int rc;

	if (list == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < d->nsa; i++)
		if (d->sa[i].entry != NULL) {
			look_at(d, &d->sa[i].entry->sa);
			if (d->sa[i].entry->sa.bundle != NULL)
				list[n++] = d->sa[i].entry;
		}
	qsort(list, n, sizeof *list, by_bundle);
	rc = chain(d, list, n, e);
	free(list);
	return rc < 0 ? -1 : index_sas(d, e);
}

static bool addr_ok(const struct addr *wanted, const struct addr *a)
{
	return wanted->family == 0 || addr_eq(wanted, a);
}

static bool matches(const struct sa *sa, const struct selector_view *view)
{
	if (sa->mode == SA_TRANSPORT && (!addr_ok(&sa->src, &view->src) || !addr_ok(&sa->dst, &view->dst)))
		return false;
	for (size_t i = 0; i < sa->nts; i++)
		if (selector_match(&sa->ts[i], view))
			return true;
	return sa->nts == 0;
}

static bool uses(const struct encap_path *path, uint32_t sa)
{
	for (unsigned i = 0; i < path->n; i++)
		if (path->sa[i] == sa)
			return true;
	return false;
}

/* One SA looked at.  What came out of an SA goes on only to one whose selectors ask for it in so many
 * words. */
static int consider(const struct encap *d, const struct selector_view *view, const struct encap_path *path,
    uint32_t at, uint32_t *found, struct err *e)
{
	const struct sa *sa = &d->sa[at].entry->sa;

	if ((path->n > 0 && (sa->nts == 0 || uses(path, at))) || !matches(sa, view))
		return 0;
	if (*found != ENCAP_NONE) {
		both(e, &d->sa[*found].entry->sa, sa, "both match, and are no bundle: "
		    "\"ts\" tells what each is for, \"dir\":\"in\" that one is not for sending");
		e->kind = ERR_DATA;	/* packets before this one were sealed */
		return -1;
	}
	*found = at;
	return 0;
}

/* The one SA that wants the packet. */
static int find_one(const struct encap *d, const struct selector_view *view,
    const struct encap_path *path, uint32_t *found, struct err *e)
{
	*found = ENCAP_NONE;
	for (uint32_t i = d->nfirst; i-- > 0; )
		if (consider(d, view, path, d->first[i], found, e) < 0)
			return -1;
	for (uint32_t at = *bucket_of(d, &view->dst); at != ENCAP_NONE; at = d->sa[at].chain)
		if (consider(d, view, path, at, found, e) < 0)
			return -1;
	return *found != ENCAP_NONE;
}

/* What selectors see of the packet once this SA is around it. */
static void outer_view(const struct sa *sa, bool wesp, struct selector_view *view)
{
	uint8_t proto = sa->proto == SA_AH ? IPPROTO_AH_ : sa->proto == SA_IPCOMP ? 108 :
	    wesp ? 141 : IPPROTO_ESP_;
	struct selector_view out = { .src = view->src, .dst = view->dst, .proto = proto };

	if (sa->mode != SA_TRANSPORT) {
		out.src = sa->src;
		out.dst = sa->dst;
	}
	if (sa->proto == SA_ESP && sa->encap.type != SA_ENCAP_NONE) {
		out.proto = sa->encap.type == SA_ENCAP_UDP ? IP_UDP : IP_TCP;
		out.has_ports = true;
		out.sport = sa->encap.sport != 0 ? sa->encap.sport : PORT_NATT;
		out.dport = sa->encap.dport != 0 ? sa->encap.dport : PORT_NATT;
	}
	*view = out;
}

int encap_path_search(const struct encap *d, struct selector_view view, struct encap_path *path,
    struct err *e)
{
	uint32_t at;
	int got;

	path->n = 0;
	while ((got = find_one(d, &view, path, &at, e)) > 0) {
		for (; at != ENCAP_NONE; at = d->sa[at].next) {
			if (path->n == ENCAP_LAYERS)
				return err_set(e, "more than %d SAs around one packet", ENCAP_LAYERS);
			path->sa[path->n++] = at;
			outer_view(&d->sa[at].entry->sa, d->opt.wesp, &view);
		}
	}
	return got < 0 ? -1 : path->n > 0;
}

/* Views have no gaps that hold anything: they start as zeros. */
static uint64_t hash(const struct encap *d, const struct selector_view *view)
{
	uint64_t h = d->flow_key[0], word;
	const uint8_t *p = (const uint8_t *)view;

	for (size_t i = 0; i + sizeof word <= sizeof *view; i += sizeof word) {
		memcpy(&word, p + i, sizeof word);
		h = encap_mix(h ^ word, d->flow_key[1]);
	}
	memset(&word, 0, sizeof word);
	memcpy(&word, p + sizeof *view / sizeof word * sizeof word, sizeof *view % sizeof word);
	return encap_mix(h ^ word, d->flow_key[1]);
}

int encap_path_find(struct encap *d, const struct selector_view *view, struct encap_path *path,
    struct err *e)
{
	struct encap_flow *f = &d->flows[hash(d, view) % ENCAP_FLOWS];
	int got;

	if (f->known && memcmp(&f->view, view, sizeof *view) == 0) {
		*path = f->path;
		return path->n > 0;
	}
	if ((got = encap_path_search(d, *view, path, e)) < 0)
		return -1;
	f->view = *view;
	f->path = *path;
	f->known = true;
	return got;
}
