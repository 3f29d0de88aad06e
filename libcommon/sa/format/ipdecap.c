#include <string.h>

#include "sa/dialect.h"
#include "sa/format.h"
#include "sa/key_text.h"

extern const struct format format_ipdecap;

/* ipdecap.conf: SRC DST ENC AUTH KEY SPI. */
static const struct dialect ciphers[] = {
	{ "des-cbc", "des", 0 }, { "3des-cbc", "3des", 0 }, { "aes128-cbc", "aes-cbc", 128 },
	{ "aes192-cbc", "aes-cbc", 192 }, { "aes256-cbc", "aes-cbc", 256 }, { "aes128-ctr", "aes-ctr", 128 },
	{ "null_enc", "null", 0 }, { NULL, NULL, 0 },
};
static const struct dialect macs[] = {
	{ "hmac_md5-96", "hmac-md5-96", 0 }, { "hmac_sha1-96", "hmac-sha1-96", 0 },
	{ "aes_xcbc_mac-96", "aes-xcbc-96", 0 }, { "null_auth", "none", 0 }, { NULL, NULL, 0 },
};

/* "any96": only how much to cut */
static unsigned any_bits(const struct word *w)
{
	struct word n = { w->p + 3, w->n - 3, w->column + 3 };
	uint64_t v;

	return word_starts(w, "any") && word_number(&n, 512, &v) && v % 8 == 0 ? (unsigned)v : 0;
}

static bool sniff(const struct format_line *l)
{
	struct words ws;
	struct addr a;

	if (memchr(l->p, 'x', l->n) == NULL || l->p[0] == '#')
		return false;
	words_cut(&ws, l->p, l->n, l->column);
	return ws.n == 6 && word_addr(&ws.w[0], &a) && word_addr(&ws.w[1], &a) &&
	    (dialect_find(ciphers, &ws.w[2]) != NULL || dialect_find(macs, &ws.w[3]) != NULL ||
	    any_bits(&ws.w[3]) > 0);
}

static int take_words(struct format_source *s, struct sa *sa, const struct words *ws,
    const struct format_line *l, struct err *e)
{
	bool encr, integ;
	uint64_t spi;

	(void)word_addr(&ws->w[0], &sa->src);
	(void)word_addr(&ws->w[1], &sa->dst);
	sa->mode = SA_TUNNEL;
	if (!word_number(&ws->w[5], UINT32_MAX, &spi) || spi == 0) {
		err_set(e, "SPI: wanted a number from 1 to 0xffffffff");
		return format_blame_word(s, l, &ws->w[5], e);
	}
	sa->spi = (uint32_t)spi;
	sa->icv_bits = any_bits(&ws->w[3]);
	encr = dialect_encr(ciphers, sa, &ws->w[2]);
	integ = dialect_integ(macs, sa, &ws->w[3]);
	if (!encr || (!integ && sa->icv_bits == 0))
		format_note(s, l->number, ws->w[2].column, "unknown algorithm among \"%.*s\" and \"%.*s\"",
		    (int)(ws->w[2].n > 40 ? 40 : ws->w[2].n), ws->w[2].p,
		    (int)(ws->w[3].n > 40 ? 40 : ws->w[3].n), ws->w[3].p);
	if (!word_is(&ws->w[4], "0") && format_wants_0x(s, &ws->w[4], false, l->number, e) < 0)
		return -1;
	if (!word_is(&ws->w[4], "0") && format_encr_key(s, sa, &ws->w[4], l->number, e) < 0)
		return -1;
	if (dialect_check(ciphers, sa, &ws->w[2], e) < 0)
		return format_blame_word(s, l, &ws->w[4], e);
	sa_settle_keys(sa);
	if (sa_check(sa, e) < 0)
		return format_blame(s, l->number, l->column, e);
	return 0;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct words ws;
	struct sa sa;
	int rc;

	(void)state;
	if (!sniff(l))
		return 0;
	words_cut(&ws, l->p, l->n, l->column);
	sa_init(&sa);
	rc = take_words(s, &sa, &ws, l, e);
	if (rc == 0)
		rc = format_give(s, &sa, &format_ipdecap, l->number, false, e);
	sa_clear(&sa);
	return rc;
}

/* ipdecap cuts "any128" to 12 octets and "null_auth" to one: neither can be said. */
static const char *say_integ(const struct sa *sa, char any[16], struct err *e)
{
	unsigned bits = sa_icv_bits(sa);
	const char *name;
	struct err ignored;

	if (sa->integ == NULL || sa->integ->kind == INTEG_KIND_NONE) {
		err_set(e, "ipdecap cuts off an ICV where there is none");
		return NULL;
	}
	if ((name = dialect_say_integ(macs, sa, &ignored)) != NULL)
		return name;
	if (bits != 96 && bits != 160 && bits != 192 && bits != 256 && bits != 384 && bits != 512) {
		err_set(e, "ipdecap cannot cut an ICV of %u bits", bits);
		return NULL;
	}
	snprintf(any, 16, "any%u", bits);
	return any;
}

static int write_sa(struct format_out *o, const struct sa *sa, struct err *e)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT], any[16];
	const char *encr, *integ;

	if (sa->proto != SA_ESP || (sa->mode != SA_TUNNEL && sa->mode != SA_MODE_UNKNOWN))
		return err_set(e, "ipdecap reads esp in tunnel mode only");
	if (sa->src.family != 4 || sa->dst.family != 4)
		return err_set(e, "ipdecap wants two IPv4 addresses");
	if (sa->encr->kind != ENCR_KIND_CBC && sa->encr->kind != ENCR_KIND_NULL)
		return err_set(e, "ipdecap has no %s", sa->encr->name);
	if ((encr = dialect_say_encr(ciphers, sa, e)) == NULL || (integ = say_integ(sa, any, e)) == NULL)
		return -1;
	fprintf(o->to, "%s %s %s %s 0%s", addr_format(src, &sa->src), addr_format(dst, &sa->dst), encr, integ,
	    sa->encr_key.n > 0 ? "x" : "");
	key_text_write(o->to, sa->encr_key);
	fprintf(o->to, " 0x%08x\n", sa->spi);
	return 0;
}

const struct format format_ipdecap = {
	.name = "ipdecap", .what = "ipdecap.conf", .sniff = sniff, .line = take, .write = write_sa,
};
