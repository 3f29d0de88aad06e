#include "report/session_event.h"

#include <string.h>

#include "report/json_text.h"
#include "report/reason_out.h"
#include "sa/desc_row.h"

static void put_flag(FILE *to, const char *key, bool v)
{
	fprintf(to, ",\"%s\":%s", key, v ? "true" : "false");
}

static void put_addr(FILE *to, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	if (a->family != 0)
		json_text(to, key, addr_format(text, a));
}

static void put_id(FILE *to, const char *key, const struct identity *id)
{
	char text[IDENTITY_TEXT];

	if (id->type != 0)
		json_text(to, key, identity_format(text, id->type, identity_span(id)));
}

static void put_ike(FILE *to, const struct session_ike *ike)
{
	fprintf(to, ",\"ike_sa\":%llu", (unsigned long long)ike->number);
	put_flag(to, "initiator", ike->initiator);
	if (ike->spi_i != 0)
		fprintf(to, ",\"spi_i\":\"0x%016llx\"", (unsigned long long)ike->spi_i);
	if (ike->spi_r != 0)
		fprintf(to, ",\"spi_r\":\"0x%016llx\"", (unsigned long long)ike->spi_r);
	put_addr(to, "local", &ike->path.local);
	put_addr(to, "remote", &ike->path.remote);
	fprintf(to, ",\"local_port\":%u,\"remote_port\":%u", ike->path.local_port, ike->path.remote_port);
}

/* What was agreed on; keys are for --keylog. */
static void put_algs(FILE *to, const struct ike_keys *k)
{
	if (k == NULL)
		return;
	json_text(to, "encr", k->encr != NULL ? k->encr->name : NULL);
	if (k->encr_bits != 0)
		fprintf(to, ",\"encr_bits\":%u", k->encr_bits);
	json_text(to, "integ", k->integ != NULL ? k->integ->name : NULL);
	json_text(to, "prf", k->prf != NULL ? k->prf->name : NULL);
	json_text(to, "ke", k->nke > 0 && k->ke[0] != NULL ? k->ke[0]->name : NULL);
}

static void put_list(FILE *to, const char *key, const struct addr *const *list, unsigned n)
{
	char text[ADDR_TEXT];
	bool some = false;

	for (unsigned i = 0; i < n; i++) {
		if (list[i]->family == 0)
			continue;
		fprintf(to, some ? "," : ",\"%s\":[", key);
		fprintf(to, "\"%s\"", addr_format(text, list[i]));
		some = true;
	}
	fputs(some ? "]" : "", to);
}

static void put_addresses(FILE *to, const struct session_ike *ike)
{
	const struct addr *got[2] = { &ike->virtual4, &ike->virtual6 }, *dns[SESSION_DNS];

	for (unsigned i = 0; i < SESSION_DNS; i++)
		dns[i] = &ike->dns[i];
	put_list(to, "addresses", got, 2);
	put_list(to, "dns", dns, ike->ndns < SESSION_DNS ? ike->ndns : SESSION_DNS);
}

static void put_sa(FILE *to, const struct sa *sa)
{
	static const struct desc_row encr = { .key = "encr" }, integ = { .key = "integ" }, ts = { .key = "ts" };
	struct desc_out o = { .to = to, .sa = sa };

	if (sa->mode != SA_MODE_UNKNOWN)
		json_text(to, "mode", sa_mode_name(sa->mode));
	desc_write_encr(&o, &encr);
	if (sa->encr != NULL && sa->encr_key.n > sa->encr->salt)
		fprintf(to, ",\"encr_bits\":%zu", (sa->encr_key.n - sa->encr->salt) * 8);
	desc_write_integ(&o, &integ);
	if (sa->esn != SA_UNKNOWN)
		put_flag(to, "esn", sa->esn == SA_YES);
	put_flag(to, "udp", sa->encap.type == SA_ENCAP_UDP);
	desc_write_ts(&o, &ts);
}

static void put_child(FILE *to, const struct session_child *c, const struct session_child_conf *conf)
{
	const char *name = c != NULL && c->conf != NULL ? c->conf->name : conf != NULL ? conf->name : NULL;

	if (c == NULL && name == NULL)
		return;
	fputs(",\"child\":{", to);
	fprintf(to, "\"number\":%llu", (unsigned long long)(c != NULL ? c->number : 0));
	json_text(to, "name", name);
	if (c != NULL) {
		put_flag(to, "initiator", c->initiator);
		json_text(to, "proto", sa_proto_name(c->out.proto));
		fprintf(to, ",\"spi_in\":\"0x%08x\",\"spi_out\":\"0x%08x\"", c->in.spi, c->out.spi);
		if (c->replaces != 0)
			fprintf(to, ",\"replaces\":%llu", (unsigned long long)c->replaces);
		put_sa(to, &c->out);
	}
	putc('}', to);
}

void session_event_json(FILE *to, const struct session_event *ev, uint64_t number, const struct reasons *why)
{
	const struct session_ike *ike = ev->ike;
	char text[TIME_TEXT];

	fprintf(to, "{\"type\":\"event\",\"event\":\"ike-%s\",\"time\":\"%s\",\"session\":%llu", session_event_name(ev->kind),
	    time_format(text, ev->when), (unsigned long long)number);
	put_ike(to, ike);
	switch (ev->kind) {
	case SESSION_KEYS:
	case SESSION_IKE_REKEYED:
		put_algs(to, ike->keys);
		break;
	case SESSION_NAT:
		put_flag(to, "nat_here", ike->nat_here);
		put_flag(to, "nat_there", ike->nat_there);
		put_flag(to, "udp", ike->natt);
		break;
	case SESSION_AUTHENTICATED:
		put_id(to, "id", &ike->id);
		json_text(to, "auth", creds_how_name(ike->how));
		put_id(to, "remote_id", &ike->remote_id);
		json_text(to, "remote_auth", creds_how_name(ike->remote_how));
		break;
	case SESSION_ADDRESS:
		put_addresses(to, ike);
		break;
	default:
		break;
	}
	put_child(to, ev->child, ev->conf);
	if (ev->text != NULL && ev->text[0] != '\0')
		json_text(to, "text", ev->text);
	why = why != NULL ? why : ev->why;
	if (why != NULL) {
		fputs(",\"reasons\":", to);
		reasons_json(to, why);
	}
	fputs("}\n", to);
}
