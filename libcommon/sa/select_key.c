#include "sa/select_key.h"

#include "sa/select.h"

#define AT(member) offsetof(struct sa, member)

static const void *field(const struct sa *sa, size_t at)
{
	return (const char *)sa + at;
}

static bool get_word(const struct sa *sa, size_t at, struct select_value *v)
{
	int n = *(const int *)field(sa, at);

	v->n = (uint64_t)(unsigned)n;
	return n >= 0;
}

/* Enumerations whose 0 is "not said". */
static bool get_word1(const struct sa *sa, size_t at, struct select_value *v)
{
	return get_word(sa, at, v) && v->n != 0;
}

static bool get_text(const struct sa *sa, size_t at, struct select_value *v)
{
	v->text = *(char *const *)field(sa, at);
	return v->text != NULL;
}

/* -1: not said; SA_COPY is no number. */
static bool get_int(const struct sa *sa, size_t at, struct select_value *v)
{
	int n = *(const int *)field(sa, at);

	v->n = (uint64_t)(unsigned)n;
	return n >= 0;
}

static bool get_int64(const struct sa *sa, size_t at, struct select_value *v)
{
	int64_t n = *(const int64_t *)field(sa, at);

	v->n = (uint64_t)n;
	return n >= 0;
}

/* Limits and lines: 0 is none. */
static bool get_u64(const struct sa *sa, size_t at, struct select_value *v)
{
	v->n = *(const uint64_t *)field(sa, at);
	return v->n != 0;
}

static bool get_used(const struct sa *sa, size_t at, struct select_value *v)
{
	v->n = *(const uint64_t *)field(sa, at);
	return sa->life_known;
}

static bool get_addr(const struct sa *sa, size_t at, struct select_value *v)
{
	v->addr = *(const struct addr *)field(sa, at);
	return v->addr.family != 0;
}

static bool get_spi(const struct sa *sa, size_t at, struct select_value *v)
{
	(void)at;
	v->n = sa->spi;
	return true;
}

static bool get_encr(const struct sa *sa, size_t at, struct select_value *v)
{
	(void)at;
	v->encr = sa->encr;
	v->bits = sa->encr != NULL && sa->encr_key.n > sa->encr->salt ?
	    (unsigned)(sa->encr_key.n - sa->encr->salt) * 8 : 0;
	return sa->encr != NULL;
}

static bool get_encr_bits(const struct sa *sa, size_t at, struct select_value *v)
{
	bool known = get_encr(sa, at, v);

	v->n = v->bits;
	return known && v->bits != 0;
}

static bool get_integ(const struct sa *sa, size_t at, struct select_value *v)
{
	(void)at;
	v->integ = sa->integ;
	return sa->integ != NULL;
}

static bool get_icv(const struct sa *sa, size_t at, struct select_value *v)
{
	(void)at;
	v->n = sa->icv_bits != 0 ? sa->icv_bits :
	    sa->encr != NULL && alg_encr_is_aead(sa->encr) ? sa->encr->icv * 8u :
	    sa->integ != NULL ? sa->integ->icv * 8u : 0;
	return v->n != 0;
}

static bool get_esn(const struct sa *sa, size_t at, struct select_value *v)
{
	(void)at;
	v->n = sa->esn == SA_YES;
	return sa->esn != SA_UNKNOWN;
}

static bool get_keys(const struct sa *sa, size_t at, struct select_value *v)
{
	(void)at;
	v->n = sa_has_keys(sa);
	return true;
}

static bool get_seq(const struct sa *sa, size_t at, struct select_value *v)
{
	(void)at;
	v->n = sa->seq;
	return sa->seq_known;
}

static bool get_port(const struct sa *sa, size_t at, struct select_value *v)
{
	v->n = *(const uint16_t *)field(sa, at);
	return sa->encap.type != SA_ENCAP_NONE && v->n != 0;
}

/* reqid, mark, if_id: whether one is known stands beside it. */
static bool get_linux(const struct sa *sa, size_t at, struct select_value *v)
{
	v->n = *(const uint32_t *)field(sa, at);
	return at == AT(reqid) ? sa->reqid_known : at == AT(mark) ? sa->mark_known : sa->if_id_known;
}

static bool get_time(const struct sa *sa, size_t at, struct select_value *v)
{
	v->time = *(const int64_t *)field(sa, at);
	return at == AT(created) ? sa->created_known : sa->expires_known;
}

static bool get_ts(const struct sa *sa, size_t at, struct select_value *v)
{
	v->ts = sa->ts;
	v->nts = sa->nts;
	v->dst = at != 0;
	return sa->nts > 0;
}

static const struct name protos[] = { { SA_ESP, "esp" }, { SA_AH, "ah" }, { SA_IPCOMP, "ipcomp" }, { 0, NULL } };
static const struct name modes[] = {
	{ SA_TUNNEL, "tunnel" }, { SA_TRANSPORT, "transport" }, { SA_BEET, "beet" }, { 0, NULL },
};
static const struct name dirs[] = { { SA_IN, "in" }, { SA_OUT, "out" }, { 0, NULL } };
static const struct name encaps[] = { { SA_ENCAP_UDP, "udp" }, { SA_ENCAP_TCP, "tcp" }, { 0, NULL } };

const struct select_key select_keys[] = {
	{ "proto", SEL_WORD, get_word, AT(proto), protos },
	{ "spi", SEL_NUMBER, get_spi, 0, NULL },
	{ "src", SEL_ADDR, get_addr, AT(src), NULL },
	{ "dst", SEL_ADDR, get_addr, AT(dst), NULL },
	{ "mode", SEL_WORD, get_word1, AT(mode), modes },
	{ "encr", SEL_ENCR, get_encr, 0, NULL },
	{ "encr_bits", SEL_NUMBER, get_encr_bits, 0, NULL },
	{ "integ", SEL_INTEG, get_integ, 0, NULL },
	{ "icv_bits", SEL_NUMBER, get_icv, 0, NULL },
	{ "keys", SEL_BOOL, get_keys, 0, NULL },
	{ "esn", SEL_BOOL, get_esn, 0, NULL },
	{ "seq", SEL_NUMBER, get_seq, 0, NULL },
	{ "replay_window", SEL_NUMBER, get_int64, AT(replay_window), NULL },
	{ "encap", SEL_WORD, get_word1, AT(encap.type), encaps },
	{ "encap.sport", SEL_NUMBER, get_port, AT(encap.sport), NULL },
	{ "encap.dport", SEL_NUMBER, get_port, AT(encap.dport), NULL },
	{ "encap.oa_src", SEL_ADDR, get_addr, AT(encap.oa_src), NULL },
	{ "encap.oa_dst", SEL_ADDR, get_addr, AT(encap.oa_dst), NULL },
	{ "ts.src", SEL_RANGES, get_ts, 0, NULL },
	{ "ts.dst", SEL_RANGES, get_ts, 1, NULL },
	{ "dscp", SEL_NUMBER, get_int, AT(dscp), NULL },
	{ "ttl", SEL_NUMBER, get_int, AT(ttl), NULL },
	{ "flow", SEL_NUMBER, get_int64, AT(flow), NULL },
	{ "tfc", SEL_NUMBER, get_int64, AT(tfc), NULL },
	{ "dir", SEL_WORD, get_word1, AT(dir), dirs },
	{ "bundle", SEL_TEXT, get_text, AT(bundle), NULL },
	{ "layer", SEL_NUMBER, get_int, AT(layer), NULL },
	{ "life.soft.s", SEL_NUMBER, get_u64, AT(soft.s), NULL },
	{ "life.soft.bytes", SEL_NUMBER, get_u64, AT(soft.bytes), NULL },
	{ "life.soft.packets", SEL_NUMBER, get_u64, AT(soft.packets), NULL },
	{ "life.hard.s", SEL_NUMBER, get_u64, AT(hard.s), NULL },
	{ "life.hard.bytes", SEL_NUMBER, get_u64, AT(hard.bytes), NULL },
	{ "life.hard.packets", SEL_NUMBER, get_u64, AT(hard.packets), NULL },
	{ "life.used.s", SEL_NUMBER, get_used, AT(used.s), NULL },
	{ "life.used.bytes", SEL_NUMBER, get_used, AT(used.bytes), NULL },
	{ "life.used.packets", SEL_NUMBER, get_used, AT(used.packets), NULL },
	{ "id", SEL_TEXT, get_text, AT(id), NULL },
	{ "peer", SEL_TEXT, get_text, AT(peer), NULL },
	{ "ike", SEL_TEXT, get_text, AT(ike), NULL },
	{ "replaces", SEL_TEXT, get_text, AT(replaces), NULL },
	{ "candidate", SEL_TEXT, get_text, AT(candidate), NULL },
	{ "guessed", SEL_TEXT, get_text, AT(guessed), NULL },
	{ "reqid", SEL_NUMBER, get_linux, AT(reqid), NULL },
	{ "mark", SEL_NUMBER, get_linux, AT(mark), NULL },
	{ "if_id", SEL_NUMBER, get_linux, AT(if_id), NULL },
	{ "insecure", SEL_TEXT, get_text, AT(insecure), NULL },
	{ "label", SEL_TEXT, get_text, AT(label), NULL },
	{ "origin.format", SEL_TEXT, get_text, AT(origin_format), NULL },
	{ "origin.file", SEL_TEXT, get_text, AT(origin_file), NULL },
	{ "origin.line", SEL_NUMBER, get_u64, AT(origin_line), NULL },
	{ "created", SEL_TIME, get_time, AT(created), NULL },
	{ "expires", SEL_TIME, get_time, AT(expires), NULL },
};
const size_t select_nkeys = sizeof select_keys / sizeof select_keys[0];

const char *select_key_name(size_t i, const char **what)
{
	static const char *const types[] = {
		[SEL_NUMBER] = "number", [SEL_TIME] = "time", [SEL_TEXT] = "text", [SEL_WORD] = "word",
		[SEL_BOOL] = "true or false", [SEL_ADDR] = "address", [SEL_RANGES] = "addresses",
		[SEL_ENCR] = "algorithm", [SEL_INTEG] = "algorithm",
	};

	if (i >= select_nkeys)
		return NULL;
	if (what != NULL)
		*what = types[select_keys[i].type];
	return select_keys[i].name;
}
