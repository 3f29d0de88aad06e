#include "report/ike_event.h"

#include "report/json_text.h"
#include "report/out_json.h"

static const char *const checks[] = { "unchecked", "verified", "wrong" };

static void head_json(FILE *to, const struct follow_message *m)
{
	const struct datagram *d = m->d;
	char text[TIME_TEXT], src[ADDR_TEXT], dst[ADDR_TEXT];

	fputs("{\"type\":\"event\",\"event\":\"ike-message\",\"frames\":[", to);
	for (unsigned i = 0; i < m->nframes; i++)
		fprintf(to, "%s%llu", i > 0 ? "," : "", (unsigned long long)m->frame[i]);
	fprintf(to, "],\"time\":\"%s\",\"src\":\"%s\",\"dst\":\"%s\",\"sport\":%u,\"dport\":%u",
	    time_format(text, d->ns), addr_format(src, &d->src), addr_format(dst, &d->dst), d->sport, d->dport);
	if (m->sa != NULL)
		fprintf(to, ",\"ike_sa\":%llu", (unsigned long long)m->sa->number);
	if (m->sa != NULL && m->sa->version == 1)	/* no flag of the header says it */
		fprintf(to, ",\"response\":%s", m->response ? "true" : "false");
	json_text(to, "verdict", verdict_name(m->verdict));
	json_text(to, "why", m->why);
	if (m->unverified)
		fputs(",\"unverified\":true", to);
	if (m->repeats != 0)
		fprintf(to, ",\"repeats\":%llu", (unsigned long long)m->repeats);
	if (m->fragments > 0)
		fprintf(to, ",\"fragment\":%u,\"fragments\":%u", m->fragment, m->fragments);
	if (m->auth != FOLLOW_UNCHECKED || m->auth_why != NULL) {
		json_text(to, "auth", checks[m->auth]);
		json_text(to, "auth_by", m->auth_why);
	}
}

/* The fields that out.h shows, into the object that is open already. */
void ike_event_json(FILE *to, const struct follow_message *m)
{
	struct out_json j;

	head_json(to, m);
	if (m->m != NULL) {
		out_json_init(&j, to);
		j.depth = 1;		/* the object is open, and has members */
		j.some = 1 << 1;
		ike_message_show(&j.out, m->m);
	}
	fputs("}\n", to);
}
