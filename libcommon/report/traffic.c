#include "report/traffic.h"

#include <inttypes.h>

#include "report/counts.h"

static const char *name_of(unsigned v)
{
	return verdict_name((enum verdict)v);
}

static size_t side_text(char *text, size_t room, const char *what, const struct traffic_count *c)
{
	char packets[TRAFFIC_TEXT / 2];
	int n;

	counts_packets(packets, sizeof packets, c->tally.packets, (struct counts){ c->tally.count, V_COUNT, name_of });
	n = snprintf(text, room, "%s %" PRIu64 " bytes in %s", what, c->bytes, packets);
	return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

char *traffic_text(char text[TRAFFIC_TEXT], const struct traffic_counts *c)
{
	size_t n = side_text(text, TRAFFIC_TEXT, "sent", &c->out);

	side_text(text + n, TRAFFIC_TEXT - n, "; received", &c->in);
	return text;
}

static void side_json(FILE *to, const char *name, const struct traffic_count *c)
{
	fprintf(to, ",\"%s\":{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"verdicts\":{", name, c->tally.packets, c->bytes);
	counts_json(to, (struct counts){ c->tally.count, V_COUNT, name_of });
	fputs("}}", to);
}

void traffic_json(FILE *to, const struct traffic_counts *c, uint64_t unsent, uint64_t unread)
{
	fputs("{\"type\":\"event\",\"event\":\"ike-traffic\"", to);
	side_json(to, "out", &c->out);
	side_json(to, "in", &c->in);
	if (unsent > 0)
		fprintf(to, ",\"unsent\":%" PRIu64, unsent);
	if (unread > 0)
		fprintf(to, ",\"unread\":%" PRIu64, unread);
	fputs("}\n", to);
}
