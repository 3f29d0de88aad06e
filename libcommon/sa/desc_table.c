#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sa/desc_row.h"

#define AT(field) offsetof(struct sa, field)

static const struct name protos[] = {
	{ SA_ESP, "esp" }, { SA_AH, "ah" }, { SA_IPCOMP, "ipcomp" }, { 0, NULL },
};
static const struct name modes[] = {
	{ SA_TUNNEL, "tunnel" }, { SA_TRANSPORT, "transport" }, { SA_BEET, "beet" }, { 0, NULL },
};
static const struct name dirs[] = { { SA_IN, "in" }, { SA_OUT, "out" }, { 0, NULL } };
static const struct name ecns[] = {
	{ SA_ECN_RFC6040, "rfc6040" }, { SA_ECN_COPY, "copy" }, { SA_ECN_CLEAR, "clear" }, { 0, NULL },
};
static const struct name dfs[] = {
	{ SA_DF_COPY, "copy" }, { SA_DF_SET, "set" }, { SA_DF_CLEAR, "clear" }, { 0, NULL },
};
static const struct name insecures[] = { { 0, "seed" }, { 1, "test" }, { 0, NULL } };
static const struct name copies[] = { { 0, "copy" }, { 0, NULL } };

static size_t rows_of(const struct name *names)
{
	size_t n = 0;

	while (names[n].name != NULL)
		n++;
	return n;
}

static void *field(const struct sa *sa, const struct desc_row *row)
{
	return (char *)sa + row->at;
}

/* enum fields are ints */
static int read_word(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	uint32_t id;

	if (desc_word(v, row->names, &id, e) < 0)
		return -1;
	*(int *)field(in->sa, row) = (int)id;
	in->proto |= row->names == protos;
	return 0;
}

static void write_word(struct desc_out *o, const struct desc_row *row)
{
	int id = *(int *)field(o->sa, row);
	const char *name = id < 0 ? NULL : name_by_id(row->names, rows_of(row->names), (uint32_t)id);

	if (name == NULL)
		return;
	desc_key(o, row->key);
	desc_text(o->to, name);
}

static int read_text(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	const char *text = jval_text(v, NULL);
	uint32_t id;

	if (text == NULL)
		return jval_err(v, e, "%s: wanted a string", row->key);
	if (row->names != NULL && desc_word(v, row->names, &id, e) < 0)
		return -1;
	if ((*(char **)field(in->sa, row) = strdup(text)) == NULL)
		return err_nomem(e);
	return 0;
}

static void write_text(struct desc_out *o, const struct desc_row *row)
{
	const char *text = *(char **)field(o->sa, row);

	if (text == NULL)
		return;
	desc_key(o, row->key);
	desc_text(o->to, text);
}

static int read_addr(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	size_t n;
	const char *text = jval_text(v, &n);

	if (text == NULL)
		return jval_err(v, e, "%s: wanted an address as a string", row->key);
	if (name_eq(text, "any"))
		return 0;
	return addr_parse(field(in->sa, row), text, n, e) < 0 ? jval_blame(v, e) : 0;
}

static void write_addr(struct desc_out *o, const struct desc_row *row)
{
	const struct addr *a = field(o->sa, row);
	char text[ADDR_TEXT];

	if (a->family == 0)
		return;
	desc_key(o, row->key);
	desc_text(o->to, addr_format(text, a));
}

static int read_spi(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	uint64_t spi;

	if (jval_uint(v, &spi, row->min, row->max, e) < 0)
		return -1;
	in->sa->spi = (uint32_t)spi;
	in->spi = true;
	return 0;
}

static void write_spi(struct desc_out *o, const struct desc_row *row)
{
	desc_key(o, row->key);
	fprintf(o->to, "\"0x%08x\"", o->sa->spi);
}

/* int and int64_t fields where -1 is "not said"; "copy" only where names has it. */
static int read_int(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	uint64_t n = 0;
	bool copy = row->names != NULL && name_eq(jval_text(v, NULL), "copy");

	if (!copy && jval_uint(v, &n, row->min, row->max, e) < 0)
		return -1;
	*(int *)field(in->sa, row) = copy ? SA_COPY : (int)n;
	return 0;
}

static int read_int64(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	uint64_t n = 0;
	bool copy = row->names != NULL && name_eq(jval_text(v, NULL), "copy");

	if (!copy && jval_uint(v, &n, row->min, row->max, e) < 0)
		return -1;
	*(int64_t *)field(in->sa, row) = copy ? SA_COPY : (int64_t)n;
	return 0;
}

static void write_signed(struct desc_out *o, const struct desc_row *row, int64_t n)
{
	if (n == -1)
		return;
	desc_key(o, row->key);
	if (n == SA_COPY)
		desc_text(o->to, "copy");
	else
		fprintf(o->to, "%lld", (long long)n);
}

static void write_int(struct desc_out *o, const struct desc_row *row)
{
	write_signed(o, row, *(int *)field(o->sa, row));
}

static void write_int64(struct desc_out *o, const struct desc_row *row)
{
	write_signed(o, row, *(int64_t *)field(o->sa, row));
}

static int read_icv(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	uint64_t n;

	if (jval_uint(v, &n, row->min, row->max, e) < 0)
		return -1;
	in->sa->icv_bits = (unsigned)n;
	in->icv_bits = *v;
	return 0;
}

static int read_esn(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	bool esn;

	(void)row;
	if (jval_bool(v, &esn, e) < 0)
		return -1;
	in->sa->esn = esn ? SA_YES : SA_NO;
	return 0;
}

static void write_esn(struct desc_out *o, const struct desc_row *row)
{
	if (o->sa->esn == SA_UNKNOWN)
		return;
	desc_key(o, row->key);
	fputs(o->sa->esn == SA_YES ? "true" : "false", o->to);
}

static int read_seq(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	(void)row;
	if (jval_uint(v, &in->sa->seq, 0, UINT64_MAX, e) < 0)
		return -1;
	in->sa->seq_known = true;
	sa_add_hint(in->sa, in->sa->seq);
	return 0;
}

static void write_seq(struct desc_out *o, const struct desc_row *row)
{
	if (!o->sa->seq_known)
		return;
	desc_key(o, row->key);
	fprintf(o->to, "\"0x%llx\"", (unsigned long long)o->sa->seq);
}

static int read_reqid(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	uint64_t n;
	bool reqid = row->at == AT(reqid);

	if (jval_uint(v, &n, 0, UINT32_MAX, e) < 0)
		return -1;
	*(uint32_t *)field(in->sa, row) = (uint32_t)n;
	*(reqid ? &in->sa->reqid_known : &in->sa->if_id_known) = true;
	return 0;
}

static void write_reqid(struct desc_out *o, const struct desc_row *row)
{
	if (row->at == AT(reqid) ? !o->sa->reqid_known : !o->sa->if_id_known)
		return;
	desc_key(o, row->key);
	desc_uint(o->to, *(uint32_t *)field(o->sa, row));
}

static int read_time(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	size_t n;
	const char *text = jval_text(v, &n);

	if (text == NULL)
		return jval_err(v, e, "%s: wanted a time as a string", row->key);
	if (time_parse(field(in->sa, row), text, n, e) < 0)
		return jval_blame(v, e);
	*(row->at == AT(created) ? &in->sa->created_known : &in->sa->expires_known) = true;
	return 0;
}

static void write_time(struct desc_out *o, const struct desc_row *row)
{
	char text[TIME_TEXT];

	if (row->at == AT(created) ? !o->sa->created_known : !o->sa->expires_known)
		return;
	desc_key(o, row->key);
	desc_text(o->to, time_format(text, *(int64_t *)field(o->sa, row)));
}

/* type and v are settled before the table is asked. */
static int read_nothing(struct desc_in *in, const struct desc_row *row, const struct jval *v,
    struct err *e)
{
	(void)in, (void)row, (void)v, (void)e;
	return 0;
}

/* ipsec-sa(5), in its order. */
const struct desc_row desc_rows[] = {
	{ "type", read_nothing, NULL, 0, NULL, 0, 0 },
	{ "v", read_nothing, NULL, 0, NULL, 0, 0 },
	{ "proto", read_word, write_word, AT(proto), protos, 0, 0 },
	{ "spi", read_spi, write_spi, 0, NULL, 1, UINT32_MAX },
	{ "src", read_addr, write_addr, AT(src), NULL, 0, 0 },
	{ "dst", read_addr, write_addr, AT(dst), NULL, 0, 0 },
	{ "mode", read_word, write_word, AT(mode), modes, 0, 0 },
	{ "encr", desc_read_alg, desc_write_encr, 0, NULL, 0, 0 },
	{ "encr_key", desc_read_alg, desc_write_encr_key, 0, NULL, 0, 0 },
	{ "salt", desc_read_alg, NULL, 0, NULL, 0, 0 },
	{ "integ", desc_read_alg, desc_write_integ, 0, NULL, 0, 0 },
	{ "integ_key", desc_read_alg, desc_write_integ_key, 0, NULL, 0, 0 },
	{ "icv_bits", read_icv, desc_write_icv, 0, NULL, 8, 512 },
	{ "esn", read_esn, write_esn, 0, NULL, 0, 0 },
	{ "seq", read_seq, write_seq, 0, NULL, 0, 0 },
	{ "replay_window", read_int64, write_int64, AT(replay_window), NULL, 0, SA_REPLAY_MAX },
	{ "encap", desc_read_encap, desc_write_encap, 0, NULL, 0, 0 },
	{ "ts", desc_read_ts, desc_write_ts, 0, NULL, 0, 0 },
	{ "dscp", read_int, write_int, AT(dscp), copies, 0, 63 },
	{ "ecn", read_word, write_word, AT(ecn), ecns, 0, 0 },
	{ "df", read_word, write_word, AT(df), dfs, 0, 0 },
	{ "ttl", read_int, write_int, AT(ttl), copies, 1, 255 },
	{ "flow", read_int64, write_int64, AT(flow), copies, 0, 0xfffff },
	{ "tfc", read_int64, write_int64, AT(tfc), NULL, 0, 65535 },
	{ "dir", read_word, write_word, AT(dir), dirs, 0, 0 },
	{ "bundle", read_text, write_text, AT(bundle), NULL, 0, 0 },
	{ "layer", read_int, write_int, AT(layer), NULL, 0, 255 },
	{ "life", desc_read_life, desc_write_life, 0, NULL, 0, 0 },
	{ "id", read_text, write_text, AT(id), NULL, 0, 0 },
	{ "peer", read_text, write_text, AT(peer), NULL, 0, 0 },
	{ "ike", read_text, write_text, AT(ike), NULL, 0, 0 },
	{ "replaces", read_text, write_text, AT(replaces), NULL, 0, 0 },
	{ "candidate", read_text, write_text, AT(candidate), NULL, 0, 0 },
	{ "guessed", desc_read_guessed, desc_write_guessed, 0, NULL, 0, 0 },
	{ "reqid", read_reqid, write_reqid, AT(reqid), NULL, 0, 0 },
	{ "mark", desc_read_mark, desc_write_mark, 0, NULL, 0, 0 },
	{ "if_id", read_reqid, write_reqid, AT(if_id), NULL, 0, 0 },
	{ "insecure", read_text, write_text, AT(insecure), insecures, 0, 0 },
	{ "label", read_text, write_text, AT(label), NULL, 0, 0 },
	{ "origin", desc_read_origin, desc_write_origin, 0, NULL, 0, 0 },
	{ "created", read_time, write_time, AT(created), NULL, 0, 0 },
	{ "expires", read_time, write_time, AT(expires), NULL, 0, 0 },
};
const size_t desc_nrows = sizeof desc_rows / sizeof desc_rows[0];
