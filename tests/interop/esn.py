#!/usr/bin/python3
"""esn.py - captures with extended sequence numbers that start anywhere, nobody knows the high half.

usage: esn.py DECAP [--all] DIR...     each DIR a case as captures/kernel/README.md describes it, or
                                       sa.json, wire.pcap and plain.pcap of esn/make.py

The SAs are given with keys alone: no sequence number, nor whether ESN is used.  The capture is cut to
begin at the first, a middle and the last packet (--all: at each one); what is left must open, octet for
octet.  Halves that must be searched beyond the default bound (millions: only an SA far from its start
has them) are searched with --all, for minutes.  Also: --esn-search off opens none of those.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402
import pcaps  # noqa: E402

BOUND = 1 << 17
SOLVED = ("gcm", "poly1305")


def cut(path, first, to):
    with open(path, "rb") as f:
        data = f.read()
    with open(to, "wb") as f:
        f.write(data[:24])
        at = 24
        for number in range(1, 1 << 30):
            if at >= len(data):
                break
            n = 16 + int.from_bytes(data[at + 8:at + 12], "little")
            if number >= first:
                f.write(data[at:at + n])
            at += n


def high_halves(case):
    return [int(s["last_seq_before"], 16) >> 32 for s in case["sas"]]


def check(decap, path, every, tmp):
    case = json.load(open(path + "/case.json"))
    text = json.dumps(case["sas"])
    far = max(high_halves(case)) >= BOUND and not any(w in text for w in SOLVED)
    if far and not every:
        return None
    frames = [f if isinstance(f, int) else f[-1] for f in case["plain_from_wire_frames"]]
    plain = [p for _, _, p, _ in pcaps.packets(path + "/plain.pcap")]
    with open(tmp + "/sa", "w") as f:
        f.writelines(json.dumps(d) + "\n" for d in cases.descriptors(case, replay_window=1024))
    # where packets were reordered or doubled, which copy of two opens depends on where it starts
    netem = bool(case.get("netem"))
    starts = [1] if netem or far else range(1, max(frames) + 1) if every else [1, len(frames) // 2, max(frames)]
    for first in starts:
        cut(path + "/" + case["wire_file"], first, tmp + "/wire")
        run = subprocess.run([decap, "-s", tmp + "/sa", "-r", tmp + "/wire", "-w", tmp + "/out", "--link", "raw"] +
                             (["--esn-search", "all"] if far else []), capture_output=True, text=True)
        got = [p for _, _, p, _ in pcaps.packets(tmp + "/out")]
        want = [p for f, p in zip(frames, plain) if f >= first]
        if got != want:
            return "from frame %d: %d packets, wanted %d: %s" % (first, len(got), len(want), run.stderr.strip())
    if max(high_halves(case)) > 1:
        cut(path + "/" + case["wire_file"], 1, tmp + "/wire")
        run = subprocess.run([decap, "-q", "-s", tmp + "/sa", "-r", tmp + "/wire", "-w", tmp + "/out",
                              "--esn-search", "off"], capture_output=True, text=True)
        if run.returncode != 1:
            return "opens without a search: the test proves nothing"
    return None


def check_sealed(decap, path, tmp):
    run = subprocess.run([decap, "-s", path + "/sa.json", "-r", path + "/wire.pcap", "-w", tmp + "/out"],
                         capture_output=True, text=True)
    got = [p for _, _, p, _ in pcaps.packets(tmp + "/out")]
    if run.returncode != 0 or got != [p for _, _, p, _ in pcaps.packets(path + "/plain.pcap")]:
        return "exit %d, %d packets: %s" % (run.returncode, len(got), run.stderr.strip())
    return None


def main():
    args = [a for a in sys.argv[1:] if a != "--all"]
    every = "--all" in sys.argv
    passed = failed = 0
    for path in args[1:]:
        sealed = os.path.exists(path + "/sa.json")
        if not sealed and (not os.path.exists(path + "/case.json") or
                           not json.load(open(path + "/case.json")).get("esn")):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            why = check_sealed(args[0], path, tmp) if sealed else check(args[0], path, every, tmp)
        passed, failed = passed + (why is None), failed + (why is not None)
        if why is not None:
            print("FAIL esn %s: %s" % (os.path.basename(path.rstrip("/")), why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
