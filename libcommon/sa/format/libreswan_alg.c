#include <string.h>

#include "sa/format/libreswan.h"

/* Old versions name integrity algorithms without their length. */
static const struct { const char *pluto, *name; } short_names[] = {
	{ "HMAC_MD5", "hmac-md5-96" }, { "HMAC_SHA1", "hmac-sha1-96" },
	{ "HMAC_SHA2_256", "hmac-sha2-256-128" }, { "HMAC_SHA2_384", "hmac-sha2-384-192" },
	{ "HMAC_SHA2_512", "hmac-sha2-512-256" }, { "HMAC_SHA2_256_TRUNCBUG", "hmac-sha2-256-96" },
	{ "AES_XCBC", "aes-xcbc-96" }, { "AES_CMAC", "aes-cmac-96" },
};

/* IKEv1's names of the AEADs: A, B and C are ICVs of 8, 12 and 16 octets (RFC 4106 8.2). */
static const struct { const char *pluto, *name; } aeads[] = {
	{ "AES_GCM_A", "aes-gcm-8" }, { "AES_GCM_B", "aes-gcm-12" }, { "AES_GCM_C", "aes-gcm-16" },
	{ "AES_CCM_A", "aes-ccm-8" }, { "AES_CCM_B", "aes-ccm-12" }, { "AES_CCM_C", "aes-ccm-16" },
	{ "NULL_AUTH_AES_GMAC", "null-auth-aes-gmac" },
};

static const struct alg_encr *encr_by_name(const char *name, unsigned *bits)
{
	for (size_t i = 0; i < sizeof aeads / sizeof aeads[0]; i++)
		if (strcmp(name, aeads[i].pluto) == 0)
			name = aeads[i].name;
	return alg_encr_by_name(name, bits);
}

/* "AES_CBC_128", "AES_128", "3DES_0", "NULL": the key's size stands last. */
static void encr(struct pluto_sa *sa, const struct word *w)
{
	char name[PLUTO_NAME], *tail;
	struct word digits;
	uint64_t bits;

	if (!word_text(name, sizeof name, w))
		return;
	if ((sa->encr = encr_by_name(name, &sa->encr_bits)) != NULL)
		return;
	if ((tail = strrchr(name, '_')) == NULL)
		return;
	*tail = '\0';
	digits = (struct word){ tail + 1, strlen(tail + 1), 1 };
	if (!word_number(&digits, 512, &bits))
		return;
	sa->encr = encr_by_name(name, NULL);
	/* 168: DES keys without their parity */
	sa->encr_bits = sa->encr != NULL && sa->encr->des_keys == 0 ? (unsigned)bits : 0;
}

static void integ(struct pluto_sa *sa, const struct word *w)
{
	char name[PLUTO_NAME];

	if (!word_text(name, sizeof name, w))
		return;
	for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++)
		if (strcmp(name, short_names[i].pluto) == 0)
			sa->integ = alg_integ_by_name(short_names[i].name);
	if (strcmp(name, "NONE") == 0)
		sa->integ_none = true;
	else if (sa->integ == NULL)
		sa->integ = alg_integ_by_name(name);
}

void pluto_algs(struct pluto_sa *sa, struct word xfrm)
{
	size_t from = 0, part = 0;

	/* AH has no cipher */
	if (sa->proto == SA_AH)
		part = 1;
	for (size_t i = 0; i <= xfrm.n; i++) {
		struct word w = { xfrm.p + from, i - from, 1 };

		if (i < xfrm.n && xfrm.p[i] != '-')
			continue;
		if (part == 0)
			encr(sa, &w);
		else if (part == 1)
			integ(sa, &w);
		part++;
		from = i + 1;
	}
	if (part == 1)				/* AEADs may stand alone */
		sa->integ_none = true;
}

static const char *find(const char *p, size_t n, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= n; i++)
		if (p[i] == text[0] && memcmp(p + i, text, len) == 0)
			return p + i;
	return NULL;
}

/* "10.0.1.0/24", or "10.0.1.0-10.0.1.255:0-65535 0" of older versions, which goes up to "]". */
static bool ts_side(const char *p, size_t n, struct addr_range *r)
{
	const char *colon;
	struct err e;

	if (addr_range_parse(r, p, n, &e) == 0)
		return true;
	/* only the form that means every port and protocol */
	colon = find(p, n, ":0-65535 0");
	return colon != NULL && colon + 10 == p + n && addr_range_parse(r, p, (size_t)(colon - p), &e) == 0;
}

/* "[10.0.1.0/24===10.0.2.0/24]" or "[...] -> [...]" */
static void ts(struct pluto_sa *sa, const char *p, size_t n)
{
	const char *open = memchr(p, '[', n), *end = p + n, *mid, *next, *close;

	if (open == NULL)
		return;
	close = memchr(open, ']', (size_t)(end - open));
	if (close == NULL)
		return;
	sa->ts = (struct selector){ .nsrc = 1, .ndst = 1, .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	mid = find(open, (size_t)(close - open), "===");
	if (mid != NULL) {
		sa->ts_known = ts_side(open + 1, (size_t)(mid - open) - 1, sa->ts.src) &&
		    ts_side(mid + 3, (size_t)(close - mid) - 3, sa->ts.dst);
		return;
	}
	next = find(close, (size_t)(end - close), "] -> [");
	if (next != close)
		return;
	end = memchr(next + 6, ']', (size_t)(end - next) - 6);
	sa->ts_known = end != NULL && ts_side(open + 1, (size_t)(close - open) - 1, sa->ts.src) &&
	    ts_side(next + 6, (size_t)(end - next) - 6, sa->ts.dst);
}

/* "ESPinUDP/ESN", "ESP/NAT", "AH" */
static bool head(struct pluto_sa *sa, const char *p, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		struct word w = { p + from, i - from, 1 };

		if (i < n && p[i] != '/')
			continue;
		if (from == 0) {
			if (!word_starts(&w, "ESP") && !word_is(&w, "AH"))
				return false;
			sa->proto = word_is(&w, "AH") ? SA_AH : SA_ESP;
		}
		if (word_is(&w, "ESPinUDP") || word_is(&w, "NAT"))
			sa->encap = SA_ENCAP_UDP;
		else if (word_is(&w, "ESPinTCP"))
			sa->encap = SA_ENCAP_TCP;
		else if (word_is(&w, "ESN"))
			sa->esn = SA_YES;
		from = i + 1;
	}
	return true;
}

/* "\"name\"[1] 192.0.2.2 #2: ": the name of the connection. */
static void label(struct pluto_sa *sa, const char *p, size_t n)
{
	const char *open = memchr(p, '"', n), *end = open != NULL ? memchr(open + 1, '"', n - (size_t)(open - p) - 1)
			 : NULL;

	if (end != NULL)
		word_text(sa->label, sizeof sa->label, &(struct word){ open + 1, (size_t)(end - open) - 1, 1 });
}

bool pluto_established(struct pluto_sa *sa, const char *p, size_t n)
{
	const char *open = memchr(p, '{', n), *arrow, *end;
	struct word rest, out, in, w;
	uint64_t v[2];

	*sa = (struct pluto_sa){ .esn = SA_UNKNOWN };
	if (open == NULL || (arrow = find(open, n - (size_t)(open - p), "=>0x")) == NULL)
		return false;
	if (!head(sa, open + 1, (size_t)(arrow - open) - 1))
		return false;
	if ((end = memchr(arrow, '}', n - (size_t)(arrow - p))) == NULL)
		end = p + n;
	rest = (struct word){ arrow + 2, (size_t)(end - arrow) - 2, 1 };
	out = word_next(&rest, "<");
	in = word_next(&rest, "");
	if (in.n != 11 || in.p[0] != '<' || out.n != 10)	/* <0x and eight digits */
		return false;
	in.p++;
	in.n--;
	if (!word_hex(&in, UINT32_MAX, &v[0]) || !word_hex(&out, UINT32_MAX, &v[1]) || v[0] == 0 || v[1] == 0)
		return false;
	sa->spi[0] = (uint32_t)v[0];
	sa->spi[1] = (uint32_t)v[1];
	while ((w = word_next(&rest, "")).n > 0)
		if (word_starts(&w, "xfrm="))
			pluto_algs(sa, (struct word){ w.p + 5, w.n - 5, 1 });
	sa->mode = find(p, n, "IPsec tunnel") || find(p, n, "tunnel mode") ? SA_TUNNEL
		 : find(p, n, "IPsec transport") || find(p, n, "transport mode") ? SA_TRANSPORT
		 : SA_MODE_UNKNOWN;
	ts(sa, p, (size_t)(open - p));
	label(sa, p, (size_t)(open - p));
	return true;
}
