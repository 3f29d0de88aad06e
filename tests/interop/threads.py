#!/usr/bin/python3
"""threads.py - the output is the same byte for byte for any number of threads, on each engine.

usage: threads.py DECAP KERNEL-DIR

One long capture is made of all Ethernet cases, twenty times over (so most of it is replays), damage and
ESN wraps included; -j 2, 3 and 4 must write what -j 1 writes: packets, verdicts, summary, exit status.
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


def main():
    tool, base = sys.argv[1:3]
    engines = pcaps.engines(tool)
    frames, sas = [], ""
    for case in sorted(glob.glob(base + "/*")):
        got = list(pcaps.packets(glob.glob(case + "/wire.pcap*")[0]))
        if json.load(open(case + "/case.json"))["link_type"] == 1:
            frames += [(p, wire) for _, link, p, wire in got if link == 1]
            sas += open(case + "/xfrm-state.txt").read()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        open(tmp + "/sa", "w").write(sas)
        with open(tmp + "/in", "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            for n in range(20):
                for i, (p, wire) in enumerate(frames):
                    f.write(struct.pack("<IIII", n, i, len(p), wire) + p)
        for options in ([], ["--replay-window", "off"], ["--keep"], ["--keep=all", "--link", "raw"]):
            want = None
            for j, engine in [(j, e) for j in ("1", "2", "3", "4") for e in engines]:
                r = subprocess.run([tool, "-j", j, "--engine", engine, "-s", tmp + "/sa", "-r", tmp + "/in", "-w", tmp + "/out",
                                    "--json=" + tmp + "/json"] + options, capture_output=True)
                have = (r.returncode, r.stderr, open(tmp + "/out", "rb").read(), open(tmp + "/json", "rb").read())
                want = want or have
                fine = have == want and r.returncode in (0, 1) and len(have[2]) > 100000
                passed, failed = passed + fine, failed + (not fine)
                if not fine:
                    print("FAIL threads -j %s %s %s: exit %d, %d bytes, wanted %d" % (
                        j, engine, options, r.returncode, len(have[2]), len(want[2])))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
