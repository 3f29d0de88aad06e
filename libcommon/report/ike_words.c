#include "report/ike_words.h"

#include "crypto/cert.h"
#include "report/ike_words_sa.h"
#include "report/words.h"
#include "sa/selector.h"

/* --- who one is --- */

static bool take_addr(struct addr *a, struct rd *r, uint8_t family)
{
	struct span s = rd_take(r, family == 4 ? 4 : 16);

	*a = (struct addr){ .family = family };
	if (rd_ok(r))
		memcpy(a->b, s.p, s.n);
	return rd_ok(r);
}

/* Address; IKEv1: address and mask, first and last address. */
static bool put_addrs(struct words *w, struct span data, uint8_t family, char between)
{
	struct rd r = rd_of(data.p, data.n);
	char text[ADDR_TEXT];
	struct addr a;

	if (!take_addr(&a, &r, family) || (between == 0 && !rd_done(&r)))
		return false;
	words_put(w, "%s", addr_format(text, &a));
	if (between == 0)
		return true;
	if (!take_addr(&a, &r, family))
		return false;
	words_put(w, "%c%s", between, addr_format(text, &a));
	return true;
}

static bool put_dn(struct words *w, struct span der)
{
	char text[DN_TEXT];
	struct err e;
	int n = dn_format(der, text, &e);

	if (n >= 0)
		words_text(w, (struct span){ (const uint8_t *)text, (size_t)n });
	return n >= 0;
}

/* Types of RFC 2407 4.6.2.1 and RFC 7296 3.5, which share their numbers. */
static void put_id(struct words *w, uint8_t type, struct span data)
{
	static const struct { uint8_t type, family; char between; } addrs[] = {
		{ IKE_ID_IPV4_ADDR, 4, 0 }, { IKE_ID_IPV6_ADDR, 6, 0 },
		{ IKE_ID_IPV4_ADDR_SUBNET, 4, '/' }, { IKE_ID_IPV6_ADDR_SUBNET, 6, '/' },
		{ IKE_ID_IPV4_ADDR_RANGE, 4, '-' }, { IKE_ID_IPV6_ADDR_RANGE, 6, '-' },
	};

	for (size_t i = 0; i < sizeof addrs / sizeof addrs[0]; i++)
		if (addrs[i].type == type && put_addrs(w, data, addrs[i].family, addrs[i].between))
			return;
	if (type == IKE_ID_DER_ASN1_DN && put_dn(w, data))
		return;
	if (type == IKE_ID_FQDN || type == IKE_ID_RFC822_ADDR || text_is_clean((const char *)data.p, data.n))
		words_text(w, data);
	else
		words_hex(w, data);
}

char *ike_words_id(char out[IKE_WORDS], struct span body)
{
	struct words w = words_of(out, IKE_WORDS);
	struct rd r = rd_of(body.p, body.n);
	uint8_t type = rd_u8(&r);

	rd_take(&r, 3);
	if (rd_ok(&r))
		put_id(&w, type, rd_rest(&r));
	return out;
}

char *ike_words_cert(char out[IKE_WORDS], const struct pl_cert *c)
{
	struct words w = words_of(out, IKE_WORDS);
	struct cert *cert;
	struct err e;

	if (c->encoding != IKE_CERT_X509 || (cert = cert_decode(c->data, &e)) == NULL)
		return NULL;
	words_text(&w, cert_fields(cert)->subject);
	cert_free(cert);
	return out;
}

/* --- what is told --- */

static const char *proto_word(uint8_t protocol)
{
	return protocol == IKE_PROTO_ESP ? "esp" : protocol == IKE_PROTO_AH ? "ah" : "ike";
}

static void put_notify(struct words *w, uint8_t version, const struct pl_notify *n)
{
	const char *name = ike_notify_name(version, n->type);
	char text[IKE_ID_TEXT], addr[ADDR_TEXT];

	if (name != NULL)
		words_put(w, "%s", name);
	else
		words_put(w, "%u", n->type);
	if (version != IKE_V2)
		return;
	if (n->spi.n == 4)
		words_put(w, " %s %08x", proto_word(n->protocol), load_be32(n->spi.p));
	if (!n->laid_out)
		return;
	if (n->type == IKE_N_INVALID_KE_PAYLOAD)
		words_put(w, " wants %s", ike_id_text(text, &ike_kes, (uint32_t)n->number));
	else if (n->type == IKE_N_IPCOMP_SUPPORTED)
		words_put(w, " %s cpi %04x", ike_id_text(text, &ike_ipcomps, n->kind), (unsigned)n->number);
	else if (n->addr.family != 0)
		words_put(w, " %s", addr_format(addr, &n->addr));
}

static void put_delete(struct words *w, uint8_t version, const struct pl_delete *d)
{
	words_put(w, "%s", version == IKE_V1 && d->protocol == IKE_PROTO_IKE ? "isakmp" : proto_word(d->protocol));
	for (size_t at = 0; d->spi_size == 4 && at + 4 <= d->spis.n && !w->cut; at += 4)
		words_put(w, " %08x", load_be32(d->spis.p + at));
}

static void put_ts(struct words *w, const struct pl_ts *ts)
{
	for (unsigned i = 0; i < ts->nts && !w->cut; i++) {
		const struct ike_ts *t = &ts->ts[i];
		struct addr_range r = { t->first, t->last };
		char text[IKE_ID_TEXT], range[ADDR_RANGE_TEXT];

		words_put(w, "%s%s", i > 0 ? ", " : "", t->first.family != 0 ? addr_range_format(range, &r) :
		    ike_id_text(text, &ike_ts_types, t->type));
		if (t->protocol != 0)
			words_put(w, " %s", ike_id_text(text, &ike_ip_protocols, t->protocol));
		if (t->first_port == t->last_port)
			words_put(w, " %u", t->first_port);
		else if (t->first.family != 0 && (t->first_port != 0 || t->last_port != UINT16_MAX))
			words_put(w, " %u-%u", t->first_port, t->last_port);
	}
}

static void put_cp(struct words *w, uint8_t version, const struct pl_cp *c)
{
	const struct ike_ids *names = version == IKE_V1 ? &ike_v1_config_attrs : &ike_cfg_attrs;
	char text[IKE_ID_TEXT], addr[ADDR_TEXT];

	words_put(w, "%s", ike_id_text(text, &ike_cfg_types, c->type));
	for (unsigned i = 0; i < c->nattr && !w->cut; i++) {
		const struct ike_attr *a = &c->attr[i];
		struct addr at = { .family = a->data.n == 4 ? 4 : 6 };

		words_put(w, ", %s", ike_id_text(text, names, a->type));
		if (a->tv || (a->data.n != 4 && a->data.n != 16 && a->data.n != 17))
			continue;
		memcpy(at.b, a->data.p, addr_len(&at));
		/* secrets are text as well: only what is an address by its name is shown */
		if (strstr(text, "ADDRESS") != NULL || strstr(text, "DNS") != NULL)
			words_put(w, " %s", addr_format(addr, &at));
	}
}

static void put_eap(struct words *w, const struct pl_eap *eap)
{
	char text[IKE_ID_TEXT];

	words_put(w, "%s", ike_id_text(text, &ike_eap_codes, eap->code));
	if (eap->has_type)
		words_put(w, " %s", ike_id_text(text, &ike_eap_types, eap->type));
}

/* What stands in the brackets of a payload of IKEv2. */
static void put_v2(struct words *w, const struct ike_payload *p)
{
	char text[IKE_WORDS];

	switch (p->type) {
	case IKE_P_SA:
		ike_words_sa(w, p->version, &p->sa);
		break;
	case IKE_P_KE:
		words_put(w, "%s", ike_id_text(text, &ike_kes, p->ke.group));
		break;
	case IKE_P_IDI:
	case IKE_P_IDR:
		put_id(w, p->id.type, p->id.data);
		break;
	case IKE_P_CERT:
		words_put(w, "%s", ike_words_cert(text, &p->cert) != NULL ? text :
		    ike_id_text(text, &ike_certs, p->cert.encoding));
		break;
	case IKE_P_AUTH:
		words_put(w, "%s", ike_id_text(text, &ike_auth_methods, p->auth.method));
		break;
	case IKE_P_NOTIFY:
		put_notify(w, p->version, &p->notify);
		break;
	case IKE_P_DELETE:
		put_delete(w, p->version, &p->del);
		break;
	case IKE_P_TSI:
	case IKE_P_TSR:
		put_ts(w, &p->ts);
		break;
	case IKE_P_CP:
		put_cp(w, p->version, &p->cp);
		break;
	case IKE_P_EAP:
		put_eap(w, &p->eap);
		break;
	}
}

static void put_v1(struct words *w, const struct ike_payload *p)
{
	char text[IKE_WORDS];

	switch (p->type) {
	case IKE_V1_P_SA:
		ike_words_sa(w, p->version, &p->sa);
		break;
	case IKE_V1_P_ID:
		put_id(w, p->id.type, p->id.data);
		break;
	case IKE_V1_P_CERT:
		words_put(w, "%s", ike_words_cert(text, &p->cert) != NULL ? text :
		    ike_id_text(text, &ike_certs, p->cert.encoding));
		break;
	case IKE_V1_P_NOTIFY:
		put_notify(w, p->version, &p->notify);
		break;
	case IKE_V1_P_DELETE:
		put_delete(w, p->version, &p->del);
		break;
	case IKE_V1_P_ATTR:
		put_cp(w, p->version, &p->cp);
		break;
	}
}

char *ike_words(char out[IKE_WORDS], const struct ike_payload *p)
{
	char inside[IKE_WORDS - 64], name[IKE_ID_TEXT];
	struct words w = words_of(inside, sizeof inside), all = words_of(out, IKE_WORDS);

	if (p->decoded && p->version == IKE_V1)
		put_v1(&w, p);
	else if (p->decoded)
		put_v2(&w, p);
	if (p->decoded && p->type == (p->version == IKE_V1 ? IKE_V1_P_VENDOR : IKE_P_VENDOR) && p->vendor.row != NULL)
		words_put(&w, "%s", p->vendor.row->name);
	words_put(&all, w.n > 0 ? "%s(%s)" : "%s", ike_payload_text(name, p->version, p->type), inside);
	return out;
}
