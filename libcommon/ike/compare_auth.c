/* Identities, methods and pre-shared keys of two configurations. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ike/compare_priv.h"

/* Without blanks beside commas and equals signs, case apart: how a DN may be written; and without @. */
static bool same_id(const char *a, const char *b)
{
	a += *a == '@';
	b += *b == '@';
	for (;; a++, b++) {
		while (isspace((unsigned char)*a))
			a++;
		while (isspace((unsigned char)*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
	}
}

/* What the other end may be is left open. */
static bool any_id(const char *id)
{
	return id[0] == '\0' || strncmp(id, "%any", 4) == 0 || strcmp(id, "%fromcert") == 0 ||
	    strchr(id, '*') != NULL;
}

static bool is_addr(const char *text)
{
	struct addr a;
	struct err e;

	return addr_parse(&a, text, strlen(text), &e) == 0;
}

/* The identity that an end sends: its address where none is said; certificates have others. */
static const char *id_of(const struct conf_end *end, unsigned i)
{
	bool psk = strcmp(end->auth[i], "psk") == 0;

	if (end->id[i][0] != '\0' || !psk || !is_addr(end->addr))
		return end->id[i];
	return end->addr;
}

static void compare_ids(struct comparing *c, int side, unsigned i)
{
	const struct conf_end *mine = &c->conn[side]->end[CONF_LOCAL],
			      *theirs = &c->conn[!side]->end[CONF_REMOTE];
	const char *id = id_of(mine, i), *wanted = theirs->id[i];

	if (any_id(wanted) || any_id(id) || same_id(id, wanted))
		return;
	reason_advise(reason_add(&c->out->reasons, "identity", REASON_ERROR,
			  "%s calls itself \"%s\", %s expects \"%s\": AUTHENTICATION_FAILED", c->names[side],
			  id, c->names[!side], wanted),
	    "write the same identity at both ends: in %s as the remote, or in %s as the local one",
	    c->names[!side], c->names[side]);
}

/* "pubkey" covers every signature; "eap" every method of it. */
static bool same_auth(const char *a, const char *b)
{
	static const char *const signatures[] = { "pubkey", "rsa", "ecdsa", "ed25519", "ed448", "rfc7427",
		"cert", "bliss" };
	bool key[2] = { a[0] == '\0', b[0] == '\0' };
	size_t n, m;

	if (strcmp(b, "any") == 0 || strcmp(a, "any") == 0)
		return true;
	a += strncmp(a, "ike:", 4) == 0 ? 4 : 0; /* strongSwan: constraints on the signature */
	b += strncmp(b, "ike:", 4) == 0 ? 4 : 0;
	for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
		key[0] |= strncasecmp(a, signatures[i], strlen(signatures[i])) == 0;
		key[1] |= strncasecmp(b, signatures[i], strlen(signatures[i])) == 0;
	}
	if (key[0] || key[1])
		return key[0] && key[1];
	n = strcspn(a, "-:");
	m = strcspn(b, "-:");
	if (n != m || strncasecmp(a, b, n) != 0)
		return false;
	return strcasecmp(a, b) == 0 || a[n] == '\0' || b[m] == '\0' || strncmp(a + n, "-radius", 7) == 0 ||
	    strncmp(b + m, "-radius", 7) == 0 || strncmp(a + n, "-dynamic", 8) == 0 ||
	    strncmp(b + m, "-dynamic", 8) == 0;
}

static const char *auth_of(const struct conf_end *end, unsigned i)
{
	return end->auth[i][0] != '\0' ? end->auth[i] : "pubkey";
}

static void compare_methods(struct comparing *c, int side)
{
	const struct conf_end *mine = &c->conn[side]->end[CONF_LOCAL],
			      *theirs = &c->conn[!side]->end[CONF_REMOTE];
	unsigned n = mine->rounds < theirs->rounds ? mine->rounds : theirs->rounds;

	if (mine->rounds == 0 || theirs->rounds == 0)
		return;
	if (mine->rounds != theirs->rounds)
		reason_advise(reason_add(&c->out->reasons, "authentication", REASON_ERROR,
				  "%s authenticates itself %u times, %s wants %u", c->names[side],
				  mine->rounds, c->names[!side], theirs->rounds),
		    "configure as many rounds at both ends");
	for (unsigned i = 0; i < n; i++) {
		if (!same_auth(mine->auth[i], theirs->auth[i]))
			reason_advise(reason_add(&c->out->reasons, "authentication", REASON_ERROR,
					  "%s authenticates itself by %s, %s expects %s", c->names[side],
					  auth_of(mine, i), c->names[!side], auth_of(theirs, i)),
			    "set %s's remote or %s's local method to the other's", c->names[!side],
			    c->names[side]);
		compare_ids(c, side, i);
	}
}

/* How well a secret is for these ends; 0: not at all. */
static unsigned fit(const struct conf_secret *s, const struct conf_conn *conn)
{
	unsigned score = s->nid == 0;

	for (unsigned i = 0; i < s->nid; i++)
		for (int side = 0; side < 2; side++) {
			const char *id = id_of(&conn->end[side], 0);

			if ((id[0] != '\0' && same_id(s->id[i], id)) ||
			    strcmp(s->id[i], conn->end[side].addr) == 0)
				score += 2;
			else if (any_id(s->id[i]))
				score++;
		}
	return score;
}

static const struct conf_secret *secret_of(
    const struct conf *conf, const struct conf_conn *conn, const char *kind)
{
	const struct conf_secret *best = NULL;
	unsigned most = 0;

	for (unsigned i = 0; i < conf->nsecret; i++) {
		const struct conf_secret *s = &conf->secret[i];
		/* a PPK's id is its own */
		unsigned score = strcmp(kind, "ppk") == 0 ? 1 : fit(s, conn);

		if (strcmp(s->kind, kind) == 0 && s->value.n > 0 && score > most) {
			best = s;
			most = score;
		}
	}
	return best;
}

static bool uses_psk(const struct conf_conn *conn)
{
	for (int side = 0; side < 2; side++)
		for (unsigned i = 0; i < conn->end[side].rounds; i++)
			if (strcmp(conn->end[side].auth[i], "psk") == 0)
				return true;
	return false;
}

/* A key that each has for these ends, and that is not the same. */
static void compare_secret(struct comparing *c, const char *kind, const char *what)
{
	const struct conf_secret *a = secret_of(c->conf[0], c->conn[0], kind),
				 *b = secret_of(c->conf[1], c->conn[1], kind);

	if (a == NULL || b == NULL || secret_eq(&a->value, &b->value))
		return;
	reason_advise(reason_add(&c->out->reasons, "pre-shared-key", REASON_ERROR,
			  "the %s of %s (%s) and %s (%s) differ: "
			  "AUTHENTICATION_FAILED",
			  what, c->names[0], a->name, c->names[1], b->name),
	    "copy one end's key to the other; mind quotes, blanks and the line end");
}

static void compare_ppk(struct comparing *c)
{
	for (int i = 0; i < 2; i++)
		if (c->conn[i]->ppk_required && !c->conn[!i]->has_ppk)
			reason_advise(reason_add(&c->out->reasons, "ppk", REASON_ERROR,
					  "%s requires a post-quantum pre-shared key (RFC 8784), %s has none",
					  c->names[i], c->names[!i]),
			    "configure the PPK in %s, or do not require it in %s", c->names[!i], c->names[i]);
	if (c->conn[0]->has_ppk && c->conn[1]->has_ppk &&
	    (c->conn[0]->ppk_required || c->conn[1]->ppk_required))
		compare_secret(c, "ppk", "PPKs");
}

/* The password of a user whom both files know: EAP, XAuth. */
static void compare_passwords(struct comparing *c)
{
	for (unsigned i = 0; i < c->conf[0]->nsecret; i++)
		for (unsigned j = 0; j < c->conf[1]->nsecret; j++) {
			const struct conf_secret *a = &c->conf[0]->secret[i], *b = &c->conf[1]->secret[j];

			if ((strcmp(a->kind, "eap") != 0 && strcmp(a->kind, "xauth") != 0) ||
			    strcmp(a->kind, b->kind) != 0 || a->nid == 0 || b->nid == 0 ||
			    !same_id(a->id[0], b->id[0]) || secret_eq(&a->value, &b->value))
				continue;
			reason_advise(reason_add(&c->out->reasons, "password", REASON_ERROR,
					  "the passwords of \"%s\" in %s and %s differ", a->id[0],
					  c->names[0], c->names[1]),
			    "set the same password at both ends");
		}
}

void compare_auth(struct comparing *c)
{
	compare_methods(c, 0);
	compare_methods(c, 1);
	if (uses_psk(c->conn[0]) && uses_psk(c->conn[1]))
		compare_secret(c, "ike", "pre-shared keys");
	compare_ppk(c);
	compare_passwords(c);
}
