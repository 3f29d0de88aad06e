#!/usr/bin/python3
"""findings.py - each finding of ipsec-inspect on a capture made to have it, and not on the one it was made of.

usage: findings.py BIN-DIR KERNEL-DIR STRONGSWAN-DIR...

A row per finding: how its capture is made out of a clean one (packets left out, repeated, delayed, changed, added), with
which keys it is read.  The finding has to be there, and where the row says so not in the capture it was made of.  Ids that no
row shows are listed and fail; so do ids that are not in the manual page.  With -t the table findings x captures is printed.
"""
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

bad = 0
shown = {}


def check(ok, what, why=""):
    global bad
    print(("ok" if ok else "not ok") + " findings " + what + ("" if ok else ": " + str(why)[:300]))
    bad += not ok


# --- captures: lists of [ns, bytes, length on the wire], and the link type ---

class Cap:
    def __init__(self, dlt, packets):
        self.dlt, self.packets = dlt, packets

    @staticmethod
    def read(path):
        data = open(path, "rb").read()
        magic = data[:4]
        order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        unit = 1 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
        at, out = 24, []
        while at + 16 <= len(data):
            s, u, caplen, length = struct.unpack(order + "IIII", data[at:at + 16])
            out.append([s * 10**9 + u * unit, data[at + 16:at + 16 + caplen], length])
            at += 16 + caplen
        return Cap(struct.unpack(order + "I", data[20:24])[0], out)

    def write(self, path):
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, self.dlt))
            for ns, p, length in self.packets:
                f.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, len(p), length) + p)
        return path

    def head(self):
        return {1: 14, 101: 0}[self.dlt]

    def link(self, ip):
        """In front of an IP packet of our own: Ethernet, or nothing."""
        kind = b"\x08\x00" if ip[0] >> 4 == 4 else b"\x86\xdd"
        return (bytes(12) + kind if self.dlt == 1 else b"") + ip

    def add(self, ns, ip):
        p = self.link(ip)
        self.packets.append([ns, p, len(p)])

    def sort(self):
        self.packets.sort(key=lambda x: x[0])
        return self

    def only(self, keep):
        return Cap(self.dlt, [x for x in self.packets if keep(self.ip(x))])

    def ip(self, x):
        return x[1][self.head():]


def src(ip):
    return ip[12:16] if ip[:1] and ip[0] >> 4 == 4 else ip[8:24]


def is_esp(ip):
    """ESP of IPv4, by itself or in UDP 4500."""
    if len(ip) < 36 or ip[0] >> 4 != 4:
        return False
    return ip[9] == 50 or (ip[9] == 17 and ip[20:22] == b"\x11\x94" and ip[28:32] != bytes(4) and len(ip) > 40)


def is_ike(ip):
    return len(ip) > 30 and ip[0] >> 4 == 4 and ip[9] == 17 and not is_esp(ip) and \
        {struct.unpack(">H", ip[20:22])[0], struct.unpack(">H", ip[22:24])[0]} & {500, 4500}


def checksum(b):
    s = sum(struct.unpack(">%dH" % (len(b) // 2), b[:len(b) // 2 * 2])) + (b[-1] << 8 if len(b) % 2 else 0)
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def ip4(a, b, proto, body, ident=1, tos=0, frag=0x4000):
    h = struct.pack(">BBHHHBBH4s4s", 0x45, tos, 20 + len(body), ident, frag, 64, proto, 0, socket.inet_aton(a), socket.inet_aton(b))
    return h[:10] + struct.pack(">H", checksum(h)) + h[12:] + body


def udp(a, b, sport, dport, body):
    return ip4(a, b, 17, struct.pack(">HHHH", sport, dport, 8 + len(body), 0) + body)


def fix(ip):
    """Length and checksum of an IPv4 header after a change."""
    h = ip[:2] + struct.pack(">H", len(ip)) + ip[4:10] + b"\0\0" + ip[12:20]
    return h[:10] + struct.pack(">H", checksum(h)) + h[12:] + ip[20:]


# --- the tools ---

class Lab:
    def __init__(self, tools, work, kernel, swans):
        self.tools, self.work, self.kernel, self.swans = tools, work, kernel, swans

    def run(self, tool, *args, ok=True, **more):
        r = subprocess.run([self.tools + "/" + tool, *args], capture_output=True, timeout=120, **more)
        if ok and r.returncode not in (0, 1):
            raise AssertionError("%s %s: %s" % (tool, " ".join(args), r.stderr.decode()[:300]))
        return r

    def case(self, name):
        for root in (self.kernel, *self.swans):
            if os.path.exists(root + "/" + name):
                return root + "/" + name
        raise AssertionError("no case " + name)

    def wire(self, name):
        return Cap.read(self.case(name) + "/wire.pcap")

    def keys(self, name):
        d = self.case(name)
        out = ["--sa", d + "/xfrm-state.txt"] if os.path.exists(d + "/xfrm-state.txt") else []
        for log in ("initiator.log", "responder.log"):
            if os.path.exists(d + "/" + log):
                out += ["--keys", d + "/" + log]
        return out

    def ids(self, cap, keys=()):
        """{id: frames}"""
        path = cap if isinstance(cap, str) else cap.write(self.work + "/made.pcap")
        r = self.run("ipsec-inspect", "--json", "-r", path, *keys)
        out = {}
        for line in r.stdout.splitlines():
            o = json.loads(line)
            if o["event"] == "finding":
                out.setdefault(o["id"], []).extend(o.get("packets", []))
        return out

    def sa(self, proposal="aes128gcm16", pair=False, seed="01", **more):
        path = self.work + "/sa-%s.json" % seed
        self.run("ipsec-keygen", "sa", "--proposal", proposal, "--src", "192.0.2.1", "--dst", "192.0.2.2", "--seed", seed, "-o", path,
                 *(["--pair"] if pair else []))
        if more:
            lines = [json.loads(line) for line in open(path)]
            for line in lines:
                line.update(more)
            open(path, "w").write("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def plain(self, n, size=200, tos=0, step=10**6, proto=17, body=None):
        cap = Cap(101, [])
        for i in range(n):
            b = body if body is not None else struct.pack(">HHHH", 4000, 4001, size - 20, 0) + bytes(size - 28)
            cap.add(10**12 + i * step, ip4("10.1.0.1", "10.2.0.1", proto, b, ident=i & 0xffff, tos=tos, frag=0))
        return cap

    def seal(self, plain, sa, *args):
        a, b = plain.write(self.work + "/plain.pcap"), self.work + "/sealed.pcap"
        self.run("ipsec-encap", "-q", "-s", sa, "-r", a, "-w", b, *args)
        return Cap.read(b)


# --- rows: id -> a function that gives (capture with it, keys, clean capture or None, patterns of ids that must not be there) ---
# "id words" is one more row of that id; "nothing words": only what must not be there

rows = {}


def row(*names):
    def put(f):
        for name in names:
            rows[name] = f
        return f
    return put


def from_case(*pairs):
    for name, case, opened in pairs:
        rows[name] = lambda lab, case=case, opened=opened: (lab.wire(case), lab.keys(case) if opened else (), None)


from_case(("esp-fragmented", "esp-tun44-aes128gcm16-outerfrag", True), ("no-integrity", "esp-tun44-aes128cbc-noauth", True),
          ("replayed", "netem-dup-reorder-esp-tun44-aes128cbc-sha256-128-esn", True), ("altered", "netem-corrupt-esp-tun44-aes128gcm16", True),
          ("sequence-wrap", "esp-tun44-aes128cbc-sha1-96-seqwrap", True), ("weak-esp", "esp-tra66-3des-md5-96-sizes", True),
          ("reordering", "netem-dup-reorder-esp-tun44-aes128cbc-sha256-128-esn", True), ("loss", "loss-responses-gcm", True),
          ("null-encryption", "children-three-chacha-null", True),
          ("auth-failed", "fail-wrong-psk", True), ("auth-refused-unread", "fail-wrong-psk", False), ("not-opened", "mobike", False),
          ("peer-moved", "mobike", True), ("rekey-collision", "rekey-child-collision", True), ("cookies", "cookie-invalid-ke", True),
          ("ts-unacceptable", "cookie-invalid-ke", True), ("invalid-ke", "cookie-invalid-ke", True), ("ikev1", "v1-main-rsa", True),
          ("aggressive-psk", "v1-aggressive-psk-3des", True), ("weak-ike", "v1-aggressive-psk-3des", True),
          ("ike-retransmissions", "loss-responses-gcm", True), ("ppk-not-used", "ppk-optional-fallback", True),
          ("transport-refused", "transport-mode-refused", True), ("unreachable", "no-answer-icmp", True), ("no-answer", "no-answer-icmp", True))

CLEAN = "esp-tun44-aes128gcm16-w256-noesn"


# --- two captures of one tunnel: the other one is among the keys ---

def loaded(lab, n=200):
    """Two SAs between two hosts, a packet of each in turn, a millisecond apart."""
    there = lab.seal(lab.plain(n), lab.sa(seed="11"))
    back = lab.seal(lab.plain(n), lab.sa(seed="12"))
    turned = [[ns + 5 * 10**5, fix(p[:12] + p[16:20] + p[12:16] + p[20:]), length] for ns, p, length in back.packets]
    return Cap(101, there.packets + turned).sort()


def other(lab, cap):
    return "--other", cap.write(lab.work + "/other.pcap")


def beyond(cap, keep, ms=10):
    """The same, some time later and further on."""
    return Cap(cap.dlt, [[ns + ms * 10**6, p, n] for i, (ns, p, n) in enumerate(cap.packets) if keep(i, p)])


FIRST = socket.inet_aton("192.0.2.1")


@row("blocked-between")
def _(lab):
    cap = loaded(lab)
    right = beyond(cap, lambda i, p: src(p) != FIRST)
    assert "blocked-between" in lab.ids(right, other(lab, cap))	# from the other side as well
    return cap, other(lab, right), right


@row("lost-between")
def _(lab):
    cap = loaded(lab)
    right = beyond(cap, lambda i, p: src(p) != FIRST or i % 10 != 4)
    return cap, other(lab, right), right


@row("missed-by-capture")
def _(lab):
    cap = loaded(lab)
    far = Cap(101, [[ns, fix(p[:8] + b"\x3c" + p[9:]), n] for ns, p, n in beyond(cap, lambda i, p: True).packets])
    near = Cap(101, [x for i, x in enumerate(cap.packets) if i % 50 != 20])
    return near, other(lab, far), cap


@row("captures-unrelated")
def _(lab):
    cap = loaded(lab)
    return cap, other(lab, lab.seal(lab.plain(20), lab.sa(seed="13"))), None


@row("rewritten")
def _(lab):
    case = "nat-masquerade-gcm"
    wire = lab.case(case) + "/wire-responder.pcap"
    return lab.wire(case), ("--other", wire), Cap.read(wire)


def two_captures(lab):
    """What two captures say beside ids: of whom, how many, in which packets; and nothing where nothing is lost."""
    cap = loaded(lab)
    path = cap.write(lab.work + "/made.pcap")

    def found(right, left=path):
        r = lab.run("ipsec-inspect", "--json", "-r", left, *other(lab, right))
        return {o["id"]: o for o in map(json.loads, r.stdout.splitlines()) if o["event"] == "finding"}, r.returncode

    got, rc = found(beyond(cap, lambda i, p: True))
    check(not got and rc == 0, "--other: all arrived", got)
    got, rc = found(beyond(cap, lambda i, p: i < 300))
    check(not got and rc == 0, "--other: a capture that ends earlier has lost nothing", got)
    gone = [i for i, x in enumerate(cap.packets) if src(x[1]) == FIRST and i % 10 == 4]
    got, rc = found(beyond(cap, lambda i, p: i not in gone))
    one = got.get("lost-between", {})
    check(list(got) == ["lost-between"] and rc == 1 and one["severity"] == "error" and one["times"] == len(gone) and
          one["packets"] == [i + 1 for i in gone[:9] + gone[-1:]], "--other: the packets that were lost", got)
    # seen from the end where they are missing, it is one finding, not one of each capture
    r = lab.run("ipsec-inspect", "--json", "-r", beyond(cap, lambda i, p: i not in gone).write(lab.work + "/right.pcap"), *other(lab, cap))
    ids = [o["id"] for o in map(json.loads, r.stdout.splitlines()) if o["event"] == "finding"]
    check(ids == ["lost-between"], "--other: lost between is no loss besides", ids)
    # lost before both: the other capture does not help any more
    both = Cap(101, [x for i, x in enumerate(cap.packets) if i not in gone])
    got, rc = found(beyond(both, lambda i, p: True), both.write(lab.work + "/both.pcap"))
    check(list(got) == ["loss"] and "--other" not in got["loss"]["advice"] and "other capture" in got["loss"]["text"], "--other: lost before both", got)
    # an end that dies in the middle, and as lines for alerts
    right = beyond(Cap(101, [[ns * 1, p, n] for ns, p, n in cap.packets]), lambda i, p: i < 200 or src(p) != FIRST)
    slow = [Cap(101, [[10**12 + (ns - 10**12) * 100, p, n] for ns, p, n in c.packets]) for c in (cap, right)]
    r = lab.run("ipsec-inspect", "--follow", "-r", slow[0].write(path), *other(lab, slow[1]))
    got = [json.loads(line) for line in r.stdout.splitlines()]
    check(r.returncode == 1 and [o["id"] for o in got] == ["lost-between"] and "in a row" in got[0]["text"], "--follow tells what two captures show", r.stdout)
    # AH cannot pass a NAT
    ah = lab.wire("ah-tra44-sha256-128-ipopts")
    nat = Cap(ah.dlt, [[ns, p.replace(FIRST, bytes((198, 51, 100, 7)), 1), n] for ns, p, n in ah.packets])
    got, rc = found(nat, ah.write(lab.work + "/ah.pcap"))
    check(got.get("rewritten", {}).get("severity") == "error", "--other: AH through a NAT", got)


@row("captured-twice")
def _(lab):
    clean = lab.wire(CLEAN)
    return Cap(clean.dlt, [[ns + k * 20000, p, n] for ns, p, n in clean.packets for k in (0, 1)]), (), clean


@row("capture-cut")
def _(lab):
    clean = lab.wire(CLEAN)
    return Cap(clean.dlt, [[ns, p[:70], n] for ns, p, n in clean.packets]), (), clean


@row("clock-back")
def _(lab):
    clean = lab.wire(CLEAN)
    half = len(clean.packets) // 2
    return Cap(clean.dlt, [[ns - (5 * 10**9 if i >= half else 0), p, n] for i, (ns, p, n) in enumerate(clean.packets)]), (), clean


@row("clock-ahead")
def _(lab):
    clean = lab.wire(CLEAN)
    half = len(clean.packets) // 2
    return Cap(clean.dlt, [[ns + (400 * 86400 * 10**9 if i >= half else 0), p, n] for i, (ns, p, n) in enumerate(clean.packets)]), (), clean


@row("damaged-headers")
def _(lab):
    clean = lab.wire(CLEAN)
    broken = Cap(clean.dlt, list(clean.packets))
    ip = ip4("192.0.2.1", "192.0.2.2", 50, bytes(40))
    broken.add(clean.packets[-1][0], b"\x42" + ip[1:])
    return broken, (), clean


@row("one-way-esp")
def _(lab):
    clean = lab.wire(CLEAN)
    first = src(clean.ip(next(x for x in clean.packets if is_esp(clean.ip(x)))))
    return clean.only(lambda ip: is_esp(ip) and src(ip) == first), (), clean, "one-sided"


@row("one-sided")
def _(lab):
    """IKE of the initiator, retransmitted."""
    clean = lab.wire("rekey-ike-gcm")
    asked = clean.only(lambda ip: is_ike(ip) and src(ip) == socket.inet_aton("192.0.2.1"))
    late = [[ns + 4 * 10**9, p, n] for ns, p, n in asked.packets]
    return Cap(clean.dlt, asked.packets + late), (), clean, "one-way-esp"


@row("no-ipsec")
def _(lab):
    return lab.plain(5), (), lab.wire(CLEAN)


@row("too-much")
def _(lab):
    cap = Cap(101, [])
    for i in range(66000):
        cap.add(10**12 + i * 1000, ip4("192.0.2.1", "192.0.2.2", 50, struct.pack(">II", 0x10000 + i, 1) + bytes(32)))
    return cap, (), lab.wire(CLEAN)


@row("sequence-restart")
def _(lab):
    sa = lab.sa()
    late, again = lab.seal(lab.plain(20), sa, "--seq", "10000"), lab.seal(lab.plain(20), sa, "--seq", "1")
    return Cap(101, late.packets + [[ns + 10**9, p, n] for ns, p, n in again.packets]), (), late


@row("sequence-jump")
def _(lab):
    sa = lab.sa()
    early, late = lab.seal(lab.plain(20), sa, "--seq", "1"), lab.seal(lab.plain(20), sa, "--seq", "500000")
    return Cap(101, early.packets + [[ns + 10**9, p, n] for ns, p, n in late.packets]), (), early


@row("duplicates")
def _(lab):
    sa = lab.sa()
    return lab.seal(lab.plain(100), sa, "--impair", "duplicate:every=20,reorder:every=9"), (), lab.seal(lab.plain(100), sa)


@row("replay-window-small")
def _(lab):
    clean = lab.seal(lab.plain(300), lab.sa())
    p = list(clean.packets)
    late = p.pop(20)
    p.insert(150, [p[150][0], late[1], late[2]])
    return Cap(101, p), (), clean


@row("shared-spi")
def _(lab):
    clean, more = (lab.seal(lab.plain(20, size=size), lab.sa()) for size in (200, 204))
    other = [[ns + 5, fix(p[:12] + socket.inet_aton("192.0.2.77") + p[16:]), n] for ns, p, n in more.packets]
    return Cap(101, clean.packets + other).sort(), (), clean


@row("odd-length")
def _(lab):
    clean = lab.wire(CLEAN)
    out = []
    for x in clean.packets:
        ip = clean.ip(x)
        out.append([x[0], clean.link(fix(ip[:-1])), x[2] - 1] if is_esp(ip) else x)
    return Cap(clean.dlt, out), (), clean


@row("first-packets-missing")
def _(lab):
    case = "rekey-child-collision"
    clean = lab.wire(case)
    esp = [x for x in clean.packets if is_esp(clean.ip(x))]
    first = src(clean.ip(esp[0]))
    gone = [x for x in esp if src(clean.ip(x)) == first][:1]
    return Cap(clean.dlt, [x for x in clean.packets if x not in gone]), lab.keys(case), clean


@row("traffic-after-delete")
def _(lab):
    case = "rekey-child-collision"
    clean = lab.wire(case)
    last = clean.packets[-1][0]
    esp = [x for x in clean.packets if is_esp(clean.ip(x))][:2]
    return Cap(clean.dlt, clean.packets + [[last + 3 * 10**9 + i, p, n] for i, (ns, p, n) in enumerate(esp)]), lab.keys(case), clean


@row("rekey-gap")
def _(lab):
    old, new = lab.seal(lab.plain(40, step=10**8), lab.sa(seed="01")), lab.seal(lab.plain(40, step=10**8), lab.sa(seed="02"))
    joined = Cap(101, old.packets + [[ns + 4 * 10**9, p, n] for ns, p, n in new.packets])
    return Cap(101, old.packets + [[ns + 15 * 10**9, p, n] for ns, p, n in new.packets]), (), joined


@row("iv-reuse")
def _(lab):
    sa = lab.sa()
    return lab.seal(lab.plain(60), sa, "--impair", "iv-reuse:every=10"), ("--sa", sa), lab.seal(lab.plain(60), sa)


@row("bad-padding")
def _(lab):
    sa = lab.sa()
    return lab.seal(lab.plain(60, size=201), sa, "--impair", "bad-padding:every=10"), ("--sa", sa), lab.seal(lab.plain(60), sa)


@row("dscp-not-copied")
def _(lab):
    sa = lab.sa()
    return lab.seal(lab.plain(20, tos=0xb8), sa, "--dscp", "0"), ("--sa", sa), lab.seal(lab.plain(20, tos=0xb8), sa)


@row("swapped-keys")
def _(lab):
    pair = lab.sa("aes128-sha256", pair=True, seed="07")
    lines = [json.loads(line) for line in open(pair)]
    sealed = lab.seal(lab.plain(12), pair)
    for key in ("encr_key", "integ_key"):
        lines[0][key], lines[1][key] = lines[1][key], lines[0][key]
    path = lab.work + "/swapped.json"
    open(path, "w").write("".join(json.dumps(line) + "\n" for line in lines))
    return sealed, ("--sa", path), None


@row("outside-selectors")
def _(lab):
    open_sa = lab.sa(seed="03")
    sealed = lab.seal(lab.plain(10), open_sa)
    narrow = lab.sa(seed="03", ts=[{"src": ["10.9.0.0/16"], "dst": ["10.2.0.0/16"]}])
    return sealed, ("--sa", narrow), None


@row("algorithm-found")
def _(lab):
    sa = lab.sa("aes256-sha256")
    sealed = lab.seal(lab.plain(10), sa)
    unknown = lab.work + "/unknown.json"
    lines = [json.loads(line) for line in open(sa)]
    for line in lines:
        line["encr"] = line["integ"] = "unknown"
    open(unknown, "w").write("".join(json.dumps(line) + "\n" for line in lines))
    return sealed, ("--guess", "--sa", unknown), None


def spoilt(change, proposal="aes128-sha256", encap=()):
    def f(lab):
        sa = lab.sa(proposal, seed="04")
        sealed = lab.seal(lab.plain(12), sa, *encap)
        lines = [json.loads(line) for line in open(sa)]
        for line in lines:
            change(line)
        path = lab.work + "/spoilt.json"
        open(path, "w").write("".join(json.dumps(line) + "\n" for line in lines))
        return sealed, ("--sa", path), None
    return f


rows["icv-length"] = spoilt(lambda d: d.update(icv_bits=96))
rows["wrong-integ-key"] = spoilt(lambda d: d.update(integ_key="00" * 32))
rows["wrong-encr-key"] = spoilt(lambda d: d.update(encr_key="00" * 16))
rows["wrong-salt"] = spoilt(lambda d: d.update(encr_key=d["encr_key"][-8:] + d["encr_key"][:-8]), "aes128gcm16")
rows["wrong-integ"] = spoilt(lambda d: d.update(integ="aes-cmac-96"), "aes128-aesxcbc")
rows["esn-mismatch"] = spoilt(lambda d: d.update(esn=False), "aes128-sha256-esn")
rows["wrong-encr"] = spoilt(lambda d: d.update(encr="camellia-cbc"), "aes128-sha256")


@row("bad-icv")
def _(lab):
    return spoilt(lambda d: d.update(encr_key="00" * 16, integ_key="00" * 32))(lab)


@row("nat-altered")
def _(lab):
    """AH whose source a NAT rewrote."""
    case = "ah-tra44-sha256-128-ipopts"
    clean = lab.wire(case)
    out = []
    for x in clean.packets:
        ip = clean.ip(x)
        n = (ip[0] & 15) * 4
        h = ip[:12] + bytes((198, 51, 100, 7)) + ip[16:n]
        h = h[:10] + struct.pack(">H", checksum(h[:10] + b"\0\0" + h[12:])) + h[12:]
        out.append([x[0], clean.link(h + ip[n:]), x[2]] if ip[9] == 51 and src(ip) == socket.inet_aton("192.0.2.1") else x)
    wild = lab.work + "/wild.json"
    r = lab.run("ipsec-sa", "convert", "--to", "native", lab.case(case) + "/xfrm-state.txt")
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    for line in lines:
        if line["src"] == "192.0.2.1":
            del line["src"]
    open(wild, "w").write("".join(json.dumps(line) + "\n" for line in lines))
    return Cap(clean.dlt, out), ("--sa", wild), clean


def answered(notify, data=b"", times=1):
    """IKE_SA_INIT, and what is said to it in clear."""
    def f(lab):
        clean = lab.wire("fail-no-proposal-ike") if os.path.exists(lab.kernel + "/fail-no-proposal-ike") else \
            Cap.read(os.path.dirname(os.path.abspath(__file__)) + "/../ike/refused/fail-no-proposal-ike.pcap")
        ask = next(x for x in clean.packets if is_ike(clean.ip(x)))
        ip = clean.ip(ask)
        cap = Cap(clean.dlt, [])
        for i in range(times):
            said = os.urandom(20) if times > 1 else data
            body = struct.pack(">BBHBBH", 0, 0, 8 + len(said), 0, 0, notify) + said
            msg = ip[28:36] + (os.urandom(8) if notify != 16390 else bytes(8)) + bytes((41, 0x20, 34, 0x20)) + \
                struct.pack(">II", 0, 28 + len(body)) + body
            cap.packets.append([ask[0] + 2 * i * 10**8, ask[1], ask[2]])
            cap.add(ask[0] + (2 * i + 1) * 10**8, udp(socket.inet_ntoa(ip[16:20]), socket.inet_ntoa(ip[12:16]), 500, 500, msg))
        return cap, (), None
    return f


for name, notify, data in (("critical-payload", 1, b"\x39"), ("invalid-spi", 4, b""), ("version", 5, b""), ("invalid-syntax", 7, b""),
                           ("single-pair", 34, b""), ("no-additional-sas", 35, b""), ("invalid-selectors", 39, b""), ("mobike", 40, b""),
                           ("temporary-failure", 43, b""), ("child-not-found", 44, b""), ("authorization", 46, b"")):
    rows[name] = answered(notify, data)
rows["cookie-loop"] = answered(16390, times=6)


@row("ke-not-retried")
def _(lab):
    """INVALID_KE_PAYLOAD, and the initiator says no more."""
    clean = lab.wire("cookie-invalid-ke")
    cut = next(i for i, x in enumerate(clean.packets) if b"\0\0\0\x0a\0\0\0\x11" in x[1])
    return Cap(clean.dlt, clean.packets[:cut + 1]), (), clean


def unanswered(size, fragments):
    """IKE_SA_INIT was answered, IKE_AUTH to port 4500 is sent again and again."""
    def f(lab):
        clean = lab.wire("cert-chain-fragmented")
        first = [x for x in clean.packets if is_ike(clean.ip(x))][:2]
        spis = clean.ip(first[1])[28:44]
        if not fragments:
            first = [[ns, p.replace(b"\x40\x2e", b"\x9c\x40"), n] for ns, p, n in first]
        auth = udp("192.0.2.1", "192.0.2.2", 4500, 4500, bytes(4) + spis + bytes((46, 0x20, 35, 8, 0, 0, 0, 1)) + struct.pack(">I", size + 32) +
                   bytes((35, 0)) + struct.pack(">H", size + 4) + bytes(size))
        cap = Cap(clean.dlt, list(first))
        for i in range(4):
            cap.add(first[1][0] + (i + 1) * 10**9, auth)
        return cap, (), clean
    return f


rows["no-answer-4500"] = unanswered(300, True)
rows["no-answer-large"] = unanswered(1300, False)


@row("certificate-identity")
def _(lab):
    """The responder gets a certificate that does not name who sends it."""
    return negotiated(lab, cert=["--type", "ecdsa"], who="other.example")


@row("clear-traffic")
def _(lab):
    sa = lab.sa(seed="05", ts=[{"src": ["10.1.0.0/16"], "dst": ["10.2.0.0/16"]}])
    plain = lab.plain(6)
    sealed = lab.seal(plain, sa)
    return Cap(101, sealed.packets + [[ns + 10**9, p, n] for ns, p, n in plain.packets]), ("--sa", sa), sealed


def too_big(ns, mtu, packet):
    return [ns, ip4("198.51.100.1", "192.0.2.1", 1, struct.pack(">BBHHH", 3, 4, 0, 0, mtu) + packet[:28]), 56]


@row("path-mtu", "mtu-ignored")
def _(lab):
    sealed = lab.seal(lab.plain(30, size=1300, step=10**8), lab.sa())
    icmp = too_big(sealed.packets[2][0] + 1, 1200, sealed.packets[2][1])
    return Cap(101, sealed.packets[:3] + [icmp] + sealed.packets[3:]), (), sealed


@row("esp-fragments-lost")
def _(lab):
    clean = lab.wire("esp-tun44-aes128gcm16-outerfrag")
    later = [x for x in clean.packets if struct.unpack(">H", clean.ip(x)[6:8])[0] & 0x1fff]
    return Cap(clean.dlt, [x for x in clean.packets if x is not later[0]]), (), clean


@row("mss-not-clamped")
def _(lab):
    sa = lab.sa()
    syn = struct.pack(">HHIIBBHHHBBH", 4000, 80, 1, 0, 0x60, 2, 65535, 0, 0, 2, 4, 1460)
    plain = lab.plain(3, proto=6, body=syn)
    plain.packets += lab.plain(3, size=1480).packets
    return lab.seal(plain.sort(), sa, "--mtu", "1500"), ("--sa", sa), None


@row("stray-on-ike-ports")
def _(lab):
    clean = lab.wire(CLEAN)
    stray = Cap(clean.dlt, list(clean.packets))
    stray.add(clean.packets[-1][0] + 1, udp("192.0.2.1", "192.0.2.2", 500, 40000, b"hello"))
    return stray, (), clean


@row("block-64-limit")
def _(lab):
    sa = lab.sa("3des-sha1", seed="06")
    spi = int(json.loads(open(sa).readline())["spi"], 16)
    cap = Cap(101, [])
    n = (32 << 30) // 65500 + 10
    for i in range(n):
        whole = ip4("192.0.2.1", "192.0.2.2", 50, struct.pack(">II", spi, i + 1) + bytes(65500))
        cap.packets.append([10**12 + i * 1000, whole[:60], len(whole)])
    return cap, ("--sa", sa), None


@row("ike-fragments-lost")
def _(lab):
    """An IKE_AUTH in IP fragments whose second one is lost, and no answer."""
    clean = lab.wire("cert-chain-fragmented")
    first = [x for x in clean.packets if is_ike(clean.ip(x))][:2]
    auth = udp("192.0.2.1", "192.0.2.2", 4500, 4500, bytes(4) + clean.ip(first[1])[28:44] + bytes((46, 0x20, 35, 8, 0, 0, 0, 1)) +
               struct.pack(">I", 2000) + bytes(1972))
    head, body = auth[:20], auth[20:]
    part = fix(head[:6] + b"\x20\x00" + head[8:20] + body[:1480])
    cap = Cap(clean.dlt, list(first))
    for i in range(3):
        cap.add(first[1][0] + (i + 1) * 10**9, part[:4] + struct.pack(">H", 77 + i) + part[6:])
        cap.packets[-1][1] = cap.link(fix(cap.packets[-1][1][cap.head():]))
    return cap, (), clean


def in_pieces(lab, sends, reply=None):
    """IKE_SA_INIT, then the fragments of IKE_AUTH, four and two, as sends has them by number; reply: of the answers'."""
    clean = lab.wire("cert-chain-fragmented")
    ike = [x for x in clean.packets if is_ike(clean.ip(x))]
    ask, answer = ike[2:6], ike[6:8]
    cap = Cap(clean.dlt, ike[:2])
    for i, numbers in enumerate(sends):
        cap.packets += [[ask[n - 1][0] + i * 4 * 10**9, *ask[n - 1][1:]] for n in numbers]
        cap.packets += [[answer[n - 1][0] + i * 4 * 10**9, *answer[n - 1][1:]] for n in reply or ()]
    return cap, clean


WITHOUT = [[n for n in range(1, 5) if n != gone] for gone in range(5)]      # WITHOUT[0]: all


def pieces(keys, *args, wrong="no-answer.*|peer-gone|rekey-unanswered"):
    def f(lab):
        cap, clean = in_pieces(lab, *args)
        return cap, lab.keys("cert-chain-fragmented") if keys else (), clean, wrong
    return f


for keys, how in ((True, "with keys"), (False, "without keys")):
    rows["ike-fragments-lost of a request, " + how] = pieces(keys, [WITHOUT[3]] * 5)
    rows["ike-fragments-lost of an answer, " + how] = pieces(keys, [WITHOUT[0]] * 4, [2])
    rows["no-answer-4500 to fragments, " + how] = pieces(keys, [WITHOUT[0]] * 4, wrong="ike-fragments-lost")
    # what one sending lost the next one brought, and it was answered; the capture ends in the middle of a message
    rows["nothing in pieces of two sendings, " + how] = pieces(keys, [WITHOUT[2], WITHOUT[3]], [1, 2], wrong="no-answer.*|ike-fragments.*")
    rows["nothing in a cut message, " + how] = pieces(keys, [[1, 2, 3]], wrong="no-answer.*|ike-fragments.*")


def v1_pieces(sends, wrong):
    """Main mode's message with the certificate in Cisco's fragments, as sends has them by number."""
    def f(lab):
        clean = lab.wire("v1-main-rsa")
        at = next(i for i, x in enumerate(clean.packets) if is_ike(clean.ip(x)) and b"\x84\x10\x02" in clean.ip(x)[40:56])
        part = [x for x in clean.packets[at:at + 2]]
        body = b"".join(clean.ip(x)[28 + 4 * (clean.ip(x)[22:24] == b"\x11\x94") + 36:] for x in part)
        ip = clean.ip(part[0])
        natt, port = clean.ip(part[0])[22:24] == b"\x11\x94", struct.unpack(">H", ip[22:24])[0]
        cap = Cap(clean.dlt, clean.packets[:at])
        for i, numbers in enumerate(sends):
            for n in numbers:
                cut = body[(n - 1) * 300:n * 300]
                frag = struct.pack(">BBHHBB", 0, 0, 8 + len(cut), 1, n, n * 300 >= len(body)) + cut
                head = ip[28 + 4 * natt:][:24] + struct.pack(">I", 28 + len(frag))
                cap.add(part[0][0] + i * 4 * 10**9 + n, udp("192.0.2.1", "192.0.2.2", port, port, bytes(4 * natt) + head + frag))
        return cap, (), clean, wrong
    return f


rows["ike-fragments-lost of IKEv1"] = v1_pieces([[1, 3, 4, 5]] * 3, "no-answer.*|wrong-psk")
rows["ike-fragments-lost of IKEv1, the last"] = v1_pieces([[1, 2, 3, 4]] * 3, "no-answer.*|wrong-psk")
rows["nothing in pieces of IKEv1"] = v1_pieces([[1, 2, 3, 4, 5]] * 2, "ike-fragments-lost")


@row("child-refused-unread")
def _(lab):
    return lab.wire("cookie-invalid-ke"), (), lab.wire("children-three-chacha-null")


@row("nothing of children that are not asked for in IKE_AUTH")
def _(lab):
    return lab.wire("childless-only"), (), None, "child-refused-unread"


@row("child-refused-unread in quick mode")
def _(lab):
    """The first message of quick mode, and an INFORMATIONAL that the responder sent later, at once."""
    clean = lab.wire("v1-dpd")
    ike = [x for x in clean.packets if is_ike(clean.ip(x))]
    ask = next(i for i, x in enumerate(ike) if clean.ip(x)[32 + 18] == 32)
    said = next(x for x in ike if clean.ip(x)[32 + 18] == 5 and src(clean.ip(x)) == socket.inet_aton("192.0.2.2"))
    return Cap(clean.dlt, ike[:ask + 1] + [[ike[ask][0] + 10**6, *said[1:]]]), (), clean


@row("dpd-timeout of IKEv1")
def _(lab):
    """Main and quick mode and what follows; then only the initiator's R_U_THERE, of which each is a message of its own."""
    clean = lab.wire("v1-dpd")
    info = [x for x in clean.packets if is_ike(clean.ip(x)) and clean.ip(x)[32 + 18] == 5]
    asks = [x for x in info if src(clean.ip(x)) == socket.inet_aton("192.0.2.1")]
    cut = clean.packets[:clean.packets.index(info[0])]
    late = [[cut[-1][0] + (i + 1) * 10**10, *x[1:]] for i, x in enumerate(asks[:3])]
    return Cap(clean.dlt, cut + late), lab.keys("v1-dpd"), clean


@row("nothing in the step to port 4500 behind a NAT")
def _(lab):
    case = "nat-masquerade-gcm"
    return Cap.read(lab.case(case) + "/wire-responder.pcap"), lab.keys(case), None, "peer-moved"


@row("ike-retransmissions beside one message twice")
def _(lab):
    """charon sent a request again, and both were answered at once."""
    return lab.wire("rekey-child-collision"), (), lab.wire("v1-main-rsa")


@row("nothing in the same captured twice")
def _(lab):
    clean = lab.wire("rekey-ike-gcm")
    return Cap(clean.dlt, [[ns + k * 20000, p, n] for ns, p, n in clean.packets for k in (0, 1)]), (), None, "ike-retransmissions"


@row("esp-blocked until it was deleted")
def _(lab):
    case = "rekey-child-pfs-ecp384-gcm"
    clean = lab.wire(case)
    start = clean.packets[0][0]
    ike = [[start + (ns - start) * 60, p, n] for ns, p, n in clean.packets if not is_esp(clean.ip([ns, p, n]))]
    return Cap(clean.dlt, ike), lab.keys(case), clean


def unanswered_dpd(lab, sends):
    case = "rekey-child-collision"
    clean = lab.wire(case)
    info = next(x for x in clean.packets if is_ike(clean.ip(x)) and clean.ip(x)[32 + 18:32 + 19] == b"\x25" and clean.ip(x)[51] & 0x20 == 0)
    cut = clean.packets[:clean.packets.index(info)]
    again = [[info[0] + i * 10**9, info[1], info[2]] for i in range(sends)]
    return Cap(clean.dlt, cut + again), lab.keys(case), clean, "peer-gone" if sends > 2 else "dpd-timeout"


rows["dpd-timeout"] = lambda lab: unanswered_dpd(lab, 5)
rows["peer-gone"] = lambda lab: unanswered_dpd(lab, 2)


@row("rekey-unanswered")
def _(lab):
    case = "rekey-ike-gcm"
    clean = lab.wire(case)
    ask = next(x for x in clean.packets if is_ike(clean.ip(x)) and clean.ip(x)[50] == 0x24 and clean.ip(x)[51] & 0x20 == 0)
    cut = clean.packets[:clean.packets.index(ask)]
    again = [[ask[0] + i * 10**9, ask[1], ask[2]] for i in range(5)]
    return Cap(clean.dlt, cut + again), lab.keys(case), clean


@row("nat-without-udp")
def _(lab):
    case = "nat-masquerade-gcm"
    clean = lab.wire(case)
    cap = Cap(clean.dlt, list(clean.packets))
    first = next(clean.ip(x) for x in clean.packets if is_ike(clean.ip(x)))
    a, b = first[12:16], first[16:20]
    for i in range(5):
        cap.add(clean.packets[-1][0] + i, ip4(socket.inet_ntoa(a), socket.inet_ntoa(b), 50, struct.pack(">II", 0xabcdef, i + 1) + bytes(64)))
    return cap, lab.keys(case), clean


@row("esp-blocked")
def _(lab):
    case = "rekey-child-collision"
    clean = lab.wire(case)
    auth = [x for x in clean.packets if is_ike(clean.ip(x))][:4]
    late = auth[-1][0] + 30 * 10**9
    cap = Cap(clean.dlt, auth)
    cap.add(late, ip4("10.1.0.9", "10.3.0.9", 17, bytes(20)))
    return cap, lab.keys(case), clean


@row("unknown-spi")
def _(lab):
    clean = lab.wire(CLEAN)
    cap = Cap(clean.dlt, list(clean.packets))
    notify = struct.pack(">BBHBBHI", 0, 0, 12, 0, 0, 11, 0xdeadbeef)
    body = os.urandom(8) + bytes(8) + bytes((41, 0x20, 37, 8)) + struct.pack(">II", 0, 28 + len(notify)) + notify
    cap.add(clean.packets[-1][0] + 1, udp("192.0.2.2", "192.0.2.1", 500, 500, body))
    return cap, (), clean


@row("keepalives-missing")
def _(lab):
    case = "nat-masquerade-gcm"
    clean = lab.wire(case)
    half = [i for i, x in enumerate(clean.packets) if is_ike(clean.ip(x))][4]
    # ESP in between keeps the NAT's mapping as well as keepalives do; it comes again in bursts, so it is no capture seen twice
    first, esp = clean.packets[:half], [x for x in clean.packets if is_esp(clean.ip(x))]
    busy = [[first[-1][0] + i * 10 * 10**9, p, n] for i in range(1, 25) for _, p, n in esp]
    late = [[first[-1][0] + 250 * 10**9, *clean.packets[half][1:]]]
    assert "duplicates" in lab.ids(Cap(clean.dlt, first + busy + late))
    return Cap(clean.dlt, first + late), (), Cap(clean.dlt, first + busy + late)


@row("lifetime-mismatch")
def _(lab):
    clean = lab.wire("v1-main-rsa")
    out, seen = [], 0
    for ns, p, n in clean.packets:
        i = p.find(b"\x80\x0b\x00\x01\x80\x0c")
        if i >= 0:
            seen += 1
            if seen == 2:
                p = p[:i + 6] + struct.pack(">H", 1234) + p[i + 8:]
        out.append([ns, p, n])
    return Cap(clean.dlt, out), (), clean


def negotiated(lab, *args, cert, names=("ca", "gw"), who=None):
    """Our own ends over loopback, with certificates made here; what they sent."""
    w, (ca, own) = lab.work, names
    if cert is not None:
        lab.run("ipsec-keygen", "ca", "--type", "ecdsa", "--subject", "CN=ca", "--out", w + "/ca", ok=False)
        lab.run("ipsec-keygen", "cert", "--ca", w + "/ca.pem", "--ca-key", w + "/ca.key", "--subject", "CN=gw", "--san", "gw.example", "--out", w + "/gw",
                *cert)
    for name in (own + ".key",):
        os.chmod(w + "/" + name, 0o600)
    open(w + "/psk", "w").write("a shared secret\n")
    os.chmod(w + "/psk", 0o600)
    port = 20000 + os.getpid() % 20000
    if who is not None:
        lab.run("ipsec-keygen", "cert", "--ca", w + "/ca.pem", "--ca-key", w + "/ca.key", "--subject", "CN=me", "--san", "me.example", "--out", w + "/me",
                *cert)
    gw = subprocess.Popen([lab.tools + "/ipsec-ike", "respond", "--listen", "127.0.0.1:%d" % port, "--cert", w + "/" + own + ".pem", "--key", w + "/" + own + ".key",
                           "--psk-file", w + "/psk", "--auth", "cert", "--remote-auth", "psk" if who is None else "cert", "--ca", w + "/" + ca + ".pem", "--id", "gw.example",
                           "--sessions", "1", "--ts", "any=any"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while b"listening" not in gw.stderr.readline():
        if gw.poll() is not None:
            raise AssertionError("ipsec-ike respond ended")
    lab.run("ipsec-ike", "initiate", "127.0.0.1", "--port", str(port), *(["--psk-file", w + "/psk", "--auth", "psk"] if who is None else
            ["--cert", w + "/me.pem", "--key", w + "/me.key", "--auth", "cert"]), "--remote-auth", "cert", "--ca",
            w + "/" + ca + ".pem", "--id", who or "me@example", "--remote-id", "gw.example", "--ts", "any=any", "--save", w + "/ike.pcap", "--keylog",
            w + "/ike.keys", *args)
    gw.kill()
    gw.communicate()
    return Cap.read(w + "/ike.pcap"), ("--keys", w + "/ike.keys"), None


@row("cert-validity", "certificate-expired")
def _(lab):
    return negotiated(lab, cert=["--type", "ecdsa", "--not-before", "2020-01-01T00:00:00Z", "--not-after", "2021-01-01T00:00:00Z"])


@row("weak-certificate")
def _(lab):
    w = lab.work
    for args in (["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-subj", "/CN=oldca", "-keyout", w + "/old.key", "-out", w + "/old.pem"],
                 ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=gw", "-keyout", w + "/oldgw.key", "-out", w + "/oldgw.csr"]):
        subprocess.run(["openssl", *args], check=True, capture_output=True)
    open(w + "/ext", "w").write("subjectAltName=DNS:gw.example\n")
    subprocess.run(["openssl", "x509", "-req", "-sha1", "-in", w + "/oldgw.csr", "-CA", w + "/old.pem", "-CAkey", w + "/old.key", "-set_serial", "7",
                    "-extfile", w + "/ext", "-out", w + "/oldgw.pem"], check=True, capture_output=True)
    return negotiated(lab, cert=None, names=("old", "oldgw"))


import findings_esp  # noqa: E402  (it takes what stands above)

MORE_ESP = findings_esp.put(sys.modules[__name__])


def words(lab):
    """Figures, counts and names as people want them."""
    def text(*args):
        r = lab.run("ipsec-inspect", "-q", *args, ok=False)
        return r.stdout.decode()
    sealed = lab.seal(lab.plain(8), lab.sa())
    path = Cap(101, sealed.packets[:3] + sealed.packets[2:3] + sealed.packets[3:]).write(lab.work + "/made.pcap")
    check("1 packet carries a number" in text("-r", path) and "1 SA\n" in text("-r", path), "one packet is one", text("-r", path))
    many = lab.seal(lab.plain(1250), lab.sa())
    path = Cap(101, [x for i, x in enumerate(many.packets) if i % 20 != 7 or i > 1229]).write(lab.work + "/made.pcap")
    said = text("-r", path)
    check("(4.9 %)" in said and re.search(r"^warning +loss", said, re.M), "4.96 in 100 are not 5", said)
    check(re.search(r"\(packets 8, 27, 46, 65, 84, 103, 122, 141, 160, ..., \d+\)", said), "the dots are where the gap is", said)
    back = Cap(101, [[ns + (3600 * 10**9 if i <= 3 else 0), p, n] for i, (ns, p, n) in enumerate(sealed.packets)]).write(lab.work + "/back.pcap")
    check("-59 min 59 s" in text("-r", back) and "99.4" not in text("-r", back), "time that goes back", text("-r", back))
    title = text("-r", path, "-r", lab.work + "/missing.pcap").splitlines()[0]
    check("made.pcap:" in title and "missing" not in title, "the title names what was read", title)
    # both ends of a tunnel on one host: both directions look alike
    lo = Cap(101, [[ns, fix(p[:12] + socket.inet_aton("127.0.0.1") * 2 + p[20:]), n] for ns, p, n in loaded(lab).packets])
    said = text("-r", lo.write(lab.work + "/lo.pcap"))
    check("one-way-esp" not in said, "a tunnel of a host with itself is not one-way", said)
    ike = lab.case("rekey-child-collision")
    said = text("-r", ike + "/wire.pcap", "--keys", ike + "/initiator.log")
    check(not re.search(r" > {2,}| > $", said, re.M), "no arrow to nowhere", said)


def more_ike(lab):
    """What they say beside ids: which fragment; one tunnel for a host that moves."""
    def told(cap, *args):
        r = lab.run("ipsec-inspect", "--json", "-r", cap.write(lab.work + "/made.pcap"), *args)
        lines = [json.loads(line) for line in r.stdout.splitlines()]
        return {o["id"]: o for o in lines if o["event"] == "finding"}, {e: [o for o in lines if o["event"] == e] for e in ("sa", "tunnel", "negotiation")}
    got, _ = told(in_pieces(lab, [WITHOUT[3]] * 5)[0])
    check("fragment 3 of 4 of the initiator's IKE_AUTH never came, though the message was sent 5 times" in got["ike-fragments-lost"]["text"] and
          got["ike-fragments-lost"]["packets"][0] == 3, "which fragment of a request", got.get("ike-fragments-lost"))
    got, _ = told(in_pieces(lab, [[1]] * 3)[0])
    check("fragment 2 of 4 of the initiator's IKE_AUTH never came, nor did 2 others" in got["ike-fragments-lost"]["text"], "more than one", got)
    got, _ = told(in_pieces(lab, [WITHOUT[0]] * 4, [1])[0], *lab.keys("cert-chain-fragmented"))
    check("fragment 2 of 2 of the responder's IKE_AUTH" in got["ike-fragments-lost"]["text"], "which fragment of an answer", got)
    got, _ = told(v1_pieces([[1, 2, 3, 4]] * 3, "")(lab)[0])
    check("fragments behind number 4 of the initiator's Main" in got["ike-fragments-lost"]["text"], "which fragments of IKEv1", got)
    got, _ = told(rows["ike-fragments-lost"](lab)[0])
    check("RFC 7383" in got["ike-fragments-lost"]["text"] and "fragmentation is on" in got["ike-fragments-lost"]["advice"], "IP fragments beside RFC 7383", got)
    for keys in ((), lab.keys("mobike")):
        _, of = told(lab.wire("mobike"), *keys)
        check(len(of["tunnel"]) == 1 and len(of["sa"]) == 4 and all(s["packets"] > 0 for s in of["sa"]), "MOBIKE: one tunnel, no SA without packets", of)


# --- the table ---

def refused(lab, root):
    """The captures that ipsec-ike decode explains."""
    for path in sorted(os.listdir(root)):
        if path.endswith(".pcap"):
            keys = root + "/" + path[:-5] + ".keys"
            shown[path] = sorted(lab.ids(root + "/" + path, ("--keys", keys) if os.path.exists(keys) else ()))
            check(bool(shown[path]), path + ": something is found")




def known_ids(page):
    """The ids of the manual page."""
    text = open(page).read()
    part = text[text.index(".Sh FINDINGS"):text.index(".Sh OUTPUT FOR PROGRAMS")]
    return set(re.findall(r"^\.It Cm ([a-z0-9-]+)$|^\.Cm ([a-z0-9-]+)", part, re.M)) and \
        {a or b for a, b in re.findall(r"^\.It Cm ([a-z0-9-]+)$|^\.Cm ([a-z0-9-]+)", part, re.M)}


def main():
    table = "-t" in sys.argv
    tools, kernel, *swans = [a for a in sys.argv[1:] if a != "-t"]
    ids = known_ids(os.path.dirname(os.path.abspath(__file__)) + "/../../man/ipsec-inspect.1")
    with tempfile.TemporaryDirectory() as work:
        lab = Lab(tools, work, kernel, swans)
        for name in sorted(rows):
            try:
                cap, keys, clean, *other = rows[name](lab)
                got, id = lab.ids(cap, keys), name.split()[0]
                shown[name] = sorted(got)
                if id != "nothing":
                    check(id in got, name, "found %s" % sorted(got))
                for wrong in other:
                    check(not any(re.fullmatch(wrong, i) for i in got), name + ": and no " + wrong, sorted(got))
                if clean is not None:
                    before = lab.ids(clean, keys)
                    check(id not in before, name + ": not where it is not", before.get(id))
            except (AssertionError, StopIteration, ValueError, OSError, subprocess.TimeoutExpired) as e:
                check(False, name, repr(e))
        two_captures(lab)
        MORE_ESP(lab)
        words(lab)
        more_ike(lab)
        refused(lab, os.path.dirname(os.path.abspath(__file__)) + "/../ike/refused")
    found = {i for got in shown.values() for i in got}
    for name in sorted(ids - found):
        check(False, name + ": no capture shows it")
    for name in sorted((found | {r.split()[0] for r in rows}) - ids - {"nothing"}):
        check(False, name + ": is not in the manual page")
    if table:
        for name in sorted(shown):
            print("%-24s %s" % (name, " ".join(shown[name])))
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
