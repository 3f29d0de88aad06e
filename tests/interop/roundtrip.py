#!/usr/bin/python3
"""roundtrip.py - ipsec-encap | ipsec-decap gives the capture back, byte for byte.

usage: roundtrip.py BIN [STEP]

Every link type, both byte orders, both time precisions; tunnel, transport and BEET mode, the four combinations of IP
versions, UDP encapsulation; packets of 20 to 9,000 bytes, each STEP-th length (97; 1: all of them); -j1 and
-j4 must give the same bytes.  A capture's file header, times, lengths and link headers come back too.
"""
import json
import struct
import subprocess
import sys
import tempfile

KEY = "000102030405060708090a0b0c0d0e0f10111213"
MAC = "".join("%02x" % i for i in range(32))


def checksum(head):
    total = sum(struct.unpack(">%dH" % (len(head) // 2), head))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(version, n):
    """An IP packet of n bytes, UDP."""
    body = bytes((i * 7 + n) & 255 for i in range(max(n - (20 if version == 4 else 40), 0)))
    if version == 4:
        head = struct.pack(">BBHHHBBH4s4s", 0x45, n & 3 and 0xb8 | n & 3, n, n & 0xffff, 0x4000 if n & 1 else 0, 64,
                           17, 0, bytes([10, 1, 0, 1]), bytes([10, 2, 0, 1]))
        return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body
    return struct.pack(">IHBB", 0x60000000 | (n & 0xff) << 20 | n, len(body), 17, 63) + bytes.fromhex(
        "fd000001000000000000000000000001fd000002000000000000000000000001") + body


def eth(version):
    return b"\2\0\0\0\0\2\2\0\0\0\0\1" + ethertype(version)


def ethertype(version):
    return b"\x08\0" if version == 4 else b"\x86\xdd"


def mpls(version):
    return struct.pack(">I", (0 if version == 4 else 2) << 12 | 1 << 8 | 64)


# number: header for an IP version and a length of packet
LINKS = {
    "ethernet": (1, lambda v, n: eth(v)),
    "vlan": (1, lambda v, n: eth(v)[:12] + b"\x81\0\0\5" + ethertype(v)),
    "qinq": (1, lambda v, n: eth(v)[:12] + b"\x88\xa8\0\7\x81\0\0\5" + ethertype(v)),
    "pppoe": (1, lambda v, n: eth(v)[:12] + b"\x88\x64\x11\0\0\1" + struct.pack(">H", n + 2) + (b"\0\x21" if v == 4 else b"\0\x57")),
    "mpls": (219, lambda v, n: mpls(v)),
    "null": (0, lambda v, n: struct.pack("<I", 2 if v == 4 else 30)),
    "loop": (108, lambda v, n: struct.pack(">I", 2 if v == 4 else 30)),
    "ppp": (9, lambda v, n: b"\xff\3" + (b"\0\x21" if v == 4 else b"\0\x57")),
    "c-hdlc": (104, lambda v, n: b"\x0f\0" + ethertype(v)),
    "raw": (101, lambda v, n: b""),
    "sll": (113, lambda v, n: b"\0\0\0\1\0\6\2\0\0\0\0\1\0\0" + ethertype(v)),
    "sll2": (276, lambda v, n: ethertype(v) + b"\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0"),
    "enc": (109, lambda v, n: struct.pack("<I", 2 if v == 4 else 24) + b"\0\0\0\1\0\0\0\0"),
    "ipoib": (242, lambda v, n: bytes(40) + ethertype(v) + b"\0\0"),
    "ipnet": (226, lambda v, n: b"\1" + bytes([2 if v == 4 else 26]) + b"\0\0" + struct.pack(">I", n) + bytes(16)),
    "nflog": (239, lambda v, n: bytes([2 if v == 4 else 10, 0, 0, 0]) + struct.pack("<HH", n + 4, 9)),
    "ipv4": (228, lambda v, n: b""),
    "ipv6": (229, lambda v, n: b""),
}


def write(path, link, versions, sizes, order, nano):
    number, header = LINKS[link]
    with open(path, "wb") as out:
        out.write(struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, 65535, number))
        for i, n in enumerate(sizes):
            v = versions[i % len(versions)]
            n = max(n, 20 if v == 4 else 41)	# a length of 0 in IPv6's header would mean segmentation offload
            frame = header(v, n) + ip(v, n)
            out.write(struct.pack(order + "IIII", 1700000000 + i, i * 997 % 1000000, len(frame), len(frame)) + frame)


def sa(mode, outer, spi, inner=None, **more):
    v4 = outer == 4
    d = {"proto": "esp", "spi": "0x%x" % spi, "src": "192.0.2.1" if v4 else "2001:db8::1", "dst": "192.0.2.2" if v4 else "2001:db8::2",
         "mode": mode, "encr": "aes-gcm-16", "encr_key": KEY, "esn": True}
    if mode == "transport":
        del d["src"], d["dst"]
    if inner:
        d["ts"] = {"src": ["10.1.0.1" if inner == 4 else "fd00:1::1"], "dst": ["10.2.0.1" if inner == 4 else "fd00:2::1"]}
        if inner == 6:
            d["ts"] = {"src": ["fd00:1::1", "fd00:1:0:0::1"], "dst": ["fd00:2::1"]}
    d.update(more)
    return d


CBC = {"encr": "aes-cbc", "encr_key": KEY[:32], "integ": "hmac-sha2-256-128", "integ_key": MAC}
UDP = {"encap": {"type": "udp", "sport": 4500, "dport": 4500}}
# name: SAs, IP versions inside
MODES = {
    "tunnel-4": ([sa("tunnel", 4, 256)], (4, 6)), "tunnel-6": ([sa("tunnel", 6, 257)], (4, 6)),
    "tunnel-cbc": ([sa("tunnel", 4, 258, **CBC)], (4, 6)), "transport": ([sa("transport", 4, 259)], (4, 6)),
    "transport-cbc": ([sa("transport", 4, 260, **CBC)], (4, 6)), "udp-4": ([sa("tunnel", 4, 261, **UDP)], (4, 6)),
    "udp-6": ([sa("tunnel", 6, 262, **UDP)], (4, 6)), "udp-transport": ([sa("transport", 4, 263, **UDP)], (4, 6)),
    "beet-44": ([sa("beet", 4, 264, ts={"src": ["10.1.0.1"], "dst": ["10.2.0.1"]})], (4,)),
    "beet-66": ([sa("beet", 6, 265, ts={"src": ["fd00:1::1"], "dst": ["fd00:2::1"]})], (6,)),
    "ah-tunnel": ([{k: v for k, v in sa("tunnel", 4, 266, proto="ah", integ="hmac-sha2-256-128", integ_key=MAC).items()
                    if not k.startswith("encr")}], (4, 6)),
    "ah-transport": ([{k: v for k, v in sa("transport", 4, 267, proto="ah", integ="hmac-sha2-256-128", integ_key=MAC).items()
                       if not k.startswith("encr")}], (4, 6)),
    "bundle": ([sa("transport", 4, 268, bundle="b", layer=0), sa("tunnel", 6, 269, bundle="b", layer=1, **CBC)], (4,)),
    "nested": ([sa("tunnel", 4, 270, ts={"src": ["10.0.0.0/8"]}), sa("tunnel", 6, 271, ts={"src": ["192.0.2.0/24"]})], (4,)),
    "tcp-4": ([sa("tunnel", 4, 273, encap={"type": "tcp", "sport": 33000, "dport": 4500})], (4, 6)),
    "tcp-6": ([sa("tunnel", 6, 274, encap={"type": "tcp", "sport": 33000, "dport": 4500})], (4, 6)),
    "wesp-4": ([sa("tunnel", 4, 275)], (4, 6)), "wesp-6": ([sa("transport", 6, 276, **CBC)], (4, 6)),
    "wesp-null": ([sa("tunnel", 6, 277, **{**CBC, "encr": "null", "encr_key": ""})], (4, 6)),
    "wesp-udp": ([sa("tunnel", 4, 278, **UDP)], (4, 6)),
    "ipcomp": ([{"proto": "ipcomp", "spi": 2, "mode": "transport", "bundle": "c", "layer": 0},
                sa("tunnel", 4, 279, bundle="c", layer=1)], (4, 6)),
    "ipcomp-esp-ah": ([{"proto": "ipcomp", "spi": 2, "mode": "transport", "bundle": "c", "layer": 0},
                       sa("transport", 4, 280, bundle="c", layer=1),
                       {"proto": "ah", "spi": 281, "mode": "transport", "bundle": "c", "layer": 2, "integ": "hmac-sha1-96",
                        "integ_key": MAC[:40]}], (4, 6)),
    "tfc-dummy": ([sa("tunnel", 4, 272, tfc=600)], (4, 6)),
}
OPTIONS = {"tfc-dummy": ["--dummy", "5"]}
OPTIONS.update({m: ["--wesp"] for m in MODES if m.startswith("wesp")})


def check(tools, tmp, mode, link, sizes, order="<", nano=False):
    sas, versions = MODES[mode]
    carried = {"ipv4": 4, "ipv6": 6}.get(link)
    if carried:
        outer = 6 if any(":" in s.get("src", "") for s in sas) else 4
        versions = [v for v in versions if v == carried]
        if not versions or (outer != carried and sas[0]["mode"] != "transport"):
            return False
    with open(tmp + "/sa", "w") as f:
        f.writelines(json.dumps(s) + "\n" for s in sas)
    write(tmp + "/in", link, versions, sizes, order, nano)
    outs = []
    for j in ("1", "4"):
        run = subprocess.run([tools + "/ipsec-encap", "-q", "-j", j, "--seed", "07", "-s", tmp + "/sa", "-r", tmp + "/in", "-w", tmp + "/w" + j]
                             + OPTIONS.get(mode, []), capture_output=True, text=True)
        if run.returncode != 0:
            return "encap -j%s: status %d %s" % (j, run.returncode, run.stderr)
        outs.append(open(tmp + "/w" + j, "rb").read())
    if outs[0] != outs[1]:
        return "-j1 and -j4 differ"
    run = subprocess.run([tools + "/ipsec-decap", "-s", tmp + "/sa", "-r", tmp + "/w1", "-w", tmp + "/out"], capture_output=True, text=True)
    if open(tmp + "/out", "rb").read() != open(tmp + "/in", "rb").read():
        return "what came out is not what went in: %s" % run.stderr
    return inspected(tools, tmp, sas)


def inspected(tools, tmp, sas):
    """ipsec-inspect opens with the same descriptors every packet it sees of an SA that nothing else is around."""
    run = subprocess.run([tools + "/ipsec-inspect", "-q", "--json", "-s", tmp + "/sa", "-r", tmp + "/w1"], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        return "inspect: status %d %s" % (run.returncode, run.stderr)
    shown = [json.loads(line) for line in run.stdout.splitlines()]
    shown = [s for s in shown if s.get("event") == "sa"]
    if not shown:
        return "inspect sees no SA"
    for s in shown:
        verdicts = s.get("verdicts", {})
        if sum(verdicts.get(v, 0) for v in ("ok", "dummy")) != s["packets"]:
            return "inspect of %d packets of %s: %s" % (s["packets"], s["spi"], verdicts)
    return None


def main():
    tools, step = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 97
    sizes = list(range(20, 9001, step))
    few = list(range(20, 1500, 61))
    jobs = [(m, "ethernet", sizes, "<", False) for m in MODES]
    jobs += [(m, link, few, "<", False) for m in ("tunnel-4", "tunnel-6", "transport", "udp-4") for link in LINKS]
    jobs += [("tunnel-6", link, few, order, nano) for link in ("raw", "ethernet", "sll2") for order in "<>" for nano in (False, True)]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        for job in jobs:
            why = check(tools, tmp, *job)
            if why is False:
                continue
            passed, failed = passed + (why is None), failed + (why is not None)
            if why:
                print("FAIL roundtrip %s %s %s %s: %s" % (job[0], job[1], job[3], job[4], why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
