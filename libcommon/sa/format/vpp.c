#include "sa/format/vpp.h"

#include <string.h>

#include "sa/key_text.h"

extern const struct format format_vpp;

const struct dialect vpp_ciphers[] = {
	{ "none", "null", 0 }, { "des-cbc", "des", 0 }, { "3des-cbc", "3des", 0 },
	{ "aes-cbc-128", "aes-cbc", 128 }, { "aes-cbc-192", "aes-cbc", 192 }, { "aes-cbc-256", "aes-cbc", 256 },
	{ "aes-ctr-128", "aes-ctr", 128 }, { "aes-ctr-192", "aes-ctr", 192 }, { "aes-ctr-256", "aes-ctr", 256 },
	{ "aes-gcm-128", "aes-gcm-16", 128 }, { "aes-gcm-192", "aes-gcm-16", 192 },
	{ "aes-gcm-256", "aes-gcm-16", 256 }, { "chacha20-poly1305", "chacha20-poly1305", 0 },
	{ "aes-null-gmac-128", "null-auth-aes-gmac", 128 }, { "aes-null-gmac-192", "null-auth-aes-gmac", 192 },
	{ "aes-null-gmac-256", "null-auth-aes-gmac", 256 }, { NULL, NULL, 0 },
};

const struct dialect vpp_macs[] = {
	{ "none", "none", 0 }, { "md5-96", "hmac-md5-96", 0 }, { "sha1-96", "hmac-sha1-96", 0 },
	{ "sha-256-96", "hmac-sha2-256-96", 0 }, { "sha-256-128", "hmac-sha2-256-128", 0 },
	{ "sha-384-192", "hmac-sha2-384-192", 0 }, { "sha-512-256", "hmac-sha2-512-256", 0 },
	{ NULL, NULL, 0 },
};

void vpp_init(struct vpp_sa *v)
{
	*v = (struct vpp_sa){ 0 };
	sa_init(&v->sa);
	v->sa.esn = SA_NO;
}

void vpp_clear(struct vpp_sa *v)
{
	sa_clear(&v->sa);
	wipe(v->text, sizeof v->text);
}

void vpp_alg(struct format_source *s, struct vpp_sa *v, const struct word *w, bool cipher, uint64_t line)
{
	if (cipher)
		v->encr = dialect_find(vpp_ciphers, w);
	if (cipher ? dialect_encr(vpp_ciphers, &v->sa, w) : dialect_integ(vpp_macs, &v->sa, w))
		return;
	format_note(s, line, w->column, "unknown algorithm \"%.*s\"", (int)(w->n > 60 ? 60 : w->n), w->p);
}

int vpp_keep(struct format_source *s, struct vpp_sa *v, struct word *keep, const struct word *w,
    uint64_t line, struct err *e)
{
	char *to = v->text[keep == &v->encr_key ? 0 : keep == &v->salt ? 1 : 2];

	if (w->n > sizeof v->text[0]) {
		err_set(e, "found a key of more than %zu characters", sizeof v->text[0]);
		return format_blame(s, line, w->column, e);
	}
	memcpy(to, w->p, w->n);
	*keep = (struct word){ to, w->n, w->column };
	v->line = line;
	return 0;
}

int vpp_keep_salt(struct format_source *s, struct vpp_sa *v, const struct word *w, uint64_t line,
    struct err *e)
{
	return format_wants_0x(s, w, false, line, e) < 0 ? -1 : vpp_keep(s, v, &v->salt, w, line, e);
}

static int settle(struct format_source *s, struct vpp_sa *v, struct err *e)
{
	struct sa *sa = &v->sa;
	bool aead;

	if (sa->encr != NULL && sa->encr->kind != ENCR_KIND_NULL && v->encr_key.n > 0 &&
	    format_encr_key_salt(s, sa, &v->encr_key, &v->salt, v->line, e) < 0)
		return -1;
	if (v->encr != NULL && dialect_check_row(v->encr, sa, e) < 0)
		return format_blame_word(s, &(struct format_line){ .number = v->line }, &v->encr_key, e);
	aead = sa->encr != NULL && alg_encr_is_aead(sa->encr);
	if (aead) {
		sa->integ = NULL;
		sa->integ_unknown = false;
	} else if (sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE && v->integ_key.n > 0 &&
	    format_integ_key(s, sa, &v->integ_key, v->line, e) < 0) {
		return -1;
	}
	if (sa->proto == SA_AH) {
		sa->encr = NULL;
		sa->encr_unknown = false;
		sa->integ_unknown = sa->integ == NULL || sa->integ->kind == INTEG_KIND_NONE;
	} else {
		sa->encr_unknown = sa->encr == NULL;
		/* an unknown cipher may check by itself */
		if (sa->encr == NULL && sa->integ != NULL && sa->integ->kind == INTEG_KIND_NONE)
			sa->integ = NULL;
		sa->integ_unknown = !aead && sa->integ == NULL;
	}
	sa_settle_keys(sa);
	return 0;
}

int vpp_give(struct format_source *s, struct vpp_sa *v, const struct format *f, uint64_t line, struct err *e)
{
	int rc = settle(s, v, e);

	if (rc == 0 && sa_check(&v->sa, e) < 0)
		format_note(s, line, 1, "passed over: %s", e->text);
	else if (rc == 0)
		rc = format_give(s, &v->sa, f, line, false, e);
	vpp_clear(v);
	return rc;
}

/* `ipsec sa add ID spi N esp crypto-alg X ...`, one line; a prompt may stand in front. */
static const char *find_command(const struct format_line *l)
{
	static const char command[] = "ipsec sa add ";
	size_t n = sizeof command - 1;

	if (l->p[0] == '#' || !text_has(l->p, l->n, command))
		return NULL;
	for (size_t i = 0; ; i++)
		if (memcmp(l->p + i, command, n) == 0)
			return l->p + i + n;
}

static bool sniff(const struct format_line *l)
{
	return find_command(l) != NULL;
}

static bool is_again(const struct vpp_sa *v, const struct word *w)
{
	return word_is(w, "spi") ? v->sa.spi != 0 : word_is(w, "crypto-key") ? v->encr_key.n > 0
	     : word_is(w, "integ-key") && v->integ_key.n > 0;
}

static void take_flag(struct sa *sa, const struct word *w)
{
	if (word_is(w, "esp") || word_is(w, "ah"))
		sa->proto = word_is(w, "ah") ? SA_AH : SA_ESP;
	else if (word_is(w, "esn") || word_is(w, "use-esn"))
		sa->esn = SA_YES;
	else if (word_is(w, "anti-replay") || word_is(w, "use-anti-replay"))
		sa->replay_window = SA_REPLAY_DEFAULT;
	else if (word_is(w, "inbound"))
		sa->dir = SA_IN;
	else if (word_is(w, "udp-encap"))
		sa->encap = (struct sa_encap){ SA_ENCAP_UDP, 4500, 4500, { 0 }, { 0 } };
	else if (word_starts(w, "tunnel"))
		sa->mode = SA_TUNNEL;
}

/* One argument, from word i on; how many words it has. */
static int take_arg(struct format_source *s, struct vpp_sa *v, const struct words *ws, size_t i,
    uint64_t line, struct err *e)
{
	const struct word *w = &ws->w[i], *value = words_at(ws, i + 1);
	struct sa *sa = &v->sa;
	struct addr none;
	uint64_t n;

	take_flag(sa, w);
	if (word_is(w, "tunnel-src") || word_is(w, "src"))
		return word_addr(value, &sa->src) ? 2 : 1;
	if (word_is(w, "tunnel-dst") || word_is(w, "dst"))
		return word_addr(value, &sa->dst) ? 2 : 1;
	if (is_again(v, w) || (word_is(w, "add") && i > 1)) {	/* two commands in one line */
		err_set(e, "found a second %.*s in one command", (int)w->n, w->p);
		return format_blame(s, line, w->column, e);
	}
	if (word_is(w, "spi") && word_number(value, UINT32_MAX, &n))
		sa->spi = (uint32_t)n;
	if (word_is(w, "crypto-alg") || word_is(w, "integ-alg"))
		vpp_alg(s, v, value, word_is(w, "crypto-alg"), line);
	if (word_is(w, "crypto-key"))
		return vpp_keep(s, v, &v->encr_key, value, line, e) < 0 ? -1 : 2;
	if (word_is(w, "integ-key"))
		return vpp_keep(s, v, &v->integ_key, value, line, e) < 0 ? -1 : 2;
	if (word_is(w, "salt"))
		return vpp_keep_salt(s, v, value, line, e) < 0 ? -1 : 2;
	if (word_addr(w, &none))
		format_note(s, line, w->column, "found an address without what it is: words before it may be lost");
	return word_is(w, "spi") || word_is(w, "crypto-alg") || word_is(w, "integ-alg") ? 2 : 1;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	const char *p = find_command(l);
	struct vpp_sa *v = state;
	struct words ws;
	int n;

	if (p == NULL)
		return 0;
	words_cut(&ws, p, l->n - (size_t)(p - l->p), l->column + (size_t)(p - l->p));
	vpp_init(v);
	v->sa.replay_window = 0;
	for (size_t i = 1; i < ws.n; i += (size_t)n)	/* the first is VPP's own number of it */
		if ((n = take_arg(s, v, &ws, i, l->number, e)) < 0) {
			vpp_clear(v);
			return -1;
		}
	if (v->sa.mode == SA_MODE_UNKNOWN)
		v->sa.mode = SA_TRANSPORT;
	if (v->sa.spi == 0) {
		err_set(e, "wanted spi and a number above 0");
		vpp_clear(v);
		return format_blame(s, l->number, l->column + (size_t)(p - l->p), e);
	}
	/* crypto-alg and integ-alg that are not said are none */
	if (v->sa.encr == NULL && !v->sa.encr_unknown)
		v->sa.encr = alg_encr_by_name("null", NULL);
	if (v->sa.integ == NULL && !v->sa.integ_unknown)
		v->sa.integ = alg_integ_by_name("none");
	return vpp_give(s, v, &format_vpp, l->number, e);
}

static int check(const struct sa *sa, const char **encr, const char **integ, struct err *e)
{
	if (sa->proto == SA_IPCOMP)
		return err_set(e, "VPP has no ipcomp");
	if (sa->mode == SA_BEET || sa->encap.type == SA_ENCAP_TCP)
		return err_set(e, "VPP has no %s", sa->mode == SA_BEET ? "BEET mode" : "TCP encapsulation");
	if (sa->mode != SA_TRANSPORT && (sa->src.family == 0 || sa->dst.family == 0))
		return err_set(e, "its addresses are not known, and VPP wants them in tunnel mode");
	if (sa->encr != NULL && (*encr = dialect_say_encr(vpp_ciphers, sa, e)) == NULL)
		return -1;
	if (sa->integ != NULL && sa->integ->kind != INTEG_KIND_NONE &&
	    (*integ = dialect_say_integ(vpp_macs, sa, e)) == NULL)
		return -1;
	return 0;
}

static void put_key(FILE *to, const char *word, const uint8_t *p, size_t n)
{
	if (n == 0)
		return;
	fprintf(to, " %s", word);
	key_text_write(to, (struct secret){ (uint8_t *)p, n });
}

static int write_sa(struct format_out *o, const struct sa *sa, struct err *e)
{
	const char *encr = NULL, *integ = NULL;
	size_t salt = sa->encr != NULL ? sa->encr->salt : 0, n = sa->encr_key.n - salt;
	char src[ADDR_TEXT], dst[ADDR_TEXT];
	bool tunnel = sa->mode != SA_TRANSPORT;

	if (check(sa, &encr, &integ, e) < 0)
		return -1;
	fprintf(o->to, "ipsec sa add %llu spi %u %s", (unsigned long long)o->count + 1, sa->spi,
	    sa_proto_name(sa->proto));
	if (encr != NULL) {
		fprintf(o->to, " crypto-alg %s", encr);
		put_key(o->to, "crypto-key ", sa->encr_key.p, n);
	}
	if (integ != NULL) {
		fprintf(o->to, " integ-alg %s", integ);
		put_key(o->to, "integ-key ", sa->integ_key.p, sa->integ_key.n);
	}
	if (salt > 0)
		put_key(o->to, "salt 0x", sa->encr_key.p + n, salt);
	if (tunnel)
		fprintf(o->to, " tunnel src %s dst %s", addr_format(src, &sa->src), addr_format(dst, &sa->dst));
	fprintf(o->to, "%s%s%s%s\n", sa->encap.type == SA_ENCAP_UDP ? " udp-encap" : "",
	    sa->esn == SA_YES ? " esn" : "", sa->replay_window != 0 ? " anti-replay" : "",
	    sa->dir == SA_IN ? " inbound" : "");
	if (sa->mode == SA_MODE_UNKNOWN)
		return err_set(e, "its mode is not known: tunnel is written"), 1;
	if (!tunnel && sa->src.family != 0)
		return err_set(e, "VPP names the addresses of a transport mode SA elsewhere: they are left out"), 1;
	return 0;
}

const struct format format_vpp = {
	.name = "vpp", .what = "ipsec sa add commands (VPP)", .state = sizeof(struct vpp_sa),
	.sniff = sniff, .line = take, .write = write_sa,
};
