#include <string.h>

#include "sa/format/python.h"
#include "sa/format/scapy.h"

enum { TEXT = 8 * 1024 };

/* One SecurityAssociation(...) of Python text, over as many lines as it has. */
struct scapy {
	char text[TEXT];		/* what stands between its parentheses; wiped with the state */
	size_t n;
	int depth;			/* of parentheses that are open; 0: no constructor */
	char quote;			/* the string literal that is open */
	bool escaped, full;
	uint64_t line;
	size_t column;
};

const struct dialect scapy_ciphers[] = {
	{ "NULL", "null", 0 }, { "AES-CBC", "aes-cbc", 0 }, { "AES-CTR", "aes-ctr", 0 },
	{ "AES-GCM", "aes-gcm-16", 0 }, { "AES-GCM", "aes-gcm-12", 0 }, { "AES-GCM", "aes-gcm-8", 0 },
	{ "AES-CCM", "aes-ccm-16", 0 }, { "AES-CCM", "aes-ccm-12", 0 }, { "AES-CCM", "aes-ccm-8", 0 },
	{ "AES-NULL-GMAC", "null-auth-aes-gmac", 0 }, { "CHACHA20-POLY1305", "chacha20-poly1305", 0 },
	{ "DES", "des", 0 }, { "3DES", "3des", 0 }, { "CAST", "cast", 0 }, { "Blowfish", "blowfish", 0 },
	{ NULL, NULL, 0 },
};
const struct dialect scapy_macs[] = {
	{ "NULL", "none", 0 }, { "HMAC-SHA1-96", "hmac-sha1-96", 0 }, { "SHA2-256-128", "hmac-sha2-256-128", 0 },
	{ "SHA2-384-192", "hmac-sha2-384-192", 0 }, { "SHA2-512-256", "hmac-sha2-512-256", 0 },
	{ "HMAC-MD5-96", "hmac-md5-96", 0 }, { "AES-CMAC-96", "aes-cmac-96", 0 }, { NULL, NULL, 0 },
};

static const char word[] = "SecurityAssociation(";

static bool sniff(const struct format_line *l)
{
	return text_has(l->p, l->n, word) && l->p[0] != '#' && !text_has(l->p, l->n, "class ");
}

static int take_key(struct format_source *s, const struct scapy *x, struct sa *sa, const struct word *w,
    bool cipher, struct err *e)
{
	char hex[2 * KEY_TEXT_MAX + 1];
	struct word key = { hex, 0, x->column };
	bool octal;
	int rc;

	if (w->n == 0 || word_is(w, "None"))
		return 0;
	if (!python_bytes(w, hex, &key.n, &octal)) {
		err_set(e, "a key: wanted bytes.fromhex('...') or b'...'");
		return format_blame(s, x->line, x->column, e);
	}
	if (octal)
		format_note(s, x->line, x->column, "a key with an octal escape, which Python itself never prints");
	rc = cipher ? format_encr_key(s, sa, &key, x->line, e) : format_integ_key(s, sa, &key, x->line, e);
	wipe(hex, sizeof hex);
	return rc;
}

/* IP(src='A', dst='B'), UDP(sport=N, dport=N) */
static void take_header(struct sa *sa, const struct word *w)
{
	struct word in, name, value, text;
	uint64_t v;
	bool udp = python_call(w, "UDP", &in);

	if (!udp && !python_call(w, "IP", &in) && !python_call(w, "IPv6", &in))
		return;
	if (udp)
		sa->encap = (struct sa_encap){ SA_ENCAP_UDP, 4500, 4500, { 0 }, { 0 } };
	else
		sa->mode = SA_TUNNEL;
	while (python_arg(&in, &name, &value)) {
		if (!udp && python_string(&value, &text)) {
			if (word_is(&name, "src"))
				(void)word_addr(&text, &sa->src);
			if (word_is(&name, "dst"))
				(void)word_addr(&text, &sa->dst);
		}
		if (udp && word_number(&value, UINT16_MAX, &v)) {
			if (word_is(&name, "sport"))
				sa->encap.sport = (uint16_t)v;
			if (word_is(&name, "dport"))
				sa->encap.dport = (uint16_t)v;
		}
	}
}

/* A constructor's arguments by name. */
struct args { struct word proto, spi, seq, crypt_algo, crypt_key, icv, auth_algo, auth_key, tunnel, natt, esn_en,
	esn; };

static bool take_args(struct args *a, const struct scapy *x)
{
	struct { const char *name; struct word *at; } rows[] = {
		{ "proto", &a->proto }, { "spi", &a->spi }, { "seq_num", &a->seq }, { "crypt_algo", &a->crypt_algo },
		{ "crypt_key", &a->crypt_key }, { "crypt_icv_size", &a->icv }, { "auth_algo", &a->auth_algo },
		{ "auth_key", &a->auth_key }, { "tunnel_header", &a->tunnel }, { "nat_t_header", &a->natt },
		{ "esn_en", &a->esn_en }, { "esn", &a->esn },
	};
	struct word rest = { x->text, x->n, x->column }, name, value;
	size_t place = 0;

	while (python_arg(&rest, &name, &value)) {
		size_t k = name.n > 0 ? 0 : place++;

		while (name.n > 0 && k < 12 && !word_is(&name, rows[k].name))
			k++;
		if (k == 12)
			continue;
		if (rows[k].at->n > 0)
			return false;		/* Python would not take it */
		*rows[k].at = value;
	}
	return true;
}

/* The name and, for AEADs, the ICV's length tell the row. */
static void take_cipher(struct format_source *s, const struct scapy *x, struct sa *sa, const struct args *a)
{
	char name[64];
	struct word alg = { "NULL", 4, x->column };
	uint64_t icv;

	if (a->crypt_algo.n > 0 && !word_is(&a->crypt_algo, "None") && !python_string(&a->crypt_algo, &alg))
		alg = a->crypt_algo;
	if (!dialect_encr(scapy_ciphers, sa, &alg)) {
		format_note(s, x->line, x->column, "unknown algorithm \"%.*s\"", (int)(alg.n > 60 ? 60 : alg.n), alg.p);
		return;
	}
	if (!word_number(&a->icv, 64, &icv) || icv == sa->encr->icv || sa->encr->icv == 0)
		return;
	snprintf(name, sizeof name, "%.7s-%u", sa->encr->name, (unsigned)icv);
	sa->encr = alg_encr_by_name(name, NULL);
	sa->encr_unknown = sa->encr == NULL;
}

static int take_sa(struct format_source *s, const struct scapy *x, struct sa *sa, struct err *e)
{
	struct args a = { 0 };
	struct word alg;
	uint64_t v, high = 0;

	if (!take_args(&a, x)) {
		err_set(e, "an argument stands there twice");
		return format_blame(s, x->line, x->column, e);
	}
	sa->proto = word_has(&a.proto, "AH") ? SA_AH : SA_ESP;
	if (!word_number(&a.spi, UINT32_MAX, &v) || v == 0) {
		err_set(e, "spi: wanted a number above 0");
		return format_blame(s, x->line, x->column, e);
	}
	sa->spi = (uint32_t)v;
	sa->mode = SA_TRANSPORT;
	if (sa->proto == SA_ESP)
		take_cipher(s, x, sa, &a);
	sa->integ = alg_integ_by_name("none");
	if (a.auth_algo.n > 0 && !word_is(&a.auth_algo, "None") && (!python_string(&a.auth_algo, &alg) ||
	    !dialect_integ(scapy_macs, sa, &alg)))
		format_note(s, x->line, x->column, "unknown algorithm \"%.*s\"",
		    (int)(a.auth_algo.n > 60 ? 60 : a.auth_algo.n), a.auth_algo.p);
	if (sa->encr != NULL && alg_encr_is_aead(sa->encr)) {
		sa->integ = NULL;
		sa->integ_unknown = false;
	} else if (sa->encr_unknown && sa->integ != NULL && sa->integ->kind == INTEG_KIND_NONE) {
		sa->integ = NULL;		/* the cipher may check by itself */
		sa->integ_unknown = true;
	}
	if (sa->proto == SA_ESP && take_key(s, x, sa, &a.crypt_key, true, e) < 0)
		return -1;
	if (sa->integ != NULL && take_key(s, x, sa, &a.auth_key, false, e) < 0)
		return -1;
	take_header(sa, &a.tunnel);
	take_header(sa, &a.natt);
	sa->esn = word_is(&a.esn_en, "True") ? SA_YES : SA_NO;
	if (sa->esn == SA_YES)
		(void)word_number(&a.esn, UINT32_MAX, &high);
	if (!word_number(&a.seq, UINT32_MAX, &v) || v == 0)
		v = 1;
	if (v > 1 || high > 0) {		/* seq_num is the next one */
		sa->seq = high << 32 | (v - 1);
		sa->seq_known = true;
		sa_add_hint(sa, sa->seq);
	}
	sa_settle_keys(sa);
	if (sa_check(sa, e) < 0)
		return format_blame(s, x->line, x->column, e);
	return 0;
}

static int finish(struct format_source *s, struct scapy *x, struct err *e)
{
	struct sa sa;
	int rc;

	if (x->full) {
		err_set(e, "found a constructor of more than %d bytes", TEXT);
		return format_blame(s, x->line, x->column, e);
	}
	sa_init(&sa);
	rc = take_sa(s, x, &sa, e);
	if (rc == 0)
		rc = format_give(s, &sa, &format_scapy, x->line, false, e);
	sa_clear(&sa);
	wipe(x->text, x->n);
	return rc;
}

/* Reads on in an open constructor; returns how much of the line it took. */
static size_t read_on(struct scapy *x, const char *p, size_t n)
{
	size_t i = 0;

	for (; i < n && x->depth > 0; i++) {
		char c = p[i];

		if (x->quote == '\0' && c == '#')
			return n;
		if (x->escaped) {
			x->escaped = false;
		} else if (x->quote != '\0') {
			x->escaped = c == '\\';
			x->quote = c == x->quote ? '\0' : x->quote;
		} else if (c == '\'' || c == '"') {
			x->quote = c;
		} else {
			x->depth += (c == '(') - (c == ')');
		}
		if (x->depth == 0)
			return i + 1;
		x->full |= x->n == TEXT;
		if (!x->full)
			x->text[x->n++] = c == '\t' && x->quote == '\0' ? ' ' : c;
	}
	if (x->depth > 0 && x->n < TEXT)
		x->text[x->n++] = ' ';
	return i;
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct scapy *x = state;
	size_t i = 0, n = sizeof word - 1;

	while (x->depth == 0 && i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	if (x->depth == 0 && i < l->n && l->p[i] == '#')
		return 0;
	if (x->depth > 0 && sniff(l)) {
		format_note(s, x->line, x->column, "a constructor without its end");
		x->depth = 0;
	}
	while (i < l->n) {
		if (x->depth == 0) {
			while (i + n <= l->n && memcmp(l->p + i, word, n) != 0)
				i++;
			if (i + n > l->n)
				return 0;
			x->line = l->number;
			x->column = l->column + i;
			x->depth = 1;
			x->quote = '\0';
			x->escaped = x->full = false;
			x->n = 0;
			i += n;
		}
		i += read_on(x, l->p + i, l->n - i);
		if (x->depth == 0 && finish(s, x, e) < 0)
			return -1;
	}
	return 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	struct scapy *x = state;

	(void)e;
	if (done && x->depth > 0) {
		format_note(s, x->line, x->column, "a constructor without its end");
		x->depth = 0;
		wipe(x->text, x->n);
	}
	return 0;
}

const struct format format_scapy = {
	.name = "scapy", .what = "SecurityAssociation(...) constructors (scapy)", .state = sizeof(struct scapy),
	.sniff = sniff, .line = take, .flush = flush, .versions = "2.5 2.6",
	.begin = scapy_begin, .write = scapy_write, .end = scapy_end,
};
