#include <string.h>

#include "sa/extra.h"
#include "sa/format/wireshark.h"
#include "sa/key_text.h"

enum { ESP_PORT = 4500 };

bool wireshark_has_any(unsigned bits)
{
	return bits == 64 || bits == 96 || bits == 128 || bits == 192 || bits == 256;
}

/* Strings that only 4.6 has. */
static bool is_new(const struct alg_encr *a)
{
	return strstr(a->wireshark, "RFC7634") != NULL || strstr(a->wireshark, "RFC8750") != NULL;
}

static const char *encr_name(const struct format_out *o, const struct sa *sa, struct err *e)
{
	const struct alg_encr *a = sa->encr;

	if (a->wireshark == NULL) {
		err_set(e, "Wireshark has no %s", a->name);
		return NULL;
	}
	if (a->min_bits != 0 && sa->encr_key.n * 8 != a->size[0].bits) {
		err_set(e, "Wireshark takes %s with a key of %u bits, this one has %zu", a->name, a->size[0].bits,
		    sa->encr_key.n * 8);
		return NULL;
	}
	if (is_new(a) && !format_out_is(o, &format_wireshark, "4.6")) {
		err_set(e, "Wireshark before 4.6 has no %s", a->name);
		return NULL;
	}
	return a->wireshark;
}

/* The row for this MAC and this ICV; else only the length to cut. */
static const char *integ_name(const struct sa *sa, char any[64], struct err *e)
{
	unsigned bits = sa_icv_bits(sa);
	const struct alg_integ *a;

	if (alg_encr_is_aead(sa->encr) || sa->integ == NULL || sa->integ->kind == INTEG_KIND_NONE)
		return "NULL";
	for (size_t i = 0; (a = alg_integ_row(i)) != NULL; i++)
		if (a->wireshark != NULL && a->icv * 8u == bits && a->kind == sa->integ->kind &&
		    a->evp != NULL && strcmp(a->evp, sa->integ->evp) == 0)
			return a->wireshark;
	if (!wireshark_has_any(bits)) {
		err_set(e, "Wireshark cannot cut an ICV of %u bits", bits);
		return NULL;
	}
	snprintf(any, 64, WIRESHARK_ANY, bits);
	return any;
}

static void put_addr(FILE *to, const struct sa *sa, const char *key, const struct addr *a, unsigned family)
{
	char text[64];

	if (a->family != 0)
		fprintf(to, ",\"%s\"", addr_format(text, a));
	else if (sa_extra_text(sa, "x-wireshark", key, text, sizeof text) &&
	    strspn(text, "0123456789abcdefABCDEF.:*") == strlen(text) &&
	    (strchr(text, ':') != NULL) == (family == 6))
		fprintf(to, ",\"%s\"", text);
	else
		fputs(",\"*\"", to);
}

static void put_key(FILE *to, const char *name, struct secret key)
{
	fprintf(to, ",\"%s\",\"%s", name, key.n > 0 ? "0x" : "");
	key_text_write(to, key);
	putc('"', to);
}

static unsigned family_of(const struct sa *sa)
{
	char text[64];

	if (sa->src.family != 0 || sa->dst.family != 0)
		return sa->src.family != 0 ? sa->src.family : sa->dst.family;
	if (sa_extra_text(sa, "x-wireshark", "src", text, sizeof text) ||
	    sa_extra_text(sa, "x-wireshark", "dst", text, sizeof text))
		return strchr(text, ':') != NULL ? 6 : 4;
	return 0;
}

static int remark(const struct format_out *o, const struct sa *sa, bool any, struct err *e)
{
	const struct sa_encap *encap = &sa->encap;

	if (any)
		err_set(e, "Wireshark has no %s: it decrypts, and does not check the ICV", sa->integ->name);
	else if (sa->esn == SA_YES && format_out_is(o, &format_wireshark, "4.0"))
		err_set(e, "Wireshark 4.0 knows no extended sequence numbers: it decrypts, and calls the ICV bad");
	else if (encap->type == SA_ENCAP_UDP && encap->sport != 0 && encap->sport != ESP_PORT &&
	    encap->dport != 0 && encap->dport != ESP_PORT)
		err_set(e, "Wireshark expects UDP encapsulation on port %d: have it decode port %u as UDPENCAP",
		    ESP_PORT, encap->dport);
	else
		return 0;
	return 1;
}

int wireshark_write(struct format_out *o, const struct sa *sa, struct err *e)
{
	const char *encr, *integ;
	const struct secret none = { 0 };
	char any[64] = "";
	unsigned family;

	if (sa->proto != SA_ESP)
		return err_set(e, "Wireshark's table is for esp, this is %s", sa_proto_name(sa->proto));
	if ((encr = encr_name(o, sa, e)) == NULL || (integ = integ_name(sa, any, e)) == NULL)
		return -1;
	/* A row is for one family; an SA without addresses may be of either. */
	family = family_of(sa);
	for (unsigned f = 4; f <= 6; f += 2) {
		if (family != 0 && family != f)
			continue;
		fprintf(o->to, "\"IPv%u\"", f);
		put_addr(o->to, sa, "src", &sa->src, f);
		put_addr(o->to, sa, "dst", &sa->dst, f);
		fprintf(o->to, ",\"0x%08x\"", sa->spi);
		put_key(o->to, encr, sa->encr_key);
		put_key(o->to, integ, alg_encr_is_aead(sa->encr) ? none : sa->integ_key);
		if (!format_out_is(o, &format_wireshark, "4.0"))
			fprintf(o->to, ",\"%s-bit\",\"%x\"", sa->esn == SA_YES ? "64" : "32",
			    sa->esn == SA_YES && sa->nhints > 0 ? (unsigned)(sa->seq_hint[0] >> 32) : 0);
		putc('\n', o->to);
	}
	return remark(o, sa, any[0] != '\0', e);
}
