#include "ike/keyfile/strongswan.h"

#include <string.h>

static bool sniff(const struct format_line *l)
{
	return strongswan_log_is(l->p, l->n) || swan_is_status(l->p, l->n);
}

/* "v2 SA by message with SPIs A_i B_r", "v2 SA with SPIs A_i B_r", "_SA by config", "_SA by unique
 * ID 1".  The latter are also asked for in the middle of a message. */
static int checkout(struct swan_in *in, struct word rest, struct err *e)
{
	bool message = word_has(&rest, " by message ");
	struct word w;

	(void)e;
	in->t->jobs++;
	if (!message && in->t->sa != 0)
		return 0;
	swan_job(in);
	while ((w = word_next(&rest, "")).n > 0)
		if (word_is(&w, "SPIs"))
			swan_spis(rest, &in->t->spis);
	return 0;
}

/* "(unnamed)[2]": by this message, or for the one that is to be sent first. */
static int created(struct swan_in *in, struct word rest, struct err *e)
{
	struct word w = word_next(&rest, "");
	struct swan_sa *sa = swan_named(in, &w);

	(void)e;
	if (sa == NULL)
		return 0;
	swan_begin(sa);
	if (in->t->sa == 0)
		in->t->sa = sa->id;
	else
		in->t->created = sa->id;
	in->t->jobs += in->t->created == sa->id;
	return 0;
}

static void job_ends(struct swan_thread *t)
{
	t->jobs -= t->jobs > 0;
}

/* Nobody was found. */
static int not_out(struct swan_in *in, struct word rest, struct err *e)
{
	(void)rest, (void)e;
	job_ends(in->t);
	return 0;
}

/* "v2 SA lab[1] with SPIs A_i B_r", " and destroy IKE_SA lab[1]": the end of the job, or a new
 * one's SPIs. */
static int checkin(struct swan_in *in, struct word rest, struct err *e)
{
	struct swan_thread *t = in->t;
	struct swan_spis spis = { 0 };
	struct swan_sa *sa = NULL;
	struct word w;

	(void)e;
	while ((w = word_next(&rest, "")).n > 0) {
		if (sa == NULL)
			sa = swan_named(in, &w);
		else if (word_is(&w, "SPIs"))
			swan_spis(rest, &spis);
	}
	if (sa == NULL)
		return 0;
	if (spis.r != 0)
		sa->spis = spis;
	if (sa->set == NULL && swan_is_sure(in) && t->set != NULL && t->set->rekeyed &&
	    t->set->label[0] == '\0' && (spis.i != t->spis.i || spis.r != t->spis.r))
		sa->set = t->set;
	if (sa->set != NULL)
		swan_fill(in, sa, sa->set);
	job_ends(t);
	if (sa->id == t->sa)
		swan_job(in);
	return 0;
}

static enum swan_exchange exchange_of(const struct word *w)
{
	static const struct { const char *name; enum swan_exchange exchange; } names[] = {
		{ "IKE_SA_INIT", SWAN_INIT }, { "ID_PROT", SWAN_INIT }, { "AGGRESSIVE", SWAN_INIT },
		{ "IKE_AUTH", SWAN_AUTH }, { "CREATE_CHILD_SA", SWAN_CREATE_CHILD },
		{ "IKE_FOLLOWUP_KE", SWAN_CREATE_CHILD }, { "IKE_INTERMEDIATE", SWAN_INTERMEDIATE },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (word_is(w, names[i].name))
			return names[i].exchange;
	return SWAN_OTHER;
}

/* "IKE_AUTH request 1 [ ... ]"; the keys may be there already, if they were needed to read it. */
static int parsed(struct swan_in *in, struct word rest, struct err *e)
{
	struct swan_thread *t = in->t;
	struct word exchange = word_next(&rest, ""), what = word_next(&rest, "");

	(void)e;
	if (!word_is(&what, "request") && !word_is(&what, "response"))
		return 0;
	t->exchange = exchange_of(&exchange);
	t->known = t->exchange != SWAN_OTHER;
	t->request = word_is(&what, "request");
	swan_job_sa(in);
	if (t->known && t->set != NULL && t->exchange != SWAN_CREATE_CHILD)
		t->role = t->request ? KEYSET_RESPONDER : KEYSET_INITIATOR;
	swan_fill(in, NULL, t->set);
	return 0;
}

static bool endpoint(struct word w, struct addr *a)
{
	const char *open = memchr(w.p, '[', w.n);
	struct err e;

	return open != NULL && addr_parse(a, w.p, (size_t)(open - w.p), &e) == 0;
}

/* "A[500] to B[500] (472 bytes)" */
static int received(struct swan_in *in, struct word rest, struct err *e)
{
	struct swan_thread *t = in->t;
	struct word from = word_next(&rest, ""), to;
	struct addr a, b;

	(void)e;
	if (t->sa == 0 && t->spis.i == 0)
		swan_job(in);
	(void)word_next(&rest, "");	/* to */
	to = word_next(&rest, "");
	if (endpoint(from, &a) && endpoint(to, &b)) {
		t->remote = a;
		t->local = b;
	}
	return 0;
}

static int proposal(struct swan_in *in, struct word rest, struct err *e)
{
	(void)e;
	swan_proposal(in, rest);
	return 0;
}

/* "lab[1] to 192.0.2.2", "Main Mode IKE_SA lab[1] to 192.0.2.2" */
static int initiating(struct swan_in *in, struct word rest, struct err *e)
{
	struct swan_sa *sa = NULL;
	struct word w;

	(void)e;
	while (sa == NULL && (w = word_next(&rest, "")).n > 0)
		sa = swan_named(in, &w);
	if (sa != NULL)
		sa->role = KEYSET_INITIATOR;
	return 0;
}

/* "192.0.2.1 is initiating an IKE_SA" */
static void initiated(struct swan_in *in)
{
	struct swan_thread *t = in->t;
	struct swan_sa *sa = swan_sa(in, t->created != 0 ? t->created : t->sa);

	t->role = KEYSET_RESPONDER;
	if (sa != NULL)
		sa->role = KEYSET_RESPONDER;
}

/* "between 192.0.2.1[i.lab.example]...192.0.2.2[r.lab.example]", ours first */
static void ends(struct swan_sa *sa, struct word rest)
{
	struct addr local, remote;
	struct word w;

	(void)word_next(&rest, "");	/* between */
	w = word_next(&rest, "");
	for (size_t i = 0; i + 4 < w.n; i++) {
		struct word other = { w.p + i + 4, w.n - i - 4, 0 };

		if (memcmp(w.p + i, "]...", 4) == 0 && endpoint(w, &local) &&
		    endpoint(other, &remote)) {
			sa->local = local;
			sa->remote = remote;
		}
	}
}

/* The keys that were derived just now are a new IKE SA's after all. */
static void rekeyed(struct swan_in *in, struct swan_sa *sa)
{
	struct keyset *set = in->t->set;

	if (set == NULL || sa->set != NULL || !swan_is_sure(in))
		return;
	if (!set->rekeyed) {
		set->rekeyed = true;
		set->k.spi_i_known = set->k.spi_r_known = false;
		keyfile_named(in->s);
	}
	sa->set = set;
}

/* "lab[1] established between ...", "lab[2] rekeyed between ...", "lab[1] successfully
 * checked out" */
static int about(struct swan_in *in, struct word rest, struct err *e)
{
	struct swan_thread *t = in->t;
	struct word name = word_next(&rest, ""), verb = word_next(&rest, "");
	struct swan_sa *sa = swan_named(in, &name);

	(void)e;
	if (sa == NULL)
		return 0;
	if (word_is(&verb, "state") && sa->set != NULL && word_has(&rest, " CREATED => "))
		swan_begin(sa);
	if (word_is(&verb, "successfully") && t->sa == 0)
		t->sa = sa->id;
	if (word_is(&verb, "rekeyed"))
		rekeyed(in, sa);
	t->established |= t->auth && word_is(&verb, "established");
	if (word_is(&verb, "established") && sa->set == NULL && t->set != NULL &&
	    !t->set->rekeyed && swan_is_sure(in))
		sa->set = t->set;
	if (word_is(&verb, "rekeyed") || word_is(&verb, "established")) {
		ends(sa, rest);
		swan_fill(in, sa, sa->set);
	}
	return 0;
}

/* The first child SA is there, or there is none. */
static int tasks(struct swan_in *in, struct word rest, struct err *e)
{
	(void)rest, (void)e;
	in->t->established = false;
	return 0;
}

/* The messages that matter, by how they begin. */
static const struct {
	const char *text;
	int (*take)(struct swan_in *in, struct word rest, struct err *e);
} messages[] = {
	{ "checkout IKE", checkout }, { "created IKE_SA ", created }, { "checkin IKE", checkin },
	{ "checkin and destroy IKE_SA ", checkin }, { "IKE_SA checkout not successful", not_out },
	{ "parsed ", parsed }, { "received packet: from ", received },
	{ "selected proposal: IKE:", proposal }, { "initiating ", initiating },
	{ "IKE_SA ", about }, { "authentication of '", swan_authenticated },
	{ "activating new tasks", tasks },
};

static int take_text(struct swan_in *in, struct err *e)
{
	const struct strongswan_record *r = in->r;

	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
		size_t n = strlen(messages[i].text);

		if (r->n >= n && memcmp(r->text, messages[i].text, n) == 0)
			return messages[i].take(in, (struct word){ r->text + n, r->n - n,
			    r->column + n }, e);
	}
	if (r->n < 128 && text_has(r->text, r->n, " is initiating a"))
		initiated(in);
	return 0;
}

/* "  16: 50 51": what is left of a dump that was given up as damaged. */
static bool is_row(struct word text)
{
	struct word w = word_next(&text, ""), octet = word_next(&text, "");

	return w.n > 1 && w.n < 7 && w.p[w.n - 1] == ':' && hex_span(w.p, w.n - 1) == w.n - 1 &&
	    octet.n == 2 && hex_span(octet.p, 2) == 2;
}

static int take(void *arg, const struct strongswan_record *r, struct err *e)
{
	struct swan_in *in = arg;
	struct word text = { r->text, r->n, r->column };

	in->r = r;
	in->t = &in->w->threads[r->slot];
	if (r->fresh)
		swan_job(in);
	if (r->dump && swan_is_key(&text))
		return swan_key(in, &text, e);
	if (!r->dump && in->t->open && is_row(text))
		return 0;
	/* nothing stands between the keys of one thread */
	if (r->threaded)
		swan_close(in);
	return r->dump ? swan_dump(in, &text, e) : take_text(in, e);
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct swan *w = state;
	struct swan_in in = { .s = s, .w = w };

	if (!strongswan_log_is(l->p, l->n) && swan_is_status(l->p, l->n)) {
		swan_status(&in, l);
		return 0;
	}
	keyfile_hint(s, "charon logs them with ike at level 4");
	return strongswan_log_push(&w->log, l->p, l->n, l->number, take, &in, e);
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct swan *w = state;
	struct strongswan_record none = { 0 };
	struct swan_in in = { .s = s, .w = w, .r = &none };

	if (!done)
		return 0;		/* a set is there as soon as its first key is */
	if (strongswan_log_end(&w->log, take, &in, e) < 0)
		return -1;
	in.r = &none;
	for (size_t i = 0; i < STRONGSWAN_SLOTS; i++) {
		in.t = &w->threads[i];
		swan_close(&in);
		swan_job(&in);
	}
	return 0;
}

static void clear(void *state)
{
	struct swan *w = state;

	strongswan_log_clear(&w->log);
}

const struct format keyfile_strongswan = {
	.name = "strongswan", .what = "strongSwan's charon log with ike at level 4",
	.state = sizeof(struct swan), .raw = true, .log = true, .sniff = sniff, .line = line,
	.flush = flush, .clear = clear,
};
