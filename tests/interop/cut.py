#!/usr/bin/python3
"""cut.py - captures that break off, and captures that broke other tools.

usage: cut.py DECAP INTEROP-DIR [all]

Some captures are cut at every byte of the file header and of the first four records (with "all" every capture, of the
first two), and each at every record boundary after: exit status 0, 1 or 3, never a crash or a hang, and every packet before
the cut is still written.  Then the malformed captures of other projects.
"""
import concurrent.futures
import glob
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402

WHOLE, WHOLE_ALL = 4, 2    # records cut at every byte


def boundaries(data):
    """Offsets where records begin and end, by a walk of its own."""
    at, out = (0, [])
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        while at < len(data):
            out.append(at)
            at += int.from_bytes(data[at + 4:at + 8], "little" if data[8:12] == b"\x4d\x3c\x2b\x1a" else "big")
        return out + [at]
    order = "little" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else "big"
    at = 24
    while at < len(data):
        out.append(at)
        at += 16 + int.from_bytes(data[at + 8:at + 12], order)
    return out + [at]


def run(tool, sa, data, tmp):
    open(tmp + "/in", "wb").write(data)
    if os.path.exists(tmp + "/out"):
        os.unlink(tmp + "/out")
    r = subprocess.run([tool, "-q", "-s", sa, "-r", tmp + "/in", "-w", tmp + "/out"], capture_output=True,
                       timeout=60)
    n = len(list(pcaps.packets(tmp + "/out"))) if os.path.exists(tmp + "/out") else 0
    return r.returncode, n, r.stderr.decode(errors="replace").strip()


def check(tool, case, every, whole, tmp):
    wire = glob.glob(case + "/wire.pcap*")[0]
    sa = case + "/xfrm-state.txt"
    data = open(wire, "rb").read()
    marks = boundaries(data)
    status, total, words = run(tool, sa, data, tmp)
    before = 0
    cuts = [(n, n in marks) for n in range(marks[whole] if every else 0)] + [(n, True) for n in marks[whole:]]
    for n, boundary in cuts:
        got, out, words = run(tool, sa, data[:n], tmp)
        if got not in ((0, 1, 3) if boundary else (3,)):
            return "cut at %d: exit %d: %s" % (n, got, words)
        if got == 3 and not words:
            return "cut at %d: no word of it" % n
        if out < before:
            return "cut at %d: %d packets came out, %d before" % (n, out, before)
        before = out
    if before != total:
        return "the last cut gave %d packets, the whole %d" % (before, total)
    return None


def main():
    tool, base = sys.argv[1:3]
    passed = failed = 0
    every = ("esp-tun44-aes128gcm16-noreplay", "link-pcapng-esp-tun44-aes128gcm16",
             "link-nanosec-esp-tun44-aes128cbc-sha256-128")
    whole = WHOLE
    cases = sorted(glob.glob(base + "/kernel/*"))
    if len(sys.argv) > 3:
        every, whole = [os.path.basename(c) for c in cases], WHOLE_ALL

    def one(case):
        with tempfile.TemporaryDirectory() as tmp:
            return check(tool, case, os.path.basename(case) in every, whole, tmp)

    with tempfile.TemporaryDirectory() as tmp, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, why in zip(cases, pool.map(one, cases)):
            passed, failed = passed + (why is None), failed + (why is not None)
            if why:
                print("FAIL cut %s: %s" % (case, why))
        sa = base + "/kernel/" + every[0] + "/xfrm-state.txt"
        for name in sorted(glob.glob(base + "/public/malformed/*")):
            got, _, words = run(tool, sa, open(name, "rb").read(), tmp)
            fine = got in (0, 1, 3) and (got != 3 or words)
            passed, failed = passed + bool(fine), failed + (not fine)
            if not fine:
                print("FAIL malformed %s: exit %d: %s" % (name, got, words))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
