#include "report/alg_table.h"

#include <string.h>

#include "crypto/alg.h"
#include "report/json_text.h"
#include "report/table.h"

/* One row of the registry, of one kind; the others are NULL. */
struct row {
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	const struct alg_prf *prf;
	const struct alg_ke *ke;
};

/* Row i of all, one kind after the other. */
static bool row_at(struct row *r, size_t i)
{
	*r = (struct row){ 0 };
	for (size_t n = 0; alg_encr_row(n) != NULL; n++)
		if (i-- == 0)
			return (r->encr = alg_encr_row(n)) != NULL;
	for (size_t n = 0; alg_integ_row(n) != NULL; n++)
		if (i-- == 0)
			return (r->integ = alg_integ_row(n)) != NULL;
	for (size_t n = 0; alg_prf_row(n) != NULL; n++)
		if (i-- == 0)
			return (r->prf = alg_prf_row(n)) != NULL;
	return (r->ke = alg_ke_row(i)) != NULL;
}

const char *alg_table_name(size_t i)
{
	struct row r;

	if (!row_at(&r, i) || r.prf != NULL || r.ke != NULL)
		return NULL;
	return r.encr != NULL ? r.encr->name : r.integ->name;
}

/* all: those that only IKE has, too; a name of several kinds is the first one's. */
static int find(struct row *r, const char *name, bool all, struct err *e)
{
	const char *near = alg_encr_nearest(name);

	*r = (struct row){ 0 };
	if ((r->encr = alg_encr_by_name(name, NULL)) != NULL || (r->integ = alg_integ_by_name(name)) != NULL)
		return 0;
	if (all && ((r->prf = alg_prf_by_name(name)) != NULL || (r->ke = alg_ke_by_name(name)) != NULL))
		return 0;
	near = near != NULL ? near : alg_integ_nearest(name);
	near = near != NULL || !all ? near : alg_prf_nearest(name);
	near = near != NULL || !all ? near : alg_ke_nearest(name);
	if (near == NULL)
		return err_set(e, "unknown algorithm \"%.60s\"", name);
	return err_set(e, "unknown algorithm \"%.60s\", nearest is \"%s\"", name, near);
}

int alg_table_check(const char *name, struct err *e)
{
	struct row r;

	return find(&r, name, false, e);
}

/* Step i through the names that were asked for, or through all: 1, 0 at the end, -1. */
static int step(struct row *r, size_t i, const char *const *names, size_t n, struct err *e)
{
	if (n == 0)
		return row_at(r, i);
	if (i == n)
		return 0;
	return find(r, names[i], true, e) < 0 ? -1 : 1;
}

static void size_text(char *out, size_t room, const struct alg_encr *a)
{
	size_t at = 0;

	out[0] = '\0';
	if (a->max_bits != 0) {
		snprintf(out, room, "%u-%u", a->min_bits, a->max_bits);
		return;
	}
	for (const struct alg_size *s = a->size; s->bits != 0 && at < room; s++)
		at += (size_t)snprintf(out + at, room - at, "%s%u", at > 0 ? " " : "", s->bits);
}

/* "MUST (192: MAY)" */
static void status_text(char *out, size_t room, const struct alg_encr *a, bool ike)
{
	size_t at = (size_t)snprintf(out, room, "%s", alg_status_name(ike ? a->ike : a->status));

	for (size_t i = 0; i < sizeof a->level / sizeof a->level[0] && a->level[i].bits != 0 && at < room; i++)
		at += (size_t)snprintf(out + at, room - at, "%s%u: %s", i == 0 ? " (" : ", ",
		    a->level[i].bits, alg_status_name(ike ? a->level[i].ike : a->level[i].status));
	if (a->level[0].bits != 0 && at < room)
		snprintf(out + at, room - at, ")");
}

static void add_number(struct table *t, bool is, unsigned n)
{
	if (is)
		table_cell(t, "%u", n);
	else
		table_cell(t, "%s", "");
}

/* What only IKE has: a PRF's key, or how strong a key exchange is. */
static void add_ike_facts(struct table *t, const struct row *r)
{
	bool prf = r->prf != NULL;

	table_cell(t, "%s", prf ? "prf" : "ke");
	table_cell(t, "%s", prf ? r->prf->name : r->ke->name);
	table_cell(t, "%u", prf ? r->prf->id : r->ke->id);
	table_cell(t, "%u", prf ? r->prf->key * 8u : r->ke->bits);
	for (int i = 0; i < 5; i++)
		table_cell(t, "%s", "");
	table_cell(t, "%s", alg_status_name(prf ? r->prf->ike : r->ke->ike));
}

static void add_integ_facts(struct table *t, const struct alg_integ *i)
{
	table_cell(t, "%s", "integ");
	table_cell(t, "%s", i->name);
	add_number(t, i->id != 0, i->id);
	add_number(t, i->key != 0, i->key * 8u);
	add_number(t, i->kind == INTEG_KIND_GMAC, 32);
	table_cell(t, "%s", "");
	add_number(t, i->kind == INTEG_KIND_GMAC, 8);
	add_number(t, i->icv != 0, i->icv);
	table_cell(t, "%s", alg_status_name(i->status));
	table_cell(t, "%s", alg_status_name(i->ike));
}

static void add_facts(struct table *t, const struct row *r)
{
	char text[64];
	const struct alg_encr *a = r->encr;

	if (r->integ != NULL) {
		add_integ_facts(t, r->integ);
		return;
	}
	if (a == NULL) {
		add_ike_facts(t, r);
		return;
	}
	table_cell(t, "%s", "encr");
	table_cell(t, "%s", a->name);
	add_number(t, a->id != 0, a->id);
	size_text(text, sizeof text, a);
	table_cell(t, "%s", text);
	add_number(t, a->salt != 0, a->salt * 8u);
	add_number(t, true, a->block);
	add_number(t, true, a->iv);
	add_number(t, a->icv != 0, a->icv);
	status_text(text, sizeof text, a, false);
	table_cell(t, "%s", text);
	status_text(text, sizeof text, a, true);
	table_cell(t, "%s", text);
}

/* The names of all key sizes, joined. */
static void names_of(const struct alg_encr *a, bool tcpdump, char *out, size_t room)
{
	size_t at = 0;

	out[0] = '\0';
	for (const struct alg_size *s = a->size; at < room; s++) {
		const char *name = tcpdump ? s->tcpdump : s->strongswan;

		if (name != NULL)
			at += (size_t)snprintf(out + at, room - at, "%s%s", at > 0 ? " " : "", name);
		if (s->bits == 0 || s[1].bits == 0)
			break;
	}
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

struct names { const char *name, *iana, *strongswan, *xfrm, *wireshark, *setkey, *alias; };

/* Of a cipher, strongswan is its sizes' affair. */
static struct names names_of_row(const struct row *r)
{
	const struct alg_encr *a = r->encr;
	const struct alg_integ *i = r->integ;

	if (a != NULL)
		return (struct names){ a->name, a->iana, NULL, a->xfrm, a->wireshark, a->setkey, a->alias };
	if (i != NULL)
		return (struct names){ i->name, i->iana, i->strongswan, i->xfrm, i->wireshark, i->setkey, i->alias };
	if (r->prf != NULL)
		return (struct names){ .name = r->prf->name, .iana = r->prf->iana, .strongswan = r->prf->strongswan,
			.alias = r->prf->alias };
	return (struct names){ .name = r->ke->name, .iana = r->ke->iana, .strongswan = r->ke->strongswan,
		.alias = r->ke->alias };
}

static void add_names(struct table *t, const struct row *r)
{
	struct names n = names_of_row(r);
	char strongswan[256] = "", tcpdump[256] = "";

	if (r->encr != NULL) {
		names_of(r->encr, false, strongswan, sizeof strongswan);
		names_of(r->encr, true, tcpdump, sizeof tcpdump);
		n.strongswan = strongswan;
	}
	table_cell(t, "%s", n.name);
	table_cell(t, "%s", or_empty(n.iana));
	table_cell(t, "%s", or_empty(n.strongswan));
	table_cell(t, "%s", or_empty(n.xfrm));
	table_cell(t, "%s", or_empty(n.wireshark));
	table_cell(t, "%s", or_empty(n.setkey));
	table_cell(t, "%s", tcpdump);
	table_cell(t, "%s", or_empty(n.alias));
}

static const struct table_column facts[] = {
	{ "KIND", 0 }, { "NAME", 0 }, { "ID", TABLE_RIGHT }, { "KEY BITS", TABLE_RIGHT | TABLE_WRAP },
	{ "SALT", TABLE_RIGHT }, { "BLOCK", TABLE_RIGHT }, { "IV", TABLE_RIGHT }, { "ICV", TABLE_RIGHT },
	{ "RFC 8221", TABLE_WRAP }, { "RFC 8247", TABLE_WRAP },
};
static const struct table_column names_columns[] = {
	{ "NAME", TABLE_WRAP }, { "IANA", TABLE_WRAP }, { "STRONGSWAN", TABLE_WRAP }, { "LINUX", TABLE_WRAP },
	{ "WIRESHARK", TABLE_WRAP }, { "SETKEY", TABLE_WRAP }, { "TCPDUMP", TABLE_WRAP },
	{ "OTHER", TABLE_WRAP | TABLE_SPARE },
};

int alg_table_print(FILE *to, enum alg_view view, const char *const *names, size_t n, size_t width,
    struct err *e)
{
	struct table *t = view == ALG_NAMES ?
	    table_new(names_columns, sizeof names_columns / sizeof names_columns[0], e) :
	    table_new(facts, sizeof facts / sizeof facts[0], e);
	struct row r;
	int rc = -1;

	if (t == NULL)
		return -1;
	for (size_t i = 0; (rc = step(&r, i, names, n, e)) > 0; i++)
		(view == ALG_NAMES ? add_names : add_facts)(t, &r);
	if (rc == 0)
		rc = table_print(&(struct table_place){ to, width, false }, t, e);
	table_free(t);
	return rc;
}

/* Blank-separated words as a list; nothing if there are none. */
static void json_words(FILE *to, const char *key, const char *words)
{
	bool first = true;

	if (words == NULL || words[0] == '\0')
		return;
	fprintf(to, ",\"%s\":[", key);
	for (words += strspn(words, " "); *words != '\0'; words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");

		fputs(first ? "\"" : ",\"", to);
		esc_json(to, words, n);
		putc('"', to);
		words += n;
		first = false;
	}
	putc(']', to);
}

static void json_sizes(FILE *to, const struct alg_encr *a)
{
	if (a->max_bits != 0) {
		fprintf(to, ",\"key_bits_min\":%u,\"key_bits_max\":%u", a->min_bits, a->max_bits);
		return;
	}
	fputs(",\"key_bits\":[", to);
	for (const struct alg_size *s = a->size; s->bits != 0; s++)
		fprintf(to, "%s%u", s == a->size ? "" : ",", s->bits);
	putc(']', to);
}

static void json_levels(FILE *to, const struct alg_encr *a, const char *key, bool ike)
{
	size_t n = sizeof a->level / sizeof a->level[0];

	if (a->level[0].bits == 0)
		return;
	fprintf(to, ",\"%s\":{", key);
	for (size_t i = 0; i < n && a->level[i].bits != 0; i++)
		fprintf(to, "%s\"%u\":\"%s\"", i > 0 ? "," : "", a->level[i].bits,
		    alg_status_name(ike ? a->level[i].ike : a->level[i].status));
	putc('}', to);
}

static void json_encr(FILE *to, const struct alg_encr *a)
{
	char text[256];

	json_text(to, "name", a->name);
	if (a->id != 0)
		fprintf(to, ",\"id\":%u", a->id);
	json_text(to, "status", alg_status_name(a->status));
	json_levels(to, a, "status_of_bits", false);
	fputs(",\"section\":5", to);
	json_text(to, "status_ike", alg_status_name(a->ike));
	json_levels(to, a, "status_ike_of_bits", true);
	json_sizes(to, a);
	fprintf(to, ",\"salt_bits\":%u,\"block\":%u,\"iv\":%u,\"icv\":%u", a->salt * 8u, a->block, a->iv, a->icv);
	json_text(to, "iana", a->iana);
	names_of(a, false, text, sizeof text);
	json_words(to, "strongswan", text);
	json_text(to, "linux", a->xfrm);
	json_text(to, "wireshark", a->wireshark);
	json_text(to, "setkey", a->setkey);
	names_of(a, true, text, sizeof text);
	json_words(to, "tcpdump", text);
	json_words(to, "other", a->alias);
}

static void json_integ(FILE *to, const struct alg_integ *a)
{
	json_text(to, "name", a->name);
	if (a->id != 0)
		fprintf(to, ",\"id\":%u", a->id);
	json_text(to, "status", alg_status_name(a->status));
	fputs(",\"section\":6", to);
	json_text(to, "status_ike", alg_status_name(a->ike));
	fprintf(to, ",\"key_bits\":[%u],\"icv\":%u", a->key * 8u, a->icv);
	json_text(to, "iana", a->iana);
	json_words(to, "strongswan", a->strongswan);
	json_text(to, "linux", a->xfrm);
	json_text(to, "wireshark", a->wireshark);
	json_text(to, "setkey", a->setkey);
	json_words(to, "other", a->alias);
}

/* What only IKE has. */
static void json_ike(FILE *to, const struct row *r)
{
	const struct alg_prf *p = r->prf;
	const struct alg_ke *k = r->ke;
	struct names n = names_of_row(r);

	json_text(to, "name", n.name);
	fprintf(to, ",\"id\":%u", (unsigned)(p != NULL ? p->id : k->id));
	json_text(to, "status_ike", alg_status_name(p != NULL ? p->ike : k->ike));
	if (p != NULL)
		fprintf(to, ",\"key_bits\":[%u],\"output\":%u", p->key * 8u, p->out);
	else
		fprintf(to, ",\"strength_bits\":%u,\"public\":[%u,%u],\"shared\":%u", k->bits, k->pub_i, k->pub_r,
		    k->shared);
	json_text(to, "iana", n.iana);
	json_words(to, "strongswan", n.strongswan);
	json_words(to, "other", n.alias);
}

int alg_table_json(FILE *to, const char *const *names, size_t n, struct err *e)
{
	struct row r;
	int rc;

	for (size_t i = 0; (rc = step(&r, i, names, n, e)) > 0; i++) {
		fprintf(to, "{\"type\":\"event\",\"event\":\"algorithm\",\"kind\":\"%s\"",
		    r.encr != NULL ? "encr" : r.integ != NULL ? "integ" : r.prf != NULL ? "prf" : "ke");
		if (r.encr != NULL)
			json_encr(to, r.encr);
		else if (r.integ != NULL)
			json_integ(to, r.integ);
		else
			json_ike(to, &r);
		fputs("}\n", to);
	}
	return rc;
}
