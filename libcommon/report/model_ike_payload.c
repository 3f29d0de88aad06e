/* IKE: what a payload adds to its negotiation. */
#include "report/model_priv.h"

#include <stdio.h>
#include <string.h>

#include "crypto/cert.h"
#include "ike/offer.h"
#include "report/ike_words.h"

enum { V1_LIFE = 12, V1_AUTH = 3, V1_AUTH_PSK = 1 };	/* RFC 2409 appendix A */

void model_ike_id(char out[MODEL_TEXT], struct span body)
{
	char text[IKE_WORDS];

	if (out[0] == '\0' && body.n > 0)
		snprintf(out, MODEL_TEXT, "%s", ike_words_id(text, body));
}

void model_ike_suite(struct model_ike *k, const struct follow_sa *sa)
{
	struct offer o = { .protocol = IKE_PROTO_IKE };
	char text[OFFER_TEXT];

	if (k->suite[0] != '\0' || sa->k.prf == NULL || (sa->k.encr == NULL && sa->version != 1))
		return;
	k->encr = sa->k.encr;
	k->encr_bits = sa->k.encr_bits;
	k->integ = sa->k.integ;
	k->prf = sa->k.prf;
	k->ke = sa->k.nke > 0 ? sa->k.ke[0] : NULL;
	if (k->encr != NULL)
		offer_add(&o, IKE_T_ENCR, k->encr->id, k->encr->size[1].bits != 0 ? k->encr_bits : 0);
	if (k->integ != NULL)
		offer_add(&o, IKE_T_INTEG, k->integ->id, 0);
	offer_add(&o, IKE_T_PRF, k->prf->id, 0);
	if (k->ke != NULL)
		offer_add(&o, IKE_T_KE, k->ke->id, 0);
	snprintf(k->suite, sizeof k->suite, "%s", offer_format(text, &o));
}

static void take_cert(const struct model *m, struct model_ike *k, const struct pl_cert *c, bool by_initiator)
{
	struct model_cert *to = &k->cert[k->ncert];
	const struct cert_fields *f;
	struct cert *cert;
	struct err e;

	if (k->ncert == MODEL_CERTS || c->encoding != IKE_CERT_X509 || (cert = cert_decode(c->data, &e)) == NULL)
		return;
	f = cert_fields(cert);
	*to = (struct model_cert){ .by_initiator = by_initiator, .bits = f->key.bits, .not_before = f->not_before,
		.not_after = f->not_after, .at = m->now };
	snprintf(to->subject, sizeof to->subject, "%.*s", (int)f->subject.n, (const char *)f->subject.p);
	snprintf(to->type, sizeof to->type, "%s", f->key.type != NULL ? f->key.type : "");
	snprintf(to->signature, sizeof to->signature, "%.*s", (int)f->signature.n, (const char *)f->signature.p);
	k->ncert++;
	cert_free(cert);
}

static void take_notify(const struct model *m, struct model_ike *k, const struct pl_notify *n, bool by_initiator, bool response)
{
	switch (n->type) {
	case IKE_N_IKEV2_FRAGMENTATION_SUPPORTED:
		*(by_initiator ? &k->frag_i : &k->frag_r) = true;
		break;
	case IKE_N_COOKIE:
		k->cookies = true;
		break;
	case IKE_N_MOBIKE_SUPPORTED:
		k->mobike |= response;
		break;
	case IKE_N_USE_PPK:
		k->ppk_offered |= !response;
		break;
	case IKE_N_PPK_IDENTITY:
		k->ppk_used |= response;
		break;
	case IKE_N_USE_TRANSPORT_MODE:
		*(response ? &k->transport_granted : &k->transport_asked) = true;
		break;
	case IKE_N_CHILDLESS_IKEV2_SUPPORTED:
		k->childless = true;
		break;
	case IKE_N_INVALID_SPI:
		model_note(m, &k->invalid_spi);
		break;
	case IKE_N_INVALID_KE_PAYLOAD:
		model_note(m, &k->invalid_ke);
		break;
	case IKE_N_TEMPORARY_FAILURE:
	case IKE_N_CHILD_SA_NOT_FOUND:
		model_note(m, &k->collision);
		break;
	default:
		break;
	}
}

/* Lifetimes and authentication of phase 1, as offered or chosen. */
static void take_v1_sa(struct model_ike *k, const struct pl_sa *sa, bool by_initiator)
{
	for (unsigned i = 0; i < sa->nproposal; i++)
		for (unsigned j = 0; j < sa->proposal[i].ntransform; j++) {
			const struct ike_transform *t = &sa->proposal[i].transform[j];
			const struct ike_attr *life = ike_attr_find(t->attr, t->nattr, V1_LIFE);
			const struct ike_attr *auth = ike_attr_find(t->attr, t->nattr, V1_AUTH);

			if (sa->proposal[i].protocol != IKE_PROTO_IKE)
				continue;
			if (life != NULL)
				*(by_initiator ? &k->lifetime_i : &k->lifetime_r) = ike_attr_number(life);
			if (auth != NULL && ike_attr_number(auth) == V1_AUTH_PSK)
				k->psk_v1 = true;
		}
}

/* RFC 3706 5.3: each question is a message of its own, and its answer too. */
static void take_v1_notify(const struct model *m, struct model_ike *k, const struct pl_notify *n, const struct follow_message *fm)
{
	struct model_request *q = &k->request[fm->from_initiator ? 0 : 1], *other = &k->request[fm->from_initiator ? 1 : 0];

	if (fm->repeats != 0)
		return;
	if (n->type == IKE_V1_N_R_U_THERE_ACK) {
		other->answered = true;
	} else if (n->type == IKE_V1_N_R_U_THERE) {
		if (!q->any || q->answered)
			*q = (struct model_request){ .any = true, .exchange = IKE_X_V1_INFORMATIONAL, .at = m->now };
		q->sends++;
		q->last = m->now;
		model_note(m, &k->dpd);
	}
}

void model_ike_payload(struct model *m, struct model_ike *k, const struct ike_payload *p, const struct follow_message *fm)
{
	bool v1 = p->version == IKE_V1;
	struct model_peer *peer;

	if (!p->decoded)
		return;
	if (p->type == (v1 ? IKE_V1_P_NOTIFY : IKE_P_NOTIFY) && !v1) {
		take_notify(m, k, &p->notify, fm->from_initiator, fm->response);
	} else if (v1 && p->type == IKE_V1_P_NOTIFY) {
		take_v1_notify(m, k, &p->notify, fm);
	} else if (p->type == (v1 ? IKE_V1_P_VENDOR : IKE_P_VENDOR) && p->vendor.row != NULL) {
		peer = model_peer_of(m, &fm->d->src, 0);
		if (peer != NULL && peer->product == NULL)
			peer->product = p->vendor.row->name;
	} else if (p->type == (v1 ? IKE_V1_P_CERT : IKE_P_CERT)) {
		take_cert(m, k, &p->cert, fm->from_initiator);
	} else if (!v1 && p->type == IKE_P_AUTH) {
		*(fm->from_initiator ? &k->auth_i : &k->auth_r) = p->auth.method;
	} else if (v1 && p->type == IKE_V1_P_SA) {
		take_v1_sa(k, &p->sa, fm->from_initiator);
	} else if (!v1 && p->type == IKE_P_DELETE) {
		k->deletes++;
	}
}
