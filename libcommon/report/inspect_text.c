#include "report/inspect_text.h"

#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/finding.h"
#include "report/inspect_words.h"

enum { SHOWN_PEERS = 12, SHOWN_IKES = 10, SHOWN_SAS = 16, SHOWN_OF_ID = 3 };

char *inspect_frames(char out[INSPECT_FRAMES], const struct model *m, const struct diagnosis *d)
{
	bool files = model_capture(m)->files > 1;
	size_t n = 0;

	*out = '\0';
	for (unsigned i = 0; i < d->n && n + 40 < INSPECT_FRAMES; i++) {
		n += (size_t)snprintf(out + n, INSPECT_FRAMES - n, "%s%s", i == 0 ? (d->n == 1 ? "packet " : "packets ") : ", ",
		    i > 0 && i + 1 == d->n && inspect_has_more(d) ? "..., " : "");
		if (files)
			n += (size_t)snprintf(out + n, INSPECT_FRAMES - n, "%u:", d->at[i].file + 1u);
		n += (size_t)snprintf(out + n, INSPECT_FRAMES - n, "%llu", (unsigned long long)d->at[i].frame);
	}
	return out;
}

/* --- hosts --- */

static void peer_row(struct table *table, const struct model_peer *p)
{
	char addr[ADDR_TEXT], bytes[AMOUNT_TEXT];

	table_cell(table, "%s", addr_format(addr, &p->addr));
	table_cell(table, "%llu", (unsigned long long)p->packets);
	table_cell(table, "%s", amount_bytes(bytes, p->bytes));
	table_cell(table, "%s%s%s", p->product != NULL ? p->product : "", p->product != NULL && p->behind_nat ? ", " : "",
	    p->behind_nat ? "behind a NAT" : "");
}

static int peers(const struct inspect_text *t, const struct model *m, struct err *e)
{
	static const struct table_column columns[] = {
		{ "HOST", 0 }, { "SENT", TABLE_RIGHT }, { "BYTES", TABLE_RIGHT }, { "WHAT", TABLE_WRAP | TABLE_SPARE },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0], e);
	size_t n;
	const struct model_peer **list = table != NULL ? inspect_peers(m, &n, e) : NULL;
	int rc = -1;

	if (list != NULL) {
		for (size_t i = 0; i < n && (t->all || i < SHOWN_PEERS); i++)
			peer_row(table, list[i]);
		if (!t->all && n > SHOWN_PEERS)
			table_line(table, 0, "and %zu more hosts (-v lists them)", n - SHOWN_PEERS);
		rc = n > 0 ? table_print(&t->place, table, e) : 0;
	}
	free(list);
	table_free(table);
	return rc;
}

/* --- negotiations --- */

static void ike_row(struct table *table, const struct model_ike *k)
{
	char ends[INSPECT_WORDS], who[INSPECT_WHO];

	table_cell(table, "%s", inspect_ike(ends, k));
	table_cell(table, "v%d", k->version);
	table_cell(table, "%s", k->suite);
	table_cell(table, "%s", inspect_who(who, k));
	table_cell(table, "%llu", (unsigned long long)k->messages);
	if (inspect_is_bad(k))
		table_color(table, TABLE_RED);
	table_cell(table, "%s%s", inspect_outcome(k), k->replaces != 0 ? " (rekeyed)" : "");
}

static int ikes(const struct inspect_text *t, const struct model *m, struct err *e)
{
	static const struct table_column columns[] = {
		{ "NEGOTIATION", TABLE_WRAP }, { "IKE", 0 }, { "SUITE", TABLE_WRAP | TABLE_SPARE }, { "WHO", TABLE_WRAP | TABLE_SPARE },
		{ "MESSAGES", TABLE_RIGHT }, { "OUTCOME", TABLE_WRAP },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0], e);
	const struct model_ike *k;
	size_t i = 0;
	int rc;

	if (table == NULL)
		return -1;
	for (; (k = model_ike_at(m, i)) != NULL && (t->all || i < SHOWN_IKES); i++)
		ike_row(table, k);
	while (model_ike_at(m, i) != NULL)
		i++;
	if (!t->all && i > SHOWN_IKES)
		table_line(table, 0, "and %zu more negotiations (-v lists them)", i - SHOWN_IKES);
	if (i > 0)
		putc('\n', t->place.to);
	rc = i > 0 ? table_print(&t->place, table, e) : 0;
	table_free(table);
	return rc;
}

/* --- tunnels and SAs --- */

/* A number, or nothing for none. */
static void some(struct table *table, uint64_t n)
{
	if (n > 0)
		table_cell(table, "%llu", (unsigned long long)n);
	else
		table_cell(table, "%s", "");
}

static void sa_row(struct table *table, const struct model_sa *sa)
{
	char way[INSPECT_WORDS], bytes[AMOUNT_TEXT], words[INSPECT_WORDS];

	table_cell(table, "%s 0x%08x", sa_proto_name(sa->proto), sa->spi);
	table_cell(table, "%s", inspect_way_in(way, sa));
	table_cell(table, "%llu", (unsigned long long)sa->packets);
	table_cell(table, "%s", amount_bytes(bytes, sa->bytes));
	table_cell(table, "%s", sa->packets > 0 ? inspect_time(words, sa->last.ns - sa->first.ns) : "");
	if (sa->seq.lost > 0)
		table_color(table, TABLE_YELLOW);
	some(table, sa->seq.lost);
	some(table, sa->seq.late);
	some(table, sa->seq.duplicates + sa->seq.older);
	table_cell(table, "%s", inspect_cipher(words, sa));
	table_cell(table, "%s", inspect_verdicts(words, sa));
}

static int sas(const struct inspect_text *t, const struct model *m, struct err *e)
{
	static const struct table_column columns[] = {
		{ "SA", TABLE_WRAP }, { "FROM > TO", TABLE_WRAP }, { "PACKETS", TABLE_RIGHT }, { "BYTES", TABLE_RIGHT }, { "TIME", TABLE_RIGHT },
		{ "LOST", TABLE_RIGHT | TABLE_SPARE }, { "LATE", TABLE_RIGHT | TABLE_SPARE }, { "TWICE", TABLE_RIGHT | TABLE_SPARE },
		{ "CIPHER", TABLE_WRAP | TABLE_SPARE }, { "OPENED", TABLE_WRAP | TABLE_SPARE },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0], e);
	const struct model_tunnel *u;
	size_t shown = 0, left = 0;
	char who[INSPECT_WORDS];
	int rc;

	if (table == NULL)
		return -1;
	for (size_t i = 0; (u = model_tunnel_at(m, i)) != NULL; i++) {
		if (t->all || shown < SHOWN_SAS)
			table_line(table, 0, "between %s: %u SA%s%s", inspect_tunnel(who, m, u), u->nsa, inspect_s(u->nsa),
			    u->generations > 1 ? ", rekeyed" : "");
		for (unsigned j = 0; j < u->nsa; j++) {
			if (!t->all && shown >= SHOWN_SAS) {
				left++;
				continue;
			}
			sa_row(table, model_sa_at(m, u->sa[j] - 1));
			shown++;
		}
	}
	if (left > 0)
		table_line(table, 0, "and %zu more SAs (-v lists them)", left);
	if (shown > 0)
		putc('\n', t->place.to);
	rc = shown > 0 ? table_print(&t->place, table, e) : 0;
	table_free(table);
	return rc;
}

/* --- findings --- */

static void finding_row(struct table *table, const struct model *m, const struct diagnosis *d, bool again)
{
	char frames[INSPECT_FRAMES];

	table_color(table, severity_color(d->severity));
	table_cell(table, "%s", severity_name(d->severity));
	table_cell(table, "%s", d->id);
	table_cell(table, "%s%s%s%s%s%s", d->text, d->n > 0 ? " (" : "", d->n > 0 ? inspect_frames(frames, m, d) : "", d->n > 0 ? ")" : "",
	    d->advice[0] != '\0' && !again ? "; to do: " : "", !again ? d->advice : "");
}

static int findings(const struct inspect_text *t, const struct model *m, const struct diagnoses *ds, struct err *e)
{
	static const struct table_column columns[] = {
		{ "SEVERITY", 0 }, { "FINDING", 0 }, { "WHAT, AND WHAT TO DO", TABLE_WRAP },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0], e);
	int rc;

	if (table == NULL)
		return -1;
	for (size_t i = 0, same = 0, more = 0; i < ds->n; i++) {
		bool next = i + 1 < ds->n && strcmp(ds->list[i].id, ds->list[i + 1].id) == 0;

		if (t->all || same < SHOWN_OF_ID)
			finding_row(table, m, &ds->list[i], same > 0);
		same++;
		more += ds->list[i].more;
		if (next)
			continue;
		if (!t->all && same > SHOWN_OF_ID)
			table_line(table, 2, "and %zu more with %s (-v lists %s)", same - SHOWN_OF_ID + more, ds->list[i].id, more > 0 ? "some" : "them");
		else if (more > 0)
			table_line(table, 2, "and %zu more with %s", more, ds->list[i].id);
		same = more = 0;
	}
	putc('\n', t->place.to);
	if (ds->n == 0)
		fputs("Nothing was found wrong.\n", t->place.to);
	rc = ds->n > 0 ? table_print(&t->place, table, e) : 0;
	table_free(table);
	return rc;
}

int inspect_text(const struct inspect_text *t, const struct model *m, const struct diagnoses *ds, struct err *e)
{
	const struct model_capture *c = model_capture(m);
	char bytes[AMOUNT_TEXT], time[TIME_TEXT], lasts[INSPECT_WORDS], name[ESC_TEXT(MODEL_TEXT)];

	esc_text_into(name, t->name, strnlen(t->name, MODEL_TEXT));
	fprintf(t->place.to, "%s: %llu packet%s, %s, %s from %s\n\n", name, (unsigned long long)c->frames,
	    inspect_s(c->frames), amount_bytes(bytes, c->bytes),
	    inspect_time(lasts, c->last - c->first), time_format(time, c->first));
	return peers(t, m, e) < 0 || ikes(t, m, e) < 0 || sas(t, m, e) < 0 || findings(t, m, ds, e) < 0 ? -1 : 0;
}
