#include "ike/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/cert.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* What may stand in front; the first of a type is the one that is written. */
static const struct { const char *word; uint8_t type; } words[] = {
	{ "fqdn:", IKE_ID_FQDN }, { "dns:", IKE_ID_FQDN }, { "rfc822:", IKE_ID_RFC822_ADDR },
	{ "email:", IKE_ID_RFC822_ADDR }, { "keyid:", IKE_ID_KEY_ID }, { "dn:", IKE_ID_DER_ASN1_DN },
	{ "asn1dn:", IKE_ID_DER_ASN1_DN },
};

static const char *word_of(uint8_t type)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].type == type)
			return words[i].word;
	return "";
}

bool identity_set(struct identity *id, uint8_t type, struct span data)
{
	*id = (struct identity){ .type = type };
	if (data.n > IDENTITY_MAX)
		return false;
	id->n = (uint16_t)data.n;
	if (data.n > 0)
		memcpy(id->data, data.p, data.n);
	return true;
}

/* 0x and an even number of hex digits, and nothing else. */
static bool is_hex(const char *text)
{
	size_t n = strlen(text);

	return n > 2 && n % 2 == 0 && text[0] == '0' && text[1] == 'x' && hex_span(text + 2, n - 2) == n - 2;
}

static int parse_octets(struct identity *id, uint8_t type, const char *text, struct err *e)
{
	size_t n = strlen(text), got;

	if (n == 0)
		return err_set(e, "found an identity without a value");
	if (is_hex(text)) {
		if (n - 2 > 2 * IDENTITY_MAX || hex_parse(id->data, IDENTITY_MAX, &got, text + 2, n - 2, e) < 0)
			return err_set(e, "found an identity of %zu octets, wanted at most %d", (n - 2) / 2, IDENTITY_MAX);
		id->type = type;
		id->n = (uint16_t)got;
		return 0;
	}
	if (!identity_set(id, type, (struct span){ (const uint8_t *)text, n }))
		return err_set(e, "found an identity of %zu octets, wanted at most %d", n, IDENTITY_MAX);
	return 0;
}

static int parse_dn(struct identity *id, const char *text, struct err *e)
{
	int n = dn_parse(text, id->data, sizeof id->data, e);

	if (n < 0)
		return err_in(e, "identity \"%.200s\"", text);
	id->type = IKE_ID_DER_ASN1_DN;
	id->n = (uint16_t)n;
	return 0;
}

static int parse_addr(struct identity *id, const struct addr *a)
{
	identity_set(id, a->family == 4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR, (struct span){ a->b, addr_len(a) });
	return 0;
}

int identity_parse(struct identity *id, const char *text, struct err *e)
{
	struct addr a;

	*id = (struct identity){ 0 };
	if (text[0] == '\0' || strcmp(text, "%any") == 0)
		return 0;
	if (strcmp(text, "%null") == 0) {
		id->type = IKE_ID_NULL;
		return 0;
	}
	for (size_t i = 0; i < COUNT(words); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(text, words[i].word, n) != 0)
			continue;
		return words[i].type == IKE_ID_DER_ASN1_DN ? parse_dn(id, text + n, e) :
		    parse_octets(id, words[i].type, text + n, e);
	}
	if (addr_parse(&a, text, strlen(text), e) == 0)
		return parse_addr(id, &a);
	if (text[0] == '/' || strchr(text, '=') != NULL)
		return parse_dn(id, text, e);
	if (text[0] == '@')
		return parse_octets(id, IKE_ID_FQDN, text + 1, e);
	return parse_octets(id, strchr(text, '@') != NULL ? IKE_ID_RFC822_ADDR : IKE_ID_FQDN, text, e);
}

/* As text behind its word where text can say it, else in hex. */
static void put_octets(char out[IDENTITY_TEXT], const char *word, struct span s)
{
	char *at = out + snprintf(out, IDENTITY_TEXT, "%s", word);

	if (s.n > 0 && memchr(s.p, '\0', s.n) == NULL) {
		memcpy(at, s.p, s.n);
		at[s.n] = '\0';
		if (!is_hex(at))
			return;
	}
	hex_format(at + snprintf(at, 3, "0x"), s);
}

/* Without a word in front, if that is read as the same. */
static bool put_plain(char out[IDENTITY_TEXT], uint8_t type, struct span s)
{
	struct identity back;
	struct err e;

	if (s.n == 0 || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return identity_parse(&back, out, &e) == 0 && back.type == type && back.n == s.n &&
	    memcmp(back.data, s.p, s.n) == 0;
}

static bool put_dn(char out[IDENTITY_TEXT], struct span s)
{
	char text[DN_TEXT];
	struct err e;
	int n = dn_format(s, text, &e);

	if (n <= 0)
		return false;
	memcpy(out, text, (size_t)n);
	out[n] = '\0';
	return true;
}

char *identity_format(char out[IDENTITY_TEXT], uint8_t type, struct span s)
{
	struct addr a = { .family = type == IKE_ID_IPV4_ADDR ? 4 : 6 };
	int n;

	if (s.n > IDENTITY_MAX)
		s.n = IDENTITY_MAX;
	if (type == 0)
		snprintf(out, IDENTITY_TEXT, "%%any");
	else if (type == IKE_ID_NULL)
		snprintf(out, IDENTITY_TEXT, "%%null");
	else if ((type == IKE_ID_IPV4_ADDR && s.n == 4) || (type == IKE_ID_IPV6_ADDR && s.n == 16)) {
		memcpy(a.b, s.p, s.n);
		addr_format(out, &a);
	} else if (type == IKE_ID_DER_ASN1_DN && put_dn(out, s)) {
		return out;
	} else if (type == IKE_ID_FQDN || type == IKE_ID_RFC822_ADDR || type == IKE_ID_KEY_ID) {
		if (type == IKE_ID_KEY_ID || !put_plain(out, type, s))
			put_octets(out, word_of(type), s);
	} else {
		n = snprintf(out, IDENTITY_TEXT, "type %u: 0x", type);
		hex_format(out + n, s);
	}
	return out;
}

static bool same_case(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_lower((char)a[i]) != ascii_lower((char)b[i]))
			return false;
	return true;
}

bool identity_eq(const struct identity *want, uint8_t type, struct span data)
{
	size_t at = 0;

	if (want->type == 0)
		return true;
	if (want->type != type)
		return false;
	if (type == IKE_ID_NULL)		/* RFC 7619 2.2: its data says nothing */
		return true;
	if (type == IKE_ID_DER_ASN1_DN)
		return dn_eq(identity_span(want), data);
	if (want->n != data.n || data.n == 0)
		return false;
	for (size_t i = 0; i < data.n && type == IKE_ID_RFC822_ADDR; i++)
		if (data.p[i] == '@')
			at = i;
	if (type == IKE_ID_FQDN || type == IKE_ID_RFC822_ADDR)
		return memcmp(want->data, data.p, at) == 0 && same_case(want->data + at, data.p + at, data.n - at);
	return memcmp(want->data, data.p, data.n) == 0;
}
