/* Tunnels and findings as JSON. */
#include "report/inspect_json.h"
#include "report/inspect_words.h"
#include "report/json_member.h"

typedef unsigned long long ull;

static void total(FILE *to, const char *key, const struct model_total *t)
{
	fprintf(to, ",\"%s\":{\"packets\":%llu,\"bytes\":%llu,\"lost\":%llu}", key, (ull)t->packets, (ull)t->bytes, (ull)t->lost);
}

static void id_list(FILE *to, const struct model *m, const struct model_tunnel *t)
{
	char text[INSPECT_WORDS], old[INSPECT_WORDS];
	unsigned n = 0;

	fputs(",\"sas\":[", to);
	for (unsigned i = 0; i < t->nsa; i++)
		fprintf(to, "%s\"%s\"", i > 0 ? "," : "", inspect_sa_id(text, model_sa_at(m, t->sa[i] - 1)));
	putc(']', to);
	for (unsigned i = 0; i < t->nsa; i++) {
		const struct model_sa *sa = model_sa_at(m, t->sa[i] - 1);

		if (sa->replaces != 0)
			fprintf(to, "%s\"%s\":\"%s\"", n++ == 0 ? ",\"replaced\":{" : ",", inspect_sa_id(text, sa),
			    inspect_sa_id(old, model_sa_at(m, sa->replaces - 1)));
	}
	if (n > 0)
		putc('}', to);
}

void inspect_json_tunnel(FILE *to, const struct model *m, const struct model_tunnel *t)
{
	const struct model_peer *a = t->peer_a > 0 ? model_peer_at(m, t->peer_a - 1) : NULL;
	const struct model_peer *b = t->peer_b > 0 ? model_peer_at(m, t->peer_b - 1) : NULL;

	json_begin(to, "tunnel");
	if (a != NULL)
		json_addr(to, "a", &a->addr);
	if (b != NULL)
		json_addr(to, "b", &b->addr);
	json_number(to, "generations", t->generations);
	id_list(to, m, t);
	total(to, "from_a", &t->from_a);
	total(to, "from_b", &t->from_b);
	fputs("}\n", to);
}

void inspect_json_ends(FILE *to, const struct model_ike *k)
{
	json_addr(to, "initiator", &k->i.addr);
	json_number(to, "initiator_port", k->i.port);
	json_addr(to, "responder", &k->r.addr);
	json_number(to, "responder_port", k->r.port);
}

static void subject(FILE *to, const struct subject *s)
{
	if (s->sa != NULL) {
		json_text(to, "proto", sa_proto_name(s->sa->proto));
		fprintf(to, ",\"spi\":\"0x%08x\"", s->sa->spi);
		json_addr(to, "src", &s->sa->src);
		json_addr(to, "dst", &s->sa->dst);
	}
	if (s->ike != NULL) {
		inspect_json_ends(to, s->ike);
		json_number(to, "negotiation", s->ike->number);
	}
}

void inspect_json_finding(FILE *to, const struct model *m, const struct diagnosis *d)
{
	json_begin(to, "finding");
	json_some_text(to, "id", d->id);
	json_some_text(to, "severity", severity_name(d->severity));
	json_some_text(to, "text", d->text);
	json_some_text(to, "advice", d->advice);
	json_some_text(to, "reference", d->reference);
	json_number(to, "times", d->times);
	json_some(to, "more", d->more);
	subject(to, &d->of);
	if (d->n > 0)
		json_frames(to, "packets", d->at, d->n, model_capture(m)->files > 1);
	fputs("}\n", to);
}
