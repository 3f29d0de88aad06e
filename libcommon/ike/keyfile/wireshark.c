#include "ike/keyfile/wireshark.h"

#include <string.h>

#include "ike/keyfile.h"
#include "sa/key_text.h"

extern const struct format keyfile_wireshark, keyfile_wireshark_ikev1;

/* ikev2_decryption_table: SPIi, SPIr, SK_ei, SK_er, encryption, SK_ai, SK_ar, integrity;
 * ikev1_decryption_table: the initiator's cookie and Ka.  Keys are bare hex. */
enum { SPI_I, SPI_R, SK_EI, SK_ER, ENCR, SK_AI, SK_AR, INTEG, COLUMNS };

const struct dialect wireshark_ike_encr[] = {
	{ "3DES [RFC2451]", "3des", 0 }, { "NULL [RFC2410]", "null", 0 },
	{ "AES-CBC-128 [RFC3602]", "aes-cbc", 128 }, { "AES-CBC-192 [RFC3602]", "aes-cbc", 192 },
	{ "AES-CBC-256 [RFC3602]", "aes-cbc", 256 }, { "AES-CTR-128 [RFC5930]", "aes-ctr", 128 },
	{ "AES-CTR-192 [RFC5930]", "aes-ctr", 192 }, { "AES-CTR-256 [RFC5930]", "aes-ctr", 256 },
	{ "AES-GCM-128 with 8 octet ICV [RFC5282]", "aes-gcm-8", 128 },
	{ "AES-GCM-192 with 8 octet ICV [RFC5282]", "aes-gcm-8", 192 },
	{ "AES-GCM-256 with 8 octet ICV [RFC5282]", "aes-gcm-8", 256 },
	{ "AES-GCM-128 with 12 octet ICV [RFC5282]", "aes-gcm-12", 128 },
	{ "AES-GCM-192 with 12 octet ICV [RFC5282]", "aes-gcm-12", 192 },
	{ "AES-GCM-256 with 12 octet ICV [RFC5282]", "aes-gcm-12", 256 },
	{ "AES-GCM-128 with 16 octet ICV [RFC5282]", "aes-gcm-16", 128 },
	{ "AES-GCM-192 with 16 octet ICV [RFC5282]", "aes-gcm-16", 192 },
	{ "AES-GCM-256 with 16 octet ICV [RFC5282]", "aes-gcm-16", 256 },
	{ "AES-CCM-128 with 8 octet ICV [RFC5282]", "aes-ccm-8", 128 },
	{ "AES-CCM-192 with 8 octet ICV [RFC5282]", "aes-ccm-8", 192 },
	{ "AES-CCM-256 with 8 octet ICV [RFC5282]", "aes-ccm-8", 256 },
	{ "AES-CCM-128 with 12 octet ICV [RFC5282]", "aes-ccm-12", 128 },
	{ "AES-CCM-192 with 12 octet ICV [RFC5282]", "aes-ccm-12", 192 },
	{ "AES-CCM-256 with 12 octet ICV [RFC5282]", "aes-ccm-12", 256 },
	{ "AES-CCM-128 with 16 octet ICV [RFC5282]", "aes-ccm-16", 128 },
	{ "AES-CCM-192 with 16 octet ICV [RFC5282]", "aes-ccm-16", 192 },
	{ "AES-CCM-256 with 16 octet ICV [RFC5282]", "aes-ccm-16", 256 }, { NULL, NULL, 0 },
};

const struct dialect wireshark_ike_integ[] = {
	{ "HMAC_MD5_96 [RFC2403]", "hmac-md5-96", 0 },
	{ "HMAC_SHA1_96 [RFC2404]", "hmac-sha1-96", 0 },
	{ "HMAC_MD5_128 [RFC4595]", "hmac-md5-128", 0 },
	{ "HMAC_SHA1_160 [RFC4595]", "hmac-sha1-160", 0 },
	{ "HMAC_SHA2_256_96 [draft-ietf-ipsec-ciph-sha-256-00]", "hmac-sha2-256-96", 0 },
	{ "HMAC_SHA2_256_128 [RFC4868]", "hmac-sha2-256-128", 0 },
	{ "HMAC_SHA2_384_192 [RFC4868]", "hmac-sha2-384-192", 0 },
	{ "HMAC_SHA2_512_256 [RFC4868]", "hmac-sha2-512-256", 0 }, { NULL, NULL, 0 },
};

/* Where the row starts: at the line's start, or behind the "uat:ikev2_decryption_table:" of a
 * command line. */
static const char *row_start(const struct format_line *l)
{
	static const char *const uats[] = { "uat:ikev1_decryption_table:",
	    "uat:ikev2_decryption_table:" };
	size_t i = 0;

	for (size_t k = 0; k < 2; k++)
		for (size_t n = strlen(uats[k]), at = 0; at + n < l->n; at++)
			if (memcmp(l->p + at, uats[k], n) == 0)
				return l->p + at + n;
	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	return l->p + i;
}

/* Cuts a field without its quotes off *p, which stands at a comma or the end then. */
static struct word cut_field(const struct format_line *l, const char **p)
{
	const char *end = l->p + l->n, *from = *p, *to;
	bool quoted = from < end && *from == '"';

	from += quoted;
	to = from < end ? memchr(from, quoted ? '"' : ',', (size_t)(end - from)) : NULL;
	if (to == NULL)
		to = end;
	*p = to;
	while (*p < end && **p != ',')
		++*p;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	return (struct word){ from, (size_t)(to - from), l->column + (size_t)(from - l->p) };
}

/* Up to COLUMNS fields; how many there are. */
static size_t cut(const struct format_line *l, struct word f[COLUMNS])
{
	const char *p = row_start(l), *end = l->p + l->n;
	size_t n = 0;

	for (; n <= COLUMNS; p++) {
		struct word w = cut_field(l, &p);

		if (n < COLUMNS)
			f[n] = w;
		n++;
		if (p >= end)
			break;
	}
	return n;
}

static bool is_hex(const struct word *w)
{
	return hex_span(w->p, w->n) == w->n;
}

/* Rows that lost something are known, too, and told. */
static bool sniff_v2(const struct format_line *l)
{
	struct word f[COLUMNS];
	size_t n = cut(l, f);

	return n > SK_ER && f[SPI_I].n >= 8 && is_hex(&f[SPI_I]) && is_hex(&f[SPI_R]) &&
	    is_hex(&f[SK_EI]) && (text_has(l->p, l->n, "[RFC") ||
	    text_has(l->p, l->n, "[No Checking]") || text_has(l->p, l->n, "[draft-"));
}

static bool sniff_v1(const struct format_line *l)
{
	struct word f[COLUMNS];

	return !text_has(l->p, l->n, "ikev2_decryption_table") && cut(l, f) == 2 && f[0].n >= 8 &&
	    f[0].n <= 24 && is_hex(&f[0]) && f[1].n >= 8 && is_hex(&f[1]);
}

static int take_spi(struct format_source *s, const struct format_line *l, const struct word *w,
    bool *known, uint64_t *spi, struct err *e)
{
	*known = w->n == 16 && keyfile_spi(w, spi);
	if (*known)
		return 0;
	err_set(e, "SPI: found %zu characters, wanted 16 hex digits", w->n);
	return format_blame_word(s, l, w, e);
}

/* Their keys are hex as it stands; an odd digit is a damage. */
static int take_key(struct format_source *s, const struct format_line *l, struct secret *key,
    const struct word *w, struct err *e)
{
	if (w->n == 0)
		return 0;
	if (secret_hex(keyfile_arena(s), key, w->p, w->n, e) < 0)
		return format_blame_word(s, l, w, e);
	return 0;
}

static unsigned any_bits(const struct word *w)
{
	static const unsigned bits[] = { 64, 96, 128, 160, 192, 256 };
	char text[64];

	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		snprintf(text, sizeof text, WIRESHARK_IKE_ANY, bits[i]);
		if (word_like(w, text))
			return bits[i];
	}
	return 0;
}

static int unknown(struct format_source *s, const struct format_line *l, const struct word *w,
    struct err *e)
{
	err_set(e, "unknown algorithm \"%.*s\"", (int)(w->n > 60 ? 60 : w->n), w->p);
	return format_blame_word(s, l, w, e);
}

/* Wireshark refuses a table with an unknown name, so that one is a damage. */
static int take_algs(struct format_source *s, const struct format_line *l, const struct word *f,
    struct ike_keys *k, struct err *e)
{
	const struct dialect *encr = dialect_find(wireshark_ike_encr, &f[ENCR]);
	const struct dialect *integ = dialect_find(wireshark_ike_integ, &f[INTEG]);

	if (encr == NULL)
		return unknown(s, l, &f[ENCR], e);
	k->encr = alg_encr_by_name(encr->ours, NULL);
	k->encr_bits = encr->bits;
	if (integ != NULL)
		k->integ = alg_integ_by_name(integ->ours);
	else if (any_bits(&f[INTEG]) == 0 && !word_like(&f[INTEG], WIRESHARK_IKE_NONE))
		return unknown(s, l, &f[INTEG], e);
	if (alg_encr_is_aead(k->encr))
		k->integ = NULL;
	return 0;
}

static int check(struct format_source *s, const struct format_line *l, const struct word *f,
    const struct keyset *set, struct err *e)
{
	static const struct { const char *field; int at; } at[] = {
		{ "sk_ei", SK_EI }, { "sk_er", SK_ER }, { "sk_ai", SK_AI }, { "sk_ar", SK_AR },
	};
	const char *field;
	size_t i = 0;

	if (keyset_check(set, &field, e) == 0)
		return 0;
	while (i < 3 && strcmp(at[i].field, field) != 0)
		i++;
	err_in(e, "%s", field);
	return format_blame_word(s, l, &f[at[i].at], e);
}

static int take_v2(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct word f[COLUMNS];
	struct keyset *set;
	struct ike_keys *k;
	size_t n;

	(void)state;
	if (!sniff_v2(l))
		return 0;
	if ((n = cut(l, f)) != COLUMNS) {
		err_set(e, "found %zu columns, wanted %d", n, COLUMNS);
		return format_blame(s, l->number, l->column, e);
	}
	if ((set = keyfile_add(s, &keyfile_wireshark, l->number, e)) == NULL)
		return -1;
	k = &set->k;
	k->version = 2;
	if (take_spi(s, l, &f[SPI_I], &k->spi_i_known, &k->spi_i, e) < 0 ||
	    take_spi(s, l, &f[SPI_R], &k->spi_r_known, &k->spi_r, e) < 0 ||
	    take_algs(s, l, f, k, e) < 0 || take_key(s, l, &k->sk_ei, &f[SK_EI], e) < 0 ||
	    take_key(s, l, &k->sk_er, &f[SK_ER], e) < 0 ||
	    take_key(s, l, &k->sk_ai, &f[SK_AI], e) < 0 ||
	    take_key(s, l, &k->sk_ar, &f[SK_AR], e) < 0)
		return -1;
	keyset_settle(set);
	return check(s, l, f, set, e);
}

bool wireshark_v1_length_ok(size_t n)
{
	return n == 8 || n == 16 || n == 24 || n == 32;
}

static int take_v1(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct word f[COLUMNS];
	struct keyset *set;

	(void)state;
	if (!sniff_v1(l))
		return 0;
	cut(l, f);
	if ((set = keyfile_add(s, &keyfile_wireshark_ikev1, l->number, e)) == NULL)
		return -1;
	set->k.version = 1;
	if (take_spi(s, l, &f[0], &set->k.spi_i_known, &set->k.spi_i, e) < 0 ||
	    take_key(s, l, &set->k.ka, &f[1], e) < 0)
		return -1;
	if (set->k.ka.n == 8)
		format_note(s, l->number, f[1].column,
		    "taken as a key of DES; a row of ikev2_decryption_table that was cut "
		    "looks the same");
	if (wireshark_v1_length_ok(set->k.ka.n))
		return 0;
	err_set(e, "found a key of %zu bytes, wanted 8, 16, 24 or 32", set->k.ka.n);
	return format_blame_word(s, l, &f[1], e);
}

const struct format keyfile_wireshark = {
	.name = "wireshark", .what = "Wireshark's ikev2_decryption_table", .sniff = sniff_v2,
	.line = take_v2, .versions = "4.4 4.0 4.6",
};
const struct format keyfile_wireshark_ikev1 = {
	.name = "wireshark-ikev1", .what = "Wireshark's ikev1_decryption_table", .sniff = sniff_v1,
	.line = take_v1, .versions = "4.4 4.0 4.6",
};
