/* swanctl.conf(5): sections in braces, settings "key = value" (strongswan.conf(5)). */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ike/conf_priv.h"

enum { DEPTH = 8 };

struct reader {
	struct conf *c;
	struct conf_conn *conn;
	struct conf_child *child;
	struct conf_secret *secret;
	char *path[DEPTH];
	unsigned depth;
	uint64_t line;
};

static bool looks(const char *text, size_t n)
{
	return conf_has_line(text, n, "connections {") || conf_has_line(text, n, "connections{") ||
	    (conf_has_line(text, n, "connections") && conf_has_line(text, n, "children"));
}

/* Which round of the end the section "remote-2" is. */
static unsigned round_of(struct conf_end *end, const char *section)
{
	for (unsigned i = 0; i < end->rounds; i++)
		if (strcmp(end->round[i], section) == 0)
			return i;
	if (end->rounds < CONF_ROUNDS) {
		snprintf(end->round[end->rounds], CONF_WORD, "%.*s", CONF_WORD - 1, section);
		end->rounds++;
	}
	return end->rounds - 1;
}

static int take_auth(struct reader *r, int side, const char *key, const char *value, struct err *e)
{
	struct conf_end *end = &r->conn->end[side];
	unsigned i = round_of(end, r->path[2]);

	if (strcmp(key, "auth") == 0)
		return conf_copy(end->auth[i], value, e);
	if (strcmp(key, "id") == 0)
		return conf_copy(end->id[i], value, e);
	return 0;
}

static int proposals(struct reader *r, struct offers *os, const char *value, uint8_t protocol, struct err *e)
{
	if (strcmp(value, "default") == 0)
		return conf_take_default(r->c, os, protocol, e);
	return offers_parse(os, value, protocol, OFFER_STRONGSWAN, &r->c->mem, e);
}

static int take_child(struct reader *r, const char *key, const char *value, struct err *e)
{
	if (strcmp(key, "local_ts") == 0)
		conf_take_ts(r->child, CONF_LOCAL, value);
	else if (strcmp(key, "remote_ts") == 0)
		conf_take_ts(r->child, CONF_REMOTE, value);
	else if (strcmp(key, "mode") == 0)
		r->child->mode = strcasecmp(value, "transport") == 0 ? CONF_TRANSPORT :
		    strcasecmp(value, "beet") == 0 ? CONF_BEET : CONF_TUNNEL;
	else if (strcmp(key, "esp_proposals") == 0)
		return proposals(r, &r->child->offers, value, IKE_PROTO_ESP, e);
	else if (strcmp(key, "ah_proposals") == 0)
		return proposals(r, &r->child->offers, value, IKE_PROTO_AH, e);
	return 0;
}

static int take_conn(struct reader *r, const char *key, const char *value, struct err *e)
{
	struct conf_conn *conn = r->conn;

	if (strcmp(key, "version") == 0)
		conn->version = strcmp(value, "1") == 0 ? 1 : strcmp(value, "2") == 0 ? 2 : 0;
	else if (strcmp(key, "local_addrs") == 0)
		return conf_copy(conn->end[CONF_LOCAL].addr, value, e);
	else if (strcmp(key, "remote_addrs") == 0)
		return conf_copy(conn->end[CONF_REMOTE].addr, value, e);
	else if (strcmp(key, "proposals") == 0)
		return proposals(r, &conn->ike, value, IKE_PROTO_IKE, e);
	else if (strcmp(key, "aggressive") == 0)
		conn->aggressive = conf_is_yes(value);
	else if (strcmp(key, "vips") == 0)
		conn->wants_address = true;
	else if (strcmp(key, "pools") == 0)
		conn->gives_addresses = true;
	else if (strcmp(key, "ppk_required") == 0)
		conn->ppk_required = conf_is_yes(value);
	else if (strcmp(key, "ppk_id") == 0)
		conn->has_ppk = true;
	return 0;
}

static int take_secret(struct reader *r, const char *key, const char *value, struct err *e)
{
	struct conf_secret *s = r->secret;

	if (strcmp(key, "secret") == 0)
		return conf_take_secret(r->c, s, value, e);
	if (strncmp(key, "id", 2) == 0 && s->nid < CONF_IDS)
		return conf_copy(s->id[s->nid++], value, e);
	return 0;
}

static int setting(struct reader *r, char *key, char *value, struct err *e)
{
	unsigned d = r->depth;

	if (r->secret != NULL && d == 2)
		return take_secret(r, key, value, e);
	if (r->conn == NULL || d < 2)
		return 0;
	if (d == 2)
		return take_conn(r, key, value, e);
	if (d == 3 && strncmp(r->path[2], "local", 5) == 0)
		return take_auth(r, CONF_LOCAL, key, value, e);
	if (d == 3 && strncmp(r->path[2], "remote", 6) == 0)
		return take_auth(r, CONF_REMOTE, key, value, e);
	return r->child != NULL && d == 4 ? take_child(r, key, value, e) : 0;
}

static int section(struct reader *r, char *name, struct err *e)
{
	char kind[16];

	if (r->depth == DEPTH)
		return err_set(e, "found sections %d deep", DEPTH + 1);
	name[strcspn(name, ": \t")] = '\0';
	r->path[r->depth++] = name;
	if (r->depth == 2 && strcmp(r->path[0], "connections") == 0)
		return (r->conn = conf_add_conn(r->c, name, r->line, e)) != NULL ? 0 : -1;
	if (r->depth == 4 && r->conn != NULL && strcmp(r->path[2], "children") == 0)
		return (r->child = conf_add_child(r->c, r->conn, name, e)) != NULL ? 0 : -1;
	if (r->depth == 2 && strcmp(r->path[0], "secrets") == 0) {
		snprintf(kind, sizeof kind, "%.*s", (int)strcspn(name, "-0123456789") < 15 ? (int)strcspn(name,
		    "-0123456789") : 15, name);
		return (r->secret = conf_add_secret(r->c, kind, name, e)) != NULL ? 0 : -1;
	}
	return 0;
}

static int leave(struct reader *r, struct err *e)
{
	if (r->depth == 0)
		return err_set(e, "found } without a section");
	r->depth--;
	if (r->depth < 2) {
		r->conn = NULL;
		r->secret = NULL;
	}
	if (r->depth < 4)
		r->child = NULL;
	return 0;
}

/* One statement from text on: a section's begin or end, or a setting; where the next begins. */
static char *statement(struct reader *r, char *text, struct err *e)
{
	size_t n = strcspn(text, "={}\n");
	char *value, *end, mark = text[n];
	int rc = 0;

	text[n] = '\0';
	if (strncmp(conf_trim(text), "include ", 8) == 0)
		r->c->includes++;
	if (mark == '{')
		rc = section(r, conf_trim(text), e);
	else if (mark == '}')
		rc = leave(r, e);
	if (mark != '=') {
		r->line += mark == '\n';
		return rc < 0 ? NULL : mark == '\0' ? text + n : text + n + 1;
	}
	value = text + n + 1;
	value += strspn(value, " \t");
	if (*value == '"') {
		end = strchr(value + 1, '"');
		if (end == NULL) {
			err_set(e, "found \" without its end");
			return NULL;
		}
		end++;
	} else {
		end = value + strcspn(value, "\n#}");
	}
	mark = *end;
	*end = '\0';
	if (setting(r, conf_trim(text), conf_trim(value), e) < 0)
		return NULL;
	r->line += mark == '\n';
	if (mark == '}' && leave(r, e) < 0)
		return NULL;
	if (mark == '#')
		return end + 1 + strcspn(end + 1, "\n");
	return mark == '\0' ? end : end + 1;
}

static int read_swanctl(struct conf *c, char *text, struct err *e)
{
	struct reader r = { .c = c, .line = 1 };

	while (*text != '\0') {
		size_t blank = strspn(text, " \t\r");

		text += blank;
		if (*text == '#')
			text += strcspn(text, "\n");
		else if (*text != '\0' && (text = statement(&r, text, e)) == NULL)
			return err_in(e, "line %llu", (unsigned long long)r.line);
	}
	if (r.depth > 0)
		return err_set(e, "line %llu: found the end of the file in section \"%s\"", (unsigned long long)r.line,
		    r.path[r.depth - 1]);
	for (unsigned i = 0; i < c->nconn; i++) {
		struct conf_conn *conn = c->conn[i];

		if (conn->ike.n == 0 && conf_take_default(c, &conn->ike, IKE_PROTO_IKE, e) < 0)
			return -1;
		for (unsigned j = 0; j < conn->nchild; j++) {
			struct conf_child *child = conn->child[j];

			child->ts_dynamic[0] |= child->ts_text[0][0] == '\0';
			child->ts_dynamic[1] |= child->ts_text[1][0] == '\0';
			if (child->offers.n == 0 && conf_take_default(c, &child->offers, IKE_PROTO_ESP, e) < 0)
				return -1;
		}
	}
	return 0;
}

const struct conf_row conf_swanctl = { "swanctl.conf", looks, read_swanctl };
