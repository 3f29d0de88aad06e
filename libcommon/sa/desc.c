#include "sa/desc.h"

#include <stdlib.h>
#include <string.h>

#include "sa/desc_row.h"

/* Grows sa->extra, which stays without its closing brace until all is read. */
static int read_extra(struct desc_in *in, const struct jval *v, struct err *e)
{
	char *p = realloc(in->sa->extra, in->extra + 2);

	if (p == NULL)
		return err_nomem(e);
	p[in->extra] = in->extra == 0 ? '{' : ',';
	p[++in->extra] = '\0';
	in->sa->extra = p;
	return jval_raw(v, true, &in->sa->extra, &in->extra, e);
}

static int unknown_key(const struct jval *v, struct err *e)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < desc_nrows; i++)
		nearest_offer(&near, v->key, desc_rows[i].key);
	return desc_unknown(v, &near, e);
}

static int read_member(struct desc_in *in, const struct jval *v, struct err *e)
{
	if (v->key[0] == 'x' && v->key[1] == '-')
		return read_extra(in, v, e);
	for (size_t i = 0; i < desc_nrows; i++)
		if (desc_rows[i].key[0] == v->key[0] && strcmp(desc_rows[i].key, v->key) == 0)
			return desc_rows[i].read(in, &desc_rows[i], v, e);
	return unknown_key(v, e);
}

static int close_extra(struct desc_in *in, struct err *e)
{
	char *p;

	if (in->sa->extra == NULL)
		return 0;
	if ((p = realloc(in->sa->extra, in->extra + 2)) == NULL)
		return err_nomem(e);
	p[in->extra] = '}';
	p[in->extra + 1] = '\0';
	in->sa->extra = p;
	return 0;
}

static int read_sa(struct desc_in *in, const struct jval *root, struct err *e)
{
	struct jval m = { 0 };

	while (jval_next(root, &m))
		if (read_member(in, &m, e) < 0)
			return -1;
	if (!in->proto)
		return jval_err(root, e, "wanted proto: esp, ah or ipcomp");
	if (!in->spi)
		return jval_err(root, e, "wanted spi");
	if (close_extra(in, e) < 0 || desc_settle_algs(in, e) < 0)
		return -1;
	sa_settle_keys(in->sa);
	if (sa_check(in->sa, e) < 0)
		return jval_blame(root, e);
	return 0;
}

int desc_type(const struct jval *root, struct err *e)
{
	static const struct name types[] = {
		{ DESC_SA, "sa" }, { DESC_IKE, "ike" }, { DESC_OTHER, "event" },
		{ DESC_OTHER, "message" }, { 0, NULL },
	};
	struct jval v = jval_get(root, "v"), type = jval_get(root, "type");
	uint32_t id = DESC_SA;
	uint64_t n;

	if (v.value != NULL && jval_uint(&v, &n, 1, UINT64_MAX, e) < 0)
		return -1;
	if (v.value != NULL && n > 1)
		return jval_err(&v, e, "v: found version %llu of the descriptor, wanted 1: "
		    "it was written by a newer program", (unsigned long long)n);
	if (type.value != NULL && desc_word(&type, types, &id, e) < 0)
		return -1;
	return (int)id;
}

int desc_parse(struct sa *sa, struct arena *arena, const char *line, size_t n, size_t *column,
    struct err *e)
{
	struct desc_in in = { .sa = sa, .arena = arena };
	struct jdoc doc = { 0 };
	struct jval root;
	int rc = -1;

	sa_init(sa);
	if (jdoc_parse(&doc, line, n, e) < 0)
		goto out;
	root = jdoc_root(&doc);
	if (desc_object(&root, e) < 0 || (rc = desc_type(&root, e)) < 0)
		goto out;
	if (rc == DESC_SA && read_sa(&in, &root, e) < 0)
		rc = -1;
out:
	*column = doc.column;
	jdoc_clear(&doc);
	if (rc < 0) {
		secret_clear(&sa->encr_key);
		secret_clear(&sa->integ_key);
		sa_clear(sa);
	}
	return rc;
}

void desc_write(FILE *to, const struct sa *sa, bool show_keys)
{
	struct desc_out o = { to, sa, false, show_keys };
	size_t n;

	fputs("{\"type\":\"sa\"", to);
	for (size_t i = 0; i < desc_nrows; i++)
		if (desc_rows[i].write != NULL)
			desc_rows[i].write(&o, &desc_rows[i]);
	if (sa->extra != NULL && (n = strlen(sa->extra)) > 2) {
		fputc(',', to);
		fwrite(sa->extra + 1, 1, n - 2, to);
	}
	fputs("}\n", to);
}
