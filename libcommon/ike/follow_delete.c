#include "ike/follow_state.h"

static int end_child(struct follow *f, struct followed *s, struct child *c, int which, int64_t ns, struct err *e)
{
	if (c->deleted[which])
		return 0;
	c->deleted[which] = true;
	c->sa[which].expires_known = true;
	c->sa[which].expires = ns;
	return follow_child_give(f, s, c, which, FOLLOW_DELETED, e);
}

static void add_heir(struct followed *s, const struct followed *new, bool turned)
{
	if (s->nheirs == FOLLOW_HEIRS)
		for (s->nheirs = 0; s->nheirs < FOLLOW_HEIRS - 1; s->nheirs++)
			s->heir[s->nheirs] = s->heir[s->nheirs + 1];
	s->heir[s->nheirs++] = (struct heir){ new->sa.spi_i, new->sa.spi_r, turned };
}

void follow_heir(struct follow *f, struct followed *s, struct followed *new, bool by_initiator)
{
	/* both ends rekeyed at once: the child SAs may come to the one that loses (2.8.1), and go on from there */
	for (unsigned i = 0; i < s->nheirs; i++) {
		const struct heir *h = &s->heir[i];
		struct followed *other = follow_find(f, 2, h->spi_i, h->spi_r);

		if (other == NULL || other == new)
			continue;
		add_heir(other, new, h->turned != !by_initiator);
		add_heir(new, other, h->turned != !by_initiator);
	}
	add_heir(s, new, !by_initiator);
}

static void hand_over(struct followed *from, struct followed *to, bool turned)
{
	while (from->children != NULL && to->nchildren < FOLLOW_CHILDREN) {
		struct child *c = from->children;

		from->children = c->next;
		from->nchildren--;
		if (turned) {
			struct sa sa = c->sa[0];
			bool deleted = c->deleted[0];

			c->sa[0] = c->sa[1];
			c->sa[1] = sa;
			c->deleted[0] = c->deleted[1];
			c->deleted[1] = deleted;
		}
		c->next = to->children;
		to->children = c;
		to->nchildren++;
	}
}

/* RFC 7296 1.4.1: its child SAs end with an IKE SA, unless another one took its place. */
static int end_ike_sa(struct follow *f, struct followed *s, int64_t ns, struct err *e)
{
	s->sa.deleted = true;
	for (unsigned i = s->nheirs; i-- > 0;) {
		struct followed *to = follow_find(f, 2, s->heir[i].spi_i, s->heir[i].spi_r);

		if (to != NULL && to != s && !to->sa.deleted) {
			hand_over(s, to, s->heir[i].turned);
			return 0;
		}
	}
	for (struct child *c = s->children; c != NULL; c = c->next)
		for (int which = 0; which < 2; which++)
			if (end_child(f, s, c, which, ns, e) < 0)
				return -1;
	return 0;
}

int follow_deletes(struct follow *f, struct followed *s, const struct follow_message *out, struct err *e)
{
	for (unsigned i = 0; i < f->m.inner.n; i++) {
		const struct ike_payload *p = &f->m.inner.payload[i];

		if (p->type != IKE_P_DELETE || !p->decoded)
			continue;
		if (p->del.protocol == IKE_PROTO_IKE && end_ike_sa(f, s, out->d->ns, e) < 0)
			return -1;
		for (size_t at = 0; p->del.spi_size == 4 && at + 4 <= p->del.spis.n; at += 4) {
			int which;
			/* the sender names the SPIs of what it receives */
			struct child *c = follow_child_find(s, load_be32(p->del.spis.p + at), &which);

			if (c != NULL && end_child(f, s, c, which, out->d->ns, e) < 0)
				return -1;
		}
	}
	return 0;
}
