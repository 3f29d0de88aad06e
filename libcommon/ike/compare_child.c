/* The child SAs of two configurations: selectors, mode, proposals. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ike/compare_priv.h"

static bool ranges_meet(const struct addr_range *a, unsigned n, const struct addr_range *b, unsigned m)
{
	if (n == 0 || m == 0)
		return true;
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < m; j++)
			if (a[i].first.family == b[j].first.family &&
			    addr_cmp(&a[i].first, &b[j].last) <= 0 && addr_cmp(&b[j].first, &a[i].last) <= 0)
				return true;
	return false;
}

static bool ports_meet(bool a_set, struct port_range a, bool b_set, struct port_range b)
{
	return !a_set || !b_set || (a.first <= b.last && b.first <= a.last);
}

/* Side of a against the opposite one of b. */
static bool side_meets(const struct conf_child *a, int side, const struct conf_child *b)
{
	const struct selector *s = &a->ts, *t = &b->ts;

	if (a->ts_bad || b->ts_bad || a->ts_dynamic[side] || b->ts_dynamic[!side])
		return true;
	return side == CONF_LOCAL ? ranges_meet(s->src, s->nsrc, t->dst, t->ndst) &&
		ports_meet(s->sport_set, s->sport, t->dport_set, t->dport)
				  : ranges_meet(s->dst, s->ndst, t->src, t->nsrc) &&
		ports_meet(s->dport_set, s->dport, t->sport_set, t->sport);
}

static bool protos_meet(const struct conf_child *a, const struct conf_child *b)
{
	return a->ts_bad || b->ts_bad || a->ts.proto < 0 || b->ts.proto < 0 || a->ts.proto == b->ts.proto;
}

bool compare_ts_overlap(const struct conf_child *a, const struct conf_child *b)
{
	return side_meets(a, CONF_LOCAL, b) && side_meets(a, CONF_REMOTE, b) && protos_meet(a, b);
}

/* Appends with a comma; false: no room. */
static bool add_range(char out[COMPARE_TS_TEXT], size_t *at, const struct addr_range *r)
{
	char text[ADDR_RANGE_TEXT];
	size_t room = COMPARE_TS_TEXT - *at;
	int n = snprintf(out + *at, room, "%s%s", *at > 0 ? "," : "", addr_range_format(text, r));

	*at += (size_t)n;
	return (size_t)n < room;
}

bool compare_ts_chosen(char out[COMPARE_TS_TEXT], const struct conf_child *a, const struct conf_child *b,
    int side)
{
	const struct selector *s = &a->ts, *t = &b->ts;
	bool local = side == CONF_LOCAL;
	const struct addr_range *of_a = local ? s->src : s->dst, *of_b = local ? t->dst : t->src;
	unsigned n = local ? s->nsrc : s->ndst, m = local ? t->ndst : t->nsrc;
	size_t at = 0;

	if (a->ts_bad || b->ts_bad || a->ts_dynamic[side] || b->ts_dynamic[!side] || n == 0 || m == 0 ||
	    s->proto >= 0 || t->proto >= 0 || s->sport_set || s->dport_set || t->sport_set || t->dport_set)
		return false;
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < m; j++) {
			struct addr_range r = of_a[i];

			if (!ranges_meet(&of_a[i], 1, &of_b[j], 1))
				continue;
			if (addr_cmp(&of_b[j].first, &r.first) > 0)
				r.first = of_b[j].first;
			if (addr_cmp(&of_b[j].last, &r.last) < 0)
				r.last = of_b[j].last;
			if (!add_range(out, &at, &r))
				return false;
		}
	return at > 0;
}

static const char *ts_word(const struct conf_child *c, int side)
{
	return c->ts_text[side][0] != '\0' ? c->ts_text[side] : "its own address";
}

static void compare_selectors(struct comparing *c, const struct conf_child *a, const struct conf_child *b)
{
	for (int side = 0; side < 2; side++)
		if (!side_meets(a, side, b) || (side == 0 && !protos_meet(a, b)))
			reason_advise(reason_add(&c->out->reasons, "selectors", REASON_ERROR,
					  "child %s: traffic on %s's side is %s for %s, %s for %s: "
					  "TS_UNACCEPTABLE",
					  a->name, c->names[side], ts_word(a, side), c->names[0],
					  ts_word(b, !side), c->names[1]),
			    "let them overlap: %s's local and %s's remote selectors, and the other way round",
			    c->names[0], c->names[1]);
	if (a->mode != b->mode)
		reason_advise(reason_add(&c->out->reasons, "mode", REASON_WARNING,
				  "child %s: %s is configured for %s mode, %s for %s mode: it comes up in "
				  "tunnel mode, or not at all",
				  a->name, c->names[0],
				  a->mode == CONF_TRANSPORT  ? "transport"
				      : a->mode == CONF_BEET ? "BEET"
							     : "tunnel",
				  c->names[1],
				  b->mode == CONF_TRANSPORT  ? "transport"
				      : b->mode == CONF_BEET ? "BEET"
							     : "tunnel"),
		    "set the same mode at both ends");
}

static void say_gap(struct comparing *c, const struct conf_child *a, const struct conf_child *b,
    unsigned flags, const char *id, const char *lead)
{
	char text[CHOOSE_TEXT], advice[CHOOSE_TEXT];
	struct choice_gap g;

	if (!offers_nearest(&g, &a->offers, &b->offers, flags)) {
		reason_advise(reason_add(&c->out->reasons, id, REASON_ERROR,
				  "child %s: one end wants ESP, the other AH", a->name),
		    "use ESP at both ends");
		return;
	}
	reason_advise(
	    reason_add(&c->out->reasons, id, REASON_ERROR, "%s%s%s: %s", a->name[0] != '\0' ? "child " : "",
		a->name, lead, choice_gap_format(text, &g, &a->offers, &b->offers, c->names)),
	    "%s", choice_gap_advice(advice, &g, &a->offers, &b->offers, c->names));
}

static void compare_proposals(struct comparing *c, struct compared_child *row)
{
	const struct offers *a = &row->a->offers, *b = &row->b->offers;
	/* proposals alone are of any exchange, and quick mode has its key exchange at once */
	bool first = c->conn[0]->ike.n > 0 && c->conn[0]->version != 1 && c->conn[1]->version != 1;
	struct choice again;

	if (a->n == 0 || b->n == 0)
		return;
	row->found = offers_choose(&row->choice, b, a, first ? CHOOSE_WITHOUT_KE : 0);
	if (!row->found)
		say_gap(c, row->a, row->b, first ? CHOOSE_WITHOUT_KE : 0, "no-child-proposal",
		    row->a->name[0] != '\0' ? ": no proposal in common" : "no proposal in common");
	else if (first && !offers_choose(&again, b, a, 0))
		say_gap(c, row->a, row->b, 0, "no-rekey-proposal", ": comes up, but cannot be rekeyed");
}

/* The responder looks for a child whose selectors fit, not by name. */
static const struct conf_child *opposite(const struct conf_child *a, const struct conf_conn *b)
{
	unsigned n = b->nchild, named = n, fits = n;

	for (unsigned i = n; i-- > 0;) {
		const struct conf_child *other = b->child[i];

		if (other != NULL && strcasecmp(a->name, other->name) == 0)
			named = i;
		if (other != NULL && compare_ts_overlap(a, other))
			fits = i;
	}
	if (named < n && (fits == n || compare_ts_overlap(a, b->child[named])))
		return b->child[named];
	return fits < n ? b->child[fits] : n > 0 ? b->child[0] : NULL;
}

void compare_children(struct comparing *c)
{
	const struct conf_conn *a = c->conn[0], *b = c->conn[1];

	for (unsigned i = 0; i < a->nchild; i++) {
		struct compared_child *row = &c->out->child[c->out->nchild];

		if ((row->b = opposite(a->child[i], b)) == NULL)
			continue;
		row->a = a->child[i];
		c->out->nchild++;
		compare_selectors(c, row->a, row->b);
		compare_proposals(c, row);
	}
}
