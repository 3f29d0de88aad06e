#include "cli/cert_ca.h"

#include <stdlib.h>
#include <string.h>

#include "cli/io.h"

enum { PASS_ROOM = 1024 };

int cert_ca_passphrase(const char *path, struct arena *a, struct secret *to, struct err *e)
{
	char *text = NULL;
	size_t n = 0, len = 0;
	int rc;

	if (path == NULL)
		return 0;
	if (io_read_all(path, PASS_ROOM, &text, &n, e) < 0)
		return -1;
	while (len < n && text[len] != '\0' && text[len] != '\r' && text[len] != '\n')
		len++;
	rc = len == 0 ? err_set(e, "%s: wanted a passphrase in the first line", path) : secret_new(a, to, len + 1, e);
	if (rc == 0 && to->p != NULL) {
		memcpy(to->p, text, len);
		to->n = len;
	}
	wipe(text, n);
	free(text);
	return rc;
}

static int ask(void *arg, char *out, size_t room, struct err *e)
{
	const struct secret *pass = arg;

	if (pass->n == 0)
		return err_set(e, "encrypted, wanted --ca-passphrase-file");
	if (pass->n > room)
		return err_set(e, "the passphrase is too long");
	memcpy(out, pass->p, pass->n);
	return (int)pass->n;
}

int cert_ca_read(struct cert_ca *c, const char *cert, const char *key, const char *pass, struct arena *a, struct err *e)
{
	struct secret word = { 0 };
	struct passphrase from = { ask, &word };
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (cert_ca_passphrase(pass, a, &word, e) < 0 || io_read_all(cert, CERT_FILE_MAX, &text, &n, e) < 0)
		return -1;
	rc = cert_set_read(&c->certs, (struct span){ (const uint8_t *)text, n }, &from, e);
	wipe(text, n);
	free(text);
	if (rc >= 0 && c->certs.ncert == 0)
		rc = err_set(e, "no certificate in it");
	if (rc < 0)
		return err_in(e, "%s", cert);
	if (io_read_all(key, CERT_FILE_MAX, &text, &n, e) < 0)
		return -1;
	c->key = pkey_read_private((struct span){ (const uint8_t *)text, n }, &from, e);
	wipe(text, n);
	free(text);
	secret_clear(&word);
	return c->key == NULL ? err_in(e, "%s", key) : 0;
}

void cert_ca_clear(struct cert_ca *c)
{
	cert_set_clear(&c->certs);
	pkey_free(c->key);
	*c = (struct cert_ca){ .key = NULL };
}
