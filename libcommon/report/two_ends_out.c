/* Two captures of one tunnel, compared: for people and for programs. */
#include "report/inspect_words.h"
#include "report/json_member.h"
#include "report/two_ends.h"

typedef unsigned long long ull;

static void put(char *out, size_t *n, const char *what, long a, long b)
{
	if (a != b && *n + 60 < INSPECT_WORDS)
		*n += (size_t)snprintf(out + *n, INSPECT_WORDS - *n, "%s%s %ld > %ld", *n > 0 ? ", " : "", what, a, b);
}

static char *changes(char out[TWO_WORDS], const struct two_flow *f, bool ttl)
{
	const struct two_side *a = &f->side[f->first == 1], *b = &f->side[f->first != 1];
	char x[ADDR_TEXT], y[ADDR_TEXT];
	size_t n = 0;

	*out = '\0';
	if (a->packets == 0 || b->packets == 0)
		return out;
	if (!addr_eq(&a->src, &b->src))
		n += (size_t)snprintf(out + n, INSPECT_WORDS - n, "source %s > %s", addr_format(x, &a->src), addr_format(y, &b->src));
	if (!addr_eq(&a->dst, &b->dst))
		n += (size_t)snprintf(out + n, INSPECT_WORDS - n, "%sdestination %s > %s", n > 0 ? ", " : "", addr_format(x, &a->dst),
		    addr_format(y, &b->dst));
	put(out, &n, "source port", a->sport, b->sport);
	put(out, &n, "destination port", a->dport, b->dport);
	if (ttl)
		put(out, &n, "TTL", a->ttl, b->ttl);
	if (f->remarked > 0)
		put(out, &n, "DSCP", f->dscp[f->first == 1], f->dscp[f->first != 1]);
	if ((a->fragmented == 0) != (b->fragmented == 0))
		snprintf(out + n, INSPECT_WORDS - n, "%s%s", n > 0 ? ", " : "", a->fragmented == 0 ? "fragmented" : "put together");
	return out;
}

char *two_ends_changes(char out[TWO_WORDS], const struct two_flow *f)
{
	return changes(out, f, true);
}

char *two_ends_rewritten(char out[TWO_WORDS], const struct two_flow *f)
{
	return changes(out, f, false);
}

/* ns from the sender's side on, the clocks put right. */
static int64_t way(const struct two_flow *f, int64_t ns, int64_t offset)
{
	return f->first == 1 ? -(ns - offset) : ns - offset;
}

char *two_ends_time(char out[TWO_WORDS], const struct two_ends *t, const struct two_flow *f)
{
	int64_t offset;
	bool clock = two_ends_clock(t, &offset);

	*out = '\0';
	return f->both > 0 && (clock || f->first >= 0) ? inspect_time(out, way(f, f->median, clock ? offset : 0)) : out;
}

static void flow_row(struct table *table, const struct two_ends *t, const struct two_flow *f)
{
	const struct two_side *s = f->side[0].packets > 0 ? &f->side[0] : &f->side[1];
	char a[ADDR_TEXT], b[ADDR_TEXT], words[INSPECT_WORDS];

	if (f->ike)
		table_cell(table, "ike");
	else
		table_cell(table, "%s 0x%08x", sa_proto_name(f->proto), f->spi);
	table_cell(table, "%s > %s", addr_format(a, &s->src), addr_format(b, &s->dst));
	table_cell(table, "%llu", (ull)f->side[0].packets);
	table_cell(table, "%llu", (ull)f->side[1].packets);
	for (int i = 0; i < 2; i++) {
		if (f->only[i] > 0)
			table_color(table, f->first == i ? TABLE_YELLOW : TABLE_PLAIN);
		if (f->only[i] > 0)
			table_cell(table, "%llu", (ull)f->only[i]);
		else
			table_cell(table, "%s", "");
	}
	table_cell(table, "%s", two_ends_time(words, t, f));
	table_cell(table, "%s", two_ends_changes(words, f));
}

static void legend(FILE *to, const struct two_ends *t, bool clock, int64_t offset)
{
	char text[INSPECT_WORDS];

	if (clock)
		fprintf(to, "The second clock is %s %s the first, taking both ways as equally quick.\n",
		    inspect_time(text, offset < 0 ? -offset : offset), offset < 0 ? "behind" : "ahead of");
	else
		fputs("Packets went one way, or nothing tells which: times are as the two clocks say.\n", to);
	if (two_ends_share(t) > 1)
		fprintf(to, "One in %u packets was compared.\n", two_ends_share(t));
}

int two_ends_text(const struct table_place *place, const struct two_ends *t, struct err *e)
{
	static const struct table_column columns[] = {
		{ "SA", TABLE_WRAP }, { "FROM > TO", TABLE_WRAP }, { "FIRST", TABLE_RIGHT }, { "SECOND", TABLE_RIGHT },
		{ "FIRST ALONE", TABLE_RIGHT | TABLE_SPARE }, { "SECOND ALONE", TABLE_RIGHT | TABLE_SPARE },
		{ "MEDIAN TIME", TABLE_RIGHT | TABLE_SPARE }, { "CHANGED ON THE WAY", TABLE_WRAP | TABLE_SPARE },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0], e);
	int64_t offset;
	bool clock = two_ends_clock(t, &offset);
	const struct two_flow *f;
	int rc;

	if (table == NULL)
		return -1;
	for (size_t i = 0; (f = two_ends_at(t, i)) != NULL; i++)
		flow_row(table, t, f);
	fputs("\nBetween the two captures\n", place->to);
	rc = table_print(place, table, e);
	table_free(table);
	legend(place->to, t, clock, offset);
	return rc;
}

static void json_side(FILE *to, const char *key, const struct two_side *s)
{
	char text[ADDR_TEXT];

	fprintf(to, ",\"%s\":{\"packets\":%llu", key, (ull)s->packets);
	if (s->packets > 0) {
		json_text(to, "src", addr_format(text, &s->src));
		json_text(to, "dst", addr_format(text, &s->dst));
		if (s->udp)
			fprintf(to, ",\"sport\":%u,\"dport\":%u", s->sport, s->dport);
		fprintf(to, ",\"ttl\":%d,\"dscp\":%d,\"fragmented\":%llu", s->ttl, s->dscp, (ull)s->fragmented);
	}
	putc('}', to);
}

void two_ends_json(FILE *to, const struct two_ends *t, bool files)
{
	const struct two_flow *f;
	int64_t offset;
	bool clock = two_ends_clock(t, &offset);

	for (size_t i = 0; (f = two_ends_at(t, i)) != NULL; i++) {
		fputs("{\"type\":\"event\",\"event\":\"compared\"", to);
		json_text(to, "proto", f->ike ? "ike" : sa_proto_name(f->proto));
		if (!f->ike)
			fprintf(to, ",\"spi\":\"0x%08x\"", f->spi);
		else
			fprintf(to, ",\"spi_i\":\"0x%016llx\",\"from_initiator\":%s", (ull)f->ike_spi, f->from_initiator ? "true" : "false");
		json_side(to, "one", &f->side[0]);
		json_side(to, "other", &f->side[1]);
		fprintf(to, ",\"both\":%llu,\"one_alone\":%llu,\"other_alone\":%llu,\"share\":%u", (ull)f->both, (ull)f->only[0],
		    (ull)f->only[1], two_ends_share(t));
		if (f->first >= 0)
			json_text(to, "nearer", f->first == 0 ? "one" : "other");
		if (clock)
			fprintf(to, ",\"clock\":%.9f", (double)offset / 1e9);
		if (f->both > 0)
			fprintf(to, ",\"least\":%.9f,\"median\":%.9f,\"most\":%.9f", (double)f->least / 1e9, (double)f->median / 1e9,
			    (double)f->most / 1e9);
		json_frames(to, "one_alone_packets", f->missing[0].at, f->missing[0].kept, files);
		json_frames(to, "other_alone_packets", f->missing[1].at, f->missing[1].kept, false);
		fputs("}\n", to);
	}
}
