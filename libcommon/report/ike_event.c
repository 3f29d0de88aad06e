#include "report/ike_event.h"

#include "ike/ids.h"
#include "report/json_text.h"
#include "report/out_json.h"
#include "report/out_text.h"

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

/* "N(NO_PROPOSAL_CHOSEN)", "KE(ECP_256)", "SA". */
static void word(FILE *to, const struct ike_payload *p)
{
	char text[IKE_ID_TEXT];
	const char *name;

	fprintf(to, " %s", ike_payload_text(text, p->version, p->type));
	if (!p->decoded)
		return;
	if (p->version == IKE_V2 && p->type == IKE_P_NOTIFY) {
		name = ike_notify_name(IKE_V2, p->notify.type);
		if (name != NULL)
			fprintf(to, "(%s)", name);
		else
			fprintf(to, "(%u)", p->notify.type);
	} else if (p->version == IKE_V1 && p->type == IKE_V1_P_NOTIFY) {
		name = ike_notify_name(IKE_V1, p->notify.type);
		if (name != NULL)
			fprintf(to, "(%s)", name);
		else
			fprintf(to, "(%u)", p->notify.type);
	} else if (p->version == IKE_V2 && p->type == IKE_P_KE) {
		fprintf(to, "(%s)", ike_id_text(text, &ike_kes, p->ke.group));
	}
}

static void words(FILE *to, const struct ike_payloads *ps)
{
	for (unsigned i = 0; i < ps->n; i++)
		word(to, &ps->payload[i]);
}

static void sa_line(struct ike_ladder *l, const struct follow_sa *sa)
{
	char i[ADDR_TEXT], r[ADDR_TEXT];

	if (sa == NULL || l->shown == sa->number)
		return;
	l->shown = sa->number;
	fprintf(l->to, "IKE SA %llu: IKEv%d %016llx/%016llx  %s[%u] --> %s[%u]\n", (unsigned long long)sa->number,
	    sa->version, (unsigned long long)sa->spi_i, (unsigned long long)sa->spi_r,
	    addr_format(i, &sa->i.addr), sa->i.port, addr_format(r, &sa->r.addr), sa->r.port);
}

void ike_ladder_line(struct ike_ladder *l, const struct follow_message *m)
{
	FILE *to = l->to;

	if (!l->started) {
		l->started = true;
		l->start = m->d->ns;
	}
	sa_line(l, m->sa);
	fprintf(to, "%6llu %10.3f  %s  ", (unsigned long long)m->frame[m->nframes - 1],
	    (double)(m->d->ns - l->start) / 1e9, m->from_initiator ? "-->" : "<--");
	if (m->m != NULL) {
		const struct ike_hdr *h = &m->m->hdr;
		const char *x = ike_exchange_name(h->version, h->exchange);

		if (x != NULL)
			fputs(x, to);
		else
			fprintf(to, "exchange %u", h->exchange);
		if (h->version >> 4 == 2)
			fprintf(to, " %s %u:", m->response ? "response" : "request", h->message_id);
		else if (h->message_id != 0)
			fprintf(to, " %08x:", h->message_id);
		else
			fputc(':', to);
		if (m->fragments > 0)
			fprintf(to, " fragment %u of %u%s", m->fragment, m->fragments, m->whole ? ", all there:" : "");
		if (m->m->opened)
			words(to, &m->m->inner);
		else if (m->m->sealed.n > 0)
			fputs(" (encrypted)", to);
		else if (m->fragments == 0 || m->sa->version == 1)
			words(to, &m->m->payloads);
	}
	if (m->repeats != 0)
		fprintf(to, "  [again, as frame %llu]", (unsigned long long)m->repeats);
	if (m->auth == FOLLOW_VERIFIED)
		fputs("  [AUTH verified]", to);
	else if (m->auth == FOLLOW_FORGED)
		fputs("  [AUTH is wrong]", to);
	if (m->verdict != V_OK) {
		fprintf(to, "  [%s", verdict_name(m->verdict));
		if (m->why != NULL) {
			fputs(": ", to);
			esc_text(to, m->why, strlen(m->why));
		}
		fputc(']', to);
	}
	fputc('\n', to);
	if (l->full && m->m != NULL) {
		struct out_text t;

		out_text_init(&t, to, 8, 32);
		ike_payloads_show(&t.out, "payloads", ike_message_payloads(m->m));
		fputc('\n', to);
	}
	if (m->m != NULL)
		for (unsigned i = 0; i < m->m->faults.n; i++) {
			char text[IKE_FAULT_TEXT];

			fprintf(to, "        fault: %s\n", ike_fault_text(text, &m->m->faults.fault[i]));
		}
}
