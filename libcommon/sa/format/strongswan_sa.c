#include <stdlib.h>
#include <string.h>

#include "sa/format/strongswan.h"
#include "sa/ts.h"

/* A key of the dump; one that is damaged stays unknown, and that is said. */
static int take_key(struct charon_in *in, struct secret *to, bool *known, const struct charon_key *key,
    const char *what, struct err *e)
{
	struct charon_child *child = &in->t->child;

	*known = false;
	if (!key->have || child->mixed)
		return 0;
	if (key->damage != NULL) {
		if (!child->noted)
			format_note(in->s, key->line, key->column, "%s key left out: %s", what, key->damage);
		return 0;
	}
	*known = true;
	return secret_copy(sad_arena(format_sad(in->s)), to, key->b, key->n, e);
}

/* Keys must suit the algorithms: one that does not is not taken for anything. */
static int check_key(struct charon_in *in, const struct charon_key *key, bool *known, int rc,
    struct err *e)
{
	if (rc == 0)
		return 0;
	*known = false;
	if (!in->t->child.noted)
		format_note(in->s, key->line, key->column, "key left out: %s", e->text);
	return 0;
}

static int keys(struct charon_in *in, struct sa *sa, int role, struct err *e)
{
	const struct charon_child *child = &in->t->child;
	const struct charon_key *encr = &child->encr_key[role], *integ = &child->integ_key[role];

	if (sa->proto == SA_ESP) {
		sa->encr = child->encr;
		sa->encr_unknown = sa->encr == NULL;
		if (take_key(in, &sa->encr_key, &sa->encr_key_known, encr, "encryption", e) < 0)
			return -1;
		if (sa->encr_key_known &&
		    check_key(in, encr, &sa->encr_key_known, sa_check_encr_key(sa, e), e) < 0)
			return -1;
	}
	sa->integ = child->integ;
	/* charon names every algorithm that it uses, before the keys. */
	if (sa->integ == NULL && (child->integ_said || integ->have || sa->proto == SA_AH ||
	    sa->encr == NULL || !encr->have))
		sa->integ_unknown = true;
	else if (sa->integ == NULL && !alg_encr_is_aead(sa->encr))
		sa->integ = alg_integ_by_name("none");
	if (take_key(in, &sa->integ_key, &sa->integ_key_known, integ, "integrity", e) < 0)
		return -1;
	if (sa->integ_key_known &&
	    check_key(in, integ, &sa->integ_key_known, sa_check_integ_key(sa, e), e) < 0)
		return -1;
	sa_settle_keys(sa);
	return 0;
}

static int text(char **to, const char *from, struct err *e)
{
	if (from[0] != '\0' && (*to = strdup(from)) == NULL)
		return err_nomem(e);
	return 0;
}

static int fill(struct charon_in *in, struct sa *sa, int dir, int role, struct err *e)
{
	const struct charon_child *child = &in->t->child;
	struct sa_encap encap = child->encap;

	sa->proto = child->proto;
	sa->spi = child->spi[dir];
	sa->src = child->src[dir];
	sa->dst = child->dst[dir];
	sa->dir = dir == 0 ? SA_IN : SA_OUT;
	sa->mode = child->mode;
	sa->esn = child->esn;
	sa->encap = encap;
	if (dir == 0) {
		sa->encap.sport = encap.dport;
		sa->encap.dport = encap.sport;
	}
	if (child->ts_known) {
		if ((sa->ts = malloc(sizeof *sa->ts)) == NULL)
			return err_nomem(e);
		*sa->ts = child->ts;
		sa->nts = 1;
		if (dir == 0)
			ts_reverse(sa->ts);
	}
	if (text(&sa->label, child->label, e) < 0 || text(&sa->ike, child->ike, e) < 0)
		return -1;
	return keys(in, sa, role, e);
}

static int give(struct charon_in *in, int dir, int role, bool candidate, struct err *e)
{
	const struct charon_child *child = &in->t->child;
	struct sa sa;
	int rc = -1;

	sa_init(&sa);
	if (fill(in, &sa, dir, role, e) < 0)
		goto out;
	if (candidate) {
		char group[24];

		snprintf(group, sizeof group, "%08x-%llu", sa.spi, (unsigned long long)child->line);
		if (text(&sa.candidate, group, e) < 0)
			goto out;
	}
	if (sa_check(&sa, e) < 0) {
		if (!child->noted)
			format_note(in->s, child->line, 1, "passed over: %s", e->text);
		rc = 0;
		goto out;
	}
	rc = format_give(in->s, &sa, &format_strongswan, child->line, child->given, e);
out:
	sa_clear(&sa);
	return rc;
}

static void remember(struct charon_in *in)
{
	const struct charon_child *child = &in->t->child;
	struct charon *c = in->c;

	if (child->label[0] == '\0' || child->given)
		return;
	c->live[c->nlive % (CHARON_RING * 4)].name = child->name;
	c->live[c->nlive % (CHARON_RING * 4)].proto = child->proto;
	for (int i = 0; i < 2; i++) {
		c->live[c->nlive % (CHARON_RING * 4)].spi[i] = child->spi[i];
		c->live[c->nlive % (CHARON_RING * 4)].src[i] = child->src[i];
		c->live[c->nlive % (CHARON_RING * 4)].dst[i] = child->dst[i];
	}
	c->nlive++;
}

int charon_give(struct charon_in *in, struct err *e)
{
	struct charon_child *child = &in->t->child;
	bool settled;

	if (!child->have[0] && !child->have[1])
		return 0;
	/* Keys come in pairs: one alone may have rows of the other. */
	child->mixed |= child->encr_key[0].have != child->encr_key[1].have ||
	    child->integ_key[0].have != child->integ_key[1].have;
	settled = child->role == CHARON_INITIATOR || child->role == CHARON_RESPONDER || child->mixed;
	if (!child->noted && child->mixed)
		format_note(in->s, child->line, 1, "keys left out: lines are missing here, or those "
		    "of several child SAs are mixed");
	else if (!child->noted && !settled)
		format_note(in->s, child->line, 1, "the log does not tell who began the exchange: "
		    "both ways to assign the keys are tried");
	for (int dir = 0; dir < 2; dir++) {
		/* The initiator sends with the initiator's key. */
		int role = (child->role == CHARON_RESPONDER) == (dir == 0) ? 0 : 1;

		if (!child->have[dir])
			continue;
		if (give(in, dir, role, !settled, e) < 0)
			return -1;
		if (!settled && give(in, dir, !role, true, e) < 0)
			return -1;
		child->noted = true;
	}
	remember(in);
	child->given = true;
	return 0;
}

/* A copy with other ends; the keys stay where they are. */
static int move_sa(struct charon_in *in, const struct sa *from, const struct addr *src,
    const struct addr *dst, struct err *e)
{
	struct sa sa;
	int rc = -1;

	sa_init(&sa);
	sa.proto = from->proto;
	sa.spi = from->spi;
	sa.src = *src;
	sa.dst = *dst;
	sa.dir = from->dir;
	sa.mode = from->mode;
	sa.esn = from->esn;
	sa.encr = from->encr;
	sa.encr_unknown = from->encr_unknown;
	sa.integ = from->integ;
	sa.integ_unknown = from->integ_unknown;
	sa.encr_key_known = from->encr_key_known;
	sa.integ_key_known = from->integ_key_known;
	if (secret_copy(sad_arena(format_sad(in->s)), &sa.encr_key, from->encr_key.p, from->encr_key.n,
	    e) < 0 || secret_copy(sad_arena(format_sad(in->s)), &sa.integ_key, from->integ_key.p,
	    from->integ_key.n, e) < 0)
		goto out;
	if (from->nts == 1) {
		if ((sa.ts = malloc(sizeof *sa.ts)) == NULL) {
			err_nomem(e);
			goto out;
		}
		*sa.ts = *from->ts;
		sa.nts = 1;
	}
	if (text(&sa.label, from->label != NULL ? from->label : "", e) < 0 ||
	    text(&sa.candidate, from->candidate != NULL ? from->candidate : "", e) < 0)
		goto out;
	rc = format_give(in->s, &sa, &format_strongswan, in->r->line, false, e);
out:
	sa_clear(&sa);
	return rc;
}

int charon_move(struct charon_in *in, uint64_t name, struct err *e)
{
	const struct charon_job *job = &in->t->job;
	static const struct addr any;
	struct charon *c = in->c;

	for (size_t i = 0; i < CHARON_RING * 4; i++) {
		if (c->live[i].name != name)
			continue;
		for (int dir = 0; dir < 2; dir++) {
			const struct addr *src = !job->net ? &any : dir == 0 ? &job->remote : &job->local;
			const struct addr *dst = !job->net ? &any : dir == 0 ? &job->local : &job->remote;
			const struct sad_entry *at = sad_find(format_sad(in->s), c->live[i].proto,
			    c->live[i].spi[dir], &c->live[i].src[dir], &c->live[i].dst[dir]);

			if (addr_eq(src, &c->live[i].src[dir]) && addr_eq(dst, &c->live[i].dst[dir]))
				continue;
			for (; at != NULL; at = at->candidate)
				if (move_sa(in, &at->sa, src, dst, e) < 0)
					return -1;
			c->live[i].src[dir] = *src;
			c->live[i].dst[dir] = *dst;
		}
	}
	return 0;
}
