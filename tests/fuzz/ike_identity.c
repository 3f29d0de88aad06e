/* Bytes as the text of an identity, and as type and data of an ID payload. */
#include <stdlib.h>
#include <string.h>

#include "ike/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What has a text is read from it as the same; of names what does not fit is left out. */
static void back(const struct identity *id)
{
	char text[IDENTITY_TEXT];
	struct identity again;
	struct err e;

	identity_format(text, id->type, identity_span(id));
	if (id->type == IKE_ID_DER_ASN1_DN)
		return;
	if (identity_parse(&again, text, &e) < 0 || again.type != id->type || again.n != id->n ||
	    memcmp(again.data, id->data, id->n) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char text[4 * IDENTITY_MAX];
	char out[IDENTITY_TEXT];
	struct identity id, taken;
	struct err e;

	if (n == 0 || n >= sizeof text)
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	if (identity_parse(&id, text, &e) == 0)
		back(&id);
	else if (e.text[0] == '\0')
		abort();
	if (strlen(identity_format(out, p[0], (struct span){ p + 1, n - 1 })) >= IDENTITY_TEXT)
		abort();
	if (identity_set(&taken, p[0], (struct span){ p + 1, n - 1 }))
		identity_eq(&id, taken.type, identity_span(&taken));
	return 0;
}
