"""cases - what ipsec-encap seals for the Linux kernel: algorithms, modes, layers, as rows.

A row: a name, the SAs (ipsec-sa(5), innermost first), and what differs from twenty packets, no options
and nothing lost.  The rows of algorithms come from libcommon/crypto/alg_*.c: each that Linux knows, with
each key size, in both modes over both families.

Not here, because Linux 6.1 as Debian builds it for User-Mode Linux has not got them: implicit IVs (RFC
8750), Camellia in CTR and CCM, GMAC for AH, WESP, ESP in TCP (INET_ESPINTCP is not set).
"""
import dataclasses
import hashlib

import algs
import plain

OUTER = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8::1", "2001:db8::2")}
HOSTS = {4: ("10.1.0.2", "10.2.0.2"), 6: ("fd00:1::2", "fd00:2::2")}
BEET = {4: ("10.11.0.1", "10.22.0.1"), 6: ("fd00:11::1", "fd00:22::1")}
# mode, outer and inner family
SHAPES = {
    "tun44": ("tunnel", 4, 4), "tun66": ("tunnel", 6, 6), "tun4in6": ("tunnel", 6, 4), "tun6in4": ("tunnel", 4, 6),
    "tra44": ("transport", 4, 4), "tra66": ("transport", 6, 6),
    "beet44": ("beet", 4, 4), "beet66": ("beet", 6, 6), "beet4in6": ("beet", 6, 4), "beet6in4": ("beet", 4, 6),
}
SAME = ("tun44", "tun66", "tra44", "tra66")
NEAR_END = "0xfffffff5"		# the twenty packets cross 2^32


@dataclasses.dataclass
class Row:
    name: str
    flows: dict				# {addresses of the plaintext: [SA, ...]}
    plain: callable = plain.packets
    options: tuple = ()
    want: callable = lambda packet: packet	# what must come out for it
    lost: tuple = ()			# numbers of the packets that must not come out, from 0
    counters: dict = dataclasses.field(default_factory=dict)
    reassemble: bool = False
    fault: object = None		# a row of faults.py
    halves: bool = False		# in two runs, the second with the first one's --state


def _key(n, *what):
    return hashlib.shake_256(" ".join(map(str, what)).encode()).hexdigest(n)


def _sa(shape, proto, layer=0, **more):
    mode, outer, _ = SHAPES[shape]
    src, dst = OUTER[outer]
    if mode == "beet":
        more["ts"] = dict(zip(("src", "dst"), ([end] for end in flow_of(shape))))
    spi = int(_key(3, shape, proto, layer), 16) + 256 if proto != "ipcomp" else 0x1000 + layer
    return dict(proto=proto, mode=mode, src=src, dst=dst, spi="0x%x" % spi, **more)


def _integrity(name):
    return {"integ": name, "integ_key": _key(algs.integ(name)["key"], name)} if name != "none" else {"integ": name}


def esp(shape, encr="aes-gcm-16", bits=128, integ="hmac-sha2-256-128", **more):
    row = algs.encr(encr)
    sa = _sa(shape, "esp", encr=encr, **more)
    if bits or row["salt"]:
        sa["encr_key"] = _key(bits // 8 + row["salt"], encr, bits)
    return sa if row["icv"] else dict(sa, **_integrity(integ))


def ah(shape, integ="hmac-sha2-256-128", **more):
    return dict(_sa(shape, "ah", **more), **_integrity(integ))


def ipcomp(shape, **more):
    return _sa(shape, "ipcomp", **more)


def bundle(*sas):
    return [dict(sa, bundle="b", layer=i) for i, sa in enumerate(sas)]


def flow_of(shape):
    mode, outer, inner = SHAPES[shape]
    return {"tunnel": HOSTS, "transport": OUTER, "beet": BEET}[mode][inner]


def row(name, shape, sas, **more):
    return Row("%s-%s" % (name, shape), {flow_of(shape): sas}, **more)


def algorithms():
    for a in algs.ENCR:
        if "xfrm" in a:
            sizes = sorted({*a["size"], a["min_bits"], a["max_bits"]} - {0}) or [0]
            yield from (row("esp-%s-%d" % (a["name"], bits), shape, [esp(shape, a["name"], bits)])
                        for bits in sizes for shape in SAME)
    for a in algs.INTEG:
        if "xfrm" in a:
            yield from (row("esp-aes-cbc-%s" % a["name"], shape, [esp(shape, "aes-cbc", 256, a["name"])])
                        for shape in SAME)
        if "xfrm" in a and a["name"] != "none":
            yield from (row("ah-%s" % a["name"], shape, [ah(shape, a["name"])]) for shape in SAME)


def families():
    """Other combinations of inner and outer, BEET, options and extension headers, DSCP and ECN, long packets."""
    for shape in ("tun4in6", "tun6in4"):
        yield row("esp-gcm", shape, [esp(shape)])
        yield row("esp-cbc", shape, [esp(shape, "aes-cbc")])
        yield row("ah", shape, [ah(shape)])
        yield row("esp-marked", shape, [esp(shape)], plain=plain.marked)
    for shape in ("beet44", "beet66", "beet4in6", "beet6in4"):
        want = {"want": plain.rebuilt} if "in" in shape else {}
        yield row("esp-gcm", shape, [esp(shape)], **want)
        yield row("esp-cbc", shape, [esp(shape, "aes-cbc")], **want)
    yield row("esp-options", "beet44", [esp("beet44")], plain=plain.options)
    for shape in SAME:
        yield row("esp-options", shape, [esp(shape)], plain=plain.options)
        yield row("ah-options", shape, [ah(shape)], plain=plain.options)
        yield row("esp-jumbo", shape, [esp(shape)], plain=plain.jumbo)
        yield row("ah-jumbo", shape, [ah(shape)], plain=plain.jumbo)
        yield row("esp-marked", shape, [esp(shape)], plain=plain.marked)
        yield row("ah-marked", shape, [ah(shape)], plain=plain.marked)
    for a in algs.INTEG:
        if "xfrm" in a and a["name"] != "none":
            # Linux without the flag align4
            for shape in ("tun44", "tra44"):
                sa = ah(shape, a["name"], **{"x-align4": False})
                yield row("ah-align8-%s" % a["name"], shape, [sa], options=("--ah-align", "8"))


def numbers():
    """ESN across 2^32 and beyond, 32-bit numbers to their end, windows of other sizes, a second run."""
    for shape in SAME:
        for name, make in (("gcm", lambda **k: esp(shape, **k)), ("chacha", lambda **k: esp(
                shape, "chacha20-poly1305", 256, **k)), ("ccm", lambda **k: esp(shape, "aes-ccm-16", **k)),
                ("gmac", lambda **k: esp(shape, "null-auth-aes-gmac", **k)),
                ("cbc", lambda **k: esp(shape, "aes-cbc", **k)), ("ah", lambda **k: ah(shape, **k))):
            yield row("esn-%s" % name, shape, [make(esn=True)])
            yield row("esn-cross-%s" % name, shape, [make(esn=True, seq=NEAR_END)])
        yield row("esn-cross-high", shape, [esp(shape, esn=True, seq="0x6fffffff5")])
    yield row("seq-end", "tun44", [esp("tun44", seq="0xffffffeb")])
    # behind the end no receiver follows
    yield row("seq-wrap", "tun44", [esp("tun44", seq=NEAR_END)], options=("--seq-wrap",), lost=range(10, 20),
              counters={"XfrmInStateSeqError": 10})
    yield row("state", "tun44", [esp("tun44")], halves=True)
    yield row("state-esn", "tra66", [esp("tra66", "aes-ctr", esn=True, seq="0xfffffff8")], halves=True)
    yield row("state-bundle", "tra44", bundle(esp("tra44", seq="0x1000"), ah("tra44")), halves=True)
    yield row("window-0", "tun44", [esp("tun44", replay_window=0)])
    yield row("window-1024", "tun44", [esp("tun44", replay_window=1024, seq="0x12345678")])


def carried():
    """UDP encapsulation; outer fragments; division before sealing; TFC padding."""
    for shape in (*SAME, "tun4in6", "tun6in4"):
        for port in (4500, 40001):
            udp = {"type": "udp", "sport": port, "dport": 4500}
            yield row("udp-gcm-%d" % port, shape, [esp(shape, encap=udp)])
            yield row("udp-cbc-%d" % port, shape, [esp(shape, "aes-cbc", encap=udp)])
        for name, sa in (("gcm", esp(shape)), ("ah", ah(shape)), ("udp", esp(shape, encap=udp))):
            joined = "Ip%sReasmOKs" % ("" if SHAPES[shape][1] == 4 else "6")
            yield row("fragments-%s" % name, shape, [sa], plain=plain.large, counters={joined: 4},
                      options=("--mtu", "1280", "--df", "clear"))
    for shape in ("tun44", "tun4in6"):
        yield row("before-gcm", shape, [esp(shape)], plain=plain.large, reassemble=True,
                  options=("--mtu", "1280", "--fragment", "before"))
    for shape in ("tun44", "tun66", "tun4in6", "tun6in4"):
        yield row("tfc-gcm", shape, [esp(shape, tfc=500)])
        yield row("tfc-cbc", shape, [esp(shape, "aes-cbc", tfc=1000)])


def layers():
    """AH right inside ESP in transport mode is left out: Linux refuses its own such packets, because it
    checks AH's value while the IP header still says ESP."""
    for f in (4, 6):
        tra, tun = "tra%d%d" % (f, f), "tun%d%d" % (f, f)
        yield row("ah-over-esp", tra, bundle(esp(tra), ah(tra)))
        yield row("ah-over-cbc", tra, bundle(esp(tra, "aes-cbc", integ="none"), ah(tra)))
        yield row("ah-over-esp", tun, bundle(esp(tun), ah(tra)))
        yield row("esp-in-esp", tun, bundle(esp(tun), esp(tun, "aes-cbc", layer=1)))
        yield row("esp-transport-in-esp", tra, bundle(esp(tra), esp(tun, "aes-cbc", layer=1)))
        yield row("ipcomp", tun, [ipcomp(tun)], plain=plain.soft)
        # what does not shrink goes in clear, so that nothing comes out of IPsec
        yield row("ipcomp", tra, [ipcomp(tra)], plain=plain.soft, lost=(0, 1, 4, 5, 7))
        for shape in (tra, tun):
            yield row("ipcomp-esp", shape, bundle(ipcomp(shape), esp(tra)), plain=plain.soft)
            yield row("ipcomp-esp-ah", shape, bundle(ipcomp(shape), esp(tra), ah(tra)), plain=plain.soft)
        yield row("three-tunnels", tun, bundle(esp(tun), ah(tun), esp(tun, "camellia-cbc", 256, layer=2)))
    for shape, around in (("tun4in6", "tun66"), ("tun6in4", "tun44")):
        yield row("esp-in-esp", shape, bundle(esp(shape), esp(around, "aes-cbc", layer=1)))


def outer():
    """Options for the outer header, of which the inner packet must show nothing; dummy packets; several SAs."""
    for shape in ("tun44", "tun66"):
        for name, options in (("ecn-copy", ("--ecn", "copy")), ("ecn-clear", ("--ecn", "clear")),
                              ("dscp", ("--dscp", "46")), ("ttl", ("--ttl", "copy")), ("flow", ("--flow", "copy")),
                              ("df-set", ("--df", "set")), ("ident", ("--ident", "random")),
                              ("iv-random", ("--iv", "random"))):
            yield row(name, shape, [esp(shape)], plain=plain.marked, options=options)
        yield row("forward", shape, [esp(shape)], options=("--forward",), want=plain.forwarded)
    for shape in SAME[:2]:
        # Linux drops them as RFC 4303 2.6 says, and counts them all the same
        yield row("dummy", shape, [esp(shape)], options=("--dummy", "5"), counters={"XfrmInStateProtoError": 4})
    chains = [bundle(esp("tun44"), ah("tra44")), [esp("tun4in6", "aes-cbc")], [esp("tun66")], [esp("tra66")],
              [ah("tra44")], [esp("tun6in4", "chacha20-poly1305", 256)]]
    flows = [HOSTS[4], ("10.1.0.3", "10.2.0.3"), HOSTS[6], OUTER[6], OUTER[4], ("fd00:1::3", "fd00:2::3")]
    yield Row("selectors", {flow: [dict(sa, ts={"src": [flow[0]], "dst": [flow[1]]}, spi="0x%x%d" % (1000 + i, j))
                                   for j, sa in enumerate(chain)]
                            for i, (flow, chain) in enumerate(zip(flows, chains))})


def rows():
    for part in (algorithms, families, numbers, carried, layers, outer):
        yield from part()
