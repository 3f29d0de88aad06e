#!/usr/bin/python3
"""straight.py - the common packet's straight way through ipsec-encap gives what the general way gives.

usage: straight.py BIN

--dummy with a number that no capture reaches sends every packet the general way.  So each case runs once with it, on
OpenSSL and -j1; without it, on each engine and with -j1 and -j3, packets, events, words and exit status must be the
same.  Cases: every cipher and key size, each MAC in turn, both outer versions, UDP, ESN, options, selectors, an MTU,
numbers that end; each with packets of 20 to 9,000 bytes, and with some that are unusual.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402
from roundtrip import checksum, eth, LINKS  # noqa: E402

GENERAL = ["--dummy", "4294967295"]
SHORT = ("--seq 4294967200", "--iv 00", "IVs that end", "error")	# cases that soon end
SRC6, DST6 = bytes.fromhex("fd000001000000000000000000000001"), bytes.fromhex("fd000002000000000000000000000001")


def ip4(rnd, n, proto, dst=1, flags=None, options=b""):
    head = struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, rnd.randrange(256), n, rnd.randrange(65536),
                       rnd.choice((0, 0x4000)) if flags is None else flags, rnd.randrange(1, 256), proto, 0, bytes([10, 1, 0, 1]),
                       bytes([10, 2, 0, dst])) + options
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return head + rnd.randbytes(max(n - len(head), 0))


def ip6(rnd, n, proto, dst=1, extension=b""):
    body = extension + rnd.randbytes(max(n - 40 - len(extension), 0))
    return struct.pack(">IHBB", 0x60000000 | rnd.randrange(1 << 28), len(body), proto, rnd.randrange(1, 256)) + SRC6 + DST6[:15] + \
        bytes([dst]) + body


def packets(rnd):
    """(frame, bytes captured) on Ethernet: the common ones, and in between the unusual ones."""
    sizes = list(range(20, 100)) + [rnd.randrange(100, 1600) for _ in range(250)] + [1400, 1500, 4000, 8999, 9000] * 12
    for i, n in enumerate(sizes):
        v = 4 if rnd.randrange(3) else 6
        proto, dst = rnd.choice((17, 17, 6, 1, 58, 132, 47, 50)), rnd.randrange(1, 5)
        p = ip4(rnd, n, proto, dst) if v == 4 else ip6(rnd, max(n, 41), proto, dst)
        frame = eth(v) + p
        if i % 7 == 0:
            frame += bytes(rnd.randrange(20))	# what pads a frame
        yield frame, len(frame)
    for v in (4, 6):
        yield eth(v) + (ip4(rnd, 20, 59) if v == 4 else ip6(rnd, 40, 59)), None
        yield eth(10 - v) + (ip4(rnd, 77, 17) if v == 4 else ip6(rnd, 77, 17)), None	# the frame says another version
        yield eth(v)[:12] + b"\x81\0\0\5" + eth(v)[12:] + (ip4(rnd, 88, 17) if v == 4 else ip6(rnd, 88, 17)), None
        frame = eth(v) + (ip4(rnd, 99, 6) if v == 4 else ip6(rnd, 99, 6))
        for n in (13, 14, 15, 33, 40, 60, len(frame) - 1):
            yield frame[:n], len(frame)
    for flags in (0x2000, 0x0004, 0x2004, 0x8000):
        yield eth(4) + ip4(rnd, 200, 17, flags=flags), None
    yield eth(4) + ip4(rnd, 60, 17, options=bytes([1, 1, 1, 0])), None
    yield eth(4) + ip4(rnd, 120, 6, options=bytes([148, 4, 0, 0])), None
    yield eth(4) + ip4(rnd, 0, 17) + bytes(64), None		# of segmentation offload
    yield eth(6) + ip6(rnd, 100, 0, extension=b"\x11\0\1\4\0\0\0\0"), None
    yield eth(6) + ip6(rnd, 100, 44, extension=b"\x11\0\0\1\0\0\0\7"), None
    yield eth(6) + ip6(rnd, 100, 60, extension=b"\x06\0\1\4\0\0\0\0"), None
    yield eth(6) + ip6(rnd, 48, 60, extension=b"\x06\7\1\4\0\0\0\0"), None
    yield b"\xff" * 12 + b"\x08\6" + bytes(28), None		# ARP


def write(path, link, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link))
        for i, (p, wire) in enumerate(frames):
            f.write(struct.pack("<IIII", 1700000000 + i, i * 997 % 1000000, len(p), wire or len(p)) + p)


def tunnel(spi, outer, **more):
    v4 = outer == 4
    d = {"proto": "esp", "spi": "0x%x" % spi, "src": "192.0.2.1" if v4 else "2001:db8::1", "dst": "192.0.2.2" if v4 else "2001:db8::2",
         "mode": "tunnel", "encr": "aes-gcm-16", "encr_key": "000102030405060708090a0b0c0d0e0f10111213"}
    d.update(more)
    return d


UDP = {"encap": {"type": "udp", "sport": 4500, "dport": 4501}}
CBC = {"encr": "aes-cbc", "encr_key": "00" * 32, "integ": "hmac-sha1-96", "integ_key": "11" * 20}
CCM = {"encr": "aes-ccm-16", "encr_key": "22" * 19, "esn": True}


def every_suite(tools):
    """(name, SAs, options): each row, once over IPv4 and once over IPv6."""
    rows = [json.loads(line) for line in subprocess.run([tools + "/ipsec-sa", "algorithms", "--json"], capture_output=True,
                                                         text=True, check=True).stdout.splitlines()]
    macs = [r for r in rows if r["kind"] == "integ" and r["name"] != "none" and "gmac" not in r["name"]]
    k = 0
    for row in (r for r in rows if r["kind"] == "encr"):
        for bits in row.get("key_bits", [128]) or [0]:	# cast and blowfish take any
            k += 1
            more = {"encr": row["name"], "encr_key": "5a" * ((bits + row["salt_bits"]) // 8), "esn": k % 3 == 0}
            if row["icv"] == 0 and "gmac" not in row["name"]:
                mac = macs[k % len(macs)]
                more.update(integ=mac["name"], integ_key="a5" * (mac["key_bits"][0] // 8))
            outer = 4 if k % 2 else 6
            yield "%s-%d" % (row["name"], bits), [tunnel(1000 + k, outer, **more, **(UDP if k % 4 == 1 else {}))], []


def hosts(*last):
    return {"dst": ["10.2.0.%d" % n for n in last] + ["fd00:2::%d" % n for n in last]}


def cases(tools):
    yield from every_suite(tools)
    for outer in (4, 6):
        one = [tunnel(256, outer, seq=7)]
        for options in (["--dscp", "46"], ["--ecn", "clear", "--dscp", "0"], ["--ttl", "copy", "--df", "set"],
                        ["--flow", "copy", "--df", "clear"], ["--flow", "74565", "--ttl", "7"], ["--ident", "counter"],
                        ["--ident", "random"], ["--ident", "copy"], ["--ident", "zero"], ["--iv", "counter"], ["--iv", "random"],
                        ["--mtu", "1400"], ["--mtu", "1400", "--fragment", "before"], ["--mtu", "576", "--df", "clear"],
                        ["--tfc", "300"], ["--forward"], ["--wesp"], ["--seq", "4294967200"], ["--seq", "4294967200", "--seq-wrap"],
                        ["--iv", "0011223344556677"], ["--unmatched", "pass"], ["--unmatched", "error"]):
            yield "ipv%d %s" % (outer, " ".join(options)), one, options
        yield "ipv%d random IVs and identifications" % outer, [tunnel(256, outer, **CBC, **UDP)], ["--ident", "random", "--df", "clear"]
        yield "ipv%d policy of the SA" % outer, [tunnel(257, outer, dscp=12, ttl="copy", df="clear", ecn="clear")], []
        yield "ipv%d IVs that end" % outer, [tunnel(258, outer, encr="aes-gcm-16-iiv", seq=0xffffffff - 100)], ["--seq-wrap"]
        yield "ipv%d ESN over the edge" % outer, [tunnel(259, outer, seq=0xffffffff - 100, esn=True, **CBC)], []
        yield "ipv%d selectors" % outer, [
            tunnel(260, outer, ts=dict(hosts(1), proto=17, dport="0-30000")), tunnel(261, outer, ts=dict(hosts(1), proto=6), **CBC),
            tunnel(262, outer, ts=hosts(2), **CCM), tunnel(263, 10 - outer, ts=hosts(3), **UDP if outer == 6 else {})], ["--unmatched", "pass"]
        yield "ipv%d other modes beside" % outer, [
            tunnel(264, outer, ts=hosts(1)), tunnel(265, outer, mode="transport", src="10.1.0.1", dst="10.2.0.2"),
            tunnel(266, outer, ts=hosts(3), bundle="b", layer=0, **CBC), tunnel(267, 10 - outer, bundle="b", layer=1),
            tunnel(268, outer, ts=hosts(4), encap={"type": "tcp", "sport": 33000, "dport": 4500})], []
        yield "ipv%d nested" % outer, [tunnel(269, outer, ts={"src": ["10.0.0.0/8", "fd00::/8"]}), tunnel(
            270, 4, ts={"src": ["192.0.2.0/24", "2001:db8::/32"]}, **CBC)], []
        yield "ipv%d no MAC" % outer, [tunnel(271, outer, encr="aes-cbc", encr_key="33" * 16)], []


def run(tools, tmp, more):
    r = subprocess.run([tools + "/ipsec-encap", "--seed", "07", "-v", "-s", tmp + "/sa", "-r", tmp + "/in", "-w", tmp + "/out",
                        "--json=" + tmp + "/json"] + more, capture_output=True, text=True)
    words = "\n".join(line for line in r.stderr.split("\n") if "openssl" not in line and "ipsec-mb" not in line)
    return r.returncode, words, open(tmp + "/out", "rb").read(), open(tmp + "/json", "rb").read()


def main():
    tools = sys.argv[1]
    engines = pcaps.engines(tools + "/ipsec-encap")
    passed = failed = 0
    rnd = random.Random(5)
    with tempfile.TemporaryDirectory() as tmp:
        links = {"ethernet": (1, list(packets(rnd)))}
        for name in ("raw", "sll", "null", "mpls", "ipnet", "ipv4"):
            number, header = LINKS[name]
            links[name] = (number, [(header(v, n) + (ip4(rnd, n, 17) if v == 4 else ip6(rnd, n, 6)), None)
                                    for n in list(range(41, 60)) + [1400] * 300 for v in ((4,) if name == "ipv4" else (4, 6))])
        todo = [("ethernet", c) for c in cases(tools)]
        todo += [(name, ("link " + name, [tunnel(512, outer, **more)], [])) for name in links
                 for outer in ((4,) if name == "ipv4" else (4, 6)) for more in ({}, CBC)]
        for link, (name, sas, options) in todo:
            write(tmp + "/in", *links[link])
            with open(tmp + "/sa", "w") as f:
                f.writelines(json.dumps(s) + "\n" for s in sas)
            want = run(tools, tmp, GENERAL + ["--engine", "openssl", "-j1"] + options)
            fine = want[0] in (0, 1, 2) and len(want[2]) > (20 if any(w in name for w in SHORT) else 100000)
            for j in ("-j1", "-j3"):
                for engine in engines:
                    have = run(tools, tmp, ["--engine", engine, j] + options)
                    if have != want:
                        fine = False
                        print("FAIL straight %s %s --engine %s: exit %d, wanted %d; same words %s, packets %s, events %s" % (
                            name, j, engine, have[0], want[0], *(have[k] == want[k] for k in (1, 2, 3))))
            passed, failed = passed + fine, failed + (not fine)
            if not fine:
                print("FAIL straight %s: exit %d, %d bytes" % (name, want[0], len(want[2])))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
