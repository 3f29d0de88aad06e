#!/usr/bin/python3
"""null.py - ESP without its SA: what is not encrypted is read, everything else stays closed.

usage: null.py DECAP DIR...     each DIR a case as captures/kernel/README.md describes it
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402

CLEAR = ("ecb(cipher_null)", "rfc4543(gcm(aes))")


def check(decap, path, tmp):
    case = json.load(open(path + "/case.json"))
    parts = [s.get("enc", s.get("aead", {"name": "ah"}))["name"] for s in case["sas"]]
    run = subprocess.run([decap, "--null", "auto", "-r", path + "/" + case["wire_file"], "-w", tmp + "/out",
                          "--link", "raw", "--json=" + tmp + "/json"], capture_output=True, text=True)
    got = [p for _, _, p, _ in pcaps.packets(tmp + "/out")]
    want = [p for _, _, p, _ in pcaps.packets(path + "/plain.pcap")]
    # without the SA BEET mode is transport mode between the outer addresses
    if any(p not in want for p in got) and case["mode"] != "beet":
        return "a packet came out that is none"
    if all(p in CLEAR for p in parts) and case["mode"] != "beet" and len(case.get("layers") or []) < 2:
        missing = [p for p in want if p not in got]
        if missing or run.returncode != 1 or '"unverified":true' not in open(tmp + "/json").read():
            return "exit %d, %d missing: %s" % (run.returncode, len(missing), run.stderr)
        return "read"
    return "%d read though encrypted" % len(got) if got and not any(p in CLEAR for p in parts) else None


def main():
    passed = failed = read = 0
    for path in sys.argv[2:]:
        if not os.path.exists(path + "/case.json"):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            why = check(sys.argv[1], path, tmp)
        read += why == "read"
        if why in (None, "read"):
            passed += 1
        else:
            failed += 1
            print("FAIL null %s: %s" % (os.path.basename(path), why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not read else 0)


main()
