#include "sa/sa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"

enum { ENCAP_PORT = 4500 };	/* RFC 3948 2.1, RFC 9329 3 */

static const struct name protos[] = {
	{ SA_ESP, "esp" }, { SA_AH, "ah" }, { SA_IPCOMP, "ipcomp" },
};
static const struct name modes[] = {
	{ SA_TUNNEL, "tunnel" }, { SA_TRANSPORT, "transport" }, { SA_BEET, "beet" },
};

void sa_init(struct sa *sa)
{
	*sa = (struct sa){
		.esn = SA_UNKNOWN, .replay_window = -1, .dscp = -1, .ttl = -1, .ecn = -1, .df = -1,
		.flow = -1, .tfc = -1, .layer = -1,
	};
}

void sa_clear(struct sa *sa)
{
	if (sa == NULL)
		return;
	free(sa->ts);
	free(sa->bundle);
	free(sa->id);
	free(sa->peer);
	free(sa->ike);
	free(sa->replaces);
	free(sa->candidate);
	free(sa->label);
	free(sa->insecure);
	free(sa->guessed);
	free(sa->origin_format);
	free(sa->origin_file);
	free(sa->extra);
	sa_init(sa);
}

int sa_copy(struct sa *to, const struct sa *from, struct err *e)
{
	char **const text[] = { &to->bundle, &to->id, &to->peer, &to->ike, &to->replaces, &to->candidate, &to->label,
		&to->insecure, &to->guessed, &to->origin_format, &to->origin_file, &to->extra };
	bool whole = true;

	*to = *from;
	if (from->ts != NULL && (to->ts = malloc(from->nts * sizeof *to->ts)) != NULL)
		memcpy(to->ts, from->ts, from->nts * sizeof *to->ts);
	whole = (from->ts == NULL) == (to->ts == NULL);
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
		const char *was = *text[i];

		*text[i] = was != NULL ? strdup(was) : NULL;
		whole = whole && (was == NULL) == (*text[i] == NULL);
	}
	if (whole)
		return 0;
	sa_clear(to);
	return err_nomem(e);
}

const char *sa_proto_name(enum sa_proto p)
{
	return name_by_id(protos, sizeof protos / sizeof protos[0], p);
}

/* "unknown" for SA_MODE_UNKNOWN. */
const char *sa_mode_name(enum sa_mode m)
{
	const char *name = name_by_id(modes, sizeof modes / sizeof modes[0], m);

	return name != NULL ? name : "unknown";
}

int sa_encap_parse(struct sa_encap *encap, const char *text, struct err *e)
{
	bool udp = strncmp(text, "udp", 3) == 0, tcp = strncmp(text, "tcp", 3) == 0;
	uint64_t sport = ENCAP_PORT, dport = ENCAP_PORT;
	const char *colon;

	if ((!udp && !tcp) || (text[3] != '\0' && text[3] != ':'))
		return err_set(e, "wanted udp or tcp, then :SPORT:DPORT or nothing");
	if (text[3] == ':') {
		text += 4;
		if ((colon = strchr(text, ':')) == NULL)
			return err_set(e, "wanted two ports, :SPORT:DPORT");
		if (uint_parse(&sport, text, (size_t)(colon - text), 1, UINT16_MAX, e) < 0 ||
		    uint_parse(&dport, colon + 1, strlen(colon + 1), 1, UINT16_MAX, e) < 0)
			return -1;
	}
	*encap = (struct sa_encap){ .type = udp ? SA_ENCAP_UDP : SA_ENCAP_TCP,
		.sport = (uint16_t)sport, .dport = (uint16_t)dport };
	return 0;
}

static bool is_none(const struct alg_integ *a)
{
	return a == NULL || a->kind == INTEG_KIND_NONE;
}

void sa_settle_keys(struct sa *sa)
{
	if (sa->encr != NULL && sa->encr->kind == ENCR_KIND_NULL)
		sa->encr_key_known = true;
	if (sa->integ != NULL && is_none(sa->integ))
		sa->integ_key_known = true;
}

int sa_check_encr_key(const struct sa *sa, struct err *e)
{
	const struct alg_encr *a = sa->encr;
	size_t n = sa->encr_key.n;
	char sizes[64];

	if (a == NULL || !sa->encr_key_known)
		return 0;
	if (a->kind == ENCR_KIND_NULL)
		return n == 0 ? 0 : err_set(e, "found a key of %zu bytes, wanted none for %s", n, a->name);
	if (n > a->salt && alg_encr_size(a, n - a->salt) != NULL)
		return 0;
	if (a->salt > 0 && alg_encr_size(a, n) != NULL)
		return err_set(e, "found %zu bytes, wanted %zu for %s: the key lacks its salt, "
		    "the last %u bytes of the KEYMAT", n, n + a->salt, a->name, a->salt);
	return err_set(e, "found a key of %zu bytes, wanted %s for %s", n,
	    alg_encr_sizes(a, sizes, sizeof sizes), a->name);
}

int sa_check_integ_key(const struct sa *sa, struct err *e)
{
	const struct alg_integ *a = sa->integ;

	if (a == NULL || !sa->integ_key_known || sa->integ_key.n == a->key)
		return 0;
	return err_set(e, "found a key of %zu bytes, wanted %u for %s", sa->integ_key.n, a->key, a->name);
}

int sa_check_icv(const struct sa *sa, struct err *e)
{
	unsigned full = sa->integ != NULL ? sa->integ->full * 8u : 512;

	if (sa->icv_bits == 0)
		return 0;
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr))
		return err_set(e, "found an ICV length, but the name %s says it", sa->encr->name);
	if (is_none(sa->integ) && !sa->integ_unknown)
		return err_set(e, "found an ICV length without an integrity algorithm");
	if (sa->icv_bits % 8 != 0 || sa->icv_bits > full)
		return err_set(e, "found an ICV of %u bits, wanted a multiple of 8 up to %u", sa->icv_bits,
		    full);
	return 0;
}

unsigned sa_icv_bits(const struct sa *sa)
{
	if (sa->icv_bits != 0)
		return sa->icv_bits;
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr))
		return sa->encr->icv * 8u;
	return sa->integ != NULL ? sa->integ->icv * 8u : 0;
}

static int check_algs(const struct sa *sa, struct err *e)
{
	bool aead = sa->encr != NULL && alg_encr_is_aead(sa->encr);

	if (sa->proto == SA_IPCOMP && (sa->encr != NULL || sa->integ != NULL))
		return err_set(e, "found an algorithm, but ipcomp has no keys");
	if (sa->proto == SA_AH && (sa->encr != NULL || sa->encr_unknown))
		return err_set(e, "found encr, but ah does not encrypt (RFC 4302)");
	if (sa->proto == SA_AH && is_none(sa->integ) && !sa->integ_unknown)
		return err_set(e, "wanted integ: ah needs an integrity algorithm");
	if (sa->proto == SA_ESP && sa->encr == NULL && !sa->encr_unknown)
		return err_set(e, "wanted encr: the cipher, or \"null\"");
	if (aead && !is_none(sa->integ))
		return err_set(e, "found integ %s, but %s has its own integrity check",
		    sa->integ->name, sa->encr->name);
	if (sa->proto == SA_ESP && !aead && !sa->encr_unknown && sa->integ == NULL && !sa->integ_unknown)
		return err_set(e, "wanted integ: an integrity algorithm, or \"none\"");
	return 0;
}

int sa_check(const struct sa *sa, struct err *e)
{
	if (sa->spi == 0)
		return err_set(e, "found spi 0, wanted 1 or more");
	if (sa->proto == SA_IPCOMP && sa->spi > UINT16_MAX)
		return err_set(e, "found CPI 0x%x, wanted 1 to 65535 (RFC 3173 2.2)", sa->spi);
	if (sa->src.family != 0 && sa->dst.family != 0 && sa->src.family != sa->dst.family)
		return err_set(e, "found src and dst of different families");
	if (sa->replay_window > SA_REPLAY_MAX)
		return err_set(e, "found a replay window of %lld, wanted at most %d",
		    (long long)sa->replay_window, SA_REPLAY_MAX);
	if (check_algs(sa, e) < 0)
		return -1;
	if (sa_check_encr_key(sa, e) < 0)
		return err_in(e, "encr_key");
	if (sa_check_integ_key(sa, e) < 0)
		return err_in(e, "integ_key");
	if (sa_check_icv(sa, e) < 0)
		return err_in(e, "icv_bits");
	return 0;
}

bool sa_has_keys(const struct sa *sa)
{
	bool encr = sa->encr != NULL && (sa->encr_key_known || sa->encr->kind == ENCR_KIND_NULL);
	bool integ = !sa->integ_unknown && (is_none(sa->integ) || sa->integ_key_known);

	switch (sa->proto) {
	case SA_ESP:
		return encr && (integ || alg_encr_is_aead(sa->encr));
	case SA_AH:
		return sa->integ != NULL && integ;
	default:
		return true;
	}
}

void sa_suite_keys(const struct sa *sa, struct suite_keys *keys)
{
	*keys = (struct suite_keys){
		.encr = sa->encr, .integ = is_none(sa->integ) ? NULL : sa->integ,
		.encr_key = sa->encr_key, .integ_key = sa->integ_key, .icv_bits = sa->icv_bits,
	};
	/* A suite needs a cipher; AH's takes the packet as it is (RFC 4302 3.4.4). */
	if (sa->proto == SA_AH && keys->encr == NULL)
		keys->encr = alg_encr_by_name("null", NULL);
}
