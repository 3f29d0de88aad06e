/* Running configurations of Cisco IOS: proposals, policies, transform sets, keys; all of one tunnel. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ike/conf_priv.h"

enum { OFFER_ROOM = 512 };

enum block { OTHER, IKEV2_PROPOSAL, ISAKMP_POLICY, TRANSFORM_SET, PROFILE_IKEV2, KEYRING, MAP };

struct reader {
	struct conf *c;
	struct conf_conn *conn;
	struct conf_child *child;
	enum block block;
	char offer[OFFER_ROOM]; /* of the block, as words of offers_parse() */
	char pfs[CONF_WORD];
	bool v2, v1;
};

static bool looks(const char *text, size_t n)
{
	return conf_has_line(text, n, "crypto ikev2 ") || conf_has_line(text, n, "crypto isakmp ") ||
	    conf_has_line(text, n, "crypto ipsec ");
}

/* What the line begins with, one blank between words; then what follows; else NULL. */
static char *after(char *line, const char *words)
{
	size_t n = strlen(words);

	if (strncasecmp(line, words, n) != 0 || (line[n] != ' ' && line[n] != '\0'))
		return NULL;
	return line + n + strspn(line + n, " ");
}

static int end_block(struct reader *r, struct err *e)
{
	int rc = 0;

	/* what IOS takes where a policy says nothing: RFC 2409's, DES apart */
	if (r->block == ISAKMP_POLICY) {
		size_t n = strlen(r->offer);

		snprintf(r->offer + n, sizeof r->offer - n, "%s%s",
		    strstr(r->offer, "hash") == NULL ? " hash sha" : "",
		    strstr(r->offer, "group") == NULL ? " group 1" : "");
		if (strstr(r->offer, "encr") == NULL)
			strncat(r->offer, " encryption des", sizeof r->offer - strlen(r->offer) - 1);
	}
	if (r->block == IKEV2_PROPOSAL || r->block == ISAKMP_POLICY)
		rc = offers_parse(&r->conn->ike, r->offer, IKE_PROTO_IKE, OFFER_CISCO, &r->c->mem, e);
	r->block = OTHER;
	r->offer[0] = '\0';
	return rc;
}

static int begin_block(struct reader *r, char *line, struct err *e)
{
	char *rest, *name;

	if (after(line, "crypto ikev2 proposal") != NULL) {
		r->block = IKEV2_PROPOSAL;
		r->v2 = true;
	} else if (after(line, "crypto isakmp policy") != NULL) {
		r->block = ISAKMP_POLICY;
		r->v1 = true;
	} else if (after(line, "crypto ikev2 profile") != NULL) {
		r->block = PROFILE_IKEV2;
		r->v2 = true;
	} else if (after(line, "crypto ikev2 keyring") != NULL) {
		r->block = KEYRING;
	} else if ((rest = after(line, "crypto isakmp key")) != NULL) {
		struct conf_secret *s = conf_add_secret(r->c, "ike", "isakmp key", e);

		rest[strcspn(rest, " ")] = '\0';
		conf_take_auth(r->conn, "psk");
		return s == NULL ? -1 : conf_take_secret(r->c, s, rest, e);
	} else if ((name = after(line, "crypto ipsec transform-set")) != NULL) {
		r->block = TRANSFORM_SET;
		rest = name + strcspn(name, " ");
		return offers_parse(&r->child->offers, rest, IKE_PROTO_NONE, OFFER_CISCO, &r->c->mem, e);
	} else if (after(line, "crypto map") != NULL || after(line, "crypto ipsec profile") != NULL) {
		r->block = MAP;
	}
	return 0;
}

/* An identity or method of one end in a profile: "match identity remote fqdn X", "authentication local pre-share". */
static int take_profile(struct reader *r, char *line, struct err *e)
{
	static const struct {
		const char *words;
		int side;
		bool id;
	} rows[] = {
		{ "match identity remote", CONF_REMOTE, true },
		{ "identity local", CONF_LOCAL, true },
		{ "authentication remote", CONF_REMOTE, false },
		{ "authentication local", CONF_LOCAL, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conf_end *end = &r->conn->end[rows[i].side];
		char *rest = after(line, rows[i].words);

		if (rest == NULL)
			continue;
		if (!rows[i].id)
			return conf_copy(end->auth[0],
			    strncmp(rest, "pre-share", 9) == 0 ? "psk"
				: strncmp(rest, "eap", 3) == 0 ? "eap"
							       : "pubkey",
			    e);
		rest += strcspn(rest, " "); /* address, fqdn, email, key-id, dn */
		rest += strspn(rest, " ");
		rest[strcspn(rest, " ")] = '\0';
		return strcmp(rest, "0.0.0.0") == 0 ? 0 : conf_copy(end->id[0], rest, e);
	}
	return 0;
}

static int take_line(struct reader *r, char *line, struct err *e)
{
	char *rest;
	size_t n = strlen(r->offer);
	struct conf_secret *s;

	switch (r->block) {
	case ISAKMP_POLICY:
		if ((rest = after(line, "authentication")) != NULL) {
			conf_take_auth(r->conn, strncmp(rest, "pre-share", 9) == 0 ? "psk" : "pubkey");
			return 0;
		}
		if (after(line, "lifetime") != NULL)
			return 0;
		/* fallthrough */
	case IKEV2_PROPOSAL:
		snprintf(r->offer + n, sizeof r->offer - n, "%s%s", n > 0 ? " " : "", line);
		return 0;
	case TRANSFORM_SET:
		if (after(line, "mode transport") != NULL)
			r->child->mode = CONF_TRANSPORT;
		return 0;
	case PROFILE_IKEV2:
		return take_profile(r, line, e);
	case KEYRING:
		if ((rest = after(line, "pre-shared-key")) == NULL)
			return 0;
		rest += strncmp(rest, "local ", 6) == 0 ? 6 : strncmp(rest, "remote ", 7) == 0 ? 7 : 0;
		return (s = conf_add_secret(r->c, "ike", "keyring", e)) == NULL
		    ? -1
		    : conf_take_secret(r->c, s, conf_trim(rest), e);
	case MAP:
		if ((rest = after(line, "set pfs")) != NULL)
			return conf_copy(r->pfs, *rest != '\0' ? rest : "group1", e);
		if ((rest = after(line, "set peer")) != NULL)
			return conf_copy(r->conn->end[CONF_REMOTE].addr, rest, e);
		return 0;
	case OTHER:
		break;
	}
	return 0;
}

static int finish(struct reader *r, struct err *e)
{
	const struct alg_ke *ke = r->pfs[0] != '\0' ? alg_ke_by_name(r->pfs) : NULL;

	if (r->pfs[0] != '\0' && ke == NULL)
		return err_set(e, "unknown group \"%.60s\" in set pfs", r->pfs);
	for (unsigned i = 0; ke != NULL && i < r->child->offers.n; i++)
		offer_add(&r->child->offers.offer[i], IKE_T_KE, ke->id, 0);
	r->conn->version = r->v1 == r->v2 ? 0 : r->v1 ? 1 : 2;
	for (int side = 0; side < 2; side++)
		r->conn->end[side].rounds = r->conn->end[side].auth[0][0] != '\0';
	return 0;
}

static int read_ios(struct conf *c, char *text, struct err *e)
{
	struct reader r = { .c = c };
	uint64_t number = 0;
	char *line;

	if ((r.conn = conf_add_conn(c, "ios", 1, e)) == NULL ||
	    (r.child = conf_add_child(c, r.conn, "ipsec", e)) == NULL)
		return -1;
	r.child->ts_bad = true; /* access lists are not read */
	while ((line = conf_line(&text, &number)) != NULL) {
		bool indented = *line == ' ' || *line == '\t';
		char *word = conf_trim(line);
		int rc = 0;

		if (*word == '\0' || *word == '!')
			continue;
		if (indented)
			rc = take_line(&r, word, e);
		else if ((rc = end_block(&r, e)) == 0)
			rc = begin_block(&r, word, e);
		if (rc < 0)
			return err_in(e, "line %llu", (unsigned long long)number);
	}
	return end_block(&r, e) < 0 ? err_in(e, "line %llu", (unsigned long long)number) : finish(&r, e);
}

const struct conf_row conf_ios = { "Cisco IOS", looks, read_ios };
