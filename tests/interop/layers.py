#!/usr/bin/python3
"""layers.py - what IPsec travels in and over: carriers (--dig), WESP, IPComp, TCP.

usage: layers.py DECAP DIR     DIR as layers/make.py wrote it

Every packet of NAME.plain.pcap.gz must come out, in order, octet for octet, at its time, and nothing else;
each frame must have the verdicts of NAME.json and --keep pass the frames listed there.  Without the
case's options nothing of a carrier may be opened.  tshark puts the TCP streams together on its own.
"""
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402


def run(decap, sa, wire, options, tmp):
    got = subprocess.run([decap, "-s", sa, "-r", wire, "-w", tmp + "/out", "--json=" + tmp + "/json"] + options,
                         capture_output=True, text=True)
    events = [json.loads(line) for line in open(tmp + "/json")] if os.path.exists(tmp + "/json") else []
    out = list(pcaps.packets(tmp + "/out")) if os.path.exists(tmp + "/out") else []
    return got, events, out


def check(decap, base, name):
    case = json.load(open("%s/%s.json" % (base, name)))
    wire, sa = "%s/%s.pcap" % (base, name), base + "/sa.json"
    want = [(ns, p) for ns, _, p, _ in pcaps.packets("%s/%s.plain.pcap.gz" % (base, name))]
    failed = any(v not in ("ok", "ike", "keepalive", "not-ipsec", "dummy") for _, v in case["verdicts"])
    for options in ([], ["-j1"], ["-j3"], ["--link", "raw"]):
        with tempfile.TemporaryDirectory() as tmp:
            got, events, out = run(decap, sa, wire, case["options"] + options, tmp)
        if got.returncode != (1 if failed else 0):
            return "%s: exit status %d: %s" % (options, got.returncode, got.stderr.strip())
        verdicts = [[e["packet"], e["verdict"]] for e in events if e["event"] == "packet"]
        if verdicts != case["verdicts"]:
            return "%s: verdicts differ: %s" % (options, [x for x in zip(verdicts, case["verdicts"]) if x[0] != x[1]][:4])
        if [p for _, p in want] != [pcaps.ip_of(link, p) for _, link, p, _ in out]:
            return "%s: %d packets out, wanted %d" % (options, len(out), len(want))
        if [ns // 1000 for ns, _ in want] != [ns // 1000 for ns, _, _, _ in out]:
            return "%s: times differ" % options
        links = {p[:12] for _, link, p, _ in out if link == 1}
        if links - {p[:12] for _, _, p, _ in pcaps.packets(wire)}:
            return "%s: a link-layer header that no frame had" % options
    return check_keep(decap, sa, wire, case) if "keep" in case else None


def check_keep(decap, sa, wire, case):
    frames = [p for _, _, p, _ in pcaps.packets(wire)]
    for options in (["-j1"], ["-j3"]):
        with tempfile.TemporaryDirectory() as tmp:
            _, _, out = run(decap, sa, wire, case["options"] + options + ["--keep"], tmp)
        number = {p: n + 1 for n, p in reversed(list(enumerate(frames)))}
        kept = [number[p] for _, _, p, _ in out if p in number]
        if kept != case["keep"]:
            return "--keep passes frames %s, wanted %s" % (kept, case["keep"])
    return None


def check_dig(decap, base):
    """Without --dig what is in carriers stays there."""
    with tempfile.TemporaryDirectory() as tmp:
        _, events, out = run(decap, base + "/sa.json", base + "/carriers.pcap", [], tmp)
    opened = sum(e.get("verdict") == "ok" for e in events)
    # the two whose outermost layer is ESP
    return None if opened == len(out) == 2 else "without --dig %d packets came out" % len(out)


def check_tshark(decap, base):
    """tshark 4.0 knows no RFC 9329, but puts streams together: the ESP packets in what it gives."""
    wire, theirs, ours = base + "/tcp.pcap", {}, {}
    follow = subprocess.run(["tshark", "-r", wire, "-q", "-z", "follow,tcp,raw,0"], capture_output=True, text=True)
    lines = [line for line in follow.stdout.splitlines() if line.strip() and set(line.strip()) <= set("0123456789abcdef")]
    for back in (False, True):
        data = bytes.fromhex("".join(line.strip() for line in lines if line.startswith("\t") == back))
        at = 6 if data[:6] == b"IKETCP" else 0
        while at < len(data):
            n, spi, seq = struct.unpack(">HII", data[at:at + 10].ljust(10, b"\0"))
            if n > 3 and spi != 0:
                theirs.setdefault(spi, []).append(seq)
            at += n
    with tempfile.TemporaryDirectory() as tmp:
        _, events, _ = run(decap, base + "/sa.json", wire, [], tmp)
    for layer in [e["layers"][0] for e in events if e.get("layers")]:
        ours.setdefault(int(layer["spi"], 0), []).append(int(layer["seq"], 0))
    return None if theirs and theirs == ours else "in tshark's streams there is %s, we find %s" % (theirs, ours)


def main():
    decap, base = sys.argv[1:]
    names = sorted(os.path.basename(p)[:-len(".plain.pcap.gz")] for p in glob.glob(base + "/*.plain.pcap.gz"))
    checks = [(name, check(decap, base, name)) for name in names]
    checks.append(("without --dig", check_dig(decap, base)))
    checks.append(("tshark's view of TCP", check_tshark(decap, base)))
    for name, why in checks:
        if why is not None:
            print("FAIL %s: %s" % (name, why))
    failed = sum(why is not None for _, why in checks)
    print("%d passed, %d failed" % (len(checks) - failed, failed))
    sys.exit(1 if failed or not names else 0)


main()
