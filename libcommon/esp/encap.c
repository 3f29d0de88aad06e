#include "esp/encap_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "esp/encap_lane.h"

static const struct { const char *name, *text; bool failure; } results[ENCAP_COUNT] = {
	[ENCAP_OK] = { "ok", "sealed", false },
	[ENCAP_DUMMY] = { "dummy", "dummy packet (next header 59)", false },
	[ENCAP_PASSED] = { "passed", "written as it came", false },
	[ENCAP_DROPPED] = { "dropped", "not written, as wanted", false },
	[ENCAP_NOT_IP] = { "not-ip", "no IP packet", false },
	[ENCAP_NO_SA] = { "no-sa", "no SA matches it", true },
	[ENCAP_TOO_BIG] = { "too-big", "longer than the MTU, and may not be divided", true },
	[ENCAP_EXPIRED] = { "expired", "its TTL or hop limit is used up", true },
	[ENCAP_TRUNCATED] = { "truncated", "the capture holds only a part of it", true },
	[ENCAP_BAD_HEADER] = { "bad-header", "a header makes no sense", true },
	[ENCAP_UNSUPPORTED] = { "unsupported", "not supported", true },
	[ENCAP_SEQ_END] = { "seq-end", "the SA's sequence numbers are used up", true },
	[ENCAP_IV_END] = { "iv-end", "another IV would be used twice under one key", true },
};

const char *encap_result_name(enum encap_result r)
{
	return (unsigned)r < ENCAP_COUNT ? results[r].name : "unknown";
}

const char *encap_result_text(enum encap_result r)
{
	return (unsigned)r < ENCAP_COUNT ? results[r].text : "unknown";
}

bool encap_result_is_failure(enum encap_result r)
{
	return (unsigned)r >= ENCAP_COUNT || results[r].failure;
}

static int check_sa(const struct sad_entry *entry, struct err *e)
{
	const struct sa *sa = &entry->sa;

	for (const struct sad_entry *c = entry->group; c != NULL; c = c->candidate)
		if (c != entry && c->sa.dir != SA_IN)
			return err_set(e, "there are other keys for it, from %.60s:%llu and %.60s:%llu",
			    sa->origin_file != NULL ? sa->origin_file : "one source",
			    (unsigned long long)sa->origin_line,
			    c->sa.origin_file != NULL ? c->sa.origin_file : "another",
			    (unsigned long long)c->sa.origin_line);
	if (!sa_has_keys(sa))
		return err_set(e, "its keys or algorithms are not known");
	if (sa->mode == SA_MODE_UNKNOWN)
		return err_set(e, "wanted \"mode\": tunnel, transport or beet");
	if (sa->mode != SA_TRANSPORT && (sa->src.family == 0 || sa->dst.family == 0))
		return err_set(e, "wanted \"src\" and \"dst\", the addresses of its tunnel");
	if (sa->mode == SA_BEET && (sa->nts == 0 || sa->ts[0].nsrc == 0 || sa->ts[0].ndst == 0))
		return err_set(e, "wanted \"ts\" with the inner addresses of BEET mode");
	if (sa->mode == SA_BEET && sa->proto != SA_ESP)
		return err_set(e, "found BEET mode, which is ESP's alone");
	return 0;
}

static bool is_nonce(const struct sa *sa)
{
	return sa->proto == SA_AH || sa->encr->kind != ENCR_KIND_CBC;
}

/* The IV follows the sequence number, so that an SA's descriptor with its "seq" carries both on. */
static int init_iv(const struct encap *d, struct encap_sa *s, struct rng *rng, struct err *e)
{
	const struct encap_options *o = &d->opt;
	const struct sa *sa = &s->entry->sa;
	struct ivgen *g = &s->iv;

	*g = (struct ivgen){ .n = s->size.iv, .nonce = is_nonce(sa), .next = s->seq + 1 };
	g->spent = s->seq == UINT64_MAX;
	g->kind = o->iv >= 0 ? (enum ivgen_kind)o->iv : IVGEN_RANDOM;
	if (g->kind == IVGEN_FIXED) {
		if (g->n != o->iv_len)
			return err_set(e, "found an IV of %zu bytes, wanted %u", o->iv_len, g->n);
		memcpy(g->mask, o->iv_fixed, g->n);
	} else if (g->kind == IVGEN_RANDOM) {
		rng_bytes(rng, g->mask, g->n);
	}
	return 0;
}

/* What is drawn once for an SA, whatever other SAs there are. */
static int init_random(const struct encap *d, struct encap_sa *s, struct err *e)
{
	const struct sa *sa = &s->entry->sa;
	struct rng rng;
	int rc = 0;

	rng_fork(&rng, d->opt.rng, "sa", (uint64_t)sa->spi << 8 | (uint64_t)sa->proto);
	if (sa->encap.type == SA_ENCAP_TCP)
		s->tcp = rng_u32(&rng);
	if (sa->proto != SA_IPCOMP)
		rc = init_iv(d, s, &rng, e);
	rng_clear(&rng);
	return rc;
}

static int init_sa(struct encap *d, const struct sad_entry *entry, struct err *e)
{
	const struct encap_options *o = &d->opt;
	struct encap_sa *s = &d->sa[entry->index];
	const struct sa *sa = &entry->sa;
	struct suite_keys keys;

	*s = (struct encap_sa){ .entry = entry, .next = ENCAP_NONE, .seq = sa->seq_known ? sa->seq : 0 };
	if (check_sa(entry, e) < 0)
		return -1;
	if (o->seq_set)
		s->seq = o->seq - 1;
	if (sa->esn != SA_YES && o->seq_set && o->seq > UINT32_MAX)
		return err_set(e, "found sequence number %llu, wanted at most 4294967295 without ESN",
		    (unsigned long long)o->seq);
	if (sa->proto == SA_ESP) {
		sa_suite_keys(sa, &keys);
		keys.use = SUITE_FOR_SEAL;
		if (suite_check(&keys, e) < 0)
			return -1;
	}
	mtu_sa_init(&s->size, sa, o->ah_align, o->wesp);
	s->outer = mode_policy_of(sa, &o->outer);
	if (sa->mode == SA_BEET)	/* what does not travel is restored from these */
		s->outer = (struct mode_policy){ .dscp = SA_COPY, .ttl = SA_COPY, .ecn = SA_ECN_COPY,
			.df = sa->dst.family == 6 ? s->outer.df : SA_DF_COPY, .flow = SA_COPY };
	return init_random(d, s, e);
}

static int by_key(const void *a, const void *b)
{
	const struct sa *x = &(*(struct encap_sa *const *)a)->entry->sa, *y = &(*(struct encap_sa *const *)b)->entry->sa;
	size_t n = x->encr_key.n < y->encr_key.n ? x->encr_key.n : y->encr_key.n;

	return x->encr_key.n != y->encr_key.n ? (x->encr_key.n > y->encr_key.n) - (x->encr_key.n < y->encr_key.n) :
	    n > 0 ? memcmp(x->encr_key.p, y->encr_key.p, n) : 0;
}

/* Two SAs with one key count their IVs apart: without a mask of their own both would send the same. */
static int check_shared_keys(struct encap *d, struct err *e)
{
	struct encap_sa **list = calloc(d->nsa + 1, sizeof(struct encap_sa *));
	char one[ENCAP_SA_TEXT], two[ENCAP_SA_TEXT];
	uint32_t n = 0;
	int rc = 0;

	if (list == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < d->nsa; i++)
		if (d->sa[i].entry != NULL && d->sa[i].iv.nonce && d->sa[i].iv.n > 0 && d->sa[i].entry->sa.proto == SA_ESP &&
		    d->sa[i].iv.kind != IVGEN_RANDOM && d->sa[i].entry->sa.encr_key.n > 0)
			list[n++] = &d->sa[i];
	qsort(list, n, sizeof *list, by_key);
	for (uint32_t i = 1; i < n && rc == 0; i++)
		if (by_key(&list[i - 1], &list[i]) == 0)
			rc = err_set(e, "%s and %s have one key: --iv random keeps their IVs apart",
			    encap_sa_text(one, &list[i - 1]->entry->sa), encap_sa_text(two, &list[i]->entry->sa));
	free(list);
	return rc;
}

static int init_sas(struct encap *d, struct err *e)
{
	char name[ENCAP_SA_TEXT];
	uint32_t n = 0;

	d->nsa = (uint32_t)sad_count(d->sad);
	if ((d->sa = calloc(d->nsa + 1, sizeof *d->sa)) == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < d->nsa; i++) {
		const struct sad_entry *entry = sad_at(d->sad, i);

		if (entry->sa.dir == SA_IN)
			continue;
		n++;
		if (init_sa(d, entry, e) < 0)
			return err_in(e, "%s", encap_sa_text(name, &entry->sa));
	}
	if (n == 0)
		return err_set(e, "no SA to seal with: %s", d->nsa > 0 ?
		    "all have \"dir\":\"in\"" : "the SA files hold none");
	if (check_shared_keys(d, e) < 0)
		return -1;
	return encap_paths_init(d, e) < 0 ? -1 : encap_lanes_init(d, e);
}

static bool wants_ipcomp(const struct encap *d)
{
	for (uint32_t i = 0; i < d->nsa; i++)
		if (d->sa[i].entry != NULL && d->sa[i].entry->sa.proto == SA_IPCOMP)
			return true;
	return false;
}

static int init_worker(struct encap *d, struct encap_worker *w, struct err *e)
{
	contexts_init(&w->contexts, SUITE_FOR_SEAL, d->opt.engine, true);
	w->contexts.ring = &d->keys;
	if (contexts_grow(&w->contexts, d->nsa, e) < 0)
		return -1;
	if (d->lane != NULL && (w->lot = calloc(1, sizeof *w->lot)) == NULL)
		return err_nomem(e);
	if ((w->scratch = malloc(ENCAP_LONGEST)) == NULL)
		return err_nomem(e);
	if (wants_ipcomp(d) && (w->ipcomp = ipcomp_sealer_new(e)) == NULL)
		return -1;
	return 0;
}

int encap_init(struct encap *d, const struct encap_options *opt, struct sad *sad, struct flow *flow,
    const struct pcap_out *out, struct err *e)
{
	*d = (struct encap){ .opt = *opt, .sad = sad, .flow = flow, .out = out, .stopped = ENCAP_NONE };
	if (d->opt.ah_align == 0)
		d->opt.ah_align = 4;
	random_bytes(d->flow_key, sizeof d->flow_key);
	rng_fork(&d->rng, opt->rng, "packets", 0);
	rng_expand(&d->rng);		/* IVs of CBC */
	if (init_sas(d, e) < 0)
		return -1;
	if (mb_ring_grow(&d->keys, d->nsa, e) < 0)
		return -1;
	if ((d->worker = calloc(opt->threads, sizeof *d->worker)) == NULL)
		return err_nomem(e);
	for (unsigned w = 0; w < opt->threads; w++)
		if (init_worker(d, &d->worker[w], e) < 0)
			return -1;
	return 0;
}

void encap_clear(struct encap *d)
{
	for (unsigned w = 0; d->worker != NULL && w < d->opt.threads; w++) {
		contexts_clear(&d->worker[w].contexts);
		ipcomp_sealer_free(d->worker[w].ipcomp);
		free(d->worker[w].scratch);
		free(d->worker[w].lot);
	}
	mb_ring_clear(&d->keys);
	rng_clear(&d->rng);
	free(d->worker);
	free(d->sa);
	free(d->first);
	free(d->bucket);
	free(d->flows);
	free(d->lane);
	free(d->way);
	*d = (struct encap){ 0 };
}

size_t encap_side_size(void)
{
	return sizeof(struct encap_side);
}

void encap_unit_clear(void *arg, struct unit *u)
{
	(void)arg;
	free(((struct encap_side *)u->side)->item);
	free(((struct encap_side *)u->side)->quick);
}

void encap_served(const struct encap *d, unsigned served[ENGINE_COUNT])
{
	for (uint32_t i = 0; i < d->nsa; i++)
		if (d->sa[i].packets > 0 && d->sa[i].entry->sa.proto != SA_IPCOMP)
			served[context_engine(&d->sa[i].entry->sa, d->opt.engine, !encap_lane_has(d, i))]++;
}
