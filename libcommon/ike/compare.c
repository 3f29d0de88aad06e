#include "ike/compare.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ike/compare_priv.h"

static bool same_addr(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0 && a[0] != '%';
}

struct conf_conn *conf_opposite(const struct conf *a, const struct conf *b, unsigned i)
{
	const struct conf_conn *of = a->conn[i];
	struct conf_conn *found = NULL;

	for (unsigned j = 0; found == NULL && j < b->nconn; j++)
		if (of->name[0] != '\0' && strcasecmp(of->name, b->conn[j]->name) == 0)
			found = b->conn[j];
	for (unsigned j = 0; found == NULL && j < b->nconn; j++)
		if ((same_addr(of->end[0].addr, b->conn[j]->end[1].addr) &&
			same_addr(of->end[1].addr, b->conn[j]->end[0].addr)))
			found = b->conn[j];
	if (found == NULL && a->nconn == 1 && b->nconn == 1)
		found = b->conn[0];
	if (found != NULL && (a->symmetric || b->symmetric) &&
	    (same_addr(of->end[0].addr, found->end[0].addr) ||
		same_addr(of->end[1].addr, found->end[1].addr)))
		conf_conn_swap(found);
	return found;
}

static void compare_version(struct comparing *c)
{
	const struct conf_conn *a = c->conn[0], *b = c->conn[1];
	struct reason *r;

	if (a->version != 0 && b->version != 0 && a->version != b->version) {
		r = reason_add(&c->out->reasons, "version", REASON_ERROR, "%s speaks IKEv%d, %s IKEv%d",
		    c->names[0], a->version, c->names[1], b->version);
		reason_advise(r, "set %s to IKEv2", a->version == 1 ? c->names[0] : c->names[1]);
	}
	if (a->version == 1 && b->version == 1 && a->aggressive != b->aggressive) {
		r = reason_add(&c->out->reasons, "mode-phase1", REASON_ERROR,
		    "%s uses aggressive mode, %s main mode", c->names[!a->aggressive],
		    c->names[a->aggressive]);
		reason_advise(r, "use main mode at both ends, better IKEv2");
	}
}

static void compare_ike(struct comparing *c)
{
	const struct offers *a = &c->conn[0]->ike, *b = &c->conn[1]->ike;
	char text[CHOOSE_TEXT], advice[CHOOSE_TEXT];
	struct choice_gap g;
	struct reason *r;

	c->out->has_ike = a->n > 0 && b->n > 0;
	if (!c->out->has_ike)
		return;
	c->out->found = offers_choose(&c->out->ike, b, a, 0);
	if (c->out->found || !offers_nearest(&g, a, b, 0))
		return;
	r = reason_add(&c->out->reasons, "no-proposal", REASON_ERROR, "no IKE proposal in common: %s",
	    choice_gap_format(text, &g, a, b, c->names));
	reason_advise(r, "%s", choice_gap_advice(advice, &g, a, b, c->names));
}

/* Addresses that the one asks for and the other does not give out. */
static void compare_config(struct comparing *c)
{
	for (int i = 0; i < 2; i++)
		if (c->conn[i]->wants_address && !c->conn[!i]->gives_addresses)
			reason_advise(reason_add(&c->out->reasons, "address", REASON_ERROR,
					  "%s asks for an address (CP), %s has no pool: "
					  "INTERNAL_ADDRESS_FAILURE or FAILED_CP_REQUIRED",
					  c->names[i], c->names[!i]),
			    "give %s a pool of addresses, or let %s ask for none", c->names[!i], c->names[i]);
}

void conf_compare(struct compared *out, const struct conf *a, const struct conf_conn *of_a,
    const struct conf *b, const struct conf_conn *of_b, const char *const names[2])
{
	struct comparing c = { out, { a, b }, { of_a, of_b }, names };

	memset(out, 0, sizeof *out);
	out->a = of_a;
	out->b = of_b;
	compare_version(&c);
	compare_ike(&c);
	compare_auth(&c);
	compare_config(&c);
	compare_children(&c);
	for (unsigned i = 0; i < out->reasons.n; i++)
		out->fails |= out->reasons.row[i].level == REASON_ERROR;
}
