#include <string.h>

#include "sa/extra.h"
#include "sa/format/xfrm.h"
#include "sa/key_text.h"

enum { PORT = 4500, WINDOW = 64 };

/* What only Linux knows is written as it was read. */
static void put_extra(FILE *to, const struct sa *sa, const char *key, const char *word)
{
	char text[256];

	if (!sa_extra_text(sa, "x-xfrm", key, text, sizeof text))
		return;
	/* It goes to a shell: nothing but what such values are made of. */
	if (strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .:/_-") != strlen(text))
		return;
	fprintf(to, " %s %s", word, text);
}

static bool is_linux(const struct sa *sa)
{
	return sa->origin_format != NULL && strncmp(sa->origin_format, "xfrm", 4) == 0;
}

/* Flags that only this SA's source said; without one, a tunnel takes inner packets of both families. */
static void put_flags(FILE *to, const struct sa *sa)
{
	char flags[256];
	bool any = sa_extra_text(sa, "x-xfrm", "flags", flags, sizeof flags) &&
	    strspn(flags, "abcdefghijklmnopqrstuvwxyz0123456789 -") == strlen(flags);
	bool both = !any && sa->mode == SA_TUNNEL && sa->nts == 0 && !is_linux(sa);

	if (!any && !both && sa->esn != SA_YES)
		return;
	fprintf(to, " flag%s%s%s%s", any ? " " : "", any ? flags : "", both ? " af-unspec" : "",
	    sa->esn == SA_YES ? " esn" : "");
}

/* iproute2 wants the list in one argument for marks with blanks only as separate words. */
static void put_marks(FILE *to, const struct sa *sa)
{
	char mark[64], *slash;

	if (sa->mark_known)
		fprintf(to, " mark 0x%x mask 0x%x", sa->mark, sa->mark_mask);
	if (!sa_extra_text(sa, "x-xfrm", "output_mark", mark, sizeof mark) ||
	    strspn(mark, "0123456789abcdefx/") != strlen(mark))
		return;
	if ((slash = strchr(mark, '/')) != NULL)
		*slash = '\0';
	fprintf(to, " output-mark %s", mark);
	if (slash != NULL)
		fprintf(to, " mask %s", slash + 1);
}

/* Which end's number the SA's is, see the reader. */
static bool is_received(const struct sa *sa)
{
	char text[16];

	return sa->dir == SA_IN || (sa->dir == SA_DIR_UNKNOWN &&
	    sa_extra_text(sa, "x-xfrm", "seq", text, sizeof text) && strcmp(text, "received") == 0);
}

static void put_replay(FILE *to, const struct sa *sa)
{
	const char *dir = is_received(sa) ? "" : "o";
	int64_t window = sa->replay_window;

	if (sa->proto == SA_IPCOMP)
		return;
	if (window < 0 || (window == 0 && sa->esn == SA_YES))
		window = WINDOW;
	fprintf(to, " replay-window %lld", (long long)window);
	if (!sa->seq_known)
		return;
	fprintf(to, " replay-%sseq 0x%x", dir, (unsigned)(sa->seq & UINT32_MAX));
	if (sa->esn == SA_YES)
		fprintf(to, " replay-%sseq-hi 0x%x", dir, (unsigned)(sa->seq >> 32));
}

static bool is_prefix(const char *text)
{
	return strchr(text, '/') != NULL;
}

static void put_port(FILE *to, const char *name, bool set, struct port_range r)
{
	if (set)
		fprintf(to, " %s %u", name, r.first);
}

/* False if a Linux selector cannot say it. */
static bool put_sel(FILE *to, const struct sa *sa)
{
	const struct selector *s = sa->ts;
	char src[ADDR_RANGE_TEXT] = "", dst[ADDR_RANGE_TEXT] = "";

	if (sa->nts != 1 || s->nsrc > 1 || s->ndst > 1 || s->sport_opaque || s->dport_opaque ||
	    (s->sport_set && s->sport.first != s->sport.last) ||
	    (s->dport_set && s->dport.first != s->dport.last))
		return sa->nts == 0;
	if (s->nsrc > 0)
		addr_range_format(src, &s->src[0]);
	if (s->ndst > 0)
		addr_range_format(dst, &s->dst[0]);
	if ((s->nsrc > 0 && !is_prefix(src)) || (s->ndst > 0 && !is_prefix(dst)))
		return false;
	fputs(" sel", to);
	if (s->nsrc > 0)
		fprintf(to, " src %s", src);
	if (s->ndst > 0)
		fprintf(to, " dst %s", dst);
	if (s->proto >= 0)
		fprintf(to, " proto %d", s->proto);
	put_port(to, "sport", s->sport_set, s->sport);
	put_port(to, "dport", s->dport_set, s->dport);
	if (s->icmp_type >= 0)
		fprintf(to, " type %d", s->icmp_type);
	if (s->icmp_code >= 0)
		fprintf(to, " code %d", s->icmp_code);
	return true;
}

static void put_limit(FILE *to, const char *name, uint64_t v)
{
	if (v > 0)
		fprintf(to, " limit %s %llu", name, (unsigned long long)v);
}

static void put_limits(FILE *to, const struct sa *sa)
{
	put_limit(to, "time-soft", sa->soft.s);
	put_limit(to, "time-hard", sa->hard.s);
	put_limit(to, "byte-soft", sa->soft.bytes);
	put_limit(to, "byte-hard", sa->hard.bytes);
	put_limit(to, "packet-soft", sa->soft.packets);
	put_limit(to, "packet-hard", sa->hard.packets);
}

static void put_encap(FILE *to, const struct sa *sa)
{
	char type[32], addr[ADDR_TEXT] = "0.0.0.0";
	const struct sa_encap *encap = &sa->encap;

	if (encap->type == SA_ENCAP_NONE)
		return;
	if (!sa_extra_text(sa, "x-xfrm", "encap", type, sizeof type) || strcmp(type, "espinudp-nonike") != 0)
		snprintf(type, sizeof type, encap->type == SA_ENCAP_TCP ? "espintcp" : "espinudp");
	if (encap->oa_src.family != 0)
		addr_format(addr, &encap->oa_src);
	fprintf(to, " encap %s %u %u %s", type, encap->sport != 0 ? encap->sport : (unsigned)PORT,
	    encap->dport != 0 ? encap->dport : (unsigned)PORT, addr);
}

/* auth-trunc always: plain auth cuts SHA-256 to 96 bits. */
static void put_algs(FILE *to, const struct sa *sa)
{
	char comp[16];

	if (sa->proto == SA_IPCOMP) {
		bool said = sa_extra_text(sa, "x-xfrm", "comp", comp, sizeof comp) &&
		    (strcmp(comp, "lzs") == 0 || strcmp(comp, "lzjh") == 0);

		fprintf(to, " comp %s", said ? comp : "deflate");
		return;
	}
	if (sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE) {
		fprintf(to, " auth-trunc '%s' 0x", sa->integ->xfrm);
		key_text_write(to, sa->integ_key);
		fprintf(to, " %u", sa_icv_bits(sa));
	}
	if (sa->encr == NULL)
		return;
	fprintf(to, alg_encr_is_aead(sa->encr) ? " aead '%s' " : " enc '%s' ", sa->encr->xfrm);
	fputs(sa->encr_key.n > 0 ? "0x" : "''", to);
	key_text_write(to, sa->encr_key);
	if (alg_encr_is_aead(sa->encr))
		fprintf(to, " %u", sa->encr->icv * 8u);
	/* The kernel wants an algorithm where there is neither a cipher nor a check. */
	if (sa->encr->kind == ENCR_KIND_NULL && (sa->integ == NULL || sa->integ->kind == INTEG_KIND_NONE))
		fputs(" auth digest_null ''", to);
}

static int check(const struct sa *sa, struct err *e)
{
	if (sa->src.family == 0 || sa->dst.family == 0)
		return err_set(e, "its addresses are not known, and Linux wants both");
	if (sa->encr != NULL && sa->encr->xfrm == NULL)
		return err_set(e, "Linux has no %s", sa->encr->name);
	if (sa->integ != NULL && sa->integ->xfrm == NULL)
		return err_set(e, "Linux has no %s", sa->integ->name);
	return 0;
}

int xfrm_write(struct format_out *o, const struct sa *sa, struct err *e)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];
	const char *proto = sa->proto == SA_IPCOMP ? "comp" : sa_proto_name(sa->proto);
	FILE *to = o->to;
	bool sel;

	if (check(sa, e) < 0)
		return -1;
	fprintf(to, "ip xfrm state add src %s dst %s proto %s spi 0x%08x", addr_format(src, &sa->src),
	    addr_format(dst, &sa->dst), proto, sa->spi);
	if (sa->reqid_known && sa->reqid != 0)
		fprintf(to, " reqid %u", sa->reqid);
	fprintf(to, " mode %s", sa_mode_name(sa->mode != SA_MODE_UNKNOWN ? sa->mode : SA_TRANSPORT));
	put_replay(to, sa);
	put_flags(to, sa);
	put_extra(to, sa, "extra_flags", "extra-flag");
	put_marks(to, sa);
	if (sa->if_id_known)
		fprintf(to, " if_id 0x%x", sa->if_id);
	if (sa->tfc > 0)
		fprintf(to, " tfcpad %lld", (long long)sa->tfc);
	sel = put_sel(to, sa);
	put_limits(to, sa);
	put_encap(to, sa);
	put_extra(to, sa, "coa", "coa");
	put_extra(to, sa, "ctx", "ctx");
	put_extra(to, sa, "offload", "offload");
	put_algs(to, sa);
	fputc('\n', to);
	if (!sel)
		return err_set(e, "its selectors are left out: a Linux SA has one, of prefixes and single ports"), 1;
	if (sa->esn == SA_YES && sa->replay_window == 0)
		return err_set(e, "replay-window %d is written: Linux wants one with ESN", WINDOW), 1;
	if (sa->mode == SA_MODE_UNKNOWN)
		return err_set(e, "its mode is not known: transport is written"), 1;
	return 0;
}
