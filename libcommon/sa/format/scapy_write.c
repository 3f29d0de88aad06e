#include "sa/format/scapy.h"
#include "sa/key_text.h"

void scapy_begin(struct format_out *o)
{
	fputs("from scapy.layers.inet import IP, UDP\nfrom scapy.layers.inet6 import IPv6\n"
	    "from scapy.layers.ipsec import AH, ESP, SecurityAssociation\n\nsas = [\n", o->to);
}

void scapy_end(struct format_out *o)
{
	fputs("]\n", o->to);
}

static int check(const struct format_out *o, const struct sa *sa, const char **encr, const char **integ, struct err *e)
{
	if (sa->proto == SA_IPCOMP)
		return err_set(e, "scapy has no ipcomp");
	if (sa->mode == SA_BEET || sa->encap.type == SA_ENCAP_TCP)
		return err_set(e, "scapy has no %s", sa->mode == SA_BEET ? "BEET mode" : "TCP encapsulation");
	if (sa->mode != SA_TRANSPORT && sa->src.family == 0 && sa->dst.family == 0)
		return err_set(e, "its addresses are not known: scapy takes a tunnel by its header");
	if (sa->encr != NULL && (*encr = dialect_say_encr(scapy_ciphers, sa, e)) == NULL)
		return -1;
	/* An unknown name stops the whole text. */
	if (sa->encr != NULL && sa->encr->kind == ENCR_KIND_GMAC && format_out_is(o, &format_scapy, "2.5"))
		return err_set(e, "scapy before 2.6 has no %s", sa->encr->name);
	if (sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE &&
	    (*integ = dialect_say_integ(scapy_macs, sa, e)) == NULL)
		return -1;
	return 0;
}

static void put_key(FILE *to, const char *name, struct secret key)
{
	if (key.n == 0)
		return;
	fprintf(to, ", %s=bytes.fromhex('", name);
	key_text_write(to, key);
	fputs("')", to);
}

static void put_ends(FILE *to, const struct sa *sa)
{
	const struct addr *const ends[] = { &sa->src, &sa->dst };
	const char *comma = "";
	char text[ADDR_TEXT];

	fprintf(to, ", tunnel_header=%s(", sa->src.family == 6 || sa->dst.family == 6 ? "IPv6" : "IP");
	for (size_t i = 0; i < 2; i++) {
		if (ends[i]->family == 0)
			continue;
		fprintf(to, "%s%s='%s'", comma, i == 0 ? "src" : "dst", addr_format(text, ends[i]));
		comma = ", ";
	}
	putc(')', to);
}

int scapy_write(struct format_out *o, const struct sa *sa, struct err *e)
{
	const char *encr = NULL, *integ = NULL;
	FILE *to = o->to;

	if (check(o, sa, &encr, &integ, e) < 0)
		return -1;
	fprintf(to, "    SecurityAssociation(%s, spi=0x%08x", sa->proto == SA_AH ? "AH" : "ESP", sa->spi);
	if (sa->seq_known && (sa->seq & UINT32_MAX) < UINT32_MAX && sa->seq > 0)
		fprintf(to, ", seq_num=%llu", (unsigned long long)(sa->seq & UINT32_MAX) + 1);
	if (encr != NULL)
		fprintf(to, ", crypt_algo='%s'", encr);
	put_key(to, "crypt_key", sa->encr_key);
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr) && sa->encr->icv != 16)
		fprintf(to, ", crypt_icv_size=%u", sa->encr->icv);
	if (integ != NULL)
		fprintf(to, ", auth_algo='%s'", integ);
	if (sa->integ != NULL)
		put_key(to, "auth_key", sa->integ_key);
	if (sa->mode != SA_TRANSPORT)
		put_ends(to, sa);
	if (sa->encap.type == SA_ENCAP_UDP)
		fprintf(to, ", nat_t_header=UDP(sport=%u, dport=%u)", sa->encap.sport != 0 ? sa->encap.sport : 4500u,
		    sa->encap.dport != 0 ? sa->encap.dport : 4500u);
	if (sa->esn == SA_YES)
		fprintf(to, ", esn_en=True, esn=%u", sa->seq_known ? (unsigned)(sa->seq >> 32) : 0);
	fputs("),\n", to);
	if (sa->encr != NULL && sa->encr->icv != 0 && sa->encr->icv < 16)
		return err_set(e, "scapy does not honour an ICV of %u octets for AES-GCM (its issue 4903)",
		    sa->encr->icv), 1;
	if (sa->esn == SA_YES && sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE)
		return err_set(e, "scapy leaves the high half of the sequence number out of %s: it calls the ICV bad",
		    sa->integ->name), 1;
	if (sa->mode == SA_MODE_UNKNOWN)
		return err_set(e, "its mode is not known: a tunnel is written"), 1;
	return 0;
}
