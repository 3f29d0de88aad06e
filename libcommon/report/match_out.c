#include "report/match_out.h"

#include <string.h>

#include "report/json_text.h"
#include "report/reason_out.h"

static const char *const modes[] = { "tunnel", "transport", "BEET" };

static const char *proto_of(const struct choice *c)
{
	return c->suite.protocol == IKE_PROTO_AH ? "AH" : "ESP";
}

/* What is left of a's selectors; quick mode of IKEv1 narrows nothing. */
static void print_ts(FILE *to, const struct compared_child *c, bool narrows)
{
	char both[COMPARE_TS_TEXT];

	for (int side = 0; side < 2; side++) {
		const char *text = c->a->ts_text[side][0] != '\0' ? c->a->ts_text[side] : "dynamic";

		if (narrows && compare_ts_chosen(both, c->a, c->b, side))
			text = both;
		fputs(side == 0 ? ", " : " = ", to);
		esc_text(to, text, strlen(text));
	}
}

static void print_child(FILE *to, const struct compared_child *c, bool narrows)
{
	char text[OFFER_TEXT];

	fputs("  ", to);
	if (c->a->name[0] != '\0') {
		fputs("child ", to);
		esc_text(to, c->a->name, strlen(c->a->name));
		fputs(": ", to);
	}
	if (!c->found) {
		fputs("no proposal in common\n", to);
		return;
	}
	fprintf(to, "%s %s", proto_of(&c->choice), offer_format(text, &c->choice.suite));
	if (c->a->name[0] != '\0') {
		fprintf(to, ", %s", modes[c->a->mode == c->b->mode ? c->a->mode : CONF_TUNNEL]);
		if (compare_ts_overlap(c->a, c->b))
			print_ts(to, c, narrows);
	}
	fputc('\n', to);
}

void match_print(FILE *to, const struct compared *c)
{
	char text[OFFER_TEXT];

	if (c->a->name[0] != '\0') {
		esc_text(to, c->a->name, strlen(c->a->name));
		if (c->b->name[0] != '\0' && strcmp(c->a->name, c->b->name) != 0) {
			fputs(" with ", to);
			esc_text(to, c->b->name, strlen(c->b->name));
		}
		fputs(c->fails ? ": no\n" : ": match\n", to);
	} else {
		fputs(c->fails ? "no match\n" : "match\n", to);
	}
	if (c->has_ike)
		fprintf(to, "  IKE: %s\n", c->found ? offer_format(text, &c->ike.suite) : "no proposal in common");
	for (unsigned i = 0; i < c->nchild; i++)
		if (c->child[i].a->offers.n > 0 && c->child[i].b->offers.n > 0)
			print_child(to, &c->child[i], c->a->version != 1 && c->b->version != 1);
	reasons_print(to, 2, &c->reasons);
}

static void child_json(FILE *to, const struct compared_child *c)
{
	char text[OFFER_TEXT];

	fprintf(to, "{\"match\":%s", c->found ? "true" : "false");
	if (c->a->name[0] != '\0')
		json_text(to, "name", c->a->name);
	if (c->found) {
		json_text(to, "proto", c->choice.suite.protocol == IKE_PROTO_AH ? "ah" : "esp");
		json_text(to, "proposal", offer_format(text, &c->choice.suite));
	}
	fputc('}', to);
}

void match_json(FILE *to, const struct compared *c)
{
	char text[OFFER_TEXT];
	bool some = false;

	fprintf(to, "{\"type\":\"event\",\"event\":\"match\",\"match\":%s", c->fails ? "false" : "true");
	if (c->a->name[0] != '\0')
		json_text(to, "a", c->a->name);
	if (c->b->name[0] != '\0')
		json_text(to, "b", c->b->name);
	if (c->has_ike && c->found)
		json_text(to, "ike", offer_format(text, &c->ike.suite));
	fputs(",\"children\":[", to);
	for (unsigned i = 0; i < c->nchild; i++)
		if (c->child[i].a->offers.n > 0 && c->child[i].b->offers.n > 0) {
			fputs(some ? "," : "", to);
			child_json(to, &c->child[i]);
			some = true;
		}
	fputs("],\"explanation\":", to);
	reasons_json(to, &c->reasons);
	fputs("}\n", to);
}
