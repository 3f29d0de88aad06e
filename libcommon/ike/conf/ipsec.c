/* ipsec.conf(5) of strongSwan and of libreswan: "conn NAME", then indented lines "key=value". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ike/conf_priv.h"

enum { ALSO = 8, SETTINGS_MAX = 8192 };

/* A section as it stands in the file. */
struct section {
	char *name;
	uint64_t line;
	size_t first, last;
};
struct setting {
	char *key, *value;
};

struct reader {
	struct conf *c;
	struct section section[CONF_CONNS + 1];
	unsigned nsection;
	struct setting *setting;
	size_t nsetting;
	bool libreswan;
};

static bool looks(const char *text, size_t n)
{
	return conf_has_line(text, n, "conn ") || conf_has_line(text, n, "conn\t");
}

static int cut(struct reader *r, char *text, struct err *e)
{
	struct section *s = NULL;
	uint64_t number = 0;
	char *line;

	while ((line = conf_line(&text, &number)) != NULL) {
		bool indented = *line == ' ' || *line == '\t';
		char *word = conf_trim(line), *equals;

		if (*word == '\0')
			continue;
		if (!indented) {
			s = NULL;
			r->c->includes += strncmp(word, "include", 7) == 0;
			if (strncmp(word, "conn", 4) != 0 || (word[4] != ' ' && word[4] != '\t'))
				continue;
			if (r->nsection == CONF_CONNS + 1)
				return err_set(e, "line %llu: found more than %d connections",
				    (unsigned long long)number, CONF_CONNS);
			s = &r->section[r->nsection++];
			*s = (struct section){ conf_trim(word + 4), number, r->nsetting, r->nsetting };
			continue;
		}
		if (s == NULL || (equals = strchr(word, '=')) == NULL)
			continue;
		if (r->nsetting == SETTINGS_MAX)
			return err_set(e, "line %llu: found more than %d settings",
			    (unsigned long long)number, SETTINGS_MAX);
		*equals = '\0';
		r->setting[r->nsetting++] = (struct setting){ conf_trim(word), conf_trim(equals + 1) };
		s->last = r->nsetting;
	}
	return 0;
}

/* The value of a key in a section, in what it includes by also=, in %default; NULL: nowhere. */
static const char *value_of(const struct reader *r, const struct section *s, const char *key, unsigned depth)
{
	const char *found = NULL;

	for (size_t i = s->first; i < s->last; i++)
		if (strcasecmp(r->setting[i].key, key) == 0)
			found = r->setting[i].value;
	for (size_t i = s->first; found == NULL && depth < ALSO && i < s->last; i++)
		for (unsigned j = 0;
		     found == NULL && strcasecmp(r->setting[i].key, "also") == 0 && j < r->nsection; j++)
			if (strcmp(r->section[j].name, r->setting[i].value) == 0)
				found = value_of(r, &r->section[j], key, depth + 1);
	for (unsigned j = 0; found == NULL && depth == 0 && j < r->nsection; j++)
		if (strcmp(r->section[j].name, "%default") == 0)
			found = value_of(r, &r->section[j], key, ALSO);
	return found;
}

static const char *get(const struct reader *r, const struct section *s, const char *key)
{
	const char *v = value_of(r, s, key, 0);

	return v != NULL ? v : "";
}

/* libreswan's words, of which strongSwan knows none. */
static bool is_libreswan(const struct reader *r)
{
	static const char *const keys[] = { "ikev2", "phase2alg", "phase2", "leftsubnets", "rightsubnets",
		"encapsulation" };

	for (size_t i = 0; i < r->nsetting; i++)
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
			if (strcasecmp(r->setting[i].key, keys[k]) == 0)
				return true;
	for (size_t i = 0; i < r->nsetting; i++)
		if ((strcasecmp(r->setting[i].key, "ike") == 0 ||
			strcasecmp(r->setting[i].key, "esp") == 0) &&
		    strpbrk(r->setting[i].value, ";+_") != NULL)
			return true;
	return false;
}

static int take_end(
    const struct reader *r, const struct section *s, const char *side, struct conf_end *end, struct err *e)
{
	char key[32];
	const char *auth, *by = get(r, s, "authby");

	snprintf(key, sizeof key, "%sauth", side);
	auth = get(r, s, key);
	if (*auth == '\0')
		auth = strncmp(by, "secret", 6) == 0 || strcmp(by, "psk") == 0 ? "psk"
		    : strncmp(by, "null", 4) == 0			       ? "null"
									       : "pubkey";
	if (strcmp(auth, "secret") == 0)
		auth = "psk";
	end->rounds = 1;
	if (conf_copy(end->auth[0], strcmp(auth, "rsasig") == 0 ? "pubkey" : auth, e) < 0 ||
	    conf_copy(end->addr, get(r, s, side), e) < 0)
		return -1;
	if (end->addr[0] == '%')
		end->addr[0] = '\0';
	snprintf(key, sizeof key, "%sid", side);
	return conf_copy(end->id[0], get(r, s, key), e);
}

static void take_subnet(
    const struct reader *r, const struct section *s, const char *name, int side, struct conf_child *child)
{
	char key[32];
	const char *v;

	snprintf(key, sizeof key, "%ssubnet", name);
	v = get(r, s, key);
	if (*v == '\0') {
		snprintf(key, sizeof key, "%ssubnets", name);
		v = get(r, s, key);
	}
	if (*v == '\0' || strncmp(v, "vhost:", 6) == 0 || strncmp(v, "%dynamic", 8) == 0)
		child->ts_dynamic[side] = true;
	else
		conf_take_ts(child, side, v);
}

/* libreswan's PFS: the group of the IKE SA, unless a proposal names one. */
static void take_pfs(struct conf_conn *conn, struct conf_child *child)
{
	for (unsigned i = 0; i < child->offers.n; i++)
		for (unsigned j = 0; conn->ike.n > 0 &&
		     child->offers.offer[i].of[IKE_T_KE].n < conn->ike.offer[0].of[IKE_T_KE].n;
		     j++)
			offer_add(
			    &child->offers.offer[i], IKE_T_KE, conn->ike.offer[0].of[IKE_T_KE].alg[j].id, 0);
}

static int take_proposals(struct reader *r, const struct section *s, struct conf_conn *conn,
    struct conf_child *child, struct err *e)
{
	enum offer_words words = r->libreswan ? OFFER_LIBRESWAN : OFFER_STRONGSWAN;
	const char *ike = get(r, s, "ike"), *esp = get(r, s, "esp"), *ah = get(r, s, "ah");
	bool as_ah = *ah != '\0' || strcmp(get(r, s, "phase2"), "ah") == 0;
	uint8_t protocol = as_ah ? IKE_PROTO_AH : IKE_PROTO_ESP;
	const char *child_text = *ah != '\0' ? ah : *esp != '\0' ? esp : get(r, s, "phase2alg");
	struct mem *mem = &r->c->mem;

	if (*ike != '\0' && offers_parse(&conn->ike, ike, IKE_PROTO_IKE, words, mem, e) < 0)
		return err_in(e, "ike");
	if (*child_text != '\0' && offers_parse(&child->offers, child_text, protocol, words, mem, e) < 0)
		return err_in(e, "esp");
	if (r->libreswan) { /* its defaults: AES-GCM with either size, then CBC */
		if (*ike == '\0' && offers_parse(&conn->ike, "aes_gcm,aes", IKE_PROTO_IKE, words, mem, e) < 0)
			return -1;
		if (*child_text == '\0' &&
		    offers_parse(&child->offers, as_ah ? "sha2_512-sha2_256" : "aes_gcm,aes", protocol, words,
			mem, e) < 0)
			return -1;
		if (strcmp(get(r, s, "pfs"), "no") != 0)
			take_pfs(conn, child);
		return 0;
	}
	/* strongSwan accepts its defaults as well, unless the list ends in "!" */
	if ((*ike == '\0' || strchr(ike, '!') == NULL) &&
	    conf_take_default(r->c, &conn->ike, IKE_PROTO_IKE, e) < 0)
		return -1;
	return *child_text == '\0' || strchr(child_text, '!') == NULL
	    ? conf_take_default(r->c, &child->offers, protocol, e)
	    : 0;
}

static int version_of(const struct reader *r, const struct section *s)
{
	const char *kx = get(r, s, "keyexchange"), *v2 = get(r, s, "ikev2");

	if (r->libreswan && *v2 != '\0')
		return strcmp(v2, "no") == 0 || strcmp(v2, "never") == 0 ? 1 : 2;
	return strcmp(kx, "ikev1") == 0 ? 1 : strcmp(kx, "ikev2") == 0 ? 2 : r->libreswan ? 2 : 0;
}

static int take_section(struct reader *r, const struct section *s, struct err *e)
{
	struct conf_conn *conn = conf_add_conn(r->c, s->name, s->line, e);
	struct conf_child *child = conn != NULL ? conf_add_child(r->c, conn, s->name, e) : NULL;

	if (child == NULL)
		return -1;
	conn->version = version_of(r, s);
	conn->aggressive = conf_is_yes(get(r, s, "aggressive"));
	if (take_end(r, s, "left", &conn->end[CONF_LOCAL], e) < 0 ||
	    take_end(r, s, "right", &conn->end[CONF_REMOTE], e) < 0)
		return -1;
	conn->wants_address =
	    *get(r, s, "leftsourceip") == '%' || conf_is_yes(get(r, s, "leftmodecfgclient"));
	conn->gives_addresses = *get(r, s, "rightsourceip") != '\0' || *get(r, s, "rightaddresspool") != '\0';
	child->mode = strcmp(get(r, s, "type"), "transport") == 0 ? CONF_TRANSPORT : CONF_TUNNEL;
	take_subnet(r, s, "left", CONF_LOCAL, child);
	take_subnet(r, s, "right", CONF_REMOTE, child);
	return take_proposals(r, s, conn, child, e);
}

static int read_ipsec(struct conf *c, char *text, struct err *e)
{
	struct reader *r = calloc(1, sizeof *r);
	int rc = -1;

	if (r == NULL || (r->setting = calloc(SETTINGS_MAX, sizeof *r->setting)) == NULL) {
		free(r);
		return err_nomem(e);
	}
	r->c = c;
	c->symmetric = true;
	rc = cut(r, text, e);
	r->libreswan = is_libreswan(r);
	c->format = r->libreswan ? "ipsec.conf of libreswan" : "ipsec.conf of strongSwan";
	for (unsigned i = 0; rc == 0 && i < r->nsection; i++)
		if (r->section[i].name[0] != '%' && (rc = take_section(r, &r->section[i], e)) < 0)
			err_in(e, "line %llu: conn %.60s", (unsigned long long)r->section[i].line,
			    r->section[i].name);
	free(r->setting);
	free(r);
	return rc;
}

const struct conf_row conf_ipsec = { "ipsec.conf", looks, read_ipsec };
