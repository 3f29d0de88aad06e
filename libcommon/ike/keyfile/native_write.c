#include <string.h>

#include "ike/keylog.h"
#include "sa/desc_row.h"
#include "sa/key_text.h"

extern const struct format keyfile_native;
extern const struct keylog keylog_native;

static void put_text(FILE *to, const char *key, const char *text)
{
	fprintf(to, ",\"%s\":", key);
	desc_text(to, text);
}

static void put_spi(FILE *to, const char *key, bool known, uint64_t spi)
{
	if (known)
		fprintf(to, ",\"%s\":\"0x%016llx\"", key, (unsigned long long)spi);
}

static void put_addr(FILE *to, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	if (a->family != 0)
		put_text(to, key, addr_format(text, a));
}

static void put_hex(FILE *to, const char *key, struct secret s)
{
	if (s.n == 0)
		return;
	fprintf(to, ",\"%s\":\"", key);
	key_text_write(to, s);
	putc('"', to);
}

static void put_algs(FILE *to, const struct ike_keys *k)
{
	if (k->encr != NULL)
		put_text(to, "encr", k->encr->name);
	if (k->encr_bits != 0)
		fprintf(to, ",\"encr_bits\":%u", k->encr_bits);
	if (k->integ != NULL && k->version != 1)
		put_text(to, "integ", k->integ->name);
	if (k->prf != NULL)
		put_text(to, "prf", k->prf->name);
	/* a list ends at the first that is not known */
	for (unsigned i = 0; i < k->nke && k->ke[i] != NULL; i++) {
		fputs(i == 0 ? ",\"ke\":[" : ",", to);
		desc_text(to, k->ke[i]->name);
		fputs(i + 1 == k->nke || k->ke[i + 1] == NULL ? "]" : "", to);
	}
}

static void put_shared(FILE *to, const struct ike_keys *k)
{
	for (unsigned i = 0; i < k->nshared && k->shared[i].n > 0; i++) {
		fputs(i == 0 ? ",\"shared\":[\"" : ",\"", to);
		key_text_write(to, k->shared[i]);
		fputs(i + 1 == k->nshared || k->shared[i + 1].n == 0 ? "\"]" : "\"", to);
	}
}

static int write_set(struct format_out *o, const struct keyset *set, struct err *e)
{
	const struct ike_keys *k = &set->k;
	FILE *to = o->to;

	(void)e;
	fputs("{\"type\":\"ike\"", to);
	if (k->version != 0)
		fprintf(to, ",\"version\":%d", k->version);
	put_spi(to, k->version == 1 ? "cky_i" : "spi_i", k->spi_i_known, k->spi_i);
	put_spi(to, k->version == 1 ? "cky_r" : "spi_r", k->spi_r_known, k->spi_r);
	put_addr(to, "initiator", &k->initiator);
	put_addr(to, "responder", &k->responder);
	put_algs(to, k);
	for (size_t i = 0; i < keys_nfields && !o->hide_keys; i++) {
		if (strcmp(keys_fields[i].name, "private") == 0)
			put_shared(to, k);
		put_hex(to, keys_fields[i].name, *keys_secret(k, &keys_fields[i]));
	}
	if (set->label[0] != '\0')
		put_text(to, "label", set->label);
	if (set->extra != NULL && strlen(set->extra) > 2)
		fprintf(to, ",%.*s", (int)(strlen(set->extra) - 2), set->extra + 1);
	fputs("}\n", to);
	return 0;
}

const struct keylog keylog_native = { .format = &keyfile_native, .write = write_set };
