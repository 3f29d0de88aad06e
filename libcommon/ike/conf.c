#include "ike/conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ike/conf_priv.h"
#include "sa/ts.h"

static const struct conf_row *const rows[] = { &conf_swanctl, &conf_ios, &conf_ipsec, &conf_iked };
enum { ROWS = sizeof rows / sizeof rows[0] };

bool conf_looks(const char *text, size_t n)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i]->looks(text, n))
			return true;
	return false;
}

int conf_read(struct conf *c, const char *text, size_t n, struct err *e)
{
	char *copy;
	int rc = -1;

	memset(c, 0, sizeof *c);
	mem_init(&c->mem, CONF_MEMORY);
	if (n > CONF_FILE_MAX || memchr(text, '\0', n) != NULL)
		return err_set(e, "found %s, wanted a configuration", n > CONF_FILE_MAX ? "too large a file" : "zero bytes");
	if ((copy = malloc(n + 1)) == NULL)
		return err_nomem(e);
	if (n > 0)
		memcpy(copy, text, n);
	copy[n] = '\0';
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i]->looks(text, n)) {
			c->format = rows[i]->name;
			rc = rows[i]->read(c, copy, e);
			break;
		}
	if (c->format == NULL)
		err_set(e, "found no configuration of strongSwan, libreswan, OpenIKED or Cisco IOS");
	else if (rc == 0 && c->nconn == 0)
		rc = err_set(e, "found no connection in this %s", c->format);
	wipe(copy, n);
	free(copy);
	return rc;
}

void conf_free(struct conf *c)
{
	mem_clear(&c->mem);
	arena_clear(&c->arena);
}

int conf_copy(char out[CONF_WORD], const char *value, struct err *e)
{
	if (strlen(value) >= CONF_WORD)
		return err_set(e, "found a value of %zu characters, wanted at most %d", strlen(value), CONF_WORD - 1);
	memcpy(out, value, strlen(value) + 1);
	return 0;
}

struct conf_conn *conf_add_conn(struct conf *c, const char *name, uint64_t line, struct err *e)
{
	struct conf_conn *conn;

	if (c->nconn == CONF_CONNS) {
		err_set(e, "found more than %d connections", CONF_CONNS);
		return NULL;
	}
	if ((conn = mem_new(&c->mem, sizeof *conn)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (conf_copy(conn->name, name, e) < 0)
		return NULL;
	conn->line = line;
	return c->conn[c->nconn++] = conn;
}

struct conf_child *conf_add_child(struct conf *c, struct conf_conn *conn, const char *name, struct err *e)
{
	struct conf_child *child;

	if (conn->nchild == CONF_CHILDREN) {
		err_set(e, "found more than %d child SAs of a connection", CONF_CHILDREN);
		return NULL;
	}
	if ((child = mem_new(&c->mem, sizeof *child)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	child->ts = (struct selector){ .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	if (conf_copy(child->name, name, e) < 0)
		return NULL;
	return conn->child[conn->nchild++] = child;
}

struct conf_secret *conf_add_secret(struct conf *c, const char *kind, const char *name, struct err *e)
{
	struct conf_secret *s = &c->secret[c->nsecret];

	if (c->nsecret == CONF_SECRETS) {
		err_set(e, "found more than %d secrets", CONF_SECRETS);
		return NULL;
	}
	if (conf_copy(s->name, name, e) < 0)
		return NULL;
	snprintf(s->kind, sizeof s->kind, "%s", kind);
	c->nsecret++;
	return s;
}

int conf_take_secret(struct conf *c, struct conf_secret *s, const char *value, struct err *e)
{
	size_t n = strlen(value);

	if (strncmp(value, "0x", 2) == 0 && n % 2 == 0)
		return secret_hex(&c->arena, &s->value, value + 2, n - 2, e);
	if (strncmp(value, "0s", 2) != 0)
		return secret_copy(&c->arena, &s->value, value, n, e);
	return secret_base64(&c->arena, &s->value, value + 2, n - 2, e) < 0 ? err_in(e, "pre-shared key") : 0;
}

int conf_take_default(struct conf *c, struct offers *os, uint8_t protocol, struct err *e)
{
	struct offers *known = &c->defaults[protocol];

	if (known->n == 0 && offers_default(known, protocol, &c->mem, e) < 0)
		return -1;
	for (unsigned i = 0; i < known->n; i++) {
		struct offer *o = offers_add(os, protocol, &c->mem);

		if (o == NULL)
			return err_set(e, "found more than %d proposals", OFFERS_MAX);
		*o = known->offer[i];
	}
	return 0;
}

void conf_take_auth(struct conf_conn *conn, const char *auth)
{
	for (int side = 0; side < 2; side++)
		snprintf(conn->end[side].auth[0], CONF_WORD, "%s", auth);
}

bool conf_is_yes(const char *value)
{
	return strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0 ||
	    strcasecmp(value, "enabled") == 0;
}

/* Without the blanks around commas. */
static void squeeze(char out[CONF_WORD], const char *value)
{
	size_t n = 0;

	for (; *value != '\0' && n + 1 < CONF_WORD; value++)
		if (!isspace((unsigned char)*value))
			out[n++] = *value;
	out[n] = '\0';
}

void conf_take_ts(struct conf_child *child, int side, const char *value)
{
	char text[CONF_WORD], both[2 * CONF_WORD + 8];
	struct selector one;
	struct err e;

	squeeze(text, value);
	snprintf(child->ts_text[side], CONF_WORD, "%s", text);
	if (strncmp(text, "dynamic", 7) == 0) {
		child->ts_dynamic[side] = true;
		child->ts_bad |= text[7] != '\0';
		return;
	}
	snprintf(both, sizeof both, "%s=any", text);
	if (strlen(value) >= CONF_WORD || ts_parse(&one, both, &e) < 0) {
		child->ts_bad = true;
		return;
	}
	if (one.proto >= 0)
		child->ts.proto = one.proto;
	if (side == CONF_LOCAL) {
		memcpy(child->ts.src, one.src, sizeof one.src);
		child->ts.nsrc = one.nsrc;
		child->ts.sport_set = one.sport_set;
		child->ts.sport = one.sport;
		return;
	}
	memcpy(child->ts.dst, one.src, sizeof one.src);
	child->ts.ndst = one.nsrc;
	child->ts.dport_set = one.sport_set;
	child->ts.dport = one.sport;
}

void conf_conn_swap(struct conf_conn *conn)
{
	struct conf_end end = conn->end[0];

	conn->end[0] = conn->end[1];
	conn->end[1] = end;
	for (unsigned i = 0; i < conn->nchild; i++) {
		struct conf_child *c = conn->child[i];
		char text[CONF_WORD];
		bool dynamic = c->ts_dynamic[0];

		ts_reverse(&c->ts);
		memcpy(text, c->ts_text[0], CONF_WORD);
		memcpy(c->ts_text[0], c->ts_text[1], CONF_WORD);
		memcpy(c->ts_text[1], text, CONF_WORD);
		c->ts_dynamic[0] = c->ts_dynamic[1];
		c->ts_dynamic[1] = dynamic;
	}
}

bool conf_has_line(const char *text, size_t n, const char *word)
{
	size_t m = strlen(word);

	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t stop = end != NULL ? (size_t)(end - text) : n;

		while (at < stop && (text[at] == ' ' || text[at] == '\t'))
			at++;
		if (stop - at >= m && memcmp(text + at, word, m) == 0)
			return true;
		at = stop + 1;
	}
	return false;
}

char *conf_line(char **text, uint64_t *number)
{
	char *line = *text, *end;
	bool quoted = false;

	if (line == NULL || *line == '\0')
		return NULL;
	if ((end = strchr(line, '\n')) != NULL)
		*end++ = '\0';
	*text = end;
	++*number;
	line[strcspn(line, "\r")] = '\0';
	for (char *p = line; *p != '\0'; p++) {
		quoted ^= *p == '"';
		if (*p == '#' && !quoted) {
			*p = '\0';
			break;
		}
	}
	return line;
}

char *conf_trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	if (n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n - 1] == s[0]) {
		s++;
		n -= 2;
	}
	s[n] = '\0';
	return s;
}
