"""captures - the Linux kernel's own packets (tests/interop/kernel) as cases: whole, and damaged.

They prove the harness itself: what the kernel sealed, the kernel in the guest opens to plain.pcap.
"""
import json
import os
import sys

import algs
from case import Case, addresses

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import pcaps  # noqa: E402


def _descriptor(case, sa):
    out = {key: sa[key] for key in ("proto", "mode", "src", "dst", "spi", "esn")}
    out.update(seq=sa["last_seq_before"], replay_window=sa["window"])
    out["x-align4"] = "align4" in (case["xfrm_flags"] or "")
    if out["proto"] == "comp":
        out["proto"] = "ipcomp"
    if "aead" in sa:
        out["encr"] = algs.by_xfrm(algs.ENCR, sa["aead"]["name"], sa["aead"]["icv_bits"])
        out["encr_key"] = sa["aead"]["key"]
    elif "enc" in sa:
        out.update(encr=algs.by_xfrm(algs.ENCR, sa["enc"]["name"]), encr_key=sa["enc"]["key"])
    if "auth" in sa:
        out["integ"] = algs.by_xfrm(algs.INTEG, sa["auth"]["name"], sa["auth"]["icv_bits"])
        out["integ_key"] = sa["auth"]["key"]
    if "encap" in sa:
        out["encap"] = dict(sa["encap"], type="udp")
    return out


def _chains(case):
    """Each a list of descriptors, innermost first; `layers` makes one bundle of a direction's SAs."""
    if not case.get("layers"):
        return [[_descriptor(case, sa)] for sa in case["sas"]]
    ways = sorted({sa["dir"] for sa in case["sas"]})
    sas = sorted(case["sas"], key=lambda sa: sa["layer"])
    return [[_descriptor(case, sa) for sa in sas if sa["dir"] == way] for way in ways]


def _chain_of(packet, chains):
    """The chain that a protected packet belongs to: the only one of its direction, else by its SPI."""
    fit = [c for c in chains if c[-1]["src"] == addresses(packet)[0]]
    if len(fit) > 1:
        fit = [c for c in fit if int(c[-1]["spi"], 0).to_bytes(4, "big") in packet[20:120]]
    assert len(fit) == 1, "%d chains fit" % len(fit)
    return fit[0]


def load(path):
    case = json.load(open(path + "/case.json"))
    wire = [pcaps.ip_of(link, p) for _, link, p, _ in pcaps.packets(path + "/" + case["wire_file"])]
    want = [p for _, _, p, _ in pcaps.packets(path + "/plain.pcap")]
    as_list = lambda frame: frame if isinstance(frame, list) else [frame]	# noqa: E731
    groups = [as_list(f) for f in case["plain_from_wire_frames"]]
    lost = [n for x in case["protected_without_plain"] for n in as_list(x["frame"])]
    chains, flows, counters = _chains(case), {}, {}
    for frames, plain in zip(groups, want):
        chain = _chain_of(wire[frames[0] - 1], chains)
        assert flows.setdefault(addresses(plain), chain) is chain, "two SAs for " + str(addresses(plain))
    for end in case["xfrm_stat_nonzero"].values():
        for name, n in end.items():
            if name.startswith("XfrmIn"):
                counters[name] = counters.get(name, 0) + n
    if any("the Linux receiver refuses" in note for note in case["notes"]):
        want, counters = [], {"XfrmInStateProtoError": len(want)}
    send = [wire[n - 1] for n in sorted([n for frames in groups for n in frames] + lost)]
    return Case(os.path.basename(path), flows, send, want, counters)


def cases(top):
    return [load(os.path.join(top, name)) for name in sorted(os.listdir(top))
            if os.path.exists(os.path.join(top, name, "case.json"))]
