#include "report/sa_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/amount.h"

/* Appends; what does not fit is cut. */
__attribute__((format(printf, 2, 3)))
static void append(char out[SA_TEXT], const char *fmt, ...)
{
	size_t n = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + n, SA_TEXT - n, fmt, ap);
	va_end(ap);
}

static const char *addr_text(char text[ADDR_TEXT], const struct addr *a)
{
	return a->family == 0 ? "any" : addr_format(text, a);
}

char *sa_text_name(char out[SA_TEXT], const struct sa *sa)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	snprintf(out, SA_TEXT, "%s 0x%0*x %s > %s", sa_proto_name(sa->proto), sa->proto == SA_IPCOMP ? 4 : 8,
	    sa->spi, addr_text(src, &sa->src), addr_text(dst, &sa->dst));
	return out;
}

/* Sizes stand behind ciphers that have several. */
static void append_encr(char out[SA_TEXT], const struct sa *sa)
{
	const struct alg_encr *a = sa->encr;
	bool several = a->max_bits != 0 || a->size[1].bits != 0;

	append(out, "%s", a->name);
	if (several && sa->encr_key.n > a->salt)
		append(out, "-%zu", (sa->encr_key.n - a->salt) * 8);
}

char *sa_text_algs(char out[SA_TEXT], const struct sa *sa)
{
	bool encr = sa->encr != NULL || sa->encr_unknown;
	bool integ = sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE;

	out[0] = '\0';
	if (sa->encr != NULL)
		append_encr(out, sa);
	else if (sa->encr_unknown)
		append(out, "unknown");
	if (integ || sa->integ_unknown)
		append(out, "%s%s", encr ? " + " : "", integ ? sa->integ->name : "unknown");
	if (sa->icv_bits != 0)
		append(out, " icv %u", sa->icv_bits);
	return out;
}

/* "USED of LIMIT" of one kind, where either is known. */
static void append_part(char out[SA_TEXT], const char *used, const char *limit)
{
	if (used[0] == '\0' && limit[0] == '\0')
		return;
	append(out, "%s%s%s%s", out[0] != '\0' ? ", " : "", used, limit[0] == '\0' ? "" :
	    used[0] != '\0' ? " of " : "up to ", limit);
}

static void append_packets(char out[SA_TEXT], uint64_t used, uint64_t limit)
{
	char a[AMOUNT_TEXT] = "", b[AMOUNT_TEXT] = "";

	if (used != 0)
		snprintf(a, sizeof a, "%llu packets", (unsigned long long)used);
	if (limit != 0)
		snprintf(b, sizeof b, "%llu%s", (unsigned long long)limit, used != 0 ? "" : " packets");
	append_part(out, a, b);
}

char *sa_text_life(char out[SA_TEXT], const struct sa *sa, int64_t now)
{
	char a[AMOUNT_TEXT] = "", b[AMOUNT_TEXT] = "";

	out[0] = '\0';
	if (sa->created_known && sa->created <= now)
		amount_seconds(a, (uint64_t)(now - sa->created) / 1000000000);
	if (sa->hard.s != 0)
		amount_seconds(b, sa->hard.s);
	else if (sa->expires_known && sa->created_known && sa->expires > sa->created)
		amount_seconds(b, (uint64_t)(sa->expires - sa->created) / 1000000000);
	append_part(out, b[0] != '\0' ? a : "", b);
	if (b[0] == '\0' && sa->expires_known && sa->expires > now)
		append(out, "%s left", amount_seconds(a, (uint64_t)(sa->expires - now) / 1000000000));
	a[0] = b[0] = '\0';
	if (sa->used.bytes != 0)
		amount_bytes(a, sa->used.bytes);
	if (sa->hard.bytes != 0)
		amount_bytes(b, sa->hard.bytes);
	append_part(out, a, b);
	append_packets(out, sa->used.packets, sa->hard.packets);
	return out;
}

char *sa_text_encap(char out[SA_TEXT], const struct sa *sa)
{
	out[0] = '\0';
	if (sa->encap.type == SA_ENCAP_NONE)
		return out;
	append(out, "%s", sa->encap.type == SA_ENCAP_TCP ? "tcp" : "udp");
	if (sa->encap.sport != 0 || sa->encap.dport != 0)
		append(out, " %u %u", sa->encap.sport, sa->encap.dport);
	return out;
}

static void append_ranges(char out[SA_TEXT], const struct addr_range *r, unsigned n)
{
	char text[ADDR_RANGE_TEXT];

	if (n == 0)
		append(out, "any");
	for (unsigned i = 0; i < n; i++)
		append(out, "%s%s", i > 0 ? "," : "", addr_range_format(text, &r[i]));
}

static void append_port(char out[SA_TEXT], bool set, bool opaque, const struct port_range *p)
{
	if (!set)
		return;
	if (opaque)
		append(out, " opaque");
	else if (p->first == p->last)
		append(out, " %u", p->first);
	else
		append(out, " %u-%u", p->first, p->last);
}

char *sa_text_ts(char out[SA_TEXT], const struct selector *ts)
{
	out[0] = '\0';
	append_ranges(out, ts->src, ts->nsrc);
	append_port(out, ts->sport_set, ts->sport_opaque, &ts->sport);
	append(out, " > ");
	append_ranges(out, ts->dst, ts->ndst);
	append_port(out, ts->dport_set, ts->dport_opaque, &ts->dport);
	if (ts->proto >= 0 && selector_proto_name(ts->proto) != NULL)
		append(out, " %s", selector_proto_name(ts->proto));
	else if (ts->proto >= 0)
		append(out, " %d", ts->proto);
	if (ts->icmp_type >= 0)
		append(out, " type %d", ts->icmp_type);
	if (ts->icmp_code >= 0)
		append(out, " code %d", ts->icmp_code);
	return out;
}
