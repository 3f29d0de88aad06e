"""xfrm - descriptors (ipsec-sa(5), as dicts) in, lines for `ip -batch` out.

Only what a receiver needs: states, and policies that demand the very SAs a packet must have come
through, so that the kernel's policy check judges the result too.
"""
import algs


def number(value):
    return int(value, 0) if isinstance(value, str) else value


def _algorithms(sa):
    if sa["proto"] == "ipcomp":
        return ["comp deflate"]
    words = []
    if sa["proto"] == "esp":
        row = algs.encr(sa["encr"])
        key = "0x" + sa["encr_key"] if sa.get("encr_key") else '""'
        if row["icv"]:
            return ["aead %s %s %d" % (row["xfrm"], key, row["icv"] * 8)]
        words.append("enc %s %s" % (row["xfrm"], key))
    if sa.get("integ", "none") != "none":
        row = algs.integ(sa["integ"])
        words.append("auth-trunc %s 0x%s %d" % (row["xfrm"], sa["integ_key"], row["icv"] * 8))
    return words


def _ends(sa):
    return "src %s dst %s proto %s" % (sa["src"], sa["dst"], "comp" if sa["proto"] == "ipcomp" else sa["proto"])


def _anti_replay(sa):
    window, seq = sa.get("replay_window", 64), number(sa.get("seq", 0))
    if sa["proto"] == "ipcomp" or window == 0:
        return []
    words = ["replay-window %d replay-seq %d" % (window, seq & 0xffffffff)]
    return words + ["replay-seq-hi %d" % (seq >> 32)] if sa.get("esn") else words


def _state(sa, reqid, inner):
    flags = ["esn"] * bool(sa.get("esn")) + ["af-unspec"] * (sa["mode"] != "transport")
    # Linux pads AH over IPv4 to 8 bytes, too; RFC 4302 3.3.3.2.1 asks for 4
    flags += ["align4"] * (sa["proto"] == "ah" and sa.get("x-align4", True) and ":" not in sa["dst"])
    words = ["xfrm state add", _ends(sa), "spi %s reqid %d mode %s" % (sa["spi"], reqid, sa["mode"])]
    words += _anti_replay(sa) + (["flag"] + flags if flags else []) + _algorithms(sa)
    if "encap" in sa:
        words.append("encap espinudp %d %d 0.0.0.0" % (sa["encap"]["sport"], sa["encap"]["dport"]))
    if sa["mode"] == "beet":
        words.append("sel src %s dst %s" % inner)
    return " ".join(words + sa.get("x-state", []))


def _policies(inner, chain, reqids):
    """What IPComp may leave out, because the packet would not shrink, is `level use`."""
    lines = []
    for way in ("in", "fwd"):
        line = "xfrm policy add src %s dst %s dir %s priority 2" % (*inner, way)
        for sa in chain:
            line += " tmpl %s reqid %d mode %s" % (_ends(sa), reqids[id(sa)], sa["mode"])
            line += " level use" * (sa["proto"] == "ipcomp")
        lines.append(line)
    return lines


def ports(sas):
    return sorted({sa["encap"]["dport"] for sa in sas if "encap" in sa})


def ends(sas):
    return sorted({sa["dst"] for sa in sas})


def setup(flows):
    """flows: {(inner source, inner destination): [SA, ...]}, each chain innermost first."""
    lines, reqids = [], {}
    for inner, chain in flows.items():
        for sa in chain:
            if id(sa) not in reqids:
                reqids[id(sa)] = len(reqids) + 1
                lines.append(_state(sa, reqids[id(sa)], inner))
    for inner, chain in flows.items():
        lines += _policies(inner, chain, reqids)
    # the datagrams that carry ESP are not protected themselves
    for sa in (sa for chain in flows.values() for sa in chain):
        if "encap" in sa:
            line = "xfrm policy add src %s dst %s proto udp dport %d dir in action allow priority 1" % (
                sa["src"], sa["dst"], sa["encap"]["dport"])
            lines += [line] * (line not in lines)
    return lines
