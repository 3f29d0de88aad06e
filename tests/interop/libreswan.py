#!/usr/bin/python3
"""libreswan.py - IPsec of real libreswan tunnels, opened with pluto's log alone.

usage: libreswan.py DECAP DIR...   each DIR with one *.log, NAME.wire.pcap and perhaps NAME.xfrm

Every packet of protocol ESP or AH must open, and with the log's keys as many as with the kernel's.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile


def run(decap, source, wire):
    """Verdicts by name, and the plaintext."""
    with tempfile.TemporaryDirectory() as tmp:
        r = subprocess.run([decap, "-s", source, "-r", wire, "-w", tmp + "/out", "--link", "raw", "--json"],
                           capture_output=True, text=True)
        lines = [json.loads(x) for x in (r.stdout + r.stderr).splitlines() if x.startswith("{")]
        summary = [x for x in lines if x.get("event") == "summary"]
        plain = open(tmp + "/out", "rb").read() if os.path.exists(tmp + "/out") else b""
        return (summary[-1]["verdicts"] if summary else {"error": r.stderr.strip()}), plain


def main():
    passed = failed = 0
    for path in sys.argv[2:]:
        log = glob.glob(path + "/*.log")[0]
        for wire in sorted(glob.glob(path + "/*.wire.pcap")):
            verdicts, plain = run(sys.argv[1], log, wire)
            other = set(verdicts) - {"ok", "not-ipsec", "ike", "keepalive"}
            why = None if verdicts.get("ok", 0) and not other else str(verdicts)
            xfrm = wire.replace(".wire.pcap", ".xfrm")
            if why is None and os.path.exists(xfrm):
                kernel, by_kernel = run(sys.argv[1], xfrm, wire)
                # The kernel knows the SAs of the end only: what they open must be in what the log opens.
                if not kernel.get("ok") or (kernel["ok"] == verdicts["ok"] and plain != by_kernel):
                    why = "the kernel's keys: %s" % kernel
            if why is None:
                passed += 1
            else:
                failed += 1
                print("FAIL %s: %s" % (wire, why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
