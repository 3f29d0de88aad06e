#include "report/psk.h"

#include <string.h>

static void write_hex(FILE *to, const struct psk *k)
{
	fprintf(to, "%s\n", k->hex);
}

static void write_base64(FILE *to, const struct psk *k)
{
	fprintf(to, "%s\n", k->base64);
}

/* swanctl.conf(5), secrets.ike<suffix>: a file for swanctl/conf.d as it is. */
static void write_swanctl(FILE *to, const struct psk *k)
{
	fprintf(to, "secrets {\n\tike-%08x {\n", k->number);
	for (size_t i = 0; i < k->nid; i++)
		fprintf(to, "\t\tid-%zu = \"%s\"\n", i + 1, k->id[i]);
	fprintf(to, "\t\tsecret = \"0s%s\"\n\t}\n}\n", k->base64);
}

/* ipsec.secrets(5); strongSwan's older file of that name has the same line. */
static void write_libreswan(FILE *to, const struct psk *k)
{
	for (size_t i = 0; i < k->nid; i++)
		fprintf(to, "%s ", k->id[i]);
	fprintf(to, ": PSK 0s%s\n", k->base64);
}

static const struct {
	void (*write)(FILE *to, const struct psk *k);
	bool ids;
} formats[] = {
	[PSK_HEX] = { write_hex, false },
	[PSK_BASE64] = { write_base64, false },
	[PSK_SWANCTL] = { write_swanctl, true },
	[PSK_LIBRESWAN] = { write_libreswan, true },
};

bool psk_format_has_ids(enum psk_format f)
{
	return formats[f].ids;
}

void psk_write(FILE *to, enum psk_format f, const struct psk *k)
{
	formats[f].write(to, k);
}

int psk_add_id(struct psk *k, const char *id, struct err *e)
{
	if (k->nid == PSK_IDS)
		return err_set(e, "wanted at most %d of them", PSK_IDS);
	for (const char *p = id; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("\"'\\#{}", *p) != NULL)
			return err_set(e, "wanted no blanks, quotes, backslashes, # or braces in it");
	if (id[0] == ':' && id[1] == '\0')
		return err_set(e, "wanted a name or address");
	k->id[k->nid++] = id;
	return 0;
}
