#include "report/xfrm_stat.h"

#include <string.h>

#include "base/text.h"

/* All counters of Linux 6.1 in its order, then those of later versions.  %n: how often. */
static const struct { const char *name; struct advice row; } rows[] = {
	{ "XfrmInError", { "xfrm-in-error", SEVERITY_ERROR,
	    "XfrmInError %n: packets dropped on receipt for a reason without a counter of its own",
	    "look at the kernel log and at the other counters" } },
	{ "XfrmInBufferError", { "xfrm-in-buffer", SEVERITY_WARNING,
	    "XfrmInBufferError %n: packets dropped on receipt for want of memory or of room for layers",
	    "look at memory pressure; more than six layers of IPsec on one packet count here too" } },
	{ "XfrmInHdrError", { "xfrm-in-header", SEVERITY_ERROR,
	    "XfrmInHdrError %n: packets had no whole ESP, AH or IPComp header",
	    "look for truncated packets: ipsec-decap -v on a capture" } },
	{ "XfrmInNoStates", { "xfrm-in-no-state", SEVERITY_ERROR,
	    "XfrmInNoStates %n: packets named an SPI, address and protocol that no SA here has",
	    "the peer holds an SA that is gone here, or a NAT changed the address: compare both ends with "
	    "ipsec-sa diff; rekey or restart the peer's tunnel" } },
	{ "XfrmInStateProtoError", { "xfrm-in-proto", SEVERITY_ERROR,
	    "XfrmInStateProtoError %n: packets failed ESP, AH or IPComp: a bad ICV, padding or stream",
	    "keys, algorithm or ICV length differ between the ends, or packets are damaged on the way: "
	    "ipsec-sa diff, then ipsec-decap --explain on a capture" } },
	{ "XfrmInStateModeError", { "xfrm-in-mode", SEVERITY_ERROR,
	    "XfrmInStateModeError %n: packets held something else than the SA's mode says",
	    "one end has tunnel, the other transport mode, or the wrong inner family" } },
	{ "XfrmInStateSeqError", { "xfrm-in-seq", SEVERITY_WARNING,
	    "XfrmInStateSeqError %n: packets were older than the replay window, or came twice",
	    "widen the window where packets are reordered by QoS or several paths (replay_window, up to "
	    "4096); a counter that grows quickly after a restart means that the sender counts from 1 again" } },
	{ "XfrmInStateExpired", { "xfrm-in-expired", SEVERITY_WARNING,
	    "XfrmInStateExpired %n: packets came for an SA past its hard limit",
	    "the ends' limits differ, or rekeying comes too late: leave more between soft and hard" } },
	{ "XfrmInStateMismatch", { "xfrm-in-mismatch", SEVERITY_ERROR,
	    "XfrmInStateMismatch %n: packets came with UDP encapsulation where the SA has none, or without "
	    "it where the SA has it",
	    "both ends must agree on NAT traversal: look at encap in ipsec-sa show" } },
	{ "XfrmInStateInvalid", { "xfrm-in-invalid", SEVERITY_WARNING,
	    "XfrmInStateInvalid %n: packets came for an SA that is being made or deleted",
	    "harmless around rekeying; if it grows, SAs hang half made: ip xfrm state | grep -B1 ' spi 0x00000000'" } },
	{ "XfrmInTmplMismatch", { "xfrm-in-template", SEVERITY_ERROR,
	    "XfrmInTmplMismatch %n: packets were opened, and their policy wants other SAs than those used",
	    "compare reqid, mode and addresses of ip xfrm policy (dir in, fwd) with ip xfrm state" } },
	{ "XfrmInNoPols", { "xfrm-in-no-policy", SEVERITY_ERROR,
	    "XfrmInNoPols %n: packets were opened, and no policy lets their inner addresses in",
	    "add the dir in or dir fwd policy for this traffic, or correct the traffic selectors" } },
	{ "XfrmInPolBlock", { "xfrm-in-block", SEVERITY_WARNING,
	    "XfrmInPolBlock %n: packets met a policy with action block",
	    "unprotected packets that a policy forbids; look for them with ip xfrm policy | grep block" } },
	{ "XfrmInPolError", { "xfrm-in-policy", SEVERITY_ERROR,
	    "XfrmInPolError %n: packets dropped because a policy could not be looked up", "look at the "
	    "kernel log; memory may be short" } },
	{ "XfrmOutError", { "xfrm-out-error", SEVERITY_ERROR,
	    "XfrmOutError %n: packets not sent for a reason without a counter of its own",
	    "look at the kernel log and at the other counters" } },
	{ "XfrmOutBundleGenError", { "xfrm-out-bundle", SEVERITY_ERROR,
	    "XfrmOutBundleGenError %n: packets not sent because their SAs could not be put together",
	    "is there a route to the tunnel's far end? ip route get ADDRESS" } },
	{ "XfrmOutBundleCheckError", { "xfrm-out-bundle-check", SEVERITY_WARNING,
	    "XfrmOutBundleCheckError %n: packets not sent because their SAs had just changed",
	    "harmless around rekeying" } },
	{ "XfrmOutNoStates", { "xfrm-out-no-state", SEVERITY_ERROR,
	    "XfrmOutNoStates %n: packets met a policy for which there is no SA",
	    "the negotiation failed or has not begun: look at the IKE daemon's log, and whether the policy's "
	    "reqid and addresses are those of the SA" } },
	{ "XfrmOutStateProtoError", { "xfrm-out-proto", SEVERITY_ERROR,
	    "XfrmOutStateProtoError %n: packets could not be sealed",
	    "look at the kernel log for the crypto driver; hardware offload is often the cause" } },
	{ "XfrmOutStateModeError", { "xfrm-out-mode", SEVERITY_ERROR,
	    "XfrmOutStateModeError %n: packets did not fit the SA's mode", "the families inside and outside "
	    "must suit the mode" } },
	{ "XfrmOutStateSeqError", { "xfrm-out-seq", SEVERITY_ERROR,
	    "XfrmOutStateSeqError %n: packets not sent because the sequence numbers are used up",
	    "rekey by packets, or use extended sequence numbers" } },
	{ "XfrmOutStateExpired", { "xfrm-out-expired", SEVERITY_WARNING,
	    "XfrmOutStateExpired %n: packets not sent because the SA is past its hard limit",
	    "rekeying comes too late: leave more between soft and hard" } },
	{ "XfrmOutPolBlock", { "xfrm-out-block", SEVERITY_WARNING,
	    "XfrmOutPolBlock %n: packets not sent because a policy has action block",
	    "wanted, or a trap left behind by a daemon: ip xfrm policy | grep -B2 block" } },
	{ "XfrmOutPolDead", { "xfrm-out-dead", SEVERITY_WARNING,
	    "XfrmOutPolDead %n: packets not sent because their policy was being deleted",
	    "harmless around changes" } },
	{ "XfrmOutPolError", { "xfrm-out-policy", SEVERITY_ERROR,
	    "XfrmOutPolError %n: packets not sent because a policy could not be used",
	    "look at the policy's templates, and the kernel log" } },
	{ "XfrmFwdHdrError", { "xfrm-fwd-header", SEVERITY_WARNING,
	    "XfrmFwdHdrError %n: packets were not forwarded: their headers, or their way, do not allow it",
	    "look for damaged packets on the inner side" } },
	{ "XfrmOutStateInvalid", { "xfrm-out-invalid", SEVERITY_WARNING,
	    "XfrmOutStateInvalid %n: packets not sent because their SA is being made or deleted, perhaps "
	    "expired", "harmless around rekeying" } },
	{ "XfrmAcquireError", { "xfrm-acquire", SEVERITY_ERROR,
	    "XfrmAcquireError %n: packets came for an SA whose negotiation had not ended",
	    "some around rekeying are harmless; if it grows, IKE does not come up on this side" } },
	{ "XfrmOutStateDirError", { "xfrm-out-direction", SEVERITY_ERROR,
	    "XfrmOutStateDirError %n: packets met an SA that is for receiving", "the SA's dir is wrong" } },
	{ "XfrmInStateDirError", { "xfrm-in-direction", SEVERITY_ERROR,
	    "XfrmInStateDirError %n: packets came for an SA that is for sending", "the SA's dir is wrong" } },
	{ "XfrmInIptfsError", { "xfrm-in-iptfs", SEVERITY_ERROR,
	    "XfrmInIptfsError %n: packets of an aggregating SA could not be taken apart (RFC 9347)",
	    "both ends must use AGGFRAG" } },
	{ "XfrmOutNoQueueSpace", { "xfrm-out-queue", SEVERITY_WARNING,
	    "XfrmOutNoQueueSpace %n: packets did not fit into the queue of an aggregating SA",
	    "raise its max-queue-size, or send less" } },
};

enum { ROWS = sizeof rows / sizeof rows[0], NAME = 64 };

static const struct advice unknown_row = { "xfrm-unknown", SEVERITY_WARNING,
    "%k %n: this counter is of a newer Linux", "networking/xfrm_proc in the kernel's documentation has it" };

const char *xfrm_stat_name(size_t i)
{
	return i < ROWS ? rows[i].name : NULL;
}

/* "  XfrmInNoStates   3": 1, a counter; 0, another line. */
static int take_line(const char *p, size_t n, char name[NAME], uint64_t *value)
{
	static const char blanks[] = " \t\r";
	const char *end = p + n;
	size_t len = 0;
	struct err why;

	while (p < end && strchr(blanks, *p) != NULL && *p != '\0')
		p++;
	while (p + len < end && p[len] != ' ' && p[len] != '\t')
		len++;
	if (len < 5 || len >= NAME || memcmp(p, "Xfrm", 4) != 0)
		return 0;
	memcpy(name, p, len);
	name[len] = '\0';
	p += len;
	while (p < end && strchr(blanks, *p) != NULL && *p != '\0')
		p++;
	while (end > p && strchr(blanks, end[-1]) != NULL && end[-1] != '\0')
		end--;
	return uint_parse(value, p, (size_t)(end - p), 0, UINT64_MAX, &why) == 0;
}

static int add(struct findings *f, const char *name, uint64_t value, struct err *e)
{
	struct advice_words words = { .k = name, .n = value };
	const struct advice *row = &unknown_row;
	char text[ADVICE_TEXT];

	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			row = &rows[i].row;
	return findings_add(f, row, advice_fill(text, row->text, &words), NULL, NULL, e);
}

int xfrm_stat_read(struct findings *f, const char *text, size_t n, const char *name, struct err *e)
{
	size_t counters = 0;

	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end != NULL ? (size_t)(end - text) - at : n - at;
		char counter[NAME];
		uint64_t value;

		if (take_line(text + at, len, counter, &value)) {
			counters++;
			if (value > 0 && add(f, counter, value, e) < 0)
				return -1;
		}
		at += len + 1;
	}
	if (counters == 0)
		return err_set(e, "%s: found no counter, wanted lines such as \"XfrmInNoStates 0\"", name);
	return 0;
}
