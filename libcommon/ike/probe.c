#include "ike/probe.h"

#include <stdlib.h>
#include <string.h>

#include "ike/natd.h"
#include "ike/probe_priv.h"

enum { MEMORY = 1 << 20, SILENT_MAX = 3, ROUNDS_MAX = 4, SHA1 = 2 };

struct probe *probe_new(const struct session_path *path, unsigned flags, struct rng *rng, struct err *e)
{
	struct probe *p = calloc(1, sizeof *p);

	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	p->path = path;
	p->rng = rng;
	p->flags = flags;
	p->step = PROBE_GROUP;
	mem_init(&p->mem, MEMORY);
	build_init(&p->build);
	ike_message_init(&p->in);
	if (probe_list(p, e) < 0) {
		probe_free(p);
		return NULL;
	}
	return p;
}

void probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	ike_message_clear(&p->in);
	build_clear(&p->build);
	mem_clear(&p->mem);
	free(p);
}

const struct probe_result *probe_result(const struct probe *p)
{
	return &p->r;
}

int probe_ask(struct probe *p, struct span *request, struct err *e)
{
	if (p->step == PROBE_DONE)
		return 0;
	if (!p->made) {
		if (p->ncookie == 0) {
			rng_bytes(p->rng, &p->spi, sizeof p->spi);
			rng_bytes(p->rng, p->nonce, sizeof p->nonce);
			p->spi |= 1;		/* never 0 */
		}
		if ((p->step == PROBE_V1 ? probe_make_v1(p, e) : probe_make(p, e)) < 0)
			return -1;
		p->made = true;
		p->r.asked++;
	}
	*request = (struct span){ p->out, p->nout };
	return 1;
}

/* The next thing that is not known. */
static void go_on(struct probe *p, enum probe_step step)
{
	p->made = false;
	p->ncookie = 0;
	p->step = step;
	if (step == PROBE_ONE && (p->at == p->r.nalg || p->silent >= SILENT_MAX || p->flags & PROBE_BRIEF))
		p->step = PROBE_V1;
}

static void refused(struct probe *p, enum probe_says says, uint16_t notify)
{
	struct probe_result *r = &p->r;

	switch (p->step) {
	case PROBE_GROUP:
		r->v2 = says == PROBE_SILENT ? PROBE_SILENT : PROBE_YES;
		r->v2_notify = notify;
		if (notify == IKE_N_INVALID_MAJOR_VERSION)
			r->v2 = PROBE_NO;
		if (says == PROBE_SILENT || r->v2 == PROBE_NO || notify == IKE_N_NO_PROPOSAL_CHOSEN) {
			go_on(p, PROBE_V1);
		} else {
			/* no friend of KE payloads that do not fit */
			r->plain = true;
			go_on(p, PROBE_ALL);
		}
		break;
	case PROBE_ALL:
		r->v2_notify = notify;
		go_on(p, notify == IKE_N_NO_PROPOSAL_CHOSEN || says == PROBE_SILENT ? PROBE_V1 : PROBE_ONE);
		break;
	case PROBE_ONE:
		r->alg[p->at].says = says;
		r->alg[p->at++].notify = notify;
		go_on(p, PROBE_ONE);
		break;
	case PROBE_V1:
		r->v1 = says;
		r->v1_notify = notify;
		go_on(p, PROBE_DONE);
		break;
	case PROBE_DONE:
		break;
	}
}

void probe_silent(struct probe *p)
{
	p->silent++;
	refused(p, PROBE_SILENT, 0);
}

/* INVALID_KE_PAYLOAD: all but the group was to its taste (RFC 7296 1.3). */
static void other_group(struct probe *p, uint16_t group)
{
	switch (p->step) {
	case PROBE_GROUP:
		p->r.v2 = PROBE_YES;
		p->group = group;
		go_on(p, alg_ke_by_id(group) != NULL ? PROBE_ALL : PROBE_V1);
		break;
	case PROBE_ALL:
		p->group = group;
		if (group == p->ke_group || alg_ke_by_id(group) == NULL || ++p->rounds == ROUNDS_MAX)
			refused(p, PROBE_OTHER, IKE_N_INVALID_KE_PAYLOAD);
		else
			go_on(p, PROBE_ALL);
		break;
	case PROBE_ONE:
		p->r.alg[p->at++].says = PROBE_YES;
		go_on(p, PROBE_ONE);
		break;
	default:
		break;
	}
}

static void take_natd(struct probe *p, const struct ike_payloads *ps, const struct ike_hdr *h)
{
	const struct alg_prf *sha1 = alg_prf_by_id(SHA1);
	struct natd_end here = { h->spi_i, h->spi_r, &p->path->local, p->path->local_port };
	struct natd_end there = { h->spi_i, h->spi_r, &p->path->remote, p->path->remote_port };
	bool seen_here = false, seen_there = false, source = false, destination = false;

	for (unsigned i = 0; i < ps->n; i++) {
		const struct pl_notify *n = &ps->payload[i].notify;

		if (ps->payload[i].type != IKE_P_NOTIFY || !ps->payload[i].decoded)
			continue;
		if (n->type == IKE_N_NAT_DETECTION_DESTINATION_IP) {
			destination = true;
			seen_here |= natd_matches(sha1, &here, n->data);
		} else if (n->type == IKE_N_NAT_DETECTION_SOURCE_IP) {
			source = true;
			seen_there |= natd_matches(sha1, &there, n->data);
		}
	}
	p->r.nat_said = source && destination;
	p->r.nat_here = destination && !seen_here;
	p->r.nat_there = source && !seen_there;
}

void probe_take_vendor(struct probe_result *r, struct span data)
{
	uint8_t n = (uint8_t)(data.n < PROBE_VENDOR ? data.n : PROBE_VENDOR);

	for (unsigned i = 0; i < r->nvendor; i++)
		if (r->vendor[i].n == n && memcmp(r->vendor[i].b, data.p, n) == 0)
			return;
	if (r->nvendor == PROBE_VENDORS || n == 0)
		return;
	r->vendor[r->nvendor].n = n;
	memcpy(r->vendor[r->nvendor++].b, data.p, n);
}

static void take_notify(struct probe_result *r, const struct pl_notify *n)
{
	for (unsigned i = 0; i < r->nnotify; i++)
		if (r->notify[i] == n->type)
			return;
	if (n->type >= IKE_N_STATUS && r->nnotify < PROBE_NOTIFIES)
		r->notify[r->nnotify++] = n->type;
	if (n->type == IKE_N_SIGNATURE_HASH_ALGORITHMS)
		for (size_t i = 0; i + 1 < n->data.n; i += 2)
			if (n->data.p[i] == 0 && n->data.p[i + 1] < 32)
				r->hashes |= 1u << n->data.p[i + 1];
}

static void take_suite(struct probe *p, const struct ike_payload *sa)
{
	struct offers os = { 0 };
	struct mem mem;
	struct err e;

	mem_init(&mem, MEMORY);
	if (offers_of_payload(&os, sa, &mem, &e) == 0 && os.n > 0) {
		p->r.suite = os.offer[0];
		p->r.chosen = true;
	}
	mem_clear(&mem);
}

/* It would go on: what it says of itself. */
static void accepted(struct probe *p, const struct ike_message *m, const struct ike_payload *sa)
{
	const struct ike_payloads *ps = &m->payloads;

	if (p->step == PROBE_ONE) {
		p->r.alg[p->at++].says = PROBE_YES;
		go_on(p, PROBE_ONE);
		return;
	}
	p->r.v2 = PROBE_YES;
	p->r.v2_notify = 0;
	take_suite(p, sa);
	take_natd(p, ps, &m->hdr);
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *x = &ps->payload[i];

		if (x->type == IKE_P_NOTIFY && x->decoded)
			take_notify(&p->r, &x->notify);
		if (x->type == IKE_P_VENDOR && x->decoded)
			probe_take_vendor(&p->r, x->vendor.data);
		if (x->type == IKE_P_CERTREQ && x->decoded && x->cert.encoding == IKE_CERT_X509)
			p->r.cas += (unsigned)(x->cert.data.n / 20);
	}
	if (p->group == 0 && p->r.suite.of[IKE_T_KE].n > 0)
		p->group = p->r.suite.of[IKE_T_KE].alg[0].id;
	go_on(p, PROBE_ONE);
}

/* The error of a message, or the first notify that tells what to do. */
static const struct pl_notify *verdict_of(const struct ike_payloads *ps)
{
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *x = &ps->payload[i];

		if (x->type == IKE_P_NOTIFY && x->decoded && (x->notify.type < IKE_N_STATUS || x->notify.type == IKE_N_COOKIE))
			return &x->notify;
	}
	return NULL;
}

static int take_v2(struct probe *p, const struct ike_message *m)
{
	const struct ike_payload *sa = ike_payload_find(&m->payloads, IKE_P_SA);
	const struct pl_notify *n = verdict_of(&m->payloads);

	if (!ike_hdr_is_response(&m->hdr) || m->hdr.spi_i != p->spi)
		return 0;
	p->silent = 0;
	if (sa != NULL && sa->decoded) {
		accepted(p, m, sa);
		return 1;
	}
	for (unsigned i = 0; i < m->payloads.n; i++)
		if (m->payloads.payload[i].type == IKE_P_VENDOR && m->payloads.payload[i].decoded)
			probe_take_vendor(&p->r, m->payloads.payload[i].vendor.data);
	if (n == NULL)
		return 0;
	if (n->type == IKE_N_COOKIE && n->data.n > 0 && n->data.n <= PROBE_COOKIE && p->ncookie == 0) {
		p->r.cookie = true;
		memcpy(p->cookie, n->data.p, n->data.n);
		p->ncookie = n->data.n;
		p->made = false;
	} else if (n->type == IKE_N_INVALID_KE_PAYLOAD && n->data.n >= 2 && p->step != PROBE_V1) {
		other_group(p, load_be16(n->data.p));
	} else {
		refused(p, n->type == IKE_N_NO_PROPOSAL_CHOSEN ? PROBE_NO : PROBE_OTHER, n->type);
	}
	return 1;
}

int probe_take(struct probe *p, struct span message, struct err *e)
{
	if (!p->made || p->step == PROBE_DONE || message.n < IKE_HDR_LEN)
		return 0;
	if (ike_message_decode(&p->in, message, e) < 0)
		return -1;
	if (p->in.hdr.spi_i != p->spi)
		return 0;
	if (ike_hdr_is_v1(&p->in.hdr)) {
		if (p->step != PROBE_V1)
			return 0;
		probe_take_v1(p, &p->in);
		go_on(p, PROBE_DONE);
		p->r.answered++;
		return 1;
	}
	if (take_v2(p, &p->in) == 0)
		return 0;
	p->r.answered++;
	return 1;
}
