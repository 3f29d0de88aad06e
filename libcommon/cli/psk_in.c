#include "cli/psk_in.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lines.h"

enum { LINE_ROOM = 4096, ID_ROOM = 2048 };

void psk_in_warn(struct cli *cli, const char *path)
{
	struct stat st;

	if (io_fd_of(path, 0) < 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		cli_message(cli, 0, path, "others can read this file: chmod 600 makes it its owner's alone");
}

int psk_in_key(struct arena *a, struct secret *out, const char *p, size_t n, struct err *e)
{
	if (n > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return secret_hex(a, out, p + 2, n - 2, e);
	if (n > 2 && p[0] == '0' && (p[1] == 's' || p[1] == 'S'))
		return secret_base64(a, out, p + 2, n - 2, e);
	if (n > 2 && p[0] == '"' && p[n - 1] == '"')
		return secret_copy(a, out, p + 1, n - 2, e);
	return n > 0 ? secret_copy(a, out, p, n, e) : err_set(e, "found an empty key");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct line trim(struct line l)
{
	while (l.n > 0 && is_blank(l.p[0])) {
		l.p++;
		l.n--;
	}
	while (l.n > 0 && is_blank(l.p[l.n - 1]))
		l.n--;
	return l;
}

/* Where the key begins behind "ID: "; the ID's length goes to *id. */
static size_t after_id(const struct line *l, size_t *id)
{
	for (size_t i = 0; i + 1 < l->n; i++)
		if (l->p[i] == ':' && is_blank(l->p[i + 1])) {
			*id = i;
			return i + 1;
		}
	return 0;
}

static int add_key(struct creds *c, struct line l, struct err *e)
{
	struct identity who = { 0 };
	struct arena a = { 0 };
	struct secret key = { 0 };
	char text[ID_ROOM];
	size_t id = 0, at = after_id(&l, &id);
	struct line rest = trim((struct line){ l.p + at, l.n - at, l.number });
	int rc;

	if (at > 0) {
		struct line name = trim((struct line){ l.p, id, l.number });

		if (name.n >= sizeof text)
			return err_set(e, "found an identity of %zu characters", name.n);
		memcpy(text, name.p, name.n);
		text[name.n] = '\0';
		if (identity_parse(&who, text, e) < 0)
			return -1;
	}
	rc = psk_in_key(&a, &key, rest.p, rest.n, e);
	if (rc == 0)
		rc = creds_add_psk(c, &who, key.p, key.n, e);
	arena_clear(&a);
	return rc;
}

/* One line alone is a key, whatever it begins with. */
static int read_lines(struct creds *c, const char *path, const char *text, size_t n, struct err *e)
{
	struct lines in = { 0 };
	struct line l = { 0 };
	size_t count = 0, id = 0;
	int rc = lines_push(&in, text, n, e);

	while (rc == 0 && (rc = lines_last(&in, &l, e)) > 0) {
		rc = 0;
		count += trim(l).n > 0;
	}
	lines_clear(&in);
	if (rc == 0 && count == 0)
		return err_set(e, "%s: found no pre-shared key", path);
	if (rc == 0)
		rc = lines_push(&in, text, n, e);
	while (rc == 0 && (rc = lines_last(&in, &l, e)) > 0) {
		rc = 0;
		l = trim(l);
		if (l.n == 0 || (count > 1 && l.p[0] == '#'))
			continue;
		if (count > 1 && after_id(&l, &id) == 0)
			rc = err_set(e, "found a line without \"ID: key\"");
		else
			rc = add_key(c, l, e);
		if (rc < 0)
			err_in(e, "%s:%llu", path, (unsigned long long)l.number);
	}
	lines_clear(&in);
	return rc;
}

int psk_in_read(struct creds *c, struct cli *cli, const char *path, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (io_read_all(path, PSK_IN_MAX, &text, &n, e) < 0)
		return -1;
	psk_in_warn(cli, path);
	rc = read_lines(c, path, text, n, e);
	wipe(text, n);
	free(text);
	return rc;
}

int psk_in_line(struct arena *a, struct secret *out, struct cli *cli, const char *path, const char *what, struct err *e)
{
	char *text = NULL;
	size_t n = 0, len = 0;
	int rc;

	if (io_read_all(path, LINE_ROOM, &text, &n, e) < 0)
		return -1;
	psk_in_warn(cli, path);
	while (len < n && text[len] != '\0' && text[len] != '\r' && text[len] != '\n')
		len++;
	rc = len == 0 ? err_set(e, "%s: wanted a %s in the first line", path, what) : secret_copy(a, out, text, len, e);
	wipe(text, n);
	free(text);
	return rc;
}

static int add_user(struct psk_users *u, struct line l, struct err *e)
{
	const char *colon = memchr(l.p, ':', l.n);
	struct psk_user *more = u->user;

	if (colon == NULL || colon == l.p)
		return err_set(e, "found no \"name:password\"");
	if ((u->n & (u->n - 1)) == 0 && (more = realloc(u->user, (u->n == 0 ? 1 : 2 * u->n) * sizeof *more)) == NULL)
		return err_nomem(e);
	u->user = more;
	u->user[u->n++] = (struct psk_user){ { (const uint8_t *)l.p, (size_t)(colon - l.p) },
		{ (const uint8_t *)colon + 1, l.n - (size_t)(colon - l.p) - 1 } };
	return 0;
}

/* The lines stay in the secret, and users point to them. */
static int cut_users(struct psk_users *u, const char *path, struct err *e)
{
	const char *p = (const char *)u->text.p, *end = p + u->text.n;

	for (uint64_t number = 1; p < end; number++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct line l = { p, (size_t)((nl != NULL ? nl : end) - p), number };

		if (l.n > 0 && l.p[l.n - 1] == '\r')
			l.n--;
		if (l.n > 0 && l.p[0] != '#' && add_user(u, l, e) < 0)
			return err_in(e, "%s:%llu", path, (unsigned long long)number);
		p = nl != NULL ? nl + 1 : end;
	}
	return u->n > 0 ? 0 : err_set(e, "%s: found no \"name:password\"", path);
}

int psk_in_users(struct psk_users *u, struct arena *a, struct cli *cli, const char *path, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (io_read_all(path, PSK_IN_MAX, &text, &n, e) < 0)
		return -1;
	psk_in_warn(cli, path);
	rc = secret_copy(a, &u->text, text, n, e);
	wipe(text, n);
	free(text);
	return rc < 0 ? -1 : cut_users(u, path, e);
}

void psk_users_clear(struct psk_users *u)
{
	free(u->user);
	secret_clear(&u->text);
	*u = (struct psk_users){ 0 };
}

int psk_users_find(void *arg, struct span name, struct span *password)
{
	const struct psk_users *u = arg;

	for (size_t i = 0; i < u->n; i++)
		if (u->user[i].name.n == name.n && memcmp(u->user[i].name.p, name.p, name.n) == 0) {
			*password = u->user[i].password;
			return 1;
		}
	return 0;
}
