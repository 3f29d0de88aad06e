/* Distinguished names as text, and whom a certificate names. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "base/text.h"
#include "crypto/cert_priv.h"
#include "crypto/evp.h"

struct text { char *p; size_t n; };

static void put(struct text *t, const void *p, size_t n)
{
	if (n > DN_TEXT - t->n)
		n = DN_TEXT - t->n;
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

static bool wants_quotes(const uint8_t *p, size_t n)
{
	if (n > 0 && (p[0] == ' ' || p[n - 1] == ' '))
		return true;
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\0' && strchr(",+=\"\\<>;#/", p[i]) != NULL)
			return true;
	return false;
}

static void put_value(struct text *t, const uint8_t *p, size_t n)
{
	if (!wants_quotes(p, n)) {
		put(t, p, n);
		return;
	}
	put(t, "\"", 1);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"' || p[i] == '\\')
			put(t, "\\", 1);
		put(t, &p[i], 1);
	}
	put(t, "\"", 1);
}

static void put_entry(struct text *t, const X509_NAME_ENTRY *entry)
{
	const ASN1_OBJECT *oid = X509_NAME_ENTRY_get_object(entry);
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	int nid = OBJ_obj2nid(oid), n;
	uint8_t *utf8 = NULL;
	char type[80];

	if (nid != NID_undef)
		snprintf(type, sizeof type, "%s", OBJ_nid2sn(nid));
	else if (OBJ_obj2txt(type, sizeof type, oid, 1) <= 0)
		snprintf(type, sizeof type, "?");
	put(t, type, strlen(type));
	put(t, "=", 1);
	if ((n = ASN1_STRING_to_UTF8(&utf8, value)) >= 0)
		put_value(t, utf8, (size_t)n);
	else
		put_value(t, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	OPENSSL_free(utf8);
}

size_t dn_text(const X509_NAME *name, char out[DN_TEXT])
{
	struct text t = { out, 0 };
	int set = -1;

	for (int i = 0; i < X509_NAME_entry_count(name) && t.n < DN_TEXT; i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

		if (i > 0)
			put(&t, X509_NAME_ENTRY_set(entry) == set ? " + " : ", ",
			    X509_NAME_ENTRY_set(entry) == set ? 3 : 2);
		set = X509_NAME_ENTRY_set(entry);
		put_entry(&t, entry);
	}
	ERR_clear_error();
	return t.n;
}

static X509_NAME *name_of(struct span der)
{
	const uint8_t *p = der.p;
	X509_NAME *name = der.n > 0 && der.n <= CERT_DER_MAX ? d2i_X509_NAME(NULL, &p, (long)der.n) : NULL;

	if (name != NULL && p != der.p + der.n) {
		X509_NAME_free(name);
		name = NULL;
	}
	ERR_clear_error();
	return name;
}

int dn_format(struct span der, char out[DN_TEXT], struct err *e)
{
	X509_NAME *name = name_of(der);
	int n;

	if (name == NULL)
		return err_set(e, "the distinguished name cannot be read");
	n = (int)dn_text(name, out);
	X509_NAME_free(name);
	return n;
}

/* One value: in quotes, or up to the separator; \ takes the next character as it is. */
static const char *take_value(const char *p, char separator, char *out, size_t room, size_t *n)
{
	bool quoted = *p == '"';
	size_t end = 0;

	*n = 0;
	for (p += quoted; *p != '\0' && *n < room; p++) {
		if (quoted ? *p == '"' : *p == separator)
			break;
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == ' ' && !quoted) {
			out[(*n)++] = *p;
			continue;		/* blanks at the end do not count */
		}
		out[(*n)++] = *p;
		end = *n;
	}
	if (quoted && *p == '"')
		p++;
	if (!quoted)
		*n = end;
	p += strspn(p, " ");
	return *p == separator || *p == '\0' ? p : NULL;
}

static int add_entry(X509_NAME *name, const char *type, const char *value, size_t n, struct err *e)
{
	const char *known = strcasecmp(type, "E") == 0 || strcasecmp(type, "email") == 0 ? "emailAddress" : type;

	/* openssl takes a type's case as it is: both cases are common in what people type */
	if (X509_NAME_add_entry_by_txt(name, known, MBSTRING_UTF8, (const uint8_t *)value, (int)n, -1, 0) == 1)
		return 0;
	ERR_clear_error();
	return err_set(e, "found \"%s=%.*s\", wanted a type such as C, O, OU, CN and a value it can have", type,
	    (int)n, value);
}

static int parse_into(X509_NAME *name, const char *p, struct err *e)
{
	char separator = *p == '/' ? '/' : ',', type[64], value[512];
	size_t n;

	if (*p == '/')
		p++;
	while (*(p += strspn(p, " ")) != '\0') {
		size_t len = strcspn(p, "=");
		const char *start = p;

		if (p[len] != '=' || len == 0 || len >= sizeof type)
			return err_set(e, "found \"%s\", wanted TYPE=VALUE, as in \"C=CH, O=Example, CN=gw\"", p);
		memcpy(type, p, len);
		while (len > 0 && type[len - 1] == ' ')
			len--;
		type[len] = '\0';
		p = strchr(p, '=') + 1;
		p = take_value(p + strspn(p, " "), separator, value, sizeof value, &n);
		if (p == NULL || n == 0 || n == sizeof value)
			return err_set(e, "found \"%s\", wanted TYPE=VALUE of 1 to %zu bytes", start, sizeof value - 1);
		if (add_entry(name, type, value, n, e) < 0)
			return -1;
		if (*p == separator)
			p++;
	}
	return X509_NAME_entry_count(name) > 0 ? 0 : err_set(e, "found an empty name");
}

int dn_parse(const char *text, uint8_t *der, size_t room, struct err *e)
{
	X509_NAME *name = X509_NAME_new();
	uint8_t *p = der;
	int n = -1;

	if (name == NULL)
		return err_nomem(e);
	if (parse_into(name, text, e) == 0) {
		n = i2d_X509_NAME(name, NULL);
		if (n <= 0)
			n = evp_error(e, "distinguished name");
		else if ((size_t)n > room)
			n = err_set(e, "a name of %d bytes is too long", n);
		else
			n = i2d_X509_NAME(name, &p);
	}
	X509_NAME_free(name);
	return n;
}

static bool same_bytes(struct span a, struct span b)
{
	return a.n == b.n && a.n > 0 && memcmp(a.p, b.p, a.n) == 0;
}

static bool same_case(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_lower((char)a[i]) != ascii_lower((char)b[i]))
			return false;
	return true;
}

/* The local part exact, the domain in any case. */
static bool same_mail(struct span a, struct span b)
{
	size_t at = 0;

	if (a.n != b.n || a.n == 0)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] == '@')
			at = i;
	return memcmp(a.p, b.p, at) == 0 && same_case(a.p + at, b.p + at, a.n - at);
}

static bool has_name(const struct cert *c, enum cert_name_kind kind, struct span id)
{
	for (size_t i = 0; i < c->f.n_name && i < CERT_NAMES; i++) {
		struct span v = c->f.name[i].value;

		if (c->f.name[i].kind != kind)
			continue;
		if (kind == CERT_DNS ? v.n == id.n && v.n > 0 && same_case(v.p, id.p, v.n) :
		    kind == CERT_EMAIL ? same_mail(v, id) : same_bytes(v, id))
			return true;
	}
	return false;
}

static bool has_general(const struct cert *c, struct span id)
{
	bool found = false;

	for (int i = 0; c->names != NULL && i < sk_GENERAL_NAME_num(c->names) && !found; i++) {
		uint8_t *der = NULL;
		int n = i2d_GENERAL_NAME(sk_GENERAL_NAME_value(c->names, i), &der);

		found = n > 0 && same_bytes((struct span){ der, (size_t)n }, id);
		OPENSSL_free(der);
	}
	return found;
}

bool dn_eq(struct span a, struct span b)
{
	X509_NAME *x = name_of(a), *y = name_of(b);
	bool same = x != NULL && y != NULL && X509_NAME_entry_count(x) > 0 && X509_NAME_cmp(x, y) == 0;

	X509_NAME_free(x);
	X509_NAME_free(y);
	ERR_clear_error();
	return same;
}

static bool has_subject(const struct cert *c, struct span id)
{
	X509_NAME *name = name_of(id);
	bool same = name != NULL && X509_NAME_entry_count(name) > 0 &&
	    X509_NAME_cmp(name, X509_get_subject_name(c->x)) == 0;

	X509_NAME_free(name);
	ERR_clear_error();
	return same;
}

bool cert_names(const struct cert *c, unsigned type, struct span id)
{
	const struct cert_fields *f = &c->f;

	switch (type) {
	case CERT_ID_IPV4: return id.n == 4 && has_name(c, CERT_IP, id);
	case CERT_ID_IPV6: return id.n == 16 && has_name(c, CERT_IP, id);
	case CERT_ID_FQDN: return has_name(c, CERT_DNS, id);
	case CERT_ID_RFC822: return has_name(c, CERT_EMAIL, id);
	case CERT_ID_DN: return has_subject(c, id);
	case CERT_ID_GN: return has_general(c, id);
	case CERT_ID_KEY_ID:
		return same_bytes(f->subject_key_id, id) ||
		    (f->has_id && same_bytes((struct span){ f->id, sizeof f->id }, id));
	default: return false;
	}
}
