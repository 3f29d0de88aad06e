#include <string.h>

#include "sa/format/strongswan.h"

/* "192.0.2.1[4500]" */
static bool endpoint(const struct word *w, struct addr *a, uint16_t *port)
{
	const char *open = memchr(w->p, '[', w->n);
	struct err e;
	uint64_t v;

	if (open == NULL || w->p[w->n - 1] != ']' || addr_parse(a, w->p, (size_t)(open - w->p), &e) < 0 ||
	    uint_parse(&v, open + 1, w->n - (size_t)(open - w->p) - 2, 0, UINT16_MAX, &e) < 0)
		return false;
	*port = (uint16_t)v;
	return true;
}

/* "A[p] to B[p] (N bytes)" */
static bool endpoints(struct charon_job *job, struct word rest, bool sending)
{
	struct word from = word_next(&rest, ""), to = word_next(&rest, "");
	struct addr a, b;
	uint16_t pa, pb;

	if (!word_is(&to, "to"))
		return false;
	to = word_next(&rest, "");
	if (!endpoint(&from, &a, &pa) || !endpoint(&to, &b, &pb))
		return false;
	job->net = true;
	job->local = sending ? a : b;
	job->remote = sending ? b : a;
	job->lport = sending ? pa : pb;
	job->rport = sending ? pb : pa;
	return true;
}

int charon_received(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_job *job = &in->t->job;
	char ike[sizeof job->ike];

	if (in->r->threaded) {
		if (charon_close(in, e) < 0)
			return -1;
		memcpy(ike, job->ike, sizeof ike);
		*job = (struct charon_job){ .esn = SA_UNKNOWN };
		memcpy(job->ike, ike, sizeof ike);
	}
	endpoints(job, rest, false);
	return 0;
}

int charon_sending(struct charon_in *in, struct word rest, struct err *e)
{
	if (in->r->threaded && charon_close(in, e) < 0)
		return -1;
	endpoints(&in->t->job, rest, true);
	return 0;
}

static bool has(const struct words *ws, const char *payload)
{
	for (size_t i = 0; i < ws->n; i++)
		if (word_is(&ws->w[i], payload))
			return true;
	return false;
}

/* "checkout IKEv2 SA by message with SPIs e1cdb1dc00c6726e_i be1ddf709d4e7e61_r" */
int charon_checkout(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_job *job = &in->t->job;
	struct words ws;
	const struct word *i, *r;

	words_cut(&ws, rest.p, rest.n, 1);
	/* Others are looked up in the middle of a message, too. */
	if (!in->r->threaded || !has(&ws, "message"))
		return 0;
	if (charon_close(in, e) < 0)
		return -1;
	*job = (struct charon_job){ .esn = SA_UNKNOWN };
	i = words_after(&ws, "SPIs");
	r = i + 1 < ws.w + ws.n ? i + 1 : i;
	if (i->n == 18 && r->n == 18 && hex_span(i->p, 16) == 16 && hex_span(r->p, 16) == 16 &&
	    memcmp(r->p, "0000000000000000", 16) != 0)
		snprintf(job->ike, sizeof job->ike, "0x%.16s/0x%.16s", i->p, r->p);
	return 0;
}

/* An exchange that sets up child SAs. */
static bool sets_up(const struct word *exchange)
{
	return word_is(exchange, "IKE_AUTH") || word_is(exchange, "CREATE_CHILD_SA") ||
	    word_is(exchange, "QUICK_MODE") || word_is(exchange, "IKE_FOLLOWUP_KE");
}

/* The mode that the messages agree on (RFC 7296 1.3.1); only a response tells. */
static enum sa_mode mode_of(const struct words *ws)
{
	bool sa = false;

	for (size_t i = 0; i < ws->n; i++) {
		if (word_is(&ws->w[i], "N(USE_TRANSP)"))
			return SA_TRANSPORT;
		if (word_is(&ws->w[i], "N(BEET_MODE)"))
			return SA_BEET;
		sa |= word_is(&ws->w[i], "SA");
	}
	return sa ? SA_TUNNEL : SA_MODE_UNKNOWN;
}

/* True if this message can be the one whose reader sets up a child: the responder of IKE_AUTH reads
 * AUTH alone as the last message of EAP; responses bring the traffic selectors. */
static bool may_set_up(const struct words *ws, bool request, bool quick)
{
	if (!sets_up(words_at(ws, 0)))
		return false;
	if (quick)
		return request || has(ws, "SA");
	if (request)
		return word_is(words_at(ws, 0), "IKE_AUTH") ? has(ws, "AUTH") || has(ws, "TSi")
		    : has(ws, "TSi") || word_is(words_at(ws, 0), "IKE_FOLLOWUP_KE");
	return has(ws, "TSi") || word_is(words_at(ws, 0), "IKE_FOLLOWUP_KE");
}

static enum sa_tri *quick_esn(struct charon *c, uint64_t id)
{
	for (unsigned i = 0; i < CHARON_RING; i++)
		if (c->quick[i].id == id)
			return &c->quick[i].esn;
	return NULL;
}

/* "EXCHANGE request ID [ payloads ]" */
int charon_parsed(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_job *job = &in->t->job;
	struct words ws;
	bool request, quick;
	enum sa_tri *esn;

	words_cut(&ws, rest.p, rest.n, 1);
	request = word_is(words_at(&ws, 1), "request");
	quick = word_is(words_at(&ws, 0), "QUICK_MODE");
	if (!request && !word_is(words_at(&ws, 1), "response"))
		return 0;
	if (in->r->threaded) {
		if (charon_close(in, e) < 0)
			return -1;
		job->open = 0;
		job->role = job->hash = job->task = CHARON_UNSETTLED;
		job->mode = SA_MODE_UNKNOWN;
		job->esn = SA_UNKNOWN;
		job->name[0] = '\0';
	}
	if (!may_set_up(&ws, request, quick))
		return 0;
	job->open++;
	job->role = request ? CHARON_RESPONDER : CHARON_INITIATOR;
	job->quick = quick;
	job->esn = SA_UNKNOWN;
	job->mode = !request && !quick ? mode_of(&ws) : SA_MODE_UNKNOWN;
	if (quick && word_number(words_at(&ws, 2), UINT32_MAX, &job->message_id) &&
	    (esn = quick_esn(in->c, job->message_id)) != NULL)
		job->esn = *esn;
	return 0;
}

int charon_generating(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_job *job = &in->t->job;
	struct charon_child *child = &in->t->child;
	struct words ws;

	words_cut(&ws, rest.p, rest.n, 1);
	if (!sets_up(words_at(&ws, 0)))
		return 0;
	/* Fragments (RFC 7383) follow the message itself. */
	if (word_is(words_at(&ws, 1), "response") && child->role == CHARON_RESPONDER &&
	    !word_is(words_at(&ws, 0), "QUICK_MODE") && child->mode == SA_MODE_UNKNOWN)
		child->mode = mode_of(&ws);
	if ((in->r->threaded || (child->have[0] && child->have[1])) && charon_close(in, e) < 0)
		return -1;
	if (in->r->threaded)
		job->open = 0;
	else if (job->open > 0)
		job->open--;
	if (job->open == 0)
		job->role = job->hash = job->task = CHARON_UNSETTLED;
	return 0;
}

/* "AES_CBC_128/HMAC_SHA2_256_128/NO_EXT_SEQ", of ESP or AH */
int charon_proposal(struct charon_in *in, struct word rest, struct err *e)
{
	struct charon_job *job = &in->t->job;
	static const char yes[] = "EXT_SEQ", no[] = "NO_EXT_SEQ";

	(void)e;
	if (job->open > 1)
		return 0;
	job->esn = SA_UNKNOWN;
	for (size_t from = 0, i = 0; i <= rest.n; i++) {
		struct word w = { rest.p + from, i - from, 1 };

		if (i < rest.n && rest.p[i] != '/' && rest.p[i] != ' ')
			continue;
		if (word_is(&w, yes))
			job->esn = SA_YES;
		else if (word_is(&w, no))
			job->esn = SA_NO;
		from = i + 1;
	}
	if (job->quick && job->role == CHARON_RESPONDER) {
		in->c->quick[in->c->nquick % CHARON_RING].id = job->message_id;
		in->c->quick[in->c->nquick++ % CHARON_RING].esn = job->esn;
	}
	return 0;
}

int charon_natted(struct charon_in *in, struct word rest, struct err *e)
{
	const struct charon_job *job = &in->t->job;
	struct charon *c = in->c;

	(void)rest;
	(void)e;
	if (job->net) {
		c->nat[c->nnat % CHARON_RING].a = job->local;
		c->nat[c->nnat++ % CHARON_RING].b = job->remote;
	}
	return 0;
}

static bool is_natted(const struct charon *c, const struct addr *a, const struct addr *b)
{
	for (unsigned i = 0; i < CHARON_RING; i++)
		if (c->nat[i].a.family != 0 && addr_eq(&c->nat[i].a, a) && addr_eq(&c->nat[i].b, b))
			return true;
	return false;
}

/* "net{2}", perhaps with "reqid 1" behind it: we begin the exchange. */
int charon_establishing(struct charon_in *in, struct word rest, struct err *e)
{
	struct word name = word_next(&rest, "");
	struct charon *c = in->c;

	(void)e;
	if (name.n > 0 && name.p[name.n - 1] == '}')
		c->begun[c->nbegun++ % CHARON_RING].name = charon_name(in, &name);
	return 0;
}

static enum charon_role agree(enum charon_role a, enum charon_role b)
{
	if (a == CHARON_UNSETTLED || a == b)
		return b;
	return b == CHARON_UNSETTLED ? a : CHARON_CONFLICT;
}

enum charon_role charon_role(const struct charon_job *job)
{
	if (job->open > 1)
		return CHARON_CONFLICT;
	return agree(agree(job->role, job->hash), job->task);
}

void charon_settle(struct charon_in *in)
{
	struct charon_child *child = &in->t->child;
	struct charon_job *job = &in->t->job;

	child->role = charon_role(job);
	child->mode = job->mode;
	child->esn = job->open > 1 ? SA_UNKNOWN : job->esn;
	memcpy(child->label, job->name, sizeof child->label);
	child->name = charon_name(in, &(struct word){ job->name, strlen(job->name), 1 });
	memcpy(child->ike, job->ike, sizeof child->ike);
	if (job->net && is_natted(in->c, &job->local, &job->remote) && job->lport != 500 &&
	    addr_eq(&job->local, &child->src[1]) && addr_eq(&job->remote, &child->dst[1]))
		child->encap = (struct sa_encap){ .type = SA_ENCAP_UDP, .sport = job->lport,
		    .dport = job->rport };
}

/* "10.1.0.0/24[tcp/80]": false if it is not understood. */
static bool ts_part(struct word w, struct addr_range *r, int16_t *proto, struct port_range *port,
    bool *port_set)
{
	const char *open = memchr(w.p, '[', w.n), *slash, *end = w.p + w.n - 1;
	size_t n = open == NULL ? w.n : (size_t)(open - w.p);
	char text[2 * ADDR_TEXT], name[16];
	struct word part;
	uint64_t v;
	struct err e;

	if (n == 0 || n >= sizeof text)
		return false;
	memcpy(text, w.p, n);
	text[n] = '\0';
	if ((slash = strstr(text, "..")) != NULL) {	/* a range */
		text[slash - text] = '-';
		memmove(text + (slash - text) + 1, slash + 2, strlen(slash + 2) + 1);
		n--;
	}
	if (addr_range_parse(r, text, n, &e) < 0)
		return false;
	if (open == NULL)
		return true;
	if (*end != ']')
		return false;
	slash = memchr(open, '/', (size_t)(end - open));
	part = (struct word){ open + 1, (size_t)((slash != NULL ? slash : end) - open) - 1, 1 };
	if (!word_text(name, sizeof name, &part) || (*proto = (int16_t)selector_proto_parse(name)) < 0)
		return false;
	if (slash == NULL)
		return true;
	part = (struct word){ slash + 1, (size_t)(end - slash) - 1, 1 };
	if (!word_number(&part, UINT16_MAX, &v) || memchr(part.p, '(', part.n) != NULL)
		return false;			/* a service's name, a range, an ICMP type */
	*port = (struct port_range){ (uint16_t)v, (uint16_t)v };
	return *port_set = true;
}

/* One side; proto -2: no part was read yet. */
static bool ts_side(struct word *rest, struct addr_range *r, uint8_t *n, int16_t *proto,
    struct port_range *port, bool *port_set)
{
	struct word w;

	while ((w = word_next(rest, "")).n > 0 && !word_is(&w, "===")) {
		int16_t one = -1;

		if (*n == SELECTOR_RANGES || !ts_part(w, &r[*n], &one, port, port_set) ||
		    (*proto != -2 && *proto != one))
			return false;
		*proto = one;
		++*n;
	}
	return *n > 0 && !(*port_set && *n > 1);
}

bool charon_ts(struct selector *ts, struct word rest)
{
	*ts = (struct selector){ .proto = -2, .icmp_type = -1, .icmp_code = -1 };
	return ts_side(&rest, ts->src, &ts->nsrc, &ts->proto, &ts->sport, &ts->sport_set) &&
	    ts_side(&rest, ts->dst, &ts->ndst, &ts->proto, &ts->dport, &ts->dport_set);
}
