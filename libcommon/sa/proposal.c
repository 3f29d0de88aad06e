#include "sa/proposal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/names.h"
#include "base/text.h"
#include "sa/proposal_guess.h"

enum {
	PARTS = 32,		/* between dashes */
	NAME_PARTS = 12,	/* of them in one name: Wireshark's HMAC-SHA-256-96 [draft-...] has 10 */
	GUESS_PARTS = 5,	/* in a name that was mistyped */
};

/* What an IKE proposal says beside: groups and PRFs, without the digits they end in. */
static const char *const for_ike[] = {
	"modp", "modpnone", "modpnull", "ecp", "curve", "x25519", "x448", "mlkem", "ntru", "kyber",
	"frodoa", "frodos", "none", "prfsha", "prfmd", "prfaesxcbc", "prfcamelliaxcbc", "prfaescmac",
};

static const struct name esn_words[] = { { SA_NO, "noesn" }, { SA_YES, "esn" } };

/* The text cut at its dashes: part i is from at[i] to at[i + 1] - 1. */
struct parts { char text[PROPOSAL_MAX]; size_t at[PARTS + 1]; size_t n; };

/* Parts first to last - 1, dashes and all. */
static const char *joined(const struct parts *parts, size_t first, size_t last,
    char out[PROPOSAL_MAX])
{
	size_t n = parts->at[last] - parts->at[first] - 1;

	memcpy(out, parts->text + parts->at[first], n);
	out[n] = '\0';
	return out;
}

static int cut(struct parts *parts, const char *text, struct err *e)
{
	size_t n = strlen(text), depth = 0;

	*parts = (struct parts){ .n = 0 };
	if (n == 0 || n >= sizeof parts->text)
		return err_set(e, "found a proposal of %zu characters, wanted 1 to %zu", n,
		    sizeof parts->text - 1);
	memcpy(parts->text, text, n);
	for (size_t i = 0; i <= n; i++) {
		depth += text[i] == '(';
		depth -= text[i] == ')' && depth > 0;
		if (text[i] == ',' && depth == 0)
			return err_set(e, "found several proposals in \"%s\", wanted one: "
			    "an SA has one set of algorithms", text);
		if (text[i] != '-' && text[i] != '\0')
			continue;
		if (parts->n == PARTS)
			return err_set(e, "found more than %d words in a proposal", PARTS);
		parts->at[++parts->n] = i + 1;
		if (parts->at[parts->n] - parts->at[parts->n - 1] < 2)
			return err_set(e, "found an empty word in the proposal \"%s\"", text);
	}
	return 0;
}

static bool is_digits(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

/* "modp2048", "modp2048s256", "ecp256bp", "ke1_mlkem768" */
static bool is_ike(const char *word)
{
	if (strncasecmp(word, "ke", 2) == 0 && word[2] >= '1' && word[2] <= '7' && word[3] == '_')
		word += 4;
	for (size_t i = 0; i < sizeof for_ike / sizeof for_ike[0]; i++) {
		size_t n = strlen(for_ike[i]);
		const char *rest = word + n;

		if (strncasecmp(word, for_ike[i], n) != 0)
			continue;
		rest += strspn(rest, "0123456789");
		if (*rest == '\0' || strcmp(rest, "bp") == 0 ||
		    (*rest == 's' && is_digits(rest + 1)))
			return true;
	}
	return false;
}

static int twice(const char *kind, const char *before, const char *word, struct err *e)
{
	return err_set(e, "found the %s \"%.60s\" beside %s, wanted one of a kind", kind, word, before);
}

/* word as what can stand here: 1 it is taken, 0 it is no name, -1 it may not stand here. */
static int take(struct proposal *p, const char *word, struct err *e)
{
	const struct name *esn = name_by_name(esn_words, 2, word);
	const struct alg_integ *integ = alg_integ_by_name(word);
	unsigned bits;
	const struct alg_encr *encr = alg_encr_by_name(word, &bits);

	/* "NULL" is a name of both: the cipher comes first */
	if (encr != NULL && (p->encr == NULL || integ == NULL)) {
		if (p->encr != NULL)
			return twice("cipher", p->encr->name, word, e);
		p->encr = encr;
		p->encr_bits = bits;
		return 1;
	}
	/* "none" after an integrity algorithm is the key exchange */
	if (integ != NULL && (p->integ == NULL || !is_ike(word))) {
		if (p->integ != NULL)
			return twice("integrity algorithm", p->integ->name, word, e);
		p->integ = integ;
		return 1;
	}
	if (esn != NULL) {
		if (p->esn != SA_UNKNOWN && p->esn != (enum sa_tri)esn->id)
			return err_set(e, "found both esn and noesn, wanted one of them");
		p->esn = (enum sa_tri)esn->id;
		return 1;
	}
	if (!is_ike(word))
		return 0;
	if (p->skipped[0] == '\0')
		snprintf(p->skipped, sizeof p->skipped, "%.*s", PROPOSAL_SKIPPED - 1, word);
	return 1;
}

/* No name begins at part i; the one before began at prev. */
static int unknown(const struct parts *parts, size_t prev, size_t i, struct err *e)
{
	struct proposal_guess g = { .distance = 0 };
	char word[PROPOSAL_MAX];

	/* "aes-gmc-16": a name may have dashes, and its first part be a name itself */
	for (size_t first = i + 1; first-- > prev;)
		for (size_t last = i + 1; last <= parts->n && last - first <= GUESS_PARTS; last++)
			proposal_guess(&g, joined(parts, first, last, word));
	return proposal_guess_say(&g, joined(parts, i, i + 1, word), e);
}

/* Digits alone are the bits of the cipher before them. */
static bool take_bits(struct proposal *p, const char *word)
{
	unsigned bits = 0;

	if (p->encr == NULL || p->encr_bits != 0 || !is_digits(word) || strlen(word) > 4)
		return false;
	for (; *word != '\0'; word++)
		bits = bits * 10 + (unsigned)(*word - '0');
	if (bits == 0 || bits % 8 != 0 || alg_encr_size(p->encr, bits / 8) == NULL)
		return false;
	p->encr_bits = bits;
	return true;
}

/* The longest name from part i on; its parts, or -1. */
static int take_longest(struct proposal *p, const struct parts *parts, size_t prev, size_t i,
    bool after_encr, struct err *e)
{
	size_t most = parts->n - i < NAME_PARTS ? parts->n - i : NAME_PARTS;
	char word[PROPOSAL_MAX];

	for (size_t last = i + most; last > i; last--) {
		int rc = take(p, joined(parts, i, last, word), e);

		if (rc != 0)
			return rc < 0 ? -1 : (int)(last - i);
	}
	if (after_encr && take_bits(p, joined(parts, i, i + 1, word)))
		return 1;
	return unknown(parts, prev, i, e);
}

int proposal_parse(struct proposal *p, const char *text, struct err *e)
{
	struct parts parts;
	size_t prev = 0;
	bool after_encr = false;

	*p = (struct proposal){ .esn = SA_UNKNOWN };
	if (cut(&parts, text, e) < 0)
		return -1;
	for (size_t i = 0; i < parts.n;) {
		bool had_encr = p->encr != NULL;
		int n = take_longest(p, &parts, prev, i, after_encr, e);

		if (n < 0)
			return -1;
		after_encr = !had_encr && p->encr != NULL;
		prev = i;
		i += (size_t)n;
	}
	if (p->encr != NULL && p->encr_bits == 0) {
		p->encr_bits = p->encr->size[0].bits;
		/* a range of sizes has a default of its own: RFC 2451 2.2 */
		p->bits_assumed = p->encr->size[0].bits != 0 && p->encr->size[1].bits != 0;
	}
	return 0;
}

int proposal_check(const struct proposal *p, enum sa_proto proto, struct err *e)
{
	bool none = p->integ == NULL || p->integ->kind == INTEG_KIND_NONE;

	if (proto == SA_AH) {
		if (p->encr != NULL)
			return err_set(e, "found the cipher %s, but AH does not encrypt (RFC 4302)",
			    p->encr->name);
		if (none)
			return err_set(e, "wanted an integrity algorithm for AH, such as \"sha256\"");
		return 0;
	}
	if (p->encr == NULL)
		return err_set(e, "wanted a cipher, such as \"aes256gcm16\", or \"null\"%s",
		    none ? "" : "; for AH say --ah");
	if (alg_encr_is_aead(p->encr) && !none)
		return err_set(e, "found %s, but %s has its own integrity check", p->integ->name,
		    p->encr->name);
	if (!alg_encr_is_aead(p->encr) && p->integ == NULL)
		return err_set(e, "wanted an integrity algorithm beside %s, such as \"sha256\" "
		    "(or \"none\")", p->encr->name);
	if (!none && p->integ->kind == INTEG_KIND_GMAC)
		return err_set(e, "found %s, which is for AH alone; ESP has null-auth-aes-gmac "
		    "(RFC 4543)", p->integ->name);
	return 0;
}

char *proposal_format(char out[PROPOSAL_MAX], const struct proposal *p)
{
	char bits[16] = "";

	if (p->encr_bits != 0)
		snprintf(bits, sizeof bits, "-%u", p->encr_bits);
	snprintf(out, PROPOSAL_MAX, "%s%s%s%s%s", p->encr != NULL ? p->encr->name : "", bits,
	    p->encr != NULL && p->integ != NULL ? "-" : "", p->integ != NULL ? p->integ->name : "",
	    p->esn == SA_YES ? "-esn" : p->esn == SA_NO ? "-noesn" : "");
	return out;
}
