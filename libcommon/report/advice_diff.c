#include "report/advice.h"

#include <string.h>

#include "report/finding.h"
#include "report/sa_text.h"

#define SEVERAL "write both from one descriptor: ipsec-sa convert"
#define DROPS "%R drops every packet as an integrity failure"
#define EACH_DROPS "whoever receives drops every packet as an integrity failure"

/* text: when nobody knows who sends; known: when one knows. */
static const struct { struct advice row; const char *known; } rows[DIFF_COUNT] = {
	[DIFF_MISSING] = { { "missing", SEVERITY_ERROR,
	    "only %k has this SA: if it sends, the other end drops every packet as of an unknown SPI",
	    "rekey, or delete it; a dump taken during a rekey shows this too" }, NULL },
	[DIFF_MISSING_RECEIVER] = { { "missing-at-receiver", SEVERITY_ERROR,
	    "%S sends on this SA, %R does not have it: %R drops every packet as of an unknown SPI",
	    "rekey, or delete it at %S; a dump taken during a rekey shows this too" }, NULL },
	[DIFF_MISSING_SENDER] = { { "missing-at-sender", SEVERITY_WARNING,
	    "%R would receive on this SA, %S does not have it: nothing will come on it",
	    "delete it, or wait for its end" }, NULL },
	[DIFF_ENCR] = { { "encr", SEVERITY_ERROR,
	    "A has %A, B has %B: no packet opens at the other end", "negotiate again; " SEVERAL },
	    "%S encrypts with %A, %R decrypts with %B: no packet opens at %R" },
	[DIFF_ENCR_BITS] = { { "encr-bits", SEVERITY_ERROR,
	    "A has %A, B has %B, keys of other lengths: no packet opens at the other end", SEVERAL },
	    "%S encrypts with %A, %R has %B, a key of another length: no packet opens at %R" },
	[DIFF_ENCR_KEY] = { { "encr-key", SEVERITY_ERROR,
	    "the encryption keys differ: " EACH_DROPS, SEVERAL },
	    "the encryption keys differ: " DROPS },
	[DIFF_ENCR_KEY_MAC] = { { "encr-key", SEVERITY_ERROR,
	    "the encryption keys differ: the ICV is good, and what comes out is noise, dropped for its "
	    "padding or its next header", SEVERAL },
	    "the encryption keys differ: at %R the ICV is good, and what comes out is noise, dropped for its "
	    "padding or its next header" },
	[DIFF_SALT] = { { "salt", SEVERITY_ERROR,
	    "the salts differ, the keys do not: " EACH_DROPS,
	    "the salt is the end of the KEYMAT: look whether one end took it from elsewhere" },
	    "the salts differ, the keys do not: " DROPS },
	[DIFF_INTEG] = { { "integ", SEVERITY_ERROR, "A has %A, B has %B: " EACH_DROPS, SEVERAL },
	    "%S authenticates with %A, %R verifies with %B: " DROPS },
	[DIFF_INTEG_KEY] = { { "integ-key", SEVERITY_ERROR, "the integrity keys differ: " EACH_DROPS, SEVERAL },
	    "the integrity keys differ: " DROPS },
	[DIFF_ICV] = { { "icv", SEVERITY_ERROR,
	    "A has an ICV of %A bits, B of %B: " EACH_DROPS,
	    "on Linux say the length: auth-trunc NAME KEY BITS" },
	    "%S sends a %A-bit ICV, %R expects %B: " DROPS },
	[DIFF_SHA256_96] = { { "icv", SEVERITY_ERROR,
	    "A has an ICV of %A bits, B of %B: " EACH_DROPS "; 96 is an old truncation of HMAC-SHA-256, "
	    "RFC 4868 has 128", "on Linux use auth-trunc 'hmac(sha256)' KEY 128" },
	    "%S sends a %A-bit ICV, %R expects %B: " DROPS "; 96 is an old truncation of HMAC-SHA-256, "
	    "RFC 4868 has 128" },
	[DIFF_ESN] = { { "esn", SEVERITY_ERROR,
	    "extended sequence numbers: A %A, B %B; the high half is part of what the ICV covers: " EACH_DROPS,
	    "set the flag esn at both ends, or at none" },
	    "extended sequence numbers: %S %A, %R %B; the high half is part of what the ICV covers: " DROPS },
	[DIFF_MODE] = { { "mode", SEVERITY_ERROR,
	    "A has %A mode, B %B: whoever receives opens the packets, and takes what is inside for something "
	    "else", "set the same mode at both ends" },
	    "%S sends in %A mode, %R expects %B: %R opens the packets, and takes what is inside for something "
	    "else" },
	[DIFF_ENCAP] = { { "encap", SEVERITY_ERROR,
	    "encapsulation: A %A, B %B; Linux drops packets that come in the other form "
	    "(XfrmInStateMismatch)", "NAT traversal must be on, or off, at both ends" },
	    "%S sends with encapsulation %A, %R expects %B: Linux drops every packet "
	    "(XfrmInStateMismatch)" },
	[DIFF_TS] = { { "ts", SEVERITY_WARNING,
	    "traffic selectors: A %A, B %B; what only one of them covers is dropped at the other end",
	    "narrow both to the same" },
	    "traffic selectors: %S %A, %R %B; what only %S covers is dropped at %R" },
	[DIFF_EXPIRED] = { { "expired-at-one-end", SEVERITY_ERROR,
	    "past its hard limit at %k: what comes there is dropped, and nothing is sent", "rekey; let the "
	    "soft limits of both ends come well before" }, NULL },
	[DIFF_NAT] = { { "nat", SEVERITY_INFO,
	    "the ends see other addresses: A %A, B %B; a NAT is between them, or the SPI is chance", NULL },
	    NULL },
	[DIFF_LIFE] = { { "life", SEVERITY_INFO,
	    "limits: A %A, B %B; the shorter one decides when it is rekeyed", NULL }, NULL },
	[DIFF_LOST] = { { "lost", SEVERITY_INFO,
	    "%S sent %A packets, %R opened %B: %n were lost or dropped, or the dumps are of other moments",
	    NULL }, NULL },
	[DIFF_UNKNOWN_KEY] = { { "unknown-key", SEVERITY_INFO,
	    "one end does not tell its keys: they could not be compared", NULL }, NULL },
};

const struct advice *advice_of_diff(enum diff_id id)
{
	return &rows[id].row;
}

static void number(char out[SA_TEXT], uint64_t n)
{
	snprintf(out, SA_TEXT, "%llu", (unsigned long long)n);
}

static void ends(char out[SA_TEXT], const struct sa *sa)
{
	char text[SA_TEXT];

	sa_text_name(text, sa);
	snprintf(out, SA_TEXT, "%s", strstr(text, "0x") != NULL ? strchr(strstr(text, "0x"), ' ') + 1 : text);
}

static void limits(char out[SA_TEXT], const struct sa *sa)
{
	struct sa only;

	sa_init(&only);
	only.hard = sa->hard;
	sa_text_life(out, &only, 0);
}

/* What one end has of that which differs; never a key. */
static void value(char out[SA_TEXT], enum diff_id id, const struct sa *sa)
{
	out[0] = '\0';
	if (sa == NULL)
		return;
	switch (id) {
	case DIFF_ENCR:
	case DIFF_ENCR_BITS:
	case DIFF_INTEG: sa_text_algs(out, sa); break;
	case DIFF_ICV:
	case DIFF_SHA256_96: number(out, sa->icv_bits != 0 ? sa->icv_bits : sa->integ->icv * 8u); break;
	case DIFF_ESN: snprintf(out, SA_TEXT, "%s", sa->esn == SA_YES ? "yes" : "no"); break;
	case DIFF_MODE: snprintf(out, SA_TEXT, "%s", sa_mode_name(sa->mode)); break;
	case DIFF_ENCAP:
		sa_text_encap(out, sa);
		if (out[0] == '\0')
			snprintf(out, SA_TEXT, "none");
		break;
	case DIFF_TS: sa_text_ts(out, &sa->ts[0]); break;
	case DIFF_NAT: ends(out, sa); break;
	case DIFF_LIFE: limits(out, sa); break;
	case DIFF_LOST: number(out, sa->used.packets); break;
	default: break;
	}
}

int findings_add_diff(struct findings *f, const struct diff_hit *hit, struct err *e)
{
	bool known = hit->sender != DIFF_NOBODY_KNOWS, b_sends = hit->sender == DIFF_B;
	struct advice row = rows[hit->id].row;
	char a[SA_TEXT], b[SA_TEXT], text[ADVICE_TEXT], advice[ADVICE_TEXT];
	struct advice_words words = { .a = b_sends ? b : a, .b = b_sends ? a : b, .s = b_sends ? "B" : "A",
		.r = b_sends ? "A" : "B", .n = hit->found };

	if (known && rows[hit->id].known != NULL)
		row.text = rows[hit->id].known;
	value(a, hit->id, hit->a);
	value(b, hit->id, hit->b);
	words.k = hit->id == DIFF_EXPIRED ? (hit->found != 0 ? "B" : "A") : hit->a != NULL ? "A" : "B";
	/* these speak of A and B whoever sends */
	if (rows[hit->id].known == NULL && hit->id != DIFF_LOST) {
		words.a = a;
		words.b = b;
	}
	advice_fill(text, row.text, &words);
	if (row.advice != NULL)
		row.advice = advice_fill(advice, row.advice, &words);
	return findings_add(f, &row, text, hit->a != NULL ? hit->a : hit->b, NULL, e);
}
