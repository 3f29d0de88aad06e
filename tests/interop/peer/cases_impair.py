"""What charon makes of each impairment of ours: it comes up all the same, or is refused in a way that we can tell.

In memory, against ourselves, the whole table is tests/unit/ike/impair_pair.c.
"""
import steps
from case import Case
from lab import need

# what peers ignore, skip or take in any order
HARMLESS = ["duplicate", "replay", "minor-version", "reserved-bits", "unknown-payload", "critical-known", "add-vendor",
            "add-notify:40000", "reorder-payloads", "forged-natd"]
# once: it is sent again
LOST = ["drop@IKE_AUTH:1", "corrupt-icv@IKE_AUTH:1", "reorder@IKE_AUTH:1", "bad-message-length@IKE_AUTH:1"]
# what is impaired, our reasons, charon's words
REFUSED = [
    ("unknown-critical@IKE_SA_INIT", ("refused",), "N(CRIT)"),
    ("unknown-critical@IKE_AUTH", ("refused",), "N(CRIT)"),
    ("bad-version@IKE_SA_INIT", ("refused",), "N(INVAL_MAJOR)"),
    ("omit:SA@IKE_SA_INIT", ("refused",), "N(INVAL_SYN)"),
    ("omit:KE@IKE_SA_INIT", ("refused",), "N(INVAL_SYN)"),
    ("omit:Nonce@IKE_SA_INIT", ("refused",), "N(INVAL_SYN)"),
    ("omit:IDi", ("no-answer",), "IDi payload missing"),
    ("omit:AUTH", ("auth-failed",), "N(AUTH_FAILED)"),
    ("omit:TSi@IKE_AUTH", ("ts-unacceptable",), "N(TS_UNACCEPT)"),
    ("omit:NAT-D", ("no-proposal",), "N(NO_PROP)"),		# its ESP in userspace takes UDP alone
    ("duplicate-payload:KE@IKE_SA_INIT", ("refused",), "N(INVAL_SYN)"),
    ("wrong-proposal@IKE_SA_INIT", ("no-proposal",), "N(NO_PROP)"),
    ("wrong-proposal@IKE_AUTH", ("no-proposal",), "N(NO_PROP)"),
    ("bad-spi-size@IKE_AUTH", ("invalid-syntax",), "N(INVAL_SYN)"),
    ("bad-nonce-length@IKE_SA_INIT", ("refused",), "N(INVAL_SYN)"),
    ("bad-ke-length@IKE_SA_INIT", ("no-proposal",), "invalid DH public value size"),
    ("zero-ke@IKE_SA_INIT", ("no-answer",), "shared secret computation failed"),
    ("wrong-ke-group@IKE_SA_INIT", ("ke",), "N(INVAL_KE)"),
    ("wrong-id", ("auth-failed",), "N(AUTH_FAILED)"),
    ("bad-auth", ("auth-failed",), "N(AUTH_FAILED)"),
    ("wrong-auth-method", ("auth-failed",), "N(AUTH_FAILED)"),
    ("bad-ts@IKE_AUTH", ("invalid-syntax",), "N(INVAL_SYN)"),
    ("bad-length@IKE_SA_INIT", ("refused",), "N(INVAL_SYN)"),
    ("bad-length@IKE_AUTH", ("invalid-syntax",), "N(INVAL_SYN)"),
    ("bad-proposal-length@IKE_AUTH", ("invalid-syntax",), "N(INVAL_SYN)"),
    ("truncate@IKE_AUTH", ("invalid-syntax",), "N(INVAL_SYN)"),
    ("wrong-message-id@IKE_AUTH", ("no-answer",), "received message ID"),
    ("wrong-spi@IKE_AUTH", ("no-answer",), ""),
    ("corrupt-icv@IKE_AUTH", ("no-answer",), "integrity check failed"),
    ("flip-response@IKE_AUTH", ("no-answer",), ""),
    ("flip-initiator@IKE_AUTH", ("no-answer",), ""),
    ("bad-exchange@IKE_AUTH", ("no-answer",), ""),
]


def impaired(what, by, more=(), **judge):
    name = "impair-%s-%s" % (what.replace("@", "-").replace(":", "-"), by)
    return Case(name, by, [*more, "--impair", what], **judge)


def cases():
    for by in ("us", "peer"):
        for what in HARMLESS:
            yield impaired(what, by, then=(steps.peer_rekeys_child, steps.peer_rekeys_ike))
        for what in LOST:
            yield impaired(what, by, ["--retransmit", "0.3"])
    for what, ids, says in REFUSED:
        hurry = ["--retransmit", "0.1", "--tries", "2"] if "no-answer" in ids else ["--retransmit", "0.3"]
        yield impaired(what, "us", hurry, refused=ids, peer_says=says, leaves=False)
    for what in ("missing-fragment@IKE_AUTH:1", "reorder@IKE_AUTH:1", "duplicate", "corrupt-icv@IKE_AUTH:2"):
        one = impaired(what, "us", ["--retransmit", "0.3", "--fragment-size", "256"])
        one.name += "-fragments"
        yield one
    for by in ("us", "peer"):
        yield impaired("early-delete", by, moving=True, then=(gone,), leaves=False)
        yield impaired("no-delete", by, then=(left,), leaves=False)
    yield impaired("force-cookie", "peer", peer_says="N(COOKIE)")
    yield impaired("no-rekey-answer", "us", moving=True, then=(unanswered,), leaves=False)


def gone(lab, case):
    """It came up, and charon was told at once that it is over."""
    steps.heard(lab, "child-down")
    steps.until(lambda: not lab.peer.sas(), "the end of charon's IKE SA")


def left(lab, case):
    """Nobody tells charon."""
    need(lab.us.stop() == 0, "our exit status is not 0: %s", lab.us.said()[-300:])
    need(len(lab.peer.sas()) == 1, "charon has %d IKE SAs", len(lab.peer.sas()))


def unanswered(lab, case):
    """charon asks for a new key in vain, and gives up."""
    lab.peer.vici.ask("rekey", {"child": "net"})
    steps.said(lab, "retransmit 1 of request")
