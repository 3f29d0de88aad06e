#!/usr/bin/python3
"""sharded.py - a capture in shares (ipsec-inspect --shard), merged, is the report of the whole, octet for octet: JSON and text.

usage: sharded.py BIN-DIR KERNEL-DIR STRONGSWAN-DIR...

Nothing is left out or put in order before they are compared.  The captures: crowds that have each finding more often than
a report lists it (of SAs with and without keys, of negotiations, several files, one moment for all), and those that
findings.py makes for each finding.
"""
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile

import findings
from findings import Cap, Lab, ip4, udp

MANY = 340			# more than three times what is listed of one id (DIAGNOSES_OF_ID)
bad = 0


def check(ok, what, why=""):
    global bad
    print(("ok" if ok else "not ok") + " sharded " + what + ("" if ok else ": " + str(why)[:600]))
    bad += not ok


def differs(a, b):
    for i, (x, y) in enumerate(zip(a.splitlines(), b.splitlines())):
        if x != y:
            at = next((k for k, (c, d) in enumerate(zip(x, y)) if c != d), min(len(x), len(y)))
            return "line %d: whole ...%s, merged ...%s" % (i + 1, x[max(0, at - 80):at + 160], y[max(0, at - 80):at + 160])
    return "%d lines, merged %d" % (len(a.splitlines()), len(b.splitlines()))


def same(lab, what, args, shares):
    """The whole, and its shares merged in any order."""
    whole = {how: lab.run("ipsec-inspect", *how, *args).stdout.decode() for how in (("--json",), (), ("-v",))}
    for n in shares:
        files = []
        for k in range(1, n + 1):
            files.append(lab.work + "/share-%d.json" % k)
            open(files[-1], "wb").write(lab.run("ipsec-inspect", "--json", "--shard", "%d/%d" % (k, n), *args).stdout)
        random.Random(n).shuffle(files)
        for how, want in whole.items():
            got = lab.run("ipsec-inspect", "--merge", *how, *files).stdout.decode()
            check(got == want, "%s: %d shares, %s" % (what, n, how[0] if how else "text"), differs(want, got))
    return [json.loads(line) for line in whole[("--json",)].splitlines()]


# --- crowds ---

def host(i):
    return "198.51.%d.%d" % (100 + i // 250, 1 + i % 250)


def inner(i):
    return "10.2.%d.%d" % (i // 250, 1 + i % 250)


def descriptors(lab, encr, key, **more):
    """MANY SAs from one gateway to hosts, three to each, with selectors of one address."""
    path = lab.work + "/crowd.json"
    with open(path, "w") as f:
        for i in range(MANY):
            f.write(json.dumps({"proto": "esp", "spi": "0x%08x" % (0x10000 + i * 7919), "src": "192.0.2.1", "dst": host(i // 3), "mode": "tunnel",
                                "encr": encr, "encr_key": key % i if "%" in key else key, "ts": [{"src": ["10.1.0.0/16"], "dst": [inner(i)]}], **more}) + "\n")
    return path


def crowd(lab, sa, impair, each=24, step=10**5, size=200):
    """All SAs in turns, each with packets lost, late and twice."""
    cap = Cap(101, [])
    for n in range(each):
        for i in range(MANY):
            body = struct.pack(">HHHH", 4000, 4001, size - 20, 0) + bytes(size - 28)
            cap.add(10**12 + (n * MANY + i) * step, ip4("10.1.0.1", inner(i), 17, body, ident=n, frag=0))
    sealed = lab.seal(cap, sa, "--iv", "counter", *(["--impair", impair] if impair else []))
    times, packets = [x[0] for x in sealed.packets], list(sealed.packets)
    for i in range(0, len(packets) - 3 * MANY, 23 if impair else len(packets)):
        packets.insert(i + 2 * MANY, packets.pop(i))
    return Cap(101, [[ns, p, n] for ns, (_, p, n) in zip(times, packets)])


def listed(lines, wanted):
    """Of the ids that the crowd was made to have there are more than are listed."""
    more = {f["id"] for f in lines if f["event"] == "finding" and f.get("more", 0) > 0}
    counts = {}
    for f in lines:
        if f["event"] == "finding":
            counts[f["id"]] = counts.get(f["id"], 0) + 1
    check(wanted <= more and max(counts.values()) == 100, "more than are listed of %s" % " ".join(sorted(wanted)), (sorted(more), counts))


def crowds(lab):
    path = lab.work + "/crowd.pcap"
    spoil = "drop:every=23,duplicate:every=31,reorder:every=29,corrupt-icv:every=37"
    sa = descriptors(lab, "3des", "%048x", integ="hmac-md5-96", integ_key="00" * 16)
    cap = crowd(lab, sa, spoil)
    cap.write(path)
    listed(same(lab, "SAs without keys", ["-r", path], (1, 3, 7)), {"loss", "duplicates", "reordering"})
    listed(same(lab, "SAs with keys", ["--sa", sa, "-r", path], (3, 7)), {"loss", "reordering", "altered", "weak-esp"})

    # clear traffic of the same networks, what ICMP said and nobody obeyed, and in two files
    for i in range(MANY):
        for proto in (17, 6):
            cap.add(10**12 + 5 * 10**9 + i, ip4("10.1.0.9", inner(i), proto, bytes(20)))
    for i in range(0, MANY, 3):
        quoted = next(p for _, p, _ in cap.packets if p[9] == 50 and p[16:20] == socket.inet_aton(host(i // 3)))
        cap.packets.append([10**12 + 10**8 + i, ip4("203.0.113.9", "192.0.2.1", 1, struct.pack(">BBHHH", 3, 4, 0, 0, 180) + quoted[:28]), 56])
    for ns, p, n in list(cap.packets[:MANY * 4]):
        if p[9] == 50:
            cap.packets.append([ns + 9 * 10**9, p, n])
    cap.sort().write(path)
    half = len(cap.packets) // 2
    one, two = Cap(101, cap.packets[:half]).write(lab.work + "/one.pcap"), Cap(101, cap.packets[half:]).write(lab.work + "/two.pcap")
    listed(same(lab, "clear traffic, MTU ignored", ["--sa", sa, "-r", path], (3,)), {"clear-traffic", "loss", "altered"})
    same(lab, "two files", ["--sa", sa, "-r", one, "-r", two], (3,))

    # one moment for all: no order by time
    moment = Cap(101, [[10**12, p, n] for _, p, n in cap.packets]).write(path)
    same(lab, "one moment", ["--sa", sa, "-r", moment], (3,))
    sa = descriptors(lab, "null", "", integ="none")
    crowd(lab, sa, None, each=6).write(path)
    listed(same(lab, "NULL encryption", ["--sa", sa, "-r", path], (7,)), {"no-integrity", "null-encryption"})
    listed(same(lab, "NULL encryption, recognised", ["-r", path], (3,)), {"one-way-esp"})


def negotiations(lab):
    """Nobody answers, half of them; the others are refused, with another SPI each time."""
    clean = lab.wire("cookie-invalid-ke")
    ask = next(x for x in clean.packets if findings.is_ike(clean.ip(x)))[1][clean.head():]
    cap = Cap(101, [])
    for i in range(2 * MANY):
        spi = struct.pack(">Q", 0x1000000000000 + i * 104729)
        msg = udp(host(i % MANY), "192.0.2.1", 500, 500, spi + ask[36:])
        for again in range(4 if i % 2 else 1):
            cap.add(10**12 + i * 10**6 + again * 10**9, msg)
        if i % 2 == 0:
            notify = struct.pack(">BBHBBH", 0, 0, 8, 0, 0, 14)
            cap.add(10**12 + i * 10**6 + 1000, udp("192.0.2.1", host(i % MANY), 500, 500, spi + struct.pack(">Q", i + 1) + bytes((41, 0x20, 34, 0x20)) +
                                                   struct.pack(">II", 0, 28 + len(notify)) + notify))
    path = cap.sort().write(lab.work + "/ike.pcap")
    listed(same(lab, "negotiations", ["-r", path], (1, 3, 7)), {"no-answer", "ike-retransmissions", "no-proposal"})


def in_tcp(lab):
    """Several SAs in TCP, from the middle: a message is told by its SPI, whichever share has it."""
    sa = lab.work + "/tcp.json"
    with open(sa, "w") as f:
        for i in range(9):
            f.write(json.dumps({"proto": "esp", "spi": "0x%08x" % (0x20000 + i), "src": "192.0.2.1", "dst": "192.0.2.2", "mode": "tunnel", "encr": "aes-gcm-16",
                                "encr_key": "%040x" % i, "ts": [{"src": ["10.1.0.0/16"], "dst": [inner(i)]}],
                                "encap": {"type": "tcp", "sport": 4500, "dport": 4500}}) + "\n")
    cap = Cap(101, [])
    for n in range(180):
        cap.add(10**12 + n * 10**6, ip4("10.1.0.1", inner(n % 9), 17, struct.pack(">HHHH", 1, 2, 108, 0) + bytes(100), frag=0))
    sealed = lab.seal(cap, sa)
    same(lab, "in TCP", ["-r", sealed.write(lab.work + "/tcp.pcap")], (3,))
    middle = Cap(101, sealed.packets[20:]).write(lab.work + "/tcp.pcap")
    same(lab, "in TCP, from the middle, with keys", ["--sa", sa, "-r", middle], (3,))
    # the same SAs seen by themselves before: so they are known
    bare = Cap(101, [[10**12 - 10**9, ip4("192.0.2.1", "192.0.2.2", 50, struct.pack(">II", 0x20000 + i, 1) + bytes(60)), 88] for i in range(9)])
    middle = Cap(101, bare.packets + sealed.packets[20:]).write(lab.work + "/tcp.pcap")
    lines = same(lab, "in TCP, from the middle", ["-r", middle], (3, 7))
    check(sum(s["packets"] for s in lines if s["event"] == "sa") > 100, "in TCP: messages were found", lines[0])


def main():
    tools, kernel, *swans = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        lab = Lab(tools, work, kernel, swans)
        crowds(lab)
        negotiations(lab)
        in_tcp(lab)
        for name in sorted(findings.rows):
            if name not in ("too-much", "block-64-limit"):
                cap, keys, *_ = findings.rows[name](lab)
                if "--other" in keys:               # which is not shared out, see below
                    continue
                same(lab, name, [*keys, "-r", cap.write(work + "/row.pcap")], (3,))
        r = subprocess.run([tools + "/ipsec-inspect", "--shard", "1/2", "--other", work + "/row.pcap", "-r", work + "/row.pcap"], capture_output=True, text=True)
        check(r.returncode == 2 and "cannot be shared out" in r.stderr, "--other is not shared out", r.stderr)
    sys.exit(bad != 0)


main()
