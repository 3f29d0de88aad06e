/* Findings that keys make possible: what packets say once they are opened, or why they stay closed. */
#include <string.h>

#include "report/diagnose.h"
#include "report/inspect_words.h"

/* What to do about each cause of explain.h. */
static const struct { enum explain_why why; const char *id, *text, *advice; } causes[] = {
	{ WHY_ESN, "esn-mismatch", "one end uses extended sequence numbers and the other does not",
	  "set the same at both ends (strongSwan: esn or noesn in the proposal; Linux: flag esn)" },
	{ WHY_WRONG_ICV_LENGTH, "icv-length", "the ends cut the integrity value to different lengths",
	  "set the same length: HMAC-SHA2-256 with 96 bits is an old Linux default (strongSwan: sha256_96), the standard is 128" },
	{ WHY_WRONG_INTEG, "wrong-integ", "the ends use different integrity algorithms or keys", "compare both ends' SAs: ipsec-sa diff" },
	{ WHY_WRONG_INTEG_KEY, "wrong-integ-key", "the integrity key is another than the sender's", "compare both ends' SAs: ipsec-sa diff" },
	{ WHY_WRONG_ENCR, "wrong-encr", "the ends use different ciphers", "compare both ends' SAs: ipsec-sa diff" },
	{ WHY_WRONG_ENCR_KEY, "wrong-encr-key", "the encryption key is another than the sender's", "compare both ends' SAs: ipsec-sa diff" },
	{ WHY_SWAPPED, "swapped-keys", "the keys of the two directions are swapped", "swap in and out at one end" },
	{ WHY_SALT, "wrong-salt", "the salt of the cipher is another than the sender's",
	  "look where the salt stands in the key: last, as KEYMAT gives it" },
	{ WHY_ALTERED, "altered", "packets were changed on the way", "look for a device that rewrites ESP, or for broken memory" },
	{ WHY_NAT, "nat-altered", "a NAT changed what AH or transport mode protects", "use ESP in UDP, or tunnel mode; AH and NAT do not go together" },
	{ WHY_UNKNOWN, "bad-icv", "no usual cause fits", "see whether the keys are those of this SA: SPI, time, rekeying" },
};

const char *diagnose_cause_id(size_t i)
{
	return i < sizeof causes / sizeof causes[0] ? causes[i].id : NULL;
}

static bool bad_icv(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];
	size_t best = 0;

	if (sa->bad_icv.n == 0)
		return false;
	for (size_t i = 1; i < sizeof causes / sizeof causes[0]; i++)
		if (sa->why[causes[i].why] > sa->why[causes[best].why])
			best = i;
	diagnosis_show(d, &sa->bad_icv);
	diagnosis_say(d, "%s: %llu of %llu packets fail the integrity check", inspect_sa(who, sa), (unsigned long long)sa->bad_icv.n,
	    (unsigned long long)sa->packets);
	if (sa->why[causes[best].why] == 0)
		return true;
	d->id = causes[best].id;
	diagnosis_say(d, ": %s", causes[best].text);
	if (sa->why_text[0] != '\0')
		diagnosis_say(d, " (%s)", sa->why_text);
	diagnosis_advise(d, "%s", causes[best].advice);
	return true;
}

/* A MAC that verifies with an inside that is none: the cipher or its key is another. */
static bool bad_inside(const struct model_sa *sa, struct diagnosis *d)
{
	static const enum explain_why inside[] = { WHY_WRONG_ENCR_KEY, WHY_WRONG_ENCR };
	char who[INSPECT_WORDS];

	for (size_t k = 0; k < sizeof inside / sizeof inside[0]; k++)
		for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
			if (causes[i].why != inside[k] || sa->why[inside[k]] * 2 < sa->bad_padding.n)
				continue;
			d->id = causes[i].id;
			diagnosis_say(d, "%s: %llu of %llu packets verify, and hold no packet: %s", inspect_sa(who, sa),
			    (unsigned long long)sa->bad_padding.n, (unsigned long long)sa->packets, causes[i].text);
			diagnosis_advise(d, "%s", causes[i].advice);
			return true;
		}
	return false;
}

static bool bad_padding(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->bad_padding.n == 0)
		return false;
	diagnosis_show(d, &sa->bad_padding);
	if (bad_inside(sa, d))
		return true;
	diagnosis_say(d, "%s: %llu packets verify, but their padding is not 1, 2, 3, ...: a strict receiver drops them", inspect_sa(who, sa),
	    (unsigned long long)sa->bad_padding.n);
	return true;
}

static bool outside(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->outside.n == 0)
		return false;
	diagnosis_show(d, &sa->outside);
	diagnosis_say(d, "%s: %llu packets inside are not of the SA's traffic selectors: the receiver drops them", inspect_sa(who, sa),
	    (unsigned long long)sa->outside.n);
	return true;
}

static bool replayed(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->replayed.n == 0 || sa->twice.n * 10 >= sa->packets * 2 || diagnose_by_chance(sa->replayed.n, sa))
		return false;
	diagnosis_show(d, &sa->replayed);
	diagnosis_say(d, "%s: %llu packets with a good ICV come a second time: copied on the way, or replayed", inspect_sa(who, sa),
	    (unsigned long long)sa->replayed.n);
	return true;
}

/* Both verify, and counter modes then give away what two packets have in common. */
static bool iv_reuse(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	const struct alg_encr *encr = sa->sa != NULL ? sa->sa->encr : NULL;
	bool counter = encr != NULL && (encr->kind == ENCR_KIND_CTR || encr->kind == ENCR_KIND_AEAD || encr->kind == ENCR_KIND_GMAC);
	char who[INSPECT_WORDS], text[CIPHER_TEXT];
	unsigned percent;

	if (sa->iv_again.n == 0 || (encr != NULL && (encr->iv == 0 || encr->kind == ENCR_KIND_NULL)))
		return false;
	if (encr == NULL && cipher_guess(&sa->cipher, text, &percent, NULL) == CIPHER_NULL)
		return false;
	diagnosis_show(d, &sa->iv_again);
	if (!counter)
		d->severity = SEVERITY_WARNING;
	diagnosis_say(d, "%s: %llu packets with different numbers carry the same IV%s", inspect_sa(who, sa), (unsigned long long)sa->iv_again.n,
	    counter ? ": under this cipher that breaks secrecy, and with GCM forgeries follow" : "");
	return true;
}

static bool dscp(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->dscp_differs.n == 0 || sa->opened == 0)
		return false;
	diagnosis_show(d, &sa->dscp_differs);
	diagnosis_say(d, "%s: %llu of %llu packets have another DSCP outside than inside: on the way they are not treated as what they "
	    "carry", inspect_sa(who, sa), (unsigned long long)sa->dscp_differs.n, (unsigned long long)sa->opened);
	return true;
}

static bool guessed(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->guessed[0] == '\0')
		return false;
	diagnosis_show_at(d, sa->first);
	diagnosis_say(d, "%s: its keys are for %s", inspect_sa(who, sa), sa->guessed);
	return true;
}

/* Keys, and nobody says what for. */
static bool not_told(const struct subject *s, struct diagnosis *d)
{
	const struct model_sa *sa = s->sa;
	char who[INSPECT_WORDS];

	if (sa->sa == NULL || sa->packets == 0 || sa->guessed[0] != '\0' || (!sa->sa->encr_unknown && !sa->sa->integ_unknown))
		return false;
	diagnosis_show_at(d, sa->first);
	if (sa->guess != NULL)
		diagnosis_say(d, "%s: no algorithm fits its keys: they are of another SA, or have ESN or an ICV length that was not tried",
		    inspect_sa(who, sa));
	else
		diagnosis_say(d, "%s: its descriptor does not say which algorithms its keys are for, so that it was not opened",
		    inspect_sa(who, sa));
	if (sa->guess != NULL)
		diagnosis_advise(d, "compare SPI, addresses and keys with what the end itself says (ip xfrm state)");
	return true;
}

const struct diagnose_row diagnose_key_rows[] = {
	{ "algorithm-unknown", SEVERITY_INFO, SCOPE_SA, 34, not_told, "give --guess: what the keys are for is found by trial", NULL },
	{ "algorithm-found", SEVERITY_INFO, SCOPE_SA, 31, guessed, "write the algorithms into the descriptor", NULL },
	{ "bad-icv", SEVERITY_ERROR, SCOPE_SA, 85, bad_icv, "give --explain to learn the cause", "RFC 4303 3.4.4" },
	{ "iv-reuse", SEVERITY_ERROR, SCOPE_SA, 88, iv_reuse,
	  "take the sender out of service: its IVs must never repeat under one key", "RFC 4106 3.1, RFC 3686 2.1" },
	{ "bad-padding", SEVERITY_ERROR, SCOPE_SA, 62, bad_padding, "the sender breaks RFC 4303 2.4: report it to its maker", "RFC 4303 2.4" },
	{ "outside-selectors", SEVERITY_ERROR, SCOPE_SA, 64, outside,
	  "compare both ends' selectors (ipsec-sa diff, ipsec-ike match): one end sends into the tunnel what the other did not agree to",
	  "RFC 4301 5.2" },
	{ "replayed", SEVERITY_WARNING, SCOPE_SA, 47, replayed,
	  "the receiver drops them; look for a loop, a mirror port that leads back, or somebody who replays", "RFC 4303 3.4.3" },
	{ "dscp-not-copied", SEVERITY_INFO, SCOPE_SA, 28, dscp,
	  "for VoIP: let the sender copy the DSCP (strongSwan: copy_dscp = out), if the network outside is to know it", "RFC 4301 5.1.2" },
	{ .id = NULL }
};
