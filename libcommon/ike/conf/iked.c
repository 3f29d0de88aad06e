/* iked.conf(5) of OpenIKED: rules that begin with "ikev2", words in any number of lines joined by \ at their ends. */
#include <stdio.h>
#include <string.h>

#include "ike/conf_priv.h"

enum { WORDS = 512, PROPOSAL_ROOM = 2048 };

struct rule {
	char *word[WORDS];
	unsigned n;
	uint64_t line;
};

static bool looks(const char *text, size_t n)
{
	return conf_has_line(text, n, "ikev2 ") && !conf_has_line(text, n, "conn ") &&
	    !conf_has_line(text, n, "crypto ");
}

/* Words of a line, quotes taken off; commas are blanks of lists. */
static int cut_words(struct rule *r, char *line, struct err *e)
{
	while (*(line += strspn(line, " \t,")) != '\0') {
		bool quoted = *line == '"';
		size_t n = quoted ? strcspn(line + 1, "\"") : strcspn(line, " \t,");

		if (r->n == WORDS)
			return err_set(e, "found more than %d words in a rule", WORDS);
		line += quoted;
		r->word[r->n++] = line;
		if (line[n] == '\0')
			break;
		line[n] = '\0';
		line += n + 1;
	}
	return 0;
}

static bool is_one_of(const char *word, const char *list)
{
	size_t n = strlen(word);

	for (const char *p = list; n > 0 && (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}

/* "ikesa enc aes-256 ...": as far as its words go. */
static unsigned proposal_words(const struct rule *r, unsigned i, char out[PROPOSAL_ROOM])
{
	size_t at = (size_t)snprintf(out, PROPOSAL_ROOM, "%s", r->word[i++]);

	while (i < r->n && at < PROPOSAL_ROOM &&
	    (is_one_of(r->word[i], "auth enc prf group esn noesn") ||
		(i > 0 && is_one_of(r->word[i - 1], "auth enc prf group"))))
		at += (size_t)snprintf(out + at, PROPOSAL_ROOM - at, " %s", r->word[i++]);
	return i;
}

static void append_ts(char out[CONF_WORD], const char *value)
{
	size_t n = strlen(out);

	snprintf(out + n, CONF_WORD - n, "%s%s", n > 0 ? "," : "", value);
}

/* What follows a keyword that takes one value. */
static int take_value(
    struct conf *c, struct conf_conn *conn, const char *key, const char *value, struct err *e)
{
	struct conf_secret *s;

	if (strcmp(key, "peer") == 0)
		return strcmp(value, "any") == 0 ? 0 : conf_copy(conn->end[CONF_REMOTE].addr, value, e);
	if (strcmp(key, "local") == 0)
		return strcmp(value, "any") == 0 ? 0 : conf_copy(conn->end[CONF_LOCAL].addr, value, e);
	if (strcmp(key, "srcid") == 0)
		return conf_copy(conn->end[CONF_LOCAL].id[0], value, e);
	if (strcmp(key, "dstid") == 0)
		return conf_copy(conn->end[CONF_REMOTE].id[0], value, e);
	if (strcmp(key, "psk") != 0)
		return 0;
	conf_take_auth(conn, "psk");
	return (s = conf_add_secret(c, "ike", conn->name, e)) == NULL ? -1 : conf_take_secret(c, s, value, e);
}

/* One word, or with what belongs to it; the next word's place, 0 with a reason. */
static unsigned take_word(struct conf *c, struct conf_conn *conn, struct conf_child *child,
    const struct rule *r, unsigned i, char ts[2][CONF_WORD], struct err *e)
{
	char text[PROPOSAL_ROOM];
	const char *w = r->word[i];
	bool sa = strcmp(w, "ikesa") == 0 || strcmp(w, "childsa") == 0;
	unsigned next;

	if (sa) {
		next = proposal_words(r, i, text);
		return offers_parse(w[0] == 'i' ? &conn->ike : &child->offers, text, IKE_PROTO_NONE,
			   OFFER_OPENIKED, &c->mem, e) < 0
		    ? 0
		    : next;
	}
	if (strcmp(w, "transport") == 0)
		child->mode = CONF_TRANSPORT;
	if (strcmp(w, "config") == 0)
		conn->gives_addresses = true;
	if (strcmp(w, "request") == 0)
		conn->wants_address = true;
	if (i + 1 < r->n && is_one_of(w, "from to peer local srcid dstid psk")) {
		if (strcmp(w, "from") == 0 || strcmp(w, "to") == 0)
			append_ts(ts[w[0] == 't'], r->word[i + 1]);
		else if (take_value(c, conn, w, r->word[i + 1], e) < 0)
			return 0;
		return i + 2;
	}
	return i + 1;
}

static int take_rule(struct conf *c, const struct rule *r, struct err *e)
{
	static const char *const flags = "active passive quick skip ipcomp tunnel transport esp ah inet "
					 "inet6 proto from";
	bool named = r->n > 1 && !is_one_of(r->word[1], flags);
	struct conf_conn *conn = conf_add_conn(c, named ? r->word[1] : "policy", r->line, e);
	struct conf_child *child = conn != NULL ? conf_add_child(c, conn, conn->name, e) : NULL;
	char ts[2][CONF_WORD] = { "", "" };

	if (child == NULL)
		return -1;
	conn->version = 2;
	conn->end[0].rounds = conn->end[1].rounds = 1;
	for (unsigned i = 1 + named; i < r->n;)
		if ((i = take_word(c, conn, child, r, i, ts, e)) == 0)
			return -1;
	for (int side = 0; side < 2; side++)
		if (strcmp(ts[side], "dynamic") == 0 || ts[side][0] == '\0')
			child->ts_dynamic[side] = true;
		else
			conf_take_ts(child, side, ts[side]);
	if (conn->ike.n == 0 &&
	    (offers_parse(&conn->ike, "ikesa enc aes-128-gcm enc aes-256-gcm", IKE_PROTO_NONE, OFFER_OPENIKED,
		 &c->mem, e) < 0 ||
		offers_parse(&conn->ike, "ikesa enc aes-256", IKE_PROTO_NONE, OFFER_OPENIKED, &c->mem, e) <
		    0))
		return -1;
	if (child->offers.n == 0 &&
	    (offers_parse(&child->offers, "childsa enc aes-128-gcm enc aes-256-gcm", IKE_PROTO_NONE,
		 OFFER_OPENIKED, &c->mem, e) < 0 ||
		offers_parse(&child->offers, "childsa enc aes-256 enc aes-192 enc aes-128", IKE_PROTO_NONE,
		    OFFER_OPENIKED, &c->mem, e) < 0))
		return -1;
	return 0;
}

static int read_iked(struct conf *c, char *text, struct err *e)
{
	struct rule r = { .n = 0 };
	uint64_t number = 0;
	bool joined = false;
	char *line;

	while ((line = conf_line(&text, &number)) != NULL || r.n > 0) {
		char *word = line != NULL ? conf_trim(line) : NULL;
		bool end = word == NULL;
		size_t n = end ? 0 : strlen(word);
		bool begins = end || (!joined && n > 0);

		if (begins && r.n > 0) {
			if (take_rule(c, &r, e) < 0)
				return err_in(e, "line %llu", (unsigned long long)r.line);
			r.n = 0;
		}
		if (end)
			break;
		joined = n > 0 && word[n - 1] == '\\';
		if (joined)
			word[n - 1] = '\0';
		c->includes += strncmp(word, "include ", 8) == 0;
		if (begins && strncmp(word, "ikev2", 5) != 0)
			continue;
		if (begins)
			r.line = number;
		if ((r.n > 0 || begins) && cut_words(&r, word, e) < 0)
			return err_in(e, "line %llu", (unsigned long long)number);
	}
	return 0;
}

const struct conf_row conf_iked = { "iked.conf", looks, read_iked };
