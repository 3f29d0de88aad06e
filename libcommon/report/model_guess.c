/* SAs whose keys are known and whose algorithms are not: their first packets wait until trial tells. */
#include "report/model_priv.h"

#include <stdio.h>
#include <string.h>

#include "esp/guess.h"
#include "packet/ip.h"

/* A packet with memory of its own. */
struct waiting { struct datagram d; struct seen_at at; enum track_news news; uint8_t *bytes; };
struct model_guess { struct waiting packet[GUESS_PACKETS]; unsigned n; bool over; };

void model_guess_free(struct model_guess *g)
{
	for (unsigned i = 0; g != NULL && i < g->n; i++)
		free(g->packet[i].bytes);
	free(g);
}

static int keep(struct waiting *w, const struct model *m, const struct datagram *d, struct err *e)
{
	bool whole = d->packet.n > 0 && d->proto != IP_TCP;
	struct span s = whole ? d->packet : d->body;

	if ((w->bytes = malloc(s.n)) == NULL)
		return err_nomem(e);
	memcpy(w->bytes, s.p, s.n);
	w->d = *d;
	w->at = m->now;
	w->news = m->out.news;
	w->d.body.p = w->bytes + (whole ? d->body.p - d->packet.p : 0);
	w->d.packet = whole ? (struct span){ w->bytes, s.n } : (struct span){ 0 };
	return 0;
}

/* The SAD's entry learns them: the same SA with the same keys is merged. */
static int learn(struct model *m, struct model_sa *sa, const struct guess_fit *f, struct err *e)
{
	struct sa known;

	snprintf(sa->guessed, sizeof sa->guessed, "%s", guess_format((char[GUESS_TEXT]){ 0 }, f, sa->guess->n));
	if (sa_copy(&known, sa->sa, e) < 0)
		return -1;
	known.encr = f->encr;
	known.integ = f->integ != NULL || f->encr == NULL ? f->integ : f->encr->icv > 0 ? NULL : known.integ;
	known.encr_unknown = false;
	known.integ_unknown = known.integ == NULL && f->encr != NULL && f->encr->icv == 0;
	known.icv_bits = f->icv_bits;
	if (f->verified)
		known.esn = f->esn ? SA_YES : SA_NO;
	return sad_add(m->opt.sad, &known, e) < 0 ? -1 : f->verified;
}

/* Those that waited, in their order. */
static int open_waiting(struct model *m, struct model_sa *sa, unsigned n, struct err *e)
{
	struct model_packet out = m->out;
	struct seen_at now = m->now;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < n; i++) {
		m->now = sa->guess->packet[i].at;
		m->out.news = sa->guess->packet[i].news;
		rc = model_open(m, sa, &sa->guess->packet[i].d, e);
	}
	m->now = now;
	m->out = out;
	return rc;
}

/* n of those that wait are opened at once, if it is known how. */
static int try(struct model *m, struct model_sa *sa, unsigned n, struct err *e)
{
	struct guess_fit fit[GUESS_FITS];
	struct span packet[GUESS_PACKETS];
	size_t at[GUESS_PACKETS];
	unsigned fits;
	int rc = 0;

	for (unsigned i = 0; i < sa->guess->n; i++) {
		const struct datagram *d = &sa->guess->packet[i].d;

		packet[i] = sa->proto == SA_AH ? (struct span){ d->packet.p, d->ip.len } : d->body;
		at[i] = sa->proto == SA_AH ? (size_t)(d->body.p - d->packet.p) : 0;
	}
	sa->guess->over = true;
	fits = sa->proto == SA_AH ? guess_ah(sa->sa, packet, at, sa->guess->n, fit) :
	    guess_algorithms(sa->sa, packet, sa->guess->n, fit);
	if (fits > 0 && (rc = learn(m, sa, &fit[0], e)) > 0 &&
	    open_waiting(m, sa, n, e) < 0)
		rc = -1;
	return rc;
}

int model_guess(struct model *m, struct model_sa *sa, const struct datagram *d, struct err *e)
{
	struct model_guess *g = sa->guess;

	bool fit = sa->proto == SA_ESP || (sa->proto == SA_AH && d->packet.n > 0 && d->packet.n >= d->ip.len);

	if (!fit || d->body.n < d->whole || (g != NULL && g->over))
		return 0;
	if (g == NULL && (g = sa->guess = calloc(1, sizeof *g)) == NULL)
		return err_nomem(e);
	if (keep(&g->packet[g->n], m, d, e) < 0)
		return -1;
	return ++g->n == GUESS_PACKETS ? try(m, sa, GUESS_PACKETS - 1, e) : 0;
}

int model_guess_end(struct model *m, struct model_sa *sa, struct err *e)
{
	return sa->guess == NULL || sa->guess->over ? 0 : try(m, sa, sa->guess->n, e) < 0 ? -1 : 0;
}
