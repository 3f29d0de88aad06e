#include "report/inspect_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/ip.h"

#define SECOND INT64_C(1000000000)

char *inspect_way(char out[INSPECT_WORDS], const struct model_sa *sa)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	snprintf(out, INSPECT_WORDS, "%s > %s", addr_format(a, &sa->src), addr_format(b, &sa->dst));
	return out;
}

char *inspect_way_in(char out[INSPECT_WORDS], const struct model_sa *sa)
{
	char way[INSPECT_WORDS];

	snprintf(out, INSPECT_WORDS, "%.200s%s%s", inspect_way(way, sa), sa->carrier == IP_UDP ? " (udp)" : sa->carrier == IP_TCP ? " (tcp)" : "",
	    sa->wesp ? " (wesp)" : "");
	return out;
}

char *inspect_sa_id(char out[INSPECT_WORDS], const struct model_sa *sa)
{
	char dst[ADDR_TEXT];

	snprintf(out, INSPECT_WORDS, "%s-%08x-%s", sa_proto_name(sa->proto), sa->spi, addr_format(dst, &sa->dst));
	return out;
}

char *inspect_sa(char out[INSPECT_WORDS], const struct model_sa *sa)
{
	char way[INSPECT_WORDS];

	snprintf(out, INSPECT_WORDS, "%s 0x%08x %.200s", sa->proto == SA_AH ? "AH" : sa->proto == SA_ESP ? "ESP" : "IPComp", sa->spi, inspect_way(way, sa));
	return out;
}

static const struct addr *addr_of(const struct model *m, unsigned peer)
{
	static const struct addr none;
	const struct model_peer *p = peer > 0 ? model_peer_at(m, peer - 1) : NULL;

	return p != NULL ? &p->addr : &none;
}

char *inspect_tunnel(char out[INSPECT_WORDS], const struct model *m, const struct model_tunnel *t)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	snprintf(out, INSPECT_WORDS, "%s and %s", addr_format(a, addr_of(m, t->peer_a)), addr_format(b, addr_of(m, t->peer_b)));
	return out;
}

char *inspect_ike(char out[INSPECT_WORDS], const struct model_ike *k)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	snprintf(out, INSPECT_WORDS, "%s:%u > %s:%u", addr_format(a, &k->i.addr), k->i.port, addr_format(b, &k->r.addr), k->r.port);
	return out;
}

const char *inspect_failed(const struct model_ike *k)
{
	for (unsigned i = 0; i < k->why.n; i++)
		if (k->why.row[i].level == REASON_ERROR)
			return k->why.row[i].id;
	return NULL;
}

char *inspect_who(char out[INSPECT_WHO], const struct model_ike *k)
{
	out[0] = '\0';
	if (k->id_i[0] != '\0' || k->id_r[0] != '\0')
		snprintf(out, INSPECT_WHO, "%s > %s", k->id_i[0] != '\0' ? k->id_i : "?", k->id_r[0] != '\0' ? k->id_r : "?");
	return out;
}

const char *inspect_outcome(const struct model_ike *k)
{
	const char *failed = inspect_failed(k);

	if (failed != NULL)
		return failed;
	if (k->dead)
		return "up, deleted";
	if (k->up.frame != 0)
		return "up";
	return k->undecrypted > 0 ? "not opened" : "not finished";
}

bool inspect_is_bad(const struct model_ike *k)
{
	const char *state = inspect_outcome(k);

	return strncmp(state, "up", 2) != 0 && strcmp(state, "not opened") != 0;
}

/* Who sends most is first. */
static int by_packets(const void *a, const void *b)
{
	const struct model_peer *x = *(const struct model_peer *const *)a, *y = *(const struct model_peer *const *)b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	return addr_cmp(&x->addr, &y->addr);
}

const struct model_peer **inspect_peers(const struct model *m, size_t *n, struct err *e)
{
	const struct model_peer **list;

	for (*n = 0; model_peer_at(m, *n) != NULL; ++*n)
		;
	if ((list = calloc(*n + 1, sizeof *list)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	for (size_t i = 0; i < *n; i++)
		list[i] = model_peer_at(m, i);
	qsort(list, *n, sizeof *list, by_packets);
	return list;
}

bool inspect_has_more(const struct diagnosis *d)
{
	return d->n >= EVIDENCE_KEPT && d->times > d->n;
}

char *inspect_time(char out[INSPECT_WORDS], int64_t ns)
{
	long long s = ns / SECOND;
	char back[INSPECT_WORDS];

	if (ns < 0)
		snprintf(out, INSPECT_WORDS, "-%.100s", inspect_time(back, ns == INT64_MIN ? INT64_MAX : -ns));
	else if (ns < SECOND / 1000)
		snprintf(out, INSPECT_WORDS, "%.3f ms", (double)ns / 1e6);
	else if (ns < SECOND)
		snprintf(out, INSPECT_WORDS, "%lld ms", (long long)(ns / (SECOND / 1000)));
	else if (s < 10)
		snprintf(out, INSPECT_WORDS, "%.1f s", (double)ns / 1e9);
	else if (s < 60)
		snprintf(out, INSPECT_WORDS, "%lld s", s);
	else if (s < 3600)
		snprintf(out, INSPECT_WORDS, "%lld min %lld s", s / 60, s % 60);
	else if (s < 48 * 3600)
		snprintf(out, INSPECT_WORDS, "%lld h %lld min", s / 3600, s / 60 % 60);
	else
		snprintf(out, INSPECT_WORDS, "%lld days %lld h", s / (24 * 3600), s / 3600 % 24);
	return out;
}

char *inspect_percent(char out[INSPECT_WORDS], uint64_t part, uint64_t whole)
{
	double v = whole > 0 ? 100.0 * (double)part / (double)whole : 0;
	unsigned tenths = (unsigned)(v * 10 + 1e-9);		/* cut, not rounded: 4.96 is less than 5, which is a limit */

	if (tenths >= 100)
		snprintf(out, INSPECT_WORDS, "%u %%", tenths / 10);
	else if (tenths >= 10)
		snprintf(out, INSPECT_WORDS, "%u.%u %%", tenths / 10, tenths % 10);
	else
		snprintf(out, INSPECT_WORDS, v >= 0.99 ? "0.99 %%" : "%.2g %%", v);
	return out;
}

char *inspect_cipher(char out[INSPECT_WORDS], const struct model_sa *sa)
{
	char text[CIPHER_TEXT];
	unsigned percent;

	*out = '\0';
	if (sa->cipher_said[0] != '\0')
		snprintf(out, INSPECT_WORDS, "%s", sa->cipher_said);
	else if (sa->proto != SA_ESP)
		snprintf(out, INSPECT_WORDS, "%s", sa->sa != NULL && sa->sa->integ != NULL ? sa->sa->integ->name : "");
	else if (sa->sa != NULL && sa->sa->encr != NULL)
		snprintf(out, INSPECT_WORDS, "%s%s%s", sa->sa->encr->name, sa->sa->integ != NULL && sa->sa->encr->icv == 0 ? " " : "",
		    sa->sa->integ != NULL && sa->sa->encr->icv == 0 ? sa->sa->integ->name : "");
	else if (cipher_guess(&sa->cipher, text, &percent, NULL) != CIPHER_UNKNOWN)
		snprintf(out, INSPECT_WORDS, "%s, %u %%", text, percent);
	return out;
}

char *inspect_verdicts(char out[INSPECT_WORDS], const struct model_sa *sa)
{
	size_t n = 0;

	*out = '\0';
	for (unsigned v = 0; v < V_COUNT && n + 40 < INSPECT_WORDS; v++)
		if (sa->count[v] > 0)
			n += (size_t)snprintf(out + n, INSPECT_WORDS - n, "%s%llu %s", n > 0 ? ", " : "",
			    (unsigned long long)sa->count[v], verdict_name((enum verdict)v));
	return out;
}
