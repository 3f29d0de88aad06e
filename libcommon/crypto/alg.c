#include "crypto/alg.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/names.h"
#include "base/text.h"
#include "crypto/alg_table.h"

bool alg_in_list(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list, *end; p != NULL; p = end != NULL ? end + 1 : NULL) {
		end = strchr(p, ' ');
		if ((end != NULL ? (size_t)(end - p) : strlen(p)) == n && strncasecmp(p, name, n) == 0)
			return n > 0;
	}
	return false;
}

bool alg_iana_eq(const char *iana, const char *name)
{
	const char *p = iana;
	size_t prefix;

	if (iana == NULL)
		return false;
	prefix = strcspn(iana, "_");
	if (strncasecmp(name, iana, prefix) != 0 || (name[prefix] != '_' && name[prefix] != '-'))
		p += prefix + 1;
	for (; *p != '\0' && *name != '\0'; p++, name++)
		if (ascii_lower(*p) != ascii_lower(*name == '-' ? '_' : *name))
			return false;
	return *p == *name;
}

/* The inside of "cbc(aes)" or "hmac(md5)" is what older kernels and tools write alone; a cipher's
 * name is no name of a MAC made of it, xcbc(aes) or cmac(aes). */
static bool xfrm_eq(const char *xfrm, const char *name)
{
	static const char seqiv[] = "seqiv(";
	const char *open;
	char text[72];
	size_t n = strlen(name);

	if (xfrm == NULL || n > 64)
		return false;
	if (strncasecmp(name, seqiv, sizeof seqiv - 1) == 0 && name[n - 1] == ')') {
		memcpy(text, name + sizeof seqiv - 1, n - sizeof seqiv);
		text[n - sizeof seqiv] = '\0';
		return strcasecmp(xfrm, text) == 0;
	}
	if (strcasecmp(xfrm, name) == 0)
		return true;
	if ((open = strchr(xfrm, '(')) == NULL || strncmp(xfrm, "rfc", 3) == 0 ||
	    strncmp(xfrm, "xcbc", 4) == 0 || strncmp(xfrm, "cmac", 4) == 0)
		return false;
	return strlen(++open) == n + 1 && strncasecmp(open, name, n) == 0 && open[n] == ')';
}

const struct alg_encr *alg_encr_row(size_t i)
{
	return i < alg_encr_count ? &alg_encr_rows[i] : NULL;
}

const struct alg_integ *alg_integ_row(size_t i)
{
	return i < alg_integ_count ? &alg_integ_rows[i] : NULL;
}

const struct alg_encr *alg_encr_by_id(uint16_t id)
{
	for (size_t i = 0; i < alg_encr_count; i++)
		if (id != 0 && alg_encr_rows[i].id == id)
			return &alg_encr_rows[i];
	return NULL;
}

const struct alg_integ *alg_integ_by_id(uint16_t id)
{
	for (size_t i = 0; i < alg_integ_count; i++)
		if (alg_integ_rows[i].id == id && (id != 0 || alg_integ_rows[i].kind == INTEG_KIND_NONE))
			return &alg_integ_rows[i];
	return NULL;
}

/* What follows the number at p, or NULL: another one stands there, or none. */
static const char *after_number(const char *p, unsigned number)
{
	unsigned found = 0;

	if (*p < '1' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9' && found < 10000; p++)
		found = found * 10 + (unsigned)(*p - '0');
	return found == number ? p : NULL;
}

/* "aes-256-cbc", "aes256-cbc", "aes-gcm-16-256": our names with the key's bits in them. */
static bool with_bits(const struct alg_encr *a, unsigned bits, const char *name)
{
	size_t stem = strcspn(a->name, "-"), n = strlen(a->name);
	const char *rest;

	if (strncasecmp(a->name, name, stem) != 0)
		return false;
	rest = after_number(name + stem + (name[stem] == '-'), bits);
	if (rest != NULL && strcasecmp(rest, a->name + stem) == 0)
		return true;
	if (strncasecmp(a->name, name, n) != 0 || name[n] != '-')
		return false;
	rest = after_number(name + n + 1, bits);
	return rest != NULL && *rest == '\0';
}

/* A name of the row that says a key size, or 0. */
static unsigned bits_named(const struct alg_encr *a, const char *name)
{
	/* these names of OpenSSL's mean the row that sends its IV and encrypts */
	bool evp = a->kind != ENCR_KIND_GMAC && !alg_encr_is_iiv(a);

	for (const struct alg_size *s = a->size; s->bits != 0; s++)
		if (alg_in_list(s->strongswan, name) || name_eq(s->tcpdump, name) ||
		    (evp && name_eq(s->evp, name)) || with_bits(a, s->bits, name))
			return s->bits;
	for (unsigned bits = a->min_bits; bits != 0 && bits <= a->max_bits; bits += 8)
		if (with_bits(a, bits, name))
			return bits;
	return 0;
}

const struct alg_encr *alg_encr_by_name(const char *name, unsigned *bits)
{
	unsigned none;

	if (bits == NULL)
		bits = &none;
	*bits = 0;
	for (size_t i = alg_encr_count; i-- > 0;) {
		const struct alg_encr *a = &alg_encr_rows[i];

		if (name_eq(a->name, name) || alg_iana_eq(a->iana, name) || xfrm_eq(a->xfrm, name) ||
		    name_eq(a->wireshark, name) || name_eq(a->setkey, name) || alg_in_list(a->alias, name))
			return a;
		if ((*bits = bits_named(a, name)) != 0)
			return a;
	}
	return NULL;
}

const struct alg_integ *alg_integ_by_name(const char *name)
{
	for (size_t i = 0; i < alg_integ_count; i++) {
		const struct alg_integ *a = &alg_integ_rows[i];

		if (name_eq(a->name, name) || alg_iana_eq(a->iana, name) || alg_in_list(a->strongswan, name) ||
		    xfrm_eq(a->xfrm, name) || name_eq(a->wireshark, name) || name_eq(a->setkey, name) ||
		    alg_in_list(a->alias, name))
			return a;
	}
	return NULL;
}

const struct alg_encr *alg_encr_by_xfrm(const char *name, unsigned icv_bits)
{
	const struct alg_encr *found = NULL;

	for (size_t i = 0; i < alg_encr_count; i++) {
		const struct alg_encr *a = &alg_encr_rows[i];

		if (!xfrm_eq(a->xfrm, name) && !alg_in_list(a->alias, name))
			continue;
		if (a->icv == 0 || icv_bits == a->icv * 8u)
			return a;
		if (icv_bits == 0)
			found = a;		/* rows go up in ICV length */
	}
	return found;
}

/* Linux's lengths where "auth" says none (include/linux/..., xfrm_algo.c). */
static unsigned xfrm_default_bits(const struct alg_integ *a)
{
	return strcmp(a->xfrm, "hmac(sha256)") == 0 ? 96 : a->icv * 8u;
}

const struct alg_integ *alg_integ_by_xfrm(const char *name, unsigned icv_bits)
{
	const struct alg_integ *longest = NULL;

	for (size_t i = 0; i < alg_integ_count; i++) {
		const struct alg_integ *a = &alg_integ_rows[i];

		if (!xfrm_eq(a->xfrm, name))
			continue;
		if (a->icv * 8u == (icv_bits != 0 ? icv_bits : xfrm_default_bits(a)))
			return a;
		if (longest == NULL || a->icv > longest->icv)
			longest = a;
	}
	return longest;
}

const char *alg_encr_nearest(const char *name)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < alg_encr_count; i++) {
		const struct alg_encr *a = &alg_encr_rows[i];

		nearest_offer(&near, name, a->name);
		nearest_offer(&near, name, a->iana);
		nearest_offer(&near, name, a->xfrm);
	}
	return nearest_name(&near, name);
}

const char *alg_integ_nearest(const char *name)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < alg_integ_count; i++) {
		nearest_offer(&near, name, alg_integ_rows[i].name);
		nearest_offer(&near, name, alg_integ_rows[i].iana);
		nearest_offer(&near, name, alg_integ_rows[i].xfrm);
	}
	return nearest_name(&near, name);
}

const struct alg_size *alg_encr_size(const struct alg_encr *a, size_t n)
{
	for (const struct alg_size *s = a->size; s->bits != 0 || s->strongswan != NULL; s++)
		if (s->bits == n * 8)
			return s;
	return a->max_bits != 0 && n * 8 >= a->min_bits && n * 8 <= a->max_bits ? a->size : NULL;
}

const char *alg_encr_sizes(const struct alg_encr *a, char *out, size_t room)
{
	size_t at = 0;

	if (a->max_bits != 0) {
		snprintf(out, room, "%u to %u", a->min_bits / 8u + a->salt, a->max_bits / 8u + a->salt);
		return out;
	}
	for (const struct alg_size *s = a->size; at < room; s++) {
		at += (size_t)snprintf(out + at, room - at, "%s%u", at == 0 ? "" :
		    s[1].bits != 0 ? ", " : " or ", s->bits / 8u + a->salt);
		if (s->bits == 0 || s[1].bits == 0)
			break;
	}
	return out;
}

bool alg_encr_is_aead(const struct alg_encr *a)
{
	return a->icv > 0;
}

bool alg_encr_is_iiv(const struct alg_encr *a)
{
	return a->icv > 0 && a->iv == 0;
}

/* The sizes that differ are the same ones in RFC 8221 5 and RFC 8247 2.1; NULL: as its row. */
static const struct alg_level *of_size(const struct alg_encr *a, unsigned bits)
{
	for (size_t i = 0; i < sizeof a->level / sizeof a->level[0]; i++)
		if (bits != 0 && a->level[i].bits == bits)
			return &a->level[i];
	return NULL;
}

enum alg_status alg_encr_status(const struct alg_encr *a, unsigned bits)
{
	const struct alg_level *l = of_size(a, bits);

	return l != NULL ? l->status : a->status;
}

enum alg_status alg_encr_ike_status(const struct alg_encr *a, unsigned bits)
{
	const struct alg_level *l = of_size(a, bits);

	return l != NULL ? l->ike : a->ike;
}

const char *alg_status_name(enum alg_status s)
{
	static const char *const names[] = {
		[ALG_MUST_NOT] = "MUST NOT", [ALG_SHOULD_NOT] = "SHOULD NOT",
		[ALG_UNSPECIFIED] = "not mentioned", [ALG_MAY] = "MAY", [ALG_SHOULD] = "SHOULD",
		[ALG_SHOULD_PLUS] = "SHOULD+", [ALG_MUST_MINUS] = "MUST-", [ALG_MUST] = "MUST",
	};

	return names[s];
}

unsigned alg_encr_cipher_block(const struct alg_encr *a)
{
	const char *evp = a->size[0].evp;

	if (a->block > 1)
		return a->block;
	if (a->kind == ENCR_KIND_NULL || (evp != NULL && strncmp(evp, "ChaCha20", 8) == 0))
		return 0;
	return 16;		/* AES, Camellia */
}
