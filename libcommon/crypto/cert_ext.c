/* A certificate's extensions. */
#include <string.h>

#include <openssl/err.h>

#include "crypto/cert_priv.h"

static const struct { unsigned bit, usage; } usages[] = {
	{ KU_DIGITAL_SIGNATURE, CERT_DIGITAL_SIGNATURE }, { KU_NON_REPUDIATION, CERT_NON_REPUDIATION },
	{ KU_KEY_ENCIPHERMENT, CERT_KEY_ENCIPHERMENT }, { KU_DATA_ENCIPHERMENT, CERT_DATA_ENCIPHERMENT },
	{ KU_KEY_AGREEMENT, CERT_KEY_AGREEMENT }, { KU_KEY_CERT_SIGN, CERT_KEY_CERT_SIGN },
	{ KU_CRL_SIGN, CERT_CRL_SIGN }, { KU_ENCIPHER_ONLY, CERT_ENCIPHER_ONLY },
	{ KU_DECIPHER_ONLY, CERT_DECIPHER_ONLY },
};

static struct span string_span(const ASN1_STRING *s)
{
	return (struct span){ ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

static void take_name(struct cert *c, struct cert_name *to, GENERAL_NAME *from)
{
	int type, n = 0;
	uint8_t *der = NULL;
	void *value = GENERAL_NAME_get0_value(from, &type);

	to->kind = type == GEN_DNS ? CERT_DNS : type == GEN_EMAIL ? CERT_EMAIL : type == GEN_IPADD ? CERT_IP :
	    type == GEN_URI ? CERT_URI : type == GEN_DIRNAME ? CERT_DN : CERT_OTHER;
	if (to->kind < CERT_DN) {
		to->value = string_span(value);		/* lives in c->names */
		return;
	}
	n = to->kind == CERT_DN ? i2d_X509_NAME(value, &der) : i2d_GENERAL_NAME(from, &der);
	if (n > 0)
		to->value = cert_hold(&c->held, der, (size_t)n);
	OPENSSL_free(der);
}

static void take_names(struct cert *c)
{
	struct cert_fields *f = &c->f;

	if ((c->names = X509_get_ext_d2i(c->x, NID_subject_alt_name, NULL, NULL)) == NULL)
		return;
	f->n_name = (size_t)sk_GENERAL_NAME_num(c->names);
	for (size_t i = 0; i < f->n_name && i < CERT_NAMES; i++)
		take_name(c, &f->name[i], sk_GENERAL_NAME_value(c->names, (int)i));
}

static void take_purposes(struct cert *c)
{
	EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(c->x, NID_ext_key_usage, NULL, NULL);
	struct cert_fields *f = &c->f;
	char text[128];

	f->n_purpose = list != NULL ? (size_t)sk_ASN1_OBJECT_num(list) : 0;
	for (size_t i = 0; i < f->n_purpose && i < CERT_PURPOSES; i++) {
		const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(list, (int)i);
		int nid = OBJ_obj2nid(oid);

		if (nid != NID_undef)
			snprintf(text, sizeof text, "%s", OBJ_nid2sn(nid));
		else if (OBJ_obj2txt(text, sizeof text, oid, 1) <= 0)
			text[0] = '\0';
		/* RFC 4945's predecessor, as macOS and old strongSwan want it */
		if (strcmp(text, "1.3.6.1.5.5.8.2.2") == 0)
			snprintf(text, sizeof text, "ikeIntermediate");
		f->purpose[i] = cert_hold(&c->held, text, strlen(text));
	}
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
}

static void take_urls(struct cert *c)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(c->x, NID_crl_distribution_points, NULL, NULL);
	struct cert_fields *f = &c->f;

	for (int i = 0; points != NULL && i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(points, i);
		GENERAL_NAMES *names = p->distpoint != NULL && p->distpoint->type == 0 ? p->distpoint->name.fullname :
		    NULL;

		for (int k = 0; names != NULL && k < sk_GENERAL_NAME_num(names); k++) {
			int type;
			void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, k), &type);
			struct span url;

			if (type != GEN_URI)
				continue;
			url = string_span(value);
			if (f->n_crl_url < CERT_URLS)
				f->crl_url[f->n_crl_url] = cert_hold(&c->held, url.p, url.n);
			f->n_crl_url++;
		}
	}
	CRL_DIST_POINTS_free(points);
}

static int take_constraints(struct cert *c, struct err *e)
{
	int critical;
	BASIC_CONSTRAINTS *b = X509_get_ext_d2i(c->x, NID_basic_constraints, &critical, NULL);
	struct cert_fields *f = &c->f;
	int64_t n = -1;

	f->path_len = -1;
	if (b == NULL && critical != -1)
		return err_set(e, "the certificate's basicConstraints cannot be read");
	if (b == NULL)
		return 0;
	f->has_constraints = true;
	f->ca = b->ca != 0;
	if (b->pathlen != NULL && ASN1_INTEGER_get_int64(&n, b->pathlen) == 1 && n >= 0 && n < 1 << 16)
		f->path_len = (int)n;
	BASIC_CONSTRAINTS_free(b);
	return 0;
}

int cert_fill_extensions(struct cert *c, struct err *e)
{
	struct cert_fields *f = &c->f;
	const ASN1_OCTET_STRING *id;
	uint32_t usage;

	if (take_constraints(c, e) < 0)
		return -1;
	take_names(c);
	take_purposes(c);
	take_urls(c);
	usage = X509_get_key_usage(c->x);
	f->has_usage = (X509_get_extension_flags(c->x) & EXFLAG_KUSAGE) != 0;
	for (size_t i = 0; f->has_usage && i < sizeof usages / sizeof usages[0]; i++)
		if (usage & usages[i].bit)
			f->usage |= usages[i].usage;
	if ((id = X509_get0_subject_key_id(c->x)) != NULL)
		f->subject_key_id = string_span(id);
	if ((id = X509_get0_authority_key_id(c->x)) != NULL)
		f->authority_key_id = string_span(id);
	ERR_clear_error();
	return 0;
}
