/* Which dialect a text of proposals is in, and those that are words with a keyword before them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/names.h"
#include "ike/offer_priv.h"
#include "sa/proposal_guess.h"

enum { TEXT_MAX = 4096, NEW_OFFER = 100 };

/* OpenIKED's and Cisco's keywords; those of NEW_OFFER and above begin an offer of protocol id - NEW_OFFER. */
static const struct name keywords[] = {
	{ IKE_T_ENCR, "enc" },
	{ IKE_T_ENCR, "encr" },
	{ IKE_T_ENCR, "encryption" },
	{ IKE_T_INTEG, "auth" },
	{ IKE_T_INTEG, "integrity" },
	{ IKE_T_INTEG, "hash" },
	{ IKE_T_PRF, "prf" },
	{ IKE_T_KE, "group" },
	{ IKE_T_SN, "esn" },
	{ IKE_T_SN, "noesn" },
	{ NEW_OFFER + IKE_PROTO_IKE, "ikesa" },
	{ NEW_OFFER + IKE_PROTO_ESP, "childsa" },
};
enum { KEYWORDS = sizeof keywords / sizeof keywords[0] };

/* What a text may begin with, and what its proposals then are for. */
static const struct {
	const char *word;
	uint8_t protocol;
} prefixes[] = {
	{ "ike=", IKE_PROTO_IKE },
	{ "esp=", IKE_PROTO_ESP },
	{ "ah=", IKE_PROTO_AH },
	{ "phase2alg=", IKE_PROTO_ESP },
	{ "proposals=", IKE_PROTO_IKE },
	{ "esp_proposals=", IKE_PROTO_ESP },
	{ "ah_proposals=", IKE_PROTO_AH },
};

static int full(struct err *e)
{
	return err_set(e, "found more than %d proposals, or memory is out", OFFERS_MAX);
}

/* The protocol where only the algorithms tell. */
static uint8_t guess_protocol(const struct offer *o)
{
	if (o->of[IKE_T_SN].n == 0 && (o->of[IKE_T_PRF].n > 0 || o->of[IKE_T_KE].n > 0))
		return IKE_PROTO_IKE;
	return o->of[IKE_T_ENCR].n > 0 ? IKE_PROTO_ESP : IKE_PROTO_AH;
}

static int finish(struct offer *o, enum offer_words words, struct err *e)
{
	if (o->protocol == IKE_PROTO_NONE)
		o->protocol = guess_protocol(o);
	offer_fill(o, words);
	return offer_complete(o, e);
}

/* The rows of iked.conf(5) that stand where a configuration says nothing of a kind. */
static int fill_openiked(struct offer *o, struct err *e)
{
	static const struct {
		uint8_t type;
		const char *names;
	} rows[] = {
		{ IKE_T_ENCR, "aes256-aes192-aes128-3des" },
		{ IKE_T_INTEG, "sha256-sha384-sha512-sha1" },
		{ IKE_T_PRF, "prfsha256-prfsha384-prfsha512-prfsha1" },
		{ IKE_T_KE, "curve25519-ecp521-ecp384-ecp256-modp4096-modp3072-modp2048-modp1536-modp1024" },
	};
	char text[128];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool aead = o->of[IKE_T_ENCR].n > 0 && offer_alg_is_aead(o->of[IKE_T_ENCR].alg[0]);

		if (o->of[rows[i].type].n > 0 || (rows[i].type == IKE_T_INTEG && aead) ||
		    ((rows[i].type == IKE_T_KE || rows[i].type == IKE_T_PRF) && o->protocol != IKE_PROTO_IKE))
			continue;
		snprintf(text, sizeof text, "%s", rows[i].names);
		if (offer_parse_joined(o, text, e) < 0)
			return -1;
	}
	if (o->protocol != IKE_PROTO_IKE && o->of[IKE_T_SN].n == 0) {
		offer_add(o, IKE_T_SN, 1, 0);
		offer_add(o, IKE_T_SN, 0, 0);
	}
	return 0;
}

/* A value after a keyword, a key length after a cipher, or another keyword. */
static int keyword_value(struct offer *o, unsigned type, const char *word, struct err *e)
{
	char name[OFFER_WORD];

	if (type == IKE_T_ENCR && offer_take_bits(o, word))
		return 0;
	if (type == 0)
		return err_set(
		    e, "found \"%.60s\", wanted encryption, integrity, prf, group, esn or noesn", word);
	snprintf(name, sizeof name, "%.*s", (int)sizeof name - 1, word);
	return offer_take(o, type, name) ? 0 : proposal_unknown(word, e);
}

static int parse_keywords(
    struct offers *os, char *text, uint8_t protocol, enum offer_words words, struct mem *mem, struct err *e)
{
	struct offer *o = NULL;
	unsigned type = 0;
	char *save;

	for (char *w = strtok_r(text, " \t,", &save); w != NULL; w = strtok_r(NULL, " \t,", &save)) {
		const struct name *key = name_by_name(keywords, KEYWORDS, w);
		bool begins = key != NULL && key->id >= NEW_OFFER;

		if (begins && o != NULL &&
		    ((words == OFFER_OPENIKED && fill_openiked(o, e) < 0) || finish(o, words, e) < 0))
			return -1;
		if (begins || o == NULL)
			o = offers_add(os, begins ? (uint8_t)(key->id - NEW_OFFER) : protocol, mem);
		if (o == NULL)
			return full(e);
		if (key != NULL && !begins)
			type = key->id;
		if (key != NULL && key->id == IKE_T_SN)
			offer_take(o, IKE_T_SN, key->name);
		if (key == NULL && keyword_value(o, type, w, e) < 0)
			return -1;
	}
	if (o == NULL)
		return err_set(e, "found no proposal");
	if (words == OFFER_OPENIKED && o->protocol != IKE_PROTO_NONE && fill_openiked(o, e) < 0)
		return -1;
	return finish(o, words, e);
}

/* "esp-aes 256 esp-sha256-hmac": one proposal of IOS. */
static int parse_transform_set(struct offers *os, char *text, struct mem *mem, struct err *e)
{
	struct offer *o = offers_add(os, IKE_PROTO_NONE, mem);
	char *save, name[OFFER_WORD];

	if (o == NULL)
		return full(e);
	for (char *w = strtok_r(text, " \t,", &save); w != NULL; w = strtok_r(NULL, " \t,", &save)) {
		bool ah = strncasecmp(w, "ah-", 3) == 0;
		const char *rest = w + (ah ? 3 : strncasecmp(w, "esp-", 4) == 0 ? 4 : 0);
		size_t n = strlen(rest);

		if (rest == w && offer_take_bits(o, w))
			continue;
		if (n > 5 && strcasecmp(rest + n - 5, "-hmac") == 0)
			n -= 5;
		else
			ah = false;
		snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : (int)sizeof name - 1, rest);
		if (!offer_take(o, rest[n] != '\0' ? IKE_T_INTEG : IKE_T_ENCR, name))
			return proposal_unknown(w, e);
		o->protocol = ah && o->of[IKE_T_ENCR].n == 0 ? IKE_PROTO_AH : IKE_PROTO_ESP;
	}
	return finish(o, OFFER_CISCO, e);
}

/* Proposals with commas between them. */
static int parse_list(
    struct offers *os, char *text, uint8_t protocol, enum offer_words words, struct mem *mem, struct err *e)
{
	char *save;
	struct offer *o;

	for (char *w = strtok_r(text, ",", &save); w != NULL; w = strtok_r(NULL, ",", &save)) {
		w += strspn(w, " \t");
		w[strcspn(w, " \t!")] = '\0';
		if (strcasecmp(w, "default") == 0) {
			if (offers_default(
				os, protocol != IKE_PROTO_NONE ? protocol : IKE_PROTO_IKE, mem, e) < 0)
				return -1;
			continue;
		}
		if ((o = offers_add(os, protocol, mem)) == NULL)
			return full(e);
		if (offer_parse_joined(o, w, e) < 0 || finish(o, words, e) < 0)
			return err_in(e, "proposal %u", os->n);
	}
	return 0;
}

int offers_parse(struct offers *os, const char *given, uint8_t protocol, enum offer_words words,
    struct mem *mem, struct err *e)
{
	char copy[TEXT_MAX], *text = copy;
	unsigned before = os->n;
	char first[OFFER_WORD];
	int rc;

	if (strlen(given) >= sizeof copy)
		return err_set(e, "found a proposal of %zu characters, wanted at most %zu", strlen(given),
		    sizeof copy - 1);
	memcpy(copy, given, strlen(given) + 1);
	text += strspn(text, " \t");
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (strncasecmp(text, prefixes[i].word, strlen(prefixes[i].word)) == 0) {
			text += strlen(prefixes[i].word);
			protocol = prefixes[i].protocol;
		}
	snprintf(first, sizeof first, "%.*s", (int)(strcspn(text, " \t,") < 40 ? strcspn(text, " \t,") : 40),
	    text);
	if (words == OFFER_ANY && (strpbrk(text, ";+") != NULL || strstr(text, "aes_gcm") != NULL))
		words = OFFER_LIBRESWAN;
	if (name_by_name(keywords, KEYWORDS, first) != NULL && strpbrk(text, " \t") != NULL)
		rc = parse_keywords(os, text, protocol,
		    words == OFFER_ANY &&
			    (strncmp(first, "ikesa", 5) == 0 || strncmp(first, "childsa", 7) == 0)
			? OFFER_OPENIKED
			: words,
		    mem, e);
	else if (strncasecmp(first, "esp-", 4) == 0 || strncasecmp(first, "ah-", 3) == 0)
		rc = parse_transform_set(os, text, mem, e);
	else
		rc = parse_list(os, text, protocol, words, mem, e);
	if (rc == 0 && os->n == before)
		rc = err_set(e, "found no proposal");
	return rc;
}

/*
 * As strongSwan 5.9 offers with all its plugins (charon's log of a "default" there).  ESP: without a key
 * exchange, so that rekeying takes none either.
 */
int offers_default(struct offers *os, uint8_t protocol, struct mem *mem, struct err *e)
{
	static const char *const ike[] = {
		"aes128-aes192-aes256-aes128ctr-aes192ctr-aes256ctr-camellia128-camellia192-camellia256-camellia128ctr-"
		"camellia192ctr-camellia256ctr-3des-sha256-sha384-sha512-aesxcbc-aescmac-sha1-prfsha256-prfsha384-"
		"prfsha512-prfaesxcbc-prfaescmac-prfsha1-x25519-x448-ecp256-ecp384-ecp521-ecp256bp-ecp384bp-ecp512bp-"
		"modp3072-modp4096-modp6144-modp8192-modp2048",
		"aes128ccm16-aes192ccm16-aes256ccm16-aes128gcm16-aes192gcm16-aes256gcm16-chacha20poly1305-camellia128ccm16-"
		"camellia192ccm16-camellia256ccm16-aes128ccm8-aes192ccm8-aes256ccm8-aes128ccm12-aes192ccm12-aes256ccm12-"
		"aes128gcm8-aes192gcm8-aes256gcm8-aes128gcm12-aes192gcm12-aes256gcm12-camellia128ccm8-camellia192ccm8-"
		"camellia256ccm8-camellia128ccm12-camellia192ccm12-camellia256ccm12-prfsha256-prfsha384-prfsha512-"
		"prfaesxcbc-prfaescmac-prfsha1-x25519-x448-ecp256-ecp384-ecp521-ecp256bp-ecp384bp-ecp512bp-modp3072-"
		"modp4096-modp6144-modp8192-modp2048",
	}, *const esp[] = {
		"aes128-aes192-aes256-sha256-sha384-sha512-sha1-aesxcbc-noesn", "aes128gcm16-aes192gcm16-aes256gcm16-noesn",
	}, *const ah[] = { "sha256-sha384-sha512-sha1-aesxcbc-noesn" };
	const char *const *rows = protocol == IKE_PROTO_IKE ? ike : protocol == IKE_PROTO_AH ? ah : esp;
	size_t n = protocol == IKE_PROTO_AH ? 1 : 2;
	char text[1024];

	for (size_t i = 0; i < n; i++) {
		struct offer *o = offers_add(os, protocol, mem);

		if (o == NULL)
			return full(e);
		snprintf(text, sizeof text, "%s", rows[i]);
		if (offer_parse_joined(o, text, e) < 0 || finish(o, OFFER_STRONGSWAN, e) < 0)
			return -1;
	}
	return 0;
}
