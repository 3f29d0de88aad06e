#include "ike/rules.h"

#include "ike/rules_form.h"

/* Where a form of the message is looked for. */
struct case_of { struct ike_message *m; const struct ike_payloads *ps; bool inner, sealed; };

static bool is_everywhere(bool v1, uint8_t type)
{
	return v1 ? type == IKE_V1_P_NOTIFY || type == IKE_V1_P_VENDOR :
	    type == IKE_P_NOTIFY || type == IKE_P_VENDOR;
}

static unsigned count(const struct ike_payloads *ps, uint8_t type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ps->n; i++)
		n += ps->payload[i].type == type;
	return n;
}

static const struct ike_rule *rule_of(const struct ike_form *f, uint8_t type)
{
	for (const struct ike_rule *r = f->rule; r->max > 0; r++)
		if (r->type == type)
			return r;
	return NULL;
}

static void report(const struct case_of *c, enum ike_fault_kind kind, const struct ike_payload *at,
    uint8_t type, unsigned found, unsigned wanted)
{
	struct ike_fault fault = { .kind = kind, .version = c->m->hdr.version, .payload = type,
		.inner = c->inner, .offset = at != NULL ? at->offset : 0, .found = found,
		.wanted = wanted };

	ike_fault_add(&c->m->faults, &fault);
}

/* How far a message is from a form; tells the differences if asked to. */
static unsigned differ(const struct case_of *c, const struct ike_form *f, bool tell)
{
	bool v1 = ike_hdr_is_v1(&c->m->hdr);
	unsigned n = 0;

	for (const struct ike_rule *r = f->rule; r->max > 0; r++) {
		unsigned found = count(c->ps, r->type);

		if (found >= r->min && found <= r->max)
			continue;
		n++;
		if (tell)
			report(c, found < r->min ? IKE_FAULT_MISSING : IKE_FAULT_REPEATED,
			    ike_payload_find(c->ps, r->type), r->type, found,
			    found < r->min ? r->min : r->max);
	}
	for (unsigned i = 0; i < c->ps->n; i++) {
		const struct ike_payload *p = &c->ps->payload[i];

		/* an unknown type is nobody's to judge: RFC 7296 2.5 lets it pass */
		if (is_everywhere(v1, p->type) || ike_payload_row(p->version, p->type) == NULL ||
		    rule_of(f, p->type) != NULL || p != ike_payload_find(c->ps, p->type))
			continue;
		n++;
		if (tell)
			report(c, IKE_FAULT_UNEXPECTED, p, p->type, 1, 0);
	}
	return n;
}

static bool is_form_of(const struct ike_form *f, const struct case_of *c)
{
	const struct ike_hdr *h = &c->m->hdr;
	enum ike_form_way way = ike_hdr_is_v1(h) ? IKE_FORM_BOTH :
	    ike_hdr_is_response(h) ? IKE_FORM_RESPONSE : IKE_FORM_REQUEST;

	return ike_is_v1(f->version) == ike_hdr_is_v1(h) && f->exchange == h->exchange &&
	    (f->way == IKE_FORM_BOTH || f->way == way);
}

/* RFC 2409 5: SA, or HASH once there are keys, stands first. */
static void order_check(const struct case_of *c, const struct ike_form *f)
{
	const struct ike_payload *p;

	if (f->first == 0 || (p = ike_payload_find(c->ps, f->first)) == NULL ||
	    p == &c->ps->payload[0])
		return;
	report(c, IKE_FAULT_ORDER, p, p->type, 0, 0);
}

static void forms_check(const struct case_of *c)
{
	const struct ike_form *best = NULL;
	unsigned least = 0;

	for (const struct ike_form *f = ike_forms; f->version != 0; f++) {
		unsigned n;

		if (!is_form_of(f, c))
			continue;
		n = differ(c, f, false) + (f->sealed && !c->sealed);
		if (best == NULL || n < least) {
			best = f;
			least = n;
		}
	}
	if (best == NULL)
		return;
	differ(c, best, true);
	order_check(c, best);
	if (best->sealed && !c->sealed && c->ps->n > 0)
		report(c, IKE_FAULT_CLEAR, &c->ps->payload[0], c->ps->payload[0].type, 0, 0);
}

/* RFC 7296 3.3.1: an offer's proposals are numbered from 1; RFC 2409 5: phase 1 offers one
 * proposal. */
static void proposals_check(const struct case_of *c)
{
	const struct ike_hdr *h = &c->m->hdr;
	bool v1 = ike_hdr_is_v1(h);
	bool phase1 = h->exchange == IKE_X_MAIN || h->exchange == IKE_X_AGGRESSIVE;
	const struct ike_payload *p = ike_payload_find(c->ps, v1 ? IKE_V1_P_SA : IKE_P_SA);
	struct ike_fault fault = { .kind = IKE_FAULT_VALUE, .version = h->version,
		.inner = c->inner, .what = "proposal number" };

	if (p == NULL || !p->decoded || p->bad)
		return;
	fault.payload = p->type;
	fault.offset = p->offset;
	if (v1 && phase1 && p->sa.nproposal > 1) {
		fault.kind = IKE_FAULT_COUNT;
		fault.what = "proposals";
		fault.found = p->sa.nproposal;
		fault.wanted = 1;
		ike_fault_add(&c->m->faults, &fault);
	}
	for (unsigned i = 0; !v1 && !ike_hdr_is_response(h) && i < p->sa.nproposal; i++)
		if (p->sa.proposal[i].number != i + 1) {
			fault.found = p->sa.proposal[i].number;
			ike_fault_add(&c->m->faults, &fault);
			break;
		}
}

static void check(const struct case_of *c)
{
	forms_check(c);
	proposals_check(c);
}

/* Beside SK there is nothing, and beside fragments of IKEv1, either. */
static void alone_check(struct ike_message *m, const struct ike_payload *sk)
{
	struct case_of c = { .m = m, .ps = &m->payloads };

	for (unsigned i = 0; i < m->payloads.n; i++)
		if (&m->payloads.payload[i] != sk)
			report(&c, IKE_FAULT_CLEAR, &m->payloads.payload[i],
			    m->payloads.payload[i].type, 0, 0);
}

void ike_rules_check(struct ike_message *m)
{
	const struct ike_payload *sk = ike_message_sk(m), *fragment;
	struct case_of c = { .m = m, .ps = ike_message_payloads(m), .inner = m->opened,
		.sealed = sk != NULL || ike_hdr_is_encrypted(&m->hdr) };

	fragment = !ike_hdr_is_v1(&m->hdr) ? NULL :
	    ike_payload_find(&m->payloads, IKE_V1_P_FRAGMENT);
	if (sk != NULL || fragment != NULL)
		alone_check(m, sk != NULL ? sk : fragment);
	if (fragment == NULL && (m->opened || !c.sealed))
		check(&c);
}
