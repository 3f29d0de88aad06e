#include "report/advice.h"

#define NEW_KEY "make new keys: ipsec-keygen key or sa, or a rekey by IKE"
#define MODERN "move to aes-gcm-16 or chacha20-poly1305, or aes-cbc with hmac-sha2-256-128"

static const struct advice rows[LINT_COUNT] = {
	[LINT_KEY_LENGTH] = { "key-length", SEVERITY_ERROR,
	    "the %k key has %n bytes, the algorithm wants %w", "take the key from the source again, whole" },
	[LINT_ZERO_KEY] = { "zero-key", SEVERITY_ERROR, "the %k key is all zero", NEW_KEY },
	[LINT_PATTERN_KEY] = { "pattern-key", SEVERITY_ERROR,
	    "the %k key is a pattern, and not random", NEW_KEY },
	[LINT_DES_WEAK] = { "des-weak-key", SEVERITY_ERROR,
	    "a weak or semi-weak DES key: encrypting twice can undo itself (RFC 2409 appendix A)", NEW_KEY },
	[LINT_3DES_SINGLE] = { "3des-single", SEVERITY_ERROR,
	    "two neighbours of the three 3DES keys are equal, which leaves single DES (RFC 2451 2.3)",
	    NEW_KEY },
	[LINT_TWO_USES] = { "key-two-uses", SEVERITY_ERROR,
	    "one key serves encryption and integrity", "each needs a key of its own" },
	[LINT_SAME_KEY_BOTH_WAYS] = { "same-key-both-ways", SEVERITY_WARNING,
	    "the %k key is also that of the opposite direction, %o", "give each direction its own keys" },
	[LINT_COUNTER_KEY_BOTH_WAYS] = { "counter-key-both-ways", SEVERITY_ERROR,
	    "key and salt are also those of the opposite direction, %o: both encrypt with the same key "
	    "stream, and whoever hears both can read both (RFC 4106 2)",
	    "stop using this key at once; give each direction its own" },
	[LINT_SAME_KEY] = { "same-key", SEVERITY_WARNING,
	    "the %k key is also that of %o", "give each SA its own keys" },
	[LINT_COUNTER_SAME_KEY] = { "counter-same-key", SEVERITY_ERROR,
	    "key and salt are also those of %o: both encrypt with the same key stream, and whoever hears "
	    "both can read both", "stop using this key at once; give each SA its own" },
	[LINT_SALT_REUSE] = { "salt-reuse", SEVERITY_WARNING,
	    "the salt is also that of %o, under another key",
	    "derive salts with the keys, as RFC 7296 does; a fixed salt is a sign of keys set by hand" },
	[LINT_NO_KEY] = { "no-key", SEVERITY_INFO, "keys or algorithms are not known", NULL },
	[LINT_GUESSED] = { "guessed", SEVERITY_INFO, "not in the source, and guessed: %k", NULL },
	[LINT_CANDIDATES] = { "candidates", SEVERITY_ERROR, "%n different sets of keys for one SA",
	    "ipsec-decap --settled FILE with a capture tells which is right" },
	[LINT_INSECURE] = { "insecure", SEVERITY_ERROR,
	    "made to be repeated (%k): its keys are no secret", "for tests only; " NEW_KEY },
	[LINT_NO_INTEG] = { "no-integrity", SEVERITY_ERROR,
	    "%k without an integrity algorithm: whoever is on the way can change packets, and learn from "
	    "the answers what is in them (RFC 8221 4)", "add hmac-sha2-256-128, or take an AEAD such as "
	    "aes-gcm-16" },
	[LINT_NO_INTEG_AH] = { "no-integrity-ah", SEVERITY_WARNING,
	    "%k without an integrity algorithm, under AH: not recommended (RFC 8221 4)",
	    "let ESP do both, and leave AH out" },
	[LINT_NOTHING] = { "no-protection", SEVERITY_ERROR,
	    "null without an integrity algorithm protects nothing (RFC 8221 6)",
	    "add hmac-sha2-256-128" },
	[LINT_ENCR_MUST_NOT] = { "encr-must-not", SEVERITY_ERROR,
	    "%k is at MUST NOT (RFC 8221 5)", MODERN },
	[LINT_ENCR_SHOULD_NOT] = { "encr-should-not", SEVERITY_WARNING,
	    "%k is at SHOULD NOT (RFC 8221 5)", MODERN },
	[LINT_ENCR_NOT_MENTIONED] = { "encr-not-mentioned", SEVERITY_INFO,
	    "%k, with a key of this size, is not among the algorithms of RFC 8221 5: not everyone has it",
	    NULL },
	[LINT_INTEG_MUST_NOT] = { "integ-must-not", SEVERITY_ERROR,
	    "%k is at MUST NOT (RFC 8221 6)", "move to hmac-sha2-256-128" },
	[LINT_INTEG_MUST_MINUS] = { "integ-must-minus", SEVERITY_INFO,
	    "%k is at MUST-: on its way out (RFC 8221 6)", "move to hmac-sha2-256-128" },
	[LINT_INTEG_NOT_MENTIONED] = { "integ-not-mentioned", SEVERITY_INFO,
	    "%k is not among the algorithms of RFC 8221 6: not everyone has it", NULL },
	[LINT_ICV_SHORT] = { "icv-short", SEVERITY_WARNING,
	    "an ICV of %n bits: 1 of 2^%n forged packets passes", "use the algorithm's own length" },
	[LINT_SHA256_96] = { "sha256-96", SEVERITY_WARNING,
	    "HMAC-SHA-256 cut to 96 bits, which RFC 4868 does not know: other gateways cut to 128 and drop "
	    "every packet", "on Linux: auth-trunc 'hmac(sha256)' KEY 128" },
	[LINT_SPI_RESERVED] = { "spi-reserved", SEVERITY_WARNING,
	    "SPIs from 1 to 255 are reserved (RFC 4303 2.1)", "choose one from 256: ipsec-keygen spi" },
	[LINT_ESN_NO_WINDOW] = { "esn-no-window", SEVERITY_WARNING,
	    "extended sequence numbers with a replay window of 0: the receiver cannot keep the high half "
	    "(RFC 4303 3.3.3)", "set a window of 32 or more" },
	[LINT_NO_REPLAY_CHECK] = { "no-replay-check", SEVERITY_WARNING,
	    "a replay window of 0: packets can be sent again by whoever heard them", "set a window of 64 "
	    "or more" },
	[LINT_SEQ_OVER] = { "seq-exhausted", SEVERITY_ERROR,
	    "the sequence numbers are used up: nothing more can be sent (RFC 4303 3.3.3)", "rekey" },
	[LINT_SEQ_NEAR] = { "seq-near-end", SEVERITY_WARNING,
	    "%n sequence numbers are left", "rekey soon, and use extended sequence numbers" },
	[LINT_AH_NAT] = { "ah-encap", SEVERITY_ERROR,
	    "AH in UDP: AH covers the addresses that a NAT changes (RFC 3948 is for ESP)", "use ESP" },
	[LINT_EXPIRED] = { "expired", SEVERITY_ERROR,
	    "its hard limit of %k is reached: it is dead, or will be deleted", "rekey" },
	[LINT_REKEY_DUE] = { "rekey-due", SEVERITY_INFO,
	    "its soft limit of %k is reached: a successor is due", NULL },
	[LINT_VOLUME_OVER] = { "volume-over", SEVERITY_ERROR,
	    "%b went through one %k key; equal blocks are likely beyond %c, and tell what is in them",
	    "rekey now, and by volume" },
	[LINT_VOLUME_LIMIT] = { "volume-limit", SEVERITY_WARNING,
	    "no limit by volume below %c, as the blocks of %k want",
	    "rekey by volume (rekey_bytes, salifebytes), or take a cipher with larger blocks" },
	[LINT_MANUAL_COUNTER] = { "manual-counter", SEVERITY_WARNING,
	    "no limit of any kind: it looks like a key set by hand. %k must not be used so, because a restart "
	    "repeats its IVs (RFC 8221 3)", "let IKE make the keys, or use aes-cbc with hmac-sha2-256-128" },
	[LINT_NO_LIMIT] = { "no-limit", SEVERITY_INFO, "no limit of any kind: it looks like a key set by hand",
	    "let IKE make the keys (RFC 8221 3)" },
	[LINT_ONE_WAY] = { "one-way", SEVERITY_INFO, "there is no SA for the opposite direction", NULL },
};

const struct advice *advice_of_lint(enum lint_id id)
{
	return &rows[id];
}
