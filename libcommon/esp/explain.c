#include "esp/explain_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/wr.h"

/*
 * Of an SA: the bits of some dozen packets of 1,400 octets turned one by one; less where there are many SAs.  What one
 * gets does not depend on what others spent, so that a share of the SAs is told the same as all of them (sa/shard.h).
 */
enum { GRANT = 1 << 24, OTHER_SAS = 256 };
#define POOL (UINT64_C(1) << 30)

const char *explain_name(enum explain_why why)
{
	static const char *const names[WHY_COUNT] = {
		[WHY_NONE] = "none",
		[WHY_WRONG_ENCR_KEY] = "wrong-encr-key",
		[WHY_WRONG_INTEG_KEY] = "wrong-integ-key",
		[WHY_WRONG_ICV_LENGTH] = "wrong-icv-length",
		[WHY_WRONG_INTEG] = "wrong-integ",
		[WHY_WRONG_ENCR] = "wrong-encr",
		[WHY_ESN] = "esn",
		[WHY_SWAPPED] = "swapped",
		[WHY_SALT] = "salt",
		[WHY_ALTERED] = "altered",
		[WHY_CUT] = "cut",
		[WHY_NAT] = "nat",
		[WHY_PADDING] = "padding",
		[WHY_UNKNOWN] = "unknown",
	};

	return (unsigned)why < WHY_COUNT ? names[why] : "unknown";
}

struct explainer *explainer_new(struct err *e)
{
	struct explainer *x = calloc(1, sizeof *x);

	if (x == NULL)
		err_nomem(e);
	return x;
}

void explainer_free(struct explainer *x)
{
	if (x == NULL)
		return;
	wipe(x->room, sizeof x->room);
	free(x->sa);
	free(x);
}

static void keep_addr(struct explainer *x, const struct addr *a)
{
	for (unsigned i = 0; i < x->naddr; i++)
		if (addr_eq(&x->addr[i], a))
			return;
	if (x->naddr < EXPLAIN_ADDRS)
		x->addr[x->naddr++] = *a;
}

void explainer_see_addrs(struct explainer *x, const struct addr *src, const struct addr *dst)
{
	keep_addr(x, src);
	keep_addr(x, dst);
}

void explainer_see(struct explainer *x, const struct decap_item *it)
{
	size_t least = it->place.ip.version == 4 ? 20 : 40;
	struct addr src, dst;

	if (it->ip == NULL || it->place.ip.version == 0 || it->n < least)
		return;
	ip_addrs(&it->place.ip, it->ip, &src, &dst);
	explainer_see_addrs(x, &src, &dst);
}

bool explain_pay(struct attempt *a, uint64_t work)
{
	if (a->memory->credit < work)
		return false;
	a->memory->credit -= work;
	return true;
}

bool explain_say(struct attempt *a, enum explain_why why, const char *fmt, ...)
{
	struct explained *out = &a->x->out;
	va_list ap;

	out->why = why;
	va_start(ap, fmt);
	vsnprintf(out->text, sizeof out->text, fmt, ap);
	va_end(ap);
	return true;
}

/* Room for SAs that came since. */
static bool grow(struct explainer *x, uint32_t want)
{
	struct explain_sa *sa;

	if (want <= x->nsa)
		return true;
	want += want / 2 + 16;
	if ((sa = realloc(x->sa, want * sizeof *sa)) == NULL)
		return false;
	memset(sa + x->nsa, 0, (want - x->nsa) * sizeof *sa);
	x->sa = sa;
	x->nsa = want;
	return true;
}

/* A copy of the datagram, as far as the protected part goes. */
static bool take(struct attempt *a, const struct decap_item *it, int k)
{
	struct decap_source src;
	size_t n;

	if (!decap_source(a->d, it, k, &src))
		return false;
	n = src.place.at + (size_t)src.place.n;
	if (n > EXPLAIN_PACKET)
		return false;
	memcpy(a->x->packet, src.p, n);
	a->place = src.place;
	ip_addrs(&src.place.ip, a->x->packet, &a->src, &a->dst);
	return true;
}

static bool attempt_init(struct attempt *a, struct explainer *x, struct decap *d, const struct decap_item *it)
{
	int k = it->nlayers - 1;
	const struct sad_entry *entry = sad_at(d->sad, it->layer[k].sa);

	*a = (struct attempt){ .x = x, .d = d, .layer = &it->layer[k], .group = entry->group, .sa = &entry->sa,
		.known = &d->sa[entry->group->index], .memory = &x->sa[entry->group->index],
		.missed = it->missed };
	if (!take(a, it, k))
		return false;
	if (!a->memory->granted) {
		a->memory->granted = true;
		a->memory->credit = POOL / sad_count(d->sad);
		if (a->memory->credit > GRANT)
			a->memory->credit = GRANT;
	}
	return true;
}

/* AH's ICV is right for the addresses that the SA names. */
static bool verifies_between(struct attempt *a, const struct sa *sa)
{
	uint8_t *p = a->x->packet;
	bool ok;

	if ((sa->src.family != 0 && sa->src.family != a->src.family) ||
	    (sa->dst.family != 0 && sa->dst.family != a->dst.family))
		return false;
	memcpy(p + a->place.ip.src_at, sa->src.b, addr_len(&sa->src));
	memcpy(p + a->place.ip.dst_at, sa->dst.b, addr_len(&sa->dst));
	ok = explain_sa_verifies(a, sa);
	memcpy(p + a->place.ip.src_at, a->src.b, addr_len(&a->src));
	memcpy(p + a->place.ip.dst_at, a->dst.b, addr_len(&a->dst));
	return ok;
}

/* The packet's SPI is known, but not for its addresses. */
static bool other_addresses(struct attempt *a, uint32_t spi, const struct sa *sa)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	if (addr_eq(&sa->src, &a->dst) && (sa->dst.family == 0 || addr_eq(&sa->dst, &a->src)))
		return explain_say(a, WHY_SWAPPED,
		    "the SA with this SPI goes from %s to %s: src and dst are exchanged, or it is the other end's",
		    addr_format(src, &sa->src), addr_format(dst, &sa->dst));
	a->sa = sa;
	if (a->layer->proto == SA_ESP && sa_has_keys(sa) && explain_sa_verifies(a, sa))
		return explain_say(a, WHY_NAT, "it opens with the SA for SPI 0x%08x from %s to %s: addresses "
		    "were changed on the way, leave them out of the SA", (unsigned)spi,
		    sa->src.family == 0 ? "any" : addr_format(src, &sa->src),
		    sa->dst.family == 0 ? "any" : addr_format(dst, &sa->dst));
	if (sa->proto == SA_AH && sa_has_keys(sa) && verifies_between(a, sa))
		return explain_say(a, WHY_NAT, "right with the SA's addresses, %s to %s: a NAT changed them, which AH "
		    "does not survive", sa->src.family == 0 ? "any" : addr_format(src, &sa->src),
		    sa->dst.family == 0 ? "any" : addr_format(dst, &sa->dst));
	return explain_say(a, WHY_UNKNOWN, "an SA has this SPI, but goes from %s to %s",
	    sa->src.family == 0 ? "any" : addr_format(src, &sa->src),
	    sa->dst.family == 0 ? "any" : addr_format(dst, &sa->dst));
}

/* An SPI that one bit makes another's: the packet opens once it is turned back. */
static bool one_bit(struct attempt *a, uint32_t spi, const struct sa *sa)
{
	uint32_t diff = spi ^ sa->spi;
	uint8_t *at = attempt_p(a) + (sa->proto == SA_AH ? 4 : 0);
	bool ok;

	if (sa->proto != (enum sa_proto)a->layer->proto || (diff & (diff - 1)) != 0 || !sa_has_keys(sa))
		return false;
	a->sa = sa;
	store_be32(at, sa->spi);
	ok = explain_sa_verifies(a, sa);
	store_be32(at, spi);
	return ok && explain_say(a, WHY_ALTERED,
	    "it opens with the SA for SPI 0x%08x: one bit of the SPI was altered on the way", (unsigned)sa->spi);
}

/* The keys are there, under another SPI: the packet's own is what the ICV covers. */
static bool other_spi(struct attempt *a)
{
	uint32_t n = (uint32_t)sad_count(a->d->sad);

	for (uint32_t i = 0; i < n && i < OTHER_SAS; i++) {
		const struct sa *sa = &sad_at(a->d->sad, i)->sa;

		if (sa->proto != (enum sa_proto)a->layer->proto || !sa_has_keys(sa))
			continue;
		a->sa = sa;
		if (explain_sa_verifies(a, sa))
			return explain_say(a, WHY_UNKNOWN,
			    "it opens with the keys of the SA for SPI 0x%08x: that SPI is wrong", (unsigned)sa->spi);
	}
	return false;
}

static void no_sa(struct attempt *a, uint32_t spi)
{
	uint32_t turned = spi >> 24 | (spi >> 8 & 0xff00) | (spi << 8 & 0xff0000) | spi << 24;
	const struct sa *near = NULL;

	for (uint32_t i = 0; i < sad_count(a->d->sad); i++) {
		const struct sa *sa = &sad_at(a->d->sad, i)->sa;

		if (sa->spi == spi && sa->proto == (enum sa_proto)a->layer->proto) {
			other_addresses(a, spi, sa);
			return;
		}
		if (one_bit(a, spi, sa))
			return;
		if (sa->spi == spi || sa->spi == turned)
			near = sa;
	}
	if (near != NULL && near->spi == spi)
		explain_say(a, WHY_UNKNOWN, "the SA with this SPI is for %s", sa_proto_name(near->proto));
	else if (sad_count(a->d->sad) == 0)
		explain_say(a, WHY_UNKNOWN, "there are no SAs");
	else if (other_spi(a))
		return;
	else if (near != NULL)
		explain_say(a, WHY_UNKNOWN, "no SA has this SPI, one has its octets in reverse order: 0x%08x",
		    (unsigned)near->spi);
	else
		explain_say(a, WHY_UNKNOWN, "no SA has this SPI: the keys are of another time, or of another tunnel");
}

/* Packets without an SA are explained once for each SPI. */
static const struct explained *explain_no_sa(struct explainer *x, struct decap *d, const struct decap_item *it)
{
	const struct decap_layer *l = &it->layer[it->nlayers - 1];
	struct explain_sa memory = { .credit = GRANT };
	struct attempt a = { .x = x, .d = d, .layer = l, .memory = &memory, .known = &(struct decap_sa){ .settled = false } };
	size_t at = l->spi % EXPLAIN_SPIS;

	if (x->spi[at].used && x->spi[at].spi == l->spi) {
		x->out = x->spi[at].last;
		x->out.first = false;
		return &x->out;
	}
	if (l->proto == SA_IPCOMP || !take(&a, it, it->nlayers - 1))
		return NULL;
	no_sa(&a, l->spi);
	x->out.first = true;
	x->spi[at].used = true;
	x->spi[at].spi = l->spi;
	x->spi[at].last = x->out;
	return &x->out;
}

static const struct explained *explain_cut(struct explainer *x, const struct decap_item *it)
{
	x->out = (struct explained){ .why = WHY_CUT, .first = true };
	snprintf(x->out.text, sizeof x->out.text, it->packet->caplen < it->packet->len ?
	    "captured %u of its %u octets: capture with a larger snap length (tcpdump -s 0)" :
	    "its headers announce more than the %u octets of the frame", it->packet->caplen, it->packet->len);
	return &x->out;
}

static bool has_integrity(const struct sa *sa)
{
	return sa->proto == SA_AH || (sa->encr != NULL && sa->encr->icv > 0) ||
	    (sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE);
}

static const struct explained *explain_layer(struct explainer *x, struct decap *d, const struct decap_item *it)
{
	const struct decap_layer *l = &it->layer[it->nlayers - 1];
	struct attempt a;

	if (l->sa == DECAP_NO_SA || l->proto == SA_IPCOMP || !grow(x, (uint32_t)sad_count(d->sad)) ||
	    !attempt_init(&a, x, d, it))
		return NULL;
	x->out = (struct explained){ .why = WHY_NONE };
	if (!has_integrity(a.sa) || a.sa->integ_unknown)
		explain_say(&a, WHY_UNKNOWN, "the SA has no integrity algorithm: nothing proves which key, "
		    "algorithm or octet is wrong");
	else if (l->verified)
		explain_inside(&a);
	else
		explain_icv(&a);
	x->out.first = (a.memory->seen & 1u << x->out.why) == 0;
	a.memory->seen |= 1u << x->out.why;
	return x->out.why != WHY_NONE ? &x->out : NULL;
}

const struct explained *explain(struct explainer *x, struct decap *d, const struct decap_item *it)
{
	switch ((enum verdict)it->verdict) {
	case V_TRUNCATED:
		return explain_cut(x, it);
	case V_NO_SA:
		return explain_no_sa(x, d, it);
	case V_BAD_ICV:
	case V_BAD_PADDING:
	case V_BAD_HEADER:
		return it->nlayers > 0 ? explain_layer(x, d, it) : NULL;
	default:
		return NULL;
	}
}
