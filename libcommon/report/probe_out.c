#include "report/probe_out.h"

#include <string.h>

#include "ike/ids.h"
#include "ike/vendor.h"
#include "report/json_text.h"

enum { LINE = 2048, HASHES = 32 };

static const uint8_t types[] = { IKE_T_ENCR, IKE_T_INTEG, IKE_T_PRF, IKE_T_KE };
static const char *const words[] = { [PROBE_UNASKED] = "not asked", [PROBE_YES] = "yes", [PROBE_NO] = "no",
	[PROBE_OTHER] = "error", [PROBE_SILENT] = "no answer" };
static const char *const codes[] = { [PROBE_UNASKED] = "unasked", [PROBE_YES] = "yes", [PROBE_NO] = "no",
	[PROBE_OTHER] = "error", [PROBE_SILENT] = "silent" };

static void append(char out[LINE], const char *word)
{
	size_t n = strlen(out);

	snprintf(out + n, LINE - n, "%s%s", n > 0 ? " " : "", word);
}

/* Those of a type with that answer; weak: what RFC 8247 would not have, or all else. */
static const char *list(char out[LINE], const struct probe_result *r, unsigned type, enum probe_says says, bool weak)
{
	char word[OFFER_WORD];

	out[0] = '\0';
	for (unsigned i = 0; i < r->nalg; i++) {
		const struct probe_alg *a = &r->alg[i];
		bool bad = offer_alg_status(IKE_PROTO_IKE, a->type, a->alg) <= ALG_SHOULD_NOT;

		if (a->type == type && a->says == says && (says != PROBE_YES || bad == weak))
			append(out, offer_alg_format(word, type, a->alg));
	}
	return out;
}

static void vendor_text(char out[LINE], const struct probe_result *r, unsigned i)
{
	struct span data = { r->vendor[i].b, r->vendor[i].n };
	const struct ike_vendor *v = ike_vendor_find(data);

	if (v != NULL)
		snprintf(out, LINE, "%s", v->name);
	else if (text_is_clean((const char *)data.p, data.n))
		snprintf(out, LINE, "\"%.*s\"", (int)data.n, (const char *)data.p);
	else
		hex_format(out, data);
}

static const char *notify_text(char out[IKE_ID_TEXT], uint8_t version, uint16_t type)
{
	const char *name = ike_notify_name(version, type);

	if (name != NULL)
		snprintf(out, IKE_ID_TEXT, "%s", name);
	else
		snprintf(out, IKE_ID_TEXT, "notify %u", type);
	return out;
}

static void row(struct table *t, const char *what, const char *text)
{
	if (text[0] == '\0')
		return;
	table_cell(t, "%s", what);
	table_cell(t, "%s", text);
}

static void rows_of_type(struct table *t, const struct probe_result *r, unsigned type)
{
	char text[LINE], what[64];
	const char *name = offer_type_name(type);

	row(t, name, list(text, r, type, PROBE_YES, false));
	snprintf(what, sizeof what, "%s, weak", name);
	if (*list(text, r, type, PROBE_YES, true) != '\0')
		table_color(t, TABLE_RED);
	row(t, what, text);
	snprintf(what, sizeof what, "%s, refused", name);
	row(t, what, list(text, r, type, PROBE_NO, false));
	snprintf(what, sizeof what, "%s, error", name);
	row(t, what, list(text, r, type, PROBE_OTHER, false));
	snprintf(what, sizeof what, "%s, no answer", name);
	row(t, what, list(text, r, type, PROBE_SILENT, false));
}

static void rows_of_self(struct table *t, const struct probe_result *r)
{
	char text[LINE], word[IKE_ID_TEXT];

	if (r->chosen)
		row(t, "chosen of all", offer_format(text, &r->suite));
	for (size_t i = 0; i < sizeof types; i++)
		rows_of_type(t, r, types[i]);
	row(t, "cookie", r->cookie ? "wanted" : "");
	if (r->nat_said)
		row(t, "NAT", r->nat_here && r->nat_there ? "both ends are behind one" : r->nat_here ? "this end is behind one" :
		    r->nat_there ? "the other end is behind one" : "none");
	text[0] = '\0';
	for (uint32_t i = 0; i < HASHES; i++)
		if (r->hashes >> i & 1)
			append(text, ike_id_text(word, &ike_hashes, i));
	row(t, "signature hashes", text);
	text[0] = '\0';
	for (unsigned i = 0; i < r->nnotify; i++)
		append(text, notify_text(word, IKE_V2, r->notify[i]));
	row(t, "notifies", text);
	snprintf(text, sizeof text, "%u named by CERTREQ", r->cas);
	row(t, "authorities", r->cas > 0 ? text : "");
}

static void rows_of_v1(struct table *t, const struct probe_result *r)
{
	char text[LINE], word[IKE_ID_TEXT], offer[OFFER_TEXT];

	text[0] = '\0';
	if (r->v1 == PROBE_YES && r->v1_suite.of[IKE_T_ENCR].n > 0)
		snprintf(text, sizeof text, "%s, %s", offer_format(offer, &r->v1_suite),
		    ike_id_text(word, &ike_v1_auths, r->v1_auth));
	row(t, "IKEv1 main mode", text);
	for (unsigned i = 0; i < r->nvendor; i++) {
		vendor_text(text, r, i);
		row(t, i == 0 ? "vendor ids" : " ", text);
	}
}

static const char *version_text(char out[LINE], enum probe_says says, uint8_t version, uint16_t notify)
{
	char word[IKE_ID_TEXT];

	if (notify != 0)
		snprintf(out, LINE, "%s (%s)", words[says], notify_text(word, version, notify));
	else
		snprintf(out, LINE, "%s", words[says]);
	return out;
}

int probe_print(const struct table_place *place, const struct probe_host *h, const struct probe_result *r, struct err *e)
{
	static const struct table_column columns[] = { { "asked", 0 }, { "answer", TABLE_WRAP } };
	struct table *t = table_new(columns, 2, e);
	char a[ADDR_TEXT], v2[LINE], v1[LINE];
	int rc;

	if (t == NULL)
		return -1;
	esc_text(place->to, h->name, strlen(h->name));
	fprintf(place->to, " (%s[%u]): IKEv2 %s, IKEv1 %s", addr_format(a, &h->path.remote), h->path.remote_port,
	    version_text(v2, r->v2, IKE_V2, r->v2_notify), version_text(v1, r->v1, IKE_V1, r->v1_notify));
	if (h->rtt >= 0)
		fprintf(place->to, ", %lld.%lld ms", (long long)(h->rtt / 1000000), (long long)(h->rtt / 100000 % 10));
	if (h->trouble != NULL) {
		fputs(" (", place->to);
		esc_text(place->to, h->trouble, strlen(h->trouble));
		putc(')', place->to);
	}
	putc('\n', place->to);
	rows_of_self(t, r);
	rows_of_v1(t, r);
	rc = r->answered > 0 ? table_print(place, t, e) : 0;
	table_free(t);
	return rc;
}

static void json_algs(FILE *to, const struct probe_result *r)
{
	char word[OFFER_WORD], name[IKE_ID_TEXT];

	fputs(",\"transforms\":[", to);
	for (unsigned i = 0; i < r->nalg; i++) {
		const struct probe_alg *a = &r->alg[i];

		if (a->says == PROBE_UNASKED)
			break;
		fprintf(to, "%s{\"type\":\"%s\",\"name\":\"%s\",\"id\":%u", i > 0 ? "," : "",
		    ike_id_text(name, &ike_transform_types, a->type), offer_alg_format(word, a->type, a->alg), a->alg.id);
		if (a->alg.bits != 0)
			fprintf(to, ",\"bits\":%u", a->alg.bits);
		fprintf(to, ",\"answer\":\"%s\"", codes[a->says]);
		if (a->says == PROBE_OTHER)
			json_text(to, "notify", notify_text(name, IKE_V2, a->notify));
		if (a->says == PROBE_YES && offer_alg_status(IKE_PROTO_IKE, a->type, a->alg) <= ALG_SHOULD_NOT)
			fputs(",\"weak\":true", to);
		putc('}', to);
	}
	putc(']', to);
}

static void json_lists(FILE *to, const struct probe_result *r)
{
	char word[IKE_ID_TEXT], text[LINE], hex[2 * PROBE_VENDOR + 1];
	bool some = false;

	fputs(",\"notifies\":[", to);
	for (unsigned i = 0; i < r->nnotify; i++)
		fprintf(to, "%s\"%s\"", i > 0 ? "," : "", notify_text(word, IKE_V2, r->notify[i]));
	fputs("],\"hashes\":[", to);
	for (uint32_t i = 0; i < HASHES; i++)
		if (r->hashes >> i & 1) {
			fprintf(to, "%s\"%s\"", some ? "," : "", ike_id_text(word, &ike_hashes, i));
			some = true;
		}
	fputs("],\"vendors\":[", to);
	for (unsigned i = 0; i < r->nvendor; i++) {
		fprintf(to, "%s{\"id\":\"%s\"", i > 0 ? "," : "",
		    hex_format(hex, (struct span){ r->vendor[i].b, r->vendor[i].n }));
		vendor_text(text, r, i);
		json_text(to, "name", text);
		putc('}', to);
	}
	putc(']', to);
}

void probe_json(FILE *to, const struct probe_host *h, const struct probe_result *r)
{
	char text[TIME_TEXT], a[ADDR_TEXT], offer[OFFER_TEXT], word[IKE_ID_TEXT];

	fprintf(to, "{\"type\":\"event\",\"event\":\"ike-probe\",\"time\":\"%s\"", time_format(text, h->when));
	json_text(to, "host", h->name);
	fprintf(to, ",\"addr\":\"%s\",\"port\":%u,\"ikev2\":\"%s\",\"ikev1\":\"%s\"", addr_format(a, &h->path.remote),
	    h->path.remote_port, codes[r->v2], codes[r->v1]);
	if (r->v2_notify != 0)
		json_text(to, "ikev2_notify", notify_text(word, IKE_V2, r->v2_notify));
	if (r->v1_notify != 0)
		json_text(to, "ikev1_notify", notify_text(word, IKE_V1, r->v1_notify));
	if (h->rtt >= 0)
		fprintf(to, ",\"rtt_us\":%lld", (long long)(h->rtt / 1000));
	json_text(to, "trouble", h->trouble);
	fprintf(to, ",\"requests\":%u,\"answers\":%u,\"cookie\":%s", r->asked, r->answered, r->cookie ? "true" : "false");
	if (r->chosen)
		json_text(to, "chosen", offer_format(offer, &r->suite));
	if (r->v1_suite.of[IKE_T_ENCR].n > 0) {
		json_text(to, "ikev1_chosen", offer_format(offer, &r->v1_suite));
		json_text(to, "ikev1_auth", ike_id_text(word, &ike_v1_auths, r->v1_auth));
	}
	if (r->nat_said)
		fprintf(to, ",\"nat_here\":%s,\"nat_there\":%s", r->nat_here ? "true" : "false", r->nat_there ? "true" : "false");
	if (r->cas > 0)
		fprintf(to, ",\"authorities\":%u", r->cas);
	json_algs(to, r);
	json_lists(to, r);
	fputs("}\n", to);
}
