#!/usr/bin/python3
"""strongswan.py - ESP of real strongSwan tunnels, opened with SAs made from the daemons' keys.

usage: strongswan.py DECAP DIR...   each DIR a case as captures/strongswan/README.md describes it

Every ESP packet whose SA is in keys.json must open, and what comes out must be in plain.pcap.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402


def descriptors(keys):
    for child in keys.get("child_sas", []):
        a = child["algorithms"]
        if child.get("ipcomp"):
            continue
        for sa in child["sas"]:
            d = {"proto": "esp", "spi": "0x" + sa["spi"], "mode": child.get("mode", "tunnel"), "encr": a["encr"],
                 "encr_key": sa["enc_key"]}
            if a["integ"] not in (None, "NONE"):
                d.update(integ=a["integ"], integ_key=sa["integ_key"])
            if a.get("esn"):
                d["esn"] = True
            yield d


def check(decap, path):
    case = json.load(open(path + "/case.json"))
    keys = json.load(open(path + "/keys.json"))
    sas = list(descriptors(keys))
    spis = {d["spi"] for d in sas}
    want = sum(n["packets"] for spi, n in case.get("esp_by_spi", {}).items() if "0x" + spi.replace("0x", "") in spis)
    if not sas or not want:
        return False
    with tempfile.TemporaryDirectory() as tmp:
        open(tmp + "/sa.json", "w").write("".join(json.dumps(d) + "\n" for d in sas))
        run = subprocess.run([decap, "-s", tmp + "/sa.json", "-r", path + "/wire.pcap", "-w", tmp + "/out",
                              "--link", "raw", "--replay-window", "off", "--expect", str(want)],
                             capture_output=True, text=True)
        got = collections.Counter(p for _, _, p, _ in pcaps.packets(tmp + "/out"))
    plain = collections.Counter()
    for name in ("plain.pcap", "plain-2.pcap"):
        if os.path.exists(path + "/" + name):
            plain.update(p for _, _, p, _ in pcaps.packets(path + "/" + name))
    if sum(got.values()) < want or run.returncode not in (0, 1):
        return "%d opened, wanted %d (%s)" % (sum(got.values()), want, run.stderr.strip())
    if plain and got - plain:
        return "%d packets came out that are not in plain.pcap" % sum((got - plain).values())
    return None


def main():
    passed = failed = other = 0
    for path in sys.argv[2:]:
        why = check(sys.argv[1], path) if os.path.exists(path + "/keys.json") else False
        if why is False:
            other += 1
        elif why is None:
            passed += 1
        else:
            failed += 1
            print("FAIL %s: %s" % (os.path.basename(path.rstrip("/")), why))
    if other:
        print("without ESP for this version: %d cases" % other)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
