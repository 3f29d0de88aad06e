#include <string.h>

#include "ike/keyfile/wireshark.h"
#include "ike/keylog.h"
#include "sa/key_text.h"

extern const struct format keyfile_wireshark, keyfile_wireshark_ikev1;
extern const struct keylog keylog_wireshark, keylog_wireshark_ikev1;

static const char *encr_name(const struct ike_keys *k, struct err *e)
{
	for (const struct dialect *d = wireshark_ike_encr; d->name != NULL; d++)
		if (strcmp(d->ours, k->encr->name) == 0 &&
		    (d->bits == 0 || d->bits == k->encr_bits))
			return d->name;
	if (k->encr_bits != 0)
		err_set(e, "Wireshark has no %s with %u bits in its table of IKEv2", k->encr->name,
		    k->encr_bits);
	else
		err_set(e, "Wireshark has no %s in its table of IKEv2", k->encr->name);
	return NULL;
}

/* The row's name, or one that only says how much to cut; then *any. */
static const char *integ_name(const struct ike_keys *k, char text[64], bool *any)
{
	*any = false;
	if (alg_encr_is_aead(k->encr))
		return WIRESHARK_IKE_NONE;
	/* it refuses a table with keys of another length than its own */
	for (const struct dialect *d = wireshark_ike_integ; k->sk_ai.n == k->integ->key &&
	    d->name != NULL; d++)
		if (strcmp(d->ours, k->integ->name) == 0)
			return d->name;
	*any = true;
	snprintf(text, 64, WIRESHARK_IKE_ANY, k->integ->icv * 8u);
	return text;
}

static int check(const struct ike_keys *k, struct err *e)
{
	if (k->version == 1)
		return err_set(e, "this table is of IKEv2; format wireshark-ikev1 writes IKEv1's");
	if (!k->spi_r_known)
		return err_set(e, "its responder SPI is not known");
	if (k->encr == NULL)
		return err_set(e, "its cipher is not known");
	if (k->encr->kind != ENCR_KIND_NULL && (k->sk_ei.n == 0 || k->sk_er.n == 0))
		return err_set(e, "its SK_ei and SK_er are not known");
	if (alg_encr_is_aead(k->encr))
		return 0;
	if (k->integ == NULL)
		return err_set(e, "its integrity algorithm is not known");
	return k->sk_ai.n > 0 && k->sk_ar.n > 0 ? 0 : err_set(e,
	    "its SK_ai and SK_ar are not known");
}

static void put_pair(FILE *to, struct secret i, struct secret r, bool none)
{
	const struct secret empty = { 0 };

	key_text_write(to, none ? empty : i);
	putc(',', to);
	key_text_write(to, none ? empty : r);
}

static int write_v2(struct format_out *o, const struct keyset *set, struct err *e)
{
	const struct ike_keys *k = &set->k;
	const char *encr, *integ;
	char text[64];
	bool any;

	if (check(k, e) < 0 || (encr = encr_name(k, e)) == NULL)
		return -1;
	integ = integ_name(k, text, &any);
	fprintf(o->to, "%016llx,%016llx,", (unsigned long long)k->spi_i,
	    (unsigned long long)k->spi_r);
	put_pair(o->to, k->sk_ei, k->sk_er, false);
	fprintf(o->to, ",\"%s\",", encr);
	put_pair(o->to, k->sk_ai, k->sk_ar, any || alg_encr_is_aead(k->encr));
	fprintf(o->to, ",\"%s\"\n", integ);
	if (!any)
		return 0;
	err_set(e, "Wireshark has no %s%s: it decrypts, and does not check the ICV", k->integ->name,
	    k->sk_ai.n != k->integ->key ? " with such keys" : "");
	return 1;
}

static int write_v1(struct format_out *o, const struct keyset *set, struct err *e)
{
	const struct ike_keys *k = &set->k;

	if (k->version == 2)
		return err_set(e, "this table is of IKEv1; format wireshark writes IKEv2's");
	if (k->ka.n == 0)
		return err_set(e, "its encryption key is not known");
	if (k->encr != NULL && strcmp(k->encr->name, "aes-cbc") != 0 &&
	    strcmp(k->encr->name, "3des") != 0 && strcmp(k->encr->name, "des") != 0)
		return err_set(e, "Wireshark decrypts no %s in IKEv1", k->encr->name);
	/* without a cipher the length was never checked */
	if (!wireshark_v1_length_ok(k->ka.n))
		return err_set(e, "its encryption key is %zu bytes, wanted 8, 16, 24 or 32", k->ka.n);
	fprintf(o->to, "%016llx,", (unsigned long long)k->spi_i);
	key_text_write(o->to, k->ka);
	putc('\n', o->to);
	return 0;
}

const struct keylog keylog_wireshark = {
	.format = &keyfile_wireshark, .write = write_v2, .file = "ikev2_decryption_table",
};
const struct keylog keylog_wireshark_ikev1 = {
	.format = &keyfile_wireshark_ikev1, .write = write_v1, .file = "ikev1_decryption_table",
};
