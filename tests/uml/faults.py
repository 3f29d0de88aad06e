"""faults - each of ipsec-encap's impairments, and what the Linux kernel makes of it.

The table says which counter a fault raises, once for each packet it was done to, and whether such a
packet is delivered all the same; where the kernel notices nothing, it says why.  Which packets these
are comes from --json, and must be every fifth.
"""
import dataclasses
import re

import cases
import plain

PROTO, SEQ, MODE = ("XfrmInState%sError" % what for what in ("Proto", "Seq", "Mode"))
EVERY = 5
ROWS = "libcommon/esp/impair.c"

UDP = {"type": "udp", "sport": 4500, "dport": 4500}
MAKERS = {
    "gcm-tun44": lambda **k: [cases.esp("tun44", **k)],
    "cbc-tra66": lambda **k: [cases.esp("tra66", "aes-cbc", **k)],
    "ccm-tra44": lambda **k: [cases.esp("tra44", "aes-ccm-12", **k)],
    "sha1-tun66": lambda **k: [cases.esp("tun66", "null", 0, "hmac-sha1-96", **k)],
    "udp-tun44": lambda **k: [cases.esp("tun44", encap=UDP, **k)],
    "udp-tun66": lambda **k: [cases.esp("tun66", encap=UDP, **k)],
    "ah-tun44": lambda **k: [cases.ah("tun44", **k)],
    "ah-tun66": lambda **k: [cases.ah("tun66", **k)],
    "ah-tra66": lambda **k: [cases.ah("tra66", **k)],
}
ESP = ("gcm-tun44", "cbc-tra66", "ccm-tra44", "sha1-tun66", "udp-tun44")
ALL = ESP + ("ah-tun44", "ah-tra66")
TUNNELS = ("gcm-tun44", "sha1-tun66", "udp-tun44")


@dataclasses.dataclass
class Fault:
    spec: str			# as --impair takes it, without "every"
    counter: str		# what each packet raises; None: nothing
    delivered: bool		# the packet it was done to comes out
    why: str = None		# the kernel notices nothing
    on: tuple = ALL
    plain: callable = plain.packets
    sa: dict = dataclasses.field(default_factory=dict)
    spoilt: callable = lambda packet: packet	# as it comes out
    note: str = ""


FAULTS = (
    Fault("corrupt-icv", PROTO, False),
    Fault("corrupt-payload", PROTO, False),
    Fault("corrupt-header", PROTO, False),
    Fault("bad-padding", None, True, "esp_remove_trailer() takes the padding's length and does not look at it",
          ESP),
    Fault("bad-pad-length", PROTO, False, None, ESP, plain.small),
    Fault("bad-pad-length:value=0", None, True, "the inner packet's own length leaves out what follows it",
          TUNNELS, note="-short"),
    Fault("bad-next-header", MODE, False, None, TUNNELS),
    Fault("bad-next-header", None, True, "any protocol may be in transport mode", ("ccm-tra44", "cbc-tra66"),
          spoilt=plain.protocol_253, note="-transport"),
    Fault("replay", SEQ, True),
    Fault("replay:back=3", SEQ, True, note="-earlier"),
    Fault("drop", None, False, "numbers may be missing"),
    Fault("reorder", None, True, "the window is there for this"),
    Fault("reorder:by=4", SEQ, False, None, ALL, plain.more, {"replay_window": 4}, note="-outside-window"),
    Fault("duplicate", SEQ, True),
    Fault("truncate", PROTO, False),
    Fault("wrong-spi", "XfrmInNoStates", False),
    Fault("seq-jump", None, True, "numbers may be missing"),
    Fault("seq-zero", SEQ, False),
    Fault("esn-high-off", PROTO, False, sa={"esn": True}),
    Fault("iv-reuse", None, True, "no receiver keeps the IVs it has seen", ESP[:3] + ESP[4:]),
    Fault("icv-short", PROTO, False, None, ESP),
    Fault("frag-overlap", "IpReasmFails", False, None, ("gcm-tun44", "ccm-tra44", "udp-tun44", "ah-tun44")),
    Fault("frag-overlap", "Ip6ReasmFails", False, None, ("cbc-tra66", "sha1-tun66", "udp-tun66", "ah-tun66")),
    Fault("frag-missing", None, False, "IP waits for the rest, for 30 seconds (IPv6: 60)", ALL + ("udp-tun66",)),
    Fault("frag-tiny", "IpReasmOKs", True, None, ("gcm-tun44", "ccm-tra44", "udp-tun44", "ah-tun44")),
    Fault("frag-tiny", "Ip6ReasmOKs", True, None, ("cbc-tra66", "sha1-tun66", "udp-tun66")),
    # RFC 8200 4.5: the first fragment holds all extension headers, and AH is one
    Fault("frag-tiny", "Ip6InHdrErrors", False, None, ("ah-tun66", "ah-tra66")),
    Fault("keepalive", None, True, "a socket of UDP_ENCAP drops them without a word", ("udp-tun44", "udp-tun66")),
)


def missing():
    """Faults that ipsec-encap knows and this table does not."""
    known = set(re.findall(r'^\t\[IMPAIR_\w+\] = \{ "([a-z-]+)"', open(ROWS).read(), re.M))
    assert known, "cannot read " + ROWS
    return sorted(known - {f.spec.split(":")[0] for f in FAULTS})


def rows():
    for fault in FAULTS:
        name, _, more = fault.spec.partition(":")
        option = "%s:every=%d%s" % (name, EVERY, ":" + more if more else "")
        for on in fault.on:
            yield cases.Row("fault-%s%s-%s" % (name, fault.note, on), {cases.flow_of(on.split("-")[1]): MAKERS[on](
                **fault.sa)}, fault.plain, ("--impair", option), fault=fault)
